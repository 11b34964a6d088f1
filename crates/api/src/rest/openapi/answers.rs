//! The answers of operations in openapi.json, those that go wrong among them.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    super::{
        operation::{Access, Finding, Verb},
        plan::{Answer, Plan},
    },
    schemas::Schemas,
};
use crate::error::ErrorCode;

/// What goes wrong, by status: the name of the answer, and the codes that it may have.
const PROBLEMS: [(u16, &str, &[ErrorCode]); 18] = [
    (400, "BadRequest", &[ErrorCode::BadRequest, ErrorCode::InvalidCursor]),
    (401, "Unauthenticated", &[ErrorCode::Unauthenticated]),
    (403, "Forbidden", &[ErrorCode::Forbidden]),
    (404, "NotFound", &[ErrorCode::NotFound]),
    (408, "BodyTimeout", &[ErrorCode::Timeout]),
    (409, "Conflict", &[ErrorCode::Conflict]),
    (410, "Gone", &[ErrorCode::Gone]),
    (412, "PreconditionFailed", &[ErrorCode::Conflict]),
    (413, "PayloadTooLarge", &[ErrorCode::PayloadTooLarge]),
    (414, "UriTooLong", &[ErrorCode::UriTooLong]),
    (415, "UnsupportedMediaType", &[ErrorCode::UnsupportedMediaType]),
    (
        422,
        "ValidationFailed",
        &[ErrorCode::ValidationFailed, ErrorCode::IdempotencyKeyReused],
    ),
    (428, "PreconditionRequired", &[ErrorCode::PreconditionRequired]),
    (429, "RateLimited", &[ErrorCode::RateLimited]),
    (431, "HeadersTooLarge", &[ErrorCode::HeadersTooLarge]),
    (500, "Internal", &[ErrorCode::Internal]),
    (503, "Unavailable", &[ErrorCode::Unavailable, ErrorCode::Timeout]),
    (507, "StorageFull", &[ErrorCode::StorageFull]),
];

/// The problems, each once.
pub(super) fn problems() -> Map<String, Value> {
    let problems = PROBLEMS.into_iter().map(|(status, name, codes)| {
        let meanings = codes.iter().map(|code| format!("`{}`: {}", code.wire(), code.meaning()));
        let mut problem = json!({
            "description": meanings.collect::<Vec<_>>().join("\n\n"),
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        });
        let said = |header: &str, description: &str| json!({header: {"description": description, "schema": {"type": "string"}}});
        match status {
            401 => problem["headers"] = said("WWW-Authenticate", "What credentials are wanted (RFC 6750)."),
            429 | 503 => problem["headers"] = said("Retry-After", "The seconds after which to try again."),
            _ => {}
        }
        (name.to_owned(), problem)
    });
    problems.collect()
}

/// What may go wrong with a read that anybody may ask for; of a stream also that there are too many.
pub(super) fn refusals(of_a_stream: bool) -> Map<String, Value> {
    let statuses = [400, 401, 414, 422, 431, 500, 503];
    let too_many = of_a_stream.then_some(429);
    statuses.into_iter().chain(too_many).filter_map(problem).collect()
}

/// A problem's status, with where the document says what it is.
fn problem(status: u16) -> Option<(String, Value)> {
    let (_, name, _) = PROBLEMS.iter().find(|(known, ..)| *known == status)?;
    let reference = json!({"$ref": format!("#/components/responses/{name}")});
    Some((status.to_string(), reference))
}

/// The answers of an operation.
pub(super) fn answers(plan: &Plan, schemas: &mut Schemas<'_>) -> Map<String, Value> {
    let mut answers = Map::new();
    let operation = &plan.operation;
    let status = operation.status();
    let said = match (status, &plan.answer) {
        (StatusCode::CREATED, _) => "It is made.",
        (_, Answer::Page(..)) => "A page.",
        (_, Answer::List(_)) => "The whole list.",
        (_, Answer::One(_)) if operation.verb == Verb::Get => "What is there.",
        (_, Answer::One(_)) => "It is done.",
    };
    let done = json!({
        "description": said,
        "headers": headers(plan),
        "content": {"application/json": {"schema": schemas.answer(plan)}},
    });
    answers.insert(status.as_u16().to_string(), done);
    if operation.verb == Verb::Get {
        answers.insert(
            "304".to_owned(),
            json!({"description": "What you have, by `If-None-Match`, is still so."}),
        );
    }
    if operation.finding != Finding::Plain {
        let location = json!({"Location": {"description": "Where it is now.", "schema": {"type": "string", "format": "uri-reference"}}});
        answers.insert(
            "308".to_owned(),
            json!({"description": "It has another slug now: ask there, from now on.", "headers": location}),
        );
    }
    answers.extend(statuses(plan).into_iter().filter_map(problem));
    answers
}

fn headers(plan: &Plan) -> Value {
    let header = |said: &str| json!({"description": said, "schema": {"type": "string"}});
    let mut headers = Map::new();
    let is_read = plan.operation.verb == Verb::Get;
    if is_read {
        headers.insert("ETag".to_owned(), header("The answer's tag, for `If-None-Match`; begins with the version where there is one, and is then good for `If-Match`."));
    } else if plan.operation.verb != Verb::Delete && (plan.names_version || plan.operation.made.is_some()) {
        headers.insert(
            "ETag".to_owned(),
            header("The version that there is now, for `If-Match`."),
        );
    }
    if matches!(plan.answer, Answer::Page(..)) {
        headers.insert(
            "Link".to_owned(),
            header("This page and those beside it, by `rel` (RFC 8288)."),
        );
    }
    if plan.operation.finding == Finding::Release {
        headers.insert("Content-Language".to_owned(), header("The locale that is shown."));
    }
    if plan.operation.made.is_some() {
        headers.insert("Location".to_owned(), header("Where it is."));
    }
    Value::Object(headers)
}

/// The statuses of what may go wrong.
fn statuses(plan: &Plan) -> Vec<u16> {
    // Credentials that do not hold are refused wherever they are sent.
    let mut statuses = vec![400, 401, 414, 422, 431, 500, 503];
    let operation = &plan.operation;
    let is_command = operation.verb != Verb::Get;
    if plan.nullable || is_command || operation.finding != Finding::Plain {
        statuses.push(404);
    }
    if operation.finding == Finding::Release {
        statuses.push(410);
    }
    if operation.access != Access::Public {
        statuses.push(403);
    }
    if is_command {
        statuses.extend([408, 409, 413, 415, 507]);
    }
    if plan.names_version {
        statuses.extend([412, 428]);
    }
    if operation.access == Access::Door || operation.path.contains("password") {
        statuses.push(429);
    }
    statuses.sort_unstable();
    statuses
}
