//! The taxonomy in the exchange format: one JSON document that names what slugs mean.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::Slug;
use crate::taxonomy::{Names, OfficeKind, Taxonomy};

/// The taxonomy as a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaxonomyFile {
    /// The offices.
    #[serde(default)]
    pub offices: Vec<OfficeEntry>,
    /// The themes, in any order.
    #[serde(default)]
    pub themes: Vec<ThemeEntry>,
    /// The content types.
    #[serde(default)]
    pub types: Vec<TypeEntry>,
}

/// An office in the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeEntry {
    /// Its slug.
    pub slug: Slug,
    /// The slugs that it had.
    #[serde(default, rename = "formerSlugs", skip_serializing_if = "BTreeSet::is_empty")]
    pub former_slugs: BTreeSet<Slug>,
    /// What it is called.
    pub names: Names,
    /// Whether it is closed.
    #[serde(default)]
    pub closed: bool,
    /// What kind of office it is.
    #[serde(default)]
    pub kind: Option<OfficeKind>,
}

/// A theme in the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThemeEntry {
    /// Its slug.
    pub slug: Slug,
    /// The slugs that it had.
    #[serde(default, rename = "formerSlugs", skip_serializing_if = "BTreeSet::is_empty")]
    pub former_slugs: BTreeSet<Slug>,
    /// The slug of the theme above it; none for a root.
    #[serde(default)]
    pub parent: Option<Slug>,
    /// What it is called.
    pub names: Names,
}

/// A content type in the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypeEntry {
    /// Its slug.
    pub slug: Slug,
    /// The slugs that it had.
    #[serde(default, rename = "formerSlugs", skip_serializing_if = "BTreeSet::is_empty")]
    pub former_slugs: BTreeSet<Slug>,
    /// What it is called.
    pub names: Names,
}

impl TaxonomyFile {
    /// The document for a taxonomy. Offices and types are by slug, themes in tree order.
    #[must_use]
    pub fn of(taxonomy: &Taxonomy) -> Self {
        let offices = taxonomy.offices().map(|office| OfficeEntry {
            slug: office.slug.clone(),
            former_slugs: office.former_slugs.clone(),
            names: office.names.clone(),
            closed: office.closed,
            kind: office.kind,
        });
        let themes = taxonomy.themes().in_tree_order().into_iter().map(|theme| ThemeEntry {
            slug: theme.slug.clone(),
            former_slugs: theme.former_slugs.clone(),
            parent: theme
                .parent
                .and_then(|parent| taxonomy.themes().get(parent))
                .map(|parent| parent.slug.clone()),
            names: theme.names.clone(),
        });
        let types = taxonomy.content_types().map(|kind| TypeEntry {
            slug: kind.slug.clone(),
            former_slugs: kind.former_slugs.clone(),
            names: kind.names.clone(),
        });
        Self {
            offices: offices.collect(),
            themes: themes.collect(),
            types: types.collect(),
        }
    }
}
