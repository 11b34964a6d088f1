//! The public halves of the keys that sign access tokens: each host registers its own, and all verify by all.

use newsroom_domain::Instant;
use newsroom_domain::refusal::Denial;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};

use super::{By, detail};
use crate::acting::{Acting, CommandError};
use crate::entity::signing_key;
use crate::live::row::instant;
use crate::{Store, StoreError};

/// A key that is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredKey {
    /// Its name: the thumbprint of its public half (RFC 7638).
    pub kid: String,
    /// Its public half, in base64url (RFC 8037, section 2).
    pub public_key: String,
    /// When it was registered.
    pub created_at: Instant,
    /// From when on it signs no more.
    pub retired_at: Option<Instant>,
}

impl Store {
    /// Registers a key, where it is not there yet.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn register_signing_key(&self, kid: &str, public_key: &str) -> Result<(), StoreError> {
        // Most starts find it there, and then wait for no writer.
        if self.signing_keys().await?.iter().any(|key| key.kid == kid) {
            return Ok(());
        }
        let transaction = self.connections.write().await?;
        let now = crate::database::now(&transaction).await?;
        put(&transaction, kid, public_key, now).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// All keys, the oldest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn signing_keys(&self) -> Result<Vec<RegisteredKey>, StoreError> {
        let transaction = self.connections.read().await?;
        let select = signing_key::Entity::find()
            .order_by_asc(signing_key::Column::CreatedAt)
            .order_by_asc(signing_key::Column::Kid);
        let rows = select.all(&transaction).await?;
        transaction.commit().await?;
        let key = |row: signing_key::Model| {
            Ok(RegisteredKey {
                kid: row.kid,
                public_key: row.public_key,
                created_at: instant(row.created_at)?,
                retired_at: row.retired_at.map(instant).transpose()?,
            })
        };
        rows.into_iter().map(key).collect()
    }

    /// Registers a key, and retires the one that it takes the place of, if there is one.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn rotate_signing_key(
        &self,
        before: Option<&str>,
        (kid, public_key): (&str, &str),
    ) -> Result<(), CommandError> {
        let acting = Acting::unkeyed(&self.connections).await?;
        put(&acting.transaction, kid, public_key, acting.now).await?;
        if let Some(before) = before {
            retire(&acting, before).await?;
        }
        let said = detail([("key", kid.into()), ("retired", before.into())]);
        acting
            .done(By::Operator.done("signing-key-rotated", said), |_| ())
            .await
    }

    /// Retires a key: what it has signed is good until it expires, and it signs no more.
    ///
    /// # Errors
    /// Where there is no such key that is not retired, or the database fails.
    pub async fn retire_signing_key(&self, kid: &str) -> Result<(), CommandError> {
        let acting = Acting::unkeyed(&self.connections).await?;
        if retire(&acting, kid).await? == 0 {
            return Err(acting.denied(Denial::NotFound).await?);
        }
        let done = By::Operator.done("signing-key-retired", detail([("key", kid.into())]));
        acting.done(done, |_| ()).await
    }
}

async fn put(transaction: &DatabaseTransaction, kid: &str, public_key: &str, now: Instant) -> Result<(), StoreError> {
    let row = signing_key::ActiveModel {
        kid: Set(kid.to_owned()),
        public_key: Set(public_key.to_owned()),
        created_at: Set(now.micros()),
        retired_at: Set(None),
    };
    signing_key::Entity::insert(row)
        .on_conflict_do_nothing_on([signing_key::Column::Kid])
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

async fn retire(acting: &Acting, kid: &str) -> Result<u64, StoreError> {
    let row = signing_key::ActiveModel {
        retired_at: Set(Some(acting.now.micros())),
        ..signing_key::ActiveModel::default()
    };
    let update = signing_key::Entity::update_many()
        .set(row)
        .filter(signing_key::Column::Kid.eq(kid))
        .filter(signing_key::Column::RetiredAt.is_null());
    Ok(update.exec(&acting.transaction).await?.rows_affected)
}
