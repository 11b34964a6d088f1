use proptest::prelude::*;

use super::*;

#[test]
fn a_text_is_found_that_has_all_words_wherever_they_stand() {
    let kept = Kept::new().having(&[
        text(0, "en", "Elections observed", "in Moldova", "by parliamentarians"),
        text(1, "en", "Elections", "", "in Georgia"),
        text(2, "en", "Moldova", "", ""),
    ]);
    assert_eq!(found(&kept, "election"), [0, 1]);
    assert_eq!(found(&kept, "Moldova observing parliamentarian"), [0]);
    assert_eq!(found(&kept, "election -moldova"), [1]);
    assert_eq!(found(&kept, "moldova georgia"), [0; 0]);
    let any = hits(&kept.index.searcher(), &any_of("moldova georgia"), &everywhere(&["en"]));
    assert_eq!(any.numbers.iter().collect::<Vec<_>>(), [0, 1, 2]);
    let any_but = hits(
        &kept.index.searcher(),
        &any_of("moldova georgia -observed"),
        &everywhere(&["en"]),
    );
    assert_eq!(any_but.numbers.iter().collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn words_of_two_texts_of_a_release_are_not_put_together() {
    let kept = Kept::new().having(&[text(0, "en", "Election", "", ""), text(0, "de", "Beobachtung", "", "")]);
    assert_eq!(found_in(&["de", "en"], &kept, "election"), [0]);
    assert_eq!(found_in(&["de", "en"], &kept, "election beobachtung"), [0; 0]);
}

#[test]
fn only_texts_count_that_are_searched_in_their_locale() {
    let kept = Kept::new().having(&[
        text(0, "en", "Media", "", ""),
        text(1, "en", "Media", "", ""),
        text(1, "ru", "СМИ media", "", ""),
    ]);
    let releases = BTreeMap::from([
        (locale("en"), RoaringBitmap::from([0])),
        (locale("ru"), RoaringBitmap::from([1])),
    ]);
    let numbers = |typed| hits(&kept.index.searcher(), &all_of(typed), &releases).numbers;
    assert_eq!(numbers("media").iter().collect::<Vec<_>>(), [0, 1]);
    assert_eq!(found_in(&["de"], &kept, "media"), [0; 0]);
    assert_eq!(found_in(&["ru"], &kept, "media"), [1]);
}

#[test]
fn a_phrase_stands_side_by_side() {
    let kept = Kept::titled(&[
        "Freedom of the media",
        "The media and freedom of thought",
        "Media freedom",
        "Freedom, the media say",
    ]);
    assert_eq!(found(&kept, "\"freedom of the media\""), [0]);
    assert_eq!(found(&kept, "“media freedom”"), [2]);
    assert_eq!(found(&kept, "media -\"media freedom\""), [0, 1, 3]);
    assert_eq!(found(&kept, "\"freedom the media\""), [3]);
    assert_eq!(found(&kept, "\"the media\" \"freedom of\""), [0, 1]);
}

#[test]
fn a_phrase_does_not_reach_from_one_part_of_a_text_into_another() {
    let kept = Kept::new().having(&[text(0, "en", "Free", "media", "law")]);
    assert_eq!(found(&kept, "\"free media\""), [0; 0]);
    assert_eq!(found(&kept, "free media law"), [0]);
}

#[test]
fn an_asterisk_finds_all_words_that_begin_so() {
    let kept = Kept::titled(&["Parliament", "Parliamentarians", "Parlour", "Shkodër"]);
    assert_eq!(found(&kept, "parliam*"), [0, 1]);
    assert_eq!(found(&kept, "parl* -parlour"), [0, 1]);
    assert_eq!(found(&kept, "SHKODE*"), [3]);
}

#[test]
fn accents_and_capitals_make_no_difference() {
    let kept = Kept::titled(&["Shkodër prison", "ODIHR report", "Łódź meeting"]);
    assert_eq!(found(&kept, "shkoder"), [0]);
    assert_eq!(found(&kept, "SHKODËR"), [0]);
    assert_eq!(found(&kept, "odihr"), [1]);
    assert_eq!(found(&kept, "lodz"), [2]);
}

#[test]
fn hyphens_and_apostrophes_make_no_difference() {
    let kept = Kept::titled(&[
        "Security co-operation forum",
        "Security cooperation forum",
        "Security co operation forum",
    ]);
    for typed in ["co-operation", "\"security co-operation forum\"", "co-operat*"] {
        assert_eq!(found(&kept, typed), [0, 1, 2], "{typed}");
    }
    assert_eq!(found(&kept, "cooperation"), [0, 1]);
    assert_eq!(found(&kept, "co operation"), [0, 2]);
    assert_eq!(found(&kept, "\"security cooperation forum\""), [0, 1]);
    assert_eq!(found(&kept, "\"security co operation forum\""), [0, 2]);
    let french = Kept::new().having(&in_locale(
        "fr",
        &["Conseil de l’Europe", "Missions d'observation d’élections"],
    ));
    assert_eq!(found_in(&["fr"], &french, "europe"), [0]);
    assert_eq!(found_in(&["fr"], &french, "l'europe"), [0]);
    assert_eq!(found_in(&["fr"], &french, "élection"), [1]);
}

#[test]
fn acronyms_and_numbers_are_words() {
    let kept = Kept::titled(&[
        "U.S. and U.N. statement",
        "Tell us",
        "Resolution 1325",
        "Some 1,325 in 2024",
        "WHO said it",
    ]);
    assert_eq!(found(&kept, "U.S."), [0, 1]);
    assert_eq!(found(&kept, "UN statement"), [0]);
    assert_eq!(found(&kept, "1325"), [2, 3]);
    assert_eq!(found(&kept, "2024"), [3]);
    assert_eq!(found(&kept, "WHO tell"), [0; 0]);
    assert_eq!(found(&kept, "who tell"), [1]);
}

#[test]
fn words_that_say_nothing_are_left_out_unless_they_are_all_there_is() {
    let kept = Kept::titled(&["Head of mission", "Mission heads", "To be or not to be"]);
    assert_eq!(found(&kept, "the head of the mission"), [0, 1]);
    assert_eq!(found(&kept, "\"head of mission\""), [0]);
    assert_eq!(found(&kept, "to be or not"), [2]);
}

#[test]
fn serbian_is_found_in_either_script() {
    let kept = Kept::new().having(&[
        text(0, "sr-Cyrl", "Избори у Љубовији", "", ""),
        text(1, "sr-Latn", "Izbori u Ljuboviji", "", ""),
        text(2, "sr", "Џепови и Ђурђевдан", "", ""),
    ]);
    let all = ["sr", "sr-Cyrl", "sr-Latn"];
    for typed in ["избори", "izbori", "IZBORA", "ljuboviji", "Љубовији"] {
        assert_eq!(found_in(&all, &kept, typed), [0, 1], "{typed}");
    }
    assert_eq!(found_in(&all, &kept, "dzepovi"), [2]);
    assert_eq!(found_in(&all, &kept, "đurđevdan"), [2]);
}

#[test]
fn each_language_has_its_own_forms_and_its_own_words_that_say_nothing() {
    let kept = Kept::new().having(&[
        text(0, "ru", "Наблюдение за выборами", "", ""),
        text(1, "de", "Die Wahlen in der Schweiz", "", ""),
        text(2, "en", "The die is cast", "", ""),
    ]);
    let all = ["de", "en", "ru"];
    assert_eq!(found_in(&all, &kept, "выборы"), [0]);
    assert_eq!(found_in(&all, &kept, "die Wahl"), [1]);
    assert_eq!(found_in(&all, &kept, "die"), [1, 2]);
}

#[test]
fn one_name_finds_the_others() {
    let synonyms = "SMM = Special Monitoring Mission\nODIHR = Office for Democratic Institutions and Human Rights";
    let kept = Kept::with(synonyms).having(&in_locale(
        "en",
        &[
            "SMM reports",
            "Special Monitoring Mission reports",
            "Monitoring a special mission",
            "ODIHR director",
            "The Office for Democratic Institutions and Human Rights",
        ],
    ));
    assert_eq!(found(&kept, "smm"), [0, 1]);
    assert_eq!(found(&kept, "special monitoring mission"), [0, 1, 2]);
    assert_eq!(found(&kept, "\"special monitoring mission\""), [0, 1]);
    assert_eq!(found(&kept, "\"special monitoring mission reports\""), [0, 1]);
    assert_eq!(found(&kept, "reports -smm"), [0; 0]);
    assert_eq!(
        found(&kept, "office for democratic institutions and human rights"),
        [3, 4]
    );
    let any = hits(
        &kept.index.searcher(),
        &any_of("special monitoring mission"),
        &everywhere(&["en"]),
    );
    assert_eq!(any.numbers.iter().collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn titles_are_found_while_they_are_typed() {
    let kept = Kept::new().having(&[
        text(0, "en", "Elections in Georgia", "", ""),
        text(1, "en", "Visit", "", "Elections in Georgia"),
    ]);
    let releases = everywhere(&["en"]);
    let shown = Shown {
        releases: &releases,
        preferred: &[],
        numbers: &number,
        generation: 1,
    };
    let typed = SearchQuery::parse_typing("elections geo").unwrap();
    let found = kept.index.searcher().find_in_titles(&typed, &shown).unwrap();
    assert_eq!(found.iter().collect::<Vec<_>>(), [0]);
}

#[test]
fn numbers_of_another_generation_are_asked_for_anew() {
    let kept = Kept::titled(&["Media", "Media"]);
    let state = kept.index.searcher();
    let releases = everywhere(&["en"]);
    let find = |generation, numbers: &dyn Fn(ReleaseId) -> Option<u32>| {
        let shown = Shown {
            releases: &releases,
            preferred: &[],
            numbers,
            generation,
        };
        state
            .find(&all_of("media"), &shown)
            .unwrap()
            .numbers
            .iter()
            .collect::<Vec<_>>()
    };
    assert_eq!(find(1, &|id| number(id).filter(|number| *number == 0)), [0]);
    assert_eq!(find(1, &number), [0, 1]);
    assert_eq!(find(2, &|id| number(id).map(|number| number + 10)), [10, 11]);
}

#[test]
fn a_search_that_finds_nothing_may_have_meant_one_that_finds_something() {
    let mut kept = Kept::titled(&[
        "Elections observed",
        "Elections",
        "Parliamentarians",
        "Shkodër",
        "Shkodër",
    ]);
    let meant = |kept: &Kept, typed| {
        let releases = everywhere(&["en", "de"]);
        let shown = Shown {
            releases: &releases,
            preferred: &[],
            numbers: &number,
            generation: 1,
        };
        kept.index.searcher().did_you_mean(&all_of(typed), &shown).unwrap()
    };
    assert_eq!(meant(&kept, "elektions -media").as_deref(), Some("elections -media"));
    assert_eq!(
        meant(&kept, "observed elcetions").as_deref(),
        Some("observed elections")
    );
    assert_eq!(meant(&kept, "Shkodre").as_deref(), Some("shkoder"));
    // What stands once may be misspelt itself, what is there needs no mending, and nothing is proposed that finds nothing.
    for typed in [
        "parliamentarens",
        "elections media",
        "media elektions",
        "xyz",
        "\"elektions\"",
        "1325",
    ] {
        assert_eq!(meant(&kept, typed), None, "{typed}");
    }
    // Terms of what is gone may be there still.
    kept.index
        .apply(&[(release(3), Vec::new()), (release(4), Vec::new())], cursor(2))
        .unwrap();
    assert_eq!(meant(&kept, "Shkodre"), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whatever_is_looked_for_is_safe(typed in prop::collection::vec("[\"“„«»\\-*a-z'ж. ]{0,60}|.{0,60}", 1..4)) {
        let kept = Kept::new().having(&[
            text(0, "en", "co-operation of the U.S.", "a-b a-b a-b", "x"),
            text(1, "sr", "Избори у Љубовији", "", "’s l'a"),
        ]);
        for typed in typed {
            for query in [SearchQuery::parse(&typed, SearchMode::Any), SearchQuery::parse_typing(&typed)].into_iter().flatten() {
                let hits = hits(&kept.index.searcher(), &query, &everywhere(&["en", "sr", "fr"]));
                let page = hits.page(&hits.numbers, &number, |number| number, &PageRequest::first(10)).unwrap();
                prop_assert_eq!(page.items.len() as u64, hits.numbers.len());
            }
        }
    }

    #[test]
    fn a_text_is_found_by_each_of_its_words(words in prop::collection::vec("[A-Za-zäß]{2,9}(-[a-z]{2,4})?", 1..8)) {
        let written = words.join(" ");
        let kept = Kept::titled(&[&written, "something else"]);
        for word in &words {
            prop_assert!(found(&kept, word).contains(&0), "{} in {}", word, written);
        }
        prop_assert!(found(&kept, &format!("\"{written}\"")).contains(&0), "the phrase {}", written);
    }
}
