//! That a release has a mark of the desk's, in the order of editing: a stage of its drafts, or another.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "desk_release_mark")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub mark: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub edited_at: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub release_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}
