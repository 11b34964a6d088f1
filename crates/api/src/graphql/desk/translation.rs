//! A release in one locale, as the desk has it.

use async_graphql::{ID, Object, Result};
use newsroom_domain::{Locale, release};

use super::{
    edition::{DeskEdition, Surroundings},
    people::Changed,
    talk::{self, EditionComment, TranslationAssignee},
};
use crate::graphql::{
    global_id::GlobalId,
    scalars::{DateTime, LocaleTag, PlainUuid},
    translation::ChangeNote,
};

pub(crate) struct DeskTranslation<'a> {
    pub(crate) locale: &'a Locale,
    pub(crate) translation: &'a release::Translation,
    pub(crate) is_original: bool,
    pub(crate) with: Surroundings<'a>,
}

/// A release in one locale, with its draft and what readers have side by side.
#[Object]
impl DeskTranslation<'_> {
    /// Its global id: the same as that of the `Translation` that readers have.
    async fn id(&self) -> ID {
        GlobalId::Translation(self.translation.id).into()
    }

    /// Its UUID.
    async fn uuid(&self) -> PlainUuid {
        PlainUuid(self.translation.id.uuid())
    }

    /// The locale that it is in.
    async fn locale(&self) -> LocaleTag {
        LocaleTag(self.locale.clone())
    }

    /// Whether it is the original, whose editions have what all translations share.
    async fn is_original(&self) -> bool {
        self.is_original
    }

    /// Its version: name it in a command on this translation. Every accepted command raises it.
    async fn version(&self) -> i32 {
        i32::try_from(self.translation.version).unwrap_or(i32::MAX)
    }

    /// Who made that version, and when.
    async fn changed(&self) -> Changed {
        Changed::new(self.translation.changed, self.with.people)
    }

    /// Whose work it is, by when it was assigned: see `assignTranslation`.
    async fn assignees(&self) -> Result<Vec<TranslationAssignee>> {
        Ok(talk::assignees(self.translation, self.with.talk, self.with.people)?)
    }

    /// What was said of its editions, in order: of those that are shown and of all before them; the last 200. See
    /// `commentOnEdition`.
    async fn comments(&self) -> Result<Vec<EditionComment>> {
        Ok(talk::comments(
            self.translation.id,
            None,
            self.with.talk,
            self.with.people,
        )?)
    }

    /// How many editions it has had.
    async fn edition_count(&self) -> i32 {
        i32::try_from(self.translation.editions).unwrap_or(i32::MAX)
    }

    /// What the desk is working on. Null where there is nothing beside what readers have.
    async fn draft(&self) -> Option<DeskEdition<'_>> {
        let draft = self.translation.draft.as_ref()?;
        Some(DeskEdition {
            edition: &draft.edition,
            of: self.translation.id,
            with: self.with,
        })
    }

    /// Whether the draft is based on an older edition than the one that is live, so that publishing it is refused.
    async fn is_draft_behind(&self) -> bool {
        let live = self.translation.live.as_ref().map(|live| live.edition.id);
        let draft = self.translation.draft.as_ref();
        draft.is_some_and(|draft| live.is_some() && draft.based_on != live)
    }

    /// What readers have. Null until it is published; still there while it is taken down, or its release withdrawn or removed.
    async fn live(&self) -> Option<DeskEdition<'_>> {
        let live = self.translation.live.as_ref()?;
        Some(DeskEdition {
            edition: &live.edition,
            of: self.translation.id,
            with: self.with,
        })
    }

    /// When it first went live, in UTC. Null until then.
    async fn published_at(&self) -> Option<DateTime> {
        self.translation.live.as_ref().map(|live| DateTime(live.published_at))
    }

    /// When it was last corrected with a public note, in UTC; at first, when it went live.
    async fn updated_at(&self) -> Option<DateTime> {
        self.translation.live.as_ref().map(|live| DateTime(live.updated_at))
    }

    /// Since when it is taken down, in UTC. Null while it is not.
    async fn taken_down_at(&self) -> Option<DateTime> {
        self.translation.live.as_ref()?.taken_down_at.map(DateTime)
    }

    /// The public notes on its corrections, the oldest first.
    async fn change_notes(&self) -> Vec<ChangeNote<'_>> {
        let notes = self.translation.live.iter().flat_map(|live| &live.change_notes);
        notes.map(ChangeNote).collect()
    }
}
