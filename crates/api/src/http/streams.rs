//! Operations whose answers come one after the other: over WebSocket ([`socket`]) and as server-sent events ([`events`]).
//!
//! A document is opened, priced and checked as one over HTTP is, before the library sees it. Nothing is queued for a client: the
//! stream is asked for the next answer when the one before has been taken.

pub(super) mod events;
pub(super) mod socket;

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

use async_graphql::{
    Data, Executor, Request as GraphqlRequest, Response as GraphqlResponse,
    parser::types::{OperationDefinition, OperationType, Selection},
};
use futures_util::{
    StreamExt as _, future,
    stream::{self, BoxStream},
};
use http::{Method, request::Parts};

use super::{Service, answer, answer::Manner, answer::Refusal, complete, document::Document, intake::Parameters};
use crate::error::{ApiError, ErrorCode};

/// An operation that has begun.
enum Begun {
    /// A query or a mutation, with its one answer.
    Once(Box<GraphqlResponse>),
    /// A subscription, with all that it tells.
    Stream(BoxStream<'static, GraphqlResponse>),
}

impl Begun {
    /// Its answers, one after the other.
    fn answers(self, manner: Manner) -> BoxStream<'static, GraphqlResponse> {
        let answers = match self {
            Self::Once(response) => stream::once(future::ready(*response)).boxed(),
            Self::Stream(answers) => answers,
        };
        let tidied = answers.map(move |mut response| {
            answer::tidy(&mut response, &manner);
            response
        });
        tidied.boxed()
    }
}

impl<E: Executor> Service<E> {
    /// Begins an operation.
    ///
    /// # Errors
    /// Where the request is refused before it runs.
    async fn begin(self: &Arc<Self>, parts: &Parts, parameters: Parameters) -> Result<Begun, Refusal> {
        let document = self.documents.open(&parameters.query, &self.config.limits)?;
        let operation = &document.operation(parameters.operation_name.as_deref())?.node;
        if operation.ty != OperationType::Subscription {
            let response = self.run_document(parts, document, parameters).await?;
            return Ok(Begun::Once(Box::new(response)));
        }
        check_root(&document, operation)?;
        let name = parameters.operation_name.clone();
        let request = self.request(parts, &document, operation, parameters)?;
        let answers = self.executor.execute_stream(request, None);
        let service = Arc::clone(self);
        let answered = answers.map(move |mut response| {
            if let Ok(operation) = document.operation(name.as_deref()) {
                complete::complete(&mut response, &document.parsed, &operation.node, &service.shapes);
            }
            response
        });
        Ok(Begun::Stream(answered.boxed()))
    }
}

/// A subscription has one root field: of two it could not be said which of them an answer is of (GraphQL, section 5.2.4.1).
fn check_root(document: &Document, operation: &OperationDefinition) -> Result<(), Refusal> {
    let mut names = BTreeSet::new();
    let mut sets = vec![&operation.selection_set.node];
    let mut seen = HashSet::new();
    while let Some(set) = sets.pop() {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    names.insert(field.node.response_key().node.as_str());
                }
                Selection::InlineFragment(fragment) => sets.push(&fragment.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    let fragment = document.parsed.fragments.get(name).filter(|_| seen.insert(name));
                    sets.extend(fragment.map(|fragment| &fragment.node.selection_set.node));
                }
            }
        }
    }
    if names.len() <= 1 {
        return Ok(());
    }
    let names: Vec<_> = names.into_iter().collect();
    let message = format!(
        "A subscription has one root field, this one has {}: send an operation for each.",
        names.join(", ")
    );
    let error = ApiError::new(ErrorCode::GraphqlValidationFailed, message);
    Err(Refusal::document(error, vec![operation.selection_set.pos]))
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
                Some(parts) => service.begin(parts, parameters).await,
                None => Err(ApiError::internal().into()),
            };
            match begun {
                Ok(begun) => begun.answers(manner),
                Err(refusal) => stream::once(future::ready(answer::refusal_response(refusal, &manner))).boxed(),
            }
        };
        stream::once(opened).flatten().boxed()
    }
}

/// The head of a request to run operations under that come over a socket: none of them came by GET.
fn as_posted(mut parts: Parts) -> Parts {
    parts.method = Method::POST;
    parts
}
