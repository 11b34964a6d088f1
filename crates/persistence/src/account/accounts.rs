//! Accounts: making, changing and finding them.

use newsroom_domain::AccountId;
use newsroom_domain::account::{
    Account, AccountChanges, Action, Circumstances, Email, Matter, NewAccount, PublishRule, Role,
};
use newsroom_domain::idempotency::IdempotencyKey;
use newsroom_domain::refusal::{Denial, Refusal};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, TryInsertResult};
use serde_json::Value;
use uuid::Uuid;

use super::links::{LinkEnd, end_links};
use super::sessions::{SessionEnd, end_sessions};
use super::{AccountPage, AccountWithHash, By, detail, row};
use crate::acting::{Acting, Begun, CommandError, Once};
use crate::database::Turn;
use crate::entity::account;
use crate::{Store, StoreError};

impl Store {
    /// Creates an account. `hash` is that of the password that is asked for.
    ///
    /// # Errors
    /// Where the caller may not, the form is wrong, the address is another account's, or the database fails.
    pub async fn create_account(
        &self,
        by: By<'_>,
        asked: &NewAccount,
        hash: Option<String>,
        key: Option<&IdempotencyKey>,
    ) -> Result<Account, CommandError> {
        allow(by)?;
        allow_password(by, asked.password.as_deref())?;
        let once = Once::new(key, "createAccount", &asked.twin())?;
        let acting =
            match Acting::begin::<AccountId>(&self.connections, by.account(), Turn::Shared, once.as_ref()).await? {
                Begun::Now(acting) => acting,
                Begun::Before(id) => return self.account_that_is_there(id).await,
            };
        let created = match self.put_account(&acting, asked, hash).await? {
            Ok(created) => created,
            Err(refusal) => return Err(acting.denied(refusal.into()).await?),
        };
        let done = by.done("account-created", said_of(&created));
        acting.done(done, |_| created.id).await?;
        Ok(created)
    }

    /// Changes an account. A suspension and a new password end its sessions. `hash` is that of the new password.
    ///
    /// # Errors
    /// Where the caller may not, the account is not there, is at another version, or the form is wrong; where no
    /// administrator would be left; or where the database fails.
    pub async fn change_account(
        &self,
        by: By<'_>,
        id: AccountId,
        asked: &AccountChanges,
        hash: Option<String>,
        key: Option<&IdempotencyKey>,
    ) -> Result<Account, CommandError> {
        allow(by)?;
        allow_password(by, asked.password.as_deref())?;
        let once = Once::new(key, "updateAccount", &(id, asked.twin()))?;
        let acting =
            match Acting::begin::<AccountId>(&self.connections, by.account(), Turn::Shared, once.as_ref()).await? {
                Begun::Now(acting) => acting,
                Begun::Before(id) => return self.account_that_is_there(id).await,
            };
        // Whoever would take an administrator away waits for whoever does so already: both would find another one left.
        let administrators = administrators(&acting.transaction).await?;
        let Some(before) = lock(&acting.transaction, id).await? else {
            return Err(acting.denied(Denial::NotFound).await?);
        };
        let before = row::account(before)?;
        let taxonomy = crate::taxonomy::read(&acting.transaction).await?;
        let is_last = matches!(by, By::Caller(_)) && administrators.iter().all(|other| *other == id.uuid());
        let circumstances = Circumstances {
            taxonomy: &taxonomy,
            is_last_administrator: is_last,
            now: acting.now,
        };
        let after = match before.change(asked, None, circumstances) {
            Ok(after) => after,
            Err(refusal) => return Err(acting.denied(refusal.into()).await?),
        };
        if after.version == before.version {
            acting.done_quietly(id).await?;
            return Ok(after);
        }
        let has_new_password = hash.is_some();
        update(&acting, &after, hash).await?;
        let is_suspended = after.suspended_at.is_some() && before.suspended_at.is_none();
        if is_suspended {
            end_sessions(&acting, id, SessionEnd::Suspended).await?;
        } else if has_new_password {
            end_sessions(&acting, id, SessionEnd::PasswordChanged).await?;
        }
        if has_new_password {
            end_links(&acting, id, None, LinkEnd::PasswordChanged).await?;
        }
        let action = match (before.suspended_at, after.suspended_at) {
            (None, Some(_)) => "account-suspended",
            (Some(_), None) => "account-reinstated",
            _ => "account-changed",
        };
        let mut said = said_of(&after);
        if has_new_password {
            said.insert("newPassword".to_owned(), true.into());
        }
        acting.done(by.done(action, said), |_| id).await?;
        Ok(after)
    }

    /// The account of that identity.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        let found = account::Entity::find_by_id(id.uuid());
        let transaction = self.connections.read().await?;
        let found = found.one(&transaction).await?.map(row::account).transpose()?;
        transaction.commit().await?;
        Ok(found)
    }

    /// The account of that address, with the hash of its password.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn account_by_email(&self, email: &Email) -> Result<Option<AccountWithHash>, StoreError> {
        let found = account::Entity::find().filter(account::Column::Email.eq(email.as_str()));
        let transaction = self.connections.read().await?;
        let found = found.one(&transaction).await?.map(with_hash).transpose()?;
        transaction.commit().await?;
        Ok(found)
    }

    /// The same, of that identity.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn account_with_hash(&self, id: AccountId) -> Result<Option<AccountWithHash>, StoreError> {
        let found = account::Entity::find_by_id(id.uuid());
        let transaction = self.connections.read().await?;
        let found = found.one(&transaction).await?.map(with_hash).transpose()?;
        transaction.commit().await?;
        Ok(found)
    }

    /// So many accounts at most, in the order of their addresses, behind that address.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn accounts(&self, after: Option<&str>, most: u64) -> Result<AccountPage, StoreError> {
        let mut select = account::Entity::find().order_by_asc(account::Column::Email);
        if let Some(after) = after {
            select = select.filter(account::Column::Email.gt(after));
        }
        let transaction = self.connections.read().await?;
        let mut rows = select.limit(most + 1).all(&transaction).await?;
        transaction.commit().await?;
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let has_next = rows.len() > most;
        rows.truncate(most);
        let items = rows.into_iter().map(row::account).collect::<Result<_, _>>()?;
        Ok(AccountPage { items, has_next })
    }

    /// Puts a new account there, within an act. Nothing is written where it is refused.
    pub(super) async fn put_account(
        &self,
        acting: &Acting,
        asked: &NewAccount,
        hash: Option<String>,
    ) -> Result<Result<Account, Refusal>, StoreError> {
        let taxonomy = crate::taxonomy::read(&acting.transaction).await?;
        self.ids.open(&acting.transaction).await?;
        let id = self.ids.next(acting.now).into();
        let created = match Account::create(id, asked, &taxonomy, acting.now) {
            Ok(created) => created,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if insert(acting, &created, hash).await? {
            return Ok(Ok(created));
        }
        let message = "there is an account of this address already: change that one, or give another address";
        Ok(Err(Refusal::of("email", "TAKEN", message)))
    }

    pub(super) async fn account_that_is_there(&self, id: AccountId) -> Result<Account, CommandError> {
        let account = self.account(id).await?;
        Ok(account.ok_or_else(|| StoreError::corrupt("account", "it is gone"))?)
    }
}

fn with_hash(row: account::Model) -> Result<AccountWithHash, StoreError> {
    Ok(AccountWithHash {
        hash: row.password_hash.clone(),
        account: row::account(row)?,
    })
}

/// Lets those pass who may keep accounts.
pub(super) fn allow(by: By<'_>) -> Result<(), Denial> {
    match by {
        By::Operator => Ok(()),
        By::Caller(caller) => {
            let rule = PublishRule::default();
            caller.standing.allow(Action::KeepAccounts, Matter::Newsroom, rule)
        }
    }
}

/// Lets those pass who give an account a password, or give none.
fn allow_password(by: By<'_>, password: Option<&str>) -> Result<(), Denial> {
    match (by, password) {
        (By::Caller(caller), Some(_)) => caller.allow_secrets(),
        _ => Ok(()),
    }
}

pub(super) async fn insert(acting: &Acting, created: &Account, hash: Option<String>) -> Result<bool, StoreError> {
    let row = account::ActiveModel {
        id: Set(created.id.uuid()),
        email: Set(created.email.to_string()),
        name: Set(created.name.to_string()),
        role: Set(created.role.as_str().to_owned()),
        offices: Set(row::offices(&created.scope)?),
        password_hash: Set(hash),
        password_changed_at: Set(created.created_at.micros()),
        created_at: Set(created.created_at.micros()),
        suspended_at: Set(None),
        version: Set(created.version),
    };
    let insert = account::Entity::insert(row).on_conflict_do_nothing_on([account::Column::Email]);
    let inserted = insert.exec_without_returning(&acting.transaction).await?;
    Ok(matches!(inserted, TryInsertResult::Inserted(1..)))
}

pub(super) async fn update(acting: &Acting, after: &Account, hash: Option<String>) -> Result<(), StoreError> {
    let mut row = account::ActiveModel {
        name: Set(after.name.to_string()),
        role: Set(after.role.as_str().to_owned()),
        offices: Set(row::offices(&after.scope)?),
        suspended_at: Set(after.suspended_at.map(newsroom_domain::Instant::micros)),
        version: Set(after.version),
        ..account::ActiveModel::default()
    };
    if let Some(hash) = hash {
        row.password_hash = Set(Some(hash));
        row.password_changed_at = Set(acting.now.micros());
    }
    account::Entity::update_many()
        .set(row)
        .filter(account::Column::Id.eq(after.id.uuid()))
        .exec(&acting.transaction)
        .await?;
    Ok(())
}

/// Locks an account's row against other changes, but not against what refers to it: an idempotency key of the same
/// transaction does, and another's would be waited for in turn. SQLite has one writer, and needs no such lock.
pub(super) async fn lock(
    transaction: &DatabaseTransaction,
    id: AccountId,
) -> Result<Option<account::Model>, StoreError> {
    let select = account::Entity::find_by_id(id.uuid()).lock(LockType::NoKeyUpdate);
    Ok(select.one(transaction).await?)
}

/// The administrators who are not suspended; their rows are locked, in the order of their identities.
async fn administrators(transaction: &DatabaseTransaction) -> Result<Vec<Uuid>, StoreError> {
    let select = account::Entity::find()
        .filter(account::Column::Role.eq(Role::Administrator.as_str()))
        .filter(account::Column::SuspendedAt.is_null())
        .order_by_asc(account::Column::Id)
        .lock(LockType::NoKeyUpdate);
    let rows = select.all(transaction).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

pub(super) fn said_of(account: &Account) -> serde_json::Map<String, Value> {
    let offices = match &account.scope {
        newsroom_domain::account::OfficeScope::All => Value::from("all"),
        newsroom_domain::account::OfficeScope::Only(offices) => offices.iter().map(ToString::to_string).collect(),
    };
    detail([
        ("account", account.id.to_string().into()),
        ("role", account.role.as_str().into()),
        ("offices", offices),
        ("version", account.version.into()),
    ])
}
