//! GraphQL over HTTP, tested through the router with a small schema of its own.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod audits;
mod errors;
mod limits;
#[expect(clippy::unused_async, reason = "async-graphql takes async resolvers only")]
mod newsdesk;
mod statuses;
