//! Changes: what the change log tells those who follow the newsroom.

mod cursor;
mod scope;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::release::{LiveRelease, LiveTranslation, PublicFace, Release};
use crate::{ContentTypeId, Instant, Locale, OfficeId, ReleaseId, ThemeId};

pub use cursor::{ChangeCursor, LogMark, SnapshotCursor};
pub use scope::ChangeScope;

/// What a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A release.
    Release(ReleaseId),
    /// An office.
    Office(OfficeId),
    /// A theme.
    Theme(ThemeId),
    /// A content type.
    ContentType(ContentTypeId),
}

impl Subject {
    /// The kind of the subject, as the change log names it.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Release(_) => "release",
            Self::Office(_) => "office",
            Self::Theme(_) => "theme",
            Self::ContentType(_) => "type",
        }
    }

    /// The subject's identity.
    #[must_use]
    pub const fn uuid(self) -> uuid::Uuid {
        match self {
            Self::Release(id) => id.uuid(),
            Self::Office(id) => id.uuid(),
            Self::Theme(id) => id.uuid(),
            Self::ContentType(id) => id.uuid(),
        }
    }

    /// The subject of that kind with that identity; none where there is no such kind.
    #[must_use]
    pub fn named(kind: &str, id: uuid::Uuid) -> Option<Self> {
        [
            Self::Release(id.into()),
            Self::Office(id.into()),
            Self::Theme(id.into()),
            Self::ContentType(id.into()),
        ]
        .into_iter()
        .find(|subject| subject.kind() == kind)
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// A release went live for the first time.
    Published,
    /// A translation that is not the original went live for the first time.
    TranslationPublished(Locale),
    /// What is live was changed without a note.
    Updated,
    /// What is live was corrected, with a public note.
    Corrected,
    /// A translation was taken down.
    TranslationTakenDown(Locale),
    /// A translation that was taken down is back.
    TranslationReinstated(Locale),
    /// The address changed; the old one redirects.
    SlugChanged,
    /// The release was withdrawn.
    Withdrawn,
    /// The release was removed.
    Removed,
    /// A withdrawn or removed release is back.
    Reinstated,
    /// A release is filed otherwise, since a theme moved, or two offices, themes or content types were merged; or what it is filed
    /// under has another slug.
    Reclassified,
    /// An office, theme or content type was created.
    Created,
    /// An office, theme or content type was merged into another of its kind, and is gone.
    Merged {
        /// Into which.
        into: Subject,
    },
    /// An office, theme or content type that nothing was filed under was deleted.
    Deleted,
}

impl ChangeKind {
    /// The kind's name in the change log.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::TranslationPublished(_) => "translation-published",
            Self::Updated => "updated",
            Self::Corrected => "corrected",
            Self::TranslationTakenDown(_) => "translation-taken-down",
            Self::TranslationReinstated(_) => "translation-reinstated",
            Self::SlugChanged => "slug-changed",
            Self::Withdrawn => "withdrawn",
            Self::Removed => "removed",
            Self::Reinstated => "reinstated",
            Self::Reclassified => "reclassified",
            Self::Created => "created",
            Self::Merged { .. } => "merged",
            Self::Deleted => "deleted",
        }
    }

    /// The kind of that name, of that locale and into that subject, where it is of one; none where there is no such kind.
    #[must_use]
    pub fn named(name: &str, locale: Option<Locale>, into: Option<Subject>) -> Option<Self> {
        let of_locale = locale.into_iter().flat_map(|locale| {
            [
                Self::TranslationPublished(locale.clone()),
                Self::TranslationTakenDown(locale.clone()),
                Self::TranslationReinstated(locale),
            ]
        });
        let merged = into.map(|into| Self::Merged { into });
        let mut kinds = of_locale.chain(merged).chain([
            Self::Published,
            Self::Updated,
            Self::Corrected,
            Self::SlugChanged,
            Self::Withdrawn,
            Self::Removed,
            Self::Reinstated,
            Self::Reclassified,
            Self::Created,
            Self::Deleted,
        ]);
        kinds.find(|kind| kind.as_str() == name)
    }

    /// The locale that it is about, where it is about one.
    #[must_use]
    pub const fn locale(&self) -> Option<&Locale> {
        match self {
            Self::TranslationPublished(locale)
            | Self::TranslationTakenDown(locale)
            | Self::TranslationReinstated(locale) => Some(locale),
            _ => None,
        }
    }

    /// What its subject was merged into, where it was.
    #[must_use]
    pub const fn merged_into(&self) -> Option<Subject> {
        match self {
            Self::Merged { into } => Some(*into),
            _ => None,
        }
    }
}

/// Where a change came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The importer.
    Import,
    /// A command of the desk.
    Desk,
}

impl Origin {
    /// The origin's name in the change log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Desk => "desk",
        }
    }

    /// The origin of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Import, Self::Desk]
            .into_iter()
            .find(|origin| origin.as_str() == name)
    }
}

/// What filters match of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facets {
    /// Its offices.
    pub offices: BTreeSet<OfficeId>,
    /// Its themes and all above them.
    pub themes: BTreeSet<ThemeId>,
    /// Its content type.
    #[serde(rename = "type")]
    pub content_type: Option<ContentTypeId>,
    /// The locales that readers can have it in.
    pub locales: BTreeSet<Locale>,
}

/// An entry of the change log, before it has its sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at: Instant,
    /// What about.
    pub subject: Subject,
    /// What happened.
    pub kind: ChangeKind,
    /// Where it came from.
    pub origin: Origin,
    /// What filters matched of a release before.
    pub before: Option<Facets>,
    /// What filters match of it now.
    pub after: Option<Facets>,
}

/// What happened to a release between two of its faces, as its readers see it. Nothing, where they see no difference.
/// `before` is the release behind the first one: it knows whether a text that is back was taken down.
///
/// Where several things happened at once, each is named once.
#[must_use]
pub fn changes_between(before: Option<&Release>, was: &PublicFace, is: &PublicFace) -> Vec<ChangeKind> {
    let mut kinds = Vec::new();
    match (was, is) {
        (PublicFace::Live(was), PublicFace::Live(is)) => {
            kinds.extend(
                is.translations
                    .iter()
                    .filter_map(|text| change_of_text(before, was, text)),
            );
            let gone = was
                .translations
                .iter()
                .filter(|gone| is.translations.iter().all(|text| text.locale != gone.locale));
            kinds.extend(gone.map(|gone| ChangeKind::TranslationTakenDown(gone.locale.clone())));
            kinds.extend((was.slug != is.slug).then_some(ChangeKind::SlugChanged));
            kinds.extend((is.withdrawal.is_some() && was.withdrawal != is.withdrawal).then_some(ChangeKind::Withdrawn));
            kinds.extend((was.withdrawal.is_some() && is.withdrawal.is_none()).then_some(ChangeKind::Reinstated));
            // What translations share is the original's: a note on that one speaks of it too.
            let noted = is
                .translations
                .iter()
                .find(|text| text.locale == is.original_locale)
                .is_some_and(|text| change_of_text(before, was, text) == Some(ChangeKind::Corrected));
            kinds.extend((!noted && !same_but_texts(was, is)).then_some(ChangeKind::Updated));
        }
        (PublicFace::Nothing, PublicFace::Live(is)) => {
            kinds.push(ChangeKind::Published);
            let translated = is.translations.iter().filter(|text| text.locale != is.original_locale);
            kinds.extend(translated.map(|text| ChangeKind::TranslationPublished(text.locale.clone())));
            kinds.extend(is.withdrawal.is_some().then_some(ChangeKind::Withdrawn));
        }
        (PublicFace::Tombstone(_), PublicFace::Live(is)) => {
            kinds.push(ChangeKind::Reinstated);
            kinds.extend(is.withdrawal.is_some().then_some(ChangeKind::Withdrawn));
        }
        (was, PublicFace::Tombstone(is)) => {
            let stays = matches!(was, PublicFace::Tombstone(was) if was == is);
            kinds.extend((!stays).then_some(ChangeKind::Removed));
        }
        (_, PublicFace::Nothing) => {}
    }
    let mut named = BTreeSet::new();
    kinds.retain(|kind| named.insert((kind.as_str(), kind.locale().cloned())));
    kinds
}

/// What happened to one text of a release that was live and is.
fn change_of_text(before: Option<&Release>, was: &LiveRelease, text: &LiveTranslation) -> Option<ChangeKind> {
    match was.translations.iter().find(|earlier| earlier.locale == text.locale) {
        Some(earlier) if earlier == text => None,
        Some(earlier) if text.change_notes.len() > earlier.change_notes.len() => Some(ChangeKind::Corrected),
        Some(_) => Some(ChangeKind::Updated),
        None => {
            let taken_down = before
                .and_then(|release| release.translations.get(&text.locale))
                .is_some_and(|known| known.live.is_some());
            let kind = if taken_down {
                ChangeKind::TranslationReinstated
            } else {
                ChangeKind::TranslationPublished
            };
            Some(kind(text.locale.clone()))
        }
    }
}

fn same_but_texts(was: &LiveRelease, is: &LiveRelease) -> bool {
    // Taken apart field by field, so that a new one has to be dealt with here.
    let LiveRelease {
        id,
        slug: _,
        redirects: _,
        published_at,
        publishing_date,
        content_type,
        offices,
        themes,
        attachments,
        withdrawal: _,
        original_locale,
        translations: _,
    } = was;
    *id == is.id
        && redirects_follow(was, is)
        && *published_at == is.published_at
        && *publishing_date == is.publishing_date
        && *content_type == is.content_type
        && *offices == is.offices
        && *themes == is.themes
        && *attachments == is.attachments
        && *original_locale == is.original_locale
}

/// Whether the redirects are those that there were, but for what a change of the address makes of them.
fn redirects_follow(was: &LiveRelease, is: &LiveRelease) -> bool {
    let expected = was.redirects.iter().chain([&was.slug]).filter(|slug| **slug != is.slug);
    expected.collect::<BTreeSet<_>>() == is.redirects.iter().collect()
}
