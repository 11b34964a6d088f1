//! What generated releases say: words of four languages, put together at random.

use super::Body;
use crate::random::Random;

/// The locales that texts are in, the commonest first.
pub(super) const LOCALES: &[&str] = &["en", "ru", "fr", "sr-Latn", "de-AT", "uk", "sr", "zh-Hant-TW"];

const ENGLISH: &[&str] = &[
    "the",
    "of",
    "and",
    "in",
    "on",
    "for",
    "with",
    "observers",
    "training",
    "police",
    "human",
    "rights",
    "border",
    "media",
    "election",
    "seminar",
    "officials",
    "co-operation",
    "security",
    "forum",
    "women",
    "judges",
    "supports",
    "discuss",
    "environmental",
    "region",
    "opens",
    "conference",
    "youth",
    "law",
    "crypto-assets",
    "trafficking",
    "dialogue",
    "report",
];
const RUSSIAN: &[&str] = &[
    "и",
    "в",
    "на",
    "по",
    "о",
    "наблюдатели",
    "обучение",
    "полиция",
    "права",
    "человека",
    "граница",
    "выборы",
    "семинар",
    "сотрудничество",
    "безопасность",
    "форум",
    "судьи",
    "конференция",
    "молодёжь",
    "закон",
    "диалог",
    "отчёт",
    "регион",
];
const FRENCH: &[&str] = &[
    "le",
    "la",
    "de",
    "et",
    "à",
    "pour",
    "avec",
    "observateurs",
    "formation",
    "police",
    "droits",
    "frontière",
    "élection",
    "séminaire",
    "coopération",
    "sécurité",
    "forum",
    "juges",
    "conférence",
    "jeunesse",
    "loi",
    "dialogue",
    "rapport",
];
const SERBIAN: &[&str] = &[
    "i",
    "u",
    "na",
    "o",
    "za",
    "posmatrači",
    "obuka",
    "policija",
    "ljudska",
    "prava",
    "granica",
    "izbori",
    "seminar",
    "saradnja",
    "bezbednost",
    "forum",
    "sudije",
    "konferencija",
    "mladi",
    "zakon",
    "dijalog",
    "izveštaj",
    "okruženje",
];

fn words(locale: &str) -> &'static [&'static str] {
    match locale {
        "ru" | "uk" => RUSSIAN,
        "fr" => FRENCH,
        "sr" | "sr-Latn" => SERBIAN,
        _ => ENGLISH,
    }
}

fn some(random: &mut Random, locale: &str, least: usize, most: usize) -> String {
    let count = least + random.below(most - least + 1);
    let words: Vec<&str> = (0..count).map(|_| *random.pick_skewed(words(locale))).collect();
    words.join(" ")
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

pub(super) fn title(random: &mut Random, locale: &str) -> String {
    let title = capitalised(&some(random, locale, 4, 14));
    match random.below(8) {
        0 => format!("{title}: {}", some(random, locale, 2, 5)),
        1 => format!("{title}, {}", some(random, locale, 2, 5)),
        2 => format!("“{title}” & <more> 👩‍👩‍👧 \\ '\""),
        _ => title,
    }
}

pub(super) fn sentence(random: &mut Random, locale: &str, most: usize) -> String {
    format!("{}.", capitalised(&some(random, locale, 6, most)))
}

pub(super) fn body(random: &mut Random, locale: &str) -> Option<Body> {
    let (first, second, linked) = (
        sentence(random, locale, 40),
        sentence(random, locale, 40),
        some(random, locale, 1, 3),
    );
    match random.below(4) {
        0 => None,
        1 => Some(Body::Html(format!(
            "<p>{first}</p>\n<p><strong>{linked}</strong> {second}</p>"
        ))),
        _ => Some(Body::Markdown(format!(
            "{first}\n\n## {linked}\n\n- *{second}*\n- [{linked}](https://www.example.org/)\n"
        ))),
    }
}
