//! A text, as readers have it.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "live_translation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub release_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub locale: String,
    pub id: Uuid,
    pub title: String,
    pub lead: String,
    pub published_at: i64,
    pub updated_at: i64,
    pub change_notes: String,
    pub body_format: Option<String>,
    pub body_source: Option<String>,
    pub body_html: Option<String>,
    pub body_text: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
