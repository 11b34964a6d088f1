//! The types of the schema, as its own text has them: what fields there are, what they take, and what is said of them.

use std::collections::HashMap;

use async_graphql::{
    Value,
    indexmap::IndexMap,
    parser::{
        parse_schema,
        types::{BaseType, FieldDefinition, InputValueDefinition, Type, TypeKind, TypeSystemDefinition},
    },
};

/// All types of a schema, by name.
#[derive(Debug, Default)]
pub(super) struct Types(HashMap<String, Described>);

/// A type, and what is said of it.
#[derive(Debug)]
pub(super) struct Described {
    pub(super) description: String,
    pub(super) kind: Kind,
}

/// What a type is.
#[derive(Debug)]
pub(super) enum Kind {
    Object(IndexMap<String, Field>),
    Input {
        fields: IndexMap<String, Input>,
        /// Whether exactly one of them is given.
        one_of: bool,
    },
    Enum(Vec<String>),
    /// A scalar, or what is never answered with by itself.
    Other,
}

/// A field of an object.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) description: String,
    pub(super) kind: Type,
    pub(super) arguments: IndexMap<String, Input>,
}

/// An argument, or a field of an input.
#[derive(Debug, Clone)]
pub(super) struct Input {
    pub(super) description: String,
    pub(super) kind: Type,
    pub(super) default: Option<Value>,
}

impl Types {
    /// Reads them from the schema's own text, the only way that async-graphql gives to them.
    ///
    /// # Errors
    /// Where the library can't parse what it printed.
    pub(super) fn of(sdl: &str) -> Result<Self, async_graphql::parser::Error> {
        let mut types = HashMap::new();
        for definition in parse_schema(sdl)?.definitions {
            let TypeSystemDefinition::Type(definition) = definition else {
                continue;
            };
            let definition = definition.node;
            let one_of = definition.directives.iter().any(|on| on.node.name.node == "oneOf");
            let kind = match definition.kind {
                TypeKind::Object(object) => {
                    Kind::Object(object.fields.into_iter().map(|field| read_field(field.node)).collect())
                }
                TypeKind::InputObject(input) => Kind::Input {
                    fields: input.fields.into_iter().map(|field| read_input(field.node)).collect(),
                    one_of,
                },
                TypeKind::Enum(values) => Kind::Enum(
                    values
                        .values
                        .into_iter()
                        .map(|value| value.node.value.node.to_string())
                        .collect(),
                ),
                TypeKind::Scalar | TypeKind::Interface(_) | TypeKind::Union(_) => Kind::Other,
            };
            let description = definition.description.map(|said| said.node).unwrap_or_default();
            types.insert(definition.name.node.to_string(), Described { description, kind });
        }
        Ok(Self(types))
    }

    /// The type of that name.
    pub(super) fn get(&self, name: &str) -> Option<&Described> {
        self.0.get(name)
    }

    /// The fields of the object of that name.
    pub(super) fn object(&self, name: &str) -> Option<&IndexMap<String, Field>> {
        match &self.get(name)?.kind {
            Kind::Object(fields) => Some(fields),
            _ => None,
        }
    }

    /// The fields of the input of that name.
    pub(super) fn input(&self, name: &str) -> Option<&IndexMap<String, Input>> {
        match &self.get(name)?.kind {
            Kind::Input { fields, .. } => Some(fields),
            _ => None,
        }
    }
}

fn read_field(field: FieldDefinition) -> (String, Field) {
    let arguments = field.arguments.into_iter().map(|argument| read_input(argument.node));
    let read = Field {
        description: field.description.map(|said| said.node).unwrap_or_default(),
        kind: field.ty.node,
        arguments: arguments.collect(),
    };
    (field.name.node.to_string(), read)
}

fn read_input(input: InputValueDefinition) -> (String, Input) {
    let read = Input {
        description: input.description.map(|said| said.node).unwrap_or_default(),
        kind: input.ty.node,
        default: input.default_value.map(|value| value.node),
    };
    (input.name.node.to_string(), read)
}

/// The name of a type, or of what it is a list of.
pub(super) fn named(kind: &Type) -> &str {
    match &kind.base {
        BaseType::Named(name) => name,
        BaseType::List(item) => named(item),
    }
}

/// What a type is a list of.
pub(super) fn item(kind: &Type) -> Option<&Type> {
    match &kind.base {
        BaseType::Named(_) => None,
        BaseType::List(item) => Some(item),
    }
}
