//! The log of an endpoint's deliveries: a page of it, the newest first, with all attempts.

use std::collections::BTreeMap;

use newsroom_domain::change::ChangeCursor;
use newsroom_domain::webhook::{DeliveryState, EventName};
use newsroom_domain::{DeliveryId, Instant, WebhookId};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::changes::marks_at;
use crate::database::now;
use crate::entity::{webhook_attempt, webhook_delivery};
use crate::live::row::{from_json, instant};
use crate::sql::Sql;
use crate::{Store, StoreError};

/// What is delivered, and how far that is.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Its identity, by which its receiver knows it: the header `webhook-id`.
    pub id: DeliveryId,
    /// To which endpoint.
    pub webhook: WebhookId,
    /// The change that it is of; none where it is of the endpoint itself.
    pub change: Option<ChangeCursor>,
    /// What it tells.
    pub event: EventName,
    /// How far it is.
    pub state: DeliveryState,
    /// When it was put out first.
    pub created_at: Instant,
    /// When it is tried (again), or taken for lost where it is being tried.
    pub next_at: Option<Instant>,
    /// When it was delivered, or given up.
    pub finished_at: Option<Instant>,
    /// All attempts, the oldest first.
    pub attempts: Vec<Attempt>,
}

/// One attempt: what was sent, and what came back.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The which, from 1.
    pub number: i64,
    /// When it began.
    pub at: Instant,
    /// How long it took.
    pub millis: i64,
    /// Where it went.
    pub url: String,
    /// The headers that were sent.
    pub headers: Vec<(String, String)>,
    /// The body that was sent.
    pub body: String,
    /// The status of the answer, where there was one.
    pub status: Option<i64>,
    /// The beginning of the answer's body, where there was one.
    pub answer: Option<String>,
    /// Why there was no answer.
    pub error: Option<String>,
}

/// A page of an endpoint's deliveries.
#[derive(Debug, Clone)]
pub struct DeliveryPage {
    /// The deliveries, the newest first.
    pub items: Vec<Delivery>,
    /// Whether more come behind them.
    pub has_next: bool,
}

/// For how long a delivery that has come to its end is kept, in microseconds: thirty days.
const KEPT: i64 = 30 * 24 * 3600 * 1_000_000;
/// How many are taken out at once.
const PORTION: i64 = 1_000;

impl Store {
    /// A page of an endpoint's deliveries, of those in that state where one is named, behind that one.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn webhook_deliveries(
        &self,
        of: WebhookId,
        state: Option<DeliveryState>,
        after: Option<DeliveryId>,
        size: u64,
    ) -> Result<DeliveryPage, StoreError> {
        let transaction = self.connections.read().await?;
        let mut select = webhook_delivery::Entity::find()
            .filter(webhook_delivery::Column::WebhookId.eq(of.uuid()))
            .order_by_desc(webhook_delivery::Column::Id)
            .limit(size + 1);
        if let Some(state) = state {
            select = select.filter(webhook_delivery::Column::State.eq(state.as_str()));
        }
        if let Some(after) = after {
            select = select.filter(webhook_delivery::Column::Id.lt(after.uuid()));
        }
        let mut rows = select.all(&transaction).await?;
        let has_next = rows.len() as u64 > size;
        rows.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        let items = with_attempts(&transaction, rows).await?;
        transaction.commit().await?;
        Ok(DeliveryPage { items, has_next })
    }

    /// The delivery of that identity.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn webhook_delivery(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        let transaction = self.connections.read().await?;
        let rows = webhook_delivery::Entity::find_by_id(id.uuid())
            .all(&transaction)
            .await?;
        let found = with_attempts(&transaction, rows).await?.pop();
        transaction.commit().await?;
        Ok(found)
    }

    /// Takes out the deliveries that came to their end long ago.
    pub(crate) async fn purge_webhook_deliveries(&self) -> Result<u64, StoreError> {
        let mut purged = 0;
        loop {
            // A transaction each, so that nobody waits long for the one writer.
            let transaction = self.connections.write().await?;
            let before = now(&transaction).await?.micros() - KEPT;
            let mut sql = Sql::new(
                transaction.get_database_backend(),
                "DELETE FROM webhook_delivery WHERE id IN (SELECT id FROM webhook_delivery WHERE finished_at < ",
            );
            sql.bind(before).push(" LIMIT ").bind(PORTION).push(")");
            let taken = transaction.execute_raw(sql.finish()).await?.rows_affected();
            transaction.commit().await?;
            purged += taken;
            if taken < PORTION.unsigned_abs() {
                return Ok(purged);
            }
        }
    }
}

async fn with_attempts(
    transaction: &DatabaseTransaction,
    rows: Vec<webhook_delivery::Model>,
) -> Result<Vec<Delivery>, StoreError> {
    let attempts = webhook_attempt::Entity::find()
        .filter(webhook_attempt::Column::DeliveryId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(webhook_attempt::Column::Number)
        .all(transaction)
        .await?;
    let mut of_each = BTreeMap::<_, Vec<Attempt>>::new();
    for row in attempts {
        of_each.entry(row.delivery_id).or_default().push(Attempt {
            number: row.number,
            at: instant(row.at)?,
            millis: row.millis,
            url: row.url,
            headers: from_json("headers", &row.headers)?,
            body: row.body,
            status: row.status,
            answer: row.answer,
            error: row.error,
        });
    }
    let marks = marks_at(transaction, rows.iter().filter_map(|row| row.sequence)).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Delivery {
                id: row.id.into(),
                webhook: row.webhook_id.into(),
                change: row.sequence.map(|sequence| marks.cursor(sequence)).transpose()?,
                event: EventName::from_name(&row.event).ok_or_else(|| StoreError::corrupt("event", &row.event))?,
                state: DeliveryState::from_name(&row.state)
                    .ok_or_else(|| StoreError::corrupt("state of a delivery", &row.state))?,
                created_at: instant(row.created_at)?,
                next_at: row.next_at.map(instant).transpose()?,
                finished_at: row.finished_at.map(instant).transpose()?,
                attempts: of_each.remove(&row.id).unwrap_or_default(),
            })
        })
        .collect()
}
