use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::Reader;
use crate::exchange::ReleaseLine;

const SEED: &str = include_str!("fixtures/seed.txt");

fn taxonomy(json: &str) -> TaxonomyFile {
    serde_json::from_str(json).unwrap()
}

fn read_all(pages: &[&str], known: &TaxonomyFile) -> Listing {
    read(pages, known, &"en".parse().unwrap())
}

fn read_one(page: &str) -> Listing {
    read_all(&[page], &TaxonomyFile::default())
}

/// All that was read, as a person would check it.
fn shown(listing: &Listing) -> String {
    let mut shown = String::new();
    for ListedRelease { place, line } in &listing.releases {
        writeln!(shown, "{}:{} {}", place.page, place.line, line.to_json().unwrap()).unwrap();
    }
    for ListingFault { place, fault } in &listing.faults {
        writeln!(shown, "{}:{} FAULT {} {fault}", place.page, place.line, fault.code).unwrap();
    }
    for PassedOver { place, lines, excerpt } in &listing.passed_over {
        writeln!(shown, "{}:{} PASSED OVER {lines} × {excerpt}", place.page, place.line).unwrap();
    }
    for (kind, entries) in [
        (
            "office",
            listing
                .unknown
                .offices
                .iter()
                .map(|entry| serde_json::to_string(entry).unwrap())
                .collect::<Vec<_>>(),
        ),
        (
            "theme",
            listing
                .unknown
                .themes
                .iter()
                .map(|entry| serde_json::to_string(entry).unwrap())
                .collect(),
        ),
        (
            "type",
            listing
                .unknown
                .types
                .iter()
                .map(|entry| serde_json::to_string(entry).unwrap())
                .collect(),
        ),
        (
            "closed",
            listing
                .closed
                .iter()
                .map(|entry| serde_json::to_string(entry).unwrap())
                .collect(),
        ),
    ] {
        for entry in entries {
            writeln!(shown, "{kind} {entry}").unwrap();
        }
    }
    if listing.repeated > 0 {
        writeln!(shown, "repeated {}", listing.repeated).unwrap();
    }
    shown
}

fn source_ids(listing: &Listing) -> Vec<&str> {
    listing
        .releases
        .iter()
        .filter_map(|release| release.line.source_id.as_deref())
        .collect()
}

fn slugs(slugs: Option<&Vec<crate::Slug>>) -> Vec<&str> {
    slugs.unwrap().iter().map(crate::Slug::as_str).collect()
}

#[test]
fn the_seed_page_is_read_whole_from_the_bottom_up() {
    insta::assert_snapshot!(shown(&read_one(SEED)));
}

#[test]
fn the_data_of_the_project_is_what_the_seed_page_says() {
    let known = taxonomy(include_str!("../../../../data/taxonomy.json"));
    let listing = read_all(&[SEED], &known);
    let data: Vec<ReleaseLine> = include_str!("../../../../data/newsroom.jsonl")
        .lines()
        .map(|line| ReleaseLine::parse(line).unwrap())
        .collect();
    assert!(data.iter().all(|line| line.slug.is_some()));
    let without_slugs: Vec<_> = data
        .into_iter()
        .map(|line| ReleaseLine { slug: None, ..line })
        .collect();
    assert_eq!(
        listing
            .releases
            .into_iter()
            .map(|release| release.line)
            .collect::<Vec<_>>(),
        without_slugs
    );
    assert_eq!(
        (listing.unknown, listing.closed, listing.faults, listing.passed_over),
        (TaxonomyFile::default(), vec![], vec![], vec![])
    );
}

#[test]
fn a_page_that_was_copied_with_odd_spaces_says_the_same() {
    let odd = format!(
        "\u{feff}{}",
        SEED.replace(": ", ":\u{a0}")
            .replace("Publishing date", "Publishing\u{a0}date")
            .replace('\n', " \r\n\u{c}")
    );
    let plain = SEED.replace(": ", ":\u{a0}");
    let said = |page: &str| {
        read_one(page)
            .releases
            .into_iter()
            .map(|release| release.line)
            .collect::<Vec<_>>()
    };
    assert_eq!(said(&odd), said(&plain));
    let spaced = SEED.replace('\n', "\n\n");
    assert_eq!(said(&spaced), said(SEED));
}

#[test]
fn what_an_item_lacks_is_left_out_and_what_it_has_may_come_in_any_order() {
    insta::assert_snapshot!(shown(&read_one(
        "Bare\nPublishing date: 3 May 2020\n\
         No lead: a title, with a colon\nPublishing date: 2 May 2020\nWhat we do: Elections\nContent type: Daily report\n\n\
         Where we are, and why: Where we are: a talk\nPublishing date: 2 May 2020\n\nWhere we are:\n\nContent type:\nThe lead.\n\n\
         Repeated title\nPublishing date: 1 May 2020\nWhere we are: OSCE Mission to Georgia (closed)\nContent type: Spot report\nRepeated title\n"
    )));
}

#[test]
fn a_paragraph_of_several_lines_is_one_and_further_blocks_are_reported() {
    insta::assert_snapshot!(shown(&read_one(
        "Newsroom\n\nUpper\n\nPublishing date: 3 May 2020\n\n\nThe lead begins\n  and ends.\n\nA second paragraph.\nIts end.\n\nA third.\n\
         Lower\nPublishing date: 2 May 2020\nOne line,  with  two spaces.\n\nLoad more\n"
    )));
}

#[test]
fn an_item_that_cannot_be_read_is_named_and_the_rest_goes_on() {
    let page = format!(
        "Publishing date: 9 May 2020\nNo title at all.\n\n\
         Good\nPublishing date: 8 May 2020\nContent type: News\n\
         Publishing date: 7 May 2020\nThe line before the date is the label of another.\n\n\
         Undated\nPublishing date: soon\nWhere we are: Never Made\nLead.\n\n\
         No such day\nPublishing date: 31 April 2020\n\
         {}\nPublishing date: 6 May 2020\nWhat we do: Never Made\n\
         Long lead\nPublishing date: 5 May 2020\n{}\n\n\
         Many offices\nPublishing date: 4 May 2020\nWhere we are: {}\n\
         Bad\u{1}title\nPublishing date: 3 May 2020\n\
         Content type: News\nPublishing date: 2 May 2020\nThe label was put before the date.\n\n\
         Last\nPublishing date: 1 May 2020\n",
        "t".repeat(301),
        "l".repeat(2001),
        (0..51).map(|n| format!("Office {n}")).collect::<Vec<_>>().join(", ")
    );
    insta::assert_snapshot!(shown(&read_one(&page)));
}

#[test]
fn a_title_may_begin_like_a_label_where_the_item_has_that_label_too() {
    let page = "First\nPublishing date: 2 May 2020\nContent type: News\nLead.\nWhat we do: a year in pictures\nPublishing date: 1 May 2020\nWhat we do: Elections\nWhat we do: we observe.\n";
    insta::assert_snapshot!(shown(&read_one(page)));
}

#[test]
fn lists_are_split_after_the_longest_known_names() {
    let known = taxonomy(
        r#"{"offices": [
            {"slug": "press", "names": {"en": "Press, Media, and Information", "de": "Presse, Medien"}},
            {"slug": "media", "names": {"en": "Media"}},
            {"slug": "georgia", "names": {"en": "OSCE Mission to Georgia"}, "kind": "field-operation"},
            {"slug": "ukraine", "names": {"en": "Mission to Ukraine, Special"}, "closed": true}]}"#,
    );
    let listed = |list: &str| {
        let listing = read_all(
            &[&format!("Title\nPublishing date: 1 May 2020\nWhere we are: {list}")],
            &known,
        );
        let added = listing.unknown.offices.iter().map(|office| {
            format!(
                "+{}{}",
                office.names.for_reader(&Reader::default()),
                if office.closed { " closed" } else { "" }
            )
        });
        let closed = listing
            .closed
            .iter()
            .map(|office| format!("{} closed {:?}", office.slug, office.kind));
        [
            vec![slugs(listing.releases[0].line.offices.as_ref()).join(" ")],
            added.collect(),
            closed.collect(),
        ]
        .concat()
        .join(" | ")
    };
    let said: Vec<_> = [
        "Press, Media, and Information, Media",
        "press,  MEDIA, and\u{a0}information",
        "Media, Press, Media",
        "Presse, Medien, Medien",
        "Press, Media, and Informations",
        "OSCE Mission to Georgia (closed), Media",
        "Mission to Ukraine, Special (Closed), Media, media, ",
        "New Place (CLOSED), new place, , OSCE Secretariat,",
        "No comma,no split (closed)",
        "(closed), ,",
    ]
    .into_iter()
    .map(|list| format!("{list:?} → {}", listed(list)))
    .collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn two_names_that_make_one_slug_are_told_apart() {
    let known = taxonomy(r#"{"themes": [{"slug": "human-rights", "names": {"en": "Rights of humans"}}]}"#);
    let page = "B\nPublishing date: 2 May 2020\nWhat we do: Human rights, human RIGHTS, Human-rights, 人, 人権\nA\nPublishing date: 1 May 2020\nWhat we do: Human rights!\n";
    insta::assert_snapshot!(shown(&read_all(&[page], &known)));
}

#[test]
fn like_titles_of_a_day_are_numbered_from_the_bottom_across_pages() {
    let item = |title: &str, lead: &str| format!("{title}\nPublishing date: 1 May 2020\n{lead}\n\n");
    let first = [
        item("Daily report", "fourth"),
        item("Other", ""),
        item("DAILY  report", "third"),
    ]
    .concat();
    let second = [
        item("Daily report", "second"),
        "Daily report\nPublishing date: 30 April 2020\n".to_owned(),
        item("Daily report", "first"),
    ]
    .concat();
    assert_eq!(
        source_ids(&read_all(&[&first, &second], &TaxonomyFile::default())),
        [
            "listing:2020-05-01:1:daily report",
            "listing:2020-04-30:1:daily report",
            "listing:2020-05-01:2:daily report",
            "listing:2020-05-01:3:daily report",
            "listing:2020-05-01:1:other",
            "listing:2020-05-01:4:daily report",
        ]
    );
}

#[test]
fn what_one_page_ends_and_the_next_begins_with_counts_once() {
    let page = |items: &str| {
        items
            .chars()
            .fold("Newsroom\nNews and press releases\n".to_owned(), |page, item| {
                page + &format!("Title {item}\nPublishing date: 1 May 2020\nLead {item}\n\n")
            })
    };
    let read_as = |pages: &[&str]| {
        let pages: Vec<String> = pages.iter().map(|items| page(items)).collect();
        let listing = read_all(
            &pages.iter().map(String::as_str).collect::<Vec<_>>(),
            &TaxonomyFile::default(),
        );
        let items: String = listing
            .releases
            .iter()
            .rev()
            .map(|release| release.line.source_id.as_deref().unwrap().chars().last().unwrap())
            .collect();
        let appended = read_one(&pages.concat());
        assert_eq!(
            source_ids(&appended),
            source_ids(&listing),
            "pages in one file, one after the other, are pages too"
        );
        (items, listing.repeated)
    };
    let read = |pages| {
        let (items, repeated) = read_as(pages);
        format!("{items} {repeated}")
    };
    assert_eq!(read(&["abcd", "cdef"]), "abcdef 2");
    assert_eq!(read(&["abcd", "bcd"]), "abcd 3");
    assert_eq!(read(&["abab", "abac"]), "ababac 2");
    assert_eq!(read(&["aab", "aabaab", "x"]), "aabaabx 3");
    assert_eq!(read(&["abc", "c", "bcd"]), "abcd 3");
    assert_eq!(read(&["abc", "abx"]), "abcabx 0");
    assert_eq!(read(&["abc", "abc"]), "abc 3");
}

#[test]
fn an_item_that_was_edited_between_two_pages_is_no_overlap() {
    let listing = read_all(
        &[
            "T\nPublishing date: 1 May 2020\nNew lead",
            "T\nPublishing date: 1 May 2020\nOld lead",
        ],
        &TaxonomyFile::default(),
    );
    assert_eq!(
        source_ids(&listing),
        ["listing:2020-05-01:1:t", "listing:2020-05-01:2:t"]
    );
}

#[test]
fn a_page_without_items_has_none() {
    for page in ["", "\n\n", "Newsroom\nNothing here", "\u{feff}"] {
        assert_eq!(read_one(page), Listing::default());
    }
    assert_eq!(read_all(&[], &TaxonomyFile::default()), Listing::default());
}

/// Pages that make a reader work twice for each line if it can be made to.
#[test]
fn a_megabyte_of_anything_is_read_to_the_end() {
    let known = taxonomy(r#"{"offices": [{"slug": "o", "names": {"en": "a, a, a, a, b"}}]}"#);
    let times = |text: &str| text.repeat(1_000_000 / text.len());
    let pages = [
        times("T\nPublishing date: 1 May 2020\n"),
        times("Publishing date: 1 May 2020\n"),
        times("\n"),
        times("x\n\n"),
        format!("T\nPublishing date: 1 May 2020\nWhere we are: {}", times("a, ")),
        format!(
            "T\nPublishing date: 1 May 2020\nWhere we are: {}",
            times("A (closed), b, ")
        ),
        format!("T\nPublishing date: 1 May 2020\n{}", times("What we do: x\n")),
        format!("{}T\nPublishing date: 1 May 2020\n{}", times("x\n"), times("x\n")),
        format!("T\nPublishing date: {}", times("1 ")),
        (0..20_000).fold(String::new(), |page, n| {
            page + &format!("T\nPublishing date: 1 May 2020\nWhat we do: 人{}\n", "!".repeat(n % 7))
        }),
    ];
    // A reader that went over what it has read would not come to an end here.
    let counts = pages.map(|page| {
        let listing = read_all(&[&page, &page], &known);
        (listing.releases.len(), listing.faults.len(), listing.repeated)
    });
    insta::assert_debug_snapshot!(counts);
}

fn lines() -> impl Strategy<Value = Vec<String>> {
    let line = prop_oneof![
        3 => Just("Publishing date: 22 November 2024".to_owned()),
        1 => Just("Publishing date: tomorrow".to_owned()),
        2 => Just("Content type: News".to_owned()),
        2 => "Where we are: [A-C](, [A-C]( \\(closed\\))?){0,3},?",
        2 => "What we do:( [A-C],?){0,3}",
        3 => "[A-C]{1,2}",
        2 => Just(String::new()),
        1 => ".{0,40}",
    ];
    proptest::collection::vec(line, 0..60)
}

proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(pages in proptest::collection::vec("(?s).{0,200}", 0..4)) {
        let _ = read_all(&pages.iter().map(String::as_str).collect::<Vec<_>>(), &TaxonomyFile::default());
    }

    #[test]
    fn every_item_of_a_shuffled_page_is_read_or_named_and_has_its_own_identity(first in lines(), second in lines()) {
        let dates = first.iter().chain(&second).filter(|line| line.starts_with("Publishing date:")).count();
        let (first, second) = (first.join("\n"), second.join("\n"));
        let listing = read_all(&[&first, &second], &TaxonomyFile::default());
        let read = listing.releases.len() + listing.faults.len();
        prop_assert_eq!(read + usize::try_from(listing.repeated).unwrap(), dates);
        let mut ids = source_ids(&listing);
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), listing.releases.len());
        for release in &listing.releases {
            prop_assert_eq!(ReleaseLine::parse(&release.line.to_json().unwrap()), Ok(release.line.clone()), "every line can be imported");
        }
        // What was learnt from a page makes it known: read again, it adds nothing and says the same.
        let again = read_all(&[&first, &second], &listing.unknown);
        prop_assert_eq!(&again.unknown, &TaxonomyFile::default());
        prop_assert_eq!(&again.releases, &listing.releases);
        prop_assert!(again.closed.is_empty());
    }

    #[test]
    fn every_title_has_a_source_id_that_a_line_can_have(title in "\\PC{1,300}") {
        let listing = read_one(&format!("{title}\nPublishing date: 1 May 2020"));
        for release in &listing.releases {
            prop_assert!(ReleaseLine::parse(&release.line.to_json().unwrap()).is_ok());
        }
    }
}
