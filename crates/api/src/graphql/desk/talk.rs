//! What the desk says beside a release: whose work its translations are, and what was said of its editions.

use std::collections::BTreeMap;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use newsroom_domain::{AccountId, CommentId, EditionId, TranslationId, audit, release};
use newsroom_persistence::{AcceptedAssignment, Store, Talk, TalkWants};

use super::{
    mutation::{not_found, read_release},
    people::{Actor, People},
    release::DeskRelease,
};
use crate::{
    command_failure::present_command,
    error::{ApiError, FieldFault},
    graphql::{
        command::read_key,
        desk_id,
        global_id::{GlobalId, account_id},
        loading::Selected,
        request::caller,
        scalars::{DateTime, LocaleTag, Long, PlainUuid, Unread},
    },
    store_failure::present,
};

/// An account whose work a translation is.
#[derive(SimpleObject)]
pub(crate) struct TranslationAssignee {
    /// The account's id.
    account_id: ID,
    /// The account's name.
    name: Option<String>,
    /// Who assigned it.
    assigned_by: Actor,
    /// When, in UTC.
    assigned_at: DateTime,
}

/// The assignees of a translation.
///
/// # Errors
/// `INTERNAL`, where they have not been loaded: looking ahead has missed that they are selected.
pub(super) fn assignees(
    of: &release::Translation,
    talk: &Talk,
    people: &People,
) -> Result<Vec<TranslationAssignee>, ApiError> {
    let loaded = talk.assignees.as_ref().ok_or_else(ApiError::internal)?;
    let assignees = loaded.get(&of.id).into_iter().flatten();
    let shown = assignees.map(|assignee| TranslationAssignee {
        account_id: account_id(assignee.account),
        name: people.get(&assignee.account).cloned(),
        assigned_by: Actor::new(audit::Actor::Account(assignee.assigned_by), people),
        assigned_at: DateTime(assignee.assigned_at),
    });
    Ok(shown.collect())
}

/// What somebody has said of an edition. It stays as it was said: nobody changes it or takes it away.
#[derive(SimpleObject)]
pub(crate) struct EditionComment {
    /// Its id, for clients' caches. `node` does not find it.
    id: ID,
    /// Who said it.
    by: Actor,
    /// When, in UTC.
    at: DateTime,
    /// The UUID of the edition that it was said of.
    edition_uuid: PlainUuid,
    /// Which of its translation's editions that is, from 1.
    edition_number: i32,
    /// What was said, as plain text of 1 to 2,000 characters, which may have several lines: escape it for HTML.
    text: String,
}

impl EditionComment {
    fn new(comment: &release::Comment, people: &People) -> Self {
        Self {
            id: desk_id::write(comment.id),
            by: Actor::new(audit::Actor::Account(comment.by), people),
            at: DateTime(comment.at),
            edition_uuid: PlainUuid(comment.edition.uuid()),
            edition_number: i32::try_from(comment.edition_number).unwrap_or(i32::MAX),
            text: comment.text.to_string(),
        }
    }
}

/// The comments on all editions of a translation, or on one of them, likewise; the last of them, where they are many.
///
/// # Errors
/// `INTERNAL`, where they have not been loaded.
pub(super) fn comments(
    of: TranslationId,
    edition: Option<EditionId>,
    talk: &Talk,
    people: &People,
) -> Result<Vec<EditionComment>, ApiError> {
    let loaded = talk.comments.as_ref().ok_or_else(ApiError::internal)?;
    let comments = loaded.get(&of).into_iter().flatten();
    let comments = comments.filter(|comment| edition.is_none_or(|edition| comment.edition == edition));
    let comments: Vec<_> = comments.map(|comment| EditionComment::new(comment, people)).collect();
    let most = usize::try_from(release::MOST_COMMENTS).unwrap_or(usize::MAX);
    let surplus = comments.len().saturating_sub(most);
    Ok(comments.into_iter().skip(surplus).collect())
}

/// The comments on one edition, asked of the store: of an edition that was not read with its release.
///
/// # Errors
/// Where the store fails.
pub(super) async fn comments_on(context: &Context<'_>, edition: EditionId) -> Result<Vec<EditionComment>> {
    let read = context.data::<Store>()?.comments_on(edition).await;
    let (comments, people) = read.map_err(|error| present(&error))?;
    Ok(comments
        .iter()
        .map(|comment| EditionComment::new(comment, &people))
        .collect())
}

/// A translation that is to be the work of these accounts, and of no others.
#[derive(Debug, InputObject)]
pub(crate) struct AssignTranslationInput {
    /// The release: its global id, or its UUID.
    id: ID,
    /// The locale of the translation.
    locale: Unread<LocaleTag>,
    /// The accounts, each by its id or its UUID, at most 20: those of before are no assignees any more, where they are not among
    /// these. An empty list makes it nobody's. An account that is suspended or may not read the release at the desk is
    /// refused.
    assignees: Vec<ID>,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

impl AssignTranslationInput {
    fn read(self) -> Result<release::AssignTranslation> {
        let Some(release) = GlobalId::read_release("input.id", &self.id)? else {
            return Err(not_found());
        };
        let assignees = self.assignees.iter().enumerate();
        let assignees = assignees.map(|(index, id)| read_assignee(&format!("input.assignees.{index}"), id));
        Ok(release::AssignTranslation {
            release,
            locale: self.locale.text,
            assignees: assignees.collect::<Result<_, _>>()?,
        })
    }
}

fn read_assignee(path: &str, id: &str) -> Result<AccountId, ApiError> {
    desk_id::read(path, id)?.ok_or_else(|| {
        let message = "this is the id of something else: give the id of an account";
        ApiError::validation(vec![FieldFault::new(path, "UNKNOWN_ACCOUNT", message)])
    })
}

/// What came of `assignTranslation`.
#[derive(SimpleObject)]
pub(crate) struct AssignTranslationPayload {
    /// The release as it is now.
    release: DeskRelease,
    /// Where the change log was when the command was done.
    sequence: Long,
}

/// What is said of an edition.
#[derive(Debug, InputObject)]
pub(crate) struct CommentOnEditionInput {
    /// The edition: its UUID, as `DeskEdition.uuid` has it. Earlier editions are as good as those that are shown.
    edition: PlainUuid,
    /// What is said: plain text of 1 to 2,000 characters, which may have several lines.
    text: String,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

/// What came of `commentOnEdition`.
#[derive(SimpleObject)]
pub(crate) struct CommentOnEditionPayload {
    /// The comment.
    comment: EditionComment,
    /// The release as it is now.
    release: DeskRelease,
    /// Where the change log was when the command was done.
    sequence: Long,
}

#[derive(Debug, Default)]
pub(crate) struct TalkMutation;

#[Object]
impl TalkMutation {
    /// Makes a translation, or the original, the work of some accounts. For who may edit the release. It raises no version, saves no
    /// edition and moves no release in a list: nobody who edits meanwhile is in its way, or it in theirs.
    async fn assign_translation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The translation, and whose work it is to be.")] input: AssignTranslationInput,
    ) -> Result<AssignTranslationPayload> {
        let (caller, store) = (caller(context)?, context.data::<Store>()?);
        let key = read_key(input.idempotency_key.as_deref())?;
        let asked = input.read()?;
        let accepted = store.assign_translation(caller, &asked, key.as_ref()).await;
        let AcceptedAssignment { release, sequence } = accepted.map_err(|error| present_command(error, "input"))?;
        Ok(AssignTranslationPayload {
            release: read_release(context, release, wants(context)).await?,
            sequence: Long(sequence),
        })
    }

    /// Says something of an edition. For whoever may read its release at the desk. What is said stays, and raises no version. An
    /// edition takes 200 comments; one more is CONFLICT.
    async fn comment_on_edition(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The edition, and what is said of it.")] input: CommentOnEditionInput,
    ) -> Result<CommentOnEditionPayload> {
        let (caller, store) = (caller(context)?, context.data::<Store>()?);
        let key = read_key(input.idempotency_key.as_deref())?;
        let asked = release::CommentOnEdition {
            edition: input.edition.0.into(),
            text: input.text,
        };
        let accepted = store.comment_on_edition(caller, &asked, key.as_ref()).await;
        let accepted = accepted.map_err(|error| present_command(error, "input"))?;
        let wants = TalkWants {
            comments: true,
            ..wants(context)
        };
        let release = read_release(context, accepted.release, wants).await?;
        let comment = release.comment(accepted.comment);
        Ok(CommentOnEditionPayload {
            comment: comment.ok_or_else(ApiError::internal)?,
            release,
            sequence: Long(accepted.sequence),
        })
    }
}

impl DeskRelease {
    /// A comment that was loaded with it.
    fn comment(&self, id: CommentId) -> Option<EditionComment> {
        let mut comments = self.talk().comments.iter().flat_map(BTreeMap::values).flatten();
        let comment = comments.find(|comment| comment.id == id)?;
        Some(EditionComment::new(comment, self.with().people))
    }
}

/// What is wanted beside the releases that are selected below the field that is being resolved.
pub(super) fn wants(context: &Context<'_>) -> TalkWants {
    let selected = Selected::now(context);
    TalkWants {
        assignees: selected.has_anywhere("assignees"),
        comments: selected.has_anywhere("comments"),
    }
}
