//! Pages of the audit trail, which is in the order of its numbers, the newest first.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{PageArguments, PageFault, PageRequest, SEAL, VERSION, seal};
use crate::fault::Malformed;

/// Tells these cursors from those of other lists.
const AUDIT_ENTRIES: u8 = 17;

/// Where an entry stands in the trail, as an opaque cursor.
#[must_use]
pub fn audit_cursor(number: i64) -> String {
    let mut bytes = vec![VERSION, AUDIT_ENTRIES];
    bytes.extend(number.to_be_bytes());
    bytes.extend(seal(&bytes));
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The page of the trail that these arguments ask for, by the numbers of its entries.
///
/// # Errors
/// Where a count is not 0 to 100, both counts are given, or a cursor is none of this list.
pub fn audit_page(arguments: &PageArguments) -> Result<PageRequest<i64>, PageFault> {
    arguments.read_by(|cursor| {
        let message = "this is not a cursor of this list: take one that it gave, unchanged";
        read(cursor).ok_or_else(|| Malformed::new("INVALID_CURSOR", message))
    })
}

fn read(cursor: &str) -> Option<i64> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (content, sealed) = bytes.split_last_chunk::<SEAL>()?;
    let number = content.strip_prefix(&[VERSION, AUDIT_ENTRIES])?;
    let number = i64::from_be_bytes(number.try_into().ok()?);
    (seal(content) == *sealed).then_some(number)
}

#[cfg(test)]
mod tests {
    use crate::filter::ReleaseOrder;
    use proptest::prelude::*;

    use super::*;
    use crate::page::{End, ListOf};

    fn behind(cursor: &str) -> Result<PageRequest<i64>, PageFault> {
        audit_page(&PageArguments {
            after: Some(cursor.to_owned()),
            ..PageArguments::default()
        })
    }

    proptest! {
        #[test]
        fn a_cursor_is_read_back_and_none_that_was_changed_is(number in any::<i64>(), place in 0_usize..19, letter in "[A-Za-z0-9_-]") {
            let cursor = audit_cursor(number);
            let page = PageRequest { size: 20, end: End::Start, after: Some(number), before: None };
            prop_assert_eq!(behind(&cursor), Ok(page));
            let mut changed = cursor.clone();
            changed.replace_range(place..=place, &letter);
            prop_assume!(changed != cursor);
            prop_assert!(matches!(behind(&changed), Err(PageFault::Cursor(_))));
        }

        #[test]
        fn no_text_makes_reading_a_cursor_panic(text in "\\PC{0,60}") {
            prop_assert!(behind(&text).is_err());
        }
    }

    #[test]
    fn a_cursor_of_another_list_is_none_of_this_one() {
        let at = crate::Instant::from_micros(0).unwrap();
        let position = super::super::Position {
            at,
            id: uuid::Uuid::nil().into(),
        };
        assert!(behind(&position.to_cursor(ListOf::DeskReleases(ReleaseOrder::NewestFirst))).is_err());
        assert!(behind(&super::super::account_cursor(&"anna@example.org".parse().unwrap())).is_err());
    }
}
