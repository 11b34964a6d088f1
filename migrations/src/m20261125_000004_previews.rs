//! Previews: finished snapshots of editions, each under the hash of its token.

use sea_orm_migration::prelude::*;

use crate::columns::{Columns, optional};
use crate::tables::{index, key, refers, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(preview(Columns::of(manager))).await?;
        for index in [
            index("preview", &["hash"], true),
            index("preview", &["release_id"], false),
            index("preview", &["expires_at"], false),
        ] {
            manager.create_index(index).await?;
        }
        manager
            .get_connection()
            .execute_unprepared("UPDATE schema_compat SET version = 4")
            .await?;
        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "previews are not undone: their tokens are with others".to_owned(),
        ))
    }
}

fn preview(c: Columns) -> TableCreateStatement {
    let number = Columns::number;
    let mut preview = key(
        &mut table(
            "preview",
            vec![
                c.id("id"),
                // SHA-256 of the token, in hexadecimal.
                c.text("hash"),
                c.id("release_id"),
                c.text("locale"),
                c.id("edition_id"),
                number("edition_number"),
                c.id("created_by"),
                number("created_at"),
                number("expires_at"),
                optional(number("revoked_at")),
                // JSON: all that is shown under the token.
                c.text("snapshot"),
            ],
        ),
        &["id"],
    );
    let mut preview = refers(&mut preview, "release_id", "release", ForeignKeyAction::Cascade);
    refers(&mut preview, "created_by", "account", ForeignKeyAction::Restrict)
}
