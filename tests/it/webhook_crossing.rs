//! Webhooks where things cross: an answer that comes after a pause, a newsroom that was away, a repaired endpoint whose deliveries
//! wait, an entry of the taxonomy that a filter names.

use std::time::Duration;

use newsroom_tests::{Client, Kind, Receiver, Reply, on_both};
use serde_json::{Value, json};

use crate::hooks::{
    REACH, attempted, deliveries, done, hooked, pass, send, served, told, until_deliveries, until_state, wear_out,
    webhook,
};
use crate::press::{self, publish, published, version};
use crate::taxonomy_commands::{self, called};

on_both!(
    what_is_missed_while_an_answer_is_awaited_is_told_too,
    what_is_missed_by_a_410_while_an_answer_is_awaited_is_told_too,
    what_is_given_up_while_an_answer_is_awaited_is_told_too,
    an_endpoint_is_not_dead_since_the_newsroom_was_away,
    what_was_done_under_a_key_and_is_deleted_since_is_said_to_be,
    a_delivery_that_waits_is_sent_at_once_where_somebody_asks,
    a_delivery_that_is_being_sent_is_not_sent_beside_that,
    all_that_waits_is_sent_at_once_where_somebody_asks,
    an_endpoint_that_answers_410_after_a_pause_is_disabled,
    an_entry_that_a_webhook_names_is_not_deleted,
    a_clock_that_is_set_back_holds_nothing_up,
);

/// An answer that is a while in coming.
fn slowly(reply: Reply) -> Reply {
    Reply {
        after: Duration::from_secs(2),
        ..reply
    }
}

/// What names a webhook in a command.
fn of(made: &Value) -> Value {
    json!({"id": made["webhook"]["id"]})
}

/// A webhook that has missed a change and is resumed, with `webhook.resumed` on its way to a receiver that is slow to take it, and
/// what that says it has missed.
async fn resumed_slowly(desk: &Client, receiver: &Receiver) -> (Value, Value) {
    let made = hooked(desk, receiver, json!({})).await;
    done(desk, "pauseWebhook", of(&made)).await;
    published(desk, "Missed").await;
    receiver.answer_next(slowly(Reply::default()));
    done(desk, "resumeWebhook", of(&made)).await;
    let resumed = receiver.wait_for(1).await.remove(0);
    assert_eq!(resumed.event(), "webhook.resumed");
    let missed = resumed.at("/data/resumeAfter").clone();
    assert!(missed.is_object());
    (made, missed)
}

async fn what_is_missed_while_an_answer_is_awaited_is_told_too(kind: Kind) {
    let (_newsroom, _server, desk) = served(kind).await;
    let receiver = Receiver::start();
    let (made, missed) = resumed_slowly(&desk, &receiver).await;
    done(&desk, "pauseWebhook", of(&made)).await;
    until_deliveries(&desk, &made, |all| attempted(all, &[1])).await;
    published(&desk, "Missed too").await;
    done(&desk, "resumeWebhook", of(&made)).await;
    let requests = receiver.wait_for(2).await;
    assert_eq!(
        (requests[1].event(), requests[1].at("/data/resumeAfter")),
        ("webhook.resumed", &missed)
    );
    // Now it has been told.
    while !webhook(&desk, &made).await["resumeAfter"].is_null() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn what_is_missed_by_a_410_while_an_answer_is_awaited_is_told_too(kind: Kind) {
    let (_newsroom, _server, desk) = served(kind).await;
    let receiver = Receiver::start();
    let (made, missed) = resumed_slowly(&desk, &receiver).await;
    receiver.answer_next(Reply::of("410 Gone"));
    published(&desk, "Not wanted").await;
    until_state(&desk, &made, "DISABLED").await;
    until_deliveries(&desk, &made, |all| attempted(all, &[1, 1])).await;
    published(&desk, "Missed too").await;
    done(&desk, "resumeWebhook", of(&made)).await;
    let requests = receiver.wait_for(3).await;
    assert_eq!(
        (requests[2].event(), requests[2].at("/data/resumeAfter")),
        ("webhook.resumed", &missed)
    );
}

async fn what_is_given_up_while_an_answer_is_awaited_is_told_too(kind: Kind) {
    let (newsroom, _server, desk) = served(kind).await;
    let receiver = Receiver::start();
    let broken = || Reply::of("500 Broken");
    receiver.answer_next(broken());
    receiver.answer_next(broken());
    let made = hooked(&desk, &receiver, json!({})).await;
    for title in ["First", "Second"] {
        published(&desk, title).await;
    }
    let waiting = until_deliveries(&desk, &made, |all| attempted(all, &[1, 1])).await;
    published(&desk, "Taken").await;
    until_deliveries(&desk, &made, |all| attempted(all, &[1, 1, 1])).await;
    receiver.answer_next(broken());
    wear_out(&newsroom, &waiting[0]).await;
    until_deliveries(&desk, &made, |all| all[0]["state"] == "FAILED").await;
    // As after another that it took: it is sent to beside what it is slow with.
    newsroom.execute("UPDATE webhook SET failing_since = NULL").await;
    // This one tells of the first alone.
    receiver.answer_next(slowly(Reply::default()));
    published(&desk, "Slowly taken").await;
    let telling = receiver.wait_for(5).await.remove(4);
    assert!(telling.at("/data/resumeAfter").is_object());
    receiver.answer_next(broken());
    wear_out(&newsroom, &waiting[1]).await;
    until_deliveries(&desk, &made, |all| {
        all[1]["state"] == "FAILED" && all[3]["state"] == "DELIVERED"
    })
    .await;
    published(&desk, "Told").await;
    let requests = receiver.wait_for(7).await;
    assert_eq!(
        (told(&requests[6..]), requests[6].at("/data/resumeAfter")),
        (
            vec!["release.published told".to_owned()],
            telling.at("/data/resumeAfter")
        )
    );
}

async fn an_endpoint_is_not_dead_since_the_newsroom_was_away(kind: Kind) {
    let (newsroom, server, desk) = served(kind).await;
    let receiver = Receiver::start();
    receiver.answer(Reply::of("503 Not now"));
    let made = hooked(&desk, &receiver, json!({})).await;
    published(&desk, "Observers arrive").await;
    until_deliveries(&desk, &made, |all| attempted(all, &[1])).await;
    drop(server);
    pass(&newsroom, 73 * 3600).await;
    let server = newsroom.serve_with(&[], &REACH).await;
    let desk = server.client().signed_in("admin@example.org").await;
    let tried = until_deliveries(&desk, &made, |all| attempted(all, &[2])).await;
    assert_eq!(
        (&tried[0]["state"], &webhook(&desk, &made).await["state"]),
        (&json!("WAITING"), &json!("ACTIVE"))
    );
    // It is tried on with the delays of ever.
    pass(&newsroom, 331).await;
    until_deliveries(&desk, &made, |all| attempted(all, &[3])).await;
}

async fn what_was_done_under_a_key_and_is_deleted_since_is_said_to_be(kind: Kind) {
    let (_newsroom, _server, desk) = served(kind).await;
    let receiver = Receiver::start();
    let new = json!({"url": receiver.url(), "idempotencyKey": "one"});
    let made = done(&desk, "createWebhook", new.clone()).await;
    let id = &made["webhook"]["id"];
    let under = |key: &str| json!({"id": id, "idempotencyKey": key});
    let rest = || async {
        let request = desk.request("POST", "/v1/desk/webhooks");
        let request = request.header("idempotency-key", "five");
        desk.send(request.json(&json!({"url": receiver.url()}))).await
    };
    let by_rest = rest().await;
    assert_eq!(by_rest.status, 201, "{}", by_rest.text);
    let again = [
        ("createWebhook", new),
        (
            "updateWebhook",
            json!({"id": id, "version": 1, "events": [], "idempotencyKey": "two"}),
        ),
        ("testWebhook", under("three")),
        ("pauseWebhook", under("four")),
    ];
    for (command, input) in &again[1..] {
        done(&desk, command, input.clone()).await;
    }
    done(&desk, "deleteWebhook", under("six")).await;
    let gone = by_rest.body["webhook"]["id"].as_str().unwrap();
    let deleted = desk.request("DELETE", &format!("/v1/desk/webhooks/{gone}"));
    assert_eq!(desk.send(deleted).await.status, 200);
    for (command, input) in again {
        let answer = send(&desk, command, input).await;
        assert_eq!(
            (answer.codes(), answer.message()),
            (vec!["NOT_FOUND"], "This was done, and it has been deleted since."),
            "{command}"
        );
    }
    let answer = rest().await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body["code"]),
        (404, &json!("NOT_FOUND")),
        "{}",
        answer.text
    );
}

/// Has what waits wait ten hours more, as after many failures.
async fn put_off(newsroom: &newsroom_tests::Newsroom) {
    let later = "UPDATE webhook_delivery SET next_at = next_at + 36000000000, tries = CASE WHEN tries > 0 THEN 7 ELSE 0 END \
                 WHERE next_at IS NOT NULL";
    newsroom.execute(later).await;
}

/// A receiver that has broken down, with two deliveries of one release waiting for it to be repaired, and its webhook.
async fn broken_down(newsroom: &newsroom_tests::Newsroom, desk: &Client) -> (Receiver, Value) {
    let receiver = Receiver::start();
    receiver.answer_next(Reply::of("500 Broken"));
    let made = hooked(desk, &receiver, json!({})).await;
    let live = published(desk, "First").await;
    until_deliveries(desk, &made, |all| attempted(all, &[1])).await;
    let input = json!({"id": live["id"], "version": version(&live, "en"), "text": {"title": "Second"}});
    publish(desk, &press::done(desk, "updateRelease", input).await, "en").await;
    until_deliveries(desk, &made, |all| attempted(all, &[1, 0])).await;
    put_off(newsroom).await;
    (receiver, made)
}

async fn a_delivery_that_waits_is_sent_at_once_where_somebody_asks(kind: Kind) {
    let (newsroom, _server, desk) = served(kind).await;
    let (receiver, made) = broken_down(&newsroom, &desk).await;
    // Asked for is the second, which comes after the first as ever.
    let waiting = deliveries(&desk, &made).await;
    done(&desk, "redeliver", json!({"delivery": waiting[1]["id"]})).await;
    let requests = receiver.wait_for(3).await;
    let ids: Vec<_> = requests.iter().map(|request| request.header("webhook-id")).collect();
    let [first, second] = [0, 1].map(|place| waiting[place]["uuid"].as_str().unwrap());
    assert_eq!(ids, [first, first, second]);
    until_deliveries(&desk, &made, |all| all.iter().all(|one| one["state"] == "DELIVERED")).await;
}

async fn a_delivery_that_is_being_sent_is_not_sent_beside_that(kind: Kind) {
    let (_newsroom, _server, desk) = served(kind).await;
    let receiver = Receiver::start();
    receiver.answer_next(slowly(Reply::default()));
    let made = hooked(&desk, &receiver, json!({})).await;
    published(&desk, "Observers arrive").await;
    receiver.wait_for(1).await;
    let sending = deliveries(&desk, &made).await.remove(0);
    let answer = send(&desk, "redeliver", json!({"delivery": sending["id"]})).await;
    assert_eq!(answer.codes(), ["CONFLICT"]);
    let since = json!({"webhook": made["webhook"]["id"], "at": "2020-01-01T00:00:00Z"});
    done(&desk, "redeliverSince", since).await;
    until_deliveries(&desk, &made, |all| all[0]["state"] == "DELIVERED").await;
    assert_eq!(receiver.requests().len(), 1);
}

async fn all_that_waits_is_sent_at_once_where_somebody_asks(kind: Kind) {
    let (newsroom, _server, desk) = served(kind).await;
    let (receiver, made) = broken_down(&newsroom, &desk).await;
    let first = deliveries(&desk, &made).await[0]["changeCursor"].take();
    // From the second on, which comes after the first as ever.
    let since = json!({"webhook": made["webhook"]["id"], "after": first});
    done(&desk, "redeliverSince", since).await;
    receiver.wait_for(3).await;
    until_deliveries(&desk, &made, |all| all.iter().all(|one| one["state"] == "DELIVERED")).await;
    assert_eq!(receiver.requests().len(), 3);
}

async fn an_endpoint_that_answers_410_after_a_pause_is_disabled(kind: Kind) {
    let (newsroom, _server, desk) = served(kind).await;
    let receiver = Receiver::start();
    receiver.answer_next(slowly(Reply::of("410 Gone")));
    let made = hooked(&desk, &receiver, json!({})).await;
    done(&desk, "testWebhook", of(&made)).await;
    receiver.wait_for(1).await;
    let paused = done(&desk, "pauseWebhook", of(&made)).await;
    assert_eq!(paused["webhook"]["state"], "PAUSED");
    let disabled = until_state(&desk, &made, "DISABLED").await;
    assert_eq!(
        (&disabled["stateReason"], &disabled["resumeAfter"]),
        (
            &json!("it answered 410: it wants no more"),
            &paused["webhook"]["resumeAfter"]
        )
    );
    assert_eq!(newsroom.audited().await.last().unwrap(), "webhook-disabled");
}

async fn an_entry_that_a_webhook_names_is_not_deleted(kind: Kind) {
    let (_newsroom, _server, desk) = served(kind).await;
    let receiver = Receiver::start();
    let mut entries = Vec::new();
    for (kind, slug) in [
        ("Office", "old-mission"),
        ("Office", "new-mission"),
        ("Theme", "fishing"),
        ("ContentType", "leaflet"),
    ] {
        let new = json!({"slug": slug, "names": called(slug)});
        let made = taxonomy_commands::done(&desk, &format!("create{kind}"), new).await;
        entries.push((kind, made["entry"].clone()));
    }
    let filter = json!({"offices": ["old-mission"], "themes": ["fishing"], "types": ["leaflet"]});
    let made = hooked(&desk, &receiver, json!({"description": "Partner", "filter": filter})).await;
    // The webhook goes on meaning what the one that it names was merged into.
    let (old, new) = (entries.remove(0).1, &entries[0].1);
    let merging = json!({"id": old["id"], "version": old["version"], "into": new["id"]});
    let merged = taxonomy_commands::done(&desk, "mergeOffice", merging).await;
    entries[0].1["version"] = merged["version"].clone();
    for (kind, entry) in &entries {
        let input = json!({"id": entry["id"], "version": entry["version"]});
        let answer = taxonomy_commands::send(&desk, &format!("delete{kind}"), input).await;
        assert_eq!(answer.codes(), ["CONFLICT"], "{kind}: {}", answer.text);
        assert!(answer.message().contains("The webhook “Partner”"), "{}", answer.text);
    }
    done(&desk, "deleteWebhook", of(&made)).await;
    for (kind, entry) in &entries {
        let input = json!({"id": entry["id"], "version": entry["version"]});
        taxonomy_commands::done(&desk, &format!("delete{kind}"), input).await;
    }
}

async fn a_clock_that_is_set_back_holds_nothing_up(kind: Kind) {
    let (newsroom, server, desk) = served(kind).await;
    let receiver = Receiver::start();
    receiver.answer_next(Reply::of("500 Broken"));
    let made = hooked(&desk, &receiver, json!({})).await;
    published(&desk, "Observers arrive").await;
    until_deliveries(&desk, &made, |all| attempted(all, &[1])).await;
    // What was noted by a clock that was two hours ahead.
    let ahead = "UPDATE webhook_delivery SET begun_at = begun_at + 7200000000, next_at = next_at + 7200000000";
    newsroom.execute(ahead).await;
    drop(server);
    let server = newsroom.serve_with(&[], &REACH).await;
    receiver.wait_for(2).await;
    let desk = server.client().signed_in("admin@example.org").await;
    until_deliveries(&desk, &made, |all| all[0]["state"] == "DELIVERED").await;
}
