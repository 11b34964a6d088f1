//! Reading a request: what its address, its headers and its body say becomes the variables of an operation.

use std::time::Duration;

use async_graphql::{Name, Value, indexmap::IndexMap};
use axum::body::{Body, Bytes, HttpBody as _};
use http::{HeaderMap, HeaderName, StatusCode, header, request::Parts};
use http_body_util::BodyExt as _;
use serde_json::Value as Json;
use tokio::time::timeout;

use super::{
    Service,
    operation::Verb,
    plan::{Answer, Place, Plan},
    types::item,
    values::{Reading, read_word},
};
use crate::{
    error::{ApiError, ErrorCode, FieldFault},
    http::json_body,
    parameters::Parameters,
};

/// The header that a command can be sent again under.
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// What a request asks for.
pub(super) struct Asked {
    /// By name, for the document that is run.
    pub(super) variables: IndexMap<Name, Value>,
    /// What is to be answered with.
    pub(super) chosen: Answer,
}

/// Reads the address of a request, `named` being what stands in its path.
///
/// # Errors
/// `VALIDATION_FAILED` with all faults of it.
pub(super) fn read_address(
    service: &Service,
    plan: &Plan,
    parts: &Parts,
    named: &[(String, String)],
) -> Result<Asked, ApiError> {
    let limit = service.limits.uri_bytes;
    let length = parts.uri.path_and_query().map_or(0, |path| path.as_str().len());
    if length > limit {
        let message = format!("The address has {length} bytes; the limit is {limit}.");
        return Err(ApiError::new(ErrorCode::UriTooLong, message));
    }
    let mut given = Parameters::parse(parts.uri.query())?;
    let mut variables = IndexMap::new();
    for parameter in &plan.parameters {
        let values = match parameter.place {
            Place::Path => {
                let value = named.iter().find(|(name, _)| *name == parameter.name);
                value.map(|(_, value)| value.clone()).into_iter().collect()
            }
            Place::Query if item(&parameter.input.kind).is_some() => given.all(parameter.name.clone()),
            Place::Query => given.one(parameter.name.clone()).into_iter().collect(),
        };
        if values.is_empty() {
            if !parameter.input.kind.nullable && parameter.input.default.is_none() {
                given.fault(&parameter.name, "REQUIRED", "give this parameter");
            }
            continue;
        }
        let many = item(&parameter.input.kind).is_some();
        let mut read = Vec::new();
        for (index, value) in values.iter().enumerate() {
            match read_word(&service.types, &parameter.input.kind, value) {
                Ok(value) => read.push(value),
                Err(message) if many => given.fault(&format!("{}.{index}", parameter.name), "MALFORMED", message),
                Err(message) => given.fault(&parameter.name, "MALFORMED", message),
            }
        }
        let value = if many { Some(Value::List(read)) } else { read.pop() };
        if let Some(value) = value {
            put(&mut variables, &parameter.to, value);
        }
    }
    read_paging(plan, &mut given, &mut variables);
    let chosen = read_choice(plan, &mut given);
    given.finish()?;
    Ok(Asked { variables, chosen })
}

fn read_paging(plan: &Plan, given: &mut Parameters, variables: &mut IndexMap<Name, Value>) {
    let Some(paging) = plan.paging else { return };
    let limit = given.limit(paging.usual, paging.most);
    let after = paging.cursors.then(|| given.one("after")).flatten();
    let before = paging.backwards.then(|| given.one("before")).flatten();
    // The last ones in front of a cursor, else the first ones.
    let end = if before.is_some() && after.is_none() {
        "last"
    } else {
        "first"
    };
    variables.insert(Name::new(end), limit.into());
    for (name, cursor) in [("after", after), ("before", before)] {
        if let Some(cursor) = cursor {
            variables.insert(Name::new(name), cursor.into());
        }
    }
}

/// Reads which members are asked for: `fields` and `include`, each a list with commas.
fn read_choice(plan: &Plan, given: &mut Parameters) -> Answer {
    if plan.operation.verb != Verb::Get {
        return plan.answer.chosen(&[], &[]);
    }
    let mut names = |parameter: &'static str, known: &[&str]| {
        let values = given.all(parameter);
        let names = values.iter().flat_map(|value| value.split(',')).map(str::trim);
        let names: Vec<String> = names.filter(|name| !name.is_empty()).map(str::to_owned).collect();
        for name in names.iter().filter(|name| !known.contains(&name.as_str())) {
            let name = newsroom_domain::text::excerpt(name);
            let message = format!("there is no “{name}” to ask for here; there are: {}", known.join(", "));
            given.fault(parameter, "UNKNOWN", message);
        }
        names
    };
    let fields = names("fields", &plan.answer.members());
    let extras = plan.answer.extras();
    let include = if extras.is_empty() {
        Vec::new()
    } else {
        names("include", &extras)
    };
    plan.answer.chosen(&fields, &include)
}

/// Reads what a command has beside its address.
///
/// # Errors
/// `PRECONDITION_REQUIRED` or `CONFLICT` for what `If-Match` says, `BAD_REQUEST`, `VALIDATION_FAILED` and so on for a body.
pub(super) async fn read_command(
    service: &Service,
    plan: &Plan,
    parts: &Parts,
    body: Body,
    variables: &mut IndexMap<Name, Value>,
) -> Result<(), ApiError> {
    let given = read_body(service, parts, body).await?;
    if plan.input.is_none() && given.is_empty() {
        return Ok(());
    }
    let mut reading = Reading {
        types: &service.types,
        faults: Vec::new(),
    };
    let mut input = reading.fields("", &plan.body, given);
    if !reading.faults.is_empty() {
        return Err(ApiError::validation(reading.faults));
    }
    if plan.names_version {
        input.insert(Name::new("version"), version_seen(&parts.headers)?.into());
    }
    if plan.takes_key
        && let Some(key) = parts.headers.get(&IDEMPOTENCY_KEY)
    {
        let key = key.to_str().map_err(|_| {
            let message = "give printable ASCII characters alone";
            ApiError::validation(vec![FieldFault::new("Idempotency-Key", "MALFORMED", message)])
        })?;
        input.insert(Name::new("idempotencyKey"), unquoted(key).into());
    }
    if plan.input.is_none() {
        return Ok(());
    }
    match variables
        .entry(Name::new("input"))
        .or_insert_with(|| Value::Object(IndexMap::new()))
    {
        Value::Object(fields) => fields.extend(input),
        _ => return Err(ApiError::internal()),
    }
    Ok(())
}

/// The members of a body; none where there is no body.
async fn read_body(
    service: &Service,
    parts: &Parts,
    mut body: Body,
) -> Result<serde_json::Map<String, Json>, ApiError> {
    let says_what = parts.headers.contains_key(header::CONTENT_TYPE);
    if body.is_end_stream() || (!says_what && is_empty(&mut body, service.body_timeout).await) {
        return Ok(serde_json::Map::new());
    }
    let bytes = json_body(&parts.headers, body, service.limits.body_bytes, service.body_timeout).await?;
    match serde_json::from_slice(&bytes) {
        Ok(Json::Object(given)) => Ok(given),
        Ok(_) => Err(ApiError::bad_request("The body is not a JSON object.")),
        Err(error) => Err(ApiError::bad_request(format!("The body is not JSON: {error}."))),
    }
}

/// Whether a body ends before it has begun: one that is sent in chunks says so only then. What it began with is lost.
async fn is_empty(body: &mut Body, patience: Option<Duration>) -> bool {
    let reading = async {
        while let Some(frame) = body.frame().await {
            if !frame.is_ok_and(|frame| frame.data_ref().is_none_or(Bytes::is_empty)) {
                return false;
            }
        }
        true
    };
    match patience {
        Some(patience) => timeout(patience, reading).await.unwrap_or(false),
        None => reading.await,
    }
}

/// The version in `If-Match`: an `ETag` begins with it. (A proxy that compresses makes a tag a weak one, which changes nothing
/// of the version.)
fn version_seen(headers: &HeaderMap) -> Result<i32, ApiError> {
    let mut given = headers.get_all(header::IF_MATCH).iter();
    let Some(tag) = given.next() else {
        let message = "Say which version you have seen: send the `ETag` of what you have read as `If-Match`.";
        return Err(ApiError::new(ErrorCode::PreconditionRequired, message));
    };
    let tag = tag.to_str().unwrap_or_default().trim();
    if given.next().is_some() || tag.contains(',') || tag == "*" {
        let message = "give one `ETag`, that of what you have read";
        return Err(ApiError::validation(vec![FieldFault::new(
            "If-Match",
            "MALFORMED",
            message,
        )]));
    }
    let tag = unquoted(tag.strip_prefix("W/").unwrap_or(tag));
    let version = tag.split_once('-').map_or(tag, |(version, _)| version);
    version.parse().map_err(|_| {
        let message = "This `If-Match` is not the `ETag` of any version: send that of what you want to change, and not a list's, or its \
                       `version` in quotation marks.";
        ApiError::new(ErrorCode::Conflict, message).with_status(StatusCode::PRECONDITION_FAILED)
    })
}

/// A text without the quotation marks around it, as structured fields have them (RFC 9651, section 3.3.3).
fn unquoted(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(text)
}

/// Puts a value where a parameter leads: a variable, or a field of one.
fn put(variables: &mut IndexMap<Name, Value>, to: &[String], value: Value) {
    match to {
        [] => {}
        [name] => {
            variables.insert(Name::new(name), value);
        }
        [name, below @ ..] => {
            let entry = variables.entry(Name::new(name));
            if let Value::Object(fields) = entry.or_insert_with(|| Value::Object(IndexMap::new())) {
                put(fields, below, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(tag: &str) -> Result<i32, (ErrorCode, u16)> {
        let mut headers = HeaderMap::new();
        if !tag.is_empty() {
            headers.insert(header::IF_MATCH, tag.parse().unwrap());
        }
        version_seen(&headers).map_err(|error| (error.code, error.status().as_u16()))
    }

    #[test]
    fn the_version_is_what_a_tag_begins_with() {
        for tag in ["\"3\"", "\"3-ab_c-d\"", "W/\"3-ab\"", "3"] {
            assert_eq!(seen(tag), Ok(3), "{tag}");
        }
        assert_eq!(seen(""), Err((ErrorCode::PreconditionRequired, 428)));
        assert_eq!(seen("\"abc\""), Err((ErrorCode::Conflict, 412)));
        assert_eq!(seen("*"), Err((ErrorCode::ValidationFailed, 422)));
        assert_eq!(seen("\"3\", \"4\""), Err((ErrorCode::ValidationFailed, 422)));
    }
}
