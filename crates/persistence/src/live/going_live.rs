//! The order in which releases went live, and those that are gone again: the change log beside what readers have.
//!
//! By publishing date, a release that is dated back comes among those that somebody has read long ago. By going live, it comes
//! last.

use std::collections::{BTreeMap, BTreeSet};

use newsroom_domain::change::{ChangeKind, ChangeScope, Facets};
use newsroom_domain::filter::{ReleaseOrder, ResolvedFilter};
use newsroom_domain::release::Removal;
use newsroom_domain::{Instant, Locale, ReleaseId, TranslationId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use uuid::Uuid;

use super::list::ids_in_order_of_going_live;
use super::row::{from_json, instant};
use crate::StoreError;
use crate::sql::Sql;

/// The most removals that are looked through for those of a scope.
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
    /// The identities of the texts that readers had of it last.
    pub texts: Vec<TranslationId>,
    /// When and why it was removed.
    pub removal: Removal,
}

impl LogSpan {
    /// Asks of a change `c` that it is of this span, and that its release went live by it.
    ///
    /// That is the first change that shows it. One that was removed already when it was imported is only ever reinstated; and into
    /// a mirror, one may come back.
    pub(crate) fn push_going_live(self, sql: &mut Sql) {
        sql.push("c.sequence > ").bind(self.after);
        sql.push(" AND c.sequence <= ").bind(self.up_to).push(" AND ");
        push_going_live(sql);
    }
}

fn push_going_live(sql: &mut Sql) {
    let showing = [ChangeKind::Published.as_str(), ChangeKind::Reinstated.as_str()];
    let showing = format!("('{}')", showing.join("', '"));
    sql.push(&format!(
        "c.kind IN {showing} AND NOT EXISTS (SELECT 1 FROM change AS e \
         WHERE e.subject_id = c.subject_id AND e.sequence < c.sequence AND e.kind IN {showing})"
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
    scope: &ChangeScope,
    span: Option<LogSpan>,
    most: usize,
) -> Result<Vec<GoneRelease>, StoreError> {
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        // In this order, since SQLite keeps to that of a cross join: there are few tombstones, and the log is long.
        "SELECT r.subject_id, r.\"before\", t.removal, t.translations FROM live_tombstone AS t CROSS JOIN change AS r \
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
        let before: Facets = from_json("facets", &row.try_get::<String>("", "before")?)?;
        // Of several removals the last counts.
        if gone.len() < most && seen.insert(id) && scope.matches(&before) {
            gone.push(GoneRelease {
                id,
                texts: texts(row.try_get("", "translations")?)?,
                removal: from_json("removal", &row.try_get::<String>("", "removal")?)?,
            });
        }
    }
    Ok(gone)
}

/// The texts that a tombstone is of; none where an older program wrote it, which did not say.
fn texts(of_tombstone: Option<String>) -> Result<Vec<TranslationId>, StoreError> {
    let Some(json) = of_tombstone else {
        return Ok(Vec::new());
    };
    let texts: BTreeMap<Locale, TranslationId> = from_json("translations", &json)?;
    Ok(texts.into_values().collect())
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
