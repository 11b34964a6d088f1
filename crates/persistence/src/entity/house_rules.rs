//! The rules of the house for an office; the nil value stands for all.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "house_rules")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub office_id: Uuid,
    pub rules: String,
    pub version: i64,
    pub changed_by: String,
    pub changed_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
