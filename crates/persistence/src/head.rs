//! The head of the change log: one row, which every audited act takes last.
//!
//! Its lock lasts until the commit, so that sequences become visible in order and without gaps.

use newsroom_domain::audit::AuditEntry;
use newsroom_domain::change::{Change, Facets, Subject};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait};

use crate::StoreError;
use crate::entity::{audit_entry, change};
use crate::sql::{Sql, in_chunks};

/// The channel on which PostgreSQL tells of new changes.
pub(crate) const CHANNEL: &str = "newsroom_changes";

/// Where the change log is, and which taxonomy belongs to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    pub(crate) sequence: i64,
    pub(crate) taxonomy_revision: i64,
}

impl Head {
    pub(crate) async fn read(transaction: &DatabaseTransaction) -> Result<Self, StoreError> {
        let select = Sql::new(
            transaction.get_database_backend(),
            "SELECT sequence, taxonomy_revision FROM change_head WHERE id = 1",
        );
        let row = transaction
            .query_one_raw(select.finish())
            .await?
            .ok_or_else(|| StoreError::corrupt("change log", "it has no head"))?;
        Ok(Self {
            sequence: row.try_get("", "sequence")?,
            taxonomy_revision: row.try_get("", "taxonomy_revision")?,
        })
    }
}

/// An act with all that it changed, ready to be closed.
#[derive(Debug)]
pub(crate) struct Act {
    pub(crate) changes: Vec<Change>,
    /// What the audit trail says of it: one entry, or one for each thing that it is of.
    pub(crate) audit: Vec<AuditEntry>,
    /// Whether webhooks and subscribers are told.
    pub(crate) announced: bool,
    pub(crate) taxonomy_changed: bool,
}

impl Act {
    /// Takes the head, and appends the changes and the audit entries. The transaction is committed next.
    pub(crate) async fn close(self, transaction: &DatabaseTransaction) -> Result<Head, StoreError> {
        let count = i64::try_from(self.changes.len()).unwrap_or(i64::MAX);
        let entries = i64::try_from(self.audit.len()).unwrap_or(i64::MAX);
        let mut update = Sql::new(
            transaction.get_database_backend(),
            "UPDATE change_head SET sequence = sequence + ",
        );
        update
            .bind(count)
            .push(", audit_number = audit_number + ")
            .bind(entries)
            .push(", taxonomy_revision = taxonomy_revision + ")
            .bind(i64::from(self.taxonomy_changed));
        update.push(" WHERE id = 1 RETURNING sequence, audit_number, audit_seal, taxonomy_revision");
        if count > 0 && update.backend() == DbBackend::Postgres {
            // Told when this is committed, to whoever listens.
            update.push(", pg_notify('").push(CHANNEL).push("', '')::text");
        }
        let row = transaction
            .query_one_raw(update.finish())
            .await?
            .ok_or_else(|| StoreError::corrupt("change log", "it has no head"))?;
        let (sequence, number): (i64, i64) = (row.try_get("", "sequence")?, row.try_get("", "audit_number")?);
        let mut seal = row.try_get::<String>("", "audit_seal")?;
        let mut rows = Vec::with_capacity(self.audit.len());
        for (number, entry) in (number - entries + 1..).zip(self.audit) {
            seal = entry.seal(number, &seal);
            rows.push(audit_entry::ActiveModel {
                number: Set(number),
                at: Set(entry.at.micros()),
                actor: Set(entry.actor.name()),
                action: Set(entry.action.into_owned()),
                detail: Set(entry.detail),
                seal: Set(seal.clone()),
            });
        }
        let mut seal_head = Sql::new(
            transaction.get_database_backend(),
            "UPDATE change_head SET audit_seal = ",
        );
        seal_head.bind(seal).push(" WHERE id = 1");
        transaction.execute_raw(seal_head.finish()).await?;
        for rows in in_chunks(rows, 6) {
            audit_entry::Entity::insert_many(rows)
                .exec_without_returning(transaction)
                .await?;
        }

        let first = sequence - count + 1;
        let rows = (first..)
            .zip(&self.changes)
            .map(|(sequence, change)| change_row(sequence, change, self.announced));
        for rows in in_chunks(rows.collect::<Result<Vec<_>, _>>()?, 11) {
            change::Entity::insert_many(rows)
                .exec_without_returning(transaction)
                .await?;
        }
        Ok(Head {
            sequence,
            taxonomy_revision: row.try_get("", "taxonomy_revision")?,
        })
    }
}

fn change_row(sequence: i64, change: &Change, announced: bool) -> Result<change::ActiveModel, StoreError> {
    let facets = |facets: &Option<Facets>| facets.as_ref().map(|facets| to_json("facets", facets)).transpose();
    Ok(change::ActiveModel {
        sequence: Set(sequence),
        at: Set(change.at.micros()),
        subject_kind: Set(change.subject.kind().to_owned()),
        subject_id: Set(change.subject.uuid()),
        kind: Set(change.kind.as_str().to_owned()),
        locale: Set(change.kind.locale().map(ToString::to_string)),
        origin: Set(change.origin.as_str().to_owned()),
        announced: Set(announced),
        before: Set(facets(&change.before)?),
        after: Set(facets(&change.after)?),
        into_id: Set(change.kind.merged_into().map(Subject::uuid)),
    })
}

/// A value as the JSON that a column holds.
pub(crate) fn to_json(what: &'static str, value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::corrupt(what, error))
}
