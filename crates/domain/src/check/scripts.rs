//! Words that mix scripts: a Cyrillic “С” in “ОSCE” looks right and is found by no search.

use icu_properties::CodePointMapData;
use icu_properties::props::Script;

/// A word in more than one script.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mixed<'a> {
    pub(super) word: &'a str,
    /// The name of the script that most of it is in.
    pub(super) script: &'static str,
    /// The first letter that is in another.
    pub(super) stranger: char,
    /// The name of the script that that is in.
    pub(super) stranger_script: &'static str,
}

/// The scripts whose letters are taken for one another.
const ALIKE: [(Script, &str); 3] = [
    (Script::Latin, "Latin"),
    (Script::Cyrillic, "Cyrillic"),
    (Script::Greek, "Greek"),
];

/// Units of measurement are written with these between Latin letters: “kΩ”, “μm”.
const UNITS: [char; 2] = ['Ω', 'μ'];

/// The words of a text that mix the Latin, Cyrillic and Greek scripts. What stands on either side of a hyphen or an
/// apostrophe is a word of its own; one that has a digit in it is a name of something, and left alone.
pub(super) fn mixed_words(text: &str) -> impl Iterator<Item = Mixed<'_>> {
    text.split(|c: char| !is_of_word(c))
        .filter(|word| !word.is_ascii())
        .filter_map(mixed)
}

fn script_of(c: char) -> Script {
    CodePointMapData::<Script>::new().get(c)
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || (!c.is_ascii() && script_of(c) == Script::Inherited)
}

fn mixed(word: &str) -> Option<Mixed<'_>> {
    let mut counts = [0_usize; ALIKE.len()];
    let mut firsts = [None; ALIKE.len()];
    for c in word.chars() {
        if c.is_numeric() {
            return None;
        }
        if UNITS.contains(&c) {
            continue;
        }
        let script = script_of(c);
        if let Some(at) = ALIKE.iter().position(|(known, _)| *known == script) {
            counts[at] += 1;
            firsts[at].get_or_insert(c);
        }
    }
    let most = (0..ALIKE.len()).max_by_key(|at| counts[*at])?;
    let other = (0..ALIKE.len()).filter(|at| *at != most).max_by_key(|at| counts[*at])?;
    Some(Mixed {
        word,
        script: ALIKE[most].1,
        stranger: firsts[other]?,
        stranger_script: ALIKE[other].1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        mixed_words(text).map(|mixed| mixed.word).collect()
    }

    #[test]
    fn a_word_in_two_scripts_is_found_with_its_stranger() {
        assert_eq!(
            mixed_words("Миссия ОБCЕ в Киеве").collect::<Vec<_>>(),
            [Mixed {
                word: "ОБCЕ",
                script: "Cyrillic",
                stranger: 'C',
                stranger_script: "Latin"
            }]
        );
        assert_eq!(words("Тhe OSCE, Ελλάδa, naїve"), ["Тhe", "Ελλάδa", "naїve"]);
    }

    #[test]
    fn words_side_by_side_and_names_with_digits_are_left_alone() {
        let fine = "OSCE/ОБСЕ, IT-специалист, d’Україна, COVIDу19, Т34M, 5 kΩ, 3 μm, «ODIHR» и БДИПЧ, Beograd, Ђорђе, \
                    Kukës, Şkodra, e\u{301}, 日本語OSCE, Ελλάδα";
        assert_eq!(words(fine), Vec::<&str>::new());
    }
}
