//! Where a change stands in the change log, as events name it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{SEAL, VERSION, seal};
use crate::fault::Malformed;

/// Tells these cursors from those of other lists.
const CHANGES: u8 = 41;

/// Where a change stands in the change log, as an opaque cursor.
#[must_use]
pub fn event_cursor(sequence: i64) -> String {
    let mut bytes = vec![VERSION, CHANGES];
    bytes.extend(sequence.to_be_bytes());
    bytes.extend(seal(&bytes));
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The sequence of the change that a cursor is of.
///
/// # Errors
/// Where it is none of the change log's.
pub fn read_event_cursor(cursor: &str) -> Result<i64, Malformed> {
    let read = || {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (content, sealed) = bytes.split_last_chunk::<SEAL>()?;
        let sequence = content.strip_prefix(&[VERSION, CHANGES])?;
        let sequence = i64::from_be_bytes(sequence.try_into().ok()?);
        (seal(content) == *sealed).then_some(sequence)
    };
    read().ok_or_else(|| {
        let message = "this is not a cursor of the change log: take one from an event, unchanged";
        Malformed::new("INVALID_CURSOR", message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_none_of_another_list_is() {
        let cursor = event_cursor(4711);
        assert_eq!(read_event_cursor(&cursor), Ok(4711));
        for strange in ["", "AQE", &cursor[1..], &crate::page::audit_cursor(4711)] {
            assert!(read_event_cursor(strange).is_err(), "{strange}");
        }
    }
}
