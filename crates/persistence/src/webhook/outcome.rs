//! What came of attempts: many at a time, so that a busy newsroom is not held up by a transaction for each.

use std::collections::BTreeMap;

use newsroom_domain::audit::Actor;
use newsroom_domain::webhook::{DeliveryState, Fate, WebhookState, after_failure};
use newsroom_domain::{Instant, WebhookId};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait};

use super::commands::said;
use super::state::stop;
use super::take::DueDelivery;
use super::{lock, lock_cursor};
use crate::acting::{Acting, CommandError, Done};
use crate::database::now;
use crate::entity::{webhook, webhook_attempt};
use crate::head::to_json;
use crate::sql::{Sql, in_chunks};
use crate::{Store, StoreError};

/// How often it is tried to note outcomes that other writers get in the way of.
const TRIES: u32 = 5;

/// What came of an attempt.
#[derive(Debug, Clone)]
pub struct Answered {
    /// What was sent.
    pub delivery: DueDelivery,
    /// The headers that were sent.
    pub headers: Vec<(String, String)>,
    /// The body that was sent.
    pub body: String,
    /// How long it took.
    pub millis: i64,
    /// The status of the answer, where there was one.
    pub status: Option<u16>,
    /// The beginning of the answer's body, where there was one.
    pub answer: Option<String>,
    /// Why there was no answer.
    pub error: Option<String>,
    /// The seconds that the endpoint asked to be left alone for.
    pub retry_after: Option<u64>,
    /// By what chance the next attempt is put off.
    pub random: u32,
}

impl Answered {
    /// Whether the endpoint has taken it: it answered 2xx.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether the endpoint wants no more of it: it answered 410.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.status == Some(410)
    }

    fn why(&self) -> String {
        match (&self.error, self.status) {
            (Some(error), _) => error.clone(),
            (None, Some(status)) => format!("it answered {status}"),
            (None, None) => "it did not answer".to_owned(),
        }
    }
}

/// An endpoint that the newsroom itself has stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// The endpoint.
    pub webhook: WebhookId,
    /// What it is now.
    pub state: WebhookState,
    /// Why.
    pub reason: String,
}

impl Store {
    /// Notes what came of attempts, and answers which endpoints were stopped by that. What another host has done with a delivery since
    /// stands.
    ///
    /// # Errors
    /// Where the database fails. What was sent may then be sent again.
    pub async fn note_webhook_attempts(&self, attempts: &[Answered]) -> Result<Vec<Stopped>, StoreError> {
        let to_stop = self.note_until_done(attempts).await?;
        let mut stopped = Vec::new();
        for endpoint in to_stop {
            if self.stop_webhook(&endpoint).await? {
                stopped.push(endpoint);
            }
        }
        Ok(stopped)
    }

    /// Notes them, again where the database gave that up for another writer's sake: else all of it would be sent once more.
    async fn note_until_done(&self, attempts: &[Answered]) -> Result<Vec<Stopped>, StoreError> {
        for _ in 1..TRIES {
            match self.try_to_note(attempts).await {
                Err(error) if error.is_contention() => {}
                done => return done,
            }
        }
        self.try_to_note(attempts).await
    }

    /// Notes them, and answers which endpoints are to be stopped by that.
    async fn try_to_note(&self, attempts: &[Answered]) -> Result<Vec<Stopped>, StoreError> {
        let transaction = self.connections.write().await?;
        let at = now(&transaction).await?;
        let mut of_each = BTreeMap::<WebhookId, Vec<&Answered>>::new();
        for attempt in attempts {
            of_each.entry(attempt.delivery.webhook).or_default().push(attempt);
        }
        let (mut rows, mut to_stop) = (Vec::new(), Vec::new());
        for (id, attempts) in of_each {
            // It may be deleted by now.
            let Some(last_delivered_at) = note_endpoint(&transaction, id, &attempts, at).await? else {
                continue;
            };
            for attempt in attempts {
                rows.push(attempt_row(attempt, at)?);
                let stopped = note(&transaction, attempt, last_delivered_at, at).await?;
                to_stop.extend(stopped.map(|(state, reason)| Stopped {
                    webhook: id,
                    state,
                    reason,
                }));
            }
        }
        for rows in in_chunks(rows, 10) {
            webhook_attempt::Entity::insert_many(rows)
                .exec_without_returning(&transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(to_stop)
    }

    /// Stops an endpoint, and answers whether it was told of changes until now, or would have been once it is resumed: what answers
    /// 410 wants no more even if it is paused.
    async fn stop_webhook(&self, stopped: &Stopped) -> Result<bool, StoreError> {
        let acting = Acting::unkeyed(&self.connections).await?;
        let cursor = lock_cursor(&acting.transaction).await?;
        let known = lock(&acting.transaction, stopped.webhook).await?;
        let is_to_be = |known: &webhook::Model| match stopped.state {
            WebhookState::Disabled => known.state != WebhookState::Disabled.as_str(),
            WebhookState::Active | WebhookState::Paused | WebhookState::Dead => {
                known.state == WebhookState::Active.as_str()
            }
        };
        let Some(known) = known.filter(is_to_be) else {
            acting.transaction.rollback().await?;
            return Ok(false);
        };
        let reason = Some(stopped.reason.as_str());
        stop(&acting.transaction, &known, stopped.state, reason, (cursor, acting.now)).await?;
        let action = match stopped.state {
            WebhookState::Disabled => "webhook-disabled",
            WebhookState::Active | WebhookState::Paused | WebhookState::Dead => "webhook-paused-as-dead",
        };
        let mut detail = said(stopped.webhook, &known.url);
        detail.insert("reason".to_owned(), stopped.reason.clone().into());
        let done = Done::of(Actor::Scheduler, action, vec![detail]);
        match acting.done(done, |_| ()).await {
            Ok(()) => Ok(true),
            Err(CommandError::Store(error)) => Err(error),
            // It is under no key, and nobody asks for it.
            Err(CommandError::Denied(_) | CommandError::KeyReused | CommandError::DeletedSince) => Ok(false),
        }
    }
}

/// Notes on an endpoint whether anything gets through, and answers when something did last; the outer `None` where it is gone. Its
/// row is locked from here on.
async fn note_endpoint(
    transaction: &DatabaseTransaction,
    id: WebhookId,
    attempts: &[&Answered],
    at: Instant,
) -> Result<Option<Option<i64>>, StoreError> {
    let is_any_taken = attempts.iter().any(|attempt| attempt.is_taken());
    let is_last_taken = attempts.last().is_some_and(|attempt| attempt.is_taken());
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        "UPDATE webhook SET failing_since = ",
    );
    match (is_last_taken, is_any_taken) {
        (true, _) => {
            sql.push("NULL");
        }
        (false, true) => {
            sql.bind(at.micros());
        }
        (false, false) => {
            sql.push("COALESCE(failing_since, ").bind(at.micros()).push(")");
        }
    }
    if is_any_taken {
        sql.push(", last_delivered_at = ").bind(at.micros());
    }
    // What it missed it has been told by whatever it took that said so, but not what was noted while that was on its way: even if it
    // begins behind the same change, it may go on further.
    let told = attempts.iter().filter(|attempt| attempt.is_taken());
    let told: Vec<i64> = told
        .filter_map(|attempt| attempt.delivery.missed_after.map(|_| attempt.delivery.misses))
        .collect();
    if !told.is_empty() {
        sql.push(", missed_after = CASE WHEN ")
            .is_in("misses", told)
            .push(" THEN NULL ELSE missed_after END");
    }
    sql.push(" WHERE id = ")
        .bind(id.uuid())
        .push(" RETURNING last_delivered_at");
    let row = transaction.query_one_raw(sql.finish()).await?;
    Ok(row.map(|row| row.try_get("", "last_delivered_at")).transpose()?)
}

/// Notes what came of one attempt. Answers what becomes of its endpoint, where it is to be stopped.
async fn note(
    transaction: &DatabaseTransaction,
    attempt: &Answered,
    last_delivered_at: Option<i64>,
    at: Instant,
) -> Result<Option<(WebhookState, String)>, StoreError> {
    let delivery = &attempt.delivery;
    if attempt.is_taken() {
        if finish(transaction, attempt, DeliveryState::Delivered, at).await? {
            hurry_next(transaction, delivery, at).await?;
        }
        return Ok(None);
    }
    let fate = if attempt.is_gone() {
        Fate::GivenUp
    } else {
        after_failure(
            delivery.tries,
            delivery.begun_at,
            at,
            attempt.retry_after,
            attempt.random,
        )
    };
    match fate {
        Fate::Again(next) => {
            put_off(transaction, delivery, next).await?;
            Ok(None)
        }
        Fate::GivenUp => {
            let is_last = finish(transaction, attempt, DeliveryState::Failed, at).await?;
            if is_last {
                hurry_next(transaction, delivery, at).await?;
                note_missed(transaction, delivery).await?;
            }
            // That is about all, even where this one was passed over since, the endpoint being paused.
            if attempt.is_gone() {
                let reason = "it answered 410: it wants no more".to_owned();
                return Ok(Some((WebhookState::Disabled, reason)));
            }
            if !is_last {
                return Ok(None);
            }
            let is_dead = last_delivered_at.is_none_or(|last| last < delivery.begun_at.micros());
            let reason = format!("nothing was delivered for three days; at last: {}", attempt.why());
            Ok(is_dead.then_some((WebhookState::Dead, reason)))
        }
    }
}

/// Ends a delivery, and answers whether this attempt was its last one. What was taken counts as delivered, even if the endpoint was
/// stopped meanwhile.
async fn finish(
    transaction: &DatabaseTransaction,
    attempt: &Answered,
    state: DeliveryState,
    at: Instant,
) -> Result<bool, StoreError> {
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        "UPDATE webhook_delivery SET next_at = NULL, state = ",
    );
    sql.bind(state.as_str())
        .push(", finished_at = ")
        .bind(at.micros())
        .push(" WHERE id = ")
        .bind(attempt.delivery.id.uuid())
        .push(" AND attempts = ")
        .bind(attempt.delivery.number);
    if state != DeliveryState::Delivered {
        sql.push(" AND next_at IS NOT NULL");
    }
    Ok(transaction.execute_raw(sql.finish()).await?.rows_affected() == 1)
}

/// Puts off a delivery that failed, and with it what waits for it.
async fn put_off(transaction: &DatabaseTransaction, delivery: &DueDelivery, next: Instant) -> Result<(), StoreError> {
    let backend = transaction.get_database_backend();
    let mut sql = Sql::new(backend, "UPDATE webhook_delivery SET next_at = ");
    sql.bind(next.micros())
        .push(" WHERE id = ")
        .bind(delivery.id.uuid())
        .push(" AND next_at IS NOT NULL AND attempts = ")
        .bind(delivery.number);
    if transaction.execute_raw(sql.finish()).await?.rows_affected() == 0 {
        return Ok(());
    }
    // Else each look at what is due would find them, and that they wait.
    let mut sql = Sql::new(backend, "UPDATE webhook_delivery SET next_at = ");
    sql.bind(next.micros());
    push_behind(&mut sql, delivery);
    sql.push(" AND next_at < ").bind(next.micros());
    transaction.execute_raw(sql.finish()).await?;
    Ok(())
}

/// Has what waited for a delivery be due now.
async fn hurry_next(transaction: &DatabaseTransaction, delivery: &DueDelivery, at: Instant) -> Result<(), StoreError> {
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        "UPDATE webhook_delivery SET next_at = ",
    );
    sql.bind(at.micros());
    push_behind(&mut sql, delivery);
    sql.push(" AND next_at > ").bind(at.micros()).push(" AND tries = 0");
    transaction.execute_raw(sql.finish()).await?;
    Ok(())
}

/// Of what is of the same subject and came later. What is of an endpoint itself has none.
fn push_behind(sql: &mut Sql, delivery: &DueDelivery) {
    let (subject, sequence) = match &delivery.content {
        super::EventContent::OfChange { subject, cursor, .. } => (*subject, cursor.sequence),
        super::EventContent::OfEndpoint => (delivery.id.uuid(), 0),
    };
    sql.push(" WHERE webhook_id = ")
        .bind(delivery.webhook.uuid())
        .push(" AND subject_id = ")
        .bind(subject)
        .push(" AND sequence > ")
        .bind(sequence);
}

/// Notes that an endpoint has missed a change that was given up.
async fn note_missed(transaction: &DatabaseTransaction, delivery: &DueDelivery) -> Result<(), StoreError> {
    let super::EventContent::OfChange { cursor, .. } = &delivery.content else {
        return Ok(());
    };
    let before = cursor.sequence - 1;
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        "UPDATE webhook SET misses = misses + 1, missed_after = CASE WHEN missed_after < ",
    );
    sql.bind(before)
        .push(" THEN missed_after ELSE ")
        .bind(before)
        .push(" END WHERE id = ")
        .bind(delivery.webhook.uuid());
    transaction.execute_raw(sql.finish()).await?;
    Ok(())
}

fn attempt_row(attempt: &Answered, at: Instant) -> Result<webhook_attempt::ActiveModel, StoreError> {
    Ok(webhook_attempt::ActiveModel {
        delivery_id: Set(attempt.delivery.id.uuid()),
        number: Set(attempt.delivery.number),
        at: Set(at.micros() - attempt.millis * 1000),
        millis: Set(attempt.millis),
        url: Set(attempt.delivery.url.clone()),
        headers: Set(to_json("headers", &attempt.headers)?),
        body: Set(attempt.body.clone()),
        status: Set(attempt.status.map(i64::from)),
        answer: Set(attempt.answer.clone()),
        error: Set(attempt.error.clone()),
    })
}
