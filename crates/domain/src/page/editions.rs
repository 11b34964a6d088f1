//! Pages of the list of a translation's editions, the newest first.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::{PageArguments, PageFault, PageRequest, SEAL, VERSION, seal};
use crate::TranslationId;
use crate::fault::Malformed;

/// Tells these cursors from those of other lists.
const EDITIONS: u8 = 32;

/// A page of a translation's editions that was asked for, by their numbers: the list begins with the newest.
pub type EditionPage = PageRequest<i64>;

/// Where an edition stands in the list of its translation's, as an opaque cursor.
#[must_use]
pub fn edition_cursor(translation: TranslationId, number: i64) -> String {
    let mut bytes = vec![VERSION, EDITIONS];
    bytes.extend(translation.uuid().into_bytes());
    bytes.extend(number.to_be_bytes());
    bytes.extend(seal(&bytes));
    URL_SAFE_NO_PAD.encode(bytes)
}

impl PageArguments {
    /// The page of that translation's editions that these arguments ask for.
    ///
    /// # Errors
    /// Where a count is not 0 to 100, both counts are given, or a cursor is none of this translation's list.
    pub fn read_editions(&self, translation: TranslationId) -> Result<EditionPage, PageFault> {
        self.read_by(|cursor| {
            read(cursor, translation).ok_or_else(|| {
                let message = "this is not a cursor of this list: take one that it gave, unchanged";
                Malformed::new("INVALID_CURSOR", message)
            })
        })
    }
}

fn read(cursor: &str, translation: TranslationId) -> Option<i64> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (content, sealed) = bytes.split_last_chunk::<SEAL>()?;
    let place = content.strip_prefix(&[VERSION, EDITIONS])?;
    let (of, number) = place.split_first_chunk::<16>()?;
    let is_whole = seal(content) == *sealed && Uuid::from_bytes(*of) == translation.uuid();
    let number: [u8; 8] = number.try_into().ok()?;
    is_whole.then(|| i64::from_be_bytes(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::End;

    #[test]
    fn a_cursor_is_read_back_by_its_own_translation_alone() {
        let one = TranslationId::from(Uuid::from_u128(1));
        let asked = |after: &str| PageArguments {
            last: Some(3),
            after: Some(after.to_owned()),
            ..PageArguments::default()
        };
        let cursor = edition_cursor(one, 7);
        assert_eq!(
            asked(&cursor).read_editions(one),
            Ok(EditionPage {
                size: 3,
                end: End::Finish,
                after: Some(7),
                before: None
            })
        );
        let other = edition_cursor(Uuid::from_u128(2).into(), 7);
        for strange in ["", "ASA", &cursor[1..], &format!("{cursor}A"), &other] {
            assert!(
                matches!(asked(strange).read_editions(one), Err(PageFault::Cursor(_))),
                "{strange}"
            );
        }
        let both = PageArguments {
            first: Some(1),
            last: Some(1),
            ..PageArguments::default()
        };
        assert!(matches!(both.read_editions(one), Err(PageFault::Count(_))));
    }
}
