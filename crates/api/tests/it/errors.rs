//! Errors of execution: their codes, what they hide, and that the server goes on.

use std::{sync::Arc, time::Duration};

use axum::body::Body;
use http::{Request, header};
use newsroom_api::http::GraphqlConfig;
use serde_json::json;

use crate::newsdesk::{Log, Newsdesk, named_reader};

#[tokio::test]
async fn a_field_that_fails_leaves_the_others_and_its_code() {
    let answer = Newsdesk::new().query("{ hello refused }").await;
    assert_eq!(answer.status, 200);
    insta::assert_json_snapshot!(answer.body, @r#"
    {
      "data": {
        "hello": "hello",
        "refused": null
      },
      "errors": [
        {
          "extensions": {
            "code": "VALIDATION_FAILED",
            "fields": [
              {
                "code": "OUT_OF_RANGE",
                "message": "0 to 100 is allowed.",
                "path": "first"
              }
            ]
          },
          "locations": [
            {
              "column": 9,
              "line": 1
            }
          ],
          "message": "first: 0 to 100 is allowed.",
          "path": [
            "refused"
          ]
        }
      ]
    }
    "#);
}

#[tokio::test]
async fn a_failure_that_reaches_the_root_has_data_null_and_is_no_request_error() {
    let answer = Newsdesk::new().query("{ hello required }").await;
    assert_eq!((answer.status.as_u16(), answer.code()), (200, "NOT_FOUND"));
    assert_eq!(answer.body.get("data"), Some(&serde_json::Value::Null));
}

#[tokio::test]
async fn a_failed_field_is_null_and_a_failed_non_null_one_takes_its_parent_along() {
    let desk = Newsdesk::new();
    let cases = [
        (
            "{ hello nest { fails } }",
            json!({"hello": "hello", "nest": {"fails": null}}),
        ),
        (
            "{ nest { leaf gone: fails maybe { fails } } }",
            json!({"nest": {"leaf": "", "gone": null, "maybe": {"fails": null}}}),
        ),
        (
            "{ nest { leaf maybe { leaf must } } }",
            json!({"nest": {"leaf": "", "maybe": null}}),
        ),
        (
            "{ nest { maybe { nest { must } fails } } }",
            json!({"nest": {"maybe": null}}),
        ),
        (
            "{ nest { list { leaf must } } }",
            json!({"nest": {"list": [null, null, null]}}),
        ),
        (
            "{ nest { list { fails ... on Nest { ...F } } } } fragment F on Nest { nest { fails leaf } }",
            json!({"nest": {"list": [{"fails": null, "nest": {"fails": null, "leaf": ""}}, null, {"fails": null, "nest": {"fails": null, "leaf": ""}}]}}),
        ),
        ("{ nest { leaf must } }", json!(null)),
        ("{ nest { maybe { leaf } } required }", json!(null)),
    ];
    for (query, data) in cases {
        let answer = desk.query(query).await;
        assert_eq!(
            (answer.status.as_u16(), answer.body["data"].to_string()),
            (200, data.to_string()),
            "{query}"
        );
        assert!(answer.body["errors"].is_array(), "{query}");
    }
}

#[tokio::test]
async fn fields_come_in_the_order_of_the_document_and_skipped_ones_leave_an_empty_object() {
    let desk = Newsdesk::new();
    let answer = desk
        .send_for_text("{ nest { late leaf ... { late } list { late leaf } } hello }")
        .await;
    assert_eq!(
        answer,
        r#"{"data":{"nest":{"late":1,"leaf":"","list":[{"late":1,"leaf":""},null,{"late":1,"leaf":""}]},"hello":"hello"}}"#
    );
    assert_eq!(desk.send_for_text("{ hello @skip(if: true) }").await, r#"{"data":{}}"#);
    assert_eq!(
        desk.send_for_text("{ nest { leaf @skip(if: true) } }").await,
        r#"{"data":{"nest":{}}}"#
    );
}

#[tokio::test]
async fn input_that_a_scalar_refuses_is_validation_failed() {
    let desk = Newsdesk::new();
    let literal = desk.query("{ day(day: \"tomorrow\") }").await;
    assert_eq!(literal.code(), "VALIDATION_FAILED");
    assert_eq!(literal.message(), "Failed to parse \"Day\": a day is YYYY-MM-DD");
    let variable = desk
        .query("query($day: Day!) { day(day: $day) }")
        .variables(json!({"day": 3}))
        .await;
    assert_eq!(variable.code(), "VALIDATION_FAILED");
}

#[tokio::test]
async fn a_required_variable_that_is_missing_or_null_is_refused_by_name_before_anything_runs() {
    let desk = Newsdesk::new();
    for variables in [json!({}), json!({"day": null})] {
        let answer = desk
            .query("query($day: Day!) { hello day(day: $day) }")
            .variables(variables)
            .await;
        assert_eq!(answer.refusal(), (400, "VALIDATION_FAILED"));
        assert_eq!(answer.message(), "variables.day: A value of type Day! is required.");
    }
    assert_eq!(
        desk.query("query($day: Day! = \"2024-11-22\") { day(day: $day) }")
            .await
            .body,
        json!({"data": {"day": "2024-11-22"}})
    );
}

#[tokio::test]
async fn what_we_did_wrong_is_internal_with_the_request_id_and_without_a_word_of_sql() {
    let desk = Newsdesk::new();
    for query in ["{ leaks }", "{ broken }", "{ reader }"] {
        let answer = desk.query(query).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (200, "INTERNAL"), "{query}");
        assert_eq!(answer.message(), "Something went wrong on the server.");
        assert_eq!(answer.body["errors"][0]["extensions"]["requestId"], "request-7");
        assert_eq!(answer.body["errors"][0]["path"][0], query.trim_matches(['{', '}', ' ']));
    }
}

#[tokio::test]
async fn a_panic_is_internal_is_logged_once_and_the_next_request_is_served() {
    static LOG: std::sync::LazyLock<Log> = std::sync::LazyLock::new(Log::default);
    let log: &'static Log = &LOG;
    let _guard = tracing::subscriber::set_default(log);
    let desk = Newsdesk::new();
    let answer = desk.query("{ hello boom }").await;
    assert_eq!(answer.refusal(), (500, "INTERNAL"));
    assert_eq!(answer.body["errors"][0]["extensions"]["requestId"], "request-7");
    assert!(!answer.body.to_string().contains("ink"));
    assert_eq!(
        *LOG.0.lock().unwrap(),
        ["message=a GraphQL request panicked request_id=\"request-7\" panic=\"the ink is out\" "]
    );
    assert_eq!(desk.query("{ hello }").await.status, 200);
}

#[tokio::test]
async fn a_query_that_takes_too_long_is_503() {
    let desk = Newsdesk::with(GraphqlConfig {
        timeout: Some(Duration::from_millis(20)),
        ..GraphqlConfig::default()
    });
    assert_eq!(
        desk.query("{ slow(milliseconds: 60000) }").await.refusal(),
        (503, "TIMEOUT")
    );
    assert_eq!(desk.query("{ slow(milliseconds: 0) }").accept("*/*").await.status, 200);
}

#[tokio::test]
async fn the_prepare_hook_gives_resolvers_their_data_and_may_refuse() {
    let desk = Newsdesk::with(GraphqlConfig {
        prepare: Arc::new(named_reader),
        ..GraphqlConfig::default()
    });
    assert_eq!(
        desk.query("{ reader }").accept("application/json").await.refusal(),
        (401, "UNAUTHENTICATED")
    );
    let request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header("x-reader", "Ada");
    let answer = desk
        .send(request.body(Body::from("{\"query\":\"{ reader }\"}")).unwrap())
        .await;
    assert_eq!(answer.body, json!({"data": {"reader": "Ada"}}));
}

#[tokio::test]
async fn without_introspection_neither_the_schema_nor_a_hint_of_it_is_told() {
    let desk = Newsdesk::with(GraphqlConfig {
        introspection: false,
        ..GraphqlConfig::default()
    });
    for query in [
        "{ __schema { types { name } } }",
        "{ ...F } fragment F on Query { a: __type(name: \"Query\") { name } }",
    ] {
        let answer = desk.query(query).await;
        assert_eq!(answer.refusal(), (400, "GRAPHQL_VALIDATION_FAILED"), "{query}");
        assert!(answer.message().starts_with("Introspection is off"), "{query}");
    }
    for query in ["{ helo }", "{ echo(txt: \"\") }", "{ hello @include(iff: true) }"] {
        let answer = desk.query(query).await;
        assert_eq!(answer.refusal(), (400, "GRAPHQL_VALIDATION_FAILED"), "{query}");
        assert!(!answer.body.to_string().contains("Did you mean"), "{}", answer.body);
    }
    assert!(
        Newsdesk::new()
            .query("{ helo }")
            .await
            .message()
            .ends_with("Did you mean \"hello\"?")
    );
    assert_eq!(
        desk.query("{ __typename }").await.body,
        json!({"data": {"__typename": "Query"}})
    );
}

#[tokio::test]
async fn no_error_echoes_more_than_a_line_and_no_more_than_ten_come_back() {
    let desk = Newsdesk::new();
    let long = "x".repeat(60_000);
    let queries = [
        format!("{{ echo(text: {long:?}, {long:?}) }}"),
        format!("{{ hello \"{long}\" }}"),
        format!("{{ many(id: \"{long}\") }}"),
        format!("{{ day(day: \"{long}\") }}"),
        format!("{{ {} }}", "a b c d e f g h ".repeat(200)),
    ];
    for query in &queries {
        let answer = desk.query(query).await;
        let errors = answer.body["errors"].as_array().unwrap();
        assert!(!errors.is_empty() && errors.len() <= 10, "{}", answer.body);
        assert!(
            errors
                .iter()
                .all(|error| error["message"].as_str().unwrap().chars().count() <= 201),
            "{}",
            answer.body
        );
    }
    assert_eq!(
        desk.query(&queries[1]).await.message(),
        "Syntax error: expected selection set, selection, directive, or arguments."
    );
}
