//! The GraphQL document that an operation comes to, with what was asked for alone.

use std::fmt::Write as _;

use async_graphql::{Name, Value, indexmap::IndexMap};
use uuid::Uuid;

use super::{
    operation::{Finding, Verb},
    plan::{Answer, Plan},
    request::Asked,
    types::Types,
};
use crate::graphql::global_entry_id;

/// Members that are asked for beside those that are given: what an answer's headers are made of.
pub(super) const SLUG: &str = "slugNow";
pub(super) const LOCALE: &str = "localeShown";
pub(super) const VERSION: &str = "versionNow";

/// How to get at the answer in what the document gives.
pub(super) struct Document {
    pub(super) text: String,
    /// The fields that lead to the answer.
    pub(super) steps: Vec<String>,
}

/// Writes the document. What it needs beside what was given is added to the variables.
pub(super) fn write(plan: &Plan, types: &Types, asked: &mut Asked) -> Document {
    let selection = selection(plan, types, &asked.chosen);
    let mut definitions = Vec::new();
    for name in asked.chosen.variables() {
        let Some(parameter) = plan.parameters.iter().find(|known| known.to == [name.clone()]) else {
            continue;
        };
        definitions.push((name.clone(), parameter.input.kind.to_string()));
        let nothing = parameter.input.default.clone().unwrap_or_default();
        asked.variables.entry(Name::new(name)).or_insert(nothing);
    }
    let found = asked_for(plan, &asked.variables);
    let (fields, closing, steps) = match (plan.operation.finding, found) {
        (Finding::Plain, _) | (_, None) => plain(plan, &asked.variables, &mut definitions),
        (Finding::Release, Some(Ok(id))) => {
            define(&mut asked.variables, &mut definitions, "id", "ID!", id.to_string());
            let arguments = with_locale("id: $id", &asked.variables, &mut definitions);
            (format!("release({arguments}) {{"), " }", vec!["release".to_owned()])
        }
        (Finding::Release, Some(Err(slug))) => {
            define(&mut asked.variables, &mut definitions, "slug", "String!", slug);
            let arguments = with_locale("slug: $slug", &asked.variables, &mut definitions);
            let head = format!(
                "address({arguments}) {{ __typename ... on Redirect {{ {SLUG}: slug }} ... on Tombstone {{ uuid removedAt reason }} ... on Release {{"
            );
            (head, " } }", vec!["address".to_owned()])
        }
        (Finding::Entry(kind), Some(Ok(id))) => {
            define(
                &mut asked.variables,
                &mut definitions,
                "id",
                "ID!",
                global_entry_id(kind, id),
            );
            (
                format!("node(id: $id) {{ ... on {kind} {{"),
                " } }",
                vec!["node".to_owned()],
            )
        }
        (Finding::Entry(_), Some(Err(slug))) => {
            define(&mut asked.variables, &mut definitions, "slug", "String!", slug);
            let field = plan.operation.field;
            (format!("{field}(slug: $slug) {{"), " }", vec![field.to_owned()])
        }
    };
    let kind = if plan.operation.verb == Verb::Get {
        "query"
    } else {
        "mutation"
    };
    let mut text = kind.to_owned();
    if !definitions.is_empty() {
        let definitions = definitions.iter().map(|(name, kind)| format!("${name}: {kind}"));
        let _infallible = write!(text, "({})", definitions.collect::<Vec<_>>().join(", "));
    }
    let _infallible = write!(text, " {{ {fields}{selection}{closing} }}");
    Document { text, steps }
}

/// What the path names: an identity, or a slug.
fn asked_for(plan: &Plan, variables: &IndexMap<Name, Value>) -> Option<Result<Uuid, String>> {
    let name = plan.parameters.first()?.to.first()?;
    match variables.get(name.as_str())? {
        Value::String(text) => Some(Uuid::try_parse(text).map_err(|_| text.clone())),
        _ => None,
    }
}

fn define(
    variables: &mut IndexMap<Name, Value>,
    definitions: &mut Vec<(String, String)>,
    name: &str,
    kind: &str,
    value: String,
) {
    variables.insert(Name::new(name), value.into());
    definitions.push((name.to_owned(), kind.to_owned()));
}

fn with_locale(arguments: &str, variables: &IndexMap<Name, Value>, definitions: &mut Vec<(String, String)>) -> String {
    if !variables.contains_key("locale") {
        return arguments.to_owned();
    }
    if !definitions.iter().any(|(name, _)| name == "locale") {
        definitions.push(("locale".to_owned(), "Locale".to_owned()));
    }
    format!("{arguments}, locale: $locale")
}

/// The fields of the row, one within the other, with those arguments that were given.
fn plain(
    plan: &Plan,
    variables: &IndexMap<Name, Value>,
    definitions: &mut Vec<(String, String)>,
) -> (String, &'static str, Vec<String>) {
    let mut fields = Vec::new();
    for (field, arguments) in &plan.steps {
        let mut given = Vec::new();
        for (name, kind) in arguments {
            if !variables.contains_key(name.as_str()) {
                continue;
            }
            given.push(format!("{name}: ${name}"));
            if !definitions.iter().any(|(known, _)| known == name) {
                definitions.push((name.clone(), kind.to_string()));
            }
        }
        let arguments = if given.is_empty() {
            String::new()
        } else {
            format!("({})", given.join(", "))
        };
        fields.push(format!("{field}{arguments} {{"));
    }
    let closing = match fields.len() {
        1 => " }",
        2 => " } }",
        _ => " } } }",
    };
    (
        fields.join(" "),
        closing,
        plan.steps.iter().map(|(field, _)| field.clone()).collect(),
    )
}

fn selection(plan: &Plan, types: &Types, chosen: &Answer) -> String {
    let mut text = String::new();
    match chosen {
        Answer::Page(whole, item) => {
            whole.write(&mut text);
            text.push_str(" pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes {");
            item.write(&mut text);
            text.push_str(" }");
        }
        Answer::List(item) => item.write(&mut text),
        Answer::One(item) => {
            item.write(&mut text);
            for (key, field) in beside(plan, types, &item.of) {
                let _infallible = write!(text, " {key}: {field}");
            }
        }
    }
    text
}

/// What is asked for of a thing beside what is given of it.
fn beside(plan: &Plan, types: &Types, of: &str) -> Vec<(&'static str, &'static str)> {
    let mut beside = Vec::new();
    if types.object(of).is_some_and(|fields| fields.contains_key("version")) {
        beside.push((VERSION, "version"));
    }
    if plan.operation.finding != Finding::Plain {
        beside.push((SLUG, "slug"));
    }
    if plan.operation.finding == Finding::Release {
        beside.push((LOCALE, "locale"));
    }
    beside
}
