//! The order in which releases went live: the change log beside what readers have.
//!
//! By publishing date, a release that is dated back comes among those that somebody has read long ago. By going live, it comes
//! last.

use newsroom_domain::change::ChangeKind;
use newsroom_domain::filter::{ReleaseOrder, ResolvedFilter};
use newsroom_domain::{Instant, ReleaseId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use uuid::Uuid;

use super::list::ids_in_order_of_acts;
use super::row::instant;
use crate::StoreError;
use crate::sql::Sql;

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

/// What went live by some changes, all in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LivePart {
    /// The part's number, from 1.
    pub number: i64,
    /// When any of it changed last, what is gone from it among them: never earlier than it was.
    pub changed_at: Instant,
    /// How many addresses its pages have, with those by which each names the others of its release.
    pub addresses: i64,
}

/// The changes of a release that are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acts {
    /// The one by which it went live: the first that shows it.
    ///
    /// One that was removed already when it was imported is only ever reinstated; and into a mirror, one may come back.
    GoingLive,
    /// Each that readers are to hear of, and after which there is something to read.
    Told,
}

impl LogSpan {
    /// Asks of a change `c` that it is of this span, and such an act.
    pub(crate) fn push_acts(self, acts: Acts, sql: &mut Sql) {
        self.push(sql);
        sql.push(" AND ");
        match acts {
            Acts::GoingLive => push_going_live(sql),
            Acts::Told => push_told(sql),
        }
    }

    /// Asks of a change `c` that it is of this span.
    pub(crate) fn push(self, sql: &mut Sql) {
        sql.push("c.sequence > ").bind(self.after);
        sql.push(" AND c.sequence <= ").bind(self.up_to);
    }
}

/// Minor corrections, new addresses and what is filed otherwise are for those who follow the change log.
fn push_told(sql: &mut Sql) {
    let told = [
        ChangeKind::Published.as_str(),
        ChangeKind::Reinstated.as_str(),
        ChangeKind::Corrected.as_str(),
        ChangeKind::Withdrawn.as_str(),
    ];
    let told = told.into_iter().chain(OF_LANGUAGE).collect::<Vec<_>>();
    sql.push(&format!("c.kind IN ('{}')", told.join("', '")));
}

/// The kinds of change by which a release comes into a language, or leaves it.
pub(crate) const OF_LANGUAGE: [&str; 3] = [
    "translation-published",
    "translation-taken-down",
    "translation-reinstated",
];

fn push_going_live(sql: &mut Sql) {
    let showing = [ChangeKind::Published.as_str(), ChangeKind::Reinstated.as_str()];
    let showing = format!("('{}')", showing.join("', '"));
    sql.push(&format!(
        "c.kind IN {showing} AND NOT EXISTS (SELECT 1 FROM change AS e \
         WHERE e.subject_id = c.subject_id AND e.sequence < c.sequence AND e.kind IN {showing})"
    ));
}

pub(crate) async fn acts(
    transaction: &DatabaseTransaction,
    acts: Acts,
    filter: &ResolvedFilter,
    span: LogSpan,
    order: ReleaseOrder,
    most: u64,
) -> Result<Vec<(i64, ReleaseId)>, StoreError> {
    let newest_first = order == ReleaseOrder::NewestFirst;
    let backend = transaction.get_database_backend();
    let statement = ids_in_order_of_acts(backend, (acts, span), filter, newest_first, most);
    let rows = transaction.query_all_raw(statement).await?;
    let read = |row: &QueryResult| {
        let id: Uuid = row.try_get("", "release_id")?;
        Ok((row.try_get("", "sequence")?, id.into()))
    };
    rows.iter().map(read).collect()
}

pub(crate) async fn parts(transaction: &DatabaseTransaction, changes: i64) -> Result<Vec<LivePart>, StoreError> {
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        "SELECT p.part, max(p.at) AS at, CAST(sum(p.texts + p.texts * p.texts) AS BIGINT) AS addresses FROM (SELECT (c.sequence - 1) / ",
    );
    sql.bind(changes).push(
        " + 1 AS part, (SELECT max(e.at) FROM change AS e WHERE e.subject_id = c.subject_id) AS at, \
         count(x.locale) AS texts FROM change AS c LEFT JOIN live_translation AS x ON x.release_id = c.subject_id WHERE ",
    );
    push_going_live(&mut sql);
    sql.push(" GROUP BY c.sequence) AS p GROUP BY p.part HAVING sum(p.texts) > 0 ORDER BY p.part");
    let rows = transaction.query_all_raw(sql.finish()).await?;
    let read = |row: &QueryResult| {
        Ok(LivePart {
            number: row.try_get("", "part")?,
            changed_at: instant(row.try_get("", "at")?)?,
            addresses: row.try_get("", "addresses")?,
        })
    };
    rows.iter().map(read).collect()
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
