//! Signing in, going on and signing out.

use std::time::Duration;

use newsroom_tests::{Answer, Client, Kind, Newsroom, on_both, password};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;

on_both!(
    who_signs_in_is_known_from_then_on,
    whatever_is_wrong_is_answered_alike,
    too_many_wrong_passwords_for_an_account_are_refused,
    aliases_of_one_request_count_each,
    too_many_wrong_passwords_from_an_address_are_refused,
    only_a_proxy_that_is_named_says_where_a_client_is,
    a_refresh_token_serves_once_and_ends_its_session_the_second_time,
    one_of_two_that_refresh_at_once_wins_and_the_session_ends,
    who_signs_out_is_out,
    who_signs_out_everywhere_is_out_everywhere,
    another_password_ends_all_sessions_but_the_callers,
    who_is_suspended_is_out_at_once_and_stays_out,
    the_token_of_one_host_is_good_at_another,
);

const VIEWER: &str = "{ viewer { account { email } role allOffices offices { slug } sessions { current } } }";
const REFRESH: &str =
    "mutation($token: String!) { refreshSession(input: {refreshToken: $token}) { accessToken refreshToken } }";

pub(crate) fn newsroom_with_editor(kind: Kind) -> Newsroom {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("editor@example.org", "editor", &["osce-secretariat"]);
    newsroom
}

/// Whether a client is signed in; one whose token is refused is not.
pub(crate) async fn is_in(client: &Client) -> bool {
    let answer = client.graphql("{ viewer { role } }", json!({})).await;
    match answer.status.as_u16() {
        200 => !answer.data("/viewer").is_null(),
        401 => {
            assert_eq!(answer.codes(), ["UNAUTHENTICATED"]);
            assert_eq!(answer.header("www-authenticate"), "Bearer error=\"invalid_token\"");
            false
        }
        _ => panic!("{} {}", answer.status, answer.text),
    }
}

async fn refresh(client: &Client, token: &Value) -> Answer {
    client.graphql(REFRESH, json!({ "token": token })).await
}

fn bearer(client: &Client, tokens: &Value) -> Client {
    client.with_bearer(tokens["accessToken"].as_str().unwrap())
}

async fn who_signs_in_is_known_from_then_on(kind: Kind) {
    let newsroom = newsroom_with_editor(kind);
    let server = newsroom.serve().await;
    let client = server.client();
    assert_eq!(client.ask(VIEWER, json!({})).await, json!({"viewer": null}));
    let answer = client.sign_in(" Editor@Example.org", password()).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let tokens = answer.data("/signIn");
    assert_eq!(
        (&tokens["tokenType"], &tokens["expiresIn"], &tokens["viewer"]),
        (
            &json!("Bearer"),
            &json!(900),
            &json!({"account": {"email": "editor@example.org"}, "role": "EDITOR"})
        )
    );
    assert!(tokens["refreshToken"].as_str().unwrap().starts_with("nrr_"));
    let editor = bearer(client, tokens);
    let answer = editor.graphql(VIEWER, json!({})).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(
        answer.data("/viewer"),
        &json!({
            "account": {"email": "editor@example.org"},
            "role": "EDITOR",
            "allOffices": false,
            "offices": [{"slug": "osce-secretariat"}],
            "sessions": [{"current": true}],
        })
    );
    assert_eq!(newsroom.audited().await.last().unwrap(), "signed-in");
}

async fn whatever_is_wrong_is_answered_alike(kind: Kind) {
    let newsroom = newsroom_with_editor(kind);
    newsroom.account("suspended@example.org", "editor", &[]);
    newsroom
        .run(&["account", "suspend", "suspended@example.org"])
        .expect_success();
    newsroom.account("machine@example.org", "editor", &[]);
    newsroom
        .execute("UPDATE account SET password_hash = NULL WHERE email = 'machine@example.org'")
        .await;
    let server = newsroom.serve().await;
    let mut said = Vec::new();
    for (email, password) in [
        ("editor@example.org", "not the password"),
        ("nobody@example.org", password()),
        ("suspended@example.org", password()),
        ("machine@example.org", password()),
        ("no address", password()),
        ("editor@example.org", ""),
        ("editor@example.org", &"x".repeat(10_000)),
    ] {
        let answer = server.client().sign_in(email, password).await;
        assert_eq!(answer.status, 200, "{email}");
        said.push(answer.body["errors"].clone());
    }
    assert!(said.iter().all(|errors| *errors == said[0]), "{said:#?}");
    assert_eq!(said[0][0]["extensions"]["code"], "UNAUTHENTICATED");
}

async fn too_many_wrong_passwords_for_an_account_are_refused(kind: Kind) {
    let newsroom = newsroom_with_editor(kind);
    newsroom.account("other@example.org", "editor", &[]);
    let server = newsroom.serve().await;
    let client = server.client();
    // Good ones do not count, however many.
    for _ in 0..12 {
        client.tokens("editor@example.org").await;
    }
    for _ in 0..10 {
        let answer = client.sign_in("editor@example.org", "not the password").await;
        assert_eq!(answer.codes(), ["UNAUTHENTICATED"]);
    }
    let answer = client.sign_in("EDITOR@example.org", password()).await;
    assert_eq!(answer.codes(), ["RATE_LIMITED"]);
    let wait = answer.errors()[0]["extensions"]["retryAfter"].as_u64().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    client.tokens("other@example.org").await;
    // As time goes by, one more may be tried.
    newsroom
        .execute("UPDATE sign_in_throttle SET arrival_at = arrival_at - 30000000")
        .await;
    client.tokens("editor@example.org").await;
}

async fn aliases_of_one_request_count_each(kind: Kind) {
    let newsroom = newsroom_with_editor(kind);
    let server = newsroom.serve().await;
    for _ in 0..20 {
        let fields: Vec<String> = (0..5)
            .map(|n| {
                format!(
                    "a{n}: signIn(input: {{email: \"editor@example.org\", password: \"wrong {n}\"}}) {{ tokenType }}"
                )
            })
            .collect();
        let query = format!("mutation {{ {} }}", fields.join(" "));
        let answer = server.client().graphql(&query, json!({})).await;
        assert_ne!(answer.status, 500);
    }
    let tried = newsroom
        .column("SELECT CAST(COUNT(*) AS TEXT) FROM sign_in_throttle WHERE subject LIKE 'account:%'")
        .await;
    assert_eq!(tried, ["1"]);
    let answer = server.client().sign_in("editor@example.org", password()).await;
    assert_eq!(answer.codes(), ["RATE_LIMITED"]);
}

async fn too_many_wrong_passwords_from_an_address_are_refused(kind: Kind) {
    let newsroom = newsroom_with_editor(kind);
    let server = newsroom.serve().await;
    for n in 0..30 {
        let answer = server
            .client()
            .sign_in(&format!("nobody-{n}@example.org"), "wrong")
            .await;
        assert_eq!(answer.codes(), ["UNAUTHENTICATED"], "{n}");
    }
    let answer = server.client().sign_in("editor@example.org", password()).await;
    assert_eq!(answer.codes(), ["RATE_LIMITED"]);
    // What the address had too many of is not counted for the account.
    let subjects = newsroom.column("SELECT subject FROM sign_in_throttle").await;
    assert_eq!(subjects.len(), 31, "{subjects:#?}");
    assert!(subjects.contains(&"address:127.0.0.1".to_owned()));
}

async fn only_a_proxy_that_is_named_says_where_a_client_is(kind: Kind) {
    let newsroom = newsroom_with_editor(kind);
    let from = async |server: &newsroom_tests::Server| {
        let body = json!({"query": newsroom_tests::desk::SIGN_IN, "variables": {"input": {"email": "editor@example.org", "password": password()}}});
        let request = server.client().post(body.to_string());
        let answer = server
            .client()
            .send(request.header("x-forwarded-for", "192.0.2.1, 198.51.100.7"))
            .await;
        assert!(answer.errors().is_empty(), "{}", answer.text);
        newsroom
            .column("SELECT address FROM session ORDER BY created_at DESC")
            .await[0]
            .clone()
    };
    let server = newsroom.serve().await;
    assert_eq!(from(&server).await, "127.0.0.1");
    let settings = [("NEWSROOM_TRUSTED_PROXIES", "127.0.0.0/8, ::1")];
    let behind = newsroom.serve_with(&[], &settings).await;
    assert_eq!(from(&behind).await, "198.51.100.7");
}

async fn a_refresh_token_serves_once_and_ends_its_session_the_second_time(kind: Kind) {
    let newsroom = newsroom_with_editor(kind);
    let server = newsroom.serve().await;
    let client = server.client();
    let tokens = client.tokens("editor@example.org").await;
    let other = client.signed_in("editor@example.org").await;
    let answer = refresh(client, &tokens["refreshToken"]).await;
    let next = answer.data("/refreshSession").clone();
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(is_in(&bearer(client, &next)).await && is_in(&bearer(client, &tokens)).await);
    let again = refresh(client, &tokens["refreshToken"]).await;
    assert_eq!(again.codes(), ["UNAUTHENTICATED"]);
    // Neither the one who has it rightly goes on, nor whoever else has.
    assert_eq!(
        refresh(client, &next["refreshToken"]).await.codes(),
        ["UNAUTHENTICATED"]
    );
    assert!(!is_in(&bearer(client, &next)).await);
    assert!(is_in(&other).await, "other sessions go on");
    assert_eq!(newsroom.audited().await.last().unwrap(), "refresh-token-reused");
    for strange in [
        "",
        "nrr_",
        "nrk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        tokens["accessToken"].as_str().unwrap(),
    ] {
        assert_eq!(refresh(client, &json!(strange)).await.codes(), ["UNAUTHENTICATED"]);
    }
}

async fn one_of_two_that_refresh_at_once_wins_and_the_session_ends(kind: Kind) {
    let newsroom = newsroom_with_editor(kind);
    let server = newsroom.serve().await;
    let client = server.client();
    let tokens = client.tokens("editor@example.org").await;
    let token = &tokens["refreshToken"];
    let (one, other) = tokio::join!(refresh(client, token), refresh(client, token));
    let won: Vec<bool> = [&one, &other].map(|answer| answer.errors().is_empty()).into();
    assert!(won[0] != won[1], "{} {}", one.text, other.text);
    assert!(!is_in(&bearer(client, &tokens)).await);
}

async fn who_signs_out_is_out(kind: Kind) {
    let newsroom = newsroom_with_editor(kind);
    let server = newsroom.serve().await;
    let client = server.client();
    let (first, second) = (
        client.tokens("editor@example.org").await,
        client.tokens("editor@example.org").await,
    );
    let sign_out = "mutation($token: String) { signOut(input: {refreshToken: $token}) { signedOut } }";
    let anonymous = client.graphql(sign_out, json!({})).await;
    assert_eq!(anonymous.codes(), ["UNAUTHENTICATED"]);
    let (by_bearer, by_token) = (bearer(client, &first), bearer(client, &second));
    by_bearer.ask(sign_out, json!({})).await;
    assert!(!is_in(&by_bearer).await && is_in(&by_token).await);
    assert_eq!(
        refresh(client, &first["refreshToken"]).await.codes(),
        ["UNAUTHENTICATED"]
    );
    client.ask(sign_out, json!({"token": second["refreshToken"]})).await;
    assert!(!is_in(&by_token).await);
    // Whether somebody was signed in by it, nobody is told.
    client.ask(sign_out, json!({"token": second["refreshToken"]})).await;
    client.ask(sign_out, json!({"token": "nrr_strange"})).await;
}

async fn who_signs_out_everywhere_is_out_everywhere(kind: Kind) {
    let newsroom = newsroom_with_editor(kind);
    newsroom.account("other@example.org", "editor", &[]);
    let server = newsroom.serve().await;
    let client = server.client();
    let first = client.signed_in("editor@example.org").await;
    let second = client.signed_in("editor@example.org").await;
    let other = client.signed_in("other@example.org").await;
    let answer = first
        .ask("mutation { signOutEverywhere { sessions } }", json!({}))
        .await;
    assert_eq!(answer, json!({"signOutEverywhere": {"sessions": 2}}));
    assert!(!is_in(&first).await && !is_in(&second).await && is_in(&other).await);
    assert!(newsroom.audited().await.contains(&"signed-out-everywhere".to_owned()));
}

async fn another_password_ends_all_sessions_but_the_callers(kind: Kind) {
    let newsroom = newsroom_with_editor(kind);
    let server = newsroom.serve().await;
    let client = server.client();
    let first = client.signed_in("editor@example.org").await;
    let second = client.signed_in("editor@example.org").await;
    let change = "mutation($a: String!, $b: String!) { changePassword(input: {currentPassword: $a, newPassword: $b}) { accessToken } }";
    let wrong = first
        .graphql(change, json!({"a": "wrong", "b": "another password"}))
        .await;
    assert_eq!(wrong.faults(), ["input.currentPassword WRONG_PASSWORD"]);
    let short = first.graphql(change, json!({"a": password(), "b": "short"})).await;
    assert_eq!(short.faults(), ["input.newPassword TOO_SHORT"]);
    let anonymous = client
        .graphql(change, json!({"a": password(), "b": "another password"}))
        .await;
    assert_eq!(anonymous.codes(), ["UNAUTHENTICATED"]);
    let changed = first
        .ask(change, json!({"a": password(), "b": "another password"}))
        .await;
    assert!(!is_in(&first).await && !is_in(&second).await);
    assert!(is_in(&bearer(client, &changed["changePassword"])).await);
    assert_eq!(
        client.sign_in("editor@example.org", password()).await.codes(),
        ["UNAUTHENTICATED"]
    );
    assert!(
        client
            .sign_in("editor@example.org", "another password")
            .await
            .errors()
            .is_empty()
    );
    assert!(newsroom.audited().await.contains(&"password-changed".to_owned()));
}

async fn who_is_suspended_is_out_at_once_and_stays_out(kind: Kind) {
    let newsroom = newsroom_with_editor(kind);
    let server = newsroom.serve().await;
    let editor = server.client().signed_in("editor@example.org").await;
    assert!(is_in(&editor).await);
    newsroom
        .run(&["account", "suspend", "editor@example.org"])
        .expect_success();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert!(!is_in(&editor).await);
    newsroom
        .run(&["account", "reinstate", "editor@example.org"])
        .expect_success();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert!(!is_in(&editor).await, "its session has ended");
    assert!(is_in(&server.client().signed_in("editor@example.org").await).await);
    let audited = newsroom.audited().await;
    let of_accounts: Vec<_> = audited.iter().filter(|action| action.starts_with("account-")).collect();
    assert_eq!(
        of_accounts,
        ["account-created", "account-suspended", "account-reinstated"]
    );
}

async fn the_token_of_one_host_is_good_at_another(kind: Kind) {
    let newsroom = newsroom_with_editor(kind);
    let one = newsroom.serve().await;
    let database = format!("sqlite:{}", newsroom.data_file("newsroom.sqlite").display());
    let mut arguments = vec!["--data-dir", "elsewhere"];
    if kind == Kind::Sqlite {
        arguments.extend(["--database-url", &database]);
    }
    let other = newsroom.serve_with(&arguments, &[]).await;
    for (here, there) in [(&one, &other), (&other, &one)] {
        let tokens = here.client().tokens("editor@example.org").await;
        assert!(is_in(&bearer(there.client(), &tokens)).await);
    }
    let keys = other.client().get("/.well-known/jwks.json").await;
    assert_eq!(keys.body["keys"].as_array().unwrap().len(), 2);
}
