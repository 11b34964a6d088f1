//! What lists, facets and search go by of a release that readers have.

use crate::change::Facets;
use crate::{Day, Instant, Locale, ReleaseId};

/// What of a live release it is found by, beside its texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindableRelease {
    /// Its identity.
    pub id: ReleaseId,
    /// When it counts as published. Lists are ordered by this and, of two at one instant, by identity.
    pub published_at: Instant,
    /// The day of that in the newsroom's time zone.
    pub publishing_date: Day,
    /// Its offices, its themes and all above them, its content type, and the locales that it can be read in.
    pub facets: Facets,
    /// The locale of its original, which is among those that it can be read in.
    pub original_locale: Locale,
    /// When a text of it was last corrected with a public note, or went live, whichever is later.
    pub updated_at: Instant,
}

/// A text that words are looked for in. All of it is plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindableText {
    /// The release that it is of.
    pub release: ReleaseId,
    /// Its locale.
    pub locale: Locale,
    /// The title.
    pub title: String,
    /// The lead.
    pub lead: String,
    /// The body; empty where there is none.
    pub body: String,
}
