//! Commenting on an edition: find whose it is, let the domain decide, keep what was said, close the act.

use newsroom_domain::account::Caller;
use newsroom_domain::idempotency::IdempotencyKey;
use newsroom_domain::release::CommentOnEdition;
use newsroom_domain::{CommentId, EditionId, ReleaseId};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::load::{Purpose, load};
use crate::account::detail as said;
use crate::acting::{Acting, Begun, Done, Once, until_done};
use crate::database::Turn;
use crate::entity::edition_comment;
use crate::sql::Sql;
use crate::{CommandError, Store, StoreError};

/// A comment that is kept: now, or before under the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedComment {
    /// The comment.
    pub comment: CommentId,
    /// The release whose edition it is on.
    pub release: ReleaseId,
    /// Where the change log was when it was done.
    pub sequence: i64,
}

impl Store {
    /// Keeps a comment on an edition, once.
    ///
    /// # Errors
    /// Where its caller does not get it, or the store fails; nothing has then been done.
    pub async fn comment_on_edition(
        &self,
        caller: &Caller,
        asked: &CommentOnEdition,
        key: Option<&IdempotencyKey>,
    ) -> Result<AcceptedComment, CommandError> {
        let once = Once::new(key, "comment-on-edition", asked)?;
        until_done(|| self.try_to_comment(caller, asked, once.as_ref())).await
    }

    async fn try_to_comment(
        &self,
        caller: &Caller,
        asked: &CommentOnEdition,
        once: Option<&Once>,
    ) -> Result<Option<AcceptedComment>, CommandError> {
        let acting = match Acting::begin_at_desk(&self.connections, caller.standing.account, Turn::Shared, once).await?
        {
            Begun::Before(accepted) => return Ok(Some(accepted)),
            Begun::Now(acting) => acting,
        };
        let taxonomy = self.taxonomy_in(&acting.transaction).await?;
        let found = find(&acting.transaction, asked.edition).await?;
        // Locked, so that none of those who comment at once is one too many.
        let known = match &found {
            Some(found) => load(&acting.transaction, &taxonomy, &[found.release], Purpose::Change).await?,
            None => std::collections::BTreeMap::new(),
        };
        let there = edition_comment::Entity::find()
            .filter(edition_comment::Column::EditionId.eq(asked.edition.uuid()))
            .count(&acting.transaction)
            .await?;
        let decided = asked.decide(known.values().next(), caller, self.rules.publish, there);
        let (text, found) = match (decided, found) {
            (Ok(text), Some(found)) => (text, found),
            (Err(denial), _) => return Err(acting.denied(denial).await?),
            (Ok(_), None) => return Err(StoreError::corrupt("comment", "it is on nothing").into()),
        };
        self.ids.open(&acting.transaction).await?;
        let comment: CommentId = self.ids.next(acting.now).into();
        let row = edition_comment::ActiveModel {
            id: Set(comment.uuid()),
            release_id: Set(found.release.uuid()),
            edition_id: Set(asked.edition.uuid()),
            account_id: Set(caller.standing.account.uuid()),
            at: Set(acting.now.micros()),
            text: Set(text.into()),
        };
        edition_comment::Entity::insert(row)
            .exec_without_returning(&acting.transaction)
            .await?;
        let done = Done::by(caller, "comment-on-edition", detail(comment, asked.edition, &found));
        let accepted = |sequence| AcceptedComment {
            comment,
            release: found.release,
            sequence,
        };
        Ok(Some(acting.done(done, accepted).await?))
    }
}

/// Whose an edition is.
struct Found {
    release: ReleaseId,
    locale: String,
}

async fn find(transaction: &DatabaseTransaction, edition: EditionId) -> Result<Option<Found>, StoreError> {
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        "SELECT t.release_id, t.locale FROM edition AS e JOIN translation AS t ON t.id = e.translation_id WHERE e.id = ",
    );
    sql.bind(edition.uuid());
    let row = transaction.query_one_raw(sql.finish()).await?;
    row.map(|row| {
        Ok(Found {
            release: row.try_get::<Uuid>("", "release_id")?.into(),
            locale: row.try_get("", "locale")?,
        })
    })
    .transpose()
}

/// What the audit trail says of it. What was said is where it was said, and stays there.
fn detail(comment: CommentId, edition: EditionId, found: &Found) -> Map<String, Value> {
    said([
        ("release", json!(found.release)),
        ("locale", json!(found.locale)),
        ("edition", json!(edition)),
        ("comment", json!(comment)),
    ])
}
