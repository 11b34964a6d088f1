//! The shapes of changes and releases as followers get them.

use newsroom_domain::{
    change::Subject,
    exchange::{ReleaseLine, TaxonomySnapshot, canonical_digest},
    release::PublicFace,
    taxonomy::{ContentType, Office, Taxonomy, Theme},
};
use newsroom_persistence::{Moment, ReportedChange, ReportedRelease};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::ApiError;

/// A release as a line of the exchange format, with its digest.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DigestedLine {
    /// The line, byte for byte as an export writes it: docs/importing.md says what it has.
    #[schema(value_type = Object)]
    pub(crate) line: Box<RawValue>,
    /// `sha-256:` and the SHA-256 of the line's canonical form (RFC 8785).
    pub(crate) digest: String,
}

impl DigestedLine {
    /// The line of what readers have; none where they have nothing.
    ///
    /// # Errors
    /// `INTERNAL` where it cannot be written.
    pub(crate) fn of(face: &PublicFace, taxonomy: &Taxonomy) -> Result<Option<Self>, ApiError> {
        let Some(line) = ReleaseLine::of_public_face(face, taxonomy) else {
            return Ok(None);
        };
        let value = serde_json::to_value(&line).map_err(|_| ApiError::internal())?;
        let line = line.to_json().and_then(RawValue::from_string);
        Ok(Some(Self {
            line: line.map_err(|_| ApiError::internal())?,
            digest: canonical_digest(&value),
        }))
    }

    /// How long the line is.
    pub(super) fn bytes(&self) -> usize {
        self.line.get().len()
    }
}

/// What a change is about.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SubjectBody {
    /// `release`, `office`, `theme` or `type`.
    #[schema(value_type = String)]
    kind: &'static str,
    /// Its identity.
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
}

impl From<Subject> for SubjectBody {
    fn from(subject: Subject) -> Self {
        Self {
            kind: subject.kind(),
            id: subject.uuid(),
        }
    }
}

/// An office, theme or content type as it is now.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(crate) enum EntryBody {
    Office(Office),
    Theme(Theme),
    ContentType(ContentType),
}

impl EntryBody {
    fn of(subject: Subject, taxonomy: &Taxonomy) -> Option<Self> {
        match subject {
            Subject::Release(_) => None,
            Subject::Office(id) => taxonomy.office(id).cloned().map(Self::Office),
            Subject::Theme(id) => taxonomy.themes().get(id).cloned().map(Self::Theme),
            Subject::ContentType(id) => taxonomy.content_type(id).cloned().map(Self::ContentType),
        }
    }
}

/// A change.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChangeBody {
    /// Where it is in the log: what to go on from.
    pub(crate) cursor: String,
    /// Its number: each change has the next one, without gaps.
    sequence: i64,
    /// When it happened, in UTC.
    #[schema(format = DateTime)]
    at: String,
    /// What happened: `published`, `translation-published`, `updated`, `corrected`, `translation-taken-down`,
    /// `translation-reinstated`, `slug-changed`, `withdrawn`, `removed`, `reinstated`, `reclassified`; of an office, theme or content type
    /// `created`, `updated`, `merged`, `deleted`.
    #[schema(value_type = String)]
    kind: &'static str,
    /// The locale of the translation that it is about, where it is about one alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<String>,
    /// `desk` or `import`.
    #[schema(value_type = String)]
    origin: &'static str,
    /// Whether webhooks and subscribers are told.
    announced: bool,
    /// What it is about.
    subject: SubjectBody,
    /// What an office, theme or content type was merged into.
    #[serde(skip_serializing_if = "Option::is_none")]
    into: Option<SubjectBody>,
    /// Whether the subject is gone from what is followed: a copy of it is to be deleted.
    gone: bool,
    /// Whether the filter means more from here on: a new snapshot is to be taken.
    #[serde(skip_serializing_if = "is_false")]
    filter_widened: bool,
    /// The release as it is now, or what is left of it: a line, byte for byte as an export writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    line: Option<Box<RawValue>>,
    /// `sha-256:` and the SHA-256 of the line's canonical form (RFC 8785).
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    /// The office, theme or content type as it is now; left out where it is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    entry: Option<EntryBody>,
}

impl ChangeBody {
    /// A change as it is reported.
    ///
    /// # Errors
    /// `INTERNAL` where a line cannot be written.
    pub(crate) fn of(reported: &ReportedChange) -> Result<Self, ApiError> {
        let ReportedChange { event, release, widens } = reported;
        let (logged, taxonomy) = (&event.logged, &event.taxonomy);
        let change = &logged.change;
        let entry = EntryBody::of(change.subject, taxonomy);
        let (gone, release) = match release {
            None => (entry.is_none(), None),
            Some(ReportedRelease::Here(face)) => (false, DigestedLine::of(face, taxonomy)?),
            // What is left of it says why; what it is elsewhere does not concern who follows something else.
            Some(ReportedRelease::Gone(face)) => match **face {
                PublicFace::Tombstone(_) => (true, DigestedLine::of(face, taxonomy)?),
                PublicFace::Live(_) | PublicFace::Nothing => (true, None),
            },
        };
        let (line, digest) = release.map(|DigestedLine { line, digest }| (line, digest)).unzip();
        Ok(Self {
            cursor: logged.cursor.to_string(),
            sequence: logged.cursor.sequence,
            at: change.at.to_string(),
            kind: change.kind.as_str(),
            locale: change.kind.locale().map(ToString::to_string),
            origin: change.origin.as_str(),
            announced: logged.announced,
            subject: change.subject.into(),
            into: change.kind.merged_into().map(Into::into),
            gone,
            filter_widened: *widens,
            line,
            digest,
            entry,
        })
    }

    /// How long its line is.
    pub(super) fn bytes(&self) -> usize {
        self.line.as_ref().map_or(0, |line| line.get().len())
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// The newsroom's taxonomy, for who has it at another revision.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TaxonomyBody {
    /// Rises with every change of the taxonomy.
    taxonomy_revision: i64,
    /// Left out where it is at the revision that the follower knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    taxonomy: Option<TaxonomySnapshot>,
}

impl TaxonomyBody {
    /// The taxonomy of a moment, for a follower that asked for it unless it is at that revision.
    pub(crate) fn of(moment: &Moment, known: Option<i64>) -> Self {
        let taxonomy_revision = moment.taxonomy_revision();
        let is_wanted = known.is_some_and(|known| known != taxonomy_revision);
        Self {
            taxonomy_revision,
            taxonomy: is_wanted.then(|| TaxonomySnapshot::of(moment.taxonomy())),
        }
    }

    /// The parameter by which whoever asked for it is not given it again.
    pub(crate) fn known(&self, asked: Option<i64>) -> Option<(&'static str, String)> {
        asked.map(|_| ("knownTaxonomy", self.taxonomy_revision.to_string()))
    }
}
