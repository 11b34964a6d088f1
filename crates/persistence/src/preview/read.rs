//! Reading previews: by a token's hash for readers, and those of releases for the desk.

use std::collections::BTreeMap;

use newsroom_domain::{Instant, ReleaseId};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{MadePreview, Row, Snapshot};
use crate::database::now;
use crate::entity::{account, preview};
use crate::live::row::from_json;
use crate::{Store, StoreError};

impl Store {
    /// What is shown under the token of that hash, where it holds now.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn preview_by_hash(&self, hash: &str) -> Result<Option<Snapshot>, StoreError> {
        let (transaction, taxonomy, _) = self.begin_reading().await?;
        let at = now(&transaction).await?;
        let found = preview::Entity::find()
            .select_only()
            .column(preview::Column::Snapshot)
            .filter(preview::Column::Hash.eq(hash))
            .filter(holding(at));
        let found: Option<String> = found.into_tuple().one(&transaction).await?;
        transaction.commit().await?;
        let snapshot = |json: String| Ok(from_json::<Snapshot>("preview", &json)?.brought_up(&taxonomy));
        found.map(snapshot).transpose()
    }

    /// The previews of these releases that hold now, the newest of each first. Whoever is shown them may read the releases.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn previews_of(&self, ids: &[ReleaseId]) -> Result<BTreeMap<ReleaseId, Vec<MadePreview>>, StoreError> {
        let transaction = self.connections.read().await?;
        let at = now(&transaction).await?;
        let rows = preview::Entity::find()
            .filter(preview::Column::ReleaseId.is_in(ids.iter().map(|id| id.uuid())))
            .filter(holding(at))
            .order_by_desc(preview::Column::Id)
            .into_partial_model::<Row>()
            .all(&transaction)
            .await?;
        let names = account::Entity::find()
            .select_only()
            .columns([account::Column::Id, account::Column::Name])
            .filter(account::Column::Id.is_in(rows.iter().map(|row| row.created_by)));
        let names: BTreeMap<Uuid, String> = names.into_tuple().all(&transaction).await?.into_iter().collect();
        transaction.commit().await?;
        let mut made: BTreeMap<ReleaseId, Vec<MadePreview>> = BTreeMap::new();
        for row in rows {
            let created_by = names.get(&row.created_by).cloned();
            let preview = row.read()?;
            made.entry(preview.release).or_default().push(MadePreview {
                preview,
                created_by: created_by.unwrap_or_default(),
            });
        }
        Ok(made)
    }
}

/// Those that hold at that moment.
pub(super) fn holding(at: Instant) -> Condition {
    Condition::all()
        .add(preview::Column::RevokedAt.is_null())
        .add(preview::Column::ExpiresAt.gt(at.micros()))
}
