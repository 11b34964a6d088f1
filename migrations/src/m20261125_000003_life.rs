//! The life of a draft: its stage, its schedule, who wrote it, what it follows; the rules of the house; freezes.

use sea_orm_migration::prelude::*;

use crate::columns::{Columns, optional};
use crate::tables::{index, key, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = Columns::of(manager);
        for table in new_tables(columns) {
            manager.create_table(table).await?;
        }
        for column in added_columns(columns) {
            manager
                .alter_table(Table::alter().table("translation").add_column(column).to_owned())
                .await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        for statement in FILLING {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "the life of drafts is not undone: it would take schedules with it".to_owned(),
        ))
    }
}

fn new_tables(c: Columns) -> Vec<TableCreateStatement> {
    let number = Columns::number;
    // Which releases have a draft at a stage, a translation that is behind, or something that went live in an emergency, in
    // the order in which they were edited.
    let mut marks = key(
        &mut table(
            "desk_release_mark",
            vec![c.text("mark"), number("edited_at"), c.id("release_id")],
        ),
        &["mark", "edited_at", "release_id"],
    );
    // The rules of an office; the nil value stands for all.
    let house_rules = key(
        &mut table(
            "house_rules",
            vec![
                c.id("office_id"),
                c.text("rules"),
                number("version"),
                c.text("changed_by"),
                number("changed_at"),
            ],
        ),
        &["office_id"],
    );
    let freeze = key(
        &mut table(
            "schedule_freeze",
            vec![
                c.id("id"),
                c.text("scope"),
                c.text("reason"),
                c.text("begun_by"),
                number("begun_at"),
            ],
        ),
        &["id"],
    );
    vec![c.clustered(&mut marks).to_owned(), house_rules, freeze]
}

fn added_columns(c: Columns) -> Vec<ColumnDef> {
    let number = Columns::number;
    vec![
        optional(c.text("draft_stage")),
        // What the stage holds, as JSON.
        optional(c.text("draft_stage_detail")),
        // The accounts that have saved it, as JSON.
        optional(c.text("draft_writers")),
        number("draft_follows").default(0).to_owned(),
        optional(number("draft_due_at")),
        optional(c.id("draft_bundle_id")),
        // It is due, and a freeze holds it.
        ColumnDef::new("draft_held")
            .boolean()
            .not_null()
            .default(false)
            .to_owned(),
        // The texts that have been live, as JSON.
        c.text("texts").default("[]").to_owned(),
        number("live_follows").default(0).to_owned(),
        // What went live without another pair of eyes, as JSON.
        optional(c.text("emergency")),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("desk_release_mark", &["release_id"], false),
        index("translation", &["draft_due_at"], false),
        index("translation", &["draft_bundle_id"], false),
    ]
}

/// Fills what is new for what is there.
const FILLING: [&str; 3] = [
    "UPDATE translation SET draft_stage = 'written', draft_stage_detail = '{\"written\":{\"returned\":null}}', \
     draft_writers = COALESCE((SELECT '[\"' || substr(e.saved_by, 9) || '\"]' FROM edition e \
     WHERE e.id = translation.draft_edition_id AND e.saved_by LIKE 'account:%'), '[]') \
     WHERE draft_edition_id IS NOT NULL",
    "INSERT INTO desk_release_mark (mark, edited_at, release_id) \
     SELECT DISTINCT t.draft_stage, r.edited_at, r.id FROM release r \
     JOIN translation t ON t.release_id = r.id WHERE t.draft_stage IS NOT NULL",
    // A program that knows nothing of stages would leave them behind when it saves.
    "UPDATE schema_compat SET version = 3, oldest_program = 3",
];
