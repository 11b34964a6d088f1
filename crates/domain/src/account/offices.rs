//! Offices as a form names them: by their slugs, or all of them.

use std::collections::BTreeSet;

use serde::Serialize;

use super::OfficeScope;
use crate::OfficeId;
use crate::fault::{Faults, FieldFault};
use crate::taxonomy::Taxonomy;

/// The most offices that a scope names.
pub const MOST_OFFICES: usize = 200;

/// The fields of a form that say for which offices: `offices` and `allOffices`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OfficesAsked {
    /// The slugs of offices; an empty list for none.
    pub offices: Option<Vec<String>>,
    /// All offices, those to come too.
    pub all_offices: Option<bool>,
}

impl OfficesAsked {
    /// All offices.
    #[must_use]
    pub fn all() -> Self {
        Self {
            offices: None,
            all_offices: Some(true),
        }
    }

    /// The scope that is meant; `None` where the form says nothing of it, or what it says is noted as a fault.
    pub(super) fn read(&self, taxonomy: &Taxonomy, faults: &mut Faults) -> Option<OfficeScope> {
        match (&self.offices, self.all_offices.unwrap_or(false)) {
            (None, false) => None,
            (None, true) => Some(OfficeScope::All),
            (Some(_), true) => {
                let message = "all offices are meant, so that none need be named: give one of the two";
                faults.push(FieldFault::new("allOffices", "CONFLICTING", message));
                None
            }
            (Some(slugs), false) if slugs.len() > MOST_OFFICES => {
                let message = format!("at most {MOST_OFFICES} offices, these are {}", slugs.len());
                faults.push(FieldFault::new("offices", "TOO_MANY", message));
                None
            }
            (Some(slugs), false) => Some(OfficeScope::Only(named(slugs, taxonomy, faults))),
        }
    }
}

fn named(slugs: &[String], taxonomy: &Taxonomy, faults: &mut Faults) -> BTreeSet<OfficeId> {
    let mut offices = BTreeSet::new();
    for (index, slug) in slugs.iter().enumerate() {
        if let Some(office) = taxonomy.office_by_slug(slug) {
            offices.insert(office.id);
        } else {
            let message = format!(
                "there is no office “{}”: `offices` lists them",
                crate::text::excerpt(slug)
            );
            faults.push(FieldFault::new(format!("offices.{index}"), "UNKNOWN_SLUG", message));
        }
    }
    offices
}

impl OfficeScope {
    /// The offices that both have.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::All, scope) | (scope, Self::All) => scope.clone(),
            (Self::Only(these), Self::Only(those)) => Self::Only(these.intersection(those).copied().collect()),
        }
    }

    /// Whether it has all that the other has.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::All, _) => true,
            (Self::Only(_), Self::All) => false,
            (Self::Only(these), Self::Only(those)) => those.is_subset(these),
        }
    }
}
