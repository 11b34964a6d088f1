//! A client of GraphQL over WebSocket, by the protocol `graphql-transport-ws`.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::Client;

/// How long a message is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// A socket.
#[derive(Debug)]
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Opens a socket, with the client's credentials in its header, and begins with this payload of `connection_init`.
    pub async fn open(client: &Client, payload: Value) -> Self {
        let url = client.url("/graphql").replacen("http", "ws", 1);
        let mut request = url.into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        if let Some(token) = client.bearer() {
            headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        let (socket, _) = connect_async(request).await.unwrap();
        let mut socket = Self(socket);
        socket.say(json!({"type": "connection_init", "payload": payload})).await;
        socket
    }

    /// Begins an operation, once the server has taken the socket up.
    pub async fn begin(&mut self, query: &str) {
        assert_eq!(self.next().await, Ok(json!({"type": "connection_ack"})));
        self.say(json!({"type": "subscribe", "id": "1", "payload": {"query": query}}))
            .await;
    }

    /// Says what the protocol knows, or does not.
    pub async fn say(&mut self, message: Value) {
        self.say_together(&[message]).await;
    }

    /// Says all of it at once.
    pub async fn say_together(&mut self, messages: &[Value]) {
        for message in messages {
            self.0.feed(Message::text(message.to_string())).await.unwrap();
        }
        self.0.flush().await.unwrap();
    }

    /// Says what is no text.
    pub async fn say_bytes(&mut self, bytes: &[u8]) {
        let frame = Frame::message(bytes.to_vec(), OpCode::Data(Data::Text), true);
        self.0.send(Message::Frame(frame)).await.unwrap();
    }

    /// What the server says next, or the code that it closes the socket with.
    ///
    /// # Errors
    /// With that code; 1006 where there is none.
    pub async fn next(&mut self) -> Result<Value, u16> {
        let next = timeout(PATIENCE, self.wait()).await;
        next.unwrap_or_else(|_| panic!("nothing came within {PATIENCE:?}"))
    }

    async fn wait(&mut self) -> Result<Value, u16> {
        loop {
            let said: Value = match self.0.next().await {
                Some(Ok(Message::Text(text))) => serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Close(Some(frame)))) => return Err(frame.code.into()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                _ => return Err(1006),
            };
            if said["type"] != "ping" {
                return Ok(said);
            }
        }
    }
}
