//! Moving releases along with a theme that moves.

use std::collections::BTreeSet;

use newsroom_domain::change::{Change, ChangeKind, Facets, Origin, Subject};
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_domain::{Instant, Locale, OfficeId, ThemeId};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::projection::{Listed, relist};
use super::row::{from_json, instant};
use crate::StoreError;
use crate::entity::{live_release, live_release_theme};

/// How many releases are moved at once.
const PORTION: usize = 500;

/// Puts the releases of themes that have moved into the lists that they belong in now. Answers what readers are told of it.
pub(crate) async fn reclassify(
    transaction: &DatabaseTransaction,
    (before, after): (&Taxonomy, &Taxonomy),
    moved: &[ThemeId],
    now: Instant,
    origin: Origin,
) -> Result<Vec<Change>, StoreError> {
    let mut changes = Vec::new();
    if moved.is_empty() {
        return Ok(changes);
    }
    let values: Vec<Uuid> = moved.iter().map(|id| id.uuid()).collect();
    let mut filed: Vec<Uuid> = live_release_theme::Entity::find()
        .select_only()
        .column(live_release_theme::Column::ReleaseId)
        .filter(live_release_theme::Column::Value.is_in(values))
        .into_tuple()
        .all(transaction)
        .await?;
    filed.sort_unstable();
    filed.dedup();
    for ids in filed.chunks(PORTION) {
        let mut moves = Vec::new();
        for row in live_release::Entity::find()
            .filter(live_release::Column::Id.is_in(ids.iter().copied()))
            .order_by_asc(live_release::Column::Id)
            .all(transaction)
            .await?
        {
            let was = facets_of(&row, before)?;
            let is = facets_of(&row, after)?;
            if was != is {
                let (id, published_at) = (row.id.into(), instant(row.published_at)?);
                changes.push(Change {
                    at: now,
                    subject: Subject::Release(id),
                    kind: ChangeKind::Reclassified,
                    origin,
                    before: Some(was.clone()),
                    after: Some(is.clone()),
                });
                moves.push((
                    Listed {
                        id,
                        published_at,
                        facets: was,
                    },
                    Listed {
                        id,
                        published_at,
                        facets: is,
                    },
                ));
            }
        }
        relist(transaction, &moves).await?;
    }
    Ok(changes)
}

fn facets_of(row: &live_release::Model, taxonomy: &Taxonomy) -> Result<Facets, StoreError> {
    let themes: Vec<ThemeId> = from_json("list of themes", &row.themes)?;
    Ok(Facets {
        offices: from_json::<BTreeSet<OfficeId>>("list of offices", &row.offices)?,
        themes: taxonomy.themes().closure(&themes),
        content_type: row.content_type_id.map(Into::into),
        locales: from_json::<BTreeSet<Locale>>("list of locales", &row.locales)?,
    })
}
