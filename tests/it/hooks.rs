//! What the tests of webhooks have in common: a newsroom that may reach this machine, and what an administrator does with it.

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use newsroom_tests::{Answer, Client, Kind, Newsroom, Received, Receiver, Server};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;

/// The settings of a newsroom that may send webhooks to this machine, and nowhere else that is not public.
pub(crate) const REACH: [(&str, &str); 4] = [
    ("NEWSROOM_WEBHOOK_ALLOWED_NETWORKS", "127.0.0.1/32"),
    ("NEWSROOM_WEBHOOK_ALLOW_HTTP", "true"),
    ("NEWSROOM_PUBLIC_URL", "https://api.example.org/newsroom/"),
    ("NEWSROOM_RELEASE_URL", "https://www.example.org/{locale}/{slug}"),
];

pub(crate) const WEBHOOK: &str =
    "id uuid url description events filter { offices themes types withoutOffice withoutTheme withoutType locales }
  state stateReason failingSince lastDeliveredAt resumeAfter secrets { expiresAt } version";

/// The newsroom of the seed, served, with an administrator who is signed in.
pub(crate) async fn served(kind: Kind) -> (Newsroom, Server, Client) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("admin@example.org", "administrator", &[]);
    let server = newsroom.serve_with(&[], &REACH).await;
    let desk = server.client().signed_in("admin@example.org").await;
    (newsroom, server, desk)
}

/// Sends a command on webhooks.
pub(crate) async fn send(desk: &Client, command: &str, input: Value) -> Answer {
    let mut name = command.to_owned();
    name[..1].make_ascii_uppercase();
    let more = match command {
        "createWebhook" | "rotateWebhookSecret" => "secret",
        "testWebhook" | "redeliver" => "delivery { id uuid state }",
        _ => "",
    };
    let selected = match command {
        "deleteWebhook" => "id".to_owned(),
        _ => format!("webhook {{ {WEBHOOK} }} {more}"),
    };
    let mutation = format!("mutation($input: {name}Input!) {{ done: {command}(input: $input) {{ {selected} }} }}");
    desk.graphql(&mutation, json!({"input": input})).await
}

/// Sends a command that is done, and answers its payload.
pub(crate) async fn done(desk: &Client, command: &str, input: Value) -> Value {
    let shown = input.to_string();
    let answer = send(desk, command, input).await;
    assert!(answer.errors().is_empty(), "{command} {shown}\n{}", answer.text);
    answer.data("/done").clone()
}

/// Makes a webhook to a receiver, and answers its payload: `webhook` and `secret`.
pub(crate) async fn hooked(desk: &Client, receiver: &Receiver, more: Value) -> Value {
    let mut input = json!({"url": receiver.url()});
    for (key, value) in more.as_object().unwrap() {
        input[key] = value.clone();
    }
    done(desk, "createWebhook", input).await
}

/// The webhook as it is now.
pub(crate) async fn webhook(desk: &Client, made: &Value) -> Value {
    let query = format!("query($id: ID!) {{ webhook(id: $id) {{ {WEBHOOK} }} }}");
    desk.ask(&query, json!({"id": made["webhook"]["id"]})).await["webhook"].take()
}

/// Waits until the webhook is in that state, and answers it.
pub(crate) async fn until_state(desk: &Client, made: &Value, state: &str) -> Value {
    for _ in 0..1200 {
        let now = webhook(desk, made).await;
        if now["state"] == state {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it does not come to {state}: {}", webhook(desk, made).await)
}

/// The webhook's deliveries, the oldest first.
pub(crate) async fn deliveries(desk: &Client, made: &Value) -> Vec<Value> {
    let query = "query($id: ID!) { webhook(id: $id) { deliveries(first: 100) { nodes { id uuid event sequence changeCursor state createdAt
        nextAttemptAt finishedAt attempts { number at milliseconds url requestHeaders { name value } requestBody status answer error } } } } }";
    let mut data = desk.ask(query, json!({"id": made["webhook"]["id"]})).await;
    let mut nodes = data["webhook"]["deliveries"]["nodes"].as_array_mut().unwrap().clone();
    nodes.reverse();
    nodes
}

/// Waits until the webhook's deliveries are as they should be, and answers them.
pub(crate) async fn until_deliveries(desk: &Client, made: &Value, are_so: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    for _ in 0..1200 {
        let now = deliveries(desk, made).await;
        if are_so(&now) {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("they do not come to that: {:?}", deliveries(desk, made).await)
}

/// Whether so many deliveries have had so many attempts that ended.
pub(crate) fn attempted(deliveries: &[Value], each: &[usize]) -> bool {
    let attempts = deliveries
        .iter()
        .map(|delivery| delivery["attempts"].as_array().unwrap().len());
    attempts.eq(each.iter().copied())
}

/// Waits until everything that has happened has been given to those that are told of it.
pub(crate) async fn all_fanned_out(newsroom: &Newsroom) {
    let behind = "SELECT (SELECT sequence FROM change_head) - (SELECT sequence FROM webhook_cursor)";
    while newsroom.number(behind).await > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Lets time pass for deliveries and endpoints: so many seconds, by moving what they have been through so far back.
pub(crate) async fn pass(newsroom: &Newsroom, seconds: i64) {
    let micros = seconds * 1_000_000;
    // What makes anything due comes last.
    for (table, columns) in [
        ("webhook", &["failing_since", "last_delivered_at"][..]),
        ("webhook_secret", &["expires_at"]),
        ("webhook_delivery", &["begun_at", "next_at"]),
    ] {
        let moved = columns.iter().map(|column| format!("{column} = {column} - {micros}"));
        let moved = moved.collect::<Vec<_>>().join(", ");
        newsroom.execute(&format!("UPDATE {table} SET {moved}")).await;
    }
}

/// Lets a delivery come to its last try: it has been tried often, and for more than three days.
pub(crate) async fn wear_out(newsroom: &Newsroom, delivery: &Value) {
    let of_it = format!("WHERE sequence = {}", delivery["sequence"]);
    let moved = "begun_at = begun_at - 262800000000, next_at = next_at - 262800000000";
    newsroom
        .execute(&format!("UPDATE webhook_delivery SET tries = 12, {moved} {of_it}"))
        .await;
}

/// The signatures of a request, and for each whether it is that of this secret.
pub(crate) fn signed_by(request: &Received, secret: &Value) -> Vec<bool> {
    let key = STANDARD
        .decode(secret.as_str().unwrap().strip_prefix("whsec_").unwrap())
        .unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let signed = format!(
        "{}.{}.{}",
        request.header("webhook-id"),
        request.header("webhook-timestamp"),
        request.text
    );
    let signatures = request.header("webhook-signature").split(' ');
    signatures
        .map(|signature| {
            let tag = signature.strip_prefix("v1,").and_then(|tag| STANDARD.decode(tag).ok());
            tag.is_some_and(|tag| hmac::verify(&key, signed.as_bytes(), &tag).is_ok())
        })
        .collect()
}

/// What requests tell, in order: `release.published observers-arrive`.
pub(crate) fn told(requests: &[Received]) -> Vec<String> {
    let told = requests.iter().map(|request| {
        let subject = request.at("/data/release/slug").as_str();
        format!("{} {}", request.event(), subject.unwrap_or("-"))
    });
    told.collect()
}
