//! Webhooks at the desk: who keeps them, what they may be, and what is done to them.

use std::time::Duration;

use newsroom_tests::{Kind, Receiver, Reply, on_both};
use serde_json::{Value, json};

use crate::hooks::{
    REACH, all_fanned_out, attempted, deliveries, done, hooked, pass, send, served, signed_by, told, until_deliveries,
    webhook,
};
use crate::press::{self, create, publish, published, version};
use crate::taxonomy_commands;

on_both!(
    administrators_keep_webhooks_and_nobody_else,
    what_is_wrong_with_a_webhook_is_named_at_once,
    addresses_that_are_not_public_are_refused_when_they_are_set,
    an_address_that_is_not_allowed_any_more_is_refused_at_the_connection,
    a_webhook_is_made_once_under_a_key_and_its_secret_shown_once,
    a_webhook_is_changed_at_the_version_that_was_seen,
    two_secrets_sign_while_one_is_rotated,
    a_paused_webhook_is_told_nothing_and_then_where_to_resume,
    a_test_is_sent_and_logged,
    a_delivery_is_sent_once_more_under_its_id,
    all_since_an_instant_or_a_cursor_is_sent_again,
    a_cursor_of_another_newsrooms_log_is_refused,
    a_filter_and_events_say_what_is_told,
    a_filter_follows_what_is_merged,
    what_becomes_of_offices_is_told,
    a_deleted_webhook_takes_its_log_along,
    deliveries_are_paged_and_found_by_their_state,
);

async fn administrators_keep_webhooks_and_nobody_else(kind: Kind) {
    let (newsroom, server, desk) = served(kind).await;
    let receiver = Receiver::start();
    let made = hooked(&desk, &receiver, json!({})).await;
    let id = &made["webhook"]["id"];
    newsroom.account("press@example.org", "publisher", &[]);
    let publisher = server.client().signed_in("press@example.org").await;
    let commands = [
        ("createWebhook", json!({"url": receiver.url()})),
        ("updateWebhook", json!({"id": id, "version": 1, "events": []})),
        ("rotateWebhookSecret", json!({ "id": id })),
        ("pauseWebhook", json!({ "id": id })),
        ("resumeWebhook", json!({ "id": id })),
        ("testWebhook", json!({ "id": id })),
        ("redeliver", json!({"delivery": made["webhook"]["uuid"]})),
        ("redeliverSince", json!({"webhook": id, "at": "2024-01-01T00:00:00Z"})),
        ("deleteWebhook", json!({ "id": id })),
    ];
    for (command, input) in commands {
        assert_eq!(
            send(&publisher, command, input.clone()).await.codes(),
            ["FORBIDDEN"],
            "{command}"
        );
        assert_eq!(
            send(server.client(), command, input).await.codes(),
            ["UNAUTHENTICATED"],
            "{command}"
        );
    }
    let answer = publisher.graphql("{ webhooks { url } }", json!({})).await;
    assert_eq!(answer.codes(), ["FORBIDDEN"]);
    assert_eq!(
        desk.ask("{ webhooks { url } }", json!({})).await["webhooks"],
        json!([{"url": receiver.url()}])
    );
    assert_eq!(receiver.requests().len(), 0);
}

async fn what_is_wrong_with_a_webhook_is_named_at_once(kind: Kind) {
    let (_newsroom, _server, desk) = served(kind).await;
    let input = json!({"url": "ftp://example.org/", "description": "", "events": ["release.published", "release.vanished"],
        "filter": {"offices": ["nowhere"]}});
    let answer = send(&desk, "createWebhook", input).await;
    assert_eq!(
        answer.faults(),
        [
            "input.url INSECURE_URL",
            "input.description EMPTY",
            "input.events.1 UNKNOWN_EVENT",
            "input.filter.offices.0 UNKNOWN_SLUG"
        ]
    );
    let nothing = json!({"id": "0192f3a4-7b5c-7def-8123-456789abcdef"});
    assert_eq!(send(&desk, "pauseWebhook", nothing).await.codes(), ["NOT_FOUND"]);
    let neither = json!({"webhook": "0192f3a4-7b5c-7def-8123-456789abcdef"});
    assert_eq!(
        send(&desk, "redeliverSince", neither).await.faults(),
        ["input.after REQUIRED"]
    );
}

async fn addresses_that_are_not_public_are_refused_when_they_are_set(kind: Kind) {
    let (newsroom, server, desk) = served(kind).await;
    for url in [
        "http://127.0.0.2/",
        "http://10.0.0.1/",
        "http://0x7f.2/",
        "http://2130706434/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[64:ff9b::a00:1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.64.0.1/",
        "http://[fd00:ec2::254]/",
        "http://ip6-localhost/",
    ] {
        let answer = send(&desk, "createWebhook", json!({ "url": url })).await;
        // What a name resolves to is the machine's affair.
        let is_known =
            url != "http://ip6-localhost/" || std::fs::read_to_string("/etc/hosts").unwrap().contains("ip6-localhost");
        if is_known {
            assert_eq!(answer.faults(), ["input.url FORBIDDEN_ADDRESS"], "{url}");
        }
    }
    drop(server);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("admin@example.org").await;
    for (url, code) in [
        ("https://127.0.0.1/", "FORBIDDEN_ADDRESS"),
        ("https://localhost:8443/", "FORBIDDEN_ADDRESS"),
        ("http://example.org/", "INSECURE_URL"),
    ] {
        let answer = send(&desk, "createWebhook", json!({ "url": url })).await;
        assert_eq!(answer.faults(), [format!("input.url {code}")], "{url}");
    }
}

async fn an_address_that_is_not_allowed_any_more_is_refused_at_the_connection(kind: Kind) {
    let (newsroom, server, desk) = served(kind).await;
    let receiver = Receiver::start();
    let by_address = hooked(&desk, &receiver, json!({})).await;
    let by_name = json!({"url": receiver.url().replace("127.0.0.1", "localhost")});
    let by_name = done(&desk, "createWebhook", by_name).await;
    drop(server);
    let elsewhere = [
        ("NEWSROOM_WEBHOOK_ALLOWED_NETWORKS", "127.0.0.2/32"),
        ("NEWSROOM_WEBHOOK_ALLOW_HTTP", "true"),
    ];
    let server = newsroom.serve_with(&[], &elsewhere).await;
    let desk = server.client().signed_in("admin@example.org").await;
    published(&desk, "Observers arrive").await;
    for made in [by_address, by_name] {
        let tried = until_deliveries(&desk, &made, |all| attempted(all, &[1])).await;
        assert_eq!(
            tried[0]["attempts"][0]["error"],
            "nothing was sent: its address is not public, and not of a network that the operator allows"
        );
    }
    assert_eq!(receiver.requests().len(), 0);
}

async fn a_webhook_is_made_once_under_a_key_and_its_secret_shown_once(kind: Kind) {
    let (newsroom, _server, desk) = served(kind).await;
    let receiver = Receiver::start();
    let input = json!({"url": receiver.url(), "description": "Partner", "idempotencyKey": "one"});
    let first = done(&desk, "createWebhook", input.clone()).await;
    let again = done(&desk, "createWebhook", input).await;
    assert_eq!(first["webhook"], again["webhook"]);
    assert!(first["secret"].as_str().unwrap().starts_with("whsec_") && again["secret"].is_null());
    let other = json!({"url": receiver.url(), "description": "Another", "idempotencyKey": "one"});
    assert_eq!(
        send(&desk, "createWebhook", other).await.codes(),
        ["IDEMPOTENCY_KEY_REUSED"]
    );
    let made = newsroom
        .audited()
        .await
        .iter()
        .filter(|action| *action == "webhook-created")
        .count();
    assert_eq!(made, 1);
    // Nothing else knows it, the audit trail included.
    let kept = newsroom.column("SELECT detail FROM audit_entry").await.join("\n");
    assert!(!kept.contains("whsec_"));
}

async fn a_webhook_is_changed_at_the_version_that_was_seen(kind: Kind) {
    let (newsroom, _server, desk) = served(kind).await;
    let (before, after) = (Receiver::start(), Receiver::start());
    before.answer(Reply::of("500 Broken"));
    let made = hooked(&desk, &before, json!({"description": "Partner"})).await;
    published(&desk, "Observers arrive").await;
    until_deliveries(&desk, &made, |all| attempted(all, &[1])).await;
    let input = json!({"id": made["webhook"]["id"], "version": 1, "url": after.url(), "description": null, "events": ["release.published"],
        "filter": {"themes": ["elections"], "withoutTheme": true}});
    let changed = done(&desk, "updateWebhook", input.clone()).await["webhook"].take();
    assert_eq!(
        (
            &changed["url"],
            &changed["description"],
            &changed["events"],
            &changed["version"]
        ),
        (
            &json!(after.url()),
            &Value::Null,
            &json!(["release.published"]),
            &json!(2)
        )
    );
    assert_eq!(
        (&changed["filter"]["themes"], &changed["filter"]["withoutTheme"]),
        (&json!(["elections"]), &json!(true))
    );
    assert_eq!(send(&desk, "updateWebhook", input).await.codes(), ["CONFLICT"]);
    // What waits goes to where it is now.
    pass(&newsroom, 10).await;
    assert_eq!(told(&after.wait_for(1).await), ["release.published observers-arrive"]);
}

async fn two_secrets_sign_while_one_is_rotated(kind: Kind) {
    let (newsroom, _server, desk) = served(kind).await;
    let receiver = Receiver::start();
    let made = hooked(&desk, &receiver, json!({})).await;
    let id = &made["webhook"]["id"];
    let second = done(&desk, "rotateWebhookSecret", json!({ "id": id })).await;
    published(&desk, "First").await;
    let request = receiver.wait_for(1).await.remove(0);
    assert_eq!(signed_by(&request, &second["secret"]), [true, false]);
    assert_eq!(signed_by(&request, &made["secret"]), [false, true]);
    // A third takes the place of the first.
    let third = done(&desk, "rotateWebhookSecret", json!({"id": id, "overlapHours": 1})).await;
    published(&desk, "Second").await;
    let request = receiver.wait_for(2).await.remove(1);
    assert_eq!(signed_by(&request, &third["secret"]), [true, false]);
    assert_eq!(signed_by(&request, &second["secret"]), [false, true]);
    assert_eq!(webhook(&desk, &made).await["secrets"].as_array().unwrap().len(), 2);
    pass(&newsroom, 3_601).await;
    published(&desk, "Third").await;
    let request = receiver.wait_for(3).await.remove(2);
    assert_eq!(signed_by(&request, &third["secret"]), [true]);
    let refused = send(&desk, "rotateWebhookSecret", json!({"id": id, "overlapHours": 169})).await;
    assert_eq!(refused.faults(), ["input.overlapHours OUT_OF_RANGE"]);
}

async fn a_paused_webhook_is_told_nothing_and_then_where_to_resume(kind: Kind) {
    let (newsroom, _server, desk) = served(kind).await;
    let (receiver, other) = (Receiver::start(), Receiver::start());
    receiver.answer_next(Reply::of("500 Broken"));
    let made = hooked(&desk, &receiver, json!({})).await;
    hooked(&desk, &other, json!({})).await;
    published(&desk, "Waits").await;
    until_deliveries(&desk, &made, |all| attempted(all, &[1])).await;
    let id = json!({"id": made["webhook"]["id"]});
    assert_eq!(
        done(&desk, "pauseWebhook", id.clone()).await["webhook"]["state"],
        "PAUSED"
    );
    assert_eq!(deliveries(&desk, &made).await[0]["state"], "SKIPPED");
    for command in ["pauseWebhook", "testWebhook"] {
        assert_eq!(
            send(&desk, command, id.clone()).await.codes(),
            ["CONFLICT"],
            "{command}"
        );
    }
    published(&desk, "Not told").await;
    other.wait_for(2).await;
    done(&desk, "resumeWebhook", id.clone()).await;
    published(&desk, "Told").await;
    let requests = receiver.wait_for(3).await;
    let mut events: Vec<_> = requests.iter().map(newsroom_tests::Received::event).collect();
    events.sort_unstable();
    assert_eq!(events, ["release.published", "release.published", "webhook.resumed"]);
    let resumed = requests
        .iter()
        .find(|request| request.event() == "webhook.resumed")
        .unwrap();
    let missed = requests[0].at("/data/sequence").as_i64().unwrap();
    assert_eq!(resumed.at("/data/resumeAfter/sequence"), &json!(missed - 1));
    all_fanned_out(&newsroom).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(receiver.requests().len(), 3);
    assert_eq!(send(&desk, "resumeWebhook", id).await.codes(), ["CONFLICT"]);
}

async fn a_test_is_sent_and_logged(kind: Kind) {
    let (newsroom, _server, desk) = served(kind).await;
    let receiver = Receiver::start();
    let made = hooked(&desk, &receiver, json!({"events": ["theme.merged"]})).await;
    let input = json!({"id": made["webhook"]["id"], "idempotencyKey": "one"});
    let tested = done(&desk, "testWebhook", input.clone()).await;
    let again = done(&desk, "testWebhook", input).await;
    assert_eq!(tested["delivery"]["id"], again["delivery"]["id"]);
    let request = receiver.wait_for(1).await.remove(0);
    assert_eq!(
        (request.event(), signed_by(&request, &made["secret"])),
        ("webhook.test", vec![true])
    );
    assert_eq!(request.header("webhook-id"), tested["delivery"]["uuid"]);
    let logged = until_deliveries(&desk, &made, |all| all[0]["state"] == "DELIVERED").await;
    assert_eq!(
        (logged.len(), &logged[0]["event"], &logged[0]["sequence"]),
        (1, &json!("webhook.test"), &Value::Null)
    );
    assert_eq!(newsroom.audited().await.last().unwrap(), "webhook-tested");
}

async fn a_delivery_is_sent_once_more_under_its_id(kind: Kind) {
    let (_newsroom, _server, desk) = served(kind).await;
    let receiver = Receiver::start();
    let made = hooked(&desk, &receiver, json!({})).await;
    published(&desk, "Observers arrive").await;
    let delivered = until_deliveries(&desk, &made, |all| all.len() == 1 && all[0]["state"] == "DELIVERED").await;
    receiver.answer_next(Reply::of("500 Broken"));
    let input = json!({"delivery": delivered[0]["id"]});
    assert_eq!(
        done(&desk, "redeliver", input).await["delivery"]["id"],
        delivered[0]["id"]
    );
    let requests = receiver.wait_for(2).await;
    assert_eq!(requests[0].header("webhook-id"), requests[1].header("webhook-id"));
    // It is tried as if it were new, and waits for its next attempt.
    let tried = until_deliveries(&desk, &made, |all| attempted(all, &[2])).await;
    assert_eq!(tried[0]["state"], "WAITING");
}

async fn a_cursor_of_another_newsrooms_log_is_refused(kind: Kind) {
    let (_newsroom, _server, desk) = served(kind).await;
    let (_other, server, elsewhere) = served(kind).await;
    let receiver = Receiver::start();
    let made = hooked(&desk, &receiver, json!({})).await;
    for desk in [&desk, &elsewhere] {
        published(desk, "Observers arrive").await;
    }
    // It is at a place that this log has too, with another change.
    let foreign = server.client().get("/v1/changes?limit=1").await.body["head"].take();
    let input = json!({"webhook": made["webhook"]["id"], "after": foreign});
    let answer = send(&desk, "redeliverSince", input).await;
    assert_eq!(answer.faults(), ["input.after INVALID_CURSOR"], "{}", answer.text);
}

async fn all_since_an_instant_or_a_cursor_is_sent_again(kind: Kind) {
    let (_newsroom, _server, desk) = served(kind).await;
    let receiver = Receiver::start();
    for title in ["One", "Two"] {
        published(&desk, title).await;
    }
    // Nobody was told of those.
    let made = hooked(&desk, &receiver, json!({})).await;
    published(&desk, "Three").await;
    let three = receiver.wait_for(1).await.remove(0);
    until_deliveries(&desk, &made, |all| all[0]["state"] == "DELIVERED").await;
    let id = &made["webhook"]["id"];
    done(
        &desk,
        "redeliverSince",
        json!({"webhook": id, "at": "2020-01-01T00:00:00Z"}),
    )
    .await;
    let requests = receiver.wait_for(4).await;
    let mut again = told(&requests[1..]);
    again.sort_unstable();
    // What was imported without being announced is told to nobody.
    assert_eq!(
        again,
        [
            "release.published one",
            "release.published three",
            "release.published two"
        ]
    );
    until_deliveries(&desk, &made, |all| {
        all.len() == 3 && all.iter().all(|one| one["state"] == "DELIVERED")
    })
    .await;
    let two = requests[1..]
        .iter()
        .find(|request| request.at("/data/release/slug") == "two")
        .unwrap();
    done(
        &desk,
        "redeliverSince",
        json!({"webhook": id, "after": two.at("/data/cursor")}),
    )
    .await;
    let requests = receiver.wait_for(5).await;
    assert_eq!(requests[4].header("webhook-id"), three.header("webhook-id"));
    let answer = send(&desk, "redeliverSince", json!({"webhook": id, "after": "strange"})).await;
    assert_eq!(answer.codes(), ["INVALID_CURSOR"]);
    let answer = send(
        &desk,
        "redeliverSince",
        json!({"webhook": id, "at": "2999-01-01T00:00:00Z"}),
    )
    .await;
    assert!(answer.errors().is_empty(), "{}", answer.text);
}

async fn a_filter_and_events_say_what_is_told(kind: Kind) {
    let (newsroom, _server, desk) = served(kind).await;
    let (of_odihr, in_russian, corrections) = (Receiver::start(), Receiver::start(), Receiver::start());
    let odihr = "osce-office-for-democratic-institutions-and-human-rights";
    hooked(&desk, &of_odihr, json!({"filter": {"offices": [odihr]}})).await;
    hooked(&desk, &in_russian, json!({"filter": {"locales": ["ru"]}})).await;
    hooked(&desk, &corrections, json!({"events": ["release.corrected"]})).await;
    let live = published(&desk, "Observers arrive").await;
    let nowhere = json!({"originalLocale": "en", "text": {"title": "Of no office"}});
    let nowhere = press::done(&desk, "createRelease", nowhere).await;
    publish(&desk, &nowhere, "en").await;
    let russian =
        json!({"id": live["id"], "version": version(&live, "en"), "locale": "ru", "text": {"title": "Наблюдатели"}});
    let live = publish(&desk, &press::done(&desk, "addTranslation", russian).await, "ru").await;
    // It leaves the office's list, and they are told so.
    let moved = json!({"id": live["id"], "version": version(&live, "en"), "offices": []});
    let moved = press::done(&desk, "updateRelease", moved).await;
    publish(&desk, &moved, "en").await;
    let requests = of_odihr.wait_for(3).await;
    let shown: Vec<_> = requests
        .iter()
        .map(|request| {
            (
                request.event(),
                request.at("/data/locale").as_str(),
                request.at("/data/leavesFilter") == true,
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("release.published", None, false),
            ("release.translation-published", Some("ru"), false),
            ("release.updated", None, true),
        ]
    );
    let requests = in_russian.wait_for(2).await;
    assert_eq!(
        told(&requests),
        [
            "release.translation-published observers-arrive",
            "release.updated observers-arrive"
        ]
    );
    all_fanned_out(&newsroom).await;
    assert_eq!(newsroom.number("SELECT COUNT(*) FROM webhook_delivery").await, 5);
    assert_eq!(corrections.requests().len(), 0);
    create(&desk, "A draft is nobody's").await;
}

async fn a_filter_follows_what_is_merged(kind: Kind) {
    let newsroom = crate::merging::newsroom(kind);
    let server = newsroom.serve_with(&[], &REACH).await;
    let desk = server.client().signed_in("admin@example.org").await;
    let receiver = Receiver::start();
    let made = hooked(
        &desk,
        &receiver,
        json!({"filter": {"offices": ["skopje"]}, "events": ["release.reclassified", "release.published"]}),
    )
    .await;
    let merged = crate::merging::input(&desk, "office", "skopje", "mission").await;
    taxonomy_commands::done(&desk, "mergeOffice", merged).await;
    // The releases of the one that goes.
    let requests = receiver.wait_for(2).await;
    let mut moved = told(&requests);
    moved.sort_unstable();
    assert_eq!(moved, ["release.reclassified both", "release.reclassified one"]);
    let input = json!({"originalLocale": "en", "offices": ["mission"], "text": {"title": "Later"}});
    let draft = press::done(&desk, "createRelease", input).await;
    publish(&desk, &draft, "en").await;
    assert_eq!(told(&receiver.wait_for(3).await[2..]), ["release.published later"]);
    assert_eq!(webhook(&desk, &made).await["filter"]["offices"], json!(["mission"]));
}

async fn what_becomes_of_offices_is_told(kind: Kind) {
    let newsroom = crate::merging::newsroom(kind);
    let server = newsroom.serve_with(&[], &REACH).await;
    let desk = server.client().signed_in("admin@example.org").await;
    let receiver = Receiver::start();
    let events = json!({"events": ["office.merged", "office.updated"], "filter": {"offices": ["odihr"]}});
    hooked(&desk, &receiver, events).await;
    let merged = crate::merging::input(&desk, "office", "skopje", "mission").await;
    let gone = crate::merging::shown(&desk, "office", "skopje").await;
    taxonomy_commands::done(&desk, "mergeOffice", merged).await;
    let request = receiver.wait_for(1).await.remove(0);
    assert_eq!(
        (request.event(), request.at("/data/office")),
        ("office.merged", &Value::Null)
    );
    assert_eq!(request.at("/data/subject/kind"), "office");
    assert!(request.at("/data/mergedInto").is_string() && gone["id"].is_string());
}

async fn a_deleted_webhook_takes_its_log_along(kind: Kind) {
    let (newsroom, _server, desk) = served(kind).await;
    let receiver = Receiver::start();
    receiver.answer(Reply::of("500 Broken"));
    let made = hooked(&desk, &receiver, json!({})).await;
    published(&desk, "Observers arrive").await;
    until_deliveries(&desk, &made, |all| attempted(all, &[1])).await;
    let id = json!({"id": made["webhook"]["id"], "idempotencyKey": "one"});
    for _ in 0..2 {
        assert_eq!(
            done(&desk, "deleteWebhook", id.clone()).await["id"],
            made["webhook"]["id"]
        );
    }
    for table in ["webhook", "webhook_secret", "webhook_delivery", "webhook_attempt"] {
        assert_eq!(
            newsroom.number(&format!("SELECT COUNT(*) FROM {table}")).await,
            0,
            "{table}"
        );
    }
    assert_eq!(newsroom.audited().await.last().unwrap(), "webhook-deleted");
}

async fn deliveries_are_paged_and_found_by_their_state(kind: Kind) {
    let (_newsroom, _server, desk) = served(kind).await;
    let receiver = Receiver::start();
    receiver.answer_next(Reply::of("500 Broken"));
    let made = hooked(&desk, &receiver, json!({})).await;
    for title in ["One", "Two", "Three"] {
        published(&desk, title).await;
        receiver
            .wait_until(|requests| {
                requests
                    .iter()
                    .any(|request| request.at("/data/release/title") == title)
            })
            .await;
    }
    let is_done = |all: &[Value]| all.len() == 3 && all.iter().filter(|one| one["state"] == "DELIVERED").count() == 2;
    let all = until_deliveries(&desk, &made, is_done).await;
    let page = "query($id: ID!, $after: String, $state: WebhookDeliveryState) { webhook(id: $id) { deliveries(first: 2, after: $after, state: $state) {
        nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor } } } }";
    let first = desk.ask(page, json!({"id": made["webhook"]["id"]})).await["webhook"]["deliveries"].take();
    assert_eq!(first["nodes"], json!([{"id": all[2]["id"]}, {"id": all[1]["id"]}]));
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    let variables = json!({"id": made["webhook"]["id"], "after": first["pageInfo"]["endCursor"]});
    let second = desk.ask(page, variables).await["webhook"]["deliveries"].take();
    assert_eq!(second["nodes"], json!([{"id": all[0]["id"]}]));
    assert_eq!(
        (
            &second["pageInfo"]["hasNextPage"],
            &second["pageInfo"]["hasPreviousPage"]
        ),
        (&json!(false), &json!(true))
    );
    let variables = json!({"id": made["webhook"]["id"], "state": "WAITING"});
    let waiting = desk.ask(page, variables).await["webhook"]["deliveries"].take();
    assert_eq!(waiting["nodes"], json!([{"id": all[0]["id"]}]));
}
