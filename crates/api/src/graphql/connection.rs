//! Lists of releases, a page at a time.
//!
//! Source: GraphQL Cursor Connections Specification (<https://relay.dev/graphql/connections.htm>).

use async_graphql::{Context, Object, Result, SimpleObject};
use newsroom_domain::{
    Reader,
    filter::ReleaseOrder,
    page::{Page, Position},
};
use newsroom_persistence::{ReleaseList, Store};

use super::{
    filter::{ListArguments, Scope, refuse_list},
    loading::Selected,
    release::Release,
};
use crate::error::ApiError;

pub(crate) struct ReleaseConnection {
    page: Page<Release>,
    order: ReleaseOrder,
    total: Option<u64>,
}

/// A page of a list of releases. The page, the total and all that hangs on the releases are of one moment.
///
/// To read on, ask again with `after:` set to `pageInfo.endCursor`. What is published meanwhile shifts nothing: a cursor
/// stands at a place in the order, not at a number of items.
#[Object]
impl ReleaseConnection {
    /// The releases of this page, each with its cursor.
    async fn edges(&self) -> Vec<ReleaseEdge<'_>> {
        let edge = |release| ReleaseEdge {
            release,
            order: self.order,
        };
        self.page.items.iter().map(edge).collect()
    }

    /// The releases of this page: the same as `edges { node }`, for clients that need no cursor of each.
    async fn nodes(&self) -> &[Release] {
        &self.page.items
    }

    /// Where this page lies in the list.
    async fn page_info(&self) -> PageInfo {
        let cursor = |release: Option<&Release>| release.map(|release| cursor(release, self.order));
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
        Ok(i32::try_from(total).unwrap_or(i32::MAX))
    }
}

pub(crate) struct ReleaseEdge<'a> {
    release: &'a Release,
    order: ReleaseOrder,
}

/// A release in a list.
#[Object]
impl ReleaseEdge<'_> {
    /// Where the release stands in the list, for `after` and `before`. It stays good when the release is gone, and serves for
    /// this order alone. Opaque: do not take it apart.
    async fn cursor(&self) -> String {
        cursor(self.release, self.order)
    }

    /// The release.
    async fn node(&self) -> &Release {
        self.release
    }
}

fn cursor(release: &Release, order: ReleaseOrder) -> String {
    let position = Position {
        at: release.shown.published_at,
        id: release.shown.id,
    };
    position.to_cursor(order)
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

/// Reads the page that a field `releases` asks for.
///
/// # Errors
/// `VALIDATION_FAILED`, `INVALID_CURSOR`, or that of a store that fails.
pub(crate) async fn list_releases(
    context: &Context<'_>,
    scope: Scope<'_>,
    reader: &Reader,
    arguments: ListArguments,
) -> Result<ReleaseConnection> {
    let wants = Selected::now(context).wants_of_connection();
    let query = arguments.into_query(scope, reader, context.data()?, wants)?;
    let list = context.data::<Store>()?.list(&query).await.map_err(refuse_list)?;
    let ReleaseList {
        taxonomy, page, total, ..
    } = list;
    let page = page.map(|shown| Release::new(shown, &taxonomy, &query.reader));
    Ok(ReleaseConnection {
        page,
        order: query.order,
        total,
    })
}
