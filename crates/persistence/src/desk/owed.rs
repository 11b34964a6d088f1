//! Translations that are owed: those that the rules of the house ask for and readers do not have.

use std::collections::BTreeMap;

use newsroom_domain::account::Standing;
use newsroom_domain::house::{HouseBook, RequiredLanguages};
use newsroom_domain::{Instant, Locale, OfficeId, ReleaseId};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::house;
use super::list::push_readable;
use crate::live::row::instant;
use crate::sql::Sql;
use crate::{Store, StoreError};

/// A translation that is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwedTranslation {
    /// The release.
    pub release: ReleaseId,
    /// The language that it is to have.
    pub locale: Locale,
    /// By when.
    pub due_at: Instant,
}

impl Store {
    /// The translations that releases published from an instant on lack, by when they are due, of releases that somebody may
    /// read at the desk: the first ones of them.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn owed_translations(
        &self,
        standing: &Standing,
        published_from: Instant,
        most: usize,
    ) -> Result<Vec<OwedTranslation>, StoreError> {
        let transaction = self.connections.read().await?;
        let book = house::book(&transaction).await?;
        let rules = rules_of(&book);
        let mut owed: BTreeMap<(ReleaseId, Locale), Instant> = BTreeMap::new();
        for (office, rule) in rules {
            for locale in &rule.locales {
                let lacking = Lacking {
                    office,
                    rule,
                    locale,
                    published_from,
                };
                for (release, due_at) in lacking.find(&transaction, standing, most).await? {
                    let known = owed.entry((release, locale.clone())).or_insert(due_at);
                    *known = due_at.min(*known);
                }
            }
        }
        transaction.commit().await?;
        let mut owed: Vec<OwedTranslation> = owed
            .into_iter()
            .map(|((release, locale), due_at)| OwedTranslation {
                release,
                locale,
                due_at,
            })
            .collect();
        owed.sort_by_key(|owed| owed.due_at);
        owed.truncate(most);
        Ok(owed)
    }
}

/// The rules about languages, with whose they are.
fn rules_of(book: &HouseBook) -> Vec<(Option<OfficeId>, &RequiredLanguages)> {
    let general = book.general.languages.iter().map(|rule| (None, rule));
    let of_offices = book.of_offices.iter().flat_map(|(office, rules)| {
        let rules = rules.languages.iter();
        rules.map(|rule| (Some(*office), rule))
    });
    general.chain(of_offices).collect()
}

/// Releases that lack a language.
struct Lacking<'a> {
    office: Option<OfficeId>,
    rule: &'a RequiredLanguages,
    locale: &'a Locale,
    published_from: Instant,
}

impl Lacking<'_> {
    /// The first ones of them to have been published, with when the translation is due.
    async fn find(
        &self,
        transaction: &DatabaseTransaction,
        standing: &Standing,
        most: usize,
    ) -> Result<Vec<(ReleaseId, Instant)>, StoreError> {
        let mut sql = Sql::new(
            transaction.get_database_backend(),
            "SELECT l.id, l.published_at FROM live_release AS l JOIN release AS r ON r.id = l.id WHERE l.published_at >= ",
        );
        sql.bind(self.published_from.micros());
        if let Some(content_type) = self.rule.content_type {
            sql.push(" AND l.content_type_id = ").bind(content_type.uuid());
        }
        if let Some(office) = self.office {
            sql.push(" AND EXISTS (SELECT 1 FROM live_release_office AS o WHERE o.release_id = l.id AND o.published_at = l.published_at AND o.value = ")
                .bind(office.uuid())
                .push(")");
        }
        sql.push(" AND NOT EXISTS (SELECT 1 FROM live_translation AS t WHERE t.release_id = l.id AND t.locale = ")
            .bind(self.locale.as_str())
            .push(")");
        push_readable(&mut sql, &standing.readable());
        sql.push(" ORDER BY l.published_at, l.id LIMIT ")
            .bind(i64::try_from(most).unwrap_or(i64::MAX));
        let within = i64::from(self.rule.within_hours) * 3600 * 1_000_000;
        let rows = transaction.query_all_raw(sql.finish()).await?;
        rows.iter()
            .map(|row| {
                let published_at: i64 = row.try_get("", "published_at")?;
                Ok((row.try_get::<Uuid>("", "id")?.into(), instant(published_at + within)?))
            })
            .collect()
    }
}
