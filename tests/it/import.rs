//! `newsroom import` of JSON Lines.

use std::process::Stdio;
use std::time::Duration;

use newsroom_tests::client::texts;
use newsroom_tests::newsroom::ended;
use newsroom_tests::{Kind, Newsroom, Ran, on_both};
use serde_json::{Value, json};

use crate::archive::{ARCHIVE, import, in_workspace, newsroom_with_archive, newsroom_with_seed};

on_both!(
    a_second_run_changes_nothing_and_says_so,
    a_dry_run_changes_nothing,
    strict_refuses_what_the_taxonomy_lacks,
    a_changed_line_replaces_the_keys_that_it_has,
    a_renamed_release_leaves_a_redirect,
    a_slug_is_made_from_the_title_where_the_line_has_none,
    a_later_line_is_newer_of_two_with_one_instant,
    a_taxonomy_that_cannot_be_is_refused_whole,
    a_locale_that_the_newsroom_lacks_is_a_bad_line,
    a_reader_sees_what_is_imported_while_it_is_served,
    a_file_that_is_not_there_cannot_be_imported,
    a_release_moves_through_its_states,
    lines_may_come_from_standard_input,
    a_release_may_be_meant_by_its_key_and_by_its_id_in_one_file,
    a_line_that_comes_again_in_one_file_changes_what_the_first_made,
    two_imports_at_once_double_nothing,
    an_import_that_was_killed_is_taken_up_by_the_next,
);

pub(crate) fn live(source: &str, more: Value) -> Value {
    let mut line = json!({"sourceId": source, "state": "live", "slug": source, "publishingDate": "2024-11-22", "translations": {"en": {"title": format!("Title {source}")}}});
    line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    line
}

fn jsonl(lines: &[Value]) -> String {
    lines.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn import_lines(newsroom: &Newsroom, lines: &[Value]) -> Ran {
    newsroom.run(&["import", &newsroom.file("lines.jsonl", &jsonl(lines))])
}

pub(crate) fn exported(newsroom: &Newsroom) -> Vec<Value> {
    let output = newsroom.run(&["export"]).expect_success().output;
    output.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn a_second_run_changes_nothing_and_says_so(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let before = newsroom.run(&["export"]).expect_success().output;
    let file = archive_file(&newsroom);
    let ran = newsroom.run(&["import", &file]).expect_success();
    assert!(
        ran.all().contains("nothing changed: 1500 unchanged, 0 refused"),
        "{}",
        ran.all()
    );
    assert_eq!(newsroom.run(&["export"]).expect_success().output, before);
}

async fn a_dry_run_changes_nothing(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let before = newsroom.run(&["export"]).expect_success().output;
    let lines = [
        live("new", json!({"offices": ["new-office"]})),
        json!({"sourceId": "bad"}),
    ];
    let ran = newsroom.run(&["import", "--dry-run", &newsroom.file("lines.jsonl", &jsonl(&lines))]);
    assert_eq!(ran.code(), 1, "a dry run tells bad lines like any other: {}", ran.all());
    assert!(
        ran.all().contains("dry run") && ran.all().contains("lines.jsonl:2:"),
        "{}",
        ran.all()
    );
    assert_eq!(newsroom.run(&["export"]).expect_success().output, before);
    let server = newsroom.serve().await;
    assert_eq!(
        server
            .client()
            .ask("{ office(slug: \"new-office\") { slug } }", json!({}))
            .await["office"],
        Value::Null
    );
    drop(server);
    let ran = newsroom
        .run(&[
            "import",
            "--dry-run",
            &newsroom.file("taxonomic.jsonl", &jsonl(&[live("new", json!({}))])),
        ])
        .expect_success();
    assert!(ran.all().contains("1 would be created"), "{}", ran.all());
}

async fn strict_refuses_what_the_taxonomy_lacks(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let lines = [
        live("known", json!({"offices": ["a"], "type": "news"})),
        live("office", json!({"offices": ["a", "b"]})),
        live("theme", json!({"themes": ["c"]})),
        live("type", json!({"type": "d"})),
    ];
    let taxonomy = newsroom.file("names.json", &json!({"offices": [{"slug": "a", "names": {"en": "A"}}], "types": [{"slug": "news", "names": {"en": "News"}}]}).to_string());
    let file = newsroom.file("lines.jsonl", &jsonl(&lines));
    let ran = newsroom.run(&["import", "--strict", "--taxonomy", &taxonomy, &file]);
    assert_eq!(ran.code(), 1);
    for said in [
        "lines.jsonl:2: offices.1: there is no office “b”",
        "lines.jsonl:3: themes.0: there is no theme “c”",
        "lines.jsonl:4: type: there is no content type “d”",
    ] {
        assert!(ran.all().contains(said), "{said} is not in {}", ran.all());
    }
    assert_eq!(exported(&newsroom).len(), 1);
    // Without it, they are made, named as their slugs.
    newsroom.run(&["import", &file]).expect_success();
    let data = newsroom
        .serve()
        .await
        .client()
        .ask(
            "{ offices { slug name } themes { name } contentTypes { name } }",
            json!({}),
        )
        .await;
    assert_eq!(
        data["offices"],
        json!([{"slug": "a", "name": "A"}, {"slug": "b", "name": "b"}])
    );
    assert_eq!(
        (texts(&data["themes"], "/name"), texts(&data["contentTypes"], "/name")),
        (vec!["c".to_owned()], vec!["d".to_owned(), "News".to_owned()])
    );
}

async fn a_changed_line_replaces_the_keys_that_it_has(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let first = live(
        "one",
        json!({"offices": ["a", "b"], "themes": ["t"], "type": "news", "translations": {
        "en": {"title": "Old title", "lead": "Old lead", "body": {"format": "MARKDOWN", "text": "Old body"}}}}),
    );
    import_lines(&newsroom, std::slice::from_ref(&first)).expect_success();
    let id = exported(&newsroom)[0]["id"].clone();
    let changed =
        json!({"sourceId": "one", "offices": ["b"], "type": null, "translations": {"en": {"title": "New title"}}});
    let ran = import_lines(&newsroom, std::slice::from_ref(&changed)).expect_success();
    assert!(
        ran.all().contains("0 created, 1 changed, 0 unchanged, 0 refused"),
        "{}",
        ran.all()
    );
    let line = &exported(&newsroom)[0];
    assert_eq!(
        (&line["id"], &line["offices"], &line["themes"], &line["type"]),
        (&id, &json!(["b"]), &json!(["t"]), &Value::Null)
    );
    let text = &line["translations"]["en"];
    assert_eq!(
        (&text["title"], &text["lead"], &text["body"]["text"]),
        (&json!("New title"), &json!("Old lead"), &json!("Old body"))
    );
    let ran = import_lines(&newsroom, &[changed]).expect_success();
    assert!(ran.all().contains("nothing changed: 1 unchanged"), "{}", ran.all());
    let server = newsroom.serve().await;
    let data = server.client().ask("{ a: office(slug: \"a\") { releases { totalCount } } b: office(slug: \"b\") { releases { totalCount nodes { title type { slug } } } } }", json!({})).await;
    assert_eq!(
        data,
        json!({"a": {"releases": {"totalCount": 0}}, "b": {"releases": {"totalCount": 1, "nodes": [{"title": "New title", "type": null}]}}})
    );
}

async fn a_renamed_release_leaves_a_redirect(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    import_lines(&newsroom, &[live("one", json!({}))]).expect_success();
    import_lines(&newsroom, &[live("one", json!({"slug": "two"}))]).expect_success();
    let refused = import_lines(&newsroom, &[live("other", json!({"slug": "one"}))]);
    assert!(
        refused.code() == 1 && refused.all().contains("“one” is taken"),
        "{}",
        refused.all()
    );
    let query = "{ one: address(slug: \"one\") { __typename ... on Redirect { slug } } two: address(slug: \"two\") { __typename } }";
    let at = async || newsroom.serve().await.client().ask(query, json!({})).await;
    assert_eq!(
        at().await,
        json!({"one": {"__typename": "Redirect", "slug": "two"}, "two": {"__typename": "Release"}})
    );
    // A release may take back its own redirect.
    import_lines(&newsroom, &[live("one", json!({}))]).expect_success();
    let query = "{ one: address(slug: \"one\") { __typename } two: address(slug: \"two\") { __typename ... on Redirect { slug } } }";
    let at = newsroom.serve().await.client().ask(query, json!({})).await;
    assert_eq!(
        at,
        json!({"one": {"__typename": "Release"}, "two": {"__typename": "Redirect", "slug": "one"}})
    );
}

async fn a_slug_is_made_from_the_title_where_the_line_has_none(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let titled = |source: &str, title: &str| json!({"sourceId": source, "state": "live", "publishingDate": "2024-11-22", "translations": {"en": {"title": title}}});
    let lines = [
        titled("1", "Same title"),
        titled("2", "Same title!"),
        live("3", json!({"slug": "same-title-3"})),
        titled("4", "SAME TITLE"),
        titled("5", "Выборы в Албании"),
        titled("6", "—"),
        titled("7", "—"),
    ];
    import_lines(&newsroom, &lines).expect_success();
    let slugs = |newsroom: &Newsroom| {
        exported(newsroom)
            .iter()
            .map(|line| line["slug"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let expected = [
        "same-title",
        "same-title-2",
        "same-title-3",
        "same-title-4",
        "vybory-v-albanii",
        "release",
        "release-2",
    ];
    assert_eq!(slugs(&newsroom), expected);
    import_lines(&newsroom, &lines).expect_success();
    assert_eq!(slugs(&newsroom), expected, "they stay what they were");
    import_lines(&newsroom, &[titled("8", "Same title")]).expect_success();
    assert_eq!(slugs(&newsroom)[7], "same-title-5");
}

async fn a_later_line_is_newer_of_two_with_one_instant(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let lines: Vec<Value> = (0..50).map(|number| live(&format!("r{number}"), json!({}))).collect();
    // In two runs and in one batch alike.
    import_lines(&newsroom, &lines[..20]).expect_success();
    import_lines(&newsroom, &lines[20..]).expect_success();
    let data = newsroom
        .serve()
        .await
        .client()
        .ask("{ releases(first: 100) { nodes { slug } } }", json!({}))
        .await;
    assert_eq!(
        texts(&data["releases"]["nodes"], "/slug"),
        (0..50).rev().map(|number| format!("r{number}")).collect::<Vec<_>>()
    );
}

async fn a_taxonomy_that_cannot_be_is_refused_whole(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let theme = |slug: &str, parent: &str| json!({"slug": slug, "parent": parent, "names": {"en": slug}});
    let lines = newsroom.file("lines.jsonl", &jsonl(&[live("one", json!({}))]));
    for (taxonomy, said) in [
        (json!({"themes": [theme("a", "b"), theme("b", "a")]}), "under itself"),
        (json!({"themes": [theme("a", "nowhere")]}), "nowhere"),
        (
            json!({"offices": [{"slug": "a", "names": {}}]}),
            "name in at least one locale",
        ),
        (
            json!({"offices": [{"slug": "a", "names": {"en": "A"}}, {"slug": "a", "names": {"en": "B"}}]}),
            "twice",
        ),
        (
            json!({"offices": [{"slug": "a", "names": {"en": "A"}, "kind": "embassy"}]}),
            "embassy",
        ),
        (json!({"places": []}), "places"),
    ] {
        let file = newsroom.file("broken.json", &taxonomy.to_string());
        let ran = newsroom.run(&["import", "--taxonomy", &file, &lines]);
        assert!(
            ran.code() != 0 && ran.all().contains(said),
            "{taxonomy}: {} {}",
            ran.code(),
            ran.all()
        );
    }
    let data = newsroom
        .serve()
        .await
        .client()
        .ask(
            "{ offices { slug } themes { slug } releases { totalCount } }",
            json!({}),
        )
        .await;
    assert_eq!(
        data,
        json!({"offices": [], "themes": [], "releases": {"totalCount": 0}})
    );
}

async fn a_locale_that_the_newsroom_lacks_is_a_bad_line(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let file = newsroom.file(
        "lines.jsonl",
        &jsonl(&[
            live("en", json!({})),
            live("fr", json!({"translations": {"fr": {"title": "Titre"}}})),
        ]),
    );
    let mut command = newsroom.command(&["import", &file]);
    command.env("NEWSROOM_LOCALES", "en,ru");
    let ran = ended(command);
    assert_eq!(ran.code(), 1);
    assert!(
        ran.all()
            .contains("lines.jsonl:2: translations.fr: this newsroom does not publish in fr"),
        "{}",
        ran.all()
    );
    assert_eq!(exported(&newsroom).len(), 1);
}

async fn a_reader_sees_what_is_imported_while_it_is_served(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    let query = "{ releases(first: 1) { totalCount nodes { slug offices { name } } } offices { slug } }";
    let before = server.client().ask(query, json!({})).await;
    assert_eq!(
        (
            &before["releases"]["totalCount"],
            before["offices"].as_array().unwrap().len()
        ),
        (&json!(7), 6)
    );
    import_lines(
        &newsroom,
        &[live(
            "new",
            json!({"publishingDate": "2024-11-30", "offices": ["brand-new"]}),
        )],
    )
    .expect_success();
    let after = server.client().ask(query, json!({})).await;
    assert_eq!(
        after["releases"],
        json!({"totalCount": 8, "nodes": [{"slug": "new", "offices": [{"name": "brand-new"}]}]})
    );
    assert_eq!(after["offices"].as_array().unwrap().len(), 7);
}

async fn a_file_that_is_not_there_cannot_be_imported(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let ran = newsroom.run(&["import", "no-such-file.jsonl"]);
    assert!(
        ran.code() == 2 && ran.said.contains("no-such-file.jsonl") && ran.said.lines().count() == 1,
        "{} {}",
        ran.code(),
        ran.all()
    );
    let seed = in_workspace("data/newsroom.jsonl").display().to_string();
    let ran = newsroom.run(&["import", "--taxonomy", "no-such-file.json", &seed]);
    assert!(
        ran.code() == 2 && ran.said.contains("no-such-file.json"),
        "{} {}",
        ran.code(),
        ran.all()
    );
    assert!(exported(&newsroom).is_empty());
    // No terminal, no bar.
    let mut command = newsroom.command(&["import", &seed]);
    command.stdin(Stdio::null());
    let ran = ended(command).expect_success();
    assert!(
        !ran.all().contains('\u{1b}') && !ran.all().contains('\r'),
        "{:?}",
        ran.all()
    );
    assert_eq!(exported(&newsroom).len(), 7);
}

async fn a_release_moves_through_its_states(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let server = newsroom.serve().await;
    let query = "{ releases { totalCount nodes { withdrawal { notice } } } address(slug: \"one\") { __typename } }";
    let steps = [
        (
            json!({"state": "draft"}),
            json!({"releases": {"totalCount": 0, "nodes": []}, "address": null}),
        ),
        (
            json!({"state": "live"}),
            json!({"releases": {"totalCount": 1, "nodes": [{"withdrawal": null}]}, "address": {"__typename": "Release"}}),
        ),
        (
            json!({"state": "withdrawn", "withdrawal": {"at": "2024-12-01T00:00:00Z", "notice": {"en": "Wrong."}}}),
            json!({"releases": {"totalCount": 1, "nodes": [{"withdrawal": {"notice": "Wrong."}}]}, "address": {"__typename": "Release"}}),
        ),
        (
            json!({"state": "live"}),
            json!({"releases": {"totalCount": 1, "nodes": [{"withdrawal": null}]}, "address": {"__typename": "Release"}}),
        ),
        (
            json!({"state": "removed", "removal": {"at": "2024-12-02T00:00:00Z", "reason": "By court order."}}),
            json!({"releases": {"totalCount": 0, "nodes": []}, "address": {"__typename": "Tombstone"}}),
        ),
        (
            json!({"state": "live"}),
            json!({"releases": {"totalCount": 1, "nodes": [{"withdrawal": null}]}, "address": {"__typename": "Release"}}),
        ),
    ];
    for (step, expected) in steps {
        import_lines(&newsroom, &[live("one", step.clone())]).expect_success();
        assert_eq!(server.client().ask(query, json!({})).await, expected, "{step}");
    }
    import(&newsroom, &ARCHIVE);
    let total = server
        .client()
        .ask("{ releases(first: 0) { totalCount } }", json!({}))
        .await;
    assert_eq!(total["releases"]["totalCount"], 1 + ARCHIVE.public().count());
}

async fn lines_may_come_from_standard_input(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let from = newsroom.file(
        "piped.jsonl",
        &jsonl(&[live("one", json!({})), json!({"sourceId": "bad"})]),
    );
    let mut command = newsroom.command(&["import", "-"]);
    command.stdin(std::fs::File::open(from).unwrap());
    let ran = ended(command);
    assert!(
        ran.code() == 1 && ran.all().contains("1 created") && ran.said.contains(":2: state: "),
        "{}",
        ran.all()
    );
    assert_eq!(exported(&newsroom).len(), 1);
}

async fn a_release_may_be_meant_by_its_key_and_by_its_id_in_one_file(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    import_lines(&newsroom, &[live("one", json!({}))]).expect_success();
    let id = exported(&newsroom)[0]["id"].clone();
    let mut by_id = live("one", json!({"id": id, "slug": "three"}));
    by_id.as_object_mut().unwrap().remove("sourceId");
    let ran = import_lines(
        &newsroom,
        &[live("one", json!({"slug": "two"})), by_id, live("other", json!({}))],
    );
    assert!(
        ran.code() == 0 && ran.all().contains("1 created, 2 changed"),
        "{} {}",
        ran.code(),
        ran.all()
    );
    let line = &exported(&newsroom)[0];
    assert_eq!(
        (&line["slug"], &line["redirects"]),
        (&json!("three"), &json!(["one", "two"]))
    );
}

async fn a_line_that_comes_again_in_one_file_changes_what_the_first_made(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let lines = [
        live("one", json!({})),
        live("other", json!({})),
        json!({"sourceId": "one", "slug": "two"}),
        json!({"sourceId": "one", "themes": ["t"]}),
    ];
    let ran = import_lines(&newsroom, &lines).expect_success();
    assert!(ran.all().contains("2 created, 2 changed"), "{}", ran.all());
    let line = &exported(&newsroom)[0];
    assert_eq!(
        (&line["slug"], &line["redirects"], &line["themes"]),
        (&json!("two"), &json!(["one"]), &json!(["t"]))
    );
}

/// The archive in a file of this newsroom's, with its taxonomy beside it.
fn archive_file(newsroom: &Newsroom) -> String {
    let _ = newsroom.file("taxonomy.json", &newsroom_tests::generate::taxonomy_json());
    newsroom.file("newsroom.jsonl", &ARCHIVE.to_jsonl())
}

async fn two_imports_at_once_double_nothing(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let file = archive_file(&newsroom);
    let import = || {
        newsroom
            .command(&["import", &file])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let both = [import(), import()];
    for process in both {
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let slugs: Vec<String> = exported(&newsroom)
        .iter()
        .map(|line| line["slug"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        slugs,
        ARCHIVE
            .releases
            .iter()
            .map(|release| release.slug.clone())
            .collect::<Vec<_>>()
    );
    let total = newsroom
        .serve()
        .await
        .client()
        .ask("{ releases { totalCount } }", json!({}))
        .await;
    assert_eq!(total["releases"]["totalCount"], ARCHIVE.public().count());
}

async fn an_import_that_was_killed_is_taken_up_by_the_next(kind: Kind) {
    for milliseconds in [150, 500, 900] {
        let newsroom = Newsroom::empty(kind);
        let file = archive_file(&newsroom);
        let mut process = newsroom
            .command(&["import", &file])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        process.kill().unwrap();
        process.wait().unwrap();
        let kept = exported(&newsroom).len();
        let total = newsroom
            .serve()
            .await
            .client()
            .ask("{ releases { totalCount } }", json!({}))
            .await;
        let public = ARCHIVE.releases[..kept]
            .iter()
            .filter(|release| release.is_public())
            .count();
        assert_eq!(
            total["releases"]["totalCount"], public,
            "readers have what is kept, and no more"
        );
        let ran = newsroom.run(&["import", &file]).expect_success();
        assert!(
            kept == ARCHIVE.releases.len() || ran.all().contains(&format!("{kept} unchanged, 0 refused")),
            "{}",
            ran.all()
        );
        assert_eq!(exported(&newsroom).len(), ARCHIVE.releases.len());
    }
}
