//! GraphQL over WebSocket, by the protocol `graphql-transport-ws`.
//!
//! The library's own side of it (async-graphql-axum) runs operations; what it does not know of the protocol is minded here, on the
//! way in and on the way out: who opens it, the close codes 4400, 4401, 4403, 4408 and 4409, ids that are taken, errors before an operation runs,
//! and clients that read nothing.
//!
//! Source: GraphQL over WebSocket Protocol (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>).

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_graphql::{Data, Executor};
use async_graphql_axum::{GraphQLProtocol, GraphQLWebSocket};
use axum::{
    extract::{
        FromRequestParts as _, WebSocketUpgrade,
        ws::{CloseFrame, Message, WebSocket},
    },
    response::Response,
};
use futures_util::{
    SinkExt as _, Stream, StreamExt as _, future,
    stream::{SplitSink, SplitStream},
};
use http::{HeaderMap, HeaderValue, header, request::Parts};
use serde_json::{Value, json};
use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, interval_at, sleep, timeout},
};
use tokio_tungstenite::tungstenite::{self, error::ProtocolError};
use tokio_util::sync::PollSender;

use super::{
    super::{Service, answer::Manner},
    Guarded, OpenedBy, as_posted,
};
use crate::{
    auth::{Authentication, ClientAddress, Identified},
    error::{ApiError, ErrorCode},
    listener::{Ended, Listener, StreamTerms},
};

const PROTOCOL: &str = "graphql-transport-ws";

/// How long a client may take to say who it is (`connection_init`).
const TO_INIT: Duration = Duration::from_secs(10);
/// How often a client is asked for a sign of life, and after how long without one it is let go of.
const PING: Duration = Duration::from_secs(25);
const SILENT: Duration = Duration::from_secs(70);
/// How long a client may leave what it was sent unread.
const UNREAD: Duration = Duration::from_secs(30);
/// How long a client has to hear that its socket is closed.
const HEARD_OUT: Duration = Duration::from_secs(2);
/// The most operations at once on one socket.
const MOST_OPERATIONS: usize = 100;
/// What is read at once of what a client sends, in bytes: it has little to say, and each socket keeps as much. What it is sent goes out at once.
const BUFFER: usize = 4 * 1024;
/// The longest message that a client may send, in bytes.
const LONGEST: usize = 256 * 1024;

/// Why a socket is closed, with the code that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Closing {
    code: u16,
    reason: String,
}

impl Closing {
    /// With a reason, of which as much is kept as a frame takes: 123 bytes (RFC 6455, section 5.5).
    fn new(code: u16, reason: impl Into<String>) -> Self {
        let mut reason: String = reason.into();
        reason.truncate(reason.floor_char_boundary(123));
        Self { code, reason }
    }
}

/// Whether a request asks for a socket.
pub(in super::super) fn is_asked(headers: &HeaderMap) -> bool {
    let upgrade = headers.get(header::UPGRADE).and_then(|upgrade| upgrade.to_str().ok());
    upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
}

pub(in super::super) async fn upgrade<E: Executor>(
    service: Arc<Service<E>>,
    terms: StreamTerms,
    mut parts: Parts,
    manner: Manner,
) -> Response {
    let refuse = |error: ApiError| error.into_problem(manner.request_id.as_deref());
    let offered = parts.headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
    let speaks = offered.filter_map(|offer| offer.to_str().ok());
    if !speaks
        .flat_map(|offer| offer.split(','))
        .any(|offer| offer.trim() == PROTOCOL)
    {
        let message = format!("Ask for the subprotocol {PROTOCOL}: it is the one that is spoken here.");
        return refuse(ApiError::bad_request(message));
    }
    // The library knows an older protocol too, and would take that where both are offered.
    parts
        .headers
        .insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL));
    let listener = match terms.listener(&parts.headers, &parts.extensions) {
        Ok(listener) => listener,
        Err(error) => return refuse(error),
    };
    let protocol = GraphQLProtocol::from_request_parts(&mut parts, &()).await;
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await;
    let (Ok(protocol), Ok(upgrade)) = (protocol, upgrade) else {
        let mut refused = refuse(ApiError::bad_request(
            "This is no request that a WebSocket can be opened by (RFC 6455, section 4.1); the version that is spoken is 13.",
        ));
        let version = HeaderValue::from_static("13");
        refused.headers_mut().insert(header::SEC_WEBSOCKET_VERSION, version);
        return refused;
    };
    upgrade
        .protocols([PROTOCOL])
        .max_message_size(LONGEST)
        .read_buffer_size(BUFFER)
        .write_buffer_size(0)
        .on_upgrade(async move |socket| {
            let guarded = Guarded { service, manner };
            converse(socket, guarded, (terms, listener), parts, protocol).await;
        })
}

/// What both directions of a socket know of its operations.
#[derive(Debug, Default)]
struct Conversation {
    state: Mutex<State>,
    /// Rung when it is to be closed.
    closing: Notify,
}

#[derive(Debug, Default)]
struct State {
    has_asked: bool,
    is_acknowledged: bool,
    running: HashSet<String>,
    /// Operations that are over for the client, and of which the library has yet to say so. Until then what it says under their ids is
    /// of them, and not of those that the client has begun since under the same ids.
    ending: HashMap<String, usize>,
    closing: Option<Closing>,
}

impl State {
    /// Whether an operation was running, which is over for the client now.
    fn end(&mut self, id: &str) -> bool {
        let was_running = self.running.remove(id);
        if was_running {
            *self.ending.entry(id.to_owned()).or_default() += 1;
        }
        was_running
    }

    /// Whether what the library says under an id is of an operation that is over for the client.
    fn is_of_the_past(&mut self, id: &str, is_last: bool) -> bool {
        let Some(owed) = self.ending.get_mut(id) else {
            return !self.running.contains(id);
        };
        if is_last {
            *owed -= 1;
            if *owed == 0 {
                self.ending.remove(id);
            }
        }
        true
    }
}

impl Conversation {
    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets a client's message pass, or says why the socket is to be closed.
    fn hear(&self, message: &Message) -> Result<(), Closing> {
        let Message::Text(text) = message else {
            return Err(Closing::new(4400, "Messages are JSON texts"));
        };
        let said: Value = serde_json::from_str(text).map_err(|_| Closing::new(4400, "This message is no JSON"))?;
        let id = said["id"].as_str();
        self.with(|state| match (said["type"].as_str(), id) {
            (Some("connection_init"), _) => {
                if std::mem::replace(&mut state.has_asked, true) {
                    return Err(Closing::new(4429, "Too many initialisation requests"));
                }
                Ok(())
            }
            (Some("ping" | "pong"), _) => Ok(()),
            (Some("subscribe"), _) if !state.is_acknowledged => Err(Closing::new(4401, "Unauthorized")),
            (Some("subscribe"), Some(id)) if said["payload"]["query"].is_string() => {
                if state.running.len() >= MOST_OPERATIONS {
                    let reason = format!("At most {MOST_OPERATIONS} operations at once");
                    return Err(Closing::new(4400, reason));
                }
                if !state.running.insert(id.to_owned()) {
                    return Err(Closing::new(
                        4409,
                        format!("Subscriber for {} already exists", short(id)),
                    ));
                }
                Ok(())
            }
            (Some("complete"), Some(id)) => {
                state.end(id);
                Ok(())
            }
            (kind, _) => {
                let kind = short(kind.unwrap_or("none"));
                Err(Closing::new(
                    4400,
                    format!("There is no message of the type {kind} of this form"),
                ))
            }
        })
    }

    /// What of the library's is said to the client.
    fn say(&self, message: Message) -> Option<Result<Message, Closing>> {
        let text = match message {
            Message::Text(text) => text,
            // Messages that it cannot read.
            Message::Close(Some(frame)) if frame.code == 1002 => {
                return Some(Err(Closing::new(4400, frame.reason.to_string())));
            }
            Message::Close(Some(frame)) => return Some(Err(Closing::new(frame.code, frame.reason.to_string()))),
            other => return Some(Ok(other)),
        };
        let mut said: Value = serde_json::from_str(&text).unwrap_or_default();
        let id = said["id"].as_str().map(str::to_owned);
        match (said["type"].as_str(), id) {
            (Some("connection_ack"), _) => self.with(|state| state.is_acknowledged = true),
            (Some("next"), Some(id)) => {
                if self.with(|state| state.is_of_the_past(&id, false)) {
                    return None;
                }
                let payload = &mut said["payload"];
                let errors = payload["errors"].as_array();
                // Nothing ran: the protocol has a message of its own for that, which ends the operation.
                let is_refused = payload["data"].is_null()
                    && errors.is_some_and(|errors| errors.iter().all(|error| error["path"].is_null()));
                if is_refused {
                    self.with(|state| state.end(&id));
                    let error = json!({"id": id, "type": "error", "payload": payload["errors"].take()});
                    return Some(Ok(Message::Text(error.to_string().into())));
                }
            }
            (Some("complete"), Some(id)) => {
                if self.with(|state| state.is_of_the_past(&id, true)) {
                    return None;
                }
                self.with(|state| state.running.remove(&id));
            }
            _ => {}
        }
        Some(Ok(Message::Text(text)))
    }

    /// Why the socket is closed, once the library has ended: it may have said so with its last words.
    fn last(&self, answered: &mut mpsc::Receiver<Message>) -> Option<Closing> {
        let mut said = std::iter::from_fn(|| answered.try_recv().ok());
        let closing = said.find_map(|message| self.say(message)?.err());
        self.with(|state| state.closing.take()).or(closing)
    }

    fn close(&self, closing: Closing) {
        self.with(|state| {
            state.closing.get_or_insert(closing);
        });
        self.closing.notify_one();
    }
}

/// The beginning of what a client sent, for a reason.
fn short(text: &str) -> String {
    text.chars()
        .take(30)
        .filter(|character| !character.is_control())
        .collect()
}

async fn converse<E: Executor>(
    socket: WebSocket,
    guarded: Guarded<E>,
    (terms, mut listener): (StreamTerms, Listener),
    parts: Parts,
    protocol: GraphQLProtocol,
) {
    let conversation = Arc::new(Conversation::default());
    let (mut to_client, mut from_client) = socket.split();
    // One at a time: what is behind waits until the one before is on its way.
    let (answers, mut answered) = mpsc::channel::<Message>(1);
    let (introduced, mut introduction) = mpsc::channel(1);
    let asked = (Arc::clone(&terms.authentication), Arc::clone(&conversation));
    let introduce = async move |payload: Value| {
        let (authentication, conversation) = asked;
        let parts = as_posted(introduce(&authentication, parts, &payload).await.map_err(|closing| {
            let reason = closing.reason.clone();
            conversation.close(closing);
            reason
        })?);
        // Where nobody hears it, the socket is closed.
        let _heard = introduced.send((parts.headers.clone(), parts.extensions.clone())).await;
        let mut data = Data::default();
        data.insert(OpenedBy(Arc::new(parts)));
        Ok(data)
    };
    let serving = GraphQLWebSocket::new_with_pair(
        PollSender::new(answers),
        heard(&mut from_client, Arc::clone(&conversation)),
        guarded,
        protocol,
    )
    .on_connection_init(introduce)
    .keepalive_timeout(SILENT)
    .serve();
    let mut serving = Box::pin(serving);
    let late = sleep(TO_INIT);
    tokio::pin!(late);
    let mut pings = interval_at(Instant::now() + PING, PING);
    let closing = loop {
        tokio::select! {
            biased;
            ended = listener.ended() => break Some(match ended {
                Ended::Server => Closing::new(1012, "The server is shutting down: come back"),
                Ended::Credentials => Closing::new(4403, "The credentials do not hold any more"),
            }),
            () = conversation.closing.notified() => break conversation.with(|state| state.closing.take()),
            Some((headers, extensions)) = introduction.recv() => {
                if let Err(error) = terms.goes_on(&mut listener, &headers, &extensions) {
                    break Some(Closing::new(4429, error.message));
                }
            }
            () = &mut late, if !conversation.with(|state| state.has_asked) => {
                break Some(Closing::new(4408, "Connection initialisation timeout"));
            }
            message = answered.recv() => match message.map(|message| conversation.say(message)) {
                Some(Some(Ok(message))) => {
                    if !is_sent(&mut to_client, message).await {
                        break None;
                    }
                }
                Some(Some(Err(closing))) => break Some(closing),
                Some(None) => {}
                None => break None,
            },
            _ = pings.tick(), if conversation.with(|state| state.is_acknowledged) => {
                let ping = json!({"type": "ping"}).to_string();
                if !is_sent(&mut to_client, Message::Text(ping.into())).await {
                    break None;
                }
            }
            () = &mut serving => break conversation.last(&mut answered),
        }
    };
    drop(serving);
    if let Some(Closing { code, reason }) = closing {
        let frame = CloseFrame {
            code,
            reason: reason.into(),
        };
        if is_sent(&mut to_client, Message::Close(Some(frame))).await {
            hear_out(from_client).await;
        }
    }
}

/// Who opens a socket, once they have said so: credentials may stand in `authorization` of what comes with `connection_init`, as in the
/// header of that name, which a browser sends with no socket. That goes before the header.
async fn introduce(authentication: &Authentication, mut parts: Parts, payload: &Value) -> Result<Parts, Closing> {
    let said = payload.as_object().into_iter().flatten();
    let mut said =
        said.filter(|(name, said)| name.eq_ignore_ascii_case(header::AUTHORIZATION.as_str()) && !said.is_null());
    let before = parts.extensions.get::<Identified>().cloned();
    let identified = match (said.next(), before) {
        (None, None) => return Ok(parts),
        (None, Some(before)) => before,
        (Some((_, credentials)), before) => {
            // What is no text holds as little as what is no token.
            let credentials = HeaderValue::from_str(credentials.as_str().unwrap_or_default());
            let nothing = HeaderValue::from_static("");
            parts
                .headers
                .insert(header::AUTHORIZATION, credentials.unwrap_or(nothing));
            let address = before.map_or(ClientAddress(None), |before| before.address);
            Identified::by(authentication, &parts.headers, address).await
        }
    };
    if let Err(error) = &identified.caller {
        return Err(match error.code {
            ErrorCode::Unauthenticated => Closing::new(4403, error.message.clone()),
            // "Try again later" (IANA, WebSocket Close Code Number Registry).
            _ => Closing::new(1013, "Who you are cannot be found out now: try again later"),
        });
    }
    parts.extensions.insert(identified);
    Ok(parts)
}

/// What the client says, as long as it may be said.
fn heard(
    from_client: impl Stream<Item = Result<Message, axum::Error>>,
    conversation: Arc<Conversation>,
) -> impl Stream<Item = Result<Message, axum::Error>> {
    let texts = from_client.filter(|message| {
        let is_control = matches!(message, Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_)));
        future::ready(!is_control)
    });
    texts.take_while(move |message| {
        let fault = match message {
            Ok(message) => conversation.hear(message).err(),
            Err(error) => unheard(error),
        };
        let goes_on = fault.is_none() && message.is_ok();
        if let Some(closing) = fault {
            conversation.close(closing);
        }
        future::ready(goes_on)
    })
}

/// Why a socket is closed on which a message came that is none of WebSocket's (RFC 6455, section 7.4.1); `None` where nobody is there.
fn unheard(error: &axum::Error) -> Option<Closing> {
    let error = std::error::Error::source(error)?.downcast_ref::<tungstenite::Error>()?;
    match error {
        tungstenite::Error::Utf8(_) => Some(Closing::new(1007, "This message is no UTF-8")),
        tungstenite::Error::Capacity(_) => Some(Closing::new(1009, format!("A message has at most {LONGEST} bytes"))),
        tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        tungstenite::Error::Protocol(_) => Some(Closing::new(1002, "This is none of RFC 6455's frames")),
        _ => None,
    }
}

/// Reads what is still on its way from the client until it has heard that the socket is closed: a line that is dropped with something unread on
/// it is reset, and the close frame may go under.
async fn hear_out(mut from_client: SplitStream<WebSocket>) {
    let rest = async { while let Some(Ok(_)) = from_client.next().await {} };
    let _ = timeout(HEARD_OUT, rest).await;
}

/// Sends a message; not, where the client is gone, or reads nothing. It comes back by the last cursor that it has.
async fn is_sent(to_client: &mut SplitSink<WebSocket, Message>, message: Message) -> bool {
    matches!(timeout(UNREAD, to_client.send(message)).await, Ok(Ok(())))
}
