//! A place in the change log, as followers keep it: for as long as they like.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::fault::Malformed;
use crate::{Instant, ReleaseId};

/// Which log a cursor is of, as far as a few bytes can tell: they are of the change that it stands at.
///
/// A log that was set back (a database restored from a backup) goes on with other changes under the same sequences. Whoever
/// followed the log before is then told, and not answered with half of what there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogMark([u8; 4]);

impl LogMark {
    /// Before the first change.
    pub const BEGINNING: Self = Self([0; 4]);

    /// The mark of a change.
    #[must_use]
    pub fn of(sequence: i64, at: Instant, subject: Uuid) -> Self {
        let hash = Sha256::digest(format!("{sequence} {} {subject}", at.micros()));
        Self([hash[0], hash[1], hash[2], hash[3]])
    }
}

/// A place in the change log: right behind one change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeCursor {
    /// The change's sequence; 0 before the first.
    pub sequence: i64,
    /// The change's mark.
    pub mark: LogMark,
}

impl ChangeCursor {
    /// Before the first change.
    pub const BEGINNING: Self = Self {
        sequence: 0,
        mark: LogMark::BEGINNING,
    };
}

/// A place in a snapshot of all releases: behind one of them. It carries the place in the change log to go on from when the
/// snapshot is whole, so that nobody can lose it on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotCursor {
    /// Where the log was when the snapshot was begun.
    pub head: ChangeCursor,
    /// The last release that was read.
    pub last: ReleaseId,
}

const VERSION: u8 = 1;
/// What tells these cursors from those of lists, which have a list's number in this place.
const OF_CHANGES: u8 = 0x43;
const OF_SNAPSHOT: u8 = 0x53;
const SEAL: usize = 4;

fn seal(content: &[u8]) -> [u8; SEAL] {
    let hash = Sha256::digest(content);
    [hash[0], hash[1], hash[2], hash[3]]
}

fn sealed(kind: u8, parts: &[&[u8]]) -> String {
    let mut bytes = vec![VERSION, kind];
    for part in parts {
        bytes.extend_from_slice(part);
    }
    let seal = seal(&bytes);
    bytes.extend(seal);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What a cursor of a kind says, where it is whole.
fn opened<const LENGTH: usize>(text: &str, kind: u8) -> Option<[u8; LENGTH]> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (content, sealed) = bytes.split_last_chunk::<SEAL>()?;
    let ([version, of], place) = content.split_first_chunk::<2>()?;
    let is_whole = seal(content) == *sealed && (*version, *of) == (VERSION, kind);
    is_whole.then(|| place.try_into().ok()).flatten()
}

fn invalid(message: &str) -> Malformed {
    Malformed::new("INVALID_CURSOR", message)
}

impl fmt::Display for ChangeCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&sealed(OF_CHANGES, &[&self.sequence.to_be_bytes(), &self.mark.0]))
    }
}

impl FromStr for ChangeCursor {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let place = opened::<12>(text, OF_CHANGES).ok_or_else(|| {
            invalid("this is not a cursor of the change log: take one that the log has given, unchanged")
        })?;
        let (mut sequence, mut mark) = ([0; 8], [0; 4]);
        sequence.copy_from_slice(&place[..8]);
        mark.copy_from_slice(&place[8..]);
        Ok(Self {
            sequence: i64::from_be_bytes(sequence),
            mark: LogMark(mark),
        })
    }
}

impl fmt::Display for SnapshotCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ChangeCursor { sequence, mark } = self.head;
        let last = self.last.uuid();
        let parts: [&[u8]; 3] = [&sequence.to_be_bytes(), &mark.0, last.as_bytes()];
        f.write_str(&sealed(OF_SNAPSHOT, &parts))
    }
}

impl FromStr for SnapshotCursor {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let place = opened::<28>(text, OF_SNAPSHOT).ok_or_else(|| {
            invalid("this is not a cursor of an export: take one that an export has given, unchanged")
        })?;
        let (mut sequence, mut mark, mut last) = ([0; 8], [0; 4], [0; 16]);
        sequence.copy_from_slice(&place[..8]);
        mark.copy_from_slice(&place[8..12]);
        last.copy_from_slice(&place[12..]);
        Ok(Self {
            head: ChangeCursor {
                sequence: i64::from_be_bytes(sequence),
                mark: LogMark(mark),
            },
            last: Uuid::from_bytes(last).into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cursor() -> impl Strategy<Value = ChangeCursor> {
        (0..i64::MAX, any::<[u8; 4]>()).prop_map(|(sequence, mark)| ChangeCursor {
            sequence,
            mark: LogMark(mark),
        })
    }

    proptest! {
        #[test]
        fn a_cursor_is_read_back_and_as_its_own_kind_alone(head in cursor(), last in any::<u128>()) {
            let snapshot = SnapshotCursor { head, last: Uuid::from_u128(last).into() };
            prop_assert_eq!(head.to_string().parse::<ChangeCursor>().unwrap(), head);
            prop_assert_eq!(snapshot.to_string().parse::<SnapshotCursor>().unwrap(), snapshot);
            prop_assert!(head.to_string().parse::<SnapshotCursor>().is_err());
            prop_assert!(snapshot.to_string().parse::<ChangeCursor>().is_err());
        }

        #[test]
        fn a_changed_cursor_is_refused(cursor in cursor(), place in 0_usize..24, letter in "[A-Za-z0-9_-]") {
            let mut changed = cursor.to_string();
            changed.replace_range(place..=place, &letter);
            prop_assume!(changed != cursor.to_string());
            prop_assert!(changed.parse::<ChangeCursor>().is_err());
        }

        #[test]
        fn no_text_makes_reading_a_cursor_panic(text in "\\PC{0,60}") {
            prop_assert!(text.parse::<ChangeCursor>().is_err());
            prop_assert!(text.parse::<SnapshotCursor>().is_err());
        }
    }

    #[test]
    fn two_changes_of_one_sequence_have_two_marks() {
        let at = |micros| Instant::from_micros(micros).unwrap();
        assert_ne!(LogMark::of(7, at(1), Uuid::nil()), LogMark::of(7, at(2), Uuid::nil()));
    }
}
