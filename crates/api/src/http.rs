//! GraphQL over HTTP: our own thin handler on async-graphql's executor.
//!
//! It reads a request ([`accept`], `intake`), opens its document under [`Limits`] (`scan`, `document`, `price`), has it executed
//! (`execution`), completes its data (`complete`) and writes the answer (`answer`). `stack.md` says why async-graphql-axum's own does not do: statuses, media
//! types, mutations by GET, and documents of 4 kB that end the process.
//!
//! Source: GraphQL over HTTP (<https://graphql.github.io/graphql-over-http/draft>). All of `graphql-http`'s server audits pass.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use async_graphql::{
    Data, Executor, ObjectType, Request as GraphqlRequest, Response as GraphqlResponse, Schema, SubscriptionType,
    parser::types::{OperationDefinition, OperationType},
};
use axum::{Router, extract::State, response::Response, routing::any};
use futures_util::FutureExt as _;
use http::{HeaderValue, Method, header, request::Parts};
use tower_http::request_id::RequestId;

use self::{
    accept::{Events, MediaType},
    answer::{Manner, Refusal},
    complete::Shapes,
    document::{Document, Documents, check_required_variables},
    intake::Parameters,
};
use crate::{error::ApiError, listener::StreamTerms};

pub mod accept;
mod answer;
mod complete;
mod document;
mod execution;
mod intake;
mod limits;
mod price;
mod price_table;
mod scan;
mod streams;

pub(crate) use self::{
    execution::{Ran, run},
    intake::json_body,
};
pub use limits::Limits;
pub use price_table::{PriceRule, PriceTable};

/// Puts what resolvers need of one request into its data, from the request's head: the viewer that a middleware left in the
/// extensions, say. An error refuses the request with its own status.
pub type Prepare = Arc<dyn Fn(&Parts, &mut Data) -> Result<(), ApiError> + Send + Sync>;

/// How GraphQL is served.
#[derive(Clone)]
pub struct GraphqlConfig {
    /// What one request may cost.
    pub limits: Limits,
    /// What fields cost.
    pub prices: PriceTable,
    /// Whether `__schema` and `__type` are answered; without, no message has a "did you mean" either.
    pub introspection: bool,
    /// How long one execution may take; without, as long as it does.
    pub timeout: Option<Duration>,
    /// How long a request's body may take to arrive; without, as long as it does. Against bodies that drip.
    pub body_timeout: Option<Duration>,
    /// Bytes of parsed documents to keep, about. 0 keeps none; parsing is a third of a small query's time.
    pub document_cache_bytes: u64,
    /// What to put into each request's data.
    pub prepare: Prepare,
}

impl Default for GraphqlConfig {
    /// Limits by default, the newsroom's prices, introspection, 30 seconds each to arrive and to run, 16 MiB of documents, and nothing put into the data.
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            prices: PriceTable::newsroom(),
            introspection: true,
            timeout: Some(Duration::from_secs(30)),
            body_timeout: Some(Duration::from_secs(30)),
            document_cache_bytes: 16 * 1024 * 1024,
            prepare: Arc::new(|_, _| Ok(())),
        }
    }
}

/// `/graphql`, by GET and POST, answered by `schema`.
///
/// The request id in errors is tower-http's, where its layer is around these routes. A schema without extensions
/// (`SchemaBuilder::extension`) is served faster: async-graphql has a short way for those.
pub fn graphql_routes<Q, M, S>(schema: Schema<Q, M, S>, config: GraphqlConfig) -> Router
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    streaming_graphql_routes(schema, config, None)
}

/// The same, and subscriptions over WebSocket and as server-sent events.
pub(crate) fn streaming_graphql_routes<Q, M, S>(
    schema: Schema<Q, M, S>,
    config: GraphqlConfig,
    streams: Option<StreamTerms>,
) -> Router
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let documents = Documents::new(config.document_cache_bytes);
    let shapes = Shapes::of(&schema.sdl()).unwrap_or_else(|error| {
        tracing::error!(%error, "the schema's text can't be read back: failed non-null fields become null themselves");
        Shapes::default()
    });
    let service = Service {
        executor: schema,
        config,
        documents,
        shapes,
        streams,
    };
    Router::new()
        .route("/graphql", any(serve::<Schema<Q, M, S>>))
        .with_state(Arc::new(service))
}

struct Service<E> {
    executor: E,
    config: GraphqlConfig,
    documents: Documents,
    shapes: Shapes,
    streams: Option<StreamTerms>,
}

async fn serve<E: Executor>(State(service): State<Arc<Service<E>>>, request: axum::extract::Request) -> Response {
    let (parts, body) = request.into_parts();
    let request_id = parts
        .extensions
        .get::<RequestId>()
        .and_then(|id| id.header_value().to_str().ok())
        .map(str::to_owned);
    let wants_socket = streams::socket::is_asked(&parts.headers);
    let events = accept::events(&parts.headers);
    let (media_type, acceptable) = match accept::negotiate(&parts.headers) {
        Ok(media_type) => (media_type, Ok(())),
        Err(_) if wants_socket || events == Events::Wanted => (MediaType::GraphqlResponse, Ok(())),
        Err(error) => (MediaType::Json, Err(error)),
    };
    let manner = Manner {
        media_type,
        suggestions: service.config.introspection,
        request_id,
    };
    match service.streams.clone() {
        Some(terms) if wants_socket => return streams::socket::upgrade(service, terms, parts, manner).await,
        Some(terms) if events != Events::Refused => {
            return streams::events::serve(service, terms, (parts, body), (manner, events)).await;
        }
        _ => {}
    }
    let outcome = match acceptable {
        Ok(()) => AssertUnwindSafe(service.answer(&parts, body))
            .catch_unwind()
            .await
            .unwrap_or_else(|panic| {
                let message = panic_message(panic.as_ref());
                tracing::error!(
                    request_id = manner.request_id,
                    panic = message,
                    "a GraphQL request panicked"
                );
                Err(ApiError::internal().into())
            }),
        Err(error) => Err(error.into()),
    };
    answer::present(outcome, &manner)
}

impl<E: Executor> Service<E> {
    async fn answer(&self, parts: &Parts, body: axum::body::Body) -> Result<GraphqlResponse, Refusal> {
        let config = &self.config;
        let parameters = intake::read_within(config.body_timeout, parts, body, &config.limits).await?;
        self.run(parts, parameters).await
    }

    async fn run(&self, parts: &Parts, parameters: Parameters) -> Result<GraphqlResponse, Refusal> {
        let document = self.documents.open(&parameters.query, &self.config.limits)?;
        self.run_document(parts, document, parameters).await
    }

    async fn run_document(
        &self,
        parts: &Parts,
        document: Arc<Document>,
        parameters: Parameters,
    ) -> Result<GraphqlResponse, Refusal> {
        let operation = &document.operation(parameters.operation_name.as_deref())?.node;
        check_method(operation.ty, &parts.method)?;
        let query = parameters.query.clone();
        let request = self.request(parts, &document, operation, parameters)?;
        match execution::run(&self.executor, request, self.config.timeout).await? {
            Ran::Refused(response) => Err(Refusal::Document(response.errors)),
            Ran::Executed(mut response) => {
                if operation.ty == OperationType::Mutation {
                    let no_store = HeaderValue::from_static("no-store");
                    response.http_headers.insert(header::CACHE_CONTROL, no_store);
                }
                complete::complete(&mut response, &document.parsed, operation, &self.shapes);
                self.documents.keep(query, document);
                Ok(response)
            }
        }
    }

    /// A request for the executor: its operation is found to be within the limits, and has all that it needs.
    fn request(
        &self,
        parts: &Parts,
        document: &Document,
        operation: &OperationDefinition,
        parameters: Parameters,
    ) -> Result<GraphqlRequest, Refusal> {
        let config = &self.config;
        let terms = (&config.limits, &config.prices, config.introspection);
        price::check(document, operation, &parameters.variables, terms)
            .map_err(|error| Refusal::document(error, vec![]))?;
        check_required_variables(operation, &parameters.variables)?;
        let mut request = GraphqlRequest::new(parameters.query).variables(parameters.variables);
        request.operation_name = parameters.operation_name;
        request.extensions = parameters.extensions;
        request.set_parsed_query(document.parsed.clone());
        (config.prepare)(parts, &mut request.data)?;
        Ok(request)
    }
}

/// Only queries by GET, which must be safe (RFC 9110, section 9.2.1), and no subscriptions by either method.
fn check_method(operation: OperationType, method: &Method) -> Result<(), Refusal> {
    match operation {
        OperationType::Query => Ok(()),
        _ if method != Method::POST => Err(Refusal::method(
            "Only queries are served by GET; send this by POST.",
            "POST",
        )),
        OperationType::Mutation => Ok(()),
        OperationType::Subscription => Err(Refusal::document(
            ApiError::bad_request(
                "A subscription needs a connection that stays open: ask for text/event-stream, or over WebSocket.",
            ),
            vec![],
        )),
    }
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
