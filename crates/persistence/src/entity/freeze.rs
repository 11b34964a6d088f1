//! A freeze of schedules.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "schedule_freeze")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub scope: String,
    pub reason: String,
    pub begun_by: String,
    pub begun_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
