//! What a release is now, in words that a snapshot keeps.

use std::fmt::Write as _;

use uuid::Uuid;

use crate::release::{Edition, Planned, PublicFace, Release, Stage};
use crate::{Slug, Zone};

pub(super) fn summary(release: &Release) -> String {
    let redirects: Vec<&str> = release.redirects.iter().map(Slug::as_str).collect();
    let mut out = format!(
        "{}, original {}, redirects {redirects:?}\n",
        release.state().as_str(),
        release.original_locale
    );
    if let Some(withdrawal) = &release.withdrawal {
        let notice: Vec<String> = withdrawal
            .notice
            .iter()
            .map(|(l, note)| format!("{l}: {note}"))
            .collect();
        writeln!(out, "withdrawn at {}: {}", withdrawal.at, notice.join(", ")).unwrap();
    }
    if let Some(removal) = &release.removal {
        writeln!(out, "removed at {}: {}", removal.at, removal.reason).unwrap();
    }
    for (locale, translation) in &release.translations {
        writeln!(
            out,
            "{locale}: version {}, editions {}",
            translation.version, translation.editions
        )
        .unwrap();
        if let Some(live) = &translation.live {
            let notes: Vec<String> = live
                .change_notes
                .iter()
                .map(|n| format!("{} {}", n.at, n.note))
                .collect();
            writeln!(
                out,
                "  live since {}, updated {}, notes {notes:?}\n    {}",
                live.published_at,
                live.updated_at,
                edition(&live.edition)
            )
            .unwrap();
            if let Some(at) = live.taken_down_at {
                writeln!(out, "  taken down at {at}").unwrap();
            }
            if let Some(behind) = release.behind(locale) {
                writeln!(out, "  behind by {} since {}", behind.texts, behind.since).unwrap();
            }
            if let Some(emergency) = &live.emergency {
                let at = emergency.published.at;
                writeln!(out, "  in an emergency of {at}: {}", emergency.reason).unwrap();
            }
        }
        if let Some(draft) = &translation.draft {
            let live = translation.live.as_ref().map(|live| live.edition.id);
            let based_on = match draft.based_on {
                None => "nothing",
                id if id == live => "what is live",
                Some(_) => "an older edition",
            };
            let stage = stage(&draft.stage);
            writeln!(
                out,
                "  draft{stage}, based on {based_on}\n    {}",
                edition(&draft.edition)
            )
            .unwrap();
        }
        if let Some(discarded) = &translation.discarded {
            writeln!(out, "  discarded\n    {}", edition(discarded)).unwrap();
        }
    }
    let public = match release.public_face(Zone::default()) {
        PublicFace::Nothing => "nothing".to_owned(),
        PublicFace::Live(live) => format!("{} of {}", live.slug, live.publishing_date),
        PublicFace::Tombstone(tombstone) => {
            let slugs: Vec<&str> = tombstone.slugs().map(Slug::as_str).collect();
            format!("a tombstone at {slugs:?}")
        }
    };
    writeln!(out, "readers have {public}").unwrap();
    out
}

/// The stage of a draft; nothing, where it is being written.
fn stage(stage: &Stage) -> String {
    let planned = |plan: &Planned| {
        let mut out = plan.schedule.at.to_string();
        if let Some(local) = &plan.schedule.local {
            write!(out, " ({} in {})", local.time, local.zone).unwrap();
        }
        if let Some(approved) = &plan.approved {
            write!(out, ", approved at {}", approved.at).unwrap();
        }
        if let Some(note) = &plan.change_note {
            write!(out, ", with the note {:?}", note.as_str()).unwrap();
        }
        if let Some(reason) = &plan.emergency {
            write!(out, ", in an emergency: {:?}", reason.as_str()).unwrap();
        }
        if let Some(bundle) = plan.bundle {
            write!(out, ", in the bundle {:x}", bundle.uuid().as_u128()).unwrap();
        }
        out
    };
    match stage {
        Stage::Written { returned: None } => String::new(),
        Stage::Written {
            returned: Some(returned),
        } => {
            format!(
                ", returned at {}: {:?}",
                returned.requested.at,
                returned.comment.as_str()
            )
        }
        Stage::InReview { submitted } => format!(", in review since {}", submitted.at),
        Stage::Approved { approved } => format!(", approved at {}", approved.at),
        Stage::Scheduled(plan) => format!(", scheduled for {}", planned(plan)),
        Stage::Failed(failed) => {
            format!(
                ", failed at {} ({:?}), scheduled for {}",
                failed.at,
                failed.reason,
                planned(&failed.plan)
            )
        }
    }
}

fn edition(edition: &Edition) -> String {
    let mut out = format!(
        "{} of {}: {:?}",
        edition.number,
        edition.saved_at,
        edition.text.title.as_str()
    );
    if !edition.text.lead.as_str().is_empty() {
        write!(out, " {:?}", edition.text.lead.as_str()).unwrap();
    }
    if let Some(body) = &edition.text.body {
        write!(out, " {:?}", body.html()).unwrap();
    }
    if let Some(shared) = &edition.shared {
        let date = shared.published_at.map_or("no date".to_owned(), |at| at.to_string());
        let hex = |id: Uuid| format!("{:x}", id.as_u128());
        write!(
            out,
            "\n    {} of {date}, type {:?}, offices {:?}, themes {:?}, attachments {:?}",
            shared.slug,
            shared.content_type.map(|id| hex(id.uuid())),
            shared.offices.iter().map(|id| hex(id.uuid())).collect::<Vec<_>>(),
            shared.themes.iter().map(|id| hex(id.uuid())).collect::<Vec<_>>(),
            shared.attachments.iter().map(|a| a.url.as_str()).collect::<Vec<_>>(),
        )
        .unwrap();
    }
    out
}
