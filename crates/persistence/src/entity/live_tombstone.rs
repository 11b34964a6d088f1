//! What is left of a removed release.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "live_tombstone")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub release_id: Uuid,
    pub removal: String,
    pub slug: Option<String>,
    pub translations: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
