//! Tokens of the issuer: JWTs (RFC 7519) that are for us, as access tokens (RFC 9068) or ID tokens (OpenID Connect Core 1.0).
//!
//! What is checked is what we expect, and not what a token says of itself (RFC 8725): its header says which of the issuer's
//! keys it is signed by, and how; whether that key may sign so, the key says. Whatever else a header has, such as keys and
//! addresses of keys, is not looked at.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, Validation, decode, get_current_timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::keys::IssuerKey;
use crate::auth::token::LEEWAY;

/// The longest token, in bytes. Some issuers put all groups of somebody into theirs.
const LONGEST: usize = 16 * 1024;
/// The types of tokens that say who asks (RFC 9068, section 2.1; RFC 7519, section 5.1). Others, such as those that sign
/// somebody out, are not for that.
const TYPES: [&str; 3] = ["jwt", "at+jwt", "application/at+jwt"];

/// What a token says of its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TokenHeader {
    pub(super) kid: Option<String>,
    pub(super) algorithm: Algorithm,
}

/// Which tokens are taken.
#[derive(Debug)]
pub(super) struct ExternalTerms {
    issuer: String,
    validation: Validation,
}

impl ExternalTerms {
    pub(super) fn new(issuer: &str, audience: &str) -> Self {
        let mut validation = Validation::default();
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = LEEWAY;
        Self {
            issuer: issuer.to_owned(),
            validation,
        }
    }

    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Whether a token says that it is of this issuer.
    pub(super) fn claims(&self, token: &str) -> bool {
        #[derive(Deserialize)]
        struct Issued {
            iss: String,
        }
        let payload = parts(token).and_then(|[_, payload, _]| URL_SAFE_NO_PAD.decode(payload).ok());
        let issued = payload.and_then(|payload| serde_json::from_slice::<Issued>(&payload).ok());
        issued.is_some_and(|issued| issued.iss == self.issuer)
    }

    /// The claims of a token, by the key that its header names; `None` where anything about it is wrong.
    pub(super) fn verify(&self, token: &str, header: &TokenHeader, key: &IssuerKey) -> Option<Map<String, Value>> {
        let mut validation = self.validation.clone();
        validation.algorithms = vec![header.algorithm];
        let claims = decode::<Map<String, Value>>(token, &key.decoding, &validation)
            .ok()?
            .claims;
        let now = get_current_timestamp() + LEEWAY;
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^53")]
        let is_of_now = claims
            .get("iat")
            .is_none_or(|iat| iat.as_f64().is_some_and(|iat| iat <= now as f64));
        let is_of_one = claims.get("iss").and_then(Value::as_str) == Some(&self.issuer);
        (is_of_now && is_of_one).then_some(claims)
    }
}

/// What a token says of its signature; `None` where its header is none that is taken.
pub(super) fn header_of(token: &str) -> Option<TokenHeader> {
    let [header, ..] = parts(token)?;
    let header: Map<String, Value> = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    // RFC 7515, section 4.1.11: what is critical has to be understood, and none of it is.
    if header.contains_key("crit") {
        return None;
    }
    let text = |name: &str| match header.get(name) {
        None => Some(None),
        Some(Value::String(text)) => Some(Some(text.as_str())),
        Some(_) => None,
    };
    if let Some(kind) = text("typ")? {
        let kind = kind.to_ascii_lowercase();
        TYPES.contains(&kind.as_str()).then_some(())?;
    }
    Some(TokenHeader {
        kid: text("kid")?.map(str::to_owned),
        algorithm: text("alg")??.parse().ok()?,
    })
}

/// The three parts of a token; `None` where it is too long, or none.
fn parts(token: &str) -> Option<[&str; 3]> {
    let mut parts = token.split('.');
    let three = [parts.next()?, parts.next()?, parts.next()?];
    (token.len() <= LONGEST && parts.next().is_none()).then_some(three)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn token(header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.x", part(header), part(claims))
    }

    #[test]
    fn a_header_names_a_key_and_an_algorithm_and_nothing_else_counts() {
        let read = |header: Value| header_of(&token(&header, &json!({})));
        let named = |kid: Option<&str>| {
            Some(TokenHeader {
                kid: kid.map(str::to_owned),
                algorithm: Algorithm::RS256,
            })
        };
        assert_eq!(
            read(json!({"alg": "RS256", "kid": "1", "typ": "JWT"})),
            named(Some("1"))
        );
        assert_eq!(read(json!({"alg": "RS256", "typ": "application/at+JWT"})), named(None));
        assert_eq!(
            read(json!({"alg": "RS256", "jku": "http://127.0.0.1:1", "jwk": {}})),
            named(None)
        );
        for bad in [
            json!({"alg": "none", "kid": "1"}),
            json!({"alg": "rs256", "kid": "1"}),
            json!({"alg": ["RS256"], "kid": "1"}),
            json!({"kid": "1"}),
            json!({"alg": "RS256", "kid": 1}),
            json!({"alg": "RS256", "typ": "logout+jwt"}),
            json!({"alg": "RS256", "typ": "dpop+jwt"}),
            json!({"alg": "RS256", "typ": null}),
            json!({"alg": "RS256", "crit": ["exp"]}),
            json!({"alg": "RS256", "crit": null}),
            json!([]),
        ] {
            assert_eq!(read(bad.clone()), None, "{bad}");
        }
        assert_eq!(
            header_of(&format!(
                "{}{}",
                token(&json!({"alg": "RS256"}), &json!({})),
                "x".repeat(LONGEST)
            )),
            None
        );
        assert_eq!(header_of("a.b"), None);
    }

    #[test]
    fn a_token_is_told_from_ours_by_its_issuer() {
        let terms = ExternalTerms::new("https://login.example", "newsroom");
        let claims = |claims: Value| terms.claims(&token(&json!({}), &claims));
        assert!(claims(json!({"iss": "https://login.example"})));
        for other in [
            json!({"iss": "https://login.example/"}),
            json!({"iss": ["https://login.example"]}),
            json!({"iss": null}),
            json!({}),
            json!("https://login.example"),
        ] {
            assert!(!claims(other.clone()), "{other}");
        }
    }
}
