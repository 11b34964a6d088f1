//! What a client gets by its method, headers and body: statuses, media types and codes.

use axum::body::Body;
use http::{Request, header};
use newsroom_api::http::{GraphqlConfig, Limits};
use serde_json::json;

use crate::newsdesk::{MODERN, Newsdesk};

#[tokio::test]
async fn a_good_query_is_200_in_either_media_type() {
    let desk = Newsdesk::new();
    for (accept, expected) in [
        (MODERN, "application/graphql-response+json; charset=utf-8"),
        ("*/*", "application/json; charset=utf-8"),
    ] {
        let answer = desk.query("{ hello }").accept(accept).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers[header::CONTENT_TYPE], expected);
        assert_eq!(answer.headers[header::VARY], "accept");
        assert_eq!(answer.body, json!({"data": {"hello": "hello"}}));
    }
}

#[tokio::test]
async fn a_bad_document_is_400_in_the_modern_type_and_200_in_the_old_one_never_with_data() {
    let desk = Newsdesk::new();
    let cases = [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { hello } query B { hello }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($day: Day!) { day(day: $day) }", "VALIDATION_FAILED"),
        ("subscription { changes }", "BAD_REQUEST"),
        ("{ ...F } fragment F on Query { ...F }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ echo(text: 3) }", "GRAPHQL_VALIDATION_FAILED"),
    ];
    for (query, code) in cases {
        let modern = desk.query(query).await;
        assert_eq!(modern.refusal(), (400, code), "{query}");
        assert_eq!(modern.headers[header::CACHE_CONTROL], "no-store");
        assert_eq!(
            desk.query(query).accept("application/json").await.refusal(),
            (200, code),
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_malformed_request_is_400_in_either_media_type() {
    let desk = Newsdesk::new();
    let cases = [
        ("", "The body is empty; send a JSON object with a `query`."),
        (
            "  [{\"query\": \"{ hello }\"}]",
            "The body is a JSON array: batches are not served, send one request each.",
        ),
        ("\"{ hello }\"", "The body is not a JSON object."),
        (
            "{\"query\"",
            "The body is not a request: EOF while parsing an object at line 1 column 8.",
        ),
        (
            "{\"query\": \"\u{0}\"}",
            "The body is not a request: control character (\\u0000-\\u001F) found while parsing a string at line 1 column 12.",
        ),
        ("{}", "The parameter `query` is missing."),
        ("{\"qeury\": \"{ hello }\"}", "The parameter `query` is missing."),
        (
            "{\"query\": 1}",
            "The parameter `query` must be a string, not a number.",
        ),
        (
            "{\"query\": \"{ hello }\", \"query\": \"{ nest }\"}",
            "The body is not a request: duplicate field `query` at line 1 column 30.",
        ),
        (
            "{\"query\": \"{ hello }\", \"operationName\": {}}",
            "The parameter `operationName` must be a string, not an object.",
        ),
        (
            "{\"query\": \"{ hello }\", \"variables\": \"{}\"}",
            "The parameter `variables` must be an object, not a string.",
        ),
        (
            "{\"query\": \"{ hello }\", \"extensions\": []}",
            "The parameter `extensions` must be an object, not an array.",
        ),
    ];
    for (body, message) in cases {
        let modern = desk.post(body).await;
        assert_eq!(modern.message(), message, "{body}");
        assert_eq!(modern.refusal(), (400, "BAD_REQUEST"), "{body}");
        let request = Request::post("/graphql")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body));
        assert_eq!(
            desk.send(request.unwrap()).await.refusal(),
            (400, "BAD_REQUEST"),
            "{body}"
        );
    }
    let deep = format!(
        "{{\"query\": \"{{ hello }}\", \"variables\": {{\"a\": {}}}}}",
        "[".repeat(100_000)
    );
    assert_eq!(
        desk.post(deep).await.message(),
        "The body is not a request: recursion limit exceeded at line 1 column 168."
    );
    let bytes = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(&b"{\"query\": \"\xff\"}"[..]));
    assert_eq!(desk.send(bytes.unwrap()).await.refusal(), (400, "BAD_REQUEST"));
}

#[tokio::test]
async fn parameters_that_are_null_or_unknown_are_left_aside() {
    let desk = Newsdesk::new();
    let body =
        json!({"query": "query A { hello }", "variables": null, "operationName": null, "extensions": null, "id": 7});
    assert_eq!(desk.post(body).await.body, json!({"data": {"hello": "hello"}}));
}

#[tokio::test]
async fn a_hash_without_a_text_asks_for_the_text_as_apollo_does() {
    let desk = Newsdesk::new();
    let answer = desk
        .post(json!({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "00"}}}))
        .await;
    assert_eq!(
        (answer.refusal(), answer.message()),
        ((400, "PERSISTED_QUERY_NOT_FOUND"), "PersistedQueryNotFound")
    );
}

#[tokio::test]
async fn bodies_of_other_media_types_are_415_and_nobody_looks_into_them() {
    let desk = Newsdesk::new();
    let types = [
        None,
        Some("multipart/form-data"),
        Some("multipart/form-data; boundary=x"),
        Some("text/plain"),
        Some("application/graphql"),
        Some("application/x-www-form-urlencoded"),
        Some("application/json; charset=utf-16"),
        Some("garbage"),
    ];
    for media_type in types {
        let mut request = Request::post("/graphql");
        if let Some(media_type) = media_type {
            request = request.header(header::CONTENT_TYPE, media_type);
        }
        let answer = desk.send(request.body(Body::from("--x\r\n")).unwrap()).await;
        assert_eq!(answer.refusal(), (415, "UNSUPPORTED_MEDIA_TYPE"), "{media_type:?}");
    }
    let zipped = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONTENT_ENCODING, "gzip");
    assert_eq!(
        desk.send(zipped.body(Body::empty()).unwrap()).await.refusal(),
        (415, "UNSUPPORTED_MEDIA_TYPE")
    );
    for fine in ["application/json; charset=UTF-8", "Application/JSON;charset=\"utf-8\""] {
        let request = Request::post("/graphql")
            .header(header::CONTENT_TYPE, fine)
            .body(Body::from("{\"query\":\"{hello}\"}"))
            .unwrap();
        assert_eq!(desk.send(request).await.status, 200, "{fine}");
    }
}

#[tokio::test]
async fn an_accept_header_that_allows_neither_type_is_406_in_json() {
    let answer = Newsdesk::new().query("{ hello }").accept("text/html").await;
    assert_eq!(answer.refusal(), (406, "NOT_ACCEPTABLE"));
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/json; charset=utf-8");
}

#[tokio::test]
async fn a_body_over_the_limit_is_413_whether_it_says_so_or_not() {
    let desk = Newsdesk::with(GraphqlConfig {
        limits: Limits {
            body_bytes: 100,
            ..Limits::default()
        },
        ..GraphqlConfig::default()
    });
    let long = json!({"query": "{ hello }", "variables": {"padding": "x".repeat(100)}}).to_string();
    assert_eq!(desk.post(&long).await.refusal(), (413, "PAYLOAD_TOO_LARGE"));
    let announced = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONTENT_LENGTH, "101");
    assert_eq!(
        desk.send(announced.body(Body::empty()).unwrap()).await.refusal(),
        (413, "PAYLOAD_TOO_LARGE")
    );
    let chunks = futures_util::stream::iter((0..200).map(|_| Ok::<_, std::io::Error>("{")));
    let streamed = Request::post("/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from_stream(chunks))
        .unwrap();
    assert_eq!(desk.send(streamed).await.refusal(), (413, "PAYLOAD_TOO_LARGE"));
    assert_eq!(desk.post(json!({"query": "{ hello }"})).await.status, 200);
}

#[tokio::test]
async fn queries_go_by_get_and_by_head() {
    let desk = Newsdesk::new();
    let query = "query=query%20A(%24t:String!)%7Becho(text:%24t)%7D+query+B%7Bhello%7D";
    let answer = desk
        .get(&format!(
            "?{query}&operationName=A&variables=%7B%22t%22:%22a%2Bb%22%7D&extensions=%7B%7D&utm=1"
        ))
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.body),
        (200, json!({"data": {"echo": "a+b"}}))
    );
    assert_eq!(
        desk.get("?query=%7Bhello%7D&operationName=&variables=&extensions=null")
            .await
            .status,
        200
    );
    assert_eq!(
        desk.send(Request::head("/graphql?query=%7Bhello%7D").body(Body::empty()).unwrap())
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_malformed_address_is_400_and_a_long_one_414() {
    let desk = Newsdesk::new();
    for address in [
        "",
        "?",
        "?query=",
        "?query=%7Bhello%7D&query=%7Bhello%7D",
        "?query=%ff",
        "?query=%7Bhello%7D&variables=%7B",
        "?query=%7Bhello%7D&variables=[]",
    ] {
        assert_eq!(desk.get(address).await.refusal(), (400, "BAD_REQUEST"), "{address}");
    }
    assert_eq!(
        desk.get(&format!("?query=%7Bhello%7D&x={}", "x".repeat(20_000)))
            .await
            .refusal(),
        (414, "URI_TOO_LONG")
    );
}

#[tokio::test]
async fn only_queries_go_by_get() {
    let desk = Newsdesk::new();
    for query in [
        "mutation%7Bpublish%7D",
        "subscription%7Bchanges%7D",
        "query+A%7Bhello%7D+mutation+B%7Bpublish%7D&operationName=B",
    ] {
        let answer = desk.get(&format!("?query={query}")).await;
        assert_eq!(answer.refusal(), (405, "METHOD_NOT_ALLOWED"), "{query}");
        assert_eq!(answer.headers[header::ALLOW], "POST");
    }
    assert_eq!(
        desk.query("mutation { publish }").await.body,
        json!({"data": {"publish": true}})
    );
}

#[tokio::test]
async fn other_methods_are_405_and_told_which_are_allowed() {
    let desk = Newsdesk::new();
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "PURGE"] {
        let answer = desk
            .send(
                Request::builder()
                    .method(method)
                    .uri("/graphql")
                    .body(Body::empty())
                    .unwrap(),
            )
            .await;
        assert_eq!(answer.refusal(), (405, "METHOD_NOT_ALLOWED"), "{method}");
        assert_eq!(answer.headers[header::ALLOW], "GET, HEAD, POST");
    }
}

#[tokio::test]
async fn the_operation_is_the_one_that_is_named() {
    let desk = Newsdesk::new();
    let query = "query A { hello } query B { many(id: 3) }";
    assert_eq!(
        desk.query(query).operation("B").await.body,
        json!({"data": {"many": 3}})
    );
    assert_eq!(
        desk.query(query).operation("C").await.message(),
        "The document has no operation named \"C\"."
    );
    assert_eq!(
        desk.query("{ hello }").operation("C").await.refusal(),
        (400, "GRAPHQL_VALIDATION_FAILED")
    );
}

#[tokio::test]
async fn a_body_that_drips_is_given_up() {
    let desk = Newsdesk::with(GraphqlConfig {
        body_timeout: Some(std::time::Duration::from_millis(50)),
        ..GraphqlConfig::default()
    });
    let endless = futures_util::stream::pending::<Result<axum::body::Bytes, std::io::Error>>();
    let request = Request::post("/graphql")
        .header(header::ACCEPT, MODERN)
        .header(header::CONTENT_TYPE, "application/json");
    let answer = desk.send(request.body(Body::from_stream(endless)).unwrap()).await;
    assert_eq!(answer.refusal(), (408, "TIMEOUT"));
}
