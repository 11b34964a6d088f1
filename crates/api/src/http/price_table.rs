//! What fields cost: the table that [`Limits::price`](super::Limits::price) is reckoned by. Data, for the schema to extend.

use std::{borrow::Cow, collections::HashMap};

/// How the price of a field grows with what is selected below it. A field without a rule costs 1 and what is below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PriceRule {
    /// A Relay connection: `base`, what is below it, and what is below its `edges` and `nodes` once for each item of the page.
    ///
    /// The page is the larger of `first` and `last`, `default_page` where neither is given, and at most `largest_page`, since
    /// the resolver refuses more.
    Connection {
        /// What the list itself costs: its query.
        base: u64,
        /// Items of a page where neither `first` nor `last` is given.
        default_page: u64,
        /// The most items that the resolver gives.
        largest_page: u64,
    },
    /// A list without pages, assumed to have so many items.
    List(u64),
    /// A list with an item for each value of this argument, such as `nodes(ids:)`.
    PerValue(Cow<'static, str>),
    /// A field that costs this beside what is below it.
    Base(u64),
}

/// The rules by field name. Names, not types: this is reckoned before the schema is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PriceTable {
    root: HashMap<Cow<'static, str>, PriceRule>,
    anywhere: HashMap<Cow<'static, str>, PriceRule>,
}

impl PriceTable {
    /// A table without rules: each field costs 1.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// The newsroom's table.
    #[must_use]
    pub fn newsroom() -> Self {
        let connection = PriceRule::Connection {
            base: 10,
            default_page: 20,
            largest_page: 100,
        };
        let table = Self::empty()
            .with("releases", connection.clone())
            .with("deskReleases", connection.clone())
            .with("editions", connection.clone())
            .with("next", PriceRule::Base(10))
            .with("previous", PriceRule::Base(10))
            .with("related", PriceRule::List(10))
            .with("histogram", PriceRule::List(50))
            .with("searchHighlights", PriceRule::List(3))
            .with("fragments", PriceRule::List(2))
            .with("utf16Ranges", PriceRule::List(5))
            .with("codePointRanges", PriceRule::List(5))
            .with("years", PriceRule::List(20))
            .with("months", PriceRule::List(12))
            .with("checks", PriceRule::List(10))
            .with("segments", PriceRule::List(20))
            .with_root("editionDifference", PriceRule::Base(100))
            .with_root("suggest", PriceRule::List(5))
            .with_root("changes", connection.clone())
            .with_root("accounts", connection.clone())
            .with_root("auditEntries", connection)
            .with_root("nodes", PriceRule::PerValue("ids".into()));
        let table = ["calendar", "owedTranslations"]
            .into_iter()
            .fold(table, |table, name| table.with_root(name, PriceRule::List(100)));
        let taxonomy = ["offices", "themes", "contentTypes"];
        let table = taxonomy
            .into_iter()
            .fold(table, |table, name| table.with_root(name, PriceRule::List(50)));
        // Open and closed, of three kinds and of none.
        let table = table.with_root("officeGroups", PriceRule::List(8));
        let short = [
            "offices",
            "themes",
            "children",
            "ancestors",
            "translations",
            "attachments",
            "changeNotes",
            "availableLocales",
            "sessions",
            "apiKeys",
            "freezes",
            "stateCounts",
            "stageCounts",
            "publishingRules",
            "languages",
            "locales",
            "fallbacks",
            "previews",
            "pendingLinks",
            "assignees",
            "comments",
        ];
        let table = short
            .into_iter()
            .fold(table, |table, name| table.with(name, PriceRule::List(5)));
        // Introspection: GraphiQL's own query comes to some 15,000 with these.
        let table = table
            .with("types", PriceRule::List(20))
            .with("fields", PriceRule::List(5));
        let introspection = [
            "args",
            "inputFields",
            "enumValues",
            "directives",
            "possibleTypes",
            "interfaces",
        ];
        introspection
            .into_iter()
            .fold(table, |table, name| table.with(name, PriceRule::List(2)))
    }

    /// The same table with a rule for every field called `name`.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, rule: PriceRule) -> Self {
        self.anywhere.insert(name.into(), rule);
        self
    }

    /// The same table with a rule for the field called `name` at the root of an operation; there it goes before [`Self::with`]'s.
    #[must_use]
    pub fn with_root(mut self, name: impl Into<Cow<'static, str>>, rule: PriceRule) -> Self {
        self.root.insert(name.into(), rule);
        self
    }

    /// The rule for a field, if it has one.
    #[must_use]
    pub fn rule(&self, name: &str, at_root: bool) -> Option<&PriceRule> {
        let root = self.root.get(name).filter(|_| at_root);
        root.or_else(|| self.anywhere.get(name))
    }
}
