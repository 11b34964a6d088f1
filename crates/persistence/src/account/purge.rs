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
    /// Previews.
    pub previews: u64,
    /// Links by which accounts got their passwords, with the mails that brought them.
    pub links: u64,
    /// Requests for such links that nobody has looked at.
    pub requests: u64,
    /// Deliveries to webhooks that came to their end, with their attempts.
    pub deliveries: u64,
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
        let passed = self.purge_one("DELETE FROM preview WHERE expires_at < ", 0).await?;
        let revoked = self.purge_one("DELETE FROM preview WHERE revoked_at < ", HOUR).await?;
        // Longer than an outcome under a key, which may name one.
        let age = (KEPT_HOURS + 1) * HOUR;
        let over = self
            .purge_one("DELETE FROM account_link WHERE ended_at < ", age)
            .await?;
        let overdue = self
            .purge_one("DELETE FROM account_link WHERE expires_at < ", age)
            .await?;
        let requests = self
            .purge_one("DELETE FROM password_request WHERE asked_at < ", HOUR)
            .await?;
        Ok(Purged {
            outcomes,
            sessions: ended + expired,
            refresh_tokens,
            attempts,
            previews: passed + revoked,
            links: over + overdue,
            requests,
            deliveries: self.purge_webhook_deliveries().await?,
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

#[cfg(test)]
mod tests {
    use newsroom_domain::Zone;

    use super::*;
    use crate::{Database, StoreOptions};

    #[tokio::test]
    async fn what_has_expired_goes_and_the_rest_stays() {
        let folder = tempfile::tempdir().unwrap();
        let options = StoreOptions {
            database: Database::Sqlite(folder.path().join("newsroom.sqlite")),
            readers: 1,
            time_zone: Zone::default(),
            desk: crate::DeskRules::default(),
        };
        let store = Store::open(options).await.unwrap();
        let transaction = store.connections.write().await.unwrap();
        let at = now(&transaction).await.unwrap().micros();
        let (long_ago, later) = (at - 30 * 24 * HOUR, at + HOUR);
        let rows = format!(
            "INSERT INTO account (id, email, name, role, password_changed_at, created_at, version)
                 VALUES (x'01', 'a@example.org', 'A', 'editor', 0, 0, 1);
             INSERT INTO session (id, account_id, created_at, expires_at, ended_at) VALUES
                 (x'0a', x'01', 0, {later}, NULL), (x'0b', x'01', 0, {long_ago}, NULL), (x'0c', x'01', 0, {later}, {long_ago});
             INSERT INTO refresh_token (hash, session_id, created_at, expires_at, used_at) VALUES
                 ('used', x'0a', 0, {later}, {long_ago}), ('expired', x'0a', 0, {long_ago}, NULL),
                 ('of an expired session', x'0b', 0, {later}, NULL), ('of an ended session', x'0c', 0, {later}, NULL);
             INSERT INTO sign_in_throttle (subject, arrival_at) VALUES ('a', {long_ago}), ('b', {later});
             INSERT INTO idempotency (account_id, key, input_hash, created_at) VALUES
                 (x'01', 'old', '', {long_ago}), (x'01', 'new', '', {at});
             INSERT INTO release (id, original_locale, redirects) VALUES (x'0d', 'en', '[]');
             INSERT INTO preview (id, hash, release_id, locale, edition_id, edition_number, created_by, created_at, expires_at, revoked_at, snapshot) VALUES
                 (x'11', 'shown', x'0d', 'en', x'0e', 1, x'01', 0, {later}, {at}, ''),
                 (x'12', 'over', x'0d', 'en', x'0e', 1, x'01', 0, {long_ago}, NULL, ''),
                 (x'13', 'revoked', x'0d', 'en', x'0e', 1, x'01', 0, {later}, {long_ago}, '');
             INSERT INTO account_link (id, account_id, kind, created_at, expires_at, ended_at) VALUES
                 (x'1a', x'01', 'reset', 0, {later}, NULL), (x'1b', x'01', 'reset', 0, {long_ago}, NULL),
                 (x'1c', x'01', 'invitation', 0, {later}, {long_ago}), (x'1d', x'01', 'reset', 0, {later}, {at});
             INSERT INTO account_link_token (hash, link_id) VALUES ('of a good link', x'1a'), ('of an expired link', x'1b');
             INSERT INTO mail (link_id, attempts, error) VALUES (x'1a', 1, 'of a good link'), (x'1c', 1, 'of an ended link');
             INSERT INTO password_request (email, asked_at) VALUES ('a@example.org', {long_ago}), ('b@example.org', {at});
             INSERT INTO webhook (id, url, events, filter, state, state_since, from_sequence, version, created_by, created_at)
                 VALUES (x'2a', '', '[]', '{{}}', 'active', 0, 0, 1, x'01', 0);
             INSERT INTO webhook_delivery (id, webhook_id, sequence, event, subject_id, state, attempts, tries, created_at, finished_at) VALUES
                 (x'3a', x'2a', 1, 'gone', x'04', 'delivered', 1, 1, 0, {long_ago} - 1), (x'3b', x'2a', 2, 'kept', x'04', 'failed', 1, 1, 0, {at}),
                 (x'3c', x'2a', 3, 'waiting', x'04', 'waiting', 1, 1, 0, NULL);
             INSERT INTO webhook_attempt (delivery_id, number, at, millis, url, headers, body) VALUES (x'3a', 1, 0, 0, '', '[]', '');"
        );
        transaction.execute_unprepared(&rows).await.unwrap();
        transaction.commit().await.unwrap();
        let purged = Purged {
            outcomes: 1,
            sessions: 2,
            refresh_tokens: 1,
            attempts: 1,
            previews: 2,
            links: 2,
            requests: 1,
            deliveries: 1,
        };
        assert_eq!(store.purge().await.unwrap(), purged);
        assert_eq!(store.purge().await.unwrap(), Purged::default());
        let transaction = store.connections.read().await.unwrap();
        let select = Sql::new(
            transaction.get_database_backend(),
            "SELECT hash AS what FROM refresh_token UNION ALL SELECT key FROM idempotency \
             UNION ALL SELECT subject FROM sign_in_throttle UNION ALL SELECT hash FROM preview \
             UNION ALL SELECT hash FROM account_link_token UNION ALL SELECT error FROM mail \
             UNION ALL SELECT email FROM password_request UNION ALL SELECT event FROM webhook_delivery",
        );
        let left = transaction.query_all_raw(select.finish()).await.unwrap();
        let left: Vec<String> = left.iter().map(|row| row.try_get("", "what").unwrap()).collect();
        let expected = [
            "used",
            "new",
            "b",
            "shown",
            "of a good link",
            "of a good link",
            "b@example.org",
            "kept",
            "waiting",
        ];
        assert_eq!(left, expected);
    }
}
