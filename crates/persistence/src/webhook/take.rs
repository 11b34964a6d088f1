//! Taking on what is due: whoever does puts off the instant at which it is due, by longer than sending takes.

use std::collections::BTreeMap;
use std::sync::Arc;

use newsroom_domain::change::ChangeCursor;
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_domain::webhook::EventName;
use newsroom_domain::{DeliveryId, Instant, WebhookId};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryResult};
use uuid::Uuid;

use super::content::{self, EventContent};
use super::good_secrets;
use crate::changes::marks_at;
use crate::database::{now, push_now};
use crate::entity::webhook;
use crate::live::row::instant;
use crate::sql::Sql;
use crate::{Store, StoreError};

/// For how long a delivery is its sender's alone, in microseconds: a minute. Whoever sends gives up long before.
pub(super) const TAKEN_ON: i64 = 60 * 1_000_000;

/// How many deliveries somebody is free to send to an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// The endpoint.
    pub webhook: WebhookId,
    /// How many.
    pub most: u64,
}

/// A delivery that is to be sent now.
#[derive(Debug, Clone)]
pub struct DueDelivery {
    /// Its identity, by which its receiver knows it.
    pub id: DeliveryId,
    /// To which endpoint.
    pub webhook: WebhookId,
    /// Where that is.
    pub url: String,
    /// The secrets that sign, the newest first.
    pub secrets: Vec<String>,
    /// What it tells.
    pub event: EventName,
    /// When it was put out.
    pub created_at: Instant,
    /// The database's clock when it was taken on.
    pub taken_at: Instant,
    /// The which attempt this is of all, from 1.
    pub number: i64,
    /// The which it is since it was begun, from 1.
    pub tries: i64,
    /// When it was begun.
    pub begun_at: Instant,
    /// The change behind which the endpoint has missed something, if it has.
    pub missed_after: Option<ChangeCursor>,
    /// How often it had been noted by then that it has missed something.
    pub misses: i64,
    /// The change that it is of, and what that is about as it is now.
    pub content: EventContent,
}

/// A delivery that was taken on, before the rest of it is read.
struct Taken {
    id: DeliveryId,
    webhook: WebhookId,
    sequence: Option<i64>,
    event: EventName,
    created_at: Instant,
    number: i64,
    tries: i64,
    begun_at: Instant,
}

/// That nothing of the same subject waits that came before.
pub(super) const IS_FIRST: &str = "NOT EXISTS (SELECT 1 FROM webhook_delivery AS e WHERE e.webhook_id = d.webhook_id AND e.subject_id = d.subject_id \
                        AND e.sequence < d.sequence AND e.next_at IS NOT NULL)";

impl Store {
    /// The active endpoints for which something is due, and whether nothing gets through to them at the moment. Looking takes no
    /// writer's place.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn webhooks_with_due(&self) -> Result<Vec<(WebhookId, bool)>, StoreError> {
        let reader = self.connections.reader();
        let mut sql = Sql::new(
            reader.get_database_backend(),
            "SELECT w.id, w.failing_since FROM webhook AS w WHERE w.state = 'active' AND EXISTS (\
             SELECT 1 FROM webhook_delivery AS d WHERE d.webhook_id = w.id AND d.next_at <= ",
        );
        push_now(&mut sql);
        sql.push(" AND ").push(IS_FIRST).push(") ORDER BY w.id");
        let rows = reader.query_all_raw(sql.finish()).await?;
        let read = |row: &QueryResult| {
            let failing: Option<i64> = row.try_get("", "failing_since")?;
            Ok((row.try_get::<Uuid>("", "id")?.into(), failing.is_some()))
        };
        rows.iter().map(read).collect()
    }

    /// Takes on what is due for these endpoints, and answers it with the taxonomy of the moment. Of one subject, what came later is
    /// not taken on before what came earlier has come to its end.
    ///
    /// # Errors
    /// Where the database fails. What was taken on is then due again in a minute.
    pub async fn take_webhook_deliveries(
        &self,
        slots: &[Slot],
    ) -> Result<(Arc<Taxonomy>, Vec<DueDelivery>), StoreError> {
        let transaction = self.connections.write().await?;
        let at = now(&transaction).await?;
        let mut taken = Vec::new();
        for slot in slots {
            taken.extend(take(&transaction, *slot, at).await?);
        }
        let ids: Vec<WebhookId> = slots.iter().map(|slot| slot.webhook).collect();
        let endpoints = webhook::Entity::find().filter(webhook::Column::Id.is_in(ids.iter().map(|id| id.uuid())));
        let endpoints = endpoints.all(&transaction).await?;
        let mut secrets = BTreeMap::<Uuid, Vec<String>>::new();
        for row in good_secrets(&transaction, &ids, at).await? {
            secrets.entry(row.webhook_id).or_default().push(row.secret);
        }
        transaction.commit().await?;

        let endpoints: BTreeMap<Uuid, webhook::Model> = endpoints.into_iter().map(|row| (row.id, row)).collect();
        let (reading, taxonomy, _) = self.begin_reading().await?;
        let wanted: Vec<_> = taken
            .iter()
            .filter_map(|taken| Some((taken.sequence?, taken.webhook)))
            .collect();
        let mut contents = content::read(&reading, &taxonomy, &wanted, &endpoints).await?;
        let marks = marks_at(&reading, endpoints.values().filter_map(|row| row.missed_after)).await?;
        reading.commit().await?;
        let mut due = Vec::new();
        for taken in taken {
            let Some(endpoint) = endpoints.get(&taken.webhook.uuid()) else {
                continue;
            };
            let content = match taken.sequence {
                Some(sequence) => contents.remove(&(sequence, taken.webhook)),
                None => Some(EventContent::OfEndpoint),
            };
            let Some(content) = content else {
                continue;
            };
            due.push(DueDelivery {
                id: taken.id,
                webhook: taken.webhook,
                url: endpoint.url.clone(),
                secrets: secrets.get(&endpoint.id).cloned().unwrap_or_default(),
                event: taken.event,
                created_at: taken.created_at,
                taken_at: at,
                number: taken.number,
                tries: taken.tries,
                begun_at: taken.begun_at,
                missed_after: endpoint
                    .missed_after
                    .map(|sequence| marks.cursor(sequence))
                    .transpose()?,
                misses: endpoint.misses,
                content,
            });
        }
        Ok((taxonomy, due))
    }
}

/// Takes on what is due for an endpoint. Whoever else wants the same row waits for it, and then finds that it is not due any more.
async fn take(transaction: &DatabaseTransaction, slot: Slot, at: Instant) -> Result<Vec<Taken>, StoreError> {
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        "UPDATE webhook_delivery SET attempts = attempts + 1, tries = tries + 1, begun_at = COALESCE(begun_at, ",
    );
    sql.bind(at.micros())
        .push("), next_at = ")
        .bind(at.micros() + TAKEN_ON)
        .push(" WHERE id IN (SELECT d.id FROM webhook_delivery AS d WHERE d.webhook_id = ")
        .bind(slot.webhook.uuid())
        .push(" AND d.next_at <= ")
        .bind(at.micros())
        .push(" AND ")
        .push(IS_FIRST)
        .push(" ORDER BY d.next_at, d.id LIMIT ")
        .bind(i64::try_from(slot.most).unwrap_or(i64::MAX))
        .push(") AND next_at <= ")
        .bind(at.micros())
        .push(" RETURNING id, webhook_id, sequence, event, created_at, attempts, tries, begun_at");
    let rows = transaction.query_all_raw(sql.finish()).await?;
    rows.iter().map(taken).collect()
}

fn taken(row: &QueryResult) -> Result<Taken, StoreError> {
    let event: String = row.try_get("", "event")?;
    Ok(Taken {
        id: row.try_get::<Uuid>("", "id")?.into(),
        webhook: row.try_get::<Uuid>("", "webhook_id")?.into(),
        sequence: row.try_get("", "sequence")?,
        event: EventName::from_name(&event).ok_or_else(|| StoreError::corrupt("event", &event))?,
        created_at: instant(row.try_get("", "created_at")?)?,
        number: row.try_get("", "attempts")?,
        tries: row.try_get("", "tries")?,
        begun_at: instant(row.try_get("", "begun_at")?)?,
    })
}
