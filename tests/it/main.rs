//! The program as its users meet it: over HTTP and on the command line, each test on SQLite and on PostgreSQL.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod accounts;
mod api_keys;
mod archive;
mod at_once;
mod bad_lines;
mod desk_lists;
mod drift;
mod errors;
mod exchange;
mod hostile;
mod hosts;
mod import;
mod killed;
mod life;
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
mod storm;
mod taxonomy;
mod taxonomy_commands;
mod time;
mod tokens;
mod unseen;
mod whole;
