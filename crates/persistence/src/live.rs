//! The public side: the tables that readers' queries touch, and no others.
//!
//! `live_release` and `live_translation` hold what is shown. A list per office, theme and content type
//! (`live_release_office`, `_theme`, `_type`) holds which releases it has, in order, so that any filter is
//! answered from an index; the nil value stands for "none". `live_count` holds how long each list is.

pub(crate) mod address;
pub(crate) mod count;
pub(crate) mod face;
pub(crate) mod findable;
pub(crate) mod going_live;
pub(crate) mod gone;
pub(crate) mod list;
pub(crate) mod projection;
pub(crate) mod reclassify;
pub(crate) mod row;
pub(crate) mod shown;

use newsroom_domain::change::Facets;
use newsroom_domain::filter::{AnyOf, ResolvedFilter};
use uuid::Uuid;

/// The three kinds of list that a release is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ListKind {
    Office,
    Theme,
    Type,
}

impl ListKind {
    pub(crate) const ALL: [Self; 3] = [Self::Office, Self::Theme, Self::Type];

    pub(crate) const fn table(self) -> &'static str {
        match self {
            Self::Office => "live_release_office",
            Self::Theme => "live_release_theme",
            Self::Type => "live_release_type",
        }
    }

    /// The name of the kind in `live_count`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Office => "office",
            Self::Theme => "theme",
            Self::Type => "type",
        }
    }

    /// The lists of this kind that a release with these facets is in.
    pub(crate) fn values(self, facets: &Facets) -> Vec<Uuid> {
        let values: Vec<Uuid> = match self {
            Self::Office => facets.offices.iter().map(|id| id.uuid()).collect(),
            Self::Theme => facets.themes.iter().map(|id| id.uuid()).collect(),
            Self::Type => facets.content_type.iter().map(|id| id.uuid()).collect(),
        };
        if values.is_empty() { vec![Uuid::nil()] } else { values }
    }
}

/// The name in `live_count` of the list that has every release.
pub(crate) const EVERY_RELEASE: &str = "release";

/// Lists of one kind, of which a release must be in any.
#[derive(Debug, Clone)]
pub(crate) struct Restriction {
    pub(crate) kind: ListKind,
    pub(crate) values: Vec<Uuid>,
}

/// What a filter restricts, one entry for each kind that it does restrict.
pub(crate) fn restrictions(filter: &ResolvedFilter) -> Vec<Restriction> {
    // Taken apart, so that a filter that is added has to be dealt with here. The two instants are bounds of
    // the scan, and the locales are asked of the texts.
    let ResolvedFilter {
        offices,
        themes,
        types,
        locales: _,
        from: _,
        before: _,
    } = filter;
    [
        restriction(ListKind::Office, offices),
        restriction(ListKind::Theme, themes),
        restriction(ListKind::Type, types),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn restriction<T: Copy + Into<Uuid>>(kind: ListKind, any_of: &AnyOf<T>) -> Option<Restriction> {
    if any_of.is_anything() {
        return None;
    }
    let none = any_of.none.then(Uuid::nil);
    Some(Restriction {
        kind,
        values: any_of.values.iter().map(|id| (*id).into()).chain(none).collect(),
    })
}
