//! Several hosts on one PostgreSQL: whichever comes first publishes what is due, and each edition goes live once.

use std::collections::BTreeMap;
use std::time::Instant;

use newsroom_tests::{Client, Kind, Newsroom, Server, database};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;
use crate::press::{create, done, read, stepped, text, version};
use crate::whole::{assert_accounted_for, assert_whole, audited_translations, until_nothing_is_scheduled};

/// What was planned: which translation of which release, and for when.
type Plan = BTreeMap<(String, String), i64>;

#[tokio::test]
async fn three_hosts_publish_what_is_due_each_once_originals_first_and_none_early() {
    if !database::is_wanted(Kind::Postgres) {
        return;
    }
    let newsroom = newsroom_with_seed(Kind::Postgres);
    newsroom.account("press@example.org", "publisher", &[]);
    let servers = [newsroom.serve().await, newsroom.serve().await, newsroom.serve().await];
    let mut planner = Planner::new(&servers).await;
    let begun = Instant::now();
    let mut singles = Vec::new();
    for number in 0..40 {
        singles.push(planner.draft(&format!("Single {number}"), &[]).await);
    }
    let mut translated = Vec::new();
    for number in 0..10 {
        translated.push(planner.draft(&format!("Translated {number}"), &["ru", "sq"]).await);
    }
    let mut bundled = Vec::new();
    for number in 0..12 {
        bundled.push(planner.draft(&format!("Bundled {number}"), &["ru"]).await);
    }
    let (first, second) = (
        planner.draft("First", &["ru"]).await,
        planner.draft("Second", &["ru"]).await,
    );
    // However slow the machine is: to schedule them takes no longer than to write them.
    let took = i64::try_from(begun.elapsed().as_micros()).unwrap();
    let hour = chrono::Utc::now().timestamp_micros() + 2 * took + 3_000_000;

    // All at one instant, or spread over some seconds.
    for (number, release) in (0..).zip(&singles) {
        let at = if number < 25 {
            hour
        } else {
            hour + (number - 25) * 150_000
        };
        planner.schedule(release, "en", at).await;
    }
    for (number, release) in (0..).zip(&translated) {
        let release = planner.schedule(release, "en", hour).await;
        let release = planner.schedule(&release, "sq", hour).await;
        planner.schedule(&release, "ru", hour + number % 2 * 700_000).await;
    }
    for (number, pair) in (0..).zip(bundled.chunks(2)) {
        let items = [(&pair[0], "ru"), (&pair[1], "ru"), (&pair[0], "en"), (&pair[1], "en")];
        planner.bundle(&items, hour + number % 3 * 400_000).await;
    }
    // One waits for the other: an original, then a bundle with its translation, then one after what is in the bundle.
    planner.schedule(&first, "en", hour).await;
    planner.bundle(&[(&first, "ru"), (&second, "en")], hour).await;
    planner
        .schedule(&read(&planner.desks[0], &second).await, "ru", hour)
        .await;

    until_nothing_is_scheduled(&newsroom).await;
    assert_each_went_live_once(&newsroom, &planner.plan).await;
    assert_none_went_live_early(&newsroom, &planner.plan).await;
    assert_originals_went_first(&newsroom).await;
    assert_whole(&newsroom).await;
    assert_accounted_for(&newsroom).await;
}

/// Somebody who writes and schedules, at one host after the other.
struct Planner {
    desks: Vec<Client>,
    next: usize,
    plan: Plan,
}

impl Planner {
    async fn new(servers: &[Server]) -> Self {
        let mut desks = Vec::new();
        for server in servers {
            desks.push(server.client().signed_in("press@example.org").await);
        }
        Self {
            desks,
            next: 0,
            plan: Plan::new(),
        }
    }

    fn desk(&mut self) -> Client {
        self.next += 1;
        self.desks[self.next % self.desks.len()].clone()
    }

    async fn draft(&mut self, title: &str, locales: &[&str]) -> Value {
        let desk = self.desk();
        let mut release = create(&desk, title).await;
        for locale in locales {
            let input = json!({"id": release["id"], "version": 1, "locale": locale, "text": {"title": format!("{title}, {locale}")}});
            release = done(&desk, "addTranslation", input).await;
        }
        release
    }

    async fn schedule(&mut self, release: &Value, locale: &str, at: i64) -> Value {
        let schedule = json!({"schedule": {"at": written(at)}});
        let release = stepped(&self.desk(), "scheduleTranslation", release, locale, schedule).await;
        assert_eq!(text(&release, locale)["stage"], "SCHEDULED");
        self.remember(&release, locale, at);
        release
    }

    async fn bundle(&mut self, items: &[(&Value, &str)], at: i64) {
        let given: Vec<Value> = items
            .iter()
            .map(
                |(release, locale)| json!({"id": release["id"], "locale": locale, "version": version(release, locale)}),
            )
            .collect();
        let mutation = "mutation($input: ScheduleBundleInput!) { scheduleBundle(input: $input) { bundle } }";
        let input = json!({"input": {"items": given, "schedule": {"at": written(at)}}});
        self.desk().ask(mutation, input).await;
        for (release, locale) in items {
            self.remember(release, locale, at);
        }
    }

    fn remember(&mut self, release: &Value, locale: &str, at: i64) {
        let uuid = release["uuid"].as_str().unwrap().to_owned();
        self.plan.insert((uuid, locale.to_owned()), at);
    }
}

fn written(micros: i64) -> String {
    let at = chrono::DateTime::from_timestamp_micros(micros).unwrap();
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// One change and one entry of the audit trail each.
async fn assert_each_went_live_once(newsroom: &Newsroom, plan: &Plan) {
    let given_up = newsroom
        .column("SELECT detail FROM audit_entry WHERE action = 'give-up-schedule'")
        .await;
    assert_eq!(given_up, Vec::<String>::new());
    let mut audited: Vec<(String, String)> = audited_translations(newsroom)
        .await
        .into_iter()
        .filter(|(action, _)| action == "publish-scheduled")
        .map(|(_, detail)| {
            let text = |key: &str| detail[key].as_str().unwrap().to_owned();
            (text("release"), text("locale"))
        })
        .collect();
    audited.sort();
    let planned: Vec<(String, String)> = plan.keys().cloned().collect();
    assert_eq!(audited, planned);
    let mut changes = newsroom
        .column(
            "SELECT subject_id::text || ' ' || kind || ' ' || COALESCE(locale, 'en') FROM change WHERE origin = 'desk'",
        )
        .await;
    changes.sort();
    let mut expected: Vec<String> = plan
        .keys()
        .map(|(release, locale)| match locale.as_str() {
            "en" => format!("{release} published en"),
            _ => format!("{release} translation-published {locale}"),
        })
        .collect();
    expected.sort();
    assert_eq!(changes, expected);
}

/// By the clock of PostgreSQL.
async fn assert_none_went_live_early(newsroom: &Newsroom, plan: &Plan) {
    let live = newsroom
        .column("SELECT release_id::text || ' ' || locale || ' ' || published_at FROM translation WHERE changed_by = 'scheduler'")
        .await;
    assert_eq!(live.len(), plan.len());
    for row in live {
        let parts: Vec<&str> = row.split(' ').collect();
        let due = plan[&(parts[0].to_owned(), parts[1].to_owned())];
        let went_live: i64 = parts[2].parse().unwrap();
        assert!(went_live >= due, "{row} was due at {due}");
    }
    for row in newsroom
        .column("SELECT id::text || ' ' || published_at FROM live_release WHERE id IN (SELECT release_id FROM translation WHERE changed_by = 'scheduler')")
        .await
    {
        let (release, date) = row.split_once(' ').unwrap();
        let due = plan[&(release.to_owned(), "en".to_owned())];
        assert_eq!(date, due.to_string(), "the publishing date is the scheduled instant");
    }
}

async fn assert_originals_went_first(newsroom: &Newsroom) {
    let backwards = "SELECT count(*) FROM change o JOIN change t ON t.subject_id = o.subject_id WHERE o.kind = 'published' AND t.kind = 'translation-published' AND t.sequence < o.sequence";
    assert_eq!(newsroom.number(backwards).await, 0);
}
