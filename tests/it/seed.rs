//! The seed newsroom: the page that it was transcribed from says what every list of it must be.

use newsroom_tests::client::texts;
use newsroom_tests::{Client, Kind, Newsroom, on_both};
use serde_json::{Value, json};

use crate::archive::{in_workspace, newsroom_with_seed};

on_both!(
    one_command_serves_the_seven_in_page_order,
    every_field_is_as_the_page_has_it,
    the_filters_give_what_reading_the_page_gives,
    days_are_those_of_the_page,
    the_demo_is_imported_once,
    the_page_imported_on_top_changes_nothing,
    the_page_alone_makes_the_same_newsroom,
);

const PAGE: &str = "crates/domain/src/listing/fixtures/seed.txt";

/// An item as a person reads it off the page.
struct Item {
    title: String,
    date: String,
    content_type: String,
    offices: Vec<String>,
    themes: Vec<String>,
    lead: String,
}

fn items() -> Vec<Item> {
    let page = std::fs::read_to_string(in_workspace(PAGE)).unwrap();
    let lines: Vec<&str> = page.lines().collect();
    let starts: Vec<usize> = (1..lines.len())
        .filter(|at| lines[*at].starts_with("Publishing date: "))
        .map(|at| at - 1)
        .collect();
    let ends = starts.iter().skip(1).copied().chain([lines.len()]);
    let item = |(start, end): (&usize, usize)| {
        let labelled = |label: &str| {
            lines[*start..end]
                .iter()
                .find_map(|line| line.strip_prefix(label))
                .unwrap_or_default()
                .to_owned()
        };
        let list = |label: &str| {
            labelled(label)
                .split(", ")
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect()
        };
        Item {
            title: lines[*start].to_owned(),
            date: labelled("Publishing date: "),
            content_type: labelled("Content type: "),
            offices: list("Where we are: "),
            themes: list("What we do: "),
            lead: lines[end - 1].to_owned(),
        }
    };
    starts.iter().zip(ends).map(item).collect()
}

/// The places on the page, from 1, of the releases that a filter lets through.
async fn places(client: &Client, filter: Value) -> Vec<usize> {
    let data = client
        .ask(
            "query($filter: ReleaseFilter) { releases(filter: $filter) { totalCount nodes { title } } }",
            json!({"filter": filter}),
        )
        .await;
    let titles = texts(&data["releases"]["nodes"], "/title");
    assert_eq!(data["releases"]["totalCount"], titles.len());
    let page = items();
    titles
        .iter()
        .map(|title| 1 + page.iter().position(|item| item.title == *title).unwrap())
        .collect()
}

#[test]
fn the_page_has_seven_items() {
    assert_eq!(items().len(), 7);
}

async fn one_command_serves_the_seven_in_page_order(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let server = newsroom.serve_with(&["--demo"], &[]).await;
    let data = server.client().ask("{ releases { nodes { title } } }", json!({})).await;
    let titles: Vec<String> = items().into_iter().map(|item| item.title).collect();
    assert_eq!(texts(&data["releases"]["nodes"], "/title"), titles);
}

async fn every_field_is_as_the_page_has_it(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    let query = "{ releases { nodes { title publishingDate publishedAt type { name } offices { name } themes { name } lead body locale withdrawal { at } } } }";
    let data = server.client().ask(query, json!({})).await;
    let names = |names: &[String]| names.iter().map(|name| json!({"name": name})).collect::<Value>();
    let expected: Value = items()
        .iter()
        .map(|item| {
            // All are of November 2024.
            let day = item
                .date
                .strip_suffix(" November 2024")
                .unwrap()
                .parse::<u32>()
                .unwrap();
            json!({
                "title": item.title,
                "publishingDate": format!("2024-11-{day}"),
                "publishedAt": format!("2024-11-{}T23:00:00Z", day - 1),
                "type": {"name": item.content_type},
                "offices": names(&item.offices),
                "themes": names(&item.themes),
                "lead": item.lead,
                "body": null,
                "locale": "en",
                "withdrawal": null,
            })
        })
        .collect();
    assert_eq!(data["releases"]["nodes"], expected);
}

async fn the_filters_give_what_reading_the_page_gives(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    let odihr = "osce-office-for-democratic-institutions-and-human-rights";
    let cases = [
        (json!({}), vec![1, 2, 3, 4, 5, 6, 7]),
        (json!({"offices": [odihr]}), vec![1, 4]),
        (json!({"offices": ["osce-presence-in-albania"]}), vec![2, 7]),
        (json!({"offices": ["osce-secretariat"]}), vec![5]),
        (json!({"offices": ["transnational-threats-department"]}), vec![5]),
        (json!({"offices": ["osce-chairpersonship", odihr]}), vec![1, 3, 4]),
        (json!({"withoutOffice": true}), vec![6]),
        (json!({"offices": [odihr], "withoutOffice": true}), vec![1, 4, 6]),
        (json!({"themes": ["elections"]}), vec![1]),
        (json!({"themes": ["environmental-good-governance"]}), vec![2]),
        (
            json!({"themes": ["environmental-good-governance", "environmental-activities"]}),
            vec![2],
        ),
        (json!({"withoutTheme": true}), vec![5, 7]),
        (
            json!({"themes": ["democratization"], "withoutTheme": true}),
            vec![4, 5, 7],
        ),
        (json!({"types": ["press-release"]}), vec![3]),
        (json!({"types": ["news"]}), vec![1, 2, 4, 5, 6, 7]),
        (json!({"types": ["news", "press-release"]}), vec![1, 2, 3, 4, 5, 6, 7]),
        (json!({"withoutType": true}), vec![]),
        (json!({"publishedFrom": "2024-11-22"}), vec![1, 2, 3, 4, 5, 6]),
        (json!({"publishedTo": "2024-11-21"}), vec![7]),
        (
            json!({"offices": ["osce-presence-in-albania"], "publishedTo": "2024-11-21"}),
            vec![7],
        ),
        (
            json!({"offices": ["osce-presence-in-albania"], "withoutTheme": true}),
            vec![7],
        ),
        (
            json!({"offices": [odihr], "themes": ["democratization"], "types": ["news"], "publishedFrom": "2024-11-22", "publishedTo": "2024-11-22"}),
            vec![4],
        ),
        (
            json!({"offices": [odihr], "themes": ["democratization"], "types": ["press-release"]}),
            vec![],
        ),
        (json!({"withoutOffice": true, "withoutTheme": true}), vec![]),
        (
            json!({"offices": [], "themes": [], "types": [], "withoutOffice": false}),
            vec![1, 2, 3, 4, 5, 6, 7],
        ),
    ];
    for (filter, expected) in cases {
        assert_eq!(places(server.client(), filter.clone()).await, expected, "{filter}");
    }
}

async fn days_are_those_of_the_page(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    for (from, to, expected) in [
        ("2024-11-21", "2024-11-22", vec![1, 2, 3, 4, 5, 6, 7]),
        ("2024-11-21", "2024-11-21", vec![7]),
        ("2024-11-22", "2024-11-22", vec![1, 2, 3, 4, 5, 6]),
        ("2024-11-23", "2024-12-31", vec![]),
        ("0001-01-01", "9999-12-31", vec![1, 2, 3, 4, 5, 6, 7]),
    ] {
        assert_eq!(
            places(server.client(), json!({"publishedFrom": from, "publishedTo": to})).await,
            expected,
            "{from} to {to}"
        );
    }
}

async fn the_demo_is_imported_once(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    drop(newsroom.serve_with(&["--demo"], &[]).await);
    let first = newsroom.run(&["export"]).expect_success().output;
    drop(newsroom.serve_with(&["--demo"], &[]).await);
    assert_eq!(first.lines().count(), 7);
    assert_eq!(newsroom.run(&["export"]).expect_success().output, first);
}

async fn the_page_imported_on_top_changes_nothing(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let before = newsroom.run(&["export"]).expect_success().output;
    let page = in_workspace(PAGE).display().to_string();
    let ran = newsroom.run(&["import", "--format", "listing", &page]).expect_success();
    assert!(
        ran.all().contains("nothing changed: 7 unchanged, 0 refused"),
        "{}",
        ran.all()
    );
    assert_eq!(newsroom.run(&["export"]).expect_success().output, before);
}

async fn the_page_alone_makes_the_same_newsroom(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let page = in_workspace(PAGE).display().to_string();
    newsroom.run(&["import", "--format", "listing", &page]).expect_success();
    let (from_page, from_data) = (newsroom.serve().await, newsroom_with_seed(kind));
    let from_data = from_data.serve().await;
    let query = "{ releases { nodes { slug title publishedAt type { slug name } offices { slug name } themes { slug name } lead } }
                   offices { slug } themes { slug } contentTypes { slug } }";
    assert_eq!(
        from_page.client().ask(query, json!({})).await,
        from_data.client().ask(query, json!({})).await
    );
}
