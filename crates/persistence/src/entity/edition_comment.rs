//! What somebody has said of an edition.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "edition_comment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub release_id: Uuid,
    pub edition_id: Uuid,
    pub account_id: Uuid,
    pub at: i64,
    pub text: String,
}

impl ActiveModelBehavior for ActiveModel {}
