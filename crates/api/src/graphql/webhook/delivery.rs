//! What is delivered to a webhook, and what came of it.

use async_graphql::{Enum, ID, Object, SimpleObject};
use newsroom_domain::page::delivery_cursor;
use newsroom_persistence::{self as persistence, DeliveryPage};

use crate::graphql::{
    connection::PageInfo,
    desk_id,
    scalars::{DateTime, Long, PlainUuid},
};

/// How far a delivery is.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(name = "WebhookDeliveryState", remote = "newsroom_domain::webhook::DeliveryState")]
pub(crate) enum DeliveryState {
    /// It is to be sent, is being sent, or is to be tried again.
    Waiting,
    /// The webhook has taken it: it answered 2xx.
    Delivered,
    /// It was given up after three days and nine tries at the least, or since the webhook answered 410.
    Failed,
    /// It was not sent any more, since the webhook was paused.
    Skipped,
}

pub(crate) struct WebhookDeliveryConnection {
    page: Vec<WebhookDelivery>,
    has_next: bool,
    has_previous: bool,
}

impl WebhookDeliveryConnection {
    pub(super) fn new(page: DeliveryPage, has_previous: bool) -> Self {
        Self {
            page: page.items.into_iter().map(WebhookDelivery).collect(),
            has_next: page.has_next,
            has_previous,
        }
    }
}

/// A page of a webhook's deliveries.
#[Object]
impl WebhookDeliveryConnection {
    /// The deliveries of this page, each with its cursor.
    async fn edges(&self) -> Vec<WebhookDeliveryEdge<'_>> {
        self.page.iter().map(WebhookDeliveryEdge).collect()
    }

    /// The deliveries of this page: the same as `edges { node }`, for clients that need no cursor of each.
    async fn nodes(&self) -> &[WebhookDelivery] {
        &self.page
    }

    /// Where this page lies in the list.
    async fn page_info(&self) -> PageInfo {
        let cursor = |delivery: Option<&WebhookDelivery>| delivery.map(|delivery| delivery_cursor(delivery.0.id));
        PageInfo {
            has_next_page: self.has_next,
            has_previous_page: self.has_previous,
            start_cursor: cursor(self.page.first()),
            end_cursor: cursor(self.page.last()),
        }
    }
}

pub(crate) struct WebhookDeliveryEdge<'a>(&'a WebhookDelivery);

/// A delivery in a list.
#[Object]
impl WebhookDeliveryEdge<'_> {
    /// Where the delivery stands in the list, for `after`. Opaque: do not take it apart.
    async fn cursor(&self) -> String {
        delivery_cursor(self.0.0.id)
    }

    /// The delivery.
    async fn node(&self) -> &WebhookDelivery {
        self.0
    }
}

pub(crate) struct WebhookDelivery(pub(super) persistence::WebhookDelivery);

/// An event for a webhook.
#[Object]
impl WebhookDelivery {
    /// Its id, for `redeliver` and for clients' caches. It never changes.
    async fn id(&self) -> ID {
        desk_id::write(self.0.id)
    }

    /// Its UUID, which its receiver has as the header `webhook-id`: the same at each attempt, and when it is redelivered.
    async fn uuid(&self) -> PlainUuid {
        PlainUuid(self.0.id.uuid())
    }

    /// What it tells, such as `release.published`.
    async fn event(&self) -> &'static str {
        self.0.event.as_str()
    }

    /// The sequence of the change that it tells of. Null where it is a test, or tells that the webhook was resumed.
    async fn sequence(&self) -> Option<Long> {
        self.0.change.map(|cursor| Long(cursor.sequence))
    }

    /// The cursor of that change in the change log: what `redeliverSince` and `changes` take.
    async fn change_cursor(&self) -> Option<String> {
        self.0.change.map(|cursor| cursor.to_string())
    }

    /// How far it is.
    async fn state(&self) -> DeliveryState {
        self.0.state.into()
    }

    /// When it was put out first.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When it is tried next; while it is being tried, when that is taken for lost. Null where it has come to its end.
    async fn next_attempt_at(&self) -> Option<DateTime> {
        self.0.next_at.map(DateTime)
    }

    /// When it was delivered or given up. Null where it waits.
    async fn finished_at(&self) -> Option<DateTime> {
        self.0.finished_at.map(DateTime)
    }

    /// All attempts that have ended, the oldest first.
    async fn attempts(&self) -> Vec<WebhookAttempt> {
        self.0.attempts.iter().cloned().map(WebhookAttempt).collect()
    }
}

/// A header of a request.
#[derive(SimpleObject)]
pub(crate) struct WebhookHeader {
    /// Its name, in small letters.
    name: String,
    /// Its value.
    value: String,
}

pub(crate) struct WebhookAttempt(persistence::WebhookAttempt);

/// One attempt at a delivery: what was sent, and what came back.
#[Object]
impl WebhookAttempt {
    /// The which it is, from 1. A number that is missing is of an attempt whose server was lost.
    async fn number(&self) -> i32 {
        i32::try_from(self.0.number).unwrap_or(i32::MAX)
    }

    /// When it began.
    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// How many milliseconds it took.
    async fn milliseconds(&self) -> i32 {
        i32::try_from(self.0.millis).unwrap_or(i32::MAX)
    }

    /// Where the request went.
    async fn url(&self) -> &str {
        &self.0.url
    }

    /// The request's headers, but for those of HTTP itself: `host`, `content-length` and `accept`.
    async fn request_headers(&self) -> Vec<WebhookHeader> {
        let headers = self.0.headers.iter().cloned();
        headers.map(|(name, value)| WebhookHeader { name, value }).collect()
    }

    /// The request's body.
    async fn request_body(&self) -> &str {
        &self.0.body
    }

    /// The status of the answer. Null where there was none.
    async fn status(&self) -> Option<i32> {
        self.0.status.and_then(|status| i32::try_from(status).ok())
    }

    /// The first 4 KiB of the answer's body. Null where there was no answer.
    async fn answer(&self) -> Option<&str> {
        self.0.answer.as_deref()
    }

    /// Why there was no answer. Null where there was one.
    async fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }
}
