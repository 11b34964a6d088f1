//! Stopping endpoints: by hand, since they are dead, or since they asked for it.

use newsroom_domain::webhook::{DeliveryState, WebhookState};
use newsroom_domain::{Instant, WebhookId};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use crate::StoreError;
use crate::entity::webhook;
use crate::sql::Sql;

/// Stops an endpoint, whose row is locked, with the cursor before it at that sequence. What waits for it is not sent, and from
/// where on it missed something is kept, so that it can be told.
pub(super) async fn stop(
    transaction: &DatabaseTransaction,
    stopped: &webhook::Model,
    state: WebhookState,
    reason: Option<&str>,
    (cursor, now): (i64, Instant),
) -> Result<(), StoreError> {
    let id = stopped.id.into();
    let mut missed = vec![cursor.max(stopped.from_sequence)];
    missed.extend(stopped.missed_after);
    missed.extend(stopped.again_after);
    missed.extend(first_waiting(transaction, id).await?.map(|sequence| sequence - 1));
    skip(transaction, id, now).await?;
    let change = webhook::ActiveModel {
        state: Set(state.as_str().to_owned()),
        state_since: Set(now.micros()),
        state_reason: Set(reason.map(str::to_owned)),
        missed_after: Set(missed.into_iter().min()),
        misses: Set(stopped.misses + 1),
        again_after: Set(None),
        again_until: Set(None),
        ..webhook::ActiveModel::default()
    };
    webhook::Entity::update_many()
        .set(change)
        .filter(webhook::Column::Id.eq(stopped.id))
        .exec(transaction)
        .await?;
    Ok(())
}

/// The first change that an endpoint has not been told of yet, of those that wait for it.
async fn first_waiting(transaction: &DatabaseTransaction, id: WebhookId) -> Result<Option<i64>, StoreError> {
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        "SELECT MIN(sequence) AS first FROM webhook_delivery WHERE next_at IS NOT NULL AND webhook_id = ",
    );
    sql.bind(id.uuid());
    let row = transaction.query_one_raw(sql.finish()).await?;
    Ok(row.map(|row| row.try_get("", "first")).transpose()?.flatten())
}

/// Lets what waits for an endpoint wait no more.
async fn skip(transaction: &DatabaseTransaction, id: WebhookId, now: Instant) -> Result<(), StoreError> {
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        "UPDATE webhook_delivery SET next_at = NULL, state = ",
    );
    sql.bind(DeliveryState::Skipped.as_str())
        .push(", finished_at = ")
        .bind(now.micros())
        .push(" WHERE next_at IS NOT NULL AND webhook_id = ")
        .bind(id.uuid());
    transaction.execute_raw(sql.finish()).await?;
    Ok(())
}
