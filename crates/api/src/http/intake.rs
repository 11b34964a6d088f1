//! Reading a GraphQL request out of an HTTP request: the parameters by GET, the JSON body by POST.
//!
//! Source: GraphQL over HTTP, section 5 "Request" (<https://graphql.github.io/graphql-over-http/draft/#sec-Request>).
//! Parameters beside the four of the specification are left aside; one that is given twice is refused.

use std::time::Duration;

use async_graphql::{Extensions, Value, Variables};
use axum::body::{Body, Bytes};
use http::{HeaderMap, Method, StatusCode, header, request::Parts};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use mime::Mime;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value as Json;

use super::{answer::Refusal, limits::Limits};
use crate::error::{ApiError, ErrorCode};

/// The parameters of a GraphQL request, each of the right type.
#[derive(Debug)]
pub(crate) struct Parameters {
    pub(crate) query: String,
    pub(crate) operation_name: Option<String>,
    pub(crate) variables: Variables,
    pub(crate) extensions: Extensions,
}

/// Reads the parameters, for `timeout` at most.
///
/// # Errors
/// `TIMEOUT` with 408 (RFC 9110, section 15.5.9), and those of [`read`].
pub(crate) async fn read_within(
    timeout: Option<Duration>,
    parts: &Parts,
    body: Body,
    limits: &Limits,
) -> Result<Parameters, Refusal> {
    let reading = read(parts, body, limits);
    let Some(timeout) = timeout else {
        return reading.await;
    };
    let read = tokio::time::timeout(timeout, reading).await;
    read.unwrap_or_else(|_| Err(too_slow(timeout).into()))
}

/// The error for a body that takes longer than that to arrive.
fn too_slow(timeout: Duration) -> ApiError {
    let message = format!("The body took longer than {} ms to arrive.", timeout.as_millis());
    ApiError::new(ErrorCode::Timeout, message).with_status(StatusCode::REQUEST_TIMEOUT)
}

/// Reads the parameters, by the request's method.
///
/// # Errors
/// `METHOD_NOT_ALLOWED`, `URI_TOO_LONG`, `UNSUPPORTED_MEDIA_TYPE`, `PAYLOAD_TOO_LARGE` or `BAD_REQUEST`;
/// `PERSISTED_QUERY_NOT_FOUND` for a hash without a text.
async fn read(parts: &Parts, body: Body, limits: &Limits) -> Result<Parameters, Refusal> {
    let raw = match parts.method {
        Method::GET | Method::HEAD => from_uri(parts, limits)?,
        Method::POST => from_body(&parts.headers, body, limits).await?,
        _ => {
            return Err(Refusal::method(
                "GraphQL is served by GET (queries) and POST.",
                "GET, HEAD, POST",
            ));
        }
    };
    raw.into_parameters()
}

/// The parameters as JSON, not yet looked at.
#[derive(Default, Deserialize)]
struct Raw {
    query: Option<Json>,
    #[serde(rename = "operationName")]
    operation_name: Option<Json>,
    variables: Option<Json>,
    extensions: Option<Json>,
}

fn from_uri(parts: &Parts, limits: &Limits) -> Result<Raw, ApiError> {
    let length = parts.uri.path_and_query().map_or(0, |address| address.as_str().len());
    if length > limits.uri_bytes {
        let message = format!(
            "The address is {length} bytes long; the limit is {}. Send the query by POST.",
            limits.uri_bytes
        );
        return Err(ApiError::new(ErrorCode::UriTooLong, message));
    }
    let mut raw = Raw::default();
    for pair in parts.uri.query().unwrap_or_default().split('&') {
        let (name, text) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, is_json) = match &*decoded(name)? {
            "query" => (&mut raw.query, false),
            "operationName" => (&mut raw.operation_name, false),
            "variables" => (&mut raw.variables, true),
            "extensions" => (&mut raw.extensions, true),
            _ => continue,
        };
        let text = decoded(text)?;
        let value = if text.is_empty() {
            Json::Null
        } else if is_json {
            serde_json::from_str(&text)
                .map_err(|error| ApiError::bad_request(format!("A parameter is not JSON: {error}.")))?
        } else {
            Json::String(text)
        };
        if name.replace(value).is_some() {
            return Err(ApiError::bad_request("A parameter is given twice."));
        }
    }
    Ok(raw)
}

/// The text of an `application/x-www-form-urlencoded` name or value.
fn decoded(text: &str) -> Result<String, ApiError> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded
        .map(Into::into)
        .map_err(|_| ApiError::bad_request("The address has a parameter that is not UTF-8."))
}

/// The whole body of a request, which says that it is JSON; within `timeout`, and of at most `limit` bytes.
///
/// # Errors
/// `UNSUPPORTED_MEDIA_TYPE`, `PAYLOAD_TOO_LARGE`, `TIMEOUT`, or `BAD_REQUEST` where it breaks off.
pub(crate) async fn json_body(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
    timeout: Option<Duration>,
) -> Result<Bytes, ApiError> {
    let reading = whole_body(headers, body, limit);
    let Some(timeout) = timeout else {
        return reading.await;
    };
    let read = tokio::time::timeout(timeout, reading).await;
    read.unwrap_or_else(|_| Err(too_slow(timeout)))
}

async fn whole_body(headers: &HeaderMap, mut body: Body, limit: usize) -> Result<Bytes, ApiError> {
    let read = match check_media_type(headers) {
        Ok(()) => read_body(headers, &mut body, limit).await,
        Err(refusal) => Err(refusal),
    };
    // Such a client waits for the answer, and sends nothing after a refusal (RFC 9110, section 10.1.1).
    if read.is_err() && !headers.contains_key(header::EXPECT) {
        tokio::spawn(tokio::time::timeout(DRAINING, drain(body)));
    }
    read
}

async fn from_body(headers: &HeaderMap, body: Body, limits: &Limits) -> Result<Raw, ApiError> {
    let bytes = whole_body(headers, body, limits.body_bytes).await?;
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => Err(ApiError::bad_request(
            "The body is empty; send a JSON object with a `query`.",
        )),
        Some(b'[') => Err(ApiError::bad_request(
            "The body is a JSON array: batches are not served, send one request each.",
        )),
        Some(b'{') => serde_json::from_slice(&bytes)
            .map_err(|error| ApiError::bad_request(format!("The body is not a request: {error}."))),
        Some(_) => Err(ApiError::bad_request("The body is not a JSON object.")),
    }
}

/// Lets `application/json` pass, in UTF-8 and without a content coding. Multipart ends here, before anything reads it.
fn check_media_type(headers: &HeaderMap) -> Result<(), ApiError> {
    let refused = |message: &str| Err(ApiError::new(ErrorCode::UnsupportedMediaType, message));
    let mut given = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(first), None) = (given.next(), given.next()) else {
        return refused("Name one Content-Type; the body must be application/json.");
    };
    let Some(media_type) = first.to_str().ok().and_then(|text| text.parse::<Mime>().ok()) else {
        return refused("The Content-Type can't be read; the body must be application/json.");
    };
    if media_type.essence_str() != mime::APPLICATION_JSON.essence_str() {
        return refused("The body must be application/json.");
    }
    if media_type
        .get_param(mime::CHARSET)
        .is_some_and(|charset| charset != mime::UTF_8)
    {
        return refused("The body must be in UTF-8.");
    }
    if headers
        .get(header::CONTENT_ENCODING)
        .is_some_and(|coding| coding != "identity")
    {
        return refused("The body must not be compressed.");
    }
    Ok(())
}

async fn read_body(headers: &HeaderMap, body: &mut Body, limit: usize) -> Result<Bytes, ApiError> {
    let too_large = || {
        ApiError::new(
            ErrorCode::PayloadTooLarge,
            format!("The body is longer than {limit} bytes."),
        )
    };
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    match Limited::new(body, limit).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(_) => Err(ApiError::bad_request("The body broke off.")),
    }
}

/// How much of a refused body is read all the same, and for how long.
const DRAINED: usize = 16 * 1024 * 1024;
const DRAINING: Duration = Duration::from_secs(10);

/// Reads a refused body and drops it, while the answer goes out. Many clients read no answer before they have sent all, and
/// would see a broken connection instead of the refusal (RFC 9112, section 9.6).
async fn drain(mut body: Body) {
    let mut drained = 0;
    while let Some(Ok(frame)) = body.frame().await {
        drained += frame.data_ref().map_or(0, Bytes::len);
        if drained > DRAINED {
            return;
        }
    }
}

impl Raw {
    fn into_parameters(self) -> Result<Parameters, Refusal> {
        let persisted =
            matches!(&self.extensions, Some(Json::Object(members)) if members.contains_key("persistedQuery"));
        let query = match string("query", self.query)? {
            Some(query) => query,
            // Apollo's protocol for persisted queries: to this answer a client sends the text along.
            None if persisted => {
                return Err(Refusal::document(
                    ApiError::new(ErrorCode::PersistedQueryNotFound, "PersistedQueryNotFound"),
                    vec![],
                ));
            }
            None => return Err(ApiError::bad_request("The parameter `query` is missing.").into()),
        };
        let extensions = match object("extensions", self.extensions)? {
            Value::Object(members) => members
                .into_iter()
                .map(|(name, value)| (name.to_string(), value))
                .collect(),
            _ => std::collections::HashMap::new(),
        };
        Ok(Parameters {
            query,
            operation_name: string("operationName", self.operation_name)?.filter(|name| !name.is_empty()),
            variables: Variables::from_value(object("variables", self.variables)?),
            extensions: Extensions(extensions),
        })
    }
}

fn string(name: &str, value: Option<Json>) -> Result<Option<String>, ApiError> {
    match value {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(other) => Err(ApiError::bad_request(format!(
            "The parameter `{name}` must be a string, not {}.",
            kind(&other)
        ))),
    }
}

/// An object, or null where there is none.
fn object(name: &str, value: Option<Json>) -> Result<Value, ApiError> {
    match value {
        None | Some(Json::Null) => Ok(Value::Null),
        Some(object @ Json::Object(_)) => Value::from_json(object)
            .map_err(|_| ApiError::bad_request(format!("The parameter `{name}` has a value that GraphQL lacks."))),
        Some(other) => Err(ApiError::bad_request(format!(
            "The parameter `{name}` must be an object, not {}.",
            kind(&other)
        ))),
    }
}

const fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}
