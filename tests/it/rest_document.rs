//! openapi.json is true: each of its examples is sent, and each answer is one that it describes.

use newsroom_tests::{Answer, Client, Kind, on_both};
use serde_json::Value;

use crate::archive::newsroom_with_seed;

on_both!(every_example_is_answered_as_the_document_says);

/// What is wrong with a value that a schema of the document describes; only what the document uses is known.
fn faults(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let schema = document.pointer(reference.trim_start_matches('#')).unwrap();
        return faults(document, schema, value, at, found);
    }
    if let Some(any) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        let fits = any.iter().any(|schema| {
            let mut found = Vec::new();
            faults(document, schema, value, at, &mut found);
            found.is_empty()
        });
        if !fits {
            found.push(format!("{at}: fits none of its schemas: {value}"));
        }
        return;
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !kinds.contains(&kind) {
        found.push(format!("{at}: {kind} where {kinds:?} is described"));
        return;
    }
    if let Some(values) = schema["enum"].as_array()
        && !values.contains(value)
    {
        found.push(format!("{at}: {value} is none of {values:?}"));
    }
    match (value, schema["format"].as_str()) {
        (Value::String(text), Some("uuid")) if uuid_like(text) => {}
        (Value::String(text), Some("uuid")) => found.push(format!("{at}: {text} is no UUID")),
        (Value::String(text), Some("date-time")) if !text.ends_with('Z') => {
            found.push(format!("{at}: {text} is not in UTC"));
        }
        _ => {}
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        faults(document, &schema["items"], item, &format!("{at}/{index}"), found);
    }
    for (name, member) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(name) {
            Some(schema) => faults(document, schema, member, &format!("{at}/{name}"), found),
            None => found.push(format!("{at}/{name} is not described")),
        }
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        if value.is_object() && value.get(name.as_str().unwrap()).is_none() {
            found.push(format!("{at}/{name} is missing"));
        }
    }
}

fn uuid_like(text: &str) -> bool {
    text.len() == 36 && text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
}

/// The address of an example.
fn address(path: &str, operation: &Value) -> String {
    let mut address = path.to_owned();
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap();
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match (parameter["in"].as_str(), &parameter["example"]) {
            (Some("path"), example) => address = address.replace(&format!("{{{name}}}"), &text(example)),
            (Some("query"), Value::Null) => {}
            (Some("query"), Value::Array(values)) => {
                query.append_pair(name, &values.iter().map(text).collect::<Vec<_>>().join(","));
            }
            (Some("query"), example) => {
                query.append_pair(name, &text(example));
            }
            _ => {}
        }
    }
    match query.finish() {
        query if query.is_empty() => address,
        query => format!("{address}?{query}"),
    }
}

/// Sends the example of an operation, and says what is wrong with its answer.
async fn send(
    client: &Client,
    document: &Value,
    (path, method, operation): (&str, &str, &Value),
) -> (Answer, Vec<String>) {
    let mut request = client.request(&method.to_uppercase(), &address(path, operation));
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        // With `If-None-Match` there might be no body to look at.
        if parameter["in"] == "header" && parameter["name"] != "If-None-Match" && parameter["name"] != "Idempotency-Key"
        {
            request = request.header(
                parameter["name"].as_str().unwrap(),
                parameter["example"].as_str().unwrap(),
            );
        }
    }
    let body = &operation["requestBody"]["content"]["application/json"];
    let mut found = Vec::new();
    if !body["example"].is_null() {
        faults(document, &body["schema"], &body["example"], "the example", &mut found);
        request = request
            .header("content-type", "application/json")
            .body(body["example"].to_string());
    }
    let answer = client.send(request).await;
    let mut described = &operation["responses"][answer.status.as_str()];
    if let Some(reference) = described["$ref"].as_str() {
        described = document.pointer(reference.trim_start_matches('#')).unwrap();
    }
    let media_type = answer.header("content-type");
    match described["content"].get(media_type) {
        Some(content) => faults(document, &content["schema"], &answer.body, "", &mut found),
        None => found.push(format!(
            "{} {media_type} is not described: {}",
            answer.status, answer.text
        )),
    }
    (answer, found)
}

async fn every_example_is_answered_as_the_document_says(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("admin@example.org", "administrator", &[]);
    let server = newsroom.serve().await;
    let document = server.client().get("/v1/openapi.json").await.body;
    let mut wrong = Vec::new();
    let (mut sent, mut went_well) = (0, 0);
    let mut operations: Vec<_> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| methods.as_object().unwrap().iter().map(move |(method, operation)| (path.as_str(), method.as_str(), operation)))
        // What other rooms answer has tests of its own.
        .filter(|(_, _, operation)| operation["x-graphql-field"].is_string())
        .collect();
    // What ends the session comes last, and reads come first.
    operations
        .sort_by_key(|(path, method, _)| (path.contains("sessions") || path.contains("password"), *method != "get"));
    let desk = server.client().signed_in("admin@example.org").await;
    for each in operations {
        let client = if each.0.starts_with("/v1/desk/") {
            &desk
        } else {
            server.client()
        };
        let (answer, found) = send(client, &document, each).await;
        sent += 1;
        went_well += usize::from(answer.status.is_success());
        wrong.extend(found.into_iter().map(|fault| format!("{} {}: {fault}", each.1, each.0)));
        let ours = answer.status.is_server_error() || answer.status.as_u16() == 400;
        let unread = answer.body["fields"].as_array().into_iter().flatten().filter(|fault| {
            matches!(
                fault["code"].as_str(),
                Some("MALFORMED" | "REQUIRED" | "UNKNOWN_MEMBER" | "UNKNOWN_PARAMETER" | "UNKNOWN")
            )
        });
        if ours || unread.count() > 0 {
            wrong.push(format!("{} {}: {} {}", each.1, each.0, answer.status, answer.text));
        }
        if each.1 == "get"
            && !address(each.0, each.2).contains("01934c00")
            && each.0 != "/v1/desk/edition-difference"
            && answer.status != 200
        {
            wrong.push(format!("{} {}: {} {}", each.1, each.0, answer.status, answer.text));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(sent > 80 && went_well > 25, "{went_well} of {sent} went well");
}
