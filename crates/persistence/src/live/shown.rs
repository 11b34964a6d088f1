//! What readers are shown, loaded no further than they asked.

use newsroom_domain::release::{Attachment, BodyFormat, ChangeNote, Removal, Withdrawal};
use newsroom_domain::{ContentTypeId, Day, Instant, Locale, OfficeId, ReleaseId, Slug, ThemeId, TranslationId};

/// What of releases is asked for; the rest is not loaded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wants {
    /// Bodies.
    pub bodies: bool,
    /// All translations, beside the one that is shown.
    pub translations: bool,
}

/// A release as a reader is shown it.
#[derive(Debug, Clone)]
pub struct ShownRelease {
    /// Its identity.
    pub id: ReleaseId,
    /// Its address.
    pub slug: Slug,
    /// When it counts as published.
    pub published_at: Instant,
    /// The day of that in the newsroom's time zone.
    pub publishing_date: Day,
    /// Its content type.
    pub content_type: Option<ContentTypeId>,
    /// Its offices, in order.
    pub offices: Vec<OfficeId>,
    /// Its themes, in order.
    pub themes: Vec<ThemeId>,
    /// What is attached to it.
    pub attachments: Vec<Attachment>,
    /// Set while it is withdrawn.
    pub withdrawal: Option<Withdrawal>,
    /// The locale of its original.
    pub original_locale: Locale,
    /// The locales that it can be read in.
    pub available_locales: Vec<Locale>,
    /// The text that is shown: the reader's, or the original.
    pub text: ShownText,
    /// All texts by locale, where asked for.
    pub translations: Option<Vec<ShownText>>,
}

/// A text as a reader is shown it.
#[derive(Debug, Clone)]
pub struct ShownText {
    /// Its identity.
    pub id: TranslationId,
    /// Its release's address.
    pub slug: Slug,
    /// Its locale.
    pub locale: Locale,
    /// Whether it is the one that was written first.
    pub is_original: bool,
    /// The title.
    pub title: String,
    /// The lead.
    pub lead: String,
    /// When it first went live.
    pub published_at: Instant,
    /// When it was last corrected with a public note; at first, when it went live.
    pub updated_at: Instant,
    /// The public notes on its corrections, the oldest first.
    pub change_notes: Vec<ChangeNote>,
    /// The body, if it has one; the outer `None` where bodies were not asked for.
    pub body: Option<Option<ShownBody>>,
}

/// A body in every form that readers get.
#[derive(Debug, Clone)]
pub struct ShownBody {
    /// What it was written in.
    pub format: BodyFormat,
    /// What was written.
    pub source: String,
    /// The body as clean HTML.
    pub html: String,
    /// The body as plain text.
    pub text: String,
}

/// What is at a public address.
#[derive(Debug, Clone)]
pub enum Address {
    /// A release, whose address this is.
    Release(ShownRelease),
    /// A release that has moved to another address.
    Redirect {
        /// The address that was asked for.
        from: String,
        /// The release.
        release: ShownRelease,
    },
    /// What is left of a removed release.
    Tombstone {
        /// The address that was asked for.
        slug: String,
        /// The identity that it had.
        id: ReleaseId,
        /// When and why it was removed.
        removal: Removal,
    },
}
