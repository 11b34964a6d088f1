//! What the desk does to releases.

use async_graphql::{Context, Object, Result, SimpleObject};
use newsroom_domain::{ReleaseId, release::ReleaseCommand};
use newsroom_persistence::{Accepted, Store, TalkWants};

use super::{
    input::{
        AddTranslationInput, Asked, CreateReleaseInput, PublishTranslationInput, ReinstateReleaseInput,
        RemoveReleaseInput, UpdateReleaseInput, UpdateTranslationInput, WithdrawReleaseInput,
    },
    release::DeskRelease,
    talk,
};
use crate::{
    command_failure::present_command,
    error::{ApiError, ErrorCode},
    graphql::{command::read_key, global_id::GlobalId, request::caller, scalars::Long},
    store_failure::present,
};

macro_rules! payloads {
    ($($name:ident, $doc:literal;)+) => {$(
        #[doc = $doc]
        #[derive(SimpleObject)]
        pub(crate) struct $name {
            /// The release as it is now.
            release: DeskRelease,
            /// The version that the command made of the translation that it was about, or else of the original. A repeated
            /// request is told that of the first time, whatever has happened since.
            version: i32,
            /// Where the change log was when the command was done: whoever has read up to there has seen what came of it.
            sequence: Long,
        }

        impl From<Done> for $name {
            fn from(done: Done) -> Self {
                let Done { release, version, sequence } = done;
                Self { release, version, sequence }
            }
        }
    )+};
}

payloads! {
    CreateReleasePayload, "What came of `createRelease`.";
    UpdateReleasePayload, "What came of `updateRelease`.";
    AddTranslationPayload, "What came of `addTranslation`.";
    UpdateTranslationPayload, "What came of `updateTranslation`.";
    PublishTranslationPayload, "What came of `publishTranslation`.";
    WithdrawReleasePayload, "What came of `withdrawRelease`.";
    RemoveReleasePayload, "What came of `removeRelease`.";
    ReinstateReleasePayload, "What came of `reinstateRelease`.";
    SubmitForReviewPayload, "What came of `submitForReview`.";
    RequestChangesPayload, "What came of `requestChanges`.";
    ApproveDraftPayload, "What came of `approveDraft`.";
    ScheduleTranslationPayload, "What came of `scheduleTranslation`.";
    UnscheduleTranslationPayload, "What came of `unscheduleTranslation`.";
    ApproveEmergencyPayload, "What came of `approveEmergency`.";
    DiscardDraftPayload, "What came of `discardDraft`.";
    RebaseDraftPayload, "What came of `rebaseDraft`.";
    RestoreEditionPayload, "What came of `restoreEdition`.";
    ConfirmTranslationPayload, "What came of `confirmTranslation`.";
    TakeDownTranslationPayload, "What came of `takeDownTranslation`.";
    ReinstateTranslationPayload, "What came of `reinstateTranslation`.";
    DuplicateReleasePayload, "What came of `duplicateRelease`.";
}

/// What came of a command.
pub(super) struct Done {
    release: DeskRelease,
    version: i32,
    sequence: Long,
}

impl Asked {
    pub(super) async fn take(self, context: &Context<'_>) -> Result<Done> {
        caller(context)?;
        let Some(release) = GlobalId::read_release("input.id", &self.id)? else {
            return Err(not_found());
        };
        let command = ReleaseCommand::Take {
            release,
            seen: self.version.into(),
            step: self.step,
        };
        run(context, &command, self.key.as_deref()).await
    }
}

/// Runs a command, and reads the release as it is then.
pub(super) async fn run(context: &Context<'_>, command: &ReleaseCommand, key: Option<&str>) -> Result<Done> {
    let caller = caller(context)?;
    let key = read_key(key)?;
    let store = context.data::<Store>()?;
    let accepted = store.command(caller, command, key.as_ref()).await;
    let Accepted {
        release,
        version,
        sequence,
        ..
    } = accepted.map_err(|error| present_command(error, "input"))?;
    Ok(Done {
        release: read_release(context, release, talk::wants(context)).await?,
        version: i32::try_from(version).unwrap_or(i32::MAX),
        sequence: Long(sequence),
    })
}

/// Reads a release as it is after a command.
pub(super) async fn read_release(context: &Context<'_>, release: ReleaseId, wants: TalkWants) -> Result<DeskRelease> {
    let store = context.data::<Store>()?;
    let standing = &caller(context)?.standing;
    let read = store.desk_releases_by_id(standing, &[release], wants).await;
    let read = read.map_err(|error| present(&error))?;
    let release = DeskRelease::all(read, store.time_zone()).items.into_iter().next();
    release.ok_or_else(not_found)
}

pub(super) fn not_found() -> async_graphql::Error {
    not_found_error().into()
}

pub(super) fn not_found_error() -> ApiError {
    let message = "There is no such release at your desk: see that the id is right, and that the release is filed under an office of yours.";
    ApiError::new(ErrorCode::NotFound, message)
}

#[derive(Debug, Default)]
pub(crate) struct ReleaseMutation;

#[Object]
impl ReleaseMutation {
    /// Creates a release, as a draft.
    async fn create_release(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The release.")] mut input: CreateReleaseInput,
    ) -> Result<CreateReleasePayload> {
        let key = input.idempotency_key.take();
        let done = run(context, &ReleaseCommand::Create(input.into()), key.as_deref()).await?;
        Ok(done.into())
    }

    /// Saves other shared fields of a release, another text of its original, or both, in one edition.
    async fn update_release(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The release, and what is to change.")] input: UpdateReleaseInput,
    ) -> Result<UpdateReleasePayload> {
        Ok(Asked::from(input).take(context).await?.into())
    }

    /// Adds a translation to a release, as a draft.
    async fn add_translation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The release, and the translation.")] input: AddTranslationInput,
    ) -> Result<AddTranslationPayload> {
        Ok(Asked::from(input).take(context).await?.into())
    }

    /// Saves another text in one locale.
    async fn update_translation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The translation, and its text.")] input: UpdateTranslationInput,
    ) -> Result<UpdateTranslationPayload> {
        Ok(Asked::from(input).take(context).await?.into())
    }

    /// Publishes a translation: its draft goes live, and every reader's next query has it.
    async fn publish_translation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The translation, and how it corrects what is live.")] input: PublishTranslationInput,
    ) -> Result<PublishTranslationPayload> {
        Ok(Asked::from(input).take(context).await?.into())
    }

    /// Withdraws a release: readers keep it, marked, with a notice.
    async fn withdraw_release(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The release, and the notice.")] input: WithdrawReleaseInput,
    ) -> Result<WithdrawReleasePayload> {
        Ok(Asked::from(input).take(context).await?.into())
    }

    /// Removes a release: it is gone from every list, and its addresses answer with a tombstone.
    async fn remove_release(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The release, and the reason.")] input: RemoveReleaseInput,
    ) -> Result<RemoveReleasePayload> {
        Ok(Asked::from(input).take(context).await?.into())
    }

    /// Undoes a release's removal, or else its withdrawal. One that was withdrawn when it was removed is withdrawn again.
    async fn reinstate_release(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The release.")] input: ReinstateReleaseInput,
    ) -> Result<ReinstateReleasePayload> {
        Ok(Asked::from(input).take(context).await?.into())
    }
}
