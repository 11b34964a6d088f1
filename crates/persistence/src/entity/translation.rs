//! A translation, and where its draft and live pointers point.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "translation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub release_id: Uuid,
    pub locale: String,
    pub version: i64,
    pub editions: i64,
    pub draft_edition_id: Option<Uuid>,
    pub draft_based_on: Option<Uuid>,
    pub live_edition_id: Option<Uuid>,
    pub published_at: Option<i64>,
    pub updated_at: Option<i64>,
    pub taken_down_at: Option<i64>,
    pub change_notes: String,
    pub changed_by: String,
    pub changed_at: i64,
    pub draft_stage: Option<String>,
    pub draft_stage_detail: Option<String>,
    pub draft_writers: Option<String>,
    pub draft_follows: i64,
    pub draft_due_at: Option<i64>,
    pub draft_bundle_id: Option<Uuid>,
    pub draft_held: bool,
    pub texts: String,
    pub live_follows: i64,
    pub emergency: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
