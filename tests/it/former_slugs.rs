//! Slugs that offices, themes and content types had: they lead to them for ever, wherever a slug is taken.

use newsroom_tests::{Client, Kind, Newsroom, on_both};
use serde_json::{Value, json};

use crate::archive::{export, newsroom_with_archive};
use crate::taxonomy_commands::{called, count, done, refused, send};
use crate::whole::assert_whole;

on_both!(
    a_slug_that_was_changed_goes_on_leading_to_its_entry,
    a_former_slug_is_nobody_elses_and_is_taken_back_by_its_own,
    the_former_slugs_of_what_is_deleted_are_free,
    former_slugs_serve_where_the_desk_and_accounts_name_offices,
    lines_that_name_former_slugs_are_filed_under_what_they_lead_to,
    exports_filter_by_former_slugs_and_carry_them,
    a_mirror_follows_what_was_renamed_and_an_older_file_undoes_nothing,
    a_file_that_takes_anothers_slug_is_refused_with_the_place,
);

/// A newsroom of two releases, one of them filed, with an administrator.
fn newsroom(kind: Kind) -> Newsroom {
    let newsroom = Newsroom::empty(kind);
    newsroom.account("admin@example.org", "administrator", &[]);
    let entry = |slug: &str| json!({"slug": slug, "names": {"en": slug}});
    let taxonomy = json!({
        "offices": [entry("skopje"), entry("odihr")],
        "themes": [entry("elections"), entry("media")],
        "types": [entry("news"), entry("spot-report")],
    });
    take_in(&newsroom, &taxonomy.to_string());
    let lines = [
        line(
            "filed",
            &json!({"offices": ["skopje"], "themes": ["elections"], "type": "news"}),
        ),
        line("plain", &json!({})),
    ];
    let lines = newsroom.file("lines.jsonl", &lines.join("\n"));
    newsroom.run(&["import", &lines]).expect_success();
    newsroom
}

fn line(slug: &str, filing: &Value) -> String {
    let mut line = json!({"sourceId": slug, "slug": slug, "state": "live", "publishingDate": "2024-11-22", "translations": {"en": {"title": slug}}});
    for (key, value) in filing.as_object().unwrap() {
        line[key] = value.clone();
    }
    line.to_string()
}

/// Imports a taxonomy alone.
fn take_in(newsroom: &Newsroom, taxonomy: &str) {
    let file = newsroom.file("given.json", taxonomy);
    newsroom.run(&["import", "--taxonomy", &file]).expect_success();
}

/// The three kinds: the word in queries, the command's word, the filter, and a slug that has a release.
const KINDS: [(&str, &str, &str, &str); 3] = [
    ("office", "Office", "offices", "skopje"),
    ("theme", "Theme", "themes", "elections"),
    ("contentType", "ContentType", "types", "news"),
];

/// An entry as its slug shows it.
async fn shown(client: &Client, kind: &str, slug: &str) -> Value {
    let query = format!(
        "query($slug: String!) {{ entry: {kind}(slug: $slug) {{ id slug formerSlugs version releases {{ totalCount }} }} }}"
    );
    client.ask(&query, json!({"slug": slug})).await["entry"].take()
}

/// Gives an entry another slug, and answers what it is then.
async fn renamed(desk: &Client, (kind, word): (&str, &str), from: &str, to: &str) -> Value {
    let before = shown(desk, kind, from).await;
    let input = json!({"id": before["id"], "version": before["version"], "slug": to});
    done(desk, &format!("update{word}"), input).await;
    shown(desk, kind, to).await
}

async fn a_slug_that_was_changed_goes_on_leading_to_its_entry(kind: Kind) {
    let newsroom = newsroom(kind);
    let server = newsroom.serve().await;
    let reader = server.client();
    let desk = reader.signed_in("admin@example.org").await;
    for (kind, word, filter, old) in KINDS {
        renamed(&desk, (kind, word), old, "second").await;
        let now = renamed(&desk, (kind, word), "second", "third").await;
        let mut former = vec![old, "second"];
        former.sort_unstable();
        assert_eq!(now["formerSlugs"], json!(former), "{kind}");
        assert_eq!(now["slug"], "third");
        for slug in [old, "second", "third"] {
            assert_eq!(shown(reader, kind, slug).await, now, "{kind} {slug}");
            assert_eq!(count(reader, json!({filter: [slug]})).await, (1, 1), "{kind} {slug}");
        }
        // Two slugs of one entry are one value.
        assert_eq!(count(reader, json!({filter: [old, "third"]})).await, (1, 1));
        assert_eq!(
            count(reader, json!({"offices": ["skopje"], filter: [old]})).await,
            (1, 1)
        );
    }
    assert_whole(&newsroom).await;
    // Another host reads it as this one keeps it.
    let other = newsroom.serve().await;
    assert_eq!(shown(other.client(), "theme", "elections").await["slug"], "third");
}

async fn a_former_slug_is_nobody_elses_and_is_taken_back_by_its_own(kind: Kind) {
    let newsroom = newsroom(kind);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("admin@example.org").await;
    let others = ["odihr", "media", "spot-report"];
    for ((kind, word, filter, old), other) in KINDS.into_iter().zip(others) {
        renamed(&desk, (kind, word), old, "new").await;
        let create = json!({"slug": old, "names": called("Another")});
        let answer = send(&desk, &format!("create{word}"), create).await;
        assert_eq!(answer.codes(), ["CONFLICT"], "{}", answer.text);
        assert!(
            answer.text.contains(old) && answer.text.contains("ask for another"),
            "{}",
            answer.text
        );
        let other = shown(&desk, kind, other).await;
        let input = json!({"id": other["id"], "version": other["version"], "slug": old});
        assert_eq!(refused(&desk, &format!("update{word}"), input).await, "CONFLICT");
        // One that is made from a name gives way to it.
        let made = done(&desk, &format!("create{word}"), json!({"names": called(old)})).await;
        assert_eq!(made["entry"]["slug"], format!("{old}-2"));

        let back = renamed(&desk, (kind, word), "new", old).await;
        assert_eq!(back["formerSlugs"], json!(["new"]));
        assert_eq!(back["slug"], old);
        assert_eq!(count(&desk, json!({filter: ["new"]})).await, (1, 1));
    }
    assert_whole(&newsroom).await;
}

async fn the_former_slugs_of_what_is_deleted_are_free(kind: Kind) {
    let newsroom = newsroom(kind);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("admin@example.org").await;
    for ((kind, word, ..), unused) in KINDS.into_iter().zip(["odihr", "media", "spot-report"]) {
        let now = renamed(&desk, (kind, word), unused, "gone").await;
        let input = json!({"id": now["id"], "version": now["version"]});
        done(&desk, &format!("delete{word}"), input).await;
        assert_eq!(shown(&desk, kind, unused).await, Value::Null);
        let create = json!({"slug": unused, "names": called("Another")});
        let made = done(&desk, &format!("create{word}"), create).await;
        assert_eq!(made["entry"]["slug"], unused);
        assert_eq!(shown(&desk, kind, unused).await["formerSlugs"], json!([]));
    }
    assert_eq!(newsroom.number("SELECT count(*) FROM former_slug").await, 0);
}

async fn former_slugs_serve_where_the_desk_and_accounts_name_offices(kind: Kind) {
    let newsroom = newsroom(kind);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("admin@example.org").await;
    renamed(&desk, ("office", "Office"), "skopje", "mission-to-skopje").await;
    renamed(&desk, ("theme", "Theme"), "media", "media-freedom").await;
    newsroom.account("editor@example.org", "editor", &["skopje"]);
    let editor = server.client().signed_in("editor@example.org").await;
    let create = "mutation($input: CreateReleaseInput!) { createRelease(input: $input) { release { original { draft { shared { offices { slug } themes { slug } } } } } } }";
    let input = json!({"originalLocale": "en", "offices": ["skopje", "mission-to-skopje"], "themes": ["media"], "text": {"title": "Here"}});
    let made = editor.ask(create, json!({"input": input})).await;
    let shared = &made["createRelease"]["release"]["original"]["draft"]["shared"];
    assert_eq!(shared["offices"], json!([{"slug": "mission-to-skopje"}]));
    assert_eq!(shared["themes"], json!([{"slug": "media-freedom"}]));
    let twice = json!({"originalLocale": "en", "offices": ["skopje", "skopje"], "text": {"title": "Here"}});
    let answer = editor.graphql(create, json!({"input": twice})).await;
    assert_eq!(answer.codes(), ["VALIDATION_FAILED"]);
}

async fn lines_that_name_former_slugs_are_filed_under_what_they_lead_to(kind: Kind) {
    let newsroom = newsroom(kind);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("admin@example.org").await;
    for (kind, word, _, old) in KINDS {
        renamed(&desk, (kind, word), old, "renamed").await;
    }
    let filing = json!({"offices": ["skopje", "renamed"], "themes": ["elections"], "type": "news"});
    let file = newsroom.file("more.jsonl", &line("later", &filing));
    newsroom.run(&["import", "--strict", &file]).expect_success();
    for (_, _, filter, _) in KINDS {
        assert_eq!(count(&desk, json!({filter: ["renamed"]})).await, (2, 2), "{filter}");
    }
    assert_eq!(newsroom.number("SELECT count(*) FROM office").await, 2);
    assert_whole(&newsroom).await;
}

async fn exports_filter_by_former_slugs_and_carry_them(kind: Kind) {
    let first = newsroom_with_archive(kind);
    first.account("admin@example.org", "administrator", &[]);
    let server = first.serve().await;
    let desk = server.client().signed_in("admin@example.org").await;
    let public = [
        "export",
        "--public",
        "--office",
        "odihr",
        "--theme",
        "elections",
        "--type",
        "news",
    ];
    let before = first.run(&public).expect_success().output.lines().count();
    renamed(&desk, ("office", "Office"), "odihr", "warsaw").await;
    renamed(&desk, ("theme", "Theme"), "elections", "voting").await;
    renamed(&desk, ("contentType", "ContentType"), "news", "reports").await;
    let after = first.run(&public).expect_success().output;
    assert!(before > 0 && after.lines().count() == before && after.contains("warsaw"));

    let exported = export(&first);
    for old in ["odihr", "elections", "news"] {
        assert!(
            exported.1.contains(&format!("\"formerSlugs\": [\n        \"{old}\"\n")),
            "{}",
            exported.1
        );
    }
    let second = Newsroom::empty(kind);
    let _ = second.file("taxonomy.json", &exported.1);
    let lines = second.file("newsroom.jsonl", &exported.0);
    second.run(&["import", &lines]).expect_success();
    assert!(
        export(&second) == exported,
        "what was exported does not come back the same"
    );
    let server = second.serve().await;
    assert_eq!(shown(server.client(), "office", "odihr").await["slug"], "warsaw");
    assert_whole(&second).await;
}

async fn a_mirror_follows_what_was_renamed_and_an_older_file_undoes_nothing(kind: Kind) {
    let mirror = newsroom(kind);
    let renamed = |slug: &str, former: &[&str]| json!({"slug": slug, "formerSlugs": former, "names": {"en": "Skopje"}});
    take_in(
        &mirror,
        &json!({"offices": [renamed("mission", &["skopje"])]}).to_string(),
    );
    let server = mirror.serve().await;
    let reader = server.client();
    let now = shown(reader, "office", "skopje").await;
    assert_eq!(
        (&now["slug"], &now["formerSlugs"]),
        (&json!("mission"), &json!(["skopje"]))
    );
    assert_eq!(count(reader, json!({"offices": ["mission"]})).await, (1, 1));

    // The file of before: its names are taken, its slug is not.
    take_in(&mirror, &json!({"offices": [renamed("skopje", &[])]}).to_string());
    assert_eq!(shown(reader, "office", "skopje").await, now);
    // A file that knows of the other slug has gone back to the first.
    take_in(
        &mirror,
        &json!({"offices": [renamed("skopje", &["mission"])]}).to_string(),
    );
    let back = shown(reader, "office", "mission").await;
    assert_eq!(
        (&back["slug"], &back["formerSlugs"]),
        (&json!("skopje"), &json!(["mission"]))
    );
    assert_whole(&mirror).await;
}

async fn a_file_that_takes_anothers_slug_is_refused_with_the_place(kind: Kind) {
    let newsroom = newsroom(kind);
    let entry = |slug: &str, former: &[&str]| json!({"slug": slug, "formerSlugs": former, "names": {"en": "Name"}});
    take_in(
        &newsroom,
        &json!({"themes": [entry("voting", &["elections"])]}).to_string(),
    );
    let cases = [
        (
            json!({"offices": [entry("skopje", &["odihr"])]}),
            "offices.0.formerSlugs.0",
        ),
        (
            json!({"offices": [entry("new", &["x"]), entry("newer", &["x"])]}),
            "offices.1.formerSlugs.0",
        ),
        (
            json!({"types": [entry("new", &["newer"]), entry("newer", &[])]}),
            "types.0.formerSlugs.0",
        ),
        (
            json!({"themes": [entry("voting", &[]), entry("elections", &[])]}),
            "themes.1.slug",
        ),
        (
            json!({"themes": [entry("media", &[]), entry("media", &[])]}),
            "themes.1.slug",
        ),
    ];
    let before = newsroom.number("SELECT sequence FROM change_head").await;
    for (taxonomy, place) in cases {
        let file = newsroom.file("bad.json", &taxonomy.to_string());
        let ran = newsroom.run(&["import", "--taxonomy", &file]);
        assert_ne!(ran.code(), 0, "{taxonomy}");
        assert!(ran.all().contains(place), "{taxonomy}: {}", ran.all());
    }
    assert_eq!(newsroom.number("SELECT sequence FROM change_head").await, before);
}
