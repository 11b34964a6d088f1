//! Merging an entry into another of its kind: the one is gone, and whoever names it means the other from then on.

use super::super::{Taxonomy, Theme};
use super::entry::{Entry, Kept};
use crate::refusal::Refusal;

/// An entry that is merged into another, and what becomes of those that it has to do with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merging {
    /// The one that is gone, as it was.
    pub gone: Entry,
    /// The one that stays, as it is then: with the slugs of the other as former ones of its own.
    pub into: Entry,
    /// The themes that were right under the one, as they are then: under the other.
    pub moved: Vec<Theme>,
}

/// What comes of merging `gone` into the entry of that identity.
pub(super) fn merge<E: Kept>(gone: &E, into: E::Id, taxonomy: &Taxonomy) -> Result<Merging, Refusal> {
    let kind = E::KIND;
    let Some(into) = E::find(taxonomy, into) else {
        let message = format!("there is no {kind} with this id: give that of another one that there is");
        return Err(Refusal::of("into", "UNKNOWN_ID", message));
    };
    if into.id() == gone.id() {
        let message = format!("this is the {kind} itself: give the id of another one");
        return Err(Refusal::of("into", "CYCLE", message));
    }
    gone.check_merge(into, taxonomy)?;
    Ok(Merging {
        gone: gone.clone().into(),
        into: into.joined_by(gone).into(),
        moved: gone.moved_under(into, taxonomy),
    })
}
