//! The life of a translation: written, reviewed, approved, scheduled, live, corrected, taken down, restored; and nothing is lost.

use newsroom_tests::{Client, Kind, on_both};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;
use crate::press::{create, done, publish, published, read, send, soon, step, stepped, text, until_stage, version};

on_both!(
    a_draft_is_reviewed_sent_back_written_anew_and_approved,
    what_is_scheduled_goes_live_at_its_instant_and_not_before,
    a_local_time_is_kept_and_shown_back_and_refused_where_clocks_change,
    what_is_scheduled_is_not_edited,
    a_schedule_whose_planner_may_no_longer_publish_is_given_up_and_shown,
    a_bundle_goes_live_whole_or_not_at_all,
    frozen_schedules_wait_and_are_resumed_as_told,
    a_discarded_draft_frees_its_slug_and_is_restored,
    a_draft_is_rebased_on_what_went_live_beside_it,
    a_translation_is_taken_down_and_reinstated,
    a_translation_is_behind_until_it_is_published_anew_or_confirmed,
    nobody_publishes_alone_where_four_eyes_are_asked_for,
    a_copy_has_the_texts_and_the_filing_and_an_address_of_its_own,
    many_releases_take_one_step_with_a_result_each,
);

const SHOWN: &str = "query($id: ID!) { release(id: $id) { title publishedAt translations { locale title } } }";

async fn shown(reader: &Client, release: &Value) -> Value {
    reader.ask(SHOWN, json!({"id": release["id"]})).await["release"].take()
}

async fn a_draft_is_reviewed_sent_back_written_anew_and_approved(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("author@example.org", "author", &[]);
    newsroom.account("editor@example.org", "editor", &[]);
    let server = newsroom.serve().await;
    let author = server.client().signed_in("author@example.org").await;
    let editor = server.client().signed_in("editor@example.org").await;
    let draft = done(
        &author,
        "createRelease",
        json!({"originalLocale": "en", "text": {"title": "Observers arrive"}}),
    )
    .await;
    let draft = stepped(&author, "submitForReview", &draft, "en", json!({})).await;
    assert_eq!(text(&draft, "en")["stage"], "IN_REVIEW");
    let refused = step(&author, "approveDraft", &draft, "en", json!({})).await;
    assert_eq!(refused.codes(), ["FORBIDDEN"]);
    let back = stepped(
        &editor,
        "requestChanges",
        &draft,
        "en",
        json!({"comment": "Who arrives?"}),
    )
    .await;
    assert_eq!(
        (
            &text(&back, "en")["stage"],
            &text(&back, "en")["requestedChanges"]["comment"]
        ),
        (&json!("WRITTEN"), &json!("Who arrives?"))
    );
    let again = stepped(
        &author,
        "updateTranslation",
        &back,
        "en",
        json!({"text": {"title": "Long-term observers arrive"}}),
    )
    .await;
    assert_eq!(text(&again, "en")["requestedChanges"], json!(null));
    let approved = stepped(&editor, "approveDraft", &again, "en", json!({})).await;
    assert_eq!(text(&approved, "en")["stage"], "APPROVED");
    let edited = stepped(
        &author,
        "updateTranslation",
        &approved,
        "en",
        json!({"text": {"lead": "Today."}}),
    )
    .await;
    assert_eq!(text(&edited, "en")["stage"], "WRITTEN");
    let audited = newsroom.audited().await;
    let of_life: Vec<&str> = audited
        .iter()
        .map(String::as_str)
        .filter(|action| !["account-created", "signed-in", "import", "import-taxonomy"].contains(action))
        .collect();
    assert_eq!(
        of_life,
        [
            "create-release",
            "submit-draft",
            "request-changes",
            "update-translation",
            "approve-draft",
            "update-translation"
        ]
    );
}

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

async fn a_discarded_draft_frees_its_slug_and_is_restored(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    newsroom.account(
        "editor@example.org",
        "editor",
        &["osce-office-for-democratic-institutions-and-human-rights"],
    );
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let editor = server.client().signed_in("editor@example.org").await;
    let draft = create(&desk, "Observers arrive").await;
    let editions = "query($id: ID!) { deskRelease(id: $id) { original { draft { uuid } } } }";
    let edition =
        desk.ask(editions, json!({"id": draft["id"]})).await["deskRelease"]["original"]["draft"]["uuid"].take();
    let gone = stepped(&desk, "discardDraft", &draft, "en", json!({})).await;
    assert_eq!(
        (&gone["state"], &text(&gone, "en")["draft"]),
        (&json!("DRAFT"), &json!(null))
    );
    // Those of its office find it still.
    assert_eq!(read(&editor, &draft).await["id"], draft["id"]);
    let other = done(
        &desk,
        "createRelease",
        json!({"originalLocale": "en", "slug": "observers-arrive", "text": {"title": "Others arrive"}}),
    )
    .await;
    assert_eq!(text(&other, "en")["draft"]["shared"]["slug"], "observers-arrive");
    let taken = step(&desk, "restoreEdition", &gone, "en", json!({"edition": edition})).await;
    assert_eq!(taken.codes(), ["CONFLICT"]);
    let taken = step(
        &desk,
        "updateTranslation",
        &gone,
        "en",
        json!({"text": {"title": "Again"}}),
    )
    .await;
    assert_eq!(taken.codes(), ["CONFLICT"]);
    let restored = stepped(
        &desk,
        "restoreEdition",
        &gone,
        "en",
        json!({"edition": edition, "slug": "observers-arrive-again"}),
    )
    .await;
    let restored = &text(&restored, "en")["draft"];
    assert_eq!(
        (&restored["title"], &restored["shared"]["slug"], &restored["number"]),
        (&json!("Observers arrive"), &json!("observers-arrive-again"), &json!(2))
    );
    assert_eq!(
        restored["shared"]["offices"][0]["slug"],
        "osce-office-for-democratic-institutions-and-human-rights"
    );
    let unknown = step(&desk, "restoreEdition", &other, "en", json!({"edition": edition})).await;
    assert_eq!(unknown.codes(), ["VALIDATION_FAILED"]);
}

async fn a_draft_is_rebased_on_what_went_live_beside_it(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let line = |title: &str, lead: &str| {
        let line = json!({"sourceId": "r-1", "state": "live", "slug": "r-1", "publishedAt": "2024-11-22T00:00:00Z", "type": null, "offices": [], "themes": [],
            "originalLocale": "en", "translations": {"en": {"title": title, "lead": lead}}});
        newsroom.file("lines.jsonl", &format!("{line}\n"))
    };
    newsroom.run(&["import", &line("One", "Lead")]).expect_success();
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let query = "{ release(slug: \"r-1\") { id } }";
    let release = read(&desk, &desk.ask(query, json!({})).await["release"]).await;
    let draft = stepped(
        &desk,
        "updateTranslation",
        &release,
        "en",
        json!({"text": {"title": "Mine"}}),
    )
    .await;
    newsroom
        .run(&["import", "--overwrite", &line("Theirs", "Their lead")])
        .expect_success();
    let behind = read(&desk, &draft).await;
    assert_eq!(text(&behind, "en")["isDraftBehind"], true);
    let refused = step(&desk, "publishTranslation", &behind, "en", json!({})).await;
    assert!(refused.text.contains("rebase it first"), "{}", refused.text);
    let clash = step(&desk, "rebaseDraft", &behind, "en", json!({})).await;
    assert_eq!(clash.codes(), ["VALIDATION_FAILED"]);
    assert_eq!(clash.errors()[0]["extensions"]["fields"].as_array().unwrap().len(), 1);
    assert_eq!(clash.errors()[0]["extensions"]["fields"][0]["path"], "input.text.title");
    let rebased = stepped(
        &desk,
        "rebaseDraft",
        &behind,
        "en",
        json!({"resolutions": [{"field": "TITLE", "take": "DRAFT"}]}),
    )
    .await;
    let draft = &text(&rebased, "en")["draft"];
    assert_eq!(
        (&draft["title"], &draft["lead"]),
        (&json!("Mine"), &json!("Their lead"))
    );
    publish(&desk, &rebased, "en").await;
    let nothing = step(&desk, "rebaseDraft", &read(&desk, &rebased).await, "en", json!({})).await;
    assert_eq!(nothing.codes(), ["CONFLICT"]);
}

async fn a_translation_is_taken_down_and_reinstated(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let release = published(&desk, "Observers arrive").await;
    let release = done(
        &desk,
        "addTranslation",
        json!({"id": release["id"], "version": version(&release, "en"), "locale": "ru", "text": {"title": "Прибыли"}}),
    )
    .await;
    let release = publish(&desk, &release, "ru").await;
    let refused = step(&desk, "takeDownTranslation", &release, "en", json!({})).await;
    assert_eq!(refused.codes(), ["CONFLICT"]);
    let down = stepped(&desk, "takeDownTranslation", &release, "ru", json!({})).await;
    assert!(text(&down, "ru")["takenDownAt"].is_string());
    assert_eq!(
        shown(server.client(), &release).await["translations"],
        json!([{"locale": "en", "title": "Observers arrive"}])
    );
    let up = stepped(&desk, "reinstateTranslation", &down, "ru", json!({})).await;
    assert_eq!(shown(server.client(), &up).await["translations"][1]["title"], "Прибыли");
    let kinds = newsroom
        .column("SELECT kind FROM change ORDER BY sequence DESC LIMIT 2")
        .await;
    assert_eq!(kinds, ["translation-reinstated", "translation-taken-down"]);
}

async fn a_translation_is_behind_until_it_is_published_anew_or_confirmed(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let release = published(&desk, "Observers arrive").await;
    let release = done(
        &desk,
        "addTranslation",
        json!({"id": release["id"], "version": version(&release, "en"), "locale": "ru", "text": {"title": "Прибыли"}}),
    )
    .await;
    let mut release = publish(&desk, &release, "ru").await;
    assert_eq!(text(&release, "ru")["behind"], json!(null));
    for title in ["Observers have arrived", "Observers are here"] {
        release = stepped(
            &desk,
            "updateTranslation",
            &release,
            "en",
            json!({"text": {"title": title}}),
        )
        .await;
        release = publish(&desk, &release, "en").await;
    }
    assert_eq!(text(&release, "ru")["behind"]["texts"], 2);
    let confirmed = stepped(&desk, "confirmTranslation", &release, "ru", json!({})).await;
    assert_eq!(text(&confirmed, "ru")["behind"], json!(null));
    let again = step(&desk, "confirmTranslation", &confirmed, "ru", json!({})).await;
    assert_eq!(again.codes(), ["CONFLICT"]);
}

async fn nobody_publishes_alone_where_four_eyes_are_asked_for(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("one@example.org", "publisher", &[]);
    newsroom.account("two@example.org", "publisher", &[]);
    newsroom.account("admin@example.org", "administrator", &[]);
    let server = newsroom.serve().await;
    let one = server.client().signed_in("one@example.org").await;
    let two = server.client().signed_in("two@example.org").await;
    let admin = server.client().signed_in("admin@example.org").await;
    let rules = "mutation($input: ChangePublishingRulesInput!) { changePublishingRules(input: $input) { version } }";
    let before = one
        .ask("{ publishingRules { office { slug } fourEyes version changed { at } checks { check severity canBeWaived } } }", json!({}))
        .await;
    let general = &before["publishingRules"][0];
    assert_eq!(
        (
            &general["fourEyes"],
            &general["version"],
            &general["changed"],
            &general["checks"][0]
        ),
        (
            &json!(false),
            &json!(0),
            &json!(null),
            &json!({"check": "EMPTY_LEAD", "severity": "WARNING", "canBeWaived": true})
        )
    );
    let asked = json!({"input": {"version": 0, "fourEyes": true}});
    assert_eq!(one.graphql(rules, asked.clone()).await.codes(), ["FORBIDDEN"]);
    admin.ask(rules, asked.clone()).await;
    assert_eq!(admin.graphql(rules, asked).await.codes(), ["CONFLICT"]);
    let kept = one
        .ask(
            "{ publishingRules { office { slug } fourEyes version changed { by { name } } } }",
            json!({}),
        )
        .await;
    assert_eq!(kept["publishingRules"][0]["fourEyes"], true);

    let draft = create(&one, "Observers arrive").await;
    assert_eq!(
        step(&one, "publishTranslation", &draft, "en", json!({})).await.codes(),
        ["FORBIDDEN"]
    );
    assert_eq!(
        step(&one, "approveDraft", &draft, "en", json!({})).await.codes(),
        ["FORBIDDEN"]
    );
    let live = publish(&two, &draft, "en").await;
    assert_eq!(text(&live, "en")["emergency"], json!(null));

    let draft = create(&one, "At midnight").await;
    let alone = stepped(
        &one,
        "publishTranslation",
        &draft,
        "en",
        json!({"emergency": "Nobody else is awake."}),
    )
    .await;
    assert_eq!(text(&alone, "en")["emergency"]["reason"], "Nobody else is awake.");
    assert_eq!(
        step(&one, "approveEmergency", &alone, "en", json!({})).await.codes(),
        ["FORBIDDEN"]
    );
    let seen = stepped(&two, "approveEmergency", &alone, "en", json!({})).await;
    assert_eq!(text(&seen, "en")["emergency"], json!(null));
}

async fn a_copy_has_the_texts_and_the_filing_and_an_address_of_its_own(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let release = published(&desk, "Observers arrive").await;
    let copy = send(
        &desk,
        "duplicateRelease",
        json!({"id": release["id"], "idempotencyKey": "copy"}),
    )
    .await;
    let copy = copy.data("/done/release");
    assert_ne!(copy["id"], release["id"]);
    let draft = &text(copy, "en")["draft"];
    assert_eq!(
        (
            &draft["title"],
            &draft["shared"]["slug"],
            &draft["shared"]["publishedAt"]
        ),
        (&json!("Observers arrive"), &json!("observers-arrive-2"), &json!(null))
    );
    assert_eq!(
        draft["shared"]["offices"][0]["slug"],
        "osce-office-for-democratic-institutions-and-human-rights"
    );
    let again = send(
        &desk,
        "duplicateRelease",
        json!({"id": release["id"], "idempotencyKey": "copy"}),
    )
    .await;
    assert_eq!(again.data("/done/release/id"), &copy["id"]);
}

async fn many_releases_take_one_step_with_a_result_each(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let (first, second) = (create(&desk, "First").await, create(&desk, "Second").await);
    let bulk = "mutation($input: BulkInput!) { bulk(input: $input) { results { release { state } version error { code message fields { path code } } } } }";
    let items = json!([
        {"id": first["id"], "version": 1}, {"id": second["id"], "version": 7}, {"id": "0192f3a4-7b5c-7def-8123-456789abcdef", "version": 1},
        {"id": "strange", "version": 1},
    ]);
    let asked = json!({"input": {"items": items, "step": {"publish": {}}, "idempotencyKey": "all"}});
    let done = desk.ask(bulk, asked.clone()).await;
    let results = &done["bulk"]["results"];
    assert_eq!(
        (
            &results[0]["release"]["state"],
            &results[0]["version"],
            &results[0]["error"]
        ),
        (&json!("LIVE"), &json!(2), &json!(null))
    );
    let codes: Vec<&Value> = results.as_array().unwrap()[1..]
        .iter()
        .map(|result| &result["error"]["code"])
        .collect();
    assert_eq!(codes, ["CONFLICT", "NOT_FOUND", "VALIDATION_FAILED"]);
    assert_eq!(results[1]["release"]["state"], "DRAFT");
    assert_eq!(desk.ask(bulk, asked).await, done);
    let withdraw =
        json!({"input": {"items": [{"id": first["id"], "version": 2}], "step": {"withdraw": {"notice": []}}}});
    let refused = desk.ask(bulk, withdraw).await["bulk"]["results"][0]["error"]["fields"].take();
    assert_eq!(refused, json!([{"path": "notice", "code": "REQUIRED"}]));
    let two = json!({"input": {"items": [{"id": first["id"], "version": 2}], "step": {"plain": "APPROVE_DRAFT", "publish": {}}}});
    assert_ne!(desk.graphql(bulk, two).await.codes(), Vec::<&str>::new());
    let none = desk
        .graphql(bulk, json!({"input": {"items": [], "step": {"publish": {}}}}))
        .await;
    assert_eq!(none.faults(), ["input.items OUT_OF_RANGE"]);
}

/// An address of this machine that nobody listens at.
fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}
