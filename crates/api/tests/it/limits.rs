//! What is refused for its cost, how fast, and what must pass.

use std::time::{Duration, Instant};

use newsroom_api::http::{GraphqlConfig, Limits};
use serde_json::{Value, json};

use crate::newsdesk::{Answer, Newsdesk};

/// Sends a query and prints how long the answer took; it must be less than a second, in a debug build too.
async fn timed(desk: &Newsdesk, name: &str, query: &str, variables: Value) -> Answer {
    let start = Instant::now();
    // A document of several operations must name one, or it would not get as far as validation.
    let name_of_first = if query.starts_with("query Q0") { "Q0" } else { "" };
    let answer = desk.query(query).variables(variables).operation(name_of_first).await;
    let elapsed = start.elapsed();
    println!(
        "{:>7.1} ms  {name}: {} {}",
        elapsed.as_secs_f64() * 1000.0,
        answer.status.as_u16(),
        answer.message()
    );
    assert!(elapsed < Duration::from_secs(1), "{name} took {elapsed:?}");
    answer
}

fn numbered(count: usize, piece: impl Fn(usize) -> String) -> String {
    (0..count).map(piece).collect()
}

/// The introspection query of graphql-js 16.9 and later, as `GraphiQL` sends it.
const INTROSPECTION: &str = "query IntrospectionQuery { __schema { queryType { name kind } mutationType { name kind } subscriptionType { name kind }
    types { ...FullType } directives { name description locations args { ...InputValue } } } }
    fragment FullType on __Type { kind name description
      fields(includeDeprecated: true) { name description args { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
      inputFields { ...InputValue } interfaces { ...TypeRef } enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
      possibleTypes { ...TypeRef } }
    fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue }
    fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType {
      kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }";

#[tokio::test]
async fn what_graphiql_asks_passes_and_a_tower_of_types_does_not() {
    let desk = Newsdesk::new();
    let answer = timed(&desk, "GraphiQL's introspection", INTROSPECTION, json!({})).await;
    assert!(answer.body["errors"].is_null(), "{}", answer.body);
    let tower = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } }";
    let answer = timed(&desk, "a tower of types", &format!("{tower} }}"), json!({})).await;
    assert_eq!(answer.refusal(), (400, "QUERY_TOO_COMPLEX"));
    assert_eq!(
        answer.message(),
        "The query's nesting of lists in the introspection is 3; the limit is 2."
    );
}

#[tokio::test]
async fn each_limit_names_the_figure_found_and_itself() {
    let desk = Newsdesk::new();
    let doubling = format!(
        "{{ ...F0 }} fragment F20 on Query {{ hello }} {}",
        numbered(20, |n| format!("fragment F{n} on Query {{ ...F{0} ...F{0} }} ", n + 1))
    );
    let arguments = numbered(30, |n| format!("a{n}: 1 "));
    let cases = [
        (
            format!("{{ sum(values: {}) }}", "[".repeat(20_000)),
            "The query's nesting of brackets is 65; the limit is 64.",
        ),
        (
            doubling,
            "The query's number of selections (fragments expanded) is 3145727; the limit is 2000.",
        ),
        (
            format!("{{ {} }}", numbered(1000, |n| format!("a{n}: hello "))),
            "The query's number of aliases (fragments expanded) is 1000; the limit is 50.",
        ),
        (
            format!("{{ hello {} }}", "@stay ".repeat(1000)),
            "The query's number of directives (fragments expanded) is 1000; the limit is 50.",
        ),
        (
            numbered(1000, |n| format!("query Q{n} {{ hello }} ")),
            "The query's number of operations is 1000; the limit is 20.",
        ),
        (
            format!(
                "{{ hello }} {}",
                numbered(500, |n| format!("fragment F{n} on Query {{ hello }} "))
            ),
            "The query's number of fragments is 500; the limit is 100.",
        ),
        (
            format!("query({}) {{ hello }}", numbered(1000, |n| format!("$v{n}: Int "))),
            "The query's number of variables in one operation is 1000; the limit is 50.",
        ),
        (
            format!("{{ many({arguments}) }}"),
            "The query's number of arguments in one place is 30; the limit is 20.",
        ),
        (
            format!("{{ {} leaf {} }}", "nest {".repeat(16), "}".repeat(16)),
            "The query's depth is 17; the limit is 16.",
        ),
        (
            format!("{{ {} }}", "hello ".repeat(21)),
            "The query's number of root fields is 21; the limit is 20.",
        ),
        (
            "{ releases(first: 100) { nodes { offices { name releases(last: 100) { nodes { title } } } } } }".into(),
            "The query's price is 105710; the limit is 20000.",
        ),
    ];
    for (query, message) in cases {
        let answer = timed(&desk, "", &query, json!({})).await;
        assert_eq!(
            (answer.refusal(), answer.message()),
            ((400, "QUERY_TOO_COMPLEX"), message)
        );
    }
}

#[tokio::test]
async fn fragments_that_spread_themselves_are_refused_however_they_do_it() {
    let desk = Newsdesk::new();
    let ring = format!(
        "{{ ...F0 }} {}",
        numbered(100, |n| format!("fragment F{n} on Query {{ ...F{} }} ", (n + 1) % 100))
    );
    for query in [
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
        "{ hello } fragment A on Query { nest { ...A } }",
        &ring,
    ] {
        let answer = timed(&desk, "a ring of fragments", query, json!({})).await;
        assert_eq!(answer.refusal(), (400, "GRAPHQL_VALIDATION_FAILED"));
        assert!(answer.message().ends_with("spreads itself."), "{}", answer.message());
    }
    assert_eq!(
        desk.query("{ ...A }").await.refusal(),
        (400, "GRAPHQL_VALIDATION_FAILED")
    );
}

#[tokio::test]
async fn the_price_follows_page_sizes_wherever_they_are_given() {
    let desk = Newsdesk::with(GraphqlConfig {
        limits: Limits {
            price: 0,
            ..Limits::default()
        },
        ..GraphqlConfig::default()
    });
    let cases = [
        ("{ hello }", json!({}), 1),
        ("{ releases { totalCount } }", json!({}), 11),
        (
            "{ releases { totalCount nodes { title } } }",
            json!({}),
            10 + 1 + 20 * 2,
        ),
        (
            "{ releases(first: 3) { nodes { title offices { name } } } }",
            json!({}),
            10 + 3 * (1 + 1 + 6),
        ),
        (
            "{ releases(last: 5, first: 3) { nodes { title } } }",
            json!({}),
            10 + 5 * 2,
        ),
        ("{ releases(first: -1) { nodes { title } } }", json!({}), 10),
        (
            "{ releases(first: 100000) { nodes { title } } }",
            json!({}),
            10 + 100 * 2,
        ),
        (
            "query($n: Int) { releases(first: $n) { nodes { title } } }",
            json!({"n": 7}),
            10 + 7 * 2,
        ),
        (
            "query($n: Int) { releases(first: $n) { nodes { title } } }",
            json!({}),
            10 + 20 * 2,
        ),
        (
            "query($n: Int = 2) { releases(first: $n) { nodes { title } } }",
            json!({}),
            10 + 2 * 2,
        ),
        (
            "query($n: Int = 2) { releases(first: $n) { nodes { title } } }",
            json!({"n": 7}),
            10 + 7 * 2,
        ),
        (
            "{ releases(first: 4) { ...C } } fragment C on Releases { totalCount ... { edges { node { title } } } }",
            json!({}),
            10 + 1 + 4 * 3,
        ),
        (
            "{ ...R } fragment R on Query { offices { name } nest { offices { name } } }",
            json!({}),
            51 + 1 + 6,
        ),
        ("{ nodes(ids: [1, 2, 3]) { id } }", json!({}), 4),
        (
            "query($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }",
            json!({"ids": [1, 2, 3, 4]}),
            9,
        ),
    ];
    for (query, variables, price) in cases {
        let answer = desk.query(query).variables(variables).await;
        assert_eq!(
            answer.message(),
            format!("The query's price is {price}; the limit is 0."),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_document_that_is_kept_is_priced_anew_with_each_requests_variables() {
    let desk = Newsdesk::with(GraphqlConfig {
        limits: Limits {
            price: 100,
            ..Limits::default()
        },
        ..GraphqlConfig::default()
    });
    let query = "query($n: Int) { releases(first: $n) { nodes { title } } }";
    for _ in 0..3 {
        let small = desk.query(query).variables(json!({"n": 2})).await;
        assert_eq!(
            small.body["data"]["releases"]["nodes"],
            json!([{"title": "Release 0"}, {"title": "Release 1"}])
        );
        assert_eq!(
            desk.query(query).variables(json!({"n": 99})).await.refusal(),
            (400, "QUERY_TOO_COMPLEX")
        );
    }
}

#[tokio::test]
async fn it_works_the_same_without_keeping_documents() {
    let desk = Newsdesk::with(GraphqlConfig {
        document_cache_bytes: 0,
        ..GraphqlConfig::default()
    });
    for _ in 0..3 {
        assert_eq!(desk.query("{ hello }").await.status, 200);
    }
}

#[tokio::test]
async fn one_long_variable_in_many_places_is_refused() {
    let desk = Newsdesk::new();
    let query = format!("query($v: [[Int!]!]!) {{ {} }}", "sum(values: $v) ".repeat(20));
    let answer = timed(
        &desk,
        "a long variable in 20 places",
        &query,
        json!({"v": [vec![1; 10_000]]}),
    )
    .await;
    assert_eq!(
        answer.message(),
        "The query's number of values in arguments is 200040; the limit is 5000."
    );
}

/// Whatever stays below the limits must not cost the library's own rules a second either.
#[expect(clippy::too_many_lines, reason = "a table of attacks")]
#[tokio::test]
async fn nothing_that_fits_into_the_limits_takes_a_second() {
    let desk = Newsdesk::new();
    let chain =
        |count: usize, body: &str| numbered(count, |n| format!("fragment F{n} on Nest {{ {body} ...F{} }} ", n + 1));
    let variables = numbered(50, |n| format!("$v{n}: String "));
    let uses = |count: usize| numbered(count, |n| format!("leaf(text: $v{}) ", n % 50));
    let queries = [
        ("spaces", format!("{{ hello {} }}", " ".repeat(65_000))),
        ("commas", format!("{{ hello {} }}", ",".repeat(65_000))),
        ("newlines", format!("{{ hello {} }}", "\r\n".repeat(32_000))),
        ("comments", format!("{{ hello {} }}", "#\n".repeat(32_000))),
        ("one comment", format!("{{ hello #{}\n }}", "x".repeat(65_000))),
        ("a string", format!("{{ echo(text: \"{}\") }}", "x".repeat(65_000))),
        ("escapes", format!("{{ echo(text: \"{}\") }}", "\\u0041".repeat(10_000))),
        (
            "a block string",
            format!("{{ echo(text: \"\"\"{}\"\"\") }}", "x\n".repeat(32_000)),
        ),
        ("quotes", "\"".repeat(65_000)),
        (
            "spaces at every gap",
            format!("{{ {} }}", format!("hello{}", " ".repeat(1_000)).repeat(60)),
        ),
        (
            "deep gaps",
            format!(
                "{{ {} hello {} }}",
                format!("nest{}{{", " ".repeat(1_000)).repeat(60),
                "}".repeat(60)
            ),
        ),
        (
            "deep and never closed",
            format!("{{ {} ", format!("nest{}{{", " ".repeat(1_000)).repeat(60)),
        ),
        (
            "unknown fields",
            format!("{{ {} }}", numbered(1_900, |n| format!("nothing{n} "))),
        ),
        (
            "unknown fields below",
            format!("{{ nest {{ {} }} }}", numbered(1_900, |n| format!("nothing{n} "))),
        ),
        (
            "long unknown fields",
            format!("{{ nest {{ {} }} }}", format!("{} ", "x".repeat(250)).repeat(255)),
        ),
        (
            "unknown arguments",
            format!(
                "{{ nest {{ {} }} }}",
                numbered(90, |_| format!("leaf({}) ", numbered(20, |n| format!("texts{n}:1 "))))
            ),
        ),
        (
            "unknown variables",
            format!("{{ nest {{ {} }} }}", numbered(800, |n| format!("leaf(text: $v{n}) "))),
        ),
        ("the same field", format!("{{ nest {{ {} }} }}", "leaf ".repeat(1_990))),
        (
            "the same field with arguments",
            format!("{{ nest {{ {} }} }}", "leaf(text: \"a\") ".repeat(900)),
        ),
        (
            "conflicting fields",
            format!(
                "{{ nest {{ {} }} }}",
                numbered(900, |n| format!("leaf(text: \"{n}\") "))
            ),
        ),
        (
            "all conflicting arguments",
            format!(
                "{{ nest {{ {} }} }}",
                numbered(90, |each| format!(
                    "leaf({}) ",
                    numbered(20, |n| format!("a{n}: {each} "))
                ))
            ),
        ),
        (
            "inline fragments in each other",
            format!(
                "{{ nest {{ {} {} {} }} }}",
                "... {".repeat(30),
                "leaf ".repeat(1_900),
                "}".repeat(30)
            ),
        ),
        (
            "inline fragments too deep",
            format!("{{ nest {{ {} leaf {} }} }}", "... {".repeat(60), "}".repeat(60)),
        ),
        (
            "a chain of fragments",
            format!(
                "{{ nest {{ ...F0 }} }} {} fragment F29 on Nest {{ leaf }}",
                chain(29, "leaf")
            ),
        ),
        (
            "a long chain of unused fragments",
            format!(
                "{{ hello }} {} fragment F99 on Nest {{ leaf }}",
                chain(99, &format!("{} leaf {}", "... {".repeat(15), "}".repeat(15)))
            ),
        ),
        (
            "unused fragments that double",
            format!(
                "{{ hello }} {} fragment F20 on Nest {{ leaf }}",
                numbered(20, |n| format!("fragment F{n} on Nest {{ ...F{0} ...F{0} }} ", n + 1))
            ),
        ),
        (
            "operations that share a fragment",
            format!(
                "{} fragment F on Nest {{ {} }}",
                numbered(20, |n| format!("query Q{n} {{ nest {{ ...F }} }} ")),
                "leaf ".repeat(90)
            ),
        ),
        (
            "variables used everywhere",
            format!(
                "{} fragment F on Nest {{ {} }}",
                numbered(20, |n| format!("query Q{n}({variables}) {{ nest {{ ...F }} }} ")),
                uses(90)
            ),
        ),
        (
            "a list as long as it may be",
            format!("{{ sum(values: [[{}]]) }}", "1 ".repeat(4_900)),
        ),
        (
            "an object as long as it may be",
            format!(
                "{{ releases(filter: {{{}}}) {{ totalCount }} }}",
                numbered(1_400, |n| format!("a{n}: 1 "))
            ),
        ),
        (
            "a type of many brackets",
            format!("query($v: {}Int{}) {{ hello }}", "[".repeat(60), "]".repeat(60)),
        ),
        (
            "huge types",
            format!("query($v: {}Int{}) {{ hello }}", "[".repeat(20_000), "]".repeat(20_000)),
        ),
        (
            "values of many brackets",
            format!("{{ sum(values: {}1{}) }}", "[".repeat(60), "]".repeat(60)),
        ),
        (
            "objects in each other",
            format!(
                "{{ releases(filter: {}1{}) {{ totalCount }} }}",
                "{offices: ".repeat(60),
                "}".repeat(60)
            ),
        ),
        (
            "brackets of all kinds",
            format!(
                "{{ nest {{ {} }} }}",
                "leaf(text: [[[{a: [[[{a: 1}]]]}]]]) ".repeat(150)
            ),
        ),
        (
            "default values",
            format!(
                "query({}) {{ hello }}",
                numbered(50, |n| format!("$v{n}: [Int] = [{}] ", "1 ".repeat(100)))
            ),
        ),
        ("numbers", format!("{{ sum(values: [[{}]]) }}", "-1.5e300 ".repeat(900))),
        ("nothing but brackets", "{".repeat(65_000)),
        ("closing brackets", "}".repeat(65_000)),
        ("points", ".".repeat(65_000)),
        ("at signs", "@a".repeat(30_000)),
        ("64 kB of fields", format!("{{ {} }}", "nest { leaf } ".repeat(4_600))),
        ("null characters", "\0".repeat(40_000)),
        ("letters of other scripts", "ж".repeat(32_000)),
    ];
    for (name, query) in &queries {
        timed(&desk, name, query, json!({})).await;
    }
    let body = format!(
        "{{\"query\": \"{{ hello }}\", \"variables\": {{\"a\": [{}1]}}}}",
        "1,".repeat(125_000)
    );
    let start = Instant::now();
    assert_eq!(desk.post(body).await.status, 200);
    println!(
        "{:>7.1} ms  250 kB of variables",
        start.elapsed().as_secs_f64() * 1000.0
    );
    assert!(start.elapsed() < Duration::from_secs(1));
}
