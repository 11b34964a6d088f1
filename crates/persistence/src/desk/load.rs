//! Loading releases as the desk knows them.

use std::collections::{BTreeMap, HashMap};

use newsroom_domain::audit::Actor;
use newsroom_domain::release::{Body, ChangeNote, Changed, Draft, Edition, Live, Release, Shared, Text, Translation};
use newsroom_domain::text::{Lead, Title};
use newsroom_domain::{Locale, ReleaseId};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::StoreError;
use crate::entity::{edition, release, translation};
use crate::live::row::{body_format, from_json, instant, parsed};
use crate::sql::in_chunks;

/// Whether what is loaded is going to be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It is only read.
    Read,
    /// It is changed in this transaction: its rows are locked, by id.
    Change,
}

/// Loads those of these releases that there are.
pub(crate) async fn load(
    transaction: &DatabaseTransaction,
    ids: &[ReleaseId],
    purpose: Purpose,
) -> Result<BTreeMap<ReleaseId, Release>, StoreError> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids = ids.iter().map(|id| id.uuid());
    let mut select = release::Entity::find().filter(release::Column::Id.is_in(ids.clone()));
    if purpose == Purpose::Change {
        // SQLite has no such lock and needs none: it has one writer.
        select = sea_orm::QueryOrder::order_by_asc(select, release::Column::Id).lock_exclusive();
    }
    let rows = select.all(transaction).await?;
    let texts = translation::Entity::find()
        .filter(translation::Column::ReleaseId.is_in(ids))
        .all(transaction)
        .await?;
    let mut editions = load_editions(transaction, &texts).await?;

    let mut releases = rows
        .into_iter()
        .map(|row| Ok((row.id, release_of(row)?)))
        .collect::<Result<HashMap<Uuid, Release>, StoreError>>()?;
    for row in texts {
        if let Some(release) = releases.get_mut(&row.release_id) {
            let (locale, translation) = translation_of(row, &mut editions)?;
            release.translations.insert(locale, translation);
        }
    }
    Ok(releases.into_values().map(|release| (release.id, release)).collect())
}

async fn load_editions(
    transaction: &DatabaseTransaction,
    texts: &[translation::Model],
) -> Result<HashMap<Uuid, Edition>, StoreError> {
    let pointed_at: Vec<Uuid> = texts
        .iter()
        .flat_map(|text| [text.live_edition_id, text.draft_edition_id])
        .flatten()
        .collect();
    let mut editions = HashMap::with_capacity(pointed_at.len());
    for ids in in_chunks(pointed_at, 1) {
        for row in edition::Entity::find()
            .filter(edition::Column::Id.is_in(ids))
            .all(transaction)
            .await?
        {
            editions.insert(row.id, edition_of(row)?);
        }
    }
    Ok(editions)
}

fn release_of(row: release::Model) -> Result<Release, StoreError> {
    Ok(Release {
        id: row.id.into(),
        created_by: row.created_by.map(Into::into),
        original_locale: parsed("locale", &row.original_locale)?,
        redirects: from_json("list of redirects", &row.redirects)?,
        withdrawal: row
            .withdrawal
            .as_deref()
            .map(|json| from_json("withdrawal", json))
            .transpose()?,
        removal: row
            .removal
            .as_deref()
            .map(|json| from_json("removal", json))
            .transpose()?,
        translations: BTreeMap::new(),
    })
}

fn translation_of(
    row: translation::Model,
    editions: &mut HashMap<Uuid, Edition>,
) -> Result<(Locale, Translation), StoreError> {
    let mut edition = |id: Uuid| {
        editions
            .remove(&id)
            .ok_or_else(|| StoreError::corrupt("translation", format!("its edition {id} is missing")))
    };
    let live = match (row.live_edition_id, row.published_at, row.updated_at) {
        (Some(id), Some(published_at), Some(updated_at)) => Some(Live {
            edition: edition(id)?,
            published_at: instant(published_at)?,
            updated_at: instant(updated_at)?,
            change_notes: from_json::<Vec<ChangeNote>>("list of change notes", &row.change_notes)?,
            taken_down_at: row.taken_down_at.map(instant).transpose()?,
        }),
        (None, None, None) => None,
        _ => return Err(StoreError::corrupt("translation", format!("{} is half live", row.id))),
    };
    let draft = match row.draft_edition_id {
        Some(id) => Some(Draft {
            edition: edition(id)?,
            based_on: row.draft_based_on.map(Into::into),
        }),
        None => None,
    };
    Ok((
        parsed("locale", &row.locale)?,
        Translation {
            id: row.id.into(),
            version: row.version,
            editions: row.editions,
            changed: Changed {
                by: actor(&row.changed_by)?,
                at: instant(row.changed_at)?,
            },
            live,
            draft,
        },
    ))
}

fn actor(name: &str) -> Result<Actor, StoreError> {
    Actor::from_name(name).ok_or_else(|| StoreError::corrupt("name of an actor", name))
}

pub(crate) fn edition_of(row: edition::Model) -> Result<Edition, StoreError> {
    let body = match (row.body_format, row.body_source, row.body_html) {
        (Some(format), Some(source), Some(html)) => Some(Body::stored(body_format(&format)?, source, html)),
        (None, None, None) => None,
        _ => return Err(StoreError::corrupt("edition", format!("{} has half a body", row.id))),
    };
    Ok(Edition {
        id: row.id.into(),
        number: row.number,
        saved_at: instant(row.saved_at)?,
        saved_by: actor(&row.saved_by)?,
        text: Text {
            title: Title::new(&row.title).map_err(|fault| StoreError::corrupt("title", fault))?,
            lead: Lead::new(&row.lead).map_err(|fault| StoreError::corrupt("lead", fault))?,
            body,
        },
        shared: row
            .shared
            .as_deref()
            .map(|json| from_json::<Shared>("edition", json))
            .transpose()?,
    })
}
