//! Access tokens: JWTs (RFC 7519) of the profile for access tokens (RFC 9068), signed by Ed25519 (RFC 8037).
//!
//! Everything is checked that is there to be checked, and all of it by what we expect and not by what a token says of
//! itself (RFC 8725). A header has three members and no other, so that none names a key or an address to get one from.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, encode, get_current_timestamp};
use newsroom_domain::{AccountId, SessionId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::key_file::SigningKey;

/// Seconds that a token is good for.
pub(super) const LIFETIME: u64 = 15 * 60;
/// Seconds by which the clocks of two hosts may differ.
pub(super) const LEEWAY: u64 = 5;

/// For whom tokens are.
const AUDIENCE: &str = "urn:newsroom:api";
/// The type of an access token (RFC 9068, section 2.1).
const TYPE: &str = "at+jwt";
/// The algorithm, as it is written.
const ALGORITHM: &str = "EdDSA";
/// The longest token, in bytes. Ours have some 600.
const LONGEST: usize = 4096;
/// The characters of a key's name: SHA-256 in base64url.
const KID: usize = 43;

/// Whose tokens are taken.
#[derive(Debug)]
pub(super) struct TokenTerms {
    issuer: String,
    validation: Validation,
}

/// What a token says.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: Uuid,
    sid: Uuid,
    iat: u64,
    nbf: u64,
    exp: u64,
    jti: Uuid,
}

/// A header that is taken: these members, and no other.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    alg: String,
    typ: String,
    kid: String,
}

/// A token that was just signed.
#[derive(Debug)]
pub(super) struct SignedToken {
    pub(super) text: String,
    /// Seconds since 1970.
    pub(super) expires_at: u64,
}

impl TokenTerms {
    pub(super) fn new(issuer: String) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&issuer]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = LEEWAY;
        Self { issuer, validation }
    }

    /// Signs a token for an account in a session.
    ///
    /// # Errors
    /// Where the key cannot be used.
    pub(super) fn sign(
        &self,
        key: &SigningKey,
        account: AccountId,
        session: SessionId,
    ) -> Result<SignedToken, jsonwebtoken::errors::Error> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(key.kid().to_owned());
        let now = get_current_timestamp();
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: AUDIENCE.to_owned(),
            sub: account.uuid(),
            sid: session.uuid(),
            iat: now,
            nbf: now,
            exp: now + LIFETIME,
            jti: Uuid::new_v4(),
        };
        let text = encode(&header, &claims, &key.encoding)?;
        Ok(SignedToken {
            text,
            expires_at: claims.exp,
        })
    }

    /// Whose a token is and in which session, by the key that its header names; `None` where anything about it is wrong.
    pub(super) fn verify(&self, token: &str, key: &DecodingKey) -> Option<(AccountId, SessionId)> {
        let claims = decode::<Claims>(token, key, &self.validation).ok()?.claims;
        let is_short_lived = claims.iat <= claims.exp && claims.exp - claims.iat <= LIFETIME;
        let is_of_now = claims.iat <= get_current_timestamp() + LEEWAY;
        (is_short_lived && is_of_now).then(|| (claims.sub.into(), claims.sid.into()))
    }
}

/// The name of the key that a token says it is signed by; `None` where its header is none of ours.
pub(super) fn key_of(token: &str) -> Option<String> {
    if token.len() > LONGEST {
        return None;
    }
    let mut parts = token.split('.');
    let (header, _, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else {
        return None;
    };
    let header: StrictHeader = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    let is_named = header.kid.len() == KID
        && header
            .kid
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    (header.alg == ALGORITHM && header.typ == TYPE && is_named).then_some(header.kid)
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::EncodingKey;
    use serde_json::{Value, json};

    use super::*;
    use crate::auth::key_file::KeyFile;

    struct Fixture {
        terms: TokenTerms,
        key: SigningKey,
        decoding: DecodingKey,
        _folder: tempfile::TempDir,
    }

    fn fixture() -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        let key = KeyFile::Own(folder.path().join("key.pem")).open().unwrap();
        Fixture {
            terms: TokenTerms::new("https://newsroom.example".to_owned()),
            decoding: DecodingKey::from_ed_components(key.public_key()).unwrap(),
            key,
            _folder: folder,
        }
    }

    impl Fixture {
        fn claims(&self) -> Value {
            let now = get_current_timestamp();
            json!({
                "iss": "https://newsroom.example", "aud": "urn:newsroom:api", "sub": Uuid::from_u128(1),
                "sid": Uuid::from_u128(2), "iat": now, "nbf": now, "exp": now + 900, "jti": Uuid::from_u128(3),
            })
        }

        fn header(&self) -> Value {
            json!({"alg": "EdDSA", "typ": "at+jwt", "kid": self.key.kid()})
        }

        /// A token of any header and claims, signed by the key, whatever the header says.
        fn token(&self, header: &Value, claims: &Value) -> String {
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let message = format!("{}.{}", part(header), part(claims));
            let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &self.key.encoding, Algorithm::EdDSA);
            format!("{message}.{}", signature.unwrap())
        }

        fn takes(&self, token: &str) -> bool {
            key_of(token).is_some_and(|kid| kid == self.key.kid()) && self.terms.verify(token, &self.decoding).is_some()
        }
    }

    #[test]
    fn a_token_says_whose_it_is() {
        let fixture = fixture();
        let (account, session) = (Uuid::from_u128(1).into(), Uuid::from_u128(2).into());
        let signed = fixture.terms.sign(&fixture.key, account, session).unwrap();
        assert_eq!(key_of(&signed.text).as_deref(), Some(fixture.key.kid()));
        assert_eq!(
            fixture.terms.verify(&signed.text, &fixture.decoding),
            Some((account, session))
        );
        assert!(fixture.takes(&fixture.token(&fixture.header(), &fixture.claims())));
    }

    #[test]
    fn a_header_that_says_anything_else_is_refused() {
        let fixture = fixture();
        let changes = [
            ("alg", json!("none")),
            ("alg", json!("HS256")),
            ("alg", json!("eddsa")),
            ("alg", json!(null)),
            ("typ", json!("JWT")),
            ("typ", json!(null)),
            ("kid", json!("../../etc/passwd")),
            ("kid", json!("x".repeat(3000))),
            ("kid", json!(7)),
            (
                "jwk",
                json!({"kty": "OKP", "crv": "Ed25519", "x": fixture.key.public_key()}),
            ),
            ("jku", json!("http://127.0.0.1:1/jwks.json")),
            ("x5u", json!("http://127.0.0.1:1/cert.pem")),
            ("x5c", json!(["AAAA"])),
            ("crit", json!(["exp"])),
            ("crit", json!(null)),
        ];
        for (name, value) in changes {
            let mut header = fixture.header();
            header[name] = value;
            assert!(!fixture.takes(&fixture.token(&header, &fixture.claims())), "{header}");
        }
        for name in ["alg", "typ", "kid"] {
            let mut header = fixture.header();
            header.as_object_mut().unwrap().remove(name);
            assert!(!fixture.takes(&fixture.token(&header, &fixture.claims())), "{header}");
        }
    }

    #[test]
    fn claims_that_are_wrong_or_of_another_type_are_refused() {
        let fixture = fixture();
        let now = get_current_timestamp();
        let changes = [
            ("iss", json!("https://elsewhere.example")),
            ("iss", json!(["https://newsroom.example"])),
            ("iss", json!(7)),
            ("aud", json!("urn:other")),
            ("aud", json!(["urn:newsroom:api"])),
            ("aud", json!(null)),
            ("sub", json!("somebody")),
            ("sub", json!(1)),
            ("sid", json!(null)),
            ("exp", json!(now - 10)),
            ("exp", json!((now + 60).to_string())),
            ("exp", json!(u32::try_from(now).unwrap() as f64 + 60.5)),
            ("exp", json!(null)),
            ("exp", json!(-1)),
            ("exp", json!(u64::MAX)),
            ("exp", json!(now + 1000)),
            ("nbf", json!(now + 60)),
            ("nbf", json!(now.to_string())),
            ("nbf", json!(f64::from(u32::try_from(now).unwrap()))),
            ("nbf", json!(null)),
            ("iat", json!(now + 60)),
            ("iat", json!(null)),
        ];
        for (name, value) in changes {
            let mut claims = fixture.claims();
            claims[name] = value;
            assert!(!fixture.takes(&fixture.token(&fixture.header(), &claims)), "{claims}");
        }
        for name in ["iss", "aud", "sub", "sid", "exp", "nbf", "iat", "jti"] {
            let mut claims = fixture.claims();
            claims.as_object_mut().unwrap().remove(name);
            assert!(
                !fixture.takes(&fixture.token(&fixture.header(), &claims)),
                "without {name}"
            );
        }
    }

    #[test]
    fn a_signature_by_anything_else_is_refused() {
        let (fixture, other) = (fixture(), self::fixture());
        let good = fixture.token(&fixture.header(), &fixture.claims());
        let (message, signature) = good.rsplit_once('.').unwrap();
        let by_another = other.token(&fixture.header(), &fixture.claims());
        let secret = EncodingKey::from_secret(&URL_SAFE_NO_PAD.decode(fixture.key.public_key()).unwrap());
        let by_public_key = jsonwebtoken::crypto::sign(message.as_bytes(), &secret, Algorithm::HS256).unwrap();
        let changed = format!(
            "{message}.{}{}",
            if signature.starts_with('A') { "B" } else { "A" },
            &signature[1..]
        );
        let cases = [
            by_another,
            format!("{message}.{by_public_key}"),
            changed,
            format!("{message}."),
            message.to_owned(),
            format!("{good}.x"),
            format!("{good}{}", "A".repeat(4096)),
        ];
        for token in cases {
            assert!(!fixture.takes(&token), "{token}");
        }
    }
}
