//! What the desk does with drafts on their way to readers, and with what readers have of one translation.

use async_graphql::{Context, Object, Result};
use newsroom_domain::release::ReleaseCommand;

use super::{
    input::Asked,
    life_input::{
        ApproveDraftInput, ApproveEmergencyInput, ConfirmTranslationInput, DiscardDraftInput, DuplicateReleaseInput,
        RebaseDraftInput, ReinstateTranslationInput, RequestChangesInput, RestoreEditionInput,
        ScheduleTranslationInput, SubmitForReviewInput, TakeDownTranslationInput, UnscheduleTranslationInput,
    },
    mutation::{
        ApproveDraftPayload, ApproveEmergencyPayload, ConfirmTranslationPayload, DiscardDraftPayload,
        DuplicateReleasePayload, RebaseDraftPayload, ReinstateTranslationPayload, RequestChangesPayload,
        RestoreEditionPayload, ScheduleTranslationPayload, SubmitForReviewPayload, TakeDownTranslationPayload,
        UnscheduleTranslationPayload, not_found, run,
    },
};
use crate::graphql::{global_id::GlobalId, request::caller};

#[derive(Debug, Default)]
pub(crate) struct LifeMutation;

#[Object]
impl LifeMutation {
    /// Submits a draft for review.
    async fn submit_for_review(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The translation.")] input: SubmitForReviewInput,
    ) -> Result<SubmitForReviewPayload> {
        Ok(Asked::from(input).take(context).await?.into())
    }

    /// Requests changes of a draft that is in review or approved.
    async fn request_changes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The translation, and which changes.")] input: RequestChangesInput,
    ) -> Result<RequestChangesPayload> {
        Ok(Asked::from(input).take(context).await?.into())
    }

    /// Approves a draft. An edit takes that back.
    async fn approve_draft(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The translation.")] input: ApproveDraftInput,
    ) -> Result<ApproveDraftPayload> {
        Ok(Asked::from(input).take(context).await?.into())
    }

    /// Schedules a draft: it goes live at an instant, by itself. It is not edited until then.
    async fn schedule_translation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The translation, and when it goes live.")] input: ScheduleTranslationInput,
    ) -> Result<ScheduleTranslationPayload> {
        Ok(Asked::from(input).take(context).await?.into())
    }

    /// Takes a schedule back. The draft stays, approved.
    async fn unschedule_translation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The translation.")] input: UnscheduleTranslationInput,
    ) -> Result<UnscheduleTranslationPayload> {
        Ok(Asked::from(input).take(context).await?.into())
    }

    /// Approves what went live in an emergency, as a second pair of eyes: by somebody who neither wrote nor published it.
    async fn approve_emergency(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The translation.")] input: ApproveEmergencyInput,
    ) -> Result<ApproveEmergencyPayload> {
        Ok(Asked::from(input).take(context).await?.into())
    }

    /// Discards a draft. The slug that it had reserved is free; its editions stay, and can be restored.
    async fn discard_draft(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The translation.")] input: DiscardDraftInput,
    ) -> Result<DiscardDraftPayload> {
        Ok(Asked::from(input).take(context).await?.into())
    }

    /// Brings a draft up to what is live: what only one of the two has changed is as that one has it. What both have changed
    /// is listed, and refused until you say which to take.
    async fn rebase_draft(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The translation, and what becomes of what clashes.")] input: RebaseDraftInput,
    ) -> Result<RebaseDraftPayload> {
        Ok(Asked::from(input).take(context).await?.into())
    }

    /// Restores an earlier edition as the draft: its text, and what it had of the shared fields.
    async fn restore_edition(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The translation, and the edition.")] input: RestoreEditionInput,
    ) -> Result<RestoreEditionPayload> {
        Ok(Asked::try_from(input)?.take(context).await?.into())
    }

    /// Says that a translation is up to the original as readers have that now, so that it is behind no longer.
    async fn confirm_translation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The translation.")] input: ConfirmTranslationInput,
    ) -> Result<ConfirmTranslationPayload> {
        Ok(Asked::from(input).take(context).await?.into())
    }

    /// Takes a translation down: readers get the original. An original is never taken down.
    async fn take_down_translation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The translation.")] input: TakeDownTranslationInput,
    ) -> Result<TakeDownTranslationPayload> {
        Ok(Asked::from(input).take(context).await?.into())
    }

    /// Brings a translation back that was taken down.
    async fn reinstate_translation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The translation.")] input: ReinstateTranslationInput,
    ) -> Result<ReinstateTranslationPayload> {
        Ok(Asked::from(input).take(context).await?.into())
    }

    /// Creates a release with the texts of another one as drafts, filed as that is, without a publishing date and at an
    /// address of its own.
    async fn duplicate_release(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The release.")] input: DuplicateReleaseInput,
    ) -> Result<DuplicateReleasePayload> {
        caller(context)?;
        let Some(release) = GlobalId::read_release("input.id", &input.id)? else {
            return Err(not_found());
        };
        let command = ReleaseCommand::Duplicate(release);
        Ok(run(context, &command, input.idempotency_key.as_deref()).await?.into())
    }
}
