//! Deliveries that somebody asks for: to try an endpoint out, and of what was sent before, once more.

use newsroom_domain::account::Caller;
use newsroom_domain::idempotency::IdempotencyKey;
use newsroom_domain::refusal::{Denial, Refusal};
use newsroom_domain::webhook::{DeliveryState, EventName, RedeliverFrom, Webhook, WebhookState};
use newsroom_domain::{DeliveryId, Instant, WebhookId};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::commands::{Started, said, set, wrong_state};
use super::row;
use crate::acting::{CommandError, Done};
use crate::changes::mark_at;
use crate::entity::{webhook, webhook_delivery};
use crate::sql::Sql;
use crate::{Store, StoreError};

impl Store {
    /// Puts out an event that says nothing, for an active endpoint to be tried out with, and answers its delivery. Where it was put out
    /// under the same key before, the newest such delivery.
    ///
    /// # Errors
    /// Where the caller may not, there is none, it is not active, or the database fails.
    pub async fn test_webhook(
        &self,
        caller: &Caller,
        id: WebhookId,
        key: Option<&IdempotencyKey>,
    ) -> Result<(Webhook, DeliveryId), CommandError> {
        let (acting, known) = match self.begin_on(caller, id, "testWebhook", &(), key).await? {
            Started::Now(acting, known) => (acting, known),
            Started::Before(id) => {
                let delivery = self.newest_test(id).await?;
                return Ok((self.webhook_that_is_there(id).await?, delivery));
            }
        };
        if row::state(&known.state)? != WebhookState::Active {
            return Err(acting.denied(not_active(&known.state)).await?);
        }
        self.ids.open(&acting.transaction).await?;
        let delivery = self.ids.next(acting.now);
        of_endpoint(&acting.transaction, delivery, id, EventName::TEST, acting.now).await?;
        acting
            .done(Done::by(caller, "webhook-tested", said(id, &known.url)), |_| id)
            .await?;
        Ok((self.webhook_that_is_there(id).await?, delivery.into()))
    }

    /// Puts a delivery out once more, or has one that waits be due at once: it is tried as if it were new, and comes under the identity
    /// that it has. What waits before it of the same subject is due too, since it comes first.
    ///
    /// # Errors
    /// Where the caller may not, there is none, its endpoint is not active, it is being sent, or the database fails.
    pub async fn redeliver(
        &self,
        caller: &Caller,
        delivery: DeliveryId,
        key: Option<&IdempotencyKey>,
    ) -> Result<Webhook, CommandError> {
        super::allow(caller)?;
        let of = webhook_delivery::Entity::find_by_id(delivery.uuid())
            .one(self.connections.reader())
            .await?;
        let Some(of) = of.map(|of| of.webhook_id.into()) else {
            return Err(Denial::NotFound.into());
        };
        let (acting, known) = match self.begin_on(caller, of, "redeliver", &delivery, key).await? {
            Started::Now(acting, known) => (acting, known),
            Started::Before(id) => return self.webhook_that_is_there(id).await,
        };
        if row::state(&known.state)? != WebhookState::Active {
            return Err(acting.denied(not_active(&known.state)).await?);
        }
        let now = acting.now;
        let again = webhook_delivery::ActiveModel {
            state: Set(DeliveryState::Waiting.as_str().to_owned()),
            tries: Set(0),
            begun_at: Set(None),
            next_at: Set(Some(now.micros())),
            finished_at: Set(None),
            ..webhook_delivery::ActiveModel::default()
        };
        let update = webhook_delivery::Entity::update_many()
            .set(again)
            .filter(webhook_delivery::Column::Id.eq(delivery.uuid()))
            .filter(Expr::cust(IS_AT_REST));
        if update.exec(&acting.transaction).await?.rows_affected == 0 {
            let message = "this delivery is being sent at this moment: see what comes of it in `attempts`".to_owned();
            return Err(acting.denied(wrong_state(message)).await?);
        }
        hurry_before_due(&acting.transaction, of, now).await?;
        let mut detail = said(of, &known.url);
        detail.insert("delivery".to_owned(), delivery.to_string().into());
        acting
            .done(Done::by(caller, "webhook-redelivered", detail), |_| of)
            .await?;
        self.webhook_that_is_there(of).await
    }

    /// Has an active endpoint told again of all that has happened since, of what it is told of now, whether it was told then or not. That
    /// takes a while: portion by portion, in the order of the changes.
    ///
    /// # Errors
    /// Where the caller may not, there is none, it is not active, the place is not in the log, or the database fails.
    pub async fn redeliver_since(
        &self,
        caller: &Caller,
        id: WebhookId,
        from: RedeliverFrom,
        key: Option<&IdempotencyKey>,
    ) -> Result<Webhook, CommandError> {
        let started = self.begin_on(caller, id, "redeliverSince", &from, key).await?;
        let (acting, known) = match started {
            Started::Now(acting, known) => (acting, known),
            Started::Before(id) => return self.webhook_that_is_there(id).await,
        };
        if row::state(&known.state)? != WebhookState::Active {
            return Err(acting.denied(not_active(&known.state)).await?);
        }
        let until = known.cursor.max(known.from_sequence);
        let after = match from {
            RedeliverFrom::Behind(cursor) => {
                if mark_at(&acting.transaction, cursor.sequence).await? != Some(cursor.mark) {
                    let message = "this cursor is of another change log than the one that there is: the newsroom was set up anew, or set \
                                   back to a backup";
                    let refusal = Refusal::of("after", "INVALID_CURSOR", message);
                    return Err(acting.denied(refusal.into()).await?);
                }
                Some(cursor.sequence)
            }
            RedeliverFrom::Since(at) => first_since(&acting.transaction, at).await?.map(|first| first - 1),
        };
        // Where nothing has happened since, or nothing that is not about to be told anyway, there is nothing to tell again.
        let after = after.map_or(until, |after| after.clamp(0, until));
        let after = known.again_after.map_or(after, |going_on| going_on.min(after));
        let change = webhook::ActiveModel {
            again_after: Set(Some(after)),
            again_until: Set(Some(until.max(known.again_until.unwrap_or(until)))),
            // What it missed comes with them.
            missed_after: Set(known.missed_after.filter(|missed| *missed < after)),
            ..webhook::ActiveModel::default()
        };
        set(&acting.transaction, id, change).await?;
        let mut detail = said(id, &known.url);
        detail.insert("after".to_owned(), after.into());
        acting
            .done(Done::by(caller, "webhook-redelivered-since", detail), |_| id)
            .await?;
        self.webhook_that_is_there(id).await
    }

    async fn newest_test(&self, of: WebhookId) -> Result<DeliveryId, CommandError> {
        let mut sql = Sql::new(
            self.connections.reader().get_database_backend(),
            "SELECT id FROM webhook_delivery WHERE webhook_id = ",
        );
        sql.bind(of.uuid())
            .push(" AND event = ")
            .bind(EventName::TEST.as_str())
            .push(" ORDER BY id DESC LIMIT 1");
        let row = self.connections.reader().query_one_raw(sql.finish()).await?;
        let row = row.ok_or(CommandError::DeletedSince)?;
        Ok(row.try_get::<Uuid>("", "id")?.into())
    }
}

/// That a delivery is not being sent at this moment: it waits for nothing, has not been taken on since it was put out, or what came of
/// its last attempt has been noted. Whoever is sending it has put its instant off by a minute, and where they are lost, it is due then.
pub(super) const IS_AT_REST: &str = "(webhook_delivery.next_at IS NULL OR webhook_delivery.tries = 0 OR EXISTS (SELECT 1 \
                                     FROM webhook_attempt AS a WHERE a.delivery_id = webhook_delivery.id \
                                     AND a.number = webhook_delivery.attempts))";

/// Has what waits before what is due, of the same subject, be due as well: else that would be held up by it.
pub(super) async fn hurry_before_due(
    transaction: &DatabaseTransaction,
    webhook: WebhookId,
    now: Instant,
) -> Result<(), StoreError> {
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        "UPDATE webhook_delivery SET next_at = ",
    );
    sql.bind(now.micros())
        .push(" WHERE webhook_id = ")
        .bind(webhook.uuid())
        .push(" AND next_at > ")
        .bind(now.micros())
        .push(
            " AND EXISTS (SELECT 1 FROM webhook_delivery AS l WHERE l.webhook_id = webhook_delivery.webhook_id \
             AND l.subject_id = webhook_delivery.subject_id AND l.sequence > webhook_delivery.sequence AND l.next_at <= ",
        )
        .bind(now.micros())
        .push(") AND ")
        .push(IS_AT_REST);
    transaction.execute_raw(sql.finish()).await?;
    Ok(())
}

fn not_active(state: &str) -> Denial {
    wrong_state(format!("this webhook is {state}: resume it first"))
}

/// The first change from that instant on.
async fn first_since(transaction: &DatabaseTransaction, at: Instant) -> Result<Option<i64>, StoreError> {
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        "SELECT MIN(sequence) AS first FROM change WHERE at >= ",
    );
    sql.bind(at.micros());
    let row = transaction.query_one_raw(sql.finish()).await?;
    Ok(row.map(|row| row.try_get("", "first")).transpose()?.flatten())
}

/// Puts an event of the endpoint itself out. It waits for nothing.
pub(super) async fn of_endpoint(
    transaction: &DatabaseTransaction,
    id: Uuid,
    webhook: WebhookId,
    event: EventName,
    now: Instant,
) -> Result<(), StoreError> {
    let row = webhook_delivery::ActiveModel {
        id: Set(id),
        webhook_id: Set(webhook.uuid()),
        sequence: Set(None),
        event: Set(event.as_str().to_owned()),
        subject_id: Set(id),
        state: Set(DeliveryState::Waiting.as_str().to_owned()),
        attempts: Set(0),
        tries: Set(0),
        begun_at: Set(None),
        next_at: Set(Some(now.micros())),
        created_at: Set(now.micros()),
        finished_at: Set(None),
    };
    webhook_delivery::Entity::insert(row)
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}
