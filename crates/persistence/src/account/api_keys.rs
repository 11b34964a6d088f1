//! API keys: making, finding and revoking them. Of the secret only the hash is ever here.

use newsroom_domain::account::{Account, ApiKey, Caller, Credential, KEY_USE_NOTED, NewApiKey};
use newsroom_domain::idempotency::IdempotencyKey;
use newsroom_domain::refusal::{Denial, Refusal};
use newsroom_domain::{AccountId, ApiKeyId, Instant};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::accounts::{allow, lock};
use super::{By, detail, row};
use crate::acting::{Acting, Begun, CommandError, Once};
use crate::database::{Turn, now};
use crate::entity::{account, api_key};
use crate::{Store, StoreError};

/// The most keys that an account has at once: no list of them is ever longer.
const MOST_KEYS: usize = 100;

impl Store {
    /// Creates a key, whose secret has this hash. The second answer is whether it was made now, or before under the same
    /// idempotency key: its secret is then another one, which nobody has any more but whoever got it then.
    ///
    /// # Errors
    /// Where the caller may not, the form is wrong, or the database fails.
    pub async fn create_api_key(
        &self,
        caller: &Caller,
        asked: &NewApiKey,
        hash: &str,
        key: Option<&IdempotencyKey>,
    ) -> Result<(ApiKey, bool), CommandError> {
        caller.allow_secrets()?;
        let own = caller.standing.account;
        let of = asked.account.unwrap_or(own);
        if of != own {
            allow(By::Caller(caller))?;
        }
        let once = Once::new(key, "createApiKey", asked)?;
        let acting = match Acting::begin::<ApiKeyId>(&self.connections, own, Turn::Shared, once.as_ref()).await? {
            Begun::Now(acting) => acting,
            Begun::Before(id) => return Ok((self.key_that_is_there(id).await?, false)),
        };
        let Some(account) = lock(&acting.transaction, of).await? else {
            return Err(acting.denied(Denial::NotFound).await?);
        };
        let account = row::account(account)?;
        if kept(&acting.transaction, &[of], acting.now).await?.len() >= MOST_KEYS {
            let message = format!("an account has at most {MOST_KEYS} keys: revoke one that serves no more");
            let refusal = Refusal::WrongState { state: None, message };
            return Err(acting.denied(refusal.into()).await?);
        }
        let taxonomy = crate::taxonomy::read(&acting.transaction).await?;
        self.ids.open(&acting.transaction).await?;
        let id = self.ids.next(acting.now).into();
        let created = match ApiKey::create(id, asked, (&account, own), &taxonomy, acting.now) {
            Ok(created) => created,
            Err(refusal) => return Err(acting.denied(refusal.into()).await?),
        };
        insert(&acting.transaction, &created, hash).await?;
        let said = detail([
            ("key", id.to_string().into()),
            ("account", of.to_string().into()),
            ("role", created.role.as_str().into()),
            ("expiresAt", created.expires_at.to_string().into()),
        ]);
        acting
            .done(By::Caller(caller).done("api-key-created", said), |_| id)
            .await?;
        Ok((created, true))
    }

    /// Revokes a key of the caller's account, or of anybody's, for who keeps accounts; a key, itself alone. One that is
    /// revoked stays so.
    ///
    /// # Errors
    /// Where there is none for the caller, or the database fails.
    pub async fn revoke_api_key(
        &self,
        caller: &Caller,
        id: ApiKeyId,
        key: Option<&IdempotencyKey>,
    ) -> Result<ApiKey, CommandError> {
        if matches!(caller.credential, Credential::ApiKey(by) if by != id) {
            return Err(Denial::Forbidden("an API key revokes no other key than itself: sign in for that").into());
        }
        let own = caller.standing.account;
        let once = Once::new(key, "revokeApiKey", &id)?;
        let acting = match Acting::begin::<ApiKeyId>(&self.connections, own, Turn::Shared, once.as_ref()).await? {
            Begun::Now(acting) => acting,
            Begun::Before(id) => return self.key_that_is_there(id).await,
        };
        let select = api_key::Entity::find_by_id(id.uuid()).lock_exclusive();
        let found = select.one(&acting.transaction).await?;
        let Some(found) = found.filter(|found| found.account_id == own.uuid() || allow(By::Caller(caller)).is_ok())
        else {
            return Err(acting.denied(Denial::NotFound).await?);
        };
        let mut revoked = row::api_key(found)?;
        if revoked.revoked_at.is_some() {
            acting.done_quietly(id).await?;
            return Ok(revoked);
        }
        revoked.revoked_at = Some(acting.now);
        let change = api_key::ActiveModel {
            revoked_at: Set(Some(acting.now.micros())),
            ..api_key::ActiveModel::default()
        };
        let update = api_key::Entity::update_many()
            .set(change)
            .filter(api_key::Column::Id.eq(id.uuid()));
        update.exec(&acting.transaction).await?;
        let said = detail([
            ("key", id.to_string().into()),
            ("account", revoked.account.to_string().into()),
        ]);
        acting
            .done(By::Caller(caller).done("api-key-revoked", said), |_| id)
            .await?;
        Ok(revoked)
    }

    /// The key of that hash with its account, where both are good now.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn api_key_by_hash(&self, hash: &str) -> Result<Option<(ApiKey, Account)>, StoreError> {
        let transaction = self.connections.read().await?;
        let at = now(&transaction).await?;
        let found = api_key::Entity::find()
            .filter(api_key::Column::Hash.eq(hash))
            .one(&transaction)
            .await?;
        let Some(found) = found.map(row::api_key).transpose()?.filter(|key| key.holds_at(at)) else {
            transaction.commit().await?;
            return Ok(None);
        };
        let account = account::Entity::find_by_id(found.account.uuid())
            .one(&transaction)
            .await?;
        transaction.commit().await?;
        let account = account.map(row::account).transpose()?;
        Ok(account
            .filter(|account| account.suspended_at.is_none())
            .map(|account| (found, account)))
    }

    /// The keys of these accounts that are neither revoked nor expired, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn api_keys_of(&self, ids: &[AccountId]) -> Result<Vec<ApiKey>, StoreError> {
        let transaction = self.connections.read().await?;
        let at = now(&transaction).await?;
        let rows = kept(&transaction, ids, at).await?;
        transaction.commit().await?;
        rows.into_iter().map(row::api_key).collect()
    }

    /// The key of that identity.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn api_key(&self, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        let transaction = self.connections.read().await?;
        let found = api_key::Entity::find_by_id(id.uuid()).one(&transaction).await?;
        transaction.commit().await?;
        found.map(row::api_key).transpose()
    }

    /// Notes that a key is used, at most once a minute.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn note_api_key_use(&self, id: ApiKeyId) -> Result<(), StoreError> {
        let transaction = self.connections.write().await?;
        let at = now(&transaction).await?.micros();
        let change = api_key::ActiveModel {
            last_used_at: Set(Some(at)),
            ..api_key::ActiveModel::default()
        };
        let is_due = Condition::any()
            .add(api_key::Column::LastUsedAt.is_null())
            .add(api_key::Column::LastUsedAt.lt(at - KEY_USE_NOTED));
        let update = api_key::Entity::update_many()
            .set(change)
            .filter(api_key::Column::Id.eq(id.uuid()))
            .filter(is_due);
        update.exec(&transaction).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn key_that_is_there(&self, id: ApiKeyId) -> Result<ApiKey, CommandError> {
        let key = self.api_key(id).await?;
        Ok(key.ok_or_else(|| StoreError::corrupt("API key", "it is gone"))?)
    }
}

async fn kept(
    transaction: &DatabaseTransaction,
    of: &[AccountId],
    at: Instant,
) -> Result<Vec<api_key::Model>, StoreError> {
    let rows = api_key::Entity::find()
        .filter(api_key::Column::AccountId.is_in(of.iter().map(|id| id.uuid())))
        .filter(api_key::Column::RevokedAt.is_null())
        .filter(api_key::Column::ExpiresAt.gt(at.micros()))
        .order_by_desc(api_key::Column::Id);
    Ok(rows.all(transaction).await?)
}

async fn insert(transaction: &DatabaseTransaction, created: &ApiKey, hash: &str) -> Result<(), StoreError> {
    let inserted = api_key::ActiveModel {
        id: Set(created.id.uuid()),
        account_id: Set(created.account.uuid()),
        name: Set(created.name.to_string()),
        hash: Set(hash.to_owned()),
        role: Set(created.role.as_str().to_owned()),
        offices: Set(row::offices(&created.scope)?),
        created_by: Set(created.created_by.uuid()),
        created_at: Set(created.created_at.micros()),
        expires_at: Set(created.expires_at.micros()),
        last_used_at: Set(None),
        revoked_at: Set(None),
    };
    api_key::Entity::insert(inserted)
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}
