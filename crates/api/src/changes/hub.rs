//! What is new in the change log, read once for all who wait for it.
//!
//! Nothing is queued for anybody: each follower has a place in the log, and takes what comes behind it when it is ready for that,
//! from what is kept here of the log's end, or from the log itself where it has fallen back further. So a follower who reads
//! nothing costs nothing, and one who comes back misses nothing.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use newsroom_domain::{
    change::{ChangeCursor, ChangeScope},
    filter::ReleaseFilter,
    taxonomy::Taxonomy,
};
use newsroom_persistence::{ChangeEvent, ReportedChange, Store, StoreError};
use tokio::sync::watch;

use super::{RefuseFilter, check_cursor, scope_of};
use crate::{
    error::{ApiError, ErrorCode},
    store_failure::present,
};

/// How many changes are kept of the log's end.
const KEPT: usize = 256;
/// How many are read at once for a follower who is behind.
const BEHIND: usize = 50;
/// For how long that is told as it was read, where there is something new meanwhile.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// The end of the change log, and who follows it.
#[derive(Debug)]
pub struct ChangeHub {
    store: Store,
    /// Where the log ends, as far as it has been read.
    head: watch::Sender<ChangeCursor>,
    recent: Mutex<VecDeque<ChangeEvent>>,
    places: Mutex<HashMap<String, usize>>,
    most_per_client: usize,
}

impl ChangeHub {
    /// The hub of a store whose log somebody looks at again and again (see [`ChangeHub::keep_up`]). So many streams are given to
    /// one client.
    #[must_use]
    pub fn new(store: Store, most_per_client: usize) -> Self {
        Self {
            store,
            head: watch::Sender::new(ChangeCursor::BEGINNING),
            recent: Mutex::default(),
            places: Mutex::default(),
            most_per_client,
        }
    }

    /// Reads what is new, and wakes those who wait for it.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn keep_up(&self) -> Result<(), StoreError> {
        let known = *self.head.borrow();
        if self.store.sequence().await? == known.sequence {
            return Ok(());
        }
        let moment = self.store.moment().await?;
        let head = moment.head().await?;
        let is_followed = self.head.receiver_count() > 0;
        let is_further = known != ChangeCursor::BEGINNING && known.sequence < head.sequence;
        let is_near = usize::try_from(head.sequence - known.sequence).is_ok_and(|new| new <= KEPT);
        let new = if is_followed && is_further && is_near {
            moment.events_after(known.sequence, KEPT as u64).await?
        } else {
            Vec::new()
        };
        moment.end().await?;
        {
            let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
            if new.is_empty() {
                recent.clear();
            }
            keep(&mut recent, new);
        }
        self.head.send_replace(head);
        Ok(())
    }

    /// The taxonomy that is kept with what is kept of the log's end, where that is all behind that place.
    fn taxonomy_after(&self, cursor: &ChangeCursor) -> Option<(i64, Arc<Taxonomy>)> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let first = recent.front()?;
        let is_whole = first.logged.cursor.sequence <= cursor.sequence + 1;
        is_whole.then(|| (first.taxonomy_revision, Arc::clone(&first.taxonomy)))
    }

    /// The first change behind that place that concerns a follower, of what is kept; and up to where there is nothing else for them.
    fn recent_after(&self, cursor: &ChangeCursor, scope: &ChangeScope) -> (Option<ReportedChange>, ChangeCursor) {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let behind = recent
            .iter()
            .skip_while(|event| event.logged.cursor.sequence <= cursor.sequence);
        let mut reached = *cursor;
        for event in behind {
            reached = event.logged.cursor;
            if let Some(reported) = event.report(scope) {
                return (Some(reported), reached);
            }
        }
        (None, reached)
    }

    /// A place for one more stream of a client.
    ///
    /// # Errors
    /// `RATE_LIMITED` where it has as many as one may have.
    pub(crate) fn place(self: &Arc<Self>, client: String) -> Result<StreamPlace, ApiError> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = places.entry(client.clone()).or_default();
        if *taken >= self.most_per_client {
            let message = format!(
                "You have {} streams open, as many as one client may have: close one first.",
                self.most_per_client
            );
            return Err(ApiError::new(ErrorCode::RateLimited, message).with_retry_after(30));
        }
        *taken += 1;
        Ok(StreamPlace {
            hub: Arc::clone(self),
            client,
        })
    }

    /// Follows the log from a place on, or from its end.
    ///
    /// # Errors
    /// `INVALID_CURSOR`, `VALIDATION_FAILED`, or that of a store that fails.
    pub(crate) async fn follow(
        self: &Arc<Self>,
        after: Option<ChangeCursor>,
        filter: ReleaseFilter,
        refuse: RefuseFilter,
    ) -> Result<Follower, ApiError> {
        let ends = self.head.subscribe();
        let moment = self.store.moment().await.map_err(|error| present(&error))?;
        let scope = scope_of(&moment, &filter, refuse)?;
        let revision = moment.taxonomy_revision();
        let cursor = match after {
            Some(after) => {
                check_cursor(&moment, &after).await?;
                after
            }
            None => moment.head().await.map_err(|error| present(&error))?,
        };
        moment.end().await.map_err(|error| present(&error))?;
        Ok(Follower {
            hub: Arc::clone(self),
            ends,
            cursor,
            filter,
            refuse,
            scope: (revision, scope),
            pending: VecDeque::new(),
            read_at: Instant::now(),
            read_up_to: 0,
        })
    }
}

/// Takes in what is new. A release is told as it is now, also by what was kept of it before: so is what an office is called.
fn keep(recent: &mut VecDeque<ChangeEvent>, new: Vec<ChangeEvent>) {
    let Some(newest) = new.last().cloned() else { return };
    let faces: HashMap<_, _> = new
        .iter()
        .filter_map(|event| Some((event.logged.change.subject.uuid(), event.face.clone()?)))
        .collect();
    for event in recent.iter_mut() {
        event.taxonomy = Arc::clone(&newest.taxonomy);
        event.taxonomy_revision = newest.taxonomy_revision;
        if let Some(face) = faces.get(&event.logged.change.subject.uuid()) {
            event.face = Some(Arc::clone(face));
        }
    }
    recent.extend(new);
    let surplus = recent.len().saturating_sub(KEPT);
    recent.drain(..surplus);
}

/// A client's place among the streams, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct StreamPlace {
    hub: Arc<ChangeHub>,
    client: String,
}

impl StreamPlace {
    /// Whose it is.
    pub(crate) fn client(&self) -> &str {
        &self.client
    }
}

impl Drop for StreamPlace {
    fn drop(&mut self) {
        let mut places = self.hub.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = places.get_mut(&self.client) {
            *taken -= 1;
            if *taken == 0 {
                places.remove(&self.client);
            }
        }
    }
}

/// Somebody who follows the log.
#[derive(Debug)]
pub(crate) struct Follower {
    hub: Arc<ChangeHub>,
    ends: watch::Receiver<ChangeCursor>,
    cursor: ChangeCursor,
    filter: ReleaseFilter,
    refuse: RefuseFilter,
    /// What the filter means, in the taxonomy of that revision.
    scope: (i64, ChangeScope),
    /// What was read of the log itself, when, and where the log ended then.
    pending: VecDeque<ReportedChange>,
    read_at: Instant,
    read_up_to: i64,
}

impl Follower {
    /// How far it has come. There is nothing for it until here that it was not told.
    pub(crate) const fn cursor(&self) -> ChangeCursor {
        self.cursor
    }

    /// Waits for the next change that concerns it. It may be given up and called again.
    ///
    /// # Errors
    /// Where the filter names what is not there any more, or the store fails.
    pub(crate) async fn next(&mut self) -> Result<ReportedChange, ApiError> {
        loop {
            let end = *self.ends.borrow_and_update();
            // What was read a while ago may be otherwise by now.
            if self.read_at.elapsed() > GOOD_FOR && self.read_up_to != end.sequence {
                self.pending.clear();
            }
            if let Some(change) = self.pending.pop_front() {
                self.cursor = change.event.logged.cursor;
                return Ok(change);
            }
            if end.sequence <= self.cursor.sequence {
                // The hub lives as long as its followers.
                let _ = self.ends.changed().await;
                continue;
            }
            match self.hub.taxonomy_after(&self.cursor) {
                Some((revision, taxonomy)) => {
                    // What was read of the database itself may be ahead of what is kept.
                    if revision > self.scope.0 {
                        let resolved = self.filter.resolve(&taxonomy, self.hub.store.time_zone());
                        let resolved = resolved.map_err(self.refuse)?;
                        self.scope = (revision, ChangeScope::of(&resolved, &taxonomy));
                    }
                    let (change, reached) = self.hub.recent_after(&self.cursor, &self.scope.1);
                    self.cursor = reached;
                    if let Some(change) = change {
                        return Ok(change);
                    }
                }
                None => self.catch_up(end).await?,
            }
        }
    }

    /// Reads from the log itself.
    async fn catch_up(&mut self, end: ChangeCursor) -> Result<(), ApiError> {
        (self.read_at, self.read_up_to) = (Instant::now(), end.sequence);
        let failed = |error: StoreError| present(&error);
        let moment = self.hub.store.moment().await.map_err(failed)?;
        check_cursor(&moment, &self.cursor).await?;
        let scope = scope_of(&moment, &self.filter, self.refuse)?;
        let page = moment
            .changes_after(&self.cursor, &scope, BEHIND)
            .await
            .map_err(failed)?;
        self.scope = (moment.taxonomy_revision(), scope);
        moment.end().await.map_err(failed)?;
        self.pending.extend(page.changes);
        if self.pending.is_empty() {
            self.cursor = page.cursor;
        }
        Ok(())
    }
}
