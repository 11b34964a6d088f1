//! A release, as the desk has it.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "release")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub original_locale: String,
    pub redirects: String,
    pub withdrawal: Option<String>,
    pub removal: Option<String>,
    pub state: String,
    pub created_by: Option<Uuid>,
    pub edited_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
