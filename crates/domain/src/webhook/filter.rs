//! Of which releases an endpoint is told.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::change::Facets;
use crate::filter::{AnyOf, ResolvedFilter};
use crate::taxonomy::Taxonomy;
use crate::{ContentTypeId, Locale, OfficeId, ThemeId};

/// Of which releases an endpoint is told: those that meet every field, before a change or after it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookFilter {
    /// Filed under any of these offices.
    #[serde(default)]
    pub offices: BTreeSet<OfficeId>,
    /// Filed under any of these themes, or under one below them.
    #[serde(default)]
    pub themes: BTreeSet<ThemeId>,
    /// Of any of these content types.
    #[serde(default)]
    pub types: BTreeSet<ContentTypeId>,
    /// Those of no office too.
    #[serde(default)]
    pub without_office: bool,
    /// Those of no theme too.
    #[serde(default)]
    pub without_theme: bool,
    /// Those of no content type too.
    #[serde(default)]
    pub without_type: bool,
    /// That can be read in any of these locales.
    #[serde(default)]
    pub locales: BTreeSet<Locale>,
}

impl From<ResolvedFilter> for WebhookFilter {
    /// A range of publishing dates is nothing that an endpoint has.
    fn from(resolved: ResolvedFilter) -> Self {
        fn set<T: Ord>(any: AnyOf<T>) -> (BTreeSet<T>, bool) {
            (any.values.into_iter().collect(), any.none)
        }
        let (offices, without_office) = set(resolved.offices);
        let (themes, without_theme) = set(resolved.themes);
        let (types, without_type) = set(resolved.types);
        Self {
            offices,
            themes,
            types,
            without_office,
            without_theme,
            without_type,
            locales: resolved.locales.into_iter().collect(),
        }
    }
}

impl WebhookFilter {
    /// Whether a release with these facets meets it.
    #[must_use]
    pub fn matches(&self, facets: &Facets) -> bool {
        let types = facets.content_type.into_iter().collect();
        meets(&self.offices, self.without_office, &facets.offices)
            && meets(&self.themes, self.without_theme, &facets.themes)
            && meets(&self.types, self.without_type, &types)
            && meets(&self.locales, false, &facets.locales)
    }

    /// The same, with what those that were merged became: in their place, as it is shown.
    #[must_use]
    pub fn brought_up(&self, taxonomy: &Taxonomy) -> Self {
        Self {
            offices: self.offices.iter().map(|id| taxonomy.current_office(*id)).collect(),
            themes: self.themes.iter().map(|id| taxonomy.current_theme(*id)).collect(),
            types: self.types.iter().map(|id| taxonomy.current_content_type(*id)).collect(),
            ..self.clone()
        }
    }

    /// The same, with what those that were merged became beside them: as changes are held against it, since the change that a merge
    /// makes of a release names the one before and the other after.
    #[must_use]
    pub fn with_merged(&self, taxonomy: &Taxonomy) -> Self {
        let mut both = self.brought_up(taxonomy);
        both.offices.extend(&self.offices);
        both.themes.extend(&self.themes);
        both.types.extend(&self.types);
        both
    }
}

/// Whether any of what a release has is asked for, or nothing is.
fn meets<T: Ord>(asked: &BTreeSet<T>, none: bool, has: &BTreeSet<T>) -> bool {
    (asked.is_empty() && !none) || (none && has.is_empty()) || !asked.is_disjoint(has)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn facets(offices: &[u128], themes: &[u128], content_type: Option<u128>, locales: &[&str]) -> Facets {
        Facets {
            offices: offices.iter().map(|n| Uuid::from_u128(*n).into()).collect(),
            themes: themes.iter().map(|n| Uuid::from_u128(*n).into()).collect(),
            content_type: content_type.map(|n| Uuid::from_u128(n).into()),
            locales: locales.iter().map(|locale| locale.parse().unwrap()).collect(),
        }
    }

    #[test]
    fn a_filter_without_values_takes_everything() {
        assert!(WebhookFilter::default().matches(&facets(&[], &[], None, &["en"])));
    }

    #[test]
    fn several_values_mean_any_and_several_filters_all() {
        let filter = WebhookFilter {
            offices: [1, 2].map(|n| Uuid::from_u128(n).into()).into(),
            without_office: true,
            locales: ["ru".parse().unwrap()].into(),
            ..WebhookFilter::default()
        };
        assert!(filter.matches(&facets(&[2, 3], &[7], None, &["en", "ru"])));
        assert!(filter.matches(&facets(&[], &[], Some(9), &["ru"])));
        assert!(!filter.matches(&facets(&[3], &[], None, &["ru"])));
        assert!(!filter.matches(&facets(&[1], &[], None, &["en"])));
        let typed = WebhookFilter {
            types: [Uuid::from_u128(9).into()].into(),
            ..WebhookFilter::default()
        };
        assert!(typed.matches(&facets(&[], &[], Some(9), &["en"])) && !typed.matches(&facets(&[], &[], None, &["en"])));
    }

    #[test]
    fn it_is_read_back_as_it_was_written() {
        let filter = WebhookFilter {
            themes: [Uuid::from_u128(4).into()].into(),
            locales: ["sr-Latn".parse().unwrap()].into(),
            ..WebhookFilter::default()
        };
        let written = serde_json::to_string(&filter).unwrap();
        assert_eq!(serde_json::from_str::<WebhookFilter>(&written).unwrap(), filter);
    }
}
