//! An entry of the change log.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "change")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    pub at: i64,
    pub subject_kind: String,
    pub subject_id: Uuid,
    pub kind: String,
    pub locale: Option<String>,
    pub origin: String,
    pub announced: bool,
    pub before: Option<String>,
    pub after: Option<String>,
    pub into_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
