//! How long each list is, as `live_count` keeps it.

use std::collections::{BTreeMap, BTreeSet};

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

/// A list that is not as long as is kept.
pub(crate) struct Miscounted {
    /// Which; `None` for that of all releases.
    pub(crate) of: Option<(ListKind, Uuid)>,
    /// How long it is said to be.
    pub(crate) kept: i64,
    /// How long it is.
    pub(crate) counted: i64,
}

/// The lists that are not as long as is kept. All are counted, which takes the longer the more releases there are.
pub(crate) async fn miscounted(transaction: &DatabaseTransaction) -> Result<Vec<Miscounted>, StoreError> {
    let mut found = Vec::new();
    let mut note = |of, kept, counted| {
        if kept != counted {
            found.push(Miscounted { of, kept, counted });
        }
    };
    let backend = transaction.get_database_backend();
    let mut sql = Sql::new(backend, "SELECT list, value, releases FROM live_count WHERE list = ");
    sql.bind(EVERY_RELEASE);
    let kept = Sizes::of_rows(transaction, sql).await?.one(EVERY_RELEASE, Uuid::nil());
    let count = Sql::new(backend, "SELECT count(*) AS counted FROM live_release");
    let row = transaction.query_one_raw(count.finish()).await?;
    let counted = row.map_or(Ok(0), |row| row.try_get("", "counted"))?;
    note(None, kept, counted);
    let kept = Sizes::read_all(transaction).await?;
    for kind in ListKind::ALL {
        let mut count = Sql::new(backend, "SELECT value, count(*) AS counted FROM ");
        count.push(kind.table()).push(" GROUP BY value");
        let mut lists: BTreeMap<Uuid, i64> = BTreeMap::new();
        for row in transaction.query_all_raw(count.finish()).await? {
            lists.insert(row.try_get("", "value")?, row.try_get("", "counted")?);
        }
        let known = kept.0.keys().filter(|(list, _)| list == kind.name());
        let values: BTreeSet<Uuid> = known.map(|(_, value)| *value).chain(lists.keys().copied()).collect();
        for value in values {
            let counted = lists.get(&value).copied().unwrap_or(0);
            note(Some((kind, value)), kept.one(kind.name(), value), counted);
        }
    }
    Ok(found)
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
