//! The errors of the API: one closed table of codes, and the error that carries one.
//!
//! GraphQL and REST share the codes (design, section 4). GraphQL puts them into `extensions.code`
//! (<https://spec.graphql.org/October2021/#sec-Errors>), REST into an `application/problem+json` document (RFC 9457).

use std::sync::Arc;

use async_graphql::{ErrorExtensionValues, Pos, ServerError, Value};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! error_codes {
    ($($variant:ident, $wire:literal, $status:ident, $meaning:literal;)*) => {
        /// What went wrong, as a caller's program reads it. The set is closed: a code never changes its meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ErrorCode {
            $(#[doc = $meaning] $variant,)*
        }

        impl ErrorCode {
            /// Every code, in the order of their HTTP statuses; `docs/errors.md` is printed from it.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as it stands on the wire, for example `INVALID_CURSOR`.
            #[must_use]
            pub const fn wire(self) -> &'static str {
                match self { $(Self::$variant => $wire,)* }
            }

            /// The HTTP status of a REST answer with this code, and of a GraphQL request that is refused with it.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }

            /// What the code means, in one sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

error_codes! {
    BadRequest, "BAD_REQUEST", BAD_REQUEST,
        "The request itself is malformed: its body, its parameters or their types.";
    GraphqlParseFailed, "GRAPHQL_PARSE_FAILED", BAD_REQUEST,
        "The GraphQL document has a syntax error.";
    GraphqlValidationFailed, "GRAPHQL_VALIDATION_FAILED", BAD_REQUEST,
        "The GraphQL document does not fit the schema, or names no operation to run.";
    QueryTooComplex, "QUERY_TOO_COMPLEX", BAD_REQUEST,
        "The query goes over a limit; the message has the figure found and the limit.";
    InvalidCursor, "INVALID_CURSOR", BAD_REQUEST,
        "A cursor was changed on its way, or belongs to another list, order or search.";
    PersistedQueryNotFound, "PERSISTED_QUERY_NOT_FOUND", BAD_REQUEST,
        "The server does not know a query by this hash; send it again with its text.";
    Unauthenticated, "UNAUTHENTICATED", UNAUTHORIZED,
        "The request needs credentials, or those given are not valid.";
    Forbidden, "FORBIDDEN", FORBIDDEN,
        "The account is known and may not do this.";
    NotFound, "NOT_FOUND", NOT_FOUND,
        "There is nothing public at this address or with this id.";
    MethodNotAllowed, "METHOD_NOT_ALLOWED", METHOD_NOT_ALLOWED,
        "The address does not answer to this HTTP method; the `Allow` header says which it answers to.";
    NotAcceptable, "NOT_ACCEPTABLE", NOT_ACCEPTABLE,
        "The `Accept` header allows none of the media types that are served here.";
    Conflict, "CONFLICT", CONFLICT,
        "The state has changed since it was read, does not allow this, or the name is taken (412 where an `If-Match` is stale).";
    Gone, "GONE", GONE,
        "What was here has been removed for good.";
    PayloadTooLarge, "PAYLOAD_TOO_LARGE", PAYLOAD_TOO_LARGE,
        "The body is longer than the server takes.";
    UriTooLong, "URI_TOO_LONG", URI_TOO_LONG,
        "The address is longer than the server takes; send the query by POST.";
    UnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", UNSUPPORTED_MEDIA_TYPE,
        "The body is of a media type, character set or content encoding that is not taken here.";
    ValidationFailed, "VALIDATION_FAILED", UNPROCESSABLE_ENTITY,
        "One or more values are not acceptable; `fields` says which and why.";
    IdempotencyKeyReused, "IDEMPOTENCY_KEY_REUSED", UNPROCESSABLE_ENTITY,
        "The idempotency key was used before with another request.";
    PreconditionRequired, "PRECONDITION_REQUIRED", PRECONDITION_REQUIRED,
        "The request must name the version it has seen, by `If-Match`.";
    RateLimited, "RATE_LIMITED", TOO_MANY_REQUESTS,
        "Too many requests; `Retry-After` says when to come back.";
    HeadersTooLarge, "HEADERS_TOO_LARGE", REQUEST_HEADER_FIELDS_TOO_LARGE,
        "The request's headers are longer than the server takes.";
    Internal, "INTERNAL", INTERNAL_SERVER_ERROR,
        "The server failed; `requestId` is what to quote when reporting it.";
    Unavailable, "UNAVAILABLE", SERVICE_UNAVAILABLE,
        "The server cannot answer now; `Retry-After` says when to come back.";
    Timeout, "TIMEOUT", SERVICE_UNAVAILABLE,
        "The answer, or the request on its way, took longer than the server allows (408 where it was the request).";
    StorageFull, "STORAGE_FULL", INSUFFICIENT_STORAGE,
        "The server has no room left to store this.";
}

impl ErrorCode {
    /// The code that stands on the wire as `wire`, if there is one.
    #[must_use]
    pub fn from_wire(wire: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.wire() == wire)
    }

    /// RFC 9457's `type`: `urn:newsroom:error:` and the code in lower case with hyphens.
    ///
    /// A URN and no link, since a link would need a host, and none is made from a request's (design, rule 12).
    #[must_use]
    pub fn problem_type(self) -> String {
        format!(
            "urn:newsroom:error:{}",
            self.wire().to_ascii_lowercase().replace('_', "-")
        )
    }
}

/// All codes as a page of Markdown: `docs/errors.md`.
#[must_use]
pub fn errors_as_markdown() -> String {
    use std::fmt::Write as _;

    let mut page = String::from(
        "# Errors

What the caller got wrong is an error with a stable code, a message that says the mend and, where values are at fault,
the path, code and message of each. What went wrong on the server is `INTERNAL` with a request id, and no more.

GraphQL has the code in `extensions.code` (<https://spec.graphql.org/October2021/#sec-Errors>); plain HTTP answers with
`application/problem+json` (RFC 9457), whose `type` is `urn:newsroom:error:` and the code in small letters with hyphens.
The statuses are those of plain HTTP. GraphQL answers 200 wherever there is `data`; a request that is refused before it
runs has the code's status.

| code | status | what it means |
|---|---|---|
",
    );
    for code in ErrorCode::ALL {
        let _infallible = writeln!(
            page,
            "| `{}` | {} | {} |",
            code.wire(),
            code.status().as_u16(),
            code.meaning()
        );
    }
    page.push_str(
        "
## What comes with a code

| member | with | what it has |
|---|---|---|
| `fields` | `VALIDATION_FAILED` | a list of `{path, code, message}`, all faults of the input at once; a path goes from the argument down, joined by dots: `input.text.title` |
| `current` | `CONFLICT` of a stale version | `{locale, version, changedBy: {kind, id}, changedAt}`: the version that there is, and who made it when |
| `state` | `CONFLICT` of a wrong state | the state that the release is in: `DRAFT`, `LIVE`, `WITHDRAWN`, `REMOVED` |
| `removal` | `GONE` | `{id, removedAt, reason}`: what is left of the release that was here |
| `retryAfter` | `RATE_LIMITED`, `UNAVAILABLE`, `TIMEOUT` | the seconds after which to try again; also the header `Retry-After` where the request was refused before it ran |
| `requestId` | `INTERNAL` | what to quote when reporting it; every answer has it as `x-request-id` |

## What to do

- `CONFLICT`: read the release again, look at what has changed, and repeat what you still want of it with the version that you have then seen.
- `PRECONDITION_REQUIRED`: read what you want to change, and send its `ETag` as `If-Match`. `CONFLICT` with status 412 says that it is an old one.
- `UNAUTHENTICATED`: get a new access token by `refreshSession`, or sign in again. Where the header `WWW-Authenticate` says
  `Preview-Token`, that token does not hold: ask the desk for another, or leave it out.
- `FORBIDDEN`: the message says whom to ask.
- `IDEMPOTENCY_KEY_REUSED`: send each command under a key of its own, and only the very same one again under the same.
- `UNAVAILABLE`, `TIMEOUT`, and no answer at all: send the command again under the same idempotency key.
",
    );
    page
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.wire())
    }
}

/// What is wrong with one value of the input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldFault {
    /// Where the value stands, from the argument down, joined by dots: `filter.offices.2`.
    pub path: String,
    /// What kind of fault it is, in capitals: `REQUIRED`, `UNKNOWN`, `OUT_OF_RANGE`.
    pub code: String,
    /// What is wrong and how to mend it, in one sentence.
    pub message: String,
}

impl FieldFault {
    /// A fault of the value at `path`.
    pub fn new(path: impl Into<String>, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            code: code.into(),
            message: message.into(),
        }
    }
}

impl From<newsroom_domain::FieldFault> for FieldFault {
    fn from(fault: newsroom_domain::FieldFault) -> Self {
        Self::new(fault.path, fault.code, fault.message)
    }
}

/// What there is now of something that the caller has seen at an older version: `current` in the error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Current {
    /// The locale of the translation whose version it is; left out where it is of no translation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// The version that there is.
    pub version: i64,
    /// Who made it; left out where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<ChangedBy>,
    /// When, as RFC 3339 has it; left out where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<String>,
}

/// Who made a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChangedBy {
    /// `ACCOUNT`, `IMPORT` or `OPERATOR`.
    pub kind: &'static str,
    /// The account's UUID, where it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// What is left of a release that was removed: its tombstone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Removed {
    /// The UUID that the release had.
    #[schema(format = "uuid")]
    pub id: String,
    /// When it was removed, in UTC.
    #[schema(format = DateTime)]
    pub removed_at: String,
    /// Why it was removed, as plain text: escape it for HTML.
    pub reason: String,
}

/// What a 401 says in `WWW-Authenticate` (RFC 6750, section 3): one comes only where credentials were sent that do not hold.
pub(crate) const BEARER_CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer error=\"invalid_token\"");

/// An error as the caller gets it, by GraphQL or by REST.
///
/// It has no `Display` on purpose: async-graphql turns whatever has one into an error without a code, and the
/// conversion below, which keeps the code, would not be possible beside that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// What went wrong, for programs.
    pub code: ErrorCode,
    /// What went wrong and how to mend it, for people. Never SQL, never more than a line of what was sent.
    pub message: String,
    /// The values at fault; empty unless the code is [`ErrorCode::ValidationFailed`].
    pub fields: Vec<FieldFault>,
    /// After how many seconds it is worth trying again: the `Retry-After` header.
    pub retry_after: Option<u32>,
    /// What there is now, where the caller has seen something older.
    pub current: Option<Box<Current>>,
    /// The state of what it is about, in capitals, where that does not allow what was asked.
    pub state: Option<Box<str>>,
    /// What is left of what was here, where it was removed.
    pub removal: Option<Box<Removed>>,
    /// REST's status where it is not the code's own.
    status: Option<StatusCode>,
}

impl ApiError {
    /// An error with a code and a message.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            fields: Vec::new(),
            retry_after: None,
            current: None,
            state: None,
            removal: None,
            status: None,
        }
    }

    /// `BAD_REQUEST`: the request is malformed as `message` says.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::BadRequest, message)
    }

    /// `VALIDATION_FAILED`: these values are not acceptable. The message is that of the only fault, or counts them.
    #[must_use]
    pub fn validation(fields: Vec<FieldFault>) -> Self {
        let message = match fields.as_slice() {
            [only] => format!("{}: {}", only.path, only.message),
            several => format!(
                "{} values are not acceptable; `fields` says which and why.",
                several.len()
            ),
        };
        Self {
            fields,
            ..Self::new(ErrorCode::ValidationFailed, message)
        }
    }

    /// `QUERY_TOO_COMPLEX`: the query's `what`, such as "depth", is `figure` where `limit` is allowed.
    #[must_use]
    pub fn too_complex(what: &str, figure: u64, limit: u64) -> Self {
        Self::new(
            ErrorCode::QueryTooComplex,
            format!("The query's {what} is {figure}; the limit is {limit}."),
        )
    }

    /// `INTERNAL`, without a word of what happened: that belongs into the log, beside the request id.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(ErrorCode::Internal, "Something went wrong on the server.")
    }

    /// `UNAVAILABLE`, worth another try after `seconds`.
    pub fn unavailable(message: impl Into<String>, seconds: u32) -> Self {
        Self::new(ErrorCode::Unavailable, message).with_retry_after(seconds)
    }

    /// The read index is not there yet.
    pub(crate) fn index_is_loading() -> Self {
        Self::unavailable("The read index is still being loaded; try again shortly.", 1)
    }

    /// The same error with a `Retry-After` of `seconds`.
    #[must_use]
    pub fn with_retry_after(self, seconds: u32) -> Self {
        Self {
            retry_after: Some(seconds),
            ..self
        }
    }

    /// The same error with another status in REST, such as 412 for a `CONFLICT` that comes from a stale `If-Match`.
    #[must_use]
    pub fn with_status(self, status: StatusCode) -> Self {
        Self {
            status: Some(status),
            ..self
        }
    }

    /// The same error with what there is now.
    #[must_use]
    pub fn with_current(self, current: Current) -> Self {
        Self {
            current: Some(Box::new(current)),
            ..self
        }
    }

    /// The same error with the state of what it is about, in capitals.
    #[must_use]
    pub fn with_state(self, state: &str) -> Self {
        Self {
            state: Some(state.into()),
            ..self
        }
    }

    /// `GONE`, with what is left.
    pub(crate) fn gone(removal: Removed) -> Self {
        Self {
            removal: Some(Box::new(removal)),
            ..Self::new(
                ErrorCode::Gone,
                "This release was removed: delete your copies. `removal` says when and why.",
            )
        }
    }

    /// REST's status: the code's, unless another was set.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status.unwrap_or(self.code.status())
    }

    /// The error as async-graphql passes it on, at the places `locations` of the document.
    #[must_use]
    pub fn into_server_error(self, locations: Vec<Pos>) -> ServerError {
        let error: async_graphql::Error = self.into();
        let mut server_error = ServerError::new(error.message, None);
        server_error.locations = locations;
        server_error.extensions = error.extensions;
        server_error.source = error.source;
        server_error
    }

    /// The error as an `application/problem+json` answer (RFC 9457, section 3), with `requestId` where one is given.
    ///
    /// Beside the RFC's members: `code` (as in GraphQL), `fields` where values are at fault, and `requestId`.
    #[must_use]
    pub fn into_problem(self, request_id: Option<&str>) -> Response {
        let status = self.status();
        let problem = Problem {
            r#type: self.code.problem_type(),
            title: self.code.meaning(),
            status: status.as_u16(),
            detail: &self.message,
            code: self.code.wire(),
            fields: &self.fields,
            current: self.current.as_deref(),
            state: self.state.as_deref(),
            removal: self.removal.as_deref(),
            request_id,
        };
        let mut response = (status, axum::Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, BEARER_CHALLENGE);
        }
        response
    }
}

/// What went wrong, as RFC 9457 has it (section 3.1), with members of our own behind the first five.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Problem<'a> {
    /// The code as a URN: `urn:newsroom:error:` and the code in small letters with hyphens.
    r#type: String,
    /// What the code means.
    title: &'a str,
    /// The answer's status.
    status: u16,
    /// What went wrong here and how to mend it, for people.
    detail: &'a str,
    /// What went wrong, for programs: one of a closed set.
    code: &'a str,
    /// All values that are at fault, with `VALIDATION_FAILED`.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(required = false)]
    fields: &'a [FieldFault],
    /// What there is now, with a `CONFLICT` of a stale version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    current: Option<&'a Current>,
    /// The state that the release is in, with a `CONFLICT` of a wrong state: `DRAFT`, `LIVE`, `WITHDRAWN` or `REMOVED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a str>,
    /// What is left of what was here, with `GONE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    removal: Option<&'a Removed>,
    /// What to quote when reporting it; the header `x-request-id` has it as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

impl From<ApiError> for async_graphql::Error {
    fn from(error: ApiError) -> Self {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", error.code.wire());
        if !error.fields.is_empty() {
            let fields = serde_json::to_value(&error.fields).unwrap_or_default();
            extensions.set("fields", Value::from_json(fields).unwrap_or_default());
        }
        if let Some(current) = &error.current {
            let current = serde_json::to_value(current).unwrap_or_default();
            extensions.set("current", Value::from_json(current).unwrap_or_default());
        }
        if let Some(state) = &error.state {
            extensions.set("state", state.as_ref());
        }
        if let Some(seconds) = error.retry_after {
            extensions.set("retryAfter", seconds);
        }
        let mut converted = Self::new(error.message.clone());
        converted.extensions = Some(extensions);
        // For REST, which takes the error whole.
        converted.source = Some(Arc::new(error));
        converted
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.into_problem(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_found_by_its_wire_name_and_no_two_share_one() {
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::from_wire(code.wire()), Some(*code));
        }
    }

    #[test]
    fn every_code_has_an_error_status_and_a_sentence() {
        for code in ErrorCode::ALL {
            assert!(code.status().as_u16() >= 400, "{code}");
            assert!(code.meaning().ends_with(['.', ')']), "{code}");
        }
    }

    #[test]
    fn an_error_keeps_its_code_and_fields_on_its_way_into_graphql() {
        let error = ApiError::validation(vec![FieldFault::new(
            "filter.offices.0",
            "UNKNOWN",
            "There is no such office.",
        )]);
        let converted: async_graphql::Error = error.into();
        insta::assert_json_snapshot!(converted, @r#"
        {
          "message": "filter.offices.0: There is no such office.",
          "extensions": {
            "code": "VALIDATION_FAILED",
            "fields": [
              {
                "code": "UNKNOWN",
                "message": "There is no such office.",
                "path": "filter.offices.0"
              }
            ]
          }
        }
        "#);
    }

    #[tokio::test]
    async fn a_problem_document_has_the_members_of_rfc_9457_and_ours() {
        let response = ApiError::unavailable("The database is away.", 7).into_problem(Some("abc"));
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(response.headers()[header::RETRY_AFTER], "7");
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        insta::assert_json_snapshot!(body, @r#"
        {
          "code": "UNAVAILABLE",
          "detail": "The database is away.",
          "requestId": "abc",
          "status": 503,
          "title": "The server cannot answer now; `Retry-After` says when to come back.",
          "type": "urn:newsroom:error:unavailable"
        }
        "#);
    }
}
