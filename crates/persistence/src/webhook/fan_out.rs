//! Giving endpoints their deliveries: the change log is read behind the cursor, a portion at a time, and for each change a row is put
//! in for each endpoint that is told of it.
//!
//! The rows and the cursor move in one transaction, with the cursor's row locked: of several hosts one does it, and nothing twice. The
//! log's sequences become visible in order and without gaps, so that nothing can be passed over.

use std::sync::Arc;

use newsroom_domain::change::Facets;
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_domain::webhook::{DeliveryState, EventName, WebhookFilter, WebhookState};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryResult};
use uuid::Uuid;

use super::commands::set;
use super::deliveries::{IS_AT_REST, hurry_before_due};
use super::{lock_cursor, row};
use crate::database::now;
use crate::entity::{webhook, webhook_delivery};
use crate::head::Head;
use crate::live::row::from_json;
use crate::sql::{Sql, in_chunks};
use crate::{Store, StoreError};

/// How many changes are read at once: with a hundred endpoints, twenty thousand rows in one transaction at the most.
const PORTION: i64 = 200;

/// A change, as far as it matters who is told of it.
struct Told {
    sequence: i64,
    event: EventName,
    subject: Uuid,
    is_release: bool,
    before: Option<Facets>,
    after: Option<Facets>,
}

/// An endpoint that is told.
struct Listener {
    id: Uuid,
    events: Vec<EventName>,
    filter: WebhookFilter,
    from_sequence: i64,
}

impl Listener {
    fn new(row: &webhook::Model, taxonomy: &Taxonomy, from_sequence: i64) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            events: from_json("list of events", &row.events)?,
            filter: row::filter(&row.filter)?.with_merged(taxonomy),
            from_sequence,
        })
    }

    fn is_told(&self, change: &Told) -> bool {
        let matches = |facets: &Option<Facets>| facets.as_ref().is_some_and(|facets| self.filter.matches(facets));
        change.sequence > self.from_sequence
            && (self.events.is_empty() || self.events.contains(&change.event))
            // The filter is about releases.
            && (!change.is_release || matches(&change.before) || matches(&change.after))
    }
}

impl Store {
    /// Whether there are changes that endpoints are to be given deliveries of. Looking takes no writer's place.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn has_changes_to_fan_out(&self) -> Result<bool, StoreError> {
        let reader = self.connections.reader();
        let sql = "SELECT w.id FROM webhook AS w WHERE w.state = 'active' AND (w.again_after IS NOT NULL \
                   OR (SELECT sequence FROM change_head WHERE id = 1) > (SELECT sequence FROM webhook_cursor WHERE id = 1)) LIMIT 1";
        let found = reader
            .query_one_raw(Sql::new(reader.get_database_backend(), sql).finish())
            .await?;
        Ok(found.is_some())
    }

    /// Gives endpoints the deliveries of a portion of changes, and one of them a portion of what it is told again. Answers whether there
    /// is more to do.
    ///
    /// # Errors
    /// Where the database fails; nothing has then been done, or the first half of it.
    pub async fn fan_out(&self) -> Result<bool, StoreError> {
        let more_new = self.fan_out_new().await?;
        let more_again = self.fan_out_again().await?;
        Ok(more_new || more_again)
    }

    async fn fan_out_new(&self) -> Result<bool, StoreError> {
        let transaction = self.connections.write().await?;
        let cursor = lock_cursor(&transaction).await?;
        let head = Head::read(&transaction).await?.sequence;
        let active = webhook::Entity::find().filter(webhook::Column::State.eq(WebhookState::Active.as_str()));
        let active = active.all(&transaction).await?;
        // What came before the first of them was told began is nobody's.
        let Some(first) = active.iter().map(|row| row.from_sequence).min() else {
            transaction.rollback().await?;
            return Ok(false);
        };
        let start = std::cmp::max(cursor, first);
        if head <= cursor {
            transaction.rollback().await?;
            return Ok(false);
        }
        let (taxonomy, changes) = self.changes_between(start, head).await?;
        let listeners = active
            .iter()
            .map(|row| Listener::new(row, &taxonomy, row.from_sequence))
            .collect::<Result<Vec<_>, _>>()?;
        self.put_out(&transaction, &changes, &listeners).await?;
        let reached = end_of(&changes, head);
        let mut update = Sql::new(
            transaction.get_database_backend(),
            "UPDATE webhook_cursor SET sequence = ",
        );
        update.bind(reached).push(" WHERE id = 1");
        transaction.execute_raw(update.finish()).await?;
        transaction.commit().await?;
        Ok(reached < head)
    }

    /// The next portion for the first endpoint that is told again.
    async fn fan_out_again(&self) -> Result<bool, StoreError> {
        let is_asked = webhook::Entity::find().filter(webhook::Column::AgainAfter.is_not_null());
        if is_asked.one(self.connections.reader()).await?.is_none() {
            return Ok(false);
        }
        let transaction = self.connections.write().await?;
        lock_cursor(&transaction).await?;
        let asked = webhook::Entity::find()
            .filter(webhook::Column::State.eq(WebhookState::Active.as_str()))
            .filter(webhook::Column::AgainAfter.is_not_null());
        let asked = asked.one(&transaction).await?;
        let place = asked
            .as_ref()
            .and_then(|row| Some((row, row.again_after?, row.again_until?)));
        let Some((row, after, until)) = place else {
            transaction.rollback().await?;
            return Ok(false);
        };
        let (taxonomy, changes) = self.changes_between(after, until).await?;
        let listener = Listener::new(row, &taxonomy, after)?;
        self.put_out(&transaction, &changes, &[listener]).await?;
        hurry_before_due(&transaction, row.id.into(), now(&transaction).await?).await?;
        let reached = end_of(&changes, until);
        let goes_on = reached < until;
        let change = webhook::ActiveModel {
            again_after: Set(goes_on.then_some(reached)),
            again_until: Set(goes_on.then_some(until)),
            ..webhook::ActiveModel::default()
        };
        set(&transaction, row.id.into(), change).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// The next portion of announced changes behind one sequence, up to another, and a taxonomy that knows them.
    async fn changes_between(&self, after: i64, until: i64) -> Result<(Arc<Taxonomy>, Vec<Told>), StoreError> {
        // On a connection of its own, which sees one state: the taxonomy in memory is never that of half a change.
        let (reading, taxonomy, _) = self.begin_reading().await?;
        let mut sql = Sql::new(
            reading.get_database_backend(),
            "SELECT sequence, subject_kind, subject_id, kind, before, after FROM change WHERE sequence > ",
        );
        sql.bind(after)
            .push(" AND sequence <= ")
            .bind(until)
            .push(" AND announced = ")
            .bind(true)
            .push(" ORDER BY sequence LIMIT ")
            .bind(PORTION);
        let rows = reading.query_all_raw(sql.finish()).await?;
        reading.commit().await?;
        let changes = rows.iter().map(told).collect::<Result<_, _>>()?;
        Ok((taxonomy, changes))
    }

    async fn put_out(
        &self,
        transaction: &DatabaseTransaction,
        changes: &[Told],
        listeners: &[Listener],
    ) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        self.ids.open(transaction).await?;
        let at = now(transaction).await?;
        let mut rows = Vec::new();
        for change in changes {
            for listener in listeners.iter().filter(|listener| listener.is_told(change)) {
                rows.push(webhook_delivery::ActiveModel {
                    id: Set(self.ids.next(at)),
                    webhook_id: Set(listener.id),
                    sequence: Set(Some(change.sequence)),
                    event: Set(change.event.as_str().to_owned()),
                    subject_id: Set(change.subject),
                    state: Set(DeliveryState::Waiting.as_str().to_owned()),
                    attempts: Set(0),
                    tries: Set(0),
                    begun_at: Set(None),
                    next_at: Set(Some(at.micros())),
                    created_at: Set(at.micros()),
                    finished_at: Set(None),
                });
            }
        }
        for rows in in_chunks(rows, 12) {
            webhook_delivery::Entity::insert_many(rows)
                .on_conflict(as_if_new())
                .exec_without_returning(transaction)
                .await?;
        }
        Ok(())
    }
}

/// What there is a delivery of already comes under its identity once more, unless it is being sent anyway.
fn as_if_new() -> OnConflict {
    use webhook_delivery::Column;
    let mut again = OnConflict::columns([Column::WebhookId, Column::Sequence]);
    again
        .update_columns([
            Column::State,
            Column::Tries,
            Column::BegunAt,
            Column::NextAt,
            Column::FinishedAt,
        ])
        .action_and_where(Expr::cust(IS_AT_REST));
    again
}

/// How far a portion goes, of all up to `until`.
fn end_of(changes: &[Told], until: i64) -> i64 {
    let is_full = i64::try_from(changes.len()).is_ok_and(|count| count >= PORTION);
    let last = changes.last().map(|change| change.sequence);
    last.filter(|_| is_full).unwrap_or(until)
}

fn told(row: &QueryResult) -> Result<Told, StoreError> {
    let subject: String = row.try_get("", "subject_kind")?;
    let kind: String = row.try_get("", "kind")?;
    let facets = |column: &str| {
        let json: Option<String> = row.try_get("", column)?;
        json.map(|json| from_json("facets", &json)).transpose()
    };
    Ok(Told {
        sequence: row.try_get("", "sequence")?,
        event: EventName::of_change(&subject, &kind).ok_or_else(|| StoreError::corrupt("kind of change", &kind))?,
        subject: row.try_get("", "subject_id")?,
        is_release: subject == "release",
        before: facets("before")?,
        after: facets("after")?,
    })
}
