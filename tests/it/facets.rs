//! The choices beside a list: every count is what the oracle says, and the total of the list that has that choice alone.

use std::collections::BTreeMap;

use newsroom_tests::generate::{OFFICES, THEMES, TYPES};
use newsroom_tests::oracle::{Filter, Order, list};
use newsroom_tests::random::Random;
use newsroom_tests::{Client, Kind, on_both};
use serde_json::{Value, json};

use crate::archive::{ARCHIVE, newsroom_with_archive, newsroom_with_seed};
use crate::press::{create, done, publish, published, version};

on_both!(
    every_count_is_what_the_oracle_says,
    every_count_is_the_total_of_choosing_that_value_alone,
    the_page_of_the_seed_is_drawn_by_one_query,
    what_is_chosen_is_there_even_at_zero,
    what_is_published_and_removed_is_in_the_very_next_count,
    what_another_process_imports_is_in_the_very_next_count,
    counts_lists_and_totals_agree_while_releases_come_and_go,
    a_histogram_counts_the_whole_list_by_day_month_and_year,
    what_lies_beside_a_release_is_what_the_list_has_beside_it,
    what_is_related_shares_most_and_is_never_the_release_itself,
);

const FACETS: &str = "query($filter: ReleaseFilter) { releases(filter: $filter) { totalCount facets { ...Facets } } }
fragment Facets on ReleaseFacets {
  offices { office { slug } count selected }
  themes { ...Theme children { ...Theme children { ...Theme children { ...Theme } } } }
  types { type { slug } count selected }
  years { year count selected months { month count selected } }
  locales { locale count selected }
  none { offices { count selected } themes { count selected } types { count selected } }
}
fragment Theme on ThemeFacet { theme { slug } count selected }";

/// Choices and how many releases each has: `office odihr`, `theme elections`, `year 2024`, `month 2024-11`, …
type Counts = BTreeMap<String, u64>;

fn each<'a>(facets: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    facets[name].as_array().into_iter().flatten()
}

fn counts(facets: &Value) -> Counts {
    let mut counts = Counts::new();
    let mut put = |name: String, facet: &Value| {
        let count = facet["count"].as_u64().unwrap();
        assert!(
            count > 0 || facet["selected"] == true || name.starts_with("none"),
            "{name}"
        );
        assert_eq!(counts.insert(name, count), None);
    };
    for facet in each(facets, "offices") {
        put(format!("office {}", facet["office"]["slug"].as_str().unwrap()), facet);
    }
    for facet in each(facets, "types") {
        put(format!("type {}", facet["type"]["slug"].as_str().unwrap()), facet);
    }
    for facet in each(facets, "locales") {
        put(format!("locale {}", facet["locale"].as_str().unwrap()), facet);
    }
    for year in each(facets, "years") {
        put(format!("year {}", year["year"]), year);
        for month in each(year, "months") {
            put(
                format!("month {}-{:02}", year["year"], month["month"].as_u64().unwrap()),
                month,
            );
        }
    }
    let mut themes: Vec<&Value> = each(facets, "themes").collect();
    while let Some(theme) = themes.pop() {
        let name = format!("theme {}", theme["theme"]["slug"].as_str().unwrap());
        // One above a chosen one is there for the tree's sake.
        if theme["count"] != 0 || theme["selected"] == true {
            put(name, theme);
        }
        themes.extend(each(theme, "children"));
    }
    for kind in ["offices", "themes", "types"] {
        put(format!("none {kind}"), &facets["none"][kind]);
    }
    counts
}

async fn facets(client: &Client, filter: &Value) -> Value {
    client.ask(FACETS, json!({"filter": filter})).await["releases"].clone()
}

/// The filter with that choice alone in its kind.
fn choosing(filter: &Filter, choice: &str) -> Filter {
    let (kind, value) = choice.split_once(' ').unwrap();
    let mut filter = filter.clone();
    let known = |slugs: Vec<&'static str>| slugs.into_iter().filter(|slug| *slug == value).collect::<Vec<_>>();
    match (kind, value) {
        ("office", _) => {
            (filter.offices, filter.without_office) = (known(OFFICES.iter().map(|o| o.slug).collect()), false);
        }
        ("theme", _) => {
            (filter.themes, filter.without_theme) = (known(THEMES.iter().map(|t| t.slug).collect()), false);
        }
        ("type", _) => (filter.types, filter.without_type) = (known(TYPES.iter().map(|t| t.slug).collect()), false),
        ("locale", _) => {
            let locales = ARCHIVE
                .releases
                .iter()
                .flat_map(newsroom_tests::generate::Release::public_locales);
            filter.locales = vec![locales.into_iter().find(|locale| *locale == value).unwrap()];
        }
        ("none", "offices") => (filter.offices, filter.without_office) = (vec![], true),
        ("none", "themes") => (filter.themes, filter.without_theme) = (vec![], true),
        ("none", _) => (filter.types, filter.without_type) = (vec![], true),
        ("year", year) => {
            filter.from = format!("{year:0>4}-01-01").parse().ok();
            filter.to = format!("{year:0>4}-12-31").parse().ok();
        }
        (_, month) => {
            let first = format!("{month:0>7}-01").parse::<chrono::NaiveDate>().unwrap();
            filter.from = Some(first);
            filter.to = first
                .checked_add_months(chrono::Months::new(1))
                .and_then(|next| next.pred_opt());
        }
    }
    filter
}

/// All choices that there could be for some of the archive.
fn all_choices() -> Vec<String> {
    let mut all: Vec<String> = OFFICES.iter().map(|office| format!("office {}", office.slug)).collect();
    all.extend(THEMES.iter().map(|theme| format!("theme {}", theme.slug)));
    all.extend(TYPES.iter().map(|content_type| format!("type {}", content_type.slug)));
    for release in ARCHIVE.public() {
        all.extend(release.public_locales().map(|locale| format!("locale {locale}")));
        let day = newsroom_tests::generate::vienna_day(release.published_at.unwrap()).to_string();
        all.push(format!("year {}", day[..4].trim_start_matches('0')));
        all.push(format!("month {}", &day[..7]));
    }
    all.extend(["offices", "themes", "types"].map(|kind| format!("none {kind}")));
    all.sort_unstable();
    all.dedup();
    all
}

async fn every_count_is_what_the_oracle_says(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let mut random = Random::new(11);
    let all = all_choices();
    for _ in 0..25 {
        let filter = Filter::random(&mut random, &ARCHIVE);
        let answer = facets(server.client(), &filter.variable()).await;
        let found = counts(&answer["facets"]);
        let total = list(&ARCHIVE, &filter, Order::Newest).len();
        assert_eq!(answer["totalCount"], total, "{filter:?}");
        for choice in &all {
            let expected = list(&ARCHIVE, &choosing(&filter, choice), Order::Newest).len() as u64;
            let counted = found.get(choice).copied().unwrap_or(0);
            assert_eq!(counted, expected, "{choice} under {filter:?}");
        }
        let unknown: Vec<_> = found.keys().filter(|choice| !all.contains(choice)).collect();
        assert!(unknown.iter().all(|choice| found[*choice] == 0), "{unknown:?}");
    }
}

async fn every_count_is_the_total_of_choosing_that_value_alone(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let mut random = Random::new(12);
    let total = "query($filter: ReleaseFilter) { releases(filter: $filter) { totalCount } }";
    for _ in 0..4 {
        let filter = Filter::random(&mut random, &ARCHIVE);
        let found = counts(&facets(server.client(), &filter.variable()).await["facets"]);
        for (choice, count) in found {
            let chosen = choosing(&filter, &choice).variable();
            let answer = server.client().ask(total, json!({"filter": chosen})).await;
            assert_eq!(answer["releases"]["totalCount"], count, "{choice} under {filter:?}");
        }
    }
}

/// The page that the seed was transcribed from, as a reader who has chosen nothing sees it; every count was read off the page.
async fn the_page_of_the_seed_is_drawn_by_one_query(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    let query = "{ releases(first: 20) {
      totalCount lastModified
      nodes { title publishingDate type { name } offices { name } themes { name } lead }
      pageInfo { hasNextPage }
      facets { offices { office { name } count } themes { theme { name } count children { theme { name } count } } types { type { name } count }
        years { year count months { month count } } locales { locale count } none { offices { count } themes { count } types { count } } }
    } }";
    let data = server.client().ask(query, json!({})).await;
    let releases = &data["releases"];
    assert_eq!(releases["totalCount"], 7);
    assert_eq!(releases["nodes"].as_array().unwrap().len(), 7);
    assert_eq!(releases["pageInfo"], json!({"hasNextPage": false}));
    let office = |name: &str, count: u64| json!({"office": {"name": name}, "count": count});
    assert_eq!(
        releases["facets"]["offices"],
        json!([
            office("OSCE Office for Democratic Institutions and Human Rights", 2),
            office("OSCE Presence in Albania", 2),
            office("OSCE Chairpersonship", 1),
            office("OSCE Representative on Freedom of the Media", 1),
            office("OSCE Secretariat", 1),
            office("Transnational Threats Department", 1),
        ])
    );
    let themes = counted_names(&releases["facets"]["themes"]);
    assert_eq!(
        themes,
        BTreeMap::from([
            ("Democratization".to_owned(), 1),
            ("Economic activities".to_owned(), 1),
            ("Elections".to_owned(), 1),
            ("Environmental activities".to_owned(), 1),
            ("Environmental good governance".to_owned(), 1),
            ("Media freedom and development".to_owned(), 1),
        ])
    );
    assert_eq!(
        releases["facets"]["types"],
        json!([{"type": {"name": "News"}, "count": 6}, {"type": {"name": "Press release"}, "count": 1}])
    );
    assert_eq!(
        releases["facets"]["years"],
        json!([{"year": 2024, "count": 7, "months": [{"month": 11, "count": 7}]}])
    );
    assert_eq!(releases["facets"]["locales"], json!([{"locale": "en", "count": 7}]));
    assert_eq!(
        releases["facets"]["none"],
        json!({"offices": {"count": 1}, "themes": {"count": 2}, "types": {"count": 0}})
    );
}

fn counted_names(themes: &Value) -> BTreeMap<String, u64> {
    let mut counted = BTreeMap::new();
    let mut waiting: Vec<&Value> = themes.as_array().unwrap().iter().collect();
    while let Some(facet) = waiting.pop() {
        let name = facet["theme"]["name"].as_str().unwrap().to_owned();
        counted.insert(name, facet["count"].as_u64().unwrap());
        waiting.extend(each(facet, "children"));
    }
    counted
}

async fn what_is_chosen_is_there_even_at_zero(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    let filter = json!({
        "offices": ["osce-presence-in-albania"], "themes": ["elections"], "types": ["press-release"], "locales": ["ru"],
        "publishedFrom": "2023-01-01", "publishedTo": "2023-12-31",
    });
    let answer = facets(server.client(), &filter).await;
    let counts = counts(&answer["facets"]);
    for choice in [
        "office osce-presence-in-albania",
        "theme elections",
        "type press-release",
        "locale ru",
        "year 2023",
        "month 2023-07",
    ] {
        assert_eq!(counts.get(choice), Some(&0), "{choice}");
    }
    let chosen = &answer["facets"]["years"][0];
    assert_eq!((&chosen["year"], &chosen["selected"]), (&json!(2023), &json!(true)));
}

const TOTAL: &str =
    "{ releases { totalCount nodes { slug } facets { types { count } none { types { count } } offices { count } } } }";

async fn what_is_published_and_removed_is_in_the_very_next_count(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let reader = server.client();
    let desk = reader.signed_in("press@example.org").await;
    let without_type = async || {
        let answer = reader.ask(TOTAL, json!({})).await;
        answer["releases"]["facets"]["none"]["types"]["count"].as_u64().unwrap()
    };
    assert_eq!(without_type().await, 0);
    let draft = create(&desk, "Observers arrive").await;
    assert_eq!(without_type().await, 0);
    let live = publish(&desk, &draft, "en").await;
    assert_eq!(without_type().await, 1);
    let input = json!({"id": live["id"], "version": version(&live, "en"), "reason": "A mistake"});
    let gone = done(&desk, "removeRelease", input).await;
    assert_eq!(without_type().await, 0);
    let input = json!({"id": gone["id"], "version": version(&gone, "en")});
    done(&desk, "reinstateRelease", input).await;
    assert_eq!(without_type().await, 1);
}

async fn what_another_process_imports_is_in_the_very_next_count(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    let lines: Vec<String> = (0..1_200)
        .map(|number| {
            json!({"sourceId": format!("more-{number}"), "state": "live", "publishedAt": format!("20{:02}-05-06T07:08:09Z", number % 20),
                "originalLocale": "en", "translations": {"en": {"title": format!("More {number}")}}})
            .to_string()
        })
        .collect();
    let file = newsroom.file("more.jsonl", &lines.join("\n"));
    assert_eq!(server.client().ask(TOTAL, json!({})).await["releases"]["totalCount"], 7);
    newsroom.run(&["import", &file]).expect_success();
    let releases = server.client().ask(TOTAL, json!({})).await["releases"].clone();
    assert_eq!(releases["totalCount"], 1_207);
    assert_eq!(releases["facets"]["none"]["types"]["count"], 1_200);
}

async fn counts_lists_and_totals_agree_while_releases_come_and_go(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    let coming_and_going = async {
        for number in 0..12 {
            let live = published(&desk, &format!("Comes and goes {number}")).await;
            if number % 2 == 0 {
                let input = json!({"id": live["id"], "version": version(&live, "en"), "reason": "It goes"});
                done(&desk, "removeRelease", input).await;
            }
        }
    };
    let reading = async {
        for _ in 0..80 {
            let answer = server.client().ask(TOTAL, json!({})).await;
            let releases = &answer["releases"];
            let total = releases["totalCount"].as_u64().unwrap();
            let types = each(&releases["facets"], "types").map(|facet| facet["count"].as_u64().unwrap());
            let none = releases["facets"]["none"]["types"]["count"].as_u64().unwrap();
            assert_eq!(types.sum::<u64>() + none, total, "{answer}");
            assert_eq!(releases["nodes"].as_array().unwrap().len() as u64, total, "{answer}");
        }
    };
    tokio::join!(coming_and_going, reading);
    let answer = server.client().ask(TOTAL, json!({})).await;
    assert_eq!(answer["releases"]["totalCount"], 7 + 6);
}

async fn a_histogram_counts_the_whole_list_by_day_month_and_year(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let query = "query($filter: ReleaseFilter) { releases(filter: $filter, first: 1) {
        day: histogram(interval: DAY) { date count } month: histogram(interval: MONTH) { date count } year: histogram(interval: YEAR) { date count } } }";
    let mut random = Random::new(13);
    for _ in 0..20 {
        let filter = Filter::random(&mut random, &ARCHIVE);
        let answer = server.client().ask(query, json!({"filter": filter.variable()})).await;
        for (name, length, rest) in [("day", 10, ""), ("month", 7, "-01"), ("year", 4, "-01-01")] {
            let mut expected: BTreeMap<String, u64> = BTreeMap::new();
            for release in list(&ARCHIVE, &filter, Order::Newest) {
                let day = newsroom_tests::generate::vienna_day(release.published_at.unwrap()).to_string();
                *expected.entry(format!("{}{rest}", &day[..length])).or_default() += 1;
            }
            let bars: Vec<_> = expected
                .into_iter()
                .map(|(date, count)| json!({"date": date, "count": count}))
                .collect();
            assert_eq!(answer["releases"][name], Value::Array(bars), "{name} of {filter:?}");
        }
    }
}

async fn what_lies_beside_a_release_is_what_the_list_has_beside_it(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve().await;
    let query = "query($slug: String!, $filter: ReleaseFilter, $order: ReleaseOrder) { release(slug: $slug) {
        next(filter: $filter, orderBy: $order) { slug } previous(filter: $filter, orderBy: $order) { slug } } }";
    let mut random = Random::new(14);
    for _ in 0..30 {
        let filter = Filter::random(&mut random, &ARCHIVE);
        let order = *random.pick(&[Order::Newest, Order::Oldest]);
        let expected = list(&ARCHIVE, &filter, order);
        if expected.is_empty() {
            continue;
        }
        let at = random.below(expected.len());
        let variables = json!({"slug": expected[at].slug, "filter": filter.variable(), "order": order.name()});
        let answer = server.client().ask(query, variables).await;
        let beside = |at: Option<usize>| {
            at.and_then(|at| expected.get(at))
                .map(|release| json!({"slug": release.slug}))
        };
        assert_eq!(
            answer["release"]["next"],
            json!(beside(Some(at + 1))),
            "{filter:?} {order:?}"
        );
        assert_eq!(
            answer["release"]["previous"],
            json!(beside(at.checked_sub(1))),
            "{filter:?} {order:?}"
        );
    }
}

async fn what_is_related_shares_most_and_is_never_the_release_itself(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    let query = "query($slug: String!, $first: Int) { release(slug: $slug) { related(first: $first) { title offices { name } } } }";
    let odihr = "criminal-justice-in-central-asia-focus-of-biennial-forum-in-astana";
    let answer = server.client().ask(query, json!({"slug": odihr})).await;
    let related = &answer["release"]["related"];
    assert_eq!(related.as_array().unwrap().len(), 1, "{related}");
    assert_eq!(
        related[0]["title"],
        "ODIHR hosts election observers from around the world to exchange on best practices and emerging challenges"
    );
    let alone = "ukrainian-officials-receive-training-on-investigating-crypto-asset-crimes";
    let answer = server.client().ask(query, json!({"slug": alone})).await;
    assert_eq!(answer["release"]["related"], json!([]), "nothing else is on its theme");
    let answer = server
        .client()
        .graphql(query, json!({"slug": odihr, "first": 21}))
        .await;
    assert_eq!(answer.faults(), ["first OUT_OF_RANGE"]);
}
