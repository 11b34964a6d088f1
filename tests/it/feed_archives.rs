//! The archives of feeds: whoever follows them comes past everything, whatever its date, and what they have read stays.

use std::collections::{BTreeMap, BTreeSet};

use newsroom_tests::{Client, Kind, Newsroom, Server, on_both};
use serde_json::{Value, json};

use crate::archive::{ARCHIVE, newsroom_with_archive, newsroom_with_seed};
use crate::feed_rules::{Document, feed};
use crate::mirror::mirrored_once;
use crate::press::{done, publish, published, version};

on_both!(
    the_archives_have_every_release_once,
    a_follower_misses_nothing_that_is_dated_back,
    an_archive_stays_what_it_is_but_for_what_is_removed,
    archives_lead_back_and_forth,
    a_release_that_was_removed_when_it_was_imported_goes_live_when_it_is_reinstated,
    a_mirror_has_the_feeds_of_its_source,
);

/// The documents from a feed on, as `prev-archive` leads, up to one that is known.
async fn followed(client: &Client, path: &str, known: &BTreeSet<String>) -> Vec<(String, Document)> {
    let mut read = vec![(path.to_owned(), feed(client, path).await)];
    loop {
        let (_, last) = read.last().unwrap();
        let Some(previous) = last.link("prev-archive") else {
            return read;
        };
        if known.contains(previous) {
            return read;
        }
        let previous = previous.to_owned();
        assert!(read.iter().all(|(path, _)| *path != previous), "in a circle");
        let document = feed(client, &previous).await;
        assert!(document.is_archive);
        assert_eq!(
            document.link("current"),
            read[0].1.link("self").map(without_limit).as_deref()
        );
        read.push((previous, document));
    }
}

fn without_limit(path: &str) -> String {
    let at = path.find("limit=").map_or(path.len(), |at| at - 1);
    path[..at].to_owned()
}

/// All ids that documents have, each as often as archives have it.
fn archived(documents: &[(String, Document)]) -> BTreeMap<String, usize> {
    let mut times = BTreeMap::new();
    for id in documents[1..].iter().flat_map(|(_, document)| document.ids()) {
        *times.entry(id).or_default() += 1;
    }
    times
}

/// The ids that the entries of all these releases have.
async fn all_ids(client: &Client, filter: Value) -> BTreeSet<String> {
    let query = "query($filter: ReleaseFilter, $after: String) { releases(first: 100, filter: $filter, after: $after) {
        nodes { locale translations { uuid locale } } pageInfo { hasNextPage endCursor } } }";
    let mut ids = BTreeSet::new();
    let mut after = Value::Null;
    loop {
        let answer = client.ask(query, json!({"filter": filter, "after": after})).await;
        for release in answer["releases"]["nodes"].as_array().unwrap() {
            let texts = release["translations"].as_array().unwrap();
            let shown = texts.iter().find(|text| text["locale"] == release["locale"]).unwrap();
            ids.insert(format!("urn:uuid:{}", shown["uuid"].as_str().unwrap()));
        }
        let info = &answer["releases"]["pageInfo"];
        if info["hasNextPage"] == false {
            return ids;
        }
        after = info["endCursor"].clone();
    }
}

async fn the_archives_have_every_release_once(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let client = server.client();
    let nothing = BTreeSet::new();
    for (path, filter) in [
        ("/feeds/releases.atom?content=summary&limit=10", json!({})),
        (
            "/feeds/themes/elections.json?content=summary",
            json!({"themes": ["elections"]}),
        ),
        (
            "/feeds/releases.rss?withoutOffice=true&availableIn=ru&content=summary",
            json!({"withoutOffice": true, "locales": ["ru"]}),
        ),
    ] {
        let documents = followed(client, path, &nothing).await;
        let times = archived(&documents);
        // One that went live in several languages just where a block ends is in the next as well.
        assert!(times.values().all(|times| (1..=2).contains(times)), "{path}");
        let expected = all_ids(client, filter).await;
        assert!(expected.len() > 10, "{path}: {}", expected.len());
        assert_eq!(times.into_keys().collect::<BTreeSet<_>>(), expected, "{path}");
        for (path, document) in &documents[1..] {
            assert!(
                (1..=100).contains(&document.entries.len()),
                "{path} has {}",
                document.entries.len()
            );
        }
    }
    assert_eq!(all_ids(client, json!({})).await.len(), ARCHIVE.public().count());
}

struct Desk {
    client: Client,
    made: usize,
}

impl Desk {
    async fn new(newsroom: &Newsroom, server: &Server) -> Self {
        newsroom.account("press@example.org", "publisher", &[]);
        Self {
            client: server.client().signed_in("press@example.org").await,
            made: 0,
        }
    }

    /// Publishes a release that is dated on that day.
    async fn publish(&mut self, day: &str) -> Value {
        self.made += 1;
        let title = format!("Release {}", self.made);
        let draft =
            json!({"originalLocale": "en", "offices": ["odihr"], "publishingDate": day, "text": {"title": title}});
        let draft = done(&self.client, "createRelease", draft).await;
        publish(&self.client, &draft, "en").await
    }
}

fn with_an_office(kind: Kind) -> Newsroom {
    let newsroom = Newsroom::empty(kind);
    let taxonomy = json!({"offices": [{"slug": "odihr", "names": {"en": "ODIHR"}}], "themes": [], "types": []});
    let taxonomy = newsroom.file("taxonomy.json", &taxonomy.to_string());
    newsroom.run(&["import", "--taxonomy", &taxonomy]).expect_success();
    newsroom
}

async fn a_follower_misses_nothing_that_is_dated_back(kind: Kind) {
    let newsroom = with_an_office(kind);
    let server = newsroom.serve().await;
    let mut desk = Desk::new(&newsroom, &server).await;
    let path = "/feeds/offices/odihr.atom?content=summary&limit=2";
    let (mut known, mut seen) = (BTreeSet::new(), BTreeSet::new());
    for turn in 0..12 {
        // Now few, now many, and mostly older than what the feed itself shows.
        for number in 0..=(turn * 5 % 23) {
            let day = if number % 4 == 3 {
                "2024-11-22".to_owned()
            } else {
                format!("19{}-01-01", 70 + number)
            };
            desk.publish(&day).await;
        }
        for (path, document) in followed(server.client(), path, &known).await {
            if document.is_archive {
                known.insert(path);
            }
            seen.extend(document.ids());
        }
        let expected = all_ids(server.client(), json!({"offices": ["odihr"]})).await;
        assert_eq!(expected.len(), desk.made);
        assert_eq!(seen, expected, "after {} releases", desk.made);
    }
    let current = feed(server.client(), path).await;
    assert!(
        current
            .entries
            .iter()
            .all(|entry| *entry.published.to_rfc3339() > *"2024"),
        "the newest by date"
    );
    assert!(desk.made > 100, "more than a block");
}

async fn an_archive_stays_what_it_is_but_for_what_is_removed(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let client = server.client();
    let desk = client.signed_in("press@example.org").await;
    let path = "/feeds/releases.atom?content=summary";
    let before = followed(client, path, &BTreeSet::new()).await;
    let removed = "{ releases(first: 1, orderBy: OLDEST) { nodes { id translations { uuid } } } }";
    let removed = desk.ask(removed, json!({})).await["releases"]["nodes"][0].take();
    let at_desk = "query($id: ID!) { deskRelease(id: $id) { originalLocale translations { locale version } } }";
    let at_desk = desk.ask(at_desk, json!({"id": removed["id"]})).await["deskRelease"].take();
    let original = at_desk["originalLocale"].as_str().unwrap();
    let remove = json!({"id": removed["id"], "version": version(&at_desk, original), "reason": "By mistake."});
    done(&desk, "removeRelease", remove).await;
    for title in ["One", "Two"] {
        let draft = json!({"originalLocale": "en", "publishingDate": "1980-01-01", "text": {"title": title}});
        publish(&desk, &done(&desk, "createRelease", draft).await, "en").await;
    }
    let gone: BTreeSet<String> = removed["translations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|text| format!("urn:uuid:{}", text["uuid"].as_str().unwrap()))
        .collect();
    for (path, was) in &before[1..] {
        let is = feed(client, path).await;
        let kept: Vec<String> = was.ids().into_iter().filter(|id| !gone.contains(id)).collect();
        assert_eq!(is.ids(), kept, "{path}");
        assert_eq!(is.gone, was.gone, "{path}");
    }
    let known: BTreeSet<String> = before[1..].iter().map(|(path, _)| path.clone()).collect();
    let new = followed(client, path, &known).await;
    assert_eq!(new.len(), 2, "one archive more");
    assert!(
        gone.iter().all(|id| new[1].1.gone.contains_key(id)),
        "it says what is gone"
    );
    assert!(
        ["One", "Two"].iter().all(|title| new[1].1.titles().contains(title)),
        "{:?}",
        new[1].1.titles()
    );
}

async fn archives_lead_back_and_forth(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let path = "/feeds/releases.json?content=summary";
    let back = followed(server.client(), path, &BTreeSet::new()).await;
    let (oldest, first) = back.last().unwrap();
    let mut forth = vec![oldest.clone()];
    let mut document = first.clone();
    while let Some(next) = document.link("next-archive").map(str::to_owned) {
        document = feed(server.client(), &next).await;
        forth.push(next);
    }
    let mut expected: Vec<String> = back[1..].iter().map(|(path, _)| path.clone()).collect();
    expected.reverse();
    // The last of them may be within a block that is not full, which no archive leads to but the feed itself.
    assert!(
        forth == expected || forth == expected[..expected.len() - 1],
        "{forth:?}\n{expected:?}"
    );
    assert!(forth.len() > 10);
}

async fn a_release_that_was_removed_when_it_was_imported_goes_live_when_it_is_reinstated(kind: Kind) {
    let newsroom = with_an_office(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let line = json!({"sourceId": "1", "slug": "late", "state": "removed", "publishingDate": "1994-02-01",
        "removal": {"at": "2020-01-01T00:00:00Z", "reason": "By mistake."}, "translations": {"en": {"title": "Late"}}});
    let lines = newsroom.file("lines.jsonl", &format!("{line}\n"));
    newsroom.run(&["import", &lines]).expect_success();
    let server = newsroom.serve().await;
    let client = server.client();
    let desk = client.signed_in("press@example.org").await;
    let before = feed(client, "/feeds/releases.atom").await;
    assert!(
        before.entries.is_empty() && before.gone.is_empty(),
        "nobody has had it: {before:?}"
    );
    let listed = desk
        .ask(
            "{ deskReleases(first: 1) { nodes { id translations { locale version } } } }",
            json!({}),
        )
        .await;
    let release = &listed["deskReleases"]["nodes"][0];
    done(
        &desk,
        "reinstateRelease",
        json!({"id": release["id"], "version": version(release, "en")}),
    )
    .await;
    let documents = followed(client, "/feeds/releases.atom?limit=1", &BTreeSet::new()).await;
    assert_eq!(documents[1].1.titles(), ["Late"]);
}

async fn a_mirror_has_the_feeds_of_its_source(kind: Kind) {
    let source = newsroom_with_seed(kind);
    source.account("press@example.org", "publisher", &[]);
    let server = source.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let removed = published(&desk, "Observers arrive").await;
    let mirror = Newsroom::without_tables(kind);
    mirrored_once(&mirror, &server, &[]);
    let remove = json!({"id": removed["id"], "version": version(&removed, "en"), "reason": "By mistake."});
    done(&desk, "removeRelease", remove).await;
    published(&desk, "Observers leave").await;
    mirrored_once(&mirror, &server, &[]);
    let beside = mirror.serve().await;
    for path in ["/feeds/releases.atom", "/feeds/releases.json", "/feeds/types/news.rss"] {
        let (own, theirs) = (feed(server.client(), path).await, feed(beside.client(), path).await);
        assert!(!own.entries.is_empty());
        assert_eq!(theirs.ids(), own.ids(), "{path}");
        assert_eq!(theirs.gone, own.gone, "{path}");
    }
    let atom = feed(beside.client(), "/feeds/releases.atom").await;
    assert_eq!(atom.gone.values().collect::<Vec<_>>(), ["By mistake."]);
    let everything = archived(&followed(beside.client(), "/feeds/releases.atom", &BTreeSet::new()).await);
    assert_eq!(
        everything.into_keys().collect::<BTreeSet<_>>(),
        atom.ids().into_iter().collect()
    );
}
