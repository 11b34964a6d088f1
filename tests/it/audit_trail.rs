//! The audit trail over GraphQL: who did what, when, from where and with which key; and who sees that.

use newsroom_tests::client::texts;
use newsroom_tests::{Client, Kind, Newsroom, on_both};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;
use crate::press::{create, done, publish};

on_both!(
    an_entry_says_who_did_what_when_from_where_and_with_which_key,
    administrators_read_all_of_it_forth_and_back,
    a_filter_restricts_and_all_of_them_together,
    others_see_a_release_that_they_may_read_and_their_own_acts,
    an_upgrade_finds_what_had_been_done_before,
);

const TRAIL: &str = "query($filter: AuditEntryFilter, $first: Int, $after: String, $last: Int, $before: String) {
  auditEntries(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
    nodes { number at by { kind accountId name } apiKey { id name } address action releaseId locale versionBefore version editionUuid detail seal }
    edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

async fn trail(client: &Client, filter: Value) -> Value {
    let variables = json!({"filter": filter, "first": 100});
    client.ask(TRAIL, variables).await["auditEntries"]["nodes"].take()
}

/// What was done, the newest first.
async fn acts(client: &Client, filter: Value) -> Vec<String> {
    texts(&trail(client, filter).await, "/action")
}

/// A newsroom with an administrator.
fn newsroom(kind: Kind) -> Newsroom {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("admin@example.org", "administrator", &[]);
    newsroom
}

async fn an_entry_says_who_did_what_when_from_where_and_with_which_key(kind: Kind) {
    let newsroom = newsroom(kind);
    let press = newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let admin = server.client().signed_in("admin@example.org").await;
    let desk = server.client().signed_in("press@example.org").await;
    let make = "mutation { createApiKey(input: {name: \"wire\"}) { secret apiKey { id } } }";
    let key = desk.ask(make, json!({})).await["createApiKey"].take();
    let machine = server.client().with_bearer(key["secret"].as_str().unwrap());
    let draft = create(&machine, "Observers arrive").await;
    let input = json!({"id": draft["id"], "locale": "en", "version": 1, "text": {"title": "Observers have arrived"}});
    let saved = done(&machine, "updateTranslation", input).await;
    let edition = "query($id: ID!) { deskRelease(id: $id) { original { draft { uuid savedAt } } } }";
    let edition = machine.ask(edition, json!({"id": saved["id"]})).await["deskRelease"]["original"]["draft"].take();
    let mut entries = trail(&admin, json!({"release": draft["id"]})).await;
    assert_eq!(texts(&entries, "/action"), ["update-translation", "create-release"]);
    let mut entry = entries[0].take();
    let by = json!({"kind": "ACCOUNT", "accountId": account_id(&press), "name": "press@example.org"});
    let detail: Value = serde_json::from_str(entry["detail"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&detail["release"], &detail["version"], &detail["from"]),
        (&draft["uuid"], &json!(2), &json!("127.0.0.1"))
    );
    let (number, seal) = (entry["number"].take(), entry["seal"].take());
    let kept = format!("SELECT seal FROM audit_entry WHERE number = {number}");
    assert_eq!(newsroom.column(&kept).await, [seal.as_str().unwrap()]);
    entry["detail"].take();
    let expected = json!({
        "number": null, "at": edition["savedAt"], "by": by, "apiKey": {"id": key["apiKey"]["id"], "name": "wire"},
        "address": "127.0.0.1", "action": "update-translation", "releaseId": draft["id"], "locale": "en",
        "versionBefore": 1, "version": 2, "editionUuid": edition["uuid"], "detail": null, "seal": null,
    });
    assert_eq!(entry, expected);
    // What the importer and the operator did is of no account.
    let imported = trail(&admin, json!({"actions": ["import"]})).await;
    assert_eq!(
        imported[0]["by"],
        json!({"kind": "IMPORT", "accountId": null, "name": null})
    );
    let made = trail(&admin, json!({"actions": ["account-created"]})).await;
    assert_eq!(
        (&made[0]["by"]["kind"], &made[0]["releaseId"]),
        (&json!("OPERATOR"), &json!(null))
    );
}

/// The id of an account of that UUID.
fn account_id(uuid: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(format!("Account:{uuid}"))
}

async fn administrators_read_all_of_it_forth_and_back(kind: Kind) {
    let newsroom = newsroom(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    for number in 0..8 {
        create(&desk, &format!("Release {number}")).await;
    }
    let admin = server.client().signed_in("admin@example.org").await;
    let whole = newsroom
        .column("SELECT CAST(a.number AS TEXT) FROM audit_entry AS a ORDER BY a.number DESC")
        .await;
    assert!(whole.len() > 12);
    let numbers = |list: &Value| -> Vec<String> {
        list["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|node| node["number"].to_string())
            .collect()
    };
    for filter in [
        json!({}),
        json!({"actions": ["create-release", "signed-in", "import", "account-created"]}),
    ] {
        let (mut forth, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let variables = json!({"filter": filter, "first": 3, "after": cursor});
            let list = admin.ask(TRAIL, variables).await["auditEntries"].take();
            assert_eq!(list["pageInfo"]["hasPreviousPage"], json!(!cursor.is_null()));
            forth.extend(numbers(&list));
            cursor = list["pageInfo"]["endCursor"].clone();
            if list["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        let (mut back, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let variables = json!({"filter": filter, "last": 3, "before": cursor});
            let list = admin.ask(TRAIL, variables).await["auditEntries"].take();
            assert_eq!(list["pageInfo"]["hasNextPage"], json!(!cursor.is_null()));
            back.splice(0..0, numbers(&list));
            cursor = list["pageInfo"]["startCursor"].clone();
            if list["pageInfo"]["hasPreviousPage"] == false {
                break;
            }
        }
        assert_eq!(back, forth);
        if filter == json!({}) {
            assert_eq!(forth, whole);
        }
    }
    let foreign = admin
        .ask("{ deskReleases { pageInfo { endCursor } } }", json!({}))
        .await;
    let foreign = json!({"after": foreign["deskReleases"]["pageInfo"]["endCursor"]});
    assert_eq!(admin.graphql(TRAIL, foreign).await.codes(), ["INVALID_CURSOR"]);
    assert_eq!(
        admin.graphql(TRAIL, json!({"first": 101})).await.faults(),
        ["first OUT_OF_RANGE"]
    );
}

async fn a_filter_restricts_and_all_of_them_together(kind: Kind) {
    let newsroom = newsroom(kind);
    let press = newsroom.account("press@example.org", "publisher", &[]);
    let wire = newsroom.account("wire@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let admin = server.client().signed_in("admin@example.org").await;
    let desk = server.client().signed_in("press@example.org").await;
    let other = server.client().signed_in("wire@example.org").await;
    let release = create(&desk, "Observers arrive").await;
    let live = publish(&other, &release, "en").await;
    create(&other, "Observers leave").await;
    let id = &release["id"];
    assert_eq!(
        acts(&admin, json!({"account": press})).await,
        ["create-release", "signed-in"]
    );
    let of_wire = ["create-release", "publish-translation", "signed-in"];
    assert_eq!(acts(&admin, json!({"account": account_id(&wire)})).await, of_wire);
    assert_eq!(
        acts(&admin, json!({"release": id, "account": wire})).await,
        ["publish-translation"]
    );
    assert_eq!(
        acts(&admin, json!({"account": wire, "actions": ["signed-in"]})).await,
        ["signed-in"]
    );
    let creations = acts(&admin, json!({"actions": ["create-release", "create-release"]})).await;
    assert_eq!(creations, ["create-release", "create-release"]);
    assert_eq!(
        acts(&admin, json!({"release": id, "actions": ["no-such-act"]})).await,
        [""; 0]
    );
    // Of another kind of thing, or of nothing, nothing was done.
    let office = admin.ask("{ offices { id } }", json!({})).await["offices"][0]["id"].take();
    assert_eq!(acts(&admin, json!({"release": office})).await, [""; 0]);
    assert_eq!(acts(&admin, json!({"account": id})).await, [""; 0]);
    assert_eq!(acts(&admin, json!({"account": release["uuid"]})).await, [""; 0]);
    // Both ends of a range are in it.
    let at = |action: &str, list: &Value| {
        let list = list.as_array().unwrap();
        list.iter().find(|entry| entry["action"] == action).unwrap()["at"].clone()
    };
    let entries = trail(&admin, json!({"release": live["id"]})).await;
    let (created, published) = (at("create-release", &entries), at("publish-translation", &entries));
    let range = |from: &Value, to: &Value| json!({"release": id, "from": from, "to": to});
    let both = ["publish-translation", "create-release"];
    assert_eq!(acts(&admin, range(&created, &published)).await, both);
    assert_eq!(acts(&admin, range(&created, &created)).await, ["create-release"]);
    assert_eq!(
        acts(&admin, json!({"from": published, "to": published})).await,
        ["publish-translation"]
    );
    assert_eq!(acts(&admin, json!({"to": "2020-01-01T00:00:00Z"})).await, [""; 0]);
    assert_eq!(acts(&admin, json!({"from": "9999-01-01T00:00:00Z"})).await, [""; 0]);
    let all = newsroom.number("SELECT count(*) FROM audit_entry").await;
    let ever = acts(
        &admin,
        json!({"from": "0001-01-01T00:00:00Z", "to": "9999-12-31T23:59:59Z"}),
    )
    .await;
    assert_eq!(i64::try_from(ever.len()).unwrap(), all);
    let refused = admin
        .graphql(TRAIL, json!({"filter": range(&published, &created)}))
        .await;
    assert_eq!(refused.faults(), ["filter.to RANGE_REVERSED"]);
    let refused = admin.graphql(TRAIL, json!({"filter": {"release": "nothing"}})).await;
    assert_eq!(refused.faults(), ["filter.release INVALID_ID"]);
    let refused = admin
        .graphql(TRAIL, json!({"filter": {"actions": vec!["x"; 101]}}))
        .await;
    assert_eq!(refused.faults(), ["filter.actions TOO_MANY"]);
    let refused = admin
        .graphql(TRAIL, json!({"filter": {"actions": ["import", "a\0"]}}))
        .await;
    assert_eq!(refused.faults(), ["filter.actions.1 MALFORMED"]);
}

async fn others_see_a_release_that_they_may_read_and_their_own_acts(kind: Kind) {
    let newsroom = newsroom(kind);
    let odihr = "osce-office-for-democratic-institutions-and-human-rights";
    let press = newsroom.account("press@example.org", "publisher", &[odihr]);
    newsroom.account("editor@example.org", "editor", &[odihr]);
    newsroom.account("stranger@example.org", "editor", &["osce-secretariat"]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let editor = server.client().signed_in("editor@example.org").await;
    let stranger = server.client().signed_in("stranger@example.org").await;
    let release = create(&desk, "Observers arrive").await;
    let of_release = json!({"release": release["id"]});
    for own in [&desk, &editor, &stranger] {
        let seen = acts(own, json!({})).await;
        let expected = if std::ptr::eq(own, &raw const desk) {
            vec!["create-release", "signed-in"]
        } else {
            vec!["signed-in"]
        };
        assert_eq!(seen, expected);
    }
    assert_eq!(acts(&stranger, of_release.clone()).await, [""; 0]);
    let nothing = acts(&stranger, json!({"release": "0192f3a4-7b5c-7def-8123-456789abcdef"})).await;
    assert_eq!(nothing, [""; 0]);
    assert_eq!(acts(&stranger, json!({"account": press})).await, [""; 0]);
    assert_eq!(acts(&editor, json!({"account": press})).await, [""; 0]);
    assert_eq!(
        acts(&editor, json!({"account": press, "release": release["id"]})).await,
        ["create-release"]
    );
    // Of a colleague's act they are not told from where it came.
    let mut seen = trail(&editor, of_release.clone()).await;
    let entry = seen[0].take();
    assert_eq!(
        (&entry["by"]["name"], &entry["address"], &entry["detail"]),
        (&json!("press@example.org"), &json!(null), &json!(null))
    );
    let own = trail(&desk, of_release.clone()).await;
    assert_eq!(own[0]["address"], "127.0.0.1");
    assert!(own[0]["detail"].is_string());
    // What is filed elsewhere is not theirs to read any more; what they did themselves is.
    let admin = server.client().signed_in("admin@example.org").await;
    let saved = json!({"id": release["id"], "locale": "en", "version": 1, "text": {"title": "Observers have arrived"}});
    done(&editor, "updateTranslation", saved).await;
    let refiled = json!({"id": release["id"], "version": 2, "offices": ["osce-secretariat"]});
    done(&admin, "updateRelease", refiled).await;
    assert_eq!(acts(&editor, of_release.clone()).await, ["update-translation"]);
    let all = ["update-release", "update-translation", "create-release"];
    assert_eq!(acts(&stranger, of_release.clone()).await, all);
    let nobody = server.client().graphql(TRAIL, json!({})).await;
    assert_eq!(nobody.codes(), ["UNAUTHENTICATED"]);
}

async fn an_upgrade_finds_what_had_been_done_before(kind: Kind) {
    let newsroom = newsroom(kind);
    let press = newsroom.account("press@example.org", "publisher", &[]);
    let release = {
        let server = newsroom.serve().await;
        let desk = server.client().signed_in("press@example.org").await;
        let draft = create(
            &desk,
            "A title that says \"release\":\"0192f3a4-7b5c-7def-8123-456789abcdef\"",
        )
        .await;
        publish(&desk, &draft, "en").await
    };
    for statement in crate::desk_lists::BACK_TO_THE_DESK {
        newsroom.execute(statement).await;
    }
    newsroom.run(&["migrate"]).expect_success();
    let server = newsroom.serve().await;
    let admin = server.client().signed_in("admin@example.org").await;
    let of_release = acts(&admin, json!({"release": release["id"]})).await;
    assert_eq!(of_release, ["publish-translation", "create-release"]);
    let of_press = acts(&admin, json!({"account": press})).await;
    assert_eq!(of_press, ["publish-translation", "create-release", "signed-in"]);
    assert!(newsroom.run(&["verify"]).expect_success().output.starts_with("sound: "));
}
