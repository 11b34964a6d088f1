//! Paging while the archive changes: whoever goes through a list, forward or back, misses nothing that is there all the time, and
//! meets nothing twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use newsroom_tests::client::texts;
use newsroom_tests::random::Random;
use newsroom_tests::{Client, Kind, Newsroom, on_both};
use serde_json::{Value, json};

use crate::press::{done, publish, read, stepped, text, version};

on_both!(whoever_pages_misses_nothing_that_stays_and_meets_nothing_twice);

/// How many releases there are at first, a sixth of them in each [`class`].
const RELEASES: usize = 90;
/// How many acts the desk does meanwhile, at the least.
const ACTS: usize = 110;
/// How many ways through a list each reader is disturbed on, at the least: with readers who are always through before the desk
/// has done anything, nothing would be shown. However slow the machine is, the desk goes on until then.
const DISTURBED: usize = 11;
/// And how many acts it does at the most.
const MOST_ACTS: usize = 2_000;
const OFFICES: [&str; 3] = ["odihr", "albania", "secretariat"];
const THEMES: [&str; 3] = ["elections", "media-freedom", "environment"];
const TYPES: [&str; 2] = ["news", "press-release"];

const PAGE: &str =
    "query($filter: ReleaseFilter, $order: ReleaseOrder, $first: Int, $after: String, $last: Int, $before: String) {
  releases(filter: $filter, orderBy: $order, first: $first, after: $after, last: $last, before: $before) {
    totalCount nodes { slug } pageInfo { hasNextPage endCursor hasPreviousPage startCursor } } }";

/// The orders of lists, and what of a filter each of them needs.
fn orders() -> Vec<(&'static str, Value)> {
    vec![
        ("NEWEST", json!({})),
        ("OLDEST", json!({})),
        ("RELEVANCE", json!({"search": "observers"})),
    ]
}

fn filters() -> Vec<Value> {
    vec![
        json!({}),
        json!({"offices": ["odihr"]}),
        json!({"offices": ["albania"], "withoutOffice": true, "themes": ["elections", "environment"]}),
        json!({"types": ["news"], "publishedFrom": "2024-02-01", "publishedTo": "2024-05-31"}),
    ]
}

/// What becomes of the release of that number: its slug begins with that.
fn class(number: usize) -> &'static str {
    [
        "goes",
        "moves",
        "stays-withdrawn",
        "stays-corrected",
        "stays-translated",
        "stays",
    ][number % 6]
}

fn stays(slug: &str) -> bool {
    slug.starts_with("stays")
}

/// One of a few instants, so that many releases share one.
fn any_instant(random: &mut Random) -> String {
    format!(
        "2024-{:02}-{:02}T10:00:00Z",
        1 + random.below(6),
        1 + 9 * random.below(3)
    )
}

/// A text that no act before has saved: a draft that is as what is live cannot be published.
fn lead(act: usize) -> Value {
    json!({"lead": format!("As of act {act}.")})
}

/// The newsroom before anything is done to it.
fn newsroom(kind: Kind) -> Newsroom {
    Newsroom::prepared(kind, "paging", |newsroom| {
        let mut random = Random::new(1);
        let line = |number: usize| {
            let mut translations = json!({"en": {"title": format!("Observers {number}")}});
            if class(number) == "stays-translated" {
                translations["ru"] = json!({"title": format!("Наблюдатели {number}")});
            }
            // Nothing of some kind now and then.
            let mut any = |slugs: &[&'static str]| {
                let count = random.below(3);
                (0..count).map(|_| *random.pick(slugs)).collect::<BTreeSet<_>>()
            };
            json!({"sourceId": number.to_string(), "state": "live", "slug": format!("{}-{number}", class(number)),
                "offices": any(&OFFICES), "themes": any(&THEMES), "type": any(&TYPES).first(), "publishedAt": any_instant(&mut random),
                "originalLocale": "en", "translations": translations})
            .to_string()
        };
        let lines: Vec<String> = (0..RELEASES).map(line).collect();
        let file = newsroom.file("paging.jsonl", &lines.join("\n"));
        newsroom.run(&["import", &file]).expect_success();
    })
}

/// A list that is gone through.
struct List {
    order: &'static str,
    filter: Value,
    /// Those that stay, in their order.
    staying: Vec<String>,
}

impl List {
    async fn of(client: &Client, (order, needs): (&'static str, Value), filter: &Value) -> Self {
        let mut filter = filter.clone();
        filter
            .as_object_mut()
            .unwrap()
            .extend(needs.as_object().unwrap().clone());
        let mut list = Self {
            order,
            filter,
            staying: Vec::new(),
        };
        list.staying = list.walk(client, true, 100).await;
        list.staying.retain(|slug| stays(slug));
        assert!(list.staying.len() > 5, "{order} {}", list.filter);
        list
    }

    /// All that is met on the way through the list, in the list's order whichever way that is.
    async fn walk(&self, client: &Client, forwards: bool, size: usize) -> Vec<String> {
        let (count, from, more, end) = if forwards {
            ("first", "after", "/hasNextPage", "/endCursor")
        } else {
            ("last", "before", "/hasPreviousPage", "/startCursor")
        };
        let mut met: Vec<String> = Vec::new();
        let mut cursor = Value::Null;
        loop {
            let variables = json!({"filter": self.filter, "order": self.order, count: size, from: cursor});
            let page = client.ask(PAGE, variables).await["releases"].take();
            let slugs = texts(&page["nodes"], "/slug");
            let at = if forwards { met.len() } else { 0 };
            met.splice(at..at, slugs);
            if page["pageInfo"].pointer(more) != Some(&json!(true)) {
                return met;
            }
            cursor = page["pageInfo"].pointer(end).unwrap().clone();
        }
    }

    /// Goes through it once, and looks at what was met.
    async fn is_gone_through(&self, client: &Client, forwards: bool, size: usize) {
        let met = self.walk(client, forwards, size).await;
        let way = if forwards { "forwards" } else { "backwards" };
        let how = format!("{way} through {} {}, {size} a page: {met:?}", self.order, self.filter);
        let staying: Vec<&String> = met.iter().filter(|slug| stays(slug)).collect();
        assert_eq!(staying, self.staying.iter().collect::<Vec<_>>(), "{how}");
        // What is given another place may be met at both.
        let mut seen = BTreeSet::new();
        for slug in met.iter().filter(|slug| !slug.starts_with("moves")) {
            assert!(seen.insert(slug), "{slug} twice, {how}");
        }
    }
}

/// What the desk and the readers know of one another.
#[derive(Default)]
struct Meanwhile {
    /// How many acts were done.
    acts: AtomicUsize,
    /// Of each reader, how many ways through a list had an act on the way.
    disturbed: [AtomicUsize; 2],
    /// Whether the desk has done all its acts.
    is_over: AtomicBool,
}

impl Meanwhile {
    fn disturbed(&self) -> [usize; 2] {
        self.disturbed.each_ref().map(|times| times.load(Ordering::Relaxed))
    }

    /// Whether the desk has to go on after so many acts.
    fn goes_on(&self, acts: usize) -> bool {
        acts < ACTS || (acts < MOST_ACTS && self.disturbed().iter().any(|times| *times < DISTURBED))
    }
}

/// Goes through the lists, both ways, again and again until the desk has done all its acts.
async fn read_on(client: &Client, lists: &[List], reader: usize, meanwhile: &Meanwhile) {
    let mut random = Random::new(3 + reader as u64);
    while !meanwhile.is_over.load(Ordering::Relaxed) {
        for (list, forwards) in lists.iter().flat_map(|list| [(list, true), (list, false)]) {
            let before = meanwhile.acts.load(Ordering::Relaxed);
            list.is_gone_through(client, forwards, 2 + random.below(9)).await;
            let is_disturbed = meanwhile.acts.load(Ordering::Relaxed) > before;
            meanwhile.disturbed[reader].fetch_add(usize::from(is_disturbed), Ordering::Relaxed);
        }
    }
}

/// The desk, which does one thing after another.
struct Desk {
    client: Client,
    random: Random,
    /// The ids of what was there at first, by number.
    ids: Vec<String>,
    /// How often each thing was done.
    done: BTreeMap<&'static str, usize>,
}

impl Desk {
    async fn new(server: &Client) -> Self {
        let list = server
            .ask("{ releases(first: 100) { nodes { id slug } } }", json!({}))
            .await;
        let nodes = &list["releases"]["nodes"];
        let (ids, slugs) = (texts(nodes, "/id"), texts(nodes, "/slug"));
        let by_slug: BTreeMap<String, String> = slugs.into_iter().zip(ids).collect();
        let slug = |number| format!("{}-{number}", class(number));
        Self {
            client: server.signed_in("press@example.org").await,
            random: Random::new(2),
            ids: (0..RELEASES).map(|number| by_slug[&slug(number)].clone()).collect(),
            done: BTreeMap::new(),
        }
    }

    /// Does all its acts.
    async fn act(mut self, meanwhile: &Meanwhile) -> BTreeMap<&'static str, usize> {
        for number in (0..).take_while(|number| meanwhile.goes_on(*number)) {
            let act = if self.random.chance(25) {
                self.publish_another(number).await
            } else {
                let place = self.random.below(RELEASES);
                let release = read(&self.client, &json!({"id": self.ids[place]})).await;
                match class(place) {
                    "goes" => self.take_away_or_back(&release, number).await,
                    "moves" => self.give_another_date(&release, number).await,
                    "stays-withdrawn" => self.withdraw_or_reinstate(&release).await,
                    "stays-translated" => self.take_down_or_put_back(&release).await,
                    _ => self.correct(&release, number).await,
                }
            };
            *self.done.entry(act).or_default() += 1;
            meanwhile.acts.fetch_add(1, Ordering::Relaxed);
        }
        meanwhile.is_over.store(true, Ordering::Relaxed);
        self.done
    }

    async fn publish_another(&mut self, number: usize) -> &'static str {
        let input = json!({"originalLocale": "en", "slug": format!("new-{number}"), "publishedAt": any_instant(&mut self.random),
            "offices": [self.random.pick(&OFFICES)], "themes": [self.random.pick(&THEMES)], "type": self.random.pick(&TYPES),
            "text": {"title": format!("Observers of act {number}")}});
        let draft = done(&self.client, "createRelease", input).await;
        publish(&self.client, &draft, "en").await;
        "publish"
    }

    /// Removes it, files it elsewhere, or reinstates it.
    async fn take_away_or_back(&mut self, release: &Value, number: usize) -> &'static str {
        let mut input = json!({"id": release["id"], "version": version(release, "en")});
        if release["state"] == "REMOVED" {
            done(&self.client, "reinstateRelease", input).await;
            "reinstate"
        } else if self.random.chance(50) {
            input["reason"] = "A mistake".into();
            done(&self.client, "removeRelease", input).await;
            "remove"
        } else {
            input["offices"] = json!([self.random.pick(&OFFICES)]);
            input["text"] = lead(number);
            let draft = done(&self.client, "updateRelease", input).await;
            publish(&self.client, &draft, "en").await;
            "file elsewhere"
        }
    }

    async fn give_another_date(&mut self, release: &Value, number: usize) -> &'static str {
        let input = json!({"id": release["id"], "version": version(release, "en"), "publishedAt": any_instant(&mut self.random), "text": lead(number)});
        let draft = done(&self.client, "updateRelease", input).await;
        publish(&self.client, &draft, "en").await;
        "give another date"
    }

    async fn withdraw_or_reinstate(&mut self, release: &Value) -> &'static str {
        let mut input = json!({"id": release["id"], "version": version(release, "en")});
        if release["state"] == "WITHDRAWN" {
            done(&self.client, "reinstateRelease", input).await;
            "reinstate"
        } else {
            input["notice"] = json!([{"locale": "en", "text": "Under review."}]);
            done(&self.client, "withdrawRelease", input).await;
            "withdraw"
        }
    }

    async fn take_down_or_put_back(&mut self, release: &Value) -> &'static str {
        let is_down = !text(release, "ru")["takenDownAt"].is_null();
        let (command, act) = if is_down {
            ("reinstateTranslation", "put a translation back")
        } else {
            ("takeDownTranslation", "take a translation down")
        };
        stepped(&self.client, command, release, "ru", json!({})).await;
        act
    }

    async fn correct(&mut self, release: &Value, number: usize) -> &'static str {
        let edit = json!({"text": lead(number)});
        let draft = stepped(&self.client, "updateTranslation", release, "en", edit).await;
        let note = json!({"correction": {"level": "MAJOR", "changeNote": "The lead was wrong."}});
        stepped(&self.client, "publishTranslation", &draft, "en", note).await;
        "correct"
    }
}

async fn whoever_pages_misses_nothing_that_stays_and_meets_nothing_twice(kind: Kind) {
    let newsroom = newsroom(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let reader = server.client();
    let mut lists = Vec::new();
    for order in orders() {
        for filter in filters() {
            lists.push(List::of(reader, order.clone(), &filter).await);
        }
    }
    let meanwhile = Meanwhile::default();
    let (some, others) = lists.split_at(lists.len() / 2);
    let (done, (), ()) = tokio::join!(
        async { Desk::new(reader).await.act(&meanwhile).await },
        read_on(reader, some, 0, &meanwhile),
        read_on(reader, others, 1, &meanwhile),
    );
    let [first, second] = meanwhile.disturbed();
    assert!(first > 10 && second > 10, "{first} and {second} were disturbed");
    assert_eq!(done.len(), 9, "all that there is to do was done: {done:?}");
    // At rest again, both ways have the same, and all of it.
    for list in &lists {
        let forwards = list.walk(reader, true, 7).await;
        assert_eq!(forwards, list.walk(reader, false, 10).await);
        let page = reader
            .ask(PAGE, json!({"filter": list.filter, "order": list.order}))
            .await;
        assert_eq!(page["releases"]["totalCount"], forwards.len());
        list.is_gone_through(reader, true, 100).await;
    }
}
