//! Assignments: whose work a translation is, and what is assigned to me.

use newsroom_tests::client::texts;
use newsroom_tests::{Answer, Client, Kind, Newsroom, on_both};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;
use crate::press::{create, done, publish};
use crate::whole::assert_whole;

on_both!(
    a_translation_is_the_work_of_those_whom_it_is_assigned_to,
    an_assignment_changes_no_version_and_moves_no_release,
    those_who_may_not_are_refused_with_the_mend,
    what_is_assigned_to_me_is_listed_by_when_it_was_edited,
    a_repeated_assignment_is_done_once,
    an_import_moves_what_is_assigned_along,
);

const ODIHR: &str = "osce-office-for-democratic-institutions-and-human-rights";

const ASSIGN: &str = "mutation($input: AssignTranslationInput!) { assignTranslation(input: $input) { sequence
  release { id version changed { at } translations { locale version assignees { accountId name assignedBy { name } assignedAt } } } } }";

async fn try_to_assign(client: &Client, release: &Value, locale: &str, assignees: &[&str]) -> Answer {
    let input = json!({"id": release["id"], "locale": locale, "assignees": assignees});
    client.graphql(ASSIGN, json!({"input": input})).await
}

/// The names of the assignees of the text in English, as they are after it.
async fn assign(client: &Client, release: &Value, assignees: &[&str]) -> Vec<String> {
    let answer = try_to_assign(client, release, "en", assignees).await;
    assert!(answer.errors().is_empty(), "{}", answer.text);
    texts(
        answer.data("/assignTranslation/release/translations/0/assignees"),
        "/name",
    )
}

/// A newsroom with a publisher for all offices and two editors of ODIHR's: their accounts' UUIDs.
fn newsroom(kind: Kind) -> (Newsroom, [String; 2]) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let anna = newsroom.account("anna@example.org", "editor", &[ODIHR]);
    let boris = newsroom.account("boris@example.org", "editor", &[ODIHR]);
    (newsroom, [anna, boris])
}

async fn a_translation_is_the_work_of_those_whom_it_is_assigned_to(kind: Kind) {
    let (newsroom, [anna, boris]) = newsroom(kind);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let release = create(&desk, "Observers arrive").await;
    let russian = json!({"id": release["id"], "version": 1, "locale": "ru", "text": {"title": "Наблюдатели прибыли"}});
    done(&desk, "addTranslation", russian).await;
    assert_eq!(assign(&desk, &release, &[&anna]).await, ["anna@example.org"]);
    let both = assign(&desk, &release, &[&boris, &anna, &anna]).await;
    assert_eq!(both, ["anna@example.org", "boris@example.org"]);
    try_to_assign(&desk, &release, "ru", &[&boris]).await;
    let query = "query($id: ID!) { deskRelease(id: $id) { translations { locale assignees { name assignedBy { kind name } } } } }";
    let read = desk.ask(query, json!({"id": release["id"]})).await;
    let by = json!({"kind": "ACCOUNT", "name": "press@example.org"});
    let assignee = |name: &str| json!({"name": name, "assignedBy": by});
    let expected = json!([
        {"locale": "en", "assignees": [assignee("anna@example.org"), assignee("boris@example.org")]},
        {"locale": "ru", "assignees": [assignee("boris@example.org")]},
    ]);
    assert_eq!(read["deskRelease"]["translations"], expected);
    // Whoever may edit it may take it.
    let editor = server.client().signed_in("boris@example.org").await;
    assert_eq!(assign(&editor, &release, &[&boris]).await, ["boris@example.org"]);
    assert_eq!(assign(&editor, &release, &[]).await, [""; 0]);
    let details = newsroom.column("SELECT detail FROM audit_entry WHERE action = 'assign-translation' ORDER BY number");
    let details = details.await;
    let second: Value = serde_json::from_str(&details[1]).unwrap();
    assert_eq!(
        (&second["release"], &second["locale"], &second["assigneesBefore"]),
        (&release["uuid"], &json!("en"), &json!([anna]))
    );
    assert_eq!(details.len(), 5);
    assert_whole(&newsroom).await;
}

async fn an_assignment_changes_no_version_and_moves_no_release(kind: Kind) {
    let (newsroom, [anna, _]) = newsroom(kind);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let first = create(&desk, "First").await;
    create(&desk, "Second").await;
    let query = "{ deskReleases(first: 2) { nodes { id version changed { at } original { version editionCount } } } changes: deskReleases { totalCount } }";
    let before = desk.ask(query, json!({})).await;
    let sequence = newsroom.number("SELECT sequence FROM change_head").await;
    assign(&desk, &first, &[&anna]).await;
    assert_eq!(desk.ask(query, json!({})).await, before);
    assert_eq!(newsroom.number("SELECT sequence FROM change_head").await, sequence);
    // What was seen before it is not stale.
    let save = json!({"id": first["id"], "locale": "en", "version": 1, "text": {"title": "First, again"}});
    done(&desk, "updateTranslation", save).await;
    assert!(newsroom.run(&["verify"]).expect_success().output.starts_with("sound: "));
}

async fn those_who_may_not_are_refused_with_the_mend(kind: Kind) {
    let (newsroom, [anna, boris]) = newsroom(kind);
    let elsewhere = newsroom.account("elsewhere@example.org", "editor", &["osce-secretariat"]);
    newsroom
        .run(&["account", "suspend", "boris@example.org"])
        .expect_success();
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let release = create(&desk, "Observers arrive").await;
    let nobody = "0192f3a4-7b5c-7def-8123-456789abcdef";
    let refused = try_to_assign(&desk, &release, "ru", &[&anna, &elsewhere, &boris, nobody]).await;
    let expected = [
        "input.locale NO_TRANSLATION",
        "input.assignees.1 MAY_NOT_READ",
        "input.assignees.2 SUSPENDED",
        "input.assignees.3 UNKNOWN_ACCOUNT",
    ];
    assert_eq!(refused.faults(), expected);
    let mend = "elsewhere@example.org may not read this release: file it under an office of theirs first, or assign somebody else";
    assert_eq!(refused.errors()[0]["extensions"]["fields"][1]["message"], mend);
    let refused = try_to_assign(&desk, &release, "en", &[release["id"].as_str().unwrap()]).await;
    assert_eq!(refused.faults(), ["input.assignees.0 UNKNOWN_ACCOUNT"]);
    let refused = try_to_assign(&desk, &release, "no such locale", &[]).await;
    assert_eq!(refused.codes(), ["VALIDATION_FAILED"]);
    // For who may not read it, it is not there, whatever else is wrong.
    let stranger = server.client().signed_in("elsewhere@example.org").await;
    let hidden = try_to_assign(&stranger, &release, "no such locale", &[&anna]).await;
    let missing = try_to_assign(&stranger, &json!({"id": nobody}), "no such locale", &[&anna]).await;
    assert_eq!(hidden.codes(), ["NOT_FOUND"]);
    assert_eq!(hidden.body, missing.body);
    // An author's release is theirs to assign until it is published.
    newsroom.account("author@example.org", "author", &[ODIHR]);
    let author = server.client().signed_in("author@example.org").await;
    let own = create(&author, "An author's own").await;
    assert_eq!(assign(&author, &own, &[&anna]).await, ["anna@example.org"]);
    publish(&desk, &own, "en").await;
    assert_eq!(try_to_assign(&author, &own, "en", &[]).await.codes(), ["FORBIDDEN"]);
    let nobody = try_to_assign(server.client(), &release, "en", &[]).await;
    assert_eq!(nobody.codes(), ["UNAUTHENTICATED"]);
    assert_eq!(newsroom.number("SELECT count(*) FROM translation_assignee").await, 1);
}

const MINE: &str = "query($filter: DeskReleaseFilter, $first: Int, $after: String, $last: Int, $before: String) {
  deskReleases(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
    totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

async fn assigned(client: &Client, more: Value) -> (i64, Vec<String>) {
    let mut filter = more;
    filter["assignedToMe"] = true.into();
    let list = client.ask(MINE, json!({"filter": filter})).await["deskReleases"].take();
    (list["totalCount"].as_i64().unwrap(), texts(&list["nodes"], "/id"))
}

async fn what_is_assigned_to_me_is_listed_by_when_it_was_edited(kind: Kind) {
    let (newsroom, [anna, boris]) = newsroom(kind);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let editor = server.client().signed_in("anna@example.org").await;
    let id = |release: &Value| release["id"].as_str().unwrap().to_owned();
    assert_eq!(assigned(&editor, json!({})).await, (0, vec![]));
    let first = create(&desk, "First").await;
    let second = create(&desk, "Second").await;
    let third = create(&editor, "Third").await;
    create(&desk, "Nobody's").await;
    // Both its translations are Anna's work; the list has it once.
    let russian = json!({"id": first["id"], "version": 1, "locale": "ru", "text": {"title": "Ж"}});
    done(&desk, "addTranslation", russian).await;
    try_to_assign(&desk, &first, "ru", &[&anna]).await;
    for release in [&first, &second, &third] {
        assign(&desk, release, &[&boris, &anna]).await;
    }
    assert_eq!(
        assigned(&editor, json!({})).await,
        (3, vec![id(&first), id(&third), id(&second)])
    );
    assert_eq!(assigned(&desk, json!({})).await.0, 0);
    // What is edited comes to the front, for who it is assigned to as well.
    publish(&desk, &second, "en").await;
    let in_order = vec![id(&second), id(&first), id(&third)];
    assert_eq!(assigned(&editor, json!({})).await, (3, in_order.clone()));
    let (mut forth, mut cursor) = (Vec::new(), Value::Null);
    for rest in (0..3).rev() {
        let variables = json!({"filter": {"assignedToMe": true}, "first": 1, "after": cursor});
        let list = editor.ask(MINE, variables).await["deskReleases"].take();
        assert_eq!(list["pageInfo"]["hasNextPage"], json!(rest > 0));
        forth.extend(texts(&list["nodes"], "/id"));
        cursor = list["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(forth, in_order);
    // With other filters, all of them hold.
    assert_eq!(assigned(&editor, json!({"states": ["LIVE"]})).await.1, [id(&second)]);
    assert_eq!(assigned(&editor, json!({"mine": true})).await.1, [id(&third)]);
    assert_eq!(assigned(&editor, json!({"locales": ["ru"]})).await.1, [id(&first)]);
    assert_eq!(assigned(&editor, json!({"offices": [ODIHR]})).await.0, 3);
    assert_eq!(assigned(&editor, json!({"offices": ["osce-secretariat"]})).await.0, 0);
    assert_eq!(assigned(&editor, json!({"withoutOffice": true})).await.0, 0);
    // What they may not read any more they do not find, though it is still theirs.
    let refiled = json!({"id": third["id"], "version": 1, "offices": ["osce-secretariat"]});
    done(&desk, "updateRelease", refiled.clone()).await;
    assert_eq!(assigned(&editor, json!({})).await.0, 3, "who created it may read it");
    let away = json!({"id": first["id"], "version": 1, "offices": ["osce-secretariat"]});
    done(&desk, "updateRelease", away).await;
    assert_eq!(assigned(&editor, json!({})).await.1, [id(&third), id(&second)]);
    // And what is taken from them.
    assign(&desk, &second, &[&boris]).await;
    assert_eq!(assigned(&editor, json!({})).await.1, [id(&third)]);
    assert_whole(&newsroom).await;
}

async fn a_repeated_assignment_is_done_once(kind: Kind) {
    let (newsroom, [anna, boris]) = newsroom(kind);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let release = create(&desk, "Observers arrive").await;
    let input = json!({"id": release["id"], "locale": "en", "assignees": [anna], "idempotencyKey": "k1"});
    let first = desk.graphql(ASSIGN, json!({"input": input})).await;
    assign(&desk, &release, &[&boris]).await;
    let again = desk.graphql(ASSIGN, json!({"input": input})).await;
    assert_eq!(
        again.data("/assignTranslation/sequence"),
        first.data("/assignTranslation/sequence")
    );
    let now = again.data("/assignTranslation/release/translations/0/assignees");
    assert_eq!(texts(now, "/name"), ["boris@example.org"]);
    // To assign it as it is leaves no trace.
    let acts = newsroom.number("SELECT audit_number FROM change_head").await;
    assign(&desk, &release, &[&boris]).await;
    assert_eq!(newsroom.number("SELECT audit_number FROM change_head").await, acts);
    let mut other = input;
    other["assignees"] = json!([]);
    let reused = desk.graphql(ASSIGN, json!({"input": other})).await;
    assert_eq!(reused.codes(), ["IDEMPOTENCY_KEY_REUSED"]);
}

async fn an_import_moves_what_is_assigned_along(kind: Kind) {
    let (newsroom, _) = newsroom(kind);
    let press = newsroom.account("wire@example.org", "publisher", &[]);
    let line = |title: &str| {
        let line = json!({"sourceId": "s1", "state": "live", "slug": "observers-arrive", "publishingDate": "2024-11-22",
            "originalLocale": "en", "translations": {"en": {"title": title, "lead": ""}}});
        line.to_string()
    };
    let file = newsroom.file("one.jsonl", &line("Observers arrive"));
    newsroom.run(&["import", &file]).expect_success();
    {
        let server = newsroom.serve().await;
        let desk = server.client().signed_in("wire@example.org").await;
        let found = desk
            .ask("{ release(slug: \"observers-arrive\") { id } }", json!({}))
            .await;
        assign(&desk, &found["release"], &[&press]).await;
    }
    let before = newsroom.number("SELECT edited_at FROM desk_release_assignee").await;
    let file = newsroom.file("two.jsonl", &line("Observers have arrived"));
    newsroom.run(&["import", &file]).expect_success();
    assert!(newsroom.number("SELECT edited_at FROM desk_release_assignee").await > before);
    assert_whole(&newsroom).await;
}
