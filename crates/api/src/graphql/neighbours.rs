//! What lies beside a release in a list.

use async_graphql::{Context, Result};

use super::{
    connection::cursor,
    filter::{ListArguments, ReleaseFilterInput, ReleaseOrder, Scope},
    lists::read_list,
    loading::{ListWants, Selected},
    release::Release,
};

/// Towards which end of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Towards its end.
    Next,
    /// Towards its start.
    Previous,
}

/// The release beside this one in a list.
///
/// # Errors
/// `VALIDATION_FAILED`, or that of a store that fails.
pub(crate) async fn neighbour(
    context: &Context<'_>,
    release: &Release,
    side: Side,
    filter: Option<ReleaseFilterInput>,
    order_by: Option<ReleaseOrder>,
) -> Result<Option<Release>> {
    let here = Some(cursor(release, order_by.unwrap_or_default().into()));
    let arguments = match side {
        Side::Next => ListArguments {
            first: Some(1),
            after: here,
            ..ListArguments::default()
        },
        Side::Previous => ListArguments {
            last: Some(1),
            before: here,
            ..ListArguments::default()
        },
    };
    let arguments = ListArguments {
        filter,
        order_by,
        ..arguments
    };
    let wants = ListWants {
        items: true,
        releases: Selected::now(context).wants_of_releases(),
        ..ListWants::default()
    };
    let query = arguments.into_query(Scope::Newsroom, release.reader.as_ref(), context.data()?, wants)?;
    let list = read_list(context, query).await?;
    Ok(list.page.items.into_iter().next())
}
