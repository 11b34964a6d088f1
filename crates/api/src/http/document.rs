//! Parsed documents: made once, checked for what no variable changes, and kept.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_graphql::{
    Name, Positioned, Value,
    parser::{
        Error as ParseError, parse_query,
        types::{DocumentOperations, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet},
    },
};
use quick_cache::{Weighter, sync::Cache};

use super::{
    answer::Refusal,
    limits::Limits,
    scan::{scan, within},
};
use crate::error::{ApiError, ErrorCode, FieldFault};

/// A document that has been scanned, parsed and found within the limits that do not depend on variables.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) parsed: ExecutableDocument,
    /// The fragments, each after all those that it spreads.
    pub(crate) fragments: Vec<Name>,
    /// The fragments that nothing spreads. The validator refuses them, but walks them first.
    pub(crate) unused: Vec<Name>,
    /// How many tokens its text has; its tree takes memory by these.
    tokens: usize,
}

impl Document {
    /// Scans and parses `text`.
    ///
    /// # Errors
    /// `QUERY_TOO_COMPLEX`, `GRAPHQL_PARSE_FAILED`, or `GRAPHQL_VALIDATION_FAILED` for fragments that spread themselves.
    pub(crate) fn open(text: &str, limits: &Limits) -> Result<Self, Refusal> {
        let tokens = scan(text, limits)
            .map_err(|error| Refusal::document(error, vec![]))?
            .tokens;
        let parsed = parse_query(text).map_err(|error| syntax_error(&error))?;
        check_counts(&parsed, limits).map_err(|error| Refusal::document(error, vec![]))?;
        let spreads = parsed
            .fragments
            .iter()
            .map(|(name, fragment)| (name, spreads(&fragment.node.selection_set.node)))
            .collect();
        let fragments = dependencies_first(&parsed, &spreads)?;
        let mut used: HashSet<&Name> = spreads.into_values().flatten().collect();
        used.extend(
            parsed
                .operations
                .iter()
                .flat_map(|(_, operation)| self::spreads(&operation.node.selection_set.node)),
        );
        let unused = fragments.iter().filter(|name| !used.contains(name)).cloned().collect();
        Ok(Self {
            parsed,
            fragments,
            unused,
            tokens,
        })
    }

    /// The operation to run: the one of that name, or the only one.
    ///
    /// # Errors
    /// `GRAPHQL_VALIDATION_FAILED` where there is no such operation, or more than one and no name.
    pub(crate) fn operation(&self, name: Option<&str>) -> Result<&Positioned<OperationDefinition>, Refusal> {
        let found = match (&self.parsed.operations, name) {
            (DocumentOperations::Single(only), None) => Some(only),
            (DocumentOperations::Multiple(all), None) if all.len() == 1 => all.values().next(),
            (DocumentOperations::Multiple(all), Some(name)) => all.get(name),
            _ => None,
        };
        let message = || match name {
            Some(name) => format!("The document has no operation named \"{name}\"."),
            None => "The document has several operations; `operationName` must say which to run.".to_owned(),
        };
        found.ok_or_else(|| Refusal::document(ApiError::new(ErrorCode::GraphqlValidationFailed, message()), vec![]))
    }
}

/// The parser's error in one line, instead of its drawing of the line at fault, which may be the whole query.
fn syntax_error(error: &ParseError) -> Refusal {
    let message = match error {
        ParseError::Syntax { message, .. } => match message
            .lines()
            .filter_map(|line| line.trim().strip_prefix("= "))
            .next_back()
        {
            Some(expected) => format!("Syntax error: {}.", expected.replace('_', " ")),
            None => format!("Syntax error: {}", message.lines().next().unwrap_or_default()),
        },
        other => format!("Syntax error: {other}"),
    };
    Refusal::document(
        ApiError::new(ErrorCode::GraphqlParseFailed, message),
        error.positions().collect(),
    )
}

fn check_counts(parsed: &ExecutableDocument, limits: &Limits) -> Result<(), ApiError> {
    within(
        "number of operations",
        parsed.operations.iter().count(),
        limits.operations,
    )?;
    within("number of fragments", parsed.fragments.len(), limits.fragments)?;
    for (_, operation) in parsed.operations.iter() {
        within(
            "number of variables in one operation",
            operation.node.variable_definitions.len(),
            limits.variables,
        )?;
        within(
            "number of arguments in one place",
            most_arguments(&operation.node.selection_set.node),
            limits.arguments,
        )?;
    }
    for fragment in parsed.fragments.values() {
        within(
            "number of arguments in one place",
            most_arguments(&fragment.node.selection_set.node),
            limits.arguments,
        )?;
    }
    Ok(())
}

fn most_arguments(set: &SelectionSet) -> usize {
    let of_selection = |selection: &Positioned<Selection>| {
        let directives = selection
            .node
            .directives()
            .iter()
            .map(|directive| directive.node.arguments.len())
            .max()
            .unwrap_or(0);
        let own = match &selection.node {
            Selection::Field(Positioned {
                node:
                    Field {
                        arguments,
                        selection_set,
                        ..
                    },
                ..
            }) => arguments.len().max(most_arguments(&selection_set.node)),
            Selection::InlineFragment(inline) => most_arguments(&inline.node.selection_set.node),
            Selection::FragmentSpread(_) => 0,
        };
        directives.max(own)
    };
    set.items.iter().map(of_selection).max().unwrap_or(0)
}

/// The names of the fragments that are spread in `set`, at whatever depth.
fn spreads(set: &SelectionSet) -> Vec<&Name> {
    set.items
        .iter()
        .flat_map(|selection| match &selection.node {
            Selection::Field(field) => spreads(&field.node.selection_set.node),
            Selection::InlineFragment(inline) => spreads(&inline.node.selection_set.node),
            Selection::FragmentSpread(spread) => vec![&spread.node.fragment_name.node],
        })
        .collect()
}

/// The fragments in an order in which each stands after those it spreads; by a stack of our own, since chains may be long.
fn dependencies_first<'a>(
    parsed: &'a ExecutableDocument,
    spreads: &HashMap<&'a Name, Vec<&'a Name>>,
) -> Result<Vec<Name>, Refusal> {
    let mut order: Vec<Name> = Vec::with_capacity(parsed.fragments.len());
    let (mut open, mut closed) = (HashSet::new(), HashSet::new());
    for start in parsed.fragments.keys() {
        let mut path = vec![(start, 0)];
        while let Some((name, next)) = path.pop() {
            if closed.contains(name) {
                continue;
            }
            open.insert(name);
            match spreads.get(name).and_then(|spreads| spreads.get(next)) {
                Some(spread) if open.contains(spread) => {
                    let message = format!("The fragment \"{spread}\" spreads itself.");
                    let places = parsed
                        .fragments
                        .get(*spread)
                        .map(|fragment| fragment.pos)
                        .into_iter()
                        .collect();
                    return Err(Refusal::document(
                        ApiError::new(ErrorCode::GraphqlValidationFailed, message),
                        places,
                    ));
                }
                Some(spread) => path.extend([(name, next + 1), (*spread, 0)]),
                None => {
                    open.remove(name);
                    closed.insert(name);
                    // A name without a definition is left to the validator, which says so.
                    order.extend(parsed.fragments.contains_key(name).then(|| name.clone()));
                }
            }
        }
    }
    Ok(order)
}

/// The documents that have run, by their text; the least used go when the bytes are full.
pub(crate) struct Documents(Cache<String, Arc<Document>, Bytes>);

#[derive(Clone)]
struct Bytes;

impl Weighter<String, Arc<Document>> for Bytes {
    fn weight(&self, text: &String, document: &Arc<Document>) -> u64 {
        // At its densest a token is a field: 184 bytes of selection in a vector up to twice as long, and its name.
        (text.len() + 400 * document.tokens) as u64
    }
}

impl Documents {
    /// A store for about `bytes` bytes of documents.
    pub(crate) fn new(bytes: u64) -> Self {
        let typical = 16 * 1024;
        Self(Cache::with_weighter(
            usize::try_from(bytes / typical).unwrap_or(usize::MAX),
            bytes,
            Bytes,
        ))
    }

    /// The document of that text, kept or freshly opened.
    ///
    /// # Errors
    /// Those of [`Document::open`].
    pub(crate) fn open(&self, text: &str, limits: &Limits) -> Result<Arc<Document>, Refusal> {
        match self.0.get(text) {
            Some(document) => Ok(document),
            None => Document::open(text, limits).map(Arc::new),
        }
    }

    /// Keeps a document that has passed validation; others would let anyone fill the store with rubbish.
    pub(crate) fn keep(&self, text: String, document: Arc<Document>) {
        if !self.0.contains_key(&text) {
            self.0.insert(text, document);
        }
    }
}

/// The faults of variables that the operation requires and the request lacks.
///
/// async-graphql finds these only in execution, and only where the variable is used; by the GraphQL specification, section
/// 6.1.2 "Coercing Variable Values", they fail the request before it runs.
///
/// # Errors
/// `VALIDATION_FAILED` that names each.
pub(crate) fn check_required_variables(
    operation: &OperationDefinition,
    variables: &async_graphql::Variables,
) -> Result<(), Refusal> {
    let lacks = |name: &Name| matches!(variables.get(name), None | Some(Value::Null));
    let missing = operation
        .variable_definitions
        .iter()
        .map(|definition| &definition.node)
        .filter(|definition| {
            let given_null = matches!(variables.get(&definition.name.node), Some(Value::Null));
            !definition.var_type.node.nullable
                && lacks(&definition.name.node)
                && (definition.default_value.is_none() || given_null)
        });
    let faults: Vec<_> = missing
        .map(|definition| {
            let message = format!("A value of type {} is required.", definition.var_type.node);
            FieldFault::new(format!("variables.{}", definition.name.node), "REQUIRED", message)
        })
        .collect();
    if faults.is_empty() {
        return Ok(());
    }
    Err(Refusal::document(ApiError::validation(faults), vec![]))
}
