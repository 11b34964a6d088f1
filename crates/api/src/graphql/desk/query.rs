//! What the desk reads.

use async_graphql::{Context, ID, Object, Result};
use newsroom_domain::page::{ListOf, PageArguments};
use newsroom_persistence::{DeskQuery, Store};

use super::{
    connection::{DeskReleaseConnection, DeskReleaseFilterInput, DeskReleaseOrder},
    difference::{EditionDifference, compare},
    edition::DeskEdition,
    editions::find_edition,
    release::DeskRelease,
    talk,
};
use crate::{
    graphql::{
        filter::{read_page, refuse_list},
        global_id::GlobalId,
        loading::Selected,
        request::caller,
    },
    store_failure::present,
};

#[derive(Debug, Default)]
pub(crate) struct DeskQueries;

#[Object]
impl DeskQueries {
    /// A release as the desk has it. Null where there is none, or none that the caller may read: authors read what they
    /// created, editors what is filed under one of their offices. Needs credentials.
    async fn desk_release(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its global id, or its UUID. Something that is neither is VALIDATION_FAILED.")] id: ID,
    ) -> Result<Option<DeskRelease>> {
        let standing = &caller(context)?.standing;
        let Some(id) = GlobalId::read_release("id", &id)? else {
            return Ok(None);
        };
        let store = context.data::<Store>()?;
        let read = store.desk_releases_by_id(standing, &[id], talk::wants(context)).await;
        let read = read.map_err(|error| present(&error))?;
        Ok(DeskRelease::all(read, store.time_zone()).items.into_iter().next())
    }

    /// One edition of a release's translation, whether it is its draft, what is live, or history. Null where there is none, or
    /// none whose release the caller may read. Needs credentials.
    async fn desk_edition(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id, or its UUID. Something that is neither is VALIDATION_FAILED.")] id: ID,
    ) -> Result<Option<DeskEdition<'static>>> {
        find_edition(context, &id).await
    }

    /// What differs between two editions of a release, word by word. Null where one of them is not there, or the caller may not
    /// read the release; two of different releases are `VALIDATION_FAILED`. Needs credentials.
    async fn edition_difference(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The earlier edition: its id, or its UUID.")] from: ID,
        #[graphql(desc = "The later edition: its id, or its UUID.")] to: ID,
    ) -> Result<Option<EditionDifference>> {
        compare(context, &from, &to).await
    }

    /// The releases that the caller may read at the desk, a page at a time. Needs credentials.
    async fn desk_releases(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which of them; null or left out for all.")] filter: Option<DeskReleaseFilterInput>,
        #[graphql(
            desc = "In which order. Null means those that were edited last first.",
            default_with = "Some(DeskReleaseOrder::EditedLast)"
        )]
        order_by: Option<DeskReleaseOrder>,
        #[graphql(
            desc = "How many from the start of the list, or behind `after`: 0 to 100. Without `first` and `last`, 20."
        )]
        first: Option<i32>,
        #[graphql(desc = "A cursor of this list: only what comes behind it. Another is INVALID_CURSOR.")] after: Option<
            String,
        >,
        #[graphql(
            desc = "How many from the end of the list, or in front of `before`: 0 to 100. Not together with `first`."
        )]
        last: Option<i32>,
        #[graphql(desc = "A cursor of this list: only what comes in front of it. Another is INVALID_CURSOR.")]
        before: Option<String>,
    ) -> Result<DeskReleaseConnection> {
        let standing = &caller(context)?.standing;
        let page = PageArguments {
            first: first.map(i64::from),
            after,
            last: last.map(i64::from),
            before,
        };
        let selected = Selected::now(context);
        let wants = selected.wants_of_connection();
        let order = order_by.unwrap_or(DeskReleaseOrder::EditedLast).into();
        let query = DeskQuery {
            filter: filter.unwrap_or_default().read()?,
            order,
            page: read_page(&page, ListOf::DeskReleases(order))?,
            items: wants.items,
            total: wants.total,
            states: selected.has("stateCounts"),
            stages: selected.has("stageCounts"),
            talk: talk::wants(context),
        };
        let store = context.data::<Store>()?;
        let mut read = store.desk_releases(standing, &query).await.map_err(refuse_list)?;
        let total = read.total;
        Ok(DeskReleaseConnection {
            states: std::mem::take(&mut read.states),
            stages: std::mem::take(&mut read.stages),
            order,
            page: DeskRelease::all(read, store.time_zone()),
            total,
        })
    }
}
