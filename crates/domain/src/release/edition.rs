//! Editions: immutable snapshots of a translation.

use serde::{Deserialize, Serialize};
use url::Url;

use super::Body;
use crate::audit::Actor;
use crate::text::{Lead, Title};
use crate::{ContentTypeId, EditionId, Instant, OfficeId, Slug, ThemeId};

/// The most offices, and the most themes, that a release is filed under.
pub const MOST_FILED: usize = 50;
/// The most translations of a release.
pub const MOST_TRANSLATIONS: usize = 100;
/// The most attachments of a release.
pub const MOST_ATTACHMENTS: usize = 100;
/// The most bytes of an attachment: every JSON reader keeps whole numbers up to this exact (RFC 8259, section 6).
pub const LONGEST_ATTACHMENT: i64 = (1 << 53) - 1;

/// One snapshot of a translation, as it was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition {
    /// Its identity.
    pub id: EditionId,
    /// Which of its translation's editions it is, from 1.
    pub number: i64,
    /// When it was saved.
    pub saved_at: Instant,
    /// Who saved it.
    pub saved_by: Actor,
    /// The text.
    pub text: Text,
    /// What all translations share: in the original's editions, and in no other's.
    pub shared: Option<Shared>,
}

/// A text in one locale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The title.
    pub title: Title,
    /// The lead, the opening paragraph.
    pub lead: Lead,
    /// The body; items that came from a listing have none.
    pub body: Option<Body>,
}

/// What all translations of a release share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shared {
    /// The last part of its address.
    pub slug: Slug,
    /// When it counts as published. A draft may have none yet.
    pub published_at: Option<Instant>,
    /// Its content type.
    pub content_type: Option<ContentTypeId>,
    /// Its offices, in order, each once.
    pub offices: Vec<OfficeId>,
    /// Its themes, in order, each once.
    pub themes: Vec<ThemeId>,
    /// What is attached to it.
    pub attachments: Vec<Attachment>,
}

/// A link to a document that belongs to a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attachment {
    /// Where it is: an absolute http or https address.
    #[serde(deserialize_with = "web_address")]
    pub url: Url,
    /// Its media type (RFC 6838), where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Its length in bytes, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<i64>,
    /// What it is called.
    pub title: Title,
}

fn web_address<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Url, D::Error> {
    let url = Url::deserialize(from)?;
    if matches!(url.scheme(), "http" | "https") {
        Ok(url)
    } else {
        Err(serde::de::Error::custom(format!(
            "an attachment is at an http or https address, not {}:",
            url.scheme()
        )))
    }
}
