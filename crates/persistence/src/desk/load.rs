//! Loading releases as the desk knows them.
//!
//! Editions are never rewritten: what one is filed under that was merged since is brought up as it is loaded.

use std::collections::{BTreeMap, HashMap};

use newsroom_domain::audit::Actor;
use newsroom_domain::release::{
    Body, ChangeNote, Changed, Draft, Earlier, Edition, Live, Release, Shared, Text, Translation,
};
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_domain::text::{Lead, Title};
use newsroom_domain::{EditionId, Locale, ReleaseId};
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
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
    /// The same, of those alone that nobody else is changing.
    ChangeWhatIsFree,
}

/// Loads those of these releases that there are.
pub(crate) async fn load(
    transaction: &DatabaseTransaction,
    taxonomy: &Taxonomy,
    ids: &[ReleaseId],
    purpose: Purpose,
) -> Result<BTreeMap<ReleaseId, Release>, StoreError> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids = ids.iter().map(|id| id.uuid());
    let mut select = release::Entity::find().filter(release::Column::Id.is_in(ids.clone()));
    // SQLite has no such lock and needs none: it has one writer.
    select = match purpose {
        Purpose::Read => select,
        Purpose::Change => select.order_by_asc(release::Column::Id).lock_exclusive(),
        Purpose::ChangeWhatIsFree => select
            .order_by_asc(release::Column::Id)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked),
    };
    let rows = select.all(transaction).await?;
    let texts = translation::Entity::find()
        .filter(translation::Column::ReleaseId.is_in(ids))
        .all(transaction)
        .await?;
    let mut editions = load_editions(transaction, taxonomy, &texts).await?;

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
    taxonomy: &Taxonomy,
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
            editions.insert(row.id, edition_of(row, taxonomy)?);
        }
    }
    // Where a draft was discarded that readers have nothing of, its last edition is what the desk goes on from.
    for text in texts.iter().filter(|text| is_discarded(text)) {
        let last = edition::Entity::find()
            .filter(edition::Column::TranslationId.eq(text.id))
            .filter(edition::Column::Number.eq(text.editions));
        if let Some(row) = last.one(transaction).await? {
            editions.insert(text.id, edition_of(row, taxonomy)?);
        }
    }
    Ok(editions)
}

fn is_discarded(text: &translation::Model) -> bool {
    text.live_edition_id.is_none() && text.draft_edition_id.is_none()
}

/// Loads an edition of earlier days.
pub(crate) async fn load_earlier(
    transaction: &DatabaseTransaction,
    taxonomy: &Taxonomy,
    id: EditionId,
) -> Result<Option<Earlier>, StoreError> {
    let row = edition::Entity::find_by_id(id.uuid()).one(transaction).await?;
    row.map(|row| {
        Ok(Earlier {
            translation: row.translation_id.into(),
            edition: edition_of(row, taxonomy)?,
        })
    })
    .transpose()
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
    let discarded = if is_discarded(&row) {
        editions.remove(&row.id)
    } else {
        None
    };
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
            texts: from_json("list of texts", &row.texts)?,
            follows: usize::try_from(row.live_follows).unwrap_or(0),
            emergency: (row.emergency.as_deref())
                .map(|json| from_json("emergency", json))
                .transpose()?,
        }),
        (None, None, None) => None,
        _ => return Err(StoreError::corrupt("translation", format!("{} is half live", row.id))),
    };
    let draft = match row.draft_edition_id {
        Some(id) => Some(Draft {
            edition: edition(id)?,
            based_on: row.draft_based_on.map(Into::into),
            stage: (row.draft_stage_detail.as_deref())
                .map(|json| from_json("stage", json))
                .transpose()?
                .unwrap_or_default(),
            writers: (row.draft_writers.as_deref())
                .map(|json| from_json("list of writers", json))
                .transpose()?
                .unwrap_or_default(),
            follows: usize::try_from(row.draft_follows).unwrap_or(0),
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
            discarded,
        },
    ))
}

pub(crate) fn actor(name: &str) -> Result<Actor, StoreError> {
    Actor::from_name(name).ok_or_else(|| StoreError::corrupt("name of an actor", name))
}

pub(crate) fn edition_of(row: edition::Model, taxonomy: &Taxonomy) -> Result<Edition, StoreError> {
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
        shared: row.shared.as_deref().map(|json| shared(json, taxonomy)).transpose()?,
    })
}

fn shared(json: &str, taxonomy: &Taxonomy) -> Result<Shared, StoreError> {
    let mut shared: Shared = from_json("edition", json)?;
    taxonomy.bring_up(&mut shared.offices, &mut shared.themes, &mut shared.content_type);
    Ok(shared)
}
