//! Parts of the list: what lies between two edges.

use std::ops::Range;

use super::columns::Place;
use super::state::State;

/// A place between two releases of the list, the oldest of which comes first.
#[derive(Debug, Clone, Copy)]
pub(super) enum Edge {
    /// Before all.
    Least,
    /// Before the first of this instant.
    Instant(i64),
    /// Right before this place.
    Before(Place),
    /// Right behind this place.
    Behind(Place),
    /// Behind all.
    Most,
}

impl Edge {
    /// Whether a place lies before this edge.
    fn is_behind(self, place: Place) -> bool {
        match self {
            Self::Least => false,
            Self::Instant(instant) => place.0 < instant,
            Self::Before(other) => place < other,
            Self::Behind(other) => place <= other,
            Self::Most => true,
        }
    }
}

impl State {
    /// What lies between two edges: a range of numbers, of which those in order count, and the strays.
    pub(super) fn between(&self, start: Edge, end: Edge) -> (Range<u32>, &[u32]) {
        let first = self.first_behind(start);
        let behind = self.first_behind(end).max(first);
        let stray = |edge: Edge| {
            self.strays
                .partition_point(|number| edge.is_behind(self.columns.place(*number)))
        };
        let strays = self.strays.get(stray(start)..stray(end)).unwrap_or_default();
        (first..behind, strays)
    }

    /// The first number in order that lies behind an edge, or the one that nobody has yet.
    fn first_behind(&self, edge: Edge) -> u32 {
        match edge {
            Edge::Least => return 0,
            Edge::Most => return self.columns.len(),
            _ => {}
        }
        let (mut low, mut high) = (0, u32::try_from(self.ordered.len()).unwrap_or(u32::MAX));
        while low < high {
            let middle = low + (high - low) / 2;
            match self.ordered.select(middle) {
                Some(number) if edge.is_behind(self.columns.place(number)) => low = middle + 1,
                _ => high = middle,
            }
        }
        self.ordered.select(low).unwrap_or(self.columns.len())
    }
}
