//! Bad input of every kind, on the real program: refused with its code, and the process goes on answering.

use std::time::Duration;

use newsroom_tests::{Answer, Kind, Server, on_both};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::archive::newsroom_with_seed;

on_both!(
    documents_that_cost_too_much_are_refused,
    bodies_that_are_no_request_are_refused,
    deep_json_is_refused,
    batches_and_writing_by_get_are_refused,
    what_is_not_http_harms_nobody,
    clients_that_say_nothing_are_let_go,
    no_answer_echoes_more_than_a_line,
);

async fn still_answers(server: &mut Server) {
    let data = server.client().ask("{ releases { totalCount } }", json!({})).await;
    assert_eq!(data["releases"]["totalCount"], 7);
    assert!(server.runs());
}

fn numbered(count: usize, piece: impl Fn(usize) -> String) -> String {
    (0..count).map(piece).collect()
}

/// Asserts that an answer refuses the request with this status and code, and without data.
fn assert_refused(answer: &Answer, status: u16, code: &str, what: &str) {
    assert_eq!(
        (answer.status.as_u16(), answer.codes().first().copied()),
        (status, Some(code)),
        "{what}: {}",
        &answer.text[..answer.text.len().min(500)]
    );
    assert!(answer.body.get("data").is_none(), "{what}");
}

#[expect(clippy::too_many_lines, reason = "a table of attacks")]
async fn documents_that_cost_too_much_are_refused(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let mut server = newsroom.serve().await;
    let lists = |open: &str, close: &str| {
        format!(
            "{{ releases(filter: {{offices: {}{}}}) {{ totalCount }} }}",
            open.repeat(20_000),
            close.repeat(20_000)
        )
    };
    let doubling = |count: usize| {
        let fragments = numbered(count, |n| {
            format!("fragment F{n} on Query {{ ...F{0} ...F{0} }} ", n + 1)
        });
        format!("{{ ...F0 }} {fragments} fragment F{count} on Query {{ __typename }}")
    };
    let towers = "{ offices { releases(first: 100) { nodes { offices { releases(first: 100) { nodes { offices { name } } } } } } } }";
    let cases = [
        ("brackets, nested and closed", lists("[", "]"), "QUERY_TOO_COMPLEX"),
        ("brackets that stay open", lists("[", ""), "QUERY_TOO_COMPLEX"),
        ("objects in one another", lists("{a:", "}"), "QUERY_TOO_COMPLEX"),
        (
            "selections in one another",
            format!("{}__typename{}", "{ a ".repeat(20_000), "}".repeat(20_000)),
            "QUERY_TOO_COMPLEX",
        ),
        ("2^20 fragments", doubling(20), "QUERY_TOO_COMPLEX"),
        ("2^60 fragments", doubling(60), "QUERY_TOO_COMPLEX"),
        (
            "1,000 aliases",
            format!("{{ {} }}", numbered(1_000, |n| format!("a{n}: __typename "))),
            "QUERY_TOO_COMPLEX",
        ),
        (
            "1,000 lists",
            format!(
                "{{ {} }}",
                numbered(1_000, |n| format!("a{n}: releases {{ totalCount }} "))
            ),
            "QUERY_TOO_COMPLEX",
        ),
        (
            "1,000 directives",
            format!(
                "{{ releases {{ totalCount {} }} }}",
                "@include(if: true) ".repeat(1_000)
            ),
            "QUERY_TOO_COMPLEX",
        ),
        (
            "1,000 unknown directives",
            format!("{{ __typename {} }}", "@a ".repeat(1_000)),
            "QUERY_TOO_COMPLEX",
        ),
        ("lists of lists of lists", towers.to_owned(), "QUERY_TOO_COMPLEX"),
        (
            "1,000 operations",
            numbered(1_000, |n| format!("query Q{n} {{ __typename }} ")),
            "QUERY_TOO_COMPLEX",
        ),
        (
            "a fragment in itself",
            "{ ...A } fragment A on Query { ...A }".to_owned(),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "a ring of fragments",
            "{ ...A } fragment A on Query { ...B } fragment B on Query { ...C } fragment C on Query { ...A }"
                .to_owned(),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "a ring that nobody spreads",
            "{ __typename } fragment A on Query { node(id: \"x\") { ...B } } fragment B on Node { ...A }".to_owned(),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "a ring through fields",
            "{ offices { ...A } } fragment A on Office { releases { nodes { offices { ...A } } } }".to_owned(),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("nothing but quotes", "\"".repeat(1_001), "GRAPHQL_PARSE_FAILED"),
        ("many quotes", "\"".repeat(60_000), "QUERY_TOO_COMPLEX"),
        (
            "a null character",
            "{ __typename \0 }".to_owned(),
            "GRAPHQL_PARSE_FAILED",
        ),
    ];
    for (what, query, code) in cases {
        let answer = server.client().graphql(&query, json!({})).await;
        assert_refused(&answer, 400, code, what);
        still_answers(&mut server).await;
    }
    // A wrong count and a wrong cursor are the field's fault, and the rest of the answer stands.
    for (variables, code) in [
        (json!({"first": -1}), "VALIDATION_FAILED"),
        (json!({"after": "AQEAAAYnVnV_gAAZNT"}), "INVALID_CURSOR"),
    ] {
        let query =
            "query($first: Int, $after: String) { __typename releases(first: $first, after: $after) { totalCount } }";
        let answer = server.client().graphql(query, variables).await;
        assert_eq!(
            (answer.status.as_u16(), answer.codes()),
            (200, vec![code]),
            "{}",
            answer.text
        );
    }
}

#[expect(clippy::too_many_lines, reason = "a table of attacks")]
async fn bodies_that_are_no_request_are_refused(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let mut server = newsroom.serve().await;
    let post = |media_type: &'static str, body: Vec<u8>| {
        server
            .client()
            .request("POST", "/graphql")
            .header("content-type", media_type)
            .header("accept", "application/graphql-response+json")
            .body(body)
    };
    let good = br#"{"query": "{ __typename }"}"#.to_vec();
    let operations = b"--x\r\nContent-Disposition: form-data; name=\"operations\"\r\nContent-Type: multipart/form-data\r\n\r\n{}\r\n--x--\r\n".to_vec();
    let cases = [
        (
            "multipart without a boundary",
            "multipart/form-data",
            operations.clone(),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (
            "multipart in multipart",
            "multipart/form-data; boundary=x",
            operations,
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        ("plain text", "text/plain", good.clone(), 415, "UNSUPPORTED_MEDIA_TYPE"),
        (
            "a form",
            "application/x-www-form-urlencoded",
            b"query={__typename}".to_vec(),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (
            "no media type that is one",
            "json",
            good.clone(),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (
            "a query of 100 kB",
            "application/json",
            json!({"query": format!("{{ __typename {} }}", " ".repeat(100_000))})
                .to_string()
                .into_bytes(),
            400,
            "QUERY_TOO_COMPLEX",
        ),
        ("nothing", "application/json", Vec::new(), 400, "BAD_REQUEST"),
        (
            "half an object",
            "application/json",
            good[..10].to_vec(),
            400,
            "BAD_REQUEST",
        ),
        (
            "invalid UTF-8",
            "application/json",
            b"{\"query\": \"{ __typename \xff\xfe }\"}".to_vec(),
            400,
            "BAD_REQUEST",
        ),
        (
            "half a surrogate pair",
            "application/json",
            br#"{"query": "\ud800"}"#.to_vec(),
            400,
            "BAD_REQUEST",
        ),
        (
            "UTF-16",
            "application/json",
            good.iter().flat_map(|byte| [*byte, 0]).collect(),
            400,
            "BAD_REQUEST",
        ),
        (
            "a number",
            "application/json",
            b"1e999999999".to_vec(),
            400,
            "BAD_REQUEST",
        ),
        (
            "a query that is a list",
            "application/json",
            br#"{"query": ["{ __typename }"]}"#.to_vec(),
            400,
            "BAD_REQUEST",
        ),
        (
            "the query twice",
            "application/json",
            br#"{"query": "{ __typename }", "query": "{ __typename }"}"#.to_vec(),
            400,
            "BAD_REQUEST",
        ),
    ];
    for (what, media_type, body, status, code) in cases {
        let answer = server.client().send(post(media_type, body)).await;
        assert_refused(&answer, status, code, what);
    }
    // The server answers before it has read all, and closes; a client that has not looked by then may see the close alone.
    let long = format!(
        "{{\"query\": \"{{ __typename }}\", \"x\": \"{}\"}}",
        "x".repeat(1_000_000)
    );
    let head = "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    let said_so = format!("{head}Content-Length: {}\r\n\r\n{long}", long.len());
    let in_chunks = format!(
        "{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{long}\r\n0\r\n\r\n",
        long.len()
    );
    for request in [said_so, in_chunks] {
        let answer = raw(&server, request.as_bytes()).await;
        assert!(
            answer.starts_with("HTTP/1.1 413") && answer.contains("PAYLOAD_TOO_LARGE"),
            "a megabyte: {answer}"
        );
    }
    let zipped = server
        .client()
        .request("POST", "/graphql")
        .header("content-type", "application/json")
        .header("content-encoding", "gzip");
    assert_refused(
        &server.client().send(zipped.body(good)).await,
        415,
        "UNSUPPORTED_MEDIA_TYPE",
        "a body that is packed",
    );
    still_answers(&mut server).await;
}

async fn deep_json_is_refused(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let mut server = newsroom.serve().await;
    // As deep as it gets within the limit of a body's length.
    for (open, close, depth) in [("[", "]", 100_000), ("{\"a\":", "}", 40_000)] {
        for closed in [true, false] {
            let end = if closed { close.repeat(depth) } else { String::new() };
            let deep = format!("{}1{end}", open.repeat(depth));
            for key in ["variables", "extensions"] {
                let body = format!("{{\"query\": \"{{ __typename }}\", \"{key}\": {{\"a\": {deep}}}}}");
                let answer = server.client().send(server.client().post(body)).await;
                assert_refused(&answer, 400, "BAD_REQUEST", &format!("{key} of {open}"));
            }
        }
    }
    still_answers(&mut server).await;
}

async fn batches_and_writing_by_get_are_refused(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let mut server = newsroom.serve().await;
    let client = server.client();
    let batch = format!("[{}]", vec![r#"{"query": "{ __typename }"}"#; 1_000].join(","));
    assert_refused(&client.send(client.post(batch)).await, 400, "BAD_REQUEST", "a batch");
    let get = async |query: &str| {
        client
            .send(
                client
                    .request("GET", "/graphql")
                    .query(&[("query", query)])
                    .header("accept", "application/graphql-response+json"),
            )
            .await
    };
    assert_eq!(
        *get("{ releases { totalCount } }").await.data("/releases/totalCount"),
        7
    );
    let answer = get("mutation { publish }").await;
    assert_refused(&answer, 405, "METHOD_NOT_ALLOWED", "a mutation by GET");
    assert_eq!(answer.header("allow"), "POST");
    assert_refused(
        &get("subscription { changes }").await,
        405,
        "METHOD_NOT_ALLOWED",
        "a subscription by GET",
    );
    assert_refused(
        &get(&format!("{{ __typename {} }}", " ".repeat(30_000))).await,
        414,
        "URI_TOO_LONG",
        "a long address",
    );
    assert_refused(
        &client.graphql("mutation { publish }", json!({})).await,
        400,
        "GRAPHQL_VALIDATION_FAILED",
        "a mutation, of which there is none yet",
    );
    for method in ["PUT", "DELETE", "PATCH", "TRACE"] {
        let answer = client.send(client.request(method, "/graphql")).await;
        assert_refused(&answer, 405, "METHOD_NOT_ALLOWED", method);
    }
    still_answers(&mut server).await;
}

/// Sends bytes as they are, and reads what comes until the server closes, or says nothing for a while.
async fn raw(server: &Server, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.root().trim_start_matches("http://"))
        .await
        .unwrap();
    // The server may close before it has read all.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    while let Ok(Ok(read @ 1..)) = tokio::time::timeout(Duration::from_millis(500), stream.read(&mut part)).await {
        answer.extend_from_slice(&part[..read]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

async fn what_is_not_http_harms_nobody(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let mut server = newsroom.serve().await;
    let head = |line: &str, headers: &str| format!("{line}\r\nHost: localhost\r\n{headers}\r\n").into_bytes();
    let cases = [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(), "HTTP/1.1 400"),
        (b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), "HTTP/1.1 40"),
        (head("GET / HTTP/9.9", ""), "HTTP/1.1 400"),
        (
            head(&format!("GET /{} HTTP/1.1", "x".repeat(70_000)), ""),
            "HTTP/1.1 414",
        ),
        (
            head("GET /livez HTTP/1.1", &format!("X: {}\r\n", "x".repeat(900_000))),
            "HTTP/1.1 431",
        ),
        (
            head(
                "POST /graphql HTTP/1.1",
                "Content-Type: application/json\r\nContent-Length: 99999999999\r\n",
            ),
            "HTTP/1.1 413",
        ),
        (
            head(
                "POST /graphql HTTP/1.1",
                "Content-Type: application/json\r\nContent-Length: minus\r\n",
            ),
            "HTTP/1.1 400",
        ),
        (
            head(
                "POST /graphql HTTP/1.1",
                "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n",
            ),
            "",
        ),
    ];
    for (bytes, begins) in cases {
        let answer = raw(&server, &bytes).await;
        assert!(
            answer.starts_with(begins),
            "{:?}: {answer}",
            String::from_utf8_lossy(&bytes[..bytes.len().min(80)])
        );
        still_answers(&mut server).await;
    }
}

async fn clients_that_say_nothing_are_let_go(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let mut server = newsroom
        .serve_with(
            &[],
            &[("NEWSROOM_MAX_CONNECTIONS", "4"), ("NEWSROOM_HEADER_TIMEOUT", "1")],
        )
        .await;
    let address = server.root().trim_start_matches("http://").to_owned();
    let mut silent = Vec::new();
    for _ in 0..12 {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n").await.unwrap();
        silent.push(stream);
    }
    still_answers(&mut server).await;
}

async fn no_answer_echoes_more_than_a_line(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let mut server = newsroom.serve().await;
    let long = "x".repeat(40_000);
    let words = numbered(2_000, |n| format!("word{n} "));
    let queries = [
        format!("{{ releases(after: \"{long}\") {{ totalCount }} }}"),
        format!("{{ release(id: \"{long}\") {{ id }} }}"),
        format!("{{ releases(locale: \"{long}\") {{ totalCount }} }}"),
        format!("{{ releases(filter: {{offices: [\"{long}\"]}}) {{ totalCount }} }}"),
        format!("{{ releases(filter: {{publishedFrom: \"{long}\"}}) {{ totalCount }} }}"),
        format!("{{ releases \"{long}\" }}"),
        format!("{{ {words} }}"),
        format!("query Q($a: Int = \"{long}\") {{ releases(first: $a) {{ totalCount }} }}"),
    ];
    for query in queries {
        let answer = server.client().graphql(&query, json!({})).await;
        let shown = &query[..60];
        assert!(
            !answer.errors().is_empty() && answer.errors().len() <= 10,
            "{shown}: {}",
            answer.text
        );
        let longest = answer
            .errors()
            .iter()
            .filter_map(|error| error["message"].as_str())
            .map(|message| message.chars().count())
            .max();
        assert!(
            longest <= Some(300) && answer.text.len() < 8_000,
            "{shown}: {}",
            &answer.text[..answer.text.len().min(2_000)]
        );
    }
    still_answers(&mut server).await;
}
