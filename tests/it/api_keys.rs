//! API keys, by which machines act.

use std::time::Duration;

use newsroom_tests::{Client, Kind, Newsroom, Server, on_both, password};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;
use crate::sign_in::is_in;

on_both!(
    a_key_acts_for_its_account_with_what_it_was_given,
    a_key_never_has_more_than_its_account,
    a_key_is_not_given_more_than_its_account_has,
    a_key_makes_no_key_and_changes_no_password,
    a_key_that_is_revoked_or_has_expired_serves_no_more,
    the_secret_is_shown_once,
    an_administrator_makes_and_revokes_keys_of_others,
);

const CREATE: &str = "mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret \
     apiKey { id name role allOffices offices { slug } expiresAt lastUsedAt revokedAt } } }";
const REVOKE: &str = "mutation($id: ID!) { revokeApiKey(input: {id: $id}) { apiKey { revokedAt } } }";

async fn newsroom_with_publisher(kind: Kind) -> (Newsroom, Server, Client) {
    let newsroom = newsroom_with_seed(kind);
    let offices = ["osce-secretariat", "osce-chairpersonship"];
    newsroom.account("publisher@example.org", "publisher", &offices);
    let server = newsroom.serve().await;
    let publisher = server.client().signed_in("publisher@example.org").await;
    (newsroom, server, publisher)
}

async fn made(client: &Client, input: Value) -> Value {
    client.ask(CREATE, json!({ "input": input })).await["createApiKey"].take()
}

fn by(server: &Server, made: &Value) -> Client {
    server.client().with_bearer(made["secret"].as_str().unwrap())
}

async fn a_key_acts_for_its_account_with_what_it_was_given(kind: Kind) {
    let (newsroom, server, publisher) = newsroom_with_publisher(kind).await;
    let given = json!({"name": "wire", "role": "EDITOR", "offices": ["osce-secretariat"]});
    let made = made(&publisher, given).await;
    assert!(made["secret"].as_str().unwrap().starts_with("nrk_"));
    assert_eq!(
        (&made["apiKey"]["lastUsedAt"], &made["apiKey"]["revokedAt"]),
        (&json!(null), &json!(null))
    );
    let machine = by(&server, &made);
    let viewer = "{ viewer { account { email } role allOffices offices { slug } apiKey { name } } }";
    assert_eq!(
        machine.ask(viewer, json!({})).await["viewer"],
        json!({
            "account": {"email": "publisher@example.org"}, "role": "EDITOR", "allOffices": false,
            "offices": [{"slug": "osce-secretariat"}], "apiKey": {"name": "wire"},
        })
    );
    let secret = made["secret"].as_str().unwrap();
    let stored = newsroom.column("SELECT hash FROM api_key").await;
    assert!(stored.len() == 1 && !stored[0].contains(secret));
    // That it was used is noted a little later.
    let keys = "{ viewer { apiKeys { name lastUsedAt } } }";
    for attempt in 0.. {
        let keys = publisher.ask(keys, json!({})).await;
        if keys["viewer"]["apiKeys"][0]["lastUsedAt"].is_string() {
            break;
        }
        assert!(attempt < 50, "{keys}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(newsroom.audited().await.last().unwrap(), "api-key-created");
}

async fn a_key_never_has_more_than_its_account(kind: Kind) {
    let (newsroom, server, publisher) = newsroom_with_publisher(kind).await;
    let machine = by(&server, &made(&publisher, json!({"name": "wire"})).await);
    let viewer = "{ viewer { role offices { slug } } }";
    let asked = machine.ask(viewer, json!({})).await;
    assert_eq!(asked["viewer"]["role"], "PUBLISHER");
    newsroom.account("root@example.org", "administrator", &[]);
    let root = server.client().signed_in("root@example.org").await;
    let id = publisher.ask("{ viewer { account { id } } }", json!({})).await["viewer"]["account"]["id"].take();
    let demote = "mutation($id: ID!) { updateAccount(input: {id: $id, version: 1, role: AUTHOR, offices: [\"osce-secretariat\"]}) { account { version } } }";
    root.ask(demote, json!({ "id": id })).await;
    assert_eq!(
        machine.ask(viewer, json!({})).await["viewer"],
        json!({"role": "AUTHOR", "offices": [{"slug": "osce-secretariat"}]})
    );
    newsroom
        .run(&["account", "suspend", "publisher@example.org"])
        .expect_success();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert!(!is_in(&machine).await);
    newsroom
        .run(&["account", "reinstate", "publisher@example.org"])
        .expect_success();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert!(is_in(&machine).await);
}

async fn a_key_is_not_given_more_than_its_account_has(kind: Kind) {
    let (_newsroom, _server, publisher) = newsroom_with_publisher(kind).await;
    let input = json!({"name": "", "role": "ADMINISTRATOR", "allOffices": true, "expiresAt": "2020-01-01T00:00:00Z"});
    let answer = publisher.graphql(CREATE, json!({ "input": input })).await;
    assert_eq!(
        answer.faults(),
        [
            "input.name EMPTY",
            "input.role BEYOND_ACCOUNT",
            "input.allOffices BEYOND_ACCOUNT",
            "input.expiresAt OUT_OF_RANGE"
        ]
    );
    let far = json!({"input": {"name": "far", "expiresAt": "2999-01-01T00:00:00Z"}});
    assert_eq!(
        publisher.graphql(CREATE, far).await.faults(),
        ["input.expiresAt OUT_OF_RANGE"]
    );
}

async fn a_key_makes_no_key_and_changes_no_password(kind: Kind) {
    let (newsroom, server, _) = newsroom_with_publisher(kind).await;
    newsroom.account("root@example.org", "administrator", &[]);
    let root = server.client().signed_in("root@example.org").await;
    let machine = by(&server, &made(&root, json!({"name": "wire"})).await);
    let sibling = made(&root, json!({"name": "sibling"})).await["apiKey"]["id"].clone();
    let id = root.ask("{ viewer { account { id } } }", json!({})).await["viewer"]["account"]["id"].take();
    let asked = [
        (CREATE, json!({"input": {"name": "another"}})),
        (
            "mutation($p: String!) { changePassword(input: {currentPassword: $p, newPassword: \"another password\"}) { tokenType } }",
            json!({ "p": password() }),
        ),
        (
            "mutation($id: ID!) { updateAccount(input: {id: $id, version: 1, password: \"another password\"}) { account { id } } }",
            json!({ "id": id }),
        ),
        (
            "mutation { createAccount(input: {email: \"b@example.org\", name: \"B\", role: AUTHOR, offices: [], password: \"another password\"}) { account { id } } }",
            json!({}),
        ),
        // Not a password that is wrong either: it is not tried.
        (
            "mutation { changePassword(input: {currentPassword: \"a wrong one\", newPassword: \"another password\"}) { tokenType } }",
            json!({}),
        ),
        (REVOKE, json!({ "id": sibling })),
        ("mutation { signOutEverywhere { sessions } }", json!({})),
        ("mutation { signOut(input: {}) { signedOut } }", json!({})),
    ];
    for (query, variables) in asked {
        let answer = machine.graphql(query, variables).await;
        assert_eq!(answer.codes(), ["FORBIDDEN"], "{query}\n{}", answer.text);
    }
    assert!(is_in(&root).await && is_in(&machine).await);
    // Without a password it may, since it is an administrator's.
    let create = "mutation { createAccount(input: {email: \"b@example.org\", name: \"B\", role: AUTHOR, offices: []}) { account { hasPassword } } }";
    machine.ask(create, json!({})).await;
    let said = newsroom
        .column("SELECT detail FROM audit_entry ORDER BY number DESC")
        .await[0]
        .clone();
    assert!(said.contains("\"apiKey\""), "{said}");
}

async fn a_key_that_is_revoked_or_has_expired_serves_no_more(kind: Kind) {
    let (newsroom, server, publisher) = newsroom_with_publisher(kind).await;
    let (one, other) = (
        made(&publisher, json!({"name": "one"})).await,
        made(&publisher, json!({"name": "other"})).await,
    );
    assert!(is_in(&by(&server, &one)).await && is_in(&by(&server, &other)).await);
    let revoked = publisher.ask(REVOKE, json!({"id": one["apiKey"]["id"]})).await;
    assert!(revoked["revokeApiKey"]["apiKey"]["revokedAt"].is_string());
    // It stays so, since the first time.
    let again = publisher.ask(REVOKE, json!({"id": one["apiKey"]["id"]})).await;
    assert_eq!(again, revoked);
    assert!(!is_in(&by(&server, &one)).await && is_in(&by(&server, &other)).await);
    newsroom.execute("UPDATE api_key SET expires_at = created_at + 1").await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert!(!is_in(&by(&server, &other)).await);
    let keys = publisher.ask("{ viewer { apiKeys { name } } }", json!({})).await;
    assert_eq!(keys["viewer"]["apiKeys"], json!([]));
    assert!(newsroom.audited().await.contains(&"api-key-revoked".to_owned()));
}

async fn the_secret_is_shown_once(kind: Kind) {
    let (newsroom, server, publisher) = newsroom_with_publisher(kind).await;
    let input = json!({"name": "wire", "idempotencyKey": "7d2c"});
    let first = made(&publisher, input.clone()).await;
    let again = made(&publisher, input).await;
    assert_eq!((&again["secret"], &again["apiKey"]), (&json!(null), &first["apiKey"]));
    assert!(is_in(&by(&server, &first)).await);
    let kept = newsroom.column("SELECT outcome FROM idempotency").await;
    assert!(kept.iter().all(|outcome| !outcome.contains("nrk_")), "{kept:?}");
}

async fn an_administrator_makes_and_revokes_keys_of_others(kind: Kind) {
    let (newsroom, server, publisher) = newsroom_with_publisher(kind).await;
    newsroom.account("root@example.org", "administrator", &[]);
    newsroom.account("other@example.org", "publisher", &[]);
    let root = server.client().signed_in("root@example.org").await;
    let other = server.client().signed_in("other@example.org").await;
    let id = publisher.ask("{ viewer { account { id } } }", json!({})).await["viewer"]["account"]["id"].take();
    let input = json!({"input": {"name": "wire", "accountId": id}});
    assert_eq!(other.graphql(CREATE, input.clone()).await.codes(), ["FORBIDDEN"]);
    assert_eq!(
        server.client().graphql(CREATE, input).await.codes(),
        ["UNAUTHENTICATED"]
    );
    let made = made(&root, json!({"name": "wire", "accountId": id})).await;
    let viewer = by(&server, &made)
        .ask("{ viewer { role account { id } } }", json!({}))
        .await;
    assert_eq!(viewer["viewer"], json!({"role": "PUBLISHER", "account": {"id": id}}));
    let key = json!({"id": made["apiKey"]["id"]});
    assert_eq!(other.graphql(REVOKE, key.clone()).await.codes(), ["NOT_FOUND"]);
    assert!(is_in(&by(&server, &made)).await);
    root.ask(REVOKE, key).await;
    assert!(!is_in(&by(&server, &made)).await);
}
