//! The issuer's keys: those that were fetched last.
//!
//! They are fetched from time to time, and at most once a minute for a token by a key that is not known: the issuer may have
//! a new one. Whoever brings that token waits for it. All others are answered at once, by the keys that there are, so that
//! tokens by invented keys hold nobody up, and have the issuer asked no more often.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;
use tokio::sync::Mutex;

use super::fetch::Fetcher;
use super::token::TokenHeader;

/// How long nothing is fetched for another token after it was for one.
const SOONEST: Duration = Duration::from_mins(1);

/// A key of the issuer's.
#[derive(Debug)]
pub(super) struct IssuerKey {
    kid: Option<String>,
    algorithms: Vec<Algorithm>,
    pub(super) decoding: DecodingKey,
}

impl IssuerKey {
    /// Reads a key (RFC 7517, section 4); `None` for one that signs no tokens, or not in a way that is known here. A secret
    /// is never one: whoever could verify by it could sign by it.
    pub(super) fn read(jwk: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(jwk).ok()?;
        let signs = matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature));
        let verifies = jwk
            .common
            .key_operations
            .as_ref()
            .is_none_or(|operations| operations.contains(&KeyOperations::Verify));
        let mut algorithms = fitting(&jwk.algorithm).to_vec();
        if let Some(only) = jwk.common.key_algorithm {
            let only = Algorithm::try_from(only).ok()?;
            algorithms.retain(|algorithm| *algorithm == only);
        }
        if !signs || !verifies || algorithms.is_empty() {
            return None;
        }
        Some(Self {
            decoding: DecodingKey::from_jwk(&jwk).ok()?,
            kid: jwk.common.key_id,
            algorithms,
        })
    }
}

/// The algorithms that a key of that type may sign by (RFC 7518, section 3.1; RFC 8037, section 3.1).
fn fitting(key: &AlgorithmParameters) -> &'static [Algorithm] {
    match key {
        AlgorithmParameters::RSA(_) => &[
            Algorithm::RS256,
            Algorithm::RS384,
            Algorithm::RS512,
            Algorithm::PS256,
            Algorithm::PS384,
            Algorithm::PS512,
        ],
        AlgorithmParameters::EllipticCurve(key) => match key.curve {
            EllipticCurve::P256 => &[Algorithm::ES256],
            EllipticCurve::P384 => &[Algorithm::ES384],
            _ => &[],
        },
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => &[Algorithm::EdDSA],
        _ => &[],
    }
}

/// What there is for a token.
enum Found {
    Key(Arc<IssuerKey>),
    /// No key of that name.
    Unknown,
    /// A key of that name, which signs in another way; or without a name, several that could be meant.
    Unfit,
}

#[derive(Debug)]
pub(super) struct IssuerKeys {
    fetcher: Fetcher,
    known: RwLock<Arc<Vec<Arc<IssuerKey>>>>,
    /// When they were last fetched for a token.
    asked_at: std::sync::Mutex<Option<Instant>>,
    /// When they were last fetched, or that failed. Held meanwhile: one after another, so that none takes a later one's place.
    tried_at: Mutex<Option<Instant>>,
    is_failing: AtomicBool,
}

impl IssuerKeys {
    pub(super) fn new(fetcher: Fetcher) -> Self {
        Self {
            fetcher,
            known: RwLock::default(),
            asked_at: std::sync::Mutex::default(),
            tried_at: Mutex::default(),
            is_failing: AtomicBool::new(false),
        }
    }

    /// The key that a token says it is signed by.
    pub(super) async fn verifying(self: &Arc<Self>, header: &TokenHeader) -> Option<Arc<IssuerKey>> {
        match self.find(header) {
            Found::Key(key) => return Some(key),
            Found::Unfit => return None,
            Found::Unknown if !self.is_due() => return None,
            Found::Unknown => {}
        }
        // A task of its own: whoever goes away meanwhile takes it from nobody.
        let (keys, wanted) = (Arc::clone(self), header.clone());
        let fetching = tokio::spawn(async move { keys.fetch_for(&wanted, Instant::now()).await });
        fetching.await.ok()?;
        match self.find(header) {
            Found::Key(key) => Some(key),
            Found::Unknown | Found::Unfit => None,
        }
    }

    /// Fetches the keys; `false` where it fails, and those from before stay.
    pub(super) async fn refresh(&self) -> bool {
        let mut tried_at = self.tried_at.lock().await;
        let is_done = self.fetch().await;
        *tried_at = Some(Instant::now());
        is_done
    }

    /// Fetches the keys for a token that came at that moment; unless its key has come meanwhile without it, which is not
    /// counted against the next one.
    async fn fetch_for(&self, header: &TokenHeader, came_at: Instant) {
        let mut tried_at = self.tried_at.lock().await;
        let has_come = tried_at.is_some_and(|at| at >= came_at) && !matches!(self.find(header), Found::Unknown);
        if has_come {
            *self.asked_at.lock().unwrap_or_else(PoisonError::into_inner) = None;
        } else {
            self.fetch().await;
            *tried_at = Some(Instant::now());
        }
    }

    async fn fetch(&self) -> bool {
        match self.fetcher.keys().await {
            Ok(keys) => {
                let is_back = self.is_failing.swap(false, Ordering::Relaxed);
                if keys.is_empty() {
                    tracing::warn!("the issuer of single sign-on has no key that tokens can be verified by");
                } else if is_back {
                    tracing::info!("the issuer of single sign-on answers again");
                }
                let keys = Arc::new(keys.into_iter().map(Arc::new).collect());
                *self.known.write().unwrap_or_else(PoisonError::into_inner) = keys;
                true
            }
            Err(error) => {
                // Once, and not every minute as long as the issuer is away.
                if !self.is_failing.swap(true, Ordering::Relaxed) {
                    tracing::warn!(%error, "the keys of single sign-on cannot be fetched; those from before stay, and it is tried again");
                }
                false
            }
        }
    }

    fn find(&self, header: &TokenHeader) -> Found {
        let known = Arc::clone(&*self.known.read().unwrap_or_else(PoisonError::into_inner));
        let mut named = known
            .iter()
            .filter(|key| header.kid.is_none() || key.kid == header.kid)
            .peekable();
        if named.peek().is_none() {
            return Found::Unknown;
        }
        let mut fitting = named.filter(|key| key.algorithms.contains(&header.algorithm));
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Found::Key(Arc::clone(key)),
            _ => Found::Unfit,
        }
    }

    /// Whether it is time to fetch them for a token; it is then not, for a minute.
    fn is_due(&self) -> bool {
        let mut asked_at = self.asked_at.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = asked_at.is_none_or(|at| at.elapsed() >= SOONEST);
        if is_due {
            *asked_at = Some(Instant::now());
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn algorithms(jwk: Value) -> Option<Vec<Algorithm>> {
        IssuerKey::read(jwk).map(|key| key.algorithms)
    }

    #[test]
    fn a_key_signs_as_its_type_does_and_as_it_says() {
        let rsa = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "1"});
        assert_eq!(algorithms(rsa.clone()).map(|all| all.len()), Some(6));
        let with = |name: &str, value: Value| {
            let mut jwk = rsa.clone();
            jwk[name] = value;
            algorithms(jwk)
        };
        assert_eq!(with("alg", json!("PS256")), Some(vec![Algorithm::PS256]));
        assert_eq!(with("use", json!("sig")).map(|all| all.len()), Some(6));
        assert_eq!(with("key_ops", json!(["verify"])).map(|all| all.len()), Some(6));
        for (name, value) in [
            ("alg", json!("HS256")),
            ("alg", json!("ES256")),
            ("alg", json!("RSA-OAEP")),
            ("alg", json!("none")),
            ("use", json!("enc")),
            ("key_ops", json!(["encrypt"])),
        ] {
            assert_eq!(with(name, value.clone()), None, "{name} {value}");
        }
        let p256 = json!({"kty": "EC", "crv": "P-256", "x": "AQAB", "y": "AQAB"});
        assert_eq!(algorithms(p256), Some(vec![Algorithm::ES256]));
        let ed25519 = json!({"kty": "OKP", "crv": "Ed25519", "x": "AQAB"});
        assert_eq!(algorithms(ed25519), Some(vec![Algorithm::EdDSA]));
    }

    #[test]
    fn a_secret_and_what_is_unknown_are_no_keys() {
        for jwk in [
            json!({"kty": "oct", "k": "AQAB", "alg": "HS256"}),
            json!({"kty": "oct", "k": "AQAB"}),
            json!({"kty": "EC", "crv": "P-521", "x": "AQAB", "y": "AQAB"}),
            json!({"kty": "OKP", "crv": "X25519", "x": "AQAB"}),
            json!({"kty": "new", "a": "b"}),
            json!("RSA"),
            json!(null),
        ] {
            assert_eq!(algorithms(jwk.clone()), None, "{jwk}");
        }
    }
}
