//! The language of searches: what a reader types, read into what is looked for.
//!
//! Whatever is typed is safe. What is no sign of the language is punctuation, which no search goes by.

use unicode_segmentation::UnicodeSegmentation;

use crate::fault::Malformed;

/// The longest search, in characters.
pub const LONGEST: usize = 1_000;
/// The most words, phrases and exclusions of one search.
pub const MOST_CLAUSES: usize = 32;
/// The most words of one search, those in phrases among them.
pub const MOST_WORDS: usize = 64;

/// How many of its words and phrases a release must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SearchMode {
    /// All of them, in one text.
    #[default]
    All,
    /// At least one; those that have more of them come first.
    Any,
}

/// One thing that is looked for. It has at least one letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Clause {
    /// A word, in any of its forms. It may have hyphens, apostrophes and other signs in it.
    Word(String),
    /// The beginning of a word, written with an asterisk after it.
    Prefix(String),
    /// Words that stand side by side, written between quotation marks.
    Phrase(String),
}

impl Clause {
    /// What was typed, without the signs of the language.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Word(text) | Self::Prefix(text) | Self::Phrase(text) => text,
        }
    }
}

/// A search, as a list has it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Search {
    /// What is looked for.
    pub query: SearchQuery,
    /// Whether all texts of a release are searched, instead of the one that its reader is shown.
    pub any_locale: bool,
}

/// What is looked for. At least one thing is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SearchQuery {
    mode: SearchMode,
    wanted: Vec<Clause>,
    excluded: Vec<Clause>,
}

impl SearchQuery {
    /// Reads words, `"phrases"` between quotation marks of any kind, `-exclusions` of either, and `begin*` for all words
    /// that begin so. A quotation mark that is never closed is punctuation.
    ///
    /// # Errors
    /// `TOO_LONG` over 1,000 characters, `TOO_MANY` over 32 words and phrases or 64 words in all, and `EMPTY` where
    /// nothing is wanted: there is only punctuation, or all is excluded.
    pub fn parse(text: &str, mode: SearchMode) -> Result<Self, Malformed> {
        let length = text.chars().count();
        if length > LONGEST {
            return Err(Malformed::new(
                "TOO_LONG",
                format!("a search has at most {LONGEST} characters, this one {length}: leave out words"),
            ));
        }
        let mut query = Self {
            mode,
            wanted: Vec::new(),
            excluded: Vec::new(),
        };
        let mut rest = text;
        while let Some(read) = next_clause(rest) {
            rest = read.rest;
            let Some(clause) = read.clause else { continue };
            if read.excluded {
                query.excluded.push(clause);
            } else {
                query.wanted.push(clause);
            }
        }
        query.checked()
    }

    /// Reads what is being typed: the last word may not be whole yet.
    ///
    /// # Errors
    /// As [`SearchQuery::parse`] has them.
    pub fn parse_typing(text: &str) -> Result<Self, Malformed> {
        let mut query = Self::parse(text, SearchMode::All)?;
        let goes_on = text.chars().next_back().is_some_and(char::is_alphanumeric);
        if goes_on
            && let Some(Clause::Word(word)) = query.wanted.last()
            && text.ends_with(word.as_str())
        {
            let begun = Clause::Prefix(word.clone());
            query.wanted.pop();
            query.wanted.push(begun);
        }
        Ok(query)
    }

    fn checked(self) -> Result<Self, Malformed> {
        let clauses = self.wanted.len() + self.excluded.len();
        if clauses > MOST_CLAUSES {
            return Err(Malformed::new(
                "TOO_MANY",
                format!("a search has at most {MOST_CLAUSES} words and phrases, this one {clauses}: leave some out"),
            ));
        }
        let all = self.wanted.iter().chain(&self.excluded);
        let words: usize = all.map(|clause| clause.text().unicode_words().count()).sum();
        if words > MOST_WORDS {
            return Err(Malformed::new(
                "TOO_MANY",
                format!("a search has at most {MOST_WORDS} words in all, this one {words}: leave some out"),
            ));
        }
        if self.wanted.is_empty() {
            let message = if self.excluded.is_empty() {
                "a search needs a letter or a digit to go by: give a word"
            } else {
                "a search that only excludes finds nothing: give a word to look for as well"
            };
            return Err(Malformed::new("EMPTY", message));
        }
        Ok(self)
    }

    /// How many of the wanted a release must have.
    #[must_use]
    pub fn mode(&self) -> SearchMode {
        self.mode
    }

    /// What is wanted, in the order in which it was typed.
    #[must_use]
    pub fn wanted(&self) -> &[Clause] {
        &self.wanted
    }

    /// What a release that is found does not have.
    #[must_use]
    pub fn excluded(&self) -> &[Clause] {
        &self.excluded
    }
}

/// What was read from the start of a text.
struct Read<'a> {
    clause: Option<Clause>,
    excluded: bool,
    rest: &'a str,
}

/// The next word or phrase, which is none where only punctuation was read; nothing at the end.
fn next_clause(text: &str) -> Option<Read<'_>> {
    let text = text.trim_start();
    let first = text.chars().next()?;
    let after_signs = text.trim_start_matches('-');
    let excluded = first == '-' && after_signs.starts_with(|c: char| !c.is_whitespace());
    let text = if first == '-' { after_signs } else { text };
    if let Some(opening) = text.chars().next()
        && let Some(closing) = closing_of(opening)
    {
        let inside = &text[opening.len_utf8()..];
        let Some(end) = inside.find(closing) else {
            return Some(Read {
                // Never closed, so it opens nothing.
                clause: None,
                excluded: false,
                rest: inside,
            });
        };
        let closed = &inside[end..];
        let closing_length = closed.chars().next().map_or(0, char::len_utf8);
        return Some(Read {
            clause: searchable(&inside[..end]).then(|| Clause::Phrase(inside[..end].trim().to_owned())),
            excluded,
            rest: &closed[closing_length..],
        });
    }
    let end = text
        .find(|c: char| c.is_whitespace() || closing_of(c).is_some())
        .unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let begun = word.trim_end_matches('*');
    let clause = if !searchable(word) {
        None
    } else if begun.len() < word.len() && begun.ends_with(char::is_alphanumeric) {
        Some(Clause::Prefix(begun.to_owned()))
    } else {
        Some(Clause::Word(begun.to_owned()))
    };
    Some(Read { clause, excluded, rest })
}

/// Whether there is anything to go by.
fn searchable(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// What closes the phrase that a quotation mark opens. German and Swedish open with what closes in English and French.
fn closing_of(opening: char) -> Option<&'static [char]> {
    match opening {
        '"' => Some(&['"']),
        '“' | '”' | '„' | '‟' => Some(&['”', '“', '‟', '"']),
        '«' => Some(&['»']),
        '»' => Some(&['«', '»']),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> SearchQuery {
        SearchQuery::parse(text, SearchMode::All).unwrap()
    }

    fn shown(text: &str) -> String {
        let query = read(text);
        let one = |clause: &Clause| match clause {
            Clause::Word(word) => word.clone(),
            Clause::Prefix(begun) => format!("{begun}*"),
            Clause::Phrase(words) => format!("[{words}]"),
        };
        let wanted = query.wanted().iter().map(one);
        let excluded = query.excluded().iter().map(|clause| format!("-{}", one(clause)));
        wanted.chain(excluded).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_phrases_exclusions_and_beginnings_are_told_apart() {
        for (typed, expected) in [
            ("election observation", "election observation"),
            ("\"free media\" law", "[free media] law"),
            (
                "“free media” „freie Medien“ «свободные СМИ» »so auch«",
                "[free media] [freie Medien] [свободные СМИ] [so auch]",
            ),
            ("media -law -\"fake news\"", "media -law -[fake news]"),
            ("elect* -vot*", "elect* -vot*"),
            ("co-operation l'Europe U.S.", "co-operation l'Europe U.S."),
            ("border - crossing", "border crossing"),
            ("word\"and phrase\"then", "word [and phrase] then"),
            ("(a OR b) AND +c", "(a OR b) AND +c"),
        ] {
            assert_eq!(shown(typed), expected, "{typed}");
        }
    }

    #[test]
    fn what_is_never_closed_and_what_is_only_punctuation_opens_nothing() {
        assert_eq!(shown("\"free media"), "free media");
        assert_eq!(shown("media ?! *** -- \"...\" law*?"), "media law*?");
        assert_eq!(shown("« media"), "media");
    }

    #[test]
    fn a_search_for_nothing_is_refused_with_the_mend() {
        for text in ["", "  ", "?!", "\"\"", "-", "*", "\u{0}"] {
            let fault = SearchQuery::parse(text, SearchMode::All).unwrap_err();
            assert_eq!(
                (fault.code, fault.message.as_str()),
                ("EMPTY", "a search needs a letter or a digit to go by: give a word"),
                "{text}"
            );
        }
        assert_eq!(
            SearchQuery::parse("-media", SearchMode::Any).unwrap_err().message,
            "a search that only excludes finds nothing: give a word to look for as well"
        );
    }

    #[test]
    fn a_search_that_is_too_much_is_refused_with_the_mend() {
        let code = |text: &str| SearchQuery::parse(text, SearchMode::All).map_err(|fault| fault.code);
        assert_eq!(code(&"я".repeat(1_001)).unwrap_err(), "TOO_LONG");
        assert!(code(&"я".repeat(1_000)).is_ok());
        assert_eq!(code(&"word ".repeat(33)).unwrap_err(), "TOO_MANY");
        assert!(code(&"word ".repeat(32)).is_ok());
        assert_eq!(code(&"a/".repeat(65)).unwrap_err(), "TOO_MANY");
    }

    #[test]
    fn the_last_word_of_what_is_being_typed_may_go_on() {
        let wanted = |text| SearchQuery::parse_typing(text).unwrap().wanted().to_vec();
        let word = |text: &str| Clause::Word(text.into());
        assert_eq!(wanted("free elec"), [word("free"), Clause::Prefix("elec".into())]);
        assert_eq!(wanted("free elections "), [word("free"), word("elections")]);
        assert_eq!(wanted("\"free elec\""), [Clause::Phrase("free elec".into())]);
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_read_or_refused(text in ".{0,300}", any in any::<bool>()) {
            let mode = if any { SearchMode::Any } else { SearchMode::All };
            if let Ok(query) = SearchQuery::parse(&text, mode) {
                prop_assert!(!query.wanted().is_empty());
                for clause in query.wanted().iter().chain(query.excluded()) {
                    prop_assert!(searchable(clause.text()));
                    prop_assert!(text.contains(clause.text()));
                }
            }
        }

        #[test]
        fn signs_of_the_language_never_hurt(text in "[\"“”„«»*\\-a-cж '()\\\\+:/]{0,60}") {
            let _ = SearchQuery::parse(&text, SearchMode::All);
            let _ = SearchQuery::parse_typing(&text);
        }

        #[test]
        fn words_are_kept_as_they_are(words in prop::collection::vec("[a-zа-я]{1,8}", 1..32)) {
            let query = SearchQuery::parse(&words.join(" "), SearchMode::All).unwrap();
            prop_assert_eq!(query.wanted().iter().map(Clause::text).collect::<Vec<_>>(), words);
        }
    }
}
