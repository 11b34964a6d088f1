//! Reading values: from the words of an address and from the JSON of a body, as the schema's types have them.

use async_graphql::{
    Name, Value,
    indexmap::IndexMap,
    parser::types::{BaseType, Type},
};
use newsroom_domain::{Day, Instant, Locale};
use serde_json::Value as Json;
use uuid::Uuid;

use super::types::{Input, Kind, Types, named};
use crate::error::FieldFault;

/// Reads a word of an address.
///
/// # Errors
/// What it should be, where it cannot be that.
pub(super) fn read_word(types: &Types, kind: &Type, word: &str) -> Result<Value, String> {
    let name = named(kind);
    match name {
        "Int" => word
            .parse::<i32>()
            .map(Value::from)
            .map_err(|_| "give a whole number".to_owned()),
        "Boolean" => match word {
            "true" | "1" => Ok(Value::Boolean(true)),
            "false" | "0" => Ok(Value::Boolean(false)),
            _ => Err("give true or false".to_owned()),
        },
        _ => match types.get(name).map(|known| &known.kind) {
            // Small letters and hyphens are an address's; capitals and underscores the schema's.
            Some(Kind::Enum(values)) => read_choice(values, &word.to_ascii_uppercase().replace('-', "_"))
                .ok_or_else(|| one_of(values.iter().map(|value| choice_in_address(value)))),
            _ => check_scalar(name, word).map(|()| Value::from(word)),
        },
    }
}

/// A value of an enumeration as addresses have it.
pub(super) fn choice_in_address(value: &str) -> String {
    value.to_ascii_lowercase().replace('_', "-")
}

fn read_choice(values: &[String], given: &str) -> Option<Value> {
    let value = values.iter().find(|value| *value == given)?;
    Some(Value::Enum(Name::new(value)))
}

fn one_of(values: impl Iterator<Item = String>) -> String {
    format!("give one of {}", values.collect::<Vec<_>>().join(", "))
}

/// Lets a text pass that is what a scalar of that name is.
fn check_scalar(name: &str, text: &str) -> Result<(), String> {
    match name {
        "Locale" => text.parse::<Locale>().map(drop).map_err(|error| error.to_string()),
        "Date" => text.parse::<Day>().map(drop).map_err(|error| error.to_string()),
        "DateTime" => text.parse::<Instant>().map(drop).map_err(|error| error.to_string()),
        "UUID" => Uuid::try_parse(text).map(drop).map_err(|_| "give a UUID".to_owned()),
        _ => Ok(()),
    }
}

/// Reads the members of a JSON object as the fields of an input, and notes all faults.
pub(super) struct Reading<'a> {
    pub(super) types: &'a Types,
    pub(super) faults: Vec<FieldFault>,
}

impl Reading<'_> {
    /// Reads an object with these fields, which stands at `path`.
    pub(super) fn fields(
        &mut self,
        path: &str,
        fields: &IndexMap<String, Input>,
        given: serde_json::Map<String, Json>,
    ) -> IndexMap<Name, Value> {
        let mut read = IndexMap::new();
        for (name, value) in given {
            let at = join(path, &name);
            if let Some(input) = fields.get(&name) {
                let value = self.value(&at, &input.kind, value);
                read.insert(Name::new(name), value);
            } else {
                let known = fields.keys().map(String::as_str).collect::<Vec<_>>();
                let message = if known.is_empty() {
                    "there is no such member here: none is taken".to_owned()
                } else {
                    format!("there is no such member here; there are: {}", known.join(", "))
                };
                self.fault(&newsroom_domain::text::excerpt(&at), "UNKNOWN_MEMBER", message);
            }
        }
        for (name, input) in fields {
            if !input.kind.nullable && input.default.is_none() && !read.contains_key(name.as_str()) {
                self.fault(&join(path, name), "REQUIRED", "give this member");
            }
        }
        read
    }

    fn value(&mut self, path: &str, kind: &Type, value: Json) -> Value {
        if value.is_null() {
            if !kind.nullable {
                self.fault(path, "REQUIRED", "it must not be null");
            }
            return Value::Null;
        }
        let name = match &kind.base {
            BaseType::Named(name) => name.as_str(),
            BaseType::List(item) => {
                let Json::Array(items) = value else {
                    return self.wrong(path, "give a list");
                };
                let items = items.into_iter().enumerate();
                return Value::List(
                    items
                        .map(|(index, value)| self.value(&join(path, &index.to_string()), item, value))
                        .collect(),
                );
            }
        };
        match (self.types.get(name).map(|known| &known.kind), value) {
            (Some(Kind::Input { fields, one_of }), Json::Object(given)) => {
                if *one_of && given.len() != 1 {
                    return self.wrong(path, "give exactly one of its members");
                }
                Value::Object(self.fields(path, fields, given))
            }
            (Some(Kind::Input { .. }), _) => self.wrong(path, "give an object"),
            (Some(Kind::Enum(values)), Json::String(given)) => match read_choice(values, &given) {
                Some(value) => value,
                None => self.wrong(path, &one_of(values.iter().cloned())),
            },
            (Some(Kind::Enum(values)), _) => self.wrong(path, &one_of(values.iter().cloned())),
            (_, value) => self.scalar(path, name, value),
        }
    }

    fn scalar(&mut self, path: &str, name: &str, value: Json) -> Value {
        match (name, value) {
            ("Boolean", Json::Bool(value)) => Value::Boolean(value),
            ("Boolean", _) => self.wrong(path, "give true or false"),
            ("Int", Json::Number(number)) if number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()) => {
                Value::Number(number)
            }
            ("Long", Json::Number(number)) if number.is_i64() || number.is_u64() => Value::Number(number),
            ("Int" | "Long", _) => self.wrong(path, "give a whole number"),
            (_, Json::String(text)) => match check_scalar(name, &text) {
                Ok(()) => Value::String(text),
                Err(message) => self.wrong(path, &message),
            },
            _ => self.wrong(path, "give a text"),
        }
    }

    fn wrong(&mut self, path: &str, message: &str) -> Value {
        self.fault(path, "MALFORMED", message);
        Value::Null
    }

    fn fault(&mut self, path: &str, code: &str, message: impl Into<String>) {
        self.faults.push(FieldFault::new(path, code, message));
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}
