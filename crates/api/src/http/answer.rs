//! From what happened to an HTTP answer: statuses, the media type, and errors that are fit to be seen.
//!
//! Source: GraphQL over HTTP, section 6 "Response" (<https://graphql.github.io/graphql-over-http/draft/#sec-Response>).

use std::collections::BTreeMap;

use async_graphql::{ErrorExtensionValues, Pos, Response as GraphqlResponse, ServerError, Value};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use super::accept::MediaType;
use crate::error::{ApiError, BEARER_CHALLENGE, ErrorCode};

/// The longest message, in characters: a line.
const LONGEST_MESSAGE: usize = 200;
/// The most errors of a request that is refused; validation can find one for every token.
const MOST_ERRORS: usize = 10;

/// Why a request was not executed.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The HTTP request is at fault, or the server: the error's own status, whatever the media type.
    Request {
        error: ApiError,
        allow: Option<&'static str>,
    },
    /// The request was well-formed and its document or variables are at fault: 400, but 200 for a client of `application/json`.
    Document(Vec<ServerError>),
}

impl Refusal {
    /// A refusal of the document, at these places of it.
    pub(crate) fn document(error: ApiError, places: Vec<Pos>) -> Self {
        Self::Document(vec![error.into_server_error(places)])
    }

    /// `METHOD_NOT_ALLOWED`, with the methods that are.
    pub(crate) fn method(message: &str, allow: &'static str) -> Self {
        Self::Request {
            error: ApiError::new(ErrorCode::MethodNotAllowed, message),
            allow: Some(allow),
        }
    }
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Request { error, allow: None }
    }
}

/// How an answer is to be written.
#[derive(Debug, Clone)]
pub(crate) struct Manner {
    pub(crate) media_type: MediaType,
    /// Whether "Did you mean …" may stay in messages; it tells the schema's names.
    pub(crate) suggestions: bool,
    pub(crate) request_id: Option<String>,
}

/// The answer's members in the order that the GraphQL specification, section 7.1, asks for.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: &'a BTreeMap<String, Value>,
}

/// Writes an answer.
pub(crate) fn present(outcome: Result<GraphqlResponse, Refusal>, manner: &Manner) -> Response {
    match outcome {
        Ok(response) => executed(response, manner),
        Err(Refusal::Request { error, allow }) => {
            let (status, retry_after) = (error.status(), error.retry_after);
            let mut response = refused(status, vec![error.into_server_error(vec![])], manner);
            if let Some(allow) = allow {
                response
                    .headers_mut()
                    .insert(header::ALLOW, HeaderValue::from_static(allow));
            }
            if let Some(seconds) = retry_after {
                response
                    .headers_mut()
                    .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            if status == StatusCode::UNAUTHORIZED {
                response
                    .headers_mut()
                    .insert(header::WWW_AUTHENTICATE, BEARER_CHALLENGE);
            }
            response
        }
        Err(Refusal::Document(errors)) => {
            let errors: Vec<_> = errors.into_iter().take(MOST_ERRORS).map(with_request_code).collect();
            let status = match manner.media_type {
                MediaType::GraphqlResponse => StatusCode::BAD_REQUEST,
                MediaType::Json => StatusCode::OK,
            };
            refused(status, errors, manner)
        }
    }
}

fn executed(mut response: GraphqlResponse, manner: &Manner) -> Response {
    let errors: Vec<_> = response
        .errors
        .drain(..)
        .map(|error| tidied(with_execution_code(error, manner), manner))
        .collect();
    let body = Body {
        errors: &errors,
        data: Some(&response.data),
        extensions: &response.extensions,
    };
    let mut answer = written(StatusCode::OK, &body, manner);
    answer.headers_mut().extend(response.http_headers);
    answer
}

/// Makes the errors of one of several answers fit to be seen.
pub(crate) fn tidy(response: &mut GraphqlResponse, manner: &Manner) {
    let errors = response.errors.drain(..);
    response.errors = errors
        .map(|error| {
            // Only what was refused before it ran has no place in the answer.
            let coded = if error.path.is_empty() {
                with_request_code(error)
            } else {
                with_execution_code(error, manner)
            };
            tidied(coded, manner)
        })
        .collect();
}

/// A refusal as an answer among others.
pub(crate) fn refusal_response(refusal: Refusal, manner: &Manner) -> GraphqlResponse {
    let errors = match refusal {
        Refusal::Request { error, .. } => vec![error.into_server_error(vec![])],
        Refusal::Document(errors) => errors.into_iter().take(MOST_ERRORS).collect(),
    };
    let mut response = GraphqlResponse::from_errors(errors);
    tidy(&mut response, manner);
    response
}

fn refused(status: StatusCode, errors: Vec<ServerError>, manner: &Manner) -> Response {
    let errors: Vec<_> = errors.into_iter().map(|error| tidied(error, manner)).collect();
    let mut answer = written(
        status,
        &Body {
            errors: &errors,
            data: None,
            extensions: &BTreeMap::new(),
        },
        manner,
    );
    answer
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

fn written(status: StatusCode, body: &Body<'_>, manner: &Manner) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => {
            let headers = [
                (header::CONTENT_TYPE, manner.media_type.header()),
                (header::VARY, HeaderValue::from_static("accept")),
            ];
            (status, headers, bytes).into_response()
        }
        Err(error) => {
            tracing::error!(request_id = manner.request_id, %error, "an answer could not be written as JSON");
            ApiError::internal().into_problem(manner.request_id.as_deref())
        }
    }
}

fn code_of(error: &ServerError) -> Option<ErrorCode> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => ErrorCode::from_wire(code),
        _ => None,
    }
}

fn set(error: &mut ServerError, name: &str, value: &str) {
    error
        .extensions
        .get_or_insert_with(ErrorExtensionValues::default)
        .set(name, value);
}

fn has_code(error: &ServerError) -> bool {
    error
        .extensions
        .as_ref()
        .is_some_and(|extensions| extensions.get("code").is_some())
}

/// Gives the library's own refusals a code; they all come from validation, but for its limits (schema.rs and validation/mod.rs
/// of async-graphql 7.2.1), which ours come before.
fn with_request_code(mut error: ServerError) -> ServerError {
    if !has_code(&error) {
        const LIMITS: [&str; 4] = [
            "The recursion depth of the query",
            "The number of directives on",
            "Query is too complex",
            "Query is nested too deep",
        ];
        let is_limit = LIMITS.iter().any(|limit| error.message.starts_with(limit));
        let code = if is_limit {
            ErrorCode::QueryTooComplex
        } else {
            ErrorCode::GraphqlValidationFailed
        };
        set(&mut error, "code", code.wire());
    }
    error
}

/// Gives an error of execution a code, if it has none.
///
/// The library's own (input that does not parse) have no source and are the caller's. One with a source is an error of ours that
/// a resolver let through by `?`: what it says belongs into the log, not outside (design, rule 10).
fn with_execution_code(mut error: ServerError, manner: &Manner) -> ServerError {
    if has_code(&error) {
        return error;
    }
    // `Context::data` for something that the schema was built without.
    let unbuilt = error.message.starts_with("Data `") && error.message.ends_with("` does not exist.");
    if error.source.is_none() && !unbuilt {
        set(&mut error, "code", ErrorCode::ValidationFailed.wire());
        return error;
    }
    tracing::error!(request_id = manner.request_id, path = ?error.path, message = error.message, "a resolver failed without a code");
    let path = std::mem::take(&mut error.path);
    ApiError::internal().into_server_error(error.locations).with_path(path)
}

/// Cuts what must not be seen, and adds the request id to what the server is to blame for.
fn tidied(mut error: ServerError, manner: &Manner) -> ServerError {
    if !manner.suggestions
        && let Some(at) = error.message.find(" Did you mean")
    {
        error.message.truncate(at);
    }
    if let Some((at, _)) = error.message.char_indices().nth(LONGEST_MESSAGE) {
        error.message.truncate(at);
        error.message.push('…');
    }
    if let Some(request_id) = &manner.request_id
        && code_of(&error) == Some(ErrorCode::Internal)
    {
        set(&mut error, "requestId", request_id);
    }
    error
}
