//! Which releases an office has, in order; the nil value stands for none.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "live_release_office")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub value: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub published_at: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub release_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}
