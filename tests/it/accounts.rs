//! Accounts, as administrators keep them over GraphQL and operators at the command line.

use newsroom_tests::client::texts;
use newsroom_tests::{Answer, Client, Kind, Newsroom, Server, on_both, password};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;
use crate::sign_in::is_in;

on_both!(
    an_administrator_makes_and_changes_accounts,
    who_is_no_administrator_may_not,
    all_faults_of_a_form_come_at_once,
    a_stale_version_is_refused_with_the_one_that_there_is,
    the_last_administrator_stays_one,
    one_of_two_administrators_who_suspend_each_other_stays,
    what_is_asked_twice_under_a_key_is_done_once,
    accounts_are_listed_a_page_at_a_time,
    an_operator_makes_and_changes_accounts,
);

const FIELDS: &str = "id uuid email name role allOffices offices { slug } suspendedAt hasPassword version";

async fn newsroom_with_administrator(kind: Kind) -> (Newsroom, Server, Client) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("administrator@example.org", "administrator", &[]);
    let server = newsroom.serve().await;
    let administrator = server.client().signed_in("administrator@example.org").await;
    (newsroom, server, administrator)
}

fn create() -> String {
    format!("mutation($input: CreateAccountInput!) {{ createAccount(input: $input) {{ account {{ {FIELDS} }} }} }}")
}

fn update() -> String {
    format!("mutation($input: UpdateAccountInput!) {{ updateAccount(input: $input) {{ account {{ {FIELDS} }} }} }}")
}

fn anna() -> Value {
    json!({"email": "Anna@example.org", "name": "Anna", "role": "EDITOR", "offices": ["osce-secretariat"], "password": password()})
}

async fn created(administrator: &Client, input: &Value) -> Value {
    let mut data = administrator.ask(&create(), json!({ "input": input })).await;
    data["createAccount"]["account"].take()
}

async fn an_administrator_makes_and_changes_accounts(kind: Kind) {
    let (newsroom, server, administrator) = newsroom_with_administrator(kind).await;
    let account = created(&administrator, &anna()).await;
    let (id, uuid) = (account["id"].clone(), account["uuid"].clone());
    assert_eq!(
        account,
        json!({
            "id": id, "uuid": uuid, "email": "anna@example.org", "name": "Anna", "role": "EDITOR", "allOffices": false,
            "offices": [{"slug": "osce-secretariat"}], "suspendedAt": null, "hasPassword": true, "version": 1,
        })
    );
    let anna = server.client().signed_in("anna@example.org").await;
    let change = json!({"input": {"id": id, "version": 1, "role": "PUBLISHER", "allOffices": true}});
    let changed = administrator.ask(&update(), change).await;
    let changed = &changed["updateAccount"]["account"];
    assert_eq!(
        (&changed["role"], &changed["allOffices"], &changed["version"]),
        (&json!("PUBLISHER"), &json!(true), &json!(2))
    );
    let viewer = anna.ask("{ viewer { role allOffices } }", json!({})).await;
    assert_eq!(viewer, json!({"viewer": {"role": "PUBLISHER", "allOffices": true}}));
    let suspend = json!({"input": {"id": uuid, "version": 2, "suspended": true}});
    let suspended = administrator.ask(&update(), suspend).await;
    assert!(suspended["updateAccount"]["account"]["suspendedAt"].is_string());
    assert!(!is_in(&anna).await);
    let reinstate = json!({"input": {"id": uuid, "version": 3, "suspended": false, "password": "another password"}});
    administrator.ask(&update(), reinstate).await;
    assert!(
        server
            .client()
            .sign_in("anna@example.org", "another password")
            .await
            .errors()
            .is_empty()
    );
    let found = administrator
        .ask(
            "query($id: ID!) { account(id: $id) { email version } }",
            json!({ "id": id }),
        )
        .await;
    assert_eq!(found["account"], json!({"email": "anna@example.org", "version": 4}));
    let audited = newsroom.audited().await;
    let of_anna: Vec<_> = audited.iter().skip_while(|action| *action != "signed-in").collect();
    assert_eq!(
        of_anna,
        [
            "signed-in",
            "account-created",
            "signed-in",
            "account-changed",
            "account-suspended",
            "account-reinstated",
            "signed-in"
        ]
    );
    let passwords = newsroom
        .column("SELECT detail FROM audit_entry UNION ALL SELECT outcome FROM idempotency")
        .await;
    assert!(
        passwords
            .iter()
            .all(|detail| !detail.contains("password for") && !detail.contains("argon2"))
    );
}

async fn who_is_no_administrator_may_not(kind: Kind) {
    let (newsroom, server, administrator) = newsroom_with_administrator(kind).await;
    newsroom.account("publisher@example.org", "publisher", &[]);
    let publisher = server.client().signed_in("publisher@example.org").await;
    let id = created(&administrator, &anna()).await["id"].clone();
    let asked = [
        (
            create(),
            json!({"input": {"email": "b@example.org", "name": "B", "role": "AUTHOR", "offices": []}}),
        ),
        (update(), json!({"input": {"id": id, "version": 1, "role": "AUTHOR"}})),
        ("{ accounts { nodes { email } } }".to_owned(), json!({})),
        (
            "query($id: ID!) { account(id: $id) { email } }".to_owned(),
            json!({ "id": id }),
        ),
    ];
    for (query, variables) in asked {
        let answer = publisher.graphql(&query, variables.clone()).await;
        assert_eq!(answer.codes(), ["FORBIDDEN"], "{query}");
        let answer = server.client().graphql(&query, variables).await;
        assert_eq!(answer.codes(), ["UNAUTHENTICATED"], "{query}");
    }
}

async fn all_faults_of_a_form_come_at_once(kind: Kind) {
    let (_newsroom, _server, administrator) = newsroom_with_administrator(kind).await;
    let faults = async |input: Value| {
        let answer = administrator.graphql(&create(), json!({ "input": input })).await;
        assert_eq!(answer.codes(), ["VALIDATION_FAILED"], "{}", answer.text);
        answer.faults()
    };
    let input = json!({"email": "nobody", "name": "", "role": "EDITOR", "offices": ["nowhere"], "password": "short"});
    assert_eq!(
        faults(input).await,
        [
            "input.email INVALID_EMAIL",
            "input.name EMPTY",
            "input.offices.0 UNKNOWN_SLUG"
        ]
    );
    let input = json!({"email": "long.address@example.org", "name": "B", "role": "EDITOR", "offices": [], "password": "long.address@example.org"});
    assert_eq!(faults(input).await, ["input.password EQUALS_EMAIL"]);
    let input = json!({"email": "b@example.org", "name": "B", "role": "EDITOR"});
    assert_eq!(faults(input).await, ["input.offices REQUIRED"]);
    created(&administrator, &anna()).await;
    assert_eq!(faults(anna()).await, ["input.email TAKEN"]);
    let mut keyed = anna();
    keyed["idempotencyKey"] = json!("a key with spaces");
    assert_eq!(faults(keyed).await, ["input.idempotencyKey INVALID_KEY"]);
}

async fn a_stale_version_is_refused_with_the_one_that_there_is(kind: Kind) {
    let (_newsroom, _server, administrator) = newsroom_with_administrator(kind).await;
    let id = created(&administrator, &anna()).await["id"].clone();
    let rename = |version| json!({"input": {"id": id, "version": version, "name": "Anna B."}});
    administrator.ask(&update(), rename(1)).await;
    let answer = administrator.graphql(&update(), rename(1)).await;
    assert_eq!(answer.codes(), ["CONFLICT"]);
    assert_eq!(answer.errors()[0]["extensions"]["current"], json!({"version": 2}));
    let nobody = json!({"input": {"id": "0192f3a4-7b5c-7def-8123-456789abcdef", "version": 1}});
    assert_eq!(administrator.graphql(&update(), nobody).await.codes(), ["NOT_FOUND"]);
    let strange = json!({"input": {"id": "strange", "version": 1}});
    assert_eq!(
        administrator.graphql(&update(), strange).await.faults(),
        ["input.id INVALID_ID"]
    );
}

async fn own_id(client: &Client) -> Value {
    client.ask("{ viewer { account { id } } }", json!({})).await["viewer"]["account"]["id"].take()
}

async fn the_last_administrator_stays_one(kind: Kind) {
    let (newsroom, _server, administrator) = newsroom_with_administrator(kind).await;
    let id = own_id(&administrator).await;
    let changes = [
        json!({"suspended": true}),
        json!({"role": "EDITOR", "allOffices": true}),
    ];
    let input = |change: &Value| {
        let mut input = change.clone();
        input["id"] = id.clone();
        input["version"] = json!(1);
        json!({ "input": input })
    };
    for change in &changes {
        let answer = administrator.graphql(&update(), input(change)).await;
        assert_eq!(answer.codes(), ["CONFLICT"], "{}", answer.text);
    }
    newsroom.account("another@example.org", "administrator", &[]);
    administrator.ask(&update(), input(&changes[1])).await;
    let answer = administrator
        .graphql("{ accounts { nodes { email } } }", json!({}))
        .await;
    assert_eq!(answer.codes(), ["FORBIDDEN"]);
}

async fn one_of_two_administrators_who_suspend_each_other_stays(kind: Kind) {
    let (newsroom, server, one) = newsroom_with_administrator(kind).await;
    newsroom.account("another@example.org", "administrator", &[]);
    let other = server.client().signed_in("another@example.org").await;
    let (one_id, other_id) = (own_id(&one).await, own_id(&other).await);
    // Under a key each, which refers to its account in the same transaction.
    let suspend = |id: &Value| json!({"input": {"id": id, "version": 1, "suspended": true, "idempotencyKey": "k"}});
    let asked = update();
    let both: [Answer; 2] = tokio::join!(
        one.graphql(&asked, suspend(&other_id)),
        other.graphql(&asked, suspend(&one_id))
    )
    .into();
    for answer in &both {
        assert!(!answer.codes().contains(&"TIMEOUT"), "{}", answer.text);
    }
    let left = newsroom
        .column("SELECT email FROM account WHERE suspended_at IS NULL")
        .await;
    assert_eq!(left.len(), 1, "{left:?}");
}

async fn what_is_asked_twice_under_a_key_is_done_once(kind: Kind) {
    let (newsroom, _server, administrator) = newsroom_with_administrator(kind).await;
    let mut input = anna();
    input["idempotencyKey"] = json!("7d2c");
    let first = created(&administrator, &input).await;
    assert_eq!(created(&administrator, &input).await, first);
    input["name"] = json!("Somebody else");
    let answer = administrator.graphql(&create(), json!({ "input": input })).await;
    assert_eq!(answer.codes(), ["IDEMPOTENCY_KEY_REUSED"]);
    // A refusal is answered again, too.
    let mut refused = anna();
    refused["idempotencyKey"] = json!("9e31");
    for _ in 0..2 {
        let answer = administrator.graphql(&create(), json!({ "input": refused })).await;
        assert_eq!(answer.faults(), ["input.email TAKEN"]);
    }
    let made = newsroom
        .audited()
        .await
        .into_iter()
        .filter(|action| action == "account-created");
    assert_eq!(made.count(), 2);
}

async fn accounts_are_listed_a_page_at_a_time(kind: Kind) {
    let (_newsroom, _server, administrator) = newsroom_with_administrator(kind).await;
    for name in ["a", "b", "c", "d"] {
        let input = json!({"email": format!("{name}@example.org"), "name": name, "role": "AUTHOR", "offices": []});
        created(&administrator, &input).await;
    }
    let page = "query($after: String) { accounts(first: 2, after: $after) { nodes { email apiKeys { name } } edges { cursor } pageInfo { hasNextPage hasPreviousPage endCursor } } }";
    let mut after = Value::Null;
    let mut seen = Vec::new();
    loop {
        let list = administrator.ask(page, json!({ "after": after })).await["accounts"].take();
        seen.extend(texts(&list["nodes"], "/email"));
        after = list["pageInfo"]["endCursor"].clone();
        if list["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(
        seen,
        [
            "a@example.org",
            "administrator@example.org",
            "b@example.org",
            "c@example.org",
            "d@example.org"
        ]
    );
    let strange = administrator.graphql(page, json!({"after": "AQE"})).await;
    assert_eq!(strange.codes(), ["INVALID_CURSOR"]);
    let many = administrator
        .graphql("{ accounts(first: 101) { nodes { email } } }", json!({}))
        .await;
    assert_eq!(many.faults(), ["first OUT_OF_RANGE"]);
}

async fn an_operator_makes_and_changes_accounts(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let add = [
        "account",
        "add",
        "--email",
        "Anna@example.org",
        "--name",
        "Anna",
        "--role",
        "editor",
        "--office",
        "osce-secretariat",
    ];
    let short = newsroom.run_with(&add, "short\n");
    assert!(
        short.code() == 2 && short.said.contains("at least 12 characters"),
        "{}",
        short.said
    );
    let none = newsroom.run_with(&add, "");
    assert!(
        none.code() == 2 && none.said.contains("standard input"),
        "{}",
        none.said
    );
    newsroom.run_with(&add, &format!("{}\r\n", password())).expect_success();
    let again = newsroom.run_with(&add, password());
    assert!(again.code() == 2 && again.said.contains("already"), "{}", again.said);
    let unknown = [
        "account",
        "add",
        "--email",
        "b@example.org",
        "--role",
        "editor",
        "--office",
        "nowhere",
    ];
    assert!(newsroom.run_with(&unknown, password()).said.contains("nowhere"));
    newsroom.account("root@example.org", "administrator", &[]);
    let server = newsroom.serve().await;
    server.client().tokens("anna@example.org").await;
    let set = ["account", "set-password", "anna@example.org"];
    newsroom.run_with(&set, "another password\n").expect_success();
    assert_eq!(
        server.client().sign_in("anna@example.org", password()).await.codes(),
        ["UNAUTHENTICATED"]
    );
    assert!(
        server
            .client()
            .sign_in("anna@example.org", "another password")
            .await
            .errors()
            .is_empty()
    );
    newsroom
        .run(&["account", "suspend", "root@example.org"])
        .expect_success();
    let listed = newsroom.run(&["account", "list"]).expect_success().output;
    assert_eq!(
        listed,
        "anna@example.org  editor  osce-secretariat  Anna\n\
         root@example.org  administrator  all offices  root@example.org  suspended\n"
    );
    let nobody = newsroom.run(&["account", "suspend", "nobody@example.org"]);
    assert!(
        nobody.code() == 2 && nobody.said.contains("account list"),
        "{}",
        nobody.said
    );
}
