//! The history of the database's schema, the same for SQLite and PostgreSQL.
//!
//! One file a step; a step that has landed is never edited. Steps name tables and columns themselves and know
//! no entity, so that an entity may change without rewriting history.

mod columns;
mod m20261124_000001_newsroom;
mod m20261124_000002_desk;
mod m20261125_000003_life;
mod m20261125_000004_previews;
mod m20261125_000005_sign_on;
mod m20261125_000006_invitations;
mod m20261125_000007_desk_talk;
mod m20261125_000008_former_slugs;
mod m20261125_000009_merging;
mod m20261125_000011_webhooks;
mod m20261126_000010_partners;
mod m20261126_000012_misses;
mod m20261127_000013_feeds;
mod tables;

use sea_orm_migration::prelude::*;
pub use sea_orm_migration::{MigratorTrait, SchemaManager};

/// The version of the schema that the last step here makes.
pub const SCHEMA_VERSION: i64 = 13;

/// All steps, in order.
#[derive(Debug, Clone, Copy)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261124_000001_newsroom::Migration),
            Box::new(m20261124_000002_desk::Migration),
            Box::new(m20261125_000003_life::Migration),
            Box::new(m20261125_000004_previews::Migration),
            Box::new(m20261125_000005_sign_on::Migration),
            Box::new(m20261125_000006_invitations::Migration),
            Box::new(m20261125_000007_desk_talk::Migration),
            Box::new(m20261125_000008_former_slugs::Migration),
            Box::new(m20261125_000009_merging::Migration),
            Box::new(m20261126_000010_partners::Migration),
            Box::new(m20261125_000011_webhooks::Migration),
            Box::new(m20261126_000012_misses::Migration),
            Box::new(m20261127_000013_feeds::Migration),
        ]
    }
}
