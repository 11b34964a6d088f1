//! The languages whose words have stems here.

use std::cell::RefCell;
use std::collections::HashMap;

use newsroom_domain::Locale;
use snowball_stemmers_rs::{Algorithm, Stemmer};

/// A language that texts are analysed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Language {
    /// English.
    English,
    /// Russian.
    Russian,
    /// French.
    French,
    /// German.
    German,
    /// Italian.
    Italian,
    /// Spanish.
    Spanish,
    /// Romanian.
    Romanian,
    /// Serbian, in Cyrillic and in Latin letters alike.
    Serbian,
    /// Any other: words are folded and have no stems.
    Other,
}

const ALL: [Language; 9] = [
    Language::English,
    Language::Russian,
    Language::French,
    Language::German,
    Language::Italian,
    Language::Spanish,
    Language::Romanian,
    Language::Serbian,
    Language::Other,
];

thread_local! {
    /// Stemmers that this thread has made.
    static STEMMERS: RefCell<HashMap<Language, Stemmer>> = RefCell::new(HashMap::new());
}

impl Language {
    /// The language of a locale's texts.
    pub(crate) fn of(locale: &Locale) -> Self {
        let primary = locale.as_str().split('-').next();
        ALL.into_iter()
            .find(|language| Some(language.tag()) == primary)
            .unwrap_or(Self::Other)
    }

    /// What its terms begin with.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Russian => "ru",
            Self::French => "fr",
            Self::German => "de",
            Self::Italian => "it",
            Self::Spanish => "es",
            Self::Romanian => "ro",
            Self::Serbian => "sr",
            Self::Other => "-",
        }
    }

    /// The character that says which it is, before a text that is to be taken in.
    pub(crate) fn sign(self) -> char {
        match self {
            Self::English => 'e',
            Self::Russian => 'r',
            Self::French => 'f',
            Self::German => 'd',
            Self::Italian => 'i',
            Self::Spanish => 's',
            Self::Romanian => 'o',
            Self::Serbian => 'b',
            Self::Other => '-',
        }
    }

    /// The language of a sign.
    pub(crate) fn of_sign(sign: char) -> Option<Self> {
        ALL.into_iter().find(|language| language.sign() == sign)
    }

    /// The stem of a word in small letters, where the language has stems here.
    pub(super) fn stem(self, word: &str) -> Option<String> {
        let algorithm = match self {
            Self::English => Algorithm::English,
            Self::Russian => Algorithm::Russian,
            Self::French => Algorithm::French,
            Self::German => Algorithm::German,
            Self::Italian => Algorithm::Italian,
            Self::Spanish => Algorithm::Spanish,
            Self::Romanian => Algorithm::Romanian,
            Self::Serbian => Algorithm::Serbian,
            Self::Other => return None,
        };
        STEMMERS.with_borrow_mut(|stemmers| {
            let stemmer = stemmers.entry(self).or_insert_with(|| Stemmer::create(algorithm));
            Some(stemmer.stem(word).into_owned())
        })
    }

    /// Whether this, folded, is what is left of an article or the like before an apostrophe.
    pub(super) fn elides(self, beginning: &str) -> bool {
        match self {
            Self::French => matches!(
                beginning,
                "l" | "d" | "j" | "m" | "t" | "s" | "n" | "c" | "qu" | "jusqu" | "lorsqu" | "puisqu" | "quoiqu"
            ),
            Self::Italian => matches!(
                beginning,
                "l" | "d" | "c" | "un" | "gl" | "dell" | "nell" | "all" | "sull" | "dall" | "coll" | "quell" | "quest"
            ),
            _ => false,
        }
    }
}
