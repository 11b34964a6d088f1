//! Previews: what who has a token is shown of an edition, and nobody else.

use newsroom_tests::client::texts;
use newsroom_tests::{Answer, Client, Kind, Newsroom, Server, on_both};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;
use crate::press::{create, done, publish, published, text, version};
use crate::unseen::everything;

on_both!(
    a_draft_is_shown_under_its_token_and_in_no_list_or_count,
    a_change_is_shown_at_its_new_address_to_which_the_old_one_redirects,
    a_translation_is_shown_beside_what_is_live,
    what_is_shown_stays_as_it_was_then_but_for_the_taxonomys_names,
    a_removed_release_is_shown_as_if_it_were_live,
    a_token_that_does_not_hold_is_refused_in_the_same_words_whatever_it_is,
    no_cache_keeps_an_answer_under_a_token,
    a_token_opens_one_preview,
    a_token_is_told_once_and_kept_nowhere,
    whoever_may_read_a_release_previews_it_and_nobody_else,
    a_release_has_so_many_previews_at_once,
    a_preview_is_read_from_public_tables_and_those_of_a_page_at_once,
);

const CREATE: &str = "mutation($input: CreatePreviewInput!) { createPreview(input: $input) { token \
    preview { id uuid releaseId locale editionUuid editionNumber createdBy { name } createdAt expiresAt revokedAt } } }";
const REVOKE: &str =
    "mutation($input: RevokePreviewInput!) { revokePreview(input: $input) { preview { id revokedAt } } }";

/// All ways to one release, by its id and two slugs.
const WAYS: &str = "query($id: ID!, $slug: String!, $old: String!) { id: release(id: $id) { title } slug: release(slug: $slug) { title }
    old: release(slug: $old) { title } node(id: $id) { ... on Release { title } } nodes(ids: [$id]) { ... on Release { title } }
    at: address(slug: $slug) { ...A } atOld: address(slug: $old) { ...A } }
  fragment A on Address { __typename ... on Release { title } ... on Redirect { to: release { slug title } } }";

struct Desk {
    newsroom: Newsroom,
    server: Server,
    editor: Client,
}

async fn desk(kind: Kind) -> Desk {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let editor = server.client().signed_in("press@example.org").await;
    Desk {
        newsroom,
        server,
        editor,
    }
}

/// The UUID of the edition that the desk works on, or of what is live.
async fn edition(editor: &Client, release: &Value, locale: &str) -> Value {
    let query = "query($id: ID!, $locale: Locale!) { deskRelease(id: $id) { translation(locale: $locale) { draft { uuid } live { uuid } } } }";
    let mut answer = editor.ask(query, json!({"id": release["id"], "locale": locale})).await;
    let found = &mut answer["deskRelease"]["translation"];
    let side = if found["draft"].is_null() { "live" } else { "draft" };
    found[side]["uuid"].take()
}

async fn made(editor: &Client, input: Value) -> Value {
    editor.ask(CREATE, json!({ "input": input })).await["createPreview"].take()
}

/// Makes a preview of what the desk works on, and answers its token.
async fn token(editor: &Client, release: &Value, locale: &str) -> String {
    let edition = edition(editor, release, locale).await;
    let made = made(editor, json!({ "edition": edition })).await;
    made["token"].as_str().unwrap().to_owned()
}

fn change(release: &Value, title: &str) -> Value {
    json!({"id": release["id"], "locale": "en", "version": version(release, "en"), "text": {"title": title}})
}

fn stamp(micros: i64) -> String {
    format!("UPDATE preview SET expires_at = created_at + {micros}")
}

async fn a_draft_is_shown_under_its_token_and_in_no_list_or_count(kind: Kind) {
    let Desk {
        newsroom: _newsroom,
        server,
        editor,
    } = desk(kind).await;
    let reader = server.client();
    let body = json!({"format": "MARKDOWN", "text": "They *stay*."});
    let input = json!({"originalLocale": "en", "offices": ["osce-office-for-democratic-institutions-and-human-rights"], "type": "press-release",
        "themes": ["elections"], "text": {"title": "Embargoed", "lead": "A lead", "body": body}});
    let draft = done(&editor, "createRelease", input).await;
    let before = everything(reader).await;
    let under = reader.under(&token(&editor, &draft, "en").await);

    let query = "query($id: ID!) { release(slug: \"embargoed\") { id uuid slug title lead body bodySource { format text } type { slug }
        offices { slug releases(first: 1) { totalCount nodes { title } } } themes { slug } locale originalLocale availableLocales
        translations { id title body } changeNotes { note } withdrawal { at } attachments { url } } node(id: $id) { __typename id } }";
    let text_id = editor
        .ask(
            "query($id: ID!) { deskRelease(id: $id) { original { id } } }",
            json!({"id": draft["id"]}),
        )
        .await["deskRelease"]["original"]["id"]
        .take();
    let shown = under.ask(query, json!({ "id": text_id })).await;
    let office = "query { releases(filter: {offices: [\"osce-office-for-democratic-institutions-and-human-rights\"]}, first: 1) { totalCount nodes { title } } }";
    let live = reader.ask(office, json!({})).await["releases"].take();
    assert_eq!(
        shown,
        json!({"release": {"id": draft["id"], "uuid": draft["uuid"], "slug": "embargoed", "title": "Embargoed", "lead": "A lead",
            "body": "<p>They <em>stay</em>.</p>\n", "bodySource": {"format": "MARKDOWN", "text": "They *stay*."}, "type": {"slug": "press-release"},
            "offices": [{"slug": "osce-office-for-democratic-institutions-and-human-rights", "releases": live}], "themes": [{"slug": "elections"}],
            "locale": "en", "originalLocale": "en", "availableLocales": ["en"],
            "translations": [{"id": text_id, "title": "Embargoed", "body": "<p>They <em>stay</em>.</p>\n"}],
            "changeNotes": [], "withdrawal": null, "attachments": []},
            "node": {"__typename": "Translation", "id": text_id}})
    );
    let ways = json!({"id": draft["id"], "slug": "embargoed", "old": "never-there"});
    let title = json!({"title": "Embargoed"});
    assert_eq!(
        under.ask(WAYS, ways.clone()).await,
        json!({"id": title, "slug": title, "old": null, "node": title, "nodes": [title],
            "at": {"__typename": "Release", "title": "Embargoed"}, "atOld": null})
    );
    // In the order asked for, among what is live.
    let seed = texts(&everything(reader).await["newest"]["nodes"], "/id");
    let mixed = json!({"ids": [seed[1], draft["id"], seed[0], text_id, draft["id"]]});
    let nodes = under
        .ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", mixed.clone())
        .await;
    assert_eq!(json!(texts(&nodes["nodes"], "/id")), mixed["ids"]);

    let nothing =
        json!({"id": null, "slug": null, "old": null, "node": null, "nodes": [null], "at": null, "atOld": null});
    assert_eq!(reader.ask(WAYS, ways).await, nothing);
    assert_eq!(everything(reader).await, before);
    assert_eq!(everything(&under).await, before);
}

async fn a_change_is_shown_at_its_new_address_to_which_the_old_one_redirects(kind: Kind) {
    let Desk {
        newsroom: _newsroom,
        server,
        editor,
    } = desk(kind).await;
    let reader = server.client();
    let live = published(&editor, "Observers arrive").await;
    let ways = json!({"id": live["id"], "slug": "observers-stay", "old": "observers-arrive"});
    let before = reader.ask(WAYS, ways.clone()).await;
    let rename = json!({"id": live["id"], "version": live["version"], "slug": "observers-stay", "text": {"title": "Observers stay"}});
    let draft = done(&editor, "updateRelease", rename).await;
    let under = reader.under(&token(&editor, &draft, "en").await);
    let title = json!({"title": "Observers stay"});
    let shown = json!({"id": title, "slug": title, "old": null, "node": title, "nodes": [title],
        "at": {"__typename": "Release", "title": "Observers stay"},
        "atOld": {"__typename": "Redirect", "to": {"slug": "observers-stay", "title": "Observers stay"}}});
    assert_eq!(under.ask(WAYS, ways.clone()).await, shown);
    assert_eq!(reader.ask(WAYS, ways.clone()).await, before);
    // It is what readers have once it is published.
    publish(&editor, &draft, "en").await;
    assert_eq!(reader.ask(WAYS, ways).await, shown);
}

async fn a_translation_is_shown_beside_what_is_live(kind: Kind) {
    let Desk {
        newsroom: _newsroom,
        server,
        editor,
    } = desk(kind).await;
    let live = published(&editor, "Observers arrive").await;
    let half_done = done(&editor, "updateTranslation", change(&live, "Half done")).await;
    let russian = json!({"id": live["id"], "version": version(&half_done, "en"), "locale": "ru", "text": {"title": "Прибыли наблюдатели"}});
    let draft = done(&editor, "addTranslation", russian).await;
    let under = server.client().under(&token(&editor, &draft, "ru").await);
    let query = "query($locale: Locale) { release(slug: \"observers-arrive\", locale: $locale) { locale title availableLocales translations { locale title } } }";
    for (asked, locale, title) in [
        (json!("ru"), "ru", "Прибыли наблюдатели"),
        (json!("ru-RU"), "ru", "Прибыли наблюдатели"),
        (json!("sq"), "en", "Observers arrive"),
        (json!(null), "en", "Observers arrive"),
    ] {
        let shown = under.ask(query, json!({ "locale": asked })).await;
        assert_eq!(
            shown["release"],
            json!({"locale": locale, "title": title, "availableLocales": ["en", "ru"],
                "translations": [{"locale": "en", "title": "Observers arrive"}, {"locale": "ru", "title": "Прибыли наблюдатели"}]})
        );
    }
    let shown = server.client().ask(query, json!({"locale": "ru"})).await;
    assert_eq!(shown["release"]["availableLocales"], json!(["en"]));
}

async fn what_is_shown_stays_as_it_was_then_but_for_the_taxonomys_names(kind: Kind) {
    let Desk {
        newsroom,
        server,
        editor,
    } = desk(kind).await;
    let reader = server.client();
    let draft = create(&editor, "Observers arrive").await;
    let under = reader.under(&token(&editor, &draft, "en").await);
    let query =
        "query($id: ID!) { release(id: $id) { slug title availableLocales } release(id: $id) { offices { name } } }";
    let asked = json!({"id": draft["id"]});
    let before = under.ask(query, asked.clone()).await;

    // The draft goes on, is published elsewhere, and is translated.
    let renamed = json!({"id": draft["id"], "version": draft["version"], "slug": "elsewhere", "text": {"title": "Observers stay"}});
    let draft = done(&editor, "updateRelease", renamed).await;
    assert_eq!(under.ask(query, asked.clone()).await, before);
    let live = publish(&editor, &draft, "en").await;
    let russian =
        json!({"id": live["id"], "version": version(&live, "en"), "locale": "ru", "text": {"title": "Остаются"}});
    let draft = done(&editor, "addTranslation", russian).await;
    publish(&editor, &draft, "ru").await;
    assert_eq!(under.ask(query, asked.clone()).await, before);
    let ways = json!({"id": draft["id"], "slug": "observers-arrive", "old": "elsewhere"});
    let there = under.ask(WAYS, ways).await;
    assert_eq!(
        (&there["at"]["__typename"], &there["old"], &there["atOld"]["to"]["slug"]),
        (&json!("Release"), &json!(null), &json!("observers-arrive"))
    );
    let translation = "query($id: ID!) { release(id: $id, locale: \"ru\") { text: translations { id locale } } }";
    let texts = reader.ask(translation, asked.clone()).await["release"]["text"].take();
    assert_eq!(texts[1]["locale"], "ru");
    let node = "query($id: ID!) { node(id: $id) { __typename } }";
    let added = json!({"id": texts[1]["id"]});
    assert_eq!(under.ask(node, added.clone()).await["node"], json!(null));
    assert_eq!(reader.ask(node, added).await["node"]["__typename"], "Translation");

    newsroom.account("root@example.org", "administrator", &[]);
    let root = reader.signed_in("root@example.org").await;
    let office = "{ office(slug: \"osce-office-for-democratic-institutions-and-human-rights\") { id version } }";
    let mut input = root.ask(office, json!({})).await["office"].take();
    input["names"] = json!([{"locale": "en", "name": "The Warsaw office"}]);
    let rename = "mutation($input: UpdateOfficeInput!) { updateOffice(input: $input) { version } }";
    root.ask(rename, json!({ "input": input })).await;
    let shown = under.ask(query, asked).await;
    assert_eq!(shown["release"]["offices"], json!([{"name": "The Warsaw office"}]));
}

async fn a_removed_release_is_shown_as_if_it_were_live(kind: Kind) {
    let Desk {
        newsroom: _newsroom,
        server,
        editor,
    } = desk(kind).await;
    let live = published(&editor, "Observers arrive").await;
    let remove = json!({"id": live["id"], "version": live["version"], "reason": "In error."});
    let removed = done(&editor, "removeRelease", remove).await;
    let under = server.client().under(&token(&editor, &removed, "en").await);
    let ways = json!({"id": live["id"], "slug": "observers-arrive", "old": "observers-arrive"});
    let shown = under.ask(WAYS, ways.clone()).await;
    assert_eq!(
        (&shown["slug"]["title"], &shown["at"]["__typename"]),
        (&json!("Observers arrive"), &json!("Release"))
    );
    let gone = server.client().ask(WAYS, ways).await;
    assert_eq!(
        (&gone["slug"], &gone["at"]["__typename"]),
        (&json!(null), &json!("Tombstone"))
    );
}

async fn a_token_that_does_not_hold_is_refused_in_the_same_words_whatever_it_is(kind: Kind) {
    let Desk {
        newsroom,
        server,
        editor,
    } = desk(kind).await;
    let reader = server.client();
    let draft = create(&editor, "Observers arrive").await;
    let edition = edition(&editor, &draft, "en").await;
    let revoked = made(&editor, json!({ "edition": edition })).await;
    let input = json!({"input": {"id": revoked["preview"]["id"]}});
    let first = editor.ask(REVOKE, input.clone()).await;
    assert!(first["revokePreview"]["preview"]["revokedAt"].is_string());
    assert_eq!(editor.ask(REVOKE, input).await, first);
    let expired = token(&editor, &draft, "en").await;
    let query = "query($id: ID!) { release(id: $id) { title } releases { totalCount } }";
    let asked = json!({"id": draft["id"]});
    let shown = reader.under(&expired).ask(query, asked.clone()).await;
    assert_eq!(shown["release"]["title"], "Observers arrive");
    newsroom.execute(&stamp(1)).await;

    let wrong = format!("nrp_{}", "A".repeat(43));
    let revoked = revoked["token"].as_str().unwrap();
    let bearer = reader.tokens("press@example.org").await["accessToken"].take();
    let tokens = [
        &wrong,
        revoked,
        &expired,
        "strange",
        "",
        &expired[1..],
        bearer.as_str().unwrap(),
    ];
    let mut refusals = Vec::new();
    for token in tokens {
        refusals.push(reader.under(token).graphql(query, asked.clone()).await);
        refusals.push(by_get(&reader.under(token), "{ releases { totalCount } }").await);
        // Whoever is signed in is refused as well: they would take what is live for the preview.
        refusals.push(editor.under(token).graphql(query, asked.clone()).await);
    }
    let twice = reader
        .under(&wrong)
        .post(json!({"query": "{ __typename }"}).to_string());
    refusals.push(reader.send(twice.header("preview-token", &expired)).await);
    for refusal in &refusals {
        assert_eq!(
            (refusal.status.as_u16(), refusal.codes()),
            (401, vec!["UNAUTHENTICATED"])
        );
        assert_eq!(refusal.body, refusals[0].body);
        assert_eq!(
            refusal.header("www-authenticate"),
            "Preview-Token error=\"invalid_token\""
        );
    }
    assert!(refusals[0].message().contains("Preview-Token"));
    reader.ask(query, asked).await;
}

/// Asks by GET, in the newer media type.
async fn by_get(client: &Client, query: &str) -> Answer {
    let request = client.request("GET", "/graphql").query(&[("query", query)]);
    client
        .send(request.header("accept", "application/graphql-response+json"))
        .await
}

async fn no_cache_keeps_an_answer_under_a_token(kind: Kind) {
    let Desk {
        newsroom: _newsroom,
        server,
        editor,
    } = desk(kind).await;
    let reader = server.client();
    let draft = create(&editor, "Observers arrive").await;
    let query = "{ release(slug: \"observers-arrive\") { title } }";
    let varies = |answer: &Answer| {
        let vary = answer.headers.get_all("vary").iter();
        let vary: Vec<_> = vary.map(|value| value.to_str().unwrap().to_owned()).collect();
        vary.join(", ").contains("preview-token")
    };
    let good = reader.under(&token(&editor, &draft, "en").await);
    for (client, title) in [
        (&good, json!("Observers arrive")),
        (&reader.under("wrong"), json!(null)),
    ] {
        for answer in [by_get(client, query).await, client.graphql(query, json!({})).await] {
            assert_eq!(answer.data("/release/title"), &title);
            assert_eq!(answer.header("cache-control"), "private, no-store");
            assert!(varies(&answer));
        }
    }
    // What is kept of an answer without a token is not for who has one.
    let plain = by_get(reader, query).await;
    assert_eq!((plain.header("cache-control"), varies(&plain)), ("", true));
    let refused = good.graphql("{ nothing }", json!({})).await;
    assert_eq!(
        (refused.status.as_u16(), refused.header("cache-control")),
        (400, "private, no-store")
    );

    let preflight = reader
        .request("OPTIONS", "/graphql")
        .header("origin", "https://staging.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "preview-token");
    let allowed = reader.send(preflight).await;
    let names = allowed.header("access-control-allow-headers");
    assert!(names.split(',').any(|name| name.trim() == "preview-token"), "{names}");
}

async fn a_token_opens_one_preview(kind: Kind) {
    let Desk {
        newsroom: _newsroom,
        server,
        editor,
    } = desk(kind).await;
    let (one, other) = (create(&editor, "One").await, create(&editor, "Other").await);
    let first = token(&editor, &one, "en").await;
    let saved = done(&editor, "updateTranslation", change(&one, "One, again")).await;
    let second = token(&editor, &saved, "en").await;
    let third = token(&editor, &other, "en").await;
    let query =
        "query($one: ID!, $other: ID!) { one: release(id: $one) { title } other: release(id: $other) { title } }";
    let ids = json!({"one": one["id"], "other": other["id"]});
    for (token, shown) in [
        (&first, json!({"one": {"title": "One"}, "other": null})),
        (&second, json!({"one": {"title": "One, again"}, "other": null})),
        (&third, json!({"one": null, "other": {"title": "Other"}})),
    ] {
        assert_eq!(server.client().under(token).ask(query, ids.clone()).await, shown);
    }
}

async fn a_token_is_told_once_and_kept_nowhere(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve_with(&[], &[("NEWSROOM_LOG", "trace")]).await;
    let editor = server.client().signed_in("press@example.org").await;
    let draft = create(&editor, "Observers arrive").await;
    let mut input = json!({"edition": edition(&editor, &draft, "en").await, "idempotencyKey": "once"});
    let first = made(&editor, input.clone()).await;
    let again = made(&editor, input.clone()).await;
    assert_eq!((&again["token"], &again["preview"]), (&json!(null), &first["preview"]));
    assert_eq!(newsroom.number("SELECT count(*) FROM preview").await, 1);
    input["expiresIn"] = json!(60);
    let other = editor.graphql(CREATE, json!({ "input": input })).await;
    assert_eq!(other.codes(), ["IDEMPOTENCY_KEY_REUSED"]);

    let token = first["token"].as_str().unwrap();
    assert!(token.starts_with("nrp_") && token.len() == 47, "{token}");
    let under = server.client().under(token);
    let ways = json!({"id": draft["id"], "slug": "observers-arrive", "old": "observers-arrive"});
    let (shown, log) = server.logged_by(under.ask(WAYS, ways)).await;
    assert_eq!(shown["slug"]["title"], "Observers arrive");
    assert!(!log.is_empty());
    let revoke = json!({"input": {"id": first["preview"]["uuid"], "idempotencyKey": "revoked"}});
    let revoked = editor.ask(REVOKE, revoke.clone()).await;
    assert_eq!(editor.ask(REVOKE, revoke).await, revoked);

    let kept = newsroom
        .column("SELECT detail FROM audit_entry UNION ALL SELECT outcome FROM idempotency UNION ALL SELECT input_hash FROM idempotency \
                 UNION ALL SELECT hash FROM preview UNION ALL SELECT snapshot FROM preview")
        .await;
    // Neither whole nor without its prefix.
    for text in kept.iter().chain(&server.log()) {
        assert!(!text.contains(&token[4..]), "{text}");
    }
    let audited = newsroom.audited().await;
    assert_eq!(audited[audited.len() - 2..], ["preview-created", "preview-revoked"]);
    let detail = newsroom
        .column("SELECT detail FROM audit_entry WHERE action = 'preview-created'")
        .await;
    let said: Value = serde_json::from_str(&detail[0]).unwrap();
    assert_eq!(
        (&said["release"], &said["preview"], &said["edition"]),
        (
            &draft["uuid"],
            &first["preview"]["uuid"],
            &first["preview"]["editionUuid"]
        )
    );
    crate::whole::assert_whole(&newsroom).await;
}

async fn whoever_may_read_a_release_previews_it_and_nobody_else(kind: Kind) {
    let Desk {
        newsroom,
        server,
        editor,
    } = desk(kind).await;
    newsroom.account("author@example.org", "author", &[]);
    let author = server.client().signed_in("author@example.org").await;
    let draft = create(&editor, "Observers arrive").await;
    let edition = edition(&editor, &draft, "en").await;
    let input = json!({"input": {"edition": edition}});
    let nothing = json!({"input": {"edition": "0192f3a4-7b5c-7def-8123-456789abcdef"}});
    let hidden = author.graphql(CREATE, input.clone()).await;
    assert_eq!(hidden.codes(), ["NOT_FOUND"]);
    assert_eq!(hidden.body, author.graphql(CREATE, nothing.clone()).await.body);
    assert_eq!(editor.graphql(CREATE, nothing).await.codes(), ["NOT_FOUND"]);
    assert_eq!(
        server.client().graphql(CREATE, input).await.codes(),
        ["UNAUTHENTICATED"]
    );
    let malformed = json!({"input": {"edition": "strange"}});
    assert_eq!(
        editor.graphql(CREATE, malformed).await.faults(),
        ["input.edition INVALID_ID"]
    );
    for seconds in [59, -1, 2_592_001] {
        let outside = json!({"input": {"edition": edition, "expiresIn": seconds}});
        assert_eq!(
            editor.graphql(CREATE, outside).await.faults(),
            ["input.expiresIn OUT_OF_RANGE"]
        );
    }

    // A machine by its key, and an author what is their own.
    let key = "mutation { createApiKey(input: {name: \"site\", role: EDITOR}) { secret } }";
    let key = editor.ask(key, json!({})).await["createApiKey"]["secret"].take();
    let machine = server.client().with_bearer(key.as_str().unwrap());
    let by_machine = made(&machine, json!({"edition": edition, "expiresIn": 60})).await;
    let own = create(&author, "An author's own").await;
    assert!(token(&author, &own, "en").await.starts_with("nrp_"));

    let list = "query($id: ID!) { deskRelease(id: $id) { previews { id locale editionNumber createdBy { kind name } revokedAt } } }";
    let listed = editor.ask(list, json!({"id": draft["id"]})).await["deskRelease"]["previews"].take();
    assert_eq!(
        listed,
        json!([{"id": by_machine["preview"]["id"], "locale": "en", "editionNumber": 1,
            "createdBy": {"kind": "ACCOUNT", "name": by_machine["preview"]["createdBy"]["name"]}, "revokedAt": null}])
    );
    let lasts = newsroom
        .number("SELECT expires_at - created_at FROM preview ORDER BY id LIMIT 1")
        .await;
    assert_eq!(lasts, 60_000_000);
    let revoke = json!({"input": {"id": by_machine["preview"]["id"]}});
    assert_eq!(author.graphql(REVOKE, revoke.clone()).await.codes(), ["NOT_FOUND"]);
    let expired = newsroom
        .number("SELECT count(*) FROM preview WHERE revoked_at IS NOT NULL")
        .await;
    assert_eq!(expired, 0);
    editor.ask(REVOKE, revoke).await;
    let listed = editor.ask(list, json!({"id": draft["id"]})).await;
    assert_eq!(listed["deskRelease"]["previews"], json!([]));
    token(&editor, &draft, "en").await;
    newsroom.execute(&stamp(1)).await;
    let listed = editor.ask(list, json!({"id": draft["id"]})).await;
    assert_eq!(listed["deskRelease"]["previews"], json!([]));
}

async fn a_release_has_so_many_previews_at_once(kind: Kind) {
    let Desk {
        newsroom: _newsroom,
        server: _server,
        editor,
    } = desk(kind).await;
    let draft = create(&editor, "Observers arrive").await;
    let input = json!({"input": {"edition": edition(&editor, &draft, "en").await}});
    for _ in 0..19 {
        editor.ask(CREATE, input.clone()).await;
    }
    let both = tokio::join!(
        editor.graphql(CREATE, input.clone()),
        editor.graphql(CREATE, input.clone())
    );
    let (made, refused) = if both.0.errors().is_empty() {
        both
    } else {
        (both.1, both.0)
    };
    assert_eq!(refused.codes(), ["CONFLICT"]);
    let revoke = json!({"input": {"id": made.data("/createPreview/preview/id")}});
    editor.ask(REVOKE, revoke).await;
    editor.ask(CREATE, input).await;
}

async fn a_preview_is_read_from_public_tables_and_those_of_a_page_at_once(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let log = [
        ("NEWSROOM_LOG", "warn,sqlx::query=debug"),
        ("NEWSROOM_LOG_FORMAT", "json"),
    ];
    let server = newsroom.serve_with(&[], &log).await;
    let editor = server.client().signed_in("press@example.org").await;
    let live = published(&editor, "Observers arrive").await;
    let draft = done(&editor, "updateTranslation", change(&live, "Observers stay")).await;
    assert_eq!(text(&draft, "en")["live"]["title"], "Observers arrive");
    let under = server.client().under(&token(&editor, &draft, "en").await);
    create(&editor, "Another").await;

    let ways = json!({"id": live["id"], "slug": "observers-arrive", "old": "elsewhere"});
    let (shown, ran) = server.logged_by(under.ask(WAYS, ways)).await;
    assert_eq!(shown["slug"]["title"], "Observers stay");
    assert!(
        ran.iter().any(|statement| statement.contains("\\\"preview\\\"")),
        "{ran:#?}"
    );
    for table in ["release", "translation", "edition", "slug", "account"] {
        let quoted = format!("\\\"{table}\\\".");
        assert!(
            !ran.iter().any(|statement| statement.contains(&quoted)),
            "{table}: {ran:#?}"
        );
    }
    let page = "{ deskReleases(first: 5) { nodes { previews { id createdBy { name } } } } }";
    let (data, ran) = server.logged_by(editor.ask(page, json!({}))).await;
    assert_eq!(data["deskReleases"]["nodes"].as_array().unwrap().len(), 5);
    let read = ran
        .iter()
        .filter(|statement| statement.contains("FROM \\\"preview\\\""))
        .count();
    assert_eq!(read, 1, "{ran:#?}");
}
