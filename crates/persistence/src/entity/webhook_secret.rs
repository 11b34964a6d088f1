//! What signs an endpoint's deliveries.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_secret")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub webhook_id: Uuid,
    pub secret: String,
    pub created_at: i64,
    pub expires_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
