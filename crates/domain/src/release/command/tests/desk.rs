//! A desk to test at: a clock that is set, a small taxonomy, ids that count up.

use std::fmt::Write as _;

use uuid::Uuid;

use super::super::*;
use crate::change::{ChangeKind, changes_between};
use crate::house::HouseBook;
use crate::release::{BodyFormat, CommandContext, Earlier, PublicFace};
use crate::taxonomy::{ContentType, Office, Taxonomy, Theme};
use crate::{Instant, Slug, Zone};

pub(crate) struct Desk {
    taxonomy: Taxonomy,
    locales: Vec<Locale>,
    /// Seconds since the desk was opened. Each context is one later.
    clock: i64,
    ids: u128,
    context: Option<Hands>,
    /// The rules of the house; none, until somebody makes some.
    pub(crate) house: HouseBook,
    /// The edition of earlier days that the next command sees.
    pub(crate) earlier: Option<Earlier>,
}

/// What a context borrows.
struct Hands {
    new_id: Box<dyn FnMut() -> Uuid>,
    free_slug: fn(&str) -> Slug,
}

impl Default for Desk {
    fn default() -> Self {
        let names = |slug: &str| serde_json::from_str(&format!(r#"{{"en": "{slug}"}}"#)).unwrap();
        let id = Uuid::from_u128;
        let office = |n, slug: &str| Office {
            id: id(n).into(),
            slug: slug.parse().unwrap(),
            names: names(slug),
            closed: false,
            kind: None,
            version: 1,
        };
        let theme = Theme {
            id: id(0xa3).into(),
            slug: "elections".parse().unwrap(),
            names: names("elections"),
            parent: None,
            version: 1,
        };
        let news = ContentType {
            id: id(0xa4).into(),
            slug: "news".parse().unwrap(),
            names: names("news"),
            version: 1,
        };
        let offices = vec![office(0xa1, "odihr"), office(0xa2, "vienna")];
        Self {
            taxonomy: Taxonomy::new(offices, vec![theme], vec![news]).unwrap(),
            locales: ["en", "ru", "sq"].map(|tag| tag.parse().unwrap()).to_vec(),
            clock: 0,
            ids: 0,
            context: None,
            house: HouseBook::default(),
            earlier: None,
        }
    }
}

/// 2026-01-01 and that many seconds.
fn at(seconds: i64) -> Instant {
    Instant::from_micros((1_767_225_600 + seconds) * 1_000_000).unwrap()
}

impl Desk {
    #[expect(clippy::unused_self, reason = "it reads better beside the desk's context")]
    pub(crate) fn editor(&self) -> Actor {
        Actor::Account(Uuid::from_u128(0xe1).into())
    }

    pub(crate) fn context(&mut self) -> CommandContext<'_> {
        self.clock += 1;
        self.ids += 0x100;
        let mut next = self.ids;
        let hands = self.context.insert(Hands {
            new_id: Box::new(move || {
                next += 1;
                Uuid::from_u128(next)
            }),
            free_slug: |title| Slug::from_title(title, "release"),
        });
        CommandContext {
            now: at(self.clock),
            zone: Zone::default(),
            taxonomy: &self.taxonomy,
            locales: &self.locales,
            house: &self.house,
            earlier: self.earlier.as_ref(),
            new_id: &mut hands.new_id,
            free_slug: &mut hands.free_slug,
        }
    }

    pub(crate) fn create(&mut self, asked: CreateRelease) -> Release {
        Release::create(&asked, self.editor(), &mut self.context()).unwrap()
    }

    pub(crate) fn save(&mut self, release: &Release, locale: &str, text: TextFields) -> Result<Release, Refusal> {
        let (locale, seen) = seen(release, locale);
        release.update_translation(&locale, &text, seen, self.editor(), &mut self.context())
    }

    pub(crate) fn refile(&mut self, release: &Release, shared: SharedFields) -> Result<Release, Refusal> {
        let asked = UpdateRelease {
            shared,
            ..UpdateRelease::default()
        };
        release.update(&asked, original_version(release), self.editor(), &mut self.context())
    }

    pub(crate) fn add(&mut self, release: &Release, locale: &str, title: &str) -> Result<Release, Refusal> {
        let asked = AddTranslation {
            locale: locale.into(),
            text: text(title),
        };
        release.add_translation(&asked, original_version(release), self.editor(), &mut self.context())
    }

    pub(crate) fn publish(&mut self, release: &Release, locale: &str) -> Result<Release, Refusal> {
        self.publish_as(release, locale, None)
    }

    pub(crate) fn correct(&mut self, release: &Release, locale: &str, note: &str) -> Result<Release, Refusal> {
        let correction = Correction {
            level: CorrectionLevel::Major,
            change_note: Some(note.into()),
        };
        self.publish_as(release, locale, Some(correction))
    }

    pub(crate) fn publish_as(
        &mut self,
        release: &Release,
        locale: &str,
        correction: Option<Correction>,
    ) -> Result<Release, Refusal> {
        let (locale, seen) = seen(release, locale);
        let asked = PublishTranslation {
            correction,
            emergency: None,
        };
        release.publish_translation(&locale, &asked, seen, self.editor(), &mut self.context())
    }

    pub(crate) fn withdraw(&mut self, release: &Release) -> Result<Release, Refusal> {
        let notice = LocalNote {
            locale: "en".into(),
            text: "Withdrawn for review.".into(),
        };
        release.withdraw(&[notice], original_version(release), self.editor(), &self.context())
    }

    pub(crate) fn remove(&mut self, release: &Release) -> Result<Release, Refusal> {
        release.remove(
            "Published in error.",
            original_version(release),
            self.editor(),
            &self.context(),
        )
    }

    #[expect(clippy::unused_self, reason = "it reads better beside the desk's commands")]
    pub(crate) fn changes(&self, before: Option<&Release>, after: &Release) -> Vec<ChangeKind> {
        let was = before.map_or(PublicFace::Nothing, |before| before.public_face(Zone::default()));
        changes_between(before, &was, &after.public_face(Zone::default()))
    }

    /// What a release is now, and what readers are told of what became of it.
    pub(crate) fn became(&self, before: Option<&Release>, after: &Release) -> String {
        let kinds = self.changes(before, after);
        let kinds: Vec<String> = kinds
            .iter()
            .map(|kind| {
                kind.locale()
                    .map_or(kind.as_str().to_owned(), |l| format!("{} {l}", kind.as_str()))
            })
            .collect();
        format!("{}changes: [{}]\n", summary(after), kinds.join(", "))
    }
}

pub(crate) fn original_version(release: &Release) -> i64 {
    release.original().unwrap().version
}

fn seen(release: &Release, locale: &str) -> (Locale, i64) {
    let locale: Locale = locale.parse().unwrap();
    let version = release.translations.get(&locale).map_or(0, |text| text.version);
    (locale, version)
}

pub(crate) fn set<T>(value: T) -> Patch<T> {
    Patch::Set(value)
}

pub(crate) fn text(title: &str) -> TextFields {
    TextFields {
        title: set(title.into()),
        ..TextFields::default()
    }
}

pub(crate) fn markdown(text: &str) -> BodyFields {
    BodyFields {
        format: BodyFormat::Markdown,
        text: text.into(),
    }
}

/// A new release in English with that title and no more.
pub(crate) fn titled(title: &str) -> CreateRelease {
    CreateRelease {
        original_locale: "en".into(),
        text: text(title),
        ..CreateRelease::default()
    }
}

fn summary(release: &Release) -> String {
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
        }
        if let Some(draft) = &translation.draft {
            let live = translation.live.as_ref().map(|live| live.edition.id);
            let based_on = match draft.based_on {
                None => "nothing",
                id if id == live => "what is live",
                Some(_) => "an older edition",
            };
            writeln!(out, "  draft, based on {based_on}\n    {}", edition(&draft.edition)).unwrap();
        }
    }
    let public = match release.public_face(Zone::default()) {
        PublicFace::Nothing => "nothing".to_owned(),
        PublicFace::Live(live) => format!("{} of {}", live.slug, live.publishing_date),
        PublicFace::Tombstone(tombstone) => {
            let slugs: Vec<&str> = tombstone.slugs.iter().map(Slug::as_str).collect();
            format!("a tombstone at {slugs:?}")
        }
    };
    writeln!(out, "readers have {public}").unwrap();
    out
}

fn edition(edition: &crate::release::Edition) -> String {
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
