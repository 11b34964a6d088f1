//! A client of the newsroom's HTTP side.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap};
use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};

/// Whatever takes longer is taken for hanging.
const PATIENCE: Duration = Duration::from_secs(10);

/// A client of one server.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    root: String,
    bearer: Option<String>,
    preview: Option<String>,
}

/// What the server answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON; `null` where it is none.
    pub body: Value,
    /// The body as it came.
    pub text: String,
}

impl Client {
    /// A client of the server at `root`, such as `http://127.0.0.1:8080`.
    #[must_use]
    pub fn new(root: &str) -> Self {
        let http = reqwest::Client::builder().timeout(PATIENCE).build().unwrap();
        Self {
            http,
            root: root.to_owned(),
            bearer: None,
            preview: None,
        }
    }

    /// The same client, with a token or a key in each request.
    #[must_use]
    pub fn with_bearer(&self, token: &str) -> Self {
        Self {
            bearer: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// The same client, with a preview's token in each request.
    #[must_use]
    pub fn under(&self, token: &str) -> Self {
        Self {
            preview: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// What stands in each request behind `Bearer`; nothing where nobody is signed in.
    #[must_use]
    pub fn bearer(&self) -> Option<&str> {
        self.bearer.as_deref()
    }

    /// The address of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.root)
    }

    /// A request by any method, to be sent with [`Client::send`].
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let request = self.http.request(method.parse().unwrap(), self.url(path));
        let request = match &self.bearer {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        match &self.preview {
            Some(token) => request.header("preview-token", token),
            None => request,
        }
    }

    /// Sends a request and reads the answer whole.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request
            .send()
            .await
            .unwrap_or_else(|error| panic!("no answer: {error:?}"));
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response
            .text()
            .await
            .unwrap_or_else(|error| panic!("half an answer: {error:?}"));
        Answer {
            status,
            headers,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
            text,
        }
    }

    /// Gets a path.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path)).await
    }

    /// A POST of bytes that are said to be a GraphQL request in JSON.
    pub fn post(&self, body: impl Into<reqwest::Body>) -> RequestBuilder {
        let request = self
            .request("POST", "/graphql")
            .header(CONTENT_TYPE, "application/json");
        request.header(ACCEPT, "application/graphql-response+json").body(body)
    }

    /// Asks by GraphQL.
    pub async fn graphql(&self, query: &str, variables: Value) -> Answer {
        self.send(self.post(json!({"query": query, "variables": variables}).to_string()))
            .await
    }

    /// Asks what has an answer: its data, without an error beside it.
    pub async fn ask(&self, query: &str, variables: Value) -> Value {
        let shown = variables.to_string();
        let mut answer = self.graphql(query, variables).await;
        assert!(
            answer.status == 200 && answer.body["errors"].is_null(),
            "{query}\n{shown}\n{} {}",
            answer.status,
            answer.text
        );
        answer.body["data"].take()
    }
}

impl Answer {
    /// What of the answer is at a JSON pointer into its data, such as `/releases/nodes/0/slug`.
    #[must_use]
    pub fn data(&self, pointer: &str) -> &Value {
        self.body["data"].pointer(pointer).unwrap_or(&Value::Null)
    }

    /// The errors.
    #[must_use]
    pub fn errors(&self) -> &[Value] {
        self.body["errors"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The errors' codes.
    #[must_use]
    pub fn codes(&self) -> Vec<&str> {
        self.errors()
            .iter()
            .map(|error| error["extensions"]["code"].as_str().unwrap_or("no code"))
            .collect()
    }

    /// The first error's message.
    #[must_use]
    pub fn message(&self) -> &str {
        self.errors()
            .first()
            .and_then(|error| error["message"].as_str())
            .unwrap_or_default()
    }

    /// Each field that the errors name, with its code: `filter.offices.0 UNKNOWN_SLUG`.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let fields = self
            .errors()
            .iter()
            .flat_map(|error| error["extensions"]["fields"].as_array().into_iter().flatten());
        fields
            .map(|field| {
                format!(
                    "{} {}",
                    field["path"].as_str().unwrap_or("?"),
                    field["code"].as_str().unwrap_or("?")
                )
            })
            .collect()
    }

    /// The value of a header; empty where it is missing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap_or("?"))
    }
}

/// The texts of a list, such as the slugs of `/releases/nodes`: those that `field` (a JSON pointer) names in each entry.
#[must_use]
pub fn texts(list: &Value, field: &str) -> Vec<String> {
    let entries = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    entries
        .iter()
        .map(|entry| {
            entry
                .pointer(field)
                .and_then(Value::as_str)
                .unwrap_or_else(|| panic!("no {field} in {entry}"))
                .to_owned()
        })
        .collect()
}
