//! That a release is an office's at the desk, in the order of editing.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "desk_release_office")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub office_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub edited_at: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub release_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}
