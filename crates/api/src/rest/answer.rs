//! Writing an answer: what the schema gave, as JSON with its links and its tags; or a problem.

use async_graphql::{Name, ServerError, Value, indexmap::IndexMap};
use axum::response::{IntoResponse as _, Response};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use sha2::{Digest as _, Sha256};
use url::{Url, form_urlencoded};

use super::{
    Service,
    document::{Document, LOCALE, SLUG, VERSION},
    operation::{Access, Verb},
    plan::{Answer, Plan},
};
use crate::{
    conditional::names,
    error::{ApiError, ErrorCode, FieldFault, Removed},
};

/// For how long others may keep what readers get: a withdrawal must not be long in coming.
const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=10");

/// The code of the fault that a release has no translation in the locale named.
const NO_TRANSLATION: &str = "NO_TRANSLATION";

fn kept(plan: &Plan) -> HeaderValue {
    match plan.operation.access {
        Access::Public => KEPT,
        Access::Desk | Access::Door => HeaderValue::from_static("no-store"),
    }
}

/// Presents what came of an operation.
///
/// # Errors
/// `NOT_FOUND` or `GONE` where there is nothing.
pub(super) fn present(
    service: &Service,
    plan: &Plan,
    parts: &Parts,
    (document, chosen): (&Document, &Answer),
    data: Value,
) -> Result<Response, ApiError> {
    let mut found = data;
    for step in &document.steps {
        found = take(&mut found, step).unwrap_or_default();
    }
    if found == Value::Null {
        return Err(not_found(plan));
    }
    let mut headers = HeaderMap::new();
    let body = match chosen {
        Answer::Page(whole, item) => {
            let info = take(&mut found, "pageInfo").unwrap_or_default();
            let nodes = take(&mut found, "nodes").unwrap_or_default();
            let mut page = whole.present(found);
            set(&mut page, "items", each(nodes, |node| item.present(node)));
            let links = links_of_page(service, plan, parts, &info, &mut headers);
            set(&mut page, "links", links);
            page
        }
        Answer::List(item) => {
            let mut list = Value::Object(IndexMap::new());
            set(&mut list, "items", each(found, |each| item.present(each)));
            let here = address(service, parts.uri.path(), &pairs(parts));
            set(&mut list, "links", object([("self", Value::String(here))]));
            list
        }
        Answer::One(item) => {
            if let Some(moved) = moved(plan, parts, service, &mut found)? {
                return Ok(moved);
            }
            let version = take(&mut found, VERSION).or_else(|| made_version(&found));
            if let Some(locale) = text(take(&mut found, LOCALE)) {
                insert(&mut headers, header::CONTENT_LANGUAGE, &locale);
            }
            let one = item.present(found);
            if let Some((at, member)) = plan.operation.made
                && let Some(id) = below(&one, member).and_then(|made| below(made, "id"))
                && let Value::String(id) = id
            {
                insert(
                    &mut headers,
                    header::LOCATION,
                    &address(service, &format!("{at}/{id}"), &[]),
                );
            }
            return write(plan, parts, headers, &one, version.as_ref());
        }
    };
    write(plan, parts, headers, &body, None)
}

/// Writes JSON with its tag, or 304 to who has it already (RFC 9110, section 13.1.2).
fn write(
    plan: &Plan,
    parts: &Parts,
    mut headers: HeaderMap,
    body: &Value,
    version: Option<&Value>,
) -> Result<Response, ApiError> {
    let json = serde_json::to_vec(body).map_err(|error| {
        tracing::error!(%error, "an answer could not be written as JSON");
        ApiError::internal()
    })?;
    let is_read = plan.operation.verb == Verb::Get;
    let hash = || URL_SAFE_NO_PAD.encode(Sha256::digest(&json).get(..15).unwrap_or_default());
    // What changes with a version is known by it, and can be named in `If-Match`.
    let tag = match (version, is_read) {
        (Some(version), true) => Some(format!("\"{version}-{}\"", hash())),
        (Some(version), false) => Some(format!("\"{version}\"")),
        // What is known by no version cannot: a version does not begin so.
        (None, true) => Some(format!("\"x-{}\"", hash())),
        (None, false) => None,
    };
    if let Some(tag) = &tag {
        insert(&mut headers, header::ETAG, tag);
    }
    headers.insert(header::CACHE_CONTROL, kept(plan));
    if is_read && tag.is_some_and(|tag| names(&parts.headers, &tag)) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok((plan.operation.status(), headers, json).into_response())
}

/// Where what was asked for is at another address now, or is gone.
fn moved(plan: &Plan, parts: &Parts, service: &Service, found: &mut Value) -> Result<Option<Response>, ApiError> {
    if text(take(found, "__typename")).as_deref() == Some("Tombstone") {
        return Err(ApiError::gone(Removed {
            id: text(take(found, "uuid")).unwrap_or_default(),
            removed_at: text(take(found, "removedAt")).unwrap_or_default(),
            reason: text(take(found, "reason")).unwrap_or_default(),
        }));
    }
    let Some(slug) = text(take(found, SLUG)) else {
        return Ok(None);
    };
    let path = parts.uri.path();
    let (before, asked) = path.rsplit_once('/').unwrap_or_default();
    let asked = percent_encoding::percent_decode_str(asked).decode_utf8_lossy();
    if asked == slug || uuid::Uuid::try_parse(&asked).is_ok() {
        return Ok(None);
    }
    let location = address(service, &format!("{before}/{slug}"), &pairs(parts));
    let mut headers = HeaderMap::new();
    insert(&mut headers, header::LOCATION, &location);
    headers.insert(header::CACHE_CONTROL, kept(plan));
    Ok(Some((StatusCode::PERMANENT_REDIRECT, headers).into_response()))
}

/// The links of a page, in the body and as `Link` (RFC 8288).
fn links_of_page(service: &Service, plan: &Plan, parts: &Parts, info: &Value, headers: &mut HeaderMap) -> Value {
    let given = pairs(parts);
    let path = parts.uri.path();
    let turned = |flag: &str, cursor: &str, parameter: &str| match (below(info, flag), below(info, cursor)) {
        (Some(Value::Boolean(true)), Some(Value::String(cursor))) => {
            let mut pairs = given.clone();
            pairs.retain(|(name, _)| name != "after" && name != "before");
            pairs.push((parameter.to_owned(), cursor.clone()));
            Some(address(service, path, &pairs))
        }
        _ => None,
    };
    let next = turned("hasNextPage", "endCursor", "after");
    let can_turn_back = plan.paging.is_some_and(|paging| paging.backwards);
    let prev = can_turn_back
        .then(|| turned("hasPreviousPage", "startCursor", "before"))
        .flatten();
    let links = [
        ("self", Some(address(service, path, &given))),
        ("next", next),
        ("prev", prev),
    ];
    for (relation, address) in &links {
        if let Some(address) = address
            && let Ok(value) = HeaderValue::from_str(&format!("<{address}>; rel=\"{relation}\""))
        {
            headers.append(header::LINK, value);
        }
    }
    object(links.map(|(relation, address)| (relation, address.map_or(Value::Null, Value::String))))
}

/// An address of this API, as others see it.
fn address(service: &Service, path: &str, pairs: &[(String, String)]) -> String {
    let root = service
        .public_url
        .as_ref()
        .map_or("", Url::as_str)
        .trim_end_matches('/');
    let mut address = format!("{root}{path}");
    if !pairs.is_empty() {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        address.push('?');
        address.push_str(&query);
    }
    address
}

/// The parameters of a request's address, those that say nothing left out.
fn pairs(parts: &Parts) -> Vec<(String, String)> {
    form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
        .filter(|(_, value)| !value.trim().is_empty())
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

/// The error of REST's for one of GraphQL's, its paths as the request has them.
pub(super) fn refuse(plan: &Plan, error: ServerError) -> ApiError {
    let Some(ours) = error.source::<ApiError>().cloned() else {
        if error.source.is_some() || error.message.starts_with("Data `") {
            tracing::error!(message = error.message, "a resolver failed without a code");
            return ApiError::internal();
        }
        return ApiError::new(ErrorCode::ValidationFailed, error.message);
    };
    let is_stale = ours.code == ErrorCode::Conflict && ours.current.is_some();
    if is_stale && plan.names_version {
        return ours.with_status(StatusCode::PRECONDITION_FAILED);
    }
    if ours.fields.is_empty() {
        return ours;
    }
    let outside = |fault: FieldFault| FieldFault {
        path: outside(plan, &fault.path),
        ..fault
    };
    let fields: Vec<_> = ours.fields.into_iter().map(outside).collect();
    match fields.as_slice() {
        // The address leads to nothing.
        [fault] if fault.code == NO_TRANSLATION && plan.is_in_path(&fault.path) => {
            ApiError::new(ErrorCode::NotFound, format!("{}: {}", fault.path, fault.message))
        }
        _ => ApiError::validation(fields),
    }
}

/// What stands at a path of the schema's arguments, as the request has it.
fn outside(plan: &Plan, path: &str) -> String {
    for parameter in &plan.parameters {
        let inside = parameter.to.join(".");
        match path.strip_prefix(&inside) {
            Some("") => return parameter.name.clone(),
            Some(rest) if rest.starts_with('.') => return format!("{}{rest}", parameter.name),
            _ => {}
        }
    }
    match path {
        "first" | "last" => "limit".to_owned(),
        "input.version" => "If-Match".to_owned(),
        "input.idempotencyKey" => "Idempotency-Key".to_owned(),
        other => other.strip_prefix("input.").unwrap_or(other).to_owned(),
    }
}

fn not_found(plan: &Plan) -> ApiError {
    let message = match plan.operation.access {
        Access::Public => "There is nothing public at this address.",
        Access::Desk | Access::Door => "There is nothing at this address, or nothing that you may see.",
    };
    ApiError::new(ErrorCode::NotFound, message)
}

/// The version that a command has made.
fn made_version(payload: &Value) -> Option<Value> {
    let Value::Object(members) = payload else {
        return None;
    };
    let own = members.get("version");
    own.or_else(|| members.values().find_map(|member| below(member, "version")))
        .cloned()
}

fn take(value: &mut Value, name: &str) -> Option<Value> {
    match value {
        Value::Object(members) => members.swap_remove(name),
        _ => None,
    }
}

fn below<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match value {
        Value::Object(members) => members.get(name),
        _ => None,
    }
}

fn set(value: &mut Value, name: &str, member: Value) {
    if let Value::Object(members) = value {
        members.insert(Name::new(name), member);
    }
}

fn each(list: Value, present: impl Fn(Value) -> Value) -> Value {
    match list {
        Value::List(items) => Value::List(items.into_iter().map(present).collect()),
        other => other,
    }
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    let members = members.into_iter().map(|(name, value)| (Name::new(name), value));
    Value::Object(members.collect())
}

fn text(value: Option<Value>) -> Option<String> {
    match value {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// Sets a header, where that can be one.
fn insert(headers: &mut HeaderMap, name: http::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
