//! When releases are published: 1994 to 2024, more of them lately, and where days and hours are odd.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, SecondsFormat, TimeZone, Utc};
use chrono_tz::Europe::Vienna;

use crate::random::Random;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// What is between two releases, and where clocks change.
#[derive(Debug)]
pub(super) struct Instants {
    before: Option<i64>,
}

/// Around the clock changes in Vienna: the last second before, the change itself, the hour that is skipped or repeated,
/// and the ends of the days that have 23 or 25 hours.
const CLOCK_CHANGES: [&str; 12] = [
    "2024-03-30T22:59:59Z",
    "2024-03-30T23:00:00Z",
    "2024-03-31T00:59:59.999999Z",
    "2024-03-31T01:00:00Z",
    "2024-03-31T21:59:59Z",
    "2024-03-31T22:00:00Z",
    "2024-10-26T21:59:59.999999Z",
    "2024-10-26T22:00:00Z",
    "2024-10-27T00:30:00Z",
    "2024-10-27T01:30:00Z",
    "2024-10-27T22:59:59.999999Z",
    "2024-10-27T23:00:00Z",
];

impl Instants {
    pub(super) const fn new() -> Self {
        Self { before: None }
    }

    /// The next release's, in microseconds since 1970.
    pub(super) fn next(&mut self, random: &mut Random) -> i64 {
        let instant = match (random.below(100), self.before) {
            (0..10, Some(before)) => before,
            (10..16, _) => midnight(day(random)) - i64::try_from(random.below(3)).unwrap() + 1,
            (16..19, _) => parsed(CLOCK_CHANGES[random.below(CLOCK_CHANGES.len())]),
            (19..30, _) => within(random, 1),
            _ => within(random, SECOND),
        };
        self.before = Some(instant);
        instant
    }
}

/// A draft's: it may have none, and it may lie far ahead.
pub(super) fn of_draft(random: &mut Random) -> Option<i64> {
    match random.below(3) {
        0 => None,
        1 => Some(parsed("2190-01-01T00:00:00Z")),
        _ => Some(within(random, SECOND)),
    }
}

/// An instant of a random day, in steps of so many microseconds.
fn within(random: &mut Random, step: i64) -> i64 {
    let steps = usize::try_from(DAY / step).unwrap();
    let start = day(random).and_time(NaiveTime::MIN).and_utc().timestamp_micros();
    start + i64::try_from(random.below(steps)).unwrap() * step
}

/// A day from 1994 to 2024, of two the later one, so that there are more of late.
fn day(random: &mut Random) -> NaiveDate {
    let first = NaiveDate::from_ymd_opt(1994, 1, 2).unwrap();
    let days = 31 * 365;
    let offset = random.below(days).max(random.below(days));
    first.checked_add_days(Days::new(offset as u64)).unwrap()
}

fn midnight(day: NaiveDate) -> i64 {
    Vienna
        .from_local_datetime(&day.and_time(NaiveTime::MIN))
        .earliest()
        .unwrap()
        .timestamp_micros()
}

fn parsed(instant: &str) -> i64 {
    DateTime::parse_from_rfc3339(instant).unwrap().timestamp_micros()
}

fn utc(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap()
}

/// An instant in RFC 3339 with `Z`, and no more digits of a second than it has.
pub(super) fn written(micros: i64) -> String {
    utc(micros).to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// The day in Vienna on which an instant falls, by the wall clock there.
#[must_use]
pub fn vienna_day(micros: i64) -> NaiveDate {
    utc(micros).with_timezone(&Vienna).date_naive()
}
