//! The API: the axum side of the newsroom. GraphQL, later REST and feeds, and what they refuse.
//!
//! Thin by intent: a handler reads the input, calls one thing and presents the answer. It never names an entity or SQL.

mod account_url;
mod auth;
mod command_failure;
pub mod error;
mod explorer;
mod finding;
mod graphql;
mod health;
pub mod http;
mod parameters;
mod preview;
mod request_id;
mod router;
mod store_failure;
mod webhook;

pub use account_url::{AccountUrl, MalformedAccountUrl};
pub use auth::{
    AuthConfig, AuthError, Authentication, DEFAULT_ISSUER, IssuerUrl, KeyFile, KeyFileError, LinkConfig, LinkToken,
    MailBell, MalformedIssuerUrl, SignOnConfig, SigningKey, hash_password,
};
pub use finding::{Finder, KeepUpError, Reindexed, SearchConfig};
pub use graphql::schema_sdl;
pub use health::Draining;
pub use newsroom_index::search::{MalformedSynonyms, SearchError, Synonyms};
pub use router::{ApiConfig, router};
