//! The exchange format: a release as a line of JSON, and the taxonomy as one JSON document.
//!
//! In a [`ReleaseLine`], a key that is missing says nothing (when imported again, it leaves what is there), and a
//! key that is `null` says that there is none. Unknown keys are refused by name.

mod digest;
mod reading;
mod snapshot;
mod taxonomy;
mod writing;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_path_to_error::Segment;
use sha2::{Digest, Sha256};

pub use digest::canonical_digest;
pub use snapshot::TaxonomySnapshot;
pub use taxonomy::{OfficeEntry, TaxonomyFile, ThemeEntry, TypeEntry};
pub use writing::ExportScope;

use crate::fault::FieldFault;
use crate::release::{Attachment, Body, ChangeNote, ReleaseState, Removal, Withdrawal};
use crate::text::{Lead, Title};
use crate::{Day, Instant, Locale, ReleaseId, Slug, TranslationId, locale};

/// The most characters of a `sourceId`.
const LONGEST_SOURCE_ID: usize = 500;

/// A release as a line of the exchange format.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReleaseLine {
    /// The caller's own key for the release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<String>,
    /// The release's identity here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ReleaseId>,
    /// Where it is in its life.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<ReleaseState>,
    /// Its address; made from the title where a new release has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<Slug>,
    /// Its former addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirects: Option<Vec<Slug>>,
    /// When it counts as published.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub published_at: Option<Option<Instant>>,
    /// The day of that, in place of `publishedAt`: its first instant is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publishing_date: Option<Day>,
    /// Its content type.
    #[serde(
        rename = "type",
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub content_type: Option<Option<Slug>>,
    /// Its offices, in order.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Option::is_none")]
    pub offices: Option<Vec<Slug>>,
    /// Its themes, in order.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Option::is_none")]
    pub themes: Option<Vec<Slug>>,
    /// The locale of its original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_locale: Option<Locale>,
    /// What is attached to it.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<Attachment>>,
    /// Its withdrawal, with the state `withdrawn` (or beneath a removal).
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub withdrawal: Option<Option<Withdrawal>>,
    /// Its removal, with the state `removed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removal: Option<Removal>,
    /// Its texts, by locale.
    #[serde(default, deserialize_with = "texts", skip_serializing_if = "Option::is_none")]
    pub translations: Option<BTreeMap<Locale, TranslationLine>>,
}

/// A text of a release.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TranslationLine {
    /// The translation's identity here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<TranslationId>,
    /// Whether readers have it; where missing, as the release's state says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<TranslationState>,
    /// When it first went live; where missing, when the release was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<Instant>,
    /// When it was last corrected; where missing, when it went live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Instant>,
    /// Since when it is taken down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_down_at: Option<Instant>,
    /// The title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Title>,
    /// The lead.
    #[serde(default, deserialize_with = "or_no_lead", skip_serializing_if = "Option::is_none")]
    pub lead: Option<Lead>,
    /// The body.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub body: Option<Option<Body>>,
    /// The public notes on its corrections.
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Option::is_none")]
    pub change_notes: Option<Vec<ChangeNote>>,
    /// What the desk works on, beside what is live.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub draft: Option<Option<DraftLine>>,
}

/// Where a text is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TranslationState {
    /// It has never been published.
    Draft,
    /// It has been published.
    Live,
    /// It was published and is taken down.
    TakenDown,
}

/// A draft of what is live: the whole text and, of an original, all that translations share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DraftLine {
    /// The title.
    pub title: Title,
    /// The lead.
    #[serde(default = "no_lead")]
    pub lead: Lead,
    /// The body.
    #[serde(default)]
    pub body: Option<Body>,
    /// What translations share: in an original's draft, and in no other's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<SharedLine>,
}

/// What all translations share, in an original's draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SharedLine {
    /// The address that it will have.
    pub slug: Slug,
    /// When it will count as published.
    #[serde(default)]
    pub published_at: Option<Instant>,
    /// Its content type.
    #[serde(rename = "type", default)]
    pub content_type: Option<Slug>,
    /// Its offices, in order.
    #[serde(default)]
    pub offices: Vec<Slug>,
    /// Its themes, in order.
    #[serde(default)]
    pub themes: Vec<Slug>,
    /// What is attached to it.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
}

/// A lead where none is given.
#[expect(clippy::expect_used, reason = "a lead may be empty, which its own test says")]
fn no_lead() -> Lead {
    Lead::new("").expect("a lead may be empty")
}

/// Tells a key that is `null` from one that is missing.
#[expect(clippy::option_option, reason = "missing, null and given are three things")]
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}

/// A list, of which `null` says that it is empty.
fn or_none<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<T>>, D::Error> {
    Option::<Vec<T>>::deserialize(from).map(|list| Some(list.unwrap_or_default()))
}

fn or_no_lead<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Lead>, D::Error> {
    Option::<Lead>::deserialize(from).map(|lead| Some(lead.unwrap_or_else(no_lead)))
}

fn texts<'de, D: Deserializer<'de>>(from: D) -> Result<Option<BTreeMap<Locale, TranslationLine>>, D::Error> {
    locale::each_once(from).map(Some)
}

impl ReleaseLine {
    /// Reads a line.
    ///
    /// # Errors
    /// The first fault, with its path: no JSON, an unknown key, a value that is none of its kind.
    pub fn parse(json: &str) -> Result<Self, FieldFault> {
        // An array would be taken too, its elements for the keys in their order.
        if !json.trim_start().starts_with('{') {
            return Err(FieldFault::new("", "MALFORMED", "a line is a JSON object: {…}"));
        }
        let mut reader = serde_json::Deserializer::from_str(json);
        let line: Self = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let message = without_place(&error.inner().to_string());
            FieldFault::new(dotted(error.path()), "MALFORMED", message)
        })?;
        reader
            .end()
            .map_err(|_| FieldFault::new("", "MALFORMED", "there is more on the line than one JSON object"))?;
        match &line.source_id {
            Some(key)
                if key.is_empty() || key.chars().count() > LONGEST_SOURCE_ID || key.chars().any(char::is_control) =>
            {
                Err(FieldFault::new(
                    "sourceId",
                    "MALFORMED",
                    format!("a sourceId has 1 to {LONGEST_SOURCE_ID} characters, none of them a control character"),
                ))
            }
            None if line.id.is_none() => Err(FieldFault::new(
                "",
                "NO_IDENTITY",
                "give the release a sourceId (your own key for it), its id, or both",
            )),
            _ => Ok(line),
        }
    }

    /// The line as JSON, without a line end. The same release gives the same bytes.
    ///
    /// # Errors
    /// None that JSON text can have; what `serde_json` would say is passed on.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// A hash of what the line says, by which an unchanged one is known when it comes again.
    ///
    /// # Errors
    /// As [`ReleaseLine::to_json`].
    pub fn content_hash(&self) -> Result<String, serde_json::Error> {
        Ok(crate::audit::hex(&Sha256::digest(self.to_json()?)))
    }

    /// All slugs of offices that it names.
    pub fn office_slugs(&self) -> impl Iterator<Item = &Slug> {
        self.offices
            .iter()
            .flatten()
            .chain(self.drafts().flat_map(|shared| &shared.offices))
    }

    /// All slugs of themes that it names.
    pub fn theme_slugs(&self) -> impl Iterator<Item = &Slug> {
        self.themes
            .iter()
            .flatten()
            .chain(self.drafts().flat_map(|shared| &shared.themes))
    }

    /// All slugs of content types that it names.
    pub fn type_slugs(&self) -> impl Iterator<Item = &Slug> {
        self.content_type
            .iter()
            .flatten()
            .chain(self.drafts().filter_map(|shared| shared.content_type.as_ref()))
    }

    /// All slugs that it asks for: its address, its redirects, and the address of a draft.
    pub fn slugs(&self) -> impl Iterator<Item = &Slug> {
        self.slug
            .iter()
            .chain(self.redirects.iter().flatten())
            .chain(self.drafts().map(|shared| &shared.slug))
    }

    /// The title of the original, where the line says it.
    #[must_use]
    pub fn original_title(&self) -> Option<&Title> {
        let texts = self.translations.as_ref()?;
        let original = match &self.original_locale {
            Some(locale) => texts.get(locale)?,
            None => texts.values().next()?,
        };
        original.title.as_ref()
    }

    fn drafts(&self) -> impl Iterator<Item = &SharedLine> {
        self.translations
            .iter()
            .flat_map(BTreeMap::values)
            .filter_map(|text| text.draft.as_ref()?.as_ref()?.shared.as_ref())
    }
}

/// The path in the form that all faults have: `offices.0`.
fn dotted(path: &serde_path_to_error::Path) -> String {
    let segments = path.iter().filter_map(|segment| match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { variant } => Some(variant.clone()),
        Segment::Unknown => None,
    });
    segments.collect::<Vec<_>>().join(".")
}

/// `serde_json` says at which line and column; the reader of a line knows the line, and the path says the rest.
fn without_place(message: &str) -> String {
    message
        .rsplit_once(" at line ")
        .map_or(message, |(before, _)| before)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_named_with_its_path() {
        let said = |json| ReleaseLine::parse(json).unwrap_err().to_string();
        insta::assert_snapshot!(
            [
                said("{"),
                said("[]"),
                said(r#"{"sourceId": "a", "colour": "red"}"#),
                said(r#"{"state": "live"}"#),
                said(r#"{"sourceId": "a", "translations": {"en": {"title": "a\u0000b"}}}"#),
                said(r#"{"sourceId": "a", "translations": {"en": {"body": {"format": "RTF", "text": ""}}}}"#),
                said(r#"{"sourceId": "a", "offices": ["No Slug"]}"#),
                said(r#"{"sourceId": "a", "publishedAt": "yesterday"}"#),
                said(r#"{"sourceId": "a", "attachments": [{"url": "ftp://a.example/b", "title": "b"}]}"#),
                said(r#"{"sourceId": "a"} {}"#),
            ]
            .join("\n")
        );
    }

    #[test]
    fn a_key_that_is_null_is_told_from_one_that_is_missing() {
        assert_eq!(
            ReleaseLine::parse(r#"{"sourceId": "a", "type": null}"#)
                .unwrap()
                .content_type,
            Some(None)
        );
        assert_eq!(ReleaseLine::parse(r#"{"sourceId": "a"}"#).unwrap().content_type, None);
    }
}
