//! What the desk refuses, how it says so, and that nothing has then changed.

use newsroom_tests::{Client, Kind, Newsroom, Server, on_both};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;
use crate::press::{create, done, publish, published, send, text, version};

on_both!(
    nobody_does_anything_without_credentials,
    a_stale_version_is_told_the_current_one_and_who_made_it,
    all_faults_of_a_form_come_at_once,
    what_a_release_is_not_in_the_state_for_is_refused_with_the_mend,
    each_role_does_what_the_table_says_and_no_more,
    what_one_may_not_read_is_not_there,
    an_office_is_changed_by_those_who_have_rights_on_both_sides,
    a_setting_lets_publishers_of_one_office_publish,
    a_refusal_leaves_no_trace,
);

/// Somebody at each desk of the house.
const ODIHR: &[&str] = &["osce-office-for-democratic-institutions-and-human-rights"];

/// The slug of the second office, as the seed has it.
async fn another_office(client: &Client) -> String {
    let offices = client.ask("{ offices { slug } }", json!({})).await;
    let slugs = newsroom_tests::client::texts(&offices["offices"], "/slug");
    slugs
        .into_iter()
        .find(|slug| slug != "osce-office-for-democratic-institutions-and-human-rights")
        .unwrap()
}

async fn nobody_does_anything_without_credentials(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let release = published(&desk, "Observers arrive").await;
    let named = json!({"id": release["id"], "version": release["version"]});
    let with = |more: Value| {
        let mut input = named.clone();
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let commands = [
        ("createRelease", json!({"originalLocale": "en", "text": {"title": "A"}})),
        ("updateRelease", with(json!({"text": {"title": "A"}}))),
        ("addTranslation", with(json!({"locale": "ru", "text": {"title": "A"}}))),
        (
            "updateTranslation",
            with(json!({"locale": "en", "text": {"title": "A"}})),
        ),
        ("publishTranslation", with(json!({"locale": "en"}))),
        (
            "withdrawRelease",
            with(json!({"notice": [{"locale": "en", "text": "A"}]})),
        ),
        ("removeRelease", with(json!({"reason": "A"}))),
        ("reinstateRelease", named.clone()),
    ];
    let acts = newsroom.number("SELECT audit_number FROM change_head").await;
    for (command, input) in commands {
        let answer = send(server.client(), command, input).await;
        assert_eq!(answer.codes(), ["UNAUTHENTICATED"], "{command}");
    }
    for query in [
        "{ deskReleases { totalCount } }",
        "{ deskRelease(id: \"0192f3a4-7b5c-7def-8123-456789abcdef\") { id } }",
    ] {
        assert_eq!(
            server.client().graphql(query, json!({})).await.codes(),
            ["UNAUTHENTICATED"]
        );
    }
    assert_eq!(newsroom.number("SELECT audit_number FROM change_head").await, acts);
}

async fn a_stale_version_is_told_the_current_one_and_who_made_it(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    newsroom.account("second@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let second = server.client().signed_in("second@example.org").await;
    let draft = create(&desk, "Observers arrive").await;
    publish(&second, &draft, "en").await;
    let save = json!({"id": draft["id"], "locale": "en", "version": 1, "text": {"title": "Late"}});
    let answer = send(&desk, "updateTranslation", save).await;
    assert_eq!(answer.codes(), ["CONFLICT"]);
    let current = &answer.errors()[0]["extensions"]["current"];
    assert_eq!((&current["locale"], &current["version"]), (&json!("en"), &json!(2)));
    let id = newsroom
        .column("SELECT actor FROM audit_entry WHERE action = 'publish-translation'")
        .await;
    assert_eq!(current["changedBy"]["kind"], "ACCOUNT");
    assert_eq!(
        format!("account:{}", current["changedBy"]["id"].as_str().unwrap()),
        id[0]
    );
    assert!(current["changedAt"].as_str().unwrap().ends_with('Z'));
    let shown = server
        .client()
        .ask("{ release(slug: \"observers-arrive\") { title } }", json!({}))
        .await;
    assert_eq!(shown["release"]["title"], "Observers arrive");
}

async fn all_faults_of_a_form_come_at_once(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve_with(&[], &[("NEWSROOM_LOCALES", "en,ru")]).await;
    let desk = server.client().signed_in("press@example.org").await;
    let input = json!({"originalLocale": "sq", "slug": "Not A Slug", "publishedAt": "yesterday", "type": "no-such-type",
        "offices": ["osce-office-for-democratic-institutions-and-human-rights", "nowhere", "osce-office-for-democratic-institutions-and-human-rights"], "themes": ["nothing"],
        "attachments": [{"url": "ftp://example.org/a", "mediaType": "pdf", "length": -1, "title": ""}],
        "text": {"title": "a\u{0}b", "lead": "x".repeat(2001), "body": {"format": "MARKDOWN", "text": "x".repeat(200_001)}}});
    let answer = send(&desk, "createRelease", input).await;
    assert_eq!(answer.codes(), ["VALIDATION_FAILED"]);
    let mut faults = answer.faults();
    faults.sort();
    assert_eq!(
        faults,
        [
            "input.attachments.0.length OUT_OF_RANGE",
            "input.attachments.0.mediaType MALFORMED",
            "input.attachments.0.title EMPTY",
            "input.attachments.0.url INVALID_URL",
            "input.offices.1 UNKNOWN_SLUG",
            "input.offices.2 DUPLICATE",
            "input.originalLocale UNKNOWN_LOCALE",
            "input.publishedAt INVALID_DATE_TIME",
            "input.slug INVALID_SLUG",
            "input.text.body.text TOO_LONG",
            "input.text.lead TOO_LONG",
            "input.text.title CONTROL_CHARACTER",
            "input.themes.0 UNKNOWN_SLUG",
            "input.type UNKNOWN_SLUG",
        ]
    );
    let both = json!({"originalLocale": "en", "publishedAt": "2024-01-01T00:00:00Z", "publishingDate": "2024-01-01",
        "text": {"lead": "No title"}, "idempotencyKey": "k 1"});
    assert_eq!(
        send(&desk, "createRelease", both.clone()).await.faults(),
        ["input.idempotencyKey INVALID_KEY"]
    );
    let mut both = both;
    both["idempotencyKey"] = Value::Null;
    assert_eq!(
        send(&desk, "createRelease", both).await.faults(),
        ["input.publishingDate CONFLICTING", "input.text.title REQUIRED"]
    );
    let slug = json!({"originalLocale": "en", "slug": "0192f3a4-7b5c-7def-8123-456789abcdef", "text": {"title": "A"}});
    assert_eq!(send(&desk, "createRelease", slug).await.faults().len(), 1);
}

async fn what_a_release_is_not_in_the_state_for_is_refused_with_the_mend(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let draft = create(&desk, "Observers arrive").await;
    let named = |release: &Value, more: Value| {
        let mut input = json!({"id": release["id"], "version": release["version"]});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let notice = json!({"notice": [{"locale": "en", "text": "A"}]});
    let reason = json!({"reason": "A"});
    let refused = |answer: newsroom_tests::Answer, state: &str| {
        assert_eq!(answer.codes(), ["CONFLICT"], "{}", answer.text);
        assert_eq!(answer.errors()[0]["extensions"]["state"], state);
    };
    refused(
        send(&desk, "withdrawRelease", named(&draft, notice.clone())).await,
        "DRAFT",
    );
    refused(
        send(&desk, "removeRelease", named(&draft, reason.clone())).await,
        "DRAFT",
    );
    refused(send(&desk, "reinstateRelease", named(&draft, json!({}))).await, "DRAFT");
    let added = done(
        &desk,
        "addTranslation",
        named(&draft, json!({"locale": "ru", "text": {"title": "Ж"}})),
    )
    .await;
    let russian = json!({"id": added["id"], "locale": "ru", "version": 1});
    refused(send(&desk, "publishTranslation", russian.clone()).await, "DRAFT");
    refused(
        send(
            &desk,
            "addTranslation",
            named(&draft, json!({"locale": "RU", "text": {"title": "Ж"}})),
        )
        .await,
        "DRAFT",
    );
    let live = publish(&desk, &draft, "en").await;
    refused(
        send(&desk, "publishTranslation", named(&live, json!({"locale": "en"}))).await,
        "LIVE",
    );
    let removed = done(&desk, "removeRelease", named(&live, reason)).await;
    refused(send(&desk, "publishTranslation", russian).await, "REMOVED");
    refused(send(&desk, "withdrawRelease", named(&removed, notice)).await, "REMOVED");
    let future = json!({"originalLocale": "en", "publishedAt": "2999-01-01T00:00:00Z", "text": {"title": "Later"}});
    let later = done(&desk, "createRelease", future).await;
    let answer = send(&desk, "publishTranslation", named(&later, json!({"locale": "en"}))).await;
    assert_eq!(answer.faults(), ["input.publishedAt IN_FUTURE"]);
    let missing = json!({"id": later["id"], "version": 1, "locale": "fr"});
    assert_eq!(
        send(&desk, "publishTranslation", missing).await.faults(),
        ["input.locale NO_TRANSLATION"]
    );
    let major =
        json!({"id": later["id"], "version": 1, "locale": "en", "correction": {"level": "MAJOR", "changeNote": "A"}});
    assert!(
        send(&desk, "publishTranslation", major)
            .await
            .faults()
            .contains(&"input.correction CONTRADICTION".to_owned())
    );
}

/// A house with an account of each role in ODIHR.
async fn house(kind: Kind) -> (Newsroom, Server) {
    let newsroom = newsroom_with_seed(kind);
    for role in ["author", "editor", "publisher", "administrator"] {
        newsroom.account(&format!("{role}@example.org"), role, ODIHR);
    }
    let server = newsroom.serve().await;
    (newsroom, server)
}

async fn each_role_does_what_the_table_says_and_no_more(kind: Kind) {
    let (_newsroom, server) = house(kind).await;
    let mut desks = Vec::new();
    for role in ["author", "editor", "publisher", "administrator"] {
        desks.push(server.client().signed_in(&format!("{role}@example.org")).await);
    }
    let [author, editor, publisher, administrator] = &desks[..] else {
        panic!()
    };
    let draft = create(author, "By an author").await;
    assert_eq!(draft["permitted"], json!(["EDIT"]));
    let save = |release: &Value, title: &str| json!({"id": release["id"], "locale": "en", "version": version(release, "en"), "text": {"title": title}});
    let draft = done(author, "updateTranslation", save(&draft, "By an author, again")).await;
    let draft = done(editor, "updateTranslation", save(&draft, "By an editor")).await;
    let publishing = json!({"id": draft["id"], "locale": "en", "version": version(&draft, "en")});
    for nobody in [author, editor] {
        assert_eq!(
            send(nobody, "publishTranslation", publishing.clone()).await.codes(),
            ["FORBIDDEN"]
        );
    }
    let live = done(publisher, "publishTranslation", publishing).await;
    // What is published is no longer its author's draft.
    assert_eq!(
        send(author, "updateTranslation", save(&live, "Too late")).await.codes(),
        ["FORBIDDEN"]
    );
    assert_eq!(text(&live, "en")["live"]["title"], "By an editor");
    let notice = json!({"id": live["id"], "version": live["version"], "notice": [{"locale": "en", "text": "A"}]});
    assert_eq!(
        send(editor, "withdrawRelease", notice.clone()).await.codes(),
        ["FORBIDDEN"]
    );
    let withdrawn = done(administrator, "withdrawRelease", notice).await;
    let reason = json!({"id": live["id"], "version": withdrawn["version"], "reason": "A"});
    assert_eq!(
        send(editor, "removeRelease", reason.clone()).await.codes(),
        ["FORBIDDEN"]
    );
    let removed = done(publisher, "removeRelease", reason).await;
    let named = json!({"id": live["id"], "version": removed["version"]});
    assert_eq!(
        send(editor, "reinstateRelease", named.clone()).await.codes(),
        ["FORBIDDEN"]
    );
    done(publisher, "reinstateRelease", named).await;
}

async fn what_one_may_not_read_is_not_there(kind: Kind) {
    let (newsroom, server) = house(kind).await;
    let slug = another_office(server.client()).await;
    newsroom.account("elsewhere@example.org", "publisher", &[&slug]);
    let editor = server.client().signed_in("editor@example.org").await;
    let elsewhere = server.client().signed_in("elsewhere@example.org").await;
    let author = server.client().signed_in("author@example.org").await;
    let release = create(&editor, "Observers arrive").await;
    let there_is_none = json!({"id": "0192f3a4-7b5c-7def-8123-456789abcdef", "version": 7, "locale": "en"});
    let there_is_one = json!({"id": release["id"], "version": 7, "locale": "en"});
    for nobody in [&elsewhere, &author] {
        let hidden = send(nobody, "publishTranslation", there_is_one.clone()).await;
        let missing = send(nobody, "publishTranslation", there_is_none.clone()).await;
        assert_eq!(hidden.codes(), ["NOT_FOUND"]);
        assert_eq!(hidden.body["errors"], missing.body["errors"]);
        let query = "query($id: ID!) { deskRelease(id: $id) { id } deskReleases { totalCount } }";
        let read = nobody.ask(query, json!({"id": release["id"]})).await;
        assert_eq!(read["deskRelease"], json!(null));
    }
    let read = editor
        .ask(
            "query($id: ID!) { deskRelease(id: $id) { id } }",
            json!({"id": release["uuid"]}),
        )
        .await;
    assert_eq!(read["deskRelease"]["id"], release["id"]);
}

async fn an_office_is_changed_by_those_who_have_rights_on_both_sides(kind: Kind) {
    let (newsroom, server) = house(kind).await;
    let other = another_office(server.client()).await;
    newsroom.account(
        "both@example.org",
        "editor",
        &["osce-office-for-democratic-institutions-and-human-rights", &other],
    );
    let editor = server.client().signed_in("editor@example.org").await;
    let both = server.client().signed_in("both@example.org").await;
    let publisher = server.client().signed_in("publisher@example.org").await;
    let draft = create(&editor, "Observers arrive").await;
    let refile = json!({"id": draft["id"], "version": 1, "offices": ["osce-office-for-democratic-institutions-and-human-rights", other.clone()]});
    let away = json!({"id": draft["id"], "version": 1, "offices": [other.clone()]});
    assert_eq!(send(&editor, "updateRelease", away).await.codes(), ["FORBIDDEN"]);
    let nowhere = json!({"id": draft["id"], "version": 1, "offices": []});
    assert_eq!(send(&editor, "updateRelease", nowhere).await.codes(), ["FORBIDDEN"]);
    let foreign = json!({"originalLocale": "en", "offices": [other], "text": {"title": "A"}});
    assert_eq!(send(&editor, "createRelease", foreign).await.codes(), ["FORBIDDEN"]);
    let draft = done(&both, "updateRelease", refile).await;
    // Of two offices, one is enough to edit, and both are needed to publish.
    let save = json!({"id": draft["id"], "locale": "en", "version": 2, "text": {"title": "Edited"}});
    let draft = done(&editor, "updateTranslation", save).await;
    let publishing = json!({"id": draft["id"], "locale": "en", "version": 3});
    assert_eq!(
        send(&publisher, "publishTranslation", publishing).await.codes(),
        ["FORBIDDEN"]
    );
}

async fn a_setting_lets_publishers_of_one_office_publish(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", ODIHR);
    let server = newsroom.serve_with(&["--publish-rights", "one-office"], &[]).await;
    let other = another_office(server.client()).await;
    newsroom.account(
        "both@example.org",
        "editor",
        &["osce-office-for-democratic-institutions-and-human-rights", &other],
    );
    let both = server.client().signed_in("both@example.org").await;
    let press = server.client().signed_in("press@example.org").await;
    let input = json!({"originalLocale": "en", "offices": ["osce-office-for-democratic-institutions-and-human-rights", other], "text": {"title": "Of two offices"}});
    let draft = done(&both, "createRelease", input).await;
    assert_eq!(publish(&press, &draft, "en").await["state"], "LIVE");
}

async fn a_refusal_leaves_no_trace(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    published(&desk, "Observers arrive").await;
    let state = async || {
        let rows = newsroom.column("SELECT CAST((SELECT count(*) FROM slug) + (SELECT count(*) FROM edition) + (SELECT audit_number FROM change_head) AS TEXT)").await;
        rows[0].clone()
    };
    let before = state().await;
    let taken =
        json!({"originalLocale": "en", "slug": "observers-arrive", "text": {"title": "A"}, "idempotencyKey": "k"});
    let answer = send(&desk, "createRelease", taken.clone()).await;
    assert_eq!(answer.codes(), ["CONFLICT"]);
    // It names nothing of the other, and says the same the second time.
    assert!(!answer.text.contains("Observers arrive"), "{}", answer.text);
    assert_eq!(
        send(&desk, "createRelease", taken).await.body["errors"],
        answer.body["errors"]
    );
    assert_eq!(state().await, before);
}
