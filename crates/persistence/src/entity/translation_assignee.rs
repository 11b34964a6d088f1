//! An account whose work a translation is.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "translation_assignee")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub translation_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    pub assigned_by: Uuid,
    pub assigned_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
