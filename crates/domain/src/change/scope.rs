//! What of the newsroom a follower of the change log wants.

use crate::change::{Facets, Subject};
use crate::filter::{AnyOf, ResolvedFilter};
use crate::taxonomy::Taxonomy;
use crate::{ContentTypeId, Locale, OfficeId, ThemeId};

/// Which releases a follower wants to have: those that a list's filter matches, whenever that was.
///
/// Facets are kept in the log as they were. So what was merged since is meant too, by the identity that it had.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeScope {
    offices: AnyOf<OfficeId>,
    themes: AnyOf<ThemeId>,
    types: AnyOf<ContentTypeId>,
    locales: Vec<Locale>,
}

impl ChangeScope {
    /// What a filter matches. The log says nothing of publishing dates, so that a filter by date has no scope: leave it out.
    #[must_use]
    pub fn of(filter: &ResolvedFilter, taxonomy: &Taxonomy) -> Self {
        let ResolvedFilter {
            offices,
            themes,
            types,
            locales,
            from: _,
            before: _,
        } = filter;
        Self {
            offices: with_merged(offices, |id| taxonomy.merged_into_office(id).collect()),
            themes: with_merged(themes, |id| taxonomy.merged_into_theme(id).collect()),
            types: with_merged(types, |id| taxonomy.merged_into_content_type(id).collect()),
            locales: locales.clone(),
        }
    }

    /// Whether all releases are wanted.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        let Self {
            offices,
            themes,
            types,
            locales,
        } = self;
        offices.is_anything() && themes.is_anything() && types.is_anything() && locales.is_empty()
    }

    /// The offices that are wanted, with what was merged into them.
    #[must_use]
    pub const fn offices(&self) -> &AnyOf<OfficeId> {
        &self.offices
    }

    /// The themes that are wanted, likewise.
    #[must_use]
    pub const fn themes(&self) -> &AnyOf<ThemeId> {
        &self.themes
    }

    /// The content types that are wanted, likewise.
    #[must_use]
    pub const fn types(&self) -> &AnyOf<ContentTypeId> {
        &self.types
    }

    /// The locales of which any has to be there; none where any will do.
    #[must_use]
    pub fn locales(&self) -> &[Locale] {
        &self.locales
    }

    /// Whether what is wanted is told by this office, theme or content type. Where another has just been merged into it, more may
    /// be wanted than was before, and of what was filed under it all along the log says nothing.
    #[must_use]
    pub fn names(&self, subject: Subject) -> bool {
        match subject {
            Subject::Release(_) => false,
            Subject::Office(id) => self.offices.values.binary_search(&id).is_ok(),
            Subject::Theme(id) => self.themes.values.binary_search(&id).is_ok(),
            Subject::ContentType(id) => self.types.values.binary_search(&id).is_ok(),
        }
    }

    /// Whether a release with these facets is wanted.
    #[must_use]
    pub fn matches(&self, facets: &Facets) -> bool {
        let Self {
            offices,
            themes,
            types,
            locales,
        } = self;
        any_of(offices, facets.offices.iter())
            && any_of(themes, facets.themes.iter())
            && any_of(types, facets.content_type.iter())
            && (locales.is_empty() || locales.iter().any(|locale| facets.locales.contains(locale)))
    }
}

fn with_merged<T: Ord + Copy>(any_of: &AnyOf<T>, merged: impl Fn(T) -> Vec<T>) -> AnyOf<T> {
    let mut values: Vec<T> = any_of
        .values
        .iter()
        .flat_map(|id| merged(*id).into_iter().chain([*id]))
        .collect();
    values.sort_unstable();
    AnyOf {
        values,
        none: any_of.none,
    }
}

fn any_of<'a, T: Ord + 'a>(wanted: &AnyOf<T>, mut has: impl ExactSizeIterator<Item = &'a T>) -> bool {
    wanted.is_anything()
        || (wanted.none && has.len() == 0)
        || has.any(|value| wanted.values.binary_search(value).is_ok())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use uuid::Uuid;

    use super::*;
    use crate::taxonomy::{Merged, MergedEntry};

    fn office(number: u128) -> OfficeId {
        Uuid::from_u128(number).into()
    }

    fn filed_under(offices: &[u128]) -> Facets {
        Facets {
            offices: offices.iter().map(|number| office(*number)).collect(),
            themes: BTreeSet::new(),
            content_type: None,
            locales: BTreeSet::from(["en".parse().unwrap()]),
        }
    }

    fn scope(filter: ResolvedFilter) -> ChangeScope {
        let mut taxonomy = Taxonomy::default();
        taxonomy.put_merged(MergedEntry::Office(Merged {
            id: office(1),
            into: office(2),
            slugs: BTreeSet::new(),
        }));
        ChangeScope::of(&filter, &taxonomy)
    }

    #[test]
    fn what_was_merged_into_an_office_is_of_it_from_the_beginning() {
        let of_two = scope(ResolvedFilter {
            offices: AnyOf {
                values: vec![office(2)],
                none: false,
            },
            ..ResolvedFilter::default()
        });
        assert!(of_two.matches(&filed_under(&[1])));
        assert!(of_two.matches(&filed_under(&[3, 2])));
        assert!(!of_two.matches(&filed_under(&[3])));
        assert!(!of_two.matches(&filed_under(&[])));
        assert!(of_two.names(Subject::Office(office(2))));
        assert!(!of_two.names(Subject::Office(office(3))) && !of_two.names(Subject::Theme(Uuid::from_u128(2).into())));
    }

    #[test]
    fn having_none_is_one_more_value_and_different_filters_mean_all_of_them() {
        let none_in_russian = scope(ResolvedFilter {
            offices: AnyOf {
                values: Vec::new(),
                none: true,
            },
            locales: vec!["ru".parse().unwrap(), "uk".parse().unwrap()],
            ..ResolvedFilter::default()
        });
        let mut russian = filed_under(&[]);
        assert!(!none_in_russian.matches(&russian));
        russian.locales.insert("ru".parse().unwrap());
        assert!(none_in_russian.matches(&russian));
        russian.offices.insert(office(3));
        assert!(!none_in_russian.matches(&russian));
        assert!(scope(ResolvedFilter::default()).is_everything());
        assert!(scope(ResolvedFilter::default()).matches(&russian));
    }
}
