//! GraphQL and the JSON API have the same: each root field, argument, input and member of the one has a twin in the other. What
//! has none is named here, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use newsroom_tests::{Kind, on_both};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;

on_both!(every_way_to_ask_by_graphql_has_its_twin_in_the_json_api);

/// Root fields that no operation is named by.
const FIELDS: [(&str, &str); 4] = [
    ("changes", "/v1/changes has them, with lines"),
    ("address", "getRelease answers with what is at a slug"),
    ("node", "each thing has an address of its own"),
    ("nodes", "each thing has an address of its own"),
];

/// Arguments that no parameter is named by.
const ARGUMENTS: [(&str, &str); 6] = [
    ("release.id", "it is in the path"),
    ("release.slug", "it is in the path"),
    ("office.slug", "it is in the path"),
    ("theme.slug", "it is in the path"),
    ("contentType.slug", "it is in the path"),
    ("last", "`before` asks for the last ones"),
];

/// Members of types that no answer has.
const MEMBERS: [(&str, &str); 10] = [
    ("deliveries", "listWebhookDeliveries"),
    ("uuid", "`id` is the UUID"),
    ("edges", "a page has `items` and `links`"),
    ("nodes", "a page has `items` and `links`"),
    ("pageInfo", "a page has `items` and `links`"),
    ("releases", "/v1/releases takes the slug as a filter"),
    ("editions", "listEditions"),
    ("translation", "getDeskTranslation"),
    ("original", "it is among the translations"),
    ("editionUuid", "`editionId`"),
];

const INTROSPECTION: &str = "{ __schema { queryType { fields { ...F } } mutationType { fields { ...F } }
    types { name kind fields { name } inputFields { name } } } }
  fragment F on __Field { name args { name type { ...T } } }
  fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

fn list<'a>(value: &'a Value, what: &str) -> &'a [Value] {
    value[what].as_array().map_or(&[], Vec::as_slice)
}

fn name(value: &Value) -> &str {
    value["name"].as_str().unwrap()
}

/// The name of a type, or of what it is a list of.
fn named(kind: &Value) -> &str {
    if kind["ofType"].is_null() {
        name(kind)
    } else {
        named(&kind["ofType"])
    }
}

fn is_excepted(exceptions: &[(&str, &str)], name: &str) -> bool {
    exceptions.iter().any(|(known, _)| *known == name)
}

/// The operations of the document, by the field of the schema that answers.
fn operations(document: &Value) -> BTreeMap<String, Vec<&Value>> {
    let mut by_field: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for path in document["paths"].as_object().unwrap().values() {
        for operation in path.as_object().unwrap().values() {
            if let Some(field) = operation["x-graphql-field"].as_str() {
                by_field.entry(field.to_owned()).or_default().push(operation);
            }
        }
    }
    by_field
}

/// What an operation takes, as the schema calls it: `filter.offices`, `input.text`.
fn taken(document: &Value, operation: &Value) -> BTreeSet<String> {
    let mut taken = BTreeSet::new();
    for parameter in list(operation, "parameters") {
        if let Some(argument) = parameter["x-graphql-argument"].as_str() {
            taken.insert(argument.to_owned());
        }
        match name(parameter) {
            "If-Match" => taken.insert("input.version".to_owned()),
            "Idempotency-Key" => taken.insert("input.idempotencyKey".to_owned()),
            _ => false,
        };
    }
    if let Some(body) = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str() {
        let body = document.pointer(body.trim_start_matches('#')).unwrap();
        taken.extend(
            body["properties"]
                .as_object()
                .unwrap()
                .keys()
                .map(|member| format!("input.{member}")),
        );
    }
    taken
}

async fn every_way_to_ask_by_graphql_has_its_twin_in_the_json_api(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    let schema = server.client().ask(INTROSPECTION, json!({})).await["__schema"].take();
    let document = server.client().get("/v1/openapi.json").await.body;
    let operations = operations(&document);
    let types: BTreeMap<&str, &Value> = list(&schema, "types").iter().map(|kind| (name(kind), kind)).collect();
    let mut missing = Vec::new();

    let roots = [&schema["queryType"], &schema["mutationType"]];
    for field in roots.iter().flat_map(|root| list(root, "fields")) {
        let Some(twins) = operations.get(name(field)) else {
            if !is_excepted(&FIELDS, name(field)) {
                missing.push(format!("no operation for {}", name(field)));
            }
            continue;
        };
        let taken: BTreeSet<_> = twins.iter().flat_map(|twin| taken(&document, twin)).collect();
        for argument in list(field, "args") {
            let fields = types
                .get(named(&argument["type"]))
                .map_or(&[][..], |kind| list(kind, "inputFields"));
            let paths: Vec<String> = if fields.is_empty() {
                vec![name(argument).to_owned()]
            } else {
                fields
                    .iter()
                    .map(|field| format!("{}.{}", name(argument), name(field)))
                    .collect()
            };
            for path in paths {
                let whole = format!("{}.{path}", name(field));
                if !taken.contains(&path) && !is_excepted(&ARGUMENTS, &whole) && !is_excepted(&ARGUMENTS, &path) {
                    missing.push(format!("no parameter for {whole}"));
                }
            }
        }
    }

    let mut members: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for component in document["components"]["schemas"].as_object().unwrap().values() {
        if let Some(of) = component["x-graphql-type"].as_str() {
            let given = component["properties"].as_object().unwrap().keys();
            members.entry(of).or_default().extend(given.map(String::as_str));
        }
    }
    for (of, given) in &members {
        for field in list(types[of], "fields") {
            let whole = format!("{of}.{}", name(field));
            if !given.contains(name(field)) && !is_excepted(&MEMBERS, name(field)) && !is_excepted(&MEMBERS, &whole) {
                missing.push(format!("no member for {whole}"));
            }
        }
    }
    assert!(
        members.len() > 50,
        "the document says of which types it is: {}",
        members.len()
    );
    assert_eq!(missing, Vec::<String>::new());

    // Nothing is excepted that has a twin.
    for (field, reason) in FIELDS {
        assert!(
            !operations.contains_key(field),
            "{field} has a twin, and is excepted: {reason}"
        );
    }
}
