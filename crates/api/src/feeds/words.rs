//! The few words that feeds have of their own, in the languages that the newsroom is likely to be read in.
//!
//! Whoever reads another language gets the English ones, as with names that nobody has translated.

use newsroom_domain::Locale;

/// The words of one language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    /// What the newsroom as a whole is called.
    pub(super) newsroom: &'static str,
    /// What a feed has.
    pub(super) description: &'static str,
    /// What stands before the title of a withdrawn release.
    pub(super) withdrawn: &'static str,
}

const ENGLISH: Words = Words {
    newsroom: "Newsroom",
    description: "News and press releases",
    withdrawn: "Withdrawn",
};

const OTHERS: [(&str, Words); 8] = [
    (
        "ru",
        Words {
            newsroom: "Новости",
            description: "Новости и пресс-релизы",
            withdrawn: "Отозвано",
        },
    ),
    (
        "uk",
        Words {
            newsroom: "Новини",
            description: "Новини та пресрелізи",
            withdrawn: "Відкликано",
        },
    ),
    (
        "de",
        Words {
            newsroom: "Newsroom",
            description: "Nachrichten und Pressemitteilungen",
            withdrawn: "Zurückgezogen",
        },
    ),
    (
        "fr",
        Words {
            newsroom: "Actualités",
            description: "Actualités et communiqués de presse",
            withdrawn: "Retiré",
        },
    ),
    (
        "es",
        Words {
            newsroom: "Noticias",
            description: "Noticias y comunicados de prensa",
            withdrawn: "Retirado",
        },
    ),
    (
        "it",
        Words {
            newsroom: "Notizie",
            description: "Notizie e comunicati stampa",
            withdrawn: "Ritirato",
        },
    ),
    (
        "sr",
        Words {
            newsroom: "Vesti",
            description: "Vesti i saopštenja",
            withdrawn: "Povučeno",
        },
    ),
    (
        "sr-Cyrl",
        Words {
            newsroom: "Вести",
            description: "Вести и саопштења",
            withdrawn: "Повучено",
        },
    ),
];

/// The words for whoever reads that locale.
pub(super) fn words(locale: Option<&Locale>) -> Words {
    let known = |tag: Locale| OTHERS.iter().find(|(known, _)| *known == tag.as_str());
    let found = locale.and_then(|locale| locale.lookup_order().find_map(known));
    found.map_or(ENGLISH, |(_, words)| *words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_has_the_words_of_its_language_or_the_english_ones() {
        let withdrawn = |tag: &str| words(Some(&tag.parse().unwrap())).withdrawn;
        assert_eq!(withdrawn("ru-RU"), "Отозвано");
        assert_eq!(withdrawn("sr-Cyrl-RS"), "Повучено");
        assert_eq!(withdrawn("sr-Latn"), "Povučeno");
        assert_eq!(withdrawn("sq"), "Withdrawn");
        assert_eq!(words(None).withdrawn, "Withdrawn");
    }
}
