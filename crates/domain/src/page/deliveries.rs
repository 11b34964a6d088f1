//! Pages of an endpoint's deliveries, which are in the order of their making, the newest first.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::{DEFAULT_SIZE, PageFault, SEAL, VERSION, count, seal};
use crate::DeliveryId;
use crate::fault::Malformed;

/// Tells these cursors from those of other lists.
const DELIVERIES: u8 = 40;

/// Where a delivery stands in the list, as an opaque cursor.
#[must_use]
pub fn delivery_cursor(id: DeliveryId) -> String {
    let mut bytes = vec![VERSION, DELIVERIES];
    bytes.extend(id.uuid().into_bytes());
    bytes.extend(seal(&bytes));
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The page that `first` and `after` ask for: how many, behind which delivery.
///
/// # Errors
/// Where the count is not 0 to 100, or the cursor is none of this list.
pub fn delivery_page(first: Option<i64>, after: Option<&str>) -> Result<(u64, Option<DeliveryId>), PageFault> {
    let size = first.map_or(Ok(DEFAULT_SIZE), |first| count("first", first))?;
    let after = after.map(|cursor| {
        read(cursor).ok_or_else(|| {
            let message = "this is not a cursor of this list: take one that it gave, unchanged";
            PageFault::Cursor(Malformed::new("INVALID_CURSOR", message).at("after"))
        })
    });
    Ok((size, after.transpose()?))
}

fn read(cursor: &str) -> Option<DeliveryId> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (content, sealed) = bytes.split_last_chunk::<SEAL>()?;
    let id = content.strip_prefix(&[VERSION, DELIVERIES])?;
    let id = Uuid::from_bytes(id.try_into().ok()?);
    (seal(content) == *sealed).then(|| id.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_none_of_another_list_is() {
        let id: DeliveryId = Uuid::from_u128(7).into();
        let cursor = delivery_cursor(id);
        assert_eq!(delivery_page(Some(3), Some(&cursor)), Ok((3, Some(id))));
        let of_audit = crate::page::audit_cursor(7);
        for strange in ["", "AQE", &cursor[1..], &format!("{cursor}A"), &of_audit] {
            assert!(
                matches!(delivery_page(None, Some(strange)), Err(PageFault::Cursor(_))),
                "{strange}"
            );
        }
        assert!(matches!(delivery_page(Some(101), None), Err(PageFault::Count(_))));
    }
}
