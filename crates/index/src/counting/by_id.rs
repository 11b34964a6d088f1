//! Which number a release has, at four bytes a release.

use std::collections::BTreeMap;
use std::sync::Arc;

use newsroom_domain::ReleaseId;
use roaring::RoaringBitmap;

use super::columns::Columns;

/// The most that are kept beside the sorted ones while states are shown: each state has a copy of them.
const MOST_LATER: usize = 4096;

/// The newest number of each release that ever had one since everything was numbered.
#[derive(Debug, Clone, Default)]
pub(super) struct ById {
    /// Numbers by the identity that the columns have for them, a release once.
    sorted: Arc<Vec<u32>>,
    /// What was given since; this counts where both know a release.
    later: Arc<BTreeMap<ReleaseId, u32>>,
}

impl ById {
    /// All numbers that the columns have, each of which is a release of its own.
    pub(super) fn of(columns: &Columns) -> Self {
        let mut sorted: Vec<u32> = (0..columns.len()).collect();
        sorted.sort_by_key(|number| columns.id(*number));
        Self {
            sorted: Arc::new(sorted),
            later: Arc::default(),
        }
    }

    /// The newest number of each release that the columns have, in the order of the releases; `None` where these are not, or
    /// where what is live has others.
    pub(super) fn of_newest(newest: Vec<u32>, live: &RoaringBitmap, columns: &Columns) -> Option<Self> {
        let mut is_newest = vec![false; columns.len() as usize];
        let mut last = None;
        for number in &newest {
            *is_newest.get_mut(*number as usize)? = true;
            let id = Some(columns.id(*number));
            if last >= id {
                return None;
            }
            last = id;
        }
        let by_id = Self {
            sorted: Arc::new(newest),
            later: Arc::default(),
        };
        let has_newer = |number: u32| by_id.get(columns.id(number), columns) > Some(number);
        let whole = (0..columns.len()).all(|number| is_newest[number as usize] || has_newer(number));
        let mut live = live.iter();
        let found = live.all(|number| is_newest.get(number as usize) == Some(&true));
        (whole && found).then_some(by_id)
    }

    /// The newest number of each release, in the order of the releases.
    pub(super) fn newest(&self, columns: &Columns) -> Vec<u32> {
        let mut merged = Vec::with_capacity(self.sorted.len() + self.later.len());
        let mut later = self.later.iter().peekable();
        for number in self.sorted.iter() {
            let id = columns.id(*number);
            while let Some((_, earlier)) = later.next_if(|(other, _)| **other < id) {
                merged.push(*earlier);
            }
            let newer = later.next_if(|(other, _)| **other == id);
            merged.push(newer.map_or(*number, |(_, newer)| *newer));
        }
        merged.extend(later.map(|(_, number)| *number));
        merged
    }

    pub(super) fn get(&self, id: ReleaseId, columns: &Columns) -> Option<u32> {
        self.later.get(&id).copied().or_else(|| {
            let found = self.sorted.binary_search_by_key(&id, |number| columns.id(*number));
            found.ok().map(|index| self.sorted[index])
        })
    }

    /// Notes a release's number, which the columns have already.
    pub(super) fn put(&mut self, id: ReleaseId, number: u32, columns: &Columns) {
        Arc::make_mut(&mut self.later).insert(id, number);
        // In proportion to what is sorted while nobody else has a copy, or a first load would be sorted over and over.
        let alone = Arc::get_mut(&mut self.sorted).is_some();
        let most = if alone { self.sorted.len() / 4 } else { 0 };
        if self.later.len() > most.max(MOST_LATER) {
            self.sort_in(columns);
        }
    }

    fn sort_in(&mut self, columns: &Columns) {
        self.sorted = Arc::new(self.newest(columns));
        self.later = Arc::default();
    }
}
