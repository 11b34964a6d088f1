//! An event for an endpoint: to be sent, sent, or given up.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_delivery")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub webhook_id: Uuid,
    pub sequence: Option<i64>,
    pub event: String,
    pub subject_id: Uuid,
    pub state: String,
    pub attempts: i64,
    pub tries: i64,
    pub begun_at: Option<i64>,
    pub next_at: Option<i64>,
    pub created_at: i64,
    pub finished_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
