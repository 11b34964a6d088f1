//! An office.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "office")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub slug: String,
    pub names: String,
    pub kind: Option<String>,
    pub closed: bool,
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}
