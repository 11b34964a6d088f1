//! The first schema: the taxonomy, the desk's side of releases, the public side, and the two logs.

use sea_orm_migration::prelude::*;

use crate::columns::{Columns, optional};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = Columns::of(manager);
        for table in house(columns)
            .into_iter()
            .chain(taxonomy(columns))
            .chain(desk(columns))
            .chain(public(columns))
        {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        let database = manager.get_connection();
        database.execute_unprepared("INSERT INTO change_head (id, sequence, audit_number, audit_seal, taxonomy_revision) VALUES (1, 0, 0, '', 0)").await?;
        database
            .execute_unprepared("INSERT INTO schema_compat (id, version, oldest_program) VALUES (1, 1, 1)")
            .await?;
        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "the first schema is not undone: it would take the archive with it".to_owned(),
        ))
    }
}

fn table(name: &'static str, columns: Vec<ColumnDef>) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(name);
    for column in columns {
        table.col(column);
    }
    table
}

fn key(table: &mut TableCreateStatement, columns: &[&'static str]) -> TableCreateStatement {
    let mut primary = Index::create();
    for column in columns {
        primary.col(*column);
    }
    table.primary_key(&mut primary).to_owned()
}

fn refers(
    table: &mut TableCreateStatement,
    column: &'static str,
    to: &'static str,
    on_delete: ForeignKeyAction,
) -> TableCreateStatement {
    table
        .foreign_key(ForeignKey::create().from_col(column).to(to, "id").on_delete(on_delete))
        .to_owned()
}

/// What the whole house has one of, and the two logs.
fn house(c: Columns) -> Vec<TableCreateStatement> {
    vec![
        // The schema's version, and the oldest program that can work with it.
        key(
            &mut table(
                "schema_compat",
                vec![
                    Columns::number("id"),
                    Columns::number("version"),
                    Columns::number("oldest_program"),
                ],
            ),
            &["id"],
        ),
        key(
            &mut table("installation", vec![Columns::number("id"), c.text("time_zone")]),
            &["id"],
        ),
        // One row, which every audited act takes last: its lock puts the acts in order.
        key(
            &mut table(
                "change_head",
                vec![
                    Columns::number("id"),
                    Columns::number("sequence"),
                    Columns::number("audit_number"),
                    c.text("audit_seal"),
                    Columns::number("taxonomy_revision"),
                ],
            ),
            &["id"],
        ),
        key(
            &mut table(
                "change",
                vec![
                    Columns::number("sequence"),
                    Columns::number("at"),
                    c.text("subject_kind"),
                    c.id("subject_id"),
                    c.text("kind"),
                    optional(c.text("locale")),
                    c.text("origin"),
                    ColumnDef::new("announced").boolean().not_null().to_owned(),
                    optional(c.text("before")),
                    optional(c.text("after")),
                ],
            ),
            &["sequence"],
        ),
        key(
            &mut table(
                "audit_entry",
                vec![
                    Columns::number("number"),
                    Columns::number("at"),
                    c.text("actor"),
                    c.text("action"),
                    c.text("detail"),
                    c.text("seal"),
                ],
            ),
            &["number"],
        ),
    ]
}

fn taxonomy(c: Columns) -> Vec<TableCreateStatement> {
    let closed = ColumnDef::new("closed").boolean().not_null().to_owned();
    vec![
        key(
            &mut table(
                "office",
                vec![
                    c.id("id"),
                    c.text("slug"),
                    c.text("names"),
                    optional(c.text("kind")),
                    closed,
                ],
            ),
            &["id"],
        ),
        key(
            &mut table(
                "theme",
                vec![c.id("id"), c.text("slug"), c.text("names"), optional(c.id("parent_id"))],
            ),
            &["id"],
        ),
        key(
            &mut table("content_type", vec![c.id("id"), c.text("slug"), c.text("names")]),
            &["id"],
        ),
    ]
}

/// What the desk works on. No public query reads these.
fn desk(c: Columns) -> Vec<TableCreateStatement> {
    let mut translation = key(
        &mut table(
            "translation",
            vec![
                c.id("id"),
                c.id("release_id"),
                c.text("locale"),
                Columns::number("version"),
                Columns::number("editions"),
                optional(c.id("draft_edition_id")),
                optional(c.id("draft_based_on")),
                optional(c.id("live_edition_id")),
                optional(Columns::number("published_at")),
                optional(Columns::number("updated_at")),
                optional(Columns::number("taken_down_at")),
                c.text("change_notes"),
            ],
        ),
        &["id"],
    );
    let mut edition = key(
        &mut table(
            "edition",
            vec![
                c.id("id"),
                c.id("translation_id"),
                Columns::number("number"),
                Columns::number("saved_at"),
                c.text("saved_by"),
                c.text("title"),
                c.text("lead"),
                optional(c.text("shared")),
                optional(c.text("body_format")),
                optional(c.text("body_source")),
                optional(c.text("body_html")),
            ],
        ),
        &["id"],
    );
    let mut slug = key(&mut table("slug", vec![c.text("slug"), c.id("release_id")]), &["slug"]);
    let mut import_record = key(
        &mut table(
            "import_record",
            vec![
                c.id("release_id"),
                optional(c.text("source_id")),
                c.text("content_hash"),
                c.text("versions"),
            ],
        ),
        &["release_id"],
    );
    vec![
        key(
            &mut table(
                "release",
                vec![
                    c.id("id"),
                    c.text("original_locale"),
                    c.text("redirects"),
                    optional(c.text("withdrawal")),
                    optional(c.text("removal")),
                ],
            ),
            &["id"],
        ),
        refers(&mut translation, "release_id", "release", ForeignKeyAction::Restrict),
        refers(
            &mut edition,
            "translation_id",
            "translation",
            ForeignKeyAction::Restrict,
        ),
        refers(
            c.clustered(&mut slug),
            "release_id",
            "release",
            ForeignKeyAction::Restrict,
        ),
        refers(&mut import_record, "release_id", "release", ForeignKeyAction::Restrict),
    ]
}

/// What readers have: a projection of the desk's side, written by publishing alone.
fn public(c: Columns) -> Vec<TableCreateStatement> {
    let list = |name| {
        let mut list = key(
            &mut table(
                name,
                vec![c.id("value"), Columns::number("published_at"), c.id("release_id")],
            ),
            &["value", "published_at", "release_id"],
        );
        c.clustered(&mut list).to_owned()
    };
    let mut translation = key(
        &mut table(
            "live_translation",
            vec![
                c.id("release_id"),
                c.text("locale"),
                c.id("id"),
                c.text("title"),
                c.text("lead"),
                Columns::number("published_at"),
                Columns::number("updated_at"),
                c.text("change_notes"),
                optional(c.text("body_format")),
                optional(c.text("body_source")),
                optional(c.text("body_html")),
                optional(c.text("body_text")),
            ],
        ),
        &["release_id", "locale"],
    );
    let mut count = key(
        &mut table(
            "live_count",
            vec![c.text("list"), c.id("value"), Columns::number("releases")],
        ),
        &["list", "value"],
    );
    let mut address = key(
        &mut table("live_address", vec![c.text("slug"), c.id("release_id"), c.text("kind")]),
        &["slug"],
    );
    vec![
        key(
            &mut table(
                "live_release",
                vec![
                    c.id("id"),
                    c.text("slug"),
                    Columns::number("published_at"),
                    c.text("publishing_date"),
                    optional(c.id("content_type_id")),
                    c.text("offices"),
                    c.text("themes"),
                    c.text("original_locale"),
                    c.text("locales"),
                    c.text("attachments"),
                    optional(c.text("withdrawal")),
                ],
            ),
            &["id"],
        ),
        refers(
            &mut translation,
            "release_id",
            "live_release",
            ForeignKeyAction::Cascade,
        ),
        list("live_release_office"),
        list("live_release_theme"),
        list("live_release_type"),
        c.clustered(&mut count).to_owned(),
        c.clustered(&mut address).to_owned(),
        key(
            &mut table("live_tombstone", vec![c.id("release_id"), c.text("removal")]),
            &["release_id"],
        ),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    let index = |table: &'static str, columns: &[&'static str], unique: bool| {
        let mut index = Index::create();
        index.name(format!("{table}_{}", columns.join("_"))).table(table);
        for column in columns {
            index.col(*column);
        }
        if unique {
            index.unique();
        }
        index
    };
    vec![
        index("office", &["slug"], true),
        index("theme", &["slug"], true),
        index("content_type", &["slug"], true),
        index("translation", &["release_id", "locale"], true),
        index("edition", &["translation_id", "number"], true),
        index("slug", &["release_id"], false),
        index("import_record", &["source_id"], true),
        index("change", &["subject_id", "sequence"], false),
        index("live_release", &["published_at", "id"], true),
        index("live_translation", &["id"], true),
        index("live_address", &["release_id"], false),
    ]
}
