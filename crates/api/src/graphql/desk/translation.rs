//! A release in one locale, as the desk has it.

use async_graphql::{Context, ID, Object, Result};
use newsroom_domain::{Locale, page::PageArguments, release};
use newsroom_persistence::Talk;

use super::{
    checks::{CheckFinding, PageChecks},
    edition::{DeskEdition, Surroundings},
    editions::{DeskEditionConnection, list_editions},
    people::Changed,
    stage::{Behind, DraftStage, Emergency, RequestedChanges, Schedule, ScheduleFailure},
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
    pub(crate) behind: Option<release::Behind>,
    pub(crate) with: Surroundings<'a>,
    pub(crate) checks: &'a PageChecks,
    pub(crate) talk: &'a Talk,
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
        Ok(talk::assignees(self.translation, self.talk, self.with.people)?)
    }

    /// What was said of its editions, in order: of those that are shown and of all before them; the last 200. See
    /// `commentOnEdition`.
    async fn comments(&self) -> Result<Vec<EditionComment>> {
        Ok(talk::comments(self.translation.id, None, self.talk, self.with.people)?)
    }

    /// How many editions it has had.
    async fn edition_count(&self) -> i32 {
        i32::try_from(self.translation.editions).unwrap_or(i32::MAX)
    }

    /// All its editions, the newest first: what was saved stays, whatever became of it.
    async fn editions(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "How many from the start of the list, or behind `after`: 0 to 100. Without `first` and `last`, 20."
        )]
        first: Option<i32>,
        #[graphql(desc = "A cursor of this list: only what comes behind it. Another is INVALID_CURSOR.")] after: Option<
            String,
        >,
        #[graphql(
            desc = "How many from the end of the list, or in front of `before`: 0 to 100. Not together with `first`."
        )]
        last: Option<i32>,
        #[graphql(desc = "A cursor of this list: only what comes in front of it. Another is INVALID_CURSOR.")]
        before: Option<String>,
    ) -> Result<DeskEditionConnection> {
        let page = PageArguments {
            first: first.map(i64::from),
            after,
            last: last.map(i64::from),
            before,
        };
        list_editions(context, self.translation.id, &page).await
    }

    /// What the checks before publishing find in its draft, or in what is live where it has none; at most 20 of each check.
    /// Worked out as you ask, by what readers have at that moment and what the newsroom makes of each check.
    async fn checks(&self, context: &Context<'_>) -> Result<Vec<CheckFinding<'_>>> {
        self.checks.findings(context, self.translation.id).await
    }

    /// What the desk is working on. Null where there is nothing beside what readers have.
    async fn draft(&self) -> Option<DeskEdition<'_>> {
        let draft = self.translation.draft.as_ref()?;
        Some(DeskEdition::beside(
            &draft.edition,
            self.with,
            self.translation.id,
            self.talk,
        ))
    }

    /// Where the draft is on its way to readers. Null where there is no draft.
    async fn stage(&self) -> Option<DraftStage> {
        self.translation.draft.as_ref().map(|draft| draft.stage.name().into())
    }

    /// The changes that were requested of the draft. Null where none were, or something has been saved since.
    async fn requested_changes(&self) -> Option<RequestedChanges> {
        RequestedChanges::of(&self.translation.draft.as_ref()?.stage, self.with)
    }

    /// Who submitted the draft for review, and when. Null where it is not in review.
    async fn submitted(&self) -> Option<Changed> {
        match self.translation.draft.as_ref()?.stage {
            release::Stage::InReview { submitted } => Some(Changed::new(submitted, self.with.people)),
            _ => None,
        }
    }

    /// Who approved the draft, and when. Null where nobody has, as a step of its own.
    async fn approved(&self) -> Option<Changed> {
        let approved = self.translation.draft.as_ref()?.stage.approved()?;
        Some(Changed::new(approved, self.with.people))
    }

    /// When the draft goes live, by itself. Null where it is not scheduled.
    async fn schedule(&self) -> Option<Schedule<'_>> {
        let plan = self.translation.planned()?;
        Some(Schedule { plan, with: self.with })
    }

    /// Why the draft did not go live when it was to. Null where nothing failed, or something has been done about it since.
    async fn schedule_failure(&self) -> Option<ScheduleFailure<'_>> {
        match &self.translation.draft.as_ref()?.stage {
            release::Stage::Failed(failed) => Some(ScheduleFailure {
                failed,
                with: self.with,
            }),
            _ => None,
        }
    }

    /// How far what readers have of it is behind the original. Null where it is not, or where they have nothing of it.
    async fn behind(&self) -> Option<Behind> {
        self.behind.map(Into::into)
    }

    /// What went live in an emergency. Null where nothing did, or a second pair of eyes has approved it.
    async fn emergency(&self) -> Option<Emergency> {
        let emergency = self.translation.live.as_ref()?.emergency.as_ref()?;
        Some(Emergency::new(emergency, self.with))
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
        Some(DeskEdition::beside(
            &live.edition,
            self.with,
            self.translation.id,
            self.talk,
        ))
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
