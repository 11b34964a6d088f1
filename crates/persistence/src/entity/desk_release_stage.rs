//! That a release has a draft at a stage, in the order of editing.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "desk_release_stage")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub stage: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub edited_at: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub release_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}
