//! Assigning a translation: let the domain decide, write whose work it is, list the release for each of them, close the act.

use std::collections::{BTreeMap, BTreeSet};

use newsroom_domain::account::{Account, Caller};
use newsroom_domain::idempotency::IdempotencyKey;
use newsroom_domain::release::{AssignTranslation, Assigned};
use newsroom_domain::{AccountId, ReleaseId};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::load::{Purpose, load};
use super::talk::assignees;
use crate::account::{accounts_of, detail as said};
use crate::acting::{Acting, Begun, Done, Once, until_done};
use crate::database::Turn;
use crate::entity::translation_assignee;
use crate::head::Head;
use crate::sql::Sql;
use crate::{CommandError, Store, StoreError};

/// Something that was said beside a release: now, or before under the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedAssignment {
    /// The release.
    pub release: ReleaseId,
    /// Where the change log was when it was done.
    pub sequence: i64,
}

impl Store {
    /// Makes a translation the work of some accounts, once.
    ///
    /// # Errors
    /// Where its caller does not get it, or the store fails; nothing has then been done.
    pub async fn assign_translation(
        &self,
        caller: &Caller,
        asked: &AssignTranslation,
        key: Option<&IdempotencyKey>,
    ) -> Result<AcceptedAssignment, CommandError> {
        let once = Once::new(key, "assign-translation", asked)?;
        until_done(|| self.try_to_assign(caller, asked, once.as_ref())).await
    }

    async fn try_to_assign(
        &self,
        caller: &Caller,
        asked: &AssignTranslation,
        once: Option<&Once>,
    ) -> Result<Option<AcceptedAssignment>, CommandError> {
        let acting = match Acting::begin_at_desk(&self.connections, caller.standing.account, Turn::Shared, once).await?
        {
            Begun::Before(accepted) => return Ok(Some(accepted)),
            Begun::Now(acting) => acting,
        };
        let head = Head::read(&acting.transaction).await?;
        let taxonomy = self.taxonomy.at(head.taxonomy_revision, &acting.transaction).await?;
        let known = load(&acting.transaction, &taxonomy, &[asked.release], Purpose::Change).await?;
        let accounts: BTreeMap<AccountId, Account> = accounts_of(&acting.transaction, &asked.assignees).await?;
        let decided = asked.decide(known.get(&asked.release), caller, self.rules.publish, &accounts);
        let assigned = match decided {
            Ok(assigned) => assigned,
            Err(denial) => return Err(acting.denied(denial).await?),
        };
        let accepted = |sequence| AcceptedAssignment {
            release: asked.release,
            sequence,
        };
        let before = assignees(&acting.transaction, vec![assigned.translation]).await?;
        let before = before.into_values().flatten().map(|assignee| assignee.account);
        let before: BTreeSet<AccountId> = before.collect();
        if before == assigned.assignees {
            return Ok(Some(acting.done_quietly(accepted(head.sequence)).await?));
        }
        write(&acting, caller.standing.account, &assigned, &before).await?;
        list(&acting.transaction, asked.release).await?;
        let detail = detail(asked.release, &assigned, &before);
        let done = Done::by(caller, "assign-translation", detail);
        Ok(Some(acting.done(done, accepted).await?))
    }
}

/// Writes whose work it is. Who was assigned before and still is stays so by whom and since when they were.
async fn write(
    acting: &Acting,
    by: AccountId,
    assigned: &Assigned,
    before: &BTreeSet<AccountId>,
) -> Result<(), StoreError> {
    use translation_assignee::{ActiveModel, Column, Entity};
    let gone: Vec<Uuid> = before.difference(&assigned.assignees).map(|id| id.uuid()).collect();
    if !gone.is_empty() {
        Entity::delete_many()
            .filter(Column::TranslationId.eq(assigned.translation.uuid()))
            .filter(Column::AccountId.is_in(gone))
            .exec(&acting.transaction)
            .await?;
    }
    let new = assigned.assignees.difference(before).map(|account| ActiveModel {
        translation_id: Set(assigned.translation.uuid()),
        account_id: Set(account.uuid()),
        assigned_by: Set(by.uuid()),
        assigned_at: Set(acting.now.micros()),
    });
    let new: Vec<ActiveModel> = new.collect();
    if !new.is_empty() {
        Entity::insert_many(new)
            .exec_without_returning(&acting.transaction)
            .await?;
    }
    Ok(())
}

/// Puts a release into the lists of those whose work any of its translations is, and out of all others.
async fn list(transaction: &DatabaseTransaction, release: ReleaseId) -> Result<(), StoreError> {
    let backend = transaction.get_database_backend();
    let mut clear = Sql::new(backend, "DELETE FROM desk_release_assignee WHERE release_id = ");
    clear.bind(release.uuid());
    transaction.execute_raw(clear.finish()).await?;
    let mut fill = Sql::new(
        backend,
        "INSERT INTO desk_release_assignee (account_id, edited_at, release_id) \
         SELECT DISTINCT a.account_id, r.edited_at, r.id FROM release AS r \
         JOIN translation AS t ON t.release_id = r.id \
         JOIN translation_assignee AS a ON a.translation_id = t.id WHERE r.id = ",
    );
    fill.bind(release.uuid());
    transaction.execute_raw(fill.finish()).await?;
    Ok(())
}

/// What the audit trail says of it: whose work it was, and whose it is.
fn detail(release: ReleaseId, assigned: &Assigned, before: &BTreeSet<AccountId>) -> Map<String, Value> {
    said([
        ("release", json!(release)),
        ("locale", json!(assigned.locale)),
        ("assigneesBefore", json!(before)),
        ("assignees", json!(assigned.assignees)),
    ])
}
