//! Taking in the source's taxonomy: whole, since it is small, and in one act with what its changes make of releases.

use std::collections::BTreeMap;

use newsroom_domain::Instant;
use newsroom_domain::change::{Change, ChangeKind, Origin, Subject};
use newsroom_domain::exchange::TaxonomySnapshot;
use newsroom_domain::taxonomy::command::Entry;
use newsroom_domain::taxonomy::{MergedEntry, Taxonomy};
use sea_orm::DatabaseTransaction;

use crate::StoreError;
use crate::live::reclassify::reclassify;
use crate::taxonomy::{delete, forget_merged, give_up_slug, put, put_merged};

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
        if had.get(&entry.subject()).is_some_and(|was| was.slug() != entry.slug()) {
            give_up_slug(transaction, entry).await?;
        }
    }
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
    let forgotten = before.merged().map(|was| subjects(&was).0);
    let forgotten = forgotten.filter(|was| !merged.contains_key(was)).map(Subject::uuid);
    forget_merged(transaction, forgotten.collect()).await?;
    for alias in after.merged() {
        put_merged(transaction, &alias).await?;
    }
    changes.extend(reclassify(transaction, (before, &after), now, Origin::Import).await?);
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
