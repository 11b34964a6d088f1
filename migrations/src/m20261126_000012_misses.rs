//! How often it was noted that an endpoint has missed something, so that it can be told of all of it.

use sea_orm_migration::prelude::*;

use crate::columns::Columns;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let misses = Columns::number("misses").default(0).to_owned();
        manager
            .alter_table(Table::alter().table("webhook").add_column(misses).to_owned())
            .await?;
        manager
            .get_connection()
            .execute_unprepared("UPDATE schema_compat SET version = 12")
            .await?;
        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "what endpoints have missed is not forgotten again: they would not be told".to_owned(),
        ))
    }
}
