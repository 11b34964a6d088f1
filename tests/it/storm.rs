//! Several people at once, in several languages, who do whatever comes into their heads: each answer is right, or a refusal that
//! says why; nothing is lost, and all of it is in the audit trail.

use std::collections::BTreeMap;
use std::sync::Arc;

use newsroom_tests::random::Random;
use newsroom_tests::{Answer, Client, Kind, on_both};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::archive::newsroom_with_seed;
use crate::press::{create, read, send, soon, version};
use crate::whole::{assert_accounted_for, assert_whole, until_nothing_is_scheduled};

on_both!(whatever_people_do_at_once_nothing_breaks);

/// Who they are, and in what roles.
const PEOPLE: [(&str, &str); 5] = [
    ("author@example.org", "author"),
    ("first-editor@example.org", "editor"),
    ("second-editor@example.org", "editor"),
    ("first-publisher@example.org", "publisher"),
    ("second-publisher@example.org", "publisher"),
];
/// How many commands each of them gives.
const COMMANDS: usize = 120;
const LOCALES: [&str; 3] = ["en", "ru", "sq"];

/// Commands that were accepted, by their names in the audit trail.
type Accepted = BTreeMap<&'static str, i64>;

async fn whatever_people_do_at_once_nothing_breaks(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    for (email, role) in PEOPLE {
        newsroom.account(email, role, &[]);
    }
    let server = newsroom.serve().await;
    let releases = Arc::new(Mutex::new(Vec::new()));
    let mut storm = JoinSet::new();
    for (seed, (email, role)) in (1..).zip(PEOPLE) {
        let person = Person {
            desk: server.client().signed_in(email).await,
            publishes: role == "publisher",
            random: Random::new(seed),
            releases: Arc::clone(&releases),
            earlier: BTreeMap::new(),
            accepted: Accepted::new(),
            refused: 0,
        };
        storm.spawn(person.act(email));
    }
    let mut accepted = Accepted::new();
    let mut refused = 0;
    for person in storm.join_all().await {
        refused += person.refused;
        for (action, count) in person.accepted {
            *accepted.entry(action).or_default() += count;
        }
    }
    until_nothing_is_scheduled(&newsroom).await;
    let audited = newsroom
        .column("SELECT action FROM audit_entry WHERE actor LIKE 'account:%' AND detail LIKE '%versionBefore%'")
        .await;
    let mut counted = BTreeMap::new();
    for action in &audited {
        *counted.entry(action.as_str()).or_default() += 1;
    }
    assert_eq!(counted, accepted);
    assert_whole(&newsroom).await;
    assert_accounted_for(&newsroom).await;
    // A storm in which hardly anything is done would prove little.
    let done: i64 = accepted.values().sum();
    let is_enough = done > 150 && refused > 50 && accepted.len() > 14;
    assert!(is_enough, "{refused} refused, {done} accepted: {accepted:?}");
}

/// How many releases they all work on, or a few more.
const MOST_RELEASES: usize = 10;

struct Person {
    desk: Client,
    publishes: bool,
    random: Random,
    /// The releases that there are, by anybody.
    releases: Arc<Mutex<Vec<Value>>>,
    /// An early edition of each translation that they have looked at.
    earlier: BTreeMap<(String, String), Value>,
    accepted: Accepted,
    refused: usize,
}

impl Person {
    async fn act(mut self, name: &str) -> Self {
        for number in 0..COMMANDS {
            self.command(&format!("{name} {number}")).await;
        }
        self
    }

    async fn command(&mut self, fresh: &str) {
        let Some(release) = self.some_release().await else {
            // An author sees their own alone.
            if self.random.chance(40) {
                self.create(fresh).await;
            }
            return;
        };
        let at = soon(300 + i64::try_from(self.random.below(1_500)).unwrap());
        let locale = *self.random.pick_skewed(&LOCALES);
        let other = *self.random.pick(&["ru", "sq"]);
        match self.wish() {
            0..4 if self.releases.lock().await.len() < MOST_RELEASES => self.create(fresh).await,
            0..12 => self.add(&release, other, fresh).await,
            12..26 => {
                let more = json!({"text": {"title": format!("Title {fresh}")}});
                self.step("updateTranslation", "update-translation", &release, locale, more)
                    .await;
            }
            26..30 => {
                let more = json!({"text": {"lead": format!("Lead {fresh}")}});
                self.on_all("updateRelease", "update-release", &release, more).await;
            }
            30..38 => {
                self.step("submitForReview", "submit-draft", &release, locale, json!({}))
                    .await
            }
            38..42 => {
                let more = json!({"comment": "Who arrives?"});
                self.step("requestChanges", "request-changes", &release, locale, more)
                    .await;
            }
            42..48 => {
                self.step("approveDraft", "approve-draft", &release, locale, json!({}))
                    .await
            }
            48..57 => {
                let more = json!({"schedule": {"at": at}});
                self.step("scheduleTranslation", "schedule-translation", &release, locale, more)
                    .await;
            }
            57..62 => {
                self.step(
                    "unscheduleTranslation",
                    "unschedule-translation",
                    &release,
                    locale,
                    json!({}),
                )
                .await;
            }
            62..74 => {
                self.step("publishTranslation", "publish-translation", &release, locale, json!({}))
                    .await
            }
            74..78 => {
                self.step("discardDraft", "discard-draft", &release, locale, json!({}))
                    .await
            }
            78..82 => self.restore(&release, locale).await,
            82..85 => {
                self.step(
                    "takeDownTranslation",
                    "take-down-translation",
                    &release,
                    other,
                    json!({}),
                )
                .await
            }
            85..88 => {
                self.step(
                    "reinstateTranslation",
                    "reinstate-translation",
                    &release,
                    other,
                    json!({}),
                )
                .await;
            }
            88..90 => {
                let more = json!({"notice": [{"locale": "en", "text": "A mistake."}]});
                self.on_all("withdrawRelease", "withdraw-release", &release, more).await;
            }
            90..92 => {
                let more = json!({"reason": "A mistake."});
                self.on_all("removeRelease", "remove-release", &release, more).await;
            }
            92..95 => {
                self.on_all("reinstateRelease", "reinstate-release", &release, json!({}))
                    .await
            }
            95..97 => {
                self.bundle("publishBundle", "publish-bundle", &release, json!({}))
                    .await
            }
            _ => {
                let more = json!({"schedule": {"at": at}});
                self.bundle("scheduleBundle", "schedule-bundle", &release, more).await;
            }
        }
    }

    /// What they wish to do: mostly what their role is there for.
    fn wish(&mut self) -> usize {
        match (self.publishes, self.random.chance(75)) {
            (true, true) => 48 + self.random.below(52),
            (false, true) => self.random.below(48),
            (_, false) => self.random.below(100),
        }
    }

    /// A release as this person sees it now; none, where there is none yet, or it is not theirs to see.
    async fn some_release(&mut self) -> Option<Value> {
        let id = {
            let releases = self.releases.lock().await;
            (!releases.is_empty()).then(|| self.random.pick(&releases[..]).clone())?
        };
        let release = read(&self.desk, &json!({"id": id})).await;
        (!release.is_null()).then_some(release)
    }

    /// The version that they take it to have: mostly the right one.
    fn seen(&mut self, release: &Value, locale: &str) -> i64 {
        let texts = release["translations"].as_array().unwrap();
        let is_there = texts.iter().any(|text| text["locale"] == locale);
        let version = if is_there { version(release, locale) } else { 1 };
        version - i64::from(self.random.chance(8))
    }

    async fn create(&mut self, title: &str) {
        let release = create(&self.desk, title).await;
        assert_eq!(version(&release, "en"), 1);
        *self.accepted.entry("create-release").or_default() += 1;
        self.releases.lock().await.push(release["id"].clone());
    }

    async fn add(&mut self, release: &Value, locale: &str, title: &str) {
        let seen = self.seen(release, "en");
        let input = json!({"id": release["id"], "version": seen, "locale": locale, "text": {"title": title}});
        let answer = send(&self.desk, "addTranslation", input).await;
        if self.is_accepted("add-translation", &answer) {
            assert_eq!(*answer.data("/done/version"), 1);
        }
    }

    /// A step of one translation, after which its version is one more than was seen.
    async fn step(&mut self, command: &str, action: &'static str, release: &Value, locale: &str, more: Value) {
        let seen = self.seen(release, locale);
        let input = json!({"id": release["id"], "locale": locale, "version": seen});
        self.send(command, action, seen, input, more).await;
    }

    /// A step of the whole release, which tells by the original's version.
    async fn on_all(&mut self, command: &str, action: &'static str, release: &Value, more: Value) {
        let seen = self.seen(release, "en");
        let input = json!({"id": release["id"], "version": seen});
        self.send(command, action, seen, input, more).await;
    }

    async fn send(&mut self, command: &str, action: &'static str, seen: i64, mut input: Value, more: Value) {
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        let answer = send(&self.desk, command, input).await;
        // What is restored may be what is there.
        if action == "restore-edition" && *answer.data("/done/version") == seen {
            return;
        }
        if self.is_accepted(action, &answer) {
            assert_eq!(*answer.data("/done/version"), seen + 1, "{command}");
        }
    }

    async fn restore(&mut self, release: &Value, locale: &str) {
        let query = "query($id: ID!) { deskRelease(id: $id) { translations { locale draft { uuid } live { uuid } } } }";
        let editions = self.desk.ask(query, json!({"id": release["id"]})).await;
        let texts = editions["deskRelease"]["translations"].as_array().unwrap();
        let Some(text) = texts.iter().find(|text| text["locale"] == locale) else {
            return;
        };
        let now = ["draft", "live"].map(|pointer| text[pointer]["uuid"].clone());
        let now = now.into_iter().find(|edition| !edition.is_null());
        let known = (release["id"].to_string(), locale.to_owned());
        let earlier = match (self.earlier.get(&known), now) {
            (Some(earlier), _) => earlier.clone(),
            (None, Some(now)) => self.earlier.entry(known).or_insert(now).clone(),
            (None, None) => return,
        };
        let more = json!({"edition": earlier});
        self.step("restoreEdition", "restore-edition", release, locale, more)
            .await;
    }

    /// Several translations of one release and the original of another, or, now and then, an end to a bundle.
    async fn bundle(&mut self, command: &str, action: &'static str, release: &Value, more: Value) {
        let texts = release["translations"].as_array().unwrap();
        let planned = texts.iter().find(|text| text["schedule"]["bundle"].is_string());
        if let Some(planned) = planned {
            let mutation = "mutation($bundle: ID!) { done: unscheduleBundle(input: {bundle: $bundle}) { bundle } }";
            let answer = self
                .desk
                .graphql(mutation, json!({"bundle": planned["schedule"]["bundle"]}))
                .await;
            self.is_accepted("unschedule-bundle", &answer);
            return;
        }
        let drafted = |text: &&Value| !text["draft"].is_null();
        let mut items: Vec<Value> = Vec::new();
        let other = self.some_release().await.filter(|other| other["id"] != release["id"]);
        for part in [Some(release), other.as_ref()].into_iter().flatten() {
            for text in part["translations"].as_array().unwrap().iter().filter(drafted) {
                let locale = text["locale"].as_str().unwrap();
                items.push(json!({"id": part["id"], "locale": locale, "version": self.seen(part, locale)}));
            }
        }
        let mut name = command.to_owned();
        name[..1].make_ascii_uppercase();
        let mutation = format!(
            "mutation($input: {name}Input!) {{ done: {command}(input: $input) {{ translations {{ locale version }} }} }}"
        );
        let mut input = json!({"items": items});
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        let answer = self.desk.graphql(&mutation, json!({"input": input})).await;
        if self.is_accepted(action, &answer) {
            for (done, item) in answer.data("/done/translations").as_array().unwrap().iter().zip(&items) {
                assert_eq!(done["locale"], item["locale"]);
                assert_eq!(done["version"], item["version"].as_i64().unwrap() + 1, "{command}");
            }
        }
    }

    /// Whether a command was accepted, which is counted; a refusal is one that is the caller's, and says why.
    fn is_accepted(&mut self, action: &'static str, answer: &Answer) -> bool {
        assert!(
            answer.status.as_u16() < 500,
            "{action}: {} {}",
            answer.status,
            answer.text
        );
        let codes = answer.codes();
        if codes.is_empty() {
            *self.accepted.entry(action).or_default() += 1;
            return true;
        }
        let ours = ["CONFLICT", "VALIDATION_FAILED", "FORBIDDEN", "NOT_FOUND"];
        assert!(
            codes.iter().all(|code| ours.contains(code)),
            "{action}: {}",
            answer.text
        );
        assert!(!answer.message().is_empty());
        self.refused += 1;
        false
    }
}
