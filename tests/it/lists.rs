//! Lists of releases: every one is what the oracle says, whole, page by page, both ways.

use newsroom_tests::client::texts;
use newsroom_tests::generate::{OFFICES, Release, SECRET, THEMES, TYPES};
use newsroom_tests::oracle::{Filter, Order, list, slugs};
use newsroom_tests::random::Random;
use newsroom_tests::{Answer, Client, Kind, on_both};
use serde_json::{Value, json};

use crate::archive::{ARCHIVE, newsroom_with_archive};

on_both!(
    a_hundred_and_fifty_random_filters_give_what_the_oracle_says,
    pages_of_any_size_join_into_the_whole_list_both_ways_in_both_orders,
    the_releases_of_an_office_a_theme_and_a_type_are_lists_of_their_own,
    a_day_in_vienna_has_23_or_25_hours_when_clocks_change,
    a_page_between_two_cursors_is_cut_from_either_end,
    a_cursor_goes_on_working_under_another_filter,
    a_cursor_of_another_order_or_one_that_was_changed_is_refused,
    page_sizes_are_from_0_to_100,
    a_value_named_twice_counts_once,
    no_list_has_a_draft,
);

const PAGE: &str =
    "query($filter: ReleaseFilter, $order: ReleaseOrder, $first: Int, $after: String, $last: Int, $before: String) {
  releases(filter: $filter, orderBy: $order, first: $first, after: $after, last: $last, before: $before) {
    totalCount
    edges { cursor node { slug } }
    nodes { slug }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}";

/// A page as it came, after what holds of every page was checked.
struct Page {
    slugs: Vec<String>,
    cursors: Vec<String>,
    has_next: bool,
    has_previous: bool,
    total: usize,
}

async fn page(client: &Client, variables: Value) -> Page {
    let data = client.ask(PAGE, variables).await;
    read(&data["releases"])
}

fn read(connection: &Value) -> Page {
    let (slugs, cursors) = (
        texts(&connection["edges"], "/node/slug"),
        texts(&connection["edges"], "/cursor"),
    );
    assert_eq!(texts(&connection["nodes"], "/slug"), slugs);
    let info = &connection["pageInfo"];
    assert_eq!(info["startCursor"].as_str(), cursors.first().map(String::as_str));
    assert_eq!(info["endCursor"].as_str(), cursors.last().map(String::as_str));
    Page {
        slugs,
        cursors,
        has_next: info["hasNextPage"].as_bool().unwrap(),
        has_previous: info["hasPreviousPage"].as_bool().unwrap(),
        total: usize::try_from(connection["totalCount"].as_u64().unwrap()).unwrap(),
    }
}

/// Walks a list from its start, in pages of `size`, and compares each with the same part of `expected`.
async fn walk_forwards(client: &Client, (filter, order): (&Filter, Order), size: usize, expected: &[String]) {
    let mut after: Option<String> = None;
    let mut seen = 0;
    loop {
        let variables = json!({"filter": filter.variable(), "order": order.name(), "first": size, "after": after});
        let page = page(client, variables).await;
        let end = expected.len().min(seen + size);
        assert_eq!(
            page.slugs,
            expected[seen..end],
            "from {seen}, {size} a page: {filter:?} {order:?}"
        );
        assert_eq!(
            (page.has_previous, page.has_next, page.total),
            (seen > 0, end < expected.len(), expected.len()),
            "at {seen}: {filter:?} {order:?}"
        );
        seen = end;
        if !page.has_next {
            return;
        }
        after = page.cursors.last().cloned();
    }
}

/// The same from the end.
async fn walk_backwards(client: &Client, (filter, order): (&Filter, Order), size: usize, expected: &[String]) {
    let mut before: Option<String> = None;
    let mut rest = expected.len();
    loop {
        let variables = json!({"filter": filter.variable(), "order": order.name(), "last": size, "before": before});
        let page = page(client, variables).await;
        let start = rest.saturating_sub(size);
        assert_eq!(
            page.slugs,
            expected[start..rest],
            "up to {rest}, {size} a page: {filter:?} {order:?}"
        );
        assert_eq!(
            (page.has_previous, page.has_next, page.total),
            (start > 0, rest < expected.len(), expected.len()),
            "at {rest}: {filter:?} {order:?}"
        );
        rest = start;
        if !page.has_previous {
            return;
        }
        before = page.cursors.first().cloned();
    }
}

async fn a_hundred_and_fifty_random_filters_give_what_the_oracle_says(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let mut random = Random::new(2);
    for _ in 0..150 {
        let filter = Filter::random(&mut random, &ARCHIVE);
        let order = *random.pick(&[Order::Newest, Order::Oldest]);
        let expected = slugs(&list(&ARCHIVE, &filter, order));
        // No more than a dozen pages a walk.
        let mut size = || (expected.len() / 12 + 1 + random.below(12)).min(100);
        let (forwards, backwards) = (size(), size());
        walk_forwards(server.client(), (&filter, order), forwards, &expected).await;
        walk_backwards(server.client(), (&filter, order), backwards, &expected).await;
    }
}

async fn pages_of_any_size_join_into_the_whole_list_both_ways_in_both_orders(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let everything = Filter::default();
    for order in [Order::Newest, Order::Oldest] {
        let expected = slugs(&list(&ARCHIVE, &everything, order));
        for size in [17, 100] {
            walk_forwards(server.client(), (&everything, order), size, &expected).await;
            walk_backwards(server.client(), (&everything, order), size, &expected).await;
        }
    }
    let few = Filter {
        offices: vec!["court-of-conciliation"],
        ..Filter::default()
    };
    let expected = slugs(&list(&ARCHIVE, &few, Order::Newest));
    for size in [1, 2, 3] {
        walk_forwards(server.client(), (&few, Order::Newest), size, &expected).await;
        walk_backwards(server.client(), (&few, Order::Newest), size, &expected).await;
    }
}

async fn the_releases_of_an_office_a_theme_and_a_type_are_lists_of_their_own(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let field = |name: &str| {
        format!(
            "query($slug: String!, $filter: ReleaseFilter) {{ {name}(slug: $slug) {{ releases(filter: $filter, orderBy: OLDEST, first: 30) {{
               totalCount edges {{ cursor node {{ slug }} }} nodes {{ slug }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }} }}"
        )
    };
    let offices = OFFICES.iter().map(|office| {
        (
            "office",
            office.slug,
            Filter {
                offices: vec![office.slug],
                ..Filter::default()
            },
        )
    });
    let themes = THEMES.iter().map(|theme| {
        (
            "theme",
            theme.slug,
            Filter {
                themes: vec![theme.slug],
                ..Filter::default()
            },
        )
    });
    let types = TYPES.iter().map(|kind| {
        (
            "contentType",
            kind.slug,
            Filter {
                types: vec![kind.slug],
                ..Filter::default()
            },
        )
    });
    let narrowed = Filter {
        from: "2010-01-01".parse().ok(),
        ..Filter::default()
    };
    for (name, slug, filter) in offices.chain(themes).chain(types) {
        for asked in [Filter::default(), narrowed.clone()] {
            let expected = slugs(&list(
                &ARCHIVE,
                &Filter {
                    from: asked.from,
                    ..filter.clone()
                },
                Order::Oldest,
            ));
            let data = server
                .client()
                .ask(&field(name), json!({"slug": slug, "filter": asked.variable()}))
                .await;
            let page = read(&data[name]["releases"]);
            assert_eq!(page.slugs, expected[..expected.len().min(30)], "{name} {slug}");
            assert_eq!(
                (page.total, page.has_next, page.has_previous),
                (expected.len(), expected.len() > 30, false),
                "{name} {slug}"
            );
        }
    }
}

async fn a_day_in_vienna_has_23_or_25_hours_when_clocks_change(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    // What the day's first instant and the first one after it are, worked out by hand.
    for (day, from, to) in [
        ("2024-03-30", "2024-03-29T23:00:00Z", "2024-03-30T23:00:00Z"),
        ("2024-03-31", "2024-03-30T23:00:00Z", "2024-03-31T22:00:00Z"),
        ("2024-10-26", "2024-10-25T22:00:00Z", "2024-10-26T22:00:00Z"),
        ("2024-10-27", "2024-10-26T22:00:00Z", "2024-10-27T23:00:00Z"),
    ] {
        let micros = |text: &str| chrono_micros(text);
        let within = |release: &&Release| (micros(from)..micros(to)).contains(&release.published_at.unwrap());
        let everything = list(&ARCHIVE, &Filter::default(), Order::Newest);
        let expected: Vec<&Release> = everything.into_iter().filter(within).collect();
        assert!(!expected.is_empty(), "the archive has releases on {day}");
        let found = page(
            server.client(),
            json!({"filter": {"publishedFrom": day, "publishedTo": day}, "first": 100}),
        )
        .await;
        assert_eq!(found.slugs, slugs(&expected), "{day}");
    }
}

/// Microseconds since 1970 of an instant that is written in whole seconds.
fn chrono_micros(instant: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(instant)
        .unwrap()
        .timestamp_micros()
}

async fn a_page_between_two_cursors_is_cut_from_either_end(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let filter = Filter {
        types: vec!["news"],
        ..Filter::default()
    };
    let expected = slugs(&list(&ARCHIVE, &filter, Order::Newest));
    let hundred = page(server.client(), json!({"filter": filter.variable(), "first": 100})).await;
    let (after, before) = (&hundred.cursors[9], &hundred.cursors[60]);
    let ask = async |size: Value| {
        let mut variables = json!({"filter": filter.variable(), "after": after, "before": before});
        variables
            .as_object_mut()
            .unwrap()
            .extend(size.as_object().unwrap().clone());
        page(server.client(), variables).await
    };
    let first = ask(json!({"first": 7})).await;
    assert_eq!(
        (&first.slugs[..], first.has_previous, first.has_next),
        (&expected[10..17], true, true)
    );
    let last = ask(json!({"last": 7})).await;
    assert_eq!(
        (&last.slugs[..], last.has_previous, last.has_next),
        (&expected[53..60], true, true)
    );
    let all = ask(json!({"first": 100})).await;
    assert_eq!(all.slugs, expected[10..60]);
    assert_eq!(
        all.total,
        expected.len(),
        "the total is of the list, not of what is between two cursors"
    );
    let crossed = page(
        server.client(),
        json!({"filter": filter.variable(), "after": before, "before": after, "first": 5}),
    )
    .await;
    assert!(crossed.slugs.is_empty());
}

async fn a_cursor_goes_on_working_under_another_filter(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let all = list(&ARCHIVE, &Filter::default(), Order::Newest);
    let hundred = page(server.client(), json!({"first": 100})).await;
    let filter = Filter {
        offices: vec!["odihr"],
        ..Filter::default()
    };
    for place in [0, 13, 57, 99] {
        let after = page(
            server.client(),
            json!({"filter": filter.variable(), "after": hundred.cursors[place], "first": 10}),
        )
        .await;
        let (here, behind) = all.split_at(place + 1);
        let lets_through = |release: &&&Release| filter.lets_through(release);
        let expected: Vec<String> = behind
            .iter()
            .filter(lets_through)
            .take(10)
            .map(|release| release.slug.clone())
            .collect();
        assert_eq!(
            (after.slugs, after.has_previous),
            (expected, here.iter().any(|release| filter.lets_through(release))),
            "behind {place}"
        );
        let before = page(
            server.client(),
            json!({"filter": filter.variable(), "before": hundred.cursors[place], "last": 100}),
        )
        .await;
        let expected: Vec<String> = all[..place]
            .iter()
            .filter(lets_through)
            .map(|release| release.slug.clone())
            .collect();
        assert_eq!((before.slugs, before.has_next), (expected, true), "before {place}");
    }
}

async fn a_cursor_of_another_order_or_one_that_was_changed_is_refused(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let client = server.client();
    let good = page(client, json!({"first": 1})).await.cursors.remove(0);
    let refused = |answer: &Answer| answer.codes() == ["INVALID_CURSOR"] && answer.data("/releases").is_null();
    let ask = async |variables: Value| client.graphql(PAGE, variables).await;
    for argument in ["after", "before"] {
        let answer = ask(json!({"order": "OLDEST", argument: good})).await;
        assert!(refused(&answer), "{}", answer.text);
        for place in 0..good.len() {
            let mut changed = good.clone();
            let letter = if &good[place..=place] == "A" { "B" } else { "A" };
            changed.replace_range(place..=place, letter);
            let answer = ask(json!({argument: changed})).await;
            assert!(refused(&answer), "{changed}: {}", answer.text);
        }
        for strange in [
            "",
            " ",
            "strange",
            "MQ==",
            "ж",
            &format!("{good}A"),
            &good[1..],
            &"A".repeat(10_000),
        ] {
            let answer = ask(json!({argument: strange})).await;
            assert!(refused(&answer), "{strange}: {}", answer.text);
            assert!(answer.message().len() < 500, "{}", answer.message());
        }
    }
    assert_eq!(page(client, json!({"first": 1, "after": good})).await.slugs.len(), 1);
}

async fn page_sizes_are_from_0_to_100(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let client = server.client();
    let expected = slugs(&list(&ARCHIVE, &Filter::default(), Order::Newest));
    for (variables, size) in [
        (json!({}), 20),
        (json!({"first": 0}), 0),
        (json!({"first": 1}), 1),
        (json!({"first": 100}), 100),
    ] {
        let page = page(client, variables).await;
        assert_eq!(
            (&page.slugs[..], page.has_next, page.has_previous, page.total),
            (&expected[..size], true, false, expected.len())
        );
    }
    let none_from_the_end = page(client, json!({"last": 0})).await;
    assert!(none_from_the_end.slugs.is_empty() && none_from_the_end.has_previous && !none_from_the_end.has_next);
    assert_eq!(
        page(client, json!({"last": 100})).await.slugs,
        expected[expected.len() - 100..]
    );
    for (variables, fault) in [
        (json!({"first": 101}), "first OUT_OF_RANGE"),
        (json!({"first": -1}), "first OUT_OF_RANGE"),
        (json!({"last": 101}), "last OUT_OF_RANGE"),
        (json!({"last": -1}), "last OUT_OF_RANGE"),
        (json!({"first": 1, "last": 1}), "last CONFLICTING"),
    ] {
        let answer = client.graphql(PAGE, variables).await;
        assert_eq!(
            (answer.codes(), answer.faults()),
            (vec!["VALIDATION_FAILED"], vec![fault.to_owned()]),
            "{}",
            answer.text
        );
    }
}

async fn a_value_named_twice_counts_once(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    // One above the other: whatever is under the lower is under both.
    let filter = Filter {
        themes: vec!["elections", "human-dimension", "elections"],
        ..Filter::default()
    };
    let once = Filter {
        themes: vec!["human-dimension"],
        ..Filter::default()
    };
    let expected = slugs(&list(&ARCHIVE, &once, Order::Newest));
    walk_forwards(server.client(), (&filter, Order::Newest), 100, &expected).await;
}

async fn no_list_has_a_draft(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let query = "query($after: String) { releases(first: 100, after: $after) {
        nodes { title lead body translations { title lead body locale } availableLocales slug offices { slug } themes { slug } type { slug } }
        pageInfo { hasNextPage endCursor } } }";
    let mut after = Value::Null;
    loop {
        let answer = server.client().graphql(query, json!({"after": after})).await;
        assert!(
            !answer.text.contains(SECRET) && !answer.text.contains("without-releases"),
            "{}",
            answer.text
        );
        if answer.data("/releases/pageInfo/hasNextPage") == false {
            break;
        }
        after = answer.data("/releases/pageInfo/endCursor").clone();
        assert!(after.is_string(), "{}", answer.text);
    }
}
