//! `GET /v1/changes/stream`: the change log as it is written, as server-sent events (WHATWG HTML standard, section 9.2).
//!
//! The id of each event is the change's cursor, so that a client which comes back by itself, with `Last-Event-ID`, goes on where it
//! was. Where nothing is to tell, a comment and an id go out now and then: the connection is seen to live, and the client's place
//! moves on past what its filter leaves out.

use std::time::Duration;

use axum::{body::Bytes, response::Response};
use futures_util::stream;
use http::{Extensions, HeaderMap, HeaderName};
use newsroom_domain::change::ChangeCursor;
use tokio::time::timeout;

use super::{Following, hub::Follower, present::ChangeBody};
use crate::{
    error::{ApiError, ErrorCode},
    event_stream::event_stream,
    listener::Listener,
    parameters::{Parameters, refuse_filter},
};

/// How long a stream is silent at most. Proxies commonly give up after a minute.
const HEARTBEAT: Duration = Duration::from_secs(15);

static LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// A stream that goes on.
struct Streaming {
    follower: Follower,
    listener: Listener,
    /// What is said first.
    greeting: Option<Bytes>,
    is_over: bool,
}

pub(super) async fn stream(
    following: &Following,
    query: Option<&str>,
    (headers, extensions): (&HeaderMap, &Extensions),
) -> Result<Response, ApiError> {
    let mut parameters = Parameters::parse(query)?;
    let after = parameters.cursor::<ChangeCursor>("after")?;
    let filter = parameters.undated_filter();
    parameters.finish()?;
    // A client that comes back knows better than the address that it was given.
    let after = last_event_id(headers)?.or(after);
    let listener = following.streams.listener(headers, extensions)?;
    let follower = following.streams.hub.follow(after, filter, refuse_filter).await?;
    let streaming = Streaming {
        greeting: Some(beat(&follower)),
        follower,
        listener,
        is_over: false,
    };
    Ok(event_stream(stream::unfold(streaming, |mut streaming| async move {
        let said = streaming.next().await?;
        Some((said, streaming))
    })))
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<ChangeCursor>, ApiError> {
    let Some(given) = headers.get(&LAST_EVENT_ID).filter(|given| !given.is_empty()) else {
        return Ok(None);
    };
    let cursor = given.to_str().ok().map(str::parse::<ChangeCursor>);
    match cursor {
        Some(Ok(cursor)) => Ok(Some(cursor)),
        _ => Err(ApiError::new(
            ErrorCode::InvalidCursor,
            "Last-Event-ID: this is not an id of these events: send the last one that came, unchanged, or none.",
        )),
    }
}

impl Streaming {
    /// What is said next; nothing any more, where the server ends, or the stream cannot go on or may not.
    async fn next(&mut self) -> Option<Bytes> {
        if self.is_over {
            return None;
        }
        if let Some(greeting) = self.greeting.take() {
            return Some(greeting);
        }
        let next = tokio::select! {
            biased;
            _ = self.listener.ended() => return None,
            next = timeout(HEARTBEAT, self.follower.next()) => next,
        };
        match next.map(|change| change.and_then(|change| ChangeBody::of(&change))) {
            Err(_) => Some(beat(&self.follower)),
            Ok(Ok(change)) => {
                let data = serde_json::to_string(&change).unwrap_or_default();
                Some(Bytes::from(format!(
                    "id: {}\nevent: change\ndata: {data}\n\n",
                    change.cursor
                )))
            }
            // Said once; the client may come back when it is mended, from where it was.
            Ok(Err(error)) => {
                self.is_over = true;
                let data =
                    serde_json::json!({"code": error.code.wire(), "message": error.message, "fields": error.fields});
                Some(Bytes::from(format!("event: error\ndata: {data}\n\n")))
            }
        }
    }
}

/// A sign of life, with how far the client has come. It makes no event: there is no data in it.
fn beat(follower: &Follower) -> Bytes {
    Bytes::from(format!(": alive\nid: {}\n\n", follower.cursor()))
}
