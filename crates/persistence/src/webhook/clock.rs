//! What a clock that was set back leaves behind: deliveries that stand further ahead than any delay puts them.

use newsroom_domain::webhook::{GROWING_TRIES, longest_delay};
use sea_orm::ConnectionTrait;

use super::take::{IS_FIRST, TAKEN_ON};
use crate::database::{now, push_now};
use crate::sql::Sql;
use crate::{Store, StoreError};

impl Store {
    /// Has deliveries be due that stand further ahead than they can by the database's clock, and answers how many there were. One that
    /// is being sent may then be sent again. What waits for another follows that.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn bring_webhooks_back_to_the_clock(&self) -> Result<u64, StoreError> {
        let reader = self.connections.reader();
        let backend = reader.get_database_backend();
        // There are hardly ever any, and looking takes no writer's place.
        let mut sql = Sql::new(backend, "SELECT d.id FROM webhook_delivery AS d WHERE ");
        push_too_far_ahead(&mut sql, push_now);
        sql.push(" LIMIT 1");
        if reader.query_one_raw(sql.finish()).await?.is_none() {
            return Ok(0);
        }
        let transaction = self.connections.write().await?;
        let at = now(&transaction).await?.micros();
        let mut sql = Sql::new(backend, "UPDATE webhook_delivery AS d SET next_at = ");
        sql.bind(at).push(" WHERE ");
        push_too_far_ahead(&mut sql, |sql| {
            sql.bind(at);
        });
        let brought = transaction.execute_raw(sql.finish()).await?.rows_affected();
        transaction.commit().await?;
        Ok(brought)
    }
}

/// That a delivery that waits for no other is due later than its last failure, or whoever has taken it on, can have put it off to.
fn push_too_far_ahead(sql: &mut Sql, push_now: impl Fn(&mut Sql)) {
    sql.push("d.next_at > ");
    push_now(sql);
    sql.push(" + CASE");
    for tries in 1..GROWING_TRIES {
        let longest = longest_delay(tries).max(TAKEN_ON);
        sql.push(&format!(" WHEN d.tries = {tries} THEN {longest}"));
    }
    let longest = longest_delay(GROWING_TRIES);
    sql.push(&format!(
        " WHEN d.tries = 0 THEN {TAKEN_ON} ELSE {longest} END AND {IS_FIRST}"
    ));
}
