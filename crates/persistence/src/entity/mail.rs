//! A mail with a link: to be sent, sent, or given up.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mail")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub link_id: Uuid,
    pub attempts: i64,
    pub due_at: Option<i64>,
    pub sent_at: Option<i64>,
    pub failed_at: Option<i64>,
    pub error: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
