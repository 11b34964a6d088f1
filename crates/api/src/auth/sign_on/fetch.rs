//! Asking the issuer for its keys: the discovery document, and the keys that it names. So long and so much, and no more.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{issuer::IssuerUrl, keys::IssuerKey};

/// Within which time a connection has to be there.
const CONNECT: Duration = Duration::from_secs(3);
/// Within which time an answer has to be there, whole.
const ANSWER: Duration = Duration::from_secs(5);
/// How long an answer may be, in bytes. Those of large providers have some 10,000.
const LONGEST: usize = 256 * 1024;
/// How many keys are looked at.
const MOST_KEYS: usize = 100;

/// Why the keys could not be fetched.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("{url} does not answer: {cause}")]
    NoAnswer { url: String, cause: String },
    #[error("{url} answers with {status}, and redirections are not followed")]
    Status { url: String, status: StatusCode },
    #[error("{url} answers with more than {LONGEST} bytes")]
    TooLong { url: String },
    #[error("what {url} answers cannot be read: {cause}")]
    Malformed { url: String, cause: String },
    #[error("{url} is of the issuer “{found}”, and not of the one that is set")]
    OtherIssuer { url: String, found: String },
    #[error("the issuer keeps its keys at “{0}”, which is not https")]
    Unsafe(String),
}

/// What an issuer says of itself (OpenID Connect Discovery 1.0, section 3).
#[derive(Debug, Deserialize)]
struct Discovered {
    issuer: String,
    jwks_uri: String,
}

/// A set of keys (RFC 7517, section 5), each as it came.
#[derive(Debug, Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

#[derive(Debug)]
pub(super) struct Fetcher {
    client: Client,
    issuer: IssuerUrl,
}

impl Fetcher {
    pub(super) fn new(issuer: IssuerUrl) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .user_agent("newsroom")
            .redirect(Policy::none())
            .connect_timeout(CONNECT)
            .timeout(ANSWER);
        // What is on this machine is not reached by way of another.
        let client = if issuer.is_here() {
            client.no_proxy()
        } else {
            client.https_only(true)
        };
        Ok(Self {
            client: client.build()?,
            issuer,
        })
    }

    /// The keys that the issuer signs by, as far as we can verify by them.
    pub(super) async fn keys(&self) -> Result<Vec<IssuerKey>, FetchError> {
        let url = self.issuer.discovery();
        let discovered: Discovered = self.get(&url).await?;
        // OpenID Connect Discovery 1.0, section 4.3: exactly.
        if discovered.issuer != self.issuer.as_str() {
            let found = newsroom_domain::text::excerpt(&discovered.issuer);
            return Err(FetchError::OtherIssuer { url, found });
        }
        let at = Url::parse(&discovered.jwks_uri).ok();
        let Some(at) = at.filter(|at| self.issuer.may_keep_keys_at(at)) else {
            let shown = newsroom_domain::text::excerpt(&discovered.jwks_uri);
            return Err(FetchError::Unsafe(shown));
        };
        let set: KeySet = self.get(at.as_str()).await?;
        let keys = set.keys.into_iter().take(MOST_KEYS);
        Ok(keys.filter_map(IssuerKey::read).collect())
    }

    async fn get<T: for<'de> Deserialize<'de>>(&self, url: &str) -> Result<T, FetchError> {
        let no_answer = |error: reqwest::Error| FetchError::NoAnswer {
            url: url.to_owned(),
            cause: causes(&error),
        };
        let mut response = self.client.get(url).send().await.map_err(no_answer)?;
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status {
                url: url.to_owned(),
                status: response.status(),
            });
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(no_answer)? {
            if body.len() + chunk.len() > LONGEST {
                return Err(FetchError::TooLong { url: url.to_owned() });
            }
            body.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&body).map_err(|error| FetchError::Malformed {
            url: url.to_owned(),
            cause: error.to_string(),
        })
    }
}

/// What went wrong, down to what the system said: the outermost only says that something did.
fn causes(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
