//! Offices, themes and content types kept over GraphQL: what readers have of it in their next query.

use newsroom_tests::{Answer, Client, Kind, Newsroom, on_both};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::archive::newsroom_with_archive;

on_both!(
    an_office_that_is_created_has_releases_from_the_next_command_on,
    a_theme_that_moves_takes_its_releases_along_at_once,
    what_is_not_in_use_is_deleted_and_what_is_stays,
    twenty_with_one_key_make_one_office,
    others_than_administrators_change_nothing,
);

/// Sends a command on the taxonomy, such as `createOffice`, with its input.
pub(crate) async fn send(client: &Client, command: &str, input: Value) -> Answer {
    let mut name = command.to_owned();
    name[..1].make_ascii_uppercase();
    let mut kind = command.trim_start_matches(char::is_lowercase).to_owned();
    kind[..1].make_ascii_lowercase();
    let payload = if command.starts_with("delete") {
        "deletedId".to_owned()
    } else {
        format!("version entry: {kind} {{ id slug name version }}")
    };
    let mutation =
        format!("mutation($input: {name}Input!) {{ done: {command}(input: $input) {{ sequence {payload} }} }}");
    client.graphql(&mutation, json!({"input": input})).await
}

/// Sends a command that is done, and answers the payload.
pub(crate) async fn done(client: &Client, command: &str, input: Value) -> Value {
    let shown = input.to_string();
    let answer = send(client, command, input).await;
    assert!(answer.errors().is_empty(), "{command} {shown}\n{}", answer.text);
    answer.data("/done").clone()
}

/// Sends a command that is refused, and answers its code.
pub(crate) async fn refused(client: &Client, command: &str, input: Value) -> String {
    let answer = send(client, command, input).await;
    assert_eq!(answer.codes().len(), 1, "{}", answer.text);
    answer.codes()[0].to_owned()
}

pub(crate) fn called(name: &str) -> Value {
    json!([{"locale": "en", "name": name}])
}

/// How many releases a filter finds, and how many a page of it has.
pub(crate) async fn count(client: &Client, filter: Value) -> (u64, usize) {
    let query =
        "query($filter: ReleaseFilter!) { releases(filter: $filter, first: 100) { totalCount nodes { slug } } }";
    let data = client.ask(query, json!({"filter": filter})).await;
    let nodes = data["releases"]["nodes"].as_array().unwrap().len();
    (data["releases"]["totalCount"].as_u64().unwrap(), nodes)
}

async fn an_office_that_is_created_has_releases_from_the_next_command_on(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    newsroom.account("admin@example.org", "administrator", &[]);
    let server = newsroom.serve().await;
    let reader = server.client();
    let desk = reader.signed_in("admin@example.org").await;

    let office = done(&desk, "createOffice", json!({"names": called("Mission to Atlantis")})).await["entry"].take();
    assert_eq!(office["slug"], "mission-to-atlantis");
    assert_eq!(count(reader, json!({"offices": ["mission-to-atlantis"]})).await, (0, 0));
    let create = "mutation { createRelease(input: {originalLocale: \"en\", offices: [\"mission-to-atlantis\"], text: {title: \"It rises\"}}) { release { id } } }";
    let release = desk.ask(create, json!({})).await["createRelease"]["release"]["id"].take();
    let publish = "mutation($id: ID!) { publishTranslation(input: {id: $id, locale: \"en\", version: 1}) { version } }";
    desk.ask(publish, json!({"id": release})).await;
    assert_eq!(count(reader, json!({"offices": ["mission-to-atlantis"]})).await, (1, 1));

    // Another slug, and closed: its release stays with it.
    let input = json!({"id": office["id"], "version": 1, "slug": "atlantis", "closed": true});
    done(&desk, "updateOffice", input).await;
    assert_eq!(count(reader, json!({"offices": ["atlantis"]})).await, (1, 1));
    assert_eq!(count(reader, json!({"offices": ["mission-to-atlantis"]})).await, (1, 1));
    let query = "{ office(slug: \"atlantis\") { closed version } }";
    let shown = reader.ask(query, json!({})).await;
    assert_eq!(shown["office"], json!({"closed": true, "version": 2}));

    let stale = json!({"id": office["id"], "version": 1, "closed": false});
    assert_eq!(refused(&desk, "updateOffice", stale).await, "CONFLICT");
    let in_use = json!({"id": office["id"], "version": 2});
    assert_eq!(refused(&desk, "deleteOffice", in_use).await, "CONFLICT");
}

async fn a_theme_that_moves_takes_its_releases_along_at_once(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    newsroom.account("admin@example.org", "administrator", &[]);
    let theme = |slug: &str, parent: Value| json!({"slug": slug, "parent": parent, "names": {"en": slug}});
    let themes = [
        theme("a", Value::Null),
        theme("b", Value::Null),
        theme("leaf", json!("a")),
    ];
    let _ = newsroom.file("taxonomy.json", &json!({"themes": themes}).to_string());
    let lines: Vec<_> = (0..7)
        .map(|number| json!({"sourceId": number.to_string(), "slug": format!("release-{number}"), "state": "live", "publishingDate": "2024-11-22", "themes": ["leaf"], "translations": {"en": {"title": "One"}}}).to_string())
        .collect();
    let lines = newsroom.file("newsroom.jsonl", &lines.join("\n"));
    newsroom.run(&["import", &lines]).expect_success();
    let server = newsroom.serve().await;
    let reader = server.client();
    let desk = reader.signed_in("admin@example.org").await;
    let counts = async || {
        let mut counts = Vec::new();
        for slug in ["a", "b", "leaf"] {
            counts.push(count(reader, json!({"themes": [slug]})).await);
        }
        counts
    };
    assert_eq!(counts().await, [(7, 7), (0, 0), (7, 7)]);
    let leaf = reader
        .ask(
            "{ theme(slug: \"leaf\") { id } a: theme(slug: \"a\") { id } }",
            json!({}),
        )
        .await;
    let moved = |version: i64, parent: Value| json!({"id": leaf["theme"]["id"], "version": version, "parent": parent});
    let before = newsroom.number("SELECT sequence FROM change_head").await;
    let done_once = done(&desk, "updateTheme", moved(1, json!("b"))).await;
    assert_eq!(counts().await, [(0, 0), (7, 7), (7, 7)]);
    // One for the theme and one for each release, in one act.
    assert_eq!(done_once["sequence"].as_i64(), Some(before + 8));
    let told = "SELECT kind || ' ' || origin || ' ' || CAST(count(*) AS TEXT) FROM change \
        WHERE origin = 'desk' GROUP BY kind, origin ORDER BY kind";
    assert_eq!(newsroom.column(told).await, ["reclassified desk 7", "updated desk 1"]);
    done(&desk, "updateTheme", moved(2, Value::Null)).await;
    assert_eq!(counts().await, [(0, 0), (0, 0), (7, 7)]);
    done(&desk, "updateTheme", moved(3, leaf["a"]["id"].clone())).await;
    assert_eq!(counts().await, [(7, 7), (0, 0), (7, 7)]);

    let cycle = json!({"id": leaf["a"]["id"], "version": 1, "parent": "leaf"});
    assert_eq!(refused(&desk, "updateTheme", cycle).await, "VALIDATION_FAILED");
    assert_eq!(counts().await, [(7, 7), (0, 0), (7, 7)]);
}

async fn what_is_not_in_use_is_deleted_and_what_is_stays(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    newsroom.account("admin@example.org", "administrator", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("admin@example.org").await;
    for (create, delete, listed) in [
        ("createOffice", "deleteOffice", "offices"),
        ("createTheme", "deleteTheme", "themes"),
        ("createContentType", "deleteContentType", "contentTypes"),
    ] {
        let query = format!("{{ entries: {listed} {{ id slug version }} }}");
        let before = desk.ask(&query, json!({})).await;
        let made = done(&desk, create, json!({"names": called("Never used")})).await["entry"].take();
        let gone = done(&desk, delete, json!({"id": made["id"], "version": made["version"]})).await;
        assert_eq!(gone["deletedId"], made["id"]);
        assert_eq!(desk.ask(&query, json!({})).await, before);

        let used = &before["entries"][0];
        let input = json!({"id": used["id"], "version": used["version"]});
        assert_eq!(refused(&desk, delete, input).await, "CONFLICT");
        assert_eq!(desk.ask(&query, json!({})).await, before);
    }

    let office = done(&desk, "createOffice", json!({"names": called("Scope")})).await["entry"].take();
    newsroom.account("editor@example.org", "editor", &["scope"]);
    let input = json!({"id": office["id"], "version": 1});
    assert_eq!(refused(&desk, "deleteOffice", input).await, "CONFLICT");
}

async fn twenty_with_one_key_make_one_office(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    newsroom.account("admin@example.org", "administrator", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("admin@example.org").await;
    let offices = newsroom.number("SELECT count(*) FROM office").await;
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let desk = desk.clone();
        let input = json!({"names": called("Once"), "idempotencyKey": "once"});
        tasks.spawn(async move { done(&desk, "createOffice", input).await });
    }
    let answers = tasks.join_all().await;
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(newsroom.number("SELECT count(*) FROM office").await, offices + 1);
    let other = json!({"names": called("Twice"), "idempotencyKey": "once"});
    assert_eq!(refused(&desk, "createOffice", other).await, "IDEMPOTENCY_KEY_REUSED");
}

async fn others_than_administrators_change_nothing(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    newsroom.account("publisher@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let publisher = server.client().signed_in("publisher@example.org").await;
    let before = newsroom.number("SELECT sequence FROM change_head").await;
    for (command, input) in [
        ("createOffice", json!({"names": called("Mine")})),
        ("createTheme", json!({"names": []})),
        (
            "updateContentType",
            json!({"id": "0192f3a4-7b5c-7def-8123-456789abcdef", "version": 1}),
        ),
    ] {
        assert_eq!(refused(&publisher, command, input.clone()).await, "FORBIDDEN");
        assert_eq!(refused(server.client(), command, input).await, "UNAUTHENTICATED");
    }
    assert_eq!(newsroom.number("SELECT sequence FROM change_head").await, before);
}
