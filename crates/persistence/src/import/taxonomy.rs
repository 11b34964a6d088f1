//! Taking in a taxonomy.

use std::collections::{BTreeMap, BTreeSet};

use newsroom_domain::audit::{Actor, AuditEntry};
use newsroom_domain::change::{Change, ChangeKind, Origin, Subject};
use newsroom_domain::exchange::TaxonomyFile;
use newsroom_domain::taxonomy::{ContentType, Office, Taxonomy, Theme, ThemeTreeFault};
use newsroom_domain::{FieldFault, Instant, Slug, ThemeId};
use sea_orm::DatabaseTransaction;
use serde_json::json;

use super::meant::{Known, Said, meant};
use super::{Session, TaxonomyReport};
use crate::StoreError;
use crate::head::Act;
use crate::ids::Ids;
use crate::live::reclassify::reclassify;

pub(super) async fn take_in(
    transaction: &DatabaseTransaction,
    session: &mut Session,
    file: &TaxonomyFile,
    now: Instant,
    announced: bool,
) -> Result<TaxonomyReport, StoreError> {
    let Revised {
        taxonomy,
        offices,
        themes,
        content_types,
    } = revise(session, file, now).map_err(StoreError::Taxonomy)?;
    let mut report = TaxonomyReport::default();
    let mut changes = Vec::new();
    let mut note = |subject: Subject, is_new: bool| {
        *(if is_new {
            &mut report.created
        } else {
            &mut report.changed
        }) += 1;
        let kind = if is_new {
            ChangeKind::Created
        } else {
            ChangeKind::Updated
        };
        changes.push(Change {
            at: now,
            subject,
            kind,
            origin: Origin::Import,
            before: None,
            after: None,
        });
    };
    for office in &offices {
        crate::taxonomy::put(transaction, &office.clone().into()).await?;
        note(Subject::Office(office.id), session.taxonomy.office(office.id).is_none());
    }
    for theme in &themes {
        crate::taxonomy::put(transaction, &theme.clone().into()).await?;
        note(
            Subject::Theme(theme.id),
            session.taxonomy.themes().get(theme.id).is_none(),
        );
    }
    for content_type in &content_types {
        crate::taxonomy::put(transaction, &content_type.clone().into()).await?;
        note(
            Subject::ContentType(content_type.id),
            session.taxonomy.content_type(content_type.id).is_none(),
        );
    }
    if changes.is_empty() {
        return Ok(report);
    }
    changes.extend(reclassify(transaction, (&session.taxonomy, &taxonomy), now, Origin::Import).await?);
    let detail = json!({ "created": report.created, "changed": report.changed }).to_string();
    let audit = AuditEntry {
        at: now,
        actor: Actor::Import,
        action: "import-taxonomy".into(),
        detail,
    };
    let head = Act {
        changes,
        audit: vec![audit],
        announced,
        taxonomy_changed: true,
    }
    .close(transaction)
    .await?;
    (session.taxonomy, session.revision) = (taxonomy, head.taxonomy_revision);
    Ok(report)
}

/// A taxonomy as a file makes it, and what of it is new or changed.
struct Revised {
    taxonomy: Taxonomy,
    offices: Vec<Office>,
    themes: Vec<Theme>,
    content_types: Vec<ContentType>,
}

fn revise(session: &mut Session, file: &TaxonomyFile, now: Instant) -> Result<Revised, Vec<FieldFault>> {
    let mut faults = Vec::new();
    let (known, ids) = (&session.taxonomy, &mut session.ids);
    let offices = revise_offices(known, ids, file, now, &mut faults);
    let content_types = revise_content_types(known, ids, file, now, &mut faults);
    let themes = revise_themes(known, ids, file, now, &mut faults);
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut taxonomy = taxonomy_with(known, &themes)
        .map_err(|fault| vec![FieldFault::new("themes", "NOT_A_TREE", fault.to_string())])?;
    for office in &offices {
        taxonomy.put_office(office.clone());
    }
    for content_type in &content_types {
        taxonomy.put_content_type(content_type.clone());
    }
    Ok(Revised {
        taxonomy,
        offices,
        themes,
        content_types,
    })
}

/// The offices of a file that are new or changed.
fn revise_offices(
    known: &Taxonomy,
    ids: &mut Ids,
    file: &TaxonomyFile,
    now: Instant,
    faults: &mut Vec<FieldFault>,
) -> Vec<Office> {
    let said = said(&file.offices, |entry| (&entry.slug, &entry.former_slugs));
    let find = |slug: &Slug| {
        let found = known.office_by_slug(slug.as_str())?;
        Some(Known {
            id: found.id,
            slug: found.slug.clone(),
            merged: known.merged_office_had(slug),
        })
    };
    let meant = meant(("offices", "office"), &said, find, faults);
    let offices = file.offices.iter().zip(meant).filter_map(|(entry, meant)| {
        let meant = meant?;
        let before = meant.id.and_then(|id| known.office(id));
        let office = Office {
            id: meant.id.unwrap_or_else(|| ids.next(now).into()),
            slug: meant.slug,
            former_slugs: entry.former_slugs.clone(),
            names: entry.names.clone(),
            closed: entry.closed,
            kind: entry.kind,
            version: 1,
        }
        .after(before);
        (before != Some(&office)).then_some(office)
    });
    offices.collect()
}

/// The content types of a file that are new or changed.
fn revise_content_types(
    known: &Taxonomy,
    ids: &mut Ids,
    file: &TaxonomyFile,
    now: Instant,
    faults: &mut Vec<FieldFault>,
) -> Vec<ContentType> {
    let said = said(&file.types, |entry| (&entry.slug, &entry.former_slugs));
    let find = |slug: &Slug| {
        let found = known.content_type_by_slug(slug.as_str())?;
        Some(Known {
            id: found.id,
            slug: found.slug.clone(),
            merged: known.merged_content_type_had(slug),
        })
    };
    let meant = meant(("types", "content type"), &said, find, faults);
    let content_types = file.types.iter().zip(meant).filter_map(|(entry, meant)| {
        let meant = meant?;
        let before = meant.id.and_then(|id| known.content_type(id));
        let content_type = ContentType {
            id: meant.id.unwrap_or_else(|| ids.next(now).into()),
            slug: meant.slug,
            former_slugs: entry.former_slugs.clone(),
            names: entry.names.clone(),
            version: 1,
        }
        .after(before);
        (before != Some(&content_type)).then_some(content_type)
    });
    content_types.collect()
}

/// The themes of a file that are new or changed. A parent that there is not is noted.
fn revise_themes(
    known: &Taxonomy,
    ids: &mut Ids,
    file: &TaxonomyFile,
    now: Instant,
    faults: &mut Vec<FieldFault>,
) -> Vec<Theme> {
    let said = said(&file.themes, |entry| (&entry.slug, &entry.former_slugs));
    let find = |slug: &Slug| {
        let found = known.themes().by_slug(slug.as_str())?;
        Some(Known {
            id: found.id,
            slug: found.slug.clone(),
            merged: known.merged_theme_had(slug),
        })
    };
    // A theme may stand before its parent in the file, so that all have their identities first.
    let meant: Vec<Option<(ThemeId, Slug)>> = meant(("themes", "theme"), &said, find, faults)
        .into_iter()
        .map(|meant| meant.map(|meant| (meant.id.unwrap_or_else(|| ids.next(now).into()), meant.slug)))
        .collect();
    let in_file: BTreeMap<&Slug, ThemeId> = (file.themes.iter().zip(&meant))
        .filter_map(|(entry, meant)| Some((&entry.slug, meant.as_ref()?.0)))
        .collect();
    let mut themes = Vec::new();
    for (index, (entry, meant)) in file.themes.iter().zip(&meant).enumerate() {
        let Some((id, slug)) = meant else { continue };
        let parent = entry.parent.as_ref().map(|slug| {
            let there = in_file
                .get(slug)
                .copied()
                .or_else(|| known.themes().by_slug(slug.as_str()).map(|theme| theme.id));
            there.ok_or_else(|| {
                FieldFault::new(
                    format!("themes.{index}.parent"),
                    "UNKNOWN_SLUG",
                    format!("there is no theme “{slug}”: name it in the file too"),
                )
            })
        });
        match parent.transpose() {
            Err(fault) => faults.push(fault),
            Ok(parent) => {
                let before = known.themes().get(*id);
                let theme = Theme {
                    id: *id,
                    slug: slug.clone(),
                    former_slugs: entry.former_slugs.clone(),
                    names: entry.names.clone(),
                    parent,
                    version: 1,
                }
                .after(before);
                if before != Some(&theme) {
                    themes.push(theme);
                }
            }
        }
    }
    themes
}

fn said<E>(entries: &[E], slugs: impl Fn(&E) -> (&Slug, &BTreeSet<Slug>)) -> Vec<Said<'_>> {
    let said = entries.iter().map(|entry| {
        let (slug, former_slugs) = slugs(entry);
        Said { slug, former_slugs }
    });
    said.collect()
}

/// All themes are put at once, since several may move through one another.
fn taxonomy_with(known: &Taxonomy, themes: &[Theme]) -> Result<Taxonomy, ThemeTreeFault> {
    let stays = |theme: &&&Theme| themes.iter().all(|changed| changed.id != theme.id);
    let all: Vec<Theme> = known
        .themes()
        .in_tree_order()
        .iter()
        .filter(stays)
        .map(|theme| (*theme).clone())
        .chain(themes.iter().cloned())
        .collect();
    known.with_themes(all)
}
