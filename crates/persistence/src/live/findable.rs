//! Reading what the read index goes by.

use std::collections::BTreeSet;

use newsroom_domain::change::Facets;
use newsroom_domain::findable::FindableRelease;
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_domain::{Locale, OfficeId, ReleaseId, ThemeId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use uuid::Uuid;

use super::row::{from_json, instant, parsed};
use crate::StoreError;
use crate::sql::{Sql, in_chunks};

const SELECT: &str = "SELECT l.id, l.published_at, l.publishing_date, l.content_type_id, l.offices, l.themes, l.original_locale, l.locales, \
     (SELECT max(t.updated_at) FROM live_translation AS t WHERE t.release_id = l.id) AS updated_at \
     FROM live_release AS l WHERE ";

/// The releases that changes after that sequence are about, each once; `None` where there are more than `most`.
pub(crate) async fn changed_since(
    transaction: &DatabaseTransaction,
    sequence: i64,
    most: usize,
) -> Result<Option<Vec<ReleaseId>>, StoreError> {
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        "SELECT DISTINCT subject_id FROM change WHERE sequence > ",
    );
    sql.bind(sequence).push(" AND subject_kind = 'release' LIMIT ");
    sql.bind(i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1));
    let rows = transaction.query_all_raw(sql.finish()).await?;
    if rows.len() > most {
        return Ok(None);
    }
    let id = |row: &QueryResult| Ok(row.try_get::<Uuid>("", "subject_id")?.into());
    rows.iter().map(id).collect::<Result<_, _>>().map(Some)
}

/// What those of these releases are found by that readers have.
pub(crate) async fn these(
    transaction: &DatabaseTransaction,
    taxonomy: &Taxonomy,
    ids: &[ReleaseId],
) -> Result<Vec<FindableRelease>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in in_chunks(ids.iter().map(|id| id.uuid()).collect(), 1) {
        let mut sql = Sql::new(transaction.get_database_backend(), SELECT);
        sql.is_in("l.id", ids);
        for row in transaction.query_all_raw(sql.finish()).await? {
            found.push(read(&row, taxonomy)?);
        }
    }
    Ok(found)
}

/// What the releases behind that one are found by, in the order of creation.
pub(crate) async fn portion(
    transaction: &DatabaseTransaction,
    taxonomy: &Taxonomy,
    last: Option<ReleaseId>,
    most: u64,
) -> Result<Vec<FindableRelease>, StoreError> {
    let mut sql = Sql::new(transaction.get_database_backend(), SELECT);
    sql.push("l.id > ")
        .bind(last.map_or_else(Uuid::nil, ReleaseId::uuid))
        .push(" ORDER BY l.id LIMIT ")
        .bind(i64::try_from(most).unwrap_or(i64::MAX));
    let rows = transaction.query_all_raw(sql.finish()).await?;
    rows.iter().map(|row| read(row, taxonomy)).collect()
}

fn read(row: &QueryResult, taxonomy: &Taxonomy) -> Result<FindableRelease, StoreError> {
    let text = |column: &str| -> Result<String, StoreError> { Ok(row.try_get("", column)?) };
    let themes: Vec<ThemeId> = from_json("list of themes", &text("themes")?)?;
    let content_type: Option<Uuid> = row.try_get("", "content_type_id")?;
    Ok(FindableRelease {
        id: row.try_get::<Uuid>("", "id")?.into(),
        published_at: instant(row.try_get("", "published_at")?)?,
        publishing_date: parsed("day", &text("publishing_date")?)?,
        facets: Facets {
            offices: from_json::<BTreeSet<OfficeId>>("list of offices", &text("offices")?)?,
            themes: taxonomy.themes().closure(&themes),
            content_type: content_type.map(Into::into),
            locales: from_json::<BTreeSet<Locale>>("list of locales", &text("locales")?)?,
        },
        original_locale: parsed("locale", &text("original_locale")?)?,
        updated_at: instant(row.try_get("", "updated_at")?)?,
    })
}
