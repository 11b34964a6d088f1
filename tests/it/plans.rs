//! No list statement reads a public table whole, and none sorts where each filter has one value.
//!
//! What is looked at is what the program really runs, caught on its way: on SQLite the statements in its log, each given to
//! `EXPLAIN QUERY PLAN`; on PostgreSQL the plans that `auto_explain` sends along with each answer.

use newsroom_tests::generate::{Archive, State};
use newsroom_tests::{Kind, Newsroom, Server, on_both};
use serde_json::{Value, json};

use crate::archive::import;

on_both!(pages_and_releases_are_found_by_index);

/// How many releases there are; what is run for all to see sets it to 100,000 (`NEWSROOM_TEST_PLANS`).
const SIZE: usize = 20_000;

fn size() -> usize {
    let given = std::env::var("NEWSROOM_TEST_PLANS").ok();
    given.map_or(SIZE, |size| size.parse().unwrap())
}

/// What a statement's plan does that it should not.
#[derive(Debug, Default)]
struct Faults {
    reads_whole_tables: Vec<String>,
    sorts: Vec<String>,
}

/// Small tables, which a planner rightly reads whole: one row each, or one for each office, theme and type.
const SMALL: [&str; 2] = ["live_count", "live_tombstone"];

#[expect(clippy::too_many_lines, reason = "a table of queries")]
async fn pages_and_releases_are_found_by_index(kind: Kind) {
    let archive = Archive::new(5, size());
    let newsroom = Newsroom::empty(kind);
    import(&newsroom, &archive);
    let server = watched(&newsroom).await;
    let far = cursor_of_page_500(&server).await;
    let list = "query($filter: ReleaseFilter, $order: ReleaseOrder, $first: Int, $after: String, $last: Int, $before: String) {
        releases(filter: $filter, orderBy: $order, first: $first, after: $after, last: $last, before: $before) {
        nodes { slug title body offices { slug } themes { slug } type { slug } translations { title } } pageInfo { hasNextPage hasPreviousPage } } }";
    let of_one_value = [
        ("the front page", json!({})),
        ("the front page, the oldest first", json!({"order": "OLDEST"})),
        ("the last page", json!({"last": 20})),
        ("an office", json!({"filter": {"offices": ["odihr"]}})),
        (
            "an office with few releases",
            json!({"filter": {"offices": ["court-of-conciliation"]}}),
        ),
        ("no office", json!({"filter": {"withoutOffice": true}})),
        (
            "a theme with those below it",
            json!({"filter": {"themes": ["human-dimension"]}}),
        ),
        ("a type", json!({"filter": {"types": ["press-release"]}})),
        (
            "two filters",
            json!({"filter": {"offices": ["secretariat"], "types": ["news"]}}),
        ),
        (
            "two filters, one of them rare",
            json!({"filter": {"offices": ["odihr"], "types": ["spot-report"]}}),
        ),
        (
            "three filters",
            json!({"filter": {"offices": ["odihr"], "themes": ["elections"], "types": ["news"]}}),
        ),
        (
            "three filters, the oldest first",
            json!({"filter": {"offices": ["odihr"], "themes": ["elections"], "types": ["news"]}, "order": "OLDEST"}),
        ),
        (
            "a range",
            json!({"filter": {"publishedFrom": "2001-01-01", "publishedTo": "2003-12-31"}}),
        ),
        (
            "a year of an office",
            json!({"filter": {"offices": ["odihr"], "publishedFrom": "2005-01-01", "publishedTo": "2005-12-31"}}),
        ),
        (
            "all filters",
            json!({"filter": {"offices": ["odihr"], "themes": ["security"], "types": ["news"], "publishedFrom": "2005-01-01", "publishedTo": "2015-12-31"}}),
        ),
        ("page 500", json!({"after": far})),
        ("the page before page 500", json!({"last": 20, "before": far})),
        (
            "an office, far down",
            json!({"after": far, "filter": {"offices": ["odihr"]}}),
        ),
        (
            "two filters, far down",
            json!({"after": far, "filter": {"offices": ["odihr"], "types": ["news"]}}),
        ),
        ("a hundred", json!({"first": 100})),
    ];
    for (what, variables) in of_one_value {
        let faults = faults(&newsroom, &server, list, variables).await;
        assert!(
            faults.reads_whole_tables.is_empty() && faults.sorts.is_empty(),
            "{what}: {faults:#?}"
        );
    }
    let of_several_values = [
        ("two offices", json!({"filter": {"offices": ["odihr", "secretariat"]}})),
        (
            "an office or none, and two types",
            json!({"filter": {"offices": ["odihr"], "withoutOffice": true, "types": ["news", "statement"]}}),
        ),
    ];
    for (what, variables) in of_several_values {
        let faults = faults(&newsroom, &server, list, variables).await;
        assert!(faults.reads_whole_tables.is_empty(), "{what}: {faults:#?}");
    }
    let moved = archive
        .releases
        .iter()
        .find(|release| release.state == State::Live && !release.redirects.is_empty())
        .unwrap();
    let found = server
        .client()
        .ask(
            "query($slug: String!) { release(slug: $slug) { id translations { id } } }",
            json!({"slug": moved.slug}),
        )
        .await;
    let by_one = [
        ("by slug", "release(slug: $slug) { title body }", json!(moved.slug)),
        (
            "at its address",
            "address(slug: $slug) { ... on Release { title } }",
            json!(moved.slug),
        ),
        (
            "at its former address",
            "address(slug: $slug) { ... on Redirect { release { title } } }",
            json!(moved.redirects[0]),
        ),
        (
            "by id",
            "node(id: $slug) { ... on Release { title translations { title } } }",
            found["release"]["id"].clone(),
        ),
        (
            "a translation by id",
            "node(id: $slug) { ... on Translation { title } }",
            found["release"]["translations"][0]["id"].clone(),
        ),
    ];
    for (what, field, slug) in by_one {
        let kind = if field.starts_with("node") { "ID!" } else { "String!" };
        let faults = faults(
            &newsroom,
            &server,
            &format!("query($slug: {kind}) {{ {field} }}"),
            json!({"slug": slug}),
        )
        .await;
        assert!(
            faults.reads_whole_tables.is_empty() && faults.sorts.is_empty(),
            "{what}: {faults:#?}"
        );
    }
}

/// Serves a newsroom, which has been filled, so that its log tells what is run: on PostgreSQL, with the plans.
pub(crate) async fn watched(newsroom: &Newsroom) -> Server {
    if newsroom.kind() == Kind::Postgres {
        let name = newsroom.postgres_name();
        newsroom
            .execute(&format!(
                "ANALYZE;
                 ALTER DATABASE {name} SET session_preload_libraries = 'auto_explain';
                 ALTER DATABASE {name} SET auto_explain.log_min_duration = 0;
                 ALTER DATABASE {name} SET auto_explain.log_format = 'json';
                 ALTER DATABASE {name} SET client_min_messages = 'log';"
            ))
            .await;
    }
    let settings = [
        ("NEWSROOM_LOG", "warn,sqlx::query=debug,sqlx::postgres::notice=trace"),
        ("NEWSROOM_LOG_FORMAT", "json"),
    ];
    newsroom.serve_with(&[], &settings).await
}

async fn cursor_of_page_500(server: &Server) -> Value {
    let mut after = Value::Null;
    for _ in 0..100 {
        let data = server
            .client()
            .ask(
                "query($after: String) { releases(first: 100, after: $after) { pageInfo { endCursor } } }",
                json!({"after": after}),
            )
            .await;
        after = data["releases"]["pageInfo"]["endCursor"].clone();
    }
    assert!(after.is_string(), "there are fewer than 500 pages of 20");
    after
}

/// What the statements of a query do that they should not.
async fn faults(newsroom: &Newsroom, server: &Server, query: &str, variables: Value) -> Faults {
    let (data, log) = server.logged_by(server.client().ask(query, variables)).await;
    assert!(
        data.as_object().unwrap().values().all(|found| !found.is_null()),
        "nothing is found: {data}"
    );
    let events: Vec<Value> = log.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let of = |target: &str| {
        events
            .iter()
            .filter(|event| event["target"] == target)
            .cloned()
            .collect::<Vec<_>>()
    };
    let statements: Vec<String> = of("sqlx::query")
        .iter()
        .map(statement)
        .filter(|statement| statement.contains("live_"))
        .collect();
    assert!(
        !statements.is_empty(),
        "the log has no statement on a public table: {log:#?}"
    );
    let mut faults = Faults::default();
    match newsroom.kind() {
        Kind::Sqlite => {
            for statement in statements {
                let plan = newsroom.sqlite_plan(&statement).await;
                judge_sqlite(&statement, &plan, &mut faults);
            }
        }
        Kind::Postgres => {
            // What the worker of webhooks looks for meanwhile is none of the query's.
            let plans: Vec<Value> = of("sqlx::postgres::notice")
                .iter()
                .filter_map(plan)
                .filter(|plan| {
                    !plan["Query Text"]
                        .as_str()
                        .is_some_and(|text| text.contains("FROM webhook"))
                })
                .collect();
            let on_public_tables = plans
                .iter()
                .filter(|plan| plan["Query Text"].as_str().is_some_and(|text| text.contains("live_")))
                .count();
            assert_eq!(
                on_public_tables,
                statements.len(),
                "a plan for each statement: is auto_explain there, and the role a superuser? {log:#?}"
            );
            for plan in plans {
                judge_postgres(&plan["Query Text"], &plan["Plan"], &mut faults);
            }
        }
    }
    faults
}

/// The text of a statement: a short one is its own summary.
pub(crate) fn statement(event: &Value) -> String {
    let text = |key: &str| event[key].as_str().unwrap_or_default().trim().to_owned();
    let whole = text("db.statement");
    if whole.is_empty() { text("summary") } else { whole }
}

/// A step such as `SCAN l` reads a table whole; `SCAN l USING COVERING INDEX …` walks an index in its order, which is what a page
/// without a filter is for. Anything else is looked up (`SEARCH`), or is what the statement itself has put together.
fn judge_sqlite(statement: &str, plan: &[String], faults: &mut Faults) {
    let filters = statement.contains(".value = ") || statement.contains("WHERE slug") || statement.contains(" IN (");
    for step in plan {
        let words: Vec<&str> = step.split_whitespace().collect();
        let (verb, name) = (
            words.first().copied().unwrap_or_default(),
            words.get(1).copied().unwrap_or_default(),
        );
        let is_put_together =
            name.starts_with("walked") || name.starts_with("merged") || name.starts_with('(') || name == "CONSTANT";
        if verb == "SCAN" && !is_put_together && !SMALL.contains(&name) && (filters || !step.contains(" USING ")) {
            faults.reads_whole_tables.push(format!("{step}, in {statement}"));
        }
        if step.contains("TEMP B-TREE") && step.contains("ORDER BY") {
            faults.sorts.push(format!("{step}, in {statement}"));
        }
    }
}

/// The plan that PostgreSQL sends along.
pub(crate) fn plan(event: &Value) -> Option<Value> {
    let message = event["message"].as_str()?;
    serde_json::from_str(&message[message.find('{')?..]).ok()
}

fn judge_postgres(statement: &Value, node: &Value, faults: &mut Faults) {
    let (kind, table) = (
        node["Node Type"].as_str().unwrap_or_default(),
        node["Relation Name"].as_str().unwrap_or_default(),
    );
    if kind == "Seq Scan" && table.starts_with("live_") && !SMALL.contains(&table) {
        faults.reads_whole_tables.push(format!("{table}, in {statement}"));
    }
    if kind.contains("Sort") {
        faults
            .sorts
            .push(format!("{kind} by {}, in {statement}", node["Sort Key"]));
    }
    for child in node["Plans"].as_array().into_iter().flatten() {
        judge_postgres(statement, child, faults);
    }
}

#[test]
fn a_plan_that_reads_or_sorts_whole_tables_is_found_out() {
    let mut faults = Faults::default();
    let plan = [
        "SCAN l",
        "SEARCH a USING PRIMARY KEY (value=?)",
        "USE TEMP B-TREE FOR ORDER BY",
    ]
    .map(str::to_owned);
    judge_sqlite("SELECT … FROM live_release AS l", &plan, &mut faults);
    assert_eq!((faults.reads_whole_tables.len(), faults.sorts.len()), (1, 1));
    let plan = json!({"Node Type": "Limit", "Plans": [{"Node Type": "Incremental Sort", "Plans": [{"Node Type": "Seq Scan", "Relation Name": "live_release"}]}]});
    judge_postgres(&json!("SELECT"), &plan, &mut faults);
    assert_eq!((faults.reads_whole_tables.len(), faults.sorts.len()), (2, 2));
    let plan = [
        "SCAN l USING COVERING INDEX live_release_published_at_id".to_owned(),
        "SCAN walked".to_owned(),
    ];
    judge_sqlite("SELECT … FROM live_release AS l", &plan, &mut faults);
    assert_eq!((faults.reads_whole_tables.len(), faults.sorts.len()), (2, 2));
}
