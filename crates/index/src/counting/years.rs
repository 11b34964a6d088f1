//! How many releases of a selection were published when, by the newsroom's days.

use std::collections::BTreeMap;

use newsroom_domain::Day;
use roaring::RoaringBitmap;

use super::selection::{By, Selection};

/// How many releases were published in a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YearCount {
    /// The year.
    pub year: i32,
    /// How many there are of it.
    pub count: u64,
    /// How many there are of each of its months, from 1 to 12; those with any.
    pub months: Vec<(u32, u64)>,
}

/// How long each part of a histogram is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interval {
    /// A day.
    Day,
    /// A month of the calendar.
    Month,
    /// A year of the calendar.
    Year,
}

impl Interval {
    /// The first day of the part that a day is in.
    fn first_day(self, day: Day) -> Day {
        let part = match self {
            Self::Day => None,
            Self::Month => Day::of_months(day.year(), day.month(), day.month()),
            Self::Year => Day::of_months(day.year(), 1, 12),
        };
        part.map_or(day, |(first, _)| first)
    }
}

impl Selection {
    /// How many there are of each year and month, were this filter's dates not asked for. From the oldest on; those with any.
    #[must_use]
    pub fn years(&self) -> Vec<YearCount> {
        let among = self.but_by(By::Dates);
        let months = self.per(Interval::Month, among.as_deref().unwrap_or(&self.state.all));
        let mut years: Vec<YearCount> = Vec::new();
        for (first_day, count) in months {
            let (year, month) = (first_day.year(), first_day.month());
            match years.last_mut() {
                Some(last) if last.year == year => {
                    last.count += count;
                    last.months.push((month, count));
                }
                _ => years.push(YearCount {
                    year,
                    count,
                    months: vec![(month, count)],
                }),
            }
        }
        years
    }

    /// How many there are of each day, month or year, by its first day. From the oldest on; those with any.
    #[must_use]
    pub fn histogram(&self, by: Interval) -> Vec<(Day, u64)> {
        self.per(by, self.numbers()).into_iter().collect()
    }

    fn per(&self, interval: Interval, numbers: &RoaringBitmap) -> BTreeMap<Day, u64> {
        let state = &self.state;
        let mut counts: BTreeMap<Day, u64> = BTreeMap::new();
        // There are some ten thousand days in an archive: to walk all numbers once is quicker than to look for each.
        let mut left = numbers.iter().peekable();
        let mut count = |start: u32, end: u32| match interval {
            Interval::Day => std::iter::from_fn(|| left.next_if(|number| *number < end)).fold(0, |count, _| count + 1),
            Interval::Month | Interval::Year => numbers.range_cardinality(start..end),
        };
        let mut part: Option<(u32, Day)> = None;
        let ends = state
            .days
            .iter()
            .map(|(start, day)| (*start, Some(interval.first_day(*day))));
        for (number, next) in ends.chain([(state.columns.len(), None)]) {
            match (part, next) {
                (Some((_, first_day)), Some(next)) if first_day == next => continue,
                (Some((start, first_day)), _) => {
                    *counts.entry(first_day).or_default() += count(start, number);
                }
                (None, _) => {}
            }
            part = next.map(|first_day| (number, first_day));
        }
        // Strays were counted with the numbers around them, and belong elsewhere.
        for stray in state.strays.iter().filter(|stray| numbers.contains(**stray)) {
            let behind = state.days.partition_point(|(start, _)| start <= stray);
            if let Some((_, day)) = state.days[..behind].last() {
                *counts.entry(interval.first_day(*day)).or_default() -= 1;
                let own = interval.first_day(state.columns.day(*stray));
                *counts.entry(own).or_default() += 1;
            }
        }
        counts.retain(|_, count| *count > 0);
        counts
    }
}
