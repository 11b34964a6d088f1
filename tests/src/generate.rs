//! A generator of newsrooms: any number of releases in the exchange format, the same ones for the same seed.
//!
//! They have what makes lists go wrong: several at one instant, some right at midnight in Vienna or in the hour that a
//! clock change repeats, some without an office, a theme or a type, offices with a third of everything beside offices
//! with nothing, drafts with dates in the future, drafts beside what is live, texts that were taken down.
//! Whatever no reader may ever see has [`SECRET`] in it.

mod instants;
mod line;
mod taxonomy;
mod texts;

use std::collections::BTreeMap;

use crate::random::Random;
pub use instants::vienna_day;
use instants::{Instants, written};
pub use taxonomy::{OFFICES, Office, THEMES, TYPES, Theme, Type, taxonomy_json};
use texts::{LOCALES, body, sentence, title};

/// A word of everything that is not public: drafts, texts that were taken down, removed releases.
pub const SECRET: &str = "quokka";

/// A newsroom's releases, in the order of creation.
#[derive(Debug, Clone)]
pub struct Archive {
    /// The releases.
    pub releases: Vec<Release>,
}

/// A release.
#[derive(Debug, Clone)]
pub struct Release {
    /// Which one it is, from 0: its place in the order of creation.
    pub number: usize,
    /// Where it is in its life.
    pub state: State,
    /// Its address.
    pub slug: String,
    /// Its former addresses.
    pub redirects: Vec<String>,
    /// When it counts as published, in microseconds since 1970. Only a draft may have none.
    pub published_at: Option<i64>,
    /// Its content type.
    pub content_type: Option<&'static str>,
    /// Its offices, in order.
    pub offices: Vec<&'static str>,
    /// Its themes, in order.
    pub themes: Vec<&'static str>,
    /// The locale of its original.
    pub original_locale: &'static str,
    /// Its texts, by locale.
    pub texts: BTreeMap<&'static str, Text>,
    /// Where it links to.
    pub attachments: Vec<Attachment>,
    /// Whether the desk works on another edition of it.
    pub has_draft_beside: bool,
}

/// Where a release is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Never published.
    Draft,
    /// Published.
    Live,
    /// Published, and marked as withdrawn.
    Withdrawn,
    /// A tombstone.
    Removed,
}

/// A text of a release.
#[derive(Debug, Clone)]
pub struct Text {
    /// Whether readers have it.
    pub state: TextState,
    /// Its title.
    pub title: String,
    /// Its lead.
    pub lead: String,
    /// Its body.
    pub body: Option<Body>,
    /// Its corrections: when, in microseconds since 1970, and what.
    pub change_notes: Vec<(i64, String)>,
}

/// Whether readers have a text, once its release is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextState {
    /// They do.
    Live,
    /// Not yet.
    Draft,
    /// Not any more.
    TakenDown,
}

/// A body as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// In Markdown.
    Markdown(String),
    /// In HTML that is clean as it is.
    Html(String),
}

/// A link to a document.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// Where it is.
    pub url: String,
    /// What it is called.
    pub title: String,
    /// Its length, where known.
    pub length: Option<i64>,
}

impl Archive {
    /// The first `count` releases of a seed.
    #[must_use]
    pub fn new(seed: u64, count: usize) -> Self {
        Self {
            releases: Generator::new(seed).take(count).collect(),
        }
    }

    /// The archive as lines of the exchange format.
    #[must_use]
    pub fn to_jsonl(&self) -> String {
        self.releases.iter().map(|release| release.to_line() + "\n").collect()
    }

    /// The releases that readers have, in the order of creation.
    pub fn public(&self) -> impl Iterator<Item = &Release> {
        self.releases.iter().filter(|release| release.is_public())
    }
}

impl Release {
    /// Whether readers have it.
    #[must_use]
    pub fn is_public(&self) -> bool {
        matches!(self.state, State::Live | State::Withdrawn)
    }

    /// The locales that readers have it in.
    pub fn public_locales(&self) -> impl Iterator<Item = &'static str> {
        self.texts
            .iter()
            .filter(|(_, text)| text.state == TextState::Live)
            .map(|(locale, _)| *locale)
    }

    /// Its publishing instant in RFC 3339, as the program writes it.
    #[must_use]
    pub fn written_instant(&self) -> Option<String> {
        self.published_at.map(written)
    }
}

/// Makes releases, without an end.
#[derive(Debug)]
pub struct Generator {
    random: Random,
    instants: Instants,
    number: usize,
}

impl Generator {
    /// The releases of that seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            instants: Instants::new(),
            number: 0,
        }
    }

    fn state(&mut self) -> State {
        match self.random.below(100) {
            0..5 => State::Draft,
            5..9 => State::Withdrawn,
            9..12 => State::Removed,
            _ => State::Live,
        }
    }

    fn filed<T: Copy>(&mut self, under: &[T], most: usize) -> Vec<T> {
        if self.random.chance(10) {
            return Vec::new();
        }
        let wanted = if self.random.chance(60) {
            1
        } else {
            1 + self.random.below(most)
        };
        let mut filed: Vec<usize> = Vec::new();
        let places: Vec<usize> = (0..under.len()).collect();
        for _ in 0..wanted {
            let place = *self.random.pick_skewed(&places);
            if !filed.contains(&place) {
                filed.push(place);
            }
        }
        filed.into_iter().map(|place| under[place]).collect()
    }

    fn text(&mut self, locale: &'static str, state: TextState, is_secret: bool, published_at: Option<i64>) -> Text {
        let marked = is_secret || state != TextState::Live;
        let mark = |text: String| if marked { format!("{text} {SECRET}") } else { text };
        let lead = if self.random.chance(8) {
            String::new()
        } else {
            sentence(&mut self.random, locale, 25)
        };
        let notes = published_at.filter(|_| state == TextState::Live && self.random.chance(4));
        Text {
            state,
            title: mark(title(&mut self.random, locale)),
            lead: mark(lead),
            body: body(&mut self.random, locale).map(|body| match body {
                Body::Markdown(text) => Body::Markdown(mark(text)),
                html @ Body::Html(_) => html,
            }),
            change_notes: notes
                .map(|at| (at + 3_600_000_000, format!("Corrected a name in {locale}.")))
                .into_iter()
                .collect(),
        }
    }

    fn texts(&mut self, state: State, published_at: Option<i64>) -> (&'static str, BTreeMap<&'static str, Text>) {
        let is_secret = !matches!(state, State::Live | State::Withdrawn);
        let original = if self.random.chance(75) {
            "en"
        } else {
            *self.random.pick_skewed(LOCALES)
        };
        let mut texts = BTreeMap::from([(original, self.text(original, TextState::Live, is_secret, published_at))]);
        while self.random.chance(30) {
            let locale = *self.random.pick_skewed(LOCALES);
            if texts.contains_key(locale) {
                break;
            }
            let text_state = match self.random.below(10) {
                0 => TextState::Draft,
                1 => TextState::TakenDown,
                _ => TextState::Live,
            };
            let text = self.text(locale, text_state, is_secret, None);
            texts.insert(locale, text);
        }
        (original, texts)
    }
}

impl Iterator for Generator {
    type Item = Release;

    fn next(&mut self) -> Option<Release> {
        let number = self.number;
        self.number += 1;
        let state = self.state();
        let published_at = match state {
            State::Draft => instants::of_draft(&mut self.random),
            _ => Some(self.instants.next(&mut self.random)),
        };
        let (original_locale, texts) = self.texts(state, published_at);
        let secret = if state == State::Draft {
            format!("-{SECRET}")
        } else {
            String::new()
        };
        let redirects = if state != State::Draft && self.random.chance(10) {
            1 + self.random.below(2)
        } else {
            0
        };
        let attachments = if self.random.chance(8) {
            1 + self.random.below(2)
        } else {
            0
        };
        Some(Release {
            number,
            state,
            slug: format!("release-{number}{secret}"),
            redirects: (0..redirects).map(|each| format!("once-{number}-{each}")).collect(),
            published_at,
            content_type: if self.random.chance(10) {
                None
            } else {
                Some(self.random.pick_skewed(&TYPES[..TYPES.len() - 1]).slug)
            },
            offices: self
                .filed(&OFFICES[..OFFICES.len() - 1], 4)
                .iter()
                .map(|office| office.slug)
                .collect(),
            themes: self
                .filed(&THEMES[..THEMES.len() - 1], 4)
                .iter()
                .map(|theme| theme.slug)
                .collect(),
            original_locale,
            texts,
            attachments: (0..attachments)
                .map(|each| Attachment {
                    url: format!("https://files.example/{number}/{each}.pdf"),
                    title: format!("Annex {}", each + 1),
                    length: (each == 0).then_some(1_000 + i64::try_from(number).unwrap()),
                })
                .collect(),
            has_draft_beside: matches!(state, State::Live | State::Withdrawn) && self.random.chance(6),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_is_the_same_each_time_and_grows_at_its_end() {
        assert_eq!(Archive::new(7, 300).to_jsonl(), Archive::new(7, 300).to_jsonl());
        assert!(
            Archive::new(7, 300)
                .to_jsonl()
                .starts_with(&Archive::new(7, 100).to_jsonl())
        );
        assert_ne!(Archive::new(8, 1).to_jsonl(), Archive::new(7, 1).to_jsonl());
    }

    #[test]
    fn it_has_what_makes_lists_go_wrong() {
        let archive = Archive::new(1, 1_500);
        let count = |test: fn(&Release) -> bool| archive.releases.iter().filter(|release| test(release)).count();
        for state in [State::Draft, State::Live, State::Withdrawn, State::Removed] {
            assert!(
                archive.releases.iter().filter(|release| release.state == state).count() > 20,
                "{state:?}"
            );
        }
        for (lacking, what) in [
            (count(|release| release.offices.is_empty()), "offices"),
            (count(|release| release.themes.is_empty()), "themes"),
            (count(|release| release.content_type.is_none()), "type"),
        ] {
            assert!((100..250).contains(&lacking), "{lacking} have no {what}");
        }
        assert!(count(|release| release.offices.len() > 1) > 200);
        assert!(count(|release| release.texts.len() > 1) > 200);
        assert!(count(|release| release.has_draft_beside) > 40);
        let mut instants: Vec<_> = archive.public().map(|release| release.published_at).collect();
        instants.sort_unstable();
        assert!(instants.windows(2).filter(|pair| pair[0] == pair[1]).count() > 50);
        assert!(instants.windows(4).any(|four| four[0] == four[3]));
    }
}
