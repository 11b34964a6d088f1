//! What the desk has not published shows nowhere without rights: not in a field, a filter, a count, an error or a slug's being taken.

use newsroom_tests::{Client, Kind, on_both};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;
use crate::press::{create, done, published, send};

on_both!(
    nothing_of_a_draft_shows_without_rights,
    what_is_there_and_what_is_not_are_refused_in_the_same_words,
    the_desk_is_not_read_without_rights,
);

/// Every word that only drafts have begins so.
const SECRET: &str = "Embargoed";

/// All that readers can ask for, of everything.
const EVERYTHING: &str = "fragment R on Release { id uuid slug url title lead body html: body(format: HTML) text: body(format: TEXT) bodySource { format text }
    type { slug name } offices { slug name names { name } } themes { slug name } publishedAt publishingDate updatedAt locale originalLocale
    availableLocales translations { id title lead body bodySource { text } publishedAt updatedAt changeNotes { note } }
    withdrawal { at notice } changeNotes { at note } attachments { url title } }
  query { newest: releases(first: 20) { totalCount nodes { ...R } edges { cursor node { id } } pageInfo { endCursor } }
    oldest: releases(last: 20, orderBy: OLDEST) { totalCount nodes { ...R } }
    russian: releases(first: 20, locale: \"ru\") { nodes { ...R } }
    offices { slug name releases(first: 5) { totalCount nodes { id slug title } } }
    themes { slug name releases(first: 5) { totalCount nodes { id slug title } } }
    contentTypes { slug name releases(first: 5) { totalCount nodes { id slug title } } } }";

pub(crate) async fn everything(reader: &Client) -> Value {
    let mut everything = reader.ask(EVERYTHING, json!({})).await;
    let filters = json!([
        {}, {"offices": ["osce-office-for-democratic-institutions-and-human-rights"]}, {"themes": ["elections"]}, {"types": ["press-release"]}, {"withoutOffice": true},
        {"withoutTheme": true}, {"withoutType": true}, {"publishedFrom": "1990-01-01"}, {"publishedTo": "2990-01-01"},
    ]);
    for filter in filters.as_array().unwrap() {
        let query =
            "query($filter: ReleaseFilter) { releases(filter: $filter, first: 100) { totalCount nodes { id title } } }";
        let answer = reader.graphql(query, json!({"filter": filter})).await;
        everything[filter.to_string()] = answer.body.clone();
    }
    everything
}

async fn nothing_of_a_draft_shows_without_rights(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom
        .serve_with(&["--release-url", "https://example.org/{locale}/{slug}"], &[])
        .await;
    let reader = server.client();
    let desk = reader.signed_in("press@example.org").await;
    let live = published(&desk, "Observers arrive").await;
    let before = everything(reader).await;

    // A draft, a change to what is live, and a translation of it: none is published.
    let body = json!({"format": "MARKDOWN", "text": format!("{SECRET} body")});
    let draft = done(&desk, "createRelease", json!({"originalLocale": "en", "slug": "embargoed-one", "offices": ["osce-office-for-democratic-institutions-and-human-rights"],
        "type": "press-release", "text": {"title": format!("{SECRET} one"), "lead": format!("{SECRET} lead"), "body": body}})).await;
    let change = json!({"id": live["id"], "version": live["version"], "slug": "embargoed-two", "offices": [], "publishedAt": "2001-01-01T00:00:00Z",
        "text": {"title": format!("{SECRET} two"), "body": {"format": "HTML", "text": format!("<p>{SECRET}</p>")}},
        "attachments": [{"url": "https://example.org/embargoed.pdf", "title": format!("{SECRET} attachment")}]});
    let changed = done(&desk, "updateRelease", change).await;
    let russian = json!({"id": live["id"], "version": changed["version"], "locale": "ru", "text": {"title": format!("{SECRET} ru")}});
    let changed = done(&desk, "addTranslation", russian).await;
    assert_eq!(
        crate::press::text(&changed, "ru")["draft"]["title"],
        format!("{SECRET} ru")
    );

    assert_eq!(everything(reader).await, before);
    for slug in ["embargoed-one", "embargoed-two"] {
        let query = "query($slug: String!) { release(slug: $slug) { id } address(slug: $slug) { __typename } }";
        assert_eq!(
            reader.ask(query, json!({"slug": slug})).await,
            json!({"release": null, "address": null})
        );
    }
    let node = "query($id: ID!) { release(id: $id) { id } node(id: $id) { id } nodes(ids: [$id]) { id } }";
    let read = reader.ask(node, json!({"id": draft["id"]})).await;
    assert_eq!(read, json!({"release": null, "node": null, "nodes": [null]}));
    let texts = newsroom
        .column("SELECT CAST(count(*) AS TEXT) FROM live_translation WHERE title LIKE 'Embargoed%'")
        .await;
    assert_eq!(texts, ["0"]);
    assert!(
        !newsroom
            .run(&["export", "--public"])
            .expect_success()
            .output
            .contains(SECRET)
    );
}

async fn what_is_there_and_what_is_not_are_refused_in_the_same_words(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    newsroom.account("author@example.org", "author", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let author = server.client().signed_in("author@example.org").await;
    let secret = create(&desk, "Embargoed").await;
    let commands = [
        ("updateRelease", json!({"text": {"title": "a\u{0}"}})),
        ("addTranslation", json!({"locale": "no such locale", "text": {}})),
        ("updateTranslation", json!({"locale": "en", "text": {"title": ""}})),
        (
            "publishTranslation",
            json!({"locale": "en", "correction": {"level": "MAJOR"}}),
        ),
        ("withdrawRelease", json!({"notice": []})),
        ("removeRelease", json!({"reason": ""})),
        ("reinstateRelease", json!({})),
    ];
    for (command, input) in commands {
        let mut answers = Vec::new();
        for id in [secret["uuid"].as_str().unwrap(), "0192f3a4-7b5c-7def-8123-456789abcdef"] {
            let mut input = input.clone();
            input["id"] = id.into();
            input["version"] = 1.into();
            answers.push(send(&author, command, input).await.body);
        }
        assert_eq!(answers[0], answers[1], "{command}");
        assert_eq!(answers[0]["errors"][0]["extensions"]["code"], "NOT_FOUND", "{command}");
    }
}

async fn the_desk_is_not_read_without_rights(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    newsroom.account("author@example.org", "author", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let author = server.client().signed_in("author@example.org").await;
    let secret = create(&desk, "Embargoed").await;
    let own = create(&author, "An author's own").await;
    let query = "query($id: ID!) { deskRelease(id: $id) { id } deskReleases { totalCount nodes { id } } }";
    let read = author.ask(query, json!({"id": secret["id"]})).await;
    assert_eq!(
        read,
        json!({"deskRelease": null, "deskReleases": {"totalCount": 1, "nodes": [{"id": own["id"]}]}})
    );
    let read = desk.ask(query, json!({"id": own["id"]})).await;
    assert_eq!(read["deskRelease"]["id"], own["id"]);
    assert_eq!(read["deskReleases"]["totalCount"], 9);
}
