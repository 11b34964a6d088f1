//! Access tokens that are not ours, and the keys that sign those that are.

use std::net::TcpListener;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use newsroom_tests::{Client, Kind, Newsroom, on_both};
use serde_json::{Value, json};

use crate::sign_in::{is_in, newsroom_with_editor};

on_both!(
    a_token_that_is_not_ours_is_refused_and_nobody_is_asked_about_it,
    nothing_but_the_header_is_looked_at,
    a_key_is_renewed_while_the_server_runs,
    a_key_that_is_given_is_used_and_renewed_by_its_owner,
    a_key_that_others_can_read_is_refused,
    an_issuer_that_is_set_is_the_only_one,
);

/// What signs for a newsroom: its own key.
struct Forger {
    pair: Ed25519KeyPair,
    header: Value,
    claims: Value,
}

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn pair(newsroom: &Newsroom) -> Ed25519KeyPair {
    let pem = std::fs::read_to_string(newsroom.data_file("signing-key.pem")).unwrap();
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    Ed25519KeyPair::from_pkcs8(&STANDARD.decode(body).unwrap()).unwrap()
}

impl Forger {
    /// Learns from a good token what one looks like.
    fn new(newsroom: &Newsroom, token: &str) -> Self {
        let parts: Vec<&str> = token.split('.').collect();
        Self {
            pair: pair(newsroom),
            header: decoded(parts[0]),
            claims: decoded(parts[1]),
        }
    }

    fn message(header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}", part(header), part(claims))
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = Self::message(header, claims);
        let signature = self.pair.sign(message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    /// The good token, but for one member of its header.
    fn with_header(&self, name: &str, value: Value) -> String {
        let mut header = self.header.clone();
        header[name] = value;
        self.sign(&header, &self.claims)
    }

    /// The good token, but for one claim.
    fn with_claim(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims.clone();
        claims[name] = value;
        self.sign(&self.header, &claims)
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

async fn a_token_that_is_not_ours_is_refused_and_nobody_is_asked_about_it(kind: Kind) {
    let newsroom = newsroom_with_editor(kind);
    let server = newsroom.serve().await;
    let client = server.client();
    let tokens = client.tokens("editor@example.org").await;
    let good = tokens["accessToken"].as_str().unwrap();
    let forger = Forger::new(&newsroom, good);
    let again = forger.sign(&forger.header, &forger.claims);
    assert!(is_in(&client.with_bearer(&again)).await, "the forger knows how");

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    let public_key = forger.pair.public_key().as_ref().to_vec();
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(&public_key)});
    let mut none = forger.header.clone();
    none["alg"] = json!("none");
    let mut hmac_header = forger.header.clone();
    hmac_header["alg"] = json!("HS256");
    let hmac_message = Forger::message(&hmac_header, &forger.claims);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &public_key), hmac_message.as_bytes());
    let (message, signature) = good.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { "B" } else { "A" };
    let forged = [
        ("alg none", format!("{}.", Forger::message(&none, &forger.claims))),
        ("alg none, signed", forger.sign(&none, &forger.claims)),
        (
            "HMAC",
            format!("{hmac_message}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref())),
        ),
        ("issuer", forger.with_claim("iss", json!("https://elsewhere.example"))),
        ("audience", forger.with_claim("aud", json!("urn:elsewhere"))),
        ("audiences", forger.with_claim("aud", json!(["urn:newsroom:api"]))),
        ("type", forger.with_header("typ", json!("JWT"))),
        ("expired", forger.with_claim("exp", json!(now() - 60))),
        ("exp as text", forger.with_claim("exp", json!((now() + 60).to_string()))),
        ("exp as float", forger.with_claim("exp", json!(1e300))),
        (
            "exp with a fraction",
            forger.with_claim("exp", json!(f64::from(u32::try_from(now()).unwrap()) + 60.5)),
        ),
        ("exp null", forger.with_claim("exp", json!(null))),
        ("exp far away", forger.with_claim("exp", json!(now() + 86_400))),
        ("not yet", forger.with_claim("nbf", json!(now() + 60))),
        ("nbf as text", forger.with_claim("nbf", json!(now().to_string()))),
        (
            "nbf as float",
            forger.with_claim("nbf", json!(f64::from(u32::try_from(now()).unwrap()))),
        ),
        ("nbf null", forger.with_claim("nbf", json!(null))),
        (
            "another account",
            forger.with_claim("sub", json!("0192f3a4-7b5c-7def-8123-456789abcdef")),
        ),
        (
            "another session",
            forger.with_claim("sid", json!("0192f3a4-7b5c-7def-8123-456789abcdef")),
        ),
        (
            "kid with a path",
            forger.with_header("kid", json!("../../../../dev/null")),
        ),
        ("kid of 3 kB", forger.with_header("kid", json!("k".repeat(3 * 1024)))),
        ("kid of 5 kB", forger.with_header("kid", json!("k".repeat(5 * 1024)))),
        ("kid with SQL", forger.with_header("kid", json!("' OR 1=1 --"))),
        ("jwk", forger.with_header("jwk", jwk)),
        ("jku", forger.with_header("jku", json!(url))),
        ("x5u", forger.with_header("x5u", json!(url))),
        ("crit", forger.with_header("crit", json!(["exp"]))),
        ("a changed signature", format!("{message}.{first}{}", &signature[1..])),
        ("no signature", format!("{message}.")),
        ("two parts", message.to_owned()),
        ("a refresh token", tokens["refreshToken"].as_str().unwrap().to_owned()),
        (
            "an unknown key",
            "nrk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        ),
        (
            "an unknown kind",
            "nrx_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        ),
        ("8 kB", "x".repeat(8 * 1024)),
    ];
    for (what, token) in forged {
        assert!(!is_in(&client.with_bearer(&token)).await, "{what}");
    }
    assert!(listener.accept().is_err(), "somebody came to ask");
    assert!(is_in(&client.with_bearer(good)).await);
    for value in ["Basic ZTp4", "Bearer", "Bearer a b"] {
        let request = client
            .post(r#"{"query": "{ viewer { role } }"}"#)
            .header("authorization", value);
        assert_eq!(client.send(request).await.status, 401, "{value}");
    }
}

async fn nothing_but_the_header_is_looked_at(kind: Kind) {
    let newsroom = newsroom_with_editor(kind);
    let server = newsroom.serve().await;
    let client = server.client();
    let tokens = client.tokens("editor@example.org").await;
    let token = tokens["accessToken"].as_str().unwrap();
    let in_query = format!("/graphql?query=%7Bviewer%7Brole%7D%7D&access_token={token}");
    assert_eq!(client.get(&in_query).await.body["data"], json!({"viewer": null}));
    let request = client
        .post(r#"{"query": "{ viewer { role } }"}"#)
        .header("cookie", format!("access_token={token}; Authorization=Bearer {token}"));
    let answer = client.send(request).await;
    assert_eq!(answer.body["data"], json!({"viewer": null}));
    assert_eq!(answer.header("set-cookie"), "");
}

fn kid(token: &Value) -> String {
    let header = decoded(token.as_str().unwrap().split('.').next().unwrap());
    header["kid"].as_str().unwrap().to_owned()
}

async fn published(client: &Client) -> Vec<String> {
    let keys = client.get("/.well-known/jwks.json").await;
    assert_eq!(keys.header("cache-control"), "public, max-age=60");
    let keys = keys.body["keys"].as_array().unwrap().clone();
    keys.iter()
        .map(|key| {
            assert_eq!(
                (&key["kty"], &key["crv"], &key["alg"], &key["use"], &key["d"]),
                (
                    &json!("OKP"),
                    &json!("Ed25519"),
                    &json!("EdDSA"),
                    &json!("sig"),
                    &json!(null)
                )
            );
            key["kid"].as_str().unwrap().to_owned()
        })
        .collect()
}

async fn a_key_is_renewed_while_the_server_runs(kind: Kind) {
    let newsroom = newsroom_with_editor(kind);
    let server = newsroom.serve().await;
    let client = server.client();
    let before = client.tokens("editor@example.org").await["accessToken"].clone();
    assert_eq!(published(client).await, [kid(&before)]);
    let rotated = newsroom.run(&["keys", "rotate"]).expect_success();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let after = client.tokens("editor@example.org").await["accessToken"].clone();
    assert_eq!(kid(&after), rotated.output.trim());
    assert_ne!(kid(&after), kid(&before));
    for token in [&before, &after] {
        assert!(is_in(&client.with_bearer(token.as_str().unwrap())).await);
    }
    assert_eq!(published(client).await.len(), 2);
    assert!(newsroom.audited().await.contains(&"signing-key-rotated".to_owned()));
    // A quarter of an hour later, nothing is good that the old key has signed.
    let old = format!(
        "UPDATE signing_key SET retired_at = retired_at - 910000000 WHERE kid = '{}'",
        kid(&before)
    );
    newsroom.execute(&old).await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(published(client).await, [kid(&after)]);
    assert!(!is_in(&client.with_bearer(before.as_str().unwrap())).await);
    // One that is retired elsewhere is renewed by the server itself.
    newsroom.run(&["keys", "retire", &kid(&after)]).expect_success();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let last = client.tokens("editor@example.org").await["accessToken"].clone();
    assert_ne!(kid(&last), kid(&after));
    let listed = newsroom.run(&["keys", "list"]).expect_success().output;
    assert_eq!(listed.lines().count(), 3);
    let own = listed.lines().find(|line| line.ends_with("this host's")).unwrap();
    assert!(own.starts_with(&kid(&last)) && own.contains("signs"), "{listed}");
    assert!(newsroom.run(&["keys", "retire", "strange"]).said.contains("keys list"));
}

async fn a_key_that_is_given_is_used_and_renewed_by_its_owner(kind: Kind) {
    let newsroom = newsroom_with_editor(kind);
    drop(newsroom.serve().await);
    let given = newsroom.folder().join("given.pem");
    std::fs::rename(newsroom.data_file("signing-key.pem"), &given).unwrap();
    let settings = [("NEWSROOM_SIGNING_KEY_FILE", given.to_str().unwrap())];
    let server = newsroom.serve_with(&[], &settings).await;
    let client = server.client();
    let token = client.tokens("editor@example.org").await["accessToken"].clone();
    assert!(!newsroom.data_file("signing-key.pem").exists());
    let flags = ["keys", "rotate", "--signing-key-file", given.to_str().unwrap()];
    let refused = newsroom.run(&flags);
    assert!(
        refused.code() == 2 && refused.said.contains("yours to renew"),
        "{}",
        refused.said
    );
    newsroom.run(&["keys", "retire", &kid(&token)]).expect_success();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let answer = client.sign_in("editor@example.org", newsroom_tests::password()).await;
    assert_eq!(answer.codes(), ["UNAVAILABLE"]);
    assert!(is_in(&client.with_bearer(token.as_str().unwrap())).await);
    // Another key in its place, and tokens are signed again.
    drop(newsroom.serve().await);
    std::fs::rename(newsroom.data_file("signing-key.pem"), &given).unwrap();
    let next = client.tokens("editor@example.org").await["accessToken"].clone();
    assert_ne!(kid(&next), kid(&token));
}

async fn a_key_that_others_can_read_is_refused(kind: Kind) {
    use std::os::unix::fs::PermissionsExt as _;
    let newsroom = newsroom_with_editor(kind);
    drop(newsroom.serve().await);
    let path = newsroom.data_file("signing-key.pem");
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let (status, said) = newsroom.try_to_serve(&[], &[]).await.unwrap_err();
    assert_eq!(status.code(), Some(2));
    assert!(said.contains(&format!("chmod 600 {}", path.display())), "{said}");
}

async fn an_issuer_that_is_set_is_the_only_one(kind: Kind) {
    let newsroom = newsroom_with_editor(kind);
    let server = newsroom.serve().await;
    let public = [("NEWSROOM_PUBLIC_URL", "https://newsroom.example")];
    let other = newsroom.serve_with(&[], &public).await;
    let token = server.client().tokens("editor@example.org").await["accessToken"].clone();
    let token = token.as_str().unwrap();
    assert_eq!(decoded(token.split('.').nth(1).unwrap())["iss"], "urn:newsroom");
    assert!(!is_in(&other.client().with_bearer(token)).await);
    let token = other.client().tokens("editor@example.org").await["accessToken"].clone();
    assert_eq!(
        decoded(token.as_str().unwrap().split('.').nth(1).unwrap())["iss"],
        "https://newsroom.example"
    );
}
