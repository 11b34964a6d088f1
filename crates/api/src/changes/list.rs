//! `GET /v1/changes`: a page of the change log.

use newsroom_domain::change::ChangeCursor;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Answered, Following, as_much_as_fits, check_cursor, link,
    present::{ChangeBody, TaxonomyBody},
    scope_of,
};
use crate::{
    error::ApiError,
    parameters::{Parameters, parameters_of, refuse_filter},
    store_failure::present,
};

/// How many changes a page has where nobody says, and at most.
const USUAL: u64 = 100;
pub(super) const MOST: u64 = 500;

/// A page of the change log.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChangesBody {
    /// The changes, in order.
    changes: Vec<ChangeBody>,
    /// What to give as `after` for what comes next: also where the page is empty.
    cursor: String,
    /// Where the log ends.
    head: String,
    /// Whether there is more already.
    has_more: bool,
    #[serde(flatten)]
    taxonomy: TaxonomyBody,
}

pub(super) async fn changes(following: &Following, query: Option<&str>) -> Result<Answered<ChangesBody>, ApiError> {
    let mut parameters = Parameters::parse(query)?;
    let after = parameters.cursor::<ChangeCursor>("after")?;
    let limit = parameters.limit(USUAL, MOST);
    let known = parameters.known_taxonomy();
    let filter = parameters.undated_filter();
    parameters.finish()?;

    let moment = following.store.moment().await.map_err(|error| present(&error))?;
    let scope = scope_of(&moment, &filter, refuse_filter)?;
    let after = after.unwrap_or(ChangeCursor::BEGINNING);
    check_cursor(&moment, &after).await?;
    let page = moment
        .changes_after(&after, &scope, usize::try_from(limit).unwrap_or(usize::MAX))
        .await
        .map_err(|error| present(&error))?;
    let changes = as_much_as_fits(page.changes.iter().map(ChangeBody::of), ChangeBody::bytes)?;
    let is_cut = changes.len() < page.changes.len();
    let last = changes.last().filter(|_| is_cut).map(|change| change.cursor.clone());
    let body = ChangesBody {
        changes,
        cursor: last.unwrap_or_else(|| page.cursor.to_string()),
        head: page.head.to_string(),
        has_more: is_cut || page.has_more(),
        taxonomy: TaxonomyBody::of(&moment, known),
    };
    moment.end().await.map_err(|error| present(&error))?;
    let mut parameters = vec![("after", body.cursor.clone()), ("limit", limit.to_string())];
    parameters.extend(body.taxonomy.known(known));
    parameters.extend(parameters_of(&filter, "locale"));
    let next = link(following.public_url.as_ref(), "/v1/changes", &parameters);
    Ok(Answered {
        next: Some(next),
        page: body,
    })
}
