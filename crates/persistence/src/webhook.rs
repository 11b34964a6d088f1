//! Webhooks: the endpoints, what each is owed, and what became of it.
//!
//! Nothing here is done by whoever publishes. The change log is the outbox: a worker reads it behind a stored cursor and gives each
//! endpoint its deliveries (`fan_out`); some host takes on what is due (`take`), sends it in no transaction, and says what came of
//! it (`outcome`). A host that is gone by then is taken for one that failed, so that everything is sent at least once.
//!
//! Locks are taken in one order: the cursor, endpoints by their identity, deliveries, the head.

mod clock;
mod commands;
mod content;
mod deliveries;
mod fan_out;
mod log;
mod outcome;
mod row;
mod state;
mod take;

use std::collections::BTreeMap;

use newsroom_domain::account::{Action, Caller, Matter, PublishRule};
use newsroom_domain::webhook::{SecretTimes, Webhook};
use newsroom_domain::{Instant, WebhookId};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::changes::marks_at;
use crate::database::now;
use crate::entity::{webhook, webhook_secret};
use crate::live::row::instant;
use crate::sql::Sql;
use crate::{CommandError, Store, StoreError};

pub use commands::MadeSecret;
pub use content::{EventContent, ReleaseNow, Tombstone};
pub use log::{Attempt as WebhookAttempt, Delivery as WebhookDelivery, DeliveryPage};
pub use outcome::{Answered, Stopped};
pub use take::{DueDelivery, Slot};

impl Store {
    /// All endpoints, the oldest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn webhooks(&self) -> Result<Vec<Webhook>, StoreError> {
        let transaction = self.connections.read().await?;
        let rows = webhook::Entity::find().order_by_asc(webhook::Column::Id);
        let webhooks = with_secrets(&transaction, rows.all(&transaction).await?).await?;
        transaction.commit().await?;
        Ok(webhooks)
    }

    /// The endpoint of that identity.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn webhook(&self, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
        let transaction = self.connections.read().await?;
        let rows = webhook::Entity::find_by_id(id.uuid()).all(&transaction).await?;
        let found = with_secrets(&transaction, rows).await?.pop();
        transaction.commit().await?;
        Ok(found)
    }

    /// The endpoint that something was done to: somebody else may have deleted it by now.
    async fn webhook_that_is_there(&self, id: WebhookId) -> Result<Webhook, CommandError> {
        self.webhook(id).await?.ok_or(CommandError::DeletedSince)
    }
}

/// Lets them pass who keep webhooks.
fn allow(caller: &Caller) -> Result<(), CommandError> {
    let rule = PublishRule::default();
    Ok(caller.standing.allow(Action::KeepWebhooks, Matter::Newsroom, rule)?)
}

/// Endpoints with what is told of their secrets.
async fn with_secrets(
    transaction: &DatabaseTransaction,
    rows: Vec<webhook::Model>,
) -> Result<Vec<Webhook>, StoreError> {
    let at = now(transaction).await?;
    let ids: Vec<WebhookId> = rows.iter().map(|row| row.id.into()).collect();
    let mut secrets = BTreeMap::<WebhookId, Vec<SecretTimes>>::new();
    for row in good_secrets(transaction, &ids, at).await? {
        secrets.entry(row.webhook_id.into()).or_default().push(SecretTimes {
            created_at: instant(row.created_at)?,
            expires_at: row.expires_at.map(instant).transpose()?,
        });
    }
    let marks = marks_at(transaction, rows.iter().filter_map(|row| row.missed_after)).await?;
    let with_its = |row: webhook::Model| {
        let secrets = secrets.remove(&row.id.into()).unwrap_or_default();
        let missed_after = row.missed_after.map(|sequence| marks.cursor(sequence)).transpose()?;
        row::webhook(row, secrets, missed_after)
    };
    rows.into_iter().map(with_its).collect()
}

/// The secrets of these endpoints that sign at that instant, the newest first.
async fn good_secrets(
    transaction: &DatabaseTransaction,
    of: &[WebhookId],
    at: Instant,
) -> Result<Vec<webhook_secret::Model>, StoreError> {
    let is_good = Condition::any()
        .add(webhook_secret::Column::ExpiresAt.is_null())
        .add(webhook_secret::Column::ExpiresAt.gt(at.micros()));
    let rows = webhook_secret::Entity::find()
        .filter(webhook_secret::Column::WebhookId.is_in(of.iter().map(|id| id.uuid())))
        .filter(is_good)
        .order_by_desc(webhook_secret::Column::Id);
    Ok(rows.all(transaction).await?)
}

/// The endpoint, locked until the transaction ends.
async fn lock(transaction: &DatabaseTransaction, id: WebhookId) -> Result<Option<webhook::Model>, StoreError> {
    let select = webhook::Entity::find_by_id(id.uuid()).lock_exclusive();
    Ok(select.one(transaction).await?)
}

/// Takes the cursor, so that nothing is fanned out until the transaction ends, and answers the sequence that it is at.
async fn lock_cursor(transaction: &DatabaseTransaction) -> Result<i64, StoreError> {
    let update = "UPDATE webhook_cursor SET sequence = sequence WHERE id = 1 RETURNING sequence";
    let row = transaction
        .query_one_raw(Sql::new(transaction.get_database_backend(), update).finish())
        .await?
        .ok_or_else(|| StoreError::corrupt("cursor of webhooks", "it is not there"))?;
    Ok(row.try_get("", "sequence")?)
}
