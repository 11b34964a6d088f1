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
use http::request::Parts;
use tokio::time::timeout;

use super::{
    super::{Service, accept::Events, answer, answer::Manner, answer::Refusal, intake},
    Begun,
};
use crate::{
    event_stream::event_stream,
    listener::{Listener, StreamTerms},
};

/// How long a stream is silent at most.
const HEARTBEAT: Duration = Duration::from_secs(12);

pub(in super::super) async fn serve<E: Executor>(
    service: Arc<Service<E>>,
    terms: StreamTerms,
    (parts, body): (Parts, Body),
    (manner, events): (Manner, Events),
) -> Response {
    let begun = match begin(&service, (&parts, body)).await {
        // Who takes events for want of a better is better answered so.
        Ok(Begun::Once(response)) if events == Events::Taken => return answer::present(Ok(*response), &manner),
        Ok(begun) => begun,
        Err(refusal) => return answer::present(Err(refusal), &manner),
    };
    match terms.listener(&parts.headers, &parts.extensions) {
        Err(error) => answer::present(Err(error.into()), &manner),
        Ok(listener) => {
            let telling = Telling {
                answers: begun.answers(manner),
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

async fn begin<E: Executor>(service: &Arc<Service<E>>, (parts, body): (&Parts, Body)) -> Result<Begun, Refusal> {
    let config = &service.config;
    let parameters = intake::read_within(config.body_timeout, parts, body, &config.limits).await?;
    service.begin(parts, parameters).await
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
