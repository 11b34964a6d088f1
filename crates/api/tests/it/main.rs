//! The API, tested through its router: GraphQL over HTTP with a small schema of its own, the rest with a newsroom in SQLite.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod audits;
mod errors;
mod limits;
#[expect(clippy::unused_async, reason = "async-graphql takes async resolvers only")]
mod newsdesk;
mod newsroom;
mod router;
mod statuses;
