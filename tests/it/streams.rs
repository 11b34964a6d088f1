//! `GET /v1/changes/stream`: whoever listens is told at once, and whoever comes back misses nothing.

use std::time::Duration;

use newsroom_tests::events::{Event, Events};
use newsroom_tests::{Kind, database, on_both};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;
use crate::press::{create, done, publish, published};

on_both!(
    whoever_listens_is_told_of_each_change_in_order,
    whoever_comes_back_after_the_server_was_killed_misses_nothing,
    a_filter_leaves_out_what_does_not_concern_it_and_the_place_moves_on,
    a_client_has_so_many_streams_and_no_more,
    a_server_that_ends_ends_its_streams,
    what_is_counted_beside_a_change_is_counted_anew,
    what_was_removed_meanwhile_is_shown_by_no_older_change,
    a_filter_may_name_what_is_newer_than_the_place,
);

const STREAM: &str = "/v1/changes/stream";

fn slug(event: Option<Event>) -> Value {
    let event = event.unwrap();
    assert_eq!(event.name, "change");
    event.data["line"]["slug"].clone()
}

async fn whoever_listens_is_told_of_each_change_in_order(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let mut streams = Vec::new();
    for _ in 0..5 {
        streams.push(Events::open(server.client(), STREAM, None).await);
    }
    for number in 0..5 {
        published(&desk, &format!("Number {number}")).await;
    }
    for stream in &mut streams {
        for number in 0..5 {
            let event = stream.next().await.unwrap();
            assert_eq!(event.data["line"]["slug"], format!("number-{number}"));
            assert_eq!(event.data["kind"], "published");
            assert_eq!(event.data["cursor"], stream.last_id);
        }
    }
}

async fn whoever_comes_back_after_the_server_was_killed_misses_nothing(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let mut server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let mut stream = Events::open(server.client(), STREAM, None).await;
    published(&desk, "Before").await;
    assert_eq!(slug(stream.next().await), "before");
    server.kill();
    assert_eq!(stream.next().await, None);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    for number in 0..120 {
        published(&desk, &format!("Meanwhile {number}")).await;
    }
    let mut stream = Events::open(server.client(), STREAM, Some(&stream.last_id)).await;
    for number in 0..60 {
        assert_eq!(slug(stream.next().await), format!("meanwhile-{number}"));
    }
    published(&desk, "Behind").await;
    for number in 60..120 {
        assert_eq!(slug(stream.next().await), format!("meanwhile-{number}"));
    }
    assert_eq!(slug(stream.next().await), "behind");
    // What is no place in this log is refused, and not taken for its beginning.
    let request = server.client().request("GET", STREAM).header("last-event-id", "7");
    let answer = server.client().send(request).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body["code"]),
        (400, &json!("INVALID_CURSOR"))
    );
}

async fn a_filter_leaves_out_what_does_not_concern_it_and_the_place_moves_on(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let filtered = format!("{STREAM}?office=osce-office-for-democratic-institutions-and-human-rights&locale=en");
    let mut stream = Events::open(server.client(), &filtered, None).await;
    let elsewhere = done(
        &desk,
        "createRelease",
        json!({"originalLocale": "en", "text": {"title": "Elsewhere"}}),
    )
    .await;
    publish(&desk, &elsewhere, "en").await;
    let here = create(&desk, "Here").await;
    let here = publish(&desk, &here, "en").await;
    assert_eq!(slug(stream.next().await), "here");
    let input = json!({"id": here["id"], "version": 2, "offices": []});
    publish(&desk, &done(&desk, "updateRelease", input).await, "en").await;
    let event = stream.next().await.unwrap();
    assert_eq!((&event.data["gone"], &event.data["line"]), (&json!(true), &Value::Null));
    assert_eq!(event.data["subject"]["id"], here["uuid"]);
}

async fn a_client_has_so_many_streams_and_no_more(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve_with(&["--max-streams-per-client", "2"], &[]).await;
    let one = Events::open(server.client(), STREAM, None).await;
    let _other = Events::open(server.client(), STREAM, None).await;
    let answer = server.client().get(STREAM).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body["code"]),
        (429, &json!("RATE_LIMITED"))
    );
    assert!(!answer.header("retry-after").is_empty());
    drop(one);
    for _ in 0..200 {
        let request = server.client().request("GET", STREAM);
        if request.send().await.unwrap().status() == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("a stream that was closed goes on counting");
}

async fn a_server_that_ends_ends_its_streams(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve_with(&["--shutdown-grace", "20"], &[]).await;
    let mut stream = Events::open(server.client(), STREAM, None).await;
    server.ask_to_stop();
    assert_eq!(stream.next().await, None);
    let (status, said) = server.stopped().await;
    assert!(status.success());
    assert!(!said.join("\n").contains("not finished within the grace"), "{said:?}");
}

async fn what_is_counted_beside_a_change_is_counted_anew(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let query = "subscription { releaseChanged { release { offices { releaseCount } } } }";
    let request = server.client().request("POST", "/graphql");
    let request = request
        .header("accept", "text/event-stream")
        .json(&json!({"query": query}));
    let mut stream = Events::ask(request).await;
    let mut counts = Vec::new();
    for number in 0..3 {
        let release = create(&desk, &format!("Number {number}")).await;
        publish(&desk, &release, "en").await;
        let event = stream.next().await.unwrap();
        let count = event
            .data
            .pointer("/data/releaseChanged/release/offices/0/releaseCount");
        counts.push(count.unwrap().as_i64().unwrap());
    }
    assert_eq!(counts, [counts[0], counts[0] + 1, counts[0] + 2]);
}

async fn what_was_removed_meanwhile_is_shown_by_no_older_change(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    // As long as somebody listens, the end of the log is kept.
    let mut listening = Events::open(server.client(), STREAM, None).await;
    published(&desk, "Before").await;
    assert_eq!(slug(listening.next().await), "before");
    let before = listening.last_id.clone();
    let release = create(&desk, "A mistake").await;
    let release = publish(&desk, &release, "en").await;
    assert_eq!(slug(listening.next().await), "a-mistake");
    let removal = json!({"id": release["id"], "version": release["version"], "reason": "It was wrong."});
    done(&desk, "removeRelease", removal).await;
    assert_eq!(listening.next().await.unwrap().data["kind"], "removed");
    for (filter, gone) in [
        ("", false),
        ("&office=osce-office-for-democratic-institutions-and-human-rights", true),
    ] {
        let mut late = Events::open(server.client(), &format!("{STREAM}?after={before}{filter}"), None).await;
        for kind in ["published", "removed"] {
            let event = late.next().await.unwrap();
            assert_eq!(event.data["kind"], kind);
            assert_eq!(event.data["gone"], gone, "{filter} {kind}");
            assert_eq!(event.data["line"]["state"], "removed");
            assert!(!event.data.to_string().contains("A mistake"));
        }
    }
}

async fn a_filter_may_name_what_is_newer_than_the_place(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    newsroom.account("admin@example.org", "administrator", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let admin = server.client().signed_in("admin@example.org").await;
    let mut listening = Events::open(server.client(), STREAM, None).await;
    published(&desk, "Before").await;
    assert_eq!(slug(listening.next().await), "before");
    let before = listening.last_id.clone();
    published(&desk, "Between").await;
    let theme =
        "mutation { createTheme(input: {slug: \"new\", names: [{locale: \"en\", name: \"New\"}]}) { theme { id } } }";
    admin.ask(theme, json!({})).await;
    let mut late = Events::open(server.client(), &format!("{STREAM}?after={before}&theme=new"), None).await;
    let input = json!({"originalLocale": "en", "themes": ["new"], "text": {"title": "Behind"}});
    publish(&desk, &done(&desk, "createRelease", input).await, "en").await;
    assert_eq!(late.next().await.unwrap().data["kind"], "created");
    assert_eq!(slug(late.next().await), "behind");
}

#[tokio::test]
async fn whoever_listens_at_another_host_is_told() {
    if !database::is_wanted(Kind::Postgres) {
        return;
    }
    let newsroom = newsroom_with_seed(Kind::Postgres);
    newsroom.account("press@example.org", "publisher", &[]);
    let (here, there) = (newsroom.serve().await, newsroom.serve().await);
    let desk = here.client().signed_in("press@example.org").await;
    let mut stream = Events::open(there.client(), STREAM, None).await;
    for number in 0..5 {
        published(&desk, &format!("Number {number}")).await;
        assert_eq!(slug(stream.next().await), format!("number-{number}"));
    }
}
