//! One state of the database, as long as an answer is worked out from it.

use std::sync::Arc;

use newsroom_domain::change::ChangeScope;
use newsroom_domain::filter::{ReleaseFilter, ReleaseOrder, ResolvedFilter};
use newsroom_domain::findable::{FindableRelease, FindableText};
use newsroom_domain::page::{Page, PageRequest};
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_domain::{Instant, Locale, Reader, ReleaseId, Zone};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::head::Head;
use crate::live::count::Sizes;
use crate::live::findable;
use crate::live::going_live::{self, Acts, LivePart, LogSpan};
use crate::live::gone::{self, GoneRelease, RetoldRelease};
use crate::live::list::{count, find_page};
use crate::live::row::{self, read_releases};
use crate::live::shown::{ShownRelease, Wants};
use crate::sql::Sql;
use crate::{ReadError, Store, StoreError};

/// One state of the public side: all that it answers belongs together, whatever is published meanwhile.
#[derive(Debug)]
pub struct Moment {
    pub(crate) transaction: DatabaseTransaction,
    taxonomy: Arc<Taxonomy>,
    head: Head,
    zone: Zone,
}

impl Store {
    /// The change log's sequence at this moment: the least that there is to ask.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn sequence(&self) -> Result<i64, StoreError> {
        let connection = &self.connections.reader();
        let select = "SELECT sequence FROM change_head WHERE id = 1";
        let row = connection
            .query_one_raw(Sql::new(connection.get_database_backend(), select).finish())
            .await?
            .ok_or_else(|| StoreError::corrupt("change log", "it has no head"))?;
        Ok(row.try_get("", "sequence")?)
    }

    /// Begins to read the state that the public side has now. It holds a connection until it is dropped or ended.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn moment(&self) -> Result<Moment, StoreError> {
        let (transaction, taxonomy, head) = self.begin_reading().await?;
        Ok(Moment {
            transaction,
            taxonomy,
            head,
            zone: self.zone,
        })
    }
}

impl Moment {
    /// The change log's sequence: up to which change this state has come.
    #[must_use]
    pub const fn sequence(&self) -> i64 {
        self.head.sequence
    }

    /// The revision of the taxonomy: it rises with every change of it.
    #[must_use]
    pub const fn taxonomy_revision(&self) -> i64 {
        self.head.taxonomy_revision
    }

    /// The newsroom's time zone.
    #[must_use]
    pub const fn time_zone(&self) -> Zone {
        self.zone
    }

    /// The taxonomy of this state.
    #[must_use]
    pub const fn taxonomy(&self) -> &Arc<Taxonomy> {
        &self.taxonomy
    }

    /// What to look for, in this state's taxonomy.
    ///
    /// # Errors
    /// Where the filter cannot be.
    pub fn resolve(&self, filter: &ReleaseFilter) -> Result<ResolvedFilter, ReadError> {
        filter.resolve(&self.taxonomy, self.zone).map_err(ReadError::Filter)
    }

    /// Finds a page of the list that a filter describes, and how long that list is, where either is asked for.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn find(
        &self,
        filter: &ResolvedFilter,
        order: ReleaseOrder,
        page: Option<&PageRequest>,
        total: bool,
    ) -> Result<(Option<Page<ReleaseId>>, Option<u64>), StoreError> {
        let sizes = Sizes::read(&self.transaction, filter).await?;
        let total = match sizes.total(filter) {
            _ if !total => None,
            Some(kept) => Some(kept),
            None => Some(count(&self.transaction, filter, &sizes).await?),
        };
        let found = match page {
            Some(page) => Some(find_page(&self.transaction, filter, &sizes, order, page).await?),
            None => None,
        };
        Ok((found, total))
    }

    /// Reads these releases with the texts that this reader gets, in the order of the identities given.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn releases(
        &self,
        ids: &[ReleaseId],
        reader: &Reader,
        wants: Wants,
    ) -> Result<Vec<ShownRelease>, StoreError> {
        read_releases(&self.transaction, ids, reader, wants).await
    }

    /// The locales in which readers have any text.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn locales(&self) -> Result<Vec<Locale>, StoreError> {
        row::locales(&self.transaction).await
    }

    /// The releases that changes after that sequence are about, each once; `None` where there are more than `most`.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn changed_since(&self, sequence: i64, most: usize) -> Result<Option<Vec<ReleaseId>>, StoreError> {
        findable::changed_since(&self.transaction, sequence, most, false).await
    }

    /// Those of them whose texts or place in lists may have changed.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn changed_texts_since(&self, sequence: i64, most: usize) -> Result<Option<Vec<ReleaseId>>, StoreError> {
        findable::changed_since(&self.transaction, sequence, most, true).await
    }

    /// What tells the change log up to that sequence from the log of any other database.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn fingerprint(&self, sequence: i64) -> Result<String, StoreError> {
        findable::fingerprint(&self.transaction, sequence).await
    }

    /// The texts that readers have of these releases, in no particular order.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn texts(&self, ids: &[ReleaseId]) -> Result<Vec<FindableText>, StoreError> {
        findable::texts(&self.transaction, ids).await
    }

    /// The texts that readers have behind that one, release by release, at most so many.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn texts_after(
        &self,
        last: Option<(ReleaseId, &Locale)>,
        most: u64,
    ) -> Result<Vec<FindableText>, StoreError> {
        findable::texts_after(&self.transaction, last, most).await
    }

    /// What those of these releases are found by that readers have, in no particular order.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn findable(&self, ids: &[ReleaseId]) -> Result<Vec<FindableRelease>, StoreError> {
        findable::these(&self.transaction, &self.taxonomy, ids).await
    }

    /// What the releases behind that one are found by, in the order of creation, at most so many.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn findable_after(&self, last: Option<ReleaseId>, most: u64) -> Result<Vec<FindableRelease>, StoreError> {
        findable::portion(&self.transaction, &self.taxonomy, last, most).await
    }

    /// The acts of that span on releases that pass a filter, each with its sequence; the newest first, or the oldest.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn acts(
        &self,
        (acts, span): (Acts, LogSpan),
        filter: &ResolvedFilter,
        order: ReleaseOrder,
        most: u64,
    ) -> Result<Vec<(i64, ReleaseId)>, StoreError> {
        going_live::acts(&self.transaction, acts, filter, span, order, most).await
    }

    /// The removed releases that ever were of a scope, the one removed last first; of a span, those alone that were removed by its
    /// changes.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn gone(
        &self,
        scope: &ChangeScope,
        span: Option<LogSpan>,
        most: usize,
    ) -> Result<Vec<GoneRelease>, StoreError> {
        gone::removed(&self.transaction, scope, span, most).await
    }

    /// The last change of a span by which a release was removed that ever was of a scope, or a text of one taken down; or the first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn nearest_gone(
        &self,
        scope: &ChangeScope,
        span: LogSpan,
        order: ReleaseOrder,
    ) -> Result<Option<i64>, StoreError> {
        gone::nearest(&self.transaction, scope, span, order).await
    }

    /// The releases that are there and came into a language by the changes of a span, after they had gone live, or left one; by the
    /// latest of so many such changes.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn retold(&self, span: LogSpan, most: usize) -> Result<Vec<RetoldRelease>, StoreError> {
        gone::retold(&self.transaction, span, most).await
    }

    /// The parts of so many changes each, counted from 1, by which anything went live that is there still.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn parts_by_going_live(&self, changes: i64) -> Result<Vec<LivePart>, StoreError> {
        going_live::parts(&self.transaction, changes).await
    }

    /// When the newsroom changed last, as far as the change log says; `None` where it has no change.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn changed_at(&self) -> Result<Option<Instant>, StoreError> {
        going_live::changed_at(&self.transaction).await
    }

    /// Lets go of the connection. Where it is only dropped, that comes a little later.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn end(self) -> Result<(), StoreError> {
        Ok(self.transaction.commit().await?)
    }
}
