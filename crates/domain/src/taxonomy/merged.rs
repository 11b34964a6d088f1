//! Entries that were merged into others. Whoever still names one of them, such as an edition of earlier days, means what it
//! was merged into.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Taxonomy;
use crate::{ContentTypeId, OfficeId, Slug, ThemeId};

/// One that was merged into another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merged<Id> {
    /// Which one.
    pub id: Id,
    /// Into which, which may have been merged into a third since.
    pub into: Id,
    /// The slugs that it had then; none where that is not told.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub slugs: BTreeSet<Slug>,
}

/// An entry that was merged into another of its kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum MergedEntry {
    /// An office.
    Office(Merged<OfficeId>),
    /// A theme.
    Theme(Merged<ThemeId>),
    /// A content type.
    #[serde(rename = "type")]
    ContentType(Merged<ContentTypeId>),
}

/// All entries of one kind that were merged, each with what is there in its stead.
#[derive(Debug, Clone)]
pub(super) struct Aliases<Id> {
    into: BTreeMap<Id, Id>,
    slugs: BTreeSet<Slug>,
}

impl<Id> Default for Aliases<Id> {
    fn default() -> Self {
        Self {
            into: BTreeMap::new(),
            slugs: BTreeSet::new(),
        }
    }
}

impl<Id: Copy + Ord> Aliases<Id> {
    /// Adds one, in whatever order they come: what is there is always at the end of the chain.
    fn put(&mut self, merged: Merged<Id>) {
        let into = self.current(merged.into);
        for earlier in self.into.values_mut().filter(|earlier| **earlier == merged.id) {
            *earlier = into;
        }
        self.into.insert(merged.id, into);
        self.slugs.extend(merged.slugs);
    }

    fn current(&self, id: Id) -> Id {
        self.into.get(&id).copied().unwrap_or(id)
    }

    /// The list with what is there, each once, where the first of it stood.
    fn bring_up(&self, ids: &mut Vec<Id>) {
        if self.into.is_empty() {
            return;
        }
        let mut seen = BTreeSet::new();
        let current = ids.iter().map(|id| self.current(*id));
        *ids = current.filter(|id| seen.insert(*id)).collect();
    }

    fn of(&self, id: Id) -> impl Iterator<Item = Id> {
        let merged = self.into.iter().filter(move |(_, into)| **into == id);
        merged.map(|(merged, _)| *merged)
    }

    /// Each that was merged, with what is there in its stead.
    fn all(&self) -> impl Iterator<Item = Merged<Id>> {
        self.into.iter().map(|(id, into)| Merged {
            id: *id,
            into: *into,
            slugs: BTreeSet::new(),
        })
    }

    fn has_slug(&self, slug: &Slug) -> bool {
        self.slugs.contains(slug)
    }
}

impl Taxonomy {
    /// Adds that an entry was merged, in whatever order they come. The entry itself is not there any more.
    pub fn put_merged(&mut self, merged: MergedEntry) {
        match merged {
            MergedEntry::Office(merged) => self.merged_offices.put(merged),
            MergedEntry::Theme(merged) => self.merged_themes.put(merged),
            MergedEntry::ContentType(merged) => self.merged_content_types.put(merged),
        }
    }

    /// All entries that were merged, with what is there in their stead. What slugs they had is not told: they are former ones of
    /// that.
    pub fn merged(&self) -> impl Iterator<Item = MergedEntry> {
        let offices = self.merged_offices.all().map(MergedEntry::Office);
        let themes = self.merged_themes.all().map(MergedEntry::Theme);
        let content_types = self.merged_content_types.all().map(MergedEntry::ContentType);
        offices.chain(themes).chain(content_types)
    }

    /// Brings up what something is filed under: what was merged is replaced by what it was merged into. Each is there once,
    /// at the better place.
    pub fn bring_up(
        &self,
        offices: &mut Vec<OfficeId>,
        themes: &mut Vec<ThemeId>,
        content_type: &mut Option<ContentTypeId>,
    ) {
        self.merged_offices.bring_up(offices);
        self.merged_themes.bring_up(themes);
        *content_type = content_type.map(|id| self.merged_content_types.current(id));
    }

    /// The office itself, or the one that it was merged into.
    #[must_use]
    pub fn current_office(&self, id: OfficeId) -> OfficeId {
        self.merged_offices.current(id)
    }

    /// The theme itself, or the one that it was merged into.
    #[must_use]
    pub fn current_theme(&self, id: ThemeId) -> ThemeId {
        self.merged_themes.current(id)
    }

    /// The content type itself, or the one that it was merged into.
    #[must_use]
    pub fn current_content_type(&self, id: ContentTypeId) -> ContentTypeId {
        self.merged_content_types.current(id)
    }

    /// The offices that were merged into one, by whatever way.
    pub fn merged_into_office(&self, id: OfficeId) -> impl Iterator<Item = OfficeId> {
        self.merged_offices.of(id)
    }

    /// The themes that were merged into one, by whatever way.
    pub fn merged_into_theme(&self, id: ThemeId) -> impl Iterator<Item = ThemeId> {
        self.merged_themes.of(id)
    }

    /// The content types that were merged into one, by whatever way.
    pub fn merged_into_content_type(&self, id: ContentTypeId) -> impl Iterator<Item = ContentTypeId> {
        self.merged_content_types.of(id)
    }

    /// Whether an office that was merged had that slug.
    #[must_use]
    pub fn merged_office_had(&self, slug: &Slug) -> bool {
        self.merged_offices.has_slug(slug)
    }

    /// Whether a theme that was merged had that slug.
    #[must_use]
    pub fn merged_theme_had(&self, slug: &Slug) -> bool {
        self.merged_themes.has_slug(slug)
    }

    /// Whether a content type that was merged had that slug.
    #[must_use]
    pub fn merged_content_type_had(&self, slug: &Slug) -> bool {
        self.merged_content_types.has_slug(slug)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn id(number: u128) -> OfficeId {
        Uuid::from_u128(number).into()
    }

    fn merged(number: u128, into: u128) -> MergedEntry {
        MergedEntry::Office(Merged {
            id: id(number),
            into: id(into),
            slugs: BTreeSet::from([format!("office-{number}").parse().unwrap()]),
        })
    }

    fn brought_up(taxonomy: &Taxonomy, offices: &[u128]) -> Vec<u128> {
        let mut offices = offices.iter().map(|number| id(*number)).collect();
        taxonomy.bring_up(&mut offices, &mut Vec::new(), &mut None);
        offices.into_iter().map(|id| id.uuid().as_u128()).collect()
    }

    #[test]
    fn what_was_merged_is_replaced_once_and_at_the_better_place() {
        let mut taxonomy = Taxonomy::default();
        taxonomy.put_merged(merged(1, 2));
        assert_eq!(brought_up(&taxonomy, &[3, 1, 4, 2]), [3, 2, 4]);
        assert_eq!(brought_up(&taxonomy, &[2, 4, 1]), [2, 4]);
        assert_eq!(brought_up(&taxonomy, &[4, 3]), [4, 3]);
        assert!(taxonomy.merged_office_had(&"office-1".parse().unwrap()));
        assert!(!taxonomy.merged_office_had(&"office-2".parse().unwrap()));
        assert!(!taxonomy.merged_theme_had(&"office-1".parse().unwrap()));
    }

    proptest! {
        /// In whatever order they are read, a chain of mergers leads to its end.
        #[test]
        fn a_chain_leads_to_its_end(order in Just((1..9_u128).collect::<Vec<_>>()).prop_shuffle()) {
            let mut taxonomy = Taxonomy::default();
            for number in order {
                taxonomy.put_merged(merged(number, number + 1));
            }
            for number in 1..=9 {
                prop_assert_eq!(taxonomy.current_office(id(number)), id(9));
            }
            prop_assert_eq!(taxonomy.merged_into_office(id(9)).count(), 8);
            prop_assert_eq!(taxonomy.merged_into_office(id(5)).count(), 0);
        }
    }
}
