//! What is live as of one sequence of the change log.

use std::collections::BTreeMap;
use std::sync::Arc;

use newsroom_domain::filter::ResolvedFilter;
use newsroom_domain::{ContentTypeId, Day, Locale, OfficeId, Reader, ReleaseId, ThemeId};
use roaring::RoaringBitmap;

use super::by_id::ById;
use super::columns::Columns;
use super::lists::Lists;
use super::selection::Selection;

/// What is live as of one sequence. It never changes; what a later state has in common with it is shared.
#[derive(Debug, Clone, Default)]
pub struct State {
    pub(super) sequence: i64,
    pub(super) generation: u64,
    pub(super) columns: Columns,
    pub(super) by_id: ById,
    /// The numbers of what is live.
    pub(super) all: Arc<RoaringBitmap>,
    /// The numbers whose order is the list's, live or not.
    pub(super) ordered: Arc<RoaringBitmap>,
    /// All other numbers, in the list's order.
    pub(super) strays: Arc<Vec<u32>>,
    /// Of the numbers in order, where each run of one day begins, and the day.
    pub(super) days: Arc<Vec<(u32, Day)>>,
    pub(super) offices: Lists<OfficeId>,
    pub(super) themes: Lists<ThemeId>,
    pub(super) types: Lists<ContentTypeId>,
    pub(super) locales: Lists<Locale>,
    pub(super) originals: Lists<Locale>,
}

impl State {
    /// The sequence of the change log that this is the state as of.
    #[must_use]
    pub fn sequence(&self) -> i64 {
        self.sequence
    }

    /// Which numbering the releases' numbers are of. It rises when all get new ones; numbers of one generation are the same
    /// in all its states.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// How many releases are live.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.all.len()
    }

    /// Whether nothing is live.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The number of a live release in this generation.
    #[must_use]
    pub fn number(&self, id: ReleaseId) -> Option<u32> {
        let number = self.by_id.get(id, &self.columns)?;
        self.all.contains(number).then_some(number)
    }

    /// The live release that has a number in this generation.
    #[must_use]
    pub fn id(&self, number: u32) -> Option<ReleaseId> {
        self.all.contains(number).then(|| self.columns.id(number))
    }

    /// The releases that pass the filter and, where numbers are given, are among them: those that a search found.
    #[must_use]
    pub fn select(&self, filter: &ResolvedFilter, found: Option<&RoaringBitmap>) -> Selection<'_> {
        Selection::new(self, filter, found)
    }

    /// Which releases this reader is shown in which locale. Each is in one of them: in the first of the reader's that it has a
    /// text in, or else in that of its original.
    #[must_use]
    pub fn shown_in(&self, reader: &Reader) -> BTreeMap<Locale, RoaringBitmap> {
        let mut shown: BTreeMap<Locale, RoaringBitmap> = BTreeMap::new();
        let mut left = self.all.as_ref().clone();
        let mut show = |locale: &Locale, list: &RoaringBitmap| {
            let these = list & &left;
            if !these.is_empty() {
                left -= &these;
                *shown.entry(locale.clone()).or_default() |= these;
            }
        };
        for locale in reader.wanted() {
            if let Some(list) = self.locales.of(locale) {
                show(locale, list);
            }
        }
        for (locale, list) in self.originals.each() {
            show(locale, list);
        }
        shown
    }

    /// Which releases can be read in which locale. Each is in all of its own.
    #[must_use]
    pub fn readable_in(&self) -> BTreeMap<Locale, RoaringBitmap> {
        let each = self.locales.each();
        each.map(|(locale, list)| (locale.clone(), list.clone())).collect()
    }
}
