//! The desk's lists walk one index each, in its order: what they are filtered by finds what it asks for and reads no more.

use newsroom_tests::{Client, Kind, Newsroom, Server, on_both};
use serde_json::{Value, json};

use crate::plans::{plan, statement, watched};

on_both!(
    the_audit_trail_is_walked_by_what_it_is_filtered_by,
    what_is_assigned_to_me_is_walked_in_its_order,
);

/// By what a query's statements find rows of a table, in any order, each once: names of indexes; else what is done instead.
async fn walked(
    newsroom: &Newsroom,
    server: &Server,
    (client, query, variables): (&Client, &str, Value),
    table: &str,
) -> Vec<String> {
    let (_, log) = server.logged_by(client.ask(query, variables)).await;
    let events = log.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut walked = Vec::new();
    for event in events {
        match (newsroom.kind(), event["target"].as_str()) {
            (Kind::Sqlite, Some("sqlx::query")) if statement(&event).contains(table) => {
                for step in newsroom.sqlite_plan(&statement(&event)).await {
                    walked.extend(walked_on_sqlite(&step, table));
                }
            }
            (Kind::Postgres, Some("sqlx::postgres::notice")) => {
                if let Some(plan) = plan(&event) {
                    walked_on_postgres(&plan["Plan"], table, &mut walked);
                }
            }
            _ => {}
        }
    }
    walked.sort();
    walked.dedup();
    walked
}

/// What stands for the walk of a table by its primary key.
const BY_KEY: &str = "by key";

/// A step such as `SEARCH a USING INDEX audit_entry_at (at<?)`. On SQLite a table lies in the order of its key.
fn walked_on_sqlite(step: &str, table: &str) -> Option<String> {
    let using = step.split(" USING ").nth(1).unwrap_or_default();
    let index = using.split(' ').find(|word| word.contains(table));
    match index {
        Some(index) => Some(index.to_owned()),
        None if step.starts_with("SCAN a") || step.contains(" PRIMARY KEY (") => Some(BY_KEY.to_owned()),
        None if step == "SCAN w" || step.starts_with("SCAN w ") => Some("a scan".to_owned()),
        None if step.contains("TEMP B-TREE") => Some("a sort".to_owned()),
        None => None,
    }
}

/// What an index finds may be sorted, where it is little: a planner that knows how much it is finds that shorter.
fn walked_on_postgres(node: &Value, table: &str, walked: &mut Vec<String>) {
    let kind = node["Node Type"].as_str().unwrap_or_default();
    match node["Index Name"].as_str() {
        Some(index) if index == format!("{table}_pkey") => walked.push(BY_KEY.to_owned()),
        Some(index) if index.contains(table) => walked.push(index.to_owned()),
        _ if node["Relation Name"] == table && kind != "Bitmap Heap Scan" => walked.push(kind.to_owned()),
        _ => {}
    }
    for child in node["Plans"].as_array().into_iter().flatten() {
        walked_on_postgres(child, table, walked);
    }
}

/// Entries of 200 accounts on 5,000 releases. Nobody follows their seals here.
fn many_entries(kind: Kind) -> String {
    let id = |number: &str| match kind {
        Kind::Sqlite => format!("'00000000-0000-0000-0000-' || printf('%012d', {number})"),
        Kind::Postgres => format!("'00000000-0000-0000-0000-' || lpad(CAST({number} AS TEXT), 12, '0')"),
    };
    let (account, release) = (id("i % 200"), id("i % 5000"));
    format!(
        "WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 31000)
         INSERT INTO audit_entry (number, at, actor, action, detail, seal)
         SELECT i, 1000000000000000 + CAST(i AS BIGINT) * 60000000, 'account:' || {account},
             CASE WHEN i % 3000 = 0 THEN 'remove-release' ELSE 'update-release' END,
             '{{\"locale\":\"en\",\"release\":\"' || {release} || '\"}}', '' FROM n"
    )
}

async fn the_audit_trail_is_walked_by_what_it_is_filtered_by(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    newsroom.account("admin@example.org", "administrator", &[]);
    newsroom.execute(&many_entries(kind)).await;
    let server = watched(&newsroom).await;
    let admin = server.client().signed_in("admin@example.org").await;
    let list = "query($filter: AuditEntryFilter, $first: Int, $after: String, $last: Int, $before: String) {
        auditEntries(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
        nodes { number by { name } } pageInfo { endCursor hasNextPage } } }";
    let far = json!({"filter": {"to": "2001-09-20T00:00:00Z"}});
    let far = admin.ask(list, far).await["auditEntries"]["pageInfo"]["endCursor"].take();
    assert!(far.is_string());
    let (release, account) = (
        "00000000-0000-0000-0000-000000000007",
        "00000000-0000-0000-0000-000000000107",
    );
    let range = json!({"from": "2001-09-10T00:00:00Z", "to": "2001-09-20T00:00:00Z"});
    let mut cases = vec![
        (json!({}), vec![BY_KEY]),
        (range, vec!["audit_entry_at", BY_KEY]),
        (json!({"release": release}), vec!["audit_entry_release_id_number"]),
        (json!({"account": account}), vec!["audit_entry_actor_number"]),
        (
            json!({"actions": ["remove-release"]}),
            vec!["audit_entry_action_number"],
        ),
        (
            json!({"release": release, "account": account, "actions": ["update-release"]}),
            vec!["audit_entry_release_id_number"],
        ),
        (
            json!({"account": account, "actions": ["remove-release"]}),
            vec!["audit_entry_actor_number"],
        ),
        (
            json!({"account": account, "from": "2001-09-10T00:00:00Z", "to": "2001-09-20T00:00:00Z"}),
            vec!["audit_entry_actor_number", "audit_entry_at"],
        ),
    ];
    for (_, expected) in &mut cases {
        expected.sort_unstable();
    }
    for (filter, expected) in cases {
        for page in [json!({}), json!({"after": far}), json!({"last": 5, "before": far})] {
            let mut variables = page.clone();
            variables["filter"] = filter.clone();
            let found = walked(&newsroom, &server, (&admin, list, variables), "audit_entry").await;
            assert_eq!(found, expected, "{filter} {page}");
        }
    }
}

/// Assigns 400 of the releases to the first account and all others to the second, past the program.
fn many_assignments(accounts: [&str; 2], kind: Kind) -> String {
    let [anna, boris] = accounts.map(|uuid| match kind {
        Kind::Sqlite => format!("x'{}'", uuid.replace('-', "")),
        Kind::Postgres => format!("'{uuid}'::uuid"),
    });
    format!(
        "INSERT INTO translation_assignee (translation_id, account_id, assigned_by, assigned_at)
         SELECT t.id, {boris}, {boris}, 0 FROM translation AS t;
         UPDATE translation_assignee SET account_id = {anna} WHERE translation_id IN (
             SELECT t.id FROM translation AS t JOIN (SELECT id FROM release ORDER BY id LIMIT 400) AS r ON r.id = t.release_id);
         INSERT INTO desk_release_assignee (account_id, edited_at, release_id)
         SELECT DISTINCT a.account_id, r.edited_at, r.id FROM release AS r JOIN translation AS t ON t.release_id = r.id
         JOIN translation_assignee AS a ON a.translation_id = t.id"
    )
}

async fn what_is_assigned_to_me_is_walked_in_its_order(kind: Kind) {
    let newsroom = crate::archive::newsroom_with_archive(kind);
    let anna = newsroom.account("anna@example.org", "editor", &[]);
    let boris = newsroom.account("boris@example.org", "publisher", &[]);
    newsroom.execute(&many_assignments([&anna, &boris], kind)).await;
    let server = watched(&newsroom).await;
    let list = "query($after: String) { deskReleases(filter: {assignedToMe: true}, first: 20, after: $after) {
        nodes { id original { assignees { name } } } pageInfo { endCursor hasNextPage } } }";
    for email in ["anna@example.org", "boris@example.org"] {
        let client = server.client().signed_in(email).await;
        let first = client.ask(list, json!({})).await["deskReleases"].take();
        assert_eq!(first["nodes"].as_array().unwrap().len(), 20);
        for after in [json!(null), first["pageInfo"]["endCursor"].clone()] {
            let variables = json!({"after": after});
            let found = walked(&newsroom, &server, (&client, list, variables), "desk_release_assignee").await;
            assert_eq!(found, [BY_KEY], "{email}");
        }
    }
}
