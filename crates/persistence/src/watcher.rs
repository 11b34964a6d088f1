//! Waiting for new changes, whoever made them: another process, or another host.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, query_scalar};
use tokio::time::{sleep, timeout};

use crate::head::CHANNEL;
use crate::{Database, StoreError};

/// How often SQLite is asked whether anybody has written: a look at a counter in shared memory.
const LOOK: Duration = Duration::from_millis(50);
/// The longest that PostgreSQL's word is waited for. It hurries; this sees to it that nothing rests on it.
const AT_MOST: Duration = Duration::from_secs(1);

/// How long PostgreSQL may take to be reached.
const PATIENCE: Duration = Duration::from_secs(10);

/// Waits on a connection of its own.
#[derive(Debug)]
pub struct Watcher(Watching);

#[derive(Debug)]
enum Watching {
    Sqlite {
        connection: Box<SqliteConnection>,
        version: i64,
    },
    Postgres(Box<PgListener>),
}

impl Watcher {
    /// Begins to wait. Of PostgreSQL, the URL must lead to the server itself: a pooler that hands out a connection for each
    /// transaction passes no word on.
    ///
    /// # Errors
    /// Where the database cannot be opened.
    pub async fn open(database: &Database) -> Result<Self, StoreError> {
        let watching = match database {
            Database::Sqlite(path) => {
                // Else the log would be full of the looks.
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .read_only(true)
                    .disable_statement_logging();
                let mut connection = Box::new(options.connect().await.map_err(failed)?);
                let version = data_version(&mut connection).await?;
                Watching::Sqlite { connection, version }
            }
            Database::Postgres(url) => {
                let options = PgConnectOptions::from_str(url).map_err(failed)?;
                let options = options
                    .application_name("newsroom listener")
                    .disable_statement_logging();
                let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
                let pool = pool.connect_lazy_with(options);
                let mut listener = Box::new(PgListener::connect_with(&pool).await.map_err(failed)?);
                listener.listen(CHANNEL).await.map_err(failed)?;
                Watching::Postgres(listener)
            }
        };
        Ok(Self(watching))
    }

    /// Waits until there may be something new: for certain when there is, and now and then when there is not.
    ///
    /// # Errors
    /// Where the database is away; open another then.
    pub async fn wait(&mut self) -> Result<(), StoreError> {
        match &mut self.0 {
            Watching::Sqlite { connection, version } => loop {
                sleep(LOOK).await;
                let now = data_version(connection).await?;
                if now != *version {
                    *version = now;
                    return Ok(());
                }
            },
            Watching::Postgres(listener) => match timeout(AT_MOST, listener.recv()).await {
                Ok(Err(error)) => Err(failed(error)),
                Ok(Ok(_)) | Err(_) => Ok(()),
            },
        }
    }
}

/// SQLite's counter of what other connections have written (<https://www.sqlite.org/pragma.html#pragma_data_version>).
async fn data_version(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    query_scalar("PRAGMA data_version")
        .fetch_one(connection)
        .await
        .map_err(failed)
}

fn failed(error: sqlx::Error) -> StoreError {
    StoreError::Database(sea_orm::DbErr::Conn(sea_orm::RuntimeErr::SqlxError(error.into())))
}
