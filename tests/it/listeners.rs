//! Who may listen: nobody has to say who they are, but whoever does is believed only as long as it is true.

use chrono::TimeDelta;
use newsroom_tests::events::Events;
use newsroom_tests::socket::Socket;
use newsroom_tests::{Client, Clock, Kind, Newsroom, on_both};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;
use crate::press::published;

on_both!(
    whoever_listens_with_a_token_listens_until_it_expires,
    whoever_signs_out_listens_no_more,
    credentials_that_do_not_hold_are_refused,
    a_socket_is_opened_by_whoever_says_so_in_its_first_message,
);

const STREAM: &str = "/v1/changes/stream";
const CHANGED: &str = "subscription { releaseChanged { release { slug } } }";

fn newsroom_with_a_publisher(kind: Kind) -> Newsroom {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    newsroom
}

/// A client's streams of every kind.
struct Listening {
    log: Events,
    events: Events,
    socket: Socket,
    introduced: Socket,
}

impl Listening {
    /// With the client's credentials in headers; and by a socket that anybody can open, in its first message.
    async fn begin(client: &Client, anybody: &Client) -> Self {
        let authorization = client.bearer().map(|token| format!("Bearer {token}"));
        let mut socket = Socket::open(client, json!({})).await;
        let mut introduced = Socket::open(anybody, json!({"authorization": authorization})).await;
        socket.begin(CHANGED).await;
        introduced.begin(CHANGED).await;
        let request = client.request("POST", "/graphql").header("accept", "text/event-stream");
        let request = request.json(&json!({"query": CHANGED}));
        Self {
            log: Events::open(client, STREAM, None).await,
            events: Events::ask(request).await,
            socket,
            introduced,
        }
    }

    async fn assert_told(&mut self, slug: &str) {
        assert_eq!(self.log.next().await.unwrap().data["line"]["slug"], slug);
        let told = json!({"data": {"releaseChanged": {"release": {"slug": slug}}}});
        assert_eq!(self.events.next().await.unwrap().data, told);
        for socket in [&mut self.socket, &mut self.introduced] {
            assert_eq!(socket.next().await.unwrap()["payload"], told);
        }
    }

    async fn assert_ended(&mut self) {
        assert_eq!(self.log.next().await, None);
        assert_eq!(self.events.next().await, None);
        assert_eq!(self.socket.next().await, Err(4403));
        assert_eq!(self.introduced.next().await, Err(4403));
    }
}

async fn whoever_listens_with_a_token_listens_until_it_expires(kind: Kind) {
    let newsroom = newsroom_with_a_publisher(kind);
    let clock = Clock::ahead_by(newsroom.folder(), TimeDelta::zero());
    let server = newsroom.serve_with(&[], &clock.settings()).await;
    let desk = server.client().signed_in("press@example.org").await;
    let mut anybody = Events::open(server.client(), STREAM, None).await;
    let mut listening = Listening::begin(&desk, server.client()).await;
    published(&desk, "Before").await;
    listening.assert_told("before").await;
    // A token is good for fifteen minutes.
    clock.move_by(TimeDelta::minutes(16));
    listening.assert_ended().await;
    // Whoever has shown none is told all the same.
    let desk = server.client().signed_in("press@example.org").await;
    published(&desk, "After").await;
    for slug in ["before", "after"] {
        assert_eq!(anybody.next().await.unwrap().data["line"]["slug"], slug);
    }
}

async fn whoever_signs_out_listens_no_more(kind: Kind) {
    let newsroom = newsroom_with_a_publisher(kind);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let mut listening = Listening::begin(&desk, server.client()).await;
    let sign_out = "mutation { signOut(input: {}) { signedOut } }";
    desk.ask(sign_out, json!({})).await;
    listening.assert_ended().await;
}

async fn credentials_that_do_not_hold_are_refused(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    let stranger = server.client().with_bearer("nobody's");
    for path in [STREAM, "/v1/changes", "/v1/export", "/v1/releases"] {
        let answer = stranger.get(path).await;
        let said = (answer.status.as_u16(), &answer.body["code"]);
        assert_eq!(said, (401, &json!("UNAUTHENTICATED")), "{path}");
        assert!(!answer.header("www-authenticate").is_empty(), "{path}");
    }
    let mut socket = Socket::open(&stranger, Value::Null).await;
    assert_eq!(socket.next().await, Err(4403));
    for payload in [
        json!({"authorization": "Bearer nobody's"}),
        json!({"Authorization": "nobody's"}),
        json!({"authorization": 7}),
    ] {
        let mut socket = Socket::open(server.client(), payload).await;
        assert_eq!(socket.next().await, Err(4403));
    }
}

async fn a_socket_is_opened_by_whoever_says_so_in_its_first_message(kind: Kind) {
    let newsroom = newsroom_with_a_publisher(kind);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let authorization = format!("Bearer {}", desk.bearer().unwrap());
    for (payload, who) in [
        (
            json!({"Authorization": authorization, "another": 1}),
            json!("press@example.org"),
        ),
        (Value::Null, Value::Null),
    ] {
        let mut socket = Socket::open(server.client(), payload).await;
        socket.begin("{ viewer { account { email } } }").await;
        let answer = socket.next().await.unwrap();
        assert_eq!(answer["payload"]["data"]["viewer"]["account"]["email"], who, "{answer}");
    }
}
