//! The leak matrix: every public way to read, found by introspection, against every state that is not live, and the seconds
//! about an embargo's end. A root field, an argument or an input that the matrix does not know fails it: give it its place here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use newsroom_tests::{Client, Kind, Newsroom, Server, on_both};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;
use crate::press::{done, publish, published, soon, step, stepped, text, until_stage, version};

on_both!(
    no_public_way_to_read_shows_what_is_not_live,
    what_was_live_and_is_not_any_more_shows_nowhere,
    an_embargo_ends_at_its_instant_for_every_way_to_read,
    what_needs_credentials_says_nothing_without_them,
);

/// Every word that readers are not to see begins so.
const SECRET: &str = "Embargoed";

/// The root fields that readers may ask for, with the arguments that they are asked with. `$id` and `$slug` stand for those
/// of what is looked for.
const PUBLIC: [(&str, &[&str]); 15] = [
    (
        "changes",
        &[
            "first: 100",
            "first: 100, filter: {offices: [\"osce-office-for-democratic-institutions-and-human-rights\"], locales: [\"en\", \"ru\"]}",
            "first: 100, filter: {withoutOffice: true, withoutTheme: true, withoutType: true}, locale: \"ru\"",
        ],
    ),
    (
        "releases",
        &[
            "first: 30",
            "last: 30, orderBy: OLDEST, locale: \"ru\"",
            "first: 30, filter: {offices: [\"osce-office-for-democratic-institutions-and-human-rights\"]}",
            "first: 30, filter: {themes: [\"elections\"]}",
            "first: 30, filter: {types: [\"press-release\"]}",
            "first: 30, filter: {withoutOffice: true, withoutTheme: true, withoutType: true}",
            "first: 30, filter: {publishedFrom: \"1990-01-01\", publishedTo: \"2990-01-01\"}",
            "first: 30, orderBy: RELEVANCE, filter: {search: \"embargoed arrive\", searchMode: ANY, anyLocale: true}",
            "first: 30, locale: \"ru\", filter: {search: \"embargoed\"}",
            // Nearly a word that none but the secret has.
            "first: 30, filter: {search: \"embargood\", anyLocale: true}",
        ],
    ),
    (
        "suggest",
        &[
            "prefix: \"embar\"",
            "prefix: \"embar\", locale: \"ru\"",
            "prefix: \"arri\"",
        ],
    ),
    ("release", &["id: $id", "slug: $slug", "slug: $slug, locale: \"ru\""]),
    ("address", &["slug: $slug"]),
    ("offices", &["", "kind: INSTITUTION, closed: false"]),
    ("officeGroups", &[""]),
    ("newsroom", &[""]),
    (
        "office",
        &["slug: \"osce-office-for-democratic-institutions-and-human-rights\""],
    ),
    ("themes", &[""]),
    ("theme", &["slug: \"elections\""]),
    ("contentTypes", &[""]),
    ("contentType", &["slug: \"press-release\""]),
    ("node", &["id: $id"]),
    ("nodes", &["ids: [$id]"]),
];

/// The addresses beside GraphQL that readers may get, each as it is asked.
const PLAIN: [&str; 16] = [
    "/feeds",
    "/feeds.opml",
    "/feeds/releases.atom",
    "/feeds/releases.rss",
    "/feeds/releases.json?availableIn=en",
    "/feeds/ru/releases.json?limit=100",
    "/feeds/releases.atom?archive=1",
    "/feeds/releases.atom?withoutOffice=true&withoutTheme=true&withoutType=true&from=1990-01-01&to=2990-01-01",
    "/feeds/themes/elections.atom",
    "/sitemap.xml",
    "/sitemaps/1.xml",
    "/v1/changes?limit=500",
    "/v1/changes?limit=500&withoutOffice=true&locale=en&locale=ru&knownTaxonomy=0",
    "/v1/export?limit=500",
    "/v1/export?limit=500&theme=elections&from=1990-01-01&to=2990-01-01",
    "/v1/releases?limit=100&anyLocale=true&q=embargoed",
];

/// The root fields that need credentials, each as it is asked.
const DESK: [&str; 13] = [
    "accounts { nodes { id } }",
    "account(id: $id) { id }",
    "deskRelease(id: $id) { id }",
    "deskReleases { totalCount nodes { id } }",
    "calendar(from: \"2000-01-01T00:00:00Z\", to: \"2999-01-01T00:00:00Z\") { release { id } }",
    "owedTranslations(publishedFrom: \"2000-01-01T00:00:00Z\") { release { id } }",
    "freezes { id }",
    "publishingRules { version }",
    "auditEntries { nodes { action releaseId detail } }",
    "deskEdition(id: $edition) { title }",
    "editionDifference(from: $edition, to: $edition) { from { title } }",
    "webhooks { id }",
    "webhook(id: $id) { id }",
];

/// What says who asks, and is null for readers.
const NOBODY: [&str; 1] = ["viewer"];

/// The arguments of fields below the root, with the values that they are asked with; those without any change nothing of what
/// is shown.
const ARGUMENTS: [(&str, &[&str]); 10] = [
    ("filter", &[]),
    ("orderBy", &[]),
    ("first", &["3"]),
    ("after", &[]),
    ("last", &[]),
    ("before", &[]),
    ("locale", &[]),
    ("format", &["HTML", "TEXT"]),
    ("locales", &[]),
    ("interval", &["MONTH"]),
];

/// The values that filters of readers have.
const FILTERS: [&str; 12] = [
    "offices",
    "themes",
    "types",
    "withoutOffice",
    "withoutTheme",
    "withoutType",
    "locales",
    "publishedFrom",
    "publishedTo",
    "search",
    "searchMode",
    "anyLocale",
];

/// The schema, as a client finds it out.
struct Schema(BTreeMap<String, Value>);

const INTROSPECTION: &str = "{ __schema { types { kind name possibleTypes { name } inputFields { name }
  fields(includeDeprecated: true) { name args { name } type { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } }";

impl Schema {
    async fn read(reader: &Client) -> Self {
        let answer = reader.ask(INTROSPECTION, json!({})).await;
        let types = answer["__schema"]["types"].as_array().unwrap();
        let named = types
            .iter()
            .map(|t| (t["name"].as_str().unwrap().to_owned(), t.clone()));
        Self(named.collect())
    }

    fn fields(&self, of: &str) -> &[Value] {
        self.0[of]["fields"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The type that a field has, whatever is around it.
    fn type_of(field: &Value) -> &str {
        let mut of = &field["type"];
        while !of["ofType"].is_null() {
            of = &of["ofType"];
        }
        of["name"].as_str().unwrap()
    }

    /// All that there is to be selected of a type, so many levels deep.
    fn all_of(&self, of: &str, depth: usize) -> String {
        let mut selected = String::from("__typename ");
        let possible = self.0[of]["possibleTypes"].as_array();
        if self.0[of]["kind"] != "OBJECT" {
            for one in possible.into_iter().flatten() {
                let one = one["name"].as_str().unwrap();
                write!(selected, "... on {one} {{ {} }} ", self.fields_of(one, depth)).unwrap();
            }
            return selected;
        }
        selected + &self.fields_of(of, depth)
    }

    fn fields_of(&self, of: &str, depth: usize) -> String {
        let mut selected = String::new();
        for field in self.fields(of) {
            let name = field["name"].as_str().unwrap();
            let inner = Self::type_of(field);
            let is_leaf = matches!(self.0[inner]["kind"].as_str().unwrap(), "SCALAR" | "ENUM");
            if !is_leaf && depth == 0 {
                continue;
            }
            let below = if is_leaf {
                String::new()
            } else {
                format!("{{ {} }}", self.all_of(inner, depth - 1))
            };
            for (number, arguments) in Self::arguments(of, field).into_iter().enumerate() {
                // One name for each type that has it, and for each way to ask.
                write!(selected, "{of}_{name}_{number}: {name}{arguments} {below} ").unwrap();
            }
        }
        selected
    }

    /// The ways to ask for a field.
    fn arguments(of: &str, field: &Value) -> Vec<String> {
        let mut ways = vec![String::new()];
        for argument in field["args"].as_array().unwrap() {
            let name = argument["name"].as_str().unwrap();
            let known = ARGUMENTS.iter().find(|(known, _)| *known == name);
            let (_, values) = known.unwrap_or_else(|| {
                panic!(
                    "the leak matrix does not know the argument {name} of {of}.{}",
                    field["name"]
                )
            });
            if !values.is_empty() {
                ways = values.iter().map(|value| format!("({name}: {value})")).collect();
            }
        }
        ways
    }

    /// Sees that the matrix knows all that there is to ask.
    fn assert_known(&self) {
        let roots: BTreeSet<&str> = self
            .fields("Query")
            .iter()
            .map(|field| field["name"].as_str().unwrap())
            .collect();
        let first_word = |asked: &'static str| asked.split(['(', ' ']).next().unwrap();
        let known = PUBLIC
            .iter()
            .map(|(name, _)| *name)
            .chain(DESK.into_iter().map(first_word))
            .chain(NOBODY);
        assert_eq!(roots, known.collect(), "the leak matrix knows these root fields");
        let filters = self.0["ReleaseFilter"]["inputFields"].as_array().unwrap().iter();
        let filters: BTreeSet<&str> = filters.map(|field| field["name"].as_str().unwrap()).collect();
        assert_eq!(filters, FILTERS.into(), "the leak matrix knows these filters");
    }
}

/// All that readers can ask, about something with that id and slug.
async fn everything(reader: &Client, schema: &Schema, id: &Value, slug: &str) -> BTreeMap<String, Value> {
    let mut answers = BTreeMap::new();
    for (root, ways) in PUBLIC {
        let field = schema
            .fields("Query")
            .iter()
            .find(|field| field["name"] == root)
            .unwrap();
        let all = schema.all_of(Schema::type_of(field), 3);
        for way in ways {
            let asked = way
                .replace("$id", &id.to_string())
                .replace("$slug", &json!(slug).to_string());
            let arguments = if asked.is_empty() {
                String::new()
            } else {
                format!("({asked})")
            };
            let answer = reader
                .graphql(&format!("{{ {root}{arguments} {{ {all} }} }}"), json!({}))
                .await;
            assert!(
                answer.errors().is_empty() || answer.codes() == ["NOT_FOUND"],
                "{root}{arguments}: {}",
                answer.text
            );
            answers.insert(format!("{root}({way})"), answer.body);
        }
    }
    for path in PLAIN {
        let answer = reader.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answers.insert(path.to_owned(), json!(answer.text));
    }
    answers
}

async fn serve(newsroom: &Newsroom) -> Server {
    let raised = [
        "PRICE",
        "ALIASES",
        "SELECTIONS",
        "TOKENS",
        "QUERY_BYTES",
        "BODY_BYTES",
        "DEPTH",
        "NESTING",
        "VALUES",
    ];
    let names: Vec<String> = raised.iter().map(|name| format!("NEWSROOM_LIMITS_{name}")).collect();
    let limits: Vec<(&str, &str)> = names
        .iter()
        .map(|name| {
            let small = name.ends_with("DEPTH") || name.ends_with("NESTING");
            (name.as_str(), if small { "60" } else { "1000000" })
        })
        .collect();
    newsroom
        .serve_with(&["--release-url", "https://example.org/{locale}/{slug}"], &limits)
        .await
}

/// A draft of which every word is secret.
async fn secret(desk: &Client, name: &str) -> Value {
    let body = json!({"format": "MARKDOWN", "text": format!("{SECRET} body")});
    let input = json!({"originalLocale": "en", "slug": format!("embargoed-{name}"), "type": "press-release", "themes": ["elections"],
        "offices": ["osce-office-for-democratic-institutions-and-human-rights"],
        "attachments": [{"url": "https://example.org/Embargoed.pdf", "title": format!("{SECRET} attachment")}],
        "text": {"title": format!("{SECRET} {name}"), "lead": format!("{SECRET} lead"), "body": body}});
    done(desk, "createRelease", input).await
}

async fn no_public_way_to_read_shows_what_is_not_live(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    newsroom.account("leaver@example.org", "publisher", &[]);
    let server = serve(&newsroom).await;
    let reader = server.client();
    let schema = Schema::read(reader).await;
    schema.assert_known();
    let desk = reader.signed_in("press@example.org").await;
    let live = done(
        &desk,
        "createRelease",
        json!({"originalLocale": "en", "text": {"title": "Observers arrive"}}),
    )
    .await;
    let live = publish(&desk, &live, "en").await;
    let (nobody, nowhere) = (
        json!(URL_SAFE_NO_PAD.encode("Release:0192f3a4-7b5c-7def-8123-456789abcdef")),
        "embargoed-nowhere",
    );
    let about_live = everything(reader, &schema, &live["id"], "observers-arrive").await;
    let about_nothing = everything(reader, &schema, &nobody, nowhere).await;
    assert!(
        about_live
            .values()
            .any(|answer| answer.to_string().contains("Observers arrive"))
    );

    // Every state that is not live.
    let written = secret(&desk, "written").await;
    let in_review = stepped(
        &desk,
        "submitForReview",
        &secret(&desk, "in-review").await,
        "en",
        json!({}),
    )
    .await;
    let approved = stepped(&desk, "approveDraft", &secret(&desk, "approved").await, "en", json!({})).await;
    let far = json!({"schedule": {"at": "2099-01-01T00:00:00Z"}});
    let scheduled = stepped(
        &desk,
        "scheduleTranslation",
        &secret(&desk, "scheduled").await,
        "en",
        far,
    )
    .await;
    let discarded = stepped(
        &desk,
        "discardDraft",
        &secret(&desk, "discarded").await,
        "en",
        json!({}),
    )
    .await;
    let failed = failed(&newsroom, &server, &desk).await;
    // And a draft beside what is live, in both of its languages.
    let change = json!({"id": live["id"], "version": live["version"], "slug": "embargoed-beside", "type": "press-release",
        "offices": ["osce-office-for-democratic-institutions-and-human-rights"], "text": {"title": format!("{SECRET} beside")}});
    let changed = done(&desk, "updateRelease", change).await;
    let russian = json!({"id": live["id"], "version": changed["version"], "locale": "ru", "text": {"title": format!("{SECRET} ru")}});
    done(&desk, "addTranslation", russian).await;

    assert_eq!(
        everything(reader, &schema, &live["id"], "observers-arrive").await,
        about_live
    );
    for (what, release) in [
        ("written", &written),
        ("in-review", &in_review),
        ("approved", &approved),
        ("scheduled", &scheduled),
        ("discarded", &discarded),
        ("failed", &failed),
    ] {
        let answers = everything(reader, &schema, &release["id"], &format!("embargoed-{what}")).await;
        assert_eq!(answers, about_nothing, "{what}");
        let text_id = desk
            .ask(
                "query($id: ID!) { deskRelease(id: $id) { original { id } } }",
                json!({"id": release["id"]}),
            )
            .await;
        let of_text = everything(reader, &schema, &text_id["deskRelease"]["original"]["id"], nowhere).await;
        assert_eq!(
            of_text["node(id: $id)"], about_nothing["node(id: $id)"],
            "the translation of {what}"
        );
    }
    assert_eq!(
        everything(reader, &schema, &nobody, "embargoed-beside").await,
        about_nothing
    );
    assert!(
        !newsroom
            .run(&["export", "--public"])
            .expect_success()
            .output
            .contains(SECRET)
    );
}

async fn what_was_live_and_is_not_any_more_shows_nowhere(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = serve(&newsroom).await;
    let reader = server.client();
    let schema = Schema::read(reader).await;
    let desk = reader.signed_in("press@example.org").await;
    let live = published(&desk, "Observers arrive").await;
    let russian = json!({"id": live["id"], "version": live["version"], "locale": "ru", "text": {"title": format!("{SECRET} ru")}});
    let up = publish(&desk, &done(&desk, "addTranslation", russian).await, "ru").await;
    let removed = publish(&desk, &secret(&desk, "removed").await, "en").await;
    for (id, slug) in [(&live["id"], "observers-arrive"), (&removed["id"], "embargoed-removed")] {
        let answers = everything(reader, &schema, id, slug).await;
        assert!(
            answers.values().any(|answer| answer.to_string().contains(SECRET)),
            "{slug}"
        );
    }
    stepped(&desk, "takeDownTranslation", &up, "ru", json!({})).await;
    let removal = json!({"id": removed["id"], "version": version(&removed, "en"), "reason": "Published in error."});
    done(&desk, "removeRelease", removal).await;
    for (id, slug) in [(&live["id"], "observers-arrive"), (&removed["id"], "embargoed-removed")] {
        for (asked, answer) in everything(reader, &schema, id, slug).await {
            assert!(!answer.to_string().contains(SECRET), "{asked}: {answer}");
        }
    }
}

/// A release whose schedule was given up, since who had made it may do nothing any more.
async fn failed(newsroom: &Newsroom, server: &Server, desk: &Client) -> Value {
    let leaver = server.client().signed_in("leaver@example.org").await;
    let draft = secret(&leaver, "failed").await;
    stepped(
        &leaver,
        "scheduleTranslation",
        &draft,
        "en",
        json!({"schedule": {"at": soon(1500)}}),
    )
    .await;
    newsroom
        .execute("UPDATE account SET suspended_at = 1 WHERE email = 'leaver@example.org'")
        .await;
    until_stage(desk, &draft, "en", json!("FAILED")).await
}

async fn an_embargo_ends_at_its_instant_for_every_way_to_read(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = serve(&newsroom).await;
    let reader = server.client();
    let schema = Schema::read(reader).await;
    let desk = reader.signed_in("press@example.org").await;
    let draft = secret(&desk, "soon").await;
    let before = everything(reader, &schema, &draft["id"], "embargoed-soon").await;
    let at = chrono::Utc::now() + chrono::TimeDelta::milliseconds(8000);
    let schedule = json!({"schedule": {"at": at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)}});
    stepped(&desk, "scheduleTranslation", &draft, "en", schedule).await;
    let mut looks_before = 0;
    loop {
        let answers = everything(reader, &schema, &draft["id"], "embargoed-soon").await;
        // Whatever was answered until then was answered before.
        if chrono::Utc::now() >= at {
            break;
        }
        looks_before += 1;
        assert_eq!(answers, before);
    }
    assert!(looks_before > 0, "it was looked at before the instant");
    until_stage(&desk, &draft, "en", json!(null)).await;
    let after = everything(reader, &schema, &draft["id"], "embargoed-soon").await;
    for asked in [
        "release(id: $id)",
        "release(slug: $slug)",
        "address(slug: $slug)",
        "node(id: $id)",
        "nodes(ids: [$id])",
        "releases(first: 30)",
        "offices()",
    ] {
        assert!(after[asked].to_string().contains(SECRET), "{asked}: {}", after[asked]);
    }
}

async fn what_needs_credentials_says_nothing_without_them(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    newsroom.account("author@example.org", "author", &[]);
    let server = serve(&newsroom).await;
    let desk = server.client().signed_in("press@example.org").await;
    let author = server.client().signed_in("author@example.org").await;
    let draft = secret(&desk, "one").await;
    let edition = desk
        .ask(
            "query($id: ID!) { deskRelease(id: $id) { original { draft { id } } } }",
            json!({"id": draft["id"]}),
        )
        .await["deskRelease"]["original"]["draft"]["id"]
        .take();
    for asked in DESK {
        let asked_of = asked.replace("$id", &draft["id"].to_string());
        let query = format!("{{ {} }}", asked_of.replace("$edition", &edition.to_string()));
        let answer = server.client().graphql(&query, json!({})).await;
        assert_eq!(answer.codes(), ["UNAUTHENTICATED"], "{asked}");
        // And nothing to somebody at the desk who has no rights on it.
        let answer = author.graphql(&query, json!({})).await;
        assert!(
            !answer.text.contains(SECRET)
                && (!answer.text.contains(draft["id"].as_str().unwrap()) || asked.starts_with("account")),
            "{asked}: {}",
            answer.text
        );
    }
    assert_eq!(
        server.client().ask("{ viewer { role } }", json!({})).await,
        json!({"viewer": null})
    );
    let refused = step(&author, "publishTranslation", &draft, "en", json!({})).await;
    assert_eq!(refused.codes(), ["NOT_FOUND"]);
    assert_eq!(text(&draft, "en")["stage"], "WRITTEN");
}
