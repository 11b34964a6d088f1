//! Single sign-on: what becomes of who comes with a token of the issuer.

use newsroom_tests::{Client, Kind, Newsroom, Server, on_both};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;
use crate::issuer::{AUDIENCE, Issuer, Key, now};
use crate::sign_in::is_in;

on_both!(
    who_comes_with_a_token_has_an_account_from_then_on,
    what_the_issuer_says_later_changes_the_account,
    an_older_token_changes_nothing_back,
    who_comes_twice_at_once_has_one_account,
    a_token_without_a_role_is_forbidden_with_the_mend,
    a_token_without_offices_is_for_none_or_by_the_setting_for_all,
    without_a_verified_address_one_stands_in,
    an_account_that_is_here_is_linked_where_the_setting_says_so,
    an_address_that_is_anothers_is_refused_until_the_operator_frees_it,
    who_is_suspended_stays_out,
    a_token_makes_no_keys_and_gives_no_passwords,
    a_drafts_author_is_who_signed_on,
    a_setting_that_is_missing_or_unsafe_is_refused,
);

const VIEWER: &str = "{ viewer { account { id uuid email name version hasPassword suspendedAt } role allOffices offices { slug } apiKey { id } sessions { current } } }";

/// A newsroom that takes the tokens of an issuer.
pub(crate) struct Fixture {
    pub(crate) newsroom: Newsroom,
    pub(crate) server: Server,
    pub(crate) issuer: Issuer,
    pub(crate) key: Key,
}

pub(crate) async fn fixture(kind: Kind) -> Fixture {
    fixture_with(kind, &[]).await
}

async fn fixture_with(kind: Kind, settings: &[(&str, &str)]) -> Fixture {
    let newsroom = newsroom_with_seed(kind);
    let key = Key::p256("first");
    let issuer = Issuer::start(&[&key]);
    let mut all = issuer.settings();
    all.extend(settings);
    Fixture {
        server: newsroom.serve_with(&[], &all).await,
        newsroom,
        issuer,
        key,
    }
}

impl Fixture {
    pub(crate) fn bearer(&self, claims: &Value) -> Client {
        self.server.client().with_bearer(&self.key.token(claims))
    }

    fn somebody(&self, subject: &str, roles: &[&str]) -> Client {
        self.bearer(&self.issuer.claims(subject, roles))
    }

    /// The claims of an editor, but for one of them; without it, where that is null.
    pub(crate) fn with_claim(&self, name: &str, value: Value) -> Value {
        let mut claims = self.issuer.claims("anna", &["desk"]);
        match value {
            Value::Null => {
                claims.as_object_mut().unwrap().remove(name);
            }
            value => claims[name] = value,
        }
        claims
    }

    pub(crate) async fn accounts(&self) -> i64 {
        self.newsroom.number("SELECT COUNT(*) FROM account").await
    }
}

async fn viewer(client: &Client) -> Value {
    client.ask(VIEWER, json!({})).await["viewer"].take()
}

async fn who_comes_with_a_token_has_an_account_from_then_on(kind: Kind) {
    let fixture = fixture(kind).await;
    let anna = fixture.somebody("anna", &["staff", "press", "desk"]);
    let seen = viewer(&anna).await;
    let account = &seen["account"];
    assert_eq!(
        seen,
        json!({
            "account": {
                "id": account["id"], "uuid": account["uuid"], "email": "anna@example.org", "name": "Name of anna",
                "version": 1, "hasPassword": false, "suspendedAt": null,
            },
            "role": "EDITOR", "allOffices": false, "offices": [{"slug": "osce-secretariat"}], "apiKey": null, "sessions": [],
        })
    );
    assert_eq!(viewer(&anna).await, seen);
    // Another token of the same subject, and another host.
    let again = fixture.somebody("anna", &["desk"]);
    assert_eq!(viewer(&again).await, seen);
    let other = fixture.newsroom.serve_with(&[], &fixture.issuer.settings()).await;
    assert_eq!(viewer(&other.client().with_bearer(again.bearer().unwrap())).await, seen);
    assert_eq!(fixture.accounts().await, 1);
    assert_eq!(fixture.newsroom.audited().await.last().unwrap(), "account-created");
    let detail = fixture
        .newsroom
        .column("SELECT detail FROM audit_entry ORDER BY number DESC")
        .await;
    let detail: Value = serde_json::from_str(&detail[0]).unwrap();
    assert_eq!(
        (&detail["issuer"], &detail["subject"], &detail["role"]),
        (&json!(fixture.issuer.url), &json!("anna"), &json!("editor"))
    );
}

async fn what_the_issuer_says_later_changes_the_account(kind: Kind) {
    let fixture = fixture(kind).await;
    let before = viewer(&fixture.somebody("anna", &["desk"])).await;
    let mut claims = fixture.with_claim("roles", json!(["chief"]));
    claims["offices"] = json!(["*"]);
    claims["name"] = json!("Anna");
    let after = viewer(&fixture.bearer(&claims)).await;
    assert_eq!(after["account"]["id"], before["account"]["id"]);
    assert_eq!(
        (
            &after["role"],
            &after["allOffices"],
            &after["account"]["name"],
            &after["account"]["version"]
        ),
        (&json!("PUBLISHER"), &json!(true), &json!("Anna"), &json!(2))
    );
    assert_eq!(viewer(&fixture.bearer(&claims)).await, after);
    let audited = fixture.newsroom.audited().await;
    assert_eq!(audited[audited.len() - 2..], ["account-created", "account-changed"]);
}

async fn an_older_token_changes_nothing_back(kind: Kind) {
    let fixture = fixture(kind).await;
    let mut claims = fixture.issuer.claims("anna", &["root"]);
    claims["iat"] = json!(now() - 60);
    let old = fixture.bearer(&claims);
    assert_eq!(viewer(&old).await["role"], "ADMINISTRATOR");
    assert_eq!(viewer(&fixture.somebody("anna", &["desk"])).await["role"], "EDITOR");
    let later = fixture.newsroom.serve_with(&[], &fixture.issuer.settings()).await;
    let seen = viewer(&later.client().with_bearer(old.bearer().unwrap())).await;
    assert_eq!(
        (&seen["role"], &seen["account"]["version"]),
        (&json!("EDITOR"), &json!(2))
    );
    // Nor where the later one only confirmed what was: that it came is remembered.
    let at = |seconds: u64, role: &str| {
        let mut claims = fixture.issuer.claims("boris", &[role]);
        claims["iat"] = json!(now() - seconds);
        fixture.bearer(&claims)
    };
    for (seconds, role) in [(60, "desk"), (0, "desk"), (30, "root")] {
        assert_eq!(viewer(&at(seconds, role)).await["role"], "EDITOR", "{seconds} {role}");
    }
}

async fn who_comes_twice_at_once_has_one_account(kind: Kind) {
    let fixture = fixture(kind).await;
    let other = fixture.newsroom.serve_with(&[], &fixture.issuer.settings()).await;
    for round in 0..5 {
        let subject = format!("anna-{round}");
        // Tokens with different addresses: not even these make two accounts of one subject.
        let token = |address: &str| {
            let mut claims = fixture.issuer.claims(&subject, &["desk"]);
            claims["email"] = json!(format!("{address}-{round}@example.org"));
            fixture.key.token(&claims)
        };
        let (one, two) = (token("one"), token("two"));
        let clients = [
            fixture.server.client().with_bearer(&one),
            other.client().with_bearer(&one),
            fixture.server.client().with_bearer(&two),
            other.client().with_bearer(&two),
        ];
        let [a, b, c, d] = &clients;
        let seen = tokio::join!(viewer(a), viewer(b), viewer(c), viewer(d));
        let ids = [seen.0, seen.1, seen.2, seen.3].map(|seen| seen["account"]["id"].clone());
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    }
    assert_eq!(fixture.accounts().await, 5);
    assert_eq!(fixture.newsroom.number("SELECT COUNT(*) FROM sign_on").await, 5);
}

async fn a_token_without_a_role_is_forbidden_with_the_mend(kind: Kind) {
    let fixture = fixture(kind).await;
    for roles in [
        json!(["staff", "Desk"]),
        json!([]),
        json!("desk press"),
        json!(7),
        Value::Null,
    ] {
        let answer = fixture
            .bearer(&fixture.with_claim("roles", roles.clone()))
            .graphql(VIEWER, json!({}))
            .await;
        assert_eq!(
            (answer.status.as_u16(), answer.codes()),
            (403, vec!["FORBIDDEN"]),
            "{roles}"
        );
        assert!(answer.message().contains("`roles`") && answer.message().contains("`oidc.roles`"));
    }
    assert_eq!(fixture.accounts().await, 0);
    // Whoever had a role and has none any more is out, too.
    assert!(is_in(&fixture.somebody("anna", &["desk"])).await);
    let answer = fixture.somebody("anna", &["staff"]).graphql(VIEWER, json!({})).await;
    assert_eq!(answer.codes(), ["FORBIDDEN"]);
}

async fn a_token_without_offices_is_for_none_or_by_the_setting_for_all(kind: Kind) {
    let fixture = fixture_with(kind, &[("NEWSROOM_OIDC_ROLE_CLAIM", "realm_access.roles")]).await;
    let mut claims = fixture.with_claim("offices", Value::Null);
    claims["realm_access"] = json!({"roles": ["desk"]});
    let seen = viewer(&fixture.bearer(&claims)).await;
    assert_eq!((&seen["allOffices"], &seen["offices"]), (&json!(false), &json!([])));
    claims["offices"] = json!(["nowhere", "osce-secretariat", 7]);
    let seen = viewer(&fixture.bearer(&claims)).await;
    assert_eq!(seen["offices"], json!([{"slug": "osce-secretariat"}]));
    let mut settings = fixture.issuer.settings();
    settings.push(("NEWSROOM_OIDC_ALL_OFFICES", "true"));
    let other = fixture.newsroom.serve_with(&[], &settings).await;
    let token = fixture.key.token(&fixture.with_claim("offices", Value::Null));
    assert_eq!(viewer(&other.client().with_bearer(&token)).await["allOffices"], true);
}

async fn without_a_verified_address_one_stands_in(kind: Kind) {
    let fixture = fixture(kind).await;
    fixture.newsroom.account("anna@example.org", "administrator", &[]);
    let seen = viewer(&fixture.bearer(&fixture.with_claim("email_verified", json!(false)))).await;
    let email = seen["account"]["email"].as_str().unwrap();
    assert!(email.ends_with("@sign-on.invalid"), "{email}");
    assert_eq!(seen["role"], "EDITOR");
    let mut machine = fixture.with_claim("sub", json!("client-7"));
    for claim in ["email", "email_verified", "name"] {
        machine.as_object_mut().unwrap().remove(claim);
    }
    let seen = viewer(&fixture.bearer(&machine)).await;
    assert_eq!(seen["account"]["name"], "client-7");
    assert_eq!(fixture.accounts().await, 3);
}

async fn an_account_that_is_here_is_linked_where_the_setting_says_so(kind: Kind) {
    let fixture = fixture(kind).await;
    let id = fixture.newsroom.account("anna@example.org", "author", &[]);
    let anna = fixture.somebody("anna", &["desk"]);
    let answer = anna.graphql(VIEWER, json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.codes()), (401, vec!["UNAUTHENTICATED"]));
    assert!(
        answer.message().contains("`oidc.link_accounts`"),
        "{}",
        answer.message()
    );
    let with_password = fixture.server.client().signed_in("anna@example.org").await;
    assert_eq!(viewer(&with_password).await["role"], "AUTHOR");

    let mut settings = fixture.issuer.settings();
    settings.push(("NEWSROOM_OIDC_LINK_ACCOUNTS", "true"));
    let linking = fixture.newsroom.serve_with(&[], &settings).await;
    let unverified = fixture.key.token(&fixture.with_claim("email_verified", json!(false)));
    let seen = viewer(&linking.client().with_bearer(&unverified)).await;
    assert_ne!(
        seen["account"]["uuid"],
        json!(id),
        "an address that is not verified links nothing"
    );
    fixture.newsroom.execute("DELETE FROM sign_on").await;

    let seen = viewer(&linking.client().with_bearer(anna.bearer().unwrap())).await;
    assert_eq!(
        (
            &seen["account"]["uuid"],
            &seen["account"]["hasPassword"],
            &seen["role"],
            &seen["account"]["version"]
        ),
        (&json!(id), &json!(true), &json!("EDITOR"), &json!(2))
    );
    assert_eq!(fixture.newsroom.audited().await.last().unwrap(), "account-linked");
    // From then on everywhere, and the password goes on.
    assert_eq!(
        viewer(&fixture.somebody("anna", &["desk"])).await["account"]["uuid"],
        json!(id)
    );
    let with_password = fixture.server.client().signed_in("anna@example.org").await;
    assert_eq!(viewer(&with_password).await["role"], "EDITOR");
}

async fn an_address_that_is_anothers_is_refused_until_the_operator_frees_it(kind: Kind) {
    let fixture = fixture_with(kind, &[("NEWSROOM_OIDC_LINK_ACCOUNTS", "true")]).await;
    let first = viewer(&fixture.somebody("anna", &["root"])).await;
    let second = fixture.bearer(&fixture.with_claim("sub", json!("another-anna")));
    let answer = second.graphql(VIEWER, json!({})).await;
    assert_eq!(answer.codes(), ["UNAUTHENTICATED"]);
    assert!(
        answer.message().contains("newsroom account unlink"),
        "{}",
        answer.message()
    );
    let unlink = ["account", "unlink", "anna@example.org"];
    fixture.newsroom.run(&unlink).expect_success();
    assert_eq!(fixture.newsroom.audited().await.last().unwrap(), "account-unlinked");
    let again = fixture.newsroom.run(&unlink);
    assert!(again.code() == 2 && again.said.contains("nobody's"), "{}", again.said);
    let second = fixture.bearer(&fixture.with_claim("sub", json!("another-anna")));
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let seen = viewer(&second).await;
    assert_eq!(seen["account"]["id"], first["account"]["id"]);
    assert_eq!(seen["role"], "EDITOR");
    assert!(!is_in(&fixture.somebody("anna", &["root"])).await);
}

async fn who_is_suspended_stays_out(kind: Kind) {
    let fixture = fixture(kind).await;
    let anna = fixture.somebody("anna", &["desk"]);
    assert!(is_in(&anna).await);
    fixture
        .newsroom
        .run(&["account", "suspend", "anna@example.org"])
        .expect_success();
    assert!(!is_in(&fixture.somebody("anna", &["root"])).await);
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert!(!is_in(&anna).await);
    let role = fixture.newsroom.column("SELECT role FROM account").await;
    assert_eq!(role, ["editor"], "it is left as it is");
    fixture
        .newsroom
        .run(&["account", "reinstate", "anna@example.org"])
        .expect_success();
    assert_eq!(viewer(&fixture.somebody("anna", &["chief"])).await["role"], "PUBLISHER");
}

async fn a_token_makes_no_keys_and_gives_no_passwords(kind: Kind) {
    let fixture = fixture(kind).await;
    let root = fixture.somebody("root", &["root"]);
    let new_account = |password: &str| json!({"input": {"email": "b@example.org", "name": "B", "role": "AUTHOR", "offices": [], "password": password}});
    let create = "mutation($input: CreateAccountInput!) { createAccount(input: $input) { account { email } } }";
    for (query, variables) in [
        ("mutation { createApiKey(input: {name: \"k\"}) { secret } }", json!({})),
        ("mutation { signOut(input: {}) { signedOut } }", json!({})),
        (
            "mutation { changePassword(input: {currentPassword: \"a\", newPassword: \"correct horse battery\"}) { accessToken } }",
            json!({}),
        ),
        (create, new_account("correct horse battery")),
    ] {
        let answer = root.graphql(query, variables).await;
        assert_eq!(answer.codes(), ["FORBIDDEN"], "{query} {}", answer.text);
        assert!(answer.message().contains("single sign-on"), "{}", answer.message());
    }
    // Else it may what the role may, and the audit trail says how.
    let without = json!({"input": {"email": "b@example.org", "name": "B", "role": "AUTHOR", "offices": []}});
    root.ask(create, without).await;
    let detail = fixture
        .newsroom
        .column("SELECT detail FROM audit_entry ORDER BY number DESC")
        .await;
    assert_eq!(serde_json::from_str::<Value>(&detail[0]).unwrap()["signOn"], true);
}

async fn a_drafts_author_is_who_signed_on(kind: Kind) {
    let fixture = fixture(kind).await;
    let create = "mutation { createRelease(input: {originalLocale: \"en\", offices: [\"osce-secretariat\"], text: {title: \"A draft\"}}) \
                  { release { createdBy { kind name } } } }";
    let made = fixture.somebody("anna", &["desk"]).graphql(create, json!({})).await;
    assert_eq!(
        *made.data("/createRelease/release/createdBy"),
        json!({"kind": "ACCOUNT", "name": "Name of anna"}),
        "{}",
        made.text
    );
    let refused = fixture
        .bearer(&fixture.with_claim("offices", json!([])))
        .graphql(create, json!({}))
        .await;
    assert_eq!(refused.codes(), ["FORBIDDEN"]);
}

async fn a_setting_that_is_missing_or_unsafe_is_refused(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let good = [
        ("NEWSROOM_OIDC_ISSUER", "https://login.example.org"),
        ("NEWSROOM_OIDC_AUDIENCE", AUDIENCE),
        ("NEWSROOM_OIDC_ROLES", "desk=editor"),
    ];
    for (name, value, said) in [
        ("NEWSROOM_OIDC_ISSUER", "http://login.example.org", "https"),
        ("NEWSROOM_OIDC_ISSUER", "login.example.org", "is no issuer"),
        ("NEWSROOM_OIDC_AUDIENCE", "", "oidc.audience"),
        ("NEWSROOM_OIDC_ROLES", "", "oidc.roles"),
        ("NEWSROOM_OIDC_ROLES", "desk=chief", "VALUE=ROLE"),
        ("NEWSROOM_OIDC_LINK_ACCOUNTS", "perhaps", "true or false"),
        (
            "NEWSROOM_PUBLIC_URL",
            "https://login.example.org",
            "another `oidc.issuer`",
        ),
    ] {
        let mut settings = good.to_vec();
        settings.push((name, value));
        let refused = newsroom.try_to_serve(&[], &settings).await;
        let (status, log) = refused.err().unwrap_or_else(|| panic!("{name}={value} is taken"));
        assert!(status.code() == Some(2) && log.contains(said), "{name}={value}: {log}");
    }
}
