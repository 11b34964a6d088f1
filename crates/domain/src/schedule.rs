//! Schedules: at which instant something goes live, and how that was said.
//!
//! An instant says it all; a local time is turned into one when it is given, and kept beside it to be shown back. Where the
//! clocks of its zone change, a local time may not exist, or exist twice: it is refused then, unless an offset says which
//! instant is meant.

use chrono::{DateTime, FixedOffset, LocalResult, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::fault::{Faults, FieldFault, Malformed};
use crate::text::excerpt;
use crate::{Instant, Zone};

/// When something goes live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// The instant.
    pub at: Instant,
    /// The local time that it was given as, where it was.
    pub local: Option<LocalTime>,
}

/// A local date and time, as somebody gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalTime {
    /// `YYYY-MM-DDTHH:MM:SS`.
    pub time: String,
    /// The zone's name in the IANA time zone database.
    pub zone: String,
}

/// A schedule, as somebody wants it: an instant, or a local time. The fields' paths are `schedule.at`,
/// `schedule.localTime`, `schedule.timeZone` and `schedule.offset`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ScheduleFields {
    /// The instant (RFC 3339). Not together with the other fields.
    pub at: Option<String>,
    /// The local time, `YYYY-MM-DDTHH:MM` or `YYYY-MM-DDTHH:MM:SS`.
    pub local_time: Option<String>,
    /// The zone that it is in, by its IANA name; the newsroom's where nothing is said.
    pub time_zone: Option<String>,
    /// The offset from UTC that it has, `+02:00`. Needed where the clocks change.
    pub offset: Option<String>,
}

impl ScheduleFields {
    /// Reads the schedule. `None` where it cannot be read, or is not in the future, which is noted.
    pub(crate) fn read(&self, newsroom: Zone, now: Instant, faults: &mut Faults) -> Option<Schedule> {
        let schedule = match (&self.at, &self.local_time) {
            (Some(_), Some(_)) => {
                let message = "give at or localTime, not both";
                faults.push(FieldFault::new("schedule.localTime", "CONFLICTING", message));
                None
            }
            (None, None) => {
                let message = "give the instant in at, or a local time in localTime";
                faults.push(FieldFault::new("schedule.at", "REQUIRED", message));
                None
            }
            (Some(at), None) => self.read_instant(at, faults),
            (None, Some(local)) => self.read_local(local, newsroom, faults),
        }?;
        if schedule.at <= now {
            let path = if schedule.local.is_some() {
                "schedule.localTime"
            } else {
                "schedule.at"
            };
            let message = format!(
                "{} is not in the future: publish it now, or give a later time",
                schedule.at
            );
            faults.push(FieldFault::new(path, "IN_PAST", message));
            return None;
        }
        Some(schedule)
    }

    fn read_instant(&self, at: &str, faults: &mut Faults) -> Option<Schedule> {
        for (path, given) in [
            ("schedule.timeZone", &self.time_zone),
            ("schedule.offset", &self.offset),
        ] {
            if given.is_some() {
                let message = "an instant says it all: leave this out, or give localTime in place of at";
                faults.push(FieldFault::new(path, "CONFLICTING", message));
                return None;
            }
        }
        let at = faults.read("schedule.at", at.parse())?;
        Some(Schedule { at, local: None })
    }

    fn read_local(&self, local: &str, newsroom: Zone, faults: &mut Faults) -> Option<Schedule> {
        let time = faults.read("schedule.localTime", read_local_time(local));
        let zone = match &self.time_zone {
            None => Some(newsroom),
            Some(name) => faults.read("schedule.timeZone", name.parse()),
        };
        let offset = match &self.offset {
            None => Some(None),
            Some(offset) => faults.read("schedule.offset", read_offset(offset)).map(Some),
        };
        let (time, zone, offset) = (time?, zone?, offset?);
        let at = match instant_of(time, zone.tz(), offset) {
            Ok(at) => Instant::new(at),
            Err((path, fault)) => {
                faults.push(fault.at(path));
                return None;
            }
        };
        let at = faults.read(
            "schedule.localTime",
            at.ok_or_else(|| Malformed::new("OUT_OF_RANGE", "a year has four digits: give one up to 9999")),
        )?;
        let local = LocalTime {
            time: time.format("%Y-%m-%dT%H:%M:%S").to_string(),
            zone: zone.name().to_owned(),
        };
        Some(Schedule { at, local: Some(local) })
    }
}

fn read_local_time(text: &str) -> Result<NaiveDateTime, Malformed> {
    let malformed = || {
        let text = excerpt(text);
        let message = format!("“{text}” is not a local time: give one such as 2026-03-29T09:30, without an offset");
        Malformed::new("INVALID_LOCAL_TIME", message)
    };
    // chrono would also take `2026-3-29` and a leap second.
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"-:T".contains(&byte));
    let format = match text.len() {
        16 if plain => "%Y-%m-%dT%H:%M",
        19 if plain && !text.ends_with(":60") => "%Y-%m-%dT%H:%M:%S",
        _ => return Err(malformed()),
    };
    NaiveDateTime::parse_from_str(text, format).map_err(|_| malformed())
}

fn read_offset(text: &str) -> Result<FixedOffset, Malformed> {
    let well_formed = text.len() == 6 && text.is_ascii() && text[3..4] == *":" && text.starts_with(['+', '-']);
    let read = well_formed.then(|| text.parse::<FixedOffset>().ok()).flatten();
    read.ok_or_else(|| {
        let text = excerpt(text);
        Malformed::new(
            "INVALID_OFFSET",
            format!("“{text}” is not an offset from UTC: give one such as +02:00"),
        )
    })
}

/// The instant of a local time. What is wrong is told with the path that it is wrong at.
fn instant_of(
    local: NaiveDateTime,
    zone: Tz,
    offset: Option<FixedOffset>,
) -> Result<DateTime<Utc>, (&'static str, Malformed)> {
    let offset_at = |at: NaiveDateTime| zone.offset_from_utc_datetime(&at).fix();
    let (possible, trouble) = match zone.from_local_datetime(&local) {
        LocalResult::Single(at) => (vec![at.offset().fix()], None),
        LocalResult::Ambiguous(one, other) => (vec![one.offset().fix(), other.offset().fix()], Some("exists twice")),
        LocalResult::None => {
            let day = TimeDelta::days(1);
            let around = [local.checked_sub_signed(day), local.checked_add_signed(day)];
            (
                around.into_iter().flatten().map(offset_at).collect(),
                Some("does not exist"),
            )
        }
    };
    let shown = || {
        possible
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" or ")
    };
    let offset = match (offset, trouble) {
        (None, None) => possible.first().copied(),
        (Some(given), _) if possible.contains(&given) => Some(given),
        (Some(given), _) => {
            let message = format!(
                "{zone} is at {} then, not at {given}: give that, or leave it out",
                shown()
            );
            return Err(("schedule.offset", Malformed::new("CONTRADICTION", message)));
        }
        (None, Some(trouble)) => {
            let message = format!(
                "{local} {trouble} in {zone}, where the clocks change: give another time, or say by the offset ({}) which instant you mean",
                shown()
            );
            return Err(("schedule.localTime", Malformed::new("CLOCK_CHANGE", message)));
        }
    };
    let seconds = offset.map_or(0, |offset| offset.local_minus_utc());
    let at = local.checked_sub_signed(TimeDelta::seconds(seconds.into()));
    at.map(|at| Utc.from_utc_datetime(&at)).ok_or_else(|| {
        let message = "there is no such instant: give a year up to 9999";
        ("schedule.localTime", Malformed::new("OUT_OF_RANGE", message))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(fields: &ScheduleFields) -> Result<Schedule, Vec<String>> {
        let mut faults = Faults::default();
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let read = fields.read(Zone::default(), now, &mut faults);
        read.ok_or_else(|| {
            let faults = faults.into_vec().into_iter();
            faults.map(|fault| format!("{} {}", fault.path, fault.code)).collect()
        })
    }

    fn local(time: &str, zone: Option<&str>, offset: Option<&str>) -> Result<String, Vec<String>> {
        let fields = ScheduleFields {
            at: None,
            local_time: Some(time.to_owned()),
            time_zone: zone.map(str::to_owned),
            offset: offset.map(str::to_owned),
        };
        read(&fields).map(|schedule| {
            let local = schedule.local.unwrap();
            format!("{} {} {}", schedule.at, local.time, local.zone)
        })
    }

    #[test]
    fn a_local_time_is_an_instant_in_its_zone_and_is_kept() {
        assert_eq!(
            local("2026-07-01T09:30", None, None).unwrap(),
            "2026-07-01T07:30:00Z 2026-07-01T09:30:00 Europe/Vienna"
        );
        assert_eq!(
            local("2026-07-01T09:30:15", Some("America/St_Johns"), None).unwrap(),
            "2026-07-01T12:00:15Z 2026-07-01T09:30:15 America/St_Johns"
        );
        assert_eq!(
            local("2026-07-01T09:30", None, Some("+02:00")).unwrap(),
            "2026-07-01T07:30:00Z 2026-07-01T09:30:00 Europe/Vienna"
        );
    }

    #[test]
    fn where_clocks_change_an_offset_says_which() {
        for (zone, gap, twice, winter, summer) in [
            (
                "Europe/Vienna",
                "2026-03-29T02:30",
                "2026-10-25T02:30",
                "+01:00",
                "+02:00",
            ),
            (
                "America/St_Johns",
                "2026-03-08T02:30",
                "2026-11-01T01:30",
                "-03:30",
                "-02:30",
            ),
        ] {
            for time in [gap, twice] {
                assert_eq!(
                    local(time, Some(zone), None).unwrap_err(),
                    ["schedule.localTime CLOCK_CHANGE"]
                );
                let at = |offset: &str| {
                    let said = local(time, Some(zone), Some(offset)).unwrap();
                    said.split(' ').next().unwrap().parse::<Instant>().unwrap()
                };
                assert_eq!(
                    at(winter).micros() - at(summer).micros(),
                    3600 * 1_000_000,
                    "{zone} {time}"
                );
                assert_eq!(
                    local(time, Some(zone), Some("+05:00")).unwrap_err(),
                    ["schedule.offset CONTRADICTION"]
                );
            }
        }
        assert_eq!(
            local("2026-03-29T02:30", None, Some("+01:00")).unwrap(),
            "2026-03-29T01:30:00Z 2026-03-29T02:30:00 Europe/Vienna"
        );
        // The minutes beside a change are like any other.
        assert!(local("2026-03-29T01:59:59", None, None).is_ok() && local("2026-03-29T03:00", None, None).is_ok());
        assert!(local("2026-10-25T01:59:59", None, None).is_ok() && local("2026-10-25T03:00", None, None).is_ok());
    }

    #[test]
    fn what_is_wrong_is_said_at_its_path() {
        let fields = |at: Option<&str>, local_time: Option<&str>, time_zone: Option<&str>, offset: Option<&str>| {
            let own = |text: Option<&str>| text.map(str::to_owned);
            read(&ScheduleFields {
                at: own(at),
                local_time: own(local_time),
                time_zone: own(time_zone),
                offset: own(offset),
            })
            .unwrap_err()
        };
        let at = Some("2027-01-01T00:00:00Z");
        assert_eq!(fields(None, None, None, None), ["schedule.at REQUIRED"]);
        assert_eq!(
            fields(at, Some("2027-01-01T00:00"), None, None),
            ["schedule.localTime CONFLICTING"]
        );
        assert_eq!(
            fields(at, None, Some("Europe/Vienna"), None),
            ["schedule.timeZone CONFLICTING"]
        );
        assert_eq!(fields(at, None, None, Some("+01:00")), ["schedule.offset CONFLICTING"]);
        assert_eq!(
            fields(Some("2025-12-31T23:59:59Z"), None, None, None),
            ["schedule.at IN_PAST"]
        );
        assert_eq!(
            fields(None, Some("2025-12-31T23:59"), None, None),
            ["schedule.localTime IN_PAST"]
        );
        assert_eq!(
            fields(None, Some("tomorrow"), Some("Mars/Olympus"), Some("+2")),
            [
                "schedule.localTime INVALID_LOCAL_TIME",
                "schedule.timeZone INVALID_TIME_ZONE",
                "schedule.offset INVALID_OFFSET"
            ]
        );
        for time in [
            "2027-1-01T00:00",
            "2027-01-01T24:00",
            "2027-01-01 00:00",
            "2027-01-01T00:00Z",
            "2027-01-01T00:00:60",
            "",
        ] {
            assert_eq!(
                fields(None, Some(time), None, None),
                ["schedule.localTime INVALID_LOCAL_TIME"],
                "{time}"
            );
        }
    }

    /// Seconds since 1970 began in 2020 to 2040, half of them within a day of a change of clocks.
    fn instants() -> impl Strategy<Value = (Zone, i64)> {
        let zones = [
            "Europe/Vienna",
            "America/St_Johns",
            "Australia/Lord_Howe",
            "Asia/Kathmandu",
        ];
        (
            prop::sample::select(zones.to_vec()),
            1_577_836_800..2_240_611_200_i64,
            any::<bool>(),
        )
            .prop_map(|(zone, second, is_near_change)| {
                let zone: Zone = zone.parse().unwrap();
                let offset = |second: i64| {
                    let at = DateTime::from_timestamp(second, 0).unwrap().naive_utc();
                    zone.tz().offset_from_utc_datetime(&at).fix()
                };
                let days = (0..366).map(|day| second + day * 86_400);
                let change = days.clone().find(|day| offset(*day) != offset(*day + 86_400));
                (
                    zone,
                    change
                        .filter(|_| is_near_change)
                        .map_or(second, |day| day + second % 86_400),
                )
            })
    }

    proptest::proptest! {
        #[test]
        fn a_local_time_and_its_offset_are_read_back_as_the_instant_that_shows_them((zone, second) in instants()) {
            let at = DateTime::from_timestamp(second, 0).unwrap();
            let shown = at.with_timezone(&zone.tz());
            let time = shown.format("%Y-%m-%dT%H:%M:%S").to_string();
            let fields = |offset: Option<String>| ScheduleFields {
                at: None,
                local_time: Some(time.clone()),
                time_zone: Some(zone.name().to_owned()),
                offset,
            };
            let read = |fields: &ScheduleFields| {
                let mut faults = Faults::default();
                let schedule = fields.read(Zone::default(), "2019-01-01T00:00:00Z".parse().unwrap(), &mut faults);
                schedule.ok_or(faults.into_vec())
            };
            let expected = Schedule {
                at: Instant::new(at).unwrap(),
                local: Some(LocalTime { time: time.clone(), zone: zone.name().to_owned() }),
            };
            let with_offset = read(&fields(Some(shown.format("%:z").to_string())));
            prop_assert_eq!(with_offset, Ok(expected.clone()));
            // Without it, it is that instant, or a question where there are two.
            match read(&fields(None)) {
                Ok(schedule) => prop_assert_eq!(schedule, expected),
                Err(faults) => {
                    let twice = matches!(zone.tz().from_local_datetime(&shown.naive_local()), LocalResult::Ambiguous(..));
                    prop_assert!(twice && faults.iter().all(|fault| fault.code == "CLOCK_CHANGE"), "{:?}", faults);
                }
            }
        }

        #[test]
        fn no_text_makes_reading_a_schedule_panic(time in "\\PC{0,24}", zone in "\\PC{0,16}", offset in "\\PC{0,8}") {
            let _ = local(&time, Some(&zone), Some(&offset));
            let _ = local(&time, None, None);
            let _ = local("2026-10-25T02:30", None, Some(&offset));
        }
    }
}
