//! What was sent to an endpoint at one attempt, and what came back.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_attempt")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub delivery_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    pub at: i64,
    pub millis: i64,
    pub url: String,
    pub headers: String,
    pub body: String,
    pub status: Option<i64>,
    pub answer: Option<String>,
    pub error: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
