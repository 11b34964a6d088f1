//! Reading the desk: a release with its drafts, and lists of them, for somebody who may.

use std::collections::BTreeMap;
use std::sync::Arc;

use newsroom_domain::account::{Readable, Standing};
use newsroom_domain::filter::DeskFilter;
use newsroom_domain::page::{Page, PageRequest};
use newsroom_domain::release::Release;
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_domain::{AccountId, ReleaseId};
use sea_orm::DatabaseTransaction;

use super::list::{DeskList, count, find_page};
use super::load::{Purpose, load};
use super::talk::{Talk, TalkWants};
use crate::account::names_of;
use crate::{ReadError, Store, StoreError};

/// Releases as the desk has them, with what they are shown with, all of one moment.
#[derive(Debug, Clone)]
pub struct DeskReleases {
    /// What they are filed under.
    pub taxonomy: Arc<Taxonomy>,
    /// Who had a hand in them, by name.
    pub people: Arc<BTreeMap<AccountId, String>>,
    /// What is said beside them.
    pub talk: Arc<Talk>,
    /// The releases.
    pub page: Page<Release>,
    /// How many the whole list has, where that was asked.
    pub total: Option<u64>,
}

/// What is asked of a list of the desk's releases, by when they were edited last, the newest first.
#[derive(Debug, Clone)]
pub struct DeskQuery {
    /// Which releases.
    pub filter: DeskFilter,
    /// Which page of them.
    pub page: PageRequest,
    /// Whether the page itself is wanted.
    pub items: bool,
    /// Whether the total is wanted.
    pub total: bool,
    /// What is wanted beside the releases.
    pub talk: TalkWants,
}

impl Store {
    /// Reads those of these releases that somebody may read at the desk, in no particular order.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn desk_releases_by_id(
        &self,
        standing: &Standing,
        ids: &[ReleaseId],
        wants: TalkWants,
    ) -> Result<DeskReleases, StoreError> {
        let (transaction, taxonomy, _) = self.begin_reading().await?;
        let readable = standing.readable();
        let mut items: Vec<Release> = load(&transaction, ids, Purpose::Read).await?.into_values().collect();
        items.retain(|release| readable.includes(release));
        let talk = Talk::load(&transaction, &items, wants).await?;
        let people = people(&transaction, &items, &talk).await?;
        transaction.commit().await?;
        Ok(DeskReleases {
            taxonomy,
            people: Arc::new(people),
            talk: Arc::new(talk),
            page: Page::whole(items),
            total: None,
        })
    }

    /// Reads a page of the releases that somebody may read at the desk.
    ///
    /// # Errors
    /// Where the filter cannot be, or the database fails.
    pub async fn desk_releases(&self, standing: &Standing, query: &DeskQuery) -> Result<DeskReleases, ReadError> {
        let (transaction, taxonomy, _) = self.begin_reading().await?;
        let offices = query.filter.offices(&taxonomy).map_err(ReadError::Filter)?;
        let readable: Readable = standing.readable();
        let list = DeskList::new(&query.filter, offices, &readable, standing.account);
        let total = if query.total {
            Some(count(&transaction, &list).await?)
        } else {
            None
        };
        let page = if query.items {
            let found = find_page(&transaction, &list, &query.page).await?;
            let mut loaded = load(&transaction, &found.items, Purpose::Read).await?;
            Page {
                items: found.items.iter().filter_map(|id| loaded.remove(id)).collect(),
                has_next: found.has_next,
                has_previous: found.has_previous,
            }
        } else {
            Page::whole(Vec::new())
        };
        let talk = Talk::load(&transaction, &page.items, query.talk).await?;
        let people = people(&transaction, &page.items, &talk).await?;
        transaction.commit().await?;
        Ok(DeskReleases {
            taxonomy,
            people: Arc::new(people),
            talk: Arc::new(talk),
            page,
            total,
        })
    }
}

/// The names of those who had a hand in these releases, or have to do with what is said beside them.
async fn people(
    transaction: &DatabaseTransaction,
    releases: &[Release],
    talk: &Talk,
) -> Result<BTreeMap<AccountId, String>, StoreError> {
    let texts = releases.iter().flat_map(|release| release.translations.values());
    let actors = texts.flat_map(|text| {
        let editions = [
            text.live.as_ref().map(|live| live.edition.saved_by),
            text.draft.as_ref().map(|draft| draft.edition.saved_by),
        ];
        editions.into_iter().flatten().chain([text.changed.by])
    });
    let creators = releases.iter().filter_map(|release| release.created_by);
    let ids = actors
        .filter_map(newsroom_domain::audit::Actor::account)
        .chain(creators);
    names_of(transaction, ids.chain(talk.people())).await
}
