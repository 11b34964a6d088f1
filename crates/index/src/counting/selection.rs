//! The releases that pass a filter, worked out no further than is asked.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use newsroom_domain::Instant;
use newsroom_domain::filter::{AnyOf, ResolvedFilter};
use roaring::RoaringBitmap;

use super::span::Edge;
use super::state::State;

/// What a selection is restricted by. A facet obeys all but one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Offices,
    Themes,
    Types,
    Locales,
    Dates,
    Search,
}

/// The releases that pass a filter. What is not asked of it is not worked out, and what was worked out is kept.
#[derive(Debug)]
pub struct Selection {
    pub(super) state: Arc<State>,
    pub(super) filter: ResolvedFilter,
    /// What each restriction leaves of what is live; those that leave everything are not there.
    restrictions: Vec<(By, RoaringBitmap)>,
    /// What they all leave; `None` for everything.
    all: OnceLock<Option<RoaringBitmap>>,
}

impl Selection {
    pub(super) fn new(state: &Arc<State>, filter: &ResolvedFilter, found: Option<&RoaringBitmap>) -> Self {
        let locales = AnyOf {
            values: filter.locales.clone(),
            none: false,
        };
        let dated = filter.from.is_some() || filter.before.is_some();
        let restrictions = [
            (By::Offices, state.offices.any_of(&filter.offices)),
            (By::Themes, state.themes.any_of(&filter.themes)),
            (By::Types, state.types.any_of(&filter.types)),
            (By::Locales, state.locales.any_of(&locales)),
            (By::Dates, dated.then(|| state.dated(filter.from, filter.before))),
            // What a search found may have gone since it was numbered.
            (By::Search, found.map(|found| found & state.all.as_ref())),
        ];
        let there = |(by, list): (By, Option<RoaringBitmap>)| list.map(|list| (by, list));
        Self {
            state: Arc::clone(state),
            filter: filter.clone(),
            restrictions: restrictions.into_iter().filter_map(there).collect(),
            all: OnceLock::new(),
        }
    }

    /// The filter that they pass.
    #[must_use]
    pub fn filter(&self) -> &ResolvedFilter {
        &self.filter
    }

    /// How many there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.numbers().len()
    }

    /// The newest instant at which any of them went live or was corrected; `None` where there are none.
    #[must_use]
    pub fn last_modified(&self) -> Option<Instant> {
        let numbers = self.numbers();
        let columns = &self.state.columns;
        let mut newest = None;
        for (at_most, range) in columns.by_newest_update() {
            if newest.is_some_and(|newest| newest >= at_most) {
                break;
            }
            let here = numbers.range(range).map(|number| columns.updated(number)).max();
            newest = newest.max(here);
        }
        newest.and_then(Instant::from_micros)
    }

    /// The numbers of all of them.
    #[must_use]
    pub fn numbers(&self) -> &RoaringBitmap {
        let all = self.all.get_or_init(|| self.intersection(None));
        all.as_ref().unwrap_or(&self.state.all)
    }

    /// The numbers of what passes all but one restriction; `None` for everything that is live.
    pub(super) fn but_by(&self, by: By) -> Option<Cow<'_, RoaringBitmap>> {
        if self.restrictions.iter().any(|(other, _)| *other == by) {
            return self.intersection(Some(by)).map(Cow::Owned);
        }
        (!self.restrictions.is_empty()).then(|| Cow::Borrowed(self.numbers()))
    }

    fn intersection(&self, but: Option<By>) -> Option<RoaringBitmap> {
        let others = self.restrictions.iter().filter(|(by, _)| Some(*by) != but);
        let mut lists: Vec<&RoaringBitmap> = others.map(|(_, list)| list).collect();
        lists.sort_by_cached_key(|list| list.len());
        match lists.as_slice() {
            [] => None,
            [one] => Some((*one).clone()),
            [first, second, others @ ..] => {
                let mut left = *first & *second;
                for other in others {
                    left &= *other;
                }
                Some(left)
            }
        }
    }
}

impl State {
    /// What is live of that span of time.
    fn dated(&self, from: Option<Instant>, before: Option<Instant>) -> RoaringBitmap {
        let edge = |instant: Option<Instant>, open| instant.map_or(open, |instant| Edge::Instant(instant.micros()));
        let (range, strays) = self.between(edge(from, Edge::Least), edge(before, Edge::Most));
        let mut dated = RoaringBitmap::new();
        dated.insert_range(range);
        dated &= self.ordered.as_ref();
        dated.extend(strays);
        dated & self.all.as_ref()
    }
}
