//! The server is killed in the middle of a storm of publishes: what was acknowledged is there, and nothing is there by half.

use std::sync::Arc;
use std::time::Duration;

use newsroom_tests::random::Random;
use newsroom_tests::{Client, Kind, on_both};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::archive::newsroom_with_seed;
use crate::whole::assert_whole;

on_both!(nothing_acknowledged_is_lost_and_nothing_is_half_there);

/// How often the server is killed.
const TIMES: u64 = 30;
/// How many clients publish at once.
const CLIENTS: u64 = 4;

/// What was acknowledged: the title, the release's id, and whether it was published too.
type Acknowledged = Arc<Mutex<Vec<(String, Value, bool)>>>;

async fn nothing_acknowledged_is_lost_and_nothing_is_half_there(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let mut random = Random::new(7);
    let acknowledged = Acknowledged::default();
    for time in 0..TIMES {
        let mut server = newsroom.serve().await;
        let desk = server.client().signed_in("press@example.org").await;
        let mut storm = JoinSet::new();
        for client in 0..CLIENTS {
            storm.spawn(publish_on_and_on(
                desk.clone(),
                format!("{time}-{client}"),
                Arc::clone(&acknowledged),
            ));
        }
        // At any point: after so many answers, and a while into the next requests.
        let answered = acknowledged.lock().await.len() + random.below(6);
        while acknowledged.lock().await.len() <= answered {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_micros(random.next() % 30_000)).await;
        server.kill();
        storm.join_all().await;
        assert_whole(&newsroom).await;
    }
    let acknowledged = acknowledged.lock().await;
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    for (title, id, is_published) in &*acknowledged {
        let found = server
            .client()
            .ask(
                "query($slug: String!) { release(slug: $slug) { title } }",
                json!({"slug": format!("storm-{title}")}),
            )
            .await;
        assert!(
            !is_published || found["release"]["title"] == format!("Storm {title}"),
            "{title}"
        );
        // It is there, and asked for again under its key, it is the same one.
        let there = desk
            .ask("query($id: ID!) { deskRelease(id: $id) { id } }", json!({"id": id}))
            .await;
        assert_eq!(&there["deskRelease"]["id"], id, "{title}");
        let again = ask(&desk, CREATE, create(title)).await.unwrap();
        assert_eq!(&again["done"]["release"]["id"], id, "{title}");
    }
    // Every request that was cut off, sent again under its key, makes one release in all.
    for time in 0..TIMES {
        for client in 0..CLIENTS {
            for number in 0..2 {
                ask(&desk, CREATE, create(&format!("{time}-{client}-{number}")))
                    .await
                    .unwrap();
            }
        }
    }
    let twice = "SELECT count(*) FROM (SELECT title FROM edition WHERE number = 1 AND title LIKE 'Storm %' GROUP BY title HAVING count(DISTINCT translation_id) > 1) AS twice";
    assert_eq!(newsroom.number(twice).await, 0);
    assert_whole(&newsroom).await;
}

const CREATE: &str = "mutation($input: CreateReleaseInput!) { done: createRelease(input: $input) { release { id } } }";
const PUBLISH: &str =
    "mutation($input: PublishTranslationInput!) { done: publishTranslation(input: $input) { version } }";

fn create(title: &str) -> Value {
    json!({"originalLocale": "en", "offices": ["osce-office-for-democratic-institutions-and-human-rights"], "text": {"title": format!("Storm {title}")}, "idempotencyKey": format!("create-{title}")})
}

/// Publishes one release after the other, until the server is gone.
async fn publish_on_and_on(desk: Client, name: String, acknowledged: Acknowledged) {
    for number in 0.. {
        let title = format!("{name}-{number}");
        let Some(created) = ask(&desk, CREATE, create(&title)).await else {
            return;
        };
        let id = created["done"]["release"]["id"].clone();
        acknowledged.lock().await.push((title.clone(), id.clone(), false));
        let input = json!({"id": id, "locale": "en", "version": 1, "idempotencyKey": format!("publish-{title}")});
        let Some(_) = ask(&desk, PUBLISH, input).await else {
            return;
        };
        if let Some(last) = acknowledged.lock().await.iter_mut().find(|(known, ..)| *known == title) {
            last.2 = true;
        }
    }
}

/// The data of an answer; none, where the server is gone.
async fn ask(desk: &Client, query: &str, input: Value) -> Option<Value> {
    let body = json!({"query": query, "variables": {"input": input}}).to_string();
    let response = desk.post(body).send().await.ok()?;
    let mut answer: Value = response.json().await.ok()?;
    assert!(answer["errors"].is_null(), "{answer}");
    Some(answer["data"].take())
}
