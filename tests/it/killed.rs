//! The server is killed in the middle of a storm of publishes and schedules: what was acknowledged is there whole, what was due
//! went live once, and nothing is there by half.

use std::sync::Arc;
use std::time::Duration;

use newsroom_tests::random::Random;
use newsroom_tests::{Client, Kind, Newsroom, on_both};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::archive::newsroom_with_seed;
use crate::press::soon;
use crate::whole::{assert_accounted_for, assert_whole, until_nothing_is_scheduled};

on_both!(nothing_acknowledged_is_lost_and_nothing_is_half_there);

/// How often the server is killed.
const TIMES: u64 = 50;
/// How many clients publish and schedule at once.
const CLIENTS: u64 = 4;

/// What was acknowledged of a release.
#[derive(Debug, Clone, PartialEq)]
enum Fate {
    Created,
    Published,
    /// It goes live at that instant.
    Scheduled(String),
}

/// What was acknowledged: the title, the release's id, and what became of it.
type Acknowledged = Arc<Mutex<Vec<(String, Value, Fate)>>>;

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
            let writer = Writer {
                desk: desk.clone(),
                acknowledged: Arc::clone(&acknowledged),
                random: Random::new(time * CLIENTS + client),
            };
            storm.spawn(writer.go_on_and_on(format!("{time}-{client}")));
        }
        // At any point: after so many answers, and a while into the next requests.
        let answered = acknowledged.lock().await.len() + random.below(10);
        while acknowledged.lock().await.len() <= answered {
            if let Some(ended) = storm.try_join_next() {
                ended.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_micros(random.next() % 30_000)).await;
        server.kill();
        storm.join_all().await;
        assert_whole(&newsroom).await;
        assert_no_bundle_is_torn(&newsroom).await;
    }
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    until_nothing_is_scheduled(&newsroom).await;
    assert_no_bundle_is_torn(&newsroom).await;
    let acknowledged = acknowledged.lock().await;
    let scheduled = |fate: &Fate| matches!(fate, Fate::Scheduled(_));
    assert!(acknowledged.iter().filter(|(.., fate)| scheduled(fate)).count() > 20);
    for (title, id, fate) in &*acknowledged {
        let query = "query($id: ID!) { release(id: $id) { title publishedAt } }";
        let mut found = server.client().ask(query, json!({"id": id})).await["release"].take();
        match fate {
            Fate::Created => {}
            Fate::Published => assert_eq!(found["title"], format!("Storm {title}")),
            Fate::Scheduled(at) => {
                assert_eq!(found["title"], format!("Storm {title}"));
                assert_eq!(instant(found["publishedAt"].take()), instant(json!(at)), "{title}");
            }
        }
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
                ask(&desk, CREATE, create(&format!("{time}-{client}-{number} a")))
                    .await
                    .unwrap();
            }
        }
    }
    let twice = "SELECT count(*) FROM (SELECT title FROM edition WHERE number = 1 AND title LIKE 'Storm %' GROUP BY title HAVING count(DISTINCT translation_id) > 1) AS twice";
    assert_eq!(newsroom.number(twice).await, 0);
    // Nothing went live before its instant, and nothing was given up.
    let early = "SELECT count(*) FROM translation t JOIN live_release l ON l.id = t.release_id WHERE t.locale = l.original_locale AND t.changed_by = 'scheduler' AND t.published_at < l.published_at";
    assert_eq!(newsroom.number(early).await, 0);
    let given_up = "SELECT count(*) FROM audit_entry WHERE action = 'give-up-schedule'";
    assert_eq!(newsroom.number(given_up).await, 0);
    assert_whole(&newsroom).await;
    assert_accounted_for(&newsroom).await;
}

fn instant(value: Value) -> chrono::DateTime<chrono::FixedOffset> {
    chrono::DateTime::parse_from_rfc3339(value.as_str().unwrap()).unwrap()
}

/// All of a bundle is live, or nothing of it.
async fn assert_no_bundle_is_torn(newsroom: &Newsroom) {
    let torn = "SELECT count(*) FROM (SELECT substr(e.title, 1, length(e.title) - 2) FROM edition e JOIN translation t ON t.id = e.translation_id WHERE e.number = 1 AND e.title LIKE 'Storm bundle %' GROUP BY substr(e.title, 1, length(e.title) - 2) HAVING count(t.live_edition_id) NOT IN (0, 3)) AS torn";
    assert_eq!(newsroom.number(torn).await, 0);
}

const CREATE: &str = "mutation($input: CreateReleaseInput!) { done: createRelease(input: $input) { release { id } } }";
const ADD: &str = "mutation($input: AddTranslationInput!) { done: addTranslation(input: $input) { version } }";
const PUBLISH: &str =
    "mutation($input: PublishTranslationInput!) { done: publishTranslation(input: $input) { version } }";
const SCHEDULE: &str =
    "mutation($input: ScheduleTranslationInput!) { done: scheduleTranslation(input: $input) { version } }";
const SCHEDULE_BUNDLE: &str =
    "mutation($input: ScheduleBundleInput!) { done: scheduleBundle(input: $input) { bundle } }";

fn create(title: &str) -> Value {
    json!({"originalLocale": "en", "offices": ["osce-office-for-democratic-institutions-and-human-rights"], "text": {"title": format!("Storm {title}")}, "idempotencyKey": key("create", title)})
}

fn key(what: &str, of: &str) -> String {
    format!("{what}-{of}").replace(' ', "-")
}

/// Somebody who publishes and schedules one release after the other.
struct Writer {
    desk: Client,
    acknowledged: Acknowledged,
    random: Random,
}

impl Writer {
    /// Goes on until the server is gone.
    async fn go_on_and_on(mut self, name: String) {
        for number in 0.. {
            let name = format!("{name}-{number}");
            let done = match self.random.below(3) {
                0 => self.publish(&format!("{name} a")).await,
                1 => self.schedule(&format!("{name} a")).await,
                _ => self.schedule_bundle(&format!("bundle {name}")).await,
            };
            if done.is_none() {
                return;
            }
        }
    }

    async fn publish(&mut self, title: &str) -> Option<()> {
        let id = self.create(title).await?;
        let input = json!({"id": id, "locale": "en", "version": 1, "idempotencyKey": key("publish", title)});
        ask(&self.desk, PUBLISH, input).await?;
        self.acknowledge(title, &Fate::Published).await;
        Some(())
    }

    async fn schedule(&mut self, title: &str) -> Option<()> {
        let id = self.create(title).await?;
        let at = self.in_a_moment();
        let input = json!({"id": id, "locale": "en", "version": 1, "schedule": {"at": at}, "idempotencyKey": key("schedule", title)});
        if !ask(&self.desk, SCHEDULE, input).await?.is_null() {
            self.acknowledge(title, &Fate::Scheduled(at)).await;
        }
        Some(())
    }

    async fn schedule_bundle(&mut self, name: &str) -> Option<()> {
        let [first, second] = [format!("{name} a"), format!("{name} b")];
        let (id, other) = (self.create(&first).await?, self.create(&second).await?);
        let title = format!("Storm {name} r");
        let input = json!({"id": id, "version": 1, "locale": "ru", "text": {"title": title}, "idempotencyKey": key("add", name)});
        ask(&self.desk, ADD, input).await?;
        let at = self.in_a_moment();
        let items = json!([
            {"id": id, "locale": "ru", "version": 1},
            {"id": other, "locale": "en", "version": 1},
            {"id": id, "locale": "en", "version": 1},
        ]);
        let input = json!({"items": items, "schedule": {"at": at}, "idempotencyKey": key("schedule", name)});
        if !ask(&self.desk, SCHEDULE_BUNDLE, input).await?.is_null() {
            self.acknowledge(&first, &Fate::Scheduled(at.clone())).await;
            self.acknowledge(&second, &Fate::Scheduled(at)).await;
        }
        Some(())
    }

    async fn create(&self, title: &str) -> Option<Value> {
        let created = ask(&self.desk, CREATE, create(title)).await?;
        let id = created["done"]["release"]["id"].clone();
        let mut acknowledged = self.acknowledged.lock().await;
        acknowledged.push((title.to_owned(), id.clone(), Fate::Created));
        Some(id)
    }

    async fn acknowledge(&self, title: &str, fate: &Fate) {
        let mut acknowledged = self.acknowledged.lock().await;
        if let Some(last) = acknowledged.iter_mut().find(|(known, ..)| known == title) {
            last.2 = fate.clone();
        }
    }

    /// While the storm goes on, or while the server is down.
    fn in_a_moment(&mut self) -> String {
        soon(100 + i64::try_from(self.random.below(500)).unwrap())
    }
}

/// The data of an answer, `Null` where the machine was so slow that an instant has passed; none, where the server is gone.
async fn ask(desk: &Client, query: &str, input: Value) -> Option<Value> {
    let body = json!({"query": query, "variables": {"input": input}}).to_string();
    let response = desk.post(body).send().await.ok()?;
    let mut answer: Value = response.json().await.ok()?;
    if answer["errors"][0]["extensions"]["fields"][0]["code"] == "IN_PAST" {
        return Some(Value::Null);
    }
    assert!(answer["errors"].is_null(), "{answer}");
    Some(answer["data"].take())
}
