//! Search: an index of all live texts in a folder, and what it answers.
//!
//! A document of the index is one live text of a release. What is found depends on the search and on the text alone, and
//! so does the order by relevance; which texts count at all is said by whoever asks, in numbers of releases.

mod analysis;
mod bits;
mod column;
mod highlight;
mod hits;
mod keeper;
mod matching;
mod plan;
mod schema;
mod spelling;
mod state;
mod synonyms;
mod typing;

pub use highlight::{Fragment, Highlight, TextPart, TextRange};
pub use hits::Hits;
pub use keeper::{Check, IndexCursor, Rebuild, SearchError, SearchIndex};
pub use schema::SCHEMA_VERSION;
pub use state::{SearchState, Shown};
pub use synonyms::{MalformedSynonyms, Synonyms};
pub use typing::is_named;

#[cfg(test)]
mod tests;
