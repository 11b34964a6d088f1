//! What is refused, with what words.

use std::fmt::Write as _;

use super::desk::{
    approve, confirm, discard, endorse, in_locale, publish, rebase, reinstate, request_changes, save, shown, submit,
    take_down, unschedule,
};
use super::*;
use crate::BundleId;
use crate::refusal::Denial;
use crate::release::Stage;

/// Why something is not done.
pub(super) fn refused<T>(result: Result<T, impl Into<Denial>>) -> String {
    said(result.err().unwrap().into())
}

pub(super) fn said(denial: Denial) -> String {
    match denial {
        Denial::NotFound => "not found\n".to_owned(),
        Denial::Forbidden(message) => format!("forbidden: {message}\n"),
        Denial::Refused(Refusal::Invalid(faults)) => {
            let faults = faults.iter().map(|f| format!("{} {}: {}", f.path, f.code, f.message));
            faults.collect::<Vec<_>>().join("\n") + "\n"
        }
        Denial::Refused(Refusal::WrongState { state, message }) => {
            format!("{}: {message}\n", state.unwrap().as_str())
        }
        Denial::Refused(stale @ (Refusal::Stale { .. } | Refusal::SlugTaken(_))) => format!("{stale}\n"),
    }
}

#[test]
fn all_faults_of_a_form_come_at_once() {
    let mut desk = Desk::default();
    let asked = CreateRelease {
        original_locale: "fr".into(),
        shared: SharedFields {
            slug: set("No Slug".into()),
            published_at: set(Some("yesterday".into())),
            publishing_date: Patch::Keep,
            content_type: set(Some("poem".into())),
            offices: set(vec!["odihr".into(), "nowhere".into(), "odihr".into(), "A B".into()]),
            themes: set(vec!["elections".into(); 51]),
            attachments: set(vec![AttachmentFields {
                url: "ftp://example.org/a".into(),
                media_type: Some("pdf".into()),
                length: Some(-1),
                title: String::new(),
            }]),
        },
        text: TextFields {
            title: set("a\0b".into()),
            lead: set("x".repeat(2_001)),
            body: set(Some(markdown("a\0b"))),
        },
    };
    let mut said = refused(Release::create(&asked, desk.editor(), &mut desk.context()));
    let asked = CreateRelease {
        original_locale: "not a tag".into(),
        shared: SharedFields {
            published_at: set(None),
            publishing_date: set(Some("2024-11-22".into())),
            ..SharedFields::default()
        },
        text: TextFields::default(),
    };
    said += &refused(Release::create(&asked, desk.editor(), &mut desk.context()));
    insta::assert_snapshot!(said);
}

#[test]
fn a_stale_version_is_refused_before_all_else() {
    let mut desk = Desk::default();
    let release = published(&mut desk);
    let asked = UpdateRelease {
        text: text("a\0b"),
        ..UpdateRelease::default()
    };
    let by = desk.editor();
    let stale = Refusal::Stale {
        locale: Some("en".parse().unwrap()),
        seen: 1,
        current: 2,
        changed: Some(Changed {
            by,
            at: "2026-01-01T00:00:02Z".parse().unwrap(),
        }),
    };
    assert_eq!(release.update(&asked, 1, by, &mut desk.context()), Err(stale.clone()));
    assert_eq!(release.reinstate(1, desk.editor(), &desk.context()), Err(stale.clone()));
    assert_eq!(
        release.remove("", 1, desk.editor(), &desk.context()),
        Err(stale.clone())
    );
    assert_eq!(
        release.withdraw(&[], 1, desk.editor(), &desk.context()),
        Err(stale.clone())
    );
    insta::assert_snapshot!(
        stale.to_string(),
        @"en: it is at version 2, and you have seen 1: read it again and repeat what you want of it"
    );
}

#[test]
fn publishing_is_refused_with_the_mend() {
    let mut desk = Desk::default();
    let draft = desk.create(titled("Observers arrive"));
    let both = desk.add(&draft, "ru", "Прибыли наблюдатели").unwrap();
    let mut said = refused(desk.publish(&both, "ru"));
    said += &refused(desk.publish(&both, "sq"));
    said += &refused(desk.correct(&draft, "en", "A note."));
    let live = desk.publish(&both, "en").unwrap();
    said += &refused(desk.publish(&live, "en"));
    let changed = desk.save(&live, "en", text("Observers arrived")).unwrap();
    let noted = |level, note: Option<&str>| {
        Some(Correction {
            level,
            change_note: note.map(str::to_owned),
        })
    };
    said += &refused(desk.publish_as(&changed, "en", noted(CorrectionLevel::Minor, Some("A note."))));
    said += &refused(desk.publish_as(&changed, "en", noted(CorrectionLevel::Major, None)));
    said += &refused(desk.publish_as(&changed, "en", noted(CorrectionLevel::Major, Some(" "))));
    let removed = desk.remove(&changed).unwrap();
    said += &refused(desk.publish(&removed, "ru"));
    let both = desk.publish(&changed, "ru").unwrap();
    let down = desk.take(&both, take_down("ru")).unwrap();
    let down = desk.save(&down, "ru", text("Наблюдатели")).unwrap();
    said += &refused(desk.publish(&down, "ru"));
    insta::assert_snapshot!(said);
}

#[test]
fn a_publishing_date_in_the_future_is_for_a_schedule() {
    let mut desk = Desk::default();
    let draft = desk.create(CreateRelease {
        shared: SharedFields {
            publishing_date: set(Some("2027-01-01".into())),
            ..SharedFields::default()
        },
        ..titled("Observers arrive")
    });
    insta::assert_snapshot!(
        refused(desk.publish(&draft, "en")),
        @"publishedAt IN_FUTURE: its publishing date, 2026-12-31T23:00:00Z, is in the future: schedule it, or give it an earlier one"
    );
}

#[test]
fn what_has_been_published_keeps_a_publishing_date() {
    let mut desk = Desk::default();
    let live = published(&mut desk);
    let undated = SharedFields {
        publishing_date: set(None),
        ..SharedFields::default()
    };
    insta::assert_snapshot!(
        refused(desk.refile(&live, undated)),
        @"publishedAt REQUIRED: what has been published has a publishing date: give publishedAt or publishingDate"
    );
}

#[test]
fn a_draft_based_on_an_older_live_edition_is_refused_until_it_is_rebased() {
    let mut desk = Desk::default();
    let live = published(&mut desk);
    let draft = desk.save(&live, "en", text("Observers arrived")).unwrap();
    // A newer edition goes live beside the draft, as an import can make it.
    let mut newer = desk.publish(&draft, "en").unwrap();
    let old = draft.original().unwrap().draft.clone();
    newer.translations.get_mut(&draft.original_locale).unwrap().draft = old;
    insta::assert_snapshot!(
        refused(desk.publish(&newer, "en")),
        @"live: the draft in en is based on an older edition than the live one, number 3: rebase it first"
    );
    let saved = desk.save(&newer, "en", text("Observers came")).unwrap();
    assert!(desk.publish(&saved, "en").is_err(), "a save is no rebase");
}

#[test]
fn what_does_not_fit_the_state_is_refused_with_the_mend() {
    let mut desk = Desk::default();
    let draft = desk.create(titled("Observers arrive"));
    let live = desk.publish(&draft, "en").unwrap();
    let withdrawn = desk.withdraw(&live).unwrap();
    let removed = desk.remove(&live).unwrap();
    let said = [
        refused(desk.withdraw(&draft)),
        refused(desk.remove(&draft)),
        refused(draft.reinstate(1, desk.editor(), &desk.context())),
        refused(live.reinstate(2, desk.editor(), &desk.context())),
        refused(desk.withdraw(&withdrawn)),
        refused(desk.withdraw(&removed)),
        refused(desk.remove(&removed)),
        refused(desk.add(&live, "en", "Twice")),
        refused(desk.add(&live, "fr", "Des observateurs")),
        refused(desk.save(&live, "ru", text("Наблюдатели"))),
    ];
    insta::assert_snapshot!(said.concat());
}

#[test]
fn a_notice_and_a_reason_are_public_and_must_say_something() {
    let mut desk = Desk::default();
    let live = published(&mut desk);
    let note = |locale: &str, text: &str| LocalNote {
        locale: locale.into(),
        text: text.into(),
    };
    let twice = [
        note("en", "One."),
        note("EN", "Two."),
        note("fr", ""),
        note("x y", "Three."),
    ];
    let said = [
        refused(live.withdraw(&[], 2, desk.editor(), &desk.context())),
        refused(live.withdraw(&twice, 2, desk.editor(), &desk.context())),
        refused(live.remove("", 2, desk.editor(), &desk.context())),
    ];
    insta::assert_snapshot!(said.concat());
}

/// A draft at each stage, and where there is none.
fn at_each_stage(desk: &mut Desk) -> Vec<(&'static str, Release)> {
    let en: Locale = "en".parse().unwrap();
    let live = published(desk);
    let live = desk.add(&live, "ru", "Прибыли наблюдатели").unwrap();
    let live = desk.publish(&live, "ru").unwrap();
    let written = desk.save(&live, "en", text("Observers arrived")).unwrap();
    let in_review = desk.take(&written, submit("en")).unwrap();
    let returned = desk.take(&in_review, request_changes("en", "How many?")).unwrap();
    let approved = desk.take(&in_review, approve("en")).unwrap();
    let scheduled = desk.schedule(&written, "en", 3_600).unwrap();
    let mut in_bundle = scheduled.clone();
    let draft = in_bundle.translations.get_mut(&en).and_then(|text| text.draft.as_mut());
    if let Some(Stage::Scheduled(plan)) = draft.map(|draft| &mut draft.stage) {
        plan.bundle = Some(BundleId::from(uuid::Uuid::from_u128(0xb1)));
    }
    let failed = scheduled.fail_scheduled(&en, "It could not.", &desk.context());
    let overtaken = desk.import(&written, "en", "Ten observers arrive").unwrap();
    let draft = desk.create(titled("Observers arrive"));
    let discarded = desk.take(&draft, discard("en")).unwrap();
    vec![
        ("written", written),
        ("in review", in_review),
        ("returned", returned),
        ("approved", approved),
        ("scheduled", scheduled),
        ("in a bundle", in_bundle),
        ("failed", failed),
        ("behind a newer live edition", overtaken),
        ("live alone", live),
        ("never live", draft),
        ("discarded", discarded),
    ]
}

#[test]
fn each_step_leads_to_a_stage_or_is_refused_with_the_mend() {
    let mut desk = Desk::default();
    let mut out = String::new();
    for (stage, release) in at_each_stage(&mut desk) {
        writeln!(out, "{stage}").unwrap();
        let first = crate::release::Edition {
            text: shown(&published(&mut Desk::default()), "en").text,
            ..shown(&release, "en")
        };
        let steps = [
            ("save", save("en", "Other words")),
            (
                "save what there is",
                save("en", shown(&release, "en").text.title.as_str()),
            ),
            ("submit", submit("en")),
            ("request changes", request_changes("en", "How many?")),
            ("approve", approve("en")),
            ("publish", publish("en")),
            ("schedule", desk::schedule("en", desk.in_seconds(3_600))),
            ("unschedule", unschedule("en")),
            ("endorse", endorse("en")),
            ("discard", discard("en")),
            ("restore", desk.restoring(&release, "en", &first, None)),
            ("rebase", rebase("en", &[(DraftField::Title, Side::Draft)])),
            ("confirm", confirm("en")),
            ("take down", take_down("en")),
            ("reinstate", reinstate("en")),
        ];
        for (name, step) in steps {
            let came = match desk.take(&release, step) {
                Err(denial) => said(denial),
                Ok(after) => {
                    let text = in_locale(&after, "en");
                    let stage = text.draft.as_ref().map(|draft| draft.stage.name().as_str());
                    let without = if text.live.is_some() { "live" } else { "discarded" };
                    format!("→ {}\n", stage.unwrap_or(without))
                }
            };
            write!(out, "  {name}: {came}").unwrap();
        }
    }
    insta::assert_snapshot!(out);
}

#[test]
fn what_becomes_of_a_translation_is_refused_where_it_does_not_fit() {
    let mut desk = Desk::default();
    let live = published(&mut desk);
    let draft = desk.add(&live, "ru", "Прибыли наблюдатели").unwrap();
    let both = desk.publish(&draft, "ru").unwrap();
    let down = desk.take(&both, take_down("ru")).unwrap();
    let said = [
        refused(desk.take(&both, take_down("en"))),
        refused(desk.take(&draft, take_down("ru"))),
        refused(desk.take(&down, take_down("ru"))),
        refused(desk.take(&both, reinstate("ru"))),
        refused(desk.take(&both, confirm("ru"))),
        refused(desk.take(&draft, confirm("ru"))),
        refused(desk.take(&both, take_down("sq"))),
        refused(desk.take(&both, submit("not a tag"))),
        refused(desk.take(&draft, request_changes("ru", ""))),
    ];
    let in_review = desk.take(&draft, submit("ru")).unwrap();
    let empty = refused(desk.take(&in_review, request_changes("ru", " ")));
    insta::assert_snapshot!(said.concat() + &empty);
}
