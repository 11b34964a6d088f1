//! What is shown of an edition to who has a token.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "preview")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub hash: String,
    pub release_id: Uuid,
    pub locale: String,
    pub edition_id: Uuid,
    pub edition_number: i64,
    pub created_by: Uuid,
    pub created_at: i64,
    pub expires_at: i64,
    pub revoked_at: Option<i64>,
    pub snapshot: String,
}

impl ActiveModelBehavior for ActiveModel {}
