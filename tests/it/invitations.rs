//! Invitations and resets, as administrators give them; without mail.

use newsroom_tests::{Answer, Client, Kind, Newsroom, Server, on_both, password};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;
use crate::sign_in::is_in;

on_both!(
    who_is_invited_sets_a_password_and_is_in,
    a_reset_changes_nothing_until_the_password_is_set,
    a_newer_link_takes_the_place_of_the_older_of_its_kind,
    any_other_way_to_a_password_ends_the_links,
    whatever_is_wrong_with_a_link_is_answered_alike,
    a_password_that_cannot_be_one_does_not_use_the_link_up,
    of_two_who_use_a_link_at_once_one_is_in,
    neither_others_nor_keys_give_links_or_use_them,
    a_link_is_given_once_under_a_key,
    who_cannot_be_given_a_link_is_given_none,
    a_token_is_nowhere_but_in_the_answer,
);

pub(crate) const INVITE: &str = "mutation($input: InviteAccountInput!) { inviteAccount(input: $input) { token url \
     account { id email hasPassword version } link { id kind createdById createdAt expiresAt mail { state } } } }";
pub(crate) const RESET: &str = "mutation($input: ResetPasswordInput!) { resetPassword(input: $input) { token url \
     account { email } link { id kind expiresAt mail { state } } } }";
const SET: &str = "mutation($input: SetPasswordInput!) { setPassword(input: $input) { accessToken refreshToken viewer { account { email hasPassword version pendingLinks { id } } role } } }";
const REVOKE: &str = "mutation($input: RevokeAccountLinkInput!) { revokeAccountLink(input: $input) { account { email pendingLinks { id } } } }";
const PENDING: &str = "{ accounts { nodes { email pendingLinks { kind createdById } } } }";
const NEW: &str = "quite another password";

pub(crate) async fn newsroom_with_administrator(kind: Kind, settings: &[(&str, &str)]) -> (Newsroom, Server, Client) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("administrator@example.org", "administrator", &[]);
    let server = newsroom.serve_with(&[], settings).await;
    let administrator = server.client().signed_in("administrator@example.org").await;
    (newsroom, server, administrator)
}

pub(crate) fn anna() -> Value {
    json!({"email": "Anna@example.org", "name": "Anna", "role": "EDITOR", "offices": ["osce-secretariat"]})
}

pub(crate) async fn invited(administrator: &Client, input: Value) -> Value {
    let mut data = administrator.ask(INVITE, json!({ "input": input })).await;
    data["inviteAccount"].take()
}

pub(crate) async fn reset(administrator: &Client, account: &Value) -> Value {
    let mut data = administrator.ask(RESET, json!({"input": {"id": account}})).await;
    data["resetPassword"].take()
}

pub(crate) async fn set(client: &Client, token: &Value, password: &str) -> Answer {
    let input = json!({"token": token, "newPassword": password});
    client.graphql(SET, json!({ "input": input })).await
}

/// Whether a token is good: it is looked at before a password that cannot be one.
async fn is_good(client: &Client, token: &Value) -> bool {
    let answer = set(client, token, "short").await;
    match answer.codes().as_slice() {
        ["VALIDATION_FAILED"] => true,
        ["UNAUTHENTICATED"] => false,
        _ => panic!("{}", answer.text),
    }
}

async fn id_of(client: &Client) -> Value {
    client.ask("{ viewer { account { id } } }", json!({})).await["viewer"]["account"]["id"].take()
}

async fn editor_and_administrator(kind: Kind) -> (Newsroom, Server, Client, Client, Value) {
    let (newsroom, server, administrator) = newsroom_with_administrator(kind, &[]).await;
    newsroom.account("editor@example.org", "editor", &["osce-secretariat"]);
    let editor = server.client().signed_in("editor@example.org").await;
    let id = id_of(&editor).await;
    (newsroom, server, administrator, editor, id)
}

async fn who_is_invited_sets_a_password_and_is_in(kind: Kind) {
    let page = [("NEWSROOM_ACCOUNT_URL", "https://desk.example/password#{token}")];
    let (newsroom, server, administrator) = newsroom_with_administrator(kind, &page).await;
    let invited = invited(&administrator, anna()).await;
    let (token, link) = (&invited["token"], &invited["link"]);
    assert!(token.as_str().unwrap().starts_with("nrl_"));
    assert_eq!(
        invited["url"],
        format!("https://desk.example/password#{}", token.as_str().unwrap())
    );
    let own = id_of(&administrator).await;
    assert_eq!(
        (
            &invited["account"]["email"],
            &invited["account"]["hasPassword"],
            &link["kind"],
            &link["createdById"],
            &link["mail"]
        ),
        (
            &json!("anna@example.org"),
            &json!(false),
            &json!("INVITATION"),
            &own,
            &Value::Null
        )
    );
    let days = |text: &Value| {
        let at: chrono::DateTime<chrono::Utc> = text.as_str().unwrap().parse().unwrap();
        at
    };
    assert_eq!(
        (days(&link["expiresAt"]) - days(&link["createdAt"])).num_hours(),
        7 * 24
    );
    assert_eq!(
        administrator.ask(PENDING, json!({})).await["accounts"]["nodes"],
        json!([
            {"email": "administrator@example.org", "pendingLinks": []},
            {"email": "anna@example.org", "pendingLinks": [{"kind": "INVITATION", "createdById": own}]},
        ])
    );
    assert_eq!(
        server.client().sign_in("anna@example.org", NEW).await.codes(),
        ["UNAUTHENTICATED"]
    );

    let answer = set(server.client(), token, NEW).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let tokens = answer.data("/setPassword");
    assert_eq!(
        tokens["viewer"],
        json!({"account": {"email": "anna@example.org", "hasPassword": true, "version": 2, "pendingLinks": []}, "role": "EDITOR"})
    );
    assert!(is_in(&server.client().with_bearer(tokens["accessToken"].as_str().unwrap())).await);
    assert!(
        server
            .client()
            .sign_in("anna@example.org", NEW)
            .await
            .errors()
            .is_empty()
    );
    assert_eq!(set(server.client(), token, NEW).await.codes(), ["UNAUTHENTICATED"]);
    let audited = newsroom.audited().await;
    assert_eq!(
        audited[audited.len() - 3..],
        ["account-invited", "invitation-accepted", "signed-in"]
    );
    let details = newsroom
        .column("SELECT actor || detail FROM audit_entry WHERE action IN ('account-invited', 'invitation-accepted') ORDER BY number")
        .await;
    assert!(
        details.iter().all(|detail| detail.contains("\"from\":\"127.0.0.1\"")),
        "{details:?}"
    );
    assert_ne!(details[0].split('{').next(), details[1].split('{').next());
}

async fn a_reset_changes_nothing_until_the_password_is_set(kind: Kind) {
    let (newsroom, server, administrator, editor, id) = editor_and_administrator(kind).await;
    let given = reset(&administrator, &id).await;
    assert_eq!(
        (&given["link"]["kind"], &given["account"]["email"], &given["url"]),
        (&json!("RESET"), &json!("editor@example.org"), &Value::Null)
    );
    assert!(is_in(&editor).await);
    assert!(
        server
            .client()
            .sign_in("editor@example.org", password())
            .await
            .errors()
            .is_empty()
    );
    let answer = set(server.client(), &given["token"], NEW).await;
    assert!(answer.errors().is_empty(), "{}", answer.text);
    assert!(!is_in(&editor).await);
    assert_eq!(
        server.client().sign_in("editor@example.org", password()).await.codes(),
        ["UNAUTHENTICATED"]
    );
    assert!(
        server
            .client()
            .sign_in("editor@example.org", NEW)
            .await
            .errors()
            .is_empty()
    );
    let audited = newsroom.audited().await;
    let acts: Vec<_> = audited
        .iter()
        .filter(|action| action.starts_with("password-"))
        .collect();
    assert_eq!(acts, ["password-reset-given", "password-reset"]);
    let ended = newsroom
        .column("SELECT ended_why FROM session WHERE ended_at IS NOT NULL")
        .await;
    assert_eq!(ended, ["password-changed", "password-changed"]);
}

async fn a_newer_link_takes_the_place_of_the_older_of_its_kind(kind: Kind) {
    let (_newsroom, server, administrator) = newsroom_with_administrator(kind, &[]).await;
    let first = invited(&administrator, anna()).await;
    // It has no password yet: what a reset gives is another invitation.
    let second = reset(&administrator, &first["account"]["id"]).await;
    assert_eq!(second["link"]["kind"], "INVITATION");
    assert!(!is_good(server.client(), &first["token"]).await);
    assert!(is_good(server.client(), &second["token"]).await);
    let revoke = json!({"input": {"id": second["link"]["id"]}});
    let revoked = administrator.ask(REVOKE, revoke.clone()).await;
    assert_eq!(
        revoked["revokeAccountLink"]["account"],
        json!({"email": "anna@example.org", "pendingLinks": []})
    );
    assert!(!is_good(server.client(), &second["token"]).await);
    // Once more: it stays so.
    administrator.ask(REVOKE, revoke).await;
    let nobody = json!({"input": {"id": "0192f3a4-7b5c-7def-8123-456789abcdef"}});
    assert_eq!(administrator.graphql(REVOKE, nobody).await.codes(), ["NOT_FOUND"]);
}

async fn any_other_way_to_a_password_ends_the_links(kind: Kind) {
    let (newsroom, server, administrator, editor, id) = editor_and_administrator(kind).await;
    let client = server.client();
    let by_editor = reset(&administrator, &id).await;
    let change = "mutation($input: ChangePasswordInput!) { changePassword(input: $input) { accessToken } }";
    let input = json!({"input": {"currentPassword": password(), "newPassword": NEW}});
    editor.ask(change, input).await;
    assert!(!is_good(client, &by_editor["token"]).await);
    let by_administrator = reset(&administrator, &id).await;
    let update = "mutation($input: UpdateAccountInput!) { updateAccount(input: $input) { account { version } } }";
    let input = json!({"input": {"id": id, "version": 2, "password": password()}});
    administrator.ask(update, input).await;
    assert!(!is_good(client, &by_administrator["token"]).await);
    let by_operator = reset(&administrator, &id).await;
    assert!(is_good(client, &by_operator["token"]).await);
    let arguments = ["account", "set-password", "editor@example.org"];
    newsroom.run_with(&arguments, &format!("{NEW}\n")).expect_success();
    assert!(!is_good(client, &by_operator["token"]).await);
    // What changes no password ends none.
    let stays = reset(&administrator, &id).await;
    let input = json!({"input": {"id": id, "version": 4, "name": "Editor"}});
    administrator.ask(update, input).await;
    assert!(is_good(client, &stays["token"]).await);
}

async fn whatever_is_wrong_with_a_link_is_answered_alike(kind: Kind) {
    let (newsroom, server, administrator, _, id) = editor_and_administrator(kind).await;
    let client = server.client();
    let given = async || reset(&administrator, &id).await["token"].take();
    let mut wrong = vec![
        json!(""),
        json!("nrl_"),
        json!(format!("nrl_{}", "A".repeat(43))),
        json!(format!("nrk_{}", "A".repeat(43))),
    ];
    let used = given().await;
    assert!(set(client, &used, NEW).await.errors().is_empty());
    wrong.push(used);
    wrong.push(given().await);
    let expired = given().await;
    newsroom
        .execute("UPDATE account_link SET expires_at = created_at WHERE ended_at IS NULL")
        .await;
    wrong.push(expired);
    let of_a_suspended_account = given().await;
    newsroom
        .run(&["account", "suspend", "editor@example.org"])
        .expect_success();
    wrong.push(of_a_suspended_account.clone());
    let mut said = Vec::new();
    for token in &wrong {
        let answer = set(client, token, NEW).await;
        assert_eq!(answer.status, 200, "{token}");
        said.push(answer.body["errors"].clone());
    }
    assert!(said.iter().all(|errors| *errors == said[0]), "{said:#?}");
    assert_eq!(said[0][0]["extensions"]["code"], "UNAUTHENTICATED");
    // Only for as long as it is suspended.
    newsroom
        .run(&["account", "reinstate", "editor@example.org"])
        .expect_success();
    assert!(is_good(client, &of_a_suspended_account).await);
}

async fn a_password_that_cannot_be_one_does_not_use_the_link_up(kind: Kind) {
    let (_newsroom, server, administrator) = newsroom_with_administrator(kind, &[]).await;
    let token = invited(&administrator, anna()).await["token"].take();
    for (password, fault) in [
        ("short", "input.newPassword TOO_SHORT"),
        ("Anna@Example.org", "input.newPassword EQUALS_EMAIL"),
    ] {
        let answer = set(server.client(), &token, password).await;
        assert_eq!(answer.faults(), [fault]);
    }
    assert!(set(server.client(), &token, NEW).await.errors().is_empty());
}

async fn of_two_who_use_a_link_at_once_one_is_in(kind: Kind) {
    let (newsroom, server, administrator) = newsroom_with_administrator(kind, &[]).await;
    let other = newsroom.serve().await;
    let token = invited(&administrator, anna()).await["token"].take();
    let passwords = ["the password of one", "the password of two", "the password of three"];
    let (one, two, three) = tokio::join!(
        set(server.client(), &token, passwords[0]),
        set(other.client(), &token, passwords[1]),
        set(server.client(), &token, passwords[2]),
    );
    let set: Vec<_> = [&one, &two, &three].map(|answer| answer.errors().is_empty()).to_vec();
    assert_eq!(set.iter().filter(|set| **set).count(), 1, "{set:?}");
    for (answer, password) in [one, two, three].iter().zip(passwords) {
        let signs_in = server
            .client()
            .sign_in("anna@example.org", password)
            .await
            .errors()
            .is_empty();
        assert_eq!(signs_in, answer.errors().is_empty());
    }
}

async fn neither_others_nor_keys_give_links_or_use_them(kind: Kind) {
    let (_newsroom, server, administrator, editor, id) = editor_and_administrator(kind).await;
    let key = "mutation { createApiKey(input: {name: \"wire\"}) { secret } }";
    let key = administrator.ask(key, json!({})).await["createApiKey"]["secret"].take();
    let machine = server.client().with_bearer(key.as_str().unwrap());
    let given = reset(&administrator, &id).await;
    let asked = [
        (INVITE, json!({ "input": anna() })),
        (RESET, json!({"input": {"id": id}})),
    ];
    for (query, variables) in asked {
        for (client, code) in [
            (&editor, "FORBIDDEN"),
            (&machine, "FORBIDDEN"),
            (server.client(), "UNAUTHENTICATED"),
        ] {
            assert_eq!(
                client.graphql(query, variables.clone()).await.codes(),
                [code],
                "{query}"
            );
        }
    }
    let revoke = json!({"input": {"id": given["link"]["id"]}});
    assert_eq!(editor.graphql(REVOKE, revoke).await.codes(), ["FORBIDDEN"]);
    assert_eq!(set(&machine, &given["token"], NEW).await.codes(), ["FORBIDDEN"]);
    // To whoever has it, it is good, whoever they are besides.
    assert!(set(&administrator, &given["token"], NEW).await.errors().is_empty());
}

async fn a_link_is_given_once_under_a_key(kind: Kind) {
    let (newsroom, server, administrator) = newsroom_with_administrator(kind, &[]).await;
    let mut input = anna();
    input["idempotencyKey"] = json!("invite-anna");
    let first = invited(&administrator, input.clone()).await;
    let again = invited(&administrator, input.clone()).await;
    assert_eq!((&again["token"], &again["url"]), (&Value::Null, &Value::Null));
    assert_eq!((&again["link"], &again["account"]), (&first["link"], &first["account"]));
    assert!(is_good(server.client(), &first["token"]).await);
    input["name"] = json!("Anna B.");
    let other = administrator.graphql(INVITE, json!({ "input": input })).await;
    assert_eq!(other.codes(), ["IDEMPOTENCY_KEY_REUSED"]);
    let variables = json!({"input": {"id": first["account"]["id"], "idempotencyKey": "reset-anna"}});
    let mut given = Vec::new();
    for _ in 0..2 {
        given.push(administrator.ask(RESET, variables.clone()).await["resetPassword"].take());
    }
    assert_eq!(
        (&given[0]["link"], &given[1]["token"]),
        (&given[1]["link"], &Value::Null)
    );
    assert!(is_good(server.client(), &given[0]["token"]).await);
    assert_eq!(newsroom.number("SELECT COUNT(*) FROM account_link").await, 2);
}

async fn who_cannot_be_given_a_link_is_given_none(kind: Kind) {
    let (newsroom, _server, administrator, _, id) = editor_and_administrator(kind).await;
    let faulty = json!({"email": "a@example.org\r\nBcc: b@example.org", "name": "A\r\nBcc: b@example.org", "role": "EDITOR", "offices": ["nowhere"]});
    let answer = administrator.graphql(INVITE, json!({ "input": faulty })).await;
    assert_eq!(
        answer.faults(),
        [
            "input.email INVALID_EMAIL",
            "input.name CONTROL_CHARACTER",
            "input.offices.0 UNKNOWN_SLUG"
        ]
    );
    let mut taken = anna();
    taken["email"] = json!("editor@example.org");
    let answer = administrator.graphql(INVITE, json!({ "input": taken })).await;
    assert_eq!(answer.faults(), ["input.email TAKEN"]);
    newsroom
        .run(&["account", "suspend", "editor@example.org"])
        .expect_success();
    let answer = administrator.graphql(RESET, json!({"input": {"id": id}})).await;
    assert_eq!(answer.codes(), ["CONFLICT"]);
    let nobody = json!({"input": {"id": "0192f3a4-7b5c-7def-8123-456789abcdef"}});
    assert_eq!(administrator.graphql(RESET, nobody).await.codes(), ["NOT_FOUND"]);
    assert_eq!(newsroom.number("SELECT COUNT(*) FROM account_link").await, 0);
}

async fn a_token_is_nowhere_but_in_the_answer(kind: Kind) {
    let (newsroom, server, administrator) = newsroom_with_administrator(kind, &[("NEWSROOM_LOG", "trace")]).await;
    let mut input = anna();
    input["idempotencyKey"] = json!("invite-anna");
    let token = invited(&administrator, input).await["token"].take();
    let random = &token.as_str().unwrap()["nrl_".len()..];
    let asking = async {
        [
            set(server.client(), &token, "short").await,
            set(server.client(), &token, NEW).await,
            set(server.client(), &token, NEW).await,
        ]
    };
    let (answers, lines) = server.logged_by(asking).await;
    assert_eq!(answers[0].codes(), ["VALIDATION_FAILED"]);
    assert!(!lines.is_empty());
    for text in answers.iter().map(|answer| &answer.text).chain(&server.log()) {
        assert!(!text.contains(random), "{text}");
    }
    let stored = newsroom
        .column(
            "SELECT detail FROM audit_entry UNION ALL SELECT COALESCE(outcome, '') || input_hash FROM idempotency \
             UNION ALL SELECT hash FROM account_link_token",
        )
        .await;
    assert!(stored.len() > 3 && stored.iter().all(|text| !text.contains(random)));
}
