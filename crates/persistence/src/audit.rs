//! The audit trail: lists of it for the desk, and whether it is as it was sealed. What is written to it is in `head`.

mod list;
mod verify;

use std::collections::BTreeMap;

use newsroom_domain::account::Standing;
use newsroom_domain::audit::{AuditFilter, Recorded};
use newsroom_domain::page::{Page, PageRequest};
use newsroom_domain::{AccountId, ApiKeyId};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::account::names_of;
use crate::desk::load::{Purpose, load};
use crate::entity::api_key;
use crate::{ReadError, Store, StoreError};

pub use verify::{Checked, Verified};

/// What is asked of the audit trail, the newest entries first.
#[derive(Debug, Clone)]
pub struct AuditQuery {
    /// Which entries.
    pub filter: AuditFilter,
    /// Which page of them, by their numbers.
    pub page: PageRequest<i64>,
}

/// A page of the audit trail.
#[derive(Debug, Clone)]
pub struct AuditTrail {
    /// The entries.
    pub page: Page<Recorded>,
    /// Who acted, by name.
    pub people: BTreeMap<AccountId, String>,
    /// By which API keys, by name.
    pub keys: BTreeMap<ApiKeyId, String>,
}

impl Store {
    /// Reads a page of those entries that somebody asks for and may see.
    ///
    /// # Errors
    /// Where the filter cannot be, or the database fails.
    pub async fn audit_entries(&self, standing: &Standing, query: &AuditQuery) -> Result<AuditTrail, ReadError> {
        query.filter.check().map_err(ReadError::Filter)?;
        let (transaction, taxonomy, _) = self.begin_reading().await?;
        let release = match query.filter.release {
            Some(id) if !standing.reads_whole_trail() => {
                load(&transaction, &taxonomy, &[id], Purpose::Read).await?.remove(&id)
            }
            _ => None,
        };
        let visible = standing.visible_trail(release.as_ref());
        let page = list::find_page(&transaction, &query.filter, visible, &query.page).await?;
        let actors = page.items.iter().filter_map(|recorded| recorded.entry.actor.account());
        let people = names_of(&transaction, actors).await?;
        let keys = keys(&transaction, &page.items).await?;
        transaction.commit().await?;
        Ok(AuditTrail { page, people, keys })
    }
}

/// The names of the API keys that these acts were done with.
async fn keys(
    transaction: &DatabaseTransaction,
    entries: &[Recorded],
) -> Result<BTreeMap<ApiKeyId, String>, StoreError> {
    let ids = entries.iter().filter_map(|recorded| recorded.entry.said().api_key);
    let ids: Vec<Uuid> = ids.map(Uuid::from).collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found = api_key::Entity::find()
        .select_only()
        .columns([api_key::Column::Id, api_key::Column::Name])
        .filter(api_key::Column::Id.is_in(ids));
    let found = found.into_tuple::<(Uuid, String)>().all(transaction).await?;
    Ok(found.into_iter().map(|(id, name)| (id.into(), name)).collect())
}
