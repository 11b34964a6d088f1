//! Webhooks: partners are told of changes, signed, in order and at least once, and the desk sees what came of it.

use std::time::Duration;

use newsroom_tests::{Client, Kind, Receiver, Reply, on_both};
use serde_json::{Value, json};

use crate::hooks::{
    REACH, all_fanned_out, attempted, deliveries, done, hooked, pass, served, signed_by, told, until_deliveries,
    until_state, wear_out, webhook,
};
use crate::press::{self, publish, published, version};

on_both!(
    a_publish_is_told_signed_and_with_what_it_is_about,
    a_removed_release_leaves_its_tombstone,
    what_is_told_is_as_it_is_when_it_is_sent,
    of_one_release_the_later_waits_for_the_earlier,
    what_fails_is_tried_again_later_and_later,
    what_asks_for_time_gets_up_to_twice_our_own,
    an_endpoint_that_answers_410_is_told_no_more,
    an_endpoint_that_is_dead_for_three_days_is_paused_and_told_where_to_resume,
    what_it_has_missed_is_in_the_change_log_behind_the_cursors_that_it_has,
    an_endpoint_that_takes_other_events_is_not_dead,
    a_slow_endpoint_is_in_no_others_way,
    an_answer_is_kept_as_far_as_it_is_bounded,
    a_redirect_is_not_followed,
    a_server_that_is_killed_in_between_sends_it_again,
    several_hosts_send_each_event_once,
    an_import_tells_nobody_unless_it_is_announced,
);

async fn a_publish_is_told_signed_and_with_what_it_is_about(kind: Kind) {
    let (newsroom, _server, desk) = served(kind).await;
    let receiver = Receiver::start();
    let made = hooked(&desk, &receiver, json!({})).await;
    let input = json!({"originalLocale": "en", "type": "press-release", "themes": ["elections"], "publishedAt": "2024-11-22T09:30:00Z",
        "offices": ["osce-office-for-democratic-institutions-and-human-rights"], "text": {"title": "Observers arrive", "lead": "Today."}});
    let draft = press::done(&desk, "createRelease", input).await;
    let live = publish(&desk, &draft, "en").await;
    let request = receiver.wait_for(1).await.remove(0);
    assert_eq!(signed_by(&request, &made["secret"]), [true]);
    assert_eq!(request.header("content-type"), "application/json");
    assert!(request.header("user-agent").starts_with("newsroom/"));
    let sequence = newsroom.number("SELECT sequence FROM change_head").await;
    let release = request.at("/data/release");
    assert_eq!(
        json!({"event": request.event(), "subject": request.at("/data/subject"), "sequence": request.at("/data/sequence"),
            "leavesFilter": request.at("/data/leavesFilter"), "resumeAfter": request.at("/data/resumeAfter"), "locale": request.at("/data/locale"),
            "slug": release["slug"], "title": release["title"], "lead": release["lead"], "state": release["state"], "offices": release["offices"],
            "themes": release["themes"], "type": release["type"], "url": release["url"], "apiUrl": release["apiUrl"],
            "publishedAt": release["publishedAt"], "publishingDate": release["publishingDate"], "translations": release["translations"][0]["url"]}),
        json!({"event": "release.published", "subject": {"kind": "release", "id": live["uuid"]}, "sequence": sequence,
            "leavesFilter": false, "resumeAfter": null, "locale": null,
            "slug": "observers-arrive", "title": "Observers arrive", "lead": "Today.", "state": "LIVE",
            "offices": ["osce-office-for-democratic-institutions-and-human-rights"], "themes": ["elections"], "type": "press-release",
            "url": "https://www.example.org/en/observers-arrive",
            "apiUrl": format!("https://api.example.org/newsroom/v1/releases/{}", live["uuid"].as_str().unwrap()),
            "publishedAt": "2024-11-22T09:30:00Z", "publishingDate": "2024-11-22", "translations": "https://www.example.org/en/observers-arrive"})
    );
    let delivered = until_deliveries(&desk, &made, |all| all.len() == 1 && all[0]["state"] == "DELIVERED").await;
    let delivery = &delivered[0];
    assert_eq!(delivery["uuid"], request.header("webhook-id"));
    assert_eq!(delivery["changeCursor"], *request.at("/data/cursor"));
    assert_eq!(
        (&delivery["sequence"], &delivery["nextAttemptAt"]),
        (&json!(sequence), &Value::Null)
    );
    let attempt = &delivery["attempts"][0];
    assert_eq!(
        (
            &attempt["number"],
            &attempt["status"],
            &attempt["requestBody"],
            &attempt["url"]
        ),
        (&json!(1), &json!(204), &json!(request.text), &json!(receiver.url()))
    );
    let logged = attempt["requestHeaders"].as_array().unwrap();
    let signature = logged
        .iter()
        .find(|header| header["name"] == "webhook-signature")
        .unwrap();
    assert_eq!(signature["value"], request.header("webhook-signature"));
    assert!(webhook(&desk, &made).await["lastDeliveredAt"].is_string());
}

async fn a_removed_release_leaves_its_tombstone(kind: Kind) {
    let (_newsroom, _server, desk) = served(kind).await;
    let receiver = Receiver::start();
    hooked(&desk, &receiver, json!({"events": ["release.removed"]})).await;
    let live = published(&desk, "Observers arrive").await;
    let input = json!({"id": live["id"], "version": version(&live, "en"), "reason": "Published in error."});
    press::done(&desk, "removeRelease", input).await;
    let request = receiver.wait_for(1).await.remove(0);
    assert_eq!(
        (request.event(), request.at("/data/release")),
        ("release.removed", &Value::Null)
    );
    let tombstone = request.at("/data/tombstone");
    assert_eq!(
        (&tombstone["id"], &tombstone["slugs"], &tombstone["reason"]),
        (
            &live["uuid"],
            &json!(["observers-arrive"]),
            &json!("Published in error.")
        )
    );
    assert_eq!(request.at("/data/leavesFilter"), true);
}

async fn what_is_told_is_as_it_is_when_it_is_sent(kind: Kind) {
    let (newsroom, _server, desk) = served(kind).await;
    let receiver = Receiver::start();
    receiver.answer_next(Reply::of("500 Not yet"));
    let made = hooked(&desk, &receiver, json!({"events": ["release.published"]})).await;
    let live = published(&desk, "Observers arrive").await;
    until_deliveries(&desk, &made, |all| attempted(all, &[1])).await;
    let input = json!({"id": live["id"], "version": version(&live, "en"), "text": {"title": "Observers have arrived"}});
    let changed = press::done(&desk, "updateRelease", input).await;
    publish(&desk, &changed, "en").await;
    pass(&newsroom, 10).await;
    let requests = receiver.wait_for(2).await;
    assert_eq!(
        [
            requests[0].at("/data/release/title"),
            requests[1].at("/data/release/title")
        ],
        ["Observers arrive", "Observers have arrived"]
    );
    assert_eq!(requests[0].header("webhook-id"), requests[1].header("webhook-id"));
}

async fn of_one_release_the_later_waits_for_the_earlier(kind: Kind) {
    let (newsroom, _server, desk) = served(kind).await;
    let receiver = Receiver::start();
    receiver.answer_next(Reply::of("503 Not yet"));
    let made = hooked(&desk, &receiver, json!({})).await;
    let first = published(&desk, "First").await;
    until_deliveries(&desk, &made, |all| attempted(all, &[1])).await;
    let notice = json!([{"locale": "en", "text": "Withdrawn."}]);
    let withdrawal = json!({"id": first["id"], "version": version(&first, "en"), "notice": notice});
    press::done(&desk, "withdrawRelease", withdrawal).await;
    published(&desk, "Second").await;
    // What is of another release goes by.
    receiver.wait_for(2).await;
    all_fanned_out(&newsroom).await;
    until_deliveries(&desk, &made, |all| attempted(all, &[1, 0, 1])).await;
    pass(&newsroom, 6).await;
    let requests = receiver.wait_for(4).await;
    assert_eq!(
        told(&requests),
        [
            "release.published first",
            "release.published second",
            "release.published first",
            "release.withdrawn first"
        ]
    );
    let states = until_deliveries(&desk, &made, |all| all.iter().all(|one| one["state"] == "DELIVERED")).await;
    assert!(attempted(&states, &[2, 1, 1]));
}

/// The seconds from a delivery's last attempt to its next.
fn waits(delivery: &Value) -> f64 {
    let at = |text: &Value| chrono::DateTime::parse_from_rfc3339(text.as_str().unwrap()).unwrap();
    let last = delivery["attempts"].as_array().unwrap().last().unwrap();
    let ended = at(&last["at"]) + chrono::TimeDelta::milliseconds(last["milliseconds"].as_i64().unwrap());
    (at(&delivery["nextAttemptAt"]) - ended).as_seconds_f64()
}

async fn what_fails_is_tried_again_later_and_later(kind: Kind) {
    let (newsroom, _server, desk) = served(kind).await;
    let receiver = Receiver::start();
    receiver.answer(Reply::of("404 Not Found"));
    let made = hooked(&desk, &receiver, json!({})).await;
    published(&desk, "Observers arrive").await;
    for (number, delay) in [
        (1, 5.0),
        (2, 300.0),
        (3, 1_800.0),
        (4, 7_200.0),
        (5, 18_000.0),
        (6, 36_000.0),
        (7, 36_000.0),
    ] {
        let tried = until_deliveries(&desk, &made, |all| attempted(all, &[number])).await;
        let waits = waits(&tried[0]);
        assert!(
            waits >= delay - 0.1 && waits <= delay * 1.1 + 0.1,
            "{number}: {waits} for {delay}"
        );
        assert_eq!(
            (&tried[0]["state"], &tried[0]["attempts"][number - 1]["status"]),
            (&json!("WAITING"), &json!(404))
        );
        assert!(webhook(&desk, &made).await["failingSince"].is_string());
        if number == 7 {
            receiver.answer(Reply::default());
        }
        #[expect(clippy::cast_possible_truncation, reason = "it is some hours")]
        pass(&newsroom, (delay * 1.1) as i64 + 1).await;
    }
    until_deliveries(&desk, &made, |all| all[0]["state"] == "DELIVERED").await;
    assert_eq!(webhook(&desk, &made).await["failingSince"], Value::Null);
}

async fn what_asks_for_time_gets_up_to_twice_our_own(kind: Kind) {
    let (newsroom, _server, desk) = served(kind).await;
    let receiver = Receiver::start();
    for time in ["8", "86400", "0", "Fri, 31 Dec 2100 23:59:59 GMT"] {
        receiver.answer_next(Reply::of(&format!("429 Too Many\r\nretry-after: {time}")));
    }
    let made = hooked(&desk, &receiver, json!({})).await;
    published(&desk, "Observers arrive").await;
    let of_each = [
        (1, 7.9, 8.1),
        (2, 599.9, 600.1),
        (3, 1799.9, 1981.0),
        (4, 14_399.9, 14_400.1),
    ];
    for (number, least, most) in of_each {
        let tried = until_deliveries(&desk, &made, |all| attempted(all, &[number])).await;
        let waits = waits(&tried[0]);
        assert!(waits >= least && waits <= most, "{number}: {waits}");
        pass(&newsroom, 2_000).await;
    }
}

async fn an_endpoint_that_answers_410_is_told_no_more(kind: Kind) {
    let (newsroom, _server, desk) = served(kind).await;
    let receiver = Receiver::start();
    receiver.answer(Reply::of("410 Gone"));
    let made = hooked(&desk, &receiver, json!({})).await;
    published(&desk, "First").await;
    let now = until_state(&desk, &made, "DISABLED").await;
    assert_eq!(now["stateReason"], "it answered 410: it wants no more");
    published(&desk, "Second").await;
    // Another one tells that what came later has been told of.
    let other = Receiver::start();
    hooked(&desk, &other, json!({})).await;
    published(&desk, "Third").await;
    other.wait_for(1).await;
    assert_eq!(told(&receiver.requests()), ["release.published first"]);
    assert_eq!(deliveries(&desk, &made).await[0]["state"], "FAILED");
    assert!(newsroom.audited().await.contains(&"webhook-disabled".to_owned()));
}

async fn an_endpoint_that_is_dead_for_three_days_is_paused_and_told_where_to_resume(kind: Kind) {
    let (newsroom, _server, desk) = served(kind).await;
    let receiver = Receiver::start();
    let made = hooked(&desk, &receiver, json!({})).await;
    published(&desk, "Taken").await;
    let taken = receiver.wait_for(1).await.remove(0);
    until_deliveries(&desk, &made, |all| all[0]["state"] == "DELIVERED").await;
    receiver.answer(Reply::of("500 Broken"));
    published(&desk, "Missed").await;
    until_deliveries(&desk, &made, |all| attempted(all, &[1, 1])).await;
    newsroom.execute("UPDATE webhook_delivery SET tries = 12").await;
    pass(&newsroom, 73 * 3600).await;
    let dead = until_state(&desk, &made, "DEAD").await;
    assert_eq!(
        dead["stateReason"],
        "nothing was delivered for three days; at last: it answered 500"
    );
    assert_eq!(dead["resumeAfter"], *taken.at("/data/cursor"));
    assert!(newsroom.audited().await.contains(&"webhook-paused-as-dead".to_owned()));
    published(&desk, "Missed too").await;
    all_fanned_out_but_for_none(&newsroom).await;
    let before = receiver.requests().len();

    receiver.answer(Reply::default());
    let resumed = done(&desk, "resumeWebhook", json!({"id": made["webhook"]["id"]})).await;
    assert_eq!(resumed["webhook"]["state"], "ACTIVE");
    let requests = receiver.wait_for(before + 1).await;
    let told_where = &requests[before];
    assert_eq!(
        (told_where.event(), told_where.at("/data/resumeAfter/cursor")),
        ("webhook.resumed", taken.at("/data/cursor"))
    );
    assert_eq!(told_where.at("/data/resumeAfter/sequence"), taken.at("/data/sequence"));
    // It has been told, and is not told again.
    while !webhook(&desk, &made).await["resumeAfter"].is_null() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    published(&desk, "Told").await;
    let requests = receiver.wait_for(before + 2).await;
    assert_eq!(
        (
            told(&requests[before + 1..]),
            requests[before + 1].at("/data/resumeAfter")
        ),
        (vec!["release.published told".to_owned()], &Value::Null)
    );
    // What it missed is sent where somebody asks for it.
    let since = json!({"webhook": made["webhook"]["id"], "after": taken.at("/data/cursor")});
    done(&desk, "redeliverSince", since).await;
    let requests = receiver.wait_for(before + 5).await;
    // Of several releases one may overtake another.
    let mut again = told(&requests[before + 2..]);
    again.sort_unstable();
    assert_eq!(
        again,
        [
            "release.published missed",
            "release.published missed-too",
            "release.published told"
        ]
    );
    let id = |request: &newsroom_tests::Received| request.header("webhook-id").to_owned();
    assert!(
        requests[before + 2..]
            .iter()
            .any(|again| id(again) == id(&requests[before + 1]))
    );
}

/// The sequences of the changes behind a cursor, as a partner reads them.
async fn sequences_behind(partner: &Client, cursor: &Value) -> Vec<i64> {
    let cursor = cursor.as_str().unwrap_or("none");
    let answer = partner.get(&format!("/v1/changes?after={cursor}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let changes = answer.body["changes"].as_array().unwrap().iter();
    changes.map(|change| change["sequence"].as_i64().unwrap()).collect()
}

async fn what_it_has_missed_is_in_the_change_log_behind_the_cursors_that_it_has(kind: Kind) {
    let (newsroom, server, desk) = served(kind).await;
    let partner = server.client();
    let receiver = Receiver::start();
    let made = hooked(&desk, &receiver, json!({})).await;
    published(&desk, "Taken").await;
    let taken = receiver.wait_for(1).await.remove(0);
    let first = taken.at("/data/sequence").as_i64().unwrap();
    assert!(sequences_behind(partner, taken.at("/data/cursor")).await.is_empty());
    until_deliveries(&desk, &made, |all| all[0]["state"] == "DELIVERED").await;
    receiver.answer(Reply::of("500 Broken"));
    published(&desk, "Missed").await;
    until_deliveries(&desk, &made, |all| attempted(all, &[1, 1])).await;
    let id = json!({"id": made["webhook"]["id"]});
    let paused = done(&desk, "pauseWebhook", id.clone()).await;
    published(&desk, "Missed too").await;
    receiver.answer(Reply::default());
    let before = receiver.requests().len();
    done(&desk, "resumeWebhook", id).await;
    let resumed = receiver.wait_for(before + 1).await.remove(before);
    let head = newsroom.number("SELECT sequence FROM change_head").await;
    assert!(head >= first + 2);
    let missed: Vec<i64> = (first + 1..=head).collect();
    for cursor in [
        taken.at("/data/cursor"),
        resumed.at("/data/resumeAfter/cursor"),
        &paused["webhook"]["resumeAfter"],
    ] {
        assert_eq!(sequences_behind(partner, cursor).await, missed);
    }
    let delivered = deliveries(&desk, &made).await;
    let of_changes = delivered.iter().filter(|delivery| !delivery["sequence"].is_null());
    for delivery in of_changes {
        let sequence = delivery["sequence"].as_i64().unwrap();
        let behind = sequences_behind(partner, &delivery["changeCursor"]).await;
        assert_eq!(behind, (sequence + 1..=head).collect::<Vec<_>>());
    }
}

/// What has happened while nobody is told of anything stays where it is: there is nothing to wait for but a look or two.
async fn all_fanned_out_but_for_none(newsroom: &newsroom_tests::Newsroom) {
    assert_eq!(
        newsroom
            .number("SELECT COUNT(*) FROM webhook WHERE state = 'active'")
            .await,
        0
    );
    tokio::time::sleep(Duration::from_millis(500)).await;
}

async fn an_endpoint_that_takes_other_events_is_not_dead(kind: Kind) {
    let (newsroom, _server, desk) = served(kind).await;
    let receiver = Receiver::start();
    receiver.answer_next(Reply::of("500 Broken"));
    let made = hooked(&desk, &receiver, json!({})).await;
    published(&desk, "Never taken").await;
    until_deliveries(&desk, &made, |all| attempted(all, &[1])).await;
    published(&desk, "Taken").await;
    until_deliveries(&desk, &made, |all| all.len() == 2 && all[1]["state"] == "DELIVERED").await;
    receiver.answer_next(Reply::of("500 Broken"));
    wear_out(&newsroom, &deliveries(&desk, &made).await[0]).await;
    until_deliveries(&desk, &made, |all| all[0]["state"] == "FAILED").await;
    let now = webhook(&desk, &made).await;
    assert_eq!(now["state"], "ACTIVE");
    // But it is told that it has missed something.
    assert!(now["resumeAfter"].is_string());
    published(&desk, "Told").await;
    let requests = receiver.wait_for(4).await;
    let sequence = deliveries(&desk, &made).await[0]["sequence"].as_i64().unwrap();
    assert_eq!(requests[3].at("/data/resumeAfter/sequence"), &json!(sequence - 1));
}

async fn a_slow_endpoint_is_in_no_others_way(kind: Kind) {
    let (_newsroom, _server, desk) = served(kind).await;
    let (slow, quick) = (Receiver::start(), Receiver::start());
    slow.answer(Reply {
        after: Duration::from_mins(2),
        ..Reply::default()
    });
    let made_slow = hooked(&desk, &slow, json!({})).await;
    let made_quick = hooked(&desk, &quick, json!({})).await;
    for number in 0..12 {
        published(&desk, &format!("Number {number}")).await;
    }
    let is_done = |all: &[Value]| all.len() == 12 && all.iter().all(|one| one["state"] == "DELIVERED");
    until_deliveries(&desk, &made_quick, is_done).await;
    let of_slow = until_deliveries(&desk, &made_slow, |all| {
        all.iter()
            .any(|one| one["attempts"][0]["error"] == "no answer within 15 seconds")
    });
    let of_slow = of_slow.await;
    assert!(of_slow.iter().all(|one| one["state"] == "WAITING"));
    // No more than so many are sent to it at once.
    assert!(slow.requests().len() <= 8, "{}", slow.requests().len());
}

async fn an_answer_is_kept_as_far_as_it_is_bounded(kind: Kind) {
    let (_newsroom, _server, desk) = served(kind).await;
    let receiver = Receiver::start();
    receiver.answer_next(Reply {
        body: format!("\0{}", "x".repeat(100_000)),
        ..Reply::of("200 OK")
    });
    let made = hooked(&desk, &receiver, json!({})).await;
    published(&desk, "Observers arrive").await;
    let delivered = until_deliveries(&desk, &made, |all| all.len() == 1 && all[0]["state"] == "DELIVERED").await;
    let answer = delivered[0]["attempts"][0]["answer"].as_str().unwrap();
    assert_eq!((answer.chars().count(), &answer[..4]), (4096, "\u{fffd}x"));
}

async fn a_redirect_is_not_followed(kind: Kind) {
    let (_newsroom, _server, desk) = served(kind).await;
    let (receiver, elsewhere) = (Receiver::start(), Receiver::start());
    receiver.answer(Reply::of(&format!("307 Elsewhere\r\nlocation: {}", elsewhere.url())));
    let made = hooked(&desk, &receiver, json!({})).await;
    published(&desk, "Observers arrive").await;
    let tried = until_deliveries(&desk, &made, |all| attempted(all, &[1])).await;
    assert_eq!(
        (&tried[0]["state"], &tried[0]["attempts"][0]["status"]),
        (&json!("WAITING"), &json!(307))
    );
    assert_eq!(elsewhere.requests().len(), 0);
}

async fn a_server_that_is_killed_in_between_sends_it_again(kind: Kind) {
    let (newsroom, mut server, desk) = served(kind).await;
    let receiver = Receiver::start();
    receiver.answer_next(Reply {
        after: Duration::from_secs(10),
        ..Reply::default()
    });
    hooked(&desk, &receiver, json!({})).await;
    published(&desk, "Told twice").await;
    receiver.wait_for(1).await;
    published(&desk, "Told by the next").await;
    server.kill();
    let server = newsroom.serve_with(&[], &REACH).await;
    // Until a minute has passed, the first might still be sending it.
    receiver
        .wait_until(|requests| told(requests).contains(&"release.published told-by-the-next".to_owned()))
        .await;
    pass(&newsroom, 61).await;
    let is_twice = |requests: &[newsroom_tests::Received]| {
        told(requests)
            .iter()
            .filter(|told| *told == "release.published told-twice")
            .count()
            == 2
    };
    let requests = receiver.wait_until(is_twice).await;
    let of_first: Vec<_> = requests
        .iter()
        .filter(|request| request.at("/data/release/slug") == "told-twice")
        .map(|request| request.header("webhook-id"))
        .collect();
    assert_eq!(of_first[0], of_first[1]);
    server.ask_to_stop();
    let (status, log) = server.stopped().await;
    assert!(status.success(), "{log:?}");
}

async fn several_hosts_send_each_event_once(kind: Kind) {
    let (newsroom, _server, desk) = served(kind).await;
    let (_second, _third) = (
        newsroom.serve_with(&[], &REACH).await,
        newsroom.serve_with(&[], &REACH).await,
    );
    let receivers = [Receiver::start(), Receiver::start()];
    for receiver in &receivers {
        hooked(&desk, receiver, json!({})).await;
    }
    for number in 0..20 {
        published(&desk, &format!("Number {number}")).await;
    }
    for receiver in &receivers {
        receiver.wait_for(20).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    for receiver in &receivers {
        let mut ids: Vec<_> = receiver
            .requests()
            .iter()
            .map(|request| request.header("webhook-id").to_owned())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((receiver.requests().len(), ids.len()), (20, 20));
    }
}

async fn an_import_tells_nobody_unless_it_is_announced(kind: Kind) {
    let (newsroom, _server, desk) = served(kind).await;
    let receiver = Receiver::start();
    hooked(&desk, &receiver, json!({})).await;
    let line = |slug: &str| {
        json!({"sourceId": slug, "slug": slug, "state": "live", "publishingDate": "2024-11-22", "translations": {"en": {"title": slug}}})
            .to_string()
    };
    let quiet = newsroom.file("quiet.jsonl", &line("quiet"));
    newsroom.run(&["import", "--strict", &quiet]).expect_success();
    let loud = newsroom.file("loud.jsonl", &line("loud"));
    newsroom
        .run(&["import", "--strict", "--announce", &loud])
        .expect_success();
    receiver.wait_for(1).await;
    all_fanned_out(&newsroom).await;
    assert_eq!(told(&receiver.requests()), ["release.published loud"]);
}
