//! Exporting: every release as a line, in the order of creation.

use std::collections::BTreeMap;
use std::io;

use newsroom_domain::exchange::{ExportScope, ReleaseLine};
use newsroom_domain::filter::ResolvedFilter;
use newsroom_domain::release::{Body, LiveRelease, LiveTranslation};
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_domain::text::{Lead, Title};
use newsroom_domain::{Reader, ReleaseId, Slug};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::StoreError;
use crate::desk::load::{Purpose, load};
use crate::entity::{import_record, live_address, release};
use crate::live::address::REDIRECT;
use crate::live::list::ids_in_order_of_creation;
use crate::live::row::{parsed, read_releases};
use crate::live::shown::{ShownRelease, ShownText, Wants};

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
            ExportScope::Public => {
                let statement = ids_in_order_of_creation(transaction.get_database_backend(), filter, last, PORTION);
                let rows = transaction.query_all_raw(statement).await?;
                rows.iter()
                    .map(|row| Ok(row.try_get::<Uuid>("", "release_id")?.into()))
                    .collect::<Result<_, StoreError>>()?
            }
        };
        let Some(newest) = ids.last() else { return Ok(written) };
        last = *newest;
        let lines = match scope {
            ExportScope::Everything => desk_lines(transaction, taxonomy, &ids).await?,
            ExportScope::Public => public_lines(transaction, taxonomy, &ids).await?,
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
    use live_address::Column;
    let wants = Wants {
        bodies: true,
        translations: true,
    };
    let releases = read_releases(transaction, ids, &Reader::default(), wants).await?;
    let of_these = live_address::Entity::find()
        .filter(Column::ReleaseId.is_in(ids.iter().map(|id| id.uuid())))
        .filter(Column::Kind.eq(REDIRECT));
    let mut redirects: BTreeMap<Uuid, Vec<Slug>> = BTreeMap::new();
    for row in of_these.order_by_asc(Column::Slug).all(transaction).await? {
        redirects
            .entry(row.release_id)
            .or_default()
            .push(parsed("slug", &row.slug)?);
    }
    let lines = releases.into_iter().map(|shown| {
        let redirects = redirects.remove(&shown.id.uuid()).unwrap_or_default();
        Ok(ReleaseLine::of_live_release(&live_release(shown, redirects)?, taxonomy))
    });
    lines.collect()
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
