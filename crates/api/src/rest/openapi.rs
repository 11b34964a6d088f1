//! `openapi.json`: the JSON API as a document, made of the catalogue and the schema's types (OpenAPI 3.1.0).
//!
//! What other rooms answer with beside the catalogue they describe themselves; [`document`] takes that in.

use std::sync::{Arc, OnceLock};

use axum::{
    Router,
    extract::{Request, State},
    response::Response,
    routing::get,
};
use serde_json::{Map, Value, json};
use url::Url;
use utoipa::OpenApi;

use self::{
    answers::{answers, problems, refusals},
    schemas::Schemas,
};
use super::{
    operation::{Access, Finding, Verb},
    plan::{Answer, Parameter, Place, Plan},
    plans,
    types::Types,
};
use crate::{
    changes::FollowingDocument,
    conditional::Representation,
    error::{ApiError, ChangedBy, Current, FieldFault, Problem, Removed},
    graphql::schema_sdl,
    request_id::request_id,
};

mod answers;
mod schemas;

/// The version of OpenAPI that the document is in.
const VERSION: &str = "3.1.0";

const ABOUT: &str = "The releases of a newsroom as plain JSON, and its desk. The same as GraphQL at `/graphql` has, by the same rules.

- Items are read by pages: follow `links.next` until it is null, or the header `Link` (RFC 8288). Cursors stay good for ever.
- A parameter that is repeated means any of its values. One that is not known is refused by its name.
- `fields` names the members of an item that are wanted, `include` those that are given only where they are asked for.
- `id` is a UUID. Instants are in UTC (RFC 3339), days are of the newsroom's time zone.
- What cannot be answered is a problem (RFC 9457) with a `code` of a closed set.
- A command names the version that was seen, by `If-Match` with the `ETag` of what was read, and can be sent again under the same `Idempotency-Key`.";

/// What the catalogue does not have: the document itself, and what is answered in other rooms.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Newsroom",
        version = "1.0.0",
        license(name = "MIT OR Apache-2.0", url = "https://spdx.org/licenses/MIT.html")
    ),
    servers((url = "/", description = "This server")),
    components(schemas(Problem, FieldFault, Current, ChangedBy, Removed)),
    tags(
        (name = "Releases", description = "What the newsroom has published."),
        (name = "Newsroom", description = "What releases are filed under, and what the newsroom has settled."),
        (name = "Desk: releases", description = "Writing, translating, publishing, correcting, withdrawing."),
        (name = "Desk: schedule", description = "What goes live when."),
        (name = "Desk: newsroom", description = "Offices, themes, content types and rules."),
        (name = "Desk: sessions", description = "Getting to the desk."),
        (name = "Desk: webhooks", description = "Who is told of changes, and what came of it."),
        (name = "Desk: accounts", description = "Who may get there, and what they did."),
    )
)]
struct Frame;

/// The document as text, as `openapi.json` has it. It is the same for every configuration.
///
/// # Errors
/// Where the catalogue does not fit the schema; a test sees to it that it does.
pub fn openapi_json() -> Result<String, String> {
    text("")
}

/// The document of an API below a path.
fn text(below: &str) -> Result<String, String> {
    let types = Types::of(&schema_sdl()).map_err(|error| error.to_string())?;
    let plans = plans(&types)?;
    let mut document = document(&types, &plans)?;
    if !below.is_empty() {
        document["servers"][0]["url"] = below.into();
    }
    serde_json::to_string_pretty(&document).map_err(|error| error.to_string())
}

/// The document as it is served, made when it is first asked for.
#[derive(Debug)]
struct Served {
    /// The path that the API is below, without a slash at its end: a browser is at the same host.
    below: String,
    text: OnceLock<Result<Vec<u8>, String>>,
}

/// `/v1/openapi.json`, of an API whose address others see as this one.
pub(super) fn openapi_routes(public_url: Option<&Url>) -> Router {
    let below = public_url.map_or("", Url::path).trim_end_matches('/').to_owned();
    let served = Arc::new(Served {
        below,
        text: OnceLock::new(),
    });
    Router::new().route("/v1/openapi.json", get(serve)).with_state(served)
}

async fn serve(State(served): State<Arc<Served>>, request: Request) -> Response {
    let text = served.text.get_or_init(|| text(&served.below).map(String::into_bytes));
    match text {
        Ok(text) => Representation {
            media_type: "application/json",
            body: text.clone(),
            changed_at: None,
            kept: "public, max-age=300",
        }
        .answer(request.headers()),
        Err(error) => {
            tracing::error!(error, "the document of the JSON API cannot be made");
            ApiError::internal().into_problem(request_id(&request).as_deref())
        }
    }
}

fn document(types: &Types, plans: &[Plan]) -> Result<Value, String> {
    let frame = Frame::openapi().merge_from(FollowingDocument::openapi());
    let frame = serde_json::to_value(frame).map_err(|error| error.to_string())?;
    let Value::Object(mut document) = frame else {
        return Err("the frame is no object".to_owned());
    };
    document.insert("openapi".to_owned(), VERSION.into());
    if let Some(Value::Object(info)) = document.get_mut("info") {
        info.insert("description".to_owned(), ABOUT.into());
    }
    if let Some(Value::Object(paths)) = document.get_mut("paths") {
        for (_, path) in paths {
            complete(path);
        }
    }
    let mut schemas = Schemas::new(types, plans);
    let mut paths = Map::new();
    for plan in plans {
        let operation = operation(plan, &mut schemas);
        let path = paths.entry(plan.operation.path).or_insert_with(|| json!({}));
        if let Value::Object(path) = path {
            path.insert(plan.operation.verb.as_str().to_owned(), operation);
        }
    }
    merge(&mut document, "paths", paths);
    let mut components = match document.remove("components") {
        Some(Value::Object(components)) => components,
        _ => Map::new(),
    };
    merge(&mut components, "schemas", schemas.finish());
    components.insert("responses".to_owned(), Value::Object(problems()));
    components.insert(
        "securitySchemes".to_owned(),
        json!({
            "bearer": {"type": "http", "scheme": "bearer", "description": "An access token of `signIn` or of single sign-on, or an API key."},
            "preview": {"type": "apiKey", "in": "header", "name": "Preview-Token", "description": "The token of a preview."},
        }),
    );
    document.insert("components".to_owned(), Value::Object(components));
    Ok(Value::Object(document))
}

/// Adds to a read of another room what holds for all: that anybody may ask, and what may go wrong.
fn complete(path: &mut Value) {
    let operation = &mut path["get"];
    operation["security"] = json!([]);
    let is_endless = operation["tags"] == json!(["Streams"]);
    for parameter in operation["parameters"].as_array_mut().into_iter().flatten() {
        if parameter["in"] == "query" {
            // What is blank says nothing.
            parameter["allowEmptyValue"] = true.into();
        }
    }
    if let Value::Object(answers) = &mut operation["responses"] {
        answers.extend(refusals(is_endless));
    }
}

/// Adds members to those of an object.
fn merge(into: &mut Map<String, Value>, name: &str, more: Map<String, Value>) {
    if let Value::Object(members) = into.entry(name).or_insert_with(|| json!({})) {
        members.extend(more);
    }
}

fn operation(plan: &Plan, schemas: &mut Schemas<'_>) -> Value {
    let operation = &plan.operation;
    let security = match (operation.access, operation.finding) {
        (Access::Desk, _) => json!([{"bearer": []}]),
        (_, Finding::Release) => json!([{}, {"preview": []}]),
        (Access::Public | Access::Door, _) => json!([]),
    };
    let examples = Examples::of(plan);
    let mut parameters: Vec<Value> = plan
        .parameters
        .iter()
        .map(|parameter| parameter_of(plan, parameter, &examples, schemas))
        .collect();
    parameters.extend(paging(plan, &examples));
    parameters.extend(choosing(plan, &examples));
    parameters.extend(headers(plan));
    let mut described = json!({
        "operationId": operation.id,
        "tags": [operation.tag()],
        "summary": operation.summary,
        "description": plan.said(&plan.description),
        "x-graphql-field": operation.field,
        "security": security,
        "parameters": parameters,
        "responses": answers(plan, schemas),
    });
    if let (Some(input), false, Value::Object(members)) = (&plan.input, plan.body.is_empty(), &mut described) {
        let schema = schemas.body(plan, input);
        let required = plan
            .body
            .values()
            .any(|field| !field.kind.nullable && field.default.is_none());
        let mut content = json!({"schema": schema});
        if let (Ok(example), Value::Object(content)) = (serde_json::from_str::<Value>(operation.example), &mut content)
        {
            content.insert("example".to_owned(), example);
        }
        members.insert(
            "requestBody".to_owned(),
            json!({"required": required, "content": {"application/json": content}}),
        );
    }
    described
}

/// The values that an operation's example has in its address.
struct Examples(Vec<(String, String)>);

impl Examples {
    fn of(plan: &Plan) -> Self {
        if plan.operation.verb != Verb::Get {
            return Self(Vec::new());
        }
        let (path, query) = plan
            .operation
            .example
            .split_once('?')
            .unwrap_or((plan.operation.example, ""));
        let pattern = plan.operation.path.split('/');
        let named = pattern.zip(path.split('/')).filter_map(|(part, value)| {
            let name = part.strip_prefix('{')?.strip_suffix('}')?;
            Some((name.to_owned(), value.to_owned()))
        });
        let query = url::form_urlencoded::parse(query.as_bytes()).into_owned();
        Self(named.chain(query).collect())
    }

    fn put(&self, name: &str, parameter: &mut Value, read: impl Fn(&str) -> Value) {
        if let (Some((_, value)), Value::Object(parameter)) =
            (self.0.iter().find(|(known, _)| known == name), parameter)
        {
            parameter.insert("example".to_owned(), read(value));
        }
    }
}

fn parameter_of(plan: &Plan, parameter: &Parameter, examples: &Examples, schemas: &mut Schemas<'_>) -> Value {
    let input = &parameter.input;
    let is_path = parameter.place == Place::Path;
    let mut described = json!({
        "name": parameter.name,
        "in": if is_path { "path" } else { "query" },
        "required": is_path || (!input.kind.nullable && input.default.is_none()),
        "description": plan.said(&input.description),
        "x-graphql-argument": parameter.to.join("."),
        "schema": schemas.parameter(input),
    });
    if !is_path && !described["required"].as_bool().unwrap_or_default() {
        // What is blank says nothing.
        described["allowEmptyValue"] = true.into();
    }
    if is_path {
        let usual = match parameter.name.as_str() {
            "locale" => "en",
            _ => "01934c00-0000-7000-8000-000000000000",
        };
        described["example"] = usual.into();
    }
    examples.put(&parameter.name, &mut described, |value| match value {
        "true" | "false" => (value == "true").into(),
        _ if super::types::item(&input.kind).is_some() => json!([value]),
        _ => value.into(),
    });
    described
}

fn paging(plan: &Plan, examples: &Examples) -> Vec<Value> {
    let Some(paging) = plan.paging else {
        return Vec::new();
    };
    let query = |name: &str, description: String, schema: Value| {
        json!({
            "name": name, "in": "query", "required": false, "description": description, "schema": schema,
            "x-graphql-argument": if name == "limit" { "first" } else { name },
        })
    };
    let said = format!("How many: 1 to {}. Without, {}.", paging.most, paging.usual);
    let mut limit = query(
        "limit",
        said,
        json!({"type": "integer", "minimum": 1, "maximum": paging.most, "default": paging.usual}),
    );
    examples.put("limit", &mut limit, |value| {
        value.parse::<u64>().map_or(Value::Null, Value::from)
    });
    let mut parameters = vec![limit];
    let said = "of a link of this list in this order: only what comes";
    if paging.cursors {
        let said = format!("A cursor {said} behind it. Another is INVALID_CURSOR.");
        parameters.push(query("after", said, json!({"type": "string"})));
    }
    if paging.backwards {
        let said = format!("A cursor {said} in front of it, the last ones. Another is INVALID_CURSOR.");
        parameters.push(query("before", said, json!({"type": "string"})));
    }
    parameters
}

fn choosing(plan: &Plan, examples: &Examples) -> Vec<Value> {
    if plan.operation.verb != Verb::Get {
        return Vec::new();
    }
    let of = match plan.answer {
        Answer::One(_) => "the answer",
        _ => "each item",
    };
    let list = |name: &str, description: String, values: Vec<&str>| {
        let mut parameter = json!({
            "name": name, "in": "query", "required": false, "style": "form", "explode": false, "description": description,
            "schema": {"type": "array", "items": {"type": "string", "enum": values}},
        });
        examples.put(name, &mut parameter, |value| value.split(',').collect());
        parameter
    };
    let said =
        format!("The members of {of} that are wanted, with commas between them; by default those that are not extra.");
    let mut parameters = vec![list("fields", said, plan.answer.members())];
    let extras = plan.answer.extras();
    if !extras.is_empty() {
        let said =
            "What is wanted beside that, with commas between: members that are given only where they are asked for.";
        parameters.push(list("include", said.to_owned(), extras));
    }
    parameters
}

fn headers(plan: &Plan) -> Vec<Value> {
    let header = |name: &str, required: bool, description: &str, example: &str| {
        json!({
            "name": name, "in": "header", "required": required, "description": description,
            "schema": {"type": "string"}, "example": example,
        })
    };
    let mut headers = Vec::new();
    if plan.operation.verb == Verb::Get {
        let said = "The `ETag` of what you have: where that is still so, the answer is 304 and has no body.";
        headers.push(header("If-None-Match", false, said, "\"a-tag\""));
    }
    if plan.names_version {
        let said = "The version that you have seen: the `ETag` of what you have read. Without, PRECONDITION_REQUIRED; where there is a newer one, CONFLICT with status 412, whose `current` says which.";
        headers.push(header("If-Match", true, said, "\"3\""));
    }
    if plan.takes_key {
        let said = "A key of your own, so that the command can be sent again when no answer came: it is done once, and answered alike.";
        headers.push(header(
            "Idempotency-Key",
            false,
            said,
            "8e03978e-40d5-43e8-bc93-6894a57f9324",
        ));
    }
    headers
}
