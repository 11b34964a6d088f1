//! Pages of the list of accounts, which is in the order of their addresses.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{DEFAULT_SIZE, PageFault, SEAL, VERSION, count, seal};
use crate::account::Email;
use crate::fault::Malformed;

/// Tells these cursors from those of other lists.
const ACCOUNTS: u8 = 16;

/// Where an account stands in the list, as an opaque cursor.
#[must_use]
pub fn account_cursor(email: &Email) -> String {
    let mut bytes = vec![VERSION, ACCOUNTS];
    bytes.extend(email.as_str().bytes());
    bytes.extend(seal(&bytes));
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The page that `first` and `after` ask for: how many, behind which address.
///
/// # Errors
/// Where the count is not 0 to 100, or the cursor is none of this list.
pub fn account_page(first: Option<i64>, after: Option<&str>) -> Result<(u64, Option<String>), PageFault> {
    let size = first.map_or(Ok(DEFAULT_SIZE), |first| count("first", first))?;
    let after = after.map(|cursor| {
        read(cursor).ok_or_else(|| {
            let message = "this is not a cursor of this list: take one that it gave, unchanged";
            PageFault::Cursor(Malformed::new("INVALID_CURSOR", message).at("after"))
        })
    });
    Ok((size, after.transpose()?))
}

fn read(cursor: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (content, sealed) = bytes.split_last_chunk::<SEAL>()?;
    let address = content.strip_prefix(&[VERSION, ACCOUNTS])?;
    (seal(content) == *sealed)
        .then(|| String::from_utf8(address.to_vec()).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_none_of_another_list_is() {
        let cursor = account_cursor(&"anna@example.org".parse().unwrap());
        assert_eq!(
            account_page(Some(3), Some(&cursor)),
            Ok((3, Some("anna@example.org".to_owned())))
        );
        for strange in ["", "AQE", &cursor[1..], &format!("{cursor}A")] {
            assert!(
                matches!(account_page(None, Some(strange)), Err(PageFault::Cursor(_))),
                "{strange}"
            );
        }
        assert!(matches!(account_page(Some(101), None), Err(PageFault::Count(_))));
    }
}
