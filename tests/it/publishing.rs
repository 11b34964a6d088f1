//! The path of a release: an editor's client signs in, creates and publishes it, and every reader's next query has it.

use newsroom_tests::{Kind, Newsroom, on_both};
use serde_json::json;

use crate::archive::newsroom_with_seed;
use crate::press::{DESK, create, done, publish, published, send, text, version};

on_both!(
    what_is_published_is_in_the_very_next_query_count_and_filter,
    a_translation_goes_live_alone,
    a_correction_is_minor_or_has_a_note,
    a_slug_that_changes_redirects_from_when_it_is_live,
    a_withdrawn_release_stays_and_a_removed_one_is_a_tombstone_until_it_is_reinstated,
    html_is_cleaned_and_text_is_kept_in_form_c,
    a_title_in_any_script_makes_a_slug,
    what_the_desk_has_edited_is_not_overwritten_by_an_import,
    a_release_is_exported_and_imported_again_with_its_draft,
);

const READERS: &str = "query($slug: String!) { release(slug: $slug) { title updatedAt changeNotes { note } } \
    releases(filter: {offices: [\"osce-office-for-democratic-institutions-and-human-rights\"]}, first: 1) { totalCount nodes { slug } } \
    address(slug: $slug) { __typename ... on Redirect { to: release { slug } } ... on Tombstone { reason } } }";

async fn what_is_published_is_in_the_very_next_query_count_and_filter(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let reader = server.client();
    let desk = reader.signed_in("press@example.org").await;
    let asked = json!({"slug": "observers-arrive"});
    let before = reader.ask(READERS, asked.clone()).await;
    let changes = newsroom.number("SELECT count(*) FROM change").await;

    let draft = create(&desk, "Observers arrive").await;
    assert_eq!(draft["state"], "DRAFT");
    assert_eq!(reader.ask(READERS, asked.clone()).await, before);
    let live = publish(&desk, &draft, "en").await;
    assert_eq!(
        (&live["state"], &live["slug"]),
        (&json!("LIVE"), &json!("observers-arrive"))
    );

    let after = reader.ask(READERS, asked).await;
    assert_eq!(after["release"]["title"], "Observers arrive");
    assert_eq!(after["releases"]["nodes"][0]["slug"], "observers-arrive");
    let total = |answer: &serde_json::Value| answer["releases"]["totalCount"].as_i64().unwrap();
    assert_eq!(total(&after), total(&before) + 1);
    assert_eq!(newsroom.number("SELECT count(*) FROM change").await, changes + 1);
    assert_eq!(
        newsroom
            .column("SELECT kind || ' ' || origin FROM change ORDER BY sequence DESC LIMIT 1")
            .await,
        ["published desk"]
    );
    let audit = newsroom
        .column("SELECT action || ' ' || detail FROM audit_entry ORDER BY number DESC LIMIT 2")
        .await;
    assert!(
        audit[0].starts_with("publish-translation") && audit[1].starts_with("create-release"),
        "{audit:?}"
    );
    assert!(
        audit[0].contains("\"version\":2") && audit[0].contains("\"from\":\"127.0.0.1\""),
        "{audit:?}"
    );
}

async fn a_translation_goes_live_alone(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let release = published(&desk, "Observers arrive").await;
    let add = |locale: &str, title: &str| json!({"id": release["id"], "version": version(&release, "en"), "locale": locale, "text": {"title": title}});
    done(&desk, "addTranslation", add("ru", "Прибыли наблюдатели")).await;
    // Adding one leaves the original's version, so that two can be added at once.
    let release = done(&desk, "addTranslation", add("sq", "Vijnë vëzhguesit")).await;
    let half_done = json!({"id": release["id"], "locale": "en", "version": version(&release, "en"), "text": {"title": "Half done"}});
    let release = done(&desk, "updateTranslation", half_done).await;
    let release = publish(&desk, &release, "ru").await;
    assert_eq!(text(&release, "sq")["live"], json!(null));
    assert_eq!(text(&release, "en")["draft"]["title"], "Half done");
    let query = "query($id: ID!) { release(id: $id) { title availableLocales translations { locale title } } }";
    let shown = server.client().ask(query, json!({"id": release["id"]})).await;
    assert_eq!(
        shown["release"],
        json!({"title": "Observers arrive", "availableLocales": ["en", "ru"], "translations": [
            {"locale": "en", "title": "Observers arrive"}, {"locale": "ru", "title": "Прибыли наблюдатели"}]})
    );
}

async fn a_correction_is_minor_or_has_a_note(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let first = published(&desk, "Observers arrive").await;
    let save = |release: &serde_json::Value, title: &str| json!({"id": release["id"], "locale": "en", "version": version(release, "en"), "text": {"title": title}});
    let draft = done(&desk, "updateTranslation", save(&first, "Observers arrived")).await;
    let minor = publish(&desk, &draft, "en").await;
    assert_eq!(text(&minor, "en")["updatedAt"], text(&first, "en")["updatedAt"]);
    let draft = done(&desk, "updateTranslation", save(&minor, "Observers left")).await;
    let input = json!({"id": draft["id"], "locale": "en", "version": version(&draft, "en"),
        "correction": {"level": "MAJOR", "changeNote": "They left."}});
    let major = done(&desk, "publishTranslation", input).await;
    assert_ne!(text(&major, "en")["updatedAt"], text(&first, "en")["updatedAt"]);
    let shown = server.client().ask(READERS, json!({"slug": "observers-arrive"})).await;
    assert_eq!(shown["release"]["title"], "Observers left");
    assert_eq!(shown["release"]["changeNotes"], json!([{"note": "They left."}]));
    let kinds = newsroom
        .column("SELECT kind FROM change ORDER BY sequence DESC LIMIT 2")
        .await;
    assert_eq!(kinds, ["corrected", "updated"]);
}

async fn a_slug_that_changes_redirects_from_when_it_is_live(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let reader = server.client();
    let desk = reader.signed_in("press@example.org").await;
    let first = published(&desk, "Observers arrive").await;
    let rename = json!({"id": first["id"], "version": first["version"], "slug": "observers-are-here"});
    let draft = done(&desk, "updateRelease", rename).await;
    let new = json!({"slug": "observers-are-here"});
    // Reserved, and not there for readers.
    assert_eq!(reader.ask(READERS, new.clone()).await["address"], json!(null));
    let taken = json!({"originalLocale": "en", "slug": "observers-are-here", "offices": ["osce-office-for-democratic-institutions-and-human-rights"], "text": {"title": "Another"}});
    assert_eq!(send(&desk, "createRelease", taken.clone()).await.codes(), ["CONFLICT"]);
    publish(&desk, &draft, "en").await;
    let old = reader.ask(READERS, json!({"slug": "observers-arrive"})).await;
    assert_eq!(
        old["address"],
        json!({"__typename": "Redirect", "to": {"slug": "observers-are-here"}})
    );
    assert_eq!(reader.ask(READERS, new).await["address"]["__typename"], "Release");
    for slug in ["observers-arrive", "observers-are-here"] {
        let mut input = taken.clone();
        input["slug"] = slug.into();
        assert_eq!(send(&desk, "createRelease", input).await.codes(), ["CONFLICT"]);
    }
}

async fn a_withdrawn_release_stays_and_a_removed_one_is_a_tombstone_until_it_is_reinstated(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let reader = server.client();
    let desk = reader.signed_in("press@example.org").await;
    let live = published(&desk, "Observers arrive").await;
    let at = json!({"slug": "observers-arrive"});
    let named = |release: &serde_json::Value| json!({"id": release["id"], "version": release["version"]});
    let with = |release: &serde_json::Value, key: &str, value: serde_json::Value| {
        let mut input = named(release);
        input[key] = value;
        input
    };
    let notice = json!([{"locale": "en", "text": "Under review."}]);
    let withdrawn = done(&desk, "withdrawRelease", with(&live, "notice", notice)).await;
    assert_eq!(withdrawn["state"], "WITHDRAWN");
    assert_eq!(
        reader.ask(READERS, at.clone()).await["release"]["title"],
        "Observers arrive"
    );
    let removed = done(
        &desk,
        "removeRelease",
        with(&withdrawn, "reason", json!("Published in error.")),
    )
    .await;
    let gone = reader.ask(READERS, at.clone()).await;
    assert_eq!(
        (&gone["release"], &gone["address"]),
        (
            &json!(null),
            &json!({"__typename": "Tombstone", "reason": "Published in error."})
        )
    );
    let back = done(&desk, "reinstateRelease", named(&removed)).await;
    assert_eq!(back["state"], "WITHDRAWN");
    let back = done(&desk, "reinstateRelease", named(&back)).await;
    assert_eq!((&back["state"], &back["version"]), (&json!("LIVE"), &json!(6)));
    assert_eq!(reader.ask(READERS, at).await["address"]["__typename"], "Release");
    let kinds = newsroom
        .column("SELECT kind FROM change ORDER BY sequence DESC LIMIT 5")
        .await;
    assert_eq!(kinds, ["reinstated", "withdrawn", "reinstated", "removed", "withdrawn"]);
}

async fn html_is_cleaned_and_text_is_kept_in_form_c(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let title = "👩‍👩‍👧 \u{202e}عربي\u{202c} Kuke\u{308}s";
    let input = json!({"originalLocale": "sq", "slug": "kept", "text": {"title": title, "lead": "a\tb\r\nc",
        "body": {"format": "HTML", "text": "<p onclick=\"x()\">A <b>b</b><script>alert(1)</script></p><iframe src=\"//e\"></iframe>"}}});
    let draft = done(&desk, "createRelease", input).await;
    let edition = &text(&draft, "sq")["draft"];
    assert_eq!(edition["title"], "👩‍👩‍👧 \u{202e}عربي\u{202c} Kukës");
    assert_eq!(edition["lead"], "a\tb\nc");
    assert_eq!(edition["body"]["html"], "<p>A <b>b</b></p>");
    publish(&desk, &draft, "sq").await;
    let shown = server
        .client()
        .ask("{ release(slug: \"kept\") { title lead body } }", json!({}))
        .await;
    assert_eq!(
        shown["release"],
        json!({"title": "👩‍👩‍👧 \u{202e}عربي\u{202c} Kukës", "lead": "a\tb\nc", "body": "<p>A <b>b</b></p>"})
    );
}

async fn a_title_in_any_script_makes_a_slug(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "editor", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let mut slugs = Vec::new();
    for title in [
        "Наблюдатели прибыли",
        "Vijnë vëzhguesit në Shkodër",
        "Posmatrači stižu u Čačak",
        "观察员",
        "?!",
        "?!",
    ] {
        let draft = create(&desk, title).await;
        slugs.push(
            text(&draft, "en")["draft"]["shared"]["slug"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    assert_eq!(
        slugs,
        [
            "nabliudateli-pribyli",
            "vijne-vezhguesit-ne-shkoder",
            "posmatraci-stizu-u-cacak",
            "guan-cha-yuan",
            "release",
            "release-2"
        ]
    );
}

async fn what_the_desk_has_edited_is_not_overwritten_by_an_import(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let line = json!({"sourceId": "s-1", "state": "live", "slug": "imported", "publishingDate": "2024-01-01",
        "originalLocale": "en", "translations": {"en": {"title": "As imported"}}});
    let file = newsroom.file("one.jsonl", &line.to_string());
    newsroom.run(&["import", &file]).expect_success();
    let list = "{ deskReleases(first: 1) { nodes { ...Desk } } }";
    let listed = desk.ask(&format!("{list} {DESK}"), json!({})).await;
    let release = &listed["deskReleases"]["nodes"][0];
    let save = json!({"id": release["id"], "locale": "en", "version": 1, "text": {"title": "As edited"}});
    done(&desk, "updateTranslation", save).await;
    let mut changed = line;
    changed["translations"]["en"]["title"] = "As imported again".into();
    let file = newsroom.file("two.jsonl", &changed.to_string());
    let ran = newsroom.run(&["import", &file]);
    assert!(ran.code() == 1 && ran.all().contains("EDITED_SINCE"), "{}", ran.all());
    newsroom.run(&["import", "--overwrite", &file]).expect_success();
    let shown = server
        .client()
        .ask("{ release(slug: \"imported\") { title } }", json!({}))
        .await;
    assert_eq!(shown["release"]["title"], "As imported again");
}

async fn a_release_is_exported_and_imported_again_with_its_draft(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let live = published(&desk, "Observers arrive").await;
    let edit = json!({"id": live["id"], "version": live["version"], "slug": "later", "text": {"title": "A draft"}});
    done(&desk, "updateRelease", edit).await;
    create(&desk, "Never published").await;
    let exported = newsroom.run(&["export"]).expect_success().output;
    assert!(
        exported.contains("A draft") && exported.contains("Never published"),
        "{exported}"
    );
    let copy = Newsroom::empty(kind);
    let out = newsroom.folder().join("out.jsonl").display().to_string();
    newsroom.run(&["export", &out]).expect_success();
    copy.run(&["import", &out]).expect_success();
    assert_eq!(copy.run(&["export"]).expect_success().output, exported);
}
