//! The router: every path that the server answers, and what is around all of them.

use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn, from_fn_with_state, map_response},
    response::Response,
};
use futures_util::FutureExt as _;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use newsroom_domain::{Fallbacks, Locale, release_url::ReleaseUrl, webhook::Reach};
use newsroom_persistence::Store;
use tower_http::{
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, NotForContentType, Predicate, SizeAbove},
    },
    cors::{AllowHeaders, AllowOrigin, CorsLayer, Vary},
};
use tracing::Instrument as _;
use url::Url;

use crate::{
    auth::{Authentication, identify, jwks_routes},
    changes::{ChangeHub, Following, following_routes},
    error::{ApiError, ErrorCode},
    explorer::explorer_routes,
    feeds::{Site, feed_routes},
    finding::Finder,
    graphql::{self, Settings},
    health::{Draining, health_routes},
    http::{GraphqlConfig, Limits, PriceTable, panic_message, streaming_graphql_routes},
    listener::StreamTerms,
    preview::{PREVIEW_TOKEN, preview},
    request_id::{REQUEST_ID, request_id, with_request_ids},
    rest::{RestConfig, rest_routes},
};

/// How the API is served.
#[derive(Debug, Clone)]
pub struct ApiConfig {
    /// What one GraphQL request may cost.
    pub limits: Limits,
    /// What GraphQL fields cost.
    pub prices: PriceTable,
    /// Whether the GraphQL schema can be asked for; without, no message tells a name of it either.
    pub introspection: bool,
    /// How long one GraphQL execution may take; without, as long as it does.
    pub timeout: Option<Duration>,
    /// How long a request's body may take to arrive; without, as long as it does.
    pub body_timeout: Option<Duration>,
    /// Bytes of parsed GraphQL documents to keep, about; 0 keeps none.
    pub document_cache_bytes: u64,
    /// The address of this API as others see it: what links lead to. Without, there are no feeds, which are full of them.
    pub public_url: Option<Url>,
    /// Where releases are read; without, they have no `url`.
    pub release_url: Option<ReleaseUrl>,
    /// The locales that may be asked for; any well-formed one where empty.
    pub locales: Vec<Locale>,
    /// What is given to readers for whom there is nothing in the locale that they ask for.
    pub fallbacks: Fallbacks,
    /// The origins whose pages may read what is answered; any, where nothing is said.
    pub cors_origins: Option<Vec<HeaderValue>>,
    /// Where webhooks may go.
    pub webhooks: Reach,
    /// Says when the server has begun to shut down.
    pub draining: Draining,
}

impl Default for ApiConfig {
    /// The defaults of [`GraphqlConfig`], no addresses, any locale.
    fn default() -> Self {
        let GraphqlConfig {
            limits,
            prices,
            introspection,
            timeout,
            body_timeout,
            document_cache_bytes,
            prepare: _,
        } = GraphqlConfig::default();
        Self {
            limits,
            prices,
            introspection,
            timeout,
            body_timeout,
            document_cache_bytes,
            public_url: None,
            release_url: None,
            locales: Vec::new(),
            fallbacks: Fallbacks::default(),
            cors_origins: None,
            webhooks: Reach::default(),
            draining: Draining::default(),
        }
    }
}

/// Everything that the server answers: `/graphql`, the JSON API and the change log below `/v1`, the explorer at `/`, feeds at `/feeds`,
/// the sitemap, the keys at `/.well-known/jwks.json`, `/livez` and `/readyz`. The rest is `NOT_FOUND`, as an
/// RFC 9457 document.
///
/// Every answer has an `x-request-id`, also in the log, and may be read by any site, or by those of `cors_origins` (CORS, without credentials).
pub fn router(
    config: ApiConfig,
    store: Store,
    finder: Arc<Finder>,
    hub: Arc<ChangeHub>,
    authentication: Arc<Authentication>,
) -> Router {
    let settings = Settings {
        release_url: config.release_url,
        locales: config.locales,
        fallbacks: config.fallbacks,
        webhooks: config.webhooks,
    };
    let feeds = config.public_url.as_ref().map(|public_url| {
        let site = Site::new(public_url, settings.release_url.clone());
        feed_routes(Arc::clone(&finder), settings.clone(), site)
    });
    let schema = graphql::schema(
        settings,
        store.clone(),
        finder,
        Arc::clone(&hub),
        Arc::clone(&authentication),
        config.introspection,
    );
    let rest_config = RestConfig {
        limits: config.limits.clone(),
        timeout: config.timeout,
        body_timeout: config.body_timeout,
        public_url: config.public_url.clone(),
    };
    let graphql_config = GraphqlConfig {
        limits: config.limits,
        prices: config.prices,
        introspection: config.introspection,
        timeout: config.timeout,
        body_timeout: config.body_timeout,
        document_cache_bytes: config.document_cache_bytes,
        prepare: Arc::new(graphql::prepare),
    };
    let streams = StreamTerms {
        authentication: Arc::clone(&authentication),
        hub,
        draining: config.draining.clone(),
    };
    let following = Following {
        store: store.clone(),
        streams: streams.clone(),
        public_url: config.public_url,
    };
    let answered = streaming_graphql_routes(schema.clone(), graphql_config, Some(streams))
        .merge(following_routes(following))
        .merge(rest_routes(schema, store.clone(), rest_config))
        .layer(from_fn_with_state(Arc::clone(&authentication), identify))
        .layer(from_fn_with_state(store.clone(), preview))
        .merge(jwks_routes(authentication))
        .merge(explorer_routes())
        .merge(feeds.unwrap_or_default())
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(not_found)
        .layer(compression())
        .layer(map_response(tell_codings_apart))
        .layer(from_fn(catch_panics))
        .layer(from_fn(log));
    // Outside of the log: whoever probes does so every second.
    let health = health_routes(store, config.draining).method_not_allowed_fallback(method_not_allowed);
    with_request_ids(answered.merge(health).layer(cors(config.cors_origins)))
}

/// Any site may read what any reader may, unless the operator names those that may. A page sends a token by its own hand
/// (`Authorization`); the browser adds nothing of itself, since there is no cookie.
fn cors(origins: Option<Vec<HeaderValue>>) -> CorsLayer {
    let (origins, vary) = match origins {
        // The answers are the same for every origin.
        None => (AllowOrigin::any(), Vary::list([])),
        Some(origins) => (AllowOrigin::list(origins), Vary::list([header::ORIGIN])),
    };
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::OPTIONS,
        ])
        // The asterisk means all but `Authorization` (Fetch standard, "CORS-preflight fetch"); the other is named for those
        // who look for it.
        .allow_headers(AllowHeaders::list([
            HeaderName::from_static("*"),
            header::AUTHORIZATION,
            PREVIEW_TOKEN,
        ]))
        .expose_headers([
            REQUEST_ID.clone(),
            header::RETRY_AFTER,
            header::WWW_AUTHENTICATE,
            header::ETAG,
            header::LINK,
            header::LOCATION,
        ])
        .max_age(Duration::from_hours(24))
        .vary(vary)
}

/// Brotli or gzip, for what gets shorter by it.
fn compression() -> CompressionLayer<impl Predicate> {
    let worth_it = DefaultPredicate::new()
        .and(SizeAbove::new(1024))
        .and(NotForContentType::const_new("font/woff"));
    CompressionLayer::new().compress_when(worth_it)
}

/// What is compressed is other bytes than what is not: a strong tag would say that they are the same (RFC 9110, section 8.8.3.3). And whoever
/// is told that what they have still holds is told by what it was chosen (section 15.4.5).
async fn tell_codings_apart(mut response: Response) -> Response {
    let is_coded = response.headers().contains_key(header::CONTENT_ENCODING);
    let headers = response.headers_mut();
    if is_coded
        && let Some(tag) = headers.get(header::ETAG)
        && let Some(weak) = tag.to_str().ok().filter(|tag| !tag.starts_with("W/"))
        && let Ok(weak) = HeaderValue::from_str(&format!("W/{weak}"))
    {
        headers.insert(header::ETAG, weak);
    }
    let names_coding = |vary: &HeaderValue| {
        let vary = vary.to_str().unwrap_or_default();
        vary.to_ascii_lowercase().contains("accept-encoding")
    };
    let is_known = headers.get_all(header::VARY).iter().any(names_coding);
    if response.status() == StatusCode::NOT_MODIFIED && !is_known {
        let coding = HeaderValue::from_static("accept-encoding");
        response.headers_mut().append(header::VARY, coding);
    }
    response
}

/// Logs each request when it has been answered, and names it in whatever is logged meanwhile.
async fn log(request: Request, next: Next) -> Response {
    // At the level of errors, so that the id stands beside each of them whatever the log's level.
    let span = tracing::error_span!(
        "request",
        request_id = request_id(&request),
        method = %request.method(),
        path = request.uri().path(),
    );
    let began = Instant::now();
    async move {
        let response = next.run(request).await;
        let latency_ms = began.elapsed().as_secs_f64() * 1_000.0;
        tracing::info!(status = response.status().as_u16(), latency_ms, "answered");
        response
    }
    .instrument(span)
    .await
}

/// Turns a panic into `INTERNAL`; the server goes on. (GraphQL catches its own, to answer in its own form.)
async fn catch_panics(request: Request, next: Next) -> Response {
    let id = request_id(&request);
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    answer.unwrap_or_else(|panic| {
        tracing::error!(panic = panic_message(panic.as_ref()), "a request panicked");
        ApiError::internal().into_problem(id.as_deref())
    })
}

async fn not_found(request: Request) -> Response {
    let error = ApiError::new(
        ErrorCode::NotFound,
        "There is nothing at this address; GraphQL is at /graphql, an explorer for it at /, the JSON API below /v1, feeds at /feeds.",
    );
    error.into_problem(request_id(&request).as_deref())
}

async fn method_not_allowed(request: Request) -> Response {
    let error = ApiError::new(
        ErrorCode::MethodNotAllowed,
        "This address does not answer to this method; `Allow` says which it answers to.",
    );
    error.into_problem(request_id(&request).as_deref())
}
