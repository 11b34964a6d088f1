//! Offices, themes and content types that were merged into others, which whoever still names them means.

use sea_orm_migration::prelude::*;

use crate::columns::{Columns, optional};
use crate::tables::{key, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = Columns::of(manager);
        manager.create_table(merged_entries(columns)).await?;
        manager.alter_table(merged_into(columns)).await?;
        manager
            .get_connection()
            .execute_unprepared("UPDATE schema_compat SET version = 9")
            .await?;
        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "what was merged is not undone: editions that name it would be filed under nothing".to_owned(),
        ))
    }
}

/// What was merged, into what, and the slugs that it had. An entry is in one of three tables, so that none is referred to; no
/// two have one identity.
fn merged_entries(c: Columns) -> TableCreateStatement {
    let columns = vec![c.id("id"), c.text("kind"), c.id("into_id"), c.text("slugs")];
    let mut merged = key(&mut table("merged_entry", columns), &["id"]);
    c.clustered(&mut merged).to_owned()
}

/// What a change's subject was merged into, where it was.
fn merged_into(c: Columns) -> TableAlterStatement {
    Table::alter()
        .table("change")
        .add_column(optional(c.id("into_id")))
        .to_owned()
}
