//! Making, changing and stopping endpoints: each an act with an audit entry.

use newsroom_domain::account::Caller;
use newsroom_domain::idempotency::IdempotencyKey;
use newsroom_domain::refusal::{Denial, Refusal};
use newsroom_domain::webhook::{
    EventName, LONGEST_OVERLAP_HOURS, MOST_WEBHOOKS, NewWebhook, Reach, Webhook, WebhookChanges, WebhookState,
};
use newsroom_domain::{Instant, WebhookId};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::deliveries::of_endpoint;
use super::state::stop;
use super::{allow, good_secrets, lock, lock_cursor, row};
use crate::account::detail;
use crate::acting::{Acting, Begun, CommandError, Done, Once};
use crate::database::Turn;
use crate::entity::{webhook, webhook_secret};
use crate::head::{Head, to_json};
use crate::{Store, StoreError};

const HOUR: i64 = 3600 * 1_000_000;

/// A secret that was just made, to be kept with its endpoint: `whsec_…`.
#[derive(Clone, Copy)]
pub struct MadeSecret<'a>(pub &'a str);

impl Store {
    /// Makes an endpoint that is told of what happens from now on, with this secret. The second answer is whether it was made now, or
    /// before under the same key: its secret is then another one.
    ///
    /// # Errors
    /// Where the caller may not, the form is wrong, there are too many, or the database fails.
    pub async fn create_webhook(
        &self,
        caller: &Caller,
        asked: &NewWebhook,
        reach: &Reach,
        secret: MadeSecret<'_>,
        key: Option<&IdempotencyKey>,
    ) -> Result<(Webhook, bool), CommandError> {
        allow(caller)?;
        let by = caller.standing.account;
        let once = Once::new(key, "createWebhook", asked)?;
        let acting = match Acting::begin::<WebhookId>(&self.connections, by, Turn::Shared, once.as_ref()).await? {
            Begun::Now(acting) => acting,
            Begun::Before(id) => return Ok((self.webhook_that_is_there(id).await?, false)),
        };
        let transaction = &acting.transaction;
        if webhook::Entity::find().count(transaction).await? >= MOST_WEBHOOKS as u64 {
            let message = format!("a newsroom has at most {MOST_WEBHOOKS} webhooks: delete one that serves no more");
            return Err(acting.denied(wrong_state(message)).await?);
        }
        let head = Head::read(transaction).await?;
        let taxonomy = self.taxonomy.at(head.taxonomy_revision, transaction).await?;
        let form = match asked.read(reach, &taxonomy, self.zone) {
            Ok(form) => form,
            Err(refusal) => return Err(acting.denied(refusal.into()).await?),
        };
        self.ids.open(transaction).await?;
        let id = WebhookId::from(self.ids.next(acting.now));
        let url = form.url.as_ref().map(|url| url.as_str().to_owned()).unwrap_or_default();
        let made = webhook::ActiveModel {
            id: Set(id.uuid()),
            url: Set(url.clone()),
            description: Set(form.description.flatten().map(|name| name.to_string())),
            events: Set(to_json("events", &form.events.unwrap_or_default())?),
            filter: Set(to_json("filter", &form.filter.unwrap_or_default())?),
            state: Set(WebhookState::Active.as_str().to_owned()),
            state_since: Set(acting.now.micros()),
            state_reason: Set(None),
            failing_since: Set(None),
            last_delivered_at: Set(None),
            missed_after: Set(None),
            from_sequence: Set(head.sequence),
            again_after: Set(None),
            again_until: Set(None),
            version: Set(1),
            created_by: Set(by.uuid()),
            created_at: Set(acting.now.micros()),
            misses: Set(0),
        };
        webhook::Entity::insert(made)
            .exec_without_returning(transaction)
            .await?;
        insert_secret(transaction, self.ids.next(acting.now), id, secret, acting.now).await?;
        acting
            .done(Done::by(caller, "webhook-created", said(id, &url)), |_| id)
            .await?;
        Ok((self.webhook_that_is_there(id).await?, true))
    }

    /// Changes an endpoint. What waits for it goes to where it is from now on.
    ///
    /// # Errors
    /// Where the caller may not, there is none, the form is wrong, the version is stale, or the database fails.
    pub async fn update_webhook(
        &self,
        caller: &Caller,
        id: WebhookId,
        asked: &WebhookChanges,
        reach: &Reach,
        key: Option<&IdempotencyKey>,
    ) -> Result<Webhook, CommandError> {
        let (acting, known) = match self.begin_on(caller, id, "updateWebhook", asked, key).await? {
            Started::Now(acting, known) => (acting, known),
            Started::Before(id) => return self.webhook_that_is_there(id).await,
        };
        if known.version != asked.seen {
            let stale = Refusal::Stale {
                locale: None,
                seen: asked.seen,
                current: known.version,
                changed: None,
            };
            return Err(acting.denied(stale.into()).await?);
        }
        let taxonomy = self.taxonomy_in(&acting.transaction).await?;
        let form = match asked.read(reach, &taxonomy, self.zone) {
            Ok(form) => form,
            Err(refusal) => return Err(acting.denied(refusal.into()).await?),
        };
        let url = form
            .url
            .map_or_else(|| known.url.clone(), |url| url.as_str().to_owned());
        let change = webhook::ActiveModel {
            url: Set(url.clone()),
            description: match form.description {
                Some(description) => Set(description.map(|name| name.to_string())),
                None => NotSet,
            },
            events: match form.events {
                Some(events) => Set(to_json("events", &events)?),
                None => NotSet,
            },
            filter: match form.filter {
                Some(filter) => Set(to_json("filter", &filter)?),
                None => NotSet,
            },
            version: Set(known.version + 1),
            ..webhook::ActiveModel::default()
        };
        set(&acting.transaction, id, change).await?;
        acting
            .done(Done::by(caller, "webhook-updated", said(id, &url)), |_| id)
            .await?;
        self.webhook_that_is_there(id).await
    }

    /// Gives an endpoint this secret. The one of before goes on signing beside it for so many hours, and no third.
    ///
    /// # Errors
    /// Where the caller may not, there is none, the hours cannot be, or the database fails.
    pub async fn rotate_webhook_secret(
        &self,
        caller: &Caller,
        id: WebhookId,
        hours: i64,
        secret: MadeSecret<'_>,
        key: Option<&IdempotencyKey>,
    ) -> Result<(Webhook, bool), CommandError> {
        let started = self.begin_on(caller, id, "rotateWebhookSecret", &hours, key).await?;
        let (acting, known) = match started {
            Started::Now(acting, known) => (acting, known),
            Started::Before(id) => return Ok((self.webhook_that_is_there(id).await?, false)),
        };
        if !(0..=LONGEST_OVERLAP_HOURS).contains(&hours) {
            let message = format!("give a number of hours from 0 to {LONGEST_OVERLAP_HOURS}");
            let refusal = Refusal::of("overlapHours", "OUT_OF_RANGE", message);
            return Err(acting.denied(refusal.into()).await?);
        }
        let (transaction, now) = (&acting.transaction, acting.now);
        let good = good_secrets(transaction, &[id], now).await?;
        for (place, old) in good.into_iter().enumerate() {
            let until = if place == 0 {
                now.micros() + hours * HOUR
            } else {
                now.micros()
            };
            let until = old.expires_at.map_or(until, |before| before.min(until));
            let change = webhook_secret::ActiveModel {
                expires_at: Set(Some(until)),
                ..webhook_secret::ActiveModel::default()
            };
            let update = webhook_secret::Entity::update_many().set(change);
            let update = update.filter(webhook_secret::Column::Id.eq(old.id));
            update.exec(transaction).await?;
        }
        // What signs no more is kept by nobody.
        webhook_secret::Entity::delete_many()
            .filter(webhook_secret::Column::WebhookId.eq(id.uuid()))
            .filter(webhook_secret::Column::ExpiresAt.lte(now.micros()))
            .exec(transaction)
            .await?;
        self.ids.open(transaction).await?;
        insert_secret(transaction, self.ids.next(now), id, secret, now).await?;
        let mut detail = said(id, &known.url);
        detail.insert("overlapHours".to_owned(), hours.into());
        acting
            .done(Done::by(caller, "webhook-secret-rotated", detail), |_| id)
            .await?;
        Ok((self.webhook_that_is_there(id).await?, true))
    }

    /// Pauses an endpoint: it is told of nothing, what waits for it included, until it is resumed.
    ///
    /// # Errors
    /// Where the caller may not, there is none, it is not active, or the database fails.
    pub async fn pause_webhook(
        &self,
        caller: &Caller,
        id: WebhookId,
        key: Option<&IdempotencyKey>,
    ) -> Result<Webhook, CommandError> {
        let (acting, known) = match self.begin_on(caller, id, "pauseWebhook", &(), key).await? {
            Started::Now(acting, known) => (acting, known),
            Started::Before(id) => return self.webhook_that_is_there(id).await,
        };
        if row::state(&known.state)? != WebhookState::Active {
            let message = format!("this webhook is {} already", known.state);
            return Err(acting.denied(wrong_state(message)).await?);
        }
        let cursor = known.cursor;
        stop(
            &acting.transaction,
            &known,
            WebhookState::Paused,
            None,
            (cursor, acting.now),
        )
        .await?;
        acting
            .done(Done::by(caller, "webhook-paused", said(id, &known.url)), |_| id)
            .await?;
        self.webhook_that_is_there(id).await
    }

    /// Resumes an endpoint, however it came to be stopped: it is told of what happens from now on, and first, by an event of its own,
    /// behind which change it has missed something.
    ///
    /// # Errors
    /// Where the caller may not, there is none, it is active, or the database fails.
    pub async fn resume_webhook(
        &self,
        caller: &Caller,
        id: WebhookId,
        key: Option<&IdempotencyKey>,
    ) -> Result<Webhook, CommandError> {
        let (acting, known) = match self.begin_on(caller, id, "resumeWebhook", &(), key).await? {
            Started::Now(acting, known) => (acting, known),
            Started::Before(id) => return self.webhook_that_is_there(id).await,
        };
        if row::state(&known.state)? == WebhookState::Active {
            return Err(acting
                .denied(wrong_state("this webhook is active already".to_owned()))
                .await?);
        }
        let (transaction, now) = (&acting.transaction, acting.now);
        let head = Head::read(transaction).await?;
        let change = webhook::ActiveModel {
            state: Set(WebhookState::Active.as_str().to_owned()),
            state_since: Set(now.micros()),
            state_reason: Set(None),
            failing_since: Set(None),
            from_sequence: Set(head.sequence),
            ..webhook::ActiveModel::default()
        };
        set(transaction, id, change).await?;
        self.ids.open(transaction).await?;
        of_endpoint(transaction, self.ids.next(now), id, EventName::RESUMED, now).await?;
        acting
            .done(Done::by(caller, "webhook-resumed", said(id, &known.url)), |_| id)
            .await?;
        self.webhook_that_is_there(id).await
    }

    /// Deletes an endpoint, with the log of its deliveries.
    ///
    /// # Errors
    /// Where the caller may not, there is none, or the database fails.
    pub async fn delete_webhook(
        &self,
        caller: &Caller,
        id: WebhookId,
        key: Option<&IdempotencyKey>,
    ) -> Result<WebhookId, CommandError> {
        let (acting, known) = match self.begin_on(caller, id, "deleteWebhook", &(), key).await? {
            Started::Now(acting, known) => (acting, known),
            Started::Before(id) => return Ok(id),
        };
        webhook::Entity::delete_by_id(id.uuid())
            .exec(&acting.transaction)
            .await?;
        let done = Done::by(caller, "webhook-deleted", said(id, &known.url));
        acting.done(done, |_| id).await
    }

    /// Begins an act on an endpoint, with the cursor taken and the endpoint locked.
    pub(super) async fn begin_on(
        &self,
        caller: &Caller,
        id: WebhookId,
        name: &'static str,
        asked: &impl Serialize,
        key: Option<&IdempotencyKey>,
    ) -> Result<Started, CommandError> {
        allow(caller)?;
        let by = caller.standing.account;
        let once = Once::new(key, name, &(id, asked))?;
        let acting = match Acting::begin::<WebhookId>(&self.connections, by, Turn::Shared, once.as_ref()).await? {
            Begun::Now(acting) => acting,
            Begun::Before(id) => return Ok(Started::Before(id)),
        };
        let cursor = lock_cursor(&acting.transaction).await?;
        match lock(&acting.transaction, id).await? {
            Some(row) => Ok(Started::Now(acting, Box::new(Known { row, cursor }))),
            None => Err(acting.denied(Denial::NotFound).await?),
        }
    }
}

/// How an act on an endpoint begins.
pub(super) enum Started {
    /// It is to be done to this endpoint.
    Now(Acting, Box<Known>),
    /// It was done before, under the same key, to that one.
    Before(WebhookId),
}

/// An endpoint in an act, and the sequence up to which changes have been fanned out.
pub(super) struct Known {
    row: webhook::Model,
    pub(super) cursor: i64,
}

impl std::ops::Deref for Known {
    type Target = webhook::Model;

    fn deref(&self) -> &webhook::Model {
        &self.row
    }
}

/// What an audit entry says of an endpoint.
pub(super) fn said(id: WebhookId, url: &str) -> Map<String, Value> {
    detail([("webhook", id.to_string().into()), ("url", url.into())])
}

pub(super) fn wrong_state(message: String) -> Denial {
    Refusal::WrongState { state: None, message }.into()
}

pub(super) async fn set(
    transaction: &DatabaseTransaction,
    id: WebhookId,
    change: webhook::ActiveModel,
) -> Result<(), StoreError> {
    let update = webhook::Entity::update_many().set(change);
    update
        .filter(webhook::Column::Id.eq(id.uuid()))
        .exec(transaction)
        .await?;
    Ok(())
}

async fn insert_secret(
    transaction: &DatabaseTransaction,
    secret_id: Uuid,
    webhook: WebhookId,
    secret: MadeSecret<'_>,
    now: Instant,
) -> Result<(), StoreError> {
    let row = webhook_secret::ActiveModel {
        id: Set(secret_id),
        webhook_id: Set(webhook.uuid()),
        secret: Set(secret.0.to_owned()),
        created_at: Set(now.micros()),
        expires_at: Set(None),
    };
    webhook_secret::Entity::insert(row)
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}
