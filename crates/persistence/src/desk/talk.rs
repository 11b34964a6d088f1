//! What the desk says beside a release: whose work its translations are, and what was said of its editions. Loaded for a
//! whole page at once, where it is asked for.

use std::collections::{BTreeMap, BTreeSet};

use newsroom_domain::release::{Assignee, Comment, Release};
use newsroom_domain::text::Note;
use newsroom_domain::{AccountId, EditionId, ReleaseId, TranslationId};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QueryResult};
use uuid::Uuid;

use super::save::Saving;
use crate::account::names_of;
use crate::entity::translation_assignee;
use crate::live::row::instant;
use crate::sql::{Sql, in_chunks};
use crate::{Store, StoreError};

/// What is wanted beside releases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TalkWants {
    /// Whose work their translations are.
    pub assignees: bool,
    /// What was said of their editions.
    pub comments: bool,
}

impl TalkWants {
    /// All of it.
    pub const ALL: Self = Self {
        assignees: true,
        comments: true,
    };
}

/// What is said beside the releases of a page; nothing where it was not wanted.
#[derive(Debug, Clone, Default)]
pub struct Talk {
    /// Whose work which translation is, by when it was assigned. A translation that is nobody's is not there.
    pub assignees: Option<BTreeMap<TranslationId, Vec<Assignee>>>,
    /// What was said of which translation, in order: of all editions that it has had. One of which nobody has said anything is
    /// not there.
    pub comments: Option<BTreeMap<TranslationId, Vec<Comment>>>,
}

impl Talk {
    /// Loads what is wanted beside these releases, one statement for each kind.
    pub(crate) async fn load(
        transaction: &DatabaseTransaction,
        releases: &[Release],
        wants: TalkWants,
    ) -> Result<Self, StoreError> {
        let assignees = if wants.assignees {
            let texts = releases.iter().flat_map(|release| release.translations.values());
            Some(assignees(transaction, texts.map(|text| text.id).collect()).await?)
        } else {
            None
        };
        let comments = if wants.comments {
            Some(comments(transaction, releases.iter().map(|release| release.id).collect()).await?)
        } else {
            None
        };
        Ok(Self { assignees, comments })
    }

    /// Those who have to do with it.
    pub(crate) fn people(&self) -> impl Iterator<Item = AccountId> {
        let assignees = self.assignees.iter().flat_map(BTreeMap::values).flatten();
        let comments = self.comments.iter().flat_map(BTreeMap::values).flatten();
        assignees
            .flat_map(|assignee| [assignee.account, assignee.assigned_by])
            .chain(comments.map(|comment| comment.by))
    }
}

/// Whose work these translations are.
pub(super) async fn assignees(
    transaction: &DatabaseTransaction,
    of: Vec<TranslationId>,
) -> Result<BTreeMap<TranslationId, Vec<Assignee>>, StoreError> {
    use translation_assignee::{Column, Entity};
    let mut assignees = BTreeMap::<TranslationId, Vec<Assignee>>::new();
    for ids in in_chunks(of, 1) {
        let rows = Entity::find()
            .filter(Column::TranslationId.is_in(ids.into_iter().map(Uuid::from)))
            .order_by_asc(Column::AssignedAt)
            .order_by_asc(Column::AccountId);
        for row in rows.all(transaction).await? {
            let assignee = Assignee {
                account: row.account_id.into(),
                assigned_by: row.assigned_by.into(),
                assigned_at: instant(row.assigned_at)?,
            };
            assignees.entry(row.translation_id.into()).or_default().push(assignee);
        }
    }
    Ok(assignees)
}

const COMMENTS: &str = "SELECT c.id, c.edition_id, c.account_id, c.at, c.text, e.number, e.translation_id FROM edition_comment AS c \
    JOIN edition AS e ON e.id = c.edition_id WHERE ";

impl Store {
    /// What was said of an edition, with the names of those who said it.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn comments_on(
        &self,
        edition: EditionId,
    ) -> Result<(Vec<Comment>, BTreeMap<AccountId, String>), StoreError> {
        let transaction = self.connections.read().await?;
        let mut sql = Sql::new(transaction.get_database_backend(), COMMENTS);
        sql.push("c.edition_id = ")
            .bind(edition.uuid())
            .push(" ORDER BY c.at, c.id");
        let rows = transaction.query_all_raw(sql.finish()).await?;
        let comments = rows.iter().map(comment_of).collect::<Result<Vec<_>, _>>()?;
        let authors: Vec<AccountId> = comments.iter().map(|comment| comment.by).collect();
        let names = names_of(&transaction, authors.into_iter()).await?;
        transaction.commit().await?;
        Ok((comments, names))
    }
}

/// What was said of the editions of these releases.
async fn comments(
    transaction: &DatabaseTransaction,
    of: Vec<ReleaseId>,
) -> Result<BTreeMap<TranslationId, Vec<Comment>>, StoreError> {
    let mut comments = BTreeMap::<TranslationId, Vec<Comment>>::new();
    for ids in in_chunks(of, 1) {
        let mut sql = Sql::new(transaction.get_database_backend(), COMMENTS);
        sql.is_in("c.release_id", ids.into_iter().map(Uuid::from));
        sql.push(" ORDER BY c.at, c.id");
        for row in transaction.query_all_raw(sql.finish()).await? {
            let translation = row.try_get::<Uuid>("", "translation_id")?;
            comments.entry(translation.into()).or_default().push(comment_of(&row)?);
        }
    }
    Ok(comments)
}

fn comment_of(row: &QueryResult) -> Result<Comment, StoreError> {
    let text: String = row.try_get("", "text")?;
    Ok(Comment {
        id: row.try_get::<Uuid>("", "id")?.into(),
        edition: row.try_get::<Uuid>("", "edition_id")?.into(),
        edition_number: row.try_get("", "number")?,
        by: row.try_get::<Uuid>("", "account_id")?.into(),
        at: instant(row.try_get("", "at")?)?,
        text: Note::new(&text).map_err(|fault| StoreError::corrupt("comment", fault))?,
    })
}

/// Moves saved releases to where they are now in the lists of those whose work they are, which go by when they were edited.
pub(super) async fn move_in_lists(transaction: &DatabaseTransaction, savings: &[Saving]) -> Result<(), StoreError> {
    let known = savings.iter().filter(|saving| saving.was.is_some());
    let known: BTreeSet<Uuid> = known.map(|saving| saving.is.id.uuid()).collect();
    for ids in in_chunks(known.into_iter().collect(), 1) {
        let mut sql = Sql::new(
            transaction.get_database_backend(),
            "UPDATE desk_release_assignee SET edited_at = \
             (SELECT r.edited_at FROM release AS r WHERE r.id = desk_release_assignee.release_id) WHERE ",
        );
        sql.is_in("release_id", ids);
        transaction.execute_raw(sql.finish()).await?;
    }
    Ok(())
}
