//! Sending webhooks: one delivery at a time, to one endpoint, by the rules of Standard Webhooks.

mod guard;
mod payload;
mod signature;

use std::error::Error as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use aws_lc_rs::rand;
use newsroom_domain::release_url::ReleaseUrl;
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_domain::webhook::Reach;
use newsroom_persistence::{Answered, DueDelivery};
use reqwest::header::{CONTENT_TYPE, USER_AGENT};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use url::Url;

use self::guard::{Guard, NotPublic};
use self::payload::Links;
use crate::retry_after::retry_after;

/// How long one attempt may take in all.
const WHOLE: Duration = Duration::from_secs(15);
/// How long connecting may take of that.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a connection is kept for the next delivery.
const IDLE: Duration = Duration::from_secs(30);
/// Bytes of an answer that are read, and kept in the log.
const ANSWER: usize = 4 * 1024;

/// Sends deliveries.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    client: Client,
    reach: Arc<Reach>,
    links: Arc<Links>,
}

/// What an endpoint answered.
struct Heard {
    status: u16,
    answer: String,
    retry_after: Option<u64>,
}

impl Sender {
    /// A sender that goes where it may, and names releases by these addresses.
    ///
    /// # Errors
    /// Where TLS cannot be had.
    pub(crate) fn new(reach: Reach, public_url: &Url, release_url: Option<ReleaseUrl>) -> Result<Self> {
        let reach = Arc::new(reach);
        let client = Client::builder()
            .https_only(!reach.allows_http)
            .redirect(Policy::none())
            // A proxy would look names up where nobody sees what they resolve to.
            .no_proxy()
            .dns_resolver(Arc::new(Guard::new(Arc::clone(&reach))))
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .pool_idle_timeout(IDLE)
            .build()
            .context("webhooks cannot be sent")?;
        Ok(Self {
            client,
            reach,
            links: Arc::new(Links::new(public_url, release_url)),
        })
    }

    /// Sends a delivery, and answers what came of it.
    pub(crate) async fn send(&self, taxonomy: &Taxonomy, delivery: DueDelivery) -> Answered {
        let body = payload::body(&delivery, taxonomy, &self.links);
        let id = delivery.id.to_string();
        let timestamp = (delivery.taken_at.micros() / 1_000_000).to_string();
        let signatures = delivery
            .secrets
            .iter()
            .filter_map(|secret| signature::sign(secret, &id, &timestamp, &body));
        let headers = vec![
            (CONTENT_TYPE.to_string(), "application/json".to_owned()),
            (
                USER_AGENT.to_string(),
                format!("newsroom/{}", env!("CARGO_PKG_VERSION")),
            ),
            ("webhook-id".to_owned(), id.clone()),
            ("webhook-timestamp".to_owned(), timestamp.clone()),
            ("webhook-signature".to_owned(), signatures.collect::<Vec<_>>().join(" ")),
        ];
        let began = Instant::now();
        let (heard, error) = match self.exchange(&delivery.url, &headers, &body).await {
            Ok(heard) => (Some(heard), None),
            Err(error) => (None, Some(error)),
        };
        let (status, answer, retry_after) = match heard {
            Some(heard) => (Some(heard.status), Some(heard.answer), heard.retry_after),
            None => (None, None, None),
        };
        Answered {
            delivery,
            headers,
            body,
            millis: i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX),
            status,
            answer,
            error,
            retry_after,
            random: random(),
        }
    }

    /// Sends one request. Why there was no answer is told in words for whoever keeps the endpoint.
    async fn exchange(&self, url: &str, headers: &[(String, String)], body: &str) -> Result<Heard, String> {
        let url = Url::parse(url).map_err(|error| format!("its URL cannot be read: {error}"))?;
        // The resolver is not asked for a host that is an address.
        if !url.host().is_some_and(|host| self.reach.permits_host(&host)) {
            return Err(NotPublic.to_string());
        }
        let mut request = self.client.post(url).body(body.to_owned());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let response = request.send().await.map_err(|error| said(&error))?;
        Ok(Heard {
            status: response.status().as_u16(),
            retry_after: retry_after(response.headers()).map(|wait| wait.as_secs()),
            answer: beginning(response).await,
        })
    }
}

/// The beginning of what was answered. What breaks off has told its status already.
async fn beginning(mut response: Response) -> String {
    let mut read = Vec::new();
    while read.len() < ANSWER {
        match response.chunk().await {
            Ok(Some(chunk)) => read.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    read.truncate(ANSWER);
    // PostgreSQL keeps no text with such a character.
    String::from_utf8_lossy(&read).replace('\0', "\u{fffd}")
}

/// Why there was no answer.
fn said(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    let mut deepest = None;
    while let Some(error) = cause {
        if error.is::<NotPublic>() {
            return NotPublic.to_string();
        }
        deepest = Some(error.to_string());
        cause = error.source();
    }
    if error.is_timeout() {
        return format!("no answer within {} seconds", WHOLE.as_secs());
    }
    let what = if error.is_connect() {
        "no connection"
    } else {
        "no answer"
    };
    deepest.map_or_else(|| what.to_owned(), |cause| format!("{what}: {cause}"))
}

/// Any number: where the system has none to give, what failed together comes back together.
fn random() -> u32 {
    let mut bytes = [0; 4];
    match rand::fill(&mut bytes) {
        Ok(()) => u32::from_ne_bytes(bytes),
        Err(_) => 0,
    }
}
