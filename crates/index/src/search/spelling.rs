//! What somebody may have meant who has found nothing.

use std::cmp::{Ordering, Reverse};
use std::collections::HashMap;
use std::io;

use newsroom_domain::search::{Clause, SearchMode, SearchQuery};
use tantivy::index::InvertedIndexReader;

use super::analysis::{Language, Terms, exact, terms, units};
use super::keeper::SearchError;
use super::state::{SearchState, Shown};

/// A word is only proposed if so many texts have it in one part: what stands once may be misspelt itself.
const LEAST_TEXTS: u32 = 2;
/// Words after these are left as they are.
const MOST_WORDS: usize = 3;
/// Shorter words are not corrected: too many are near them.
const SHORTEST: usize = 4;
/// From this length on a word may have two letters wrong.
const LONG: usize = 8;

/// A word that may have been meant.
struct Proposal {
    wrong: usize,
    texts: u32,
    word: String,
}

impl SearchState {
    /// A search that finds something, near one that has found nothing: words that no text has are replaced by the nearest
    /// that some have. Nothing where there is none. Replaced words are in small letters without marks.
    ///
    /// # Errors
    /// Where the index cannot be read.
    pub fn did_you_mean(&self, query: &SearchQuery, shown: &Shown<'_>) -> Result<Option<String>, SearchError> {
        let languages = shown.languages();
        let mut replaced = 0;
        let mut meant = Vec::new();
        for clause in query.wanted() {
            let proposal = match clause {
                Clause::Word(word) if replaced < MOST_WORDS => self.proposal(word, &languages)?,
                _ => None,
            };
            replaced += usize::from(proposal.is_some());
            meant.push(proposal.unwrap_or_else(|| typed(clause)));
        }
        if replaced == 0 {
            return Ok(None);
        }
        meant.extend(query.excluded().iter().map(|clause| format!("-{}", typed(clause))));
        let meant = meant.join(" ");
        // Terms of texts that are gone, or that are not searched, may be there for a while: none of them is told.
        let finds = match SearchQuery::parse(&meant, SearchMode::All) {
            Ok(query) => !self.find(&query, shown)?.numbers.is_empty(),
            Err(_) => false,
        };
        Ok(finds.then_some(meant))
    }

    /// The word nearest to one that no text has in any of these languages.
    fn proposal(&self, word: &str, languages: &[Language]) -> Result<Option<String>, SearchError> {
        let mut best: Option<Proposal> = None;
        for &language in languages {
            let [unit] = &units(word, language)[..] else {
                return Ok(None);
            };
            let Some(sought) = unit.whole().and_then(|whole| terms(&whole.text, language)) else {
                return Ok(None);
            };
            for field in self.fields.texts {
                let mut near = HashMap::new();
                for reader in self.searcher.segment_readers() {
                    let field = reader.inverted_index(field)?;
                    for term in sought.any() {
                        if field.terms().get(term)?.is_some() {
                            return Ok(None);
                        }
                    }
                    add_near(&field, &sought, language, &mut near)?;
                }
                let near = near.into_values().filter(|proposal| proposal.texts >= LEAST_TEXTS);
                best = best.into_iter().chain(near).min_by(Proposal::compare);
            }
        }
        Ok(best.map(|proposal| proposal.word))
    }
}

/// Adds the words of a field that are near one.
fn add_near(
    field: &InvertedIndexReader,
    sought: &Terms,
    language: Language,
    near: &mut HashMap<String, Proposal>,
) -> io::Result<()> {
    let tag = exact("", language);
    let folded = sought.exact.trim_start_matches(&tag);
    let length = folded.chars().count();
    if length < SHORTEST || folded.contains(char::is_numeric) {
        return Ok(());
    }
    let most_wrong = if length < LONG { 1 } else { 2 };
    // No text has this byte in it, so it is above all of the language.
    let above = [tag.as_bytes(), &[u8::MAX]].concat();
    let mut all = field.terms().range().ge(&tag).lt(above).into_stream()?;
    while let Some((term, info)) = all.next() {
        let Some(word) = std::str::from_utf8(term).ok().and_then(|term| term.strip_prefix(&tag)) else {
            continue;
        };
        // A letter has at most four bytes.
        if word.len().abs_diff(folded.len()) > most_wrong * 4 {
            continue;
        }
        let wrong = strsim::osa_distance(folded, word);
        if wrong <= most_wrong {
            let of_none = || Proposal {
                wrong,
                texts: 0,
                word: word.to_owned(),
            };
            near.entry(word.to_owned()).or_insert_with(of_none).texts += info.doc_freq;
        }
    }
    Ok(())
}

impl Proposal {
    /// The nearest first, then what most texts have.
    fn compare(&self, other: &Self) -> Ordering {
        (self.wrong, Reverse(self.texts), &self.word).cmp(&(other.wrong, Reverse(other.texts), &other.word))
    }
}

/// A clause as it is typed.
fn typed(clause: &Clause) -> String {
    match clause {
        Clause::Word(word) => word.clone(),
        Clause::Prefix(begun) => format!("{begun}*"),
        Clause::Phrase(words) => format!("\"{words}\""),
    }
}
