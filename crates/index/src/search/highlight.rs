//! Where in a release's text the search was met, to be shown to a reader.

mod fragments;

use std::ops::Range;
use std::sync::{Arc, PoisonError};

use newsroom_domain::Locale;
use newsroom_domain::search::SearchQuery;

use super::analysis::{Language, Terms, TextTokenizer, Word, units};
use super::plan::{Plan, Sequence};
use super::state::SearchState;

pub use fragments::{Fragment, TextRange};

/// A part of a release's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TextPart {
    /// The title.
    Title,
    /// The lead.
    Lead,
    /// The body.
    Body,
}

/// Where a part of a text was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Highlight {
    /// The part.
    pub part: TextPart,
    /// The whole title or lead; of the body up to three passages of some 200 characters, in the text's order.
    pub fragments: Vec<Fragment>,
}

/// A word that was looked for, where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    /// Its bytes.
    at: Range<usize>,
    /// Which of the sequences that were looked for it belongs to.
    of: usize,
}

impl SearchState {
    /// The parts of a text that have what was looked for, with all of it marked. Phrases are marked where they stand
    /// whole. What only is excluded marks nothing.
    #[must_use]
    pub fn highlight(
        &self,
        query: &SearchQuery,
        locale: &Locale,
        title: &str,
        lead: &str,
        body: &str,
    ) -> Vec<Highlight> {
        let language = Language::of(locale);
        let plan = Plan::new(query, language, &self.synonyms);
        let sequences: Vec<&Sequence> = plan.wanted.iter().flat_map(|sought| &sought.ways).flatten().collect();
        let mut analysed = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        let mut highlights = Vec::new();
        for (part, text) in [(TextPart::Title, title), (TextPart::Lead, lead), (TextPart::Body, body)] {
            let marks = marks(text, language, &sequences, &mut analysed);
            if marks.is_empty() {
                continue;
            }
            let fragments = match part {
                TextPart::Title | TextPart::Lead => vec![fragments::whole(text, &marks)],
                TextPart::Body => fragments::passages(text, &marks),
            };
            highlights.push(Highlight { part, fragments });
        }
        highlights
    }
}

/// All that was looked for in a text, in order.
fn marks(text: &str, language: Language, sequences: &[&Sequence], analysed: &mut TextTokenizer) -> Vec<Mark> {
    let words: Vec<Vec<(Word, Arc<Terms>)>> = units(text, language)
        .iter()
        .map(|unit| {
            let words = unit.words().into_iter();
            words
                .filter_map(|word| {
                    let terms = analysed.terms(&word.text, language)?;
                    Some((word, terms))
                })
                .collect()
        })
        .collect();
    let mut marks = Vec::new();
    for (of, sequence) in sequences.iter().enumerate() {
        for at in standing(&words, sequence) {
            marks.push(Mark { at, of });
        }
    }
    marks.sort_by_key(|mark| (mark.at.start, mark.at.end, mark.of));
    marks
}

/// A word of a sequence, met at a position.
struct Reached {
    position: usize,
    at: Range<usize>,
    /// Which of those that the word before it was met at it follows.
    after: usize,
}

/// Where the words of a sequence stand side by side.
fn standing(words: &[Vec<(Word, Arc<Terms>)>], sequence: &Sequence) -> Vec<Range<usize>> {
    let mut steps: Vec<Vec<Reached>> = Vec::new();
    for (index, slot) in sequence.iter().enumerate() {
        let may_share = index > 0 && sequence.get(index - 1) != Some(slot);
        let mut reached = Vec::new();
        for (position, words) in words.iter().enumerate() {
            let Some((word, _)) = words.iter().find(|(_, terms)| slot.is(terms)) else {
                continue;
            };
            let after = match steps.last() {
                None => Some(0),
                Some(before) => {
                    let at = |wanted: usize| before.binary_search_by_key(&wanted, |reached| reached.position).ok();
                    position
                        .checked_sub(1)
                        .and_then(at)
                        .or_else(|| may_share.then(|| at(position)).flatten())
                }
            };
            reached.extend(after.map(|after| Reached {
                position,
                at: word.start..word.end,
                after,
            }));
        }
        steps.push(reached);
    }
    let mut met = Vec::new();
    let ends = steps.last().map_or(0, Vec::len);
    for end in 0..ends {
        let mut at = end;
        for step in steps.iter().rev() {
            let Some(reached) = step.get(at) else { break };
            met.push(reached.at.clone());
            at = reached.after;
        }
    }
    met
}
