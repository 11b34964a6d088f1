//! What feeds tell of texts that are gone: which these are, and where in the change log they went. And which languages there are
//! feeds in.

use sea_orm_migration::prelude::*;

use crate::columns::Columns;
use crate::tables::{key, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(former_texts(Columns::of(manager))).await?;
        let database = manager.get_connection();
        for statement in [
            "INSERT INTO live_former_text (release_id, locale, id) SELECT release_id, locale, id FROM translation \
             WHERE taken_down_at IS NOT NULL AND live_edition_id IS NOT NULL",
            // Such changes are few, and feeds look for the latest of them.
            "CREATE INDEX change_gone ON change (sequence) WHERE kind IN ('removed', 'translation-taken-down')",
            // Which languages there are is read off it, one step each.
            "CREATE INDEX live_translation_locale ON live_translation (locale)",
            "UPDATE schema_compat SET version = 13",
        ] {
            database.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "which texts were taken down is not forgotten again: partners have copies of them".to_owned(),
        ))
    }
}

/// The texts that readers had of releases, in the locales in which they have none now, or had none for a time.
fn former_texts(c: Columns) -> TableCreateStatement {
    let columns = vec![c.id("release_id"), c.text("locale"), c.id("id")];
    key(&mut table("live_former_text", columns), &["release_id", "locale"])
}
