//! Completing `data` as the GraphQL specification wants it, where async-graphql 7.2.1 leaves it short.
//!
//! Its executor (`resolver_utils/container.rs`, `do_resolve_container`)
//! - leaves a field that failed out, where the specification wants `null`, and lets a failed non-null field's parent stand
//!   (section 6.4.4 "Handling Field Errors": the nearest nullable parent becomes null);
//! - gives fields in the order in which they were ready, where the order of the document is wanted (section 6.2.2; answers
//!   that differ from run to run make caches and validators miss);
//! - gives null for an object whose fields were all skipped, where it is `{}`. Only where the type is non-null can that be
//!   told from a real null, so only there is it put right.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

use async_graphql::{
    Name, PathSegment, Response, Value,
    indexmap::IndexMap,
    parser::{
        parse_schema,
        types::{
            BaseType, ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet, Type, TypeKind,
            TypeSystemDefinition,
        },
    },
};

/// The types of all fields of a schema.
#[derive(Debug, Default)]
pub(crate) struct Shapes {
    roots: [Option<String>; 3],
    fields: HashMap<String, HashMap<String, Type>>,
}

impl Shapes {
    /// Reads them from the schema's own text, the only way that async-graphql gives to them.
    ///
    /// # Errors
    /// Where the library can't parse what it printed.
    pub(crate) fn of(sdl: &str) -> Result<Self, async_graphql::parser::Error> {
        let mut shapes = Self::default();
        for definition in parse_schema(sdl)?.definitions {
            match definition {
                TypeSystemDefinition::Schema(schema) => {
                    let roots = [schema.node.query, schema.node.mutation, schema.node.subscription];
                    shapes.roots = roots.map(|root| root.map(|name| name.node.to_string()));
                }
                TypeSystemDefinition::Type(kind) => {
                    let fields = match kind.node.kind {
                        TypeKind::Object(object) => object.fields,
                        TypeKind::Interface(interface) => interface.fields,
                        _ => continue,
                    };
                    let fields = fields
                        .into_iter()
                        .map(|field| (field.node.name.node.to_string(), field.node.ty.node))
                        .collect();
                    shapes.fields.insert(kind.node.name.node.to_string(), fields);
                }
                TypeSystemDefinition::Directive(_) => {}
            }
        }
        Ok(shapes)
    }
}

/// The fields that a selection asks for, by response key, in the document's order, those of all fragments together.
#[derive(Default)]
struct Plan<'a> {
    kind: Option<&'a Type>,
    keys: IndexMap<&'a str, Self>,
}

impl<'a> Plan<'a> {
    fn collect(
        &mut self,
        (document, shapes): (&'a ExecutableDocument, &'a Shapes),
        parent: Option<&'a str>,
        set: &'a SelectionSet,
    ) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let kind = parent.and_then(|parent| shapes.fields.get(parent)?.get(field.node.name.node.as_str()));
                    let below = self.keys.entry(field.node.response_key().node.as_str()).or_default();
                    below.kind = below.kind.or(kind);
                    below.collect((document, shapes), kind.map(named), &field.node.selection_set.node);
                }
                Selection::InlineFragment(inline) => {
                    let condition = inline
                        .node
                        .type_condition
                        .as_ref()
                        .map(|condition| condition.node.on.node.as_str());
                    self.collect(
                        (document, shapes),
                        condition.or(parent),
                        &inline.node.selection_set.node,
                    );
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                        let condition = fragment.node.type_condition.node.on.node.as_str();
                        self.collect((document, shapes), Some(condition), &fragment.node.selection_set.node);
                    }
                }
            }
        }
    }

    /// How many segments of a failed field's path lead to what becomes null; 0 is `data` itself.
    fn null_at(&self, path: &[PathSegment]) -> usize {
        let (mut plan, mut kind, mut nullable) = (self, None, 0);
        for (segment, length) in path.iter().zip(1..) {
            kind = match segment {
                PathSegment::Index(_) => kind.and_then(item),
                PathSegment::Field(key) => match plan.keys.get(key.as_str()) {
                    Some(below) => {
                        plan = below;
                        below.kind
                    }
                    None => return length,
                },
            };
            // What is not known, such as the introspection's own types, is taken for nullable.
            if kind.is_none_or(|kind| kind.nullable) {
                nullable = length;
            }
        }
        nullable
    }

    /// Puts fields in order, and an empty object where a non-null one has no fields left.
    fn put_in_order(&self, kind: Option<&Type>, value: &mut Value) {
        match value {
            _ if self.keys.is_empty() => {}
            Value::List(items) => items
                .iter_mut()
                .for_each(|each| self.put_in_order(kind.and_then(item), each)),
            Value::Null if kind.is_some_and(|kind| !kind.nullable && item(kind).is_none()) => {
                *value = Value::Object(IndexMap::new());
            }
            Value::Object(fields) => {
                let place = |key: &Name| self.keys.get_index_of(key.as_str());
                if !fields.keys().is_sorted_by_key(place) {
                    fields.sort_by(|one, _, other, _| place(one).cmp(&place(other)));
                }
                for (key, value) in fields {
                    if let Some(plan) = self.keys.get(key.as_str()) {
                        plan.put_in_order(plan.kind, value);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Completes the data of an executed operation.
pub(crate) fn complete(
    response: &mut Response,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    shapes: &Shapes,
) {
    let [query, mutation, subscription] = &shapes.roots;
    let root = match operation.ty {
        OperationType::Query => query,
        OperationType::Mutation => mutation,
        OperationType::Subscription => subscription,
    };
    let mut plan = Plan::default();
    plan.collect((document, shapes), root.as_deref(), &operation.selection_set.node);

    let missing = response
        .errors
        .iter()
        .filter(|error| !error.path.is_empty() && !stands(&response.data, &error.path));
    let mut nulls: Vec<&[PathSegment]> = missing
        .filter_map(|error| error.path.get(..plan.null_at(&error.path)))
        .collect();
    // The shortest first, so that nothing grows back below what has become null.
    nulls.sort_by_key(|path| path.len());
    if response.errors.is_empty() && response.data == Value::Null {
        response.data = Value::Object(IndexMap::new());
    }
    let mut done: HashSet<Vec<Cow<'_, str>>> = HashSet::new();
    for path in nulls {
        let key: Vec<Cow<'_, str>> = path.iter().map(part).collect();
        if !(0..=key.len()).any(|length| key.get(..length).is_some_and(|above| done.contains(above))) {
            put_null(&mut response.data, path);
            done.insert(key);
        }
    }
    plan.put_in_order(None, &mut response.data);
}

/// Whether there is a value, other than null, at `path`.
fn stands(value: &Value, path: &[PathSegment]) -> bool {
    match (value, path) {
        (value, []) => *value != Value::Null,
        (Value::Object(fields), [PathSegment::Field(key), below @ ..]) => {
            fields.get(key.as_str()).is_some_and(|value| stands(value, below))
        }
        (Value::List(items), [PathSegment::Index(index), below @ ..]) => {
            items.get(*index).is_some_and(|value| stands(value, below))
        }
        _ => false,
    }
}

/// Makes the value at `path` null. Objects on the way that lost all their fields come back, since a field of theirs ran.
fn put_null(value: &mut Value, path: &[PathSegment]) {
    match path {
        [] => *value = Value::Null,
        [PathSegment::Field(key), below @ ..] => {
            if *value == Value::Null {
                *value = Value::Object(IndexMap::new());
            }
            if let Value::Object(fields) = value {
                put_null(fields.entry(Name::new(key)).or_insert(Value::Null), below);
            }
        }
        [PathSegment::Index(index), below @ ..] => {
            if let Value::List(items) = value
                && let Some(item) = items.get_mut(*index)
            {
                put_null(item, below);
            }
        }
    }
}

/// A segment to compare by; the library's own has no order and no hash.
fn part(segment: &PathSegment) -> Cow<'_, str> {
    match segment {
        PathSegment::Field(key) => Cow::Borrowed(key),
        // No response key begins with a digit.
        PathSegment::Index(index) => Cow::Owned(index.to_string()),
    }
}

fn item(kind: &Type) -> Option<&Type> {
    match &kind.base {
        BaseType::List(item) => Some(item),
        BaseType::Named(_) => None,
    }
}

fn named(kind: &Type) -> &str {
    match &kind.base {
        BaseType::List(item) => named(item),
        BaseType::Named(name) => name.as_str(),
    }
}
