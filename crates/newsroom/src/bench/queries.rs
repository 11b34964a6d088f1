//! What is asked: the table of queries. Another one is another entry.

use serde_json::{Value, json};

use super::sample::{Picked, Sample};

/// A query that is measured.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) name: &'static str,
    /// The operation, from behind its name on.
    operation: &'static str,
    /// The values that it is asked with, taken from a release of the archive.
    variables: fn(&Picked) -> Value,
}

/// What an operation may spread: a release as lists show it, and all choices beside a list.
const FRAGMENTS: [(&str, &str); 2] = [
    (
        "...Item",
        "fragment Item on Release { id slug title lead publishingDate type { name } offices { name } themes { name } }",
    ),
    (
        "...Facets",
        "fragment Facets on ReleaseFacets {
           offices { office { slug name } count selected }
           themes { ...Theme children { ...Theme children { ...Theme } } }
           types { type { slug name } count selected }
           years { year count selected months { month count selected } }
           locales { locale count selected }
           none { offices { count selected } themes { count selected } types { count selected } } }
         fragment Theme on ThemeFacet { theme { slug name } count selected }",
    ),
];

/// All queries, in the order in which they are measured.
pub(super) const QUERIES: &[Query] = &[
    Query {
        name: "front-page",
        operation: "{ releases(first: 20) { nodes { ...Item } pageInfo { hasNextPage endCursor } } }",
        variables: |_| json!({}),
    },
    Query {
        name: "page-and-total",
        operation: "($filter: ReleaseFilter) { releases(filter: $filter, first: 20) {
            totalCount nodes { ...Item } pageInfo { hasNextPage endCursor } } }",
        variables: |picked| json!({"filter": {"offices": picked.office.as_slice(), "publishedTo": picked.day}}),
    },
    Query {
        name: "facets",
        operation: "($filter: ReleaseFilter) { releases(filter: $filter, first: 20) {
            totalCount nodes { ...Item } pageInfo { hasNextPage endCursor } facets { ...Facets } } }",
        variables: |picked| json!({"filter": {"publishedTo": picked.day}}),
    },
    Query {
        name: "facets-two-filters",
        operation: "($filter: ReleaseFilter) { releases(filter: $filter, first: 20) {
            totalCount nodes { ...Item } pageInfo { hasNextPage endCursor } facets { ...Facets } } }",
        variables: |picked| json!({"filter": two_filters(picked)}),
    },
    Query {
        name: "deep-page",
        operation: "($after: String) { releases(first: 20, after: $after) {
            nodes { ...Item } pageInfo { hasNextPage endCursor } } }",
        variables: |picked| json!({"after": picked.cursor}),
    },
    Query {
        name: "release",
        operation: "($slug: String) { release(slug: $slug) {
            ...Item body updatedAt locale availableLocales translations { locale title }
            withdrawal { at } changeNotes { note } attachments { url title } } }",
        variables: |picked| json!({"slug": picked.slug}),
    },
    Query {
        name: "offices-three-newest",
        operation: "{ offices { slug name kind closed releaseCount releases(first: 3) { nodes { slug title publishingDate } } } }",
        variables: |_| json!({}),
    },
    Query {
        name: "beside-a-release",
        operation: "($slug: String, $filter: ReleaseFilter) { release(slug: $slug) {
            next(filter: $filter) { slug title } previous(filter: $filter) { slug title } related(first: 5) { ...Item } } }",
        variables: |picked| json!({"slug": picked.slug, "filter": {"offices": picked.office.as_slice()}}),
    },
    Query {
        name: "histogram",
        operation: "($filter: ReleaseFilter) { releases(filter: $filter, first: 0) {
            totalCount histogram(interval: MONTH) { date count } } }",
        variables: |picked| json!({"filter": two_filters(picked)}),
    },
    Query {
        name: "search-one-word",
        operation: SEARCH,
        variables: |picked| json!({"filter": {"search": picked.words[0]}}),
    },
    Query {
        name: "search-two-words",
        operation: SEARCH,
        variables: |picked| json!({"filter": {"search": picked.words.join(" ")}}),
    },
    Query {
        name: "search-any-newest",
        operation: "($filter: ReleaseFilter) { releases(filter: $filter, first: 20) {
            totalCount nodes { ...Item } facets { ...Facets } } }",
        variables: |picked| json!({"filter": {"search": picked.words.join(" "), "searchMode": "ANY", "anyLocale": true}}),
    },
    Query {
        name: "search-two-filters",
        operation: SEARCH,
        variables: |picked| {
            let mut filter = two_filters(picked);
            filter["search"] = json!(picked.words[0]);
            json!({ "filter": filter })
        },
    },
    Query {
        name: "suggest",
        operation: "($prefix: String!) { suggest(prefix: $prefix) { releases { slug title } offices { slug name } themes { slug name } } }",
        variables: |picked| json!({"prefix": picked.words[0].chars().take(4).collect::<String>()}),
    },
];

/// The best 20, with all that a page shows beside them.
const SEARCH: &str = "($filter: ReleaseFilter) { releases(filter: $filter, orderBy: RELEVANCE, first: 20) {
    totalCount nodes { ...Item searchHighlights { part fragments { html } } } facets { ...Facets } } }";

/// An office and a theme, where the release has both.
fn two_filters(picked: &Picked) -> Value {
    json!({"offices": picked.office.as_slice(), "themes": picked.theme.as_slice()})
}

impl Query {
    /// Whether it takes a search index.
    pub(super) fn searches(&self) -> bool {
        ["search", "suggest"].iter().any(|begins| self.name.starts_with(begins))
    }

    /// The request of that number, which is like none before it.
    pub(super) fn request(&self, sample: &Sample, number: usize) -> Value {
        let mut query = format!("query N{number} {}", self.operation);
        for (spread, fragment) in FRAGMENTS {
            if self.operation.contains(spread) {
                query.push(' ');
                query.push_str(fragment);
            }
        }
        json!({"query": query, "variables": (self.variables)(sample.nth(number))})
    }
}
