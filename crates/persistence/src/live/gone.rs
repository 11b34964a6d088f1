//! What feeds tell of texts that are gone: removed with their release, taken down, or given way to another in a reader's language.
//!
//! A feed is told of a release that it ever had, whatever the release was filed under last. What a release ever was, the change log
//! knows: by each change it left a state, which stands there as what filters matched before.

use std::collections::{BTreeMap, BTreeSet};

use newsroom_domain::change::{ChangeKind, ChangeScope, Facets};
use newsroom_domain::filter::{AnyOf, ReleaseOrder};
use newsroom_domain::release::Removal;
use newsroom_domain::{Instant, Locale, ReleaseId, TranslationId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use uuid::Uuid;

use super::going_live::{LogSpan, OF_LANGUAGE};
use super::row::{from_json, instant, parsed};
use crate::StoreError;
use crate::sql::Sql;

/// What the index of such changes is of: written alike, so that SQLite knows that it will do.
const IS_GONE: &str = "c.kind IN ('removed', 'translation-taken-down')";

/// A release that was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoneRelease {
    /// The identity that it had.
    pub id: ReleaseId,
    /// The identities of the texts that readers ever had of it.
    pub texts: Vec<TranslationId>,
    /// When and why it was removed.
    pub removal: Removal,
}

/// A release that is there and has come into a language since it went live, or left one.
#[derive(Debug, Clone)]
pub struct RetoldRelease {
    /// Its identity.
    pub id: ReleaseId,
    /// When it came into a language or left one last.
    pub at: Instant,
    /// The locale of its original.
    pub original_locale: Locale,
    /// The texts that readers have of it, or had.
    pub texts: BTreeMap<Locale, TranslationId>,
    /// What filters matched of it, up to its last change.
    pub were: Vec<Facets>,
    /// What filters match of it now.
    pub is: Facets,
}

/// The removed releases that ever were of a scope, the one removed last first; of a span, those that were removed by its changes.
pub(crate) async fn removed(
    transaction: &DatabaseTransaction,
    scope: &ChangeScope,
    span: Option<LogSpan>,
    most: usize,
) -> Result<Vec<GoneRelease>, StoreError> {
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        // In this order, since SQLite keeps to that of a cross join.
        "SELECT c.subject_id, t.removal, t.translations FROM change AS c CROSS JOIN live_tombstone AS t \
         WHERE t.release_id = c.subject_id AND ",
    );
    if let Some(span) = span {
        span.push(&mut sql);
        sql.push(" AND ");
    }
    sql.push(IS_GONE)
        .push(" AND c.kind = ")
        .bind(ChangeKind::Removed.as_str());
    // What a removal's other reason is kept as has nothing before it.
    sql.push(" AND c.\"before\" IS NOT NULL");
    push_ever(&mut sql, scope);
    if span.is_none() {
        // Of several removals the last counts.
        sql.push(" AND NOT EXISTS (SELECT 1 FROM change AS n WHERE n.subject_id = c.subject_id AND n.sequence > c.sequence AND n.kind = ")
            .bind(ChangeKind::Removed.as_str())
            .push(" AND n.\"before\" IS NOT NULL)");
    }
    sql.push(" ORDER BY c.sequence DESC LIMIT ")
        .bind(i64::try_from(most).unwrap_or(i64::MAX));
    let mut seen = BTreeSet::new();
    let mut gone = Vec::new();
    for row in transaction.query_all_raw(sql.finish()).await? {
        let id = ReleaseId::from(row.try_get::<Uuid>("", "subject_id")?);
        if seen.insert(id) {
            gone.push(GoneRelease {
                id,
                texts: texts(row.try_get("", "translations")?)?,
                removal: from_json("removal", &row.try_get::<String>("", "removal")?)?,
            });
        }
    }
    Ok(gone)
}

/// The first or last change of a span by which a release was removed, or a text taken down, that ever was of a scope.
pub(crate) async fn nearest(
    transaction: &DatabaseTransaction,
    scope: &ChangeScope,
    span: LogSpan,
    order: ReleaseOrder,
) -> Result<Option<i64>, StoreError> {
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        "SELECT c.sequence FROM change AS c WHERE ",
    );
    span.push(&mut sql);
    sql.push(" AND ").push(IS_GONE).push(" AND c.\"before\" IS NOT NULL");
    push_ever(&mut sql, scope);
    sql.push(match order {
        ReleaseOrder::NewestFirst => " ORDER BY c.sequence DESC LIMIT 1",
        ReleaseOrder::OldestFirst => " ORDER BY c.sequence LIMIT 1",
    });
    let row = transaction.query_one_raw(sql.finish()).await?;
    Ok(row.map(|row| row.try_get("", "sequence")).transpose()?)
}

/// The releases that the changes of a span brought into a language, or took out of one, and that are there; the latest first.
pub(crate) async fn retold(
    transaction: &DatabaseTransaction,
    span: LogSpan,
    most: usize,
) -> Result<Vec<RetoldRelease>, StoreError> {
    let backend = transaction.get_database_backend();
    let mut sql = Sql::new(
        backend,
        "SELECT c.subject_id, c.at, l.original_locale FROM change AS c CROSS JOIN live_release AS l \
         WHERE l.id = c.subject_id AND ",
    );
    span.push(&mut sql);
    // What went live in several languages at once was in none before.
    sql.push(" AND c.\"before\" IS NOT NULL AND ")
        .is_in("c.kind", OF_LANGUAGE);
    sql.push(" ORDER BY c.sequence DESC LIMIT ")
        .bind(i64::try_from(most).unwrap_or(i64::MAX));
    let rows = transaction.query_all_raw(sql.finish()).await?;
    let ids = rows.iter().map(|row| row.try_get::<Uuid>("", "subject_id"));
    let ids: BTreeSet<Uuid> = ids.collect::<Result<_, _>>()?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut states = states(transaction, &ids).await?;
    let mut texts = texts_ever(transaction, &ids).await?;
    let mut retold = Vec::new();
    for row in rows {
        let id: Uuid = row.try_get("", "subject_id")?;
        // Of several such changes the latest, which comes first.
        let Some((were, Some(is))) = states.remove(&id) else {
            continue;
        };
        retold.push(RetoldRelease {
            id: id.into(),
            at: instant(row.try_get("", "at")?)?,
            original_locale: parsed("locale", &row.try_get::<String>("", "original_locale")?)?,
            texts: texts.remove(&id).unwrap_or_default(),
            were,
            is,
        });
    }
    Ok(retold)
}

/// Asks of the release that a change `c` is about that it ever was of a scope.
///
/// A state that it was in was left by a change, since by this one it left the last. Facets are JSON as this program writes it,
/// without a space and locales last, and no two things have one identity: so what they have can be told by its spelling.
fn push_ever(sql: &mut Sql, scope: &ChangeScope) {
    if scope.is_everything() {
        return;
    }
    sql.push(" AND EXISTS (SELECT 1 FROM change AS e WHERE e.subject_id = c.subject_id AND e.\"before\" IS NOT NULL");
    push_any(sql, identities(scope.offices(), "%\"offices\":[]%"));
    push_any(sql, identities(scope.themes(), "%\"themes\":[]%"));
    push_any(sql, identities(scope.types(), "%\"type\":null%"));
    let locales = scope.locales().iter();
    push_any(
        sql,
        locales.map(|locale| format!("%\"locales\":[%\"{locale}\"%")).collect(),
    );
    sql.push(")");
}

fn identities<T: Copy + Into<Uuid>>(any_of: &AnyOf<T>, none: &str) -> Vec<String> {
    let values = any_of.values.iter().map(|id| format!("%{}%", (*id).into()));
    values.chain(any_of.none.then(|| none.to_owned())).collect()
}

/// Asks of a state that it is spelt in any of these ways; of none, nothing.
fn push_any(sql: &mut Sql, patterns: Vec<String>) {
    for (index, pattern) in patterns.iter().enumerate() {
        sql.push(if index == 0 { " AND (" } else { " OR " });
        sql.push("e.\"before\" LIKE ").bind(pattern.as_str());
    }
    if !patterns.is_empty() {
        sql.push(")");
    }
}

/// What filters matched of these releases before each of their changes, and after the last.
async fn states(
    transaction: &DatabaseTransaction,
    ids: &BTreeSet<Uuid>,
) -> Result<BTreeMap<Uuid, (Vec<Facets>, Option<Facets>)>, StoreError> {
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        "SELECT subject_id, \"before\", \"after\" FROM change WHERE ",
    );
    sql.is_in("subject_id", ids.iter().copied()).push(" ORDER BY sequence");
    let mut states: BTreeMap<Uuid, (Vec<Facets>, Option<Facets>)> = BTreeMap::new();
    let facets = |row: &QueryResult, column| -> Result<Option<Facets>, StoreError> {
        let json: Option<String> = row.try_get("", column)?;
        json.map(|json| from_json("facets", &json)).transpose()
    };
    for row in transaction.query_all_raw(sql.finish()).await? {
        let (were, is) = states.entry(row.try_get("", "subject_id")?).or_default();
        if let Some(before) = facets(&row, "before")?
            && were.last() != Some(&before)
        {
            were.push(before);
        }
        if let Some(after) = facets(&row, "after")? {
            *is = Some(after);
        }
    }
    Ok(states)
}

/// The texts that readers have of these releases, or had.
async fn texts_ever(
    transaction: &DatabaseTransaction,
    ids: &BTreeSet<Uuid>,
) -> Result<BTreeMap<Uuid, BTreeMap<Locale, TranslationId>>, StoreError> {
    let mut sql = Sql::new(transaction.get_database_backend(), "");
    for (index, table) in ["live_former_text", "live_translation"].into_iter().enumerate() {
        sql.push(if index == 0 { "" } else { " UNION ALL " });
        sql.push(&format!("SELECT release_id, locale, id FROM {table} WHERE "))
            .is_in("release_id", ids.iter().copied());
    }
    let mut texts: BTreeMap<Uuid, BTreeMap<Locale, TranslationId>> = BTreeMap::new();
    for row in transaction.query_all_raw(sql.finish()).await? {
        let locale = parsed("locale", &row.try_get::<String>("", "locale")?)?;
        let id: Uuid = row.try_get("", "id")?;
        let of = texts.entry(row.try_get("", "release_id")?).or_default();
        of.insert(locale, id.into());
    }
    Ok(texts)
}

/// The texts that a tombstone is of; none where an older program wrote it, which did not say.
fn texts(of_tombstone: Option<String>) -> Result<Vec<TranslationId>, StoreError> {
    let Some(json) = of_tombstone else {
        return Ok(Vec::new());
    };
    let texts: BTreeMap<Locale, TranslationId> = from_json("translations", &json)?;
    Ok(texts.into_values().collect())
}
