//! The language and the rules of the newsroom.
//!
//! This room knows releases, translations, editions, offices, themes and content types, and decides what
//! may happen to them. It reads no clock, opens no file and knows neither SQL nor HTTP: whoever calls it
//! hands in the instant, the ids and the taxonomy, and stores what it answers.

pub mod account;
pub mod audit;
pub mod change;
pub mod check;
pub mod difference;
pub mod exchange;
pub mod fault;
pub mod filter;
pub mod findable;
pub mod freeze;
pub mod house;
pub mod id;
pub mod idempotency;
pub mod listing;
pub mod locale;
pub mod page;
pub mod refusal;
pub mod release;
pub mod release_url;
pub mod schedule;
pub mod search;
pub mod slug;
pub mod taxonomy;
pub mod text;
pub mod time;
pub mod webhook;

pub use fault::FieldFault;
pub use id::{
    AccountId, AccountLinkId, ApiKeyId, BundleId, CommentId, ContentTypeId, DeliveryId, EditionId, FreezeId, OfficeId,
    PreviewId, ReleaseId, SessionId, ThemeId, TranslationId, WebhookId,
};
pub use locale::{Fallbacks, Locale, Reader};
pub use slug::Slug;
pub use time::{Day, Instant, Zone};
