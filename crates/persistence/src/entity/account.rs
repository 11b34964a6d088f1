//! Somebody at the desk.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub email: String,
    pub name: String,
    pub role: String,
    pub offices: Option<String>,
    pub password_hash: Option<String>,
    pub password_changed_at: i64,
    pub created_at: i64,
    pub suspended_at: Option<i64>,
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}
