//! GraphQL over server-sent events, a connection for each operation.
//!
//! Source: GraphQL over Server-Sent Events Protocol, "Distinct connections mode"
//! (<https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#distinct-connections-mode>).

use std::{sync::Arc, time::Duration};

use async_graphql::{Executor, Response as GraphqlResponse};
use axum::{
    body::{Body, Bytes},
    response::Response,
};
use futures_util::{
    FutureExt as _, StreamExt as _,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use http::{HeaderMap, header, request::Parts};
use tokio::time::{sleep, timeout};

use super::{
    super::{Service, answer, answer::Manner, answer::Refusal, intake},
    StreamTerms,
};
use crate::{
    auth::{Authentication, ClientAddress, Identified},
    changes::StreamPlace,
    error::ErrorCode,
    event_stream::event_stream,
    health::Draining,
};

/// How long a stream is silent at most.
const HEARTBEAT: Duration = Duration::from_secs(12);
/// How often it is asked whether the listener may go on listening.
const RECHECK: Duration = Duration::from_secs(30);

/// Whether the client wants events, and nothing else.
pub(in super::super) fn are_asked(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| {
        let first = accept.split([',', ';']).next().unwrap_or_default();
        first.trim().eq_ignore_ascii_case("text/event-stream")
    })
}

pub(in super::super) async fn serve<E: Executor>(
    service: Arc<Service<E>>,
    terms: StreamTerms,
    (parts, body): (Parts, Body),
    manner: Manner,
) -> Response {
    match begin(&service, &terms, (&parts, body), &manner).await {
        Err(refusal) => answer::present(Err(refusal), &manner),
        Ok((answers, place)) => {
            let telling = Telling {
                answers,
                refused: until_refused(terms.authentication, parts.headers).boxed(),
                draining: terms.draining,
                is_complete: false,
                _place: place,
            };
            event_stream(stream::unfold(telling, |mut telling| async move {
                let said = telling.next().await?;
                Some((said, telling))
            }))
        }
    }
}

async fn begin<E: Executor>(
    service: &Arc<Service<E>>,
    terms: &StreamTerms,
    (parts, body): (&Parts, Body),
    manner: &Manner,
) -> Result<(BoxStream<'static, GraphqlResponse>, StreamPlace), Refusal> {
    let config = &service.config;
    let parameters = intake::read_within(config.body_timeout, parts, body, &config.limits).await?;
    let place = terms.hub.place(client_name(parts))?;
    Ok((service.begin(parts, parameters, manner).await?, place))
}

/// What the client's streams are counted by: its API key, or else its address.
pub(super) fn client_name(parts: &Parts) -> String {
    let identified = parts.extensions.get::<Identified>();
    identified.map_or_else(|| ClientAddress(None).name(), Identified::client_name)
}

/// A stream that goes on.
struct Telling {
    answers: BoxStream<'static, GraphqlResponse>,
    /// Ready when the listener may not go on listening.
    refused: BoxFuture<'static, ()>,
    draining: Draining,
    is_complete: bool,
    _place: StreamPlace,
}

impl Telling {
    async fn next(&mut self) -> Option<Bytes> {
        if self.is_complete {
            return None;
        }
        let answer = tokio::select! {
            biased;
            () = self.draining.begun() => return None,
            () = &mut self.refused => return None,
            answer = timeout(HEARTBEAT, self.answers.next()) => answer,
        };
        Some(match answer {
            Err(_) => Bytes::from_static(b":\n\n"),
            Ok(Some(response)) => {
                let data = serde_json::to_string(&response).unwrap_or_default();
                Bytes::from(format!("event: next\ndata: {data}\n\n"))
            }
            Ok(None) => {
                self.is_complete = true;
                Bytes::from_static(b"event: complete\ndata:\n\n")
            }
        })
    }
}

/// Waits until credentials do not hold any more; for ever, where there are none.
pub(super) async fn until_refused(authentication: Arc<Authentication>, headers: HeaderMap) {
    if !headers.contains_key(header::AUTHORIZATION) {
        return std::future::pending().await;
    }
    loop {
        sleep(RECHECK).await;
        if let Err(error) = authentication.identify(&headers, None).await
            && error.code == ErrorCode::Unauthenticated
        {
            return;
        }
    }
}
