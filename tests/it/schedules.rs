//! Schedules as editors see them: an instant or a local time, alone, in a bundle or held by a freeze.

use newsroom_tests::{Client, Kind, on_both};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;
use crate::life::shown;
use crate::press::{create, done, publish, read, soon, step, stepped, text, until_stage, version};

on_both!(
    what_is_scheduled_goes_live_at_its_instant_and_not_before,
    a_local_time_is_kept_and_shown_back_and_refused_where_clocks_change,
    what_is_scheduled_is_not_edited,
    a_schedule_whose_planner_may_no_longer_publish_is_given_up_and_shown,
    a_bundle_goes_live_whole_or_not_at_all,
    frozen_schedules_wait_and_are_resumed_as_told,
);

async fn what_is_scheduled_goes_live_at_its_instant_and_not_before(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let draft = create(&desk, "Observers arrive").await;
    let at = soon(1500);
    let scheduled = stepped(
        &desk,
        "scheduleTranslation",
        &draft,
        "en",
        json!({"schedule": {"at": at}}),
    )
    .await;
    assert_eq!(text(&scheduled, "en")["stage"], "SCHEDULED");
    assert_eq!(shown(server.client(), &draft).await, json!(null));
    let live = until_stage(&desk, &draft, "en", json!(null)).await;
    let instant = |value: &Value| chrono::DateTime::parse_from_rfc3339(value.as_str().unwrap()).unwrap();
    let went_live = instant(&text(&live, "en")["publishedAt"]);
    assert!(went_live >= instant(&json!(at)), "{went_live} is before {at}");
    // The publishing date is the scheduled instant, in whatever instant the server came to it.
    let shown = shown(server.client(), &draft).await;
    assert_eq!(instant(&shown["publishedAt"]), instant(&json!(at)));
    let changes = newsroom
        .column("SELECT kind || ' ' || origin FROM change ORDER BY sequence DESC LIMIT 1")
        .await;
    assert_eq!(changes, ["published desk"]);
    let audit = newsroom
        .column("SELECT action || ' ' || actor FROM audit_entry ORDER BY number DESC LIMIT 1")
        .await;
    assert_eq!(audit, ["publish-scheduled scheduler"]);
}

async fn a_local_time_is_kept_and_shown_back_and_refused_where_clocks_change(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let draft = create(&desk, "Observers arrive").await;
    let local = |time: &str, zone: &str, offset: Value| json!({"schedule": {"localTime": time, "timeZone": zone, "offset": offset}});
    for (time, zone) in [
        ("2027-03-28T02:30", "Europe/Vienna"),
        ("2027-10-31T02:30", "Europe/Vienna"),
        ("2027-03-14T02:30", "America/St_Johns"),
        ("2027-11-07T01:30", "America/St_Johns"),
    ] {
        let refused = step(
            &desk,
            "scheduleTranslation",
            &draft,
            "en",
            local(time, zone, json!(null)),
        )
        .await;
        assert_eq!(refused.codes(), ["VALIDATION_FAILED"]);
        let field = &refused.errors()[0]["extensions"]["fields"][0];
        assert_eq!(
            (&field["path"], &field["code"]),
            (&json!("input.schedule.localTime"), &json!("CLOCK_CHANGE"))
        );
    }
    let given = local("2027-10-31T02:30", "Europe/Vienna", json!("+01:00"));
    let scheduled = stepped(&desk, "scheduleTranslation", &draft, "en", given).await;
    assert_eq!(
        text(&scheduled, "en")["schedule"],
        json!({"at": "2027-10-31T01:30:00Z", "localTime": "2027-10-31T02:30:00", "timeZone": "Europe/Vienna", "bundle": null})
    );
}

async fn what_is_scheduled_is_not_edited(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let draft = create(&desk, "Observers arrive").await;
    let later = json!({"schedule": {"at": soon(3_600_000)}});
    let scheduled = stepped(&desk, "scheduleTranslation", &draft, "en", later.clone()).await;
    for (command, more) in [
        ("updateTranslation", json!({"text": {"title": "Another"}})),
        ("discardDraft", json!({})),
        ("submitForReview", json!({})),
        ("requestChanges", json!({"comment": "No."})),
        ("scheduleTranslation", later),
    ] {
        let refused = step(&desk, command, &scheduled, "en", more).await;
        assert_eq!(refused.codes(), ["CONFLICT"], "{command}");
        let message = refused.message();
        assert!(message.contains("unschedule it first"), "{command}: {message}");
    }
    let approved = stepped(&desk, "unscheduleTranslation", &scheduled, "en", json!({})).await;
    assert_eq!(text(&approved, "en")["stage"], "APPROVED");
    stepped(
        &desk,
        "updateTranslation",
        &approved,
        "en",
        json!({"text": {"title": "Another"}}),
    )
    .await;
}

async fn a_schedule_whose_planner_may_no_longer_publish_is_given_up_and_shown(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    newsroom.account("leaver@example.org", "publisher", &[]);
    newsroom.account("admin@example.org", "administrator", &[]);
    let address = free_address();
    let server = newsroom.serve_with(&[], &[("NEWSROOM_METRICS_LISTEN", &address)]).await;
    let desk = server.client().signed_in("press@example.org").await;
    let leaver = server.client().signed_in("leaver@example.org").await;
    let admin = server.client().signed_in("admin@example.org").await;
    let draft = create(&leaver, "Observers arrive").await;
    stepped(
        &leaver,
        "scheduleTranslation",
        &draft,
        "en",
        json!({"schedule": {"at": soon(2500)}}),
    )
    .await;
    let accounts = admin
        .ask("{ accounts { nodes { id email version } } }", json!({}))
        .await;
    let accounts = accounts["accounts"]["nodes"].as_array().unwrap();
    let account = accounts
        .iter()
        .find(|account| account["email"] == "leaver@example.org")
        .unwrap();
    admin
        .ask(
            "mutation($input: UpdateAccountInput!) { updateAccount(input: $input) { account { id } } }",
            json!({"input": {"id": account["id"], "version": account["version"], "suspended": true}}),
        )
        .await;
    let failed = until_stage(&desk, &draft, "en", json!("FAILED")).await;
    assert_eq!(
        text(&failed, "en")["scheduleFailure"]["reason"],
        "whoever scheduled it is suspended: somebody else may schedule it again"
    );
    assert_eq!(shown(server.client(), &draft).await, json!(null));
    let metrics = Client::new(&format!("http://{address}")).get("/metrics").await;
    assert!(
        metrics.text.contains("\nnewsroom_schedules_given_up_total 1\n")
            && metrics.text.contains("\nnewsroom_schedules_published_total 0\n"),
        "{}",
        metrics.text
    );
    assert_eq!(server.client().get("/metrics").await.status, 404);
    let live = publish(&desk, &failed, "en").await;
    assert_eq!(live["state"], "LIVE");
}

async fn a_bundle_goes_live_whole_or_not_at_all(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let first = create(&desk, "First").await;
    let first = done(
        &desk,
        "addTranslation",
        json!({"id": first["id"], "version": 1, "locale": "ru", "text": {"title": "Первый"}}),
    )
    .await;
    let second = create(&desk, "Second").await;
    let items = |first: &Value, second: &Value| {
        json!([
            {"id": first["id"], "locale": "ru", "version": version(first, "ru")},
            {"id": first["id"], "locale": "en", "version": version(first, "en")},
            {"id": second["id"], "locale": "en", "version": version(second, "en")},
        ])
    };
    let bundle = |command: &str, input: Value| {
        let mut name = command.to_owned();
        name[..1].make_ascii_uppercase();
        let mutation = format!(
            "mutation($input: {name}Input!) {{ done: {command}(input: $input) {{ bundle translations {{ locale version }} }} }}"
        );
        let desk = desk.clone();
        async move { desk.graphql(&mutation, json!({"input": input})).await }
    };
    let mut stale = items(&first, &second);
    stale[2]["version"] = json!(7);
    let refused = bundle("publishBundle", json!({"items": stale})).await;
    assert_eq!(refused.codes(), ["CONFLICT"]);
    assert_eq!(read(&desk, &first).await["state"], "DRAFT");

    let scheduled = bundle(
        "scheduleBundle",
        json!({"items": items(&first, &second), "schedule": {"at": soon(3_600_000)}}),
    )
    .await;
    let id = scheduled.data("/done/bundle").clone();
    let planned = read(&desk, &first).await;
    assert_eq!(text(&planned, "ru")["schedule"]["bundle"], id);
    let refused = step(&desk, "unscheduleTranslation", &planned, "ru", json!({})).await;
    assert!(refused.text.contains("unschedule its bundle first"), "{}", refused.text);
    let ended = bundle("unscheduleBundle", json!({"bundle": id})).await;
    assert_eq!(ended.data("/done/translations").as_array().unwrap().len(), 3);

    let (first, second) = (read(&desk, &first).await, read(&desk, &second).await);
    let scheduled = bundle(
        "scheduleBundle",
        json!({"items": items(&first, &second), "schedule": {"at": soon(1200)}}),
    )
    .await;
    assert_eq!(scheduled.codes(), Vec::<&str>::new());
    until_stage(&desk, &second, "en", json!(null)).await;
    let shown_first = shown(server.client(), &first).await;
    assert_eq!(
        shown_first["translations"],
        json!([{"locale": "en", "title": "First"}, {"locale": "ru", "title": "Первый"}])
    );
    assert_eq!(
        shown(server.client(), &second).await["publishedAt"],
        shown_first["publishedAt"]
    );
    // An entry for each translation.
    let entries = newsroom
        .number("SELECT count(*) FROM audit_entry WHERE action = 'publish-scheduled'")
        .await;
    assert_eq!(entries, 3);
}

async fn frozen_schedules_wait_and_are_resumed_as_told(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    newsroom.account("editor@example.org", "editor", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let editor = server.client().signed_in("editor@example.org").await;
    let freeze = "mutation($input: FreezeSchedulesInput!) { done: freezeSchedules(input: $input) { freeze } }";
    let resume = "mutation($input: ResumeSchedulesInput!) { done: resumeSchedules(input: $input) { freeze } }";
    let refused = editor.graphql(freeze, json!({"input": {"reason": "No."}})).await;
    assert_eq!(refused.codes(), ["FORBIDDEN"]);
    for (due, stage) in [("ASK_FOR_NEW_TIMES", json!("FAILED")), ("PUBLISH", json!(null))] {
        let of_office = json!({"input": {"office": "osce-office-for-democratic-institutions-and-human-rights", "reason": "An attack."}});
        let frozen = desk.ask(freeze, of_office).await["done"]["freeze"].take();
        let held = create(&desk, &format!("Held, {due}")).await;
        stepped(
            &desk,
            "scheduleTranslation",
            &held,
            "en",
            json!({"schedule": {"at": soon(800)}}),
        )
        .await;
        // Another office's is not held, and tells that the hour has passed.
        let free = done(
            &desk,
            "createRelease",
            json!({"originalLocale": "en", "text": {"title": format!("Free, {due}")}}),
        )
        .await;
        stepped(
            &desk,
            "scheduleTranslation",
            &free,
            "en",
            json!({"schedule": {"at": soon(1500)}}),
        )
        .await;
        until_stage(&desk, &free, "en", json!(null)).await;
        assert_eq!(text(&read(&desk, &held).await, "en")["stage"], "SCHEDULED");
        let listed = desk
            .ask("{ freezes { id office { slug } reason by { name } } }", json!({}))
            .await;
        assert_eq!(listed["freezes"][0]["reason"], "An attack.");
        desk.ask(resume, json!({"input": {"freeze": frozen, "due": due}})).await;
        let then = until_stage(&desk, &held, "en", stage).await;
        let failure = &text(&then, "en")["scheduleFailure"]["reason"];
        assert_eq!(
            failure.as_str().is_some_and(|why| why.contains("An attack.")),
            due == "ASK_FOR_NEW_TIMES"
        );
    }
    let refused = desk
        .graphql(
            resume,
            json!({"input": {"freeze": "0192f3a4-7b5c-7def-8123-456789abcdef", "due": "PUBLISH"}}),
        )
        .await;
    assert_eq!(refused.codes(), ["NOT_FOUND"]);
}

/// An address of this machine that nobody listens at.
fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}
