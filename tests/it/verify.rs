//! `newsroom verify`: whoever changes the logs behind the program's back is found out.

use std::fmt::Write as _;

use newsroom_tests::{Kind, Newsroom, Ran, on_both};
use sha2::{Digest, Sha256};

use crate::archive::newsroom_with_seed;
use crate::press::published;

on_both!(
    logs_that_nobody_has_touched_are_sound_while_a_server_writes,
    an_entry_that_was_changed_is_named,
    an_entry_that_is_gone_is_named,
    entries_that_are_gone_at_the_end_are_missed,
    a_head_that_was_set_back_is_found_by_what_was_noted,
    a_gap_in_the_change_log_is_named,
    a_count_that_is_not_that_of_its_list_is_named,
    more_entries_than_are_read_at_once_are_followed,
);

/// The exit code for what is broken.
const BROKEN: i32 = 3;

/// A newsroom with some acts.
async fn newsroom_with_acts(kind: Kind) -> Newsroom {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    for title in ["First", "Second", "Third"] {
        published(&desk, title).await;
    }
    drop(server);
    newsroom
}

/// The lines of what is broken, without the last, which sums up.
fn broken(ran: &Ran) -> Vec<&str> {
    assert_eq!(ran.code(), BROKEN, "{}", ran.all());
    let mut lines: Vec<&str> = ran.output.lines().collect();
    let sum = lines.pop().unwrap();
    assert!(sum.starts_with(&format!("broken: {} fault", lines.len())), "{sum}");
    lines
}

async fn logs_that_nobody_has_touched_are_sound_while_a_server_writes(kind: Kind) {
    let newsroom = newsroom_with_acts(kind).await;
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let seal = newsroom
        .column("SELECT number || ':' || seal FROM audit_entry ORDER BY number DESC LIMIT 1")
        .await;
    let changes = newsroom.number("SELECT sequence FROM change_head").await;
    let entries = newsroom.number("SELECT audit_number FROM change_head").await;
    let ran = newsroom.run(&["verify"]).expect_success();
    let expected = format!(
        "sound: {entries} audit entries and {changes} changes; the last seal is {}\n",
        seal[0]
    );
    assert_eq!(ran.output, expected);
    // Some of what is written meanwhile is read, and some is not.
    let writing = tokio::spawn(async move {
        for number in 0..20 {
            published(&desk, &format!("Meanwhile {number}")).await;
        }
    });
    while !writing.is_finished() {
        let mut command = newsroom.command(&["verify", "--noted", &seal[0]]);
        let ran = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
        let output = String::from_utf8(ran.unwrap().stdout).unwrap();
        assert!(output.starts_with("sound: "), "{output}");
    }
    writing.await.unwrap();
}

async fn an_entry_that_was_changed_is_named(kind: Kind) {
    let newsroom = newsroom_with_acts(kind).await;
    let changes = [
        "detail = '{}'",
        "action = 'withdraw-release'",
        "actor = 'operator'",
        "actor = 'somebody'",
        "at = at + 1",
        "seal = 'ffff'",
    ];
    for change in changes {
        let (column, _) = change.split_once(' ').unwrap();
        let before = newsroom
            .column(&format!(
                "SELECT CAST({column} AS TEXT) FROM audit_entry WHERE number = 4"
            ))
            .await;
        newsroom
            .execute(&format!("UPDATE audit_entry SET {change} WHERE number = 4"))
            .await;
        let ran = newsroom.run(&["verify"]);
        let lines = broken(&ran);
        assert_eq!(lines.len(), 1, "{change}: {}", ran.output);
        assert!(lines[0].starts_with("audit entry 4: found "), "{}", lines[0]);
        assert!(lines[0].contains(", expected "), "{}", lines[0]);
        let undo = format!("UPDATE audit_entry SET {column} = '{}' WHERE number = 4", before[0]);
        newsroom.execute(&undo).await;
        newsroom.run(&["verify"]).expect_success();
    }
}

async fn an_entry_that_is_gone_is_named(kind: Kind) {
    let newsroom = newsroom_with_acts(kind).await;
    newsroom
        .execute("DELETE FROM audit_entry WHERE number IN (1, 4, 5)")
        .await;
    let ran = newsroom.run(&["verify"]);
    let expected = [
        "audit entry 1: found nothing, expected no gap",
        "audit entries 4 to 5: found nothing, expected no gap",
    ];
    assert_eq!(broken(&ran), expected);
    // To number the rest anew does not help: their numbers are sealed.
    newsroom.execute("DELETE FROM audit_entry WHERE number > 6").await;
    newsroom
        .execute("UPDATE audit_entry SET number = number - 1 WHERE number < 4")
        .await;
    let ran = newsroom.run(&["verify"]);
    assert!(
        broken(&ran)[0].starts_with("audit entry 1: found the seal "),
        "{}",
        ran.output
    );
}

async fn entries_that_are_gone_at_the_end_are_missed(kind: Kind) {
    let newsroom = newsroom_with_acts(kind).await;
    let last = newsroom.number("SELECT audit_number FROM change_head").await;
    newsroom
        .execute(&format!("DELETE FROM audit_entry WHERE number = {last}"))
        .await;
    let gone = format!("audit entry {last}: found nothing, expected no gap");
    assert_eq!(broken(&newsroom.run(&["verify"])), [&gone]);
    // One that nobody did, behind the head.
    let forged = format!(
        "INSERT INTO audit_entry (number, at, actor, action, detail, seal) VALUES ({}, 0, 'import', 'import', '{{}}', '')",
        last + 1
    );
    newsroom.execute(&forged).await;
    let ran = newsroom.run(&["verify"]);
    let beyond = format!(
        "audit entry {}: found something, expected nothing behind the head, which is at {last}",
        last + 1
    );
    assert!(broken(&ran).contains(&beyond.as_str()), "{}", ran.output);
    assert!(broken(&ran).contains(&gone.as_str()), "{}", ran.output);
}

async fn a_head_that_was_set_back_is_found_by_what_was_noted(kind: Kind) {
    let newsroom = newsroom_with_acts(kind).await;
    let noted = newsroom
        .column("SELECT audit_number || ':' || audit_seal FROM change_head")
        .await;
    let last = newsroom.number("SELECT audit_number FROM change_head").await;
    newsroom.execute("UPDATE change_head SET audit_seal = 'ffff'").await;
    let ran = newsroom.run(&["verify"]);
    let head = "head of the audit trail: found the seal ffff, expected the seal ";
    assert!(broken(&ran)[0].starts_with(head), "{}", ran.output);
    // With the last entry gone and the head made to fit, nothing in the database tells.
    newsroom
        .execute(&format!("DELETE FROM audit_entry WHERE number = {last}"))
        .await;
    newsroom
        .execute("UPDATE change_head SET audit_number = audit_number - 1, audit_seal = (SELECT seal FROM audit_entry ORDER BY number DESC LIMIT 1)")
        .await;
    newsroom.run(&["verify"]).expect_success();
    let ran = newsroom.run(&["verify", "--noted", &noted[0]]);
    let expected = format!(
        "head of the audit trail: found the number {}, expected entry {last} with the seal ",
        last - 1
    );
    assert!(broken(&ran)[0].starts_with(&expected), "{}", ran.output);
    let other = noted[0].replacen(&last.to_string(), "2", 1);
    let ran = newsroom.run(&["verify", "--noted", &other]);
    assert!(
        broken(&ran)[0].starts_with("audit entry 2: found the seal "),
        "{}",
        ran.output
    );
    assert_eq!(newsroom.run(&["verify", "--noted", "2"]).code(), 2);
}

async fn a_gap_in_the_change_log_is_named(kind: Kind) {
    let newsroom = newsroom_with_acts(kind).await;
    let last = newsroom.number("SELECT sequence FROM change_head").await;
    newsroom
        .execute(&format!("DELETE FROM change WHERE sequence IN (2, {last})"))
        .await;
    let gone = format!("change {last}: found nothing, expected no gap");
    let expected = ["change 2: found nothing, expected no gap", &gone];
    assert_eq!(broken(&newsroom.run(&["verify"])), expected);
}

async fn a_count_that_is_not_that_of_its_list_is_named(kind: Kind) {
    let newsroom = newsroom_with_acts(kind).await;
    newsroom
        .execute("UPDATE live_count SET releases = -1 WHERE list = 'type' OR list = 'release'")
        .await;
    newsroom.execute("DELETE FROM live_release_type").await;
    let ran = newsroom.run(&["verify"]);
    let lines = broken(&ran);
    assert_eq!(lines[0], "count of releases: found -1, expected 10");
    assert!(
        lines.contains(&"count of releases with no type: found -1, expected 0"),
        "{lines:?}"
    );
    let types = newsroom.number("SELECT count(*) FROM content_type").await;
    let of_types = lines
        .iter()
        .filter(|line| line.starts_with("count of releases of the type 01"));
    assert!(of_types.clone().count() > 0 && of_types.count() <= usize::try_from(types).unwrap());
}

async fn more_entries_than_are_read_at_once_are_followed(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let ran = newsroom.run(&["verify"]).expect_success();
    assert_eq!(ran.output, "sound: 0 audit entries and 0 changes\n");
    newsroom.execute(&chain(2_500)).await;
    let id = match kind {
        Kind::Sqlite => "zeroblob(16)",
        Kind::Postgres => "'00000000-0000-0000-0000-000000000000'::uuid",
    };
    let changes = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 45000)
         INSERT INTO change (sequence, at, subject_kind, subject_id, kind, origin, announced)
         SELECT i, 0, 'release', {id}, 'published', 'import', false FROM n;
         UPDATE change_head SET sequence = 45000"
    );
    newsroom.execute(&changes).await;
    let ran = newsroom.run(&["verify"]).expect_success();
    let sound = "sound: 2500 audit entries and 45000 changes; the last seal is 2500:";
    assert!(ran.output.starts_with(sound), "{}", ran.output);
    newsroom
        .execute("UPDATE audit_entry SET at = 1 WHERE number IN (1000, 1001, 2500)")
        .await;
    newsroom
        .execute("DELETE FROM change WHERE sequence BETWEEN 20000 AND 20001")
        .await;
    let ran = newsroom.run(&["verify"]);
    let places: Vec<&str> = broken(&ran)
        .iter()
        .map(|line| line.split(':').next().unwrap())
        .collect();
    let expected = [
        "audit entry 1000",
        "audit entry 1001",
        "audit entry 2500",
        "changes 20000 to 20001",
    ];
    assert_eq!(places, expected);
}

/// The statements that write so many entries, sealed as docs/operating.md says.
fn chain(count: i64) -> String {
    let mut before = String::new();
    let mut row = |number: i64| {
        let number_text = number.to_string();
        let mut hash = Sha256::new();
        for part in [&before, &number_text, "1970-01-01T00:00:00Z", "operator", "made", "{}"] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        before.clear();
        for byte in hash.finalize() {
            write!(before, "{byte:02x}").unwrap();
        }
        format!("({number}, 0, 'operator', 'made', '{{}}', '{before}')")
    };
    let rows: Vec<String> = (1..=count).map(&mut row).collect();
    format!(
        "INSERT INTO audit_entry (number, at, actor, action, detail, seal) VALUES {};
         UPDATE change_head SET audit_number = {count}, audit_seal = '{before}'",
        rows.join(", ")
    )
}
