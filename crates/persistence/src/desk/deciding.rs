//! What commands on releases are decided with, and how what was decided is stored.

use std::sync::Arc;

use newsroom_domain::change::{Change, Origin};
use newsroom_domain::house::HouseBook;
use newsroom_domain::release::{CommandContext, Earlier, Release};
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_domain::{Instant, Locale, ReleaseId, Slug};
use sea_orm::DatabaseTransaction;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::house;
use super::save::Saving;
use super::store::{Circumstances, store};
use crate::acting::Acting;
use crate::head::Head;
use crate::{Store, StoreError};

/// What commands on releases are decided with, in one act.
pub(super) struct Deciding<'a> {
    store: &'a Store,
    pub(super) now: Instant,
    pub(super) taxonomy: Arc<Taxonomy>,
    house: HouseBook,
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
            sequence: head.sequence,
        })
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
    let mut detail = Map::new();
    detail.insert("release".to_owned(), json!(is.id));
    detail.insert("locale".to_owned(), json!(locale));
    detail.insert("versionBefore".to_owned(), json!(before));
    detail.insert("version".to_owned(), json!(version(is, locale)));
    detail.insert("edition".to_owned(), json!(edition.map(|edition| edition.id)));
    detail
}

/// What a command on several releases has changed.
pub(super) fn savings(
    was: &std::collections::BTreeMap<ReleaseId, Release>,
    is: std::collections::BTreeMap<ReleaseId, Release>,
) -> Vec<Saving> {
    let changed = is.into_iter().filter(|(id, is)| was.get(id) != Some(is));
    changed
        .map(|(id, is)| Saving {
            was: was.get(&id).cloned(),
            is,
        })
        .collect()
}
