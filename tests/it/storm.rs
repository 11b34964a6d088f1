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
    for (seed, (email, _)) in (1..).zip(PEOPLE) {
        let person = Person {
            desk: server.client().signed_in(email).await,
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
        .column(
            // A bundle has an entry for each of its translations, all of one instant.
            "SELECT action FROM (SELECT DISTINCT action, actor, at FROM audit_entry \
             WHERE actor LIKE 'account:%' AND detail LIKE '%versionBefore%') AS acts",
        )
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
    let is_enough = done > 150 && refused > 50 && accepted.len() > 12;
    assert!(is_enough, "{refused} refused, {done} accepted: {accepted:?}");
}

/// How many releases they all work on, or a few more.
const MOST_RELEASES: usize = 10;

/// A command, and its name in the audit trail.
type Command = (&'static str, &'static str);

const CREATE: Command = ("createRelease", "create-release");
const ADD: Command = ("addTranslation", "add-translation");
const SAVE: Command = ("updateTranslation", "update-translation");
const SAVE_SHARED: Command = ("updateRelease", "update-release");
const SUBMIT: Command = ("submitForReview", "submit-draft");
const REQUEST_CHANGES: Command = ("requestChanges", "request-changes");
const APPROVE: Command = ("approveDraft", "approve-draft");
const SCHEDULE: Command = ("scheduleTranslation", "schedule-translation");
const UNSCHEDULE: Command = ("unscheduleTranslation", "unschedule-translation");
const PUBLISH: Command = ("publishTranslation", "publish-translation");
const DISCARD: Command = ("discardDraft", "discard-draft");
const RESTORE: Command = ("restoreEdition", "restore-edition");
const TAKE_DOWN: Command = ("takeDownTranslation", "take-down-translation");
const PUT_BACK: Command = ("reinstateTranslation", "reinstate-translation");
const WITHDRAW: Command = ("withdrawRelease", "withdraw-release");
const REMOVE: Command = ("removeRelease", "remove-release");
const REINSTATE: Command = ("reinstateRelease", "reinstate-release");
const PUBLISH_BUNDLE: Command = ("publishBundle", "publish-bundle");
const SCHEDULE_BUNDLE: Command = ("scheduleBundle", "schedule-bundle");
const UNSCHEDULE_BUNDLE: Command = ("unscheduleBundle", "unschedule-bundle");

/// What comes into somebody's head, whether it fits or not.
const ANY: [Command; 20] = [
    CREATE,
    ADD,
    SAVE,
    SAVE_SHARED,
    SUBMIT,
    REQUEST_CHANGES,
    APPROVE,
    SCHEDULE,
    UNSCHEDULE,
    PUBLISH,
    DISCARD,
    RESTORE,
    TAKE_DOWN,
    PUT_BACK,
    WITHDRAW,
    REMOVE,
    REINSTATE,
    PUBLISH_BUNDLE,
    SCHEDULE_BUNDLE,
    UNSCHEDULE_BUNDLE,
];

/// What fits, as far as one who looks can tell.
fn fitting(release: &Value, locale: &str) -> &'static [Command] {
    let texts = release["translations"].as_array().unwrap();
    let Some(text) = texts.iter().find(|text| text["locale"] == locale) else {
        return &[ADD];
    };
    if ["WITHDRAWN", "REMOVED"].map(Value::from).contains(&release["state"]) {
        return &[REINSTATE];
    }
    match text["stage"].as_str() {
        Some("SCHEDULED") if !text["schedule"]["bundle"].is_null() => &[UNSCHEDULE_BUNDLE, CREATE],
        Some("SCHEDULED") => &[UNSCHEDULE, PUBLISH, CREATE, ADD],
        Some("IN_REVIEW") => &[APPROVE, APPROVE, REQUEST_CHANGES, PUBLISH],
        Some("APPROVED") => &[SCHEDULE, SCHEDULE_BUNDLE, PUBLISH, PUBLISH_BUNDLE, SAVE],
        Some(_) => &[
            SAVE,
            SUBMIT,
            SUBMIT,
            SCHEDULE,
            SCHEDULE_BUNDLE,
            PUBLISH,
            PUBLISH_BUNDLE,
            DISCARD,
        ],
        None if !text["takenDownAt"].is_null() => &[PUT_BACK],
        None if text["live"].is_null() => &[RESTORE, SAVE],
        None => &[SAVE, SAVE_SHARED, RESTORE, TAKE_DOWN, WITHDRAW, REMOVE],
    }
}

struct Person {
    desk: Client,
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
        let locale = *self.random.pick_skewed(&LOCALES);
        let fitting = fitting(&release, locale);
        let (command, action) = if self.random.chance(30) {
            *self.random.pick(&ANY)
        } else {
            *self.random.pick(fitting)
        };
        let at = soon(300 + i64::try_from(self.random.below(1_500)).unwrap());
        let more = match command {
            "updateTranslation" => json!({"text": {"title": format!("Title {fresh}")}}),
            "updateRelease" => json!({"text": {"lead": format!("Lead {fresh}")}}),
            "requestChanges" => json!({"comment": "Who arrives?"}),
            "scheduleTranslation" | "scheduleBundle" => json!({"schedule": {"at": at}}),
            "withdrawRelease" => json!({"notice": [{"locale": "en", "text": "A mistake."}]}),
            "removeRelease" => json!({"reason": "A mistake."}),
            _ => json!({}),
        };
        match command {
            "createRelease" if self.releases.lock().await.len() < MOST_RELEASES => self.create(fresh).await,
            "createRelease" => {}
            "addTranslation" => self.add(&release, locale, fresh).await,
            "restoreEdition" => self.restore(&release, locale).await,
            "publishBundle" | "scheduleBundle" => self.bundle(command, action, &release, more).await,
            "unscheduleBundle" => self.unschedule_bundle(&release).await,
            "updateRelease" | "withdrawRelease" | "removeRelease" | "reinstateRelease" => {
                self.on_all(command, action, &release, more).await;
            }
            _ => self.step(command, action, &release, locale, more).await,
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

    async fn unschedule_bundle(&mut self, release: &Value) {
        let texts = release["translations"].as_array().unwrap();
        let Some(planned) = texts.iter().find(|text| text["schedule"]["bundle"].is_string()) else {
            return;
        };
        let mutation = "mutation($bundle: ID!) { done: unscheduleBundle(input: {bundle: $bundle}) { bundle } }";
        let bundle = json!({"bundle": planned["schedule"]["bundle"]});
        let answer = self.desk.graphql(mutation, bundle).await;
        self.is_accepted("unschedule-bundle", &answer);
    }

    /// What has a draft of one release and of another.
    async fn bundle(&mut self, command: &str, action: &'static str, release: &Value, more: Value) {
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
