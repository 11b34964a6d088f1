//! `newsroom export`, and taking back what it wrote.

use std::collections::BTreeSet;

use newsroom_tests::generate::{SECRET, State};
use newsroom_tests::oracle::{Filter, Order, list, slugs};
use newsroom_tests::{Kind, Newsroom, on_both};
use serde_json::Value;

use crate::archive::{ARCHIVE, newsroom_with_archive};

on_both!(
    what_was_exported_comes_back_the_same,
    a_public_export_has_what_readers_have_and_nothing_else,
    a_public_export_makes_a_newsroom_that_reads_the_same,
    a_public_export_takes_a_lists_filters,
    every_release_is_exported_as_it_was_imported,
);

/// Exports into a folder of its own: the lines, and the taxonomy that is written beside them.
fn exported(newsroom: &Newsroom, arguments: &[&str]) -> (String, String) {
    let folder = tempfile::tempdir_in(newsroom.folder()).unwrap();
    let file = folder.path().join("newsroom.jsonl");
    newsroom
        .run(&[&["export"], arguments, &[&file.display().to_string()]].concat())
        .expect_success();
    (
        std::fs::read_to_string(&file).unwrap(),
        std::fs::read_to_string(folder.path().join("taxonomy.json")).unwrap(),
    )
}

fn imported(kind: Kind, (lines, taxonomy): &(String, String)) -> Newsroom {
    let newsroom = Newsroom::empty(kind);
    let _ = newsroom.file("taxonomy.json", taxonomy);
    newsroom
        .run(&["import", &newsroom.file("newsroom.jsonl", lines)])
        .expect_success();
    newsroom
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Into both databases, whichever it came from: the identities are in the export, so that the bytes are the same on both.
async fn what_was_exported_comes_back_the_same(kind: Kind) {
    let first = exported(&newsroom_with_archive(kind), &[]);
    assert_eq!(first.0.lines().count(), ARCHIVE.releases.len());
    for other in [Kind::Sqlite, Kind::Postgres] {
        if newsroom_tests::database::is_wanted(other) {
            let again = exported(&imported(other, &first), &[]);
            assert!(again == first, "{kind:?} and {other:?} export different bytes");
        }
    }
    let to_output = newsroom_with_archive(kind).run(&["export"]).expect_success().output;
    assert!(to_output == first.0, "the same on standard output");
}

async fn a_public_export_has_what_readers_have_and_nothing_else(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let (text, taxonomy) = exported(&newsroom, &["--public"]);
    assert!(
        !text.contains(SECRET) && !text.contains("sourceId") && !text.contains("draft") && !text.contains("taken"),
        "something leaks"
    );
    assert!(!text.contains("without-releases") && taxonomy.contains("office-without-releases"));
    let written: Vec<String> = lines(&text)
        .iter()
        .map(|line| line["slug"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        written,
        ARCHIVE.public().map(|release| release.slug.clone()).collect::<Vec<_>>(),
        "in the order of creation"
    );
    for (line, release) in lines(&text).iter().zip(ARCHIVE.public()) {
        let locales: BTreeSet<&str> = line["translations"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(locales, release.public_locales().collect(), "{}", release.slug);
        assert_eq!(
            line["state"],
            if release.state == State::Withdrawn {
                "withdrawn"
            } else {
                "live"
            }
        );
    }
}

async fn a_public_export_makes_a_newsroom_that_reads_the_same(kind: Kind) {
    let public = exported(&newsroom_with_archive(kind), &["--public"]);
    let mirror = imported(kind, &public);
    assert!(exported(&mirror, &["--public"]) == public);
    let server = mirror.serve().await;
    let expected = list(
        &ARCHIVE,
        &Filter {
            themes: vec!["human-dimension"],
            ..Filter::default()
        },
        Order::Newest,
    );
    let query = "{ releases(first: 100, filter: {themes: [\"human-dimension\"]}) { totalCount nodes { slug } } }";
    let data = server.client().ask(query, serde_json::json!({})).await;
    assert_eq!(data["releases"]["totalCount"], expected.len());
    let found = newsroom_tests::client::texts(&data["releases"]["nodes"], "/slug");
    assert_eq!(found, slugs(&expected[..100]));
}

async fn a_public_export_takes_a_lists_filters(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let day = |text: &str| text.parse().ok();
    let cases = [
        (
            vec!["--office", "odihr"],
            Filter {
                offices: vec!["odihr"],
                ..Filter::default()
            },
        ),
        (
            vec!["--theme", "human-dimension", "--theme", "economy", "--type", "news"],
            Filter {
                themes: vec!["human-dimension", "economy"],
                types: vec!["news"],
                ..Filter::default()
            },
        ),
        (
            vec![
                "--office",
                "secretariat",
                "--without-office",
                "--from",
                "2001-01-01",
                "--to",
                "2012-12-31",
            ],
            Filter {
                offices: vec!["secretariat"],
                without_office: true,
                from: day("2001-01-01"),
                to: day("2012-12-31"),
                ..Filter::default()
            },
        ),
        (
            vec!["--without-theme", "--without-type"],
            Filter {
                without_theme: true,
                without_type: true,
                ..Filter::default()
            },
        ),
    ];
    for (flags, filter) in cases {
        let ran = newsroom
            .run(&[&["export", "--public"], &flags[..]].concat())
            .expect_success();
        let written: Vec<String> = lines(&ran.output)
            .iter()
            .map(|line| line["slug"].as_str().unwrap().to_owned())
            .collect();
        let mut expected = list(&ARCHIVE, &filter, Order::Newest);
        expected.sort_by_key(|release| release.number);
        assert!(!expected.is_empty());
        assert_eq!(written, slugs(&expected), "{flags:?}");
    }
    for flags in [&["--public", "--office", "nowhere"][..], &["--office", "odihr"]] {
        let ran = newsroom.run(&[&["export"], flags].concat());
        assert!(
            ran.code() == 2 && ran.output.is_empty() && !ran.said.is_empty(),
            "{flags:?}: {} {}",
            ran.code(),
            ran.all()
        );
    }
}

async fn every_release_is_exported_as_it_was_imported(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let (text, _) = exported(&newsroom, &[]);
    for (written, release) in lines(&text).iter().zip(&ARCHIVE.releases) {
        let given: Value = serde_json::from_str(&release.to_line()).unwrap();
        assert_has(written, &given, &release.slug);
    }
}

/// Asserts that all that is said in `given` is said in `written` too, which may say more.
fn assert_has(written: &Value, given: &Value, at: &str) {
    match (written, given) {
        (Value::Object(written), Value::Object(given)) => {
            for (key, value) in given {
                assert_has(written.get(key).unwrap_or(&Value::Null), value, &format!("{at}.{key}"));
            }
        }
        _ => assert_eq!(written, given, "{at}"),
    }
}
