//! The desk: who is at it, what they are signed in with, what they have asked for; and what its lists go by.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::{Columns, optional};
use crate::tables::{index, key, refers, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = Columns::of(manager);
        for table in accounts(columns)
            .into_iter()
            .chain([idempotency(columns), office_list(columns)])
        {
            manager.create_table(table).await?;
        }
        for (table, column) in added_columns(columns) {
            manager
                .alter_table(Table::alter().table(table).add_column(column).to_owned())
                .await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        for statement in filling(manager.get_database_backend()) {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "the desk's schema is not undone: it would take accounts with it".to_owned(),
        ))
    }
}

fn accounts(c: Columns) -> Vec<TableCreateStatement> {
    let number = Columns::number;
    let account = key(
        &mut table(
            "account",
            vec![
                c.id("id"),
                c.text("email"),
                c.text("name"),
                c.text("role"),
                // JSON, or nothing for all offices.
                optional(c.text("offices")),
                // Nothing, where it can only be used by its API keys.
                optional(c.text("password_hash")),
                number("password_changed_at"),
                number("created_at"),
                optional(number("suspended_at")),
                number("version"),
            ],
        ),
        &["id"],
    );
    let mut session = key(
        &mut table(
            "session",
            vec![
                c.id("id"),
                c.id("account_id"),
                number("created_at"),
                number("expires_at"),
                optional(number("ended_at")),
                optional(c.text("ended_why")),
                optional(c.text("address")),
            ],
        ),
        &["id"],
    );
    let mut refresh_token = key(
        &mut table(
            "refresh_token",
            vec![
                // SHA-256 of the token, in hexadecimal.
                c.text("hash"),
                c.id("session_id"),
                number("created_at"),
                number("expires_at"),
                optional(number("used_at")),
            ],
        ),
        &["hash"],
    );
    let mut api_key = key(
        &mut table(
            "api_key",
            vec![
                c.id("id"),
                c.id("account_id"),
                c.text("name"),
                c.text("hash"),
                c.text("role"),
                optional(c.text("offices")),
                c.id("created_by"),
                number("created_at"),
                number("expires_at"),
                optional(number("last_used_at")),
                optional(number("revoked_at")),
            ],
        ),
        &["id"],
    );
    let signing_key = key(
        &mut table(
            "signing_key",
            vec![
                c.text("kid"),
                // The public key of Ed25519, in base64url (RFC 8037).
                c.text("public_key"),
                number("created_at"),
                // From when on it signs no more; what it has signed is good until it expires.
                optional(number("retired_at")),
            ],
        ),
        &["kid"],
    );
    // How many sign-ins may be tried: one number each, as the generic cell rate algorithm has it.
    let throttle = key(
        &mut table("sign_in_throttle", vec![c.text("subject"), number("arrival_at")]),
        &["subject"],
    );
    vec![
        account,
        refers(&mut session, "account_id", "account", ForeignKeyAction::Restrict),
        refers(&mut refresh_token, "session_id", "session", ForeignKeyAction::Cascade),
        refers(&mut api_key, "account_id", "account", ForeignKeyAction::Restrict),
        signing_key,
        throttle,
    ]
}

/// What was asked under which key, and what came of it.
fn idempotency(c: Columns) -> TableCreateStatement {
    let mut outcomes = key(
        &mut table(
            "idempotency",
            vec![
                c.id("account_id"),
                c.text("key"),
                c.text("input_hash"),
                optional(c.text("outcome")),
                Columns::number("created_at"),
            ],
        ),
        &["account_id", "key"],
    );
    refers(&mut outcomes, "account_id", "account", ForeignKeyAction::Restrict)
}

/// Which releases an office has at the desk, in the order in which they were edited. The nil value stands for no office.
fn office_list(c: Columns) -> TableCreateStatement {
    let mut list = key(
        &mut table(
            "desk_release_office",
            vec![c.id("office_id"), Columns::number("edited_at"), c.id("release_id")],
        ),
        &["office_id", "edited_at", "release_id"],
    );
    c.clustered(&mut list).to_owned()
}

fn added_columns(c: Columns) -> Vec<(&'static str, ColumnDef)> {
    let text = |name, value: &'static str| c.text(name).default(value).to_owned();
    let number = |name, value: i64| Columns::number(name).default(value).to_owned();
    vec![
        ("release", text("state", "draft")),
        ("release", optional(c.id("created_by"))),
        ("release", number("edited_at", 0)),
        ("translation", text("changed_by", "import")),
        ("translation", number("changed_at", 0)),
        ("office", number("version", 1)),
        ("theme", number("version", 1)),
        ("content_type", number("version", 1)),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("account", &["email"], true),
        index("session", &["account_id"], false),
        index("refresh_token", &["session_id"], false),
        index("api_key", &["hash"], true),
        index("api_key", &["account_id"], false),
        index("idempotency", &["created_at"], false),
        index("release", &["edited_at", "id"], false),
        index("release", &["created_by", "edited_at", "id"], false),
        index("desk_release_office", &["release_id"], false),
    ]
}

/// Fills what is new for what is there.
fn filling(backend: DbBackend) -> [&'static str; 5] {
    let offices = match backend {
        DbBackend::Postgres => {
            "INSERT INTO desk_release_office (office_id, edited_at, release_id) \
             SELECT DISTINCT o.value::uuid, r.edited_at, r.id FROM release r \
             JOIN translation t ON t.release_id = r.id AND t.locale = r.original_locale \
             JOIN edition e ON e.id IN (t.live_edition_id, t.draft_edition_id) \
             CROSS JOIN LATERAL jsonb_array_elements_text(e.shared::jsonb -> 'offices') AS o(value)"
        }
        _ => {
            "INSERT INTO desk_release_office (office_id, edited_at, release_id) \
             SELECT DISTINCT unhex(replace(o.value, '-', '')), r.edited_at, r.id FROM release r \
             JOIN translation t ON t.release_id = r.id AND t.locale = r.original_locale \
             JOIN edition e ON e.id IN (t.live_edition_id, t.draft_edition_id) \
             JOIN json_each(e.shared, '$.offices') o"
        }
    };
    let without_office = match backend {
        DbBackend::Postgres => {
            "INSERT INTO desk_release_office (office_id, edited_at, release_id) \
             SELECT '00000000-0000-0000-0000-000000000000'::uuid, r.edited_at, r.id FROM release r \
             WHERE NOT EXISTS (SELECT 1 FROM desk_release_office l WHERE l.release_id = r.id)"
        }
        _ => {
            "INSERT INTO desk_release_office (office_id, edited_at, release_id) \
             SELECT zeroblob(16), r.edited_at, r.id FROM release r \
             WHERE NOT EXISTS (SELECT 1 FROM desk_release_office l WHERE l.release_id = r.id)"
        }
    };
    [
        "UPDATE translation SET changed_at = \
         COALESCE((SELECT MAX(e.saved_at) FROM edition e WHERE e.translation_id = translation.id), 0)",
        "UPDATE release SET edited_at = \
         COALESCE((SELECT MAX(t.changed_at) FROM translation t WHERE t.release_id = release.id), 0), \
         state = CASE WHEN removal IS NOT NULL THEN 'removed' \
         WHEN NOT EXISTS (SELECT 1 FROM translation t WHERE t.release_id = release.id \
         AND t.locale = release.original_locale AND t.live_edition_id IS NOT NULL) THEN 'draft' \
         WHEN withdrawal IS NOT NULL THEN 'withdrawn' ELSE 'live' END",
        offices,
        without_office,
        // A program that knows nothing of these tables would leave them behind when it imports.
        "UPDATE schema_compat SET version = 2, oldest_program = 2",
    ]
}
