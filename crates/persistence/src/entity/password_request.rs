//! Somebody says that they have forgotten the password of an address, which may be no account's.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "password_request")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub email: String,
    pub address: Option<String>,
    pub asked_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
