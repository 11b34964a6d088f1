//! The calendar: what is scheduled, in the order in which it goes live.

use newsroom_domain::account::Standing;
use newsroom_domain::{Instant, Locale, ReleaseId};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::list::push_readable;
use crate::live::row::parsed;
use crate::sql::Sql;
use crate::{Store, StoreError};

impl Store {
    /// The translations that are scheduled from one instant to another, those included, of releases that somebody may read
    /// at the desk: the first ones of them.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn scheduled(
        &self,
        standing: &Standing,
        from: Instant,
        to: Instant,
        most: u64,
    ) -> Result<Vec<(ReleaseId, Locale)>, StoreError> {
        let transaction = self.connections.read().await?;
        let mut sql = Sql::new(
            transaction.get_database_backend(),
            "SELECT t.release_id, t.locale FROM translation AS t JOIN release AS r ON r.id = t.release_id WHERE t.draft_due_at >= ",
        );
        sql.bind(from.micros())
            .push(" AND t.draft_due_at <= ")
            .bind(to.micros());
        push_readable(&mut sql, &standing.readable());
        sql.push(" ORDER BY t.draft_due_at, t.release_id, t.locale LIMIT ")
            .bind(i64::try_from(most).unwrap_or(i64::MAX));
        let rows = transaction.query_all_raw(sql.finish()).await?;
        transaction.commit().await?;
        rows.iter()
            .map(|row| {
                let locale: String = row.try_get("", "locale")?;
                Ok((
                    row.try_get::<Uuid>("", "release_id")?.into(),
                    parsed("locale", &locale)?,
                ))
            })
            .collect()
    }
}
