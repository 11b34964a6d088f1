//! The taxonomy as a mirror takes it: whole, with its identities and what was merged.

use serde::{Deserialize, Serialize};

use crate::taxonomy::{ContentType, MergedEntry, Office, Taxonomy, Theme, ThemeTreeFault};

/// The taxonomy of one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxonomySnapshot {
    /// The offices, by slug.
    pub offices: Vec<Office>,
    /// The themes, each behind the one above it.
    pub themes: Vec<Theme>,
    /// The content types, by slug.
    pub types: Vec<ContentType>,
    /// What was merged, and what is there in its stead.
    #[serde(default)]
    pub merged: Vec<MergedEntry>,
}

impl TaxonomySnapshot {
    /// The snapshot of a taxonomy.
    #[must_use]
    pub fn of(taxonomy: &Taxonomy) -> Self {
        Self {
            offices: taxonomy.offices().cloned().collect(),
            themes: taxonomy.themes().in_tree_order().into_iter().cloned().collect(),
            types: taxonomy.content_types().cloned().collect(),
            merged: taxonomy.merged().collect(),
        }
    }

    /// The taxonomy that it is of.
    ///
    /// # Errors
    /// Where the themes are no tree.
    pub fn into_taxonomy(self) -> Result<Taxonomy, ThemeTreeFault> {
        let mut taxonomy = Taxonomy::new(self.offices, self.themes, self.types)?;
        for merged in self.merged {
            taxonomy.put_merged(merged);
        }
        Ok(taxonomy)
    }
}
