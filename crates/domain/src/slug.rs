//! Slugs: the last part of an address, for ever.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fault::Malformed;

/// The longest slug, in characters.
pub const LONGEST: usize = 200;

/// Where a slug that is made from a title is cut, so that there is room for a suffix and a reader can still say it.
const CUT: usize = 80;

/// A greater number behind a slug is part of its name, and not counted on from.
const GREATEST_NUMBER: u64 = 1_000_000_000;

/// A slug: small Latin letters, digits, and single hyphens between them; never one that reads as a UUID.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

impl Slug {
    /// The slug as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A slug for a title or name in any script, cut at a word; `fallback` where nothing of it can be written so.
    #[must_use]
    pub fn from_title(title: &str, fallback: &str) -> Self {
        let ascii = deunicode::deunicode(title).to_ascii_lowercase();
        let mut slug = String::with_capacity(CUT);
        for word in ascii
            .replace(['\'', '’', '`'], "")
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|w| !w.is_empty())
        {
            if slug.is_empty() {
                slug.push_str(&word[..word.len().min(CUT)]);
            } else if slug.len() + 1 + word.len() <= CUT {
                slug.push('-');
                slug.push_str(word);
            } else {
                break;
            }
        }
        if slug.is_empty() || Uuid::parse_str(&slug).is_ok() {
            slug = if slug.is_empty() {
                fallback.to_owned()
            } else {
                format!("{fallback}-{slug}")
            };
        }
        Self(slug)
    }

    /// This slug with a number behind it, for the `n`th of its like.
    #[must_use]
    pub fn numbered(&self, n: u64) -> Self {
        Self(format!("{}-{n}", self.0))
    }

    /// What it is without the number behind it, if it has one.
    #[must_use]
    pub fn without_number(&self) -> Option<Self> {
        let (base, number) = self.0.rsplit_once('-')?;
        number
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| Self(base.to_owned()))
    }

    /// The number behind `base`, if this is `base` with a number behind it.
    #[must_use]
    pub fn number_after(&self, base: &Slug) -> Option<u64> {
        let number = self.0.strip_prefix(&base.0)?.strip_prefix('-')?.parse().ok();
        number.filter(|number| *number <= GREATEST_NUMBER)
    }
}

impl FromStr for Slug {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let well_formed = !text.is_empty()
            && text
                .split('-')
                .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
        if !well_formed {
            return Err(Malformed::new(
                "INVALID_SLUG",
                format!(
                    "“{}” is not a slug: use small letters a to z, digits, and single hyphens between them",
                    crate::text::excerpt(text)
                ),
            ));
        }
        if text.len() > LONGEST {
            return Err(Malformed::new(
                "TOO_LONG",
                format!("a slug has at most {LONGEST} characters, this one {}", text.len()),
            ));
        }
        if Uuid::parse_str(text).is_ok() {
            return Err(Malformed::new(
                "INVALID_SLUG",
                format!("“{text}” reads as a UUID, which a slug must not"),
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for Slug {
    type Error = Malformed;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_title_in_any_script_becomes_a_slug() {
        let made = |title| Slug::from_title(title, "release").to_string();
        assert_eq!(made("ODIHR hosts election observers"), "odihr-hosts-election-observers");
        assert_eq!(
            made("Представитель ОБСЕ посетил Киев"),
            "predstavitel-obse-posetil-kiev"
        );
        assert_eq!(made("Prezenca e OSBE-së në Shqipëri"), "prezenca-e-osbe-se-ne-shqiperi");
        assert_eq!(made("OSCE’s “new” approach: 50% more"), "osces-new-approach-50-more");
        assert_eq!(made("—"), "release");
        assert_eq!(
            made("0192f3a4-7b5c-7def-8123-456789abcdef"),
            "release-0192f3a4-7b5c-7def-8123-456789abcdef"
        );
    }

    #[test]
    fn what_is_no_slug_is_refused() {
        for text in [
            "",
            "-",
            "a--b",
            "-a",
            "a-",
            "A",
            "ä",
            "a b",
            "a_b",
            "a/b",
            "0192f3a4-7b5c-7def-8123-456789abcdef",
            &"a".repeat(201),
        ] {
            assert!(text.parse::<Slug>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_made_slug_is_always_a_slug(title in "\\PC{0,120}") {
            let made = Slug::from_title(&title, "release");
            prop_assert_eq!(made.as_str().parse::<Slug>(), Ok(made.clone()));
            prop_assert_eq!(made.numbered(7).number_after(&made), Some(7));
        }
    }
}
