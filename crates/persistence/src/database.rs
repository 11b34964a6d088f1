//! The two databases: how each is opened, read from and written to.
//!
//! SQLite has one writer and several readers, each a pool of its own on one file; on PostgreSQL each has a pool.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use log::LevelFilter;
use newsroom_domain::Instant;
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel,
    QueryResult, SqliteTransactionMode, SqlxPostgresConnector, SqlxSqliteConnector, TransactionOptions,
    TransactionTrait,
};
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, SqlitePool};
use tokio::time::sleep;

use crate::StoreError;
use crate::sql::Sql;

/// Which database the newsroom is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// A file of SQLite's.
    Sqlite(PathBuf),
    /// A database of a PostgreSQL server, by its URL.
    Postgres(String),
}

impl FromStr for Database {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        if let Some(path) = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")) {
            let path = path.split('?').next().unwrap_or_default();
            return if path.is_empty() || path == ":memory:" {
                Err("give the path of a file: sqlite:var/newsroom.sqlite".to_owned())
            } else {
                Ok(Self::Sqlite(path.into()))
            };
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return PgConnectOptions::from_str(url)
                .map(|_| Self::Postgres(url.to_owned()))
                .map_err(|error| format!("this is no PostgreSQL URL: {error}"));
        }
        Err("give sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE".to_owned())
    }
}

/// How long a query waits for a connection, and a writer of SQLite's for its turn.
const WAIT: Duration = Duration::from_secs(10);

/// After how long a file is opened again that was locked.
const AGAIN: Duration = Duration::from_millis(20);

/// How many connections to PostgreSQL write at once. Acts commit one after another, so that more would wait the longer.
const WRITERS: u32 = 4;

/// From when on a statement is logged as slow.
const SLOW: Duration = Duration::from_secs(1);

/// The open connections.
#[derive(Debug, Clone)]
pub(crate) struct Connections {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
}

/// Connections to a file. Of two programs that begin on a new one, the first has it alone while it turns its journal to WAL, and SQLite
/// then refuses the other at once instead of having it wait.
async fn sqlite_pool(connections: u32, options: &SqliteConnectOptions) -> Result<SqlitePool, sqlx::Error> {
    let pool = SqlitePoolOptions::new()
        .acquire_timeout(WAIT)
        .idle_timeout(None)
        .max_lifetime(None)
        .max_connections(connections);
    let is_locked = |error: &sqlx::Error| {
        let code = error.as_database_error().and_then(DatabaseError::code);
        // SQLITE_BUSY and SQLITE_BUSY_RECOVERY.
        code.is_some_and(|code| code == "5" || code == "261")
    };
    let began = tokio::time::Instant::now();
    loop {
        match pool.clone().connect_with(options.clone()).await {
            Err(error) if is_locked(&error) && began.elapsed() < WAIT => sleep(AGAIN).await,
            done => return done,
        }
    }
}

impl Connections {
    pub(crate) async fn open(database: &Database, readers: u32) -> Result<Self, StoreError> {
        match database {
            Database::Sqlite(path) => {
                let failed = |cause: sqlx::Error| StoreError::Open {
                    name: path.display().to_string(),
                    cause: cause.to_string(),
                };
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .foreign_keys(true)
                    .busy_timeout(WAIT)
                    .pragma("cache_size", "-65536")
                    // 64 MiB in pages: an import writes the same index pages again and again, and each checkpoint copies them.
                    .pragma("wal_autocheckpoint", "16384")
                    .log_statements(LevelFilter::Debug)
                    .log_slow_statements(LevelFilter::Info, SLOW);
                // The writer comes first: it makes the file that readers open.
                let writer = sqlite_pool(1, &options).await.map_err(failed)?;
                let options = options
                    .create_if_missing(false)
                    .read_only(true)
                    // Each has one of its own; what they share is the file, which is mapped.
                    .pragma("cache_size", "-16384")
                    .pragma("mmap_size", "268435456");
                let reader = sqlite_pool(readers, &options).await.map_err(failed)?;
                Ok(Self {
                    reader: SqlxSqliteConnector::from_sqlx_sqlite_pool(reader),
                    writer: SqlxSqliteConnector::from_sqlx_sqlite_pool(writer),
                })
            }
            Database::Postgres(url) => {
                let failed = |cause: sqlx::Error| StoreError::Open {
                    name: without_password(url),
                    cause: cause.to_string(),
                };
                let options = PgConnectOptions::from_str(url)
                    .map_err(failed)?
                    .application_name("newsroom")
                    .log_statements(LevelFilter::Debug)
                    .log_slow_statements(LevelFilter::Info, SLOW);
                // A pool would try again and again, and then say only that it took too long.
                options.connect().await.map_err(failed)?.close().await.map_err(failed)?;
                // Writers wait for each other, each on a connection: readers have others.
                let pool = |most| PgPoolOptions::new().max_connections(most).acquire_timeout(WAIT);
                let reader = pool(readers).connect_with(options.clone()).await.map_err(failed)?;
                let writer = pool(WRITERS).connect_lazy_with(options);
                Ok(Self {
                    reader: SqlxPostgresConnector::from_sqlx_postgres_pool(reader),
                    writer: SqlxPostgresConnector::from_sqlx_postgres_pool(writer),
                })
            }
        }
    }

    /// A connection for a statement that stands alone.
    pub(crate) const fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// A transaction that reads one state of the database, whatever is written meanwhile.
    pub(crate) async fn read(&self) -> Result<DatabaseTransaction, DbErr> {
        match self.reader.get_database_backend() {
            DbBackend::Postgres => {
                self.reader
                    .begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly))
                    .await
            }
            _ => self.reader.begin().await,
        }
    }

    /// A transaction that writes. On SQLite it has the one writer's place from the start; PostgreSQL's is READ COMMITTED.
    pub(crate) async fn write(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = match self.writer.get_database_backend() {
            DbBackend::Sqlite => TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..TransactionOptions::default()
            },
            // Whatever the server's default is.
            _ => TransactionOptions {
                isolation_level: Some(IsolationLevel::ReadCommitted),
                ..TransactionOptions::default()
            },
        };
        self.writer.begin_with_options(options).await
    }

    pub(crate) fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    pub(crate) async fn close(self) -> Result<(), DbErr> {
        self.reader.close().await?;
        self.writer.close().await
    }
}

/// How an act takes its turn among others. On SQLite, which has one writer, each is alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Beside others of its kind: commands on releases, on accounts.
    Shared,
    /// Alone: what changes the taxonomy, so that no release is filed while the tree moves.
    Alone,
}

/// What acts take their turn by, a number of our own: "desk" in ASCII.
const DESK_LOCK: i64 = 0x6465_736b;

/// Waits for an act's turn, holds it to the transaction's end, and answers the database's wall clock as it is then.
pub(crate) async fn take_turn(transaction: &DatabaseTransaction, turn: Turn) -> Result<Instant, StoreError> {
    if transaction.get_database_backend() != DbBackend::Postgres {
        return now(transaction).await;
    }
    // One round trip for both: the outer list is worked out from left to right.
    let mut sql = Sql::new(
        DbBackend::Postgres,
        match turn {
            Turn::Shared => "SELECT pg_advisory_xact_lock_shared(",
            Turn::Alone => "SELECT pg_advisory_xact_lock(",
        },
    );
    sql.bind(DESK_LOCK).push("), ").push(CLOCK).push(" AS micros");
    clock_of(transaction.query_one_raw(sql.finish()).await?)
}

/// PostgreSQL's wall clock, in microseconds since 1970.
const CLOCK: &str = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

/// Goes on with the database's wall clock as the statement begins, in microseconds since 1970: one value for all of it, so that an
/// index can be asked by it. SQLite has none of its own: it runs in this process.
pub(crate) fn push_now(sql: &mut Sql) {
    if sql.backend() == DbBackend::Postgres {
        sql.push("(extract(epoch FROM statement_timestamp()) * 1000000)::bigint");
    } else {
        sql.bind(chrono::Utc::now().timestamp_micros());
    }
}

/// The database's wall clock.
pub(crate) async fn now(transaction: &DatabaseTransaction) -> Result<Instant, StoreError> {
    if transaction.get_database_backend() != DbBackend::Postgres {
        return instant_of(chrono::Utc::now().timestamp_micros());
    }
    let mut sql = Sql::new(DbBackend::Postgres, "SELECT ");
    sql.push(CLOCK).push(" AS micros");
    clock_of(transaction.query_one_raw(sql.finish()).await?)
}

fn clock_of(row: Option<QueryResult>) -> Result<Instant, StoreError> {
    let row = row.ok_or_else(|| StoreError::corrupt("clock", "it does not answer"))?;
    instant_of(row.try_get("", "micros")?)
}

fn instant_of(micros: i64) -> Result<Instant, StoreError> {
    Instant::from_micros(micros).ok_or_else(|| StoreError::corrupt("clock", micros))
}

/// Waits until nobody else has this advisory lock, and holds it to the transaction's end. SQLite has one writer anyway.
pub(crate) async fn wait_for_turn(transaction: &DatabaseTransaction, lock: i64) -> Result<(), DbErr> {
    if transaction.get_database_backend() == DbBackend::Postgres {
        let mut take = Sql::new(DbBackend::Postgres, "SELECT pg_advisory_xact_lock(");
        take.bind(lock).push(")");
        transaction.execute_raw(take.finish()).await?;
    }
    Ok(())
}

/// A URL as it may stand in a message.
fn without_password(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if scheme + 3 < at => {
            let user = url[scheme + 3..at].split(':').next().unwrap_or_default();
            format!("{}{user}{}", &url[..scheme + 3], &url[at..])
        }
        _ => url.to_owned(),
    }
}
