//! `/docs/`: openapi.json as a page, by Swagger UI, whose files are in the binary: it works without the internet.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, Request},
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use http::{HeaderName, HeaderValue, header};
use utoipa_swagger_ui::{Config, SwaggerFile};

use crate::{
    error::{ApiError, ErrorCode},
    request_id::request_id,
};

/// What the page may load: its own files, and pictures that are in its styles.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
);

/// The page, and each file that it asks for.
pub(super) fn docs_routes() -> Router {
    // Seen from the page, so that it works below another path too.
    let config = Arc::new(Config::from("../v1/openapi.json").use_base_layout());
    let page = Arc::clone(&config);
    Router::new()
        .route("/docs", get(async || Redirect::permanent("docs/")))
        .route("/docs/", get(async move |request: Request| serve("", page, &request)))
        .route(
            "/docs/{*file}",
            get(async move |Path(file): Path<String>, request: Request| serve(&file, config, &request)),
        )
}

fn serve(path: &str, config: Arc<Config<'static>>, request: &Request) -> Response {
    match utoipa_swagger_ui::serve(path, config) {
        Ok(Some(file)) => write(file),
        Ok(None) => {
            let error = ApiError::new(
                ErrorCode::NotFound,
                "The documentation has no such file; it begins at /docs/.",
            );
            error.into_problem(request_id(request).as_deref())
        }
        Err(error) => {
            tracing::error!(%error, path, "a file of the documentation cannot be made");
            ApiError::internal().into_problem(request_id(request).as_deref())
        }
    }
}

fn write(file: SwaggerFile<'_>) -> Response {
    let media_type = HeaderValue::from_str(&file.content_type);
    // The page names the document; its files change with the program alone.
    let kept = match file.content_type.as_ref() {
        "text/html" => "no-cache",
        _ => "public, max-age=3600",
    };
    let headers: [(HeaderName, HeaderValue); 5] = [
        (
            header::CONTENT_TYPE,
            media_type.unwrap_or(HeaderValue::from_static("application/octet-stream")),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static(kept)),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (headers, file.bytes.into_owned()).into_response()
}
