//! Which entries of the newsroom a taxonomy's file means, some of which have or had other slugs than it says.

use std::collections::{BTreeMap, BTreeSet};

use newsroom_domain::{FieldFault, Slug};

/// What a file says of an entry's slugs.
pub(super) struct Said<'a> {
    pub(super) slug: &'a Slug,
    pub(super) former_slugs: &'a BTreeSet<Slug>,
}

/// The entry that has or had a slug.
pub(super) struct Known<Id> {
    pub(super) id: Id,
    /// The slug that it has.
    pub(super) slug: Slug,
    /// Whether it has the one that was asked for from another that was merged into it.
    pub(super) merged: bool,
}

/// An entry as the file means it.
pub(super) struct Meant<Id> {
    /// Which one it is; none, where it is new.
    pub(super) id: Option<Id>,
    /// The slug that it is to have.
    pub(super) slug: Slug,
}

/// What each entry of the file means, in a newsroom that knows by `find` who has or had a slug. What is there twice, or
/// another's, is noted. `None` for an entry that was merged since the file was written: what that says of it is not said of the
/// one that is there in its stead, and all that name it mean that one.
pub(super) fn meant<Id: Copy + Ord>(
    (field, what): (&str, &str),
    said: &[Said<'_>],
    find: impl Fn(&Slug) -> Option<Known<Id>>,
    faults: &mut Vec<FieldFault>,
) -> Vec<Option<Meant<Id>>> {
    let mut slugs = BTreeSet::new();
    let mut entries: BTreeMap<Id, &Slug> = BTreeMap::new();
    let mut meant = Vec::with_capacity(said.len());
    for (index, entry) in said.iter().enumerate() {
        let entry_is = meant_by(entry, &find);
        let path = format!("{field}.{index}.slug");
        let id = entry_is.as_ref().and_then(|entry| entry.id);
        if !slugs.insert(entry.slug) {
            let message = format!("“{}” is there twice: name it once", entry.slug);
            faults.push(FieldFault::new(path, "DUPLICATE", message));
        } else if let Some(other) = id.and_then(|id| entries.insert(id, entry.slug)) {
            let message = format!(
                "“{}” is the {what} “{other}” as well: leave one of the two out",
                entry.slug
            );
            faults.push(FieldFault::new(path, "DUPLICATE", message));
        }
        meant.push(entry_is);
    }
    for (index, (entry, entry_is)) in said.iter().zip(&meant).enumerate() {
        // What was merged has its slugs no more.
        let Some(entry_is) = entry_is else { continue };
        for (number, former) in entry.former_slugs.iter().enumerate() {
            let path = || format!("{field}.{index}.formerSlugs.{number}");
            if !slugs.insert(former) {
                let message = format!("“{former}” is there twice: name it once");
                faults.push(FieldFault::new(path(), "DUPLICATE", message));
            } else if find(former).is_some_and(|owner| Some(owner.id) != entry_is.id) {
                let message = format!(
                    "“{former}” is another {what} here: merge that into “{}”, or leave it out",
                    entry.slug
                );
                faults.push(FieldFault::new(path(), "SLUG_TAKEN", message));
            }
        }
    }
    meant
}

/// The entry that has or had the slug, or else one of the former slugs.
fn meant_by<Id: Copy>(said: &Said<'_>, find: &impl Fn(&Slug) -> Option<Known<Id>>) -> Option<Meant<Id>> {
    let slug = said.slug.clone();
    match find(said.slug) {
        // The file is older than the entry's slug: it would undo that unawares.
        Some(known) if known.slug != slug && !said.former_slugs.contains(&known.slug) => {
            (!known.merged).then_some(Meant {
                id: Some(known.id),
                slug: known.slug,
            })
        }
        Some(known) => Some(Meant {
            id: Some(known.id),
            slug,
        }),
        None => {
            let known = said.former_slugs.iter().filter_map(find).find(|known| !known.merged);
            Some(Meant {
                id: known.map(|known| known.id),
                slug,
            })
        }
    }
}
