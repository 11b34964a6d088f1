//! A release, as readers have it.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "live_release")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub slug: String,
    pub published_at: i64,
    pub publishing_date: String,
    pub content_type_id: Option<Uuid>,
    pub offices: String,
    pub themes: String,
    pub original_locale: String,
    pub locales: String,
    pub attachments: String,
    pub withdrawal: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
