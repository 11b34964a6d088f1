//! What the checks before publishing find, once it is known which releases readers have.

use std::collections::{BTreeMap, BTreeSet};

use newsroom_domain::check::{Finding, Reading};
use newsroom_domain::release::{Release, Text};
use newsroom_domain::{Locale, Slug, TranslationId};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};

use crate::entity::live_address;
use crate::live::address::{CURRENT, REDIRECT};
use crate::sql::in_chunks;
use crate::{DeskRules, Store, StoreError};

/// What was found in the texts of translations.
pub type Findings = BTreeMap<TranslationId, Vec<Finding>>;

/// A text to be checked.
pub(crate) struct Checked<'a> {
    pub(crate) release: &'a Release,
    pub(crate) locale: &'a Locale,
    pub(crate) text: &'a Text,
}

impl Store {
    /// What the checks before publishing find in each translation of these releases: in its draft, or in what is live
    /// where it has none. One question to the database, however many releases these are.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn check<'a>(&self, releases: impl IntoIterator<Item = &'a Release>) -> Result<Findings, StoreError> {
        let (mut translations, mut texts) = (Vec::new(), Vec::new());
        for release in releases {
            for (locale, translation) in &release.translations {
                if let Some(edition) = translation.desk_edition() {
                    translations.push(translation.id);
                    let text = &edition.text;
                    texts.push(Checked { release, locale, text });
                }
            }
        }
        let transaction = self.connections.read().await?;
        let found = find(&transaction, &self.rules, &texts).await?;
        transaction.commit().await?;
        Ok(translations.into_iter().zip(found).collect())
    }
}

/// What the checks find in these texts, each of a release as it is or would be, in the order of the texts. A release's
/// own slugs are good to link to, even where readers have none of it yet: its draft goes live with them.
pub(crate) async fn find(
    transaction: &DatabaseTransaction,
    rules: &DeskRules,
    texts: &[Checked<'_>],
) -> Result<Vec<Vec<Finding>>, StoreError> {
    let read = texts
        .iter()
        .map(|Checked { text, locale, .. }| Reading::of(text, locale, &rules.site));
    let readings: Vec<Reading<'_>> = read.collect();
    let linked: BTreeSet<&Slug> = readings.iter().flat_map(Reading::internal_links).collect();
    let live = live_among(transaction, &linked).await?;
    let findings = texts.iter().zip(&readings).map(|(Checked { release, .. }, reading)| {
        let own = release.slugs().filter(|_| release.removal.is_none());
        let there = reading.internal_links().filter(|slug| live.contains(slug.as_str()));
        reading.findings(&rules.checks, &there.chain(own).cloned().collect())
    });
    Ok(findings.collect())
}

/// Which of these slugs are addresses that readers have, or redirects to such.
async fn live_among(
    transaction: &DatabaseTransaction,
    slugs: &BTreeSet<&Slug>,
) -> Result<BTreeSet<String>, StoreError> {
    let mut live = BTreeSet::new();
    for slugs in in_chunks(slugs.iter().map(|slug| slug.as_str()).collect(), 1) {
        let found = live_address::Entity::find()
            .select_only()
            .column(live_address::Column::Slug)
            .filter(live_address::Column::Slug.is_in(slugs))
            .filter(live_address::Column::Kind.is_in([CURRENT, REDIRECT]));
        live.extend(found.into_tuple::<String>().all(transaction).await?);
    }
    Ok(live)
}
