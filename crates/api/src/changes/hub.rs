//! What is new in the change log, read once for all who wait for it.
//!
//! Nothing is queued for anybody: each follower has a place in the log, and takes what comes behind it when it is ready for that,
//! from what is kept here of the log's end, or from the log itself where it has fallen back further. So a follower who reads
//! nothing costs nothing, and one who comes back misses nothing.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use newsroom_domain::{
    change::{ChangeCursor, ChangeScope},
    filter::ReleaseFilter,
};
use newsroom_persistence::{ChangeEvent, ReportedChange, Store, StoreError};
use tokio::sync::watch;

use super::{check_cursor, scope_of};
use crate::{
    error::{ApiError, ErrorCode},
    parameters::named_as_parameters,
    store_failure::present,
};

/// How many changes are kept of the log's end.
const KEPT: usize = 256;
/// How many are read at once for a follower who is behind.
const BEHIND: usize = 50;

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
            recent.extend(new);
            let surplus = recent.len().saturating_sub(KEPT);
            recent.drain(..surplus);
        }
        self.head.send_replace(head);
        Ok(())
    }

    /// What is kept behind that place; `None` where some of it is not kept.
    fn recent_after(&self, cursor: &ChangeCursor) -> Option<Vec<ChangeEvent>> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let first = recent.front()?.logged.cursor.sequence;
        if cursor.sequence + 1 < first {
            return None;
        }
        let known = usize::try_from(cursor.sequence + 1 - first).ok()?;
        Some(recent.iter().skip(known).cloned().collect())
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
    ) -> Result<Follower, ApiError> {
        let ends = self.head.subscribe();
        let moment = self.store.moment().await.map_err(|error| present(&error))?;
        let scope = scope_of(&moment, &filter)?;
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
            scope: (revision, scope),
            pending: VecDeque::new(),
        })
    }
}

/// A client's place among the streams, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct StreamPlace {
    hub: Arc<ChangeHub>,
    client: String,
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
    /// What the filter means, in the taxonomy of that revision.
    scope: (i64, ChangeScope),
    pending: VecDeque<ReportedChange>,
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
            if let Some(change) = self.pending.pop_front() {
                self.cursor = change.event.logged.cursor;
                return Ok(change);
            }
            let end = *self.ends.borrow_and_update();
            if end.sequence <= self.cursor.sequence {
                // The hub lives as long as its followers.
                let _ = self.ends.changed().await;
                continue;
            }
            match self.hub.recent_after(&self.cursor) {
                Some(events) => self.take(events)?,
                None => self.catch_up().await?,
            }
        }
    }

    /// Takes what concerns it of what is new.
    fn take(&mut self, events: Vec<ChangeEvent>) -> Result<(), ApiError> {
        let Some(last) = events.last().map(|event| event.logged.cursor) else {
            return Ok(());
        };
        for event in events {
            if event.taxonomy_revision != self.scope.0 {
                let resolved = self.filter.resolve(&event.taxonomy, self.hub.store.time_zone());
                let resolved = resolved.map_err(|faults| ApiError::validation(named_as_parameters(faults)))?;
                self.scope = (event.taxonomy_revision, ChangeScope::of(&resolved, &event.taxonomy));
            }
            self.pending.extend(event.report(&self.scope.1));
        }
        if self.pending.is_empty() {
            self.cursor = last;
        }
        Ok(())
    }

    /// Reads from the log itself.
    async fn catch_up(&mut self) -> Result<(), ApiError> {
        let failed = |error: StoreError| present(&error);
        let moment = self.hub.store.moment().await.map_err(failed)?;
        check_cursor(&moment, &self.cursor).await?;
        let scope = scope_of(&moment, &self.filter)?;
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
