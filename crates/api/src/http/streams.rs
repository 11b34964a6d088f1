//! Operations whose answers come one after the other: over WebSocket ([`socket`]) and as server-sent events ([`events`]).
//!
//! A document is opened, priced and checked as one over HTTP is, before the library sees it. Nothing is queued for a client: the
//! stream is asked for the next answer when the one before has been taken.

pub(super) mod events;
pub(super) mod socket;

use std::sync::Arc;

use async_graphql::{
    Data, Executor, Request as GraphqlRequest, Response as GraphqlResponse, parser::types::OperationType,
};
use futures_util::{
    StreamExt as _, future,
    stream::{self, BoxStream},
};
use http::{Method, request::Parts};

use super::{Service, answer, answer::Manner, answer::Refusal, complete, intake::Parameters};
impl<E: Executor> Service<E> {
    /// Begins an operation: of a subscription all that it tells, of another its one answer.
    ///
    /// # Errors
    /// Where the request is refused before it runs.
    async fn begin(
        self: &Arc<Self>,
        parts: &Parts,
        parameters: Parameters,
        manner: &Manner,
    ) -> Result<BoxStream<'static, GraphqlResponse>, Refusal> {
        let document = self.documents.open(&parameters.query, &self.config.limits)?;
        let operation = &document.operation(parameters.operation_name.as_deref())?.node;
        if operation.ty != OperationType::Subscription {
            let mut response = self.run_document(parts, document, parameters).await?;
            answer::tidy(&mut response, manner);
            return Ok(stream::once(future::ready(response)).boxed());
        }
        let name = parameters.operation_name.clone();
        let request = self.request(parts, &document, operation, parameters)?;
        let answers = self.executor.execute_stream(request, None);
        let (service, manner) = (Arc::clone(self), manner.clone());
        let answered = answers.map(move |mut response| {
            if let Ok(operation) = document.operation(name.as_deref()) {
                complete::complete(&mut response, &document.parsed, &operation.node, &service.shapes);
            }
            answer::tidy(&mut response, &manner);
            response
        });
        Ok(answered.boxed())
    }
}

/// An executor for the library's own side of the socket, which opens documents as all of this server does.
pub(super) struct Guarded<E> {
    service: Arc<Service<E>>,
    manner: Manner,
}

impl<E> Clone for Guarded<E> {
    fn clone(&self) -> Self {
        Self {
            service: Arc::clone(&self.service),
            manner: self.manner.clone(),
        }
    }
}

/// The head of the request that a socket was opened by, in its connection's data.
struct OpenedBy(Arc<Parts>);

impl<E: Executor> Executor for Guarded<E> {
    async fn execute(&self, request: GraphqlRequest) -> GraphqlResponse {
        self.service.executor.execute(request).await
    }

    fn execute_stream(
        &self,
        request: GraphqlRequest,
        session_data: Option<Arc<Data>>,
    ) -> BoxStream<'static, GraphqlResponse> {
        let Self { service, manner } = self.clone();
        let parameters = Parameters {
            query: request.query,
            operation_name: request.operation_name,
            variables: request.variables,
            extensions: request.extensions,
        };
        let opened = async move {
            let opened_by = session_data.as_deref().and_then(|data| {
                let id = std::any::TypeId::of::<OpenedBy>();
                data.get(&id)?
                    .downcast_ref::<OpenedBy>()
                    .map(|opened| Arc::clone(&opened.0))
            });
            let begun = match &opened_by {
                Some(parts) => service.begin(parts, parameters, &manner).await,
                None => Err(crate::error::ApiError::internal().into()),
            };
            begun.unwrap_or_else(|refusal| {
                stream::once(future::ready(answer::refusal_response(refusal, &manner))).boxed()
            })
        };
        stream::once(opened).flatten().boxed()
    }
}

/// The head of a request to run operations under that come over a socket: none of them came by GET.
fn as_posted(mut parts: Parts) -> Parts {
    parts.method = Method::POST;
    parts
}
