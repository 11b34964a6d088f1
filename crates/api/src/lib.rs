//! The API: the axum side of the newsroom. GraphQL, later REST and feeds, and what they refuse.
//!
//! Thin by intent: a handler reads the input, calls one thing and presents the answer. It never names an entity or SQL.

pub mod error;
pub mod http;
