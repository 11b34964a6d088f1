//! The two databases: how a test gets one of its own, quickly.
//!
//! What a test begins with (an empty newsroom, or one with an archive imported) is made once a run and then copied: as
//! files on SQLite, by `CREATE DATABASE … TEMPLATE` on PostgreSQL. Copies go when their test ends. Templates go with
//! the run: the next one finds them without their owner (who holds a lock on them while it lives) and sweeps them up.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, mpsc};
use std::time::{SystemTime, UNIX_EPOCH};

use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, SqliteConnection};

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A file of SQLite's in the data folder.
    Sqlite,
    /// A database of the PostgreSQL server that `NEWSROOM_TEST_DATABASE_URL` names.
    Postgres,
}

/// Whether tests run on this database.
#[must_use]
pub fn is_wanted(kind: Kind) -> bool {
    match kind {
        Kind::Sqlite => true,
        Kind::Postgres => std::env::var_os("NEWSROOM_TEST_SQLITE_ONLY").is_none(),
    }
}

/// A database, dropped with this value.
#[derive(Debug)]
pub(crate) enum Database {
    /// In the data folder, which is its owner's.
    Sqlite,
    /// A database of the server.
    Postgres { name: String, url: String },
}

impl Database {
    /// A database without a table.
    pub(crate) fn without_tables(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => Self::Sqlite,
            Kind::Postgres => Self::create(""),
        }
    }

    /// A copy of this one. The data folders are copied too, `from` one `to` another.
    pub(crate) fn copy(&self, from: &Path, to: &Path) -> Self {
        copy_folder(from, to);
        match self {
            Self::Sqlite => Self::Sqlite,
            Self::Postgres { name, .. } => Self::create(&format!(" TEMPLATE {name}")),
        }
    }

    fn create(template: &str) -> Self {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let server = server();
        let name = format!(
            "newsroom_test_{:016x}_{}",
            server.run,
            MADE.fetch_add(1, Ordering::Relaxed)
        );
        server.execute(format!("CREATE DATABASE {name}{template}"));
        Self::Postgres {
            url: with_database(&server.url, &name),
            name,
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Self::Postgres { name, .. } = self {
            let dropped = server().try_to_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
            assert!(dropped.is_ok() || std::thread::panicking(), "{name}: {dropped:?}");
        }
    }
}

/// Runs statements on a database, past the program.
pub(crate) async fn execute(database: &Database, data: &Path, sql: &str) {
    match database {
        Database::Sqlite => {
            let mut connection = open_sqlite(data).await;
            sqlx::raw_sql(AssertSqlSafe(sql))
                .execute(&mut connection)
                .await
                .unwrap();
            connection.close().await.unwrap();
        }
        Database::Postgres { url, .. } => {
            let mut connection = PgConnection::connect(url).await.unwrap();
            loop {
                match sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await {
                    Ok(_) => break,
                    // The program was in the way, and of the two this one was given up.
                    Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("40P01") => {}
                    Err(error) => panic!("{sql}: {error}"),
                }
            }
            connection.close().await.unwrap();
        }
    }
}

/// The first column, a text, of what a statement finds.
pub(crate) async fn column(database: &Database, data: &Path, sql: &str) -> Vec<String> {
    macro_rules! fetched {
        ($connection:expr) => {{
            let mut connection = $connection;
            let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut connection).await;
            let rows = rows.unwrap_or_else(|error| panic!("{sql}: {error}"));
            let texts = rows.iter().map(|row| row.get(0)).collect();
            connection.close().await.unwrap();
            texts
        }};
    }
    match database {
        Database::Sqlite => fetched!(open_sqlite(data).await),
        Database::Postgres { url, .. } => fetched!(PgConnection::connect(url).await.unwrap()),
    }
}

/// Lets nobody connect to a PostgreSQL database any more, and sends those away who have.
pub(crate) fn close(name: &str) {
    server().execute(format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false"));
    server().execute(format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    ));
}

/// How SQLite would run a statement: a line for each step.
pub(crate) async fn sqlite_plan(data: &Path, statement: &str) -> Vec<String> {
    let mut connection = open_sqlite(data).await;
    let rows = sqlx::raw_sql(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}")))
        .fetch_all(&mut connection)
        .await;
    let plan = rows
        .unwrap_or_else(|error| panic!("{statement}: {error}"))
        .iter()
        .map(|row| row.get("detail"))
        .collect();
    connection.close().await.unwrap();
    plan
}

async fn open_sqlite(data: &Path) -> SqliteConnection {
    let is_database = |path: &PathBuf| {
        path.extension()
            .is_some_and(|end| end == "sqlite" || end == "sqlite3" || end == "db")
    };
    let mut files = fs::read_dir(data)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(is_database);
    let file = files
        .next()
        .unwrap_or_else(|| panic!("no database in {}", data.display()));
    SqliteConnection::connect(&format!("sqlite:{}", file.display()))
        .await
        .unwrap()
}

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The same server's other database.
fn with_database(url: &str, name: &str) -> String {
    let (address, options) = url.split_once('?').map_or((url, String::new()), |(address, options)| {
        (address, format!("?{options}"))
    });
    let host = address.find("://").map_or(0, |at| at + 3);
    let end = address[host..].find('/').map_or(address.len(), |at| host + at);
    format!("{}/{name}{options}", &address[..end])
}

/// The PostgreSQL server, as an administrator sees it.
fn server() -> &'static Server {
    static SERVER: LazyLock<Result<Server, String>> = LazyLock::new(Server::connect);
    SERVER.as_ref().unwrap_or_else(|reason| panic!("{reason}"))
}

/// One connection for the whole run, on a thread of its own: tests come and go, each with a runtime of its own.
struct Server {
    url: String,
    /// Names this run's databases, and is the key of the advisory lock that it holds as long as it lives.
    run: u64,
    jobs: mpsc::SyncSender<(String, mpsc::SyncSender<Result<(), sqlx::Error>>)>,
}

impl Server {
    fn connect() -> Result<Self, String> {
        let url = std::env::var("NEWSROOM_TEST_DATABASE_URL").map_err(|_| {
            "no PostgreSQL to test on: run scripts/test, which sets one up, or set NEWSROOM_TEST_DATABASE_URL \
             (postgres://…) to one in which databases may be made and dropped, or set NEWSROOM_TEST_SQLITE_ONLY=1"
        })?;
        // A positive number, so that it is the same key to PostgreSQL.
        let run = run_number() >> 1;
        let (jobs, todo) = mpsc::sync_channel::<(String, mpsc::SyncSender<Result<(), sqlx::Error>>)>(0);
        let (ready, connected) = mpsc::sync_channel(0);
        let server = url.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            let begun = runtime.block_on(begin(&server, run));
            let Ok(mut connection) = begun else {
                ready.send(begun.map(|_| ())).unwrap();
                return;
            };
            ready.send(Ok(())).unwrap();
            for (sql, done) in todo {
                done.send(runtime.block_on(run_sql(&mut connection, sql))).unwrap();
            }
        });
        let connected = connected.recv().unwrap();
        connected.map_err(|error| format!("cannot use the PostgreSQL of NEWSROOM_TEST_DATABASE_URL: {error}"))?;
        Ok(Self { url, run, jobs })
    }

    fn execute(&self, sql: String) {
        self.try_to_execute(&sql)
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    fn try_to_execute(&self, sql: &str) -> Result<(), sqlx::Error> {
        let (done, outcome) = mpsc::sync_channel(0);
        self.jobs.send((sql.to_owned(), done)).unwrap();
        outcome.recv().unwrap()
    }
}

async fn begin(url: &str, run: u64) -> Result<PgConnection, sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    run_sql(&mut connection, format!("SELECT pg_advisory_lock({run})")).await?;
    let left = "SELECT datname FROM pg_database WHERE datname ~ '^newsroom_test_[0-9a-f]{16}_[0-9]+$'";
    for row in sqlx::raw_sql(left).fetch_all(&mut connection).await? {
        let name: String = row.get(0);
        let Ok(owner) = u64::from_str_radix(&name["newsroom_test_".len()..][..16], 16) else {
            continue;
        };
        // The lock is free once its owner's process is gone, however it went.
        let locked = format!("SELECT pg_try_advisory_lock({owner})");
        if owner != run
            && sqlx::raw_sql(AssertSqlSafe(locked))
                .fetch_one(&mut connection)
                .await?
                .get(0)
        {
            run_sql(&mut connection, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
            run_sql(&mut connection, format!("SELECT pg_advisory_unlock({owner})")).await?;
        }
    }
    Ok(connection)
}

async fn run_sql(connection: &mut PgConnection, sql: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(|_| ())
}

/// A number that no other run has.
pub(crate) fn run_number() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let nanos = u64::try_from(now.as_nanos() & u128::from(u64::MAX)).unwrap();
    crate::random::Random::new(nanos ^ (u64::from(std::process::id()) << 40)).next()
}

/// This run's folder for templates on SQLite, in the folder that cargo builds into.
pub(crate) fn template_folder() -> &'static Path {
    static FOLDER: LazyLock<(PathBuf, File)> = LazyLock::new(|| {
        let all = crate::server::build_folder().join("test-templates");
        fs::create_dir_all(&all).unwrap();
        for entry in fs::read_dir(&all).unwrap() {
            let left = entry.unwrap().path();
            let lock = File::open(left.join("lock"));
            if lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
                // Another run may be sweeping as well.
                let _ = fs::remove_dir_all(left);
            }
        }
        // Locked before it is where others look for it, so that nobody sweeps it in between.
        let name = format!("{:016x}", run_number());
        let (ours, making) = (all.join(&name), all.join(format!("{name}.lock")));
        let lock = File::create(&making).unwrap();
        lock.lock().unwrap();
        fs::create_dir(&ours).unwrap();
        fs::rename(making, ours.join("lock")).unwrap();
        (ours, lock)
    });
    &FOLDER.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_pointed_at_another_database() {
        assert_eq!(
            with_database("postgres://u:p@h:1/postgres", "x"),
            "postgres://u:p@h:1/x"
        );
        assert_eq!(
            with_database("postgres://u@h?sslmode=disable", "x"),
            "postgres://u@h/x?sslmode=disable"
        );
    }
}
