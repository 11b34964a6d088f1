//! Locales: well-formed language tags (BCP 47), and how a reader's locale finds a text.

mod reader;

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use oxilangtag::LanguageTag;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

pub use self::reader::{Fallbacks, Reader};
use crate::fault::Malformed;

/// A well-formed language tag (RFC 5646), in the case that the RFC recommends: `en`, `ru`, `sr-Latn`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Locale(String);

/// More than any tag in use needs.
const LONGEST: usize = 35;

impl Locale {
    /// The tag as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tag and its shorter forms, longest first, as RFC 4647, section 3.4 (lookup) shortens a range:
    /// `sr-Latn-RS`, `sr-Latn`, `sr`.
    pub fn lookup_order(&self) -> impl Iterator<Item = Locale> + '_ {
        let mut rest = Some(self.0.as_str());
        std::iter::from_fn(move || {
            let tag = rest?;
            rest = tag.rfind('-').map(|end| {
                let shorter = &tag[..end];
                // A single letter or digit introduces what follows it, so it goes with that.
                match shorter.rfind('-') {
                    Some(before) if shorter.len() - before == 2 => &shorter[..before],
                    _ => shorter,
                }
            });
            Some(Locale(tag.to_owned()))
        })
    }
}

/// Reads a map by locale in which each locale is there once, in whatever case it is written.
///
/// # Errors
/// Where one is there twice: the last would be taken, and the others lost without a word.
pub(crate) fn each_once<'de, D: Deserializer<'de>, V: Deserialize<'de>>(
    from: D,
) -> Result<BTreeMap<Locale, V>, D::Error> {
    struct Each<V>(PhantomData<V>);

    impl<'de, V: Deserialize<'de>> Visitor<'de> for Each<V> {
        type Value = BTreeMap<Locale, V>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object by locale")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut map = BTreeMap::new();
            while let Some((locale, value)) = entries.next_entry::<Locale, V>()? {
                if map.contains_key(&locale) {
                    return Err(Error::custom(format!("{locale} is there twice: give it once")));
                }
                map.insert(locale, value);
            }
            Ok(map)
        }
    }

    from.deserialize_map(Each(PhantomData))
}

impl FromStr for Locale {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || {
            Malformed::new(
                "INVALID_LOCALE",
                format!(
                    "“{}” is not a language tag: give one such as en, ru or sr-Latn",
                    crate::text::excerpt(text)
                ),
            )
        };
        if text.len() > LONGEST {
            return Err(malformed());
        }
        LanguageTag::parse_and_normalize(text)
            .map(|tag| Self(tag.into_inner()))
            .map_err(|_| malformed())
    }
}

impl TryFrom<String> for Locale {
    type Error = Malformed;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Locale> for String {
    fn from(locale: Locale) -> Self {
        locale.0
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locale(tag: &str) -> Locale {
        tag.parse().unwrap()
    }

    #[test]
    fn a_tag_is_put_into_its_recommended_case() {
        assert_eq!(locale("SR-latn-rs").as_str(), "sr-Latn-RS");
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for tag in ["", "english language", "e", "en_GB", "en-", "-en", &"x".repeat(36)] {
            assert_eq!(tag.parse::<Locale>().unwrap_err().code, "INVALID_LOCALE", "{tag}");
        }
    }

    #[test]
    fn a_tag_is_shortened_from_its_end_without_leaving_a_single_letter_there() {
        assert_eq!(
            locale("zh-Hans-x-wadegile")
                .lookup_order()
                .map(String::from)
                .collect::<Vec<_>>(),
            ["zh-Hans-x-wadegile", "zh-Hans", "zh"]
        );
    }
}
