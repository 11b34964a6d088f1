//! The throttle of sign-ins: how many may be tried for one account, and from one address, over all hosts.
//!
//! One number for each subject, as the generic cell rate algorithm has it (ITU-T I.371, annex A): the instant at which
//! the last attempt would have come, had all come at the rate that is allowed. It may lie ahead of now by a burst.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};

use crate::database::now;
use crate::sql::Sql;
use crate::{Store, StoreError};

/// No attempt's number lies further ahead of now than a burst, but for what writers wait for each other. One that does was
/// counted before the clock was set back: nobody is to wait until the clock has caught up.
const SET_BACK: i64 = 60_000_000;

/// How often something may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttle {
    /// So often at once.
    pub burst: u32,
    /// And then once in so many seconds.
    pub seconds: u32,
}

/// Whether something may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// It may, and is counted.
    Counted,
    /// Not before so many seconds have gone by.
    Refused(u32),
}

impl Throttle {
    fn interval(self) -> i64 {
        i64::from(self.seconds) * 1_000_000
    }

    /// How far ahead of now the number may lie.
    fn tolerance(self) -> i64 {
        i64::from(self.burst) * self.interval()
    }
}

impl Store {
    /// Counts an attempt for each of these subjects, or for none of them where one has had too many. Callers give them in
    /// one order always: the rows stay locked until all are counted.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn count_attempt(&self, subjects: &[(String, Throttle)]) -> Result<Attempt, StoreError> {
        let transaction = self.connections.write().await?;
        let at = now(&transaction).await?.micros();
        for (subject, throttle) in subjects {
            if !count(&transaction, subject, *throttle, at).await? {
                let arrival = arrival(&transaction, subject).await?;
                transaction.rollback().await?;
                let wait = arrival.max(at) + throttle.interval() - throttle.tolerance() - at;
                let seconds = u32::try_from(wait.max(0) / 1_000_000 + 1).unwrap_or(u32::MAX);
                return Ok(Attempt::Refused(seconds));
            }
        }
        transaction.commit().await?;
        Ok(Attempt::Counted)
    }

    /// Takes an attempt back that was counted: it was a good one.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn uncount_attempt(&self, subjects: &[(String, Throttle)]) -> Result<(), StoreError> {
        let transaction = self.connections.write().await?;
        for (subject, throttle) in subjects {
            let mut sql = Sql::new(
                transaction.get_database_backend(),
                "UPDATE sign_in_throttle SET arrival_at = arrival_at - ",
            );
            sql.bind(throttle.interval())
                .push(" WHERE subject = ")
                .bind(subject.as_str());
            transaction.execute_raw(sql.finish()).await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

/// Counts one attempt; `false` where there were too many.
async fn count(
    transaction: &DatabaseTransaction,
    subject: &str,
    throttle: Throttle,
    at: i64,
) -> Result<bool, StoreError> {
    let greatest = match transaction.get_database_backend() {
        DbBackend::Postgres => "GREATEST",
        _ => "MAX",
    };
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        "INSERT INTO sign_in_throttle (subject, arrival_at) VALUES (",
    );
    sql.bind(subject).push(", ").bind(at + throttle.interval());
    let set_back = at + throttle.tolerance() + SET_BACK;
    sql.push(") ON CONFLICT (subject) DO UPDATE SET arrival_at = CASE WHEN sign_in_throttle.arrival_at > ")
        .bind(set_back)
        .push(" THEN ")
        .bind(at)
        .push(" ELSE ")
        .push(greatest)
        .push("(sign_in_throttle.arrival_at, ")
        .bind(at)
        .push(") END + ")
        .bind(throttle.interval())
        .push(" WHERE sign_in_throttle.arrival_at <= ")
        .bind(at + throttle.tolerance() - throttle.interval())
        .push(" OR sign_in_throttle.arrival_at > ")
        .bind(set_back);
    Ok(transaction.execute_raw(sql.finish()).await?.rows_affected() == 1)
}

async fn arrival(transaction: &DatabaseTransaction, subject: &str) -> Result<i64, StoreError> {
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        "SELECT arrival_at FROM sign_in_throttle WHERE subject = ",
    );
    sql.bind(subject);
    let row = transaction.query_one_raw(sql.finish()).await?;
    Ok(row.map_or(Ok(0), |row| row.try_get("", "arrival_at"))?)
}
