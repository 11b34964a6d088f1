//! Lists of the desk: what one may read, by when it was edited last, a page at a time.

use newsroom_tests::client::texts;
use newsroom_tests::{Client, Kind, on_both};
use serde_json::{Value, json};

use crate::archive::{newsroom_with_archive, newsroom_with_seed};
use crate::press::{create, done, publish, stepped};

on_both!(
    every_filter_restricts_and_all_of_them_together,
    pages_go_forth_and_back_without_a_gap,
    an_editor_has_the_releases_of_their_offices_and_their_own,
    an_upgrade_finds_what_an_import_had_filed,
    drafts_are_found_by_stage_filing_author_title_and_schedule,
    counts_per_state_and_stage_ignore_their_own_filter,
    the_calendar_has_what_is_scheduled_and_owed_is_what_lacks_a_language,
);

const LIST: &str = "query($filter: DeskReleaseFilter, $first: Int, $after: String, $last: Int, $before: String) {
  deskReleases(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
    totalCount nodes { id uuid state original { locale } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

async fn list(desk: &Client, filter: Value) -> (i64, Vec<String>) {
    let answer = desk.ask(LIST, json!({"filter": filter, "first": 100})).await;
    let list = &answer["deskReleases"];
    (list["totalCount"].as_i64().unwrap(), texts(&list["nodes"], "/id"))
}

async fn every_filter_restricts_and_all_of_them_together(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let id = |release: &Value| release["id"].as_str().unwrap().to_owned();
    let first = create(&desk, "First").await;
    let live = publish(&desk, &create(&desk, "Second").await, "en").await;
    let unfiled = done(
        &desk,
        "createRelease",
        json!({"originalLocale": "ru", "text": {"title": "Ж"}}),
    )
    .await;
    assert_eq!(
        list(&desk, json!({"mine": true})).await,
        (3, vec![id(&unfiled), id(&live), id(&first)])
    );
    assert_eq!(
        list(
            &desk,
            json!({"mine": true, "offices": ["osce-office-for-democratic-institutions-and-human-rights"]})
        )
        .await
        .1,
        [id(&live), id(&first)]
    );
    assert_eq!(
        list(&desk, json!({"states": ["DRAFT"]})).await.1,
        [id(&unfiled), id(&first)]
    );
    assert_eq!(
        list(&desk, json!({"states": ["DRAFT"], "withoutOffice": true})).await.1,
        [id(&unfiled)]
    );
    assert_eq!(
        list(&desk, json!({"locales": ["ru"], "states": ["DRAFT", "LIVE"]}))
            .await
            .1,
        [id(&unfiled)]
    );
    assert_eq!(
        list(&desk, json!({"hasDraft": true})).await.1,
        [id(&unfiled), id(&first)]
    );
    assert_eq!(
        list(&desk, json!({"hasDraft": false, "mine": true})).await.1,
        [id(&live)]
    );
    assert_eq!(list(&desk, json!({"hasDraft": false})).await.0, 8);
    assert_eq!(list(&desk, json!({"states": ["REMOVED"]})).await.0, 0);
    let refused = desk.graphql(LIST, json!({"filter": {"offices": ["nowhere"]}})).await;
    assert_eq!(refused.faults(), ["filter.offices.0 UNKNOWN_SLUG"]);
    // What is edited comes to the front.
    let save = json!({"id": first["id"], "locale": "en", "version": 1, "text": {"title": "First, again"}});
    done(&desk, "updateTranslation", save).await;
    assert_eq!(list(&desk, json!({})).await.1[0], id(&first));
}

async fn pages_go_forth_and_back_without_a_gap(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let offices = server.client().ask("{ offices { slug } }", json!({})).await;
    let slugs = texts(&offices["offices"], "/slug");
    for filter in [
        json!({}),
        json!({"offices": &slugs[..3]}),
        json!({"withoutOffice": true, "states": ["LIVE"]}),
    ] {
        let (mut forth, mut cursor) = (Vec::new(), Value::Null);
        let total = loop {
            let answer = desk
                .ask(LIST, json!({"filter": filter, "first": 70, "after": cursor}))
                .await;
            let list = &answer["deskReleases"];
            assert_eq!(list["pageInfo"]["hasPreviousPage"], json!(!cursor.is_null()));
            forth.extend(texts(&list["nodes"], "/uuid"));
            cursor = list["pageInfo"]["endCursor"].clone();
            if list["pageInfo"]["hasNextPage"] == false {
                break list["totalCount"].as_i64().unwrap();
            }
        };
        assert_eq!(i64::try_from(forth.len()).unwrap(), total);
        let mut each_once = forth.clone();
        each_once.sort();
        each_once.dedup();
        assert_eq!(each_once.len(), forth.len());
        let (mut back, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let answer = desk
                .ask(LIST, json!({"filter": filter, "last": 70, "before": cursor}))
                .await;
            let list = &answer["deskReleases"];
            let mut page = texts(&list["nodes"], "/uuid");
            page.append(&mut back);
            back = page;
            cursor = list["pageInfo"]["startCursor"].clone();
            if list["pageInfo"]["hasPreviousPage"] == false {
                break;
            }
        }
        assert_eq!(back, forth);
    }
    let reader = server
        .client()
        .ask("{ releases { pageInfo { endCursor } } }", json!({}))
        .await;
    let foreign = desk
        .graphql(LIST, json!({"after": reader["releases"]["pageInfo"]["endCursor"]}))
        .await;
    assert_eq!(foreign.codes(), ["INVALID_CURSOR"]);
}

async fn an_editor_has_the_releases_of_their_offices_and_their_own(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let offices = server.client().ask("{ offices { slug } }", json!({})).await;
    let slugs = texts(&offices["offices"], "/slug");
    newsroom.account("press@example.org", "publisher", &[]);
    newsroom.account("editor@example.org", "editor", &[&slugs[0], &slugs[1]]);
    let all = server.client().signed_in("press@example.org").await;
    let editor = server.client().signed_in("editor@example.org").await;
    let theirs = list(&all, json!({"offices": [slugs[0], slugs[1]]})).await.0;
    assert!(theirs > 0);
    assert_eq!(list(&editor, json!({})).await.0, theirs);
    // An office that is not theirs shows what is theirs as well.
    let shared = list(&editor, json!({"offices": [slugs[2]]})).await;
    let (_, foreign) = list(&all, json!({"offices": [slugs[2]]})).await;
    assert!(shared.1.iter().all(|id| foreign.contains(id)) || foreign.len() == 100);
    let own = done(
        &editor,
        "createRelease",
        json!({"originalLocale": "en", "offices": [slugs[0]], "text": {"title": "Own"}}),
    )
    .await;
    assert_eq!(
        list(&editor, json!({"mine": true})).await.1,
        [own["id"].as_str().unwrap()]
    );
    assert_eq!(list(&editor, json!({})).await.0, theirs + 1);
}

/// What the second schema had no place for, taken away again.
pub(crate) const BACK_TO_THE_DESK: &[&str] = &[
    "DROP TABLE mirror",
    "ALTER TABLE live_tombstone DROP COLUMN slug",
    "ALTER TABLE live_tombstone DROP COLUMN translations",
    "DROP TABLE webhook_attempt",
    "DROP TABLE webhook_delivery",
    "DROP TABLE webhook_secret",
    "DROP TABLE webhook_cursor",
    "DROP TABLE webhook",
    "DROP TABLE merged_entry",
    "ALTER TABLE change DROP COLUMN into_id",
    "DROP TABLE former_slug",
    "DROP TABLE edition_comment",
    "DROP TABLE desk_release_assignee",
    "DROP TABLE translation_assignee",
    "DROP INDEX audit_entry_actor_number",
    "DROP INDEX audit_entry_release_id_number",
    "DROP INDEX audit_entry_action_number",
    "DROP INDEX audit_entry_at",
    "ALTER TABLE audit_entry DROP COLUMN release_id",
    "DROP TABLE account_link_token",
    "DROP TABLE mail",
    "DROP TABLE account_link",
    "DROP TABLE password_request",
    "DROP TABLE sign_on",
    "DROP TABLE preview",
    "DROP TABLE desk_release_mark",
    "DROP TABLE house_rules",
    "DROP TABLE schedule_freeze",
    "DROP INDEX translation_draft_due_at",
    "DROP INDEX translation_draft_bundle_id",
    "ALTER TABLE translation DROP COLUMN draft_stage",
    "ALTER TABLE translation DROP COLUMN draft_stage_detail",
    "ALTER TABLE translation DROP COLUMN draft_writers",
    "ALTER TABLE translation DROP COLUMN draft_follows",
    "ALTER TABLE translation DROP COLUMN draft_due_at",
    "ALTER TABLE translation DROP COLUMN draft_bundle_id",
    "ALTER TABLE translation DROP COLUMN draft_held",
    "ALTER TABLE translation DROP COLUMN texts",
    "DROP TABLE live_former_text",
    "DROP INDEX change_gone",
    "DROP INDEX live_translation_locale",
    "ALTER TABLE translation DROP COLUMN live_follows",
    "ALTER TABLE translation DROP COLUMN emergency",
    "DELETE FROM seaql_migrations WHERE version NOT LIKE '%000001%' AND version NOT LIKE '%000002%'",
    "UPDATE schema_compat SET version = 2, oldest_program = 2",
];

/// What the first had none for, likewise.
const BACK_TO_THE_FIRST: &[&str] = &[
    "DROP TABLE desk_release_office",
    "DROP TABLE idempotency",
    "DROP TABLE refresh_token",
    "DROP TABLE session",
    "DROP TABLE api_key",
    "DROP TABLE account",
    "DROP TABLE signing_key",
    "DROP TABLE sign_in_throttle",
    "DROP INDEX release_edited_at_id",
    "DROP INDEX release_created_by_edited_at_id",
    "ALTER TABLE release DROP COLUMN state",
    "ALTER TABLE release DROP COLUMN created_by",
    "ALTER TABLE release DROP COLUMN edited_at",
    "ALTER TABLE translation DROP COLUMN changed_by",
    "ALTER TABLE translation DROP COLUMN changed_at",
    "ALTER TABLE office DROP COLUMN version",
    "ALTER TABLE theme DROP COLUMN version",
    "ALTER TABLE content_type DROP COLUMN version",
    "DELETE FROM seaql_migrations WHERE version NOT LIKE '%000001%'",
    "UPDATE schema_compat SET version = 1, oldest_program = 1",
];

async fn an_upgrade_finds_what_an_import_had_filed(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let state = async || {
        let filed = match kind {
            Kind::Sqlite => "hex(office_id) || ' ' || hex(release_id)",
            Kind::Postgres => "office_id || ' ' || release_id",
        };
        let mut state = newsroom
            .column(&format!("SELECT {filed} || ' ' || edited_at FROM desk_release_office"))
            .await;
        state.extend(
            newsroom
                .column("SELECT state || ' ' || edited_at || ' ' || (created_by IS NULL) FROM release")
                .await,
        );
        state.extend(
            newsroom
                .column("SELECT changed_by || ' ' || changed_at FROM translation")
                .await,
        );
        state.sort();
        state
    };
    let before = state().await;
    for statement in BACK_TO_THE_DESK.iter().chain(BACK_TO_THE_FIRST) {
        newsroom.execute(statement).await;
    }
    newsroom.run(&["migrate"]).expect_success();
    let after = state().await;
    assert_eq!(after.len(), before.len());
    assert!(after == before, "the upgrade files otherwise than an import does");
    crate::whole::assert_whole(&newsroom).await;
}

async fn drafts_are_found_by_stage_filing_author_title_and_schedule(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let author = newsroom.account("author@example.org", "author", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let writer = server.client().signed_in("author@example.org").await;
    let id = |release: &Value| release["id"].as_str().unwrap().to_owned();
    let written = done(
        &writer,
        "createRelease",
        json!({"originalLocale": "en", "text": {"title": "100% Written"}}),
    )
    .await;
    let russian = json!({"originalLocale": "ru", "text": {"title": "Жизнь [и] «Ärger»*"}});
    let russian = done(&writer, "createRelease", russian).await;
    let filed =
        json!({"originalLocale": "en", "themes": ["elections"], "type": "press-release", "text": {"title": "Filed"}});
    let filed = done(&desk, "createRelease", filed).await;
    let filed = stepped(&desk, "submitForReview", &filed, "en", json!({})).await;
    let planned = create(&desk, "Planned").await;
    let planned = stepped(
        &desk,
        "scheduleTranslation",
        &planned,
        "en",
        json!({"schedule": {"at": "2099-01-01T00:00:00Z"}}),
    )
    .await;
    let drafts = vec![id(&planned), id(&filed), id(&russian), id(&written)];
    for (filter, found) in [
        (json!({"hasDraft": true}), drafts.clone()),
        (json!({"stages": ["IN_REVIEW"]}), vec![id(&filed)]),
        (
            json!({"stages": ["SCHEDULED", "WRITTEN"]}),
            vec![id(&planned), id(&russian), id(&written)],
        ),
        (json!({"themes": ["elections"], "states": ["DRAFT"]}), vec![id(&filed)]),
        (json!({"types": ["press-release"], "hasDraft": true}), vec![id(&filed)]),
        (json!({"authors": [author]}), vec![id(&russian), id(&written)]),
        (json!({"authors": [author], "mine": true}), vec![]),
        (json!({"text": "100% w"}), vec![id(&written)]),
        (json!({"text": "100_"}), vec![]),
        (json!({"text": "100?"}), vec![]),
        (json!({"text": "жИЗНЬ [И] «äRGER»*"}), vec![id(&russian)]),
        (json!({"text": "A\u{308}rger"}), vec![id(&russian)]),
        (json!({"text": "^ж"}), vec![]),
        (
            json!({"scheduledFrom": "2098-12-31T00:00:00Z", "scheduledTo": "2099-01-01T00:00:00Z"}),
            vec![id(&planned)],
        ),
        (json!({"scheduledFrom": "2099-01-01T00:00:01Z"}), vec![]),
        (json!({"stages": ["SCHEDULED"], "withoutOffice": true}), vec![]),
    ] {
        let answer = list(&desk, filter.clone()).await;
        assert_eq!(answer, (i64::try_from(found.len()).unwrap(), found), "{filter}");
    }
    let query = "{ deskReleases(filter: {hasDraft: true}, orderBy: EDITED_FIRST, first: 2) { nodes { id } pageInfo { endCursor hasNextPage } } }";
    let first = desk.ask(query, json!({})).await;
    assert_eq!(
        texts(&first["deskReleases"]["nodes"], "/id"),
        [id(&written), id(&russian)]
    );
    let cursor = first["deskReleases"]["pageInfo"]["endCursor"].as_str().unwrap();
    let on = "query($after: String, $order: DeskReleaseOrder) { deskReleases(filter: {hasDraft: true}, orderBy: $order, after: $after) { nodes { id } pageInfo { hasNextPage hasPreviousPage } } }";
    let rest = desk.ask(on, json!({"after": cursor, "order": "EDITED_FIRST"})).await;
    assert_eq!(
        rest["deskReleases"],
        json!({"nodes": [{"id": id(&filed)}, {"id": id(&planned)}], "pageInfo": {"hasNextPage": false, "hasPreviousPage": true}})
    );
    let other = desk.graphql(on, json!({"after": cursor, "order": "EDITED_LAST"})).await;
    assert_eq!(other.codes(), ["INVALID_CURSOR"]);
    let reversed = desk.graphql(LIST, json!({"filter": {"scheduledFrom": "2099-01-02T00:00:00Z", "scheduledTo": "2099-01-01T00:00:00Z", "themes": ["nothing"]}})).await;
    assert_eq!(
        reversed.faults(),
        ["filter.themes.0 UNKNOWN_SLUG", "filter.scheduledTo RANGE_REVERSED"]
    );
}

async fn counts_per_state_and_stage_ignore_their_own_filter(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    create(&desk, "First").await;
    let second = create(&desk, "Second").await;
    stepped(&desk, "submitForReview", &second, "en", json!({})).await;
    let query = "{ deskReleases(filter: {stages: [IN_REVIEW], states: [DRAFT]}) { totalCount stateCounts { state count } stageCounts { stage count } } }";
    let counts = desk.ask(query, json!({})).await;
    assert_eq!(
        counts["deskReleases"],
        json!({"totalCount": 1,
            "stateCounts": [{"state": "DRAFT", "count": 1}, {"state": "LIVE", "count": 0}, {"state": "WITHDRAWN", "count": 0}, {"state": "REMOVED", "count": 0}],
            "stageCounts": [{"stage": "WRITTEN", "count": 1}, {"stage": "IN_REVIEW", "count": 1}, {"stage": "APPROVED", "count": 0},
                {"stage": "SCHEDULED", "count": 0}, {"stage": "FAILED", "count": 0}]})
    );
}

async fn the_calendar_has_what_is_scheduled_and_owed_is_what_lacks_a_language(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    newsroom.account("admin@example.org", "administrator", &[]);
    newsroom.account("author@example.org", "author", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let admin = server.client().signed_in("admin@example.org").await;
    let author = server.client().signed_in("author@example.org").await;
    let mut ids = Vec::new();
    for (title, at) in [("Later", "2099-01-02T00:00:00Z"), ("Sooner", "2099-01-01T00:00:00Z")] {
        let draft = create(&desk, title).await;
        stepped(
            &desk,
            "scheduleTranslation",
            &draft,
            "en",
            json!({"schedule": {"at": at}}),
        )
        .await;
        ids.push(draft["id"].clone());
    }
    let calendar =
        "{ calendar(from: \"2099-01-01T00:00:00Z\", to: \"2099-01-02T00:00:00Z\") { at locale release { id } } }";
    assert_eq!(
        desk.ask(calendar, json!({})).await["calendar"],
        json!([{"at": "2099-01-01T00:00:00Z", "locale": "en", "release": {"id": ids[1]}}, {"at": "2099-01-02T00:00:00Z", "locale": "en", "release": {"id": ids[0]}}])
    );
    assert_eq!(author.ask(calendar, json!({})).await["calendar"], json!([]));

    let rules = json!({"input": {"version": 0, "languages": [{"type": "press-release", "locales": ["ru", "sq"], "withinHours": 24}]}});
    admin
        .ask(
            "mutation($input: ChangePublishingRulesInput!) { changePublishingRules(input: $input) { version } }",
            rules,
        )
        .await;
    let release = done(&desk, "createRelease", json!({"originalLocale": "en", "type": "press-release", "publishedAt": "2026-01-01T00:00:00Z", "text": {"title": "Owing"}})).await;
    let release = publish(&desk, &release, "en").await;
    let release = done(
        &desk,
        "addTranslation",
        json!({"id": release["id"], "version": release["version"], "locale": "sq", "text": {"title": "Borxh"}}),
    )
    .await;
    let release = publish(&desk, &release, "sq").await;
    let owed = "{ owedTranslations(publishedFrom: \"2026-01-01T00:00:00Z\") { locale dueAt release { id } } }";
    assert_eq!(
        desk.ask(owed, json!({})).await["owedTranslations"],
        json!([{"locale": "ru", "dueAt": "2026-01-02T00:00:00Z", "release": {"id": release["id"]}}])
    );
}
