//! What partners need: tombstones that say whose they are, and how far a mirror has come.

use std::collections::BTreeMap;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DbBackend, Statement};
use serde_json::Value;
use uuid::Uuid;

use crate::columns::{Columns, optional};
use crate::tables::{key, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = Columns::of(manager);
        for column in ["slug", "translations"] {
            let add = Table::alter()
                .table("live_tombstone")
                .add_column(optional(columns.text(column)))
                .to_owned();
            manager.alter_table(add).await?;
        }
        fill_tombstones(manager).await?;
        manager.create_table(mirrors(columns)).await?;
        manager
            .get_connection()
            .execute_unprepared("UPDATE schema_compat SET version = 10")
            .await?;
        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "what tombstones say of themselves is not forgotten again: partners have read it".to_owned(),
        ))
    }
}

/// Of which newsroom this one is the mirror, what of it, and how far it has come. One row, or none.
fn mirrors(c: Columns) -> TableCreateStatement {
    let columns = vec![
        Columns::number("id"),
        c.text("source"),
        c.text("filter"),
        optional(c.text("snapshot_cursor")),
        optional(c.text("change_cursor")),
        Columns::number("taxonomy_revision"),
    ];
    key(&mut table("mirror", columns), &["id"])
}

/// Says of each tombstone which address it had last, and which texts. There are few: a release is seldom removed.
async fn fill_tombstones(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let backend = manager.get_database_backend();
    let texts = "SELECT r.id, r.original_locale, t.locale, t.id AS text_id, e.shared FROM live_tombstone AS l \
                 JOIN release AS r ON r.id = l.release_id \
                 JOIN translation AS t ON t.release_id = r.id \
                 JOIN edition AS e ON e.id = t.live_edition_id";
    let mut slugs: BTreeMap<Uuid, String> = BTreeMap::new();
    let mut translations: BTreeMap<Uuid, BTreeMap<String, Uuid>> = BTreeMap::new();
    for row in connection.query_all_raw(Statement::from_string(backend, texts)).await? {
        let id: Uuid = row.try_get("", "id")?;
        let locale: String = row.try_get("", "locale")?;
        let shared: Option<String> = row.try_get("", "shared")?;
        let shared = shared.and_then(|shared| serde_json::from_str::<Value>(&shared).ok());
        if row.try_get::<String>("", "original_locale")? == locale
            && let Some(slug) = shared.as_ref().and_then(|shared| shared.get("slug")?.as_str())
        {
            slugs.insert(id, slug.to_owned());
        }
        translations
            .entry(id)
            .or_default()
            .insert(locale, row.try_get("", "text_id")?);
    }
    let update = match backend {
        DbBackend::Postgres => "UPDATE live_tombstone SET slug = $1, translations = $2 WHERE release_id = $3",
        _ => "UPDATE live_tombstone SET slug = ?, translations = ? WHERE release_id = ?",
    };
    for (id, slug) in slugs {
        let texts = translations.remove(&id).unwrap_or_default();
        let texts = serde_json::to_string(&texts).map_err(|error| DbErr::Migration(error.to_string()))?;
        connection
            .execute_raw(Statement::from_sql_and_values(
                backend,
                update,
                [slug.into(), texts.into(), id.into()],
            ))
            .await?;
    }
    Ok(())
}
