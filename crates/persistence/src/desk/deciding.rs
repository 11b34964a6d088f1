//! What commands on releases are decided with, and how what was decided is stored.

use std::collections::BTreeMap;
use std::sync::Arc;

use newsroom_domain::change::{Change, Origin};
use newsroom_domain::check::Finding;
use newsroom_domain::house::HouseBook;
use newsroom_domain::release::{CommandContext, Earlier, PublishTranslation, Release};
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_domain::{EditionId, Instant, Locale, ReleaseId, Slug};
use sea_orm::DatabaseTransaction;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::checks::{self, Checked};
use super::house;
use super::save::Saving;
use super::store::{Circumstances, store};
use crate::account::detail as said;
use crate::acting::Acting;
use crate::head::Head;
use crate::{Store, StoreError};

/// What commands on releases are decided with, in one act.
pub(super) struct Deciding<'a> {
    store: &'a Store,
    pub(super) now: Instant,
    pub(super) taxonomy: Arc<Taxonomy>,
    house: HouseBook,
    findings: BTreeMap<EditionId, Vec<Finding>>,
    /// Where the change log was when the act began.
    pub(super) sequence: i64,
}

impl<'a> Deciding<'a> {
    /// Reads what is to be known in this act.
    pub(super) async fn begin(store: &'a Store, acting: &Acting) -> Result<Self, StoreError> {
        let head = Head::read(&acting.transaction).await?;
        let taxonomy = store.taxonomy.at(head.taxonomy_revision, &acting.transaction).await?;
        store.ids.open(&acting.transaction).await?;
        Ok(Self {
            store,
            now: acting.now,
            taxonomy,
            house: house::book(&acting.transaction).await?,
            findings: BTreeMap::new(),
            sequence: head.sequence,
        })
    }

    /// Checks the drafts that are to be published, where a check may stop that.
    pub(super) async fn check(
        &mut self,
        transaction: &DatabaseTransaction,
        drafts: &[(&Release, &str)],
    ) -> Result<(), StoreError> {
        if !self.store.rules.checks.may_block() {
            return Ok(());
        }
        let mut editions = Vec::new();
        let mut texts = Vec::new();
        for (release, asked) in drafts {
            let text = release
                .translations
                .iter()
                .find(|(locale, _)| locale.as_str() == *asked);
            let Some((locale, draft)) = text.and_then(|(locale, text)| Some((locale, text.draft.as_ref()?))) else {
                continue;
            };
            editions.push(draft.edition.id);
            texts.push(Checked {
                release,
                locale,
                text: &draft.edition.text,
            });
        }
        let found = checks::find(transaction, &self.store.rules, &texts).await?;
        self.findings = editions.into_iter().zip(found).collect();
        Ok(())
    }

    /// Decides something.
    pub(super) fn decide<T>(
        &self,
        earlier: Option<&Earlier>,
        free_slug: &mut dyn FnMut(&str) -> Slug,
        decide: impl FnOnce(&mut CommandContext<'_>) -> T,
    ) -> T {
        let mut new_id: Box<dyn FnMut() -> Uuid> = Box::new(|| self.store.ids.next(self.now));
        decide(&mut CommandContext {
            now: self.now,
            zone: self.store.zone,
            taxonomy: &self.taxonomy,
            locales: &self.store.rules.locales,
            house: &self.house,
            findings: &self.findings,
            earlier,
            new_id: &mut *new_id,
            free_slug,
        })
    }

    /// Decides something that makes no slug.
    pub(super) fn decide_without_slugs<T>(&self, decide: impl FnOnce(&mut CommandContext<'_>) -> T) -> T {
        // A slug that nobody has would be made; nothing that is decided so makes one.
        self.decide(None, &mut |title| Slug::from_title(title, "release"), decide)
    }

    /// Stores what was decided, and answers what readers are told of it; `None` where another writer has taken a slug
    /// meanwhile, so that all is to be undone and tried again.
    pub(super) async fn store(
        &self,
        transaction: &DatabaseTransaction,
        savings: &[Saving],
    ) -> Result<Option<Vec<Change>>, StoreError> {
        let circumstances = Circumstances {
            taxonomy: &self.taxonomy,
            zone: self.store.zone,
            now: self.now,
            origin: Origin::Desk,
        };
        store(transaction, savings, &circumstances).await
    }
}

/// The version of a release's translation.
pub(super) fn version(release: &Release, locale: &Locale) -> i64 {
    release.translations.get(locale).map_or(0, |text| text.version)
}

/// What the audit trail says of a translation: which, the versions before and after, and the edition.
pub(super) fn detail(was: Option<&Release>, is: &Release, locale: &Locale) -> Map<String, Value> {
    let before = was.map_or(0, |was| version(was, locale));
    let edition = is.translations.get(locale).and_then(|text| text.desk_edition());
    said([
        ("release", json!(is.id)),
        ("locale", json!(locale)),
        ("versionBefore", json!(before)),
        ("version", json!(version(is, locale))),
        ("edition", json!(edition.map(|edition| edition.id))),
    ])
}

/// What the audit trail says of publishing: what was waived, and why; and the reason of an emergency.
pub(super) fn note_publishing(detail: &mut Map<String, Value>, asked: Option<&PublishTranslation>) {
    let Some(asked) = asked else { return };
    if !asked.waive.is_empty() {
        let waived = asked
            .waive
            .iter()
            .map(|waiver| json!({"check": waiver.check.as_str(), "reason": waiver.reason}));
        detail.insert("waived".to_owned(), waived.collect());
    }
    if let Some(reason) = &asked.emergency {
        detail.insert("emergency".to_owned(), json!(reason));
    }
}

/// What a command on several releases has changed.
pub(super) fn savings(was: &BTreeMap<ReleaseId, Release>, is: BTreeMap<ReleaseId, Release>) -> Vec<Saving> {
    let changed = is.into_iter().filter(|(id, is)| was.get(id) != Some(is));
    changed
        .map(|(id, is)| Saving {
            was: was.get(&id).cloned(),
            is,
        })
        .collect()
}
