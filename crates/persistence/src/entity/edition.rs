//! An immutable snapshot of a translation.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "edition")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub translation_id: Uuid,
    pub number: i64,
    pub saved_at: i64,
    pub saved_by: String,
    pub title: String,
    pub lead: String,
    pub shared: Option<String>,
    pub body_format: Option<String>,
    pub body_source: Option<String>,
    pub body_html: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
