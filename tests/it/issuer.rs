//! An issuer of tokens for the tests of single sign-on: a small server with keys of its own making.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Whom its tokens are for.
pub(crate) const AUDIENCE: &str = "https://newsroom.example/api";

/// A key, by which tokens are signed.
pub(crate) struct Key {
    pub(crate) kid: String,
    pair: Pair,
}

enum Pair {
    P256(Box<EcdsaKeyPair>),
    Ed25519(Ed25519KeyPair),
    Rsa(Box<RsaKeyPair>),
}

pub(crate) fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Key {
    pub(crate) fn p256(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self::new(kid, Pair::P256(Box::new(pair)))
    }

    pub(crate) fn ed25519(kid: &str) -> Self {
        Self::new(kid, Pair::Ed25519(Ed25519KeyPair::generate().unwrap()))
    }

    pub(crate) fn rsa(kid: &str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        Self::new(kid, Pair::Rsa(Box::new(pair)))
    }

    fn new(kid: &str, pair: Pair) -> Self {
        let kid = kid.to_owned();
        Self { kid, pair }
    }

    pub(crate) fn algorithm(&self) -> &'static str {
        match &self.pair {
            Pair::P256(_) => "ES256",
            Pair::Ed25519(_) => "EdDSA",
            Pair::Rsa(_) => "RS256",
        }
    }

    /// Its public half, as the issuer publishes it.
    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = match &self.pair {
            Pair::P256(pair) => {
                let point = pair.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "x": encoded(&point[1..33]), "y": encoded(&point[33..])})
            }
            Pair::Ed25519(pair) => json!({"kty": "OKP", "crv": "Ed25519", "x": encoded(pair.public_key().as_ref())}),
            Pair::Rsa(pair) => {
                // RSAPublicKey in DER (RFC 8017, appendix A.1.1): of 2,048 bits, its two numbers are always there.
                let der = pair.public_key().as_ref();
                json!({"kty": "RSA", "n": encoded(&der[9..265]), "e": encoded(&der[267..270])})
            }
        };
        jwk["kid"] = json!(self.kid);
        jwk["use"] = json!("sig");
        jwk
    }

    /// The public half as bytes: what somebody could take for a secret.
    pub(crate) fn public_bytes(&self) -> Vec<u8> {
        match &self.pair {
            Pair::P256(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Rsa(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    pub(crate) fn header(&self) -> Value {
        json!({"alg": self.algorithm(), "typ": "at+jwt", "kid": self.kid})
    }

    /// A token with any header and claims, signed by this key whatever they say.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = message(header, claims);
        let random = SystemRandom::new();
        let signature = match &self.pair {
            Pair::P256(pair) => pair.sign(&random, message.as_bytes()).unwrap().as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.sign(message.as_bytes()).as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let padding = &RSA_PKCS1_SHA256;
                pair.sign(padding, &random, message.as_bytes(), &mut signature).unwrap();
                signature
            }
        };
        format!("{message}.{}", encoded(&signature))
    }

    pub(crate) fn token(&self, claims: &Value) -> String {
        self.sign(&self.header(), claims)
    }
}

pub(crate) fn message(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| encoded(value.to_string().as_bytes());
    format!("{}.{}", part(header), part(claims))
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// What the issuer answers.
struct State {
    issuer: String,
    jwks_uri: String,
    keys: Vec<Value>,
    is_up: bool,
    is_held: bool,
    asked: Vec<String>,
}

/// A running issuer. Its thread ends with the process.
#[derive(Clone)]
pub(crate) struct Issuer {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

impl Issuer {
    /// Starts one that publishes these keys.
    pub(crate) fn start(keys: &[&Key]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = State {
            issuer: url.clone(),
            jwks_uri: format!("{url}/keys"),
            keys: keys.iter().map(|key| key.jwk()).collect(),
            is_up: true,
            is_held: false,
            asked: Vec::new(),
        };
        let state = Arc::new(Mutex::new(state));
        let issuer = Self { url, state };
        let serving = issuer.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Whoever hangs up early is no concern of the issuer's.
                let _ = serving.answer(&stream);
            }
        });
        issuer
    }

    fn answer(&self, mut stream: &TcpStream) -> std::io::Result<()> {
        let mut lines = BufReader::new(stream).lines();
        let first = lines.next().transpose()?.unwrap_or_default();
        for line in lines {
            if line?.is_empty() {
                break;
            }
        }
        let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut state = self.state.lock().unwrap();
        let (status, body) = match path.as_str() {
            _ if !state.is_up => ("503 Service Unavailable", String::new()),
            "/.well-known/openid-configuration" => {
                let document = json!({"issuer": state.issuer, "jwks_uri": state.jwks_uri});
                ("200 OK", document.to_string())
            }
            "/keys" => ("200 OK", json!({"keys": state.keys}).to_string()),
            "/moved" => ("302 Found\r\nLocation: /keys", String::new()),
            "/long" => (
                "200 OK",
                format!("{{\"keys\": [], \"x\": \"{}\"}}", "x".repeat(300_000)),
            ),
            _ => ("404 Not Found", String::new()),
        };
        state.asked.push(path);
        let mut is_held = state.is_held;
        drop(state);
        while is_held {
            std::thread::sleep(Duration::from_millis(5));
            is_held = self.state.lock().unwrap().is_held;
        }
        let length = body.len();
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
    }

    pub(crate) fn publish(&self, keys: &[&Key]) {
        self.publish_raw(keys.iter().map(|key| key.jwk()).collect());
    }

    pub(crate) fn publish_raw(&self, keys: Vec<Value>) {
        self.state.lock().unwrap().keys = keys;
    }

    /// From now on it answers nothing of use, or does again.
    pub(crate) fn set_up(&self, is_up: bool) {
        self.state.lock().unwrap().is_up = is_up;
    }

    /// From now on it keeps whoever asks waiting, or does no more.
    pub(crate) fn hold(&self, is_held: bool) {
        self.state.lock().unwrap().is_held = is_held;
    }

    /// What it says in its discovery document that it is.
    pub(crate) fn say_issuer(&self, issuer: &str) {
        issuer.clone_into(&mut self.state.lock().unwrap().issuer);
    }

    /// Where it says that its keys are.
    pub(crate) fn say_keys_at(&self, url: &str) {
        url.clone_into(&mut self.state.lock().unwrap().jwks_uri);
    }

    /// How often its discovery document was asked for.
    pub(crate) fn times_asked(&self) -> usize {
        let state = self.state.lock().unwrap();
        state
            .asked
            .iter()
            .filter(|path| path.ends_with("openid-configuration"))
            .count()
    }

    /// The claims of a good token of somebody with that subject and those roles.
    pub(crate) fn claims(&self, subject: &str, roles: &[&str]) -> Value {
        json!({
            "iss": self.url, "aud": AUDIENCE, "sub": subject, "iat": now(), "exp": now() + 300, "roles": roles,
            "offices": ["osce-secretariat"], "name": format!("Name of {subject}"),
            "email": format!("{subject}@example.org"), "email_verified": true,
        })
    }

    /// The settings of a newsroom that takes its tokens.
    pub(crate) fn settings(&self) -> Vec<(&str, &str)> {
        vec![
            ("NEWSROOM_OIDC_ISSUER", &self.url),
            ("NEWSROOM_OIDC_AUDIENCE", AUDIENCE),
            (
                "NEWSROOM_OIDC_ROLES",
                "press=author, desk=editor,chief=publisher,root=administrator",
            ),
            ("NEWSROOM_OIDC_OFFICES_CLAIM", "offices"),
        ]
    }
}
