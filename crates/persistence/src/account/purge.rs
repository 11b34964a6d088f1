//! What has expired, and so says nothing to anybody any more: taken out from time to time.

use newsroom_domain::idempotency::KEPT_HOURS;
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::database::now;
use crate::sql::Sql;
use crate::{Store, StoreError};

const HOUR: i64 = 3600 * 1_000_000;

/// How much has been taken out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Purged {
    /// Outcomes under idempotency keys.
    pub outcomes: u64,
    /// Sessions that have ended, with their refresh tokens.
    pub sessions: u64,
    /// Refresh tokens of sessions that go on.
    pub refresh_tokens: u64,
    /// Counts of sign-ins.
    pub attempts: u64,
}

impl Store {
    /// Takes out what has expired. Several hosts may do so at once.
    ///
    /// # Errors
    /// Where the database fails; some of it may then be out.
    pub async fn purge(&self) -> Result<Purged, StoreError> {
        // A transaction each, so that nobody waits long for the one writer.
        let outcomes = self.purge_one("DELETE FROM idempotency WHERE created_at < ", KEPT_HOURS * HOUR);
        let outcomes = outcomes.await?;
        let ended = self.purge_one("DELETE FROM session WHERE ended_at < ", HOUR).await?;
        let expired = self.purge_one("DELETE FROM session WHERE expires_at < ", HOUR).await?;
        // A used one is kept as long as it would have been good: that it comes again tells that somebody else has it.
        let refresh_tokens = self
            .purge_one("DELETE FROM refresh_token WHERE expires_at < ", HOUR)
            .await?;
        let attempts = self
            .purge_one("DELETE FROM sign_in_throttle WHERE arrival_at < ", 0)
            .await?;
        Ok(Purged {
            outcomes,
            sessions: ended + expired,
            refresh_tokens,
            attempts,
        })
    }

    async fn purge_one(&self, delete: &str, age: i64) -> Result<u64, StoreError> {
        let transaction = self.connections.write().await?;
        let purged = purge_one(&transaction, delete, age).await?;
        transaction.commit().await?;
        Ok(purged)
    }
}

async fn purge_one(transaction: &DatabaseTransaction, delete: &str, age: i64) -> Result<u64, StoreError> {
    let mut sql = Sql::new(transaction.get_database_backend(), delete);
    sql.bind(now(transaction).await?.micros() - age);
    Ok(transaction.execute_raw(sql.finish()).await?.rows_affected())
}
