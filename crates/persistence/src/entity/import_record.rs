//! What the importer last read of a release.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import_record")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub release_id: Uuid,
    pub source_id: Option<String>,
    pub content_hash: String,
    pub versions: String,
}

impl ActiveModelBehavior for ActiveModel {}
