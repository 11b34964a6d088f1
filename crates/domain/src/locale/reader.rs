//! Readers: which locales will do for whoever asks, and what the newsroom gives those for whom it has no text.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Locale;

/// What a reader of a locale is given where there is nothing in it: other locales, the best first. Beyond them there is the
/// original.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fallbacks(BTreeMap<Locale, Vec<Locale>>);

impl Fallbacks {
    /// These fallbacks, by the locale that is asked for.
    #[must_use]
    pub fn new(chains: BTreeMap<Locale, Vec<Locale>>) -> Self {
        Self(chains)
    }

    /// The chains, by the locale that is asked for.
    pub fn iter(&self) -> impl Iterator<Item = (&Locale, &[Locale])> {
        self.0.iter().map(|(asked, chain)| (asked, chain.as_slice()))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first locale that these name and a newsroom of those locales has no use for, if any. Where none are offered, any
    /// is.
    ///
    /// A chain may be for a shorter tag than those that are offered, since it serves these as well; what it leads to has to
    /// be offered itself.
    #[must_use]
    pub fn not_offered(&self, offered: &[Locale]) -> Option<&Locale> {
        if offered.is_empty() {
            return None;
        }
        let serves = |asked: &Locale| {
            offered
                .iter()
                .any(|locale| locale.lookup_order().any(|tag| tag == *asked))
        };
        self.0.iter().find_map(|(asked, chain)| {
            let unknown = || chain.iter().find(|locale| !offered.contains(locale));
            (!serves(asked)).then_some(asked).or_else(unknown)
        })
    }

    /// Whoever asks for that locale; with none, whoever takes what was written first.
    ///
    /// What will do is the locale and its shorter tags, then those of its chain, each followed by its own shorter tags. The
    /// chain is that of the locale, or else of its longest shorter tag that has one; no chain leads on into another.
    #[must_use]
    pub fn reader(&self, asked: Option<&Locale>) -> Reader {
        let Some(asked) = asked else {
            return Reader::default();
        };
        let chain = asked.lookup_order().find_map(|tag| self.0.get(&tag));
        let mut wanted: Vec<Locale> = Vec::new();
        for tag in std::iter::once(asked)
            .chain(chain.into_iter().flatten())
            .flat_map(Locale::lookup_order)
        {
            // Each once: chains may lead in a circle.
            if !wanted.contains(&tag) {
                wanted.push(tag);
            }
        }
        Reader(wanted.into())
    }
}

/// Whoever reads: the locales that will do for them, the best first; none for whoever has named none. Cloning one is cheap.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Reader(Arc<[Locale]>);

impl Reader {
    /// The locales that will do, the best first.
    #[must_use]
    pub fn wanted(&self) -> &[Locale] {
        &self.0
    }

    /// This reader, or the other where this one has named no locale.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        if self.0.is_empty() { other.clone() } else { self }
    }

    /// Which of the locales that there are this reader gets, if any will do.
    pub fn find_in<'a>(&self, available: impl IntoIterator<Item = &'a Locale>) -> Option<&'a Locale> {
        let place = |locale: &Locale| self.0.iter().position(|wanted| wanted == locale);
        let found = available
            .into_iter()
            .filter_map(|locale| Some((place(locale)?, locale)));
        found.min_by_key(|(place, _)| *place).map(|(_, locale)| locale)
    }

    /// The locale that this reader is shown, of those that there are: the best that will do, else the original's.
    #[must_use]
    pub fn shown<'a>(&self, available: &'a [Locale], original: &'a Locale) -> &'a Locale {
        self.find_in(available).unwrap_or(original)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn locale(tag: &str) -> Locale {
        tag.parse().unwrap()
    }

    fn locales(tags: &str) -> Vec<Locale> {
        tags.split_whitespace().map(locale).collect()
    }

    fn fallbacks(chains: &[(&str, &str)]) -> Fallbacks {
        Fallbacks::new(
            chains
                .iter()
                .map(|(asked, chain)| (locale(asked), locales(chain)))
                .collect(),
        )
    }

    fn wanted(fallbacks: &Fallbacks, asked: &str) -> String {
        let reader = fallbacks.reader(Some(&locale(asked)));
        let tags: Vec<&str> = reader.wanted().iter().map(Locale::as_str).collect();
        tags.join(" ")
    }

    #[test]
    fn what_will_do_is_the_locale_then_its_chain_each_with_its_shorter_tags() {
        let fallbacks = fallbacks(&[("uk", "ru-UA en"), ("sr", "bs-Latn hr")]);
        assert_eq!(wanted(&fallbacks, "uk"), "uk ru-UA ru en");
        assert_eq!(wanted(&fallbacks, "uk-Cyrl-UA"), "uk-Cyrl-UA uk-Cyrl uk ru-UA ru en");
        assert_eq!(wanted(&fallbacks, "sr-Latn"), "sr-Latn sr bs-Latn bs hr");
        assert_eq!(wanted(&fallbacks, "fr-CA"), "fr-CA fr");
        assert!(fallbacks.reader(None).wanted().is_empty());
    }

    #[test]
    fn the_chain_of_the_longer_tag_goes_before_that_of_the_shorter_one() {
        let fallbacks = fallbacks(&[("sr", "ru"), ("sr-Latn", "hr")]);
        assert_eq!(wanted(&fallbacks, "sr-Latn-RS"), "sr-Latn-RS sr-Latn sr hr");
        assert_eq!(wanted(&fallbacks, "sr-Cyrl"), "sr-Cyrl sr ru");
    }

    #[test]
    fn chains_that_lead_in_a_circle_name_each_locale_once_and_none_leads_into_another() {
        let fallbacks = fallbacks(&[("ru", "uk ru"), ("uk", "ru uk be"), ("be", "pl")]);
        assert_eq!(wanted(&fallbacks, "ru"), "ru uk");
        assert_eq!(wanted(&fallbacks, "uk"), "uk ru be");
    }

    #[test]
    fn a_reader_gets_the_best_that_there_is_or_else_the_original() {
        let fallbacks = fallbacks(&[("uk", "ru en")]);
        let original = locale("de-AT");
        let shown = |asked: Option<&str>, available: &str| {
            let reader = fallbacks.reader(asked.map(locale).as_ref());
            reader.shown(&locales(available), &original).to_string()
        };
        assert_eq!(shown(Some("uk"), "de-AT en ru uk"), "uk");
        assert_eq!(shown(Some("uk"), "de-AT en ru"), "ru");
        assert_eq!(shown(Some("uk"), "de-AT en"), "en");
        assert_eq!(shown(Some("uk"), "de-AT uk-Cyrl"), "de-AT", "never a longer tag");
        assert_eq!(shown(Some("de"), "de-AT en"), "de-AT");
        assert_eq!(shown(None, "de-AT en ru uk"), "de-AT");
    }

    #[test]
    fn who_has_named_no_locale_reads_as_another_does() {
        let none = Fallbacks::default();
        let (russian, nobody) = (none.reader(Some(&locale("ru"))), Reader::default());
        assert_eq!(nobody.clone().or(&russian), russian);
        assert_eq!(russian.clone().or(&none.reader(Some(&locale("en")))), russian);
        assert_eq!(nobody.clone().or(&nobody), nobody);
    }

    #[test]
    fn a_locale_that_is_not_offered_is_found_wherever_it_is_named() {
        let offered = locales("en ru sr-Latn");
        let unknown = |chains: &[(&str, &str)], offered: &[Locale]| {
            let fallbacks = fallbacks(chains);
            fallbacks.not_offered(offered).map(ToString::to_string)
        };
        assert_eq!(unknown(&[("sr-Latn", "ru en"), ("ru", "en")], &offered), None);
        assert_eq!(unknown(&[("sr", "ru")], &offered), None, "it serves sr-Latn");
        assert_eq!(unknown(&[("uk", "ru")], &offered).as_deref(), Some("uk"));
        assert_eq!(unknown(&[("ru", "en sr")], &offered).as_deref(), Some("sr"));
        assert_eq!(unknown(&[("uk", "fr")], &[]), None, "any is offered");
    }

    fn any_locale() -> impl Strategy<Value = Locale> {
        prop::sample::select(locales("en ru uk uk-UA sr sr-Latn sr-Latn-RS de de-AT"))
    }

    proptest! {
        #[test]
        fn whatever_the_chains_a_reader_is_shown_the_first_of_what_will_do_that_there_is(
            chains in prop::collection::btree_map(any_locale(), prop::collection::vec(any_locale(), 0..5), 0..6),
            asked in any_locale(),
            available in prop::collection::vec(any_locale(), 1..6),
        ) {
            let reader = Fallbacks::new(chains).reader(Some(&asked));
            let wanted = reader.wanted();
            prop_assert_eq!(&wanted[0], &asked);
            for (index, tag) in wanted.iter().enumerate() {
                prop_assert!(!wanted[..index].contains(tag));
            }
            let best = wanted.iter().find(|tag| available.contains(tag));
            prop_assert_eq!(reader.shown(&available, &available[0]), best.unwrap_or(&available[0]));
        }
    }
}
