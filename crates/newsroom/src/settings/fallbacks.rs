//! The setting of fallbacks: what readers are given where there is nothing in the locale that they ask for.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};
use newsroom_domain::{Fallbacks, Locale};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The table `fallbacks`: a list of locales for each. As text, `uk=ru:en,sr-Latn=sr`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct FallbackChains(BTreeMap<Locale, Vec<Locale>>);

impl FallbackChains {
    /// The fallbacks of a newsroom that offers those locales, or any where there are none.
    ///
    /// # Errors
    /// Where a chain names a locale that is not offered, by which nothing could ever be found.
    pub(super) fn of(&self, offered: &[Locale]) -> Result<Fallbacks> {
        let fallbacks = Fallbacks::new(self.0.clone());
        if let Some(locale) = fallbacks.not_offered(offered) {
            bail!(
                "fallbacks names {locale}, which the newsroom does not offer: add {locale} to locales, or take it out of fallbacks"
            );
        }
        Ok(fallbacks)
    }

    fn add(&mut self, asked: Locale, chain: Vec<Locale>) -> Result<(), String> {
        if chain.is_empty() {
            return Err(format!("{asked} has no fallback: give one, or leave {asked} out"));
        }
        if self.0.contains_key(&asked) {
            return Err(format!("{asked} is there twice: give all its fallbacks at once"));
        }
        self.0.insert(asked, chain);
        Ok(())
    }
}

impl FromStr for FallbackChains {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut read = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (asked, chain) = part.split_once('=').ok_or_else(|| {
                format!("“{part}” gives a locale no fallbacks: write LOCALE=FALLBACK:FALLBACK, such as uk=ru:en")
            })?;
            let locale = |tag: &str| tag.trim().parse::<Locale>().map_err(|malformed| malformed.message);
            let chain = chain.split(':').filter(|tag| !tag.trim().is_empty()).map(locale);
            read.add(locale(asked)?, chain.collect::<Result<_, _>>()?)?;
        }
        Ok(read)
    }
}

impl fmt::Display for FallbackChains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chain = |(asked, chain): (&Locale, &Vec<Locale>)| {
            let tags: Vec<&str> = chain.iter().map(Locale::as_str).collect();
            format!("{asked}={}", tags.join(":"))
        };
        f.write_str(&self.0.iter().map(chain).collect::<Vec<_>>().join(","))
    }
}

impl Serialize for FallbackChains {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.0.is_empty() {
            to.serialize_none()
        } else {
            to.collect_str(self)
        }
    }
}

impl<'de> Deserialize<'de> for FallbackChains {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Chains)
    }
}

/// Reads the table of a file, and the text of all else.
struct Chains;

impl<'de> Visitor<'de> for Chains {
    type Value = FallbackChains;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of lists of locales, such as uk = [\"ru\", \"en\"]")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(FallbackChains::default())
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(FallbackChains::default())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut read = FallbackChains::default();
        while let Some((asked, chain)) = entries.next_entry()? {
            read.add(asked, chain).map_err(A::Error::custom)?;
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_are_read_from_text_and_written_as_they_are_read() {
        let written = |text: &str| text.parse::<FallbackChains>().map(|chains| chains.to_string());
        assert_eq!(written("uk = ru:EN, SR-latn=sr").as_deref(), Ok("sr-Latn=sr,uk=ru:en"));
        assert_eq!(written("").as_deref(), Ok(""));
        for bad in ["uk", "uk=", "=ru", "uk=ru ru", "uk=ru,UK=en", "not a tag=ru"] {
            assert!(written(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_locale_that_the_newsroom_does_not_offer_is_refused_with_the_mend() {
        let chains: FallbackChains = "uk=ru:en".parse().unwrap();
        let locales = |tags: &[&str]| -> Vec<Locale> { tags.iter().map(|tag| tag.parse().unwrap()).collect() };
        assert!(chains.of(&[]).is_ok());
        assert!(chains.of(&locales(&["en", "ru", "uk"])).is_ok());
        assert_eq!(
            chains.of(&locales(&["uk", "ru"])).unwrap_err().to_string(),
            "fallbacks names en, which the newsroom does not offer: add en to locales, or take it out of fallbacks"
        );
    }
}
