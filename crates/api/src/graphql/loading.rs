//! What is to be loaded, found by looking ahead at what is selected.

use async_graphql::{Context, SelectionField, Value};
use newsroom_persistence::Wants;

/// The fields that carry a text's body.
const BODIES: [&str; 2] = ["body", "bodySource"];

/// Fields of a document that are selected, those in fragments included and those that `@skip` or `@include` leave out not.
pub(crate) struct Selected<'a>(Vec<SelectionField<'a>>);

impl<'a> Selected<'a> {
    /// The field that is being resolved.
    pub(crate) fn now(context: &'a Context<'_>) -> Self {
        Self(vec![context.field()])
    }

    /// The fields of that name right below these, under whatever alias.
    pub(crate) fn below(&self, name: &str) -> Self {
        let fields = self.0.iter().flat_map(SelectionField::selection_set);
        Self(
            fields
                .filter(|field| field.name() == name && !is_left_out(field))
                .collect(),
        )
    }

    /// Both these and others.
    pub(crate) fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// Whether a field of that name is selected right below these.
    pub(crate) fn has(&self, name: &str) -> bool {
        !self.below(name).0.is_empty()
    }

    fn has_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.has(name))
    }

    /// What of releases is wanted, where these fields are releases.
    pub(crate) fn wants_of_releases(&self) -> Wants {
        Wants {
            bodies: self.has_any(&BODIES) || self.below("translations").has_any(&BODIES),
            translations: self.has("translations"),
            ..Wants::default()
        }
    }

    /// What of a list is wanted, where these fields are connections of releases.
    pub(crate) fn wants_of_connection(&self) -> Wants {
        let releases = self.below("nodes").and(self.below("edges").below("node"));
        Wants {
            items: self.has_any(&["nodes", "edges", "pageInfo"]),
            total: self.has("totalCount"),
            ..releases.wants_of_releases()
        }
    }
}

/// Whether a directive leaves the field out. Those on fragments are not looked at: what they leave out is loaded in vain.
fn is_left_out(field: &SelectionField<'_>) -> bool {
    let directives = field.directives().unwrap_or_default();
    directives.iter().any(|directive| {
        let leaves_out = match directive.name.node.as_str() {
            "skip" => true,
            "include" => false,
            _ => return false,
        };
        directive
            .arguments
            .iter()
            .any(|(name, value)| name.node == "if" && value.node == Value::Boolean(leaves_out))
    })
}
