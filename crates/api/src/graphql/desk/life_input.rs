//! What the life of a draft is asked with: review, schedules, and going back and forth in its editions.

use async_graphql::{Enum, ID, InputObject};
use newsroom_domain::{
    EditionId,
    release::{self, Step},
    schedule,
};

use super::input::{Asked, CorrectionInput, WaiverInput, publishing};
use crate::{
    error::{ApiError, FieldFault},
    graphql::{
        desk_id,
        scalars::{DateTime, LocaleTag, Unread},
    },
};

/// When something goes live: an instant, or a local date and time. Either `at` or `localTime` has to be given.
#[derive(Debug, InputObject)]
pub(crate) struct ScheduleInput {
    /// The instant. Not together with the other fields.
    at: Option<Unread<DateTime>>,
    /// The local date and time, `YYYY-MM-DDTHH:MM` or `YYYY-MM-DDTHH:MM:SS`, without an offset. One that does not exist in
    /// the zone, or exists twice, since its clocks change then, is refused unless `offset` says which instant is meant.
    local_time: Option<String>,
    /// The zone that the local time is in, by its name in the IANA time zone database: `America/St_Johns`. Left out or null,
    /// the newsroom's own.
    time_zone: Option<String>,
    /// The offset from UTC that the local time has: `+02:00`. Needed only where the clocks change.
    offset: Option<String>,
}

impl From<ScheduleInput> for schedule::ScheduleFields {
    fn from(input: ScheduleInput) -> Self {
        Self {
            at: input.at.map(|at| at.text),
            local_time: input.local_time,
            time_zone: input.time_zone,
            offset: input.offset,
        }
    }
}

/// A draft goes live at an instant. Until then it is not edited, and readers have nothing of it.
#[derive(Debug, InputObject)]
pub(crate) struct ScheduleTranslationInput {
    /// The release: its global id, or its UUID.
    id: ID,
    /// The locale of the translation. The original goes live before any other, or at the same instant.
    locale: Unread<LocaleTag>,
    /// The version of that translation that you have seen.
    version: i32,
    /// When. At the original's first going live, and only then, this becomes the publishing date.
    schedule: ScheduleInput,
    /// How it corrects what is live. Left out or null, the correction is `MINOR`.
    correction: Option<CorrectionInput>,
    /// Why it is to go live though the rules of the house ask for another pair of eyes: 1 to 2,000 characters. It waits for a
    /// second approval then, on a list.
    emergency: Option<String>,
    /// The findings of checks that are not to stop it, where the newsroom lets them be waived; each is recorded with its reason.
    waive: Option<Vec<WaiverInput>>,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

impl From<ScheduleTranslationInput> for Asked {
    fn from(input: ScheduleTranslationInput) -> Self {
        let step = Step::Schedule {
            locale: input.locale.text,
            asked: release::ScheduleTranslation {
                schedule: input.schedule.into(),
                publish: publishing(input.correction, input.emergency, input.waive),
            },
        };
        Self {
            id: input.id,
            version: input.version,
            step,
            key: input.idempotency_key,
        }
    }
}

/// Changes are requested of a draft.
#[derive(Debug, InputObject)]
pub(crate) struct RequestChangesInput {
    /// The release: its global id, or its UUID.
    id: ID,
    /// The locale of the translation.
    locale: Unread<LocaleTag>,
    /// The version of that translation that you have seen.
    version: i32,
    /// Which changes, for whoever writes it: plain text of 1 to 2,000 characters.
    comment: String,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

impl From<RequestChangesInput> for Asked {
    fn from(input: RequestChangesInput) -> Self {
        let step = Step::RequestChanges {
            locale: input.locale.text,
            comment: input.comment,
        };
        Self {
            id: input.id,
            version: input.version,
            step,
            key: input.idempotency_key,
        }
    }
}

/// A field of a draft that may clash with what is live.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "newsroom_domain::release::DraftField")]
pub(crate) enum DraftField {
    /// The title.
    Title,
    /// The lead.
    Lead,
    /// The body.
    Body,
    /// The slug.
    Slug,
    /// The publishing date.
    PublishingDate,
    /// The content type.
    ContentType,
    /// The offices.
    Offices,
    /// The themes.
    Themes,
    /// What is attached.
    Attachments,
}

/// One of two sides.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "newsroom_domain::release::Side")]
pub(crate) enum Side {
    /// What the draft has.
    Draft,
    /// What readers have.
    Live,
}

/// Which side's value a field gets that clashes.
#[derive(Debug, InputObject)]
pub(crate) struct ResolutionInput {
    /// The field.
    field: DraftField,
    /// The side.
    take: Side,
}

/// A draft that is based on an older edition than the live one is brought up to that.
#[derive(Debug, InputObject)]
pub(crate) struct RebaseDraftInput {
    /// The release: its global id, or its UUID.
    id: ID,
    /// The locale of the translation.
    locale: Unread<LocaleTag>,
    /// The version of that translation that you have seen.
    version: i32,
    /// What becomes of the fields that both the draft and what is live have changed. Those that clash and are not named are
    /// refused, each with the code `CLASH`. Left out or null, none is named.
    resolutions: Option<Vec<ResolutionInput>>,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

impl From<RebaseDraftInput> for Asked {
    fn from(input: RebaseDraftInput) -> Self {
        let resolutions = input.resolutions.unwrap_or_default().into_iter();
        let step = Step::Rebase {
            locale: input.locale.text,
            resolutions: resolutions
                .map(|resolution| release::Resolution {
                    field: resolution.field.into(),
                    take: resolution.take.into(),
                })
                .collect(),
        };
        Self {
            id: input.id,
            version: input.version,
            step,
            key: input.idempotency_key,
        }
    }
}

/// An earlier edition of a translation becomes its draft, in an edition of its own.
#[derive(Debug, InputObject)]
pub(crate) struct RestoreEditionInput {
    /// The release: its global id, or its UUID.
    id: ID,
    /// The locale of the translation.
    locale: Unread<LocaleTag>,
    /// The version of that translation that you have seen.
    version: i32,
    /// The edition: its UUID.
    edition: ID,
    /// The slug that the draft is to have, where the one of the edition is another release's by now. Left out or null, it is
    /// the edition's. Only for an edition of the original.
    slug: Option<String>,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

impl TryFrom<RestoreEditionInput> for Asked {
    type Error = ApiError;

    fn try_from(input: RestoreEditionInput) -> Result<Self, ApiError> {
        let Some(edition) = desk_id::read::<EditionId>("input.edition", &input.edition)? else {
            let message = "this is the id of something else: take the id of an edition";
            return Err(ApiError::validation(vec![FieldFault::new(
                "input.edition",
                "INVALID_ID",
                message,
            )]));
        };
        let step = Step::Restore {
            locale: input.locale.text,
            edition,
            slug: input.slug,
        };
        Ok(Self {
            id: input.id,
            version: input.version,
            step,
            key: input.idempotency_key,
        })
    }
}

/// A release whose texts a new one begins with.
#[derive(Debug, InputObject)]
pub(crate) struct DuplicateReleaseInput {
    /// The release: its global id, or its UUID.
    pub(super) id: ID,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    pub(super) idempotency_key: Option<String>,
}

/// Inputs that name a translation, and no more.
macro_rules! translation_inputs {
    ($($input:ident, $doc:literal, $step:ident;)+) => {$(
        #[doc = $doc]
        #[derive(Debug, InputObject)]
        pub(crate) struct $input {
            /// The release: its global id, or its UUID.
            id: ID,
            /// The locale of the translation.
            locale: Unread<LocaleTag>,
            /// The version of that translation that you have seen.
            version: i32,
            /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
            idempotency_key: Option<String>,
        }

        impl From<$input> for Asked {
            fn from(input: $input) -> Self {
                Self {
                    id: input.id,
                    version: input.version,
                    step: Step::$step { locale: input.locale.text },
                    key: input.idempotency_key,
                }
            }
        }
    )+};
}

translation_inputs! {
    SubmitForReviewInput, "A draft waits for review.", Submit;
    ApproveDraftInput, "A draft is approved.", Approve;
    UnscheduleTranslationInput, "A scheduled draft is not to go live by itself after all.", Unschedule;
    ApproveEmergencyInput, "What went live in an emergency is approved by a second pair of eyes.", Endorse;
    DiscardDraftInput, "A draft is discarded. Its editions stay, and can be restored.", Discard;
    ConfirmTranslationInput, "A translation is said to be up to the original as readers have that now.", Confirm;
    TakeDownTranslationInput, "A translation is taken down: readers get the original in its place.", TakeDown;
    ReinstateTranslationInput, "A translation that was taken down is back.", ReinstateTranslation;
}
