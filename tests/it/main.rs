//! The program as its users meet it: over HTTP and on the command line, each test on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod accounts;
mod api_keys;
mod archive;
mod assignments;
mod at_once;
mod audit_trail;
mod bad_lines;
mod comments;
mod desk_lists;
mod desk_plans;
mod drift;
mod errors;
mod exchange;
mod hostile;
mod import;
mod killed;
mod lifecycle;
mod listing;
mod lists;
mod plans;
mod press;
mod publishing;
mod refused_commands;
mod releases;
mod revisions;
mod seed;
mod settings;
mod sign_in;
mod statements;
mod taxonomy;
mod taxonomy_commands;
mod tokens;
mod unseen;
mod verify;
mod whole;
