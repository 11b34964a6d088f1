//! A small schema that has what the tests need, and a caller for it.

use std::{future::IntoFuture, sync::Mutex, time::Duration};

use async_graphql::{Context, Data, Error, InputObject, Object, Result, Schema, SimpleObject, Subscription};
use axum::{Router, body::Body};
use futures_util::{FutureExt as _, Stream, future::BoxFuture, stream};
use http::{HeaderMap, Request, StatusCode, header};
use newsroom_api::{
    error::{ApiError, ErrorCode, FieldFault},
    http::{GraphqlConfig, graphql_routes},
};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use tower_http::request_id::{MakeRequestUuid, SetRequestIdLayer};

pub(crate) struct Query;

impl Query {
    fn is_out_of_ink() -> bool {
        true
    }
}

/// Who reads, as the prepare hook puts it there.
pub(crate) struct Reader(pub(crate) String);

#[derive(SimpleObject)]
struct Release {
    title: String,
    offices: Vec<Office>,
}

#[derive(SimpleObject)]
struct Office {
    name: String,
}

#[derive(SimpleObject)]
struct Releases {
    nodes: Vec<Release>,
    total_count: i32,
}

#[derive(InputObject)]
struct Filter {
    offices: Option<Vec<String>>,
}

struct Nest;

#[Object]
impl Nest {
    async fn nest(&self) -> Self {
        Self
    }
    async fn maybe(&self) -> Option<Self> {
        Some(Self)
    }
    async fn list(&self) -> Vec<Option<Self>> {
        vec![Some(Self), None, Some(Self)]
    }
    async fn fails(&self) -> Result<Option<i32>, Error> {
        Err(ApiError::new(ErrorCode::Gone, "It is gone.").into())
    }
    async fn must(&self) -> Result<i32, Error> {
        Err(ApiError::new(ErrorCode::Gone, "It is gone.").into())
    }
    async fn late(&self) -> i32 {
        tokio::task::yield_now().await;
        1
    }
    async fn leaf(&self, text: Option<String>) -> String {
        text.unwrap_or_default()
    }
}

#[Object]
impl Query {
    async fn hello(&self) -> &'static str {
        "hello"
    }
    async fn nest(&self) -> Nest {
        Nest
    }
    async fn echo(&self, text: String) -> String {
        text
    }
    async fn sum(&self, values: Vec<Vec<i32>>) -> i32 {
        values.into_iter().flatten().sum()
    }
    async fn many(&self, id: i32) -> i32 {
        id
    }
    async fn reader(&self, context: &Context<'_>) -> Result<String> {
        Ok(context.data::<Reader>()?.0.clone())
    }
    async fn boom(&self) -> i32 {
        if Self::is_out_of_ink() {
            panic!("the ink is out")
        } else {
            1
        }
    }
    async fn refused(&self) -> Result<Option<i32>, Error> {
        Err(ApiError::validation(vec![FieldFault::new("first", "OUT_OF_RANGE", "0 to 100 is allowed.")]).into())
    }
    async fn required(&self) -> Result<i32, Error> {
        Err(ApiError::new(ErrorCode::NotFound, "There is no such release.").into())
    }
    async fn leaks(&self) -> Result<Option<i32>, Error> {
        Err(std::io::Error::other("SELECT * FROM secret"))?
    }
    async fn broken(&self) -> Result<Option<i32>, Error> {
        Err(ApiError::internal().into())
    }
    async fn slow(&self, milliseconds: u64) -> bool {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        true
    }
    async fn day(&self, day: Day) -> String {
        day.0
    }
    async fn releases(&self, first: Option<i32>, last: Option<i32>, filter: Option<Filter>) -> Releases {
        let _ = (last, filter.and_then(|filter| filter.offices));
        let release = |number| Release {
            title: format!("Release {number}"),
            offices: vec![Office { name: "ODIHR".into() }],
        };
        Releases {
            nodes: (0..first.unwrap_or(20)).map(release).collect(),
            total_count: 100,
        }
    }
}

/// A scalar whose parsing fails in execution.
struct Day(String);

#[async_graphql::Scalar]
impl async_graphql::ScalarType for Day {
    fn parse(value: async_graphql::Value) -> async_graphql::InputValueResult<Self> {
        match value {
            async_graphql::Value::String(text) if text.len() == 10 => Ok(Self(text)),
            _ => Err(async_graphql::InputValueError::custom("a day is YYYY-MM-DD")),
        }
    }
    fn to_value(&self) -> async_graphql::Value {
        self.0.clone().into()
    }
}

pub(crate) struct Mutation;

#[Object]
impl Mutation {
    async fn publish(&self) -> bool {
        true
    }
}

pub(crate) struct Changes;

#[Subscription]
impl Changes {
    async fn changes(&self) -> impl Stream<Item = i32> {
        stream::iter([1, 2, 3])
    }
}

/// A server of the small schema.
pub(crate) struct Newsdesk(Router);

/// An answer: its status, headers and JSON.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

pub(crate) const MODERN: &str = "application/graphql-response+json";

impl Newsdesk {
    pub(crate) fn new() -> Self {
        Self::with(GraphqlConfig::default())
    }

    pub(crate) fn with(config: GraphqlConfig) -> Self {
        let schema = Schema::build(Query, Mutation, Changes).finish();
        Self(graphql_routes(schema, config).layer(SetRequestIdLayer::x_request_id(MakeRequestUuid)))
    }

    pub(crate) fn router(self) -> Router {
        self.0
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.0.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        }
    }

    /// A POST of a query, answered as text.
    pub(crate) async fn send_for_text(&self, query: &str) -> String {
        let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        let response = self
            .0
            .clone()
            .oneshot(request.body(Body::from(json!({"query": query}).to_string())).unwrap())
            .await
            .unwrap();
        String::from_utf8(
            axum::body::to_bytes(response.into_body(), usize::MAX)
                .await
                .unwrap()
                .to_vec(),
        )
        .unwrap()
    }

    /// A POST of a JSON body, answered in the modern media type.
    pub(crate) async fn post(&self, body: impl ToString) -> Answer {
        let request = Request::post("/graphql")
            .header(header::ACCEPT, MODERN)
            .header(header::CONTENT_TYPE, "application/json");
        self.send(
            request
                .header("x-request-id", "request-7")
                .body(Body::from(body.to_string()))
                .unwrap(),
        )
        .await
    }

    /// A POST of a query.
    pub(crate) fn query<'a>(&'a self, query: &'a str) -> Call<'a> {
        Call {
            desk: self,
            body: json!({"query": query}),
            accept: MODERN,
        }
    }

    /// A GET of `address` behind `/graphql`.
    pub(crate) async fn get(&self, address: &str) -> Answer {
        self.send(
            Request::get(format!("/graphql{address}"))
                .header(header::ACCEPT, MODERN)
                .body(Body::empty())
                .unwrap(),
        )
        .await
    }
}

/// A query on its way.
pub(crate) struct Call<'a> {
    desk: &'a Newsdesk,
    body: Value,
    accept: &'a str,
}

impl<'a> Call<'a> {
    pub(crate) fn accept(self, accept: &'a str) -> Self {
        Self { accept, ..self }
    }

    pub(crate) fn variables(mut self, variables: Value) -> Self {
        self.body["variables"] = variables;
        self
    }

    pub(crate) fn operation(mut self, name: &str) -> Self {
        self.body["operationName"] = name.into();
        self
    }
}

impl<'a> IntoFuture for Call<'a> {
    type Output = Answer;
    type IntoFuture = BoxFuture<'a, Answer>;

    fn into_future(self) -> Self::IntoFuture {
        async move {
            let request = Request::post("/graphql")
                .header(header::ACCEPT, self.accept)
                .header(header::CONTENT_TYPE, "application/json");
            self.desk
                .send(
                    request
                        .header("x-request-id", "request-7")
                        .body(Body::from(self.body.to_string()))
                        .unwrap(),
                )
                .await
        }
        .boxed()
    }
}

impl Answer {
    pub(crate) fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or("no code")
    }

    pub(crate) fn message(&self) -> &str {
        self.body["errors"][0]["message"].as_str().unwrap_or("no message")
    }

    /// The status and code of a refusal; it must not have data.
    pub(crate) fn refusal(&self) -> (u16, &str) {
        assert!(self.body.get("data").is_none(), "a refusal has data: {}", self.body);
        (self.status.as_u16(), self.code())
    }
}

/// A prepare hook that names the reader by a header, and refuses who has none.
pub(crate) fn named_reader(parts: &http::request::Parts, data: &mut Data) -> std::result::Result<(), ApiError> {
    let name = parts.headers.get("x-reader").and_then(|name| name.to_str().ok());
    let name = name.ok_or_else(|| ApiError::new(ErrorCode::Unauthenticated, "Say who you are."))?;
    data.insert(Reader(name.to_owned()));
    Ok(())
}

/// What was logged at level ERROR while the test ran, for a test that counts it.
#[derive(Default)]
pub(crate) struct Log(pub(crate) Mutex<Vec<String>>);

impl tracing::Subscriber for &'static Log {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() == tracing::Level::ERROR
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        struct Fields(String);
        impl tracing::field::Visit for Fields {
            fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                use std::fmt::Write as _;
                let _ = write!(self.0, "{}={value:?} ", field.name());
            }
        }
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        self.0.lock().unwrap().push(fields.0);
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}
