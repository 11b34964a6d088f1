//! Finding releases: a state of the database, and beside it what the read index and the search index know of the very same
//! state.
//!
//! Whoever needs the index at a sequence that it has not come to feeds it, from the state that is being read. So nobody is
//! answered from an index that is behind, on whichever host, and nothing has to be told from one host to another; the
//! worker that looks in several times a second only sees to it that there is little left to feed. A first load goes on beside the
//! readers, who have the database until it is done. Later processes begin from a checkpoint of the read index, and from where the
//! search index left off.

mod checkpoints;
mod searching;

use std::{cmp::Ordering, collections::BTreeMap, sync::Arc, time::Duration};

use newsroom_domain::filter::{ReleaseOrder, ResolvedFilter};
use newsroom_index::{Feeder, Index, State, search::SearchState};
use newsroom_persistence::{Moment, Store, StoreError};
use tokio::{
    sync::{Mutex, MutexGuard, Notify, watch},
    time::timeout,
};

use self::checkpoints::Checkpoints;
use self::searching::Searching;
pub(crate) use self::searching::blocking;
pub use self::searching::{KeepUpError, Reindexed, SearchConfig};

/// How many releases are read at once in a first load.
const PORTION: u64 = 5_000;

/// The most changed releases that a reader's query feeds; what is more is left to the worker.
const MOST_FED: usize = 1_000;

/// The most changed releases that the worker feeds one by one; with more, it loads all anew.
const MOST_KEPT_UP: usize = 100_000;

/// How long the database may take to say what it needs to know for a checkpoint: a server that ends waits for it.
const FOR_A_CHECKPOINT: Duration = Duration::from_secs(2);

/// How long a query waits for the index before it is answered without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// As good as not at all: the database can answer too.
    Little,
    /// For some seconds: only the index can answer.
    Some,
}

impl Patience {
    const fn duration(self) -> Duration {
        match self {
            Self::Little => Duration::from_millis(100),
            Self::Some => Duration::from_secs(5),
        }
    }
}

/// What a question is answered from: all of one state.
pub(crate) struct Found {
    /// The state of the database.
    pub(crate) moment: Moment,
    /// The read index, where it is loaded.
    pub(crate) state: Option<Arc<State>>,
    /// The search index, where it was asked for and is there.
    pub(crate) search: Option<SearchState>,
}

/// The store and the indexes over it.
#[derive(Debug)]
pub struct Finder {
    store: Store,
    index: Index,
    feeder: Mutex<Feeder>,
    /// Whether there is anything in the index yet.
    loaded: watch::Sender<bool>,
    /// Rung when more is to be fed than a query feeds.
    wanted: Notify,
    checkpoints: Checkpoints,
    searching: Searching,
}

impl Finder {
    /// A finder whose index has nothing in it yet: somebody has to keep it up (see [`Finder::keep_up`] and
    /// [`Finder::keep_search_up`]).
    #[must_use]
    pub fn new(store: Store, search: SearchConfig) -> Self {
        let (index, feeder) = newsroom_index::new();
        Self {
            store,
            index,
            feeder: Mutex::new(feeder),
            loaded: watch::Sender::new(false),
            wanted: Notify::new(),
            checkpoints: Checkpoints::new(search.folder.clone()),
            searching: Searching::new(search),
        }
    }

    /// A state of the database, and the index at that state, with the search index where `searches`. Without either, where it is
    /// not loaded yet or is further behind than a query can make up for within the patience.
    pub(crate) async fn moment(&self, patience: Patience, searches: bool) -> Result<Found, StoreError> {
        let moment = self.store.moment().await?;
        let found = self.at(moment, searches);
        if found.state.is_some() && (found.search.is_some() || !searches) {
            return Ok(found);
        }
        // Nobody waits with a connection in hand.
        found.moment.end().await?;
        let turns = async {
            // In this order, so that nobody who waits for a long search to be built holds up the others.
            let search = if searches {
                Some(self.searching.turn().await)
            } else {
                None
            };
            (search, self.turn().await)
        };
        let Ok((search, mut feeder)) = timeout(patience.duration(), turns).await else {
            return Ok(self.at(self.store.moment().await?, searches));
        };
        // With the feeder in hand, so that the index goes no further than this.
        let moment = self.store.moment().await?;
        let mut is_fed = feed(&mut feeder, &moment, MOST_FED).await?;
        drop(feeder);
        if let Some(search) = search {
            is_fed &= match self.searching.feed(search, &moment, MOST_FED).await {
                Ok((_, is_fed)) => is_fed,
                Err(KeepUpError::Store(error)) => return Err(error),
                // The worker tries it again, and says so until it holds.
                Err(KeepUpError::Search(_)) => false,
            };
        }
        if !is_fed {
            self.wanted.notify_waiters();
        }
        Ok(self.at(moment, searches))
    }

    fn at(&self, moment: Moment, searches: bool) -> Found {
        let sequence = moment.sequence();
        Found {
            state: self.index.at(sequence),
            search: if searches { self.searching.at(sequence) } else { None },
            moment,
        }
    }

    /// Feeds the index what has changed; the first time, beginning from a checkpoint where one is there, or else from all that there
    /// is. To be called again and again.
    ///
    /// # Errors
    /// Where the database fails; what is in the index then stays, and it may be tried again.
    pub async fn keep_up(&self) -> Result<(), StoreError> {
        let mut feeder = self.feeder.lock().await;
        if feeder.sequence() == Some(self.store.sequence().await?) {
            return Ok(());
        }
        let moment = self.store.moment().await?;
        let fed = if self.checkpoints.is_unread() {
            self.begin(&mut feeder, &moment).await?
        } else {
            feed(&mut feeder, &moment, MOST_KEPT_UP).await?
        };
        if !fed {
            load(&mut feeder, &moment).await?;
            self.checkpoints.begun(None);
        }
        self.loaded.send_replace(true);
        moment.end().await
    }

    /// Begins from the checkpoint; `false` where there is none that will do.
    async fn begin(&self, feeder: &mut Feeder, moment: &Moment) -> Result<bool, StoreError> {
        let Some((checkpoint, from)) = self.checkpoints.read(moment).await? else {
            return Ok(false);
        };
        feeder.begin_from(checkpoint);
        if !feed(feeder, moment, MOST_KEPT_UP).await? {
            return Ok(false);
        }
        let anything = ResolvedFilter::default();
        let (_, expected) = moment.find(&anything, ReleaseOrder::NewestFirst, None, true).await?;
        let releases = self.index.at(moment.sequence()).map(|state| state.len());
        if releases != expected {
            // Something changed that the log has no word of.
            tracing::warn!(
                ?releases,
                ?expected,
                "the read index's checkpoint is not what the database has"
            );
            feeder.hide();
            return Ok(false);
        }
        tracing::info!(
            sequence = from.sequence,
            releases,
            "the read index began from its checkpoint"
        );
        self.checkpoints.begun(Some(from));
        Ok(true)
    }

    /// Keeps the read index in a file for the next start, where it has changed since it was last kept, and `is_ending` or some time
    /// has passed. Nobody is held up by it; what fails is logged. To be called again and again.
    pub async fn keep_checkpoint(&self, is_ending: bool) {
        let Some(state) = self.index.newest() else { return };
        if !self.checkpoints.wants(state.sequence(), is_ending) {
            return;
        }
        let cursor = async {
            let moment = self.store.moment().await?;
            let cursor = self.checkpoints.cursor(state.sequence(), &moment).await?;
            moment.end().await?;
            Ok::<_, StoreError>(cursor)
        };
        match timeout(FOR_A_CHECKPOINT, cursor).await {
            Ok(Ok(Some(cursor))) => return self.checkpoints.write(state, cursor).await,
            Ok(Ok(None)) => {
                tracing::warn!("the database is not the one that the read index is of: no checkpoint is written");
            }
            Ok(Err(error)) => tracing::warn!(%error, "no checkpoint of the read index could be written"),
            Err(_) => tracing::warn!("no checkpoint of the read index could be written: the database does not answer"),
        }
        self.checkpoints.put_off();
    }

    /// Opens the search index where it is not open yet, feeds it what has changed, or builds it anew. To be called again and
    /// again.
    ///
    /// # Errors
    /// Where another process has its folder, or the database or the index fails; what is there then stays, and it may be tried
    /// again.
    pub async fn keep_search_up(&self) -> Result<(), KeepUpError> {
        self.searching.keep_up(&self.store).await
    }

    /// Builds the search index anew, and says how many texts it has so far. Where another process has the folder, that is asked
    /// to do it.
    ///
    /// # Errors
    /// Where the database or the index fails.
    pub async fn reindex(&self, so_far: &(dyn Fn(u64) + Sync)) -> Result<Reindexed, KeepUpError> {
        self.searching.reindex(&self.store, so_far).await
    }

    /// Waits until more is to be fed than a query feeds.
    pub async fn wanted(&self) {
        self.wanted.notified().await;
    }

    /// The feeder, once it has something to go on from.
    async fn turn(&self) -> MutexGuard<'_, Feeder> {
        // Fails only where the sender is gone, which is here.
        let _ = self.loaded.subscribe().wait_for(|loaded| *loaded).await;
        self.feeder.lock().await
    }
}

/// Feeds what has changed up to that moment; `false` where it is more than `most`, or all there is.
async fn feed(feeder: &mut Feeder, moment: &Moment, most: usize) -> Result<bool, StoreError> {
    let Some(fed) = feeder.sequence() else {
        return Ok(false);
    };
    match fed.cmp(&moment.sequence()) {
        Ordering::Less => {}
        Ordering::Equal => return Ok(true),
        // The log never goes back: another database has been put in the place of the one that was.
        Ordering::Greater => return Ok(false),
    }
    let Some(ids) = moment.changed_since(fed, most).await? else {
        return Ok(false);
    };
    let mut changed: BTreeMap<_, _> = ids.iter().map(|id| (*id, None)).collect();
    for release in moment.findable(&ids).await? {
        changed.insert(release.id, Some(release));
    }
    feeder.feed(changed, moment.sequence());
    Ok(true)
}

/// Loads all that there is at that moment, in place of what there was.
async fn load(feeder: &mut Feeder, moment: &Moment) -> Result<(), StoreError> {
    feeder.clear();
    let mut last = None;
    loop {
        let portion = moment.findable_after(last, PORTION).await?;
        let Some(release) = portion.last() else { break };
        last = Some(release.id);
        feeder.load(portion);
    }
    feeder.feed([], moment.sequence());
    Ok(())
}
