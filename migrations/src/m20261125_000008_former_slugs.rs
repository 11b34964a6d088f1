//! The slugs that offices, themes and content types had, which go on leading to them.

use sea_orm_migration::prelude::*;

use crate::columns::Columns;
use crate::tables::{key, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(former_slugs(Columns::of(manager))).await?;
        manager
            .get_connection()
            .execute_unprepared("UPDATE schema_compat SET version = 8")
            .await?;
        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "what former slugs lead to is not undone: it would be lost".to_owned(),
        ))
    }
}

/// The key keeps two of one kind from having had one slug. An entry is in one of three tables, so that none is referred to.
fn former_slugs(c: Columns) -> TableCreateStatement {
    let columns = vec![c.text("kind"), c.text("slug"), c.id("entry_id")];
    let mut slugs = key(&mut table("former_slug", columns), &["kind", "slug"]);
    c.clustered(&mut slugs).to_owned()
}
