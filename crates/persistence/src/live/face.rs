//! Reading the public side back: what readers have of a release, whole.

use std::collections::BTreeMap;

use newsroom_domain::filter::ResolvedFilter;
use newsroom_domain::release::{Body, LiveRelease, LiveTranslation, PublicFace, Tombstone};
use newsroom_domain::text::{Lead, Title};
use newsroom_domain::{Reader, ReleaseId, Slug};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::address::{REDIRECT, TOMBSTONE};
use super::list::ids_in_order_of_creation;
use super::row::{from_json, parsed, read_releases};
use super::shown::{ShownRelease, ShownText, Wants};
use crate::StoreError;
use crate::entity::{live_address, live_tombstone};

/// What readers have of these releases. Those of which they have nothing are left out.
pub(crate) async fn faces(
    transaction: &DatabaseTransaction,
    ids: &[ReleaseId],
) -> Result<BTreeMap<ReleaseId, PublicFace>, StoreError> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let wants = Wants {
        bodies: true,
        translations: true,
    };
    let releases = read_releases(transaction, ids, &Reader::default(), wants).await?;
    let tombstones = live_tombstone::Entity::find()
        .filter(live_tombstone::Column::ReleaseId.is_in(ids.iter().map(|id| id.uuid())))
        .all(transaction)
        .await?;
    let addresses = live_address::Entity::find()
        .filter(live_address::Column::ReleaseId.is_in(ids.iter().map(|id| id.uuid())))
        .filter(live_address::Column::Kind.is_in([REDIRECT, TOMBSTONE]))
        .order_by_asc(live_address::Column::Slug);
    let mut others: BTreeMap<Uuid, Vec<Slug>> = BTreeMap::new();
    for row in addresses.all(transaction).await? {
        others
            .entry(row.release_id)
            .or_default()
            .push(parsed("slug", &row.slug)?);
    }
    let mut faces = BTreeMap::new();
    for shown in releases {
        let redirects = others.remove(&shown.id.uuid()).unwrap_or_default();
        faces.insert(shown.id, PublicFace::Live(Box::new(live_release(shown, redirects)?)));
    }
    for row in tombstones {
        let slugs = others.remove(&row.release_id).unwrap_or_default();
        faces.insert(row.release_id.into(), PublicFace::Tombstone(tombstone(&row, slugs)?));
    }
    Ok(faces)
}

/// The releases behind that one that readers have and that the filter matches, in the order of creation; with `tombstones`, removed
/// ones among them, of which something is left. Those are in no list, and so there only where nothing is filtered.
pub(crate) async fn shown_after(
    transaction: &DatabaseTransaction,
    filter: &ResolvedFilter,
    tombstones: bool,
    last: ReleaseId,
    most: u64,
) -> Result<Vec<ReleaseId>, StoreError> {
    let statement = ids_in_order_of_creation(transaction.get_database_backend(), filter, last, most);
    let rows = transaction.query_all_raw(statement).await?;
    let mut ids = rows
        .iter()
        .map(|row| Ok(row.try_get::<Uuid>("", "release_id")?.into()))
        .collect::<Result<Vec<ReleaseId>, StoreError>>()?;
    if tombstones && *filter == ResolvedFilter::default() {
        use live_tombstone::Column;
        let removed = live_tombstone::Entity::find()
            .select_only()
            .column(Column::ReleaseId)
            .filter(Column::ReleaseId.gt(last.uuid()))
            .order_by_asc(Column::ReleaseId)
            .limit(most);
        let removed: Vec<Uuid> = removed.into_tuple().all(transaction).await?;
        ids.extend(removed.into_iter().map(ReleaseId::from));
        ids.sort_unstable();
        ids.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    }
    Ok(ids)
}

fn tombstone(row: &live_tombstone::Model, slugs: Vec<Slug>) -> Result<Tombstone, StoreError> {
    let last = match &row.slug {
        Some(slug) => parsed("slug", slug)?,
        // An older program beside this one does not say which it was.
        None => slugs
            .first()
            .cloned()
            .ok_or_else(|| StoreError::corrupt("tombstone", format!("{} has no address", row.release_id)))?,
    };
    let translations = row.translations.as_deref().map(|json| from_json("translations", json));
    Ok(Tombstone {
        id: row.release_id.into(),
        redirects: slugs.into_iter().filter(|slug| *slug != last).collect(),
        slug: last,
        translations: translations.transpose()?.unwrap_or_default(),
        removal: from_json("removal", &row.removal)?,
    })
}

fn live_release(shown: ShownRelease, redirects: Vec<Slug>) -> Result<LiveRelease, StoreError> {
    let texts = shown.translations.unwrap_or_default().into_iter().map(live_translation);
    Ok(LiveRelease {
        id: shown.id,
        slug: shown.slug,
        redirects,
        published_at: shown.published_at,
        publishing_date: shown.publishing_date,
        content_type: shown.content_type,
        offices: shown.offices,
        themes: shown.themes,
        attachments: shown.attachments,
        withdrawal: shown.withdrawal,
        original_locale: shown.original_locale,
        translations: texts.collect::<Result<_, _>>()?,
    })
}

fn live_translation(text: ShownText) -> Result<LiveTranslation, StoreError> {
    Ok(LiveTranslation {
        id: text.id,
        locale: text.locale,
        title: Title::new(&text.title).map_err(|fault| StoreError::corrupt("title", fault))?,
        lead: Lead::new(&text.lead).map_err(|fault| StoreError::corrupt("lead", fault))?,
        body: text
            .body
            .flatten()
            .map(|body| Body::stored(body.format, body.source, body.html)),
        published_at: text.published_at,
        updated_at: text.updated_at,
        change_notes: text.change_notes,
    })
}
