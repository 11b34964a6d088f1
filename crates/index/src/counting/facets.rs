//! How many releases of a selection have which value of a filter.

use std::collections::BTreeMap;

use newsroom_domain::{ContentTypeId, Locale, OfficeId, ThemeId};
use roaring::RoaringBitmap;

use super::lists::Lists;
use super::selection::{By, Selection};

/// How many releases have which value of one filter, among those that pass all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts<T> {
    /// By value, in the order of the values: those that any release has, and those that the filter asks for.
    pub each: Vec<(T, u64)>,
    /// How many have none.
    pub none: u64,
}

impl Selection {
    /// How many there are of each office, were this filter's offices not asked for.
    #[must_use]
    pub fn offices(&self) -> Counts<OfficeId> {
        self.counts(By::Offices, &self.state.offices, &self.filter.offices.values)
    }

    /// How many there are of each theme and all under it, were this filter's themes not asked for.
    #[must_use]
    pub fn themes(&self) -> Counts<ThemeId> {
        self.counts(By::Themes, &self.state.themes, &self.filter.themes.values)
    }

    /// How many there are of each content type, were this filter's types not asked for.
    #[must_use]
    pub fn types(&self) -> Counts<ContentTypeId> {
        self.counts(By::Types, &self.state.types, &self.filter.types.values)
    }

    /// How many there are to be read in each locale, were this filter's locales not asked for.
    #[must_use]
    pub fn locales(&self) -> Counts<Locale> {
        self.counts(By::Locales, &self.state.locales, &self.filter.locales)
    }

    fn counts<T: Ord + Clone>(&self, by: By, lists: &Lists<T>, chosen: &[T]) -> Counts<T> {
        let among = self.but_by(by);
        let count = |list: &RoaringBitmap| match &among {
            None => list.len(),
            Some(among) => among.intersection_len(list),
        };
        let counted = lists.each().map(|(value, list)| (value, count(list)));
        let mut each: BTreeMap<&T, u64> = counted.filter(|(_, count)| *count > 0).collect();
        for value in chosen {
            each.entry(value).or_default();
        }
        Counts {
            each: each.into_iter().map(|(value, count)| (value.clone(), count)).collect(),
            none: count(lists.none()),
        }
    }
}
