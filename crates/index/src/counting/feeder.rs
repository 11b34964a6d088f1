//! The one writer, and what readers hold.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock};

use newsroom_domain::ReleaseId;
use newsroom_domain::findable::FindableRelease;

use super::checkpoint::Checkpoint;
use super::state::State;

/// How many states are kept: a reader whose transaction began some acts ago still finds its own.
const KEPT: usize = 64;

/// Up to this many numbers out of order, or of nothing live, are put up with in any archive.
const FEW: u64 = 4096;

/// An index with nothing in it, which has no sequence yet, and its one writer.
#[must_use]
pub fn new() -> (Index, Feeder) {
    let index = Index::default();
    let feeder = Feeder {
        shown: index.clone(),
        state: State::default(),
        sequence: None,
        loading: false,
        few: FEW,
    };
    (index, feeder)
}

/// The newest states of what is live. A copy shows the same.
#[derive(Debug, Clone, Default)]
pub struct Index {
    states: Arc<RwLock<VecDeque<Arc<State>>>>,
}

impl Index {
    /// The state as of exactly this sequence, if it was fed and is among the last 64.
    #[must_use]
    pub fn at(&self, sequence: i64) -> Option<Arc<State>> {
        let states = self.states.read().unwrap_or_else(PoisonError::into_inner);
        let found = states.binary_search_by_key(&sequence, |state| state.sequence());
        found.ok().and_then(|index| states.get(index)).map(Arc::clone)
    }

    /// The newest state, if there is one yet.
    #[must_use]
    pub fn newest(&self) -> Option<Arc<State>> {
        let states = self.states.read().unwrap_or_else(PoisonError::into_inner);
        states.back().map(Arc::clone)
    }

    fn show(&self, state: Arc<State>) {
        let mut states = self.states.write().unwrap_or_else(PoisonError::into_inner);
        while states.back().is_some_and(|last| last.sequence() >= state.sequence()) {
            states.pop_back();
        }
        if states.len() == KEPT {
            states.pop_front();
        }
        states.push_back(state);
    }
}

/// The one writer of an index.
#[derive(Debug)]
pub struct Feeder {
    shown: Index,
    /// What the next state begins with.
    state: State,
    sequence: Option<i64>,
    /// Whether something was loaded that no state shows yet.
    loading: bool,
    /// How much may be out of order in any archive.
    few: u64,
}

impl Feeder {
    /// The sequence of what is shown, if anything is.
    #[must_use]
    pub fn sequence(&self) -> Option<i64> {
        self.sequence
    }

    /// Puts in what these releases are now (`None`: in no list any more), and shows the state as of that sequence. Of a
    /// release that is named twice, the last counts. States as of later sequences, should there be any, are dropped.
    pub fn feed(&mut self, changed: impl IntoIterator<Item = (ReleaseId, Option<FindableRelease>)>, sequence: i64) {
        if std::mem::take(&mut self.loading) {
            self.state.renumber();
        }
        for (id, release) in changed {
            match release {
                Some(release) => self.state.put(&release),
                None => self.state.take_out(id),
            }
            let out_of_order = self.state.out_of_order();
            if out_of_order > self.few && out_of_order > self.state.len() / 50 {
                self.state.renumber();
            }
        }
        self.state.sequence = sequence;
        self.sequence = Some(sequence);
        self.shown.show(Arc::new(self.state.clone()));
    }

    /// Puts in releases without showing them yet: a portion of a first load, in whatever order. The next
    /// [`Feeder::feed`] shows them.
    pub fn load(&mut self, releases: impl IntoIterator<Item = FindableRelease>) {
        self.loading = true;
        for release in releases {
            self.state.load(&release);
        }
    }

    /// Begins with what was live as of a checkpoint, and shows that. Its numbers are no earlier state's.
    pub fn begin_from(&mut self, checkpoint: Checkpoint) {
        self.state = State {
            generation: self.state.generation + 1,
            ..checkpoint.into_state()
        };
        (self.sequence, self.loading) = (Some(self.state.sequence), false);
        self.shown.show(Arc::new(self.state.clone()));
    }

    /// Forgets everything, to load it anew. Readers keep the states that are shown until the next one is.
    pub fn clear(&mut self) {
        self.state = State {
            generation: self.state.generation + 1,
            ..State::default()
        };
        (self.sequence, self.loading) = (None, true);
    }

    /// Shows nothing any more, until it is fed again: what was shown is not to be trusted.
    pub fn hide(&mut self) {
        let mut states = self.shown.states.write().unwrap_or_else(PoisonError::into_inner);
        states.clear();
    }

    /// As if an archive of any size had many out of order when this many are.
    #[cfg(test)]
    pub(super) fn renumber_beyond(&mut self, few: u64) {
        self.few = few;
    }
}
