//! A theme.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "theme")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub slug: String,
    pub names: String,
    pub parent_id: Option<Uuid>,
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}
