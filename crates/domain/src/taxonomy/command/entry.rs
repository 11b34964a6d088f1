//! An entry of the taxonomy, of whichever kind: what commands on all three have in common.

use std::collections::BTreeSet;

use serde::Serialize;
use uuid::Uuid;

use super::super::{ContentType, Office, Taxonomy, Theme};
use crate::change::Subject;
use crate::refusal::Refusal;
use crate::{ContentTypeId, OfficeId, Slug, ThemeId};

/// An entry of the taxonomy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Entry {
    /// An office.
    Office(Office),
    /// A theme.
    Theme(Theme),
    /// A content type.
    ContentType(ContentType),
}

/// What has an entry in use, so that it cannot be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UsedBy {
    /// An edition of a release, be it live, a draft or long past.
    Release,
    /// The scope of an account.
    Account,
    /// The scope of an API key that is not revoked.
    ApiKey,
    /// The filter of a webhook, which goes by this name: without the entry it would be told of nothing, or, written back as it is shown,
    /// of everything.
    Webhook(String),
}

impl Entry {
    /// The entry as the subject of a change.
    #[must_use]
    pub const fn subject(&self) -> Subject {
        match self {
            Self::Office(office) => Subject::Office(office.id),
            Self::Theme(theme) => Subject::Theme(theme.id),
            Self::ContentType(content_type) => Subject::ContentType(content_type.id),
        }
    }

    /// Its version.
    #[must_use]
    pub const fn version(&self) -> i64 {
        match self {
            Self::Office(office) => office.version,
            Self::Theme(theme) => theme.version,
            Self::ContentType(content_type) => content_type.version,
        }
    }

    /// Its slug.
    #[must_use]
    pub const fn slug(&self) -> &Slug {
        match self {
            Self::Office(office) => &office.slug,
            Self::Theme(theme) => &theme.slug,
            Self::ContentType(content_type) => &content_type.slug,
        }
    }

    /// The slugs that it had.
    #[must_use]
    pub const fn former_slugs(&self) -> &BTreeSet<Slug> {
        match self {
            Self::Office(office) => &office.former_slugs,
            Self::Theme(theme) => &theme.former_slugs,
            Self::ContentType(content_type) => &content_type.former_slugs,
        }
    }

    /// Why it is not deleted.
    #[must_use]
    pub fn in_use(&self, by: UsedBy) -> Refusal {
        let slug = self.slug();
        let kind = match self {
            Self::Office(_) => Office::KIND,
            Self::Theme(_) => Theme::KIND,
            Self::ContentType(_) => ContentType::KIND,
        };
        let message = match (by, self) {
            (UsedBy::Release, Self::Office(_)) => {
                format!(
                    "a release is filed under the {kind} “{slug}”, or once was: close it instead, or merge it into another"
                )
            }
            (UsedBy::Release, _) => {
                format!(
                    "a release is filed under the {kind} “{slug}”, or once was: give it other names instead, or merge it into another"
                )
            }
            (UsedBy::Account, _) => {
                format!("an account acts for the {kind} “{slug}”: take it out of the account's offices first")
            }
            (UsedBy::ApiKey, _) => format!("an API key acts for the {kind} “{slug}”: revoke the key first"),
            (UsedBy::Webhook(name), _) => {
                format!(
                    "the webhook “{name}” is told of the {kind} “{slug}”: take it out of the webhook's filter first"
                )
            }
        };
        Refusal::WrongState { state: None, message }
    }
}

impl From<Office> for Entry {
    fn from(office: Office) -> Self {
        Self::Office(office)
    }
}

impl From<Theme> for Entry {
    fn from(theme: Theme) -> Self {
        Self::Theme(theme)
    }
}

impl From<ContentType> for Entry {
    fn from(content_type: ContentType) -> Self {
        Self::ContentType(content_type)
    }
}

/// A kind of entry.
pub(super) trait Kept: Clone + PartialEq + Into<Entry> {
    type Id: Copy + PartialEq + From<Uuid>;

    /// What one is called in a sentence.
    const KIND: &'static str;
    /// The slug of one whose names cannot be written in a slug.
    const FALLBACK: &'static str;

    fn find(taxonomy: &Taxonomy, id: Self::Id) -> Option<&Self>;

    /// Who has a slug, or had it.
    fn owner(taxonomy: &Taxonomy, slug: &Slug) -> Option<Self::Id>;

    fn id(&self) -> Self::Id;

    fn version(&self) -> i64;

    /// What becomes of it when another is merged into it.
    fn joined_by(&self, gone: &Self) -> Self;

    /// Lets one pass that can be merged into that other.
    fn check_merge(&self, _into: &Self, _taxonomy: &Taxonomy) -> Result<(), Refusal> {
        Ok(())
    }

    /// The themes right under it, as they are under another.
    fn moved_under(&self, _into: &Self, _taxonomy: &Taxonomy) -> Vec<Theme> {
        Vec::new()
    }

    /// Lets one pass that no other entry rests on.
    fn check_alone(&self, _taxonomy: &Taxonomy) -> Result<(), Refusal> {
        Ok(())
    }
}

impl Kept for Office {
    type Id = OfficeId;

    const KIND: &'static str = "office";
    const FALLBACK: &'static str = "office";

    fn find(taxonomy: &Taxonomy, id: OfficeId) -> Option<&Self> {
        taxonomy.office(id)
    }

    fn owner(taxonomy: &Taxonomy, slug: &Slug) -> Option<OfficeId> {
        taxonomy.office_by_slug(slug.as_str()).map(|office| office.id)
    }

    fn id(&self) -> OfficeId {
        self.id
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn joined_by(&self, gone: &Self) -> Self {
        Office::joined_by(self, gone)
    }
}

impl Kept for Theme {
    type Id = ThemeId;

    const KIND: &'static str = "theme";
    const FALLBACK: &'static str = "theme";

    fn find(taxonomy: &Taxonomy, id: ThemeId) -> Option<&Self> {
        taxonomy.themes().get(id)
    }

    fn owner(taxonomy: &Taxonomy, slug: &Slug) -> Option<ThemeId> {
        taxonomy.themes().by_slug(slug.as_str()).map(|theme| theme.id)
    }

    fn id(&self) -> ThemeId {
        self.id
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn joined_by(&self, gone: &Self) -> Self {
        Theme::joined_by(self, gone)
    }

    fn check_merge(&self, into: &Self, taxonomy: &Taxonomy) -> Result<(), Refusal> {
        if taxonomy.themes().ancestors(into.id).all(|above| above.id != self.id) {
            return Ok(());
        }
        let message = format!(
            "“{}” is under “{}” itself: move it out first, or merge the two the other way round",
            into.slug, self.slug
        );
        Err(Refusal::of("into", "CYCLE", message))
    }

    fn moved_under(&self, into: &Self, taxonomy: &Taxonomy) -> Vec<Theme> {
        let children = taxonomy.themes().children(Some(self.id));
        let moved = children.map(|child| {
            let moved = Self {
                parent: Some(into.id),
                ..child.clone()
            };
            moved.after(Some(child))
        });
        moved.collect()
    }

    fn check_alone(&self, taxonomy: &Taxonomy) -> Result<(), Refusal> {
        let Some(below) = taxonomy.themes().children(Some(self.id)).next() else {
            return Ok(());
        };
        let message = format!(
            "the theme “{}” has others under it, such as “{}”: move or delete those first",
            self.slug, below.slug
        );
        Err(Refusal::WrongState { state: None, message })
    }
}

impl Kept for ContentType {
    type Id = ContentTypeId;

    const KIND: &'static str = "content type";
    const FALLBACK: &'static str = "type";

    fn find(taxonomy: &Taxonomy, id: ContentTypeId) -> Option<&Self> {
        taxonomy.content_type(id)
    }

    fn owner(taxonomy: &Taxonomy, slug: &Slug) -> Option<ContentTypeId> {
        let found = taxonomy.content_type_by_slug(slug.as_str());
        found.map(|content_type| content_type.id)
    }

    fn id(&self) -> ContentTypeId {
        self.id
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn joined_by(&self, gone: &Self) -> Self {
        ContentType::joined_by(self, gone)
    }
}
