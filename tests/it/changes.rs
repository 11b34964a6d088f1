//! `GET /v1/changes` and `GET /v1/export`: every public change in order, and a snapshot that they join without a gap.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use newsroom_tests::{Client, Kind, on_both};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::task::JoinSet;

use crate::archive::{newsroom_with_archive, newsroom_with_seed};
use crate::press::{create, done, publish, published, send};

on_both!(
    the_log_tells_each_change_in_order_with_the_release_as_it_is_now,
    whoever_follows_an_office_is_told_what_leaves_it,
    whoever_follows_what_another_was_merged_into_is_told_to_begin_anew,
    a_snapshot_has_what_readers_have_line_for_line,
    a_snapshot_and_the_changes_behind_it_miss_nothing,
    eight_publish_at_once_and_no_change_comes_late,
    what_cannot_be_asked_is_refused_by_name,
    a_page_of_long_releases_ends_before_it_is_too_long_to_carry,
    whoever_follows_links_is_not_given_the_taxonomy_again,
);

/// A page of the log.
async fn page(client: &Client, after: &Value, parameters: &str) -> Value {
    let after = after
        .as_str()
        .map_or_else(String::new, |after| format!("&after={after}"));
    let answer = client.get(&format!("/v1/changes?{parameters}{after}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body
}

/// All changes behind a cursor, by pages of that size, and the last cursor.
async fn changes(client: &Client, after: &Value, parameters: &str) -> (Vec<Value>, Value) {
    let (mut all, mut cursor) = (Vec::new(), after.clone());
    loop {
        let mut page = page(client, &cursor, parameters).await;
        all.extend(page["changes"].as_array().unwrap().iter().cloned());
        cursor = page["cursor"].take();
        if page["hasMore"] == false {
            return (all, cursor);
        }
    }
}

async fn head(client: &Client) -> Value {
    page(client, &Value::Null, "limit=1").await["head"].take()
}

/// What of changes tests look at.
fn told(changes: &[Value]) -> Vec<Value> {
    let one = |change: &Value| {
        json!([
            change["kind"],
            change["locale"],
            change["gone"],
            change["line"]["state"],
            change["line"]["slug"]
        ])
    };
    changes.iter().map(one).collect()
}

/// The digest as anybody works it out: the SHA-256 of the line with its keys in order.
fn digest(line: &Value) -> String {
    // A map of serde_json's is sorted.
    let hash = Sha256::digest(serde_json::to_string(line).unwrap());
    let hex = hash.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    format!("sha-256:{hex}")
}

async fn the_log_tells_each_change_in_order_with_the_release_as_it_is_now(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "administrator", &[]);
    let server = newsroom.serve().await;
    let reader = server.client();
    let desk = reader.signed_in("press@example.org").await;
    let before = head(reader).await;
    // What is not public is not in the log.
    let draft = create(&desk, "Observers arrive").await;
    assert_eq!(changes(reader, &before, "").await.0, Vec::<Value>::new());
    let live = publish(&desk, &draft, "en").await;
    let input = json!({"id": live["id"], "version": 2, "locale": "ru", "text": {"title": "Наблюдатели"}});
    let live = done(&desk, "addTranslation", input).await;
    let live = publish(&desk, &live, "ru").await;
    let input = json!({"id": live["id"], "version": 2, "slug": "observers-have-arrived"});
    let live = publish(&desk, &done(&desk, "updateRelease", input).await, "en").await;
    let input = json!({"id": live["id"], "version": 4, "notice": [{"locale": "en", "text": "A mistake."}]});
    done(&desk, "withdrawRelease", input).await;
    let (all, _) = changes(reader, &before, "limit=2").await;
    let state = |kind: &str, locale: Value| json!([kind, locale, false, "withdrawn", "observers-have-arrived"]);
    assert_eq!(
        told(&all),
        [
            state("published", Value::Null),
            state("translation-published", json!("ru")),
            state("slug-changed", Value::Null),
            state("withdrawn", Value::Null),
        ]
    );
    assert!(all.iter().all(|change| change["digest"] == digest(&change["line"])));
    assert!(
        all.iter()
            .all(|change| change["line"]["redirects"] == json!(["observers-arrive"]))
    );
    // Removed, all that was is what is left of it.
    let input = json!({"id": live["id"], "version": 5, "reason": "Nobody said so."});
    let removed = send(&desk, "removeRelease", input).await;
    assert!(removed.errors().is_empty(), "{}", removed.text);
    let (all, end) = changes(reader, &before, "").await;
    assert_eq!(all.len(), 5);
    for change in &all {
        assert_eq!(change["line"]["removal"]["reason"], "Nobody said so.");
        assert_eq!(
            change["line"]["translations"]["ru"],
            all[0]["line"]["translations"]["ru"]
        );
        assert!(change["line"]["translations"]["ru"]["title"].is_null());
    }
    // A cursor holds for ever, and each change's is one.
    assert_eq!(told(&changes(reader, &all[2]["cursor"], "").await.0), told(&all[3..]));
    let sequences: Vec<i64> = all.iter().map(|change| change["sequence"].as_i64().unwrap()).collect();
    assert!(sequences.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{sequences:?}");
    assert_eq!(changes(reader, &end, "").await.0, Vec::<Value>::new());
    // Offices, themes and types too, with what they are now.
    let office = crate::taxonomy_commands::done(
        &desk,
        "createOffice",
        json!({"names": crate::taxonomy_commands::called("Mission")}),
    )
    .await;
    let (all, end) = changes(reader, &end, "").await;
    assert_eq!(
        (&all[0]["kind"], &all[0]["entry"]["slug"]),
        (&json!("created"), &office["entry"]["slug"])
    );
    assert_eq!(
        all[0]["subject"],
        json!({"kind": "office", "id": all[0]["entry"]["id"]})
    );
    let input = json!({"id": office["entry"]["id"], "version": 1});
    crate::taxonomy_commands::done(&desk, "deleteOffice", input).await;
    let (all, _) = changes(reader, &end, "").await;
    assert_eq!(
        (&all[0]["kind"], &all[0]["gone"], &all[0]["entry"]),
        (&json!("deleted"), &json!(true), &Value::Null)
    );
}

async fn whoever_follows_an_office_is_told_what_leaves_it(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let reader = server.client();
    let desk = reader.signed_in("press@example.org").await;
    let odihr = "office=osce-office-for-democratic-institutions-and-human-rights";
    let begun = head(reader).await;
    let release = published(&desk, "Observers arrive").await;
    let other = done(
        &desk,
        "createRelease",
        json!({"originalLocale": "en", "text": {"title": "Elsewhere"}}),
    )
    .await;
    publish(&desk, &other, "en").await;
    let (all, cursor) = changes(reader, &begun, odihr).await;
    assert_eq!(
        told(&all),
        [json!(["published", null, false, "live", "observers-arrive"])]
    );
    // It leaves the office: gone, and not a word of what it is now.
    let input = json!({"id": release["id"], "version": 2, "offices": []});
    let moved = publish(&desk, &done(&desk, "updateRelease", input).await, "en").await;
    let (all, cursor) = changes(reader, &cursor, odihr).await;
    assert_eq!(told(&all), [json!(["updated", null, true, null, null])]);
    assert_eq!(all[0]["subject"]["id"], release["uuid"]);
    // Whoever comes late is told the same of both changes.
    let (all, _) = changes(reader, &begun, odihr).await;
    assert!(
        all.len() == 2 && all.iter().all(|change| change["gone"] == true),
        "{all:?}"
    );
    // It comes back, and is removed: what is left of it says why.
    let input = json!({"id": release["id"], "version": 4, "offices": ["osce-office-for-democratic-institutions-and-human-rights"]});
    publish(&desk, &done(&desk, "updateRelease", input).await, "en").await;
    let (all, cursor) = changes(reader, &cursor, odihr).await;
    assert_eq!(
        told(&all),
        [json!(["updated", null, false, "live", "observers-arrive"])]
    );
    let input = json!({"id": moved["id"], "version": 6, "reason": "Nobody said so."});
    let removed = send(&desk, "removeRelease", input).await;
    assert!(removed.errors().is_empty(), "{}", removed.text);
    let (all, _) = changes(reader, &cursor, odihr).await;
    assert_eq!(
        told(&all),
        [json!(["removed", null, true, "removed", "observers-arrive"])]
    );
    // The other one was never any of theirs.
    let (all, _) = changes(reader, &begun, odihr).await;
    assert!(all.iter().all(|change| change["subject"]["id"] == release["uuid"]));
}

async fn whoever_follows_what_another_was_merged_into_is_told_to_begin_anew(kind: Kind) {
    let newsroom = crate::merging::newsroom(kind);
    let server = newsroom.serve().await;
    let reader = server.client();
    let desk = reader.signed_in("admin@example.org").await;
    let begun = head(reader).await;
    crate::merging::merge(&desk, ("office", "Office"), "skopje", "mission").await;
    let (all, _) = changes(reader, &begun, "office=skopje").await;
    let kinds: Vec<_> = all
        .iter()
        .map(|change| (&change["kind"], &change["filterWidened"]))
        .collect();
    assert_eq!(kinds[0], (&json!("merged"), &json!(true)));
    assert!(
        kinds[1..]
            .iter()
            .all(|(kind, widened)| **kind == "reclassified" && widened.is_null()),
        "{kinds:?}"
    );
    assert_eq!(all[0]["into"]["kind"], "office");
    let (all, _) = changes(reader, &begun, "office=odihr").await;
    assert!(all[0]["kind"] == "merged" && all[0]["filterWidened"].is_null());
}

/// All pages of a snapshot: its lines, and what to go on from.
async fn snapshot(client: &Client, parameters: &str) -> (Vec<Value>, Value) {
    let (mut lines, mut after) = (Vec::new(), String::new());
    loop {
        let answer = client.get(&format!("/v1/export?{parameters}{after}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        lines.extend(answer.body["releases"].as_array().unwrap().iter().cloned());
        match answer.body["cursor"].as_str() {
            Some(cursor) => {
                assert!(answer.header("link").contains(cursor), "{}", answer.header("link"));
                after = format!("&after={cursor}");
            }
            None => return (lines, answer.body["head"].clone()),
        }
    }
}

async fn a_snapshot_has_what_readers_have_line_for_line(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    for (parameters, arguments) in [
        ("limit=400", vec!["--tombstones"]),
        (
            "limit=100&office=odihr&theme=human-dimension&withoutTheme=true",
            vec!["--office", "odihr", "--theme", "human-dimension", "--without-theme"],
        ),
        (
            "limit=7&type=spot-report&locale=ru&from=2015-01-01&to=2020-01-01",
            vec![
                "--type",
                "spot-report",
                "--locale",
                "ru",
                "--from",
                "2015-01-01",
                "--to",
                "2020-01-01",
            ],
        ),
    ] {
        let exported = newsroom
            .run(&[&["export", "--public"], &arguments[..]].concat())
            .expect_success()
            .output;
        let (lines, _) = snapshot(server.client(), parameters).await;
        assert!(!lines.is_empty(), "{parameters}");
        assert!(lines.iter().all(|line| line["digest"] == digest(&line["line"])));
        let expected: Vec<Value> = exported
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines.len(), expected.len(), "{parameters}");
        assert!(
            lines
                .iter()
                .zip(&expected)
                .all(|(line, expected)| line["line"] == *expected),
            "{parameters}"
        );
    }
    // As it is written, byte for byte.
    let text = server.client().get("/v1/export?limit=500").await.text;
    let exported = newsroom
        .run(&["export", "--public", "--tombstones"])
        .expect_success()
        .output;
    assert!(exported.lines().take(500).all(|line| text.contains(line)));
}

async fn a_snapshot_and_the_changes_behind_it_miss_nothing(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let reader = server.client();
    let desk = reader.signed_in("press@example.org").await;
    // A draft from before, which goes live when the snapshot is past it.
    let early = create(&desk, "Written first").await;
    let (mut copy, mut after, mut number) = (BTreeMap::new(), String::new(), 0);
    let head = loop {
        let mut answer = reader.get(&format!("/v1/export?limit=2{after}")).await.body;
        for line in answer["releases"].as_array().unwrap() {
            copy.insert(line["line"]["id"].to_string(), line["line"].clone());
        }
        number += 1;
        published(&desk, &format!("Meanwhile {number}")).await;
        if number == 3 {
            publish(&desk, &early, "en").await;
        }
        match answer["cursor"].as_str() {
            Some(cursor) => after = format!("&after={cursor}"),
            None => break answer["head"].take(),
        }
    };
    for change in changes(reader, &head, "limit=3").await.0 {
        copy.insert(change["subject"]["id"].to_string(), change["line"].clone());
    }
    let exported = newsroom
        .run(&["export", "--public", "--tombstones"])
        .expect_success()
        .output;
    let expected: Vec<Value> = exported
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(copy.into_values().collect::<Vec<_>>() == expected);
}

/// Who publish at once, and how many each.
const CLIENTS: usize = 8;
const EACH: usize = 25;

/// A reader by small pages sees every sequence, each behind the one before: none that becomes visible late.
async fn eight_publish_at_once_and_no_change_comes_late(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let reader = server.client();
    let desk = reader.signed_in("press@example.org").await;
    let begun = head(reader).await;
    let published = Arc::new(AtomicUsize::new(0));
    let mut storm = JoinSet::new();
    for client in 0..CLIENTS {
        let (desk, published) = (desk.clone(), Arc::clone(&published));
        storm.spawn(async move {
            for number in 0..EACH {
                let draft = create(&desk, &format!("Storm {client} {number}")).await;
                publish(&desk, &draft, "en").await;
                published.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    let (mut seen, mut cursor) = (Vec::new(), begun);
    loop {
        let is_over = published.load(Ordering::Relaxed) == CLIENTS * EACH;
        let mut page = page(reader, &cursor, "limit=3").await;
        seen.extend(
            page["changes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|change| change["sequence"].as_i64().unwrap()),
        );
        cursor = page["cursor"].take();
        if is_over && page["hasMore"] == false {
            break;
        }
    }
    storm.join_all().await;
    let expected: Vec<i64> = (seen[0]..).take(CLIENTS * EACH).collect();
    assert_eq!(seen, expected);
}

async fn what_cannot_be_asked_is_refused_by_name(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    let refused = async |path: &str| {
        let answer = server.client().get(path).await;
        let faults: Vec<String> = answer.body["fields"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|fault| {
                format!(
                    "{} {}",
                    fault["path"].as_str().unwrap(),
                    fault["code"].as_str().unwrap()
                )
            })
            .collect();
        json!([answer.status.as_u16(), answer.body["code"], faults])
    };
    assert_eq!(
        refused("/v1/changes?office=nowhere&theme=elections&theme=nothing").await,
        json!([
            422,
            "VALIDATION_FAILED",
            ["office.0 UNKNOWN_SLUG", "theme.1 UNKNOWN_SLUG"]
        ])
    );
    assert_eq!(
        refused("/v1/changes?limit=501&from=2024-01-01").await,
        json!([
            422,
            "VALIDATION_FAILED",
            ["limit OUT_OF_RANGE", "from UNKNOWN_PARAMETER"]
        ])
    );
    let cursor = head(server.client()).await;
    let cursor = cursor.as_str().unwrap();
    assert_eq!(
        refused(&format!("/v1/changes?after={cursor}x")).await,
        json!([400, "INVALID_CURSOR", []])
    );
    assert_eq!(
        refused(&format!("/v1/export?after={cursor}")).await,
        json!([400, "INVALID_CURSOR", []])
    );
    assert_eq!(
        refused(&format!("/v1/changes?after={cursor}&after={cursor}")).await,
        json!([422, "VALIDATION_FAILED", ["after CONFLICTING"]])
    );
    // A cursor of another newsroom's log.
    let other = newsroom_with_archive(kind);
    let foreign = head(other.serve().await.client()).await;
    assert_eq!(
        refused(&format!("/v1/changes?after={}", foreign.as_str().unwrap())).await,
        json!([400, "INVALID_CURSOR", []])
    );
    let answer = server
        .client()
        .send(server.client().request("POST", "/v1/changes"))
        .await;
    assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "GET,HEAD"));
}

async fn a_page_of_long_releases_ends_before_it_is_too_long_to_carry(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let text = "word ".repeat(38_000);
    let line = |number: usize| {
        json!({"sourceId": number.to_string(), "slug": format!("long-{number}"), "state": "live", "publishingDate": "2024-11-22",
            "translations": {"en": {"title": "Long", "body": {"format": "MARKDOWN", "text": text}}}})
    };
    let lines: Vec<_> = (0..60).map(|number| line(number).to_string()).collect();
    let file = newsroom.file("long.jsonl", &lines.join("\n"));
    newsroom.run(&["import", "--strict", &file]).expect_success();
    let server = newsroom.serve().await;
    let reader = server.client();
    let first = page(reader, &Value::Null, "limit=500").await;
    assert_eq!(first["hasMore"], true);
    let (all, _) = changes(reader, &Value::Null, "limit=500").await;
    let sequences: Vec<_> = all.iter().map(|change| change["sequence"].as_u64().unwrap()).collect();
    let end = sequences.len() as u64;
    assert_eq!(sequences, (1..=end).collect::<Vec<_>>());
    let (mut slugs, mut pages, mut path) = (Vec::new(), 0, "/v1/export?limit=500".to_owned());
    loop {
        let answer = reader.get(&path).await;
        assert!(answer.text.len() < 9 * 1024 * 1024, "{}", answer.text.len());
        let releases = answer.body["releases"].as_array().unwrap();
        slugs.extend(
            releases
                .iter()
                .map(|release| release["line"]["slug"].as_str().unwrap().to_owned()),
        );
        pages += 1;
        let Some(cursor) = answer.body["cursor"].as_str() else {
            break;
        };
        path = format!("/v1/export?limit=500&after={cursor}");
    }
    assert_eq!((pages, slugs.len()), (2, 7 + 60));
    slugs.sort_unstable();
    slugs.dedup();
    assert_eq!(slugs.len(), 7 + 60);
}

async fn whoever_follows_links_is_not_given_the_taxonomy_again(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    let reader = server.client();
    for path in ["/v1/changes", "/v1/export"] {
        let first = reader.get(&format!("{path}?limit=1&knownTaxonomy=0")).await;
        assert!(first.body["taxonomy"].is_object());
        let link = first.header("link");
        let next = link.trim_start_matches('<').split_once('>').unwrap().0;
        let next = &next[next.find("/v1/").unwrap()..];
        let second = reader.get(next).await;
        assert_eq!(second.status, 200, "{}", second.text);
        assert_eq!(second.body["taxonomy"], Value::Null);
        assert_eq!(second.body["taxonomyRevision"], first.body["taxonomyRevision"]);
        let refused = reader.get(&format!("{path}?knownTaxonomy=abc")).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text.contains("taxonomyRevision"), "{}", refused.text);
    }
}
