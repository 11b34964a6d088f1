//! The change log for those who follow the newsroom: pages of it, a snapshot to begin with, and a stream of what is new.
//!
//! Each says of a release what readers have of it now, as a line of the exchange format: the same line in the log as in the
//! snapshot, with a digest to check a copy by. Whoever reads a snapshot, and then the log from where it was when that began, has
//! all that readers have, and misses nothing later. Cursors hold for ever.

mod hub;
mod list;
mod present;
mod snapshot;
mod stream;

use axum::{
    Router,
    extract::{Request, State},
    middleware::from_fn,
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderValue, header};
use newsroom_domain::{
    change::{ChangeCursor, ChangeScope},
    filter::ReleaseFilter,
};
use newsroom_persistence::{Moment, Store};
use serde::Serialize;
use url::{Url, form_urlencoded};
use utoipa::{IntoParams, OpenApi};

use crate::{
    auth::refuse_bad_credentials,
    error::{ApiError, ErrorCode},
    listener::StreamTerms,
    request_id::request_id,
    store_failure::present,
};

pub use hub::ChangeHub;
pub(crate) use hub::{Follower, StreamPlace};
pub(crate) use present::DigestedLine;

/// What the answers are made from.
#[derive(Debug, Clone)]
pub(crate) struct Following {
    pub(crate) store: Store,
    pub(crate) streams: StreamTerms,
    /// The address of this API as others see it.
    pub(crate) public_url: Option<Url>,
}

/// What openapi.json says of these.
#[derive(OpenApi)]
#[openapi(
    paths(changes, export, stream),
    tags(
        (name = "Changes", description = "A copy of the newsroom, and what keeps it up."),
        (name = "Streams", description = "What is new, as it happens."),
    )
)]
pub(crate) struct FollowingDocument;

/// `/v1/changes`, `/v1/changes/stream` and `/v1/export`.
pub(crate) fn following_routes(following: Following) -> Router {
    Router::new()
        .route("/v1/changes", get(changes))
        .route("/v1/changes/stream", get(stream))
        .route("/v1/export", get(export))
        .route_layer(from_fn(refuse_bad_credentials))
        .with_state(following)
}

/// The change log
///
/// Every public change behind a place in the log, in order: with what it is about as it is now. A copy that is begun with an export is
/// kept up by it: nothing is missed, and nothing comes late.
///
/// Cursors hold for ever. One of another log, as after a backup was restored, is `INVALID_CURSOR`: begin anew with an export.
#[utoipa::path(
    get,
    path = "/v1/changes",
    operation_id = "listChanges",
    tag = "Changes",
    params(StreamQuery, PageQuery),
    responses((
        status = 200, description = "A page.", body = list::ChangesBody,
        headers(("Link" = String, description = "What comes behind this page, by `rel=\"next\"` (RFC 8288).")),
    )),
)]
async fn changes(State(following): State<Following>, request: Request) -> Response {
    let (id, query) = asked(&request);
    answer(id, list::changes(&following, query.as_deref()).await)
}

/// All releases, to begin a copy with
///
/// What readers have of every release, as lines of the exchange format with digests, in the order of creation; what is left of removed
/// ones among them, where nothing is filtered. To begin a copy with: read all pages, then the changes behind `head`.
#[utoipa::path(
    get,
    path = "/v1/export",
    operation_id = "exportReleases",
    tag = "Changes",
    params(StreamQuery, PageQuery, DatesQuery),
    responses((
        status = 200, description = "A page.", body = snapshot::ExportBody,
        headers(("Link" = String, description = "The next page, by `rel=\"next\"` (RFC 8288); none on the last.")),
    )),
)]
async fn export(State(following): State<Following>, request: Request) -> Response {
    let (id, query) = asked(&request);
    answer(id, snapshot::export(&following, query.as_deref()).await)
}

/// The change log as it is written
///
/// Server-sent events (WHATWG HTML standard, section 9.2). Each event is called `change`, has a change
/// as `/v1/changes` gives it, and the change's cursor for an id: with `Last-Event-ID` a client goes on where it was. Without a place
/// it begins with what comes next. It tells all that the log has, imports too. A sign of life comes every 15 seconds.
#[utoipa::path(
    get,
    path = "/v1/changes/stream",
    operation_id = "streamChanges",
    tag = "Streams",
    params(
        StreamQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that came. It goes before `after`."),
    ),
    responses((status = 200, description = "Events, one after the other.", body = String, content_type = "text/event-stream")),
)]
async fn stream(State(following): State<Following>, request: Request) -> Response {
    let (id, query) = asked(&request);
    let listener = (request.headers(), request.extensions());
    match stream::stream(&following, query.as_deref(), listener).await {
        Ok(response) => response,
        Err(error) => error.into_problem(id.as_deref()),
    }
}

/// The id of a request, and its query.
fn asked(request: &Request) -> (Option<String>, Option<String>) {
    (request_id(request), request.uri().query().map(str::to_owned))
}

/// What of the log, in the words of an address.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes the parameters; `Parameters` reads them")]
struct StreamQuery {
    /// A cursor of the log: only what comes behind it.
    after: Option<String>,
    /// Slugs of offices: releases that are or were of any of them.
    office: Option<Vec<String>>,
    /// Slugs of themes: releases that are or were on any of them, or on a theme below one of them.
    theme: Option<Vec<String>>,
    /// Slugs of content types: releases that are or were of any of them.
    r#type: Option<Vec<String>>,
    /// Releases that are or were of no office, beside those of `office`.
    #[param(rename = "withoutOffice")]
    without_office: Option<bool>,
    /// Releases that are or were on no theme, beside those on `theme`.
    #[param(rename = "withoutTheme")]
    without_theme: Option<bool>,
    /// Releases that are or were of no content type, beside those of `type`.
    #[param(rename = "withoutType")]
    without_type: Option<bool>,
    /// Locales: releases that can or could be read in any of them.
    locale: Option<Vec<String>>,
}

/// How much of the log.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes the parameters; `Parameters` reads them")]
struct PageQuery {
    /// How many: 1 to 500. Without, 100.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u32>,
    /// The revision of the taxonomy that you have, 0 at first: where it is at another, the whole taxonomy comes with the answer.
    #[param(rename = "knownTaxonomy")]
    known_taxonomy: Option<i64>,
}

/// The publishing dates of an export.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes the parameters; `Parameters` reads them")]
struct DatesQuery {
    /// The first publishing date, included: a day in the newsroom's time zone.
    #[param(format = Date)]
    from: Option<String>,
    /// The last publishing date, included.
    #[param(format = Date)]
    to: Option<String>,
}

/// A page, and the link to the next one.
struct Answered<T> {
    page: T,
    next: Option<String>,
}

fn answer<T: Serialize>(request_id: Option<String>, answered: Result<Answered<T>, ApiError>) -> Response {
    let Answered { page, next } = match answered {
        Ok(answered) => answered,
        Err(error) => return error.into_problem(request_id.as_deref()),
    };
    let mut response = axum::Json(page).into_response();
    let headers = response.headers_mut();
    // What is new is there at once: nobody keeps a page of the log's end.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    let link = next.and_then(|next| HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")).ok());
    if let Some(link) = link {
        headers.insert(header::LINK, link);
    }
    response
}

/// Bytes of lines that a page has at the most, but for its last line: releases may be long, and there may be five hundred of them.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// As many of these as a page has room for.
fn as_much_as_fits<T>(
    all: impl Iterator<Item = Result<T, ApiError>>,
    bytes: impl Fn(&T) -> usize,
) -> Result<Vec<T>, ApiError> {
    let (mut fitting, mut taken) = (Vec::new(), 0);
    for one in all {
        let one = one?;
        taken += bytes(&one);
        fitting.push(one);
        if taken >= MOST_BYTES {
            break;
        }
    }
    Ok(fitting)
}

/// The address of a page, with these parameters.
fn link(public_url: Option<&Url>, path: &str, parameters: &[(&str, String)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters);
    let base = public_url.map_or("", |url| url.as_str().trim_end_matches('/'));
    format!("{base}{path}?{}", query.finish())
}

/// How a filter that cannot be is refused: in the words in which it was given.
pub(crate) type RefuseFilter = fn(Vec<newsroom_domain::FieldFault>) -> ApiError;

/// What a follower wants, in the taxonomy of a moment.
///
/// # Errors
/// `VALIDATION_FAILED` where the filter cannot be, or goes by date, of which the log says nothing.
pub(crate) fn scope_of(moment: &Moment, filter: &ReleaseFilter, refuse: RefuseFilter) -> Result<ChangeScope, ApiError> {
    let resolved = filter.resolve(moment.taxonomy(), moment.time_zone()).map_err(refuse)?;
    Ok(ChangeScope::of(&resolved, moment.taxonomy()))
}

/// Refuses a cursor that is of another log: one that goes on otherwise than the one that the follower has read.
///
/// # Errors
/// `INVALID_CURSOR`, and that of a store that fails.
pub(crate) async fn check_cursor(moment: &Moment, cursor: &ChangeCursor) -> Result<(), ApiError> {
    if moment.knows(cursor).await.map_err(|error| present(&error))? {
        return Ok(());
    }
    Err(ApiError::new(
        ErrorCode::InvalidCursor,
        "This cursor is of another change log than the one that there is: the newsroom was set up anew, or set back to a \
         backup. Begin anew with a snapshot.",
    ))
}
