//! Whether the logs are as they were written: the chain of seals, the numbers of the change log, and the head of both; and whether
//! as many releases are in each list as is kept.
//!
//! What is at or below the head never changes, and so it is read in portions, each in a transaction of its own: nobody waits
//! for it, it takes no memory to speak of, and a server may go on writing.

use newsroom_domain::audit::{Anchor, Broken, Chain, Kept, Numbers, Place, Seal};
use sea_orm::{ConnectionTrait, QueryResult};

use crate::live::count::{Miscounted, miscounted};
use crate::sql::Sql;
use crate::{Store, StoreError};

/// How many audit entries are read at once: each may hold two entries of the taxonomy.
const ENTRIES: i64 = 1_000;
/// How many changes are read at once, of which only the number is.
const CHANGES: i64 = 20_000;

/// What is told on the way.
#[derive(Debug)]
pub enum Checked {
    /// So many more entries of the logs have been looked at.
    More(u64),
    /// Something is broken.
    Broken(Broken),
}

/// What has been looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The number of the last audit entry, by the head.
    pub entries: i64,
    /// Its seal, to be noted elsewhere; empty where there is no entry.
    pub seal: Seal,
    /// The last sequence of the change log, by the head.
    pub changes: i64,
}

/// The head of both logs, and what there is at most.
struct Heads {
    head: Verified,
    newest_entry: i64,
    newest_change: i64,
}

impl Store {
    /// Goes through both logs in order, and tells what is broken, and how far it is. The server may be running.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn verify(&self, anchors: &[Anchor], mut tell: impl FnMut(Checked)) -> Result<Verified, StoreError> {
        let heads = self.heads().await?;
        self.verify_trail(&heads, anchors, &mut tell).await?;
        self.verify_changes(&heads, &mut tell).await?;
        self.verify_counts(&mut tell).await?;
        Ok(heads.head)
    }

    async fn verify_counts(&self, tell: &mut impl FnMut(Checked)) -> Result<(), StoreError> {
        let transaction = self.connections.read().await?;
        let miscounted = miscounted(&transaction).await?;
        transaction.commit().await?;
        for Miscounted { of, kept, counted } in miscounted {
            tell(Checked::Broken(Broken {
                place: of.map_or(Place::CountOfAll, |(kind, value)| Place::Count(kind.name(), value)),
                found: kept.to_string(),
                expected: counted.to_string(),
            }));
        }
        Ok(())
    }

    async fn heads(&self) -> Result<Heads, StoreError> {
        let transaction = self.connections.read().await?;
        let sql = Sql::new(
            transaction.get_database_backend(),
            "SELECT sequence, audit_number, audit_seal, \
             COALESCE((SELECT number FROM audit_entry ORDER BY number DESC LIMIT 1), 0) AS newest_entry, \
             COALESCE((SELECT sequence FROM change ORDER BY sequence DESC LIMIT 1), 0) AS newest_change \
             FROM change_head WHERE id = 1",
        );
        let row = transaction.query_one_raw(sql.finish()).await?;
        transaction.commit().await?;
        let row = row.ok_or_else(|| StoreError::corrupt("change log", "it has no head"))?;
        Ok(Heads {
            head: Verified {
                entries: row.try_get("", "audit_number")?,
                seal: row.try_get("", "audit_seal")?,
                changes: row.try_get("", "sequence")?,
            },
            newest_entry: row.try_get("", "newest_entry")?,
            newest_change: row.try_get("", "newest_change")?,
        })
    }

    async fn verify_trail(
        &self,
        heads: &Heads,
        anchors: &[Anchor],
        tell: &mut impl FnMut(Checked),
    ) -> Result<(), StoreError> {
        let mut chain = Chain::new(anchors);
        let mut after = None;
        loop {
            let columns = "number, at, actor, action, detail, seal";
            let rows = self
                .portion(columns, ("audit_entry", "number"), after, heads.head.entries, ENTRIES)
                .await?;
            for row in &rows {
                let number = row.try_get("", "number")?;
                after = Some(number);
                // What is of another type than it was is found, not stumbled over: SQLite takes any.
                let broken = match Row::read(row) {
                    Ok(row) => chain.follow(&row.kept(number)),
                    Err(error) => chain.skip(number, error),
                };
                broken.into_iter().map(Checked::Broken).for_each(&mut *tell);
            }
            if rows.is_empty() {
                break;
            }
            tell(Checked::More(rows.len() as u64));
        }
        let broken = chain.end(heads.head.entries, &heads.head.seal, heads.newest_entry);
        broken.into_iter().map(Checked::Broken).for_each(tell);
        Ok(())
    }

    async fn verify_changes(&self, heads: &Heads, tell: &mut impl FnMut(Checked)) -> Result<(), StoreError> {
        let mut numbers = Numbers::CHANGES;
        let mut after = None;
        loop {
            let log = ("change", "sequence");
            let rows = self
                .portion("sequence", log, after, heads.head.changes, CHANGES)
                .await?;
            for row in &rows {
                let sequence = row.try_get("", "sequence")?;
                after = Some(sequence);
                numbers
                    .follow(sequence)
                    .map(Checked::Broken)
                    .into_iter()
                    .for_each(&mut *tell);
            }
            if rows.is_empty() {
                break;
            }
            tell(Checked::More(rows.len() as u64));
        }
        let broken = numbers.end(heads.head.changes, heads.newest_change);
        broken.into_iter().map(Checked::Broken).for_each(tell);
        Ok(())
    }

    /// The next rows of a log, in order, up to what the head says.
    async fn portion(
        &self,
        columns: &str,
        (table, number): (&str, &str),
        after: Option<i64>,
        head: i64,
        most: i64,
    ) -> Result<Vec<QueryResult>, StoreError> {
        let transaction = self.connections.read().await?;
        let mut sql = Sql::new(
            transaction.get_database_backend(),
            &format!("SELECT {columns} FROM {table} WHERE {number} <= "),
        );
        sql.bind(head);
        if let Some(after) = after {
            sql.push(&format!(" AND {number} > ")).bind(after);
        }
        sql.push(&format!(" ORDER BY {number} LIMIT ")).bind(most);
        let rows = transaction.query_all_raw(sql.finish()).await?;
        transaction.commit().await?;
        Ok(rows)
    }
}

/// An entry as it is kept.
struct Row {
    at: i64,
    actor: String,
    action: String,
    detail: String,
    seal: String,
}

impl Row {
    fn read(row: &QueryResult) -> Result<Self, sea_orm::DbErr> {
        Ok(Self {
            at: row.try_get("", "at")?,
            actor: row.try_get("", "actor")?,
            action: row.try_get("", "action")?,
            detail: row.try_get("", "detail")?,
            seal: row.try_get("", "seal")?,
        })
    }

    fn kept(&self, number: i64) -> Kept<'_> {
        Kept {
            number,
            at: self.at,
            actor: &self.actor,
            action: &self.action,
            detail: &self.detail,
            seal: &self.seal,
        }
    }
}
