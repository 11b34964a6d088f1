//! The language and the rules of the newsroom.
//!
//! This room knows releases, translations, editions, offices, themes and content types, and decides what
//! may happen to them. It reads no clock, opens no file and knows neither SQL nor HTTP: whoever calls it
//! hands in the instant, the ids and the taxonomy, and stores what it answers.

pub mod account;
pub mod audit;
pub mod change;
pub mod exchange;
pub mod fault;
pub mod filter;
pub mod id;
pub mod idempotency;
pub mod listing;
pub mod locale;
pub mod page;
pub mod refusal;
pub mod release;
pub mod slug;
pub mod taxonomy;
pub mod text;
pub mod time;

pub use fault::FieldFault;
pub use id::{
    AccountId, ApiKeyId, CommentId, ContentTypeId, EditionId, OfficeId, ReleaseId, SessionId, ThemeId, TranslationId,
};
pub use locale::Locale;
pub use slug::Slug;
pub use time::{Day, Instant, Zone};
