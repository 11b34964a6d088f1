//! Two entries that are merged, as the desk has it: drafts, schedules and history, who may do what, rules and freezes.

use newsroom_tests::client::texts;
use newsroom_tests::{Client, Kind, on_both};
use serde_json::{Value, json};

use crate::merging::{input, merge, newsroom, shown};
use crate::press::{done, publish, read, soon, step, stepped, text, until_stage, version};
use crate::taxonomy_commands::{called, count, refused};
use crate::whole::{assert_accounted_for, assert_whole};

on_both!(
    drafts_and_what_is_scheduled_go_live_under_the_one_that_stays,
    the_desks_filters_find_drafts_of_what_was_merged,
    an_edition_of_before_is_shown_previewed_and_restored_under_the_one_that_stays,
    whoever_acts_for_the_one_acts_for_the_other,
    the_stricter_rules_of_two_offices_hold,
    languages_that_are_asked_of_a_type_are_asked_of_the_other,
    schedules_that_are_held_for_the_one_are_held_for_the_other,
    what_stays_is_deleted_only_where_nothing_names_what_was_merged_into_it,
);

/// Merges what the drafts here are filed under.
async fn merge_all(desk: &Client) {
    merge(desk, ("office", "Office"), "skopje", "mission").await;
    merge(desk, ("theme", "Theme"), "elections", "voting").await;
    merge(desk, ("contentType", "ContentType"), "news", "bulletin").await;
}

/// A draft that is filed under both, the ones that go in front.
async fn filed_draft(desk: &Client, title: &str) -> Value {
    let input = json!({"originalLocale": "en", "offices": ["skopje", "odihr", "mission"], "themes": ["media", "elections", "voting"],
        "type": "news", "text": {"title": title}});
    done(desk, "createRelease", input).await
}

/// What a side of a translation is filed under, in order.
fn filing(edition: &Value) -> Value {
    let shared = &edition["shared"];
    json!([
        texts(&shared["offices"], "/slug"),
        texts(&shared["themes"], "/slug"),
        shared["type"]["slug"]
    ])
}

fn merged() -> Value {
    json!([["mission", "odihr"], ["media", "voting"], "bulletin"])
}

/// What readers have of a release.
async fn public(client: &Client, slug: &str) -> Value {
    let query = "query($slug: String!) { shared: release(slug: $slug) { title offices { slug } themes { slug } type { slug } } }";
    client.ask(query, json!({"slug": slug})).await
}

async fn drafts_and_what_is_scheduled_go_live_under_the_one_that_stays(kind: Kind) {
    let newsroom = newsroom(kind);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("admin@example.org").await;
    let draft = filed_draft(&desk, "A draft").await;
    let planned = filed_draft(&desk, "A plan").await;
    let schedule = json!({"schedule": {"at": soon(1500)}});
    let planned = stepped(&desk, "scheduleTranslation", &planned, "en", schedule).await;
    merge_all(&desk).await;
    let read_again = read(&desk, &draft).await;
    assert_eq!(filing(&text(&read_again, "en")["draft"]), merged());
    // Nothing of it was saved: whoever has seen the draft goes on from it.
    assert_eq!(version(&read_again, "en"), version(&draft, "en"));
    publish(&desk, &draft, "en").await;
    until_stage(&desk, &planned, "en", json!(null)).await;
    for slug in ["a-draft", "a-plan"] {
        assert_eq!(filing(&public(server.client(), slug).await), merged(), "{slug}");
    }
    assert_eq!(count(server.client(), json!({"offices": ["skopje"]})).await, (5, 5));
    // What was live before is corrected and withdrawn as it is now.
    let query = "{ release(slug: \"both\") { id } }";
    let both = server.client().ask(query, json!({})).await["release"].take();
    let live = read(&desk, &both).await;
    let save =
        json!({"id": live["id"], "locale": "en", "version": version(&live, "en"), "text": {"title": "Both, mended"}});
    let saved = done(&desk, "updateTranslation", save).await;
    publish(&desk, &saved, "en").await;
    assert_eq!(filing(&public(server.client(), "both").await), merged());
    assert_eq!(count(server.client(), json!({"themes": ["elections"]})).await, (5, 5));
    assert_whole(&newsroom).await;
    assert_accounted_for(&newsroom).await;
}

async fn the_desks_filters_find_drafts_of_what_was_merged(kind: Kind) {
    let newsroom = newsroom(kind);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("admin@example.org").await;
    let of_one = json!({"originalLocale": "en", "offices": ["skopje"], "themes": ["elections"], "type": "news", "text": {"title": "Of one"}});
    done(&desk, "createRelease", of_one).await;
    let of_both = filed_draft(&desk, "Of both").await;
    let discarded = stepped(&desk, "discardDraft", &of_both, "en", json!({})).await;
    assert_eq!(text(&discarded, "en")["draft"], Value::Null);
    merge_all(&desk).await;
    let query =
        "query($filter: DeskReleaseFilter) { deskReleases(filter: $filter, first: 50) { totalCount nodes { slug } } }";
    let found = async |filter: Value| {
        let list = desk.ask(query, json!({ "filter": filter })).await["deskReleases"].take();
        let nodes = list["nodes"].as_array().unwrap().len();
        (list["totalCount"].as_u64().unwrap(), nodes)
    };
    // The three that were imported, the draft, and by its office the one that was discarded.
    for slug in ["skopje", "mission"] {
        assert_eq!(found(json!({"offices": [slug]})).await, (5, 5), "{slug}");
    }
    for filter in [
        json!({"themes": ["elections"]}),
        json!({"themes": ["voting"]}),
        json!({"themes": ["democracy"]}),
        json!({"types": ["news"]}),
        json!({"types": ["bulletin"]}),
        json!({"offices": ["mission"], "themes": ["voting"], "types": ["bulletin"]}),
    ] {
        assert_eq!(found(filter.clone()).await, (4, 4), "{filter}");
    }
    assert_whole(&newsroom).await;
}

async fn an_edition_of_before_is_shown_previewed_and_restored_under_the_one_that_stays(kind: Kind) {
    let newsroom = newsroom(kind);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("admin@example.org").await;
    let first = filed_draft(&desk, "First").await;
    let query = "query($id: ID!) { deskRelease(id: $id) { original { draft { uuid } } } }";
    let edition = desk.ask(query, json!({"id": first["id"]})).await["deskRelease"]["original"]["draft"]["uuid"].take();
    let preview = "mutation($input: CreatePreviewInput!) { createPreview(input: $input) { token } }";
    let preview = async || {
        let made = desk.ask(preview, json!({"input": {"edition": edition}})).await;
        made["createPreview"]["token"].as_str().unwrap().to_owned()
    };
    let of_before = preview().await;
    let save = json!({"id": first["id"], "version": 1, "offices": [], "themes": [], "type": null});
    let second = done(&desk, "updateRelease", save).await;
    assert_eq!(filing(&text(&second, "en")["draft"]), json!([[], [], null]));
    merge_all(&desk).await;
    let query =
        "query($id: ID!) { shown: deskEdition(id: $id) { shared { offices { slug } themes { slug } type { slug } } } }";
    assert_eq!(
        filing(&desk.ask(query, json!({ "id": edition })).await["shown"]),
        merged()
    );
    let listed = "query($id: ID!) { deskRelease(id: $id) { original { editions(last: 1) { nodes { shared { offices { slug } themes { slug } type { slug } } } } } } }";
    let listed = desk.ask(listed, json!({"id": first["id"]})).await;
    assert_eq!(
        filing(&listed["deskRelease"]["original"]["editions"]["nodes"][0]),
        merged()
    );
    for token in [of_before, preview().await] {
        let shown = public(&server.client().under(&token), "first").await;
        assert_eq!(filing(&shown), merged());
    }
    let restored = stepped(&desk, "restoreEdition", &second, "en", json!({ "edition": edition })).await;
    assert_eq!(filing(&text(&restored, "en")["draft"]), merged());
    publish(&desk, &restored, "en").await;
    assert_eq!(filing(&public(server.client(), "first").await), merged());
    assert_whole(&newsroom).await;
}

async fn whoever_acts_for_the_one_acts_for_the_other(kind: Kind) {
    let newsroom = newsroom(kind);
    let of_one = newsroom.account("one@example.org", "editor", &["skopje"]);
    newsroom.account("other@example.org", "editor", &["mission"]);
    newsroom.account("both@example.org", "editor", &["skopje", "mission", "odihr"]);
    newsroom.account("else@example.org", "editor", &["odihr"]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("admin@example.org").await;
    let one = server.client().signed_in("one@example.org").await;
    let other = server.client().signed_in("other@example.org").await;
    let both = server.client().signed_in("both@example.org").await;
    let elsewhere = server.client().signed_in("else@example.org").await;
    let key = "mutation { createApiKey(input: {name: \"wire\", role: EDITOR, offices: [\"skopje\"]}) { secret } }";
    let key = one.ask(key, json!({})).await["createApiKey"]["secret"].take();
    let key = server.client().with_bearer(key.as_str().unwrap());
    let readable = async |client: &Client| {
        let list = client
            .ask(
                "{ deskReleases { totalCount } viewer { offices { slug } account { version } } }",
                json!({}),
            )
            .await;
        let offices = texts(&list["viewer"]["offices"], "/slug");
        (
            list["deskReleases"]["totalCount"].as_u64().unwrap(),
            offices,
            list["viewer"]["account"]["version"].as_i64().unwrap(),
        )
    };
    let strings = |offices: &[&str]| offices.iter().map(|slug| (*slug).to_owned()).collect::<Vec<_>>();
    assert_eq!(readable(&one).await, (2, strings(&["skopje"]), 1));
    let created = json!({"originalLocale": "en", "offices": ["mission"], "text": {"title": "Not theirs"}});
    let draft = done(&other, "createRelease", created).await;
    assert_eq!(read(&one, &draft).await, Value::Null);

    merge(&desk, ("office", "Office"), "skopje", "mission").await;
    assert_eq!(readable(&one).await, (4, strings(&["mission"]), 2));
    assert_eq!(readable(&other).await, (4, strings(&["mission"]), 1));
    assert_eq!(readable(&both).await, (4, strings(&["mission", "odihr"]), 2));
    assert_eq!(readable(&key).await, (4, strings(&["mission"]), 2));
    assert_eq!(readable(&elsewhere).await, (1, strings(&["odihr"]), 1));
    let save = json!({"id": draft["id"], "locale": "en", "version": 1, "text": {"title": "Theirs now"}});
    done(&key, "updateTranslation", save).await;
    let audited = newsroom
        .column("SELECT detail FROM audit_entry WHERE action = 'merge-office'")
        .await;
    let audited: Value = serde_json::from_str(&audited[0]).unwrap();
    let accounts = audited["accounts"].as_array().unwrap();
    assert!(accounts.len() == 2 && accounts.contains(&json!(of_one)), "{audited}");
    assert_eq!(audited["apiKeys"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&audited["before"]["slug"], &audited["after"]["slug"]),
        (&json!("skopje"), &json!("mission"))
    );
    assert_whole(&newsroom).await;
}

const CHANGE_RULES: &str =
    "mutation($input: ChangePublishingRulesInput!) { changePublishingRules(input: $input) { version } }";
const RULES: &str =
    "{ publishingRules { office { slug } fourEyes approval languages { type { slug } locales withinHours } version } }";

async fn the_stricter_rules_of_two_offices_hold(kind: Kind) {
    let newsroom = newsroom(kind);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("admin@example.org").await;
    let rules = [
        json!({"office": "skopje", "version": 0, "fourEyes": true, "approval": "EDITOR", "languages": [{"locales": ["ru"], "withinHours": 24}]}),
        json!({"office": "mission", "version": 0, "approval": "PUBLISHER", "languages": [{"locales": ["en"], "withinHours": 0}]}),
    ];
    for rules in rules {
        desk.ask(CHANGE_RULES, json!({ "input": rules })).await;
    }
    merge(&desk, ("office", "Office"), "skopje", "mission").await;
    let kept = desk.ask(RULES, json!({})).await["publishingRules"].take();
    let stricter = json!({
        "office": {"slug": "mission"},
        "fourEyes": true,
        "approval": "PUBLISHER",
        "languages": [
            {"type": null, "locales": ["en"], "withinHours": 0},
            {"type": null, "locales": ["ru"], "withinHours": 24},
        ],
        "version": 2,
    });
    assert_eq!(kept[1], stricter);
    // Where the one that stays had none, it gets those of the other.
    merge(&desk, ("office", "Office"), "mission", "odihr").await;
    let moved = desk.ask(RULES, json!({})).await["publishingRules"].take();
    assert_eq!(
        (&moved[1]["office"]["slug"], &moved[1]["version"]),
        (&json!("odihr"), &json!(1))
    );
    for rule in ["fourEyes", "approval", "languages"] {
        assert_eq!(moved[1][rule], kept[1][rule], "{rule}");
    }
    let draft = done(
        &desk,
        "createRelease",
        json!({"originalLocale": "en", "offices": ["odihr"], "text": {"title": "Alone"}}),
    )
    .await;
    let alone = step(&desk, "approveDraft", &draft, "en", json!({})).await;
    assert_eq!(alone.codes(), ["FORBIDDEN"], "{}", alone.text);
    assert_whole(&newsroom).await;
}

async fn languages_that_are_asked_of_a_type_are_asked_of_the_other(kind: Kind) {
    let newsroom = newsroom(kind);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("admin@example.org").await;
    let languages = json!([
        {"type": "news", "locales": ["ru"], "withinHours": 24},
        {"type": "bulletin", "locales": ["ru"], "withinHours": 24},
        {"type": "spot-report", "locales": ["ru"], "withinHours": 24},
    ]);
    for office in [Value::Null, json!("odihr")] {
        let rules = json!({"office": office, "version": 0, "languages": languages});
        desk.ask(CHANGE_RULES, json!({ "input": rules })).await;
    }
    merge(&desk, ("contentType", "ContentType"), "news", "bulletin").await;
    let kept = desk.ask(RULES, json!({})).await["publishingRules"].take();
    for (index, office) in [Value::Null, json!({"slug": "odihr"})].iter().enumerate() {
        let types = texts(&kept[index]["languages"], "/type/slug");
        assert_eq!((&kept[index]["office"], &kept[index]["version"]), (office, &json!(2)));
        assert_eq!(types, ["bulletin", "spot-report"]);
    }
}

async fn schedules_that_are_held_for_the_one_are_held_for_the_other(kind: Kind) {
    let newsroom = newsroom(kind);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("admin@example.org").await;
    let freeze = "mutation($input: FreezeSchedulesInput!) { freezeSchedules(input: $input) { freeze } }";
    for input in [
        json!({"office": "skopje", "reason": "An attack."}),
        json!({"theme": "elections", "reason": "A vote."}),
    ] {
        desk.ask(freeze, json!({ "input": input })).await;
    }
    merge_all(&desk).await;
    let freezes = desk
        .ask("{ freezes { office { slug } theme { slug } } }", json!({}))
        .await;
    assert_eq!(
        freezes["freezes"],
        json!([{"office": {"slug": "mission"}, "theme": null}, {"office": null, "theme": {"slug": "voting"}}])
    );
    let planned = async |title: &str, filing: Value| {
        let mut input = json!({"originalLocale": "en", "text": {"title": title}});
        for (key, value) in filing.as_object().unwrap() {
            input[key] = value.clone();
        }
        let draft = done(&desk, "createRelease", input).await;
        let schedule = json!({"schedule": {"at": soon(500)}});
        stepped(&desk, "scheduleTranslation", &draft, "en", schedule).await
    };
    let of_office = planned("Of the office", json!({"offices": ["mission"]})).await;
    let of_theme = planned("Of the theme", json!({"themes": ["voting"]})).await;
    // Another one is not held, and tells that the hour has passed.
    let free = planned("Free", json!({"offices": ["odihr"]})).await;
    until_stage(&desk, &free, "en", json!(null)).await;
    for held in [of_office, of_theme] {
        assert_eq!(text(&read(&desk, &held).await, "en")["stage"], "SCHEDULED");
    }
}

async fn what_stays_is_deleted_only_where_nothing_names_what_was_merged_into_it(kind: Kind) {
    let newsroom = newsroom(kind);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("admin@example.org").await;
    for (kind, word, list) in [
        ("office", "Office", "offices"),
        ("theme", "Theme", "themes"),
        ("contentType", "ContentType", "type"),
    ] {
        let (create, delete) = (format!("create{word}"), format!("delete{word}"));
        for slug in ["used", "unused", "stays"] {
            let input = json!({"slug": slug, "names": called(slug)});
            crate::taxonomy_commands::done(&desk, &create, input).await;
        }
        let filed = if list == "type" { json!("used") } else { json!(["used"]) };
        let draft = json!({"originalLocale": "en", list: filed, "text": {"title": kind}});
        let draft = done(&desk, "createRelease", draft).await;
        let unfiled = if list == "type" { Value::Null } else { json!([]) };
        done(
            &desk,
            "updateRelease",
            json!({"id": draft["id"], "version": 1, list: unfiled}),
        )
        .await;

        merge(&desk, (kind, word), "unused", "stays").await;
        merge(&desk, (kind, word), "used", "unused").await;
        let stays = shown(&desk, kind, "stays").await;
        let deletion = json!({"id": stays["id"], "version": stays["version"]});
        // An edition of earlier days names one that it stands for.
        assert_eq!(refused(&desk, &delete, deletion).await, "CONFLICT", "{kind}");

        for slug in ["never", "nowhere"] {
            let input = json!({"slug": slug, "names": called(slug)});
            crate::taxonomy_commands::done(&desk, &create, input).await;
        }
        merge(&desk, (kind, word), "never", "nowhere").await;
        let nowhere = shown(&desk, kind, "never").await;
        let deletion = json!({"id": nowhere["id"], "version": nowhere["version"]});
        crate::taxonomy_commands::done(&desk, &delete, deletion).await;
        assert_eq!(shown(&desk, kind, "never").await, Value::Null);
        let again = json!({"slug": "never", "names": called("Never")});
        crate::taxonomy_commands::done(&desk, &create, again).await;
    }
    assert_eq!(newsroom.number("SELECT count(*) FROM merged_entry").await, 6);
    let gone = input(&desk, "office", "skopje", "mission").await;
    assert_eq!(
        refused(&desk, "deleteOffice", json!({"id": gone["id"], "version": 1})).await,
        "CONFLICT"
    );
    assert_whole(&newsroom).await;
}
