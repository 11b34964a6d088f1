//! A client of server-sent events, as the WHATWG HTML standard reads them (section 9.2.6).

use std::time::Duration;

use reqwest::{RequestBuilder, Response};
use serde_json::Value;
use tokio::time::timeout;

use crate::Client;

/// How long an event is waited for.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a stream may last.
const LASTS: Duration = Duration::from_mins(5);

/// An event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// What it says.
    pub data: Value,
}

/// A stream of events.
#[derive(Debug)]
pub struct Events {
    response: Response,
    unread: String,
    /// The id of the last event, or of the last sign of life.
    pub last_id: String,
}

impl Events {
    /// Opens a stream, with the id of the last event that came before where there is one.
    pub async fn open(client: &Client, path: &str, last_id: Option<&str>) -> Self {
        let mut request = client.request("GET", path).header("accept", "text/event-stream");
        if let Some(id) = last_id {
            request = request.header("last-event-id", id);
        }
        Self::ask(request).await
    }

    /// Sends a request that is answered with a stream.
    pub async fn ask(request: RequestBuilder) -> Self {
        // Other than an answer it lasts.
        let request = request.timeout(LASTS);
        Self::read(request.send().await.unwrap())
    }

    fn read(response: Response) -> Self {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            response,
            unread: String::new(),
            last_id: String::new(),
        }
    }

    /// The next event; `None` where the stream is over.
    pub async fn next(&mut self) -> Option<Event> {
        let next = timeout(PATIENCE, self.wait()).await;
        next.unwrap_or_else(|_| panic!("no event came within {PATIENCE:?}"))
    }

    async fn wait(&mut self) -> Option<Event> {
        loop {
            if let Some((block, rest)) = self.unread.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.unread = rest;
                if let Some(event) = self.take(&block) {
                    return Some(event);
                }
                continue;
            }
            // A server that is killed breaks off.
            let chunk = self.response.chunk().await.ok()??;
            self.unread.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// Takes in one block; without data it makes no event.
    fn take(&mut self, block: &str) -> Option<Event> {
        let (mut name, mut data) = (String::from("message"), None);
        for line in block.lines() {
            match line.split_once(':').map(|(field, value)| (field, value.trim_start())) {
                Some(("id", id)) => id.clone_into(&mut self.last_id),
                Some(("event", given)) => given.clone_into(&mut name),
                Some(("data", given)) => data = Some(given.to_owned()),
                _ => {}
            }
        }
        let data = data?;
        let data = if data.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&data).unwrap()
        };
        Some(Event { name, data })
    }
}
