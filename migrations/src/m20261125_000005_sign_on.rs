//! Single sign-on: which account an issuer's subject is.

use sea_orm_migration::prelude::*;

use crate::columns::Columns;
use crate::tables::{index, key, refers, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(sign_on(Columns::of(manager))).await?;
        // An account is at most one subject of an issuer's.
        manager
            .create_index(index("sign_on", &["account_id", "issuer"], true))
            .await?;
        // An older program goes on beside it: it has no such accounts made, and takes none of their tokens.
        let raise = "UPDATE schema_compat SET version = 5";
        manager.get_connection().execute_unprepared(raise).await?;
        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration(
            "who is whose account by single sign-on is not undone: it could not be found out again".to_owned(),
        ))
    }
}

fn sign_on(c: Columns) -> TableCreateStatement {
    let mut links = key(
        &mut table(
            "sign_on",
            vec![
                c.text("issuer"),
                c.text("subject"),
                c.id("account_id"),
                Columns::number("created_at"),
                // When the issuer said what the account is by now: a token from before says nothing new.
                Columns::number("claims_at"),
            ],
        ),
        &["issuer", "subject"],
    );
    refers(&mut links, "account_id", "account", ForeignKeyAction::Restrict)
}
