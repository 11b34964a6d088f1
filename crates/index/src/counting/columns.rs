//! What is known of each release by its number, in chunks that states share.

use std::sync::Arc;

use newsroom_domain::findable::FindableRelease;
use newsroom_domain::page::Position;
use newsroom_domain::{Day, ReleaseId};

/// Where a release stands in the list: its publishing instant in microseconds, and its identity.
pub(super) type Place = (i64, ReleaseId);

/// The place of a cursor.
pub(super) fn place_of(position: Position) -> Place {
    (position.at.micros(), position.id)
}

/// How many numbers a chunk has: what one change of one of them copies.
const CHUNK: u32 = 4096;

/// A value for each number.
#[derive(Debug, Clone)]
struct Column<T> {
    chunks: Vec<Arc<Vec<T>>>,
    len: u32,
}

impl<T> Default for Column<T> {
    fn default() -> Self {
        Self {
            chunks: Vec::new(),
            len: 0,
        }
    }
}

impl<T: Copy + PartialEq> Column<T> {
    fn get(&self, number: u32) -> T {
        self.chunks[chunk_of(number)][(number % CHUNK) as usize]
    }

    fn push(&mut self, value: T) {
        let full = self.len.is_multiple_of(CHUNK);
        self.len += 1;
        match self.chunks.last_mut() {
            Some(last) if !full => Arc::make_mut(last).push(value),
            _ => self.chunks.push(Arc::new(vec![value])),
        }
    }

    fn set(&mut self, number: u32, value: T) {
        if self.get(number) != value {
            Arc::make_mut(&mut self.chunks[chunk_of(number)])[(number % CHUNK) as usize] = value;
        }
    }
}

fn chunk_of(number: u32) -> usize {
    (number / CHUNK) as usize
}

/// What is known of each number, whether its release is live or not.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns {
    ids: Column<ReleaseId>,
    published: Column<i64>,
    days: Column<Day>,
    updated: Column<i64>,
    /// For each chunk, an instant that no update in it is newer than.
    newest_updates: Vec<i64>,
}

impl Columns {
    /// How many numbers there are.
    pub(super) fn len(&self) -> u32 {
        self.ids.len
    }

    pub(super) fn id(&self, number: u32) -> ReleaseId {
        self.ids.get(number)
    }

    pub(super) fn published(&self, number: u32) -> i64 {
        self.published.get(number)
    }

    pub(super) fn place(&self, number: u32) -> Place {
        (self.published(number), self.id(number))
    }

    pub(super) fn day(&self, number: u32) -> Day {
        self.days.get(number)
    }

    pub(super) fn updated(&self, number: u32) -> i64 {
        self.updated.get(number)
    }

    /// Gives a release the next number.
    pub(super) fn push(&mut self, release: &FindableRelease) {
        self.push_row(
            (release.published_at.micros(), release.id),
            release.publishing_date,
            release.updated_at.micros(),
        );
    }

    /// Gives the release of a number of others the next number here.
    pub(super) fn push_from(&mut self, others: &Self, number: u32) {
        self.push_row(others.place(number), others.day(number), others.updated(number));
    }

    /// What is known of each number: its place, its day, and when it was updated. From the first number on.
    pub(super) fn rows(&self) -> impl Iterator<Item = (Place, Day, i64)> {
        (0..self.len()).map(|number| (self.place(number), self.day(number), self.updated(number)))
    }

    /// Gives a release at that place, of that day, updated then, the next number.
    pub(super) fn push_row(&mut self, (published, id): Place, day: Day, updated: i64) {
        let chunk = chunk_of(self.len());
        self.ids.push(id);
        self.published.push(published);
        self.days.push(day);
        self.updated.push(updated);
        match self.newest_updates.get_mut(chunk) {
            Some(newest) => *newest = updated.max(*newest),
            None => self.newest_updates.push(updated),
        }
    }

    /// What of a release may change while its number stays.
    pub(super) fn set(&mut self, number: u32, release: &FindableRelease) {
        let was = self.updated(number);
        let is = release.updated_at.micros();
        self.updated.set(number, is);
        let chunk = chunk_of(number);
        let newest = &mut self.newest_updates[chunk];
        if is >= *newest {
            *newest = is;
        } else if was == *newest {
            *newest = self.updated.chunks[chunk].iter().copied().max().unwrap_or(is);
        }
    }

    /// Ranges of numbers, each with an instant that no update in it is newer than, the newest such first.
    pub(super) fn by_newest_update(&self) -> Vec<(i64, std::ops::Range<u32>)> {
        let starts = (0_u32..).step_by(CHUNK as usize);
        let ranges = starts.zip(&self.newest_updates);
        let mut ranges: Vec<_> = ranges
            .map(|(start, newest)| (*newest, start..start.saturating_add(CHUNK)))
            .collect();
        ranges.sort_unstable_by_key(|(newest, _)| std::cmp::Reverse(*newest));
        ranges
    }
}
