//! The life of a translation: written, reviewed, approved, live, corrected, taken down, restored; and nothing is lost.

use newsroom_tests::{Client, Kind, on_both};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;
use crate::press::{create, done, publish, published, read, send, step, stepped, text, version};

on_both!(
    a_draft_is_reviewed_sent_back_written_anew_and_approved,
    a_discarded_draft_frees_its_slug_and_is_restored,
    a_draft_is_rebased_on_what_went_live_beside_it,
    a_translation_is_taken_down_and_reinstated,
    a_translation_is_behind_until_it_is_published_anew_or_confirmed,
    nobody_publishes_alone_where_four_eyes_are_asked_for,
    a_copy_has_the_texts_and_the_filing_and_an_address_of_its_own,
    many_releases_take_one_step_with_a_result_each,
);

const SHOWN: &str = "query($id: ID!) { release(id: $id) { title publishedAt translations { locale title } } }";

/// What readers have of a release.
pub(crate) async fn shown(reader: &Client, release: &Value) -> Value {
    reader.ask(SHOWN, json!({"id": release["id"]})).await["release"].take()
}

async fn a_draft_is_reviewed_sent_back_written_anew_and_approved(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("author@example.org", "author", &[]);
    newsroom.account("editor@example.org", "editor", &[]);
    let server = newsroom.serve().await;
    let author = server.client().signed_in("author@example.org").await;
    let editor = server.client().signed_in("editor@example.org").await;
    let draft = done(
        &author,
        "createRelease",
        json!({"originalLocale": "en", "text": {"title": "Observers arrive"}}),
    )
    .await;
    let draft = stepped(&author, "submitForReview", &draft, "en", json!({})).await;
    assert_eq!(text(&draft, "en")["stage"], "IN_REVIEW");
    let refused = step(&author, "approveDraft", &draft, "en", json!({})).await;
    assert_eq!(refused.codes(), ["FORBIDDEN"]);
    let back = stepped(
        &editor,
        "requestChanges",
        &draft,
        "en",
        json!({"comment": "Who arrives?"}),
    )
    .await;
    assert_eq!(
        (
            &text(&back, "en")["stage"],
            &text(&back, "en")["requestedChanges"]["comment"]
        ),
        (&json!("WRITTEN"), &json!("Who arrives?"))
    );
    let again = stepped(
        &author,
        "updateTranslation",
        &back,
        "en",
        json!({"text": {"title": "Long-term observers arrive"}}),
    )
    .await;
    assert_eq!(text(&again, "en")["requestedChanges"], json!(null));
    let approved = stepped(&editor, "approveDraft", &again, "en", json!({})).await;
    assert_eq!(text(&approved, "en")["stage"], "APPROVED");
    let edited = stepped(
        &author,
        "updateTranslation",
        &approved,
        "en",
        json!({"text": {"lead": "Today."}}),
    )
    .await;
    assert_eq!(text(&edited, "en")["stage"], "WRITTEN");
    let audited = newsroom.audited().await;
    let of_life: Vec<&str> = audited
        .iter()
        .map(String::as_str)
        .filter(|action| !["account-created", "signed-in", "import", "import-taxonomy"].contains(action))
        .collect();
    assert_eq!(
        of_life,
        [
            "create-release",
            "submit-draft",
            "request-changes",
            "update-translation",
            "approve-draft",
            "update-translation"
        ]
    );
}

async fn a_discarded_draft_frees_its_slug_and_is_restored(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    newsroom.account(
        "editor@example.org",
        "editor",
        &["osce-office-for-democratic-institutions-and-human-rights"],
    );
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let editor = server.client().signed_in("editor@example.org").await;
    let draft = create(&desk, "Observers arrive").await;
    let editions = "query($id: ID!) { deskRelease(id: $id) { original { draft { uuid } } } }";
    let edition =
        desk.ask(editions, json!({"id": draft["id"]})).await["deskRelease"]["original"]["draft"]["uuid"].take();
    let gone = stepped(&desk, "discardDraft", &draft, "en", json!({})).await;
    assert_eq!(
        (&gone["state"], &text(&gone, "en")["draft"]),
        (&json!("DRAFT"), &json!(null))
    );
    // Those of its office find it still.
    assert_eq!(read(&editor, &draft).await["id"], draft["id"]);
    let other = done(
        &desk,
        "createRelease",
        json!({"originalLocale": "en", "slug": "observers-arrive", "text": {"title": "Others arrive"}}),
    )
    .await;
    assert_eq!(text(&other, "en")["draft"]["shared"]["slug"], "observers-arrive");
    let taken = step(&desk, "restoreEdition", &gone, "en", json!({"edition": edition})).await;
    assert_eq!(taken.codes(), ["CONFLICT"]);
    let taken = step(
        &desk,
        "updateTranslation",
        &gone,
        "en",
        json!({"text": {"title": "Again"}}),
    )
    .await;
    assert_eq!(taken.codes(), ["CONFLICT"]);
    let restored = stepped(
        &desk,
        "restoreEdition",
        &gone,
        "en",
        json!({"edition": edition, "slug": "observers-arrive-again"}),
    )
    .await;
    let restored = &text(&restored, "en")["draft"];
    assert_eq!(
        (&restored["title"], &restored["shared"]["slug"], &restored["number"]),
        (&json!("Observers arrive"), &json!("observers-arrive-again"), &json!(2))
    );
    assert_eq!(
        restored["shared"]["offices"][0]["slug"],
        "osce-office-for-democratic-institutions-and-human-rights"
    );
    let unknown = step(&desk, "restoreEdition", &other, "en", json!({"edition": edition})).await;
    assert_eq!(unknown.codes(), ["VALIDATION_FAILED"]);
}

async fn a_draft_is_rebased_on_what_went_live_beside_it(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let line = |title: &str, lead: &str| {
        let line = json!({"sourceId": "r-1", "state": "live", "slug": "r-1", "publishedAt": "2024-11-22T00:00:00Z", "type": null, "offices": [], "themes": [],
            "originalLocale": "en", "translations": {"en": {"title": title, "lead": lead}}});
        newsroom.file("lines.jsonl", &format!("{line}\n"))
    };
    newsroom.run(&["import", &line("One", "Lead")]).expect_success();
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let query = "{ release(slug: \"r-1\") { id } }";
    let release = read(&desk, &desk.ask(query, json!({})).await["release"]).await;
    let draft = stepped(
        &desk,
        "updateTranslation",
        &release,
        "en",
        json!({"text": {"title": "Mine"}}),
    )
    .await;
    newsroom
        .run(&["import", "--overwrite", &line("Theirs", "Their lead")])
        .expect_success();
    let behind = read(&desk, &draft).await;
    assert_eq!(text(&behind, "en")["isDraftBehind"], true);
    let refused = step(&desk, "publishTranslation", &behind, "en", json!({})).await;
    assert!(refused.text.contains("rebase it first"), "{}", refused.text);
    let clash = step(&desk, "rebaseDraft", &behind, "en", json!({})).await;
    assert_eq!(clash.codes(), ["VALIDATION_FAILED"]);
    assert_eq!(clash.errors()[0]["extensions"]["fields"].as_array().unwrap().len(), 1);
    assert_eq!(clash.errors()[0]["extensions"]["fields"][0]["path"], "input.text.title");
    let rebased = stepped(
        &desk,
        "rebaseDraft",
        &behind,
        "en",
        json!({"resolutions": [{"field": "TITLE", "take": "DRAFT"}]}),
    )
    .await;
    let draft = &text(&rebased, "en")["draft"];
    assert_eq!(
        (&draft["title"], &draft["lead"]),
        (&json!("Mine"), &json!("Their lead"))
    );
    publish(&desk, &rebased, "en").await;
    let nothing = step(&desk, "rebaseDraft", &read(&desk, &rebased).await, "en", json!({})).await;
    assert_eq!(nothing.codes(), ["CONFLICT"]);
}

async fn a_translation_is_taken_down_and_reinstated(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let release = published(&desk, "Observers arrive").await;
    let release = done(
        &desk,
        "addTranslation",
        json!({"id": release["id"], "version": version(&release, "en"), "locale": "ru", "text": {"title": "Прибыли"}}),
    )
    .await;
    let release = publish(&desk, &release, "ru").await;
    let refused = step(&desk, "takeDownTranslation", &release, "en", json!({})).await;
    assert_eq!(refused.codes(), ["CONFLICT"]);
    let down = stepped(&desk, "takeDownTranslation", &release, "ru", json!({})).await;
    assert!(text(&down, "ru")["takenDownAt"].is_string());
    assert_eq!(
        shown(server.client(), &release).await["translations"],
        json!([{"locale": "en", "title": "Observers arrive"}])
    );
    let up = stepped(&desk, "reinstateTranslation", &down, "ru", json!({})).await;
    assert_eq!(shown(server.client(), &up).await["translations"][1]["title"], "Прибыли");
    let kinds = newsroom
        .column("SELECT kind FROM change ORDER BY sequence DESC LIMIT 2")
        .await;
    assert_eq!(kinds, ["translation-reinstated", "translation-taken-down"]);
}

async fn a_translation_is_behind_until_it_is_published_anew_or_confirmed(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let release = published(&desk, "Observers arrive").await;
    let release = done(
        &desk,
        "addTranslation",
        json!({"id": release["id"], "version": version(&release, "en"), "locale": "ru", "text": {"title": "Прибыли"}}),
    )
    .await;
    let mut release = publish(&desk, &release, "ru").await;
    assert_eq!(text(&release, "ru")["behind"], json!(null));
    for title in ["Observers have arrived", "Observers are here"] {
        release = stepped(
            &desk,
            "updateTranslation",
            &release,
            "en",
            json!({"text": {"title": title}}),
        )
        .await;
        release = publish(&desk, &release, "en").await;
    }
    assert_eq!(text(&release, "ru")["behind"]["texts"], 2);
    let confirmed = stepped(&desk, "confirmTranslation", &release, "ru", json!({})).await;
    assert_eq!(text(&confirmed, "ru")["behind"], json!(null));
    let again = step(&desk, "confirmTranslation", &confirmed, "ru", json!({})).await;
    assert_eq!(again.codes(), ["CONFLICT"]);
}

async fn nobody_publishes_alone_where_four_eyes_are_asked_for(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("one@example.org", "publisher", &[]);
    newsroom.account("two@example.org", "publisher", &[]);
    newsroom.account("admin@example.org", "administrator", &[]);
    let server = newsroom.serve().await;
    let one = server.client().signed_in("one@example.org").await;
    let two = server.client().signed_in("two@example.org").await;
    let admin = server.client().signed_in("admin@example.org").await;
    let rules = "mutation($input: ChangePublishingRulesInput!) { changePublishingRules(input: $input) { version } }";
    let before = one
        .ask("{ publishingRules { office { slug } fourEyes version changed { at } checks { check severity canBeWaived } } }", json!({}))
        .await;
    let general = &before["publishingRules"][0];
    assert_eq!(
        (
            &general["fourEyes"],
            &general["version"],
            &general["changed"],
            &general["checks"][0]
        ),
        (
            &json!(false),
            &json!(0),
            &json!(null),
            &json!({"check": "EMPTY_LEAD", "severity": "WARNING", "canBeWaived": true})
        )
    );
    let asked = json!({"input": {"version": 0, "fourEyes": true}});
    assert_eq!(one.graphql(rules, asked.clone()).await.codes(), ["FORBIDDEN"]);
    admin.ask(rules, asked.clone()).await;
    assert_eq!(admin.graphql(rules, asked).await.codes(), ["CONFLICT"]);
    let kept = one
        .ask(
            "{ publishingRules { office { slug } fourEyes version changed { by { name } } } }",
            json!({}),
        )
        .await;
    assert_eq!(kept["publishingRules"][0]["fourEyes"], true);

    let draft = create(&one, "Observers arrive").await;
    assert_eq!(
        step(&one, "publishTranslation", &draft, "en", json!({})).await.codes(),
        ["FORBIDDEN"]
    );
    assert_eq!(
        step(&one, "approveDraft", &draft, "en", json!({})).await.codes(),
        ["FORBIDDEN"]
    );
    let live = publish(&two, &draft, "en").await;
    assert_eq!(text(&live, "en")["emergency"], json!(null));

    let draft = create(&one, "At midnight").await;
    let alone = stepped(
        &one,
        "publishTranslation",
        &draft,
        "en",
        json!({"emergency": "Nobody else is awake."}),
    )
    .await;
    assert_eq!(text(&alone, "en")["emergency"]["reason"], "Nobody else is awake.");
    assert_eq!(
        step(&one, "approveEmergency", &alone, "en", json!({})).await.codes(),
        ["FORBIDDEN"]
    );
    let seen = stepped(&two, "approveEmergency", &alone, "en", json!({})).await;
    assert_eq!(text(&seen, "en")["emergency"], json!(null));
}

async fn a_copy_has_the_texts_and_the_filing_and_an_address_of_its_own(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let release = published(&desk, "Observers arrive").await;
    let copy = send(
        &desk,
        "duplicateRelease",
        json!({"id": release["id"], "idempotencyKey": "copy"}),
    )
    .await;
    let copy = copy.data("/done/release");
    assert_ne!(copy["id"], release["id"]);
    let draft = &text(copy, "en")["draft"];
    assert_eq!(
        (
            &draft["title"],
            &draft["shared"]["slug"],
            &draft["shared"]["publishedAt"]
        ),
        (&json!("Observers arrive"), &json!("observers-arrive-2"), &json!(null))
    );
    assert_eq!(
        draft["shared"]["offices"][0]["slug"],
        "osce-office-for-democratic-institutions-and-human-rights"
    );
    let again = send(
        &desk,
        "duplicateRelease",
        json!({"id": release["id"], "idempotencyKey": "copy"}),
    )
    .await;
    assert_eq!(again.data("/done/release/id"), &copy["id"]);
}

async fn many_releases_take_one_step_with_a_result_each(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let (first, second) = (create(&desk, "First").await, create(&desk, "Second").await);
    let bulk = "mutation($input: BulkInput!) { bulk(input: $input) { results { release { state } version error { code message fields { path code } } } } }";
    let items = json!([
        {"id": first["id"], "version": 1}, {"id": second["id"], "version": 7}, {"id": "0192f3a4-7b5c-7def-8123-456789abcdef", "version": 1},
        {"id": "strange", "version": 1},
    ]);
    let asked = json!({"input": {"items": items, "step": {"publish": {}}, "idempotencyKey": "all"}});
    let done = desk.ask(bulk, asked.clone()).await;
    let results = &done["bulk"]["results"];
    assert_eq!(
        (
            &results[0]["release"]["state"],
            &results[0]["version"],
            &results[0]["error"]
        ),
        (&json!("LIVE"), &json!(2), &json!(null))
    );
    let codes: Vec<&Value> = results.as_array().unwrap()[1..]
        .iter()
        .map(|result| &result["error"]["code"])
        .collect();
    assert_eq!(codes, ["CONFLICT", "NOT_FOUND", "VALIDATION_FAILED"]);
    assert_eq!(results[1]["release"]["state"], "DRAFT");
    assert_eq!(desk.ask(bulk, asked).await, done);
    let withdraw =
        json!({"input": {"items": [{"id": first["id"], "version": 2}], "step": {"withdraw": {"notice": []}}}});
    let refused = desk.ask(bulk, withdraw).await["bulk"]["results"][0]["error"]["fields"].take();
    assert_eq!(refused, json!([{"path": "notice", "code": "REQUIRED"}]));
    let two = json!({"input": {"items": [{"id": first["id"], "version": 2}], "step": {"plain": "APPROVE_DRAFT", "publish": {}}}});
    assert_ne!(desk.graphql(bulk, two).await.codes(), Vec::<&str>::new());
    let none = desk
        .graphql(bulk, json!({"input": {"items": [], "step": {"publish": {}}}}))
        .await;
    assert_eq!(none.faults(), ["input.items OUT_OF_RANGE"]);
}
