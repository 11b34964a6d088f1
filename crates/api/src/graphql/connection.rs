//! Lists of releases, a page at a time.
//!
//! Source: GraphQL Cursor Connections Specification (<https://relay.dev/graphql/connections.htm>).

use async_graphql::{Object, Result, SimpleObject};
use newsroom_domain::{
    filter::ReleaseOrder,
    page::{Page, Rank, SearchSeal},
};

use super::{
    facets::{Counted, HistogramBar, HistogramInterval, ReleaseFacets, histogram},
    release::Release,
    scalars::{DateTime, count},
};
use crate::error::ApiError;

#[derive(Debug)]
pub(crate) struct ReleaseConnection {
    pub(crate) page: Page<ReleaseEdge>,
    pub(crate) total: Option<u64>,
    /// What the read index counts, where it was there.
    pub(crate) counted: Option<Counted>,
    /// A search that finds something, near one that has found nothing.
    pub(crate) did_you_mean: Option<String>,
}

impl ReleaseConnection {
    fn counted(&self) -> Result<&Counted> {
        Ok(self.counted.as_ref().ok_or_else(ApiError::index_is_loading)?)
    }
}

/// A page of a list of releases. The page, the total and all that hangs on the releases are of one moment.
///
/// To read on, ask again with `after:` set to `pageInfo.endCursor`. What is published meanwhile shifts nothing: a cursor
/// stands at a place in the order, not at a number of items.
#[Object]
impl ReleaseConnection {
    /// The releases of this page, each with its cursor.
    async fn edges(&self) -> &[ReleaseEdge] {
        &self.page.items
    }

    /// The releases of this page: the same as `edges { node }`, for clients that need no cursor of each.
    async fn nodes(&self) -> Vec<&Release> {
        self.page.items.iter().map(|edge| &edge.release).collect()
    }

    /// Where this page lies in the list.
    async fn page_info(&self) -> PageInfo {
        let cursor = |edge: Option<&ReleaseEdge>| edge.map(ReleaseEdge::to_cursor);
        PageInfo {
            has_next_page: self.page.has_next,
            has_previous_page: self.page.has_previous,
            start_cursor: cursor(self.page.items.first()),
            end_cursor: cursor(self.page.items.last()),
        }
    }

    /// How many releases the whole list has, whatever the page. Counted only where it is selected.
    async fn total_count(&self) -> Result<i32> {
        let total = self.total.ok_or_else(ApiError::internal)?;
        Ok(count(total))
    }

    /// How many releases there are by each office, theme, content type, year and locale, for the choices beside the list. Counted
    /// only where it is selected, and of the same moment as the list.
    ///
    /// The choices of one kind ignore their own filter and obey all others and the search, so that a reader can widen a choice: each count is the
    /// `totalCount` of the list that has that value alone in its filter.
    async fn facets(&self) -> Result<ReleaseFacets<'_>> {
        Ok(ReleaseFacets(self.counted()?))
    }

    /// How the releases of the whole list lie in time: how many there are in each day, month or year that has any, the oldest
    /// first. Unlike `facets { years }` it obeys the dates of the filter too.
    async fn histogram(
        &self,
        #[graphql(desc = "How long the spans are that are counted.")] interval: HistogramInterval,
    ) -> Result<Vec<HistogramBar>> {
        Ok(histogram(self.counted()?, interval))
    }

    /// When a text of the releases of the whole list was last published, or corrected with a public note, in UTC. Null where the
    /// list is empty. What leaves the list does not move it.
    async fn last_modified(&self) -> Result<Option<DateTime>> {
        let counted = self.counted()?;
        Ok(counted.selection().last_modified().map(DateTime))
    }

    /// Where the list's search finds nothing: one near it that does, with words that nothing has replaced by the nearest that
    /// something has. Null where there is none, where the search has found something, and without a search.
    async fn did_you_mean(&self) -> Option<&str> {
        self.did_you_mean.as_deref()
    }
}

/// Where a release stands in a list.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place {
    /// In a list of that order.
    ByDate(ReleaseOrder),
    /// In what a search found, with its score.
    ByRelevance(SearchSeal, u32),
}

#[derive(Debug)]
pub(crate) struct ReleaseEdge {
    pub(crate) release: Release,
    pub(crate) place: Place,
}

impl ReleaseEdge {
    fn to_cursor(&self) -> String {
        let position = self.release.position();
        match self.place {
            Place::ByDate(order) => position.to_cursor(order),
            Place::ByRelevance(search, score) => Rank { score, position }.to_cursor(search),
        }
    }
}

/// A release in a list.
#[Object]
impl ReleaseEdge {
    /// Where the release stands in the list, for `after` and `before`. It stays good when the release is gone, and serves for
    /// this order alone; by relevance for this search alone. Opaque: do not take it apart.
    async fn cursor(&self) -> String {
        self.to_cursor()
    }

    /// The release.
    async fn node(&self) -> &Release {
        &self.release
    }
}

/// Where a page lies in its list, as the Relay specification has it.
#[derive(SimpleObject)]
pub(crate) struct PageInfo {
    /// Whether the list goes on behind this page: ask for `first` items `after` the `endCursor`.
    pub(crate) has_next_page: bool,
    /// Whether the list begins before this page: ask for `last` items `before` the `startCursor`.
    pub(crate) has_previous_page: bool,
    /// The cursor of the page's first item; null where the page is empty.
    pub(crate) start_cursor: Option<String>,
    /// The cursor of the page's last item; null where the page is empty.
    pub(crate) end_cursor: Option<String>,
}
