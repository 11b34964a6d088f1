//! Finding audit entries by what they are of; who translates what, and what is said of editions.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::Columns;
use crate::tables::{index, key, refers, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let database = manager.get_connection();
        database
            .execute_unprepared(release_of_entry(manager.get_database_backend()))
            .await?;
        let columns = Columns::of(manager);
        for table in [assignees(columns), assigned_releases(columns), comments(columns)] {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        database
            .execute_unprepared("UPDATE schema_compat SET version = 7")
            .await?;
        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "what the desk has said is not undone: it would be lost".to_owned(),
        ))
    }
}

/// Which release an entry is of, as its detail says. The database works it out, so that it cannot say otherwise than what
/// is sealed, and an older program that goes on beside this one fills it too. A detail that cannot be read is of none. It is
/// text, since SQLite has had a function that makes bytes of it for a short time only, and operators have older tools.
fn release_of_entry(backend: DbBackend) -> &'static str {
    match backend {
        // A quotation mark within a text is escaped, so that none of those says what the key does.
        DbBackend::Postgres => {
            "ALTER TABLE audit_entry ADD COLUMN release_id text COLLATE \"C\" \
             GENERATED ALWAYS AS (substring(detail from '[{,]\"release\":\"([^\"]*)\"')) STORED"
        }
        _ => {
            "ALTER TABLE audit_entry ADD COLUMN release_id text \
             GENERATED ALWAYS AS (CASE WHEN json_valid(detail) THEN json_extract(detail, '$.release') END) VIRTUAL"
        }
    }
}

/// Whose work a translation is.
fn assignees(c: Columns) -> TableCreateStatement {
    let columns = vec![
        c.id("translation_id"),
        c.id("account_id"),
        c.id("assigned_by"),
        Columns::number("assigned_at"),
    ];
    let mut assignees = key(
        &mut table("translation_assignee", columns),
        &["translation_id", "account_id"],
    );
    let restrict = ForeignKeyAction::Restrict;
    refers(
        &mut assignees,
        "translation_id",
        "translation",
        ForeignKeyAction::Cascade,
    );
    refers(&mut assignees, "account_id", "account", restrict);
    refers(&mut assignees, "assigned_by", "account", restrict)
}

/// Of which releases a translation is an account's work, in the order in which they were edited.
fn assigned_releases(c: Columns) -> TableCreateStatement {
    let mut list = key(
        &mut table(
            "desk_release_assignee",
            vec![c.id("account_id"), Columns::number("edited_at"), c.id("release_id")],
        ),
        &["account_id", "edited_at", "release_id"],
    );
    c.clustered(&mut list).to_owned()
}

/// What was said of an edition. The release stands beside it, so that a page of releases finds all that was said of theirs.
fn comments(c: Columns) -> TableCreateStatement {
    let columns = vec![
        c.id("id"),
        c.id("release_id"),
        c.id("edition_id"),
        c.id("account_id"),
        Columns::number("at"),
        c.text("text"),
    ];
    let mut comments = key(&mut table("edition_comment", columns), &["id"]);
    let restrict = ForeignKeyAction::Restrict;
    refers(&mut comments, "release_id", "release", ForeignKeyAction::Cascade);
    refers(&mut comments, "edition_id", "edition", ForeignKeyAction::Cascade);
    refers(&mut comments, "account_id", "account", restrict)
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("audit_entry", &["actor", "number"], false),
        index("audit_entry", &["release_id", "number"], false),
        index("audit_entry", &["action", "number"], false),
        index("audit_entry", &["at"], false),
        index("translation_assignee", &["account_id"], false),
        index("desk_release_assignee", &["release_id"], false),
        index("edition_comment", &["release_id", "at", "id"], false),
        index("edition_comment", &["edition_id"], false),
        index("edition_comment", &["account_id"], false),
    ]
}
