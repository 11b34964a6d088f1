//! What can go wrong between this room and its database.

use newsroom_domain::FieldFault;
use sea_orm::{DbErr, RuntimeErr};

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database said no, or did not answer.
    #[error("the database failed: {0}")]
    Database(DbErr),
    /// A connection could not be made.
    #[error("cannot open the database {name}: {cause}")]
    Open {
        /// The database, without its password.
        name: String,
        /// What the driver said.
        cause: String,
    },
    /// What is stored cannot be read.
    #[error("the database holds a {what} that cannot be read: {cause}")]
    Corrupt {
        /// What cannot be read.
        what: &'static str,
        /// Why.
        cause: String,
    },
    /// The schema is older than this program.
    #[error(
        "the database's schema is too old for this program (it has version {found}, this program needs {needed}): run `newsroom migrate`"
    )]
    SchemaTooOld {
        /// The version that it has; 0 for none.
        found: i64,
        /// The version that this program needs.
        needed: i64,
    },
    /// The schema is newer than this program can work with.
    #[error(
        "the database's schema is too new for this program (it asks for a program of schema version {oldest} or later, this one is of {ours}): run a newer newsroom"
    )]
    SchemaTooNew {
        /// The oldest program that can work with it.
        oldest: i64,
        /// This program's version.
        ours: i64,
    },
    /// The newsroom was set up in another time zone.
    #[error("this newsroom's days are those of {recorded}, not of {asked}: set the time zone to {recorded}")]
    OtherTimeZone {
        /// The zone in the database.
        recorded: String,
        /// The zone in the settings.
        asked: String,
    },
    /// The caller's sink took no more.
    #[error("cannot write what is exported: {0}")]
    Sink(#[from] std::io::Error),
    /// Other writers were in the way each time.
    #[error("others were in the way, each time that this was tried: try again")]
    Contended,
    /// Something is where only a newsroom with nothing in it can become a mirror.
    #[error("there is a newsroom in it already, and it is no mirror: name a place where there is none")]
    NotEmpty,
    /// What a source says of a release cannot be.
    #[error("what the source says of {name} cannot be taken in: {fault}")]
    Unmirrored {
        /// Of which release.
        name: String,
        /// What is wrong with it.
        fault: FieldFault,
    },
    /// A filter that cannot be.
    #[error("{}", listed(.0))]
    Filter(Vec<FieldFault>),
    /// A taxonomy that cannot be.
    #[error("the taxonomy cannot be taken in: {}", listed(.0))]
    Taxonomy(Vec<FieldFault>),
}

/// What kind of failure one is, for those who tell callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// The database does not answer; later it may.
    Unavailable,
    /// No connection came free in time.
    Timeout,
    /// The disk is full.
    Full,
    /// Anything else: ours to mend.
    Internal,
}

/// Not as the source: its message says all that it would say.
impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

impl StoreError {
    /// What kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> StoreErrorKind {
        match self {
            Self::Database(DbErr::ConnectionAcquire(_)) | Self::Contended => StoreErrorKind::Timeout,
            Self::Database(DbErr::Conn(_)) | Self::Open { .. } => StoreErrorKind::Unavailable,
            Self::Database(DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) => {
                kind_of(error)
            }
            _ => StoreErrorKind::Internal,
        }
    }

    /// Whether another writer was in the way, and it is worth while to try at once again: PostgreSQL gave one of two up
    /// that waited for each other (40P01), or could not put them in an order (40001).
    pub(crate) fn is_contention(&self) -> bool {
        let Self::Database(DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) =
            self
        else {
            return false;
        };
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        matches!(code.as_deref(), Some("40P01" | "40001"))
    }

    pub(crate) fn corrupt(what: &'static str, cause: impl ToString) -> Self {
        Self::Corrupt {
            what,
            cause: cause.to_string(),
        }
    }
}

fn kind_of(error: &sqlx::Error) -> StoreErrorKind {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::Tls(_) => StoreErrorKind::Unavailable,
        sqlx::Error::PoolTimedOut => StoreErrorKind::Timeout,
        // SQLITE_FULL is 13; PostgreSQL's class 53 is "insufficient resources", of which 53100 is a full disk; 57P0x is a
        // server that is going down or coming up (PostgreSQL documentation, appendix A).
        sqlx::Error::Database(said) => match said.code().as_deref() {
            Some("13" | "53100") => StoreErrorKind::Full,
            // SQLITE_BUSY: another process is writing, for longer than we wait.
            Some("5" | "517" | "40P01" | "40001" | "55P03") => StoreErrorKind::Timeout,
            Some("57P01" | "57P02" | "57P03" | "53300") => StoreErrorKind::Unavailable,
            _ => StoreErrorKind::Internal,
        },
        _ => StoreErrorKind::Internal,
    }
}

fn listed(faults: &[FieldFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Why a list could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The filter names what is not there, or contradicts itself. Paths are relative to the filter.
    #[error("{}", listed(.0))]
    Filter(Vec<FieldFault>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<DbErr> for ReadError {
    fn from(error: DbErr) -> Self {
        Self::Store(error.into())
    }
}
