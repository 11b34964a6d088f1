//! How many releases of a selection were published when, by the newsroom's days.

use std::collections::BTreeMap;

use chrono::Datelike;
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
        let date = day.to_date();
        let first = match self {
            Self::Day => Some(date),
            Self::Month => date.with_day(1),
            Self::Year => date.with_ordinal(1),
        };
        first.and_then(Day::new).unwrap_or(day)
    }
}

impl Selection<'_> {
    /// How many there are of each year and month, were this filter's dates not asked for. From the oldest on; those with any.
    #[must_use]
    pub fn years(&self) -> Vec<YearCount> {
        let among = self.but_by(By::Dates);
        let months = self.per(Interval::Month, among.as_deref().unwrap_or(&self.state.all));
        let mut years: Vec<YearCount> = Vec::new();
        for (first_day, count) in months {
            let (year, month) = (first_day.to_date().year(), first_day.to_date().month());
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
        let mut counts = BTreeMap::new();
        let mut add = |day: Day, count: u64| {
            *counts.entry(interval.first_day(day)).or_default() += count;
        };
        // Numbers go by the list's order, so that one day's mostly follow one another.
        let mut run: Option<(Day, u64)> = None;
        for number in numbers {
            let day = self.state.columns.day(number);
            match &mut run {
                Some((same, count)) if *same == day => *count += 1,
                _ => {
                    if let Some((ended, count)) = run.replace((day, 1)) {
                        add(ended, count);
                    }
                }
            }
        }
        if let Some((ended, count)) = run {
            add(ended, count);
        }
        counts
    }
}
