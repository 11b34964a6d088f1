//! How long each list is, as `live_count` keeps it.

use std::collections::BTreeMap;

use newsroom_domain::filter::ResolvedFilter;
use newsroom_domain::{ContentTypeId, OfficeId, ThemeId};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::{EVERY_RELEASE, ListKind, Restriction, restrictions};
use crate::StoreError;
use crate::sql::Sql;

/// The lengths of the lists that a filter names.
#[derive(Debug, Default)]
pub(crate) struct Sizes(BTreeMap<(String, Uuid), i64>);

impl Sizes {
    /// Reads the lengths of all lists that a filter names and, where it names none, of the list of all releases.
    pub(crate) async fn read(transaction: &DatabaseTransaction, filter: &ResolvedFilter) -> Result<Self, StoreError> {
        let restrictions = restrictions(filter);
        let mut sql = Sql::new(
            transaction.get_database_backend(),
            "SELECT list, value, releases FROM live_count WHERE ",
        );
        if restrictions.is_empty() {
            sql.push("list = ").bind(EVERY_RELEASE);
        }
        for (index, Restriction { kind, values }) in restrictions.iter().enumerate() {
            sql.push(if index == 0 { "(list = " } else { " OR (list = " })
                .bind(kind.name())
                .push(" AND ");
            sql.is_in("value", values.iter().copied()).push(")");
        }
        Self::of_rows(transaction, sql).await
    }

    /// Reads the lengths of the lists of every office, theme and content type.
    async fn read_all(transaction: &DatabaseTransaction) -> Result<Self, StoreError> {
        let mut sql = Sql::new(
            transaction.get_database_backend(),
            "SELECT list, value, releases FROM live_count WHERE ",
        );
        sql.is_in("list", ListKind::ALL.map(ListKind::name));
        Self::of_rows(transaction, sql).await
    }

    async fn of_rows(transaction: &DatabaseTransaction, sql: Sql) -> Result<Self, StoreError> {
        let rows = transaction.query_all_raw(sql.finish()).await?;
        let sizes = rows.iter().map(|row| {
            Ok((
                (row.try_get("", "list")?, row.try_get("", "value")?),
                row.try_get("", "releases")?,
            ))
        });
        Ok(Self(sizes.collect::<Result<_, StoreError>>()?))
    }

    /// How long the lists of a restriction are together.
    pub(crate) fn of(&self, restriction: &Restriction) -> i64 {
        restriction
            .values
            .iter()
            .map(|value| self.one(restriction.kind.name(), *value))
            .sum()
    }

    /// The length of the list that a filter describes, where it is the very length of one that is kept.
    pub(crate) fn total(&self, filter: &ResolvedFilter) -> Option<u64> {
        if filter.from.is_some() || filter.before.is_some() || !filter.locales.is_empty() {
            return None;
        }
        let kept = match &restrictions(filter)[..] {
            [] => self.one(EVERY_RELEASE, Uuid::nil()),
            [Restriction { kind, values }] if values.len() == 1 => self.one(kind.name(), values[0]),
            _ => return None,
        };
        u64::try_from(kept).ok()
    }

    fn one(&self, list: &str, value: Uuid) -> i64 {
        self.0.get(&(list.to_owned(), value)).copied().unwrap_or(0)
    }
}

/// How many releases readers find under each office, theme and content type.
#[derive(Debug, Default)]
pub struct ReleaseCounts(Sizes);

impl ReleaseCounts {
    /// Reads all of them by one statement: there are as many as the taxonomy has entries.
    pub(crate) async fn read(transaction: &DatabaseTransaction) -> Result<Self, StoreError> {
        Ok(Self(Sizes::read_all(transaction).await?))
    }

    /// How many an office has.
    #[must_use]
    pub fn of_office(&self, id: OfficeId) -> u64 {
        self.of(ListKind::Office, id.uuid())
    }

    /// How many a theme has, with those of the themes below it.
    #[must_use]
    pub fn of_theme(&self, id: ThemeId) -> u64 {
        self.of(ListKind::Theme, id.uuid())
    }

    /// How many are of a content type.
    #[must_use]
    pub fn of_type(&self, id: ContentTypeId) -> u64 {
        self.of(ListKind::Type, id.uuid())
    }

    fn of(&self, kind: ListKind, value: Uuid) -> u64 {
        u64::try_from(self.0.one(kind.name(), value)).unwrap_or(0)
    }
}
