//! What lies beside a release in a list, and what is related to it.

use std::sync::Arc;

use async_graphql::{Context, Result};
use newsroom_domain::change::Facets;

use super::{
    filter::{ListQuery, ReleaseFilterInput, ReleaseOrder},
    lists::read_list,
    loading::{ListWants, Selected},
    release::Release,
};
use crate::{
    error::{ApiError, FieldFault},
    finding::{Finder, Found, Patience},
    store_failure::present,
};

/// How many related releases are given where nothing is said.
const RELATED: i32 = 5;

/// The most related releases that are given.
const MOST_RELATED: usize = 20;

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
    let wants = ListWants {
        items: true,
        releases: Selected::now(context).wants_of_releases(),
        ..ListWants::default()
    };
    let query = ListQuery::beside(release.position(), side, filter, order_by, &release.reader, wants)?;
    let list = read_list(context, query).await?;
    Ok(list.page.items.into_iter().next().map(|edge| edge.release))
}

/// Releases that share themes and offices with this one.
///
/// # Errors
/// `VALIDATION_FAILED`, `UNAVAILABLE` while the read index is not there yet, or that of a store that fails.
pub(crate) async fn related(context: &Context<'_>, release: &Release, first: Option<i32>) -> Result<Vec<Release>> {
    let first = first.unwrap_or(RELATED);
    let most = usize::try_from(first)
        .ok()
        .filter(|most| (1..=MOST_RELATED).contains(most));
    let Some(most) = most else {
        let message = format!("give a number from 1 to {MOST_RELATED}, not {first}");
        return Err(ApiError::validation(vec![FieldFault::new("first", "OUT_OF_RANGE", message)]).into());
    };
    let finder = context.data::<Arc<Finder>>()?;
    let found = finder.moment(Patience::Some, false).await;
    let Found { moment, state, .. } = found.map_err(|error| present(&error))?;
    let state = state.ok_or_else(ApiError::index_is_loading)?;
    let Release {
        shown,
        taxonomy,
        reader,
        ..
    } = release;
    let filed = Facets {
        offices: shown.offices.iter().copied().collect(),
        themes: taxonomy.themes().closure(&shown.themes),
        content_type: shown.content_type,
        locales: shown.available_locales.iter().cloned().collect(),
    };
    let ids = state.related(&filed, shown.id, most);
    let wants = Selected::now(context).wants_of_releases();
    let found = moment.releases(&ids, reader, wants).await;
    let found = found.map_err(|error| present(&error))?;
    let taxonomy = Arc::clone(moment.taxonomy());
    moment.end().await.map_err(|error| present(&error))?;
    let releases = found.into_iter().map(|shown| Release::new(shown, &taxonomy, reader));
    Ok(releases.collect())
}
