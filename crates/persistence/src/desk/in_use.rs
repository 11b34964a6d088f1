//! Whether an entry of the taxonomy is in use, so that it cannot be deleted.

use newsroom_domain::Instant;
use newsroom_domain::taxonomy::command::{Entry, UsedBy};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use crate::StoreError;
use crate::live::ListKind;
use crate::sql::Sql;

/// What has an entry in use, by its own identity or by that of one that was merged into it, if anything: what is quickly found
/// first.
pub(super) async fn find_use(
    transaction: &DatabaseTransaction,
    entry: &Entry,
    merged: &[Uuid],
    now: Instant,
) -> Result<Option<UsedBy>, StoreError> {
    let id = entry.subject().uuid();
    let (table, column) = match entry {
        Entry::Office(_) => ("desk_release_office", "office_id"),
        Entry::Theme(_) => (ListKind::Theme.table(), "value"),
        Entry::ContentType(_) => (ListKind::Type.table(), "value"),
    };
    if is_listed(transaction, table, column, id).await? {
        return Ok(Some(UsedBy::Release));
    }
    if let Entry::Office(_) = entry {
        if is_named(transaction, "account", "offices", id).await? {
            return Ok(Some(UsedBy::Account));
        }
        // A key that is revoked or has expired is never used again, and cannot be changed either.
        let serves = format!("revoked_at IS NULL AND expires_at > {} AND offices", now.micros());
        if is_named(transaction, "api_key", &serves, id).await? {
            return Ok(Some(UsedBy::ApiKey));
        }
    }
    for id in merged.iter().chain([&id]) {
        if let Some(name) = find_webhook(transaction, *id).await? {
            return Ok(Some(UsedBy::Webhook(name)));
        }
    }
    // Drafts, what is removed, and all history, which can be restored: no index has it, and few entries come to here.
    for id in merged.iter().chain([&id]) {
        if is_named(transaction, "edition", "shared", *id).await? {
            return Ok(Some(UsedBy::Release));
        }
    }
    Ok(None)
}

async fn is_listed(transaction: &DatabaseTransaction, table: &str, column: &str, id: Uuid) -> Result<bool, StoreError> {
    let mut sql = Sql::new(transaction.get_database_backend(), "SELECT 1 AS found FROM ");
    sql.push(table).push(" WHERE ").push(column).push(" = ").bind(id);
    sql.push(" LIMIT 1");
    Ok(transaction.query_one_raw(sql.finish()).await?.is_some())
}

/// The name of a webhook whose filter names an identity, or its URL where it has none: of the oldest such.
async fn find_webhook(transaction: &DatabaseTransaction, id: Uuid) -> Result<Option<String>, StoreError> {
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        "SELECT COALESCE(description, url) AS name FROM webhook WHERE filter LIKE ",
    );
    sql.bind(format!("%{id}%")).push(" ORDER BY id LIMIT 1");
    let row = transaction.query_one_raw(sql.finish()).await?;
    Ok(row.map(|row| row.try_get("", "name")).transpose()?)
}

/// Whether a column's JSON names an identity somewhere. It is written in full and in small letters there, and has no
/// wildcard of `LIKE` in it.
async fn is_named(transaction: &DatabaseTransaction, table: &str, column: &str, id: Uuid) -> Result<bool, StoreError> {
    let mut sql = Sql::new(transaction.get_database_backend(), "SELECT 1 AS found FROM ");
    sql.push(table).push(" WHERE ").push(column).push(" LIKE ");
    sql.bind(format!("%{id}%")).push(" LIMIT 1");
    Ok(transaction.query_one_raw(sql.finish()).await?.is_some())
}
