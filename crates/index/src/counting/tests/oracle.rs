//! What the index should say, worked out by looking at each release.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Datelike;
use newsroom_domain::filter::{AnyOf, ReleaseOrder, ResolvedFilter};
use newsroom_domain::findable::FindableRelease;
use newsroom_domain::page::{End, Page, PageRequest, Position};
use newsroom_domain::{ContentTypeId, Day, Instant, Locale, OfficeId, Reader, ReleaseId, ThemeId};
use uuid::Uuid;

use super::random::{Change, LOCALES, VALUES, locale};
use crate::counting::{Counts, Interval, YearCount};

#[derive(Debug, Clone, Default)]
pub(super) struct Oracle {
    pub(super) releases: BTreeMap<ReleaseId, FindableRelease>,
}

fn meets<T: PartialEq>(asked: &AnyOf<T>, has: &[&T]) -> bool {
    asked.is_anything() || (asked.none && has.is_empty()) || has.iter().any(|value| asked.values.contains(value))
}

fn passes(release: &FindableRelease, asked: &ResolvedFilter) -> bool {
    let facets = &release.facets;
    meets(&asked.offices, &facets.offices.iter().collect::<Vec<_>>())
        && meets(&asked.themes, &facets.themes.iter().collect::<Vec<_>>())
        && meets(&asked.types, &facets.content_type.iter().collect::<Vec<_>>())
        && (asked.locales.is_empty() || asked.locales.iter().any(|locale| facets.locales.contains(locale)))
        && asked.from.is_none_or(|from| release.published_at >= from)
        && asked.before.is_none_or(|before| release.published_at < before)
}

fn only<T>(value: T) -> AnyOf<T> {
    AnyOf {
        values: vec![value],
        none: false,
    }
}

fn without<T>() -> AnyOf<T> {
    AnyOf {
        values: Vec::new(),
        none: true,
    }
}

/// The total of each value when it alone is asked for; of those that have any and of those that were asked for.
fn counts<T: PartialEq>(
    values: impl IntoIterator<Item = T>,
    chosen: &[T],
    total: impl Fn(Option<&T>) -> u64,
) -> Counts<T> {
    let each = values.into_iter().map(|value| {
        let count = total(Some(&value));
        (value, count)
    });
    Counts {
        each: each
            .filter(|(value, count)| *count > 0 || chosen.contains(value))
            .collect(),
        none: total(None),
    }
}

fn ids<T: From<Uuid>>() -> impl Iterator<Item = T> {
    (1..=VALUES).map(|value| Uuid::from_u128(value).into())
}

impl Oracle {
    pub(super) fn take(&mut self, change: &Change) {
        match change {
            Change::Put(release) => self.releases.insert(release.id, release.clone()),
            Change::Remove(id) => self.releases.remove(id),
        };
    }

    /// Only the releases that a search found.
    pub(super) fn among(&self, found: Option<&[ReleaseId]>) -> Self {
        let mut among = self.clone();
        among
            .releases
            .retain(|id, _| found.is_none_or(|found| found.contains(id)));
        among
    }

    pub(super) fn position(&self, id: ReleaseId) -> Position {
        Position {
            at: self.releases[&id].published_at,
            id,
        }
    }

    fn passing(&self, asked: &ResolvedFilter) -> impl Iterator<Item = &FindableRelease> {
        self.releases.values().filter(|release| passes(release, asked))
    }

    pub(super) fn total(&self, asked: &ResolvedFilter) -> u64 {
        self.passing(asked).count() as u64
    }

    pub(super) fn last_modified(&self, asked: &ResolvedFilter) -> Option<Instant> {
        self.passing(asked).map(|release| release.updated_at).max()
    }

    pub(super) fn list(&self, asked: &ResolvedFilter, order: ReleaseOrder) -> Vec<ReleaseId> {
        let mut list: Vec<Position> = self.passing(asked).map(|release| self.position(release.id)).collect();
        list.sort_unstable();
        if order == ReleaseOrder::NewestFirst {
            list.reverse();
        }
        list.into_iter().map(|position| position.id).collect()
    }

    pub(super) fn page(&self, asked: &ResolvedFilter, order: ReleaseOrder, page: &PageRequest) -> Page<ReleaseId> {
        let list = self.list(asked, order);
        let comes_before = |one: Position, other: Position| match order {
            ReleaseOrder::NewestFirst => one > other,
            ReleaseOrder::OldestFirst => one < other,
        };
        let is_behind = |id: &ReleaseId, cursor: Position| comes_before(cursor, self.position(*id));
        let is_before = |id: &ReleaseId, cursor: Position| comes_before(self.position(*id), cursor);
        let mut ids: Vec<ReleaseId> = list.clone();
        ids.retain(|id| page.after.is_none_or(|after| is_behind(id, after)));
        ids.retain(|id| page.before.is_none_or(|before| is_before(id, before)));
        let size = usize::try_from(page.size).unwrap();
        let left_out = ids.len().saturating_sub(size);
        let (from_start, more) = (page.end == End::Start, left_out > 0);
        if from_start {
            ids.truncate(size);
        } else {
            ids.drain(..left_out);
        }
        let any_before = page
            .after
            .is_some_and(|after| list.iter().any(|id| !is_behind(id, after)));
        let any_behind = page
            .before
            .is_some_and(|before| list.iter().any(|id| !is_before(id, before)));
        Page {
            items: ids,
            has_next: (from_start && more) || any_behind,
            has_previous: (!from_start && more) || any_before,
        }
    }

    pub(super) fn offices(&self, asked: &ResolvedFilter) -> Counts<OfficeId> {
        counts(ids(), &asked.offices.values, |value| {
            let offices = value.map_or_else(without, |value| only(*value));
            self.total(&ResolvedFilter {
                offices,
                ..asked.clone()
            })
        })
    }

    pub(super) fn themes(&self, asked: &ResolvedFilter) -> Counts<ThemeId> {
        counts(ids(), &asked.themes.values, |value| {
            let themes = value.map_or_else(without, |value| only(*value));
            self.total(&ResolvedFilter {
                themes,
                ..asked.clone()
            })
        })
    }

    pub(super) fn types(&self, asked: &ResolvedFilter) -> Counts<ContentTypeId> {
        counts(ids(), &asked.types.values, |value| {
            let types = value.map_or_else(without, |value| only(*value));
            self.total(&ResolvedFilter { types, ..asked.clone() })
        })
    }

    pub(super) fn locales(&self, asked: &ResolvedFilter) -> Counts<Locale> {
        counts(LOCALES.map(locale), &asked.locales, |value| {
            // Every release can be read in some locale.
            value.map_or(0, |value| {
                let locales = vec![value.clone()];
                self.total(&ResolvedFilter {
                    locales,
                    ..asked.clone()
                })
            })
        })
    }

    pub(super) fn years(&self, asked: &ResolvedFilter) -> Vec<YearCount> {
        let undated = ResolvedFilter {
            from: None,
            before: None,
            ..asked.clone()
        };
        let dates: Vec<_> = self
            .passing(&undated)
            .map(|release| release.publishing_date.to_date())
            .collect();
        let years: BTreeSet<i32> = dates.iter().map(Datelike::year).collect();
        let of = |year: i32| dates.iter().filter(move |date| date.year() == year);
        let month = |year: i32, month: u32| (month, of(year).filter(|date| date.month() == month).count() as u64);
        let count = |year| YearCount {
            year,
            count: of(year).count() as u64,
            months: (1..=12)
                .map(|number| month(year, number))
                .filter(|(_, count)| *count > 0)
                .collect(),
        };
        years.into_iter().map(count).collect()
    }

    pub(super) fn histogram(&self, asked: &ResolvedFilter, by: Interval) -> Vec<(Day, u64)> {
        let mut counts = BTreeMap::new();
        for release in self.passing(asked) {
            let day = release.publishing_date.to_string();
            let first = match by {
                Interval::Day => day,
                Interval::Month => format!("{}-01", &day[..7]),
                Interval::Year => format!("{}-01-01", &day[..4]),
            };
            *counts.entry(first.parse().unwrap()).or_default() += 1;
        }
        counts.into_iter().collect()
    }

    pub(super) fn shown_in(&self, reader: &Reader) -> BTreeMap<Locale, BTreeSet<ReleaseId>> {
        let mut shown: BTreeMap<Locale, BTreeSet<ReleaseId>> = BTreeMap::new();
        for release in self.releases.values() {
            let mut wanted = reader.wanted().iter();
            let found = wanted.find(|locale| release.facets.locales.contains(locale));
            let locale = found.unwrap_or(&release.original_locale).clone();
            shown.entry(locale).or_default().insert(release.id);
        }
        shown
    }
}
