//! Two offices, themes or content types that are merged: one is there in the stead of both, for readers, imports and exports.

use newsroom_tests::random::Random;
use newsroom_tests::{Client, Kind, Newsroom, on_both};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::archive::{export, newsroom_with_archive};
use crate::taxonomy_commands::{called, count, done, refused, send};
use crate::whole::assert_whole;

on_both!(
    what_was_filed_under_the_one_is_under_the_other_once_and_in_order,
    readers_are_told_what_was_merged_and_which_releases_it_moved,
    themes_below_the_one_are_below_the_other_with_their_releases,
    what_any_of_two_found_the_one_that_stays_finds,
    what_was_merged_into_one_that_is_merged_follows_it,
    what_cannot_be_merged_is_refused_and_nothing_is_done,
    twenty_with_one_key_merge_once,
    a_file_of_before_brings_nothing_back,
    an_export_after_a_merger_is_taken_in_elsewhere,
    a_mirror_that_has_both_is_told_to_merge_them,
);

/// The three kinds: the word in queries, the command's, the filter, the one that goes and the one that stays.
const KINDS: [(&str, &str, &str, &str, &str); 3] = [
    ("office", "Office", "offices", "skopje", "mission"),
    ("theme", "Theme", "themes", "elections", "voting"),
    ("contentType", "ContentType", "types", "news", "bulletin"),
];

/// The taxonomy of [`newsroom`].
fn taxonomy() -> Value {
    let entry = |slug: &str| json!({"slug": slug, "names": {"en": slug}});
    let under = |slug: &str, parent: &str| json!({"slug": slug, "names": {"en": slug}, "parent": parent});
    json!({
        "offices": [entry("skopje"), entry("mission"), entry("odihr")],
        "themes": [entry("elections"), under("observation", "elections"), entry("democracy"), under("voting", "democracy"), entry("media")],
        "types": [entry("news"), entry("bulletin"), entry("spot-report")],
    })
}

/// A newsroom of four releases, with an administrator: one is filed under the ones that go, one under those that stay, one
/// under both, one under none.
pub(crate) fn newsroom(kind: Kind) -> Newsroom {
    let newsroom = Newsroom::empty(kind);
    newsroom.account("admin@example.org", "administrator", &[]);
    let _ = newsroom.file("taxonomy.json", &taxonomy().to_string());
    let lines = [
        line(
            "one",
            &json!({"offices": ["skopje"], "themes": ["observation"], "type": "news"}),
        ),
        line(
            "other",
            &json!({"offices": ["mission"], "themes": ["voting"], "type": "bulletin"}),
        ),
        line(
            "both",
            &json!({"offices": ["skopje", "odihr", "mission"], "themes": ["media", "voting", "elections"], "type": "news"}),
        ),
        line("none", &json!({})),
    ];
    let lines = newsroom.file("lines.jsonl", &lines.join("\n"));
    newsroom.run(&["import", "--strict", &lines]).expect_success();
    newsroom
}

fn line(slug: &str, filing: &Value) -> String {
    let mut line = json!({"sourceId": slug, "slug": slug, "state": "live", "publishingDate": "2024-11-22", "translations": {"en": {"title": slug}}});
    for (key, value) in filing.as_object().unwrap() {
        line[key] = value.clone();
    }
    line.to_string()
}

/// An entry as its slug shows it.
pub(crate) async fn shown(client: &Client, kind: &str, slug: &str) -> Value {
    let query = format!(
        "query($slug: String!) {{ entry: {kind}(slug: $slug) {{ id slug name formerSlugs version releaseCount releases {{ totalCount }} }} }}"
    );
    client.ask(&query, json!({"slug": slug})).await["entry"].take()
}

/// The input that merges one entry into another, each named by its slug.
pub(crate) async fn input(desk: &Client, kind: &str, gone: &str, into: &str) -> Value {
    let (gone, into) = (shown(desk, kind, gone).await, shown(desk, kind, into).await);
    json!({"id": gone["id"], "version": gone["version"], "into": into["id"]})
}

/// Merges one entry into another, and answers what the command did.
pub(crate) async fn merge(desk: &Client, (kind, word): (&str, &str), gone: &str, into: &str) -> Value {
    let input = input(desk, kind, gone, into).await;
    done(desk, &format!("merge{word}"), input).await
}

async fn slugs(client: &Client, list: &str) -> Vec<String> {
    let data = client.ask(&format!("{{ {list} {{ slug }} }}"), json!({})).await;
    newsroom_tests::client::texts(&data[list], "/slug")
}

/// What a release is filed under, in order.
async fn filing(client: &Client, slug: &str) -> Value {
    let query = "query($slug: String!) { release(slug: $slug) { offices { slug } themes { slug } type { slug } } }";
    let release = client.ask(query, json!({"slug": slug})).await["release"].take();
    let in_order = |list: &str| json!(newsroom_tests::client::texts(&release[list], "/slug"));
    json!([in_order("offices"), in_order("themes"), release["type"]["slug"]])
}

async fn what_was_filed_under_the_one_is_under_the_other_once_and_in_order(kind: Kind) {
    let newsroom = newsroom(kind);
    let server = newsroom.serve().await;
    let reader = server.client();
    let desk = reader.signed_in("admin@example.org").await;
    for (kind, word, filter, gone, into) in KINDS {
        let (was, other) = (shown(&desk, kind, gone).await, shown(&desk, kind, into).await);
        let merged = merge(&desk, (kind, word), gone, into).await;
        assert_eq!(
            (&merged["entry"]["slug"], &merged["version"]),
            (&json!(into), &json!(2))
        );
        let now = shown(reader, kind, into).await;
        assert_eq!((&now["id"], &now["name"]), (&other["id"], &other["name"]), "{kind}");
        assert_eq!(now["formerSlugs"], json!([gone]));
        assert_eq!(
            (&now["releaseCount"], &now["releases"]["totalCount"]),
            (&json!(3), &json!(3))
        );
        assert_eq!(shown(reader, kind, gone).await, now);
        let list = format!("{kind}s");
        assert!(!slugs(reader, &list).await.contains(&gone.to_owned()), "{list}");
        let node = reader
            .ask("query($id: ID!) { node(id: $id) { id } }", json!({"id": was["id"]}))
            .await;
        assert_eq!(node["node"], Value::Null);
        for chosen in [json!([gone]), json!([into]), json!([gone, into])] {
            assert_eq!(
                count(reader, json!({ filter: chosen })).await,
                (3, 3),
                "{kind} {chosen}"
            );
        }
    }
    assert_eq!(
        filing(reader, "one").await,
        json!([["mission"], ["observation"], "bulletin"])
    );
    assert_eq!(
        filing(reader, "both").await,
        json!([["mission", "odihr"], ["media", "voting"], "bulletin"])
    );
    let facets = "{ releases(filter: {offices: [\"skopje\"]}) { totalCount facets { offices { office { slug } count selected }
        themes { theme { slug } count children { theme { slug } count children { theme { slug } count } } } types { type { slug } count } } } }";
    let observation = json!({"theme": {"slug": "observation"}, "count": 1});
    let voting = json!({"theme": {"slug": "voting"}, "count": 3, "children": [observation]});
    let counted = json!({
        "offices": [
            {"office": {"slug": "mission"}, "count": 3, "selected": true},
            {"office": {"slug": "odihr"}, "count": 1, "selected": false},
        ],
        "themes": [
            {"theme": {"slug": "democracy"}, "count": 3, "children": [voting]},
            {"theme": {"slug": "media"}, "count": 1, "children": []},
        ],
        "types": [{"type": {"slug": "bulletin"}, "count": 3}],
    });
    assert_eq!(
        reader.ask(facets, json!({})).await["releases"],
        json!({"totalCount": 3, "facets": counted})
    );
    assert_whole(&newsroom).await;
    // Another host, which reads all of it anew, finds the same.
    let other = newsroom.serve().await;
    assert_eq!(
        other.client().ask(facets, json!({})).await,
        reader.ask(facets, json!({})).await
    );
}

async fn readers_are_told_what_was_merged_and_which_releases_it_moved(kind: Kind) {
    let newsroom = newsroom(kind);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("admin@example.org").await;
    let before = newsroom.number("SELECT sequence FROM change_head").await;
    let merged = merge(&desk, ("theme", "Theme"), "elections", "voting").await;
    // The theme, the one below it, and two releases.
    assert_eq!(merged["sequence"].as_i64(), Some(before + 4));
    let told = "SELECT kind || ' ' || subject_kind || ' ' || CASE WHEN into_id = (SELECT id FROM theme WHERE slug = 'voting') THEN 'into voting' ELSE '' END \
        FROM change WHERE origin = 'desk' ORDER BY sequence";
    assert_eq!(
        newsroom.column(told).await,
        [
            "merged theme into voting",
            "updated theme ",
            "reclassified release ",
            "reclassified release "
        ]
    );
    assert_eq!(newsroom.audited().await.last().unwrap(), "merge-theme");
    newsroom.run(&["verify"]).expect_success();
}

async fn themes_below_the_one_are_below_the_other_with_their_releases(kind: Kind) {
    let newsroom = newsroom(kind);
    let server = newsroom.serve().await;
    let reader = server.client();
    let desk = reader.signed_in("admin@example.org").await;
    let counts = async || {
        let mut counts = Vec::new();
        for slug in ["elections", "observation", "democracy", "voting"] {
            counts.push(count(reader, json!({"themes": [slug]})).await.0);
        }
        counts
    };
    assert_eq!(counts().await, [2, 1, 2, 2]);
    for into in ["observation", "elections"] {
        let input = input(&desk, "theme", "elections", into).await;
        let answer = send(&desk, "mergeTheme", input).await;
        assert_eq!(answer.codes(), ["VALIDATION_FAILED"]);
        assert!(answer.faults()[0].contains("input.into"), "{}", answer.text);
    }
    assert_eq!(counts().await, [2, 1, 2, 2]);
    merge(&desk, ("theme", "Theme"), "elections", "voting").await;
    assert_eq!(counts().await, [3, 1, 3, 3]);
    let tree = reader
        .ask(
            "{ theme(slug: \"observation\") { version ancestors { slug } } }",
            json!({}),
        )
        .await;
    assert_eq!(
        tree["theme"],
        json!({"version": 2, "ancestors": [{"slug": "voting"}, {"slug": "democracy"}]})
    );
    // Up the tree it goes as well.
    merge(&desk, ("theme", "Theme"), "voting", "democracy").await;
    assert_eq!(counts().await, [3, 1, 3, 3]);
    assert_whole(&newsroom).await;
}

/// Whatever is merged: the list of the one that stays is the list of any of the two, and what is chosen beside it agrees.
async fn what_any_of_two_found_the_one_that_stays_finds(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    newsroom.account("admin@example.org", "administrator", &[]);
    let server = newsroom.serve().await;
    let reader = server.client();
    let desk = reader.signed_in("admin@example.org").await;
    let mut random = Random::new(9);
    for (kind, word, filter, ..) in KINDS {
        for _ in 0..3 {
            let known = slugs(reader, &format!("{kind}s")).await;
            let (gone, into) = (random.pick(&known).clone(), random.pick(&known).clone());
            let both = count(reader, json!({ filter: [gone, into] })).await;
            let input = input(&desk, kind, &gone, &into).await;
            let answer = send(&desk, &format!("merge{word}"), input).await;
            if answer.codes() == ["VALIDATION_FAILED"] {
                continue;
            }
            assert!(answer.errors().is_empty(), "{}", answer.text);
            for slug in [&gone, &into] {
                assert_eq!(
                    count(reader, json!({ filter: [slug] })).await,
                    both,
                    "{kind}: {gone} into {into}"
                );
            }
        }
    }
    let facets = "{ releases { facets { offices(first: 100) { office { slug } count } types(first: 100) { type { slug } count } } } }";
    let facets = reader.ask(facets, json!({})).await["releases"]["facets"].take();
    for (list, entry) in [("offices", "office"), ("types", "type")] {
        for facet in facets[list].as_array().unwrap() {
            let (total, _) = count(reader, json!({ list: [facet[entry]["slug"]] })).await;
            assert_eq!(facet["count"], total, "{facet}");
        }
    }
    assert_whole(&newsroom).await;
}

async fn what_was_merged_into_one_that_is_merged_follows_it(kind: Kind) {
    let newsroom = newsroom(kind);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("admin@example.org").await;
    let mut first = input(&desk, "office", "skopje", "mission").await;
    first["idempotencyKey"] = json!("first");
    let merged = done(&desk, "mergeOffice", first.clone()).await;
    merge(&desk, ("office", "Office"), "mission", "odihr").await;
    let now = shown(server.client(), "office", "skopje").await;
    assert_eq!(
        (&now["slug"], &now["formerSlugs"]),
        (&json!("odihr"), &json!(["mission", "skopje"]))
    );
    assert_eq!(filing(server.client(), "both").await[0], json!(["odihr"]));
    // The first request, sent again, is told of the first time, and shown what is there.
    let again = done(&desk, "mergeOffice", first).await;
    assert_eq!(
        (&again["version"], &again["sequence"]),
        (&merged["version"], &merged["sequence"])
    );
    assert_eq!(again["entry"]["slug"], "odihr");
    // The one that stays takes a slug of theirs.
    let input = json!({"id": now["id"], "version": now["version"], "slug": "skopje"});
    done(&desk, "updateOffice", input).await;
    assert_eq!(count(&desk, json!({"offices": ["mission"]})).await, (3, 3));
    assert_whole(&newsroom).await;
}

async fn what_cannot_be_merged_is_refused_and_nothing_is_done(kind: Kind) {
    let newsroom = newsroom(kind);
    newsroom.account("publisher@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("admin@example.org").await;
    let publisher = server.client().signed_in("publisher@example.org").await;
    let before = newsroom.number("SELECT sequence FROM change_head").await;
    let unknown = "0192f3a4-7b5c-7def-8123-456789abcdef";
    for (kind, word, _, gone, into) in KINDS {
        let command = format!("merge{word}");
        let input = input(&desk, kind, gone, into).await;
        let with = |field: &str, value: Value| {
            let mut input = input.clone();
            input[field] = value;
            input
        };
        let another = KINDS.iter().find(|other| other.0 != kind).unwrap();
        let of_another = shown(&desk, another.0, another.3).await["id"].take();
        for (input, code) in [
            (with("version", json!(2)), "CONFLICT"),
            (with("into", input["id"].clone()), "VALIDATION_FAILED"),
            (with("into", json!(unknown)), "VALIDATION_FAILED"),
            (with("into", json!("no id")), "VALIDATION_FAILED"),
            (with("into", of_another.clone()), "NOT_FOUND"),
            (with("id", of_another), "NOT_FOUND"),
            (with("id", json!(unknown)), "NOT_FOUND"),
        ] {
            assert_eq!(refused(&desk, &command, input.clone()).await, code, "{command} {input}");
        }
        assert_eq!(refused(&publisher, &command, input.clone()).await, "FORBIDDEN");
        assert_eq!(refused(server.client(), &command, input).await, "UNAUTHENTICATED");
    }
    assert_eq!(newsroom.number("SELECT sequence FROM change_head").await, before);
    assert_eq!(newsroom.number("SELECT count(*) FROM merged_entry").await, 0);
    // What is gone is not there to be changed or merged again.
    let mut gone = input(&desk, "office", "skopje", "mission").await;
    done(&desk, "mergeOffice", gone.clone()).await;
    assert_eq!(refused(&desk, "mergeOffice", gone.clone()).await, "NOT_FOUND");
    let into = gone.as_object_mut().unwrap().remove("into").unwrap();
    assert_eq!(refused(&desk, "updateOffice", gone.clone()).await, "NOT_FOUND");
    let odihr = shown(&desk, "office", "odihr").await;
    let into_gone = json!({"id": odihr["id"], "version": 1, "into": gone["id"]});
    assert_eq!(refused(&desk, "mergeOffice", into_gone).await, "VALIDATION_FAILED");
    // Its slugs are taken.
    let create = json!({"slug": "skopje", "names": called("Skopje")});
    assert_eq!(refused(&desk, "createOffice", create).await, "CONFLICT");
    let stale = json!({"id": into, "version": 1, "closed": true});
    assert_eq!(refused(&desk, "updateOffice", stale).await, "CONFLICT");
    assert_whole(&newsroom).await;
}

async fn twenty_with_one_key_merge_once(kind: Kind) {
    let newsroom = newsroom(kind);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("admin@example.org").await;
    let mut asked = input(&desk, "office", "skopje", "mission").await;
    asked["idempotencyKey"] = json!("once");
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let (desk, asked) = (desk.clone(), asked.clone());
        tasks.spawn(async move { done(&desk, "mergeOffice", asked).await });
    }
    let answers = tasks.join_all().await;
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(
        newsroom
            .number("SELECT count(*) FROM change WHERE kind = 'merged'")
            .await,
        1
    );
    asked["into"] = shown(&desk, "office", "odihr").await["id"].take();
    assert_eq!(refused(&desk, "mergeOffice", asked).await, "IDEMPOTENCY_KEY_REUSED");
}

async fn a_file_of_before_brings_nothing_back(kind: Kind) {
    let newsroom = newsroom(kind);
    let server = newsroom.serve().await;
    let reader = server.client();
    let desk = reader.signed_in("admin@example.org").await;
    for (kind, word, _, gone, into) in KINDS {
        merge(&desk, (kind, word), gone, into).await;
    }
    let shown_now = async || {
        let mut all = Vec::new();
        for (kind, .., into) in KINDS {
            all.push(shown(reader, kind, into).await);
        }
        all
    };
    let now = shown_now().await;
    // Both are in the file, and the theme below the one that is gone says so.
    let before = newsroom.file("before.json", &taxonomy().to_string());
    newsroom.run(&["import", "--taxonomy", &before]).expect_success();
    assert_eq!(shown_now().await, now);
    // The one that is gone is there alone, with a name of its own.
    let alone = json!({"slug": "skopje", "names": {"en": "Mission to Skopje"}});
    let alone = newsroom.file("alone.json", &json!({"offices": [alone]}).to_string());
    newsroom.run(&["import", "--taxonomy", &alone]).expect_success();
    assert_eq!(shown_now().await, now);
    assert_eq!(newsroom.number("SELECT count(*) FROM office").await, 2);
    let parent = "{ theme(slug: \"observation\") { parent { slug } } }";
    assert_eq!(reader.ask(parent, json!({})).await["theme"]["parent"]["slug"], "voting");
    // Lines that name it are filed under what is there in its stead, new ones and those that were imported before.
    let filing_of_before = json!({"offices": ["mission", "skopje"], "themes": ["elections"], "type": "news"});
    let lines = [line("later", &filing_of_before), line("none", &filing_of_before)];
    let lines = newsroom.file("more.jsonl", &lines.join("\n"));
    newsroom.run(&["import", "--strict", &lines]).expect_success();
    for slug in ["later", "none"] {
        assert_eq!(
            filing(reader, slug).await,
            json!([["mission"], ["voting"], "bulletin"]),
            "{slug}"
        );
    }
    assert_whole(&newsroom).await;
}

async fn an_export_after_a_merger_is_taken_in_elsewhere(kind: Kind) {
    let first = newsroom(kind);
    let server = first.serve().await;
    let desk = server.client().signed_in("admin@example.org").await;
    for (kind, word, _, gone, into) in KINDS {
        merge(&desk, (kind, word), gone, into).await;
    }
    let public = first
        .run(&["export", "--public", "--office", "skopje"])
        .expect_success();
    assert_eq!(public.output.lines().count(), 3);
    assert!(!public.output.contains("\"skopje\""), "{}", public.output);
    let exported = export(&first);
    let second = Newsroom::empty(kind);
    let _ = second.file("taxonomy.json", &exported.1);
    let lines = second.file("newsroom.jsonl", &exported.0);
    second.run(&["import", "--strict", &lines]).expect_success();
    assert!(
        export(&second) == exported,
        "what was exported does not come back the same"
    );
    let server = second.serve().await;
    assert_eq!(count(server.client(), json!({"offices": ["skopje"]})).await, (3, 3));
    assert_whole(&second).await;
}

async fn a_mirror_that_has_both_is_told_to_merge_them(kind: Kind) {
    let mirror = newsroom(kind);
    let merged = json!({"slug": "mission", "formerSlugs": ["skopje"], "names": {"en": "The mission"}});
    let file = mirror.file("merged.json", &json!({"offices": [merged]}).to_string());
    let ran = mirror.run(&["import", "--taxonomy", &file]);
    assert_ne!(ran.code(), 0);
    assert!(
        ran.all().contains("offices.0.formerSlugs.0") && ran.all().contains("merge that into “mission”"),
        "{}",
        ran.all()
    );
    let server = mirror.serve().await;
    let desk = server.client().signed_in("admin@example.org").await;
    merge(&desk, ("office", "Office"), "skopje", "mission").await;
    mirror.run(&["import", "--taxonomy", &file]).expect_success();
    assert_eq!(shown(&desk, "office", "skopje").await["name"], "The mission");
    assert_whole(&mirror).await;
}
