use proptest::prelude::*;

use super::*;

/// Whether a word of a search finds a word of a text.
fn finds(language: Language, searched: &str, written: &str) -> bool {
    let all = |text: &str| -> Vec<Terms> {
        let units = units(text, language);
        let words = units.iter().flat_map(Unit::words);
        words.filter_map(|word| terms(&word.text, language)).collect()
    };
    let (searched, written) = (all(searched), all(written));
    searched.iter().any(|searched| {
        written
            .iter()
            .any(|written| searched.any().iter().any(|term| written.any().contains(term)))
    })
}

#[test]
fn a_word_finds_its_other_forms() {
    for (language, searched, written) in [
        (Language::English, "election", "Elections"),
        (Language::English, "observing", "observed"),
        (Language::English, "osce", "OSCE"),
        (Language::English, "odihr", "ODIHR’s"),
        (Language::Russian, "выборы", "выборов"),
        (Language::Russian, "еще", "Ещё"),
        (Language::French, "election", "d’élections"),
        (Language::French, "europe", "l'Europe"),
        (Language::German, "Wahl", "Wahlen"),
        (Language::German, "wahler", "Wähler"),
        (Language::German, "strasse", "Straße"),
        (Language::Italian, "elezione", "dell’elezione"),
        (Language::Italian, "europa", "L'Europa"),
        (Language::Spanish, "eleccion", "elecciones"),
        (Language::Romanian, "alegeri", "alegerile"),
        (Language::Romanian, "tara", "țară"),
        (Language::Serbian, "избори", "izbora"),
        (Language::Serbian, "izbori", "избора"),
        (Language::Serbian, "Њујорк", "Njujork"),
        (Language::Serbian, "dzep", "џеп"),
        (Language::Serbian, "djurdjevic", "djurdjević"),
        (Language::Other, "shkoder", "Shkodër"),
        (Language::Other, "lodz", "Łódź"),
    ] {
        assert!(
            finds(language, searched, written),
            "{language:?}: {searched} finds {written}"
        );
    }
}

#[test]
fn a_word_does_not_find_another() {
    for (language, searched, written) in [
        (Language::English, "media", "mediation"),
        (Language::Russian, "район", "раион"),
        (Language::Other, "elections", "election"),
        (Language::French, "l", "l'Europe"),
        (Language::English, "s", "OSCE's"),
        (Language::English, "u", "U.S."),
    ] {
        assert!(
            !finds(language, searched, written),
            "{language:?}: {searched} finds {written}"
        );
    }
}

#[test]
fn what_is_joined_stands_at_one_position_in_pieces_and_as_one() {
    let words = |text: &str| -> Vec<String> {
        let units = units(text, Language::English);
        let of = |unit: &Unit<'_>| {
            unit.words()
                .into_iter()
                .map(|word| word.text)
                .collect::<Vec<_>>()
                .join("+")
        };
        units.iter().map(of).collect()
    };
    for (text, expected) in [
        (
            "Security and co-operation",
            &["Security", "and", "cooperation+co+operation"][..],
        ),
        ("in the U.S. and U.N.", &["in", "the", "US", "and", "UN"]),
        ("1,325 in 2024", &["1325+1+325", "in", "2024"]),
        ("resolution 1325.", &["resolution", "1325"]),
        ("OSCE/ODIHR", &["OSCE", "ODIHR"]),
        ("snake_case", &["snakecase+snake+case"]),
        ("the mission's head", &["the", "mission", "head"]),
    ] {
        assert_eq!(words(text), expected, "{text}");
    }
}

#[test]
fn offsets_are_those_of_the_text() {
    let text = "Ž. l’élection, à-propos 𝔘nd";
    for unit in units(text, Language::French) {
        for piece in unit.pieces {
            assert_eq!(&text[piece.start..piece.end()], piece.text);
        }
    }
}

#[test]
fn stop_words_are_written_as_folding_leaves_them() {
    for language in [
        Language::English,
        Language::Russian,
        Language::French,
        Language::German,
        Language::Italian,
        Language::Spanish,
        Language::Romanian,
        Language::Serbian,
    ] {
        let unit = |text| units(text, language)[0].is_stop_word(language);
        assert!(!unit("OSCE"));
        assert_eq!(Language::of_sign(language.sign()), Some(language));
        assert_eq!(Language::of(&language.tag().parse().unwrap()), language);
    }
    for (word, language) in [
        ("The", Language::English),
        ("für", Language::German),
        ("ЗА", Language::Serbian),
        ("să", Language::Romanian),
    ] {
        assert!(is_stop_word(&fold(word, language), language), "{word}");
    }
}

proptest! {
    #[test]
    fn any_text_is_analysed(text in ".{0,200}") {
        for language in [Language::English, Language::Russian, Language::German, Language::Romanian, Language::Serbian, Language::French,
            Language::Italian, Language::Spanish, Language::Other] {
            for word in units(&text, language).iter().flat_map(Unit::words) {
                prop_assert!(text.get(word.start..word.end).is_some());
                let _ = terms(&word.text, language);
            }
        }
    }

    #[test]
    fn what_is_folded_stays_as_it_is(text in "\\PC{0,40}") {
        for language in [Language::Russian, Language::Serbian, Language::Other] {
            let folded = fold(&text, language);
            prop_assert_eq!(fold(&folded, language), folded);
        }
    }

    #[test]
    fn every_word_of_letters_finds_itself_in_capitals(word in "[a-zа-яäöüßéèšđ]{1,20}") {
        for language in [Language::English, Language::German, Language::Russian, Language::Serbian, Language::Other] {
            let small = terms(&word, language).unwrap();
            let capitals = terms(&word.to_uppercase(), language).unwrap();
            prop_assert_eq!(&small.exact, &capitals.exact);
            prop_assert!(small.any().iter().any(|term| capitals.any().contains(term)));
        }
    }
}
