//! What is to be loaded, found by looking ahead at what is selected.

use async_graphql::{Context, SelectionField, Value};
use newsroom_persistence::Wants;

/// The fields that carry a text's body, or go by it.
const BODIES: [&str; 3] = ["body", "bodySource", "searchHighlights"];

/// The fields of a connection that only the read index can answer.
const INDEXED: [&str; 3] = ["facets", "histogram", "lastModified"];

/// What of a list is wanted; the rest is not looked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ListWants {
    /// The releases of a page.
    pub(crate) items: bool,
    /// How many the list has.
    pub(crate) total: bool,
    /// What only the read index can answer.
    pub(crate) index: bool,
    /// What may have been meant, where a search finds nothing.
    pub(crate) did_you_mean: bool,
    /// What of the page's releases.
    pub(crate) releases: Wants,
}

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

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a field of that name is selected right below these.
    pub(crate) fn has(&self, name: &str) -> bool {
        !self.below(name).is_empty()
    }

    /// Whether a field of that name is selected below these, however far.
    pub(crate) fn has_anywhere(&self, name: &str) -> bool {
        self.0.iter().any(|field| is_selected_below(field, name))
    }

    fn has_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.has(name))
    }

    /// What of releases is wanted, where these fields are releases.
    pub(crate) fn wants_of_releases(&self) -> Wants {
        Wants {
            bodies: self.has_any(&BODIES) || self.below("translations").has_any(&BODIES),
            translations: self.has("translations"),
        }
    }

    /// What of a list is wanted, where these fields are connections of releases.
    pub(crate) fn wants_of_connection(&self) -> ListWants {
        let releases = self.below("nodes").and(self.below("edges").below("node"));
        ListWants {
            items: self.has_any(&["nodes", "edges", "pageInfo"]),
            total: self.has("totalCount"),
            index: self.has_any(&INDEXED),
            did_you_mean: self.has("didYouMean"),
            releases: releases.wants_of_releases(),
        }
    }
}

fn is_selected_below(field: &SelectionField<'_>, name: &str) -> bool {
    let selected = field.selection_set().filter(|field| !is_left_out(field));
    let mut selected = selected.map(|field| field.name() == name || is_selected_below(&field, name));
    selected.any(|is_there| is_there)
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

#[cfg(test)]
mod tests {
    use async_graphql::{EmptyMutation, EmptySubscription, Object, Schema};

    use super::*;

    /// A connection, an edge and a release at once, which answers with what is wanted of it.
    struct Anything;

    #[Object]
    impl Anything {
        async fn connection(&self, context: &Context<'_>) -> Wanted {
            Wanted(Selected::now(context).wants_of_connection())
        }
    }

    struct Wanted(ListWants);

    #[Object]
    impl Wanted {
        async fn wants(&self) -> String {
            let ListWants {
                items,
                total,
                index,
                did_you_mean,
                releases: Wants { bodies, translations },
            } = self.0;
            let named = [
                (items, "items"),
                (total, "total"),
                (index, "index"),
                (did_you_mean, "meant"),
                (bodies, "bodies"),
                (translations, "translations"),
            ];
            let wanted: Vec<_> = named
                .into_iter()
                .filter(|(wanted, _)| *wanted)
                .map(|(_, name)| name)
                .collect();
            wanted.join(" ")
        }
        async fn total_count(&self) -> i32 {
            0
        }
        async fn last_modified(&self) -> i32 {
            0
        }
        async fn did_you_mean(&self) -> i32 {
            0
        }
        async fn search_highlights(&self) -> i32 {
            0
        }
        async fn page_info(&self) -> i32 {
            0
        }
        async fn body(&self) -> i32 {
            0
        }
        async fn edges(&self) -> Vec<Self> {
            vec![]
        }
        async fn node(&self) -> Option<Self> {
            None
        }
        async fn nodes(&self) -> Vec<Self> {
            vec![]
        }
        async fn translations(&self) -> Vec<Self> {
            vec![]
        }
    }

    async fn wants(selection: &str) -> String {
        let schema = Schema::new(Anything, EmptyMutation, EmptySubscription);
        let query = format!(
            "query($no: Boolean = false) {{ connection {{ wants {selection} ... @include(if: $no) {{ wants }} }} }}"
        );
        let fragment = "fragment Body on Wanted { nodes { text: body } }";
        let query = if selection.contains("...Body") {
            query + fragment
        } else {
            query
        };
        let answer = schema.execute(query).await;
        assert_eq!(answer.errors, vec![]);
        answer.data.into_json().unwrap()["connection"]["wants"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    #[tokio::test]
    async fn only_what_is_selected_is_wanted() {
        assert_eq!(wants("").await, "");
        assert_eq!(wants("totalCount").await, "total");
        assert_eq!(wants("lastModified").await, "index");
        assert_eq!(wants("didYouMean").await, "meant");
        assert_eq!(wants("nodes { searchHighlights }").await, "items bodies");
        assert_eq!(wants("pageInfo").await, "items");
        assert_eq!(wants("nodes { node { body } }").await, "items");
        assert_eq!(wants("edges { node { text: body } }").await, "items bodies");
        assert_eq!(wants("nodes { translations { wants } }").await, "items translations");
        assert_eq!(
            wants("nodes { translations { body } } number: totalCount").await,
            "items total bodies translations"
        );
    }

    #[tokio::test]
    async fn fragments_are_looked_into_and_fields_that_are_left_out_are_not() {
        assert_eq!(wants("...Body").await, "items bodies");
        assert_eq!(wants("... on Wanted { ...Body }").await, "items bodies");
        assert_eq!(
            wants("totalCount @include(if: $no) nodes @skip(if: true) { wants }").await,
            ""
        );
        assert_eq!(wants("totalCount @skip(if: $no)").await, "total");
    }
}
