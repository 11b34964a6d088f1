//! A page of releases costs a fixed number of statements, whatever its length.

use newsroom_tests::{Client, Kind, Server, on_both};
use serde_json::{Value, json};

use crate::archive::newsroom_with_archive;
use crate::press::done;

on_both!(
    a_page_costs_the_same_statements_whatever_its_length,
    a_total_that_nobody_asked_for_costs_nothing,
    facets_and_many_lists_at_once_cost_no_statement_more,
    what_the_taxonomy_answers_costs_no_more_for_more,
    checks_cost_one_statement_for_a_whole_page_and_none_where_nobody_asks,
    what_is_said_beside_the_desks_releases_costs_a_statement_each,
);

/// How the looks of the scheduler, of the read index and of webhooks begin, which come between a request's statements as they like.
const LOOKS: [&str; 3] = [
    "SELECT release_id, draft_bundle_id FROM",
    "SELECT sequence FROM change_head",
    "SELECT w.id",
];

/// The statements that the server ran for a query, as its log has them, without those that begin and end a transaction.
async fn statements(server: &Server, query: &str, variables: Value) -> Vec<String> {
    statements_of(server, server.client(), query, variables).await
}

/// The same of a client that has signed in.
async fn statements_of(server: &Server, client: &Client, query: &str, variables: Value) -> Vec<String> {
    let (data, log) = server.logged_by(client.ask(query, variables)).await;
    assert!(data.is_object());
    let events = log.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let summaries = events
        .filter(|event| event["target"] == "sqlx::query")
        .map(|event| event["summary"].clone());
    let begins = |summary: &String| {
        let own = ["BEGIN", "SET TRANSACTION", "COMMIT"].iter().chain(&LOOKS);
        own.into_iter().any(|begin| summary.starts_with(begin))
    };
    summaries
        .map(|summary| summary.as_str().unwrap().to_owned())
        .filter(|summary| !begins(summary))
        .collect()
}

async fn logging(newsroom: &newsroom_tests::Newsroom) -> Server {
    let server = newsroom
        .serve_with(
            &[],
            &[
                ("NEWSROOM_LOG", "warn,sqlx::query=debug"),
                ("NEWSROOM_LOG_FORMAT", "json"),
            ],
        )
        .await;
    // The first of all reads what is kept from then on.
    statements(
        &server,
        "{ releases(first: 1) { nodes { slug offices { slug } } } }",
        json!({}),
    )
    .await;
    server
}

const EVERYTHING: &str = "query($first: Int, $after: String, $filter: ReleaseFilter, $locale: Locale) {
  releases(first: $first, after: $after, filter: $filter, locale: $locale) {
    totalCount
    edges { cursor }
    nodes {
      id uuid slug url title lead body text: body(format: TEXT) bodySource { format text } type { slug name } offices { slug name kind closed }
      themes { slug name parent { slug } } publishedAt publishingDate updatedAt locale originalLocale availableLocales
      translations { id locale title lead body } withdrawal { at notice } changeNotes { at note } attachments { url mediaType length title }
    }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}";

async fn a_page_costs_the_same_statements_whatever_its_length(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = logging(&newsroom).await;
    let first = server
        .client()
        .ask("{ releases(first: 1) { pageInfo { endCursor } } }", json!({}))
        .await;
    let after = &first["releases"]["pageInfo"]["endCursor"];
    // Which waits until the search index is there.
    let search = json!({"filter": {"search": "a*", "anyLocale": true}});
    let found = server.client().ask(EVERYTHING, search.clone()).await;
    assert!(found["releases"]["totalCount"].as_u64() > Some(20), "{found}");
    // The same on both databases: the head, the releases and their texts. The indexes have the rest.
    for variables in [
        json!({}),
        json!({"locale": "ru"}),
        json!({"after": after}),
        json!({"filter": {"offices": ["odihr"], "types": ["news"]}}),
        search,
    ] {
        for first in [1, 20, 100] {
            let mut variables = variables.clone();
            variables["first"] = json!(first);
            let ran = statements(&server, EVERYTHING, variables.clone()).await;
            assert_eq!(ran.len(), 3, "{variables}: {ran:#?}");
        }
    }
    let titles = statements(&server, "{ releases(first: 100) { nodes { title } } }", json!({})).await;
    let with_all = statements(&server, "{ releases(first: 100) { nodes { title offices { name } themes { name ancestors { name } } type { name } } } }", json!({})).await;
    assert_eq!(titles, with_all, "offices, themes and types cost nothing more");
}

async fn a_total_that_nobody_asked_for_costs_nothing(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = logging(&newsroom).await;
    let filter = json!({"filter": {"offices": ["odihr"], "types": ["news"], "publishedFrom": "2010-01-01"}});
    let page = statements(
        &server,
        "query($filter: ReleaseFilter) { releases(filter: $filter) { nodes { slug } } }",
        filter.clone(),
    )
    .await;
    let both = statements(
        &server,
        "query($filter: ReleaseFilter) { releases(filter: $filter) { totalCount nodes { slug } } }",
        filter.clone(),
    )
    .await;
    let total = statements(
        &server,
        "query($filter: ReleaseFilter) { releases(filter: $filter) { totalCount } }",
        filter,
    )
    .await;
    assert_eq!(both, page, "the read index has totals");
    assert!(
        total.len() < both.len(),
        "the page of a total that was asked for alone is not read: {total:#?}"
    );
}

async fn facets_and_many_lists_at_once_cost_no_statement_more(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = logging(&newsroom).await;
    let page = statements(&server, "{ releases(first: 3) { nodes { title } } }", json!({})).await;
    for query in [
        "{ releases(first: 3) { nodes { title } totalCount lastModified histogram(interval: DAY) { count } \
           facets { offices { count } themes { count children { count } } years { count } } } }",
        "{ a: releases(first: 2) { nodes { title } } b: releases(first: 1, orderBy: OLDEST) { nodes { title } totalCount } }",
        "{ releases(first: 3) { nodes { title next { title } previous { title } } } }",
    ] {
        let ran = statements(&server, query, json!({})).await;
        let reads = if query.contains("next") { 2 } else { 1 };
        assert_eq!(ran.len(), page.len() * reads, "{query}: {ran:#?}");
    }
    // The offices are the taxonomy's, which asks for the head.
    let offices = "{ offices { name releases(first: 3) { nodes { title publishingDate } } } }";
    let ran = statements(&server, offices, json!({})).await;
    assert_eq!(ran.len(), page.len() + 1, "{ran:#?}");
}

async fn what_the_taxonomy_answers_costs_no_more_for_more(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = logging(&newsroom).await;
    let one = statements(&server, "{ offices { slug } }", json!({})).await;
    let all = statements(&server, "{ offices { slug name } themes { slug parent { slug } children { slug ancestors { slug } } } contentTypes { name } office(slug: \"odihr\") { name } }", json!({})).await;
    assert_eq!(one, all);
    let counts = "{ offices { releaseCount } officeGroups { offices { releaseCount } } themes { releaseCount children { releaseCount } } contentTypes { releaseCount } }";
    let ran = statements(&server, counts, json!({})).await;
    assert_eq!(ran.len(), one.len() + 1, "one statement counts all of them: {ran:#?}");
}

async fn checks_cost_one_statement_for_a_whole_page_and_none_where_nobody_asks(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let settings = [
        ("NEWSROOM_LOG", "warn,sqlx::query=debug"),
        ("NEWSROOM_LOG_FORMAT", "json"),
        ("NEWSROOM_RELEASE_URL", "https://news.example/{locale}/{slug}"),
    ];
    let server = newsroom.serve_with(&[], &settings).await;
    let desk = server.client().signed_in("press@example.org").await;
    for number in 1..=3 {
        let body = format!("[That release](/en/release-{number}) and [another one](/en/gone-{number}).");
        let text = json!({"title": format!("Release {number}"), "body": {"format": "MARKDOWN", "text": body}});
        done(&desk, "createRelease", json!({"originalLocale": "en", "text": text})).await;
    }
    let looked_up = async |query: &str| {
        let ran = statements_of(&server, &desk, query, json!({})).await;
        ran.iter()
            .filter(|statement| statement.contains("live_address"))
            .count()
    };
    let checks = "query { deskReleases(first: 50) { nodes { translations { checks { check } } original { also: checks { excerpt } } } } }";
    assert_eq!(looked_up(checks).await, 1);
    assert_eq!(
        looked_up("query { deskReleases(first: 50) { nodes { translations { locale } } } }").await,
        0
    );
}

async fn what_is_said_beside_the_desks_releases_costs_a_statement_each(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = logging(&newsroom).await;
    let desk = server.client().signed_in("press@example.org").await;
    let query = |selected: &str| {
        format!(
            "query($first: Int) {{ deskReleases(first: $first) {{ nodes {{ id translations {{ locale {selected} }} }} }} }}"
        )
    };
    // Who asks is known for a second, then read again, by the clock: some statements more, now and then.
    let count = async |selected: &str, first: i64| {
        let ran = statements_of(&server, &desk, &query(selected), json!({"first": first})).await;
        let is_of_caller = |statement: &&String| {
            ["SELECT \"session\"", "SELECT \"account\"", "SELECT (extract("]
                .iter()
                .any(|begin| statement.starts_with(begin))
        };
        ran.iter().filter(|statement| !is_of_caller(statement)).count()
    };
    let without = count("draft { uuid } live { uuid }", 1).await;
    for first in [1, 20, 100] {
        assert_eq!(count("draft { uuid } live { uuid }", first).await, without);
        assert_eq!(count("assignees { name }", first).await, without + 1);
        assert_eq!(count("comments { text }", first).await, without + 1);
        assert_eq!(
            count("draft { comments { text } } said: live { comments { text } }", first).await,
            without + 1
        );
        let both = "... on DeskTranslation { assignees { name } live { ... { comments { text } } } }";
        assert_eq!(count(both, first).await, without + 2);
    }
}
