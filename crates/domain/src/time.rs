//! Instants, days and the newsroom's time zone.

use std::fmt;
use std::str::FromStr;

use chrono::{
    DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, SecondsFormat, SubsecRound, TimeDelta, TimeZone, Utc,
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::fault::Malformed;

/// A moment in UTC, to the microsecond, in the years 1 to 9999 (RFC 3339 has no others).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Instant(DateTime<Utc>);

impl Instant {
    /// The instant that Unix time counts from: the beginning of 1970.
    pub const UNIX_EPOCH: Self = Self(DateTime::UNIX_EPOCH);

    /// The instant of a `DateTime`, cut to the microsecond; `None` outside the years 1 to 9999.
    #[must_use]
    pub fn new(at: DateTime<Utc>) -> Option<Self> {
        (1..=9999).contains(&at.year()).then(|| Self(at.trunc_subsecs(6)))
    }

    /// The instant that many microseconds after 1970 began (or before, where negative); `None` outside the years 1 to 9999.
    #[must_use]
    pub fn from_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).and_then(Self::new)
    }

    /// Microseconds since 1970 began.
    #[must_use]
    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// The instant as chrono has it.
    #[must_use]
    pub fn to_datetime(self) -> DateTime<Utc> {
        self.0
    }
}

impl FromStr for Instant {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        DateTime::parse_from_rfc3339(text)
            .ok()
            .and_then(|at| Self::new(at.to_utc()))
            .ok_or_else(|| {
                Malformed::new(
                    "INVALID_INSTANT",
                    format!(
                        "“{}” is not an instant: give one such as 2024-11-22T09:30:00Z (RFC 3339)",
                        crate::text::excerpt(text)
                    ),
                )
            })
    }
}

impl TryFrom<String> for Instant {
    type Error = Malformed;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Instant> for String {
    fn from(instant: Instant) -> Self {
        instant.to_string()
    }
}

impl fmt::Display for Instant {
    /// RFC 3339 with `Z`, and no more digits of a second than there are.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// A calendar day of the years 1 to 9999, written `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(NaiveDate);

impl Day {
    /// The day of a date; `None` outside the years 1 to 9999.
    #[must_use]
    pub fn new(date: NaiveDate) -> Option<Self> {
        (1..=9999).contains(&date.year()).then_some(Self(date))
    }

    /// The day as chrono has it.
    #[must_use]
    pub fn to_date(self) -> NaiveDate {
        self.0
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i32 {
        self.0.year()
    }

    /// The month, from 1 to 12.
    #[must_use]
    pub fn month(self) -> u32 {
        self.0.month()
    }

    /// How many days there are up to this one: 1 for the first day of the year 1.
    #[must_use]
    pub fn ordinal(self) -> i32 {
        self.0.num_days_from_ce()
    }

    /// The day that so many days lead up to; `None` outside the years 1 to 9999.
    #[must_use]
    pub fn from_ordinal(ordinal: i32) -> Option<Self> {
        NaiveDate::from_num_days_from_ce_opt(ordinal).and_then(Self::new)
    }

    /// The first and the last day of a year's months from `first` to `last`, counted from 1; `None` where there are no such days.
    #[must_use]
    pub fn of_months(year: i32, first: u32, last: u32) -> Option<(Self, Self)> {
        let begins = NaiveDate::from_ymd_opt(year, first, 1)?;
        let ends = NaiveDate::from_ymd_opt(year, last, 1)?
            .checked_add_months(Months::new(1))?
            .pred_opt()?;
        Some((Self::new(begins)?, Self::new(ends)?))
    }
}

impl FromStr for Day {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || {
            Malformed::new(
                "INVALID_DATE",
                format!(
                    "“{}” is not a day: give one such as 2024-11-22",
                    crate::text::excerpt(text)
                ),
            )
        };
        // chrono would also take `2024-1-2` and a sign.
        if text.len() != 10 || !text.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
            return Err(malformed());
        }
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()
            .and_then(Self::new)
            .ok_or_else(malformed)
    }
}

impl TryFrom<String> for Day {
    type Error = Malformed;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

/// The newsroom's time zone, by its name in the IANA time zone database. It says which day an instant is shown under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(Tz);

impl Zone {
    /// The zone's name: `Europe/Vienna`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The zone as chrono has it.
    pub(crate) fn tz(self) -> Tz {
        self.0
    }

    /// The day on which an instant falls; of the first and the last hours that there are, the first and the last day.
    #[must_use]
    pub fn day_of(self, instant: Instant) -> Day {
        let local = instant.0.with_timezone(&self.0).date_naive();
        Day::new(local).unwrap_or_else(|| Day(instant.0.date_naive()))
    }

    /// A day's first instant; `None` where it is before the first that there is.
    #[must_use]
    pub fn first_instant(self, day: Day) -> Option<Instant> {
        let midnight = day.0.and_time(NaiveTime::MIN);
        // Where clocks go forward at midnight, the day begins later: no zone ever skipped more than a whole day.
        let first = (0..=24 * 60).find_map(|minute| {
            self.0
                .from_local_datetime(&(midnight + TimeDelta::minutes(minute)))
                .earliest()
        });
        Instant::new(first.map_or_else(|| Utc.from_utc_datetime(&midnight), |at| at.to_utc()))
    }

    /// The first instant after a day, `None` after the last day that there is.
    #[must_use]
    pub fn end_of(self, day: Day) -> Option<Instant> {
        day.0
            .checked_add_days(Days::new(1))
            .and_then(Day::new)
            .and_then(|next| self.first_instant(next))
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self(Tz::Europe__Vienna)
    }
}

impl FromStr for Zone {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| {
            Malformed::new(
                "INVALID_TIME_ZONE",
                format!(
                    "“{}” is not a time zone: give its IANA name, such as Europe/Vienna",
                    crate::text::excerpt(text)
                ),
            )
        })
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(zone: &str, day: &str) -> String {
        zone.parse::<Zone>()
            .unwrap()
            .first_instant(day.parse().unwrap())
            .unwrap()
            .to_string()
    }

    #[test]
    fn a_day_begins_at_midnight_in_the_zone() {
        assert_eq!(first("Europe/Vienna", "2024-11-22"), "2024-11-21T23:00:00Z");
        assert_eq!(first("Europe/Vienna", "2024-07-01"), "2024-06-30T22:00:00Z");
    }

    #[test]
    fn a_day_whose_midnight_was_skipped_begins_when_the_clocks_went_forward() {
        assert_eq!(first("America/Sao_Paulo", "2018-11-04"), "2018-11-04T03:00:00Z");
        assert_eq!(
            first("Pacific/Apia", "2011-12-30"),
            "2011-12-30T10:00:00Z",
            "a day that never was begins where the next does"
        );
    }

    #[test]
    fn an_instant_is_written_with_z_and_only_the_digits_it_has() {
        for (given, written) in [
            ("2024-11-22T01:00:00+01:00", "2024-11-22T00:00:00Z"),
            ("2024-11-22T00:00:00.1234567Z", "2024-11-22T00:00:00.123456Z"),
        ] {
            assert_eq!(given.parse::<Instant>().unwrap().to_string(), written);
        }
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in [
            "2024-1-2",
            "2024-13-01",
            "2024-02-30",
            "20241122",
            "+024-01-01",
            "0000-01-01",
            "2024-11-22T00:00:00Z",
        ] {
            assert_eq!(text.parse::<Day>().unwrap_err().code, "INVALID_DATE", "{text}");
        }
    }
}
