//! What one GraphQL request may cost, before the library sees it.
//!
//! Every figure is checked before async-graphql parses or validates, and a refusal says the figure found and the limit.

/// The limits of one request. The defaults suit a public API: `GraphiQL`'s introspection and a page with a dozen lists pass.
///
/// Figures "with fragments expanded" count a fragment's contents once for each place that spreads it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of a POST body. Against memory: parsed JSON takes some 36 times its text. Too tight: long variables are refused.
    pub body_bytes: usize,
    /// Bytes of a GET request's path and query, percent-encoded. Against log and cache bloat; RFC 9110, section 4.1 asks for
    /// at least 8,000. Too tight: cacheable queries must go by POST.
    pub uri_bytes: usize,
    /// Bytes of the document. Against parse time, which grows with it. Too tight: large generated queries are refused.
    pub query_bytes: usize,
    /// Tokens of the document (names, numbers, strings, punctuators). Against rules that compare what the document has with
    /// all that the schema has. Too tight: large generated queries are refused.
    pub tokens: usize,
    /// Bytes of one name or number. Against the "did you mean" distance, which grows with it, and against long echoes.
    pub name_bytes: usize,
    /// Nesting of `(`, `[` and `{` in the document. Against the parser's recursion, which overflows the stack and ends the
    /// process at some 500 in a debug build. Too tight: deep selections are refused with a less telling figure than `depth`.
    pub nesting: usize,
    /// Operations in a document. Against validation, which walks each with all fragments it spreads.
    pub operations: usize,
    /// Fragment definitions in a document. Against validation rules that recurse along chains of fragments.
    pub fragments: usize,
    /// Variables that one operation defines. Against rules that look each use up in the list.
    pub variables: usize,
    /// Arguments of one field or directive. Against the comparison of each with each where a field is selected twice.
    pub arguments: usize,
    /// Levels of fields, with fragments expanded. Against recursion in resolvers. Too tight: the standard introspection query,
    /// with `ofType` nine times, needs 15.
    pub depth: u64,
    /// Aliases, with fragments expanded. Against asking one dear thing many times over in one request.
    pub aliases: u64,
    /// Directives, with fragments expanded. Against validation time; `@include` and `@skip` are all there is to use.
    pub directives: u64,
    /// Fields, spreads and inline fragments, with fragments expanded, of all operations together. Against fragments that
    /// double: 2^20 fields fit into 1.6 kB. Too tight: pages made of many components are refused.
    pub selections: u64,
    /// Fields at the root of an operation, with fragments expanded. Against many lists, or many sign-in attempts, in one request.
    pub root_fields: u64,
    /// Values in arguments, with fragments expanded and variables put in. Against one long variable used in many places, which
    /// is copied for each.
    pub values: u64,
    /// Lists within lists in the introspection (`fields`, `inputFields`, `interfaces`, `possibleTypes`), as graphql-js'
    /// `MaxIntrospectionDepthRule` counts. Against towers such as `types { fields { type { fields {…} } } }`.
    pub introspection_lists: u64,
    /// The price of an operation, in about the number of values that its answer may have (`PriceTable`).
    pub price: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 256 * 1024,
            uri_bytes: 16 * 1024,
            query_bytes: 64 * 1024,
            tokens: 6_000,
            name_bytes: 256,
            nesting: 64,
            operations: 20,
            fragments: 100,
            variables: 50,
            arguments: 20,
            depth: 16,
            aliases: 50,
            directives: 50,
            selections: 2_000,
            root_fields: 20,
            values: 5_000,
            introspection_lists: 2,
            price: 20_000,
        }
    }
}

/// Levels of selection sets, counting fields, inline fragments and spreads alike. Not a setting: async-graphql has the same
/// (`SchemaBuilder::limit_recursive_depth`, by default 32) and refuses without a code; here all fragments are checked, used or not.
pub(crate) const LEVELS: u64 = 32;
