//! An endpoint that is told of changes.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub url: String,
    pub description: Option<String>,
    pub events: String,
    pub filter: String,
    pub state: String,
    pub state_since: i64,
    pub state_reason: Option<String>,
    pub failing_since: Option<i64>,
    pub last_delivered_at: Option<i64>,
    pub missed_after: Option<i64>,
    pub from_sequence: i64,
    pub again_after: Option<i64>,
    pub again_until: Option<i64>,
    pub version: i64,
    pub created_by: Uuid,
    pub created_at: i64,
    /// Raised whenever it is noted that something was missed.
    pub misses: i64,
}

impl ActiveModelBehavior for ActiveModel {}
