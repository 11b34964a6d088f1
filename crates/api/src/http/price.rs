//! What a document would cost, worked out before it is validated or run.
//!
//! Each fragment's cost is worked out once and then added wherever it is spread, so that fragments that double cost no more
//! time here than their text is long; sums saturate. async-graphql's own walks follow every spread, and are safe on what passes.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned, Value, Variables,
    parser::types::{Directive, Field, OperationDefinition, Selection, SelectionSet},
};
use async_graphql_value::Value as Literal;

use super::{
    document::Document,
    limits::{LEVELS, Limits},
    price_table::{PriceRule, PriceTable},
};
use crate::error::{ApiError, ErrorCode};

/// What a selection set comes to, with its fragments expanded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Cost {
    /// Levels of fields.
    depth: u64,
    /// Levels of selection sets, those of fragments included.
    levels: u64,
    /// Levels of lists in the introspection.
    lists: u64,
    /// Fields, spreads and inline fragments.
    selections: u64,
    /// Fields directly in this set.
    fields: u64,
    aliases: u64,
    directives: u64,
    values: u64,
    /// The price of the fields `edges` and `nodes` directly in this set: a connection has them once an item.
    per_item: u64,
    /// The price of all other fields.
    once: u64,
    /// Whether `__schema` or `__type` is directly in this set.
    introspects: bool,
}

impl Cost {
    fn add(&mut self, other: &Self) {
        self.depth = self.depth.max(other.depth);
        self.levels = self.levels.max(other.levels);
        self.lists = self.lists.max(other.lists);
        self.introspects |= other.introspects;
        for (sum, addend) in [
            (&mut self.selections, other.selections),
            (&mut self.fields, other.fields),
            (&mut self.aliases, other.aliases),
            (&mut self.directives, other.directives),
            (&mut self.values, other.values),
            (&mut self.per_item, other.per_item),
            (&mut self.once, other.once),
        ] {
            *sum = sum.saturating_add(addend);
        }
    }
}

/// Checks a document and what its operation to run costs with these variables.
///
/// # Errors
/// `QUERY_TOO_COMPLEX` with the figure and the limit; `GRAPHQL_VALIDATION_FAILED` for introspection where `introspection` is off.
pub(crate) fn check(
    document: &Document,
    operation: &OperationDefinition,
    variables: &Variables,
    (limits, table, introspection): (&Limits, &PriceTable, bool),
) -> Result<(), ApiError> {
    let mut selections = 0_u64;
    for (_, each) in document.parsed.operations.iter() {
        let mut pricer = Pricer::new(&each.node, variables, table);
        let cost = pricer.operation(document, &each.node);
        let walked = document
            .unused
            .iter()
            .filter_map(|name| pricer.fragments.get(name.as_str()))
            .map(|costs| costs.elsewhere);
        selections = walked.fold(selections.saturating_add(cost.selections), |sum, unused| {
            sum.saturating_add(unused.selections)
        });
        let levels = pricer
            .fragments
            .values()
            .map(|costs| costs.elsewhere.levels)
            .fold(cost.levels, u64::max);
        let figures = [
            (
                "number of selections (fragments expanded)",
                selections,
                limits.selections,
            ),
            ("nesting of selections and fragments", levels, LEVELS),
            ("depth", cost.depth, limits.depth),
            ("number of aliases (fragments expanded)", cost.aliases, limits.aliases),
            (
                "number of directives (fragments expanded)",
                cost.directives,
                limits.directives,
            ),
            ("number of root fields", cost.fields, limits.root_fields),
            ("number of values in arguments", cost.values, limits.values),
        ];
        within(&figures)?;
        if std::ptr::eq(&raw const each.node, operation) {
            let price = cost.once.saturating_add(cost.per_item);
            if cost.introspects && !introspection {
                let message = "Introspection is off on this server; `__typename` works, `__schema` and `__type` don't.";
                return Err(ApiError::new(ErrorCode::GraphqlValidationFailed, message));
            }
            let lists = if cost.introspects { cost.lists } else { 0 };
            within(&[
                (
                    "nesting of lists in the introspection",
                    lists,
                    limits.introspection_lists,
                ),
                ("price", price, limits.price),
            ])?;
        }
    }
    Ok(())
}

fn within(figures: &[(&str, u64, u64)]) -> Result<(), ApiError> {
    match figures.iter().find(|(_, figure, limit)| figure > limit) {
        Some((what, figure, limit)) => Err(ApiError::too_complex(what, *figure, *limit)),
        None => Ok(()),
    }
}

/// A fragment's cost at an operation's root, where some fields have a price of their own, and elsewhere.
#[derive(Debug, Clone, Copy)]
struct Costs {
    root: Cost,
    elsewhere: Cost,
}

/// Prices one operation: its variables' defaults stand in for variables that are not given.
struct Pricer<'a> {
    table: &'a PriceTable,
    variables: HashMap<&'a str, &'a Value>,
    sizes: HashMap<&'a str, u64>,
    fragments: HashMap<&'a str, Costs>,
}

impl<'a> Pricer<'a> {
    fn new(operation: &'a OperationDefinition, variables: &'a Variables, table: &'a PriceTable) -> Self {
        let defaults = operation.variable_definitions.iter().filter_map(|definition| {
            let default = &definition.node.default_value.as_ref()?.node;
            Some((definition.node.name.node.as_str(), default))
        });
        let given = variables.iter().map(|(name, value)| (name.as_str(), value));
        let variables: HashMap<_, _> = defaults.chain(given).collect();
        let sizes = variables.iter().map(|(name, value)| (*name, size(value))).collect();
        Self {
            table,
            variables,
            sizes,
            fragments: HashMap::new(),
        }
    }

    fn operation(&mut self, document: &'a Document, operation: &'a OperationDefinition) -> Cost {
        // Each fragment stands after those it spreads: one look at each, and no recursion from one into the next.
        for name in &document.fragments {
            let Some(fragment) = document.parsed.fragments.get(name) else {
                continue;
            };
            let priced = |at_root| {
                let mut cost = self.selection_set(&fragment.node.selection_set.node, at_root);
                cost.add(&self.directives(&fragment.node.directives));
                cost
            };
            let costs = Costs {
                root: priced(true),
                elsewhere: priced(false),
            };
            self.fragments.insert(name, costs);
        }
        let mut cost = self.selection_set(&operation.selection_set.node, true);
        cost.add(&self.directives(&operation.directives));
        for definition in &operation.variable_definitions {
            cost.add(&self.directives(&definition.node.directives));
        }
        cost
    }

    fn selection_set(&self, set: &'a SelectionSet, at_root: bool) -> Cost {
        let mut sum = Cost::default();
        for selection in &set.items {
            let mut cost = match &selection.node {
                Selection::Field(field) => self.field(&field.node, at_root),
                Selection::InlineFragment(inline) => {
                    let below = self.selection_set(&inline.node.selection_set.node, at_root);
                    Cost {
                        levels: below.levels.saturating_add(1),
                        ..below
                    }
                }
                Selection::FragmentSpread(spread) => {
                    match self.fragments.get(spread.node.fragment_name.node.as_str()) {
                        Some(costs) => {
                            let below = if at_root { costs.root } else { costs.elsewhere };
                            Cost {
                                levels: below.levels.saturating_add(1),
                                ..below
                            }
                        }
                        // Unknown: the validator names it.
                        None => Cost::default(),
                    }
                }
            };
            cost.selections = cost.selections.saturating_add(1);
            cost.add(&self.directives(selection.node.directives()));
            sum.add(&cost);
        }
        sum
    }

    fn field(&self, field: &'a Field, at_root: bool) -> Cost {
        let name = field.name.node.as_str();
        let below = self.selection_set(&field.selection_set.node, false);
        let price = self.price(field, at_root, &below);
        let repeats = matches!(name, "edges" | "nodes");
        let is_list = matches!(name, "fields" | "inputFields" | "interfaces" | "possibleTypes");
        Cost {
            depth: below.depth.saturating_add(1),
            levels: if field.selection_set.node.items.is_empty() {
                0
            } else {
                below.levels.saturating_add(1)
            },
            lists: below.lists.saturating_add(u64::from(is_list)),
            selections: below.selections,
            fields: 1,
            aliases: below.aliases.saturating_add(u64::from(field.alias.is_some())),
            directives: below.directives,
            values: below.values.saturating_add(self.values(&field.arguments)),
            per_item: if repeats { price } else { 0 },
            once: if repeats { 0 } else { price },
            introspects: matches!(name, "__schema" | "__type"),
        }
    }

    fn price(&self, field: &Field, at_root: bool, below: &Cost) -> u64 {
        let together = below.once.saturating_add(below.per_item);
        let times = |times: u64| together.saturating_mul(times).saturating_add(1);
        match self.table.rule(field.name.node.as_str(), at_root) {
            None => together.saturating_add(1),
            Some(PriceRule::Base(base)) => together.saturating_add(*base),
            Some(PriceRule::List(items)) => times(*items),
            Some(PriceRule::PerValue(argument)) => times(self.length(field, argument)),
            Some(PriceRule::Connection {
                base,
                default_page,
                largest_page,
            }) => {
                let asked = self.whole_number(field, "first").max(self.whole_number(field, "last"));
                let page = asked.unwrap_or(*default_page).min(*largest_page);
                base.saturating_add(below.once)
                    .saturating_add(below.per_item.saturating_mul(page))
            }
        }
    }

    /// The whole number that an argument gives, itself or by its variable; 0 for one below 0, which the resolver refuses.
    fn whole_number(&self, field: &Field, argument: &str) -> Option<u64> {
        let number = match &field.get_argument(argument)?.node {
            Literal::Number(number) => number,
            Literal::Variable(name) => match self.variables.get(name.as_str())? {
                Value::Number(number) => number,
                _ => return None,
            },
            _ => return None,
        };
        number.as_u64().or_else(|| number.as_i64().map(|_| 0))
    }

    /// How many values an argument gives: a list's length, and 1 for a single value, which stands for a list of one.
    fn length(&self, field: &Field, argument: &str) -> u64 {
        match field.get_argument(argument).map(|value| &value.node) {
            Some(Literal::List(items)) => items.len() as u64,
            Some(Literal::Variable(name)) => match self.variables.get(name.as_str()) {
                Some(Value::List(items)) => items.len() as u64,
                _ => 1,
            },
            _ => 1,
        }
    }

    fn directives(&self, directives: &[Positioned<Directive>]) -> Cost {
        let values = directives
            .iter()
            .map(|directive| self.values(&directive.node.arguments))
            .fold(0, u64::saturating_add);
        Cost {
            directives: directives.len() as u64,
            values,
            ..Cost::default()
        }
    }

    fn values(&self, arguments: &[(Positioned<Name>, Positioned<Literal>)]) -> u64 {
        arguments
            .iter()
            .map(|(_, value)| self.literal_size(&value.node))
            .fold(0, u64::saturating_add)
    }

    fn literal_size(&self, literal: &Literal) -> u64 {
        match literal {
            Literal::Variable(name) => self.sizes.get(name.as_str()).copied().unwrap_or(1),
            Literal::List(items) => items
                .iter()
                .map(|item| self.literal_size(item))
                .fold(1, u64::saturating_add),
            Literal::Object(members) => members
                .values()
                .map(|item| self.literal_size(item))
                .fold(1, u64::saturating_add),
            _ => 1,
        }
    }
}

/// How many values a value is made of, itself included. JSON's own nesting limit of 128 bounds the recursion.
fn size(value: &Value) -> u64 {
    match value {
        Value::List(items) => items.iter().map(size).fold(1, u64::saturating_add),
        Value::Object(members) => members.values().map(size).fold(1, u64::saturating_add),
        _ => 1,
    }
}
