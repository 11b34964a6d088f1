//! GraphQL over WebSocket, where a client does what a library for it would not.

use newsroom_tests::socket::Socket;
use newsroom_tests::{Kind, on_both};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;
use crate::press::published;

on_both!(
    an_operation_may_begin_under_the_id_of_one_that_just_ended,
    what_is_no_message_closes_the_socket_and_says_so,
    a_subscription_has_one_root_field,
    who_shows_a_key_in_the_first_message_is_counted_by_it,
);

const CHANGED: &str = "subscription { releaseChanged { release { slug } } }";

fn begin(id: &str, query: &str) -> Value {
    json!({"type": "subscribe", "id": id, "payload": {"query": query}})
}

async fn an_operation_may_begin_under_the_id_of_one_that_just_ended(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let mut socket = Socket::open(server.client(), Value::Null).await;
    socket.begin(CHANGED).await;
    for number in 0..20 {
        let end = json!({"type": "complete", "id": "1"});
        socket.say_together(&[end, begin("1", CHANGED)]).await;
        socket.say(begin("2", "{ newsroom { timeZone } }")).await;
        assert_eq!(socket.next().await.unwrap()["id"], "2", "{number}");
        assert_eq!(socket.next().await, Ok(json!({"id": "2", "type": "complete"})));
    }
    published(&desk, "Observers arrive").await;
    let told = socket.next().await.unwrap();
    assert_eq!(
        told["payload"]["data"]["releaseChanged"]["release"]["slug"],
        "observers-arrive"
    );
    // One that is refused has ended as well.
    socket.say(begin("3", "subscription { nothing }")).await;
    assert_eq!(socket.next().await.unwrap()["type"], "error");
    socket.say(begin("3", "{ newsroom { timeZone } }")).await;
    assert_eq!(socket.next().await.unwrap()["type"], "next");
}

async fn what_is_no_message_closes_the_socket_and_says_so(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    for (bytes, code) in [
        (&b"\xff\xfe"[..], 1007),
        (&vec![b' '; 300_000], 1009),
        (&b"no JSON"[..], 4400),
    ] {
        let mut socket = Socket::open(server.client(), Value::Null).await;
        assert_eq!(socket.next().await.unwrap()["type"], "connection_ack");
        socket.say_bytes(bytes).await;
        assert_eq!(socket.next().await, Err(code));
    }
    // The code is heard also by whoever goes on talking.
    for _ in 0..5 {
        let mut socket = Socket::open(server.client(), Value::Null).await;
        let init = json!({"type": "connection_init"});
        let more = (0..200).map(|number| begin(&number.to_string(), CHANGED));
        let said: Vec<_> = [init].into_iter().chain(more).collect();
        socket.say_together(&said).await;
        while let Ok(said) = socket.next().await {
            assert_eq!(said["type"], "connection_ack");
        }
        assert_eq!(socket.next().await, Err(1006), "it is closed");
    }
}

async fn a_subscription_has_one_root_field(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    let mut socket = Socket::open(server.client(), Value::Null).await;
    socket
        .begin("subscription { ...Both } fragment Both on Subscription { one: releaseChanged { kind } two: releaseChanged { kind } }")
        .await;
    let refused = socket.next().await.unwrap();
    assert_eq!(
        refused["payload"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED",
        "{refused}"
    );
    assert!(refused["payload"][0]["message"].as_str().unwrap().contains("one, two"));
}

async fn who_shows_a_key_in_the_first_message_is_counted_by_it(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve_with(&["--max-streams-per-client", "2"], &[]).await;
    let desk = server.client().signed_in("press@example.org").await;
    let create = "mutation { createApiKey(input: {name: \"Feed\"}) { secret } }";
    let secret = desk.ask(create, json!({})).await["createApiKey"]["secret"].take();
    let payload = json!({"authorization": format!("Bearer {}", secret.as_str().unwrap())});
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut socket = Socket::open(server.client(), payload.clone()).await;
        socket.begin("{ newsroom { timeZone } }").await;
        assert_eq!(socket.next().await.unwrap()["type"], "next");
        open.push(socket);
    }
    // The address has its own.
    let mut other = Socket::open(server.client(), Value::Null).await;
    assert_eq!(other.next().await.unwrap()["type"], "connection_ack");
    let mut third = Socket::open(server.client(), payload).await;
    while let Ok(said) = third.next().await {
        assert_eq!(said["type"], "connection_ack");
    }
    drop((open, other));
}
