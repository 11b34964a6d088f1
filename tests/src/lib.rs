//! What the black-box tests stand on: a newsroom of its own for each test, on SQLite or on PostgreSQL, served by the real
//! binary; a client; a generator of releases; and an oracle that says what every list of them must be.
//!
//! Nothing here knows a type of the program's own. What it does is judged by its command line, by HTTP and by SQL.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test fails by panicking"
)]

pub mod client;
pub mod clock;
pub mod database;
pub mod desk;
pub mod events;
pub mod generate;
pub mod mail;
pub mod newsroom;
pub mod oracle;
pub mod random;
pub mod receiver;
pub mod server;
pub mod socket;

pub use client::{Answer, Client};
pub use clock::Clock;
pub use database::Kind;
pub use desk::password;
pub use newsroom::{Newsroom, Ran};
pub use receiver::{Received, Receiver, Reply};
pub use server::Server;

/// Makes of each of these functions, `async fn name(kind: Kind)`, a test on SQLite and a test on PostgreSQL.
#[macro_export]
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name($crate::Kind::Sqlite).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test]
            async fn $name() {
                if $crate::database::is_wanted($crate::Kind::Postgres) {
                    super::$name($crate::Kind::Postgres).await;
                }
            })+
        }
    };
}
