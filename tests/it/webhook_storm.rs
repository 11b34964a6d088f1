//! Twenty endpoints, of which five are dead, five slow and five flaky: all that can be delivered is, once or more, and in order.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use newsroom_tests::{Kind, Received, Receiver, Reply, on_both};
use serde_json::{Value, json};

use crate::hooks::{hooked, pass, served, signed_by, webhook};

on_both!(all_that_can_be_delivered_is);

/// How many releases are published, each corrected once.
const RELEASES: usize = 100;
/// How many endpoints there are of each sort.
const EACH: usize = 5;

async fn all_that_can_be_delivered_is(kind: Kind) {
    let (newsroom, _server, desk) = served(kind).await;
    let mut endpoints = Vec::new();
    for sort in ["good", "slow", "flaky", "dead"] {
        for _ in 0..EACH {
            let receiver = Receiver::start();
            match sort {
                "slow" => receiver.answer(Reply {
                    after: Duration::from_millis(100),
                    ..Reply::default()
                }),
                "flaky" => (0..RELEASES).for_each(|number| {
                    let replies = ["204 Good", "500 Broken", "204 Good", "429 Too Many", "204 Good"];
                    receiver.answer_next(Reply::of(replies[number % replies.len()]));
                }),
                "dead" => receiver.answer(Reply::of("502 Nobody")),
                _ => {}
            }
            let made = hooked(&desk, &receiver, json!({})).await;
            endpoints.push((sort, receiver, made));
        }
    }
    for text in ["first", "second"] {
        let lines: Vec<String> = (0..RELEASES)
            .map(|number| {
                let slug = format!("release-{number}");
                json!({"sourceId": slug, "slug": slug, "state": "live", "publishingDate": "2024-11-22",
                    "translations": {"en": {"title": format!("The {text} text of {number}")}}})
                .to_string()
            })
            .collect();
        let file = newsroom.file("lines.jsonl", &lines.join("\n"));
        newsroom
            .run(&["import", "--strict", "--announce", &file])
            .expect_success();
    }
    let is_all = |requests: &[Received]| taken(requests).len() == 2 * RELEASES;
    for (sort, receiver, made) in &endpoints {
        match *sort {
            "dead" => continue,
            // What failed once or twice waits for its time.
            "flaky" => {
                while !is_all(&receiver.requests()) {
                    pass(&newsroom, 600).await;
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
            _ => {}
        }
        let requests = receiver.wait_until(is_all).await;
        for request in &requests {
            assert_eq!(signed_by(request, &made["secret"]), [true], "{sort}");
        }
        assert_in_order(&requests);
    }
    for (sort, receiver, made) in &endpoints {
        let now = webhook(&desk, made).await;
        match *sort {
            "dead" => {
                assert!(now["failingSince"].is_string() && taken(&receiver.requests()).is_empty());
                // Nothing of a release was sent before what came before it.
                assert!(
                    receiver
                        .requests()
                        .iter()
                        .all(|request| request.event() == "release.published")
                );
            }
            _ => assert_eq!(now["failingSince"], Value::Null, "{sort}"),
        }
    }
    let waiting = "SELECT COUNT(DISTINCT webhook_id) FROM webhook_delivery WHERE next_at IS NOT NULL";
    while newsroom.number(waiting).await > i64::try_from(EACH).unwrap() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The identities of what was taken.
fn taken(requests: &[Received]) -> BTreeSet<String> {
    let taken = requests.iter().filter(|request| request.answered.starts_with('2'));
    taken.map(|request| request.header("webhook-id").to_owned()).collect()
}

/// Sees that of no release anything was sent before what came before it had been taken.
fn assert_in_order(requests: &[Received]) {
    let mut reached = BTreeMap::new();
    for request in requests.iter().filter(|request| request.answered.starts_with('2')) {
        let release = request.at("/data/subject/id").as_str().unwrap();
        let sequence = request.at("/data/sequence").as_i64().unwrap();
        let before = reached.insert(release.to_owned(), sequence);
        assert!(
            before.is_none_or(|before| before <= sequence),
            "{release}: {before:?} and then {sequence}"
        );
    }
    assert_eq!(reached.len(), RELEASES);
}
