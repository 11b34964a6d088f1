//! Names of offices and the like, found by what is being typed.

use newsroom_domain::Locale;
use newsroom_domain::search::SearchQuery;

use super::analysis::{Language, fold, units};

/// Whether each word that is being typed begins a word of this name, which is in that locale.
#[must_use]
pub fn is_named(typed: &SearchQuery, name: &str, locale: &Locale) -> bool {
    let language = Language::of(locale);
    let words = |text: &str| -> Vec<String> {
        let words = units(text, language).into_iter().flat_map(|unit| unit.words());
        words.map(|word| fold(&word.text, language)).collect()
    };
    let of_the_name = words(name);
    let begins_one = |typed: String| of_the_name.iter().any(|word| word.starts_with(&typed));
    typed.wanted().iter().all(|clause| {
        let typed = words(clause.text());
        !typed.is_empty() && typed.into_iter().all(begins_one)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(typed: &str, name: &str, locale: &str) -> bool {
        is_named(
            &SearchQuery::parse_typing(typed).unwrap(),
            name,
            &locale.parse().unwrap(),
        )
    }

    #[test]
    fn every_word_that_is_typed_begins_a_word_of_the_name() {
        let name = "OSCE Presence in Albania";
        assert!(is("alb", name, "en"));
        assert!(is("presence osc", name, "en"));
        assert!(is("Àlb", name, "en"));
        assert!(!is("bania", name, "en"));
        assert!(!is("alb kosovo", name, "en"));
    }

    #[test]
    fn a_serbian_name_is_found_in_either_alphabet() {
        assert!(is("мисиј", "Misija u Srbiji", "sr-Latn"));
        assert!(is("srb", "Мисија у Србији", "sr"));
    }

    #[test]
    fn what_hyphens_join_is_found_by_its_pieces_and_whole() {
        assert!(is("co-oper", "Security Co-operation", "en"));
        assert!(is("cooper", "Security Co-operation", "en"));
        assert!(is("oper", "Security Co-operation", "en"));
    }
}
