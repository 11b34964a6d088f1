//! The history of translations: their editions, for somebody who may read the release.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use newsroom_domain::account::Standing;
use newsroom_domain::page::{EditionPage, End, Page};
use newsroom_domain::release::Edition;
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_domain::{AccountId, EditionId, ReleaseId, TranslationId};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use super::load::{Purpose, edition_of, load};
use crate::account::names_of;
use crate::entity::{edition, translation};
use crate::{Store, StoreError};

/// Editions, with what they are shown with, all of one moment.
#[derive(Debug, Clone)]
pub struct DeskEditions {
    /// What the shared fields are filed under.
    pub taxonomy: Arc<Taxonomy>,
    /// Who saved them, by name.
    pub people: Arc<BTreeMap<AccountId, String>>,
    /// The editions.
    pub page: Page<Edition>,
}

impl Store {
    /// Reads a page of a translation's editions, the newest first. That its release may be read is known already.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn editions(&self, of: TranslationId, page: &EditionPage) -> Result<DeskEditions, StoreError> {
        let (transaction, taxonomy, _) = self.begin_reading().await?;
        let page = find_page(&transaction, &taxonomy, of, page).await?;
        let people = people(&transaction, &page.items).await?;
        transaction.commit().await?;
        Ok(DeskEditions {
            taxonomy,
            people: Arc::new(people),
            page,
        })
    }

    /// Reads those of these editions whose release somebody may read at the desk, each with its release, in the order of
    /// the identities given.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn editions_by_id(
        &self,
        standing: &Standing,
        ids: &[EditionId],
    ) -> Result<(DeskEditions, Vec<ReleaseId>), StoreError> {
        let (transaction, taxonomy, _) = self.begin_reading().await?;
        let mut rows: HashMap<Uuid, (edition::Model, ReleaseId)> = HashMap::new();
        let asked = edition::Entity::find().filter(edition::Column::Id.is_in(ids.iter().map(|id| id.uuid())));
        let found = asked.all(&transaction).await?;
        let translations = translation::Entity::find()
            .select_only()
            .columns([translation::Column::Id, translation::Column::ReleaseId])
            .filter(translation::Column::Id.is_in(found.iter().map(|row| row.translation_id)));
        let releases: HashMap<Uuid, Uuid> = translations
            .into_tuple::<(Uuid, Uuid)>()
            .all(&transaction)
            .await?
            .into_iter()
            .collect();
        for row in found {
            if let Some(release) = releases.get(&row.translation_id) {
                rows.insert(row.id, (row, (*release).into()));
            }
        }
        let of: Vec<ReleaseId> = rows.values().map(|(_, release)| *release).collect();
        let readable = standing.readable();
        let loaded = load(&transaction, &taxonomy, &of, Purpose::Read).await?;
        let (mut items, mut releases) = (Vec::new(), Vec::new());
        for id in ids {
            let Some((row, release)) = rows.get(&id.uuid()) else {
                continue;
            };
            if loaded.get(release).is_some_and(|release| readable.includes(release)) {
                items.push(edition_of(row.clone(), &taxonomy)?);
                releases.push(*release);
            }
        }
        let people = people(&transaction, &items).await?;
        transaction.commit().await?;
        let editions = DeskEditions {
            taxonomy,
            people: Arc::new(people),
            page: Page::whole(items),
        };
        Ok((editions, releases))
    }
}

async fn people(
    transaction: &DatabaseTransaction,
    editions: &[Edition],
) -> Result<BTreeMap<AccountId, String>, StoreError> {
    let savers = editions.iter().filter_map(|edition| edition.saved_by.account());
    names_of(transaction, savers).await
}

/// The editions of a translation between two numbers, both excluded.
fn between(of: TranslationId, above: Option<i64>, below: Option<i64>) -> Select<edition::Entity> {
    let mut select = edition::Entity::find().filter(edition::Column::TranslationId.eq(of.uuid()));
    if let Some(above) = above {
        select = select.filter(edition::Column::Number.gt(above));
    }
    if let Some(below) = below {
        select = select.filter(edition::Column::Number.lt(below));
    }
    select
}

async fn find_page(
    transaction: &DatabaseTransaction,
    taxonomy: &Taxonomy,
    of: TranslationId,
    page: &EditionPage,
) -> Result<Page<Edition>, StoreError> {
    let from_start = page.end == End::Start;
    let part = between(of, page.before, page.after).limit(page.size + 1);
    let ordered = if from_start {
        part.order_by_desc(edition::Column::Number)
    } else {
        part.order_by_asc(edition::Column::Number)
    };
    let mut rows = ordered.all(transaction).await?;
    let more = rows.len() as u64 > page.size;
    rows.truncate(usize::try_from(page.size).unwrap_or(usize::MAX));
    if !from_start {
        rows.reverse();
    }
    // What lies on the other side of a cursor, the cursor's own edition included.
    let newer = match page.after {
        Some(after) => is_any(transaction, between(of, Some(after.saturating_sub(1)), None)).await?,
        None => false,
    };
    let older = match page.before {
        Some(before) => is_any(transaction, between(of, None, Some(before.saturating_add(1)))).await?,
        None => false,
    };
    Ok(Page {
        items: rows
            .into_iter()
            .map(|row| edition_of(row, taxonomy))
            .collect::<Result<_, _>>()?,
        has_next: (from_start && more) || older,
        has_previous: (!from_start && more) || newer,
    })
}

async fn is_any(transaction: &DatabaseTransaction, select: Select<edition::Entity>) -> Result<bool, StoreError> {
    let numbers = select.select_only().column(edition::Column::Number).limit(1);
    Ok(numbers.into_tuple::<i64>().one(transaction).await?.is_some())
}
