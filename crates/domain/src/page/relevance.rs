//! Pages of what a search found, by relevance: a cursor stands at a score, and of equals at the newer release.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{PageArguments, PageFault, PageRequest, Position, SEAL, VERSION, seal};
use crate::fault::Malformed;
use crate::search::{Clause, Search, SearchMode};
use crate::{Instant, Reader};

/// Tells these cursors from those of other lists.
const RELEVANCE: u8 = 19;

/// A place in a list by relevance: right at a release that has that score. The greater comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// How well its text matches. It goes by the text and the search alone, so that it stays when others come and go.
    pub score: u32,
    /// Where it stands among those of its score.
    pub position: Position,
}

/// What tells a search from others, in a cursor: the words, what is to be done with them, and in whose locales.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchSeal([u8; 8]);

impl SearchSeal {
    /// The seal of a search by that reader.
    #[must_use]
    pub fn of(search: &Search, reader: &Reader) -> Self {
        let mut hash = Sha256::new();
        let mut add = |kind: u8, text: &str| {
            hash.update([kind]);
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        };
        let mut add_clauses = |exclusion: u8, clauses: &[Clause]| {
            for clause in clauses {
                let kind = match clause {
                    Clause::Word(_) => 0,
                    Clause::Prefix(_) => 1,
                    Clause::Phrase(_) => 2,
                };
                add(exclusion | kind, clause.text());
            }
        };
        add_clauses(0, search.query.wanted());
        add_clauses(4, search.query.excluded());
        match search.query.mode() {
            SearchMode::All => {}
            SearchMode::Any => add(8, ""),
        }
        if search.any_locale {
            add(9, "");
        } else {
            reader.wanted().iter().for_each(|locale| add(10, locale.as_str()));
        }
        let hash = hash.finalize();
        let mut sealed = [0; 8];
        sealed.copy_from_slice(&hash[..8]);
        Self(sealed)
    }
}

impl Rank {
    /// The place as an opaque cursor of the list of that search.
    #[must_use]
    pub fn to_cursor(self, search: SearchSeal) -> String {
        let mut bytes = vec![VERSION, RELEVANCE];
        bytes.extend(search.0);
        bytes.extend(self.score.to_be_bytes());
        bytes.extend(self.position.at.micros().to_be_bytes());
        bytes.extend(self.position.id.uuid().into_bytes());
        bytes.extend(seal(&bytes));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn from_cursor(cursor: &str, search: SearchSeal) -> Result<Self, Malformed> {
        let invalid = |message: &str| Malformed::new("INVALID_CURSOR", message);
        let (of, rank) = read(cursor)
            .ok_or_else(|| invalid("this is not a cursor of a list by relevance: take one that it gave, unchanged"))?;
        if of == search {
            Ok(rank)
        } else {
            Err(invalid(
                "this cursor is of another search: begin that list anew, without a cursor",
            ))
        }
    }
}

fn read(cursor: &str) -> Option<(SearchSeal, Rank)> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (content, sealed) = bytes.split_last_chunk::<SEAL>()?;
    if seal(content) != *sealed {
        return None;
    }
    let content = content.strip_prefix(&[VERSION, RELEVANCE])?;
    let (search, place) = content.split_first_chunk::<8>()?;
    let (score, place) = place.split_first_chunk::<4>()?;
    let (micros, id) = place.split_first_chunk::<8>()?;
    let position = Position {
        at: Instant::from_micros(i64::from_be_bytes(*micros))?,
        id: Uuid::from_slice(id).ok()?.into(),
    };
    let score = u32::from_be_bytes(*score);
    Some((SearchSeal(*search), Rank { score, position }))
}

/// The page by relevance that these arguments ask for, of what that search found.
///
/// # Errors
/// Where a count is not 0 to 100, both counts are given, or a cursor is of no such list or of another search.
pub fn relevance_page(arguments: &PageArguments, search: SearchSeal) -> Result<PageRequest<Rank>, PageFault> {
    arguments.read_by(|cursor| Rank::from_cursor(cursor, search))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Fallbacks;
    use crate::filter::ReleaseOrder;
    use crate::search::SearchQuery;

    fn sealed(text: &str, mode: SearchMode, any_locale: bool, locale: Option<&str>) -> SearchSeal {
        let query = SearchQuery::parse(text, mode).unwrap();
        let locale = locale.map(|tag| tag.parse().unwrap());
        let reader = Fallbacks::default().reader(locale.as_ref());
        SearchSeal::of(&Search { query, any_locale }, &reader)
    }

    fn rank() -> impl Strategy<Value = Rank> {
        (
            any::<u32>(),
            -60_000_000_000_000_000_i64..250_000_000_000_000_000,
            any::<u128>(),
        )
            .prop_map(|(score, micros, id)| Rank {
                score,
                position: Position {
                    at: Instant::from_micros(micros).unwrap(),
                    id: Uuid::from_u128(id).into(),
                },
            })
    }

    proptest! {
        #[test]
        fn a_cursor_is_read_back_by_its_own_search_alone(rank in rank(), place in 0_usize..56, letter in "[A-Za-z0-9_-]") {
            let seal = sealed("free media", SearchMode::All, false, None);
            let cursor = rank.to_cursor(seal);
            prop_assert_eq!(Rank::from_cursor(&cursor, seal).unwrap(), rank);
            prop_assert!(Rank::from_cursor(&cursor, sealed("free medium", SearchMode::All, false, None)).is_err());
            prop_assert!(Position::from_cursor(&cursor, ReleaseOrder::NewestFirst).is_err());
            let mut changed = cursor.clone();
            changed.replace_range(place..=place, &letter);
            prop_assume!(changed != cursor);
            prop_assert!(Rank::from_cursor(&changed, seal).is_err());
        }

        #[test]
        fn no_text_makes_reading_a_cursor_panic(text in "\\PC{0,70}") {
            prop_assert!(Rank::from_cursor(&text, sealed("a", SearchMode::All, false, None)).is_err());
        }
    }

    #[test]
    fn all_that_makes_another_search_makes_another_seal() {
        let all = [
            sealed("free media", SearchMode::All, false, None),
            sealed("media free", SearchMode::All, false, None),
            sealed("\"free media\"", SearchMode::All, false, None),
            sealed("free media*", SearchMode::All, false, None),
            sealed("free -media", SearchMode::All, false, None),
            sealed("free media", SearchMode::Any, false, None),
            sealed("free media", SearchMode::All, true, None),
            sealed("free media", SearchMode::All, false, Some("ru")),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(all[index + 1..].iter().all(|other| other != one), "{index}");
        }
        assert_eq!(
            sealed("media", SearchMode::All, true, Some("ru")),
            sealed(" media ", SearchMode::All, true, Some("en")),
            "whoever searches all locales searches the same"
        );
    }
}
