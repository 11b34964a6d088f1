//! Reading the desk: a release with its drafts, and lists of them, for somebody who may.

use std::collections::BTreeMap;
use std::sync::Arc;

use newsroom_domain::account::{Readable, Standing};
use newsroom_domain::audit::Actor;
use newsroom_domain::filter::{DeskFilter, ReleaseOrder};
use newsroom_domain::page::{Page, PageRequest};
use newsroom_domain::release::{Release, ReleaseState, Stage, StageName};
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
    /// How many are in each state, whatever states the filter names, where that was asked.
    pub states: Vec<(ReleaseState, u64)>,
    /// How many have a draft at each stage, whatever stages the filter names, where that was asked.
    pub stages: Vec<(StageName, u64)>,
}

/// What is asked of a list of the desk's releases.
#[derive(Debug, Clone)]
pub struct DeskQuery {
    /// Which releases.
    pub filter: DeskFilter,
    /// In which order: by when they were edited last.
    pub order: ReleaseOrder,
    /// Which page of them.
    pub page: PageRequest,
    /// Whether the page itself is wanted.
    pub items: bool,
    /// Whether the total is wanted.
    pub total: bool,
    /// Whether the counts per state are wanted.
    pub states: bool,
    /// Whether the counts per stage are wanted.
    pub stages: bool,
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
        let mut items: Vec<Release> = load(&transaction, &taxonomy, ids, Purpose::Read)
            .await?
            .into_values()
            .collect();
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
            states: Vec::new(),
            stages: Vec::new(),
        })
    }

    /// The names of those among these who are accounts.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn names_of(&self, actors: Vec<Actor>) -> Result<BTreeMap<AccountId, String>, StoreError> {
        let transaction = self.connections.read().await?;
        let ids: Vec<AccountId> = actors.into_iter().filter_map(Actor::account).collect();
        let names = names_of(&transaction, ids.into_iter()).await?;
        transaction.commit().await?;
        Ok(names)
    }

    /// Reads a page of the releases that somebody may read at the desk.
    ///
    /// # Errors
    /// Where the filter cannot be, or the database fails.
    pub async fn desk_releases(&self, standing: &Standing, query: &DeskQuery) -> Result<DeskReleases, ReadError> {
        let (transaction, taxonomy, _) = self.begin_reading().await?;
        let resolved = query.filter.resolve(&taxonomy).map_err(ReadError::Filter)?;
        let readable: Readable = standing.readable();
        let (mut states, mut stages) = (Vec::new(), Vec::new());
        for state in ReleaseState::ALL.into_iter().filter(|_| query.states) {
            let filter = DeskFilter {
                states: vec![state],
                ..query.filter.clone()
            };
            let list = DeskList::new(&filter, resolved.clone(), &readable, standing.account);
            states.push((state, count(&transaction, &list).await?));
        }
        for stage in StageName::ALL.into_iter().filter(|_| query.stages) {
            let filter = DeskFilter {
                stages: vec![stage],
                ..query.filter.clone()
            };
            let list = DeskList::new(&filter, resolved.clone(), &readable, standing.account);
            stages.push((stage, count(&transaction, &list).await?));
        }
        let list = DeskList::new(&query.filter, resolved, &readable, standing.account);
        let total = if query.total {
            Some(count(&transaction, &list).await?)
        } else {
            None
        };
        let page = if query.items {
            let found = find_page(&transaction, &list, query.order, &query.page).await?;
            let mut loaded = load(&transaction, &taxonomy, &found.items, Purpose::Read).await?;
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
            states,
            stages,
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
        let live = text.live.as_ref();
        let draft = text.draft.as_ref();
        let editions = [live.map(|live| &live.edition), draft.map(|draft| &draft.edition)];
        let of_draft = draft.map(|draft| match &draft.stage {
            Stage::Written { returned } => returned.as_ref().map(|returned| returned.requested.by),
            Stage::InReview { submitted } => Some(submitted.by),
            Stage::Approved { approved } => Some(approved.by),
            Stage::Scheduled(plan) => Some(plan.planned.by),
            Stage::Failed(failed) => Some(failed.plan.planned.by),
        });
        let approver = draft
            .and_then(|draft| draft.stage.approved())
            .map(|approved| approved.by);
        let in_emergency = live
            .and_then(|live| live.emergency.as_ref())
            .map(|emergency| emergency.published.by);
        let savers = editions.into_iter().flatten().map(|edition| edition.saved_by);
        savers.chain(
            [Some(text.changed.by), of_draft.flatten(), approver, in_emergency]
                .into_iter()
                .flatten(),
        )
    });
    let creators = releases
        .iter()
        .filter_map(|release| release.created_by.map(Actor::Account));
    let ids: Vec<AccountId> = actors.chain(creators).filter_map(Actor::account).collect();
    names_of(transaction, ids.into_iter().chain(talk.people())).await
}
