//! What is around the routes: ids, CORS, compression, health, the explorer, and paths that are none.

use axum::body::Body;
use http::{Request, header};
use newsroom_api::{ApiConfig, Draining};

use crate::newsroom::Newsroom;

fn request(method: &str, path: &str) -> http::request::Builder {
    Request::builder().method(method).uri(path)
}

#[tokio::test]
async fn a_path_that_is_none_and_a_method_that_is_not_served_are_problems_with_their_codes() {
    let newsroom = Newsroom::new().await;
    for (method, path, status, code) in [
        ("GET", "/nothing", 404, "NOT_FOUND"),
        ("POST", "/", 405, "METHOD_NOT_ALLOWED"),
        ("DELETE", "/livez", 405, "METHOD_NOT_ALLOWED"),
    ] {
        let request = request(method, path)
            .header("x-request-id", "request-7")
            .body(Body::empty());
        let (found, headers, body) = newsroom.send(request.unwrap()).await;
        assert_eq!(
            (found.as_u16(), body["code"].as_str()),
            (status, Some(code)),
            "{method} {path}"
        );
        assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(
            (&headers["x-request-id"], &body["requestId"]),
            (&"request-7".parse().unwrap(), &"request-7".into())
        );
        let allow = headers.get(header::ALLOW).map(|allow| allow.to_str().unwrap());
        assert_eq!(allow, (status == 405).then_some("GET,HEAD"), "{method} {path}");
    }
}

#[tokio::test]
async fn every_answer_has_an_id_and_a_strange_one_is_replaced() {
    let newsroom = Newsroom::new().await;
    for path in ["/", "/livez", "/graphql", "/nothing"] {
        let request = request("GET", path)
            .header("x-request-id", "strange id")
            .body(Body::empty());
        let (_, headers, _) = newsroom.send(request.unwrap()).await;
        let ids: Vec<_> = headers.get_all("x-request-id").iter().collect();
        assert_eq!(ids.len(), 1, "{path}");
        assert_eq!(ids[0].len(), 36, "{path}");
    }
}

#[tokio::test]
async fn any_site_may_ask_without_credentials() {
    let newsroom = Newsroom::new().await;
    let preflight = request("OPTIONS", "/graphql")
        .header(header::ORIGIN, "https://site.example")
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "content-type");
    let (status, headers, _) = newsroom.send(preflight.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (status.as_u16(), headers[header::ACCESS_CONTROL_ALLOW_ORIGIN].as_bytes()),
        (200, &b"*"[..])
    );
    assert_eq!(
        headers[header::ACCESS_CONTROL_ALLOW_HEADERS],
        "*,authorization,preview-token"
    );
    assert_eq!(headers.get(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), None);
    let asked = request("GET", "/graphql?query=%7B__typename%7D").header(header::ORIGIN, "https://site.example");
    let (status, headers, _) = newsroom.send(asked.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (
            status.as_u16(),
            headers[header::ACCESS_CONTROL_EXPOSE_HEADERS].as_bytes()
        ),
        (
            200,
            &b"x-request-id,retry-after,www-authenticate,etag,link,location"[..]
        )
    );
    let vary: Vec<_> = headers
        .get_all(header::VARY)
        .iter()
        .map(|vary| vary.to_str().unwrap())
        .collect();
    assert_eq!(vary, ["accept", "preview-token"]);
}

#[tokio::test]
async fn what_gets_shorter_by_it_is_compressed() {
    let newsroom = Newsroom::new().await;
    let long = "%7B__schema%7Btypes%7Bname%20description%7D%7D%7D";
    for (query, expected) in [(long, Some("br")), ("%7B__typename%7D", None)] {
        let request = request("GET", &format!("/graphql?query={query}")).header(header::ACCEPT_ENCODING, "br, gzip");
        let (_, headers, _) = newsroom.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(
            headers
                .get(header::CONTENT_ENCODING)
                .map(|coding| coding.to_str().unwrap()),
            expected
        );
    }
}

#[tokio::test]
async fn the_explorer_is_at_the_root() {
    let newsroom = Newsroom::new().await;
    let (status, headers, _) = newsroom.send(request("GET", "/").body(Body::empty()).unwrap()).await;
    assert_eq!(
        (status.as_u16(), headers[header::CONTENT_TYPE].as_bytes()),
        (200, &b"text/html; charset=utf-8"[..])
    );
    assert_eq!(headers[header::CONTENT_SECURITY_POLICY], "frame-ancestors 'none'");
}

#[tokio::test]
async fn a_server_that_drains_lives_and_is_not_ready() {
    let draining = Draining::default();
    let config = ApiConfig {
        draining: draining.clone(),
        ..ApiConfig::default()
    };
    let newsroom = Newsroom::with(config).await;
    let status = async |path: &str| {
        newsroom
            .send(request("GET", path).body(Body::empty()).unwrap())
            .await
            .0
            .as_u16()
    };
    assert_eq!((status("/livez").await, status("/readyz").await), (200, 200));
    draining.begin();
    assert_eq!((status("/livez").await, status("/readyz").await), (200, 503));
    let (_, headers, body) = newsroom
        .send(request("GET", "/readyz").body(Body::empty()).unwrap())
        .await;
    assert_eq!(
        (body["code"].as_str(), headers[header::RETRY_AFTER].as_bytes()),
        (Some("UNAVAILABLE"), &b"5"[..])
    );
}
