//! The newsroom that is mirrored, as its API answers.

use std::time::Duration;

use anyhow::{Result, bail};
use newsroom_domain::change::{ChangeCursor, SnapshotCursor};
use newsroom_domain::exchange::{ReleaseLine, TaxonomySnapshot, canonical_digest};
use reqwest::{Client, StatusCode, redirect};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use url::Url;
use uuid::Uuid;

use crate::retry_after::retry_after;

/// How many releases or changes are asked for at once.
pub(super) const PAGE: u64 = 500;

/// How long the source may take to accept a connection, and for a whole answer.
const CONNECTING: Duration = Duration::from_secs(10);
const ANSWERING: Duration = Duration::from_mins(2);

/// Why a source did not answer as it should.
#[derive(Debug, thiserror::Error)]
pub(super) enum SourceError {
    /// It does not answer, or not now.
    #[error("the source does not answer: {said}")]
    Away {
        /// What it says, or whoever is between.
        said: String,
        /// When it may be asked again, where it says so.
        again_in: Option<Duration>,
    },
    /// Its change log is another than the one that the mirror has followed.
    #[error("the source's change log is another than before")]
    OtherLog,
    /// It refuses what it is asked.
    #[error("the source refuses: {0}")]
    Refused(String),
    /// It has nothing any more, or never had, of a name that the filter has.
    #[error(
        "the source does not know a name that is in the filter ({0}): where it was deleted there, what is mirrored stays as it is, and \
         cannot be kept up: name another place for a mirror without that name"
    )]
    UnknownName(String),
    /// Its days are those of another time zone than the mirror's.
    #[error(
        "the source's days are those of {theirs} now, and the mirror's of {ours}: name another place, to be mirrored anew"
    )]
    OtherTimeZone {
        /// The source's.
        theirs: String,
        /// The mirror's.
        ours: &'static str,
    },
    /// What it says makes no sense.
    #[error("what the source says cannot be read: {0}")]
    Malformed(String),
    /// A line is not what its digest says.
    #[error("a line of {0} is not what its digest says: it was changed on its way")]
    Digest(String),
}

/// The source.
#[derive(Debug)]
pub(super) struct Source {
    client: Client,
    url: Url,
    filter: String,
}

/// A page of a snapshot.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Export {
    pub(super) releases: Vec<Line>,
    #[serde(default, deserialize_with = "optional_cursor")]
    pub(super) cursor: Option<SnapshotCursor>,
    #[serde(deserialize_with = "cursor")]
    pub(super) head: ChangeCursor,
    pub(super) time_zone: String,
    pub(super) taxonomy_revision: i64,
    pub(super) taxonomy: Option<TaxonomySnapshot>,
}

/// A page of the change log.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogPage {
    pub(super) changes: Vec<Change>,
    #[serde(deserialize_with = "cursor")]
    pub(super) cursor: ChangeCursor,
    pub(super) has_more: bool,
    pub(super) taxonomy_revision: i64,
    pub(super) taxonomy: Option<TaxonomySnapshot>,
}

/// A change.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Change {
    pub(super) subject: Subject,
    pub(super) gone: bool,
    #[serde(default)]
    pub(super) filter_widened: bool,
    line: Option<Box<RawValue>>,
    digest: Option<String>,
}

/// What a change is about.
#[derive(Debug, Deserialize)]
pub(super) struct Subject {
    pub(super) kind: String,
    pub(super) id: Uuid,
}

/// A release as a line, with its digest.
#[derive(Debug, Deserialize)]
pub(super) struct Line {
    line: Box<RawValue>,
    digest: String,
}

impl Change {
    /// The release as it is now.
    pub(super) fn line(self) -> Option<Line> {
        Some(Line {
            line: self.line?,
            digest: self.digest?,
        })
    }
}

impl Line {
    /// What the line says, where it is what its digest says.
    pub(super) fn checked(self) -> Result<ReleaseLine, SourceError> {
        let malformed = |error: serde_json::Error| SourceError::Malformed(error.to_string());
        let value: serde_json::Value = serde_json::from_str(self.line.get()).map_err(malformed)?;
        if canonical_digest(&value) != self.digest {
            let id = value
                .get("id")
                .and_then(|id| id.as_str())
                .unwrap_or("a release")
                .to_owned();
            return Err(SourceError::Digest(id));
        }
        ReleaseLine::parse(self.line.get()).map_err(|fault| SourceError::Malformed(fault.to_string()))
    }
}

fn cursor<'de, D: Deserializer<'de>>(from: D) -> Result<ChangeCursor, D::Error> {
    String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
}

fn optional_cursor<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SnapshotCursor>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| text.parse().map_err(serde::de::Error::custom))
        .transpose()
}

impl Source {
    /// The newsroom whose API is at that address, and what of it.
    pub(super) fn new(url: &Url, filter: &str) -> Result<Self> {
        if !matches!(url.scheme(), "http" | "https") || url.cannot_be_a_base() {
            bail!("cannot mirror {url}: give the address of a newsroom's API, such as https://news.example.org");
        }
        let client = Client::builder()
            .connect_timeout(CONNECTING)
            .timeout(ANSWERING)
            .redirect(redirect::Policy::limited(5))
            .user_agent(concat!("newsroom-mirror/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            client,
            url: url.clone(),
            filter: filter.to_owned(),
        })
    }

    /// The source's address, fit to be shown.
    pub(super) fn name(&self) -> String {
        let mut url = self.url.clone();
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.to_string()
    }

    /// A page of all that its readers have.
    pub(super) async fn export(
        &self,
        after: Option<&SnapshotCursor>,
        limit: u64,
        known_taxonomy: Option<i64>,
    ) -> Result<Export, SourceError> {
        let mut parameters = vec![("limit", limit.to_string())];
        parameters.extend(after.map(|after| ("after", after.to_string())));
        parameters.extend(known_taxonomy.map(|known| ("knownTaxonomy", known.to_string())));
        self.get("v1/export", &parameters).await
    }

    /// A page of what has changed.
    pub(super) async fn changes(&self, after: &ChangeCursor, known_taxonomy: i64) -> Result<LogPage, SourceError> {
        let parameters = [
            ("limit", PAGE.to_string()),
            ("after", after.to_string()),
            ("knownTaxonomy", known_taxonomy.to_string()),
        ];
        self.get("v1/changes", &parameters).await
    }

    async fn get<T: DeserializeOwned>(&self, path: &str, parameters: &[(&str, String)]) -> Result<T, SourceError> {
        let away = |error: reqwest::Error| SourceError::Away {
            said: error.without_url().to_string(),
            again_in: None,
        };
        let mut url = self.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path.split('/'));
        }
        url.set_query(Some(&self.filter));
        url.query_pairs_mut().extend_pairs(parameters);
        let answer = self.client.get(url).send().await.map_err(away)?;
        let (status, again_in) = (answer.status(), retry_after(answer.headers()));
        let body = answer.bytes().await.map_err(away)?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|error| SourceError::Malformed(error.to_string()));
        }
        let problem: Problem = serde_json::from_slice(&body).unwrap_or_default();
        let said = format!("{status} {}", problem.detail);
        Err(match status {
            _ if problem.code == "INVALID_CURSOR" => SourceError::OtherLog,
            StatusCode::TOO_MANY_REQUESTS => SourceError::Away { said, again_in },
            status if status.is_server_error() => SourceError::Away { said, again_in },
            _ => match problem.unknown_names() {
                names if names.is_empty() => SourceError::Refused(said),
                names => SourceError::UnknownName(names),
            },
        })
    }
}

/// What an answer says that is none (RFC 9457).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Problem {
    code: String,
    detail: String,
    fields: Vec<Fault>,
}

/// What is wrong with one parameter.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Fault {
    code: String,
    message: String,
}

impl Problem {
    /// What it says of names that there are not.
    fn unknown_names(&self) -> String {
        let unknown = self.fields.iter().filter(|fault| fault.code == "UNKNOWN_SLUG");
        unknown
            .map(|fault| fault.message.as_str())
            .collect::<Vec<_>>()
            .join("; ")
    }
}
