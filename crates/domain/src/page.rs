//! Pages of a list: how many, which way, from where.
//!
//! The connection arguments and what follows from them are those of the GraphQL Cursor Connections
//! Specification (Relay). A cursor says where it stands by value, so that it goes on working when its row is gone.

mod accounts;
mod audit;
mod deliveries;
mod editions;
mod relevance;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::fault::{FieldFault, Malformed};
use crate::filter::ReleaseOrder;
use crate::{Instant, ReleaseId};

pub use accounts::{account_cursor, account_page};
pub use audit::{audit_cursor, audit_page};
pub use deliveries::{delivery_cursor, delivery_page};
pub use editions::{EditionPage, edition_cursor};
pub use relevance::{Rank, SearchSeal, relevance_page};

/// How many a page has where nobody says.
pub const DEFAULT_SIZE: u64 = 20;
/// The most that a page has.
pub const LARGEST: u64 = 100;

/// Which list a cursor is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListOf {
    /// What readers have, by the publishing instant.
    Releases(ReleaseOrder),
    /// What the desk has, by when it was edited last.
    DeskReleases(ReleaseOrder),
}

impl From<ReleaseOrder> for ListOf {
    fn from(order: ReleaseOrder) -> Self {
        Self::Releases(order)
    }
}

impl ListOf {
    /// The bytes of a cursor that tell its list and its order.
    const fn bytes(self) -> [u8; 2] {
        match self {
            Self::Releases(ReleaseOrder::NewestFirst) => [1, 0],
            Self::Releases(ReleaseOrder::OldestFirst) => [1, 1],
            Self::DeskReleases(ReleaseOrder::NewestFirst) => [2, 0],
            Self::DeskReleases(ReleaseOrder::OldestFirst) => [2, 1],
        }
    }
}

/// A place in a list of releases: right at one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The instant that the list goes by.
    pub at: Instant,
    /// The release.
    pub id: ReleaseId,
}

const VERSION: u8 = 1;
const SEAL: usize = 4;

impl Position {
    /// The position as an opaque cursor of that list.
    #[must_use]
    pub fn to_cursor(self, list: impl Into<ListOf>) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend(list.into().bytes());
        bytes.extend(self.at.micros().to_be_bytes());
        bytes.extend(self.id.uuid().into_bytes());
        bytes.extend(seal(&bytes));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a cursor of that list.
    ///
    /// # Errors
    /// Where it is none, was changed, or is of another kind of list or order.
    pub fn from_cursor(cursor: &str, list: impl Into<ListOf>) -> Result<Self, Malformed> {
        let invalid = |message: &str| Malformed::new("INVALID_CURSOR", message);
        let unknown = || invalid("this is not a cursor of this list: take one that it gave, unchanged");
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| unknown())?;
        let (content, sealed) = bytes.split_last_chunk::<SEAL>().ok_or_else(unknown)?;
        if seal(content) != *sealed {
            return Err(unknown());
        }
        let ([version, kind, of_order], place) = content.split_first_chunk::<3>().ok_or_else(unknown)?;
        let [of_kind, in_order] = list.into().bytes();
        if (*version, *kind) != (VERSION, of_kind) {
            return Err(unknown());
        }
        if *of_order != in_order {
            return Err(invalid(
                "this cursor is of a list in another order: page on in the order that it was made in",
            ));
        }
        let (micros, id) = place.split_first_chunk::<8>().ok_or_else(unknown)?;
        let at = Instant::from_micros(i64::from_be_bytes(*micros)).ok_or_else(unknown)?;
        let id = Uuid::from_slice(id).map_err(|_| unknown())?.into();
        Ok(Self { at, id })
    }
}

/// Not a secret: it tells a mangled cursor from a whole one.
fn seal(content: &[u8]) -> [u8; SEAL] {
    let hash = Sha256::digest(content);
    [hash[0], hash[1], hash[2], hash[3]]
}

/// From which end of a list a page is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The first of what lies between the cursors.
    Start,
    /// The last of what lies between the cursors.
    Finish,
}

/// A page that was asked for: a count from one end of what lies between two cursors, each of which is a place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest<P = Position> {
    /// How many, at most [`LARGEST`].
    pub size: u64,
    /// From which end.
    pub end: End,
    /// Only what comes after this, in the list's order.
    pub after: Option<P>,
    /// Only what comes before this, in the list's order.
    pub before: Option<P>,
}

impl<P> PageRequest<P> {
    /// So many from the start of the list.
    #[must_use]
    pub const fn first(size: u64) -> Self {
        Self {
            size,
            end: End::Start,
            after: None,
            before: None,
        }
    }
}

/// A connection's four arguments, as they come.
#[derive(Debug, Clone, Default)]
pub struct PageArguments {
    /// How many from the start.
    pub first: Option<i64>,
    /// A cursor to start behind.
    pub after: Option<String>,
    /// How many from the end.
    pub last: Option<i64>,
    /// A cursor to end before.
    pub before: Option<String>,
}

/// Why a page cannot be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageFault {
    /// A count is out of bounds, or both are given.
    Count(FieldFault),
    /// A cursor is none of this list.
    Cursor(FieldFault),
}

impl PageArguments {
    /// The page of that list that these arguments ask for.
    ///
    /// # Errors
    /// Where a count is not 0 to 100, both counts are given, or a cursor is none of this list.
    pub fn read(&self, list: impl Into<ListOf>) -> Result<PageRequest, PageFault> {
        let list = list.into();
        self.read_by(|cursor| Position::from_cursor(cursor, list))
    }

    /// The page that these arguments ask for, of a list whose cursors `place` reads.
    fn read_by<P>(&self, place: impl Fn(&str) -> Result<P, Malformed>) -> Result<PageRequest<P>, PageFault> {
        let (end, size) = match (self.first, self.last) {
            (Some(_), Some(_)) => {
                return Err(PageFault::Count(FieldFault::new(
                    "last",
                    "CONFLICTING",
                    "give first or last, not both",
                )));
            }
            (None, None) => (End::Start, DEFAULT_SIZE),
            (Some(first), None) => (End::Start, count("first", first)?),
            (None, Some(last)) => (End::Finish, count("last", last)?),
        };
        let cursor = |name: &str, given: &Option<String>| {
            given
                .as_deref()
                .map(|text| place(text).map_err(|fault| PageFault::Cursor(fault.at(name))))
                .transpose()
        };
        Ok(PageRequest {
            size,
            end,
            after: cursor("after", &self.after)?,
            before: cursor("before", &self.before)?,
        })
    }
}

fn count(name: &str, given: i64) -> Result<u64, PageFault> {
    u64::try_from(given)
        .ok()
        .filter(|size| *size <= LARGEST)
        .ok_or_else(|| {
            PageFault::Count(FieldFault::new(
                name,
                "OUT_OF_RANGE",
                format!("give a number from 0 to {LARGEST}, not {given}; page on with after or before"),
            ))
        })
}

/// A page of a list, in the list's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Whether the list goes on behind it.
    pub has_next: bool,
    /// Whether the list begins before it.
    pub has_previous: bool,
}

impl<T> Page<T> {
    /// All that there is, on one page.
    #[must_use]
    pub const fn whole(items: Vec<T>) -> Self {
        Self {
            items,
            has_next: false,
            has_previous: false,
        }
    }

    /// The same page of something else.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(change).collect(),
            has_next: self.has_next,
            has_previous: self.has_previous,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn position() -> impl Strategy<Value = Position> {
        (-60_000_000_000_000_000_i64..250_000_000_000_000_000, any::<u128>()).prop_map(|(micros, id)| Position {
            at: Instant::from_micros(micros).unwrap(),
            id: Uuid::from_u128(id).into(),
        })
    }

    proptest! {
        #[test]
        fn a_cursor_is_read_back_in_its_own_order_alone(position in position()) {
            let cursor = position.to_cursor(ReleaseOrder::NewestFirst);
            prop_assert_eq!(Position::from_cursor(&cursor, ReleaseOrder::NewestFirst).unwrap(), position);
            for other in [ListOf::Releases(ReleaseOrder::OldestFirst), ListOf::DeskReleases(ReleaseOrder::NewestFirst)] {
                prop_assert_eq!(Position::from_cursor(&cursor, other).unwrap_err().code, "INVALID_CURSOR");
            }
        }

        #[test]
        fn a_changed_cursor_is_refused(position in position(), place in 0_usize..40, letter in "[A-Za-z0-9_-]") {
            let cursor = position.to_cursor(ReleaseOrder::NewestFirst);
            let mut changed = cursor.clone();
            changed.replace_range(place..=place, &letter);
            prop_assume!(changed != cursor);
            prop_assert_eq!(Position::from_cursor(&changed, ReleaseOrder::NewestFirst).unwrap_err().code, "INVALID_CURSOR");
        }

        #[test]
        fn no_text_makes_reading_a_cursor_panic(text in "\\PC{0,60}") {
            prop_assert!(Position::from_cursor(&text, ReleaseOrder::NewestFirst).is_err());
        }
    }

    #[test]
    fn counts_are_from_0_to_100_and_one_of_the_two() {
        let read = |first, last| {
            PageArguments {
                first,
                last,
                ..PageArguments::default()
            }
            .read(ReleaseOrder::NewestFirst)
        };
        assert_eq!(read(None, None).unwrap().size, 20);
        assert_eq!(read(Some(0), None).unwrap().size, 0);
        assert_eq!(read(None, Some(100)).unwrap().end, End::Finish);
        for (first, last) in [
            (Some(-1), None),
            (Some(101), None),
            (None, Some(-1)),
            (Some(1), Some(1)),
        ] {
            assert!(matches!(read(first, last), Err(PageFault::Count(_))));
        }
    }
}
