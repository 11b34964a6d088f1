//! The id of each request: the caller's own where it is fit for a log, or else a new one. It goes into the log, into the
//! errors that the server is to blame for, and back in `x-request-id`.

use axum::Router;
use http::{HeaderName, HeaderValue, Request};
use tower::util::MapRequestLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};

/// The header that carries it, both ways.
pub(crate) static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken from a caller.
const LONGEST: usize = 64;

/// Gives every request of these routes an id. Only what is layered outside of this is without.
pub(crate) fn with_request_ids(routes: Router) -> Router {
    routes
        .layer(PropagateRequestIdLayer::new(REQUEST_ID.clone()))
        .layer(SetRequestIdLayer::new(REQUEST_ID.clone(), MakeRequestUuid))
        .layer(MapRequestLayer::new(without_strange_id))
}

/// The id of a request that has one.
pub(crate) fn request_id<B>(request: &Request<B>) -> Option<String> {
    let id = request.extensions().get::<RequestId>()?;
    id.header_value().to_str().ok().map(str::to_owned)
}

/// Takes away what a caller sent as an id where it could break a log's line, or flood it.
fn without_strange_id<B>(mut request: Request<B>) -> Request<B> {
    let mut given = request.headers().get_all(&REQUEST_ID).iter();
    let fit = match (given.next(), given.next()) {
        (Some(only), None) => is_fit(only),
        _ => false,
    };
    if !fit {
        request.headers_mut().remove(&REQUEST_ID);
    }
    request
}

fn is_fit(id: &HeaderValue) -> bool {
    let id = id.as_bytes();
    let fit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=LONGEST).contains(&id.len()) && id.iter().all(fit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_taken_from_a_caller_only_where_it_is_fit_for_a_log() {
        let longest = "a".repeat(64);
        for id in ["request-7", "0192f3a4-7b5c-7def-8123-456789abcdef", "a.b_c", &longest] {
            assert!(is_fit(&HeaderValue::from_str(id).unwrap()), "{id}");
        }
        let longer = "a".repeat(65);
        for id in ["", "a b", "a\tb", "id=1", "{}", &longer] {
            assert!(!is_fit(&HeaderValue::from_str(id).unwrap()), "{id}");
        }
    }

    #[test]
    fn of_two_ids_neither_is_taken() {
        let request = Request::builder()
            .header("x-request-id", "a")
            .header("x-request-id", "b")
            .body(())
            .unwrap();
        assert_eq!(without_strange_id(request).headers().get(&REQUEST_ID), None);
    }
}
