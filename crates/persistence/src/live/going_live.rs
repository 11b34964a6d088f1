//! The order in which releases went live, and those that are gone again: the change log beside what readers have.
//!
//! By publishing date, a release that is dated back comes among those that somebody has read long ago. By going live, it comes
//! last.

use std::collections::{BTreeMap, BTreeSet};

use newsroom_domain::change::{ChangeKind, Facets};
use newsroom_domain::filter::{ReleaseOrder, ResolvedFilter};
use newsroom_domain::release::Removal;
use newsroom_domain::{Instant, ReleaseId, TranslationId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use uuid::Uuid;

use super::list::ids_in_order_of_going_live;
use super::row::{from_json, instant};
use crate::StoreError;
use crate::sql::Sql;

/// The most removals that are looked through for those that passed a filter.
const MOST_REMOVALS: i64 = 1_000;

/// How many changes are looked at for when the last one was: acts do not end in the order in which they begin.
const LAST_CHANGES: i64 = 100;

/// Changes of the log: those behind one sequence, up to another and with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSpan {
    /// The sequence that they are behind.
    pub after: i64,
    /// The last one's sequence.
    pub up_to: i64,
}

/// A release that was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoneRelease {
    /// The identity that it had.
    pub id: ReleaseId,
    /// The identities of the texts that readers had of it.
    pub texts: Vec<TranslationId>,
    /// When and why it was removed.
    pub removal: Removal,
}

impl LogSpan {
    /// Asks of a change `c` that it is of this span, and that its release went live by it.
    ///
    /// That is the first change that shows it: one that was removed already when it was imported is only ever reinstated.
    pub(crate) fn push_going_live(self, sql: &mut Sql) {
        sql.push("c.sequence > ").bind(self.after);
        sql.push(" AND c.sequence <= ").bind(self.up_to).push(" AND ");
        push_going_live(sql);
    }
}

fn push_going_live(sql: &mut Sql) {
    let published = ChangeKind::Published.as_str();
    let reinstated = ChangeKind::Reinstated.as_str();
    sql.push(&format!(
        "(c.kind = '{published}' OR (c.kind = '{reinstated}' AND NOT EXISTS (SELECT 1 FROM change AS e \
         WHERE e.subject_id = c.subject_id AND e.sequence < c.sequence AND e.kind IN ('{published}', '{reinstated}'))))"
    ));
}

pub(crate) async fn went_live(
    transaction: &DatabaseTransaction,
    filter: &ResolvedFilter,
    span: LogSpan,
    order: ReleaseOrder,
    most: u64,
) -> Result<Vec<(i64, ReleaseId)>, StoreError> {
    let newest_first = order == ReleaseOrder::NewestFirst;
    let backend = transaction.get_database_backend();
    let statement = ids_in_order_of_going_live(backend, filter, span, newest_first, most);
    let rows = transaction.query_all_raw(statement).await?;
    let read = |row: &QueryResult| {
        let id: Uuid = row.try_get("", "release_id")?;
        Ok((row.try_get("", "sequence")?, id.into()))
    };
    rows.iter().map(read).collect()
}

pub(crate) async fn gone(
    transaction: &DatabaseTransaction,
    filter: &ResolvedFilter,
    span: Option<LogSpan>,
    most: usize,
) -> Result<Vec<GoneRelease>, StoreError> {
    let mut gone = removals(transaction, filter, span).await?;
    gone.truncate(most);
    let mut texts = texts_of(transaction, &gone).await?;
    for release in &mut gone {
        release.texts = texts.remove(&release.id).unwrap_or_default();
    }
    Ok(gone)
}

/// The removed releases that passed a filter, without their texts.
async fn removals(
    transaction: &DatabaseTransaction,
    filter: &ResolvedFilter,
    span: Option<LogSpan>,
) -> Result<Vec<GoneRelease>, StoreError> {
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        // In this order, since SQLite keeps to that of a cross join: there are few tombstones, and the log is long.
        "SELECT r.subject_id, r.\"before\", t.removal FROM live_tombstone AS t CROSS JOIN change AS r \
         WHERE r.subject_id = t.release_id AND ",
    );
    // What a removal's other reason is kept as has nothing before it.
    sql.push("r.\"before\" IS NOT NULL AND r.kind = ")
        .bind(ChangeKind::Removed.as_str());
    if let Some(span) = span {
        sql.push(" AND EXISTS (SELECT 1 FROM change AS c WHERE c.subject_id = t.release_id AND ");
        span.push_going_live(&mut sql);
        sql.push(")");
    }
    sql.push(" ORDER BY r.sequence DESC LIMIT ").bind(MOST_REMOVALS);
    let mut seen = BTreeSet::new();
    let mut gone = Vec::new();
    for row in transaction.query_all_raw(sql.finish()).await? {
        let id = ReleaseId::from(row.try_get::<Uuid>("", "subject_id")?);
        let facets: Facets = from_json("facets", &row.try_get::<String>("", "before")?)?;
        // Of several removals the last counts.
        if seen.insert(id) && filter.passes(&facets) {
            gone.push(GoneRelease {
                id,
                texts: Vec::new(),
                removal: from_json("removal", &row.try_get::<String>("", "removal")?)?,
            });
        }
    }
    Ok(gone)
}

/// The texts that readers had of removed releases.
async fn texts_of(
    transaction: &DatabaseTransaction,
    gone: &[GoneRelease],
) -> Result<BTreeMap<ReleaseId, Vec<TranslationId>>, StoreError> {
    let mut texts: BTreeMap<ReleaseId, Vec<TranslationId>> = BTreeMap::new();
    if gone.is_empty() {
        return Ok(texts);
    }
    // Their identities alone, of what has a tombstone and was live: nothing else of them is told.
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        "SELECT x.release_id, x.id FROM translation AS x JOIN live_tombstone AS t ON t.release_id = x.release_id \
         WHERE x.published_at IS NOT NULL AND ",
    );
    sql.is_in("x.release_id", gone.iter().map(|release| release.id.uuid()));
    sql.push(" ORDER BY x.locale");
    for row in transaction.query_all_raw(sql.finish()).await? {
        let release = ReleaseId::from(row.try_get::<Uuid>("", "release_id")?);
        let id: Uuid = row.try_get("", "id")?;
        texts.entry(release).or_default().push(id.into());
    }
    Ok(texts)
}

pub(crate) async fn parts(transaction: &DatabaseTransaction, changes: i64) -> Result<Vec<(i64, Instant)>, StoreError> {
    let mut sql = Sql::new(transaction.get_database_backend(), "SELECT (c.sequence - 1) / ");
    sql.bind(changes).push(
        " + 1 AS part, max(x.updated_at) AS updated_at \
         FROM change AS c JOIN live_translation AS x ON x.release_id = c.subject_id WHERE ",
    );
    push_going_live(&mut sql);
    sql.push(" GROUP BY 1 ORDER BY 1");
    let rows = transaction.query_all_raw(sql.finish()).await?;
    rows.iter()
        .map(|row| Ok((row.try_get("", "part")?, instant(row.try_get("", "updated_at")?)?)))
        .collect()
}

pub(crate) async fn changed_at(transaction: &DatabaseTransaction) -> Result<Option<Instant>, StoreError> {
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        "SELECT max(l.at) AS at FROM (SELECT at FROM change ORDER BY sequence DESC LIMIT ",
    );
    sql.bind(LAST_CHANGES).push(") AS l");
    let Some(row) = transaction.query_one_raw(sql.finish()).await? else {
        return Ok(None);
    };
    row.try_get::<Option<i64>>("", "at")?.map(instant).transpose()
}
