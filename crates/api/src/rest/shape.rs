//! The shapes of answers: which fields of which type are given, from `shapes.graphql` and the schema's own types.

use std::{collections::HashMap, fmt::Write as _};

use async_graphql::{
    Name, Value as ConstValue,
    indexmap::IndexMap,
    parser::{
        parse_query,
        types::{self as ast, Selection, Type},
    },
};
use async_graphql_value::Value;

use super::types::{Kind, Types, item, named};

/// How far a shape that has itself below it is followed: the tree of themes is not as deep.
const DEEPEST: usize = 12;

/// The fields that an object is given with.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    /// What it is called in openapi.json.
    pub(super) name: String,
    /// The type of the schema that it is of.
    pub(super) of: String,
    pub(super) fields: Vec<Selected>,
}

/// A field that is given.
#[derive(Debug, Clone)]
pub(super) struct Selected {
    /// What it is called in the answer.
    pub(super) key: String,
    /// What it is called in the schema.
    pub(super) field: String,
    pub(super) arguments: Vec<(String, Value)>,
    pub(super) kind: Type,
    pub(super) description: String,
    /// Whether it is given only where it is asked for.
    pub(super) extra: bool,
    /// What is below it, where it is an object or a list of objects.
    pub(super) below: Option<Shape>,
}

/// The shapes that are written down.
pub(super) struct Shapes<'a> {
    types: &'a Types,
    written: HashMap<String, ast::FragmentDefinition>,
}

impl<'a> Shapes<'a> {
    /// Reads `shapes.graphql`.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub(super) fn read(types: &'a Types) -> Result<Self, String> {
        let document = parse_query(include_str!("shapes.graphql")).map_err(|error| error.to_string())?;
        let written = document.fragments.into_iter();
        Ok(Self {
            types,
            written: written
                .map(|(name, fragment)| (name.to_string(), fragment.node))
                .collect(),
        })
    }

    /// The shape of that name: one that is written down, or a type with all that it has.
    ///
    /// # Errors
    /// Where there is no such shape, or it does not fit the schema.
    pub(super) fn shape(&self, name: &str) -> Result<Shape, String> {
        self.at(name, 0)
    }

    fn at(&self, name: &str, depth: usize) -> Result<Shape, String> {
        match self.written.get(name) {
            Some(fragment) => self.written_down(name, fragment, depth),
            None => self.whole(name, depth),
        }
    }

    fn written_down(&self, name: &str, fragment: &ast::FragmentDefinition, depth: usize) -> Result<Shape, String> {
        let of = fragment.type_condition.node.on.node.to_string();
        let known = self.types.object(&of).ok_or_else(|| format!("{name}: no type {of}"))?;
        let mut fields = Vec::new();
        for selection in &fragment.selection_set.node.items {
            let Selection::Field(field) = &selection.node else {
                return Err(format!("{name}: only fields are given"));
            };
            let field = &field.node;
            let field_name = field.name.node.as_str();
            let definition = known
                .get(field_name)
                .ok_or_else(|| format!("{name}: no field {field_name}"))?;
            let below = field.selection_set.node.items.first().map(|below| match &below.node {
                Selection::FragmentSpread(spread) => Ok(spread.node.fragment_name.node.as_str()),
                _ => Err(format!("{name}.{field_name}: name the shape of what is below")),
            });
            let below = below.transpose()?.unwrap_or_else(|| named(&definition.kind));
            if below == name && depth >= DEEPEST {
                continue;
            }
            let arguments = field.arguments.iter();
            fields.push(Selected {
                key: field.response_key().node.to_string(),
                field: field_name.to_owned(),
                arguments: arguments
                    .map(|(name, value)| (name.node.to_string(), value.node.clone()))
                    .collect(),
                kind: definition.kind.clone(),
                description: definition.description.clone(),
                extra: field.directives.iter().any(|on| on.node.name.node == "extra"),
                below: self.below(&definition.kind, below, depth)?,
            });
        }
        let name = name.to_owned();
        Ok(Shape { name, of, fields })
    }

    /// A type with all that it has, but for lists by pages, what needs an argument, and identities that it has in `id` already.
    fn whole(&self, name: &str, depth: usize) -> Result<Shape, String> {
        let known = self.types.object(name).ok_or_else(|| format!("no shape {name}"))?;
        if depth > DEEPEST {
            return Err(format!("{name} has itself below it: write its shape down"));
        }
        let mut fields = Vec::new();
        for (key, field) in known {
            let type_name = named(&field.kind);
            let needs = field.arguments.values().any(|argument| !argument.kind.nullable);
            let is_doubled = key == "uuid" && known.contains_key("id");
            if needs
                || is_doubled
                || type_name.ends_with("Connection")
                || type_name == "PageInfo"
                || key == "edges"
                || key == "nodes"
            {
                continue;
            }
            fields.push(Selected {
                key: key.clone(),
                field: key.clone(),
                arguments: Vec::new(),
                kind: field.kind.clone(),
                description: field.description.clone(),
                extra: false,
                below: self.below(&field.kind, type_name, depth)?,
            });
        }
        let (name, of) = (name.to_owned(), name.to_owned());
        Ok(Shape { name, of, fields })
    }

    fn below(&self, kind: &Type, shape: &str, depth: usize) -> Result<Option<Shape>, String> {
        match self.types.get(named(kind)).map(|known| &known.kind) {
            Some(Kind::Object(_)) => self.at(shape, depth + 1).map(Some),
            _ => Ok(None),
        }
    }
}

impl Shape {
    /// The same with those of its fields alone that `keep` says.
    pub(super) fn with(&self, keep: impl Fn(&Selected) -> bool) -> Self {
        let fields = self.fields.iter().filter(|field| keep(field)).cloned();
        Self {
            name: self.name.clone(),
            of: self.of.clone(),
            fields: fields.collect(),
        }
    }

    /// The same with what is given anyway, here and below.
    pub(super) fn usual(&self) -> Self {
        let mut usual = self.with(|field| !field.extra);
        usual.prune_below();
        usual
    }

    /// Takes what is extra away below the fields, which nobody can ask for there.
    pub(super) fn prune_below(&mut self) {
        for below in self.fields.iter_mut().filter_map(|field| field.below.as_mut()) {
            *below = below.usual();
        }
    }

    /// Takes away what needs a variable that there is none of.
    pub(super) fn without_variables(&mut self, known: &dyn Fn(&str) -> bool) {
        for field in &mut self.fields {
            field.arguments.retain(|(_, value)| match value {
                Value::Variable(name) => known(name),
                _ => true,
            });
            if let Some(below) = &mut field.below {
                below.without_variables(known);
            }
        }
    }

    /// The variables that the shape needs.
    pub(super) fn variables(&self, into: &mut Vec<String>) {
        for field in &self.fields {
            for (_, value) in &field.arguments {
                if let Value::Variable(name) = value
                    && !into.iter().any(|known| known == name.as_str())
                {
                    into.push(name.to_string());
                }
            }
            if let Some(below) = &field.below {
                below.variables(into);
            }
        }
    }

    /// Writes the shape as a selection, with its braces left out.
    pub(super) fn write(&self, text: &mut String) {
        for field in &self.fields {
            let _infallible = write!(text, " {}: {}", field.key, field.field);
            if !field.arguments.is_empty() {
                let arguments = field.arguments.iter().map(|(name, value)| format!("{name}: {value}"));
                let _infallible = write!(text, "({})", arguments.collect::<Vec<_>>().join(", "));
            }
            if let Some(below) = &field.below {
                text.push_str(" {");
                below.write(text);
                text.push_str(" }");
            }
        }
    }

    /// An object of the schema as the API gives it: the fields of this shape, in its order, and plain UUIDs.
    pub(super) fn present(&self, value: ConstValue) -> ConstValue {
        let ConstValue::Object(mut given) = value else {
            return value;
        };
        let fields = self.fields.iter().map(|field| {
            let value = given.swap_remove(field.key.as_str()).unwrap_or_default();
            (Name::new(&field.key), field.present(&field.kind, value))
        });
        ConstValue::Object(fields.collect::<IndexMap<_, _>>())
    }
}

impl Selected {
    fn present(&self, kind: &Type, value: ConstValue) -> ConstValue {
        match (value, item(kind), &self.below) {
            (ConstValue::List(items), Some(kind), _) => {
                ConstValue::List(items.into_iter().map(|value| self.present(kind, value)).collect())
            }
            (value, _, Some(below)) => below.present(value),
            (ConstValue::String(id), _, None) if named(kind) == "ID" => ConstValue::String(plain_id(id)),
            (value, _, None) => value,
        }
    }
}

/// The UUID in a global id.
fn plain_id(id: String) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

    let decoded = URL_SAFE_NO_PAD.decode(&id).ok();
    let decoded = decoded.and_then(|decoded| String::from_utf8(decoded).ok());
    match decoded.as_deref().and_then(|decoded| decoded.rsplit_once(':')) {
        Some((_, uuid)) => uuid.to_owned(),
        None => id,
    }
}
