//! What releases are filed under: offices ("where we are"), themes ("what we do") and content types.
//!
//! A [`Taxonomy`] is a snapshot of all three. It is small (hundreds of entries, not millions), so that rules
//! which need it get it whole, and nobody asks for an office one at a time.

pub mod command;
mod merged;
mod names;
mod office_group;
mod theme_tree;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use merged::{Merged, MergedEntry};
pub use names::Names;
pub use office_group::OfficeGroup;
pub use theme_tree::{ThemeTree, ThemeTreeFault};

use self::merged::Aliases;
use crate::{ContentTypeId, OfficeId, Slug, ThemeId};

/// What kind of office one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OfficeKind {
    /// An institution of the organisation.
    Institution,
    /// A field operation.
    FieldOperation,
    /// A department of the secretariat.
    Secretariat,
}

impl OfficeKind {
    /// The kind's name in the database and the exchange format.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Institution => "institution",
            Self::FieldOperation => "field-operation",
            Self::Secretariat => "secretariat",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Institution, Self::FieldOperation, Self::Secretariat]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }
}

/// An office. A closed one stays, and stays filterable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Office {
    /// Its identity.
    pub id: OfficeId,
    /// Its slug, unique among offices.
    pub slug: Slug,
    /// The slugs that it had, without the one that it has. They go on leading to it, and no other of its kind can take them.
    #[serde(default, rename = "formerSlugs", skip_serializing_if = "BTreeSet::is_empty")]
    pub former_slugs: BTreeSet<Slug>,
    /// What it is called.
    pub names: Names,
    /// Whether it is closed.
    pub closed: bool,
    /// What kind of office it is, where that is known.
    pub kind: Option<OfficeKind>,
    /// Raised by every change of it; the first is 1.
    pub version: i64,
}

/// A theme. Themes are a tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Theme {
    /// Its identity.
    pub id: ThemeId,
    /// Its slug, unique among themes.
    pub slug: Slug,
    /// The slugs that it had, without the one that it has. They go on leading to it, and no other of its kind can take them.
    #[serde(default, rename = "formerSlugs", skip_serializing_if = "BTreeSet::is_empty")]
    pub former_slugs: BTreeSet<Slug>,
    /// What it is called.
    pub names: Names,
    /// The theme above it; `None` for a root.
    pub parent: Option<ThemeId>,
    /// Raised by every change of it; the first is 1.
    pub version: i64,
}

/// A content type: News, Press release, Spot report, …
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentType {
    /// Its identity.
    pub id: ContentTypeId,
    /// Its slug, unique among content types.
    pub slug: Slug,
    /// The slugs that it had, without the one that it has. They go on leading to it, and no other of its kind can take them.
    #[serde(default, rename = "formerSlugs", skip_serializing_if = "BTreeSet::is_empty")]
    pub former_slugs: BTreeSet<Slug>,
    /// What it is called.
    pub names: Names,
    /// Raised by every change of it; the first is 1.
    pub version: i64,
}

macro_rules! versioned {
    ($($entry:ident),+) => {$(
        impl $entry {
            /// This, as what becomes of `before`: new ones begin with version 1, and one that differs from what it was has
            /// the next version. It keeps all slugs that it ever had.
            #[must_use]
            pub fn after(mut self, before: Option<&Self>) -> Self {
                self.version = before.map_or(1, |before| before.version);
                if let Some(before) = before {
                    self.former_slugs.extend(before.former_slugs.iter().cloned());
                    self.former_slugs.insert(before.slug.clone());
                }
                self.former_slugs.remove(&self.slug);
                if before.is_some_and(|before| *before != self) {
                    self.version += 1;
                }
                self
            }

            /// This, as what becomes of it when another is merged into it: the slugs of that one are former ones of its own.
            #[must_use]
            pub fn joined_by(&self, gone: &Self) -> Self {
                let mut joined = self.clone();
                joined.former_slugs.extend(gone.former_slugs.iter().cloned());
                joined.former_slugs.insert(gone.slug.clone());
                joined.after(Some(self))
            }
        }
    )+};
}

versioned!(Office, Theme, ContentType);

/// Everything that releases are filed under, at one moment. Offices and content types are in the order of their slugs.
#[derive(Debug, Clone, Default)]
pub struct Taxonomy {
    offices: BTreeMap<Slug, Office>,
    office_slugs: BTreeMap<OfficeId, Slug>,
    former_office_slugs: BTreeMap<Slug, OfficeId>,
    themes: ThemeTree,
    content_types: BTreeMap<Slug, ContentType>,
    content_type_slugs: BTreeMap<ContentTypeId, Slug>,
    former_content_type_slugs: BTreeMap<Slug, ContentTypeId>,
    merged_offices: Aliases<OfficeId>,
    merged_themes: Aliases<ThemeId>,
    merged_content_types: Aliases<ContentTypeId>,
}

impl Taxonomy {
    /// The taxonomy of these offices, themes and content types.
    ///
    /// # Errors
    /// Where the themes are no tree.
    pub fn new(
        offices: Vec<Office>,
        themes: Vec<Theme>,
        content_types: Vec<ContentType>,
    ) -> Result<Self, ThemeTreeFault> {
        let mut taxonomy = Self {
            themes: ThemeTree::new(themes)?,
            ..Self::default()
        };
        for office in offices {
            taxonomy.put_office(office);
        }
        for content_type in content_types {
            taxonomy.put_content_type(content_type);
        }
        Ok(taxonomy)
    }

    /// The same with these themes in the place of those that it has.
    ///
    /// # Errors
    /// Where they are no tree.
    pub fn with_themes(&self, themes: Vec<Theme>) -> Result<Self, ThemeTreeFault> {
        Ok(Self {
            themes: ThemeTree::new(themes)?,
            ..self.clone()
        })
    }

    /// Adds an office, or puts it in the place of the one that it was.
    pub fn put_office(&mut self, office: Office) {
        if let Some(before) = self.office_slugs.insert(office.id, office.slug.clone()) {
            self.offices.remove(&before);
        }
        self.former_office_slugs.retain(|_, id| *id != office.id);
        self.former_office_slugs
            .extend(office.former_slugs.iter().map(|slug| (slug.clone(), office.id)));
        self.offices.insert(office.slug.clone(), office);
    }

    /// Adds a theme, or puts it in the place of the one that it was.
    ///
    /// # Errors
    /// Where that would not be a tree.
    pub fn put_theme(&mut self, theme: Theme) -> Result<(), ThemeTreeFault> {
        self.themes.put(theme)
    }

    /// Adds a content type, or puts it in the place of the one that it was.
    pub fn put_content_type(&mut self, content_type: ContentType) {
        if let Some(before) = self
            .content_type_slugs
            .insert(content_type.id, content_type.slug.clone())
        {
            self.content_types.remove(&before);
        }
        self.former_content_type_slugs.retain(|_, id| *id != content_type.id);
        let former = content_type.former_slugs.iter();
        self.former_content_type_slugs
            .extend(former.map(|slug| (slug.clone(), content_type.id)));
        self.content_types.insert(content_type.slug.clone(), content_type);
    }

    /// All offices, by slug.
    pub fn offices(&self) -> impl Iterator<Item = &Office> {
        self.offices.values()
    }

    /// The themes.
    #[must_use]
    pub fn themes(&self) -> &ThemeTree {
        &self.themes
    }

    /// All content types, by slug.
    pub fn content_types(&self) -> impl Iterator<Item = &ContentType> {
        self.content_types.values()
    }

    /// The office of that identity.
    #[must_use]
    pub fn office(&self, id: OfficeId) -> Option<&Office> {
        self.offices.get(self.office_slugs.get(&id)?)
    }

    /// The office that has that slug, or had it.
    #[must_use]
    pub fn office_by_slug(&self, slug: &str) -> Option<&Office> {
        let slug: Slug = slug.parse().ok()?;
        let found = self.offices.get(&slug);
        found.or_else(|| self.office(*self.former_office_slugs.get(&slug)?))
    }

    /// The content type of that identity.
    #[must_use]
    pub fn content_type(&self, id: ContentTypeId) -> Option<&ContentType> {
        self.content_types.get(self.content_type_slugs.get(&id)?)
    }

    /// The content type that has that slug, or had it.
    #[must_use]
    pub fn content_type_by_slug(&self, slug: &str) -> Option<&ContentType> {
        let slug: Slug = slug.parse().ok()?;
        let found = self.content_types.get(&slug);
        found.or_else(|| self.content_type(*self.former_content_type_slugs.get(&slug)?))
    }
}
