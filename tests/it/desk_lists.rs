//! Lists of the desk: what one may read, by when it was edited last, a page at a time.

use newsroom_tests::client::texts;
use newsroom_tests::{Client, Kind, on_both};
use serde_json::{Value, json};

use crate::archive::{newsroom_with_archive, newsroom_with_seed};
use crate::press::{create, done, publish};

on_both!(
    every_filter_restricts_and_all_of_them_together,
    pages_go_forth_and_back_without_a_gap,
    an_editor_has_the_releases_of_their_offices_and_their_own,
    an_upgrade_finds_what_an_import_had_filed,
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
    "DROP TABLE edition_comment",
    "DROP TABLE desk_release_assignee",
    "DROP TABLE translation_assignee",
    "DROP INDEX audit_entry_actor_number",
    "DROP INDEX audit_entry_release_id_number",
    "DROP INDEX audit_entry_action_number",
    "DROP INDEX audit_entry_at",
    "ALTER TABLE audit_entry DROP COLUMN release_id",
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
