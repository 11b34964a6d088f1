//! Invitations and resets: the links by which accounts get their passwords, and the mails that bring them.

use sea_orm_migration::prelude::*;

use crate::columns::{Columns, optional};
use crate::tables::{index, key, refers, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables(Columns::of(manager)) {
            manager.create_table(table).await?;
        }
        for index in [
            index("account_link", &["account_id"], false),
            index("account_link", &["expires_at"], false),
            index("account_link_token", &["link_id"], false),
            index("mail", &["due_at"], false),
            index("password_request", &["asked_at"], false),
        ] {
            manager.create_index(index).await?;
        }
        let version = "UPDATE schema_compat SET version = 6";
        manager.get_connection().execute_unprepared(version).await?;
        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "invitations are not undone: it would take links away that people have".to_owned(),
        ))
    }
}

fn tables(c: Columns) -> Vec<TableCreateStatement> {
    let number = Columns::number;
    let mut link = key(
        &mut table(
            "account_link",
            vec![
                c.id("id"),
                c.id("account_id"),
                c.text("kind"),
                // Nobody, where somebody asked who is not known.
                optional(c.id("created_by")),
                number("created_at"),
                number("expires_at"),
                optional(number("ended_at")),
                optional(c.text("ended_why")),
            ],
        ),
        &["id"],
    );
    // A mail that is sent a second time has another token: the first is nowhere any more, and may have arrived.
    let mut token = key(
        &mut table(
            "account_link_token",
            vec![
                // SHA-256 of the token, in hexadecimal.
                c.text("hash"),
                c.id("link_id"),
            ],
        ),
        &["hash"],
    );
    let mut mail = key(
        &mut table(
            "mail",
            vec![
                c.id("link_id"),
                number("attempts"),
                // When it is tried next, or again should whoever is trying it be gone by then. Nothing once it is sent or given up.
                optional(number("due_at")),
                optional(number("sent_at")),
                optional(number("failed_at")),
                optional(c.text("error")),
            ],
        ),
        &["link_id"],
    );
    // What anybody may ask for, whether or not there is such an account: who asks waits for neither.
    let request = key(
        &mut table(
            "password_request",
            vec![c.text("email"), optional(c.text("address")), number("asked_at")],
        ),
        &["email"],
    );
    vec![
        refers(&mut link, "account_id", "account", ForeignKeyAction::Restrict),
        refers(&mut token, "link_id", "account_link", ForeignKeyAction::Cascade),
        refers(&mut mail, "link_id", "account_link", ForeignKeyAction::Cascade),
        request,
    ]
}
