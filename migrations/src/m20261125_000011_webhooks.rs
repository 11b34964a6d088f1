//! Webhooks: endpoints, their secrets, and what became of each event for each of them.

use sea_orm_migration::prelude::*;

use crate::columns::{Columns, optional};
use crate::tables::{index, key, refers, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = Columns::of(manager);
        for table in [
            webhooks(columns),
            secrets(columns),
            deliveries(columns),
            attempts(columns),
            cursor(),
        ] {
            manager.create_table(table).await?;
        }
        for index in [
            index("webhook_secret", &["webhook_id"], false),
            index("webhook_delivery", &["webhook_id", "id"], false),
            index("webhook_delivery", &["webhook_id", "state", "id"], false),
            index("webhook_delivery", &["webhook_id", "sequence"], true),
            index("webhook_delivery", &["finished_at"], false),
        ] {
            manager.create_index(index).await?;
        }
        let database = manager.get_connection();
        for statement in [
            // What waits is little beside what has been delivered.
            "CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, next_at) WHERE next_at IS NOT NULL",
            "CREATE INDEX webhook_delivery_in_order ON webhook_delivery (webhook_id, subject_id, sequence) WHERE next_at IS NOT NULL",
            "INSERT INTO webhook_cursor (id, sequence) SELECT 1, sequence FROM change_head WHERE id = 1",
            "UPDATE schema_compat SET version = 11",
        ] {
            database.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "webhooks are not undone: their receivers would be told no more, and not know it".to_owned(),
        ))
    }
}

/// The endpoints. Lists and the filter are JSON.
fn webhooks(c: Columns) -> TableCreateStatement {
    let columns = vec![
        c.id("id"),
        c.text("url"),
        optional(c.text("description")),
        c.text("events"),
        c.text("filter"),
        c.text("state"),
        Columns::number("state_since"),
        optional(c.text("state_reason")),
        optional(Columns::number("failing_since")),
        optional(Columns::number("last_delivered_at")),
        // The change behind which something was missed that the endpoint has not been told of.
        optional(Columns::number("missed_after")),
        // It is told of changes behind this one.
        Columns::number("from_sequence"),
        // Changes that are being delivered again: behind the one, up to the other.
        optional(Columns::number("again_after")),
        optional(Columns::number("again_until")),
        Columns::number("version"),
        c.id("created_by"),
        Columns::number("created_at"),
    ];
    let mut webhooks = key(&mut table("webhook", columns), &["id"]);
    refers(&mut webhooks, "created_by", "account", ForeignKeyAction::Restrict)
}

/// What signs: as it is, since a signature needs it.
fn secrets(c: Columns) -> TableCreateStatement {
    let columns = vec![
        c.id("id"),
        c.id("webhook_id"),
        c.text("secret"),
        Columns::number("created_at"),
        optional(Columns::number("expires_at")),
    ];
    let mut secrets = key(&mut table("webhook_secret", columns), &["id"]);
    refers(&mut secrets, "webhook_id", "webhook", ForeignKeyAction::Cascade)
}

/// An event for an endpoint. While it waits it has an instant at which it is due; whoever takes it on puts that off.
fn deliveries(c: Columns) -> TableCreateStatement {
    let columns = vec![
        c.id("id"),
        c.id("webhook_id"),
        // The change that it is of; none where it is of the endpoint itself.
        optional(Columns::number("sequence")),
        c.text("event"),
        // Of one subject, what comes later waits for what came before.
        c.id("subject_id"),
        c.text("state"),
        // How often it was tried: ever, and since it was (last) begun.
        Columns::number("attempts"),
        Columns::number("tries"),
        optional(Columns::number("begun_at")),
        optional(Columns::number("next_at")),
        Columns::number("created_at"),
        optional(Columns::number("finished_at")),
    ];
    let mut deliveries = key(&mut table("webhook_delivery", columns), &["id"]);
    refers(&mut deliveries, "webhook_id", "webhook", ForeignKeyAction::Cascade)
}

/// What was sent at each attempt, and what came back.
fn attempts(c: Columns) -> TableCreateStatement {
    let columns = vec![
        c.id("delivery_id"),
        Columns::number("number"),
        Columns::number("at"),
        Columns::number("millis"),
        c.text("url"),
        c.text("headers"),
        c.text("body"),
        optional(Columns::number("status")),
        optional(c.text("answer")),
        optional(c.text("error")),
    ];
    let mut attempts = key(&mut table("webhook_attempt", columns), &["delivery_id", "number"]);
    refers(
        &mut attempts,
        "delivery_id",
        "webhook_delivery",
        ForeignKeyAction::Cascade,
    )
}

/// Up to which change all endpoints have been given their deliveries: one row.
fn cursor() -> TableCreateStatement {
    key(
        &mut table(
            "webhook_cursor",
            vec![Columns::number("id"), Columns::number("sequence")],
        ),
        &["id"],
    )
}
