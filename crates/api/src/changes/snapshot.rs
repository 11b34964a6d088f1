//! `GET /v1/export`: a page of all that readers have, to begin a copy with.

use newsroom_domain::change::SnapshotCursor;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Answered, Following, as_much_as_fits, check_cursor, link,
    present::{DigestedLine, TaxonomyBody},
};
use crate::{
    error::ApiError,
    parameters::{Parameters, parameters_of, refuse_filter},
    store_failure::present,
};

/// How many releases a page has where nobody says, and at most.
const USUAL: u64 = 100;
const MOST: u64 = 500;

/// A page of a snapshot.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExportBody {
    /// The releases, in the order of creation; what is left of removed ones among them, where nothing is filtered.
    releases: Vec<DigestedLine>,
    /// What to give as `after` for the next page; left out on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    /// The cursor of the change log to go on from when the snapshot is whole: the same on every page.
    head: String,
    /// The time zone that days are of.
    time_zone: String,
    #[serde(flatten)]
    taxonomy: TaxonomyBody,
}

pub(super) async fn export(following: &Following, query: Option<&str>) -> Result<Answered<ExportBody>, ApiError> {
    let mut parameters = Parameters::parse(query)?;
    let after = parameters.cursor::<SnapshotCursor>("after")?;
    let limit = parameters.limit(USUAL, MOST);
    let known = parameters.known_taxonomy();
    let filter = parameters.release_filter("locale");
    parameters.finish()?;

    let moment = following.store.moment().await.map_err(|error| present(&error))?;
    let resolved = filter
        .resolve(moment.taxonomy(), moment.time_zone())
        .map_err(refuse_filter)?;
    if let Some(after) = &after {
        check_cursor(&moment, &after.head).await?;
    }
    let page = moment
        .snapshot_after(after.as_ref(), &resolved, usize::try_from(limit).unwrap_or(usize::MAX))
        .await
        .map_err(|error| present(&error))?;
    let lines = page.releases.iter().filter_map(|(id, face)| {
        let line = DigestedLine::of(face, moment.taxonomy()).transpose()?;
        Some(line.map(|line| (*id, line)))
    });
    let lines = as_much_as_fits(lines, |(_, line)| line.bytes())?;
    let last_read = page.releases.last().map(|(id, _)| *id);
    let cut = lines
        .last()
        .map(|(last, _)| *last)
        .filter(|last| Some(*last) != last_read);
    let next = cut.map(|last| SnapshotCursor { head: page.head, last }).or(page.next);
    let body = ExportBody {
        releases: lines.into_iter().map(|(_, line)| line).collect(),
        cursor: next.map(|next| next.to_string()),
        head: page.head.to_string(),
        time_zone: moment.time_zone().to_string(),
        taxonomy: TaxonomyBody::of(&moment, known),
    };
    moment.end().await.map_err(|error| present(&error))?;
    let next = body.cursor.as_ref().map(|cursor| {
        let mut parameters = vec![("after", cursor.clone()), ("limit", limit.to_string())];
        parameters.extend(body.taxonomy.known(known));
        parameters.extend(parameters_of(&filter, "locale"));
        link(following.public_url.as_ref(), "/v1/export", &parameters)
    });
    Ok(Answered { page: body, next })
}
