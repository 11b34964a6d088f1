//! History: all editions of a translation, one of them, and what differs between two.

use newsroom_tests::client::texts;
use newsroom_tests::{Client, Kind, on_both};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;
use crate::press::{create, done, publish, version};

on_both!(
    every_edition_stays_and_is_paged_through_both_ways,
    one_edition_is_read_by_those_who_may_read_its_release,
    two_editions_of_a_release_are_compared_word_by_word,
    a_cursor_of_another_translation_is_refused,
);

const EDITIONS: &str = "query($id: ID!, $locale: Locale!, $first: Int, $after: String, $last: Int, $before: String) {
  deskRelease(id: $id) { translation(locale: $locale) { editionCount editions(first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { number } } nodes { id uuid number title savedBy { kind name } shared { slug } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } } }";

async fn editions(desk: &Client, release: &Value, page: Value) -> Value {
    let mut variables = json!({"id": release["id"], "locale": "en"});
    variables
        .as_object_mut()
        .unwrap()
        .extend(page.as_object().unwrap().clone());
    let mut answer = desk.ask(EDITIONS, variables).await;
    answer["deskRelease"]["translation"]["editions"].take()
}

fn numbers(editions: &Value) -> Vec<i64> {
    let nodes = editions["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["number"].as_i64().unwrap()).collect()
}

/// A release with six editions: it was saved five times, and got its publishing date as it went live.
async fn with_history(desk: &Client) -> Value {
    let mut release = create(desk, "Title 1").await;
    for number in 2..=5 {
        let save = json!({"id": release["id"], "locale": "en", "version": version(&release, "en"),
            "text": {"title": format!("Title {number}")}});
        release = done(desk, "updateTranslation", save).await;
    }
    publish(desk, &release, "en").await
}

async fn every_edition_stays_and_is_paged_through_both_ways(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let release = with_history(&desk).await;
    let all = editions(&desk, &release, json!({})).await;
    assert_eq!(numbers(&all), [6, 5, 4, 3, 2, 1]);
    assert_eq!(
        texts(&all["nodes"], "/title"),
        ["Title 5", "Title 5", "Title 4", "Title 3", "Title 2", "Title 1"]
    );
    assert_eq!(
        all["nodes"][5]["savedBy"],
        json!({"kind": "ACCOUNT", "name": "press@example.org"})
    );
    assert_eq!(all["nodes"][5]["shared"]["slug"], "title-1");
    assert_eq!(all["pageInfo"]["hasNextPage"], false);
    assert_eq!(all["pageInfo"]["hasPreviousPage"], false);

    let (mut forth, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let page = editions(&desk, &release, json!({"first": 4, "after": cursor})).await;
        assert_eq!(page["pageInfo"]["hasPreviousPage"], json!(!cursor.is_null()));
        assert_eq!(page["edges"][0]["cursor"], page["pageInfo"]["startCursor"]);
        assert_eq!(page["edges"][0]["node"]["number"], page["nodes"][0]["number"]);
        forth.extend(numbers(&page));
        cursor = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(forth, [6, 5, 4, 3, 2, 1]);
    let back = editions(&desk, &release, json!({"last": 2, "before": cursor})).await;
    assert_eq!(numbers(&back), [3, 2]);
    assert_eq!(back["pageInfo"]["hasNextPage"], true);
    assert_eq!(back["pageInfo"]["hasPreviousPage"], true);
    let first = editions(
        &desk,
        &release,
        json!({"last": 9, "before": back["pageInfo"]["startCursor"]}),
    )
    .await;
    assert_eq!(numbers(&first), [6, 5, 4]);
    assert_eq!(first["pageInfo"]["hasPreviousPage"], false);
    assert_eq!(
        numbers(&editions(&desk, &release, json!({"first": 0})).await),
        Vec::<i64>::new()
    );
}

async fn a_cursor_of_another_translation_is_refused(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let release = with_history(&desk).await;
    let other = create(&desk, "Another").await;
    let cursor = editions(&desk, &release, json!({"first": 1})).await["pageInfo"]["endCursor"].take();
    let variables = json!({"id": other["id"], "locale": "en", "after": cursor});
    assert_eq!(desk.graphql(EDITIONS, variables).await.codes(), ["INVALID_CURSOR"]);
    let variables = json!({"id": other["id"], "locale": "en", "first": 1, "last": 1});
    assert_eq!(desk.graphql(EDITIONS, variables).await.faults(), ["last CONFLICTING"]);
}

const EDITION: &str =
    "query($id: ID!) { deskEdition(id: $id) { uuid number title savedBy { name } shared { offices { slug } } } }";

async fn one_edition_is_read_by_those_who_may_read_its_release(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    newsroom.account("elsewhere@example.org", "editor", &["osce-secretariat"]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let release = with_history(&desk).await;
    let page = editions(&desk, &release, json!({"last": 1})).await;
    let first = &page["nodes"][0];
    for id in [&first["id"], &first["uuid"]] {
        let read = desk.ask(EDITION, json!({"id": id})).await;
        assert_eq!(
            read["deskEdition"],
            json!({"uuid": first["uuid"], "number": 1, "title": "Title 1", "savedBy": {"name": "press@example.org"},
                "shared": {"offices": [{"slug": "osce-office-for-democratic-institutions-and-human-rights"}]}})
        );
    }
    let compare = "query($id: ID!) { editionDifference(from: $id, to: $id) { title { differs } } }";
    let elsewhere = server.client().signed_in("elsewhere@example.org").await;
    for client in [&elsewhere, &desk] {
        let may = client.bearer() == desk.bearer();
        let edition = client.ask(EDITION, json!({"id": first["id"]})).await;
        let difference = client.ask(compare, json!({"id": first["id"]})).await;
        assert_eq!(edition["deskEdition"].is_null(), !may);
        assert_eq!(difference["editionDifference"].is_null(), !may);
    }
    for query in [EDITION, compare] {
        let reader = server.client().graphql(query, json!({"id": first["id"]})).await;
        assert_eq!(reader.codes(), ["UNAUTHENTICATED"]);
        let strange = desk.graphql(query, json!({"id": "strange"})).await;
        assert_eq!(strange.codes(), ["VALIDATION_FAILED"]);
        let nothing = desk.ask(query, json!({"id": release["id"]})).await;
        assert!(nothing.as_object().unwrap().values().all(Value::is_null), "{nothing}");
    }
    // No reader finds it as a thing of the newsroom's.
    let node = server
        .client()
        .graphql("query($id: ID!) { node(id: $id) { id } }", json!({"id": first["id"]}))
        .await;
    assert_eq!(node.codes(), ["VALIDATION_FAILED"]);
}

const DIFFERENCE: &str = "query($from: ID!, $to: ID!) { editionDifference(from: $from, to: $to) {
  from { number shared { offices { slug } } } to { number shared { offices { slug } } }
  title { ...Words } lead { ...Words } body { ...Words } comparedBody sharedFieldsThatDiffer } }
  fragment Words on TextDifference { differs segments { kind text } }";

/// A difference in short: `[-removed-]`, `{+added+}`, and the rest as it is.
fn shown(difference: &Value) -> String {
    let segments = difference["segments"].as_array().unwrap();
    let shown = segments.iter().map(|segment| {
        let text = segment["text"].as_str().unwrap();
        match segment["kind"].as_str().unwrap() {
            "ADDED" => format!("{{+{text}+}}"),
            "REMOVED" => format!("[-{text}-]"),
            _ => text.to_owned(),
        }
    });
    shown.collect()
}

async fn two_editions_of_a_release_are_compared_word_by_word(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let text = json!({"title": "Observers arrive", "lead": "They stay.", "body": {"format": "MARKDOWN", "text": "All *old* words.\n"}});
    let first = json!({"originalLocale": "en", "slug": "observers", "offices": ["osce-secretariat"], "text": text});
    let release = done(&desk, "createRelease", first).await;
    let text =
        json!({"title": "Observers arrive in Астана", "body": {"format": "MARKDOWN", "text": "All *new* words.\n"}});
    let second = json!({"id": release["id"], "version": 1, "slug": "observers-arrive", "offices": [], "text": text});
    let release = done(&desk, "updateRelease", second).await;
    let text = json!({"body": {"format": "HTML", "text": "<p>All words.</p>"}});
    let third = json!({"id": release["id"], "version": 2, "locale": "en", "text": text});
    let release = done(&desk, "updateTranslation", third).await;
    let page = editions(&desk, &release, json!({})).await;
    let id = |number: usize| page["nodes"][3 - number]["id"].clone();

    let mut answer = desk.ask(DIFFERENCE, json!({"from": id(1), "to": id(2)})).await;
    let difference = answer["editionDifference"].take();
    assert_eq!(shown(&difference["title"]), "Observers arrive{+ in Астана+}");
    assert_eq!(
        difference["lead"],
        json!({"differs": false, "segments": [{"kind": "SAME", "text": "They stay."}]})
    );
    assert_eq!(shown(&difference["body"]), "All *[-old-]{+new+}* words.\n");
    assert_eq!(difference["comparedBody"], "SOURCE");
    assert_eq!(difference["sharedFieldsThatDiffer"], json!(["SLUG", "OFFICES"]));
    assert_eq!(
        [&difference["from"], &difference["to"]],
        [
            &json!({"number": 1, "shared": {"offices": [{"slug": "osce-secretariat"}]}}),
            &json!({"number": 2, "shared": {"offices": []}})
        ]
    );
    let mut answer = desk.ask(DIFFERENCE, json!({"from": id(3), "to": id(1)})).await;
    let difference = answer["editionDifference"].take();
    assert_eq!(difference["comparedBody"], "TEXT");
    assert_eq!(shown(&difference["body"]), "All {+old +}words.");

    let other = create(&desk, "Another").await;
    let others = editions(&desk, &other, json!({})).await;
    let refused = desk
        .graphql(DIFFERENCE, json!({"from": id(1), "to": others["nodes"][0]["id"]}))
        .await;
    assert_eq!(refused.faults(), ["to OTHER_RELEASE"]);
}
