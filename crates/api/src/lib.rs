//! The API: the axum side of the newsroom. GraphQL, REST, feeds, streams, and what they refuse.
//!
//! Thin by intent: a handler reads the input, calls one thing and presents the answer. It never names an entity or SQL.

mod account_url;
mod auth;
mod changes;
mod command_failure;
mod conditional;
pub mod error;
mod event_stream;
mod explorer;
mod feeds;
mod finding;
mod graphql;
mod health;
pub mod http;
mod listener;
mod parameters;
mod preview;
mod request_id;
mod rest;
mod router;
mod store_failure;
mod webhook;

pub use account_url::{AccountUrl, MalformedAccountUrl};
pub use auth::{
    AuthConfig, AuthError, Authentication, DEFAULT_ISSUER, IssuerUrl, KeyFile, KeyFileError, LinkConfig, LinkToken,
    MailBell, MalformedIssuerUrl, SignOnConfig, SigningKey, hash_password,
};
pub use changes::ChangeHub;
pub use finding::{Finder, KeepUpError, Reindexed, SearchConfig};
pub use graphql::schema_sdl;
pub use health::Draining;
pub use newsroom_index::search::{MalformedSynonyms, SearchError, Synonyms};
pub use rest::openapi_json;
pub use router::{ApiConfig, router};
