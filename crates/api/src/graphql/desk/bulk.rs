//! One step for many releases, each in a transaction of its own, with a result each.

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, OneofObject, Result, SimpleObject};
use newsroom_domain::{
    idempotency::{IdempotencyKey, LONGEST},
    release::{self, ReleaseCommand, Step},
};
use newsroom_persistence::{Store, TalkWants};

use super::{
    input::{CorrectionInput, LocalNoteInput, WaiverInput, notice, publishing},
    life_input::ScheduleInput,
    mutation::not_found_error,
    release::DeskRelease,
};
use crate::{
    command_failure::present_command,
    error::{ApiError, FieldFault},
    graphql::{
        command::{cleared, kept, read_key},
        global_id::GlobalId,
        request::caller,
        scalars::{LocaleTag, Long, Unread},
    },
    store_failure::present,
};

/// The most releases of one request.
const MOST_ITEMS: usize = 100;

/// A release that takes the step.
#[derive(Debug, InputObject)]
pub(crate) struct BulkItemInput {
    /// The release: its global id, or its UUID.
    id: ID,
    /// The locale of the translation that takes the step. Left out or null, the original's; the only one for steps of the
    /// whole release.
    locale: Option<Unread<LocaleTag>>,
    /// The version that you have seen: of that translation, or of the original for steps of the whole release.
    version: i32,
}

/// A step that needs no more to be said.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BulkStep {
    /// As `submitForReview`.
    SubmitForReview,
    /// As `approveDraft`.
    ApproveDraft,
    /// As `unscheduleTranslation`.
    Unschedule,
    /// As `discardDraft`.
    DiscardDraft,
    /// As `confirmTranslation`.
    ConfirmTranslation,
    /// As `takeDownTranslation`.
    TakeDownTranslation,
    /// As `reinstateTranslation`.
    ReinstateTranslation,
    /// As `reinstateRelease`.
    ReinstateRelease,
}

/// Publishing, as `publishTranslation` has it.
#[derive(Debug, InputObject)]
pub(crate) struct BulkPublishInput {
    /// How it corrects what is live. Left out or null, the correction is `MINOR`.
    correction: Option<CorrectionInput>,
    /// Why it is to go live though the rules of the house ask for another pair of eyes.
    emergency: Option<String>,
    /// The findings of checks that are not to stop it, where the newsroom lets them be waived; each is recorded with its reason.
    waive: Option<Vec<WaiverInput>>,
}

/// Scheduling, as `scheduleTranslation` has it.
#[derive(Debug, InputObject)]
pub(crate) struct BulkScheduleInput {
    /// When.
    schedule: ScheduleInput,
    /// How it corrects what is live. Left out or null, the correction is `MINOR`.
    correction: Option<CorrectionInput>,
    /// Why it is to go live though the rules of the house ask for another pair of eyes.
    emergency: Option<String>,
    /// The findings of checks that are not to stop it, where the newsroom lets them be waived; each is recorded with its reason.
    waive: Option<Vec<WaiverInput>>,
}

/// Filing, as `updateRelease` has it. What is left out stays as it is.
#[derive(Debug, InputObject)]
pub(crate) struct BulkFileInput {
    /// The slug of the content type. Null takes it away.
    #[graphql(name = "type")]
    content_type: MaybeUndefined<String>,
    /// The slugs of the offices, in order, each once, at most 50. Null means left out.
    offices: Option<Vec<String>>,
    /// The slugs of the themes, in order, each once, at most 50. Null means left out.
    themes: Option<Vec<String>>,
}

/// Requesting changes, as `requestChanges` has it.
#[derive(Debug, InputObject)]
pub(crate) struct BulkRequestChangesInput {
    /// Which changes: plain text of 1 to 2,000 characters.
    comment: String,
}

/// Withdrawing, as `withdrawRelease` has it.
#[derive(Debug, InputObject)]
pub(crate) struct BulkWithdrawInput {
    /// Why, for readers, in one locale or several, each once.
    notice: Vec<LocalNoteInput>,
}

/// Removing, as `removeRelease` has it.
#[derive(Debug, InputObject)]
pub(crate) struct BulkRemoveInput {
    /// Why, for readers: plain text of 1 to 2,000 characters.
    reason: String,
}

/// The step that all take: exactly one of these.
#[derive(Debug, OneofObject)]
pub(crate) enum BulkStepInput {
    /// A step that needs no more to be said.
    Plain(BulkStep),
    /// They are published.
    Publish(BulkPublishInput),
    /// They are scheduled.
    Schedule(BulkScheduleInput),
    /// Their drafts are filed otherwise.
    File(BulkFileInput),
    /// Changes are requested of their drafts.
    RequestChanges(BulkRequestChangesInput),
    /// They are withdrawn.
    Withdraw(BulkWithdrawInput),
    /// They are removed.
    Remove(BulkRemoveInput),
}

/// One step for many releases.
#[derive(Debug, InputObject)]
pub(crate) struct BulkInput {
    /// The releases, 1 to 100.
    items: Vec<BulkItemInput>,
    /// The step.
    step: BulkStepInput,
    /// Your name for this request, to send it again safely: 1 to 251 visible ASCII characters. Each release has it with a `#`
    /// and its place behind it, so that what was done for some is not done again.
    idempotency_key: Option<String>,
}

/// What is wrong with one value.
#[derive(SimpleObject)]
pub(crate) struct BulkFault {
    /// Where it is, dots between names: `input.step.withdraw.notice.0.text` is `notice.0.text`.
    path: String,
    /// A stable code.
    code: String,
    /// One sentence, with the mend.
    message: String,
}

/// Why a release did not take the step. The codes are those of errors.
#[derive(SimpleObject)]
pub(crate) struct BulkError {
    /// The code: `CONFLICT`, `FORBIDDEN`, `NOT_FOUND`, `VALIDATION_FAILED` and so on.
    code: &'static str,
    /// One sentence, with the mend.
    message: String,
    /// The values at fault, where the code is `VALIDATION_FAILED`.
    fields: Vec<BulkFault>,
}

/// What came of one release.
#[derive(SimpleObject)]
pub(crate) struct BulkResult {
    /// The release as it is now. Null where you may not read it.
    release: Option<DeskRelease>,
    /// The version that the step made of the translation. Null where it was not done.
    version: Option<i32>,
    /// Where the change log was when the step was done. Null where it was not done.
    sequence: Option<Long>,
    /// Why it was not done. Null where it was.
    error: Option<BulkError>,
}

/// What came of `bulk`.
#[derive(SimpleObject)]
pub(crate) struct BulkPayload {
    /// What came of each release, in the order in which they were given.
    results: Vec<BulkResult>,
}

impl From<ApiError> for BulkError {
    fn from(error: ApiError) -> Self {
        let fields = error.fields.into_iter().map(|fault| BulkFault {
            path: fault.path,
            code: fault.code,
            message: fault.message,
        });
        Self {
            code: error.code.wire(),
            message: error.message,
            fields: fields.collect(),
        }
    }
}

impl BulkStepInput {
    /// The step of a release whose translation that is.
    fn into_step(self) -> Box<dyn Fn(String) -> Step + Send + Sync> {
        match self {
            Self::Plain(step) => Box::new(move |locale| match step {
                BulkStep::SubmitForReview => Step::Submit { locale },
                BulkStep::ApproveDraft => Step::Approve { locale },
                BulkStep::Unschedule => Step::Unschedule { locale },
                BulkStep::DiscardDraft => Step::Discard { locale },
                BulkStep::ConfirmTranslation => Step::Confirm { locale },
                BulkStep::TakeDownTranslation => Step::TakeDown { locale },
                BulkStep::ReinstateTranslation => Step::ReinstateTranslation { locale },
                BulkStep::ReinstateRelease => Step::Reinstate,
            }),
            Self::Publish(input) => {
                let asked = publishing(input.correction, input.emergency, input.waive);
                Box::new(move |locale| Step::Publish {
                    locale,
                    asked: asked.clone(),
                })
            }
            Self::Schedule(input) => {
                let asked = release::ScheduleTranslation {
                    schedule: input.schedule.into(),
                    publish: publishing(input.correction, input.emergency, input.waive),
                };
                Box::new(move |locale| Step::Schedule {
                    locale,
                    asked: asked.clone(),
                })
            }
            Self::File(input) => {
                let asked = release::UpdateRelease {
                    shared: release::SharedFields {
                        content_type: cleared(input.content_type, |slug| slug),
                        offices: kept(input.offices, |slugs| slugs),
                        themes: kept(input.themes, |slugs| slugs),
                        ..release::SharedFields::default()
                    },
                    text: release::TextFields::default(),
                };
                Box::new(move |_| Step::Update(asked.clone()))
            }
            Self::RequestChanges(input) => Box::new(move |locale| Step::RequestChanges {
                locale,
                comment: input.comment.clone(),
            }),
            Self::Withdraw(input) => {
                let notice = notice(input.notice);
                Box::new(move |_| Step::Withdraw { notice: notice.clone() })
            }
            Self::Remove(input) => Box::new(move |_| Step::Remove {
                reason: input.reason.clone(),
            }),
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct BulkMutation;

#[Object]
impl BulkMutation {
    /// Takes one step with up to 100 releases. Each is done by itself, and has a result of its own: what is refused for one
    /// stops no other.
    async fn bulk(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The releases, and the step.")] input: BulkInput,
    ) -> Result<BulkPayload> {
        caller(context)?;
        if input.items.is_empty() || input.items.len() > MOST_ITEMS {
            let message = format!("give 1 to {MOST_ITEMS} releases, not {}", input.items.len());
            return Err(ApiError::validation(vec![FieldFault::new("input.items", "OUT_OF_RANGE", message)]).into());
        }
        read_key(input.idempotency_key.as_deref())?;
        let longest = input.idempotency_key.as_ref().map_or(0, String::len) + "#100".len();
        if longest > LONGEST {
            let message = "give a shorter key: the place of each release is put behind it";
            let fault = FieldFault::new("input.idempotencyKey", "TOO_LONG", message);
            return Err(ApiError::validation(vec![fault]).into());
        }
        let step = input.step.into_step();
        let mut results = Vec::with_capacity(input.items.len());
        for (index, item) in input.items.into_iter().enumerate() {
            let key = input.idempotency_key.as_ref();
            let key = key.and_then(|key| format!("{key}#{index}").parse().ok());
            results.push(item.take(context, &*step, key.as_ref()).await?);
        }
        Ok(BulkPayload { results })
    }
}

impl BulkItemInput {
    async fn take(
        self,
        context: &Context<'_>,
        step: &(dyn Fn(String) -> Step + Send + Sync),
        key: Option<&IdempotencyKey>,
    ) -> Result<BulkResult> {
        let (caller, store) = (caller(context)?, context.data::<Store>()?);
        let failed = |error: ApiError, release| BulkResult {
            release,
            version: None,
            sequence: None,
            error: Some(error.into()),
        };
        let id = match GlobalId::read_release("id", &self.id) {
            Ok(Some(id)) => id,
            Ok(None) => return Ok(failed(not_found_error(), None)),
            Err(error) => return Ok(failed(error, None)),
        };
        let read = async || {
            let read = store.desk_releases_by_id(&caller.standing, &[id], TalkWants::ALL).await;
            let read = read.map_err(|error| present(&error))?;
            let mut releases = DeskRelease::all(read, store.time_zone()).items;
            Ok::<_, async_graphql::Error>(releases.pop())
        };
        let locale = match self.locale {
            Some(locale) => locale.text,
            None => match read().await? {
                Some(release) => release.release.original_locale.to_string(),
                None => return Ok(failed(not_found_error(), None)),
            },
        };
        let command = ReleaseCommand::Take {
            release: id,
            seen: self.version.into(),
            step: step(locale),
        };
        let done = store.command(caller, &command, key).await;
        let release = read().await?;
        Ok(match done {
            Ok(accepted) => BulkResult {
                release,
                version: Some(i32::try_from(accepted.version).unwrap_or(i32::MAX)),
                sequence: Some(Long(accepted.sequence)),
                error: None,
            },
            Err(error) => failed(present_command(error, ""), release),
        })
    }
}
