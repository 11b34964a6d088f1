//! How texts and searches become terms that can be compared: words, their folded forms and their stems.
//!
//! A word of a text stands at a position with a few terms: its exact form, folded, and its stems. A search's word has
//! the same, and any term that both have is a match. Each term carries its language, so the same word in two languages
//! is two terms. What a hyphen or an apostrophe joins stands at one position, in pieces and as one:
//! “co-operation” is `co`, `operation` and `cooperation`.

mod folding;
mod language;
mod stop_words;

use std::collections::HashMap;
use std::sync::Arc;

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};
use unicode_segmentation::UnicodeSegmentation;

pub(crate) use folding::fold;
pub(crate) use language::Language;
pub(crate) use stop_words::is_stop_word;

/// What is longer is cut to this many characters, in texts and in searches alike.
const LONGEST_WORD: usize = 64;
/// What has more pieces than this is not looked for as one word.
const MOST_PIECES: usize = 6;

/// A word of a text, or what hyphens and the like join into one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unit<'a> {
    /// Its pieces, in order; at least one.
    pub(crate) pieces: Vec<Piece<'a>>,
    /// Whether only the whole is a word: the letters of “U.S.” are none.
    pub(crate) only_whole: bool,
}

/// A run of letters and digits, and where it begins in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    /// Its first byte.
    pub(crate) start: usize,
    /// What it is.
    pub(crate) text: &'a str,
}

impl Piece<'_> {
    fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// A word that a unit can be found by: a piece of it, or the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// Its first byte.
    pub(crate) start: usize,
    /// The byte after its last.
    pub(crate) end: usize,
    /// What it is, as written.
    pub(crate) text: String,
}

impl Unit<'_> {
    /// The whole as one word, if it can be one.
    pub(crate) fn whole(&self) -> Option<Word> {
        let (first, last) = (self.pieces.first()?, self.pieces.last()?);
        (self.pieces.len() <= MOST_PIECES).then(|| Word {
            start: first.start,
            end: last.end(),
            text: self.pieces.iter().map(|piece| piece.text).collect(),
        })
    }

    /// The pieces as words of their own.
    pub(crate) fn parts(&self) -> Vec<Word> {
        let of = |piece: &Piece<'_>| Word {
            start: piece.start,
            end: piece.end(),
            text: piece.text.to_owned(),
        };
        self.pieces.iter().map(of).collect()
    }

    /// All words that it is found by, all at one position.
    pub(crate) fn words(&self) -> Vec<Word> {
        match self.pieces.as_slice() {
            [_] => self.parts(),
            _ if self.only_whole => self.whole().into_iter().collect(),
            _ => self.whole().into_iter().chain(self.parts()).collect(),
        }
    }

    /// Whether it is a word of the kind that says nothing by itself: “the”, but not “U.S.”.
    pub(crate) fn is_stop_word(&self, language: Language) -> bool {
        match self.pieces.as_slice() {
            [piece] => is_stop_word(&fold(piece.text, language), language),
            _ => false,
        }
    }

    /// Whether it is written in capitals alone, as acronyms are.
    pub(crate) fn is_capitals(&self) -> bool {
        let letters = || self.pieces.iter().flat_map(|piece| piece.text.chars());
        letters().count() > 1 && letters().any(char::is_uppercase) && !letters().any(char::is_lowercase)
    }
}

/// The words of a text in order, each at a position of its own.
pub(crate) fn units(text: &str, language: Language) -> Vec<Unit<'_>> {
    let mut units: Vec<Unit<'_>> = Vec::new();
    let mut end_of_last = None;
    for (start, word) in text.unicode_word_indices() {
        let Some(mut unit) = unit(start, word, language) else {
            continue;
        };
        let joined = end_of_last.is_some_and(|end: usize| text.get(end..start).is_some_and(is_hyphen));
        end_of_last = Some(start + word.len());
        match units.last_mut() {
            Some(last) if joined => {
                last.pieces.append(&mut unit.pieces);
                last.only_whole = false;
            }
            _ => units.push(unit),
        }
    }
    units
}

fn is_hyphen(between: &str) -> bool {
    matches!(between, "-" | "\u{2010}" | "\u{2011}")
}

/// One word of Unicode's, taken apart where it has signs in it.
fn unit(start: usize, word: &str, language: Language) -> Option<Unit<'_>> {
    let mut pieces = Vec::new();
    let mut signs = Vec::new();
    let mut begun = None;
    for (at, character) in word.char_indices() {
        let sign = matches!(character, '\'' | '’' | 'ʼ' | '‘' | '`')
            || (character.is_ascii_punctuation() && !character.is_alphanumeric())
            || matches!(character, '·' | '․' | '‧' | '﹒' | '．' | '，' | '：' | '‿');
        if sign {
            signs.push(character);
            if let Some(from) = begun.take() {
                pieces.push(piece(start, word, from, at));
            }
        } else if begun.is_none() {
            begun = Some(at);
        }
    }
    if let Some(from) = begun {
        pieces.push(piece(start, word, from, word.len()));
    }
    let apostrophe = matches!(signs.first(), Some('\'' | '’' | 'ʼ' | '‘' | '`'));
    if apostrophe && let [first, _, ..] = pieces.as_slice() {
        if language.elides(&fold(first.text, language)) {
            pieces.remove(0);
        } else if let [.., last] = pieces.as_slice()
            && language == Language::English
            && last.text.eq_ignore_ascii_case("s")
        {
            pieces.pop();
        }
    }
    let only_whole = pieces.len() > 1
        && pieces
            .iter()
            .all(|piece| piece.text.chars().count() == 1 && piece.text.chars().all(char::is_alphabetic));
    (!pieces.is_empty()).then_some(Unit { pieces, only_whole })
}

fn piece(start: usize, word: &str, from: usize, to: usize) -> Piece<'_> {
    Piece {
        start: start + from,
        text: &word[from..to],
    }
}

/// The terms of a word in a language.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Terms {
    /// Its folded form.
    pub(crate) exact: String,
    /// Its stems. Whatever has the same exact form has the last of these; where there are none, only the same is found.
    pub(crate) stems: Vec<String>,
}

impl Terms {
    /// Any one of these has been met where the word has.
    pub(crate) fn any(&self) -> &[String] {
        if self.stems.is_empty() {
            std::slice::from_ref(&self.exact)
        } else {
            &self.stems
        }
    }
}

/// The terms of a word, or none where folding leaves nothing of it.
pub(crate) fn terms(word: &str, language: Language) -> Option<Terms> {
    let word: String = word.chars().take(LONGEST_WORD).collect();
    let folded = fold(&word, language);
    if folded.is_empty() {
        return None;
    }
    let mut stems = Vec::new();
    if folded.chars().all(char::is_alphabetic)
        && let Some(of_word) = language.stem(&folding::lower(&word, language))
        && let Some(of_folded) = language.stem(&folded)
    {
        stems.push(format!("{}~{}", language.tag(), fold(&of_word, language)));
        stems.push(format!("{}~{}", language.tag(), fold(&of_folded, language)));
        stems.dedup();
    }
    Some(Terms {
        exact: exact(&folded, language),
        stems,
    })
}

/// The term of a form that is folded already.
pub(crate) fn exact(folded: &str, language: Language) -> String {
    format!("{}={folded}", language.tag())
}

/// Analyses the texts that the index takes in. The first character of a text says its language, as
/// [`Language::sign`] has it.
#[derive(Clone, Default)]
pub(crate) struct TextTokenizer {
    /// Terms of words met before: most words of a text have been.
    known: HashMap<Language, HashMap<String, Option<Arc<Terms>>>>,
}

/// Words of a language kept before all are forgotten.
const KNOWN_WORDS: usize = 50_000;

impl TextTokenizer {
    /// The terms of a word, worked out once.
    pub(crate) fn terms(&mut self, word: &str, language: Language) -> Option<Arc<Terms>> {
        let known = self.known.entry(language).or_default();
        if let Some(terms) = known.get(word) {
            return terms.clone();
        }
        if known.len() >= KNOWN_WORDS {
            known.clear();
        }
        let terms = terms(word, language).map(Arc::new);
        known.insert(word.to_owned(), terms.clone());
        terms
    }
}

impl Tokenizer for TextTokenizer {
    type TokenStream<'a> = Tokens;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Tokens {
        let mut tokens = Vec::new();
        let mut characters = text.chars();
        if let Some(language) = characters.next().and_then(Language::of_sign) {
            for (position, unit) in units(characters.as_str(), language).iter().enumerate() {
                let mut all: Vec<String> = Vec::new();
                for word in unit.words() {
                    if let Some(terms) = self.terms(&word.text, language) {
                        all.push(terms.exact.clone());
                        all.extend(terms.stems.iter().cloned());
                    }
                }
                all.sort_unstable();
                all.dedup();
                tokens.extend(all.into_iter().map(|text| Token {
                    position,
                    text,
                    ..Token::default()
                }));
            }
        }
        Tokens {
            all: tokens,
            next: 0,
            none: Token::default(),
        }
    }
}

/// The terms of a text, each with its position.
pub(crate) struct Tokens {
    all: Vec<Token>,
    next: usize,
    /// Stands where there is no term.
    none: Token,
}

impl TokenStream for Tokens {
    fn advance(&mut self) -> bool {
        self.next += 1;
        self.next <= self.all.len()
    }

    fn token(&self) -> &Token {
        self.all.get(self.next.wrapping_sub(1)).unwrap_or(&self.none)
    }

    fn token_mut(&mut self) -> &mut Token {
        self.all.get_mut(self.next.wrapping_sub(1)).unwrap_or(&mut self.none)
    }
}

#[cfg(test)]
mod tests;
