//! Link texts that say nothing of where a link leads, in the languages that such newsrooms publish.
//!
//! Whoever has links read out one after another, or skims for them, hears only these words (WCAG 2.2, success criteria
//! 2.4.4 and 2.4.9).

use crate::Locale;

/// By language: what a link's text is, in small letters and without punctuation around it. English is looked at in every locale.
const VAGUE: &[(&[&str], &[&str])] = &[
    (
        &["en"],
        &[
            "here",
            "click here",
            "click",
            "press here",
            "see here",
            "read here",
            "this",
            "this link",
            "this page",
            "link",
            "the link",
            "more",
            "read more",
            "see more",
            "learn more",
            "find out more",
            "more information",
            "more info",
            "more details",
            "details",
            "continue",
            "continue reading",
            "go",
            "download",
        ],
    ),
    (
        &["ru"],
        &[
            "здесь",
            "тут",
            "сюда",
            "нажмите здесь",
            "нажмите сюда",
            "жмите сюда",
            "кликните здесь",
            "по ссылке",
            "по этой ссылке",
            "ссылка",
            "эта ссылка",
            "далее",
            "подробнее",
            "читать далее",
            "читать",
            "узнать больше",
            "больше",
            "скачать",
            "см здесь",
        ],
    ),
    (
        &["uk"],
        &[
            "тут",
            "сюди",
            "натисніть тут",
            "натисніть сюди",
            "клацніть тут",
            "за посиланням",
            "за цим посиланням",
            "посилання",
            "далі",
            "детальніше",
            "докладніше",
            "читати далі",
            "читати",
            "дізнатися більше",
            "більше",
            "завантажити",
        ],
    ),
    (
        &["fr"],
        &[
            "ici",
            "cliquez ici",
            "cliquer ici",
            "par ici",
            "ce lien",
            "lien",
            "cette page",
            "suite",
            "la suite",
            "lire la suite",
            "lire plus",
            "lire",
            "voir plus",
            "plus",
            "en savoir plus",
            "savoir plus",
            "plus d’informations",
            "plus d'informations",
            "plus d’infos",
            "plus d'infos",
            "détails",
            "télécharger",
        ],
    ),
    (
        &["de"],
        &[
            "hier",
            "hier klicken",
            "klicken sie hier",
            "klick hier",
            "klicke hier",
            "dieser link",
            "diesem link",
            "link",
            "weiter",
            "weiterlesen",
            "weiter lesen",
            "mehr",
            "mehr lesen",
            "mehr erfahren",
            "mehr dazu",
            "mehr informationen",
            "mehr infos",
            "weitere informationen",
            "details",
            "herunterladen",
        ],
    ),
    (
        &["es"],
        &[
            "aquí",
            "aqui",
            "haga clic aquí",
            "haz clic aquí",
            "clic aquí",
            "pulse aquí",
            "este enlace",
            "enlace",
            "más",
            "leer más",
            "lea más",
            "ver más",
            "saber más",
            "más información",
            "seguir leyendo",
            "detalles",
            "descargar",
        ],
    ),
    (
        &["it"],
        &[
            "qui",
            "clicca qui",
            "cliccare qui",
            "clicchi qui",
            "questo link",
            "link",
            "questa pagina",
            "altro",
            "leggi",
            "leggi tutto",
            "leggi di più",
            "leggi di piu",
            "per saperne di più",
            "scopri di più",
            "di più",
            "continua",
            "continua a leggere",
            "maggiori informazioni",
            "più informazioni",
            "dettagli",
            "scarica",
        ],
    ),
    (
        &["sq"],
        &[
            "këtu",
            "ketu",
            "kliko këtu",
            "klikoni këtu",
            "kliko ketu",
            "klikoni ketu",
            "kjo lidhje",
            "lidhja",
            "këtë lidhje",
            "linku",
            "më shumë",
            "me shume",
            "lexo më shumë",
            "lexoni më shumë",
            "lexo me shume",
            "shiko më shumë",
            "vazhdo",
            "vazhdo leximin",
            "shkarko",
            "shkarkoni",
        ],
    ),
    (
        &["sr", "bs", "hr", "cnr", "sh"],
        &[
            "ovde",
            "ovdje",
            "kliknite ovde",
            "kliknite ovdje",
            "klikni ovde",
            "klikni ovdje",
            "ovaj link",
            "na ovom linku",
            "link",
            "veza",
            "poveznica",
            "ova poveznica",
            "dalje",
            "više",
            "vise",
            "pročitaj više",
            "pročitajte više",
            "procitaj vise",
            "procitajte vise",
            "saznaj više",
            "saznajte više",
            "opširnije",
            "opsirnije",
            "detaljnije",
            "nastavi",
            "preuzmi",
            "preuzmite",
            "овде",
            "овдје",
            "кликните овде",
            "кликните овдје",
            "кликни овде",
            "овај линк",
            "на овом линку",
            "линк",
            "веза",
            "даље",
            "више",
            "прочитај више",
            "прочитајте више",
            "сазнај више",
            "сазнајте више",
            "опширније",
            "детаљније",
            "преузми",
            "преузмите",
        ],
    ),
    (
        &["mk"],
        &[
            "тука",
            "овде",
            "кликнете тука",
            "кликни тука",
            "кликнете овде",
            "линк",
            "овој линк",
            "повеќе",
            "прочитај повеќе",
            "прочитајте повеќе",
            "дознај повеќе",
            "дознајте повеќе",
            "преземи",
        ],
    ),
];

/// Whether a link's text says nothing of where it leads, in that locale or in English. No text at all does so too.
pub(super) fn is_vague(text: &str, locale: &Locale) -> bool {
    let text = text.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    if text.is_empty() {
        // Of “→” or “…” nothing is left.
        return true;
    }
    let language = locale.as_str().split('-').next().unwrap_or_default();
    VAGUE
        .iter()
        .filter(|(languages, _)| languages.contains(&"en") || languages.contains(&language))
        .any(|(_, vague)| vague.contains(&text.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vague(text: &str, locale: &str) -> bool {
        is_vague(text, &locale.parse().unwrap())
    }

    #[test]
    fn every_language_has_its_words_however_they_are_written() {
        for (locale, text) in [
            ("en", "Click here"),
            ("en-GB", "Read more…"),
            ("ru", "Подробнее »"),
            ("uk", "тут"),
            ("fr", "En savoir plus"),
            ("de-AT", "[hier]"),
            ("es", "aquí."),
            ("it", "Leggi tutto"),
            ("sq", "Lexo më shumë"),
            ("sr-Latn", "ovde"),
            ("sr-Cyrl", "ОВДЕ"),
            ("bs", "Pročitajte više"),
            ("hy", "here"),
            ("en", "→"),
            ("en", ""),
        ] {
            assert!(vague(text, locale), "{locale}: {text}");
        }
    }

    #[test]
    fn what_says_something_is_left_alone_and_another_language_s_words_too() {
        for (locale, text) in [
            ("en", "here is the report"),
            ("en", "The report of 2024"),
            ("fr", "hier"),
            ("en", "ici"),
            ("ru", "Доклад о выборах"),
        ] {
            assert!(!vague(text, locale), "{locale}: {text}");
        }
    }

    #[test]
    fn what_is_listed_is_found() {
        for (languages, texts) in VAGUE {
            for (language, text) in languages
                .iter()
                .flat_map(|language| texts.iter().map(move |text| (language, text)))
            {
                assert!(vague(text, language), "{language}: {text}");
            }
        }
    }
}
