//! Webhooks: endpoints of partners that are told of changes, by the rules of Standard Webhooks
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).
//!
//! Here is what an endpoint is and may be, which changes it is told of, and when a failed delivery is tried again. Who sends,
//! and how, is elsewhere.

mod address;
mod command;
mod event;
mod filter;
mod retry;

use crate::change::ChangeCursor;
use crate::text::Name;
use crate::{AccountId, Instant, WebhookId};

pub use address::{Reach, WebhookUrl};
pub use command::{NewWebhook, ReadForm, RedeliverFrom, WebhookChanges};
pub use event::EventName;
pub use filter::WebhookFilter;
pub use retry::{Fate, GROWING_TRIES, PATIENCE, after_failure, longest_delay};

/// The most endpoints that a newsroom has: each change is held against all of them.
pub const MOST_WEBHOOKS: usize = 100;
/// For how many hours a secret goes on signing beside the one that took its place, where nobody says.
pub const OVERLAP_HOURS: i64 = 24;
/// The most of those.
pub const LONGEST_OVERLAP_HOURS: i64 = 24 * 7;

/// An endpoint that is told of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its identity.
    pub id: WebhookId,
    /// Where it is.
    pub url: String,
    /// What it is called, where it has a name.
    pub description: Option<Name>,
    /// What it is told of, each once; empty for everything.
    pub events: Vec<EventName>,
    /// Of which releases.
    pub filter: WebhookFilter,
    /// Whether it is told.
    pub state: WebhookState,
    /// Since when it is in that state.
    pub state_since: Instant,
    /// Why, where the newsroom itself put it there.
    pub state_reason: Option<String>,
    /// Since when nothing has got through; `None` where the last attempt did.
    pub failing_since: Option<Instant>,
    /// When something got through last.
    pub last_delivered_at: Option<Instant>,
    /// The change behind which something was missed, until the endpoint has been told.
    pub missed_after: Option<ChangeCursor>,
    /// Raised by every change of what it is.
    pub version: i64,
    /// Who made it.
    pub created_by: AccountId,
    /// When.
    pub created_at: Instant,
    /// The secrets that sign now, the newest first.
    pub secrets: Vec<SecretTimes>,
}

/// What is told of a secret: never the secret itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretTimes {
    /// When it was made.
    pub created_at: Instant,
    /// Until when it signs; `None` for the one that was made last.
    pub expires_at: Option<Instant>,
}

/// Whether an endpoint is told of changes. In all states but the first it is not, nor will it be later of what happens meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookState {
    /// It is.
    Active,
    /// Somebody has paused it.
    Paused,
    /// It took nothing for three days.
    Dead,
    /// It answered 410.
    Disabled,
}

impl WebhookState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Active, Self::Paused, Self::Dead, Self::Disabled];

    /// Its name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Dead => "dead",
            Self::Disabled => "disabled",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// It is to be sent, or to be tried again.
    Waiting,
    /// The endpoint has taken it.
    Delivered,
    /// It was given up.
    Failed,
    /// It was not sent (any more), since its endpoint was paused.
    Skipped,
}

impl DeliveryState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Delivered, Self::Failed, Self::Skipped];

    /// Its name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}
