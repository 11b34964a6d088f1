//! Which entries of the newsroom a taxonomy's file means, some of which have or had other slugs than it says.

use std::collections::{BTreeMap, BTreeSet};

use newsroom_domain::{FieldFault, Slug};

/// What a file says of an entry's slugs.
pub(super) struct Said<'a> {
    pub(super) slug: &'a Slug,
    pub(super) former_slugs: &'a BTreeSet<Slug>,
}

/// An entry as the file means it.
pub(super) struct Meant<Id> {
    /// Which one it is; none, where it is new.
    pub(super) id: Option<Id>,
    /// The slug that it is to have.
    pub(super) slug: Slug,
}

/// What each entry of the file means, in a newsroom that knows by `find` who has or had a slug, and which one they have.
/// What is there twice, or another's, is noted.
pub(super) fn meant<Id: Copy + Ord>(
    (field, what): (&str, &str),
    said: &[Said<'_>],
    find: impl Fn(&Slug) -> Option<(Id, Slug)>,
    faults: &mut Vec<FieldFault>,
) -> Vec<Meant<Id>> {
    let mut slugs = BTreeSet::new();
    let mut entries: BTreeMap<Id, &Slug> = BTreeMap::new();
    let mut meant = Vec::with_capacity(said.len());
    for (index, entry) in said.iter().enumerate() {
        let entry_is = meant_by(entry, &find);
        let path = format!("{field}.{index}.slug");
        if !slugs.insert(entry.slug) {
            let message = format!("“{}” is there twice: name it once", entry.slug);
            faults.push(FieldFault::new(path, "DUPLICATE", message));
        } else if let Some(other) = entry_is.id.and_then(|id| entries.insert(id, entry.slug)) {
            let message = format!(
                "“{}” is the {what} “{other}” as well: leave one of the two out",
                entry.slug
            );
            faults.push(FieldFault::new(path, "DUPLICATE", message));
        }
        meant.push(entry_is);
    }
    for (index, (entry, Meant { id, .. })) in said.iter().zip(&meant).enumerate() {
        for (number, former) in entry.former_slugs.iter().enumerate() {
            let path = || format!("{field}.{index}.formerSlugs.{number}");
            if !slugs.insert(former) {
                let message = format!("“{former}” is there twice: name it once");
                faults.push(FieldFault::new(path(), "DUPLICATE", message));
            } else if find(former).is_some_and(|(owner, _)| Some(owner) != *id) {
                let message = format!("“{former}” is another {what} here: leave it out");
                faults.push(FieldFault::new(path(), "SLUG_TAKEN", message));
            }
        }
    }
    meant
}

/// The entry that has or had the slug, or else one of the former slugs.
fn meant_by<Id: Copy>(said: &Said<'_>, find: &impl Fn(&Slug) -> Option<(Id, Slug)>) -> Meant<Id> {
    let slug = said.slug.clone();
    match find(said.slug) {
        // The file is older than the entry's slug: it would undo that unawares.
        Some((id, current)) if current != slug && !said.former_slugs.contains(&current) => Meant {
            id: Some(id),
            slug: current,
        },
        Some((id, _)) => Meant { id: Some(id), slug },
        None => Meant {
            id: said.former_slugs.iter().find_map(find).map(|(id, _)| id),
            slug,
        },
    }
}
