//! The schema's version: brought up to this program's, or found unfit for it.
//!
//! The table `schema_compat` says which version the schema has and which program is the oldest that can work with it,
//! so that an older server goes on beside a migration that only adds.

use std::fmt;

use newsroom_domain::Zone;
use newsroom_migrations::{Migrator, MigratorTrait, SCHEMA_VERSION, SchemaManager};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::StoreError;
use crate::database::{Connections, wait_for_turn};
use crate::sql::Sql;

/// What bringing the schema up did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MigrationOutcome {
    /// The schema has this version now.
    Migrated(i64),
    /// The schema had this version before.
    UpToDate(i64),
}

impl fmt::Display for MigrationOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Migrated(version) => write!(f, "the schema is at version {version} now"),
            Self::UpToDate(version) => write!(f, "the schema is at version {version} already"),
        }
    }
}

/// A number of our own, so that nobody else's advisory lock is ours: "newsroom" in ASCII.
const MIGRATION_LOCK: i64 = 0x6e65_7773_726f_6f6d;

/// Takes the steps that the database lacks, all or none. Whoever comes second waits, and finds them taken.
pub(crate) async fn migrate(connections: &Connections) -> Result<MigrationOutcome, StoreError> {
    // Most starts find nothing to do, and then wait for no writer.
    if let Some(compat) = read_compat(&connections.read().await?).await?
        && compat.version >= SCHEMA_VERSION
    {
        compat.check()?;
        return Ok(MigrationOutcome::UpToDate(compat.version));
    }
    let transaction = connections.write().await?;
    wait_for_turn(&transaction, MIGRATION_LOCK).await?;
    let outcome = match read_compat(&transaction).await? {
        Some(compat) if compat.version >= SCHEMA_VERSION => {
            compat.check()?;
            MigrationOutcome::UpToDate(compat.version)
        }
        _ => {
            Migrator::up(&transaction, None).await?;
            MigrationOutcome::Migrated(SCHEMA_VERSION)
        }
    };
    transaction.commit().await?;
    Ok(outcome)
}

/// Refuses a schema that this program cannot work with.
pub(crate) async fn check(connections: &Connections) -> Result<(), StoreError> {
    let transaction = connections.read().await?;
    let compat = read_compat(&transaction).await?.unwrap_or(Compat {
        version: 0,
        oldest_program: 0,
    });
    transaction.commit().await?;
    compat.check()
}

/// Records the newsroom's time zone, or refuses another than the one that is recorded: its days rest on it.
pub(crate) async fn settle_time_zone(connections: &Connections, zone: Zone) -> Result<(), StoreError> {
    let transaction = connections.read().await?;
    let recorded = recorded_zone(&transaction).await?;
    transaction.commit().await?;
    let recorded = if let Some(recorded) = recorded {
        recorded
    } else {
        record_zone(connections, zone).await?
    };
    if recorded == zone.name() {
        Ok(())
    } else {
        Err(StoreError::OtherTimeZone {
            recorded,
            asked: zone.name().to_owned(),
        })
    }
}

/// Records the zone, where nobody has meanwhile, and answers the one that is recorded.
async fn record_zone(connections: &Connections, zone: Zone) -> Result<String, StoreError> {
    let transaction = connections.write().await?;
    let mut insert = Sql::new(
        transaction.get_database_backend(),
        "INSERT INTO installation (id, time_zone) VALUES (1, ",
    );
    insert.bind(zone.name()).push(") ON CONFLICT DO NOTHING");
    transaction.execute_raw(insert.finish()).await?;
    let recorded = recorded_zone(&transaction).await?;
    transaction.commit().await?;
    Ok(recorded.unwrap_or_default())
}

/// Records another zone. No day rests on the one that was recorded: there is nothing in the newsroom yet.
pub(crate) async fn record_zone_anew(transaction: &DatabaseTransaction, zone: Zone) -> Result<(), StoreError> {
    let mut update = Sql::new(
        transaction.get_database_backend(),
        "UPDATE installation SET time_zone = ",
    );
    update.bind(zone.name()).push(" WHERE id = 1");
    transaction.execute_raw(update.finish()).await?;
    Ok(())
}

async fn recorded_zone(transaction: &DatabaseTransaction) -> Result<Option<String>, StoreError> {
    let row = transaction
        .query_one_raw(Sql::new(transaction.get_database_backend(), "SELECT time_zone FROM installation").finish())
        .await?;
    Ok(row.map(|row| row.try_get("", "time_zone")).transpose()?)
}

#[derive(Debug, Clone, Copy)]
struct Compat {
    version: i64,
    oldest_program: i64,
}

impl Compat {
    fn check(self) -> Result<(), StoreError> {
        if self.version < SCHEMA_VERSION {
            return Err(StoreError::SchemaTooOld {
                found: self.version,
                needed: SCHEMA_VERSION,
            });
        }
        if self.oldest_program > SCHEMA_VERSION {
            return Err(StoreError::SchemaTooNew {
                oldest: self.oldest_program,
                ours: SCHEMA_VERSION,
            });
        }
        Ok(())
    }
}

async fn read_compat(transaction: &DatabaseTransaction) -> Result<Option<Compat>, StoreError> {
    if !SchemaManager::new(transaction).has_table("schema_compat").await? {
        return Ok(None);
    }
    let row = transaction
        .query_one_raw(
            Sql::new(
                transaction.get_database_backend(),
                "SELECT version, oldest_program FROM schema_compat",
            )
            .finish(),
        )
        .await?;
    row.map(|row| {
        Ok(Compat {
            version: row.try_get("", "version")?,
            oldest_program: row.try_get("", "oldest_program")?,
        })
    })
    .transpose()
}
