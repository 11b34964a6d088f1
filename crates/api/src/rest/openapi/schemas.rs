//! The schemas of openapi.json: of shapes, of inputs, and of the values in both (JSON Schema 2020-12).

use std::collections::BTreeSet;

use async_graphql::parser::types::{BaseType, Type};
use serde_json::{Map, Value, json};

use super::super::{
    operation::Verb,
    plan::{Answer, Plan, said_outside},
    shape::Shape,
    types::{Input, Kind, Types, item, named},
    values::choice_in_address,
};

/// The schemas that are named so far.
pub(super) struct Schemas<'a> {
    types: &'a Types,
    named: Map<String, Value>,
    /// The shapes of which `fields` may ask for a part.
    sparse: BTreeSet<String>,
}

impl<'a> Schemas<'a> {
    pub(super) fn new(types: &'a Types, plans: &[Plan]) -> Self {
        let reads = plans.iter().filter(|plan| plan.operation.verb == Verb::Get);
        Self {
            types,
            named: Map::new(),
            sparse: reads.map(|plan| plan.answer.item().name.clone()).collect(),
        }
    }

    /// All of them.
    pub(super) fn finish(self) -> Map<String, Value> {
        self.named
    }

    /// What an operation answers with.
    pub(super) fn answer(&mut self, plan: &Plan) -> Value {
        let item = self.shape(plan.answer.item());
        let name = plan.answer.name();
        let (mut members, mut required) = match &plan.answer {
            Answer::One(_) => return item,
            Answer::Page(whole, _) => self.members(whole),
            Answer::List(_) => (Map::new(), Vec::new()),
        };
        let links = if matches!(plan.answer, Answer::Page(..)) {
            self.named.insert("PageLinks".to_owned(), page_links());
            json!({"$ref": "#/components/schemas/PageLinks"})
        } else {
            self.named.insert("ListLinks".to_owned(), list_links());
            json!({"$ref": "#/components/schemas/ListLinks"})
        };
        members.insert("items".to_owned(), json!({"type": "array", "items": item}));
        members.insert("links".to_owned(), links);
        required.extend(["items".to_owned(), "links".to_owned()]);
        let mut schema = json!({"type": "object", "properties": members, "required": required});
        if let Answer::Page(whole, _) = &plan.answer {
            schema["x-graphql-type"] = whole.of.as_str().into();
        }
        self.named.insert(name.clone(), schema);
        reference(&name)
    }

    fn shape(&mut self, shape: &Shape) -> Value {
        if !self.named.contains_key(&shape.name) {
            // Before what is below it, which may have it again.
            self.named.insert(shape.name.clone(), Value::Null);
            let (members, required) = self.members(shape);
            let said = self.types.get(&shape.of).map_or("", |known| &known.description);
            let mut schema =
                json!({"type": "object", "description": said, "properties": members, "x-graphql-type": shape.of});
            if !self.sparse.contains(&shape.name) {
                schema["required"] = required.into();
            }
            self.named.insert(shape.name.clone(), schema);
        }
        reference(&shape.name)
    }

    fn members(&mut self, shape: &Shape) -> (Map<String, Value>, Vec<String>) {
        let mut members = Map::new();
        let mut required = Vec::new();
        for field in &shape.fields {
            let of = match &field.below {
                Some(below) => self.shape(below),
                None => self.value(named(&field.kind)),
            };
            let schema = wrapped(&field.kind, &of);
            members.insert(field.key.clone(), described(schema, &said_outside(&field.description)));
            if !field.extra {
                required.push(field.key.clone());
            }
        }
        (members, required)
    }

    /// What a command takes as its body.
    pub(super) fn body(&mut self, plan: &Plan, input: &str) -> Value {
        let name = input.strip_suffix("Input").unwrap_or(input).to_owned() + "Body";
        let fields = plan.body.iter().map(|(name, input)| (name.clone(), input.clone()));
        let schema = self.object(&fields.collect::<Vec<_>>(), false);
        self.named.insert(name.clone(), schema);
        reference(&name)
    }

    fn object(&mut self, fields: &[(String, Input)], one_of: bool) -> Value {
        let mut members = Map::new();
        let mut required = Vec::new();
        for (name, input) in fields {
            let of = self.value(named(&input.kind));
            let mut schema = described(wrapped(&input.kind, &of), &said_outside(&input.description));
            if let (Some(default), Value::Object(schema)) = (&input.default, &mut schema) {
                schema.insert("default".to_owned(), serde_json::to_value(default).unwrap_or_default());
            }
            members.insert(name.clone(), schema);
            if !input.kind.nullable && input.default.is_none() {
                required.push(name.clone());
            }
        }
        let mut schema = json!({"type": "object", "properties": members, "additionalProperties": false});
        if !required.is_empty() {
            schema["required"] = required.into();
        }
        if one_of {
            schema["minProperties"] = 1.into();
            schema["maxProperties"] = 1.into();
        }
        schema
    }

    /// A value of a type, which is not null.
    fn value(&mut self, name: &str) -> Value {
        let types = self.types;
        let Some(known) = types.get(name) else {
            return scalar(name);
        };
        let schema = match &known.kind {
            Kind::Enum(values) => json!({"type": "string", "enum": values}),
            Kind::Input { fields, one_of } => {
                let fields = fields.iter().map(|(name, input)| (name.clone(), input.clone()));
                let fields: Vec<_> = fields.collect();
                if self.named.contains_key(name) {
                    return reference(name);
                }
                self.object(&fields, *one_of)
            }
            Kind::Object(_) | Kind::Other => return scalar(name),
        };
        let schema = described(schema, &known.description);
        self.named.insert(name.to_owned(), schema);
        reference(name)
    }

    /// A parameter of an address, whose choices are in small letters.
    pub(super) fn parameter(&mut self, input: &Input) -> Value {
        let name = named(&input.kind);
        let mut schema = match self.types.get(name).map(|known| &known.kind) {
            Some(Kind::Enum(values)) => {
                let values: Vec<_> = values.iter().map(|value| choice_in_address(value)).collect();
                json!({"type": "string", "enum": values})
            }
            _ => scalar(name),
        };
        if item(&input.kind).is_some() {
            schema = json!({"type": "array", "items": schema});
        }
        let default = input.default.as_ref().and_then(|default| match default {
            async_graphql::Value::Enum(value) => Some(Value::from(choice_in_address(value))),
            async_graphql::Value::Null => None,
            other => serde_json::to_value(other).ok(),
        });
        if let (Some(default), Value::Object(schema)) = (default, &mut schema) {
            schema.insert("default".to_owned(), default);
        }
        schema
    }
}

fn scalar(name: &str) -> Value {
    match name {
        "Int" => json!({"type": "integer", "format": "int32"}),
        "Long" => json!({"type": "integer", "format": "int64"}),
        "Boolean" => json!({"type": "boolean"}),
        "ID" | "UUID" => json!({"type": "string", "format": "uuid"}),
        "Date" => json!({"type": "string", "format": "date"}),
        "DateTime" => json!({"type": "string", "format": "date-time"}),
        "Locale" => json!({"type": "string", "description": "A language tag (RFC 5646), such as `en` or `sr-Latn`."}),
        _ => json!({"type": "string"}),
    }
}

/// A value of a type, lists and null included, where `of` is what its name stands for.
fn wrapped(kind: &Type, of: &Value) -> Value {
    let schema = match &kind.base {
        BaseType::Named(_) => of.clone(),
        BaseType::List(item) => json!({"type": "array", "items": wrapped(item, of)}),
    };
    if kind.nullable { or_null(schema) } else { schema }
}

fn or_null(mut schema: Value) -> Value {
    match schema.get("type") {
        Some(Value::String(kind)) => {
            schema["type"] = json!([kind, "null"]);
            schema
        }
        _ => json!({"anyOf": [schema, {"type": "null"}]}),
    }
}

fn described(mut schema: Value, said: &str) -> Value {
    if let Value::Object(members) = &mut schema
        && !said.is_empty()
    {
        members.insert("description".to_owned(), said.into());
    }
    schema
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn list_links() -> Value {
    json!({
        "type": "object", "description": "Where the list is.", "required": ["self"],
        "properties": {"self": {"type": "string", "format": "uri-reference", "description": "This list."}},
    })
}

fn page_links() -> Value {
    let link = |said: &str| json!({"type": ["string", "null"], "format": "uri-reference", "description": said});
    json!({
        "type": "object", "description": "Where this page is, and those beside it.", "required": ["self", "next", "prev"],
        "properties": {
            "self": {"type": "string", "format": "uri-reference", "description": "This page."},
            "next": link("The page behind this one; null where this is the last."),
            "prev": link("The page in front of this one; null where this is the first, and where the list is read forwards alone."),
        },
    })
}
