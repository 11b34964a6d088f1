//! An entry of the taxonomy that was merged into another.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "merged_entry")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: String,
    pub into_id: Uuid,
    pub slugs: String,
}

impl ActiveModelBehavior for ActiveModel {}
