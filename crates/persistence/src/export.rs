//! Exporting: every release as a line, in the order of creation.

use std::collections::BTreeMap;
use std::io;

use newsroom_domain::ReleaseId;
use newsroom_domain::exchange::{ExportScope, ReleaseLine};
use newsroom_domain::filter::ResolvedFilter;
use newsroom_domain::taxonomy::Taxonomy;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::StoreError;
use crate::desk::load::{Purpose, load};
use crate::entity::{import_record, release};
use crate::live::face::{faces, shown_after};

/// How many releases are read at once.
const PORTION: u64 = 500;

pub(crate) async fn run(
    transaction: &DatabaseTransaction,
    taxonomy: &Taxonomy,
    scope: ExportScope,
    filter: &ResolvedFilter,
    mut sink: impl FnMut(&ReleaseLine) -> io::Result<()>,
) -> Result<u64, StoreError> {
    let mut written = 0;
    let mut last = ReleaseId::from(Uuid::nil());
    loop {
        let ids = match scope {
            ExportScope::Everything => all_ids(transaction, last).await?,
            ExportScope::Public { tombstones } => shown_after(transaction, filter, tombstones, last, PORTION).await?,
        };
        let Some(newest) = ids.last() else { return Ok(written) };
        last = *newest;
        let lines = match scope {
            ExportScope::Everything => desk_lines(transaction, taxonomy, &ids).await?,
            ExportScope::Public { .. } => public_lines(transaction, taxonomy, &ids).await?,
        };
        for line in &lines {
            sink(line)?;
            written += 1;
        }
    }
}

async fn all_ids(transaction: &DatabaseTransaction, last: ReleaseId) -> Result<Vec<ReleaseId>, StoreError> {
    use release::Column;
    let ids = release::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Id.gt(last.uuid()))
        .order_by_asc(Column::Id)
        .limit(PORTION);
    Ok(ids
        .into_tuple::<Uuid>()
        .all(transaction)
        .await?
        .into_iter()
        .map(Into::into)
        .collect())
}

async fn desk_lines(
    transaction: &DatabaseTransaction,
    taxonomy: &Taxonomy,
    ids: &[ReleaseId],
) -> Result<Vec<ReleaseLine>, StoreError> {
    use import_record::Column;
    let releases = load(transaction, taxonomy, ids, Purpose::Read).await?;
    let records = import_record::Entity::find()
        .filter(Column::ReleaseId.is_in(ids.iter().map(|id| id.uuid())))
        .all(transaction)
        .await?;
    let mut sources: BTreeMap<Uuid, String> = records
        .into_iter()
        .filter_map(|record| Some((record.release_id, record.source_id?)))
        .collect();
    Ok(releases
        .values()
        .map(|release| ReleaseLine::of_release(release, sources.remove(&release.id.uuid()), taxonomy))
        .collect())
}

/// Read as readers read: from the public tables alone.
async fn public_lines(
    transaction: &DatabaseTransaction,
    taxonomy: &Taxonomy,
    ids: &[ReleaseId],
) -> Result<Vec<ReleaseLine>, StoreError> {
    // By identity, and so in the order of creation.
    let faces = faces(transaction, ids).await?;
    let lines = faces.values();
    Ok(lines
        .filter_map(|face| ReleaseLine::of_public_face(face, taxonomy))
        .collect())
}
