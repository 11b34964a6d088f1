//! The header of a preview's token: found out before anything runs, and told to every cache on the way.
//!
//! A token that does not hold refuses the request whole, in the same words whether it never was one, has expired or was
//! revoked. To go on with what is live would let somebody approve that for the preview.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use newsroom_persistence::{Snapshot, Store};

use crate::{
    auth::SecretKind,
    error::{ApiError, ErrorCode},
    store_failure::present,
};

/// The header that a preview's token comes in.
pub(crate) const PREVIEW_TOKEN: HeaderName = HeaderName::from_static("preview-token");

/// What a 401 for such a token says in `WWW-Authenticate` (RFC 9110, section 11.6.1), so that it is not taken for one of
/// `Authorization`.
const CHALLENGE: HeaderValue = HeaderValue::from_static("Preview-Token error=\"invalid_token\"");

/// What is previewed by a request, in its extensions; or why its token does not hold.
#[derive(Debug, Clone)]
pub(crate) struct Previewed(pub(crate) Result<Arc<Snapshot>, ApiError>);

/// Finds out what a request previews. An answer under a token is for nobody else, and one without is for nobody with one.
pub(crate) async fn preview(State(store): State<Store>, mut request: Request, next: Next) -> Response {
    let has_token = request.headers().contains_key(PREVIEW_TOKEN);
    let mut holds = true;
    if has_token {
        let previewed = read(&store, request.headers()).await;
        holds = previewed.is_ok();
        request.extensions_mut().insert(Previewed(previewed.map(Arc::new)));
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from(PREVIEW_TOKEN));
    if has_token {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
    if !holds && response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, CHALLENGE);
    }
    response
}

/// What the only token in the headers shows.
async fn read(store: &Store, headers: &HeaderMap) -> Result<Snapshot, ApiError> {
    let mut tokens = headers.get_all(PREVIEW_TOKEN).iter();
    let only = tokens.next().filter(|_| tokens.next().is_none());
    let token = only.and_then(|token| token.to_str().ok());
    let Some(hash) = token.and_then(|token| SecretKind::Preview.hash_of(token)) else {
        return Err(does_not_hold());
    };
    let found = store.preview_by_hash(&hash).await.map_err(|error| present(&error))?;
    found.ok_or_else(does_not_hold)
}

fn does_not_hold() -> ApiError {
    let message = "This preview token does not hold: it is wrong, has expired or was revoked. Ask the desk for another, or leave the header Preview-Token out to get what is live.";
    ApiError::new(ErrorCode::Unauthenticated, message)
}
