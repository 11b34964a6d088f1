//! A page of the audit trail by keyset, the newest entries first.
//!
//! Each list is a walk of one index in the order of the numbers: a release's entries, an account's, those of each action
//! (merged), or all. Of each entry on the way it is asked whether it meets the rest of the filter, in words (`IS TRUE`) that
//! keep both databases from taking another index and sorting what that has.

use newsroom_domain::audit::{Actor, AuditEntry, AuditFilter, Recorded, VisibleTrail};
use newsroom_domain::page::{End, Page, PageRequest};
use newsroom_domain::{AccountId, Instant};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult, Statement};

use crate::StoreError;
use crate::live::row::instant;
use crate::sql::Sql;

/// How far the instants of entries may be out of the order of their numbers: an act's instant is that of its beginning, and
/// its number that of its end. None lasts so long, and no clock of a database is set back so far.
const DISORDER: i64 = 24 * 3600 * 1_000_000;

const ENTRY: &str = "SELECT a.number, a.at, a.actor, a.action, a.detail, a.seal FROM audit_entry AS a WHERE ";

/// What is asked of the trail, and between which numbers it lies.
struct AuditList<'a> {
    filter: &'a AuditFilter,
    /// The account whose acts are seen.
    account: Option<AccountId>,
    above: Option<i64>,
    below: Option<i64>,
}

/// What one walk goes along.
#[derive(Clone, Copy)]
enum Walk<'a> {
    Everything,
    Release,
    Account,
    Action(&'a str),
}

/// Which part of the list is walked, and which way.
#[derive(Clone, Copy)]
struct Part {
    newer_than: Option<i64>,
    older_than: Option<i64>,
    newest_first: bool,
    most: u64,
}

/// Finds a page of what the filter describes, of what somebody may see.
pub(super) async fn find_page(
    transaction: &DatabaseTransaction,
    filter: &AuditFilter,
    visible: VisibleTrail,
    page: &PageRequest<i64>,
) -> Result<Page<Recorded>, StoreError> {
    let account = match (visible, filter.account) {
        (VisibleTrail::Everything, asked) => asked,
        (VisibleTrail::ActsOf(own), Some(asked)) if asked != own => return Ok(Page::whole(Vec::new())),
        (VisibleTrail::ActsOf(own), _) => Some(own),
    };
    let list = AuditList {
        filter,
        account,
        above: numbers_above(transaction, filter.from).await?,
        below: numbers_below(transaction, filter.to).await?,
    };
    let from_start = page.end == End::Start;
    let part = Part {
        older_than: page.after,
        newer_than: page.before,
        newest_first: from_start,
        most: page.size + 1,
    };
    let mut items = list.read(transaction, part).await?;
    let more = items.len() as u64 > page.size;
    items.truncate(usize::try_from(page.size).unwrap_or(usize::MAX));
    if !from_start {
        items.reverse();
    }
    // What lies on the other side of a cursor, the cursor's own entry included.
    let newer = match page.after {
        Some(after) => list.has(transaction, Some(after.saturating_sub(1)), None).await?,
        None => false,
    };
    let older = match page.before {
        Some(before) => list.has(transaction, None, Some(before.saturating_add(1))).await?,
        None => false,
    };
    Ok(Page {
        items,
        has_next: (from_start && more) || older,
        has_previous: (!from_start && more) || newer,
    })
}

impl<'a> AuditList<'a> {
    /// Whether it has any entry between these numbers.
    async fn has(
        &self,
        transaction: &DatabaseTransaction,
        newer_than: Option<i64>,
        older_than: Option<i64>,
    ) -> Result<bool, StoreError> {
        let part = Part {
            newer_than,
            older_than,
            newest_first: older_than.is_some(),
            most: 1,
        };
        Ok(!self.read(transaction, part).await?.is_empty())
    }

    async fn read(&self, transaction: &DatabaseTransaction, part: Part) -> Result<Vec<Recorded>, StoreError> {
        let statement = self.statement(transaction.get_database_backend(), part);
        let rows = transaction.query_all_raw(statement).await?;
        rows.iter().map(recorded).collect()
    }

    fn walks(&self) -> Vec<Walk<'a>> {
        if self.filter.release.is_some() {
            vec![Walk::Release]
        } else if self.account.is_some() {
            vec![Walk::Account]
        } else if self.filter.actions.is_empty() {
            vec![Walk::Everything]
        } else {
            let mut actions: Vec<&str> = self.filter.actions.iter().map(String::as_str).collect();
            actions.sort_unstable();
            actions.dedup();
            actions.into_iter().map(Walk::Action).collect()
        }
    }

    fn statement(&self, backend: DbBackend, part: Part) -> Statement {
        let order = if part.newest_first {
            " ORDER BY number DESC LIMIT "
        } else {
            " ORDER BY number LIMIT "
        };
        let most = i64::try_from(part.most).unwrap_or(i64::MAX);
        let mut sql = Sql::new(backend, "SELECT * FROM (");
        for (index, walk) in self.walks().into_iter().enumerate() {
            // Each as a sub-select, since SQLite takes an order in a compound select only at its end.
            sql.push(if index == 0 {
                "SELECT * FROM ("
            } else {
                " UNION ALL SELECT * FROM ("
            });
            self.push_walk(&mut sql, walk, part);
            sql.push(order).bind(most).push(&format!(") AS walked_{index}"));
        }
        sql.push(") AS merged").push(order).bind(most);
        sql.finish()
    }

    fn push_walk(&self, sql: &mut Sql, walk: Walk<'_>, part: Part) {
        sql.push(ENTRY);
        match (walk, self.filter.release, self.account) {
            (Walk::Release, Some(release), _) => sql.push("a.release_id = ").bind(release.to_string()),
            (Walk::Account, _, Some(account)) => sql.push("a.actor = ").bind(Actor::Account(account).name()),
            (Walk::Action(action), ..) => sql.push("a.action = ").bind(action),
            _ => sql.push("1 = 1"),
        };
        let newer = [(self.above, " AND a.number > "), (part.newer_than, " AND a.number > ")];
        let older = [(self.below, " AND a.number < "), (part.older_than, " AND a.number < ")];
        for (bound, comparison) in newer.into_iter().chain(older) {
            if let Some(number) = bound {
                sql.push(comparison).bind(number);
            }
        }
        if let (Walk::Release, Some(account)) = (walk, self.account) {
            let name = Actor::Account(account).name();
            sql.push(" AND (a.actor = ").bind(name).push(") IS TRUE");
        }
        if !self.filter.actions.is_empty() && !matches!(walk, Walk::Action(_)) {
            sql.push(" AND (a.action IN (");
            for (index, action) in self.filter.actions.iter().enumerate() {
                sql.push(if index == 0 { "" } else { ", " }).bind(action.as_str());
            }
            sql.push(")) IS TRUE");
        }
        for (instant, comparison) in [(self.filter.from, "(a.at >= "), (self.filter.to, "(a.at <= ")] {
            if let Some(instant) = instant {
                sql.push(" AND ")
                    .push(comparison)
                    .bind(instant.micros())
                    .push(") IS TRUE");
            }
        }
    }
}

/// A number that all entries since that instant are above.
async fn numbers_above(transaction: &DatabaseTransaction, from: Option<Instant>) -> Result<Option<i64>, StoreError> {
    let Some(from) = from else { return Ok(None) };
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        "SELECT number FROM audit_entry WHERE at < ",
    );
    sql.bind(from.micros().saturating_sub(DISORDER))
        .push(" ORDER BY at DESC LIMIT 1");
    number(transaction, sql).await
}

/// A number that all entries until that instant are below.
async fn numbers_below(transaction: &DatabaseTransaction, to: Option<Instant>) -> Result<Option<i64>, StoreError> {
    let Some(to) = to else { return Ok(None) };
    let mut sql = Sql::new(
        transaction.get_database_backend(),
        "SELECT number FROM audit_entry WHERE at > ",
    );
    sql.bind(to.micros().saturating_add(DISORDER))
        .push(" ORDER BY at LIMIT 1");
    number(transaction, sql).await
}

async fn number(transaction: &DatabaseTransaction, sql: Sql) -> Result<Option<i64>, StoreError> {
    let row = transaction.query_one_raw(sql.finish()).await?;
    Ok(row.map(|row| row.try_get("", "number")).transpose()?)
}

fn recorded(row: &QueryResult) -> Result<Recorded, StoreError> {
    let actor: String = row.try_get("", "actor")?;
    let actor = Actor::from_name(&actor).ok_or_else(|| StoreError::corrupt("name of an actor", &actor))?;
    Ok(Recorded {
        number: row.try_get("", "number")?,
        entry: AuditEntry {
            at: instant(row.try_get("", "at")?)?,
            actor,
            action: row.try_get::<String>("", "action")?.into(),
            detail: row.try_get("", "detail")?,
        },
        seal: row.try_get("", "seal")?,
    })
}
