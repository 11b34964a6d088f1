//! Lists of the desk's releases, by when they were edited last, the newest first: a page of them by keyset.
//!
//! Like the public lists, each is a walk of indexes in the list's order: all releases', one account's, one office's, or
//! several of these merged; of each release on the way it is asked whether it meets the rest of the filter.

use std::collections::BTreeSet;

use newsroom_domain::account::Readable;
use newsroom_domain::filter::{DeskFilter, ReleaseOrder, ResolvedDeskFilter};
use newsroom_domain::page::{End, Page, PageRequest, Position};
use newsroom_domain::release::{Mark, StageName};
use newsroom_domain::text::composed;
use newsroom_domain::{AccountId, ReleaseId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement};
use uuid::Uuid;

use crate::StoreError;
use crate::sql::Sql;

/// A list of the desk's: what is walked, and what is asked of each release on the way.
pub(crate) struct DeskList<'a> {
    walks: Vec<Walk>,
    filter: &'a DeskFilter,
    resolved: ResolvedDeskFilter,
    readable: &'a Readable,
    caller: AccountId,
}

/// What one walk goes along.
#[derive(Debug, Clone, Copy)]
enum Walk {
    Everything,
    CreatedBy(Uuid),
    /// An office's releases; the nil value, those of none.
    Office(Uuid),
    /// Those with a mark.
    Mark(Mark),
    /// Those of which a translation is somebody's work.
    AssignedTo(Uuid),
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
        resolved: ResolvedDeskFilter,
        readable: &'a Readable,
        caller: AccountId,
    ) -> Self {
        // What few releases have comes first: the shortest walk is the quickest.
        let walks = if filter.in_emergency {
            vec![Walk::Mark(Mark::Emergency)]
        } else if filter.scheduled_from.is_some() || filter.scheduled_to.is_some() {
            vec![Walk::Mark(Mark::Draft(StageName::Scheduled))]
        } else if !filter.stages.is_empty() {
            let stages = filter.stages.iter().collect::<BTreeSet<_>>().into_iter();
            stages.map(|stage| Walk::Mark(Mark::Draft(*stage))).collect()
        } else if filter.has_draft == Some(true) {
            StageName::ALL.map(|stage| Walk::Mark(Mark::Draft(stage))).to_vec()
        } else if filter.assigned_to_me {
            vec![Walk::AssignedTo(caller.uuid())]
        } else if filter.behind {
            vec![Walk::Mark(Mark::Behind)]
        } else if filter.mine {
            vec![Walk::CreatedBy(caller.uuid())]
        } else if !filter.authors.is_empty() {
            let authors = filter.authors.iter().collect::<BTreeSet<_>>().into_iter();
            authors.map(|author| Walk::CreatedBy(author.uuid())).collect()
        } else if !resolved.offices.is_anything() {
            let none = resolved.offices.none.then(Uuid::nil);
            let offices = resolved.offices.values.iter().map(|office| office.uuid()).chain(none);
            offices.map(Walk::Office).collect()
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
            resolved,
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
            Walk::Office(office) => {
                sql.push("SELECT o.release_id AS walked_id, o.edited_at AS walked_at FROM desk_release_office AS o JOIN release AS r ON r.id = o.release_id WHERE o.office_id = ").bind(office);
                "(o.edited_at, o.release_id)"
            }
            Walk::AssignedTo(account) => {
                sql.push("SELECT w.release_id AS walked_id, w.edited_at AS walked_at FROM desk_release_assignee AS w JOIN release AS r ON r.id = w.release_id WHERE w.account_id = ").bind(account);
                "(w.edited_at, w.release_id)"
            }
            Walk::Mark(mark) => {
                sql.push("SELECT m.release_id AS walked_id, m.edited_at AS walked_at FROM desk_release_mark AS m JOIN release AS r ON r.id = m.release_id WHERE m.mark = ").bind(mark.as_str());
                "(m.edited_at, m.release_id)"
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
        // Taken apart, so that a filter that is added has to be dealt with here.
        let DeskFilter {
            states,
            offices: _,
            without_office: _,
            locales,
            has_draft,
            stages,
            themes: _,
            types: _,
            authors,
            text,
            scheduled_from,
            scheduled_to,
            behind,
            in_emergency,
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
        if !stages.is_empty() && !matches!(walk, Walk::Mark(Mark::Draft(stage)) if stages.contains(&stage)) {
            push_marks(sql, stages.iter().map(|stage| Mark::Draft(*stage)));
        }
        for (asked, mark) in [(*behind, Mark::Behind), (*in_emergency, Mark::Emergency)] {
            if asked && !matches!(walk, Walk::Mark(walked) if walked == mark) {
                push_marks(sql, [mark].into_iter());
            }
        }
        if scheduled_from.is_some() || scheduled_to.is_some() {
            sql.push(" AND EXISTS (SELECT 1 FROM translation AS t WHERE t.release_id = r.id");
            if let Some(from) = scheduled_from {
                sql.push(" AND t.draft_due_at >= ").bind(from.micros());
            }
            if let Some(to) = scheduled_to {
                sql.push(" AND t.draft_due_at <= ").bind(to.micros());
            }
            sql.push(")");
        }
        if !self.resolved.offices.is_anything() && !matches!(walk, Walk::Office(_)) {
            let none = self.resolved.offices.none.then(Uuid::nil);
            let offices = self
                .resolved
                .offices
                .values
                .iter()
                .map(|office| office.uuid())
                .chain(none);
            sql.push(" AND EXISTS (SELECT 1 FROM desk_release_office AS f WHERE f.release_id = r.id AND ");
            sql.is_in("f.office_id", offices).push(")");
        }
        if let Some(text) = text.as_ref().filter(|text| !text.is_empty()) {
            push_editions(sql, false);
            push_has(sql, "e.title", text);
            sql.push(")");
        }
        let themes = self.resolved.themes.iter().flatten().map(|theme| theme.uuid());
        push_shared(sql, self.resolved.themes.is_some(), "themes", themes);
        let types = self
            .resolved
            .types
            .iter()
            .flatten()
            .map(|content_type| content_type.uuid());
        push_shared(sql, self.resolved.types.is_some(), "content_type", types);
        if !authors.is_empty() && (*mine || !matches!(walk, Walk::CreatedBy(_))) {
            sql.push(" AND ")
                .is_in("r.created_by", authors.iter().map(|author| author.uuid()));
        }
        if *mine && !matches!(walk, Walk::CreatedBy(_)) {
            sql.push(" AND r.created_by = ").bind(self.caller.uuid());
        }
        if *assigned_to_me && !matches!(walk, Walk::AssignedTo(_)) {
            sql.push(
                " AND EXISTS (SELECT 1 FROM desk_release_assignee AS w WHERE w.release_id = r.id AND w.account_id = ",
            )
            .bind(self.caller.uuid())
            .push(")");
        }
        match (self.readable, walk) {
            (Readable::Everything, _) => {}
            (Readable::Some { created_by, .. }, Walk::CreatedBy(account)) if created_by.uuid() == account => {}
            (Readable::Some { offices, .. }, Walk::Office(office)) if offices.contains(&office.into()) => {}
            (readable, _) => push_readable(sql, readable),
        }
    }
}

/// Asks of a release, `r`, whether it may be read.
pub(super) fn push_readable(sql: &mut Sql, readable: &Readable) {
    if let Readable::Some { created_by, offices } = readable {
        sql.push(" AND (r.created_by = ").bind(created_by.uuid());
        sql.push(" OR EXISTS (SELECT 1 FROM desk_release_office AS a WHERE a.release_id = r.id AND ");
        sql.is_in("a.office_id", offices.iter().map(|office| office.uuid()))
            .push("))");
    }
}

/// Asks for one of these marks.
fn push_marks(sql: &mut Sql, marks: impl Iterator<Item = Mark>) {
    sql.push(" AND EXISTS (SELECT 1 FROM desk_release_mark AS k WHERE k.release_id = r.id AND k.mark IN (");
    push_list(sql, marks.map(Mark::as_str));
    sql.push("))");
}

/// Begins to ask of the editions that the desk and readers have, of all translations or of the original alone.
fn push_editions(sql: &mut Sql, of_original: bool) {
    sql.push(" AND EXISTS (SELECT 1 FROM translation AS t JOIN edition AS e ON e.id IN (t.draft_edition_id, t.live_edition_id) WHERE t.release_id = r.id AND ");
    if of_original {
        sql.push("t.locale = r.original_locale AND ");
    }
}

/// Asks that a field of what translations share names one of these: written in full there, in small letters, without a
/// wildcard of `LIKE`.
fn push_shared(sql: &mut Sql, asked: bool, field: &str, values: impl Iterator<Item = Uuid>) {
    if !asked {
        return;
    }
    push_editions(sql, true);
    sql.push("(1 = 0");
    for value in values {
        // Of JSON's text, up to the field's end: a list, or one value.
        sql.push(" OR e.shared LIKE ").bind(match field {
            "themes" => format!("%\"themes\":[%{value}%]%"),
            _ => format!("%\"{field}\":\"{value}\"%"),
        });
    }
    sql.push("))");
}

/// That a column has a text in it, capital or small. Neither database knows the capitals of all alphabets in whatever way it was set up:
/// each letter is looked for in both.
fn push_has(sql: &mut Sql, column: &str, text: &str) {
    let text = composed(text);
    let is_postgres = sql.backend() == DbBackend::Postgres;
    let mut pattern = String::new();
    for letter in text.chars() {
        let cases = cases(letter);
        match (cases.as_slice(), is_postgres) {
            ([_], true) if letter.is_ascii_punctuation() => pattern.extend(['\\', letter]),
            ([_], false) if matches!(letter, '*' | '?' | '[') => pattern.extend(['[', letter, ']']),
            ([_], _) => pattern.push(letter),
            (cases, _) => {
                pattern.push('[');
                pattern.extend(cases);
                pattern.push(']');
            }
        }
    }
    if is_postgres {
        sql.push(column).push(" ~ ").bind(pattern);
    } else {
        sql.push(column).push(" GLOB ").bind(format!("*{pattern}*"));
    }
}

/// A letter, and what it is where it is capital or small.
fn cases(letter: char) -> Vec<char> {
    let mut cases = vec![letter];
    let capital = alone(letter.to_uppercase());
    let small = alone(capital.unwrap_or(letter).to_lowercase());
    for case in [alone(letter.to_lowercase()), capital, small].into_iter().flatten() {
        if !cases.contains(&case) {
            cases.push(case);
        }
    }
    cases
}

/// The one letter that there is; none where one has become several (“ß”).
fn alone(mut letters: impl Iterator<Item = char>) -> Option<char> {
    let first = letters.next();
    first.filter(|_| letters.next().is_none())
}

fn push_list<'a>(sql: &mut Sql, values: impl Iterator<Item = &'a str>) {
    for (index, value) in values.enumerate() {
        if index > 0 {
            sql.push(", ");
        }
        sql.bind(value);
    }
}

/// Finds a page of the list, in that order.
pub(crate) async fn find_page(
    transaction: &DatabaseTransaction,
    list: &DeskList<'_>,
    order: ReleaseOrder,
    page: &PageRequest,
) -> Result<Page<ReleaseId>, StoreError> {
    let from_start = page.end == End::Start;
    // What comes before in the list is newer, where the newest come first.
    let newest_first = order == ReleaseOrder::NewestFirst;
    let bounded = |behind: Option<(Position, bool)>, ahead: Option<(Position, bool)>, from_start: bool, most: u64| {
        let (older_than, newer_than) = if newest_first { (behind, ahead) } else { (ahead, behind) };
        Part {
            newer_than,
            older_than,
            newest_first: from_start == newest_first,
            most: Some(most),
        }
    };
    let at = |position: Option<Position>, included: bool| position.map(|position| (position, included));
    let part = bounded(at(page.after, false), at(page.before, false), from_start, page.size + 1);
    let mut items = list.ids(transaction, part).await?;
    let more = items.len() as u64 > page.size;
    items.truncate(usize::try_from(page.size).unwrap_or(usize::MAX));
    if !from_start {
        items.reverse();
    }
    // What lies on the other side of a cursor, the cursor's own release included.
    let before_after = page.after.map(|after| bounded(None, at(Some(after), true), false, 1));
    let behind_before = page.before.map(|before| bounded(at(Some(before), true), None, true, 1));
    let mut meets = [false; 2];
    for (met, part) in meets.iter_mut().zip([before_after, behind_before]) {
        if let Some(part) = part {
            *met = !list.ids(transaction, part).await?.is_empty();
        }
    }
    let [before, behind] = meets;
    Ok(Page {
        items,
        has_next: (from_start && more) || behind,
        has_previous: (!from_start && more) || before,
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
