//! Server-sent events as an answer (WHATWG HTML standard, section 9.2).

use std::convert::Infallible;

use axum::{
    body::{Body, Bytes},
    response::{IntoResponse, Response},
};
use futures_util::{Stream, StreamExt as _};
use http::{HeaderName, HeaderValue, header};

/// The answer that these events are, each written out. The next one is asked for when the one before is on its way.
pub(crate) fn event_stream(events: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // What nginx holds back, nobody is told in time.
        (
            HeaderName::from_static("x-accel-buffering"),
            HeaderValue::from_static("no"),
        ),
    ];
    (headers, Body::from_stream(events.map(Ok::<_, Infallible>))).into_response()
}
