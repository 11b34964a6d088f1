//! Taking in the source's taxonomy: whole, since it is small, and in one act with what its changes make of releases.

use std::collections::{BTreeMap, BTreeSet};

use newsroom_domain::change::{Change, ChangeKind, Origin, Subject};
use newsroom_domain::exchange::TaxonomySnapshot;
use newsroom_domain::taxonomy::command::Entry;
use newsroom_domain::taxonomy::{MergedEntry, Taxonomy};
use newsroom_domain::{Instant, ThemeId};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use crate::StoreError;
use crate::live::ListKind;
use crate::live::reclassify::reclassify;
use crate::taxonomy::{delete, put, put_merged};

/// Puts the source's taxonomy in the place of the one that there is. Answers it, and what followers are told.
pub(super) async fn take_in(
    transaction: &DatabaseTransaction,
    before: &Taxonomy,
    snapshot: TaxonomySnapshot,
    now: Instant,
) -> Result<(Taxonomy, Vec<Change>), StoreError> {
    let after = snapshot
        .into_taxonomy()
        .map_err(|fault| StoreError::corrupt("source's taxonomy", fault))?;
    let (had, has) = (entries(before), entries(&after));
    let merged: BTreeMap<Subject, Subject> = after.merged().map(|merged| subjects(&merged)).collect();
    let mut changes = Vec::new();
    let mut note = |subject, kind| {
        changes.push(Change {
            at: now,
            subject,
            kind,
            origin: Origin::Import,
            before: None,
            after: None,
        });
    };
    // What is gone goes first, since others may have its slug.
    let gone: Vec<&Entry> = had
        .iter()
        .filter(|(subject, _)| !has.contains_key(subject))
        .map(|(_, entry)| entry)
        .collect();
    for entry in &gone {
        delete(transaction, entry).await?;
        let into = merged.get(&entry.subject());
        let kind = into.map_or(ChangeKind::Deleted, |into| ChangeKind::Merged { into: *into });
        note(entry.subject(), kind);
    }
    // Themes come behind those above them.
    let in_order = snapshot_order(&after);
    for entry in &in_order {
        let was = had.get(&entry.subject());
        if was == Some(entry) {
            continue;
        }
        put(transaction, entry).await?;
        let kind = if was.is_some() {
            ChangeKind::Updated
        } else {
            ChangeKind::Created
        };
        note(entry.subject(), kind);
    }
    for alias in after.merged() {
        put_merged(transaction, &alias).await?;
    }
    for (kind, lists) in touched(before, &after, &gone) {
        if !lists.is_empty() {
            changes.extend(reclassify(transaction, (before, &after), (kind, &lists), now, Origin::Import).await?);
        }
    }
    Ok((after, changes))
}

fn entries(taxonomy: &Taxonomy) -> BTreeMap<Subject, Entry> {
    snapshot_order(taxonomy)
        .into_iter()
        .map(|entry| (entry.subject(), entry))
        .collect()
}

fn snapshot_order(taxonomy: &Taxonomy) -> Vec<Entry> {
    let offices = taxonomy.offices().cloned().map(Entry::from);
    let themes = taxonomy.themes().in_tree_order().into_iter().cloned().map(Entry::from);
    let types = taxonomy.content_types().cloned().map(Entry::from);
    offices.chain(themes).chain(types).collect()
}

fn subjects(merged: &MergedEntry) -> (Subject, Subject) {
    match merged {
        MergedEntry::Office(merged) => (Subject::Office(merged.id), Subject::Office(merged.into)),
        MergedEntry::Theme(merged) => (Subject::Theme(merged.id), Subject::Theme(merged.into)),
        MergedEntry::ContentType(merged) => (Subject::ContentType(merged.id), Subject::ContentType(merged.into)),
    }
}

/// The lists whose releases are filed otherwise now: of what is gone, and of themes that moved.
fn touched(before: &Taxonomy, after: &Taxonomy, gone: &[&Entry]) -> [(ListKind, Vec<Uuid>); 3] {
    let mut lists: [(ListKind, BTreeSet<Uuid>); 3] = [
        (ListKind::Office, BTreeSet::new()),
        (ListKind::Theme, BTreeSet::new()),
        (ListKind::Type, BTreeSet::new()),
    ];
    for entry in gone {
        let list = match entry {
            Entry::Office(_) => 0,
            Entry::Theme(_) => 1,
            Entry::ContentType(_) => 2,
        };
        lists[list].1.insert(entry.subject().uuid());
    }
    let parent = |id: ThemeId| before.themes().get(id).map(|theme| theme.parent);
    let moved = after.themes().in_tree_order().into_iter();
    let moved = moved.filter(|theme| parent(theme.id).is_some_and(|parent| parent != theme.parent));
    lists[1].1.extend(moved.map(|theme| theme.id.uuid()));
    lists.map(|(kind, ids)| (kind, ids.into_iter().collect()))
}
