//! The release: its translations, their editions, and what may happen to it.
//!
//! A release has a translation per locale, of which one is the original; the original's editions carry what
//! all translations share ([`Shared`]). Each translation points to the edition that readers get (`live`) and
//! the one that the desk works on (`draft`).

pub(crate) mod anchor;
mod assignment;
mod body;
mod command;
mod comment;
mod context;
mod edition;
mod filing;
mod import;
mod parity;
mod preview;
mod public;
mod stage;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use assignment::{AssignTranslation, Assigned, Assignee, MOST_ASSIGNEES};
pub use body::{Body, BodyFormat, with_absolute_links};
#[cfg(test)]
pub(crate) use command::tests::desk as test_desk;
pub use command::{
    AddTranslation, AttachmentFields, BodyFields, BundleCommand, BundleItem, BundleStep, Correction, CorrectionLevel,
    CreateRelease, Decided, DecidedBundle, DraftField, LocalNote, Patch, PublishTranslation, ReleaseCommand,
    Resolution, ScheduleTranslation, SharedFields, Side, Step, TextFields, UpdateRelease, Waiver, due_failed,
    due_published,
};
pub use comment::{Comment, CommentOnEdition, MOST_COMMENTS};
pub use context::{CommandContext, Earlier, ImportContext};
pub use edition::{
    Attachment, Edition, LONGEST_ATTACHMENT, MOST_ATTACHMENTS, MOST_FILED, MOST_TRANSLATIONS, Shared, Text,
};
pub use import::ImportRefusal;
pub use parity::{Behind, WentLive};
pub use preview::{
    LONGEST_PREVIEW_SECONDS, MOST_PREVIEWS, NewPreview, PREVIEW_SECONDS, Preview, SHORTEST_PREVIEW_SECONDS,
};
pub use public::{LiveRelease, LiveTranslation, PublicFace, Tombstone};
pub use stage::{Emergency, FailedPlan, Mark, Planned, Returned, Stage, StageName};

use crate::audit::Actor;
use crate::locale::each_once;
use crate::text::Note;
use crate::{AccountId, EditionId, Instant, Locale, OfficeId, Reader, ReleaseId, Slug, TranslationId};

/// A release as the desk knows it, with all its translations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Its permanent identity.
    pub id: ReleaseId,
    /// The account that created it; none, where the importer did.
    pub created_by: Option<AccountId>,
    /// The locale of its original.
    pub original_locale: Locale,
    /// The slugs that it had before, which redirect to the one that it has.
    pub redirects: Vec<Slug>,
    /// Set while it is withdrawn.
    pub withdrawal: Option<Withdrawal>,
    /// Set while it is removed.
    pub removal: Option<Removal>,
    /// Its translations. The original is always among them.
    pub translations: BTreeMap<Locale, Translation>,
}

/// A release in one locale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translation {
    /// Its permanent identity.
    pub id: TranslationId,
    /// Raised by every accepted command.
    pub version: i64,
    /// How many editions it has had.
    pub editions: i64,
    /// The command that made this version.
    pub changed: Changed,
    /// What readers get, once it has been published.
    pub live: Option<Live>,
    /// What the desk works on.
    pub draft: Option<Draft>,
    /// The edition that was discarded last, where neither of the two is left: what the desk goes on from.
    pub discarded: Option<Edition>,
}

/// Who changed something last, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Instant,
}

/// The live side of a translation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// The edition that readers get.
    pub edition: Edition,
    /// When the translation first went live.
    pub published_at: Instant,
    /// When it was last corrected with a public note; at first, when it went live.
    pub updated_at: Instant,
    /// The public notes on its corrections, the oldest first.
    pub change_notes: Vec<ChangeNote>,
    /// Set while the translation is taken down.
    pub taken_down_at: Option<Instant>,
    /// The texts that readers have had, the oldest first: of the original, what its translations follow.
    pub texts: Vec<WentLive>,
    /// How many texts of the original had gone live when this was written.
    pub follows: usize,
    /// Set where it went live without another pair of eyes, until those have seen it.
    pub emergency: Option<Emergency>,
}

/// The draft side of a translation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The edition that the desk works on.
    pub edition: Edition,
    /// The live edition that it is based on.
    pub based_on: Option<EditionId>,
    /// Where it is on its way to readers.
    pub stage: Stage,
    /// Who has saved it since it was begun.
    pub writers: BTreeSet<AccountId>,
    /// How many texts of the original had gone live when it was saved.
    pub follows: usize,
}

/// A public note on a correction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeNote {
    /// When the correction went live.
    pub at: Instant,
    /// What was corrected.
    pub note: Note,
}

/// A release's withdrawal: it stays readable, marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    /// Since when.
    pub at: Instant,
    /// The public notice, per locale.
    #[serde(default, deserialize_with = "each_once")]
    pub notice: BTreeMap<Locale, Note>,
}

impl Withdrawal {
    /// The notice for that reader: where there is none for them, the one in the original's locale, or else any.
    #[must_use]
    pub fn notice_for(&self, reader: &Reader, original: &Locale) -> Option<&Note> {
        let found = reader.find_in(self.notice.keys()).unwrap_or(original);
        self.notice.get(found).or_else(|| self.notice.values().next())
    }
}

/// A release's removal: its address answers with a tombstone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Removal {
    /// Since when.
    pub at: Instant,
    /// The public reason.
    pub reason: Note,
}

/// Where a release is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseState {
    /// It has never been published.
    Draft,
    /// Readers have it.
    Live,
    /// Readers have it, marked as withdrawn.
    Withdrawn,
    /// Readers have a tombstone.
    Removed,
}

impl ReleaseState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Draft, Self::Live, Self::Withdrawn, Self::Removed];

    /// The state's name in the database and the exchange format.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Live => "live",
            Self::Withdrawn => "withdrawn",
            Self::Removed => "removed",
        }
    }
}

impl Release {
    /// Its original.
    #[must_use]
    pub fn original(&self) -> Option<&Translation> {
        self.translations.get(&self.original_locale)
    }

    /// What all translations share, as readers have it.
    #[must_use]
    pub fn live_shared(&self) -> Option<&Shared> {
        self.original()?.live.as_ref()?.edition.shared.as_ref()
    }

    /// What all translations share, as the desk's draft has it.
    #[must_use]
    pub fn draft_shared(&self) -> Option<&Shared> {
        self.original()?.draft.as_ref()?.edition.shared.as_ref()
    }

    /// What all translations share, as the desk sees it: as its draft has it, or as readers do where there is none.
    #[must_use]
    pub fn desk_shared(&self) -> Option<&Shared> {
        self.original()?.desk_edition()?.shared.as_ref()
    }

    /// Where it is in its life.
    #[must_use]
    pub fn state(&self) -> ReleaseState {
        if self.removal.is_some() {
            ReleaseState::Removed
        } else if self.live_shared().is_none() {
            ReleaseState::Draft
        } else if self.withdrawal.is_some() {
            ReleaseState::Withdrawn
        } else {
            ReleaseState::Live
        }
    }

    /// All slugs that it holds, so that no other release can: its address, the address of its draft, and its redirects.
    pub fn slugs(&self) -> impl Iterator<Item = &Slug> {
        let current = [self.live_shared(), self.draft_shared()];
        current
            .into_iter()
            .flatten()
            .map(|shared| &shared.slug)
            .chain(&self.redirects)
    }

    /// The newest command on any of its translations.
    #[must_use]
    pub fn changed(&self) -> Option<Changed> {
        let translations = self.translations.values();
        translations.map(|text| text.changed).max_by_key(|changed| changed.at)
    }

    /// The offices that the desk finds it under: those that readers do, and those that its draft has or had.
    #[must_use]
    pub fn desk_offices(&self) -> BTreeSet<OfficeId> {
        let shared = [self.live_shared(), self.desk_shared()].into_iter().flatten();
        shared.flat_map(|shared| shared.offices.iter().copied()).collect()
    }

    /// Keeps former addresses as redirects, behind those that it has, each once. The one that it has now is none.
    fn redirect_from<'a>(&mut self, former: impl IntoIterator<Item = &'a Slug>) {
        self.redirects.extend(former.into_iter().cloned());
        let address = self.live_shared().map(|shared| shared.slug.clone());
        let mut seen = BTreeSet::new();
        self.redirects
            .retain(|slug| Some(slug) != address.as_ref() && seen.insert(slug.clone()));
    }
}

impl Translation {
    /// The edition that the desk sees: its draft, or what is live where there is none, or what was discarded.
    #[must_use]
    pub fn desk_edition(&self) -> Option<&Edition> {
        self.shown_edition().or(self.discarded.as_ref())
    }

    /// Its draft, or what is live where there is none.
    pub(crate) fn shown_edition(&self) -> Option<&Edition> {
        let draft = self.draft.as_ref().map(|draft| &draft.edition);
        draft.or_else(|| self.live.as_ref().map(|live| &live.edition))
    }
}
