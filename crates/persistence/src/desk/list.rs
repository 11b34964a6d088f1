//! Lists of the desk's releases, by when they were edited last, the newest first: a page of them by keyset.
//!
//! Like the public lists, each is a walk of indexes in the list's order: all releases', one account's (what it created, or
//! what is its work), one office's, or several of these merged; of each release on the way it is asked whether it meets the rest of the filter.

use newsroom_domain::account::Readable;
use newsroom_domain::filter::{AnyOf, DeskFilter};
use newsroom_domain::page::{End, Page, PageRequest, Position};
use newsroom_domain::{AccountId, OfficeId, ReleaseId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement};
use uuid::Uuid;

use crate::StoreError;
use crate::sql::Sql;

/// A list of the desk's: what is walked, and what is asked of each release on the way.
pub(crate) struct DeskList<'a> {
    walks: Vec<Walk>,
    filter: &'a DeskFilter,
    offices: AnyOf<OfficeId>,
    readable: &'a Readable,
    caller: AccountId,
}

/// What one walk goes along.
#[derive(Debug, Clone, Copy)]
enum Walk {
    Everything,
    CreatedBy(Uuid),
    AssignedTo(Uuid),
    /// An office's releases; the nil value, those of none.
    Office(Uuid),
}

/// Which part of the list is walked, and which way.
#[derive(Clone, Copy)]
struct Part {
    newer_than: Option<(Position, bool)>,
    older_than: Option<(Position, bool)>,
    newest_first: bool,
    most: Option<u64>,
}

impl<'a> DeskList<'a> {
    /// The list of what a filter describes, for somebody who may read that much.
    pub(crate) fn new(
        filter: &'a DeskFilter,
        offices: AnyOf<OfficeId>,
        readable: &'a Readable,
        caller: AccountId,
    ) -> Self {
        let walks = if filter.assigned_to_me {
            vec![Walk::AssignedTo(caller.uuid())]
        } else if !offices.is_anything() {
            office_ids(&offices).map(Walk::Office).collect()
        } else if filter.mine {
            vec![Walk::CreatedBy(caller.uuid())]
        } else {
            match readable {
                Readable::Everything => vec![Walk::Everything],
                Readable::Some { created_by, offices } => [Walk::CreatedBy(created_by.uuid())]
                    .into_iter()
                    .chain(offices.iter().map(|office| Walk::Office(office.uuid())))
                    .collect(),
            }
        };
        Self {
            walks,
            filter,
            offices,
            readable,
            caller,
        }
    }

    async fn ids(&self, transaction: &DatabaseTransaction, part: Part) -> Result<Vec<ReleaseId>, StoreError> {
        let statement = self.statement(transaction.get_database_backend(), "walked_id", part);
        let rows = transaction.query_all_raw(statement).await?;
        rows.iter()
            .map(|row| Ok(ReleaseId::from(row.try_get::<Uuid>("", "walked_id")?)))
            .collect()
    }

    fn statement(&self, backend: DbBackend, wanted: &str, part: Part) -> Statement {
        let order = if part.newest_first {
            " ORDER BY walked_at DESC, walked_id DESC"
        } else {
            " ORDER BY walked_at, walked_id"
        };
        let most = part.most.map(|most| i64::try_from(most).unwrap_or(i64::MAX));
        let mut sql = Sql::new(backend, &format!("SELECT {wanted} FROM ("));
        for (index, walk) in self.walks.iter().enumerate() {
            // Each as a sub-select, since SQLite takes an order in a compound select only at its end.
            sql.push(if index == 0 {
                "SELECT * FROM ("
            } else {
                " UNION SELECT * FROM ("
            });
            self.push_walk(&mut sql, *walk, part);
            if let Some(most) = most {
                sql.push(order).push(" LIMIT ").bind(most);
            }
            sql.push(&format!(") AS walked_{index}"));
        }
        sql.push(") AS merged");
        if let Some(most) = most {
            sql.push(order).push(" LIMIT ").bind(most);
        }
        sql.finish()
    }

    fn push_walk(&self, sql: &mut Sql, walk: Walk, part: Part) {
        let place = match walk {
            Walk::Everything => {
                sql.push("SELECT r.id AS walked_id, r.edited_at AS walked_at FROM release AS r WHERE 1 = 1");
                "(r.edited_at, r.id)"
            }
            Walk::CreatedBy(account) => {
                sql.push("SELECT r.id AS walked_id, r.edited_at AS walked_at FROM release AS r WHERE r.created_by = ")
                    .bind(account);
                "(r.edited_at, r.id)"
            }
            Walk::AssignedTo(account) => {
                sql.push("SELECT w.release_id AS walked_id, w.edited_at AS walked_at FROM desk_release_assignee AS w JOIN release AS r ON r.id = w.release_id WHERE w.account_id = ").bind(account);
                "(w.edited_at, w.release_id)"
            }
            Walk::Office(office) => {
                sql.push("SELECT o.release_id AS walked_id, o.edited_at AS walked_at FROM desk_release_office AS o JOIN release AS r ON r.id = o.release_id WHERE o.office_id = ").bind(office);
                "(o.edited_at, o.release_id)"
            }
        };
        for (bound, beyond, from) in [(part.newer_than, ">", ">="), (part.older_than, "<", "<=")] {
            if let Some((position, included)) = bound {
                let comparison = if included { from } else { beyond };
                sql.push(&format!(" AND {place} {comparison} ("))
                    .bind(position.at.micros())
                    .push(", ")
                    .bind(position.id.uuid())
                    .push(")");
            }
        }
        self.push_asked(sql, walk);
    }

    /// Asks of each release of a walk whether it meets the filter, and may be read.
    fn push_asked(&self, sql: &mut Sql, walk: Walk) {
        // Taken apart, so that a filter that is added has to be dealt with here. Whose work it is is walked, and else offices.
        let DeskFilter {
            states,
            offices: _,
            without_office: _,
            locales,
            has_draft,
            mine,
            assigned_to_me,
        } = self.filter;
        if !states.is_empty() {
            sql.push(" AND r.state IN (");
            push_list(sql, states.iter().map(|state| state.as_str()));
            sql.push(")");
        }
        if !locales.is_empty() {
            sql.push(" AND EXISTS (SELECT 1 FROM translation AS t WHERE t.release_id = r.id AND t.locale IN (");
            push_list(sql, locales.iter().map(newsroom_domain::Locale::as_str));
            sql.push("))");
        }
        if let Some(has_draft) = has_draft {
            sql.push(if *has_draft {
                " AND EXISTS ("
            } else {
                " AND NOT EXISTS ("
            })
            .push("SELECT 1 FROM translation AS t WHERE t.release_id = r.id AND t.draft_edition_id IS NOT NULL)");
        }
        if *mine && !matches!(walk, Walk::CreatedBy(_)) {
            sql.push(" AND r.created_by = ").bind(self.caller.uuid());
        }
        if *assigned_to_me && !self.offices.is_anything() {
            sql.push(" AND EXISTS (SELECT 1 FROM desk_release_office AS f WHERE f.release_id = r.id AND ");
            sql.is_in("f.office_id", office_ids(&self.offices)).push(")");
        }
        match (self.readable, walk) {
            (Readable::Everything, _) | (_, Walk::CreatedBy(_)) => {}
            (Readable::Some { offices, .. }, Walk::Office(office)) if offices.contains(&office.into()) => {}
            (Readable::Some { created_by, offices }, _) => {
                sql.push(" AND (r.created_by = ").bind(created_by.uuid());
                sql.push(" OR EXISTS (SELECT 1 FROM desk_release_office AS a WHERE a.release_id = r.id AND ");
                sql.is_in("a.office_id", offices.iter().map(|office| office.uuid()))
                    .push("))");
            }
        }
    }
}

/// The offices that are asked for; the nil value for none.
fn office_ids(offices: &AnyOf<OfficeId>) -> impl Iterator<Item = Uuid> {
    let none = offices.none.then(Uuid::nil);
    offices.values.iter().copied().map(Uuid::from).chain(none)
}

fn push_list<'a>(sql: &mut Sql, values: impl Iterator<Item = &'a str>) {
    for (index, value) in values.enumerate() {
        if index > 0 {
            sql.push(", ");
        }
        sql.bind(value);
    }
}

/// Finds a page of the list, in its order.
pub(crate) async fn find_page(
    transaction: &DatabaseTransaction,
    list: &DeskList<'_>,
    page: &PageRequest,
) -> Result<Page<ReleaseId>, StoreError> {
    let from_start = page.end == End::Start;
    let part = Part {
        older_than: page.after.map(|after| (after, false)),
        newer_than: page.before.map(|before| (before, false)),
        newest_first: from_start,
        most: Some(page.size + 1),
    };
    let mut items = list.ids(transaction, part).await?;
    let more = items.len() as u64 > page.size;
    items.truncate(usize::try_from(page.size).unwrap_or(usize::MAX));
    if !from_start {
        items.reverse();
    }
    // What lies on the other side of a cursor, the cursor's own release included.
    let first = Part {
        newer_than: None,
        older_than: None,
        newest_first: true,
        most: Some(1),
    };
    let newer = page.after.map(|after| Part {
        newer_than: Some((after, true)),
        newest_first: false,
        ..first
    });
    let older = page.before.map(|before| Part {
        older_than: Some((before, true)),
        ..first
    });
    let mut meets = [false; 2];
    for (met, part) in meets.iter_mut().zip([newer, older]) {
        if let Some(part) = part {
            *met = !list.ids(transaction, part).await?.is_empty();
        }
    }
    let [newer, older] = meets;
    Ok(Page {
        items,
        has_next: (from_start && more) || older,
        has_previous: (!from_start && more) || newer,
    })
}

/// How many releases the list has.
pub(crate) async fn count(transaction: &DatabaseTransaction, list: &DeskList<'_>) -> Result<u64, StoreError> {
    let whole = Part {
        newer_than: None,
        older_than: None,
        newest_first: true,
        most: None,
    };
    let statement = list.statement(transaction.get_database_backend(), "count(*) AS total", whole);
    let row = transaction.query_one_raw(statement).await?;
    let total: i64 = row.map_or(Ok(0), |row| row.try_get("", "total"))?;
    Ok(u64::try_from(total).unwrap_or(0))
}
