//! Lists of releases: a page of them by keyset, each statement driven by one index.
//!
//! The statement walks the list that is shortest of those that the filter names, in the list's order, and asks of
//! each release whether it is in the others too. Where several values of one filter are asked for, each one's
//! list is walked for a page, and the pages are merged. Without a filter it walks `live_release` by its index.
//!
//! `OFFSET 0` keeps PostgreSQL from turning the question into a join, and with it the walk into a sort
//! (its planner leaves a sub-select with OFFSET as it is).

use newsroom_domain::filter::{ReleaseOrder, ResolvedFilter};
use newsroom_domain::page::{End, Page, PageRequest, Position};
use newsroom_domain::{Instant, Locale, ReleaseId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement};
use uuid::Uuid;

use super::count::Sizes;
use super::going_live::{Acts, LogSpan};
use super::{Restriction, restrictions};
use crate::StoreError;
use crate::sql::Sql;

/// Where a walk begins or ends: at an instant, or at a release.
#[derive(Debug, Clone, Copy)]
enum Bound {
    /// From this instant on, or up to it and without it.
    Instant(Instant),
    /// Beyond this release.
    Beyond(Position),
    /// From this release on, with it.
    From(Position),
}

/// Which part of a list is walked, and which way.
#[derive(Debug, Clone, Copy)]
struct Walk {
    /// The older end.
    low: Option<Bound>,
    /// The newer end.
    high: Option<Bound>,
    newest_first: bool,
    most: u64,
}

impl Walk {
    /// All that a filter's dates leave, a first one of it.
    fn whole(filter: &ResolvedFilter) -> Self {
        Self {
            low: filter.from.map(Bound::Instant),
            high: filter.before.map(Bound::Instant),
            newest_first: true,
            most: 1,
        }
    }
}

/// Finds a page of the list that a filter describes.
pub(crate) async fn find_page(
    transaction: &DatabaseTransaction,
    filter: &ResolvedFilter,
    sizes: &Sizes,
    order: ReleaseOrder,
    page: &PageRequest,
) -> Result<Page<ReleaseId>, StoreError> {
    let driven = Driven::new(filter, sizes);
    let backend = transaction.get_database_backend();
    let newest_first = order == ReleaseOrder::NewestFirst;
    // "After" is towards the older end where the newest comes first.
    let (newer, older) = if newest_first {
        (page.after, page.before)
    } else {
        (page.before, page.after)
    };
    let whole = Walk::whole(filter);
    let from_start = page.end == End::Start;
    let walk = Walk {
        low: tighter_low(whole.low, older.map(Bound::Beyond)),
        high: tighter_high(whole.high, newer.map(Bound::Beyond)),
        newest_first: newest_first == from_start,
        most: page.size + 1,
    };
    let mut ids = driven.ids(transaction, backend, &walk).await?;
    let more = ids.len() as u64 > page.size;
    ids.truncate(usize::try_from(page.size).unwrap_or(usize::MAX));
    if !from_start {
        ids.reverse();
    }
    // What lies on the other side of a cursor, the cursor's own release included.
    let towards_newer = |cursor| Walk {
        low: tighter_low(whole.low, Some(Bound::From(cursor))),
        newest_first: false,
        ..whole
    };
    let towards_older = |cursor| Walk {
        high: tighter_high(whole.high, Some(Bound::From(cursor))),
        newest_first: true,
        ..whole
    };
    let newer_side = driven.meets_any(transaction, backend, newer.map(towards_newer)).await?;
    let older_side = driven.meets_any(transaction, backend, older.map(towards_older)).await?;
    let (before_side, after_side) = if newest_first {
        (newer_side, older_side)
    } else {
        (older_side, newer_side)
    };
    Ok(Page {
        items: ids,
        has_next: (from_start && more) || after_side,
        has_previous: (!from_start && more) || before_side,
    })
}

/// How many releases the list has, where no count is kept of it.
pub(crate) async fn count(
    transaction: &DatabaseTransaction,
    filter: &ResolvedFilter,
    sizes: &Sizes,
) -> Result<u64, StoreError> {
    let driven = Driven::new(filter, sizes);
    let walk = Walk::whole(filter);
    let row = transaction
        .query_one_raw(driven.count_statement(transaction.get_database_backend(), &walk))
        .await?;
    let total: i64 = row.map_or(Ok(0), |row| row.try_get("", "total"))?;
    Ok(u64::try_from(total).unwrap_or(0))
}

/// The statement that finds what comes after `last` in the order of creation, whatever the dates.
pub(crate) fn ids_in_order_of_creation(
    backend: DbBackend,
    filter: &ResolvedFilter,
    last: ReleaseId,
    most: u64,
) -> Statement {
    let mut sql = Sql::new(
        backend,
        "SELECT l.id AS release_id FROM live_release AS l WHERE l.id > ",
    );
    sql.bind(last.uuid());
    let walk = Walk::whole(filter);
    push_bounds(&mut sql, &walk, "l.id");
    push_asked(&mut sql, &restrictions(filter), "l.id", true);
    push_locales(&mut sql, &filter.locales, "l.id");
    sql.push(" ORDER BY l.id LIMIT ")
        .bind(i64::try_from(most).unwrap_or(i64::MAX));
    sql.finish()
}

/// The statement that finds the acts of that span on what is there still, in the order of the log or from the other end. A
/// release is named as often as there is such an act on it.
pub(crate) fn ids_in_order_of_acts(
    backend: DbBackend,
    (acts, span): (Acts, LogSpan),
    filter: &ResolvedFilter,
    newest_first: bool,
    most: u64,
) -> Statement {
    let mut sql = Sql::new(
        backend,
        // In this order, since SQLite keeps to that of a cross join: the span is short, and what is live is long.
        "SELECT c.sequence, l.id AS release_id FROM change AS c CROSS JOIN live_release AS l WHERE l.id = c.subject_id AND ",
    );
    span.push_acts(acts, &mut sql);
    push_bounds(&mut sql, &Walk::whole(filter), "l.id");
    push_asked(&mut sql, &restrictions(filter), "l.id", false);
    push_locales(&mut sql, &filter.locales, "l.id");
    sql.push(if newest_first {
        " ORDER BY c.sequence DESC LIMIT "
    } else {
        " ORDER BY c.sequence LIMIT "
    })
    .bind(i64::try_from(most).unwrap_or(i64::MAX));
    sql.finish()
}

/// A filter with the list that is walked, and the ones that are asked.
struct Driven<'a> {
    walked: Option<Restriction>,
    asked: Vec<Restriction>,
    locales: &'a [Locale],
}

impl<'a> Driven<'a> {
    fn new(filter: &'a ResolvedFilter, sizes: &Sizes) -> Self {
        let mut asked = restrictions(filter);
        let shortest = (0..asked.len()).min_by_key(|index| sizes.of(&asked[*index]));
        let walked = shortest.map(|index| asked.remove(index));
        Self {
            walked,
            asked,
            locales: &filter.locales,
        }
    }

    async fn ids(
        &self,
        transaction: &DatabaseTransaction,
        backend: DbBackend,
        walk: &Walk,
    ) -> Result<Vec<ReleaseId>, StoreError> {
        let rows = transaction.query_all_raw(self.page_statement(backend, walk)).await?;
        rows.iter()
            .map(|row| Ok(ReleaseId::from(row.try_get::<Uuid>("", "release_id")?)))
            .collect()
    }

    /// Whether a walk, if there is one, meets anything.
    async fn meets_any(
        &self,
        transaction: &DatabaseTransaction,
        backend: DbBackend,
        walk: Option<Walk>,
    ) -> Result<bool, StoreError> {
        match walk {
            None => Ok(false),
            Some(walk) => Ok(!self.ids(transaction, backend, &walk).await?.is_empty()),
        }
    }

    fn page_statement(&self, backend: DbBackend, walk: &Walk) -> Statement {
        let order = if walk.newest_first {
            " ORDER BY published_at DESC, release_id DESC LIMIT "
        } else {
            " ORDER BY published_at, release_id LIMIT "
        };
        let most = i64::try_from(walk.most).unwrap_or(i64::MAX);
        let mut sql = Sql::new(backend, "");
        match &self.walked {
            None => {
                sql.push("SELECT l.id AS release_id, l.published_at FROM live_release AS l WHERE 1 = 1");
                push_bounds(&mut sql, walk, "l.id");
                push_locales(&mut sql, self.locales, "l.id");
                sql.push(order).bind(most);
            }
            Some(Restriction { kind, values }) if values.len() == 1 => {
                self.push_branch(&mut sql, kind.table(), values[0], walk);
                sql.push(order).bind(most);
            }
            Some(Restriction { kind, values }) => {
                sql.push("SELECT release_id, published_at FROM (");
                for (index, value) in values.iter().enumerate() {
                    sql.push(if index == 0 {
                        "SELECT * FROM ("
                    } else {
                        " UNION SELECT * FROM ("
                    });
                    self.push_branch(&mut sql, kind.table(), *value, walk);
                    sql.push(order).bind(most).push(&format!(") AS walked_{index}"));
                }
                sql.push(") AS merged").push(order).bind(most);
            }
        }
        sql.finish()
    }

    fn push_branch(&self, sql: &mut Sql, table: &str, value: Uuid, walk: &Walk) {
        sql.push("SELECT l.release_id, l.published_at FROM ")
            .push(table)
            .push(" AS l WHERE l.value = ")
            .bind(value);
        push_bounds(sql, walk, "l.release_id");
        push_asked(sql, &self.asked, "l.release_id", true);
        push_locales(sql, self.locales, "l.release_id");
    }

    fn count_statement(&self, backend: DbBackend, walk: &Walk) -> Statement {
        let mut sql = Sql::new(backend, "");
        match &self.walked {
            None => {
                sql.push("SELECT count(*) AS total FROM live_release AS l WHERE 1 = 1");
                push_bounds(&mut sql, walk, "l.id");
                push_locales(&mut sql, self.locales, "l.id");
            }
            Some(Restriction { kind, values }) => {
                // A release is in one list of a kind once, so that only several lists can name it twice.
                let counted = if values.len() == 1 {
                    "count(*)"
                } else {
                    "count(DISTINCT l.release_id)"
                };
                sql.push(&format!("SELECT {counted} AS total FROM {} AS l WHERE ", kind.table()));
                sql.is_in("l.value", values.iter().copied());
                push_bounds(&mut sql, walk, "l.release_id");
                push_asked(&mut sql, &self.asked, "l.release_id", false);
                push_locales(&mut sql, self.locales, "l.release_id");
            }
        }
        sql.finish()
    }
}

/// Asks of each release of the walk whether it is in other lists too.
fn push_asked(sql: &mut Sql, asked: &[Restriction], id: &str, keep_walk: bool) {
    for Restriction { kind, values } in asked {
        sql.push(" AND EXISTS (SELECT 1 FROM ")
            .push(kind.table())
            .push(" AS a WHERE ");
        sql.is_in("a.value", values.iter().copied())
            .push(" AND a.published_at = l.published_at AND a.release_id = ")
            .push(id);
        match sql.backend() {
            DbBackend::Postgres if keep_walk => sql.push(" OFFSET 0)"),
            _ => sql.push(")"),
        };
    }
}

/// Asks of each release of the walk whether it has a text in one of these locales.
fn push_locales(sql: &mut Sql, locales: &[Locale], id: &str) {
    if locales.is_empty() {
        return;
    }
    sql.push(" AND EXISTS (SELECT 1 FROM live_translation AS t WHERE t.release_id = ")
        .push(id)
        .push(" AND ");
    sql.is_in("t.locale", locales.iter().map(Locale::as_str)).push(")");
}

fn push_bounds(sql: &mut Sql, walk: &Walk, id: &str) {
    for (bound, beyond, from) in [(walk.low, ">", ">="), (walk.high, "<", "<=")] {
        match bound {
            None => {}
            // The newer end of a range of instants is not part of it, the older one is.
            Some(Bound::Instant(instant)) => {
                sql.push(" AND l.published_at ")
                    .push(if beyond == ">" { ">=" } else { "<" })
                    .push(" ")
                    .bind(instant.micros());
            }
            Some(Bound::Beyond(position) | Bound::From(position)) => {
                let comparison = if matches!(bound, Some(Bound::Beyond(_))) {
                    beyond
                } else {
                    from
                };
                sql.push(&format!(" AND (l.published_at, {id}) {comparison} ("));
                sql.bind(position.at.micros())
                    .push(", ")
                    .bind(position.id.uuid())
                    .push(")");
            }
        }
    }
}

fn instant_of(bound: Bound) -> Instant {
    match bound {
        Bound::Instant(instant) => instant,
        Bound::Beyond(position) | Bound::From(position) => position.at,
    }
}

/// The one of two older ends that leaves less. One bound at each end lets an index serve both.
fn tighter_low(a: Option<Bound>, b: Option<Bound>) -> Option<Bound> {
    match (a, b) {
        // A release at the very instant is within the range of instants, so its bound is the tighter one.
        (Some(range), Some(cursor)) => Some(if instant_of(cursor) >= instant_of(range) {
            cursor
        } else {
            range
        }),
        (one, other) => one.or(other),
    }
}

/// The one of two newer ends that leaves less.
fn tighter_high(a: Option<Bound>, b: Option<Bound>) -> Option<Bound> {
    match (a, b) {
        (Some(range), Some(cursor)) => Some(if instant_of(cursor) < instant_of(range) {
            cursor
        } else {
            range
        }),
        (one, other) => one.or(other),
    }
}
