//! Tokens of the issuer of single sign-on, and its keys: which are taken, and who waits for what.

use aws_lc_rs::hmac;
use newsroom_tests::{Kind, on_both};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;
use crate::issuer::{AUDIENCE, Issuer, Key, encoded, message, now};
use crate::sign_in::is_in;
use crate::sign_on::fixture;

on_both!(
    a_token_that_is_wrong_in_anything_is_refused,
    what_is_no_key_of_the_issuers_verifies_nothing,
    keys_of_each_type_are_taken,
    a_new_key_is_found_and_an_old_one_goes,
    nobody_waits_for_the_issuer_but_who_has_it_asked,
    tokens_by_unknown_keys_are_fetched_for_once,
    a_server_starts_while_the_issuer_is_down_and_keeps_its_keys,
    an_issuer_that_says_something_else_is_not_believed,
    our_own_tokens_are_good_beside_it,
);

async fn a_token_that_is_wrong_in_anything_is_refused(kind: Kind) {
    let fixture = fixture(kind).await;
    let (issuer, key) = (&fixture.issuer, &fixture.key);
    let claims = issuer.claims("anna", &["desk"]);
    let header = key.header();
    assert!(is_in(&fixture.server.client().with_bearer(&key.sign(&header, &claims))).await);
    let with_header = |name: &str, value: Value| {
        let mut header = header.clone();
        header[name] = value;
        key.sign(&header, &claims)
    };
    let with = |name: &str, value: Value| key.token(&fixture.with_claim(name, value));
    let hmac = |secret: &[u8]| {
        let message = message(&json!({"alg": "HS256", "typ": "at+jwt", "kid": key.kid}), &claims);
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
        format!("{message}.{}", encoded(tag.as_ref()))
    };
    let other = Key::p256("first");
    let good = key.token(&claims);
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let other_way = if signature.starts_with('A') { "B" } else { "A" };
    let wrong = [
        ("an issuer with a slash", with("iss", json!(format!("{}/", issuer.url)))),
        ("another issuer", with("iss", json!("https://elsewhere.example"))),
        ("issuers", with("iss", json!([issuer.url]))),
        ("another audience", with("aud", json!("https://elsewhere.example"))),
        (
            "other audiences",
            with("aud", json!(["https://elsewhere.example", "account"])),
        ),
        ("an audience of another type", with("aud", json!(7))),
        ("audiences of another type", with("aud", json!([7, AUDIENCE]))),
        ("no audience", with("aud", Value::Null)),
        ("expired", with("exp", json!(now() - 60))),
        ("exp as text", with("exp", json!((now() + 60).to_string()))),
        ("exp of nonsense", with("exp", json!(-1))),
        ("no exp", with("exp", Value::Null)),
        ("not yet", with("nbf", json!(now() + 60))),
        ("nbf as text", with("nbf", json!("0"))),
        ("issued later", with("iat", json!(now() + 60))),
        ("iat as text", with("iat", json!("0"))),
        ("no subject", with("sub", Value::Null)),
        ("an empty subject", with("sub", json!(""))),
        ("a subject of another type", with("sub", json!(7))),
        ("a subject with NUL", with("sub", json!("a\u{0}b"))),
        ("a long subject", with("sub", json!("x".repeat(256)))),
        (
            "alg none",
            format!("{}.", message(&json!({"alg": "none", "kid": key.kid}), &claims)),
        ),
        ("alg none, signed", with_header("alg", json!("none"))),
        ("another alg", with_header("alg", json!("ES384"))),
        ("alg of another type", with_header("alg", json!("EdDSA"))),
        ("HMAC by the public key", hmac(&key.public_bytes())),
        ("HMAC by the JWK", hmac(key.jwk().to_string().as_bytes())),
        ("a type that signs out", with_header("typ", json!("logout+jwt"))),
        ("crit", with_header("crit", json!(["exp"]))),
        ("kid of another type", with_header("kid", json!(["first"]))),
        ("another key of the same name", other.token(&claims)),
        ("another key in the header", {
            let mut header = header.clone();
            header["jwk"] = other.jwk();
            header["jku"] = json!(format!("{}/keys", issuer.url));
            header["x5u"] = json!(format!("{}/cert", issuer.url));
            other.sign(&header, &claims)
        }),
        (
            "a changed signature",
            format!("{signed}.{other_way}{}", &signature[1..]),
        ),
        ("no signature", format!("{signed}.")),
        ("four parts", format!("{good}.x")),
        ("20 kB", with("name", json!("x".repeat(20 * 1024)))),
    ];
    for (what, token) in wrong {
        assert!(!is_in(&fixture.server.client().with_bearer(&token)).await, "{what}");
    }
    // What a header has beside is not looked at, and audiences are a list where one is ours.
    let beside = [
        with_header("jku", json!("http://127.0.0.1:1/keys")),
        with_header("typ", json!("JWT")),
        with("aud", json!(["account", AUDIENCE])),
        with("nbf", json!(now() - 1)),
        with("iat", Value::Null),
    ];
    for token in beside {
        assert!(is_in(&fixture.server.client().with_bearer(&token)).await, "{token}");
    }
    assert_eq!(fixture.accounts().await, 1);
}

async fn what_is_no_key_of_the_issuers_verifies_nothing(kind: Kind) {
    let fixture = fixture(kind).await;
    let claims = fixture.issuer.claims("anna", &["desk"]);
    let secret = b"a secret of thirty-two characters";
    let (encrypts, other_way, signs) = (Key::p256("encrypts"), Key::rsa("other way"), Key::rsa("signs"));
    let with = |key: &Key, name: &str, value: Value| {
        let mut jwk = key.jwk();
        jwk[name] = value;
        jwk
    };
    fixture.issuer.publish_raw(vec![
        json!({"kty": "oct", "kid": "secret", "alg": "HS256", "k": encoded(secret)}),
        with(&encrypts, "use", json!("enc")),
        with(&other_way, "alg", json!("PS256")),
        with(&signs, "alg", json!("RS256")),
        json!({"kty": "of the future", "kid": "future"}),
        json!(7),
    ]);
    let client = fixture.server.client();
    // The first that is unknown has them fetched.
    assert!(is_in(&client.with_bearer(&signs.token(&claims))).await);
    let message = message(&json!({"alg": "HS256", "kid": "secret"}), &claims);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), message.as_bytes());
    for token in [
        format!("{message}.{}", encoded(tag.as_ref())),
        encrypts.token(&claims),
        other_way.token(&claims),
        fixture.key.token(&claims),
    ] {
        assert!(!is_in(&client.with_bearer(&token)).await, "{token}");
    }
}

async fn keys_of_each_type_are_taken(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let keys = [Key::p256("a"), Key::ed25519("b"), Key::rsa("c")];
    let issuer = Issuer::start(&keys.iter().collect::<Vec<_>>());
    let server = newsroom.serve_with(&[], &issuer.settings()).await;
    let claims = issuer.claims("anna", &["desk"]);
    for key in &keys {
        assert!(
            is_in(&server.client().with_bearer(&key.token(&claims))).await,
            "{}",
            key.algorithm()
        );
    }
    // Without a name only one that fits is meant.
    let unnamed = |key: &Key| key.sign(&json!({"alg": key.algorithm()}), &claims);
    assert!(is_in(&server.client().with_bearer(&unnamed(&keys[0]))).await);
    assert!(!is_in(&server.client().with_bearer(&unnamed(&Key::p256("d")))).await);
}

async fn a_new_key_is_found_and_an_old_one_goes(kind: Kind) {
    let fixture = fixture(kind).await;
    let claims = fixture.issuer.claims("anna", &["desk"]);
    let client = fixture.server.client();
    let old = client.with_bearer(&fixture.key.token(&claims));
    assert!(is_in(&old).await);
    let next = Key::p256("second");
    fixture.issuer.publish(&[&fixture.key, &next]);
    assert!(is_in(&client.with_bearer(&next.token(&claims))).await);
    assert!(is_in(&old).await);
    // Taken back: another host finds the new one, and the old one gone.
    let other = fixture.newsroom.serve_with(&[], &fixture.issuer.settings()).await;
    let old = other.client().with_bearer(old.bearer().unwrap());
    assert!(is_in(&old).await);
    let last = Key::p256("third");
    fixture.issuer.publish(&[&last]);
    assert!(is_in(&other.client().with_bearer(&last.token(&claims))).await);
    assert!(!is_in(&old).await);
}

async fn nobody_waits_for_the_issuer_but_who_has_it_asked(kind: Kind) {
    let fixture = fixture(kind).await;
    let claims = fixture.issuer.claims("anna", &["desk"]);
    let anna = fixture.bearer(&claims);
    assert!(is_in(&anna).await);
    let forged = |kid: &str| fixture.server.client().with_bearer(&Key::p256(kid).token(&claims));
    let before = fixture.issuer.times_asked();
    fixture.issuer.hold(true);
    let first = forged("one");
    let first = tokio::spawn(async move { is_in(&first).await });
    while fixture.issuer.times_asked() == before {
        tokio::task::yield_now().await;
    }
    assert!(is_in(&anna).await);
    assert!(!is_in(&forged("two")).await);
    assert!(!first.is_finished(), "those were answered while it waits");
    fixture.issuer.hold(false);
    assert!(!first.await.unwrap());
}

async fn tokens_by_unknown_keys_are_fetched_for_once(kind: Kind) {
    let fixture = fixture(kind).await;
    let claims = fixture.issuer.claims("anna", &["desk"]);
    assert!(is_in(&fixture.bearer(&claims)).await);
    let before = fixture.issuer.times_asked();
    for number in 0..40 {
        let forged = Key::p256(&format!("forged {number}")).token(&claims);
        assert!(!is_in(&fixture.server.client().with_bearer(&forged)).await);
        assert!(is_in(&fixture.bearer(&claims)).await);
    }
    assert_eq!(fixture.issuer.times_asked(), before + 1);
}

async fn a_server_starts_while_the_issuer_is_down_and_keeps_its_keys(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let key = Key::p256("first");
    let issuer = Issuer::start(&[&key]);
    issuer.set_up(false);
    let server = newsroom.serve_with(&[], &issuer.settings()).await;
    assert_eq!(issuer.times_asked(), 1);
    issuer.set_up(true);
    let claims = issuer.claims("anna", &["desk"]);
    let anna = server.client().with_bearer(&key.token(&claims));
    assert!(
        is_in(&anna).await,
        "a token has the keys fetched that were not there at the start"
    );
    issuer.set_up(false);
    assert!(!is_in(&server.client().with_bearer(&Key::p256("unknown").token(&claims))).await);
    assert!(is_in(&anna).await);
}

async fn an_issuer_that_says_something_else_is_not_believed(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let key = Key::p256("first");
    let changes: [fn(&Issuer); 6] = [
        |issuer| issuer.say_issuer("https://elsewhere.example"),
        |issuer| issuer.say_issuer(&format!("{}/", issuer.url)),
        |issuer| issuer.say_keys_at("http://elsewhere.example/keys"),
        |issuer| issuer.say_keys_at("file:///etc/passwd"),
        |issuer| issuer.say_keys_at(&format!("{}/moved", issuer.url)),
        |issuer| issuer.say_keys_at(&format!("{}/long", issuer.url)),
    ];
    for change in changes {
        let issuer = Issuer::start(&[&key]);
        change(&issuer);
        let server = newsroom.serve_with(&[], &issuer.settings()).await;
        let token = key.token(&issuer.claims("anna", &["desk"]));
        assert!(!is_in(&server.client().with_bearer(&token)).await);
        assert!(issuer.times_asked() > 0);
    }
}

async fn our_own_tokens_are_good_beside_it(kind: Kind) {
    let fixture = fixture(kind).await;
    fixture.newsroom.account("editor@example.org", "editor", &[]);
    let editor = fixture.server.client().signed_in("editor@example.org").await;
    assert!(is_in(&editor).await);
    fixture.issuer.set_up(false);
    assert!(is_in(&editor).await);
    // Without the setting, the issuer's are nobody's.
    let without = fixture.newsroom.serve().await;
    let token = fixture.key.token(&fixture.issuer.claims("anna", &["desk"]));
    assert!(!is_in(&without.client().with_bearer(&token)).await);
}
