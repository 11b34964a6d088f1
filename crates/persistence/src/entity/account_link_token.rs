//! The hash of a token of a link: of the one that an administrator got, and of each that was mailed.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account_link_token")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: String,
    pub link_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}
