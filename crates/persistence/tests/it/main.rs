//! The store, tested through what callers have of it, on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod newsroom;
mod taxonomy;
