//! The one connection on which everything is asked.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// A connection that is kept alive from one request to the next.
#[derive(Debug)]
pub(super) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    host: String,
}

/// What came of a request.
#[derive(Debug)]
pub(super) struct Answer {
    /// From the first byte asked to the last byte answered.
    pub(super) time: Duration,
    /// How long the answer's body is.
    pub(super) bytes: usize,
    pub(super) data: Value,
}

impl Connection {
    /// # Errors
    /// Where nobody listens there.
    pub(super) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)
            .await
            .context("cannot connect to the server of this process")?;
        // A request is written whole, so that there is nothing to wait for before sending.
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "the connection broke off");
            }
        });
        Ok(Self {
            sender,
            host: address.to_string(),
        })
    }

    /// Sends a GraphQL request, and reads the answer whole.
    ///
    /// # Errors
    /// Where there is no answer, or it has errors.
    pub(super) async fn ask(&mut self, request: &Value) -> Result<Answer> {
        let request = Request::builder()
            .method(Method::POST)
            .uri("/graphql")
            .header(HOST, &self.host)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/graphql-response+json")
            .body(Full::from(request.to_string()))?;
        self.sender.ready().await?;
        let begun = Instant::now();
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        let time = begun.elapsed();
        let mut answer: Value =
            serde_json::from_slice(&body).with_context(|| format!("the answer is no JSON, with {status}"))?;
        if let Some(error) = answer["errors"].get(0) {
            bail!("{}", error["message"].as_str().unwrap_or("it has errors"));
        }
        Ok(Answer {
            time,
            bytes: body.len(),
            data: answer["data"].take(),
        })
    }
}
