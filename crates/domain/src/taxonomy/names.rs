//! What something is called, in each language that it has a name in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::fault::Malformed;
use crate::locale::each_once;
use crate::text::Name;
use crate::{Locale, Reader};

/// A name per locale, at least one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Given", into = "BTreeMap<Locale, Name>")]
pub struct Names(BTreeMap<Locale, Name>);

impl Names {
    /// A single name.
    #[must_use]
    pub fn one(locale: Locale, name: Name) -> Self {
        Self(BTreeMap::from([(locale, name)]))
    }

    /// These names; `None` where there are none.
    pub(super) fn of(names: BTreeMap<Locale, Name>) -> Option<Self> {
        (!names.is_empty()).then_some(Self(names))
    }

    /// The name for that reader: the best that will do, else the English one, else the first that there is.
    #[must_use]
    pub fn for_reader(&self, reader: &Reader) -> &str {
        let found = reader.find_in(self.0.keys());
        let english = || self.0.keys().find(|locale| locale.as_str() == "en");
        found
            .or_else(english)
            .and_then(|locale| self.0.get(locale))
            .or_else(|| self.0.values().next())
            .map_or("", Name::as_str)
    }

    /// The names and their locales, by locale.
    pub fn iter(&self) -> impl Iterator<Item = (&Locale, &Name)> {
        self.0.iter()
    }
}

#[derive(Deserialize)]
struct Given(#[serde(deserialize_with = "each_once")] BTreeMap<Locale, Name>);

impl TryFrom<Given> for Names {
    type Error = Malformed;

    fn try_from(Given(names): Given) -> Result<Self, Self::Error> {
        Self::of(names).ok_or_else(|| Malformed::new("EMPTY", "give a name in at least one locale"))
    }
}

impl From<Names> for BTreeMap<Locale, Name> {
    fn from(names: Names) -> Self {
        names.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fallbacks;

    #[test]
    fn a_reader_gets_the_nearest_name_then_the_english_one_then_any() {
        let names: Names = serde_json::from_str(r#"{"en": "Elections", "ru": "Выборы", "sr": "Izbori"}"#).unwrap();
        let fallbacks = Fallbacks::new(BTreeMap::from([("uk".parse().unwrap(), vec!["ru".parse().unwrap()])]));
        let of = |tag: &str| {
            let reader = fallbacks.reader(Some(&tag.parse().unwrap()));
            names.for_reader(&reader).to_owned()
        };
        assert_eq!(
            [of("ru"), of("sr-Latn"), of("uk"), of("fr")],
            ["Выборы", "Izbori", "Выборы", "Elections"]
        );
        let only: Names = serde_json::from_str(r#"{"sq": "Zgjedhje"}"#).unwrap();
        assert_eq!(only.for_reader(&Reader::default()), "Zgjedhje");
        assert!(serde_json::from_str::<Names>("{}").is_err());
    }
}
