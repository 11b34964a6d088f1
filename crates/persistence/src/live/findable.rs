//! Reading what the read index goes by.

use std::collections::BTreeSet;

use newsroom_domain::change::{ChangeKind, Facets};
use newsroom_domain::findable::{FindableRelease, FindableText};
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

const SELECT_TEXT: &str = "SELECT release_id, locale, title, lead, body_text FROM live_translation WHERE ";

/// The releases that changes after that sequence are about, each once; `None` where there are more than `most`. Of
/// `texts_alone`, those whose texts or place in lists may have changed.
pub(crate) async fn changed_since(
    transaction: &DatabaseTransaction,
    sequence: i64,
    most: usize,
    texts_alone: bool,
) -> Result<Option<Vec<ReleaseId>>, StoreError> {
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        "SELECT DISTINCT subject_id FROM change WHERE sequence > ",
    );
    sql.bind(sequence).push(" AND subject_kind = 'release'");
    if texts_alone {
        // What moves all releases of a theme changes no word of them.
        sql.push(" AND kind <> ")
            .bind(ChangeKind::Reclassified.as_str().to_owned());
    }
    sql.push(" LIMIT ");
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

/// The texts that readers have of these releases, in no particular order.
pub(crate) async fn texts(
    transaction: &DatabaseTransaction,
    ids: &[ReleaseId],
) -> Result<Vec<FindableText>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in in_chunks(ids.iter().map(|id| id.uuid()).collect(), 1) {
        let mut sql = Sql::new(transaction.get_database_backend(), SELECT_TEXT);
        sql.is_in("release_id", ids);
        for row in transaction.query_all_raw(sql.finish()).await? {
            found.push(read_text(&row)?);
        }
    }
    Ok(found)
}

/// The texts that readers have, behind that one in the order of creation of releases and of locales.
pub(crate) async fn texts_after(
    transaction: &DatabaseTransaction,
    last: Option<(ReleaseId, &Locale)>,
    most: u64,
) -> Result<Vec<FindableText>, StoreError> {
    let mut sql = Sql::new(transaction.get_database_backend(), SELECT_TEXT);
    let (release, locale) = last.map_or((Uuid::nil(), ""), |(release, locale)| (release.uuid(), locale.as_str()));
    sql.push("(release_id, locale) > (")
        .bind(release)
        .push(", ")
        .bind(locale)
        .push(") ORDER BY release_id, locale LIMIT ")
        .bind(i64::try_from(most).unwrap_or(i64::MAX));
    let rows = transaction.query_all_raw(sql.finish()).await?;
    rows.iter().map(read_text).collect()
}

/// What tells the change log up to that sequence from the log of any other database: its last change until then.
pub(crate) async fn fingerprint(transaction: &DatabaseTransaction, sequence: i64) -> Result<String, StoreError> {
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        "SELECT sequence, at, subject_id FROM change WHERE sequence <= ",
    );
    sql.bind(sequence).push(" ORDER BY sequence DESC LIMIT 1");
    let Some(row) = transaction.query_one_raw(sql.finish()).await? else {
        return Ok("no change".to_owned());
    };
    let sequence: i64 = row.try_get("", "sequence")?;
    let at: i64 = row.try_get("", "at")?;
    let subject: Uuid = row.try_get("", "subject_id")?;
    Ok(format!("{sequence} {at} {subject}"))
}

fn read_text(row: &QueryResult) -> Result<FindableText, StoreError> {
    let body: Option<String> = row.try_get("", "body_text")?;
    Ok(FindableText {
        release: row.try_get::<Uuid>("", "release_id")?.into(),
        locale: parsed("locale", &row.try_get::<String>("", "locale")?)?,
        title: row.try_get("", "title")?,
        lead: row.try_get("", "lead")?,
        body: body.unwrap_or_default(),
    })
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
