//! Following the chain of seals, entry by entry: what is not as it was sealed is named.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use super::{Actor, AuditEntry, Seal};
use crate::Instant;
use crate::fault::Malformed;
use crate::text::excerpt;

/// An entry as it is kept, unread: somebody may have changed it.
#[derive(Debug, Clone, Copy)]
pub struct Kept<'a> {
    /// Its number.
    pub number: i64,
    /// Its instant, in microseconds since 1970.
    pub at: i64,
    /// The name of who acted.
    pub actor: &'a str,
    /// What was done.
    pub action: &'a str,
    /// What of, as JSON.
    pub detail: &'a str,
    /// Its seal.
    pub seal: &'a str,
}

/// Where something is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Audit entries, from this number to that.
    Entries(i64, i64),
    /// Entries of the change log, from this sequence to that.
    Changes(i64, i64),
    /// What the head says of the audit trail.
    HeadOfTrail,
    /// What the head says of the change log.
    HeadOfChanges,
    /// How many releases are kept to be under an entry of the taxonomy: its kind, and its identity; the nil one for none.
    Count(&'static str, Uuid),
    /// How many releases are kept to be there.
    CountOfAll,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Where.
    pub place: Place,
    /// What is there.
    pub found: String,
    /// What should be there.
    pub expected: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entries(first, last) if first == last => write!(f, "audit entry {first}"),
            Self::Entries(first, last) => write!(f, "audit entries {first} to {last}"),
            Self::Changes(first, last) if first == last => write!(f, "change {first}"),
            Self::Changes(first, last) => write!(f, "changes {first} to {last}"),
            Self::HeadOfTrail => f.write_str("head of the audit trail"),
            Self::HeadOfChanges => f.write_str("head of the change log"),
            Self::Count(kind, id) if id.is_nil() => write!(f, "count of releases with no {kind}"),
            Self::Count(kind, id) => write!(f, "count of releases of the {kind} {id}"),
            Self::CountOfAll => f.write_str("count of releases"),
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: found {}, expected {}", self.place, self.found, self.expected)
    }
}

impl Broken {
    fn new(place: Place, found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            place,
            found: found.into(),
            expected: expected.into(),
        }
    }
}

/// Numbers that should rise by one from 1.
#[derive(Debug, Clone, Copy)]
pub struct Numbers {
    last: i64,
    place: fn(i64, i64) -> Place,
}

impl Numbers {
    /// Those of the change log.
    pub const CHANGES: Self = Self::new(Place::Changes);

    const fn new(place: fn(i64, i64) -> Place) -> Self {
        Self { last: 0, place }
    }

    /// Takes the next number, which is greater than the one before.
    pub fn follow(&mut self, number: i64) -> Option<Broken> {
        let broken = if number < 1 {
            Some(Broken::new(
                (self.place)(number, number),
                "something",
                "nothing before 1",
            ))
        } else {
            self.missing_up_to(number - 1)
        };
        self.last = number.max(self.last);
        broken
    }

    /// Says what is wrong at the end: `head` is the number that the head says, `newest` the greatest that there is.
    #[must_use]
    pub fn end(&self, head: i64, newest: i64) -> Vec<Broken> {
        let mut broken = Vec::from_iter(self.missing_up_to(head));
        if newest > head {
            let expected = format!("nothing behind the head, which is at {head}");
            broken.push(Broken::new((self.place)(head + 1, newest), "something", expected));
        }
        broken
    }

    fn missing_up_to(&self, number: i64) -> Option<Broken> {
        let first = self.last + 1;
        (first <= number).then(|| Broken::new((self.place)(first, number), "nothing", "no gap"))
    }
}

/// A seal that was noted at another time and in another place: whoever can write to the database cannot change that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// The number of the entry.
    pub number: i64,
    /// Its seal, in hexadecimal.
    pub seal: Seal,
}

impl FromStr for Anchor {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = text.split_once(':').and_then(|(number, seal)| {
            let number = number.parse().ok().filter(|number| *number > 0)?;
            let is_seal = seal.len() == 64 && seal.bytes().all(|byte| byte.is_ascii_hexdigit());
            is_seal.then(|| Self {
                number,
                seal: seal.to_ascii_lowercase(),
            })
        });
        read.ok_or_else(|| Malformed::new("INVALID_ANCHOR", "give a number and its seal, as in 1200:9f86d0…"))
    }
}

/// The chain, as far as it has been followed.
#[derive(Debug, Clone)]
pub struct Chain {
    numbers: Numbers,
    /// What the next entry may be sealed after: the seal of the one before, and the one that it should have, where that is
    /// another. Nothing behind a gap.
    before: Vec<Seal>,
    anchors: BTreeMap<i64, Seal>,
}

impl Chain {
    /// The chain before its first entry, with the seals that were noted of it.
    #[must_use]
    pub fn new(anchors: &[Anchor]) -> Self {
        let anchors = anchors.iter().map(|anchor| (anchor.number, anchor.seal.clone()));
        Self {
            numbers: Numbers::new(Place::Entries),
            before: vec![Seal::new()],
            anchors: anchors.collect(),
        }
    }

    /// Takes the next entry, whose number is greater than that of the one before, and says what is wrong with it.
    pub fn follow(&mut self, kept: &Kept<'_>) -> Vec<Broken> {
        let mut broken = Vec::from_iter(self.numbers.follow(kept.number));
        if !broken.is_empty() {
            self.before.clear();
        }
        let here = Place::Entries(kept.number, kept.number);
        if let Some(noted) = self.anchors.remove(&kept.number).filter(|noted| noted != kept.seal) {
            broken.push(Broken::new(
                here,
                seal(kept.seal),
                format!("{}, as was noted", seal(&noted)),
            ));
        }
        let before = std::mem::replace(&mut self.before, vec![kept.seal.to_owned()]);
        let entry = match read(kept) {
            Ok(entry) => entry,
            Err((found, expected)) => {
                broken.push(Broken::new(here, found, expected));
                return broken;
            }
        };
        // What comes after a gap was sealed after what is not there.
        let Some(first) = before.first() else { return broken };
        if !before.iter().any(|before| entry.seal(kept.number, before) == kept.seal) {
            let expected = entry.seal(kept.number, first);
            let why = format!("{}, of what this entry says behind the one before it", seal(&expected));
            broken.push(Broken::new(here, seal(kept.seal), why));
            self.before.push(expected);
        }
        broken
    }

    /// Takes an entry that cannot even be read from the database, and says so.
    pub fn skip(&mut self, number: i64, why: impl fmt::Display) -> Vec<Broken> {
        let mut broken = Vec::from_iter(self.numbers.follow(number));
        self.before.clear();
        let here = Place::Entries(number, number);
        broken.push(Broken::new(here, why.to_string(), "an entry that can be read"));
        broken
    }

    /// Says what is wrong at the end, where the head says that number and that seal, and the greatest number is `newest`.
    #[must_use]
    pub fn end(mut self, head: i64, head_seal: &str, newest: i64) -> Vec<Broken> {
        let mut broken = self.numbers.end(head, newest);
        let is_whole = self.numbers.last == head;
        if is_whole && !self.before.is_empty() && !self.before.iter().any(|before| before == head_seal) {
            let expected = self.before.swap_remove(0);
            broken.push(Broken::new(Place::HeadOfTrail, seal(head_seal), seal(&expected)));
        }
        let left = self.anchors.into_iter().filter(|(number, _)| *number > head);
        broken.extend(left.map(|(number, noted)| {
            let expected = format!("entry {number} with {}, as was noted", seal(&noted));
            Broken::new(Place::HeadOfTrail, format!("the number {head}"), expected)
        }));
        broken
    }
}

fn read(kept: &Kept<'_>) -> Result<AuditEntry, (String, &'static str)> {
    let at = Instant::from_micros(kept.at).ok_or_else(|| (format!("the instant {}", kept.at), "one that can be"))?;
    let actor = Actor::from_name(kept.actor).ok_or_else(|| {
        let found = format!("“{}” as who acted", excerpt(kept.actor));
        (found, "an account, the importer or the operator")
    })?;
    Ok(AuditEntry {
        at,
        actor,
        action: kept.action.to_owned().into(),
        detail: kept.detail.to_owned(),
    })
}

fn seal(seal: &str) -> String {
    if seal.is_empty() {
        "no seal".to_owned()
    } else {
        // A seal is longer than an excerpt; what is none may be anything.
        let is_seal = seal.len() == 64 && seal.bytes().all(|byte| byte.is_ascii_hexdigit());
        let shown = if is_seal { seal.to_owned() } else { excerpt(seal) };
        format!("the seal {shown}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An entry that is the test's own.
    #[derive(Debug, Clone, PartialEq)]
    struct Row {
        number: i64,
        at: i64,
        actor: String,
        action: String,
        detail: String,
        seal: Seal,
    }

    /// A chain of so many entries.
    fn rows(count: i64) -> Vec<Row> {
        let mut before = Seal::new();
        let row = |number| {
            let entry = AuditEntry {
                at: Instant::from_micros(number * 1_000_000).unwrap(),
                actor: Actor::Import,
                action: "import".into(),
                detail: format!("{{\"created\":{number}}}"),
            };
            before = entry.seal(number, &before);
            Row {
                number,
                at: entry.at.micros(),
                actor: entry.actor.name(),
                action: "import".to_owned(),
                detail: entry.detail,
                seal: before.clone(),
            }
        };
        (1..=count).map(row).collect()
    }

    fn followed(rows: &[Row], head: i64, head_seal: &str, anchors: &[Anchor]) -> Vec<Broken> {
        let mut chain = Chain::new(anchors);
        let mut broken: Vec<Broken> = Vec::new();
        for row in rows {
            broken.extend(chain.follow(&Kept {
                number: row.number,
                at: row.at,
                actor: &row.actor,
                action: &row.action,
                detail: &row.detail,
                seal: &row.seal,
            }));
        }
        let newest = rows.last().map_or(0, |row| row.number);
        broken.extend(chain.end(head, head_seal, newest));
        broken
    }

    fn places(broken: &[Broken]) -> Vec<Place> {
        broken.iter().map(|broken| broken.place).collect()
    }

    proptest! {
        #[test]
        fn whatever_is_changed_of_one_entry_is_named_there(count in 1_i64..12, at in 0_usize..12, part in 0..4) {
            let whole = rows(count);
            let seal = whole.last().unwrap().seal.clone();
            prop_assert_eq!(followed(&whole, count, &seal, &[]), vec![]);
            let at = at % whole.len();
            let mut changed = whole;
            match part {
                0 => changed[at].at += 1,
                1 => changed[at].actor = "operator".to_owned(),
                2 => changed[at].action.push('s'),
                _ => changed[at].detail.push(' '),
            }
            let number = changed[at].number;
            prop_assert_eq!(places(&followed(&changed, count, &seal, &[])), vec![Place::Entries(number, number)]);
        }

        #[test]
        fn what_is_taken_out_is_named(count in 1_i64..12, from in 0_usize..12, most in 1_usize..12) {
            let mut rows = rows(count);
            let seal = rows.last().unwrap().seal.clone();
            let from = from % rows.len();
            let to = (from + most).min(rows.len());
            let gone: Vec<i64> = rows.drain(from..to).map(|row| row.number).collect();
            let place = Place::Entries(gone[0], *gone.last().unwrap());
            prop_assert_eq!(places(&followed(&rows, count, &seal, &[])), vec![place]);
        }
    }

    #[test]
    fn an_entry_that_was_sealed_anew_is_found_by_the_next_one() {
        let mut rows = rows(4);
        let head = rows[3].seal.clone();
        rows[1].detail = "{}".to_owned();
        let entry = read(&Kept {
            number: 2,
            at: rows[1].at,
            actor: "import",
            action: "import",
            detail: "{}",
            seal: "",
        });
        rows[1].seal = entry.unwrap().seal(2, &rows[0].seal);
        assert_eq!(places(&followed(&rows, 4, &head, &[])), [Place::Entries(3, 3)]);
    }

    #[test]
    fn a_seal_that_was_changed_is_named_once() {
        let mut rows = rows(4);
        let head = rows[3].seal.clone();
        rows[1].seal = "0".repeat(64);
        assert_eq!(places(&followed(&rows, 4, &head, &[])), [Place::Entries(2, 2)]);
        rows[3].seal = String::new();
        let broken = followed(&rows, 4, &head, &[]);
        assert_eq!(places(&broken), [Place::Entries(2, 2), Place::Entries(4, 4)]);
        assert!(
            broken[1]
                .to_string()
                .starts_with("audit entry 4: found no seal, expected the seal ")
        );
    }

    #[test]
    fn the_head_has_the_number_and_the_seal_of_the_last() {
        let rows = rows(3);
        let seal = &rows[2].seal;
        assert_eq!(followed(&[], 0, "", &[]), []);
        assert_eq!(places(&followed(&rows, 3, "x", &[])), [Place::HeadOfTrail]);
        assert_eq!(places(&followed(&rows, 2, seal, &[])), [Place::Entries(3, 3)]);
        assert_eq!(places(&followed(&rows, 5, seal, &[])), [Place::Entries(4, 5)]);
        assert_eq!(places(&followed(&[], 0, "x", &[])), [Place::HeadOfTrail]);
    }

    #[test]
    fn a_chain_that_was_made_anew_is_found_by_what_was_noted() {
        let rows = rows(3);
        let seal = rows[2].seal.clone();
        let anchor = |number: i64, seal: &str| Anchor {
            number,
            seal: seal.to_owned(),
        };
        assert_eq!(
            followed(&rows, 3, &seal, &[anchor(2, &rows[1].seal), anchor(3, &seal)]),
            []
        );
        let broken = followed(&rows, 3, &seal, &[anchor(2, &seal), anchor(9, &seal)]);
        assert_eq!(places(&broken), [Place::Entries(2, 2), Place::HeadOfTrail]);
    }

    #[test]
    fn an_anchor_is_a_number_and_a_seal() {
        let seal = "aB".repeat(32);
        let anchor: Anchor = format!("12:{seal}").parse().unwrap();
        assert_eq!((anchor.number, anchor.seal), (12, "ab".repeat(32)));
        for text in [
            "",
            "12",
            "12:",
            "0:aa",
            &format!("x:{seal}"),
            &format!("0:{seal}"),
            &format!("12:{seal}0"),
        ] {
            assert!(text.parse::<Anchor>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_and_the_rest_goes_on() {
        let mut rows = rows(3);
        let head = rows[2].seal.clone();
        rows[1].actor = "nobody".to_owned();
        let broken = followed(&rows, 3, &head, &[]);
        assert_eq!(
            broken[0].to_string(),
            "audit entry 2: found “nobody” as who acted, expected an account, the importer or the operator"
        );
        assert_eq!(broken.len(), 1);
    }
}
