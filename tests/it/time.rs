//! Schedules and clocks: what is due goes live once and not before its instant, whatever the clocks on the wall do meanwhile.

use chrono::{DateTime, TimeDelta, Utc};
use newsroom_tests::{Client, Clock, Kind, Newsroom, Server, database, on_both};
use serde_json::{Value, json};

use crate::archive::newsroom_with_seed;
use crate::press::{create, done, read, soon, step, stepped, text, until_stage, version};
use crate::whole::{assert_accounted_for, assert_whole, until_nothing_is_scheduled};

on_both!(
    what_came_due_while_the_server_was_stopped_goes_live_at_its_start,
    what_cannot_be_read_holds_up_nothing_else,
    what_is_due_at_one_instant_goes_live_after_what_it_waits_for,
    an_original_stays_scheduled_while_something_waits_for_it,
);

async fn publisher(server: &Server) -> Client {
    server.client().signed_in("press@example.org").await
}

fn newsroom_with_a_publisher(kind: Kind) -> Newsroom {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    newsroom
}

/// Creates and schedules for an instant.
async fn scheduled(desk: &Client, title: &str, at: &str) -> Value {
    scheduled_as(desk, title, json!({"at": at})).await
}

/// Creates and schedules, as that is said.
async fn scheduled_as(desk: &Client, title: &str, schedule: Value) -> Value {
    let draft = create(desk, title).await;
    stepped(desk, "scheduleTranslation", &draft, "en", json!({"schedule": schedule})).await
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

fn instant(value: &Value) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(value.as_str().unwrap()).unwrap().to_utc()
}

async fn is_scheduled(desk: &Client, release: &Value) -> bool {
    text(&read(desk, release).await, "en")["stage"] == "SCHEDULED"
}

/// Waits until it is live, and asserts that it did not come before its instant, which is its publishing date.
async fn until_live(desk: &Client, release: &Value) {
    let due = instant(&text(release, "en")["schedule"]["at"]);
    let live = until_stage(desk, release, "en", json!(null)).await;
    let en = text(&live, "en");
    assert_eq!(instant(&en["live"]["shared"]["publishedAt"]), due);
    let went_live = instant(&en["publishedAt"]);
    assert!(went_live >= due, "it went live at {went_live}, and was due at {due}");
}

/// Asserts that so many went live as scheduled, each once.
async fn assert_went_live(newsroom: &Newsroom, count: i64) {
    for counted in [
        "SELECT count(*) FROM audit_entry WHERE action = 'publish-scheduled'",
        "SELECT count(*) FROM change WHERE kind = 'published' AND origin = 'desk'",
    ] {
        assert_eq!(newsroom.number(counted).await, count, "{counted}");
    }
    let given_up = "SELECT count(*) FROM audit_entry WHERE action = 'give-up-schedule'";
    assert_eq!(newsroom.number(given_up).await, 0);
    assert_whole(newsroom).await;
}

async fn what_came_due_while_the_server_was_stopped_goes_live_at_its_start(kind: Kind) {
    let newsroom = newsroom_with_a_publisher(kind);
    let server = newsroom.serve().await;
    let desk = publisher(&server).await;
    let at = soon(4_000);
    let due = scheduled(&desk, "Due while it is stopped", &at).await;
    let translated = done(
        &desk,
        "addTranslation",
        json!({"id": due["id"], "version": 2, "locale": "ru", "text": {"title": "Пока он стоит"}}),
    )
    .await;
    let later = soon(4_500);
    stepped(
        &desk,
        "scheduleTranslation",
        &translated,
        "ru",
        json!({"schedule": {"at": later}}),
    )
    .await;
    let not_due = scheduled(&desk, "Not due yet", &soon(3_600_000)).await;
    server.ask_to_stop();
    assert!(server.stopped().await.0.success());
    let went_live = newsroom.number("SELECT count(*) FROM audit_entry WHERE action = 'publish-scheduled'");
    assert_eq!(went_live.await, 0);
    while Utc::now() < instant(&json!(later)) {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let server = newsroom.serve().await;
    let desk = publisher(&server).await;
    until_live(&desk, &due).await;
    until_stage(&desk, &due, "ru", json!(null)).await;
    assert!(is_scheduled(&desk, &not_due).await);
    assert_went_live_with_a_translation(&newsroom).await;
}

/// One release, and its translation, in the order in which they were due, in one act or in two.
async fn assert_went_live_with_a_translation(newsroom: &Newsroom) {
    let changes = newsroom
        .column("SELECT kind FROM change WHERE origin = 'desk' ORDER BY sequence")
        .await;
    assert_eq!(changes, ["published", "translation-published"]);
    assert_whole(newsroom).await;
    assert_accounted_for(newsroom).await;
}

async fn what_cannot_be_read_holds_up_nothing_else(kind: Kind) {
    let newsroom = newsroom_with_a_publisher(kind);
    let server = newsroom.serve().await;
    let desk = publisher(&server).await;
    scheduled(&desk, "Broken", &soon(2_000)).await;
    newsroom
        .execute("UPDATE translation SET draft_stage_detail = '{' WHERE draft_due_at IS NOT NULL")
        .await;
    let sound = scheduled(&desk, "Sound", &soon(2_500)).await;
    until_live(&desk, &sound).await;
    let told = server.log();
    let told = told
        .iter()
        .filter(|line| line.contains("what is due could not be published"));
    // Once, however often it is tried again.
    assert_eq!(told.count(), 1);
}

async fn translated(desk: &Client, title: &str) -> Value {
    let draft = create(desk, title).await;
    let input = json!({"id": draft["id"], "version": 1, "locale": "ru", "text": {"title": format!("{title}, ru")}});
    done(desk, "addTranslation", input).await
}

/// Schedules these together, and answers the bundle.
async fn bundled(desk: &Client, items: &[(&Value, &str)], at: &str) -> Value {
    let items: Vec<Value> = items
        .iter()
        .map(|(release, locale)| json!({"id": release["id"], "locale": locale, "version": version(release, locale)}))
        .collect();
    let mutation = "mutation($input: ScheduleBundleInput!) { done: scheduleBundle(input: $input) { bundle } }";
    let input = json!({"input": {"items": items, "schedule": {"at": at}}});
    desk.ask(mutation, input).await["done"]["bundle"].take()
}

async fn what_is_due_at_one_instant_goes_live_after_what_it_waits_for(kind: Kind) {
    let newsroom = newsroom_with_a_publisher(kind);
    let server = newsroom.serve().await;
    let desk = publisher(&server).await;
    // The one that waits is the older one, which would be found first.
    let [second, first] = [translated(&desk, "Second").await, translated(&desk, "First").await];
    let at = soon(3_000);
    let schedule = json!({"schedule": {"at": at}});
    // An original; then a bundle with its translation; then one after what is in the bundle.
    stepped(&desk, "scheduleTranslation", &first, "en", schedule.clone()).await;
    bundled(&desk, &[(&first, "ru"), (&second, "en")], &at).await;
    stepped(&desk, "scheduleTranslation", &second, "ru", schedule).await;
    until_nothing_is_scheduled(&newsroom).await;
    let changes = newsroom
        .column("SELECT kind FROM change WHERE origin = 'desk' ORDER BY kind")
        .await;
    let both = "translation-published";
    assert_eq!(changes, ["published", "published", both, both]);
    assert_whole(&newsroom).await;
    assert_accounted_for(&newsroom).await;
}

async fn an_original_stays_scheduled_while_something_waits_for_it(kind: Kind) {
    let newsroom = newsroom_with_a_publisher(kind);
    let server = newsroom.serve().await;
    let desk = publisher(&server).await;
    let release = translated(&desk, "First").await;
    let at = soon(3_600_000);
    let bundle = bundled(&desk, &[(&release, "en")], &at).await;
    let schedule = json!({"schedule": {"at": at}});
    let scheduled = stepped(&desk, "scheduleTranslation", &release, "ru", schedule).await;
    let end = "mutation($bundle: ID!) { unscheduleBundle(input: {bundle: $bundle}) { bundle } }";
    let refused = desk.graphql(end, json!({"bundle": bundle})).await;
    assert_eq!(refused.codes(), ["CONFLICT"]);
    assert!(refused.message().contains("in ru is scheduled too"), "{}", refused.text);
    stepped(&desk, "unscheduleTranslation", &scheduled, "ru", json!({})).await;
    desk.ask(end, json!({"bundle": bundle})).await;
    assert_eq!(text(&read(&desk, &release).await, "en")["stage"], "APPROVED");
}

/// On SQLite the clock of the process is the database's.
mod on_a_clock_that_is_set {
    use super::*;

    async fn served(clock: &Clock, newsroom: &Newsroom) -> Server {
        // Nor does it matter in which zone the machine is.
        let mut settings = clock.settings();
        settings.push(("TZ", "America/St_Johns"));
        newsroom.serve_with(&[], &settings).await
    }

    #[tokio::test]
    async fn set_forward_by_61_minutes_it_publishes_what_became_due_once() {
        let newsroom = newsroom_with_a_publisher(Kind::Sqlite);
        let clock = Clock::ahead_by(newsroom.folder(), TimeDelta::zero());
        let server = served(&clock, &newsroom).await;
        let desk = publisher(&server).await;
        let due = scheduled(&desk, "In an hour", &written(clock.soon(3_600_000))).await;
        let not_due = scheduled(&desk, "In two hours", &written(clock.soon(7_200_000))).await;
        assert!(is_scheduled(&desk, &due).await);
        clock.move_by(TimeDelta::minutes(61));
        let desk = publisher(&server).await;
        until_live(&desk, &due).await;
        assert!(is_scheduled(&desk, &not_due).await);
        assert_went_live(&newsroom, 1).await;
    }

    #[tokio::test]
    async fn set_back_by_a_day_it_repeats_nothing_and_publishes_nothing_early() {
        let newsroom = newsroom_with_a_publisher(Kind::Sqlite);
        let clock = Clock::ahead_by(newsroom.folder(), TimeDelta::zero());
        let server = served(&clock, &newsroom).await;
        let desk = publisher(&server).await;
        let before = scheduled(&desk, "Before", &written(clock.soon(1_500))).await;
        let after = scheduled(&desk, "After", &written(clock.soon(1_800_000))).await;
        until_live(&desk, &before).await;
        clock.move_by(-TimeDelta::days(1));
        let desk = publisher(&server).await;
        // What is due by the new clock tells that the server looks by it.
        let meanwhile = scheduled(&desk, "Meanwhile", &written(clock.soon(1_500))).await;
        until_live(&desk, &meanwhile).await;
        assert!(is_scheduled(&desk, &after).await);
        assert_went_live(&newsroom, 2).await;
        clock.move_by(TimeDelta::days(1) + TimeDelta::minutes(31));
        let desk = publisher(&server).await;
        until_live(&desk, &after).await;
        assert_went_live(&newsroom, 3).await;
        assert_accounted_for(&newsroom).await;
    }

    #[tokio::test]
    async fn set_back_while_schedules_are_held_it_forgets_none_of_them() {
        let newsroom = newsroom_with_a_publisher(Kind::Sqlite);
        let clock = Clock::ahead_by(newsroom.folder(), TimeDelta::zero());
        let server = served(&clock, &newsroom).await;
        let desk = publisher(&server).await;
        let freeze = "mutation { done: freezeSchedules(input: {reason: \"An attack.\"}) { freeze } }";
        let freeze = desk.ask(freeze, json!({})).await["done"]["freeze"].take();
        let held = scheduled(&desk, "Held", &written(clock.soon(1_000))).await;
        while newsroom
            .number("SELECT count(*) FROM translation WHERE draft_held")
            .await
            == 0
        {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        clock.move_by(-TimeDelta::days(1));
        let desk = publisher(&server).await;
        let resume = "mutation($freeze: ID!) { resumeSchedules(input: {freeze: $freeze, due: PUBLISH}) { freeze } }";
        desk.ask(resume, json!({"freeze": freeze})).await;
        assert!(is_scheduled(&desk, &held).await);
        clock.move_by(TimeDelta::days(1));
        let desk = publisher(&server).await;
        until_live(&desk, &held).await;
        assert_went_live(&newsroom, 1).await;
    }

    #[tokio::test]
    async fn of_two_instants_with_one_local_time_each_is_kept() {
        for (zone, local, offsets, instants) in [
            (
                "Europe/Vienna",
                "2027-10-31T02:30",
                ["+02:00", "+01:00"],
                ["2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z"],
            ),
            (
                "America/St_Johns",
                "2027-11-07T01:30",
                ["-02:30", "-03:30"],
                ["2027-11-07T04:00:00Z", "2027-11-07T05:00:00Z"],
            ),
        ] {
            let newsroom = newsroom_with_a_publisher(Kind::Sqlite);
            let clock = Clock::ahead_by(newsroom.folder(), TimeDelta::zero());
            let [first_at, second_at] = instants.map(|at| instant(&json!(at)));
            clock.set(first_at - TimeDelta::seconds(4));
            let server = served(&clock, &newsroom).await;
            let desk = publisher(&server).await;
            let schedule = |offset| json!({"localTime": local, "timeZone": zone, "offset": offset});
            let second = scheduled_as(&desk, "Second", schedule(offsets[1])).await;
            let first = create(&desk, "First").await;
            // Which of the two is meant has to be said.
            let unsaid = json!({"schedule": schedule_without_offset(local, zone)});
            let refused = step(&desk, "scheduleTranslation", &first, "en", unsaid).await;
            assert_eq!(refused.faults(), ["input.schedule.localTime CLOCK_CHANGE"]);
            // However slow the machine is, it is not the hour yet.
            clock.set(first_at - TimeDelta::seconds(4));
            let said = json!({"schedule": schedule(offsets[0])});
            let first = stepped(&desk, "scheduleTranslation", &first, "en", said).await;
            for (release, at) in [(&first, first_at), (&second, second_at)] {
                assert_eq!(instant(&text(release, "en")["schedule"]["at"]), at);
            }
            until_live(&desk, &first).await;
            assert!(is_scheduled(&desk, &second).await, "{zone}");
            clock.set(second_at - TimeDelta::seconds(3));
            let desk = publisher(&server).await;
            assert!(clock.now() >= second_at || is_scheduled(&desk, &second).await, "{zone}");
            until_live(&desk, &second).await;
            assert_went_live(&newsroom, 2).await;
        }
    }

    fn schedule_without_offset(local: &str, zone: &str) -> Value {
        json!({"localTime": local, "timeZone": zone})
    }

    #[tokio::test]
    async fn over_an_hour_that_is_left_out_a_second_is_a_second() {
        for (zone, before, after, instants) in [
            (
                "Europe/Vienna",
                "2027-03-28T01:59:59",
                "2027-03-28T03:00:01",
                ["2027-03-28T00:59:59Z", "2027-03-28T01:00:01Z"],
            ),
            (
                "America/St_Johns",
                "2027-03-14T01:59:59",
                "2027-03-14T03:00:01",
                ["2027-03-14T05:29:59Z", "2027-03-14T05:30:01Z"],
            ),
        ] {
            let newsroom = newsroom_with_a_publisher(Kind::Sqlite);
            let clock = Clock::ahead_by(newsroom.folder(), TimeDelta::zero());
            let instants = instants.map(|at| instant(&json!(at)));
            // An hour early, so that the machine may be slow.
            clock.set(instants[0] - TimeDelta::hours(1));
            let server = served(&clock, &newsroom).await;
            let desk = publisher(&server).await;
            let mut releases = Vec::new();
            for (local, at) in [before, after].into_iter().zip(instants) {
                let schedule = json!({"localTime": local, "timeZone": zone});
                let release = scheduled_as(&desk, local, schedule).await;
                assert_eq!(instant(&text(&release, "en")["schedule"]["at"]), at);
                releases.push(release);
            }
            clock.set(instants[0] - TimeDelta::seconds(2));
            let desk = publisher(&server).await;
            for release in &releases {
                until_live(&desk, release).await;
            }
            assert_went_live(&newsroom, 2).await;
        }
    }
}

/// On PostgreSQL the database's clock decides, and hosts' clocks do not.
#[tokio::test]
async fn a_host_whose_clock_is_wrong_publishes_by_that_of_postgres() {
    if !database::is_wanted(Kind::Postgres) {
        return;
    }
    for ahead in [TimeDelta::minutes(61), -TimeDelta::days(1)] {
        let newsroom = newsroom_with_a_publisher(Kind::Postgres);
        let clock = Clock::ahead_by(newsroom.folder(), ahead);
        let server = newsroom.serve_with(&[], &clock.settings()).await;
        let desk = publisher(&server).await;
        // By the host's clock one of them is long past, or both are a day away.
        let due = scheduled(&desk, "Due", &soon(3_000)).await;
        let not_due = scheduled(&desk, "Not due yet", &soon(1_800_000)).await;
        until_live(&desk, &due).await;
        assert!(is_scheduled(&desk, &not_due).await);
        let past = create(&desk, "Past").await;
        let schedule = json!({"schedule": {"at": soon(-1_000)}});
        let refused = step(&desk, "scheduleTranslation", &past, "en", schedule).await;
        assert_eq!(refused.faults(), ["input.schedule.at IN_PAST"]);
        assert_went_live(&newsroom, 1).await;
        assert_accounted_for(&newsroom).await;
    }
}

/// Three hosts with three clocks, and all agree.
#[tokio::test]
async fn hosts_whose_clocks_differ_publish_each_once() {
    if !database::is_wanted(Kind::Postgres) {
        return;
    }
    let newsroom = newsroom_with_a_publisher(Kind::Postgres);
    let mut servers = Vec::new();
    for (name, ahead) in [
        ("right", TimeDelta::zero()),
        ("fast", TimeDelta::minutes(61)),
        ("slow", -TimeDelta::days(1)),
    ] {
        let folder = newsroom.folder().join(name);
        std::fs::create_dir(&folder).unwrap();
        let clock = Clock::ahead_by(&folder, ahead);
        servers.push(newsroom.serve_with(&[], &clock.settings()).await);
    }
    let desk = publisher(&servers[0]).await;
    let mut releases = Vec::new();
    for number in 0..10 {
        releases.push(scheduled(&desk, &format!("Number {number}"), &soon(3_000 + number * 100)).await);
    }
    for release in &releases {
        until_live(&desk, release).await;
    }
    until_nothing_is_scheduled(&newsroom).await;
    assert_went_live(&newsroom, 10).await;
}
