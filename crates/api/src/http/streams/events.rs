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
    StreamExt as _,
    stream::{self, BoxStream},
};
use http::{HeaderMap, header, request::Parts};
use tokio::time::timeout;

use super::super::{Service, answer, answer::Manner, answer::Refusal, intake};
use crate::{
    event_stream::event_stream,
    listener::{Listener, StreamTerms},
};

/// How long a stream is silent at most.
const HEARTBEAT: Duration = Duration::from_secs(12);

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
        Ok((answers, listener)) => {
            let telling = Telling {
                answers,
                listener,
                is_complete: false,
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
) -> Result<(BoxStream<'static, GraphqlResponse>, Listener), Refusal> {
    let config = &service.config;
    let parameters = intake::read_within(config.body_timeout, parts, body, &config.limits).await?;
    let listener = terms.listener(&parts.headers, &parts.extensions)?;
    Ok((service.begin(parts, parameters, manner).await?, listener))
}

/// A stream that goes on.
struct Telling {
    answers: BoxStream<'static, GraphqlResponse>,
    listener: Listener,
    is_complete: bool,
}

impl Telling {
    async fn next(&mut self) -> Option<Bytes> {
        if self.is_complete {
            return None;
        }
        let answer = tokio::select! {
            biased;
            _ = self.listener.ended() => return None,
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
