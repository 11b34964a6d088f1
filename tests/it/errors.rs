//! What the caller did wrong: a stable code, the field's path, and a message that says the mend.

use newsroom_tests::{Kind, on_both};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;

on_both!(
    what_a_value_must_not_be_is_named_with_its_path,
    a_value_of_another_kind_is_refused,
    a_newsroom_with_locales_refuses_others,
    other_paths_and_methods_are_problems,
    without_introspection_nothing_of_the_schema_is_told,
    one_bad_field_leaves_the_others,
);

async fn what_a_value_must_not_be_is_named_with_its_path(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    let many: Vec<&str> = vec!["news"; 101];
    let list = "query($f: ReleaseFilter) { releases(filter: $f) { nodes { id } } }";
    let cases = [
        (
            list,
            json!({"f": {"offices": ["nowhere"]}}),
            vec!["filter.offices.0 UNKNOWN_SLUG"],
        ),
        (
            list,
            json!({"f": {"themes": ["elections", "Not a slug"]}}),
            vec!["filter.themes.1 UNKNOWN_SLUG"],
        ),
        (
            list,
            json!({"f": {"types": ["x", "news", "y"], "offices": ["z"]}}),
            vec![
                "filter.offices.0 UNKNOWN_SLUG",
                "filter.types.0 UNKNOWN_SLUG",
                "filter.types.2 UNKNOWN_SLUG",
            ],
        ),
        (list, json!({"f": {"types": many}}), vec!["filter.types TOO_MANY"]),
        (
            list,
            json!({"f": {"publishedFrom": "2024-11-23", "publishedTo": "2024-11-22"}}),
            vec!["filter.publishedTo RANGE_REVERSED"],
        ),
        ("{ release { id } }", json!({}), vec!["id REQUIRED"]),
        (
            "{ release(id: \"x\", slug: \"y\") { id } }",
            json!({}),
            vec!["id CONFLICTING"],
        ),
        ("{ release(id: \"strange\") { id } }", json!({}), vec!["id INVALID_ID"]),
        ("{ node(id: \"strange\") { id } }", json!({}), vec!["id INVALID_ID"]),
        // The UUID alone names no type.
        (
            "{ node(id: \"0192f3a4-7b5c-7def-8123-456789abcdef\") { id } }",
            json!({}),
            vec!["id INVALID_ID"],
        ),
        (
            "query($ids: [ID!]!) { nodes(ids: $ids) { id } }",
            json!({"ids": ["", "UmVsZWFzZTp4"]}),
            vec!["ids.0 INVALID_ID"],
        ),
        (
            "query($ids: [ID!]!) { nodes(ids: $ids) { id } }",
            json!({"ids": vec!["x"; 101]}),
            vec!["ids TOO_MANY"],
        ),
        (
            "{ office(slug: \"osce-secretariat\") { releases(filter: {offices: [\"osce-chairpersonship\"], withoutOffice: true}) { totalCount } } }",
            json!({}),
            vec!["filter.offices ALREADY_SETTLED", "filter.withoutOffice ALREADY_SETTLED"],
        ),
        (
            "{ releases(first: 5, last: 5) { totalCount } }",
            json!({}),
            vec!["last CONFLICTING"],
        ),
        (
            "{ releases(first: 2147483647) { totalCount } }",
            json!({}),
            vec!["first OUT_OF_RANGE"],
        ),
    ];
    for (query, variables, faults) in cases {
        let answer = server.client().graphql(query, variables).await;
        assert_eq!(
            (answer.status.as_u16(), answer.codes(), answer.faults()),
            (
                200,
                vec!["VALIDATION_FAILED"],
                faults.iter().map(ToString::to_string).collect()
            ),
            "{query}\n{}",
            answer.text
        );
        assert!(
            answer.errors()[0]["path"].is_array() && answer.errors()[0]["locations"].is_array(),
            "{}",
            answer.text
        );
    }
    let answer = server
        .client()
        .graphql(list, json!({"f": {"offices": ["nowhere"]}}))
        .await;
    assert!(
        answer
            .message()
            .starts_with("filter.offices.0: there is no office “nowhere”"),
        "{}",
        answer.message()
    );
}

async fn a_value_of_another_kind_is_refused(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    let days = [
        "2024-2-1",
        "2024-02-30",
        "22 November 2024",
        "2024-11-22T00:00:00Z",
        "",
        "0000-01-01",
        "20241122",
    ];
    for day in days {
        let query = "query($day: Date!) { releases(filter: {publishedFrom: $day}) { totalCount } }";
        let answer = server.client().graphql(query, json!({"day": day})).await;
        assert_eq!(answer.codes(), ["VALIDATION_FAILED"], "{day}: {}", answer.text);
        let literal = format!("{{ releases(filter: {{publishedTo: {day:?}}}) {{ totalCount }} }}");
        let answer = server.client().graphql(&literal, json!({})).await;
        assert_eq!(answer.codes(), ["VALIDATION_FAILED"], "{day}: {}", answer.text);
    }
    for locale in ["", "english", "en_GB", "e", "not a locale", &"en-".repeat(20)] {
        let answer = server
            .client()
            .graphql(
                "query($l: Locale) { releases(locale: $l) { totalCount } }",
                json!({"l": locale}),
            )
            .await;
        // "english" is a well-formed tag: a registered language subtag may have up to eight letters.
        let expected: &[&str] = if locale == "english" {
            &[]
        } else {
            &["VALIDATION_FAILED"]
        };
        assert_eq!(answer.codes(), expected, "{locale}: {}", answer.text);
    }
    for (query, code) in [
        (
            "{ releases(orderBy: SIDEWAYS) { totalCount } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "{ releases(first: \"ten\") { totalCount } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "{ releases(filter: {offices: [1]}) { totalCount } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "{ releases(filter: {colour: \"red\"}) { totalCount } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("{ releases { colour } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ releases { nodes } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ nodes { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ releases { totalCount }", "GRAPHQL_PARSE_FAILED"),
    ] {
        let answer = server.client().graphql(query, json!({})).await;
        assert_eq!(
            (answer.status.as_u16(), answer.codes().first().copied()),
            (400, Some(code)),
            "{query}: {}",
            answer.text
        );
        assert!(answer.body.get("data").is_none(), "{}", answer.text);
    }
}

async fn a_newsroom_with_locales_refuses_others(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve_with(&[], &[("NEWSROOM_LOCALES", "en,ru,sr-Latn")]).await;
    let queries = [
        "query($l: Locale) { releases(locale: $l) { totalCount } }",
        "query($l: Locale) { release(slug: \"x\", locale: $l) { id } }",
        "query($l: Locale) { address(slug: \"x\", locale: $l) { __typename } }",
        "query($l: Locale) { node(id: \"UmVsZWFzZTowMTkyZjNhNC03YjVjLTdkZWYtODEyMy00NTY3ODlhYmNkZWY\", locale: $l) { id } }",
        "query($l: Locale) { office(slug: \"osce-secretariat\") { name(locale: $l) } }",
        "query($l: Locale) { office(slug: \"osce-secretariat\") { releases(locale: $l) { totalCount } } }",
    ];
    for query in queries {
        let answer = server.client().graphql(query, json!({"l": "fr"})).await;
        assert_eq!(
            (answer.codes(), answer.faults()),
            (vec!["VALIDATION_FAILED"], vec!["locale UNKNOWN_LOCALE".to_owned()]),
            "{query}: {}",
            answer.text
        );
        assert!(answer.message().contains("en, ru, sr-Latn"), "{}", answer.message());
        let answer = server.client().graphql(query, json!({"l": "SR-latn"})).await;
        assert!(answer.errors().is_empty(), "{query}: {}", answer.text);
    }
}

async fn other_paths_and_methods_are_problems(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    for (method, path, status, code) in [
        ("GET", "/nothing", 404, "NOT_FOUND"),
        ("POST", "/nothing/at/all", 404, "NOT_FOUND"),
        ("GET", "/graphql/", 404, "NOT_FOUND"),
        ("POST", "/livez", 405, "METHOD_NOT_ALLOWED"),
        ("DELETE", "/readyz", 405, "METHOD_NOT_ALLOWED"),
    ] {
        let answer = server.client().send(server.client().request(method, path)).await;
        assert_eq!(
            (
                answer.status.as_u16(),
                answer.header("content-type"),
                &answer.body["code"]
            ),
            (status, "application/problem+json", &json!(code)),
            "{method} {path}: {}",
            answer.text
        );
        assert_eq!(
            (&answer.body["status"], answer.body["detail"].is_string()),
            (&json!(status), true),
            "{}",
            answer.text
        );
        assert_eq!(answer.header("allow").is_empty(), status != 405, "{method} {path}");
    }
}

async fn without_introspection_nothing_of_the_schema_is_told(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let closed = newsroom.serve_with(&[], &[("NEWSROOM_INTROSPECTION", "false")]).await;
    for query in [
        "{ __schema { types { name } } }",
        "{ __type(name: \"Query\") { name } }",
    ] {
        let answer = closed.client().graphql(query, json!({})).await;
        assert_eq!(
            (answer.status.as_u16(), answer.codes()),
            (400, vec!["GRAPHQL_VALIDATION_FAILED"]),
            "{}",
            answer.text
        );
    }
    let misspelt = [
        "{ release { id } releses { totalCount } }",
        "{ releases(frist: 1) { totalCount } }",
        "{ releases { nodes { titel } } }",
        "{ releases(filter: {offcies: [\"x\"]}) { totalCount } }",
        "{ releases(orderBy: NEWST) { totalCount } }",
        "{ releases @inclde(if: true) { totalCount } }",
        "{ node(id: \"x\") { ... on Relase { id } } }",
    ];
    for query in misspelt {
        let answer = closed.client().graphql(query, json!({})).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text);
        assert!(
            !answer.text.to_lowercase().contains("did you mean"),
            "{query}: {}",
            answer.text
        );
    }
    assert_eq!(
        closed.client().ask("{ __typename }", json!({})).await,
        json!({"__typename": "Query"})
    );
    drop(closed);
    let open = newsroom.serve().await;
    let answer = open.client().graphql("{ releses { totalCount } }", json!({})).await;
    assert!(
        answer.message().contains("Did you mean \"releases\""),
        "{}",
        answer.text
    );
    let types = open
        .client()
        .ask("{ __schema { queryType { name } } }", json!({}))
        .await;
    assert_eq!(types["__schema"]["queryType"]["name"], "Query");
}

async fn one_bad_field_leaves_the_others(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    let answer = server
        .client()
        .graphql("{ good: release(slug: \"x\") { id } bad: release { id } }", json!({}))
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["data"], json!({"good": null, "bad": null}));
    assert_eq!(answer.errors()[0]["path"], json!(["bad"]));
    // A connection is never null, so that its error takes the data along.
    let answer = server
        .client()
        .graphql(
            "{ release(slug: \"x\") { id } releases(first: -1) { totalCount } }",
            json!({}),
        )
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.codes(), &answer.body["data"]),
        (200, vec!["VALIDATION_FAILED"], &Value::Null),
        "{}",
        answer.text
    );
}
