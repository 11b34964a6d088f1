//! The store as callers have it.

use std::io;
use std::sync::Arc;

use newsroom_domain::account::PublishRule;
use newsroom_domain::check::{CheckRules, Site};
use newsroom_domain::exchange::{ExportScope, ReleaseLine};
use newsroom_domain::filter::ReleaseFilter;
use newsroom_domain::release::Removal;
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_domain::{Locale, Reader, ReleaseId, TranslationId, Zone};
use sea_orm::DatabaseTransaction;

use crate::database::{Connections, Database};
use crate::head::Head;
use crate::ids::ProcessIds;
use crate::import::{ImportOptions, Importer};
use crate::live::count::ReleaseCounts;
use crate::live::row::{find_by_slug, read_releases, read_translations};
use crate::live::shown::{Address, ShownRelease, ShownText, Wants};
use crate::schema::{self, MigrationOutcome};
use crate::taxonomy::TaxonomyCache;
use crate::{Snapshot, StoreError, export};

/// Where the newsroom is kept, and how it is opened.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The database.
    pub database: Database,
    /// How many connections read at once.
    pub readers: u32,
    /// The newsroom's time zone; a newsroom that was set up in another is refused.
    pub time_zone: Zone,
    /// What the desk goes by.
    pub desk: DeskRules,
}

/// What the newsroom has settled for its desk.
#[derive(Debug, Clone, Default)]
pub struct DeskRules {
    /// The locales that texts may be in; empty for any.
    pub locales: Vec<Locale>,
    /// On how many of a release's offices one needs rights to publish it.
    pub publish: PublishRule,
    /// What becomes of what the checks before publishing find.
    pub checks: CheckRules,
    /// Where releases are read.
    pub site: Site,
}

/// The newsroom's store. Cloning it is cheap and gives the same one.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) connections: Connections,
    pub(crate) taxonomy: Arc<TaxonomyCache>,
    pub(crate) ids: Arc<ProcessIds>,
    pub(crate) zone: Zone,
    pub(crate) rules: Arc<DeskRules>,
}

impl Store {
    /// Opens the store. An embedded database is made and migrated first; on PostgreSQL, [`Store::migrate`] does that.
    ///
    /// # Errors
    /// Where the database cannot be opened, has a schema that this program cannot work with, or another time zone.
    pub async fn open(options: StoreOptions) -> Result<Self, StoreError> {
        let connections = Connections::open(&options.database, options.readers).await?;
        if let Database::Sqlite(_) = options.database {
            schema::migrate(&connections).await?;
        }
        schema::check(&connections).await?;
        schema::settle_time_zone(&connections, options.time_zone).await?;
        Ok(Self {
            connections,
            taxonomy: Arc::default(),
            ids: Arc::default(),
            zone: options.time_zone,
            rules: Arc::new(options.desk),
        })
    }

    /// Brings the database's schema up to this program's. Several hosts may do so at once.
    ///
    /// # Errors
    /// Where the database cannot be opened, or a step fails.
    pub async fn migrate(options: &StoreOptions) -> Result<MigrationOutcome, StoreError> {
        let connections = Connections::open(&options.database, 1).await?;
        let outcome = schema::migrate(&connections).await?;
        schema::settle_time_zone(&connections, options.time_zone).await?;
        connections.close().await?;
        Ok(outcome)
    }

    /// The newsroom's time zone.
    #[must_use]
    pub fn time_zone(&self) -> Zone {
        self.zone
    }

    /// On how many of a release's offices one needs rights to publish it.
    #[must_use]
    pub fn publish_rule(&self) -> PublishRule {
        self.rules.publish
    }

    /// Asks the database for the least that it can answer.
    ///
    /// # Errors
    /// Where it does not.
    pub async fn probe(&self) -> Result<(), StoreError> {
        let transaction = self.connections.read().await?;
        Head::read(&transaction).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Closes all connections, once what they do is done.
    ///
    /// # Errors
    /// Where the database fails at that.
    pub async fn close(self) -> Result<(), StoreError> {
        Ok(self.connections.close().await?)
    }

    /// The taxonomy as it is now.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn taxonomy(&self) -> Result<Arc<Taxonomy>, StoreError> {
        let (transaction, taxonomy, _) = self.begin_reading().await?;
        transaction.commit().await?;
        Ok(taxonomy)
    }

    /// How many releases readers find under each office, theme and content type.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn release_counts(&self) -> Result<ReleaseCounts, StoreError> {
        let transaction = self.connections.read().await?;
        let counts = ReleaseCounts::read(&transaction).await?;
        transaction.commit().await?;
        Ok(counts)
    }

    /// Reads those of these releases that readers have, or would have under a preview, in the order asked for.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn releases(
        &self,
        ids: &[ReleaseId],
        reader: &Reader,
        wants: Wants,
        under: Option<&Snapshot>,
    ) -> Result<(Arc<Taxonomy>, Vec<ShownRelease>), StoreError> {
        let (transaction, taxonomy, _) = self.begin_reading().await?;
        let is_live = |id: &ReleaseId| under.is_none_or(|snapshot| snapshot.id() != *id);
        let live: Vec<ReleaseId> = ids.iter().copied().filter(is_live).collect();
        let mut releases = read_releases(&transaction, &live, reader, wants).await?;
        transaction.commit().await?;
        if let Some(snapshot) = under {
            snapshot.join(&mut releases, ids, reader, wants)?;
        }
        Ok((taxonomy, releases))
    }

    /// Reads the release whose address this is now, or would be under a preview.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn release_by_slug(
        &self,
        slug: &str,
        reader: &Reader,
        wants: Wants,
        under: Option<&Snapshot>,
    ) -> Result<Option<(Arc<Taxonomy>, ShownRelease)>, StoreError> {
        let (transaction, taxonomy, _) = self.begin_reading().await?;
        let release = find_by_slug(&transaction, slug, reader, wants, under).await?;
        transaction.commit().await?;
        Ok(release.map(|release| (taxonomy, release)))
    }

    /// Reads what is at an address, or would be under a preview.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn address(
        &self,
        slug: &str,
        reader: &Reader,
        wants: Wants,
        under: Option<&Snapshot>,
    ) -> Result<Option<(Arc<Taxonomy>, Address)>, StoreError> {
        let (transaction, taxonomy, _) = self.begin_reading().await?;
        let address = crate::live::address::read_address(&transaction, slug, reader, wants, under).await?;
        transaction.commit().await?;
        Ok(address.map(|address| (taxonomy, address)))
    }

    /// Reads what is left of a release that readers had, where it was removed.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn tombstone(&self, id: ReleaseId) -> Result<Option<Removal>, StoreError> {
        let transaction = self.connections.read().await?;
        let removal = crate::live::address::read_tombstone(&transaction, id).await?;
        transaction.commit().await?;
        Ok(removal)
    }

    /// Reads those of these texts that readers have, or would have under a preview, in no particular order.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn translations(
        &self,
        ids: &[TranslationId],
        wants: Wants,
        under: Option<&Snapshot>,
    ) -> Result<Vec<ShownText>, StoreError> {
        let transaction = self.connections.read().await?;
        let texts = read_translations(&transaction, ids, wants, under).await?;
        transaction.commit().await?;
        Ok(texts)
    }

    /// An importer into this store. One at a time: a second one's batches wait for the first one's.
    #[must_use]
    pub fn importer(&self, options: ImportOptions) -> Importer {
        Importer::new(self.connections.clone(), self.zone, options)
    }

    /// Hands every release that the filter matches to `sink`, in the order of creation, and answers how many and the
    /// taxonomy that they are filed under. The scope [`ExportScope::Everything`] takes no filter.
    ///
    /// # Errors
    /// Where the filter cannot be, the sink takes no more, or the database fails.
    pub async fn export(
        &self,
        scope: ExportScope,
        filter: &ReleaseFilter,
        sink: impl FnMut(&ReleaseLine) -> io::Result<()>,
    ) -> Result<(Arc<Taxonomy>, u64), StoreError> {
        let (transaction, taxonomy, _) = self.begin_reading().await?;
        let filter = filter.resolve(&taxonomy, self.zone).map_err(StoreError::Filter)?;
        let written = export::run(&transaction, &taxonomy, scope, &filter, sink).await?;
        transaction.commit().await?;
        Ok((taxonomy, written))
    }

    /// The taxonomy of the state that a transaction sees.
    pub(crate) async fn taxonomy_in(&self, transaction: &DatabaseTransaction) -> Result<Arc<Taxonomy>, StoreError> {
        let head = Head::read(transaction).await?;
        self.taxonomy.at(head.taxonomy_revision, transaction).await
    }

    /// Begins to read one state of the database: with its taxonomy and its head.
    pub(crate) async fn begin_reading(&self) -> Result<(DatabaseTransaction, Arc<Taxonomy>, Head), StoreError> {
        let transaction = self.connections.read().await?;
        let head = Head::read(&transaction).await?;
        let taxonomy = self.taxonomy.at(head.taxonomy_revision, &transaction).await?;
        Ok((transaction, taxonomy, head))
    }
}
