//! Of which newsroom this one is the mirror, and how far it has come.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mirror")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub source: String,
    pub filter: String,
    pub snapshot_cursor: Option<String>,
    pub change_cursor: Option<String>,
    pub taxonomy_revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}
