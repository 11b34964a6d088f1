//! What events are about, as it is when they are sent.

use std::collections::{BTreeMap, BTreeSet};

use newsroom_domain::change::{ChangeCursor, Facets};
use newsroom_domain::release::Removal;
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_domain::{Instant, Reader, ReleaseId, WebhookId};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::row;
use crate::StoreError;
use crate::changes::cursor_of;
use crate::entity::{change, live_address, live_tombstone, webhook};
use crate::live::address::TOMBSTONE;
use crate::live::row::{from_json, instant, read_releases};
use crate::live::shown::{ShownRelease, Wants};

/// What an event is about.
#[derive(Debug, Clone)]
pub enum EventContent {
    /// The endpoint itself.
    OfEndpoint,
    /// A change.
    OfChange {
        /// Its place in the change log.
        cursor: ChangeCursor,
        /// When.
        at: Instant,
        /// The kind of what it is about: `release`, `office`, `theme`, `type`.
        subject_kind: String,
        /// The identity of that.
        subject: Uuid,
        /// The locale that it is about, where it is about one.
        locale: Option<String>,
        /// Into what its subject was merged, where it was.
        merged_into: Option<Uuid>,
        /// Whether a release met the endpoint's filter before, and does no more.
        leaves_filter: bool,
        /// The release as it is now; nothing where it is about something else.
        release: Option<ReleaseNow>,
    },
}

/// A release as it is now.
#[derive(Debug, Clone)]
pub enum ReleaseNow {
    /// It can be read.
    Live(Box<ShownRelease>),
    /// It was removed.
    Removed(Tombstone),
}

/// What is left of a removed release.
#[derive(Debug, Clone)]
pub struct Tombstone {
    /// Its identity.
    pub id: ReleaseId,
    /// The slugs that it had, by which its address answers.
    pub slugs: Vec<String>,
    /// When and why it was removed.
    pub removal: Removal,
}

/// Reads the changes of these sequences, each for an endpoint, and what they are about.
pub(super) async fn read(
    transaction: &DatabaseTransaction,
    taxonomy: &Taxonomy,
    wanted: &[(i64, WebhookId)],
    endpoints: &BTreeMap<Uuid, webhook::Model>,
) -> Result<BTreeMap<(i64, WebhookId), EventContent>, StoreError> {
    let sequences: BTreeSet<i64> = wanted.iter().map(|(sequence, _)| *sequence).collect();
    if sequences.is_empty() {
        return Ok(BTreeMap::new());
    }
    let changes = change::Entity::find().filter(change::Column::Sequence.is_in(sequences));
    let changes: BTreeMap<i64, change::Model> = changes
        .all(transaction)
        .await?
        .into_iter()
        .map(|row| (row.sequence, row))
        .collect();
    let of_releases = changes.values().filter(|change| change.subject_kind == "release");
    let ids: BTreeSet<ReleaseId> = of_releases.map(|change| change.subject_id.into()).collect();
    let releases = releases_now(transaction, ids.into_iter().collect()).await?;
    let mut contents = BTreeMap::new();
    for (sequence, id) in wanted {
        let (Some(change), Some(endpoint)) = (changes.get(sequence), endpoints.get(&id.uuid())) else {
            continue;
        };
        let filter = row::filter(&endpoint.filter)?.with_merged(taxonomy);
        let matched = |facets: &Option<String>| match facets {
            Some(json) => from_json::<Facets>("facets", json).map(|facets| filter.matches(&facets)),
            None => Ok(false),
        };
        let content = EventContent::OfChange {
            cursor: cursor_of(change)?,
            at: instant(change.at)?,
            subject_kind: change.subject_kind.clone(),
            subject: change.subject_id,
            locale: change.locale.clone(),
            merged_into: change.into_id,
            leaves_filter: matched(&change.before)? && !matched(&change.after)?,
            release: releases.get(&change.subject_id.into()).cloned(),
        };
        contents.insert((*sequence, *id), content);
    }
    Ok(contents)
}

/// These releases, each in its original with all its translations, or what is left of it.
async fn releases_now(
    transaction: &DatabaseTransaction,
    ids: Vec<ReleaseId>,
) -> Result<BTreeMap<ReleaseId, ReleaseNow>, StoreError> {
    let wants = Wants {
        translations: true,
        ..Wants::default()
    };
    let live = read_releases(transaction, &ids, &Reader::default(), wants).await?;
    let mut releases: BTreeMap<ReleaseId, ReleaseNow> = live
        .into_iter()
        .map(|release| (release.id, ReleaseNow::Live(Box::new(release))))
        .collect();
    let gone = ids.iter().filter(|id| !releases.contains_key(id)).map(|id| id.uuid());
    let gone: Vec<Uuid> = gone.collect();
    if gone.is_empty() {
        return Ok(releases);
    }
    let tombstones = live_tombstone::Entity::find().filter(live_tombstone::Column::ReleaseId.is_in(gone.clone()));
    let tombstones = tombstones.all(transaction).await?;
    let mut slugs = BTreeMap::<Uuid, Vec<String>>::new();
    let addresses = live_address::Entity::find()
        .filter(live_address::Column::ReleaseId.is_in(gone))
        .filter(live_address::Column::Kind.eq(TOMBSTONE));
    for address in addresses.all(transaction).await? {
        slugs.entry(address.release_id).or_default().push(address.slug);
    }
    for row in tombstones {
        let id = ReleaseId::from(row.release_id);
        let mut slugs = slugs.remove(&row.release_id).unwrap_or_default();
        slugs.sort_unstable();
        let removal = from_json("removal", &row.removal)?;
        releases.insert(id, ReleaseNow::Removed(Tombstone { id, slugs, removal }));
    }
    Ok(releases)
}
