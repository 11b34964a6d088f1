//! `newsroom bench`: it asks the newsroom all that is in its table, says how long that took, and leaves everything as it was.

use std::fs;

use newsroom_tests::client::texts;
use newsroom_tests::{Kind, Newsroom, on_both};
use serde_json::{Value, json};

use crate::archive::{in_workspace, newsroom_with_seed};

on_both!(
    every_query_of_the_table_is_measured,
    a_bench_leaves_the_newsroom_as_it_was_beside_a_server,
    only_what_is_named_is_measured_and_shown_as_a_table,
    an_unknown_query_and_an_empty_newsroom_are_refused,
);

const QUERIES: [&str; 14] = [
    "front-page",
    "page-and-total",
    "facets",
    "facets-two-filters",
    "deep-page",
    "release",
    "offices-three-newest",
    "beside-a-release",
    "histogram",
    "search-one-word",
    "search-two-words",
    "search-any-newest",
    "search-two-filters",
    "suggest",
];

/// Those that need a search index.
const SEARCHES: usize = 5;

fn bench(newsroom: &Newsroom, arguments: &[&str]) -> Value {
    let ran = newsroom
        .run(&[&["bench", "--json"], arguments].concat())
        .expect_success();
    assert_eq!(ran.said, "");
    serde_json::from_str(&ran.output).unwrap()
}

async fn every_query_of_the_table_is_measured(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let mut report = bench(&newsroom, &["--requests", "3", "--seed", "5"]);
    let queries = report["queries"].take();
    assert_eq!(texts(&queries, "/name"), QUERIES);
    let page = fs::read_to_string(in_workspace("docs/performance.md")).unwrap();
    assert!(
        QUERIES.iter().all(|name| page.contains(&format!("| `{name}` |"))),
        "the page names them all"
    );
    for query in queries.as_array().unwrap() {
        assert_eq!(query["requests"], 3);
        let figure = |name: &str| query[name].as_u64().unwrap();
        let rising = ["p50Micros", "p95Micros", "p99Micros", "maxMicros"].map(figure);
        assert!(rising.is_sorted() && rising[0] > 0, "{query}");
        assert!(figure("bytes") > 50, "{query}");
    }
    let database = match kind {
        Kind::Sqlite => "sqlite",
        Kind::Postgres => "postgresql",
    };
    for (name, value) in [
        ("database", json!(database)),
        ("databaseConnections", json!(1)),
        ("releases", json!(7)),
        ("seed", json!(5)),
    ] {
        assert_eq!(report[name], value, "{name}");
    }
    assert!(report["start"]["indexMicros"].as_u64() > Some(0), "{report}");
    if cfg!(target_os = "linux") {
        let resident = |moment: &str| report["memory"][moment]["residentBytes"].as_u64();
        assert!(
            ["beforeIndex", "withIndex", "withSearch", "atEnd"]
                .map(resident)
                .iter()
                .all(|bytes| *bytes > Some(1_000_000)),
            "{report}"
        );
    }
}

async fn a_bench_leaves_the_newsroom_as_it_was_beside_a_server(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let key = newsroom.data_file("signing-key.pem");
    bench(&newsroom, &["--requests", "1"]);
    assert!(
        !fs::exists(&key).unwrap(),
        "no key is made for a server that nobody signs in to"
    );
    assert_eq!(newsroom.number("SELECT count(*) FROM signing_key").await, 0);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let head = "SELECT sequence * 1000 + audit_number FROM change_head";
    let before = newsroom.number(head).await;
    let report = bench(&newsroom, &["--requests", "1"]);
    assert_eq!(report["queries"].as_array().unwrap().len(), QUERIES.len() - SEARCHES);
    assert_eq!(report["start"]["searchMicros"], json!(null));
    let folder = newsroom.folder().join("bench").display().to_string();
    let report = bench(&newsroom, &["--requests", "1", "--search-dir", &folder]);
    assert_eq!(report["queries"].as_array().unwrap().len(), QUERIES.len());
    assert_eq!(newsroom.number(head).await, before);
    assert_eq!(newsroom.number("SELECT count(*) FROM signing_key").await, 1);
    assert_eq!(
        desk.ask("{ viewer { role } }", json!({})).await["viewer"]["role"],
        "PUBLISHER"
    );
}

async fn only_what_is_named_is_measured_and_shown_as_a_table(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let ran = newsroom
        .run(&[
            "bench",
            "--requests",
            "2",
            "--only",
            "histogram",
            "--only",
            "facets",
            "--readers",
            "4",
        ])
        .expect_success();
    let table = ran.output.split("query").nth(1).unwrap();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().take(2).collect())
        .collect();
    assert_eq!(rows, [["facets", "2"], ["histogram", "2"]]);
    assert!(
        ran.output
            .contains("7 releases; 4 connection(s) to the database; seed 1"),
        "{}",
        ran.output
    );
}

async fn an_unknown_query_and_an_empty_newsroom_are_refused(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let unknown = newsroom.run(&["bench", "--only", "everything"]);
    assert_eq!(unknown.code(), 2);
    assert!(
        QUERIES.iter().all(|name| unknown.said.contains(name)),
        "{}",
        unknown.said
    );
    let empty = newsroom.run(&["bench"]);
    assert_eq!(empty.code(), 2);
    assert!(empty.said.contains("import some first"), "{}", empty.said);
}
