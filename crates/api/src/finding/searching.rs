//! The search index of this process, in its folder: opened, fed, and built anew where it has to be.

use std::{
    collections::{BTreeMap, VecDeque},
    fs, io,
    path::PathBuf,
    sync::{Arc, Mutex as StdMutex, PoisonError},
};

use newsroom_domain::{ReleaseId, findable::FindableText};
use newsroom_index::search::{Check, IndexCursor, SearchError, SearchIndex, SearchState, Synonyms};
use newsroom_persistence::{Moment, Store, StoreError};
use tokio::{
    sync::{Mutex, OwnedMutexGuard, mpsc, watch},
    task::spawn_blocking,
};

/// How many texts are read at once when the index is built anew.
const PORTION: u64 = 2_000;

/// The most changed releases that are fed one by one; with more, all is built anew.
const MOST_KEPT_UP: usize = 20_000;

/// How many states answer on, so that whoever has begun to read an earlier moment finds the one of that.
const KEPT: usize = 16;

/// The file in the folder by which another process asks the one that has it to build the index anew.
const ASKED: &str = "rebuild";

/// Where the search index is kept, and what goes with it.
#[derive(Debug, Clone, Default)]
pub struct SearchConfig {
    /// The folder, of which one process at a time makes use; made where it is missing.
    pub folder: PathBuf,
    /// What readers call by several names.
    pub synonyms: Synonyms,
}

/// Why the search index could not be kept up.
#[derive(Debug, thiserror::Error)]
pub enum KeepUpError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The index failed.
    #[error(transparent)]
    Search(#[from] SearchError),
}

impl From<io::Error> for KeepUpError {
    fn from(error: io::Error) -> Self {
        Self::Search(error.into())
    }
}

/// What came of asking for a search index that is built anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reindexed {
    /// It was built, of so many texts.
    Built(u64),
    /// Another process has the folder, and has been asked to.
    AskedForIt,
}

/// An index that is open, and how far it has come.
#[derive(Debug)]
struct Open {
    index: SearchIndex,
    /// The sequence up to which it has taken in all that there is; none where it has to be built anew.
    fed: Option<i64>,
}

/// Whoever has this has the index to himself.
pub(super) struct Turn(OwnedMutexGuard<Option<Open>>);

/// The search index.
#[derive(Debug)]
pub(super) struct Searching {
    config: SearchConfig,
    open: Arc<Mutex<Option<Open>>>,
    /// What answers, by the sequence that it is the state of.
    states: StdMutex<VecDeque<(i64, SearchState)>>,
    /// Whether there is an index to go on from.
    ready: watch::Sender<bool>,
}

impl Searching {
    pub(super) fn new(config: SearchConfig) -> Self {
        Self {
            config,
            open: Arc::default(),
            states: StdMutex::default(),
            ready: watch::Sender::new(false),
        }
    }

    /// What answers as of that sequence, if it is there.
    pub(super) fn at(&self, sequence: i64) -> Option<SearchState> {
        let states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        let found = states.iter().find(|(of, _)| *of == sequence);
        found.map(|(_, state)| state.clone())
    }

    fn keep(&self, sequence: i64, state: SearchState) {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        states.retain(|(of, _)| *of != sequence);
        states.push_back((sequence, state));
        if states.len() > KEPT {
            states.pop_front();
        }
    }

    /// The index, once it has something to go on from.
    pub(super) async fn turn(&self) -> Turn {
        // Fails only where the sender is gone, which is here.
        let _ = self.ready.subscribe().wait_for(|ready| *ready).await;
        self.take_turn().await
    }

    /// The index, in whatever state it is.
    async fn take_turn(&self) -> Turn {
        Turn(Arc::clone(&self.open).lock_owned().await)
    }

    /// Feeds the index what has changed up to that moment; `false` where it is more than `most`, or all there is. Where it fails, the
    /// turn has ended.
    ///
    /// # Errors
    /// Where the database or the index fails.
    pub(super) async fn feed(&self, mut turn: Turn, moment: &Moment, most: usize) -> Result<(Turn, bool), KeepUpError> {
        let sequence = moment.sequence();
        let fed = turn.0.as_ref().and_then(|open| open.fed);
        // The log never goes back: where the index is further, another database has been put in the place of the one that was.
        let Some(fed) = fed.filter(|fed| *fed <= sequence) else {
            return Ok((turn, false));
        };
        if fed < sequence {
            let Some(ids) = moment.changed_texts_since(fed, most).await? else {
                return Ok((turn, false));
            };
            let mut changed: BTreeMap<ReleaseId, Vec<FindableText>> = ids.iter().map(|id| (*id, Vec::new())).collect();
            for text in moment.texts(&ids).await? {
                changed.entry(text.release).or_default().push(text);
            }
            let cursor = cursor_at(moment).await?;
            turn = self.take_in(turn, changed.into_iter().collect(), cursor).await?;
        }
        if let Some(open) = turn.0.as_ref() {
            self.keep(sequence, open.index.searcher());
        }
        Ok((turn, true))
    }

    /// Takes in what has changed. That is done to its end, whether anybody still waits for it or not.
    async fn take_in(
        &self,
        mut turn: Turn,
        changed: Vec<(ReleaseId, Vec<FindableText>)>,
        cursor: IndexCursor,
    ) -> Result<Turn, KeepUpError> {
        let taken_in = blocking(move || {
            let sequence = cursor.sequence;
            if let Some(open) = turn.0.as_mut() {
                // What changed no text is nothing to write for.
                if !changed.is_empty()
                    && let Err(error) = open.index.apply(&changed, cursor)
                {
                    // It is opened again, and goes on from what was written.
                    *turn.0 = None;
                    return Err(error);
                }
                open.fed = Some(sequence);
            }
            Ok(turn)
        })
        .await;
        Ok(taken_in.inspect_err(|_| {
            self.ready.send_replace(false);
        })?)
    }

    /// Opens the index where it is not open, feeds it what has changed, or builds it anew.
    ///
    /// # Errors
    /// Where the folder is another's, or the database or the index fails.
    pub(super) async fn keep_up(&self, store: &Store) -> Result<(), KeepUpError> {
        let mut turn = self.take_turn().await;
        let asked = self.config.folder.join(ASKED);
        let is_asked = fs::exists(&asked)?;
        if let Some(open) = turn.0.as_ref()
            && !is_asked
            && open.fed == Some(store.sequence().await?)
        {
            return Ok(());
        }
        let moment = store.moment().await?;
        let mut check = None;
        if turn.0.is_none() {
            let open = self.open(&moment).await?;
            check = open.fed.map(|_| open.index.check());
            *turn.0 = Some(open);
        }
        let mut is_fed = false;
        if !is_asked {
            (turn, is_fed) = self.feed(turn, &moment, MOST_KEPT_UP).await?;
        }
        if !is_fed {
            self.build_anew(&mut turn, &moment, &|_| {}).await?;
            check = None;
            if is_asked {
                fs::remove_file(asked)?;
            }
        }
        self.ready.send_replace(true);
        moment.end().await?;
        drop(turn);
        match check {
            Some(check) => self.discard_if_damaged(check).await,
            None => Ok(()),
        }
    }

    /// Reads all files of an index that has just been opened, beside those who search in it, and takes it away if any is not as
    /// it was written: it is then built anew.
    async fn discard_if_damaged(&self, check: Check) -> Result<(), KeepUpError> {
        let damaged = match blocking(move || check.damaged()).await {
            Ok(damaged) => damaged,
            Err(error) => {
                // Most likely they were merged into others, which are as they were just written.
                tracing::debug!(%error, "the files of the search index were not all read");
                0
            }
        };
        if damaged == 0 {
            return Ok(());
        }
        tracing::warn!(damaged, "files of the search index are damaged; it is built anew");
        self.ready.send_replace(false);
        let mut turn = self.take_turn().await;
        self.states.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let (open, folder) = (turn.0.take(), self.config.folder.clone());
        Ok(blocking(move || open.map_or(Ok(()), |open| open.index.discard(&folder))).await?)
    }

    /// Builds the index anew, or asks the process to that has it.
    ///
    /// # Errors
    /// Where the database or the index fails.
    pub(super) async fn reindex(&self, store: &Store, so_far: &(dyn Fn(u64) + Sync)) -> Result<Reindexed, KeepUpError> {
        let mut turn = self.take_turn().await;
        let moment = store.moment().await?;
        match self.open(&moment).await {
            Ok(open) => *turn.0 = Some(open),
            Err(KeepUpError::Search(SearchError::Busy)) => {
                fs::write(self.config.folder.join(ASKED), "")?;
                return Ok(Reindexed::AskedForIt);
            }
            Err(error) => return Err(error),
        }
        let texts = self.build_anew(&mut turn, &moment, so_far).await?;
        moment.end().await?;
        Ok(Reindexed::Built(texts))
    }

    async fn open(&self, moment: &Moment) -> Result<Open, KeepUpError> {
        let SearchConfig { folder, synonyms } = self.config.clone();
        let index = blocking(move || SearchIndex::open(&folder, synonyms)).await?;
        let mut fed = None;
        if let Some(cursor) = index.cursor() {
            // What was built from another database is of no use here.
            let is_ours = cursor.fingerprint == moment.fingerprint(cursor.sequence).await?;
            fed = is_ours.then_some(cursor.sequence);
        }
        Ok(Open { index, fed })
    }

    /// Builds the index anew of all that there is at that moment, and gives the number of texts.
    async fn build_anew(
        &self,
        turn: &mut Turn,
        moment: &Moment,
        so_far: &(dyn Fn(u64) + Sync),
    ) -> Result<u64, KeepUpError> {
        let Some(open) = turn.0.take() else {
            return Ok(0);
        };
        self.ready.send_replace(false);
        let cursor = cursor_at(moment).await?;
        let (portions, written) = mpsc::channel(2);
        let writing = spawn_blocking(move || write_anew(open, written, cursor));
        let mut texts = 0;
        let mut last = None;
        loop {
            let after = last.as_ref().map(|(release, locale)| (*release, locale));
            let portion = moment.texts_after(after, PORTION).await?;
            let Some(text) = portion.last() else { break };
            last = Some((text.release, text.locale.clone()));
            texts += portion.len() as u64;
            // Whoever writes has stopped where he failed, which he says at the end.
            if portions.send(Some(portion)).await.is_err() {
                break;
            }
            so_far(texts);
        }
        let _ = portions.send(None).await;
        let open = joined(writing.await)?;
        self.keep(moment.sequence(), open.index.searcher());
        *turn.0 = Some(open);
        Ok(texts)
    }
}

/// How far an index has come that has taken in all that there is at that moment.
async fn cursor_at(moment: &Moment) -> Result<IndexCursor, StoreError> {
    let sequence = moment.sequence();
    let fingerprint = moment.fingerprint(sequence).await?;
    Ok(IndexCursor { sequence, fingerprint })
}

/// Writes an index anew from portions, the last of which is `None`: without that, the old one stays.
fn write_anew(
    mut open: Open,
    mut portions: mpsc::Receiver<Option<Vec<FindableText>>>,
    cursor: IndexCursor,
) -> Result<Open, SearchError> {
    let sequence = cursor.sequence;
    let mut anew = open.index.begin_rebuild()?;
    while let Some(portion) = portions.blocking_recv() {
        let Some(texts) = portion else {
            anew.finish(cursor)?;
            open.fed = Some(sequence);
            return Ok(open);
        };
        anew.add(&texts)?;
    }
    drop(anew);
    Ok(open)
}

/// Does what takes the processor or the disk for itself, beside those that wait for the network.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    joined(spawn_blocking(work).await)
}

fn joined<T>(done: Result<T, tokio::task::JoinError>) -> T {
    match done {
        Ok(done) => done,
        // Nobody aborts it, so that it has panicked: as it would have here.
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
