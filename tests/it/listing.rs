//! `newsroom import --format listing`: pages of the newsroom that this replaces, as text.

use std::fmt::Write as _;

use newsroom_tests::client::texts;
use newsroom_tests::{Kind, Newsroom, Ran, on_both};
use serde_json::{Value, json};

on_both!(
    a_page_with_all_the_oddities_of_the_archive_goes_in,
    pages_given_at_once_are_one_listing,
    separate_runs_order_by_run_and_double_nothing,
    like_titles_of_a_day_count_from_the_bottom,
    an_item_that_cannot_be_read_is_told_and_the_others_go_in,
    a_page_may_be_in_another_language,
    strict_refuses_unknown_names,
    known_names_with_commas_stay_whole,
);

fn import_page(newsroom: &Newsroom, page: &str, more: &[&str]) -> Ran {
    let file = newsroom.file("page.txt", page);
    newsroom.run(&[&["import", "--format", "listing"], more, &[&file]].concat())
}

/// A page with an item for each title, all of one day.
fn page_of(titles: &[&str]) -> String {
    titles
        .iter()
        .fold("Newsroom\nNews and press releases\n".to_owned(), |mut page, title| {
            let _ = write!(
                page,
                "{title}\nPublishing date: 22 November 2024\nContent type: News\nThe lead of {title}.\n"
            );
            page
        })
}

async fn listed(newsroom: &Newsroom) -> Vec<String> {
    let server = newsroom.serve().await;
    let data = server
        .client()
        .ask("{ releases(first: 100) { totalCount nodes { title } } }", json!({}))
        .await;
    let titles = texts(&data["releases"]["nodes"], "/title");
    assert_eq!(data["releases"]["totalCount"], titles.len());
    titles
}

async fn a_page_with_all_the_oddities_of_the_archive_goes_in(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let page = "Newsroom
News and press releases
Latest from the Mission, based on information received: updated
Publishing date: 3 January 2020
Content type: Daily report
Where we are: Special Mission to Ukraine (closed), OSCE Secretariat
What we do: Conflict prevention and resolution

This report is for the media and the general public.

Only a title, with a comma
Publishing date: 2 January 2020

Spot Report 1/2020: Explosion near the line
Publishing date: 2 January 2020
Content type: Spot report
Where we are: Special Mission to Ukraine (closed)
Spot Report 1/2020: Explosion near the line

No office
Publishing date: 1 January 2020
Content type: News
What we do: Elections, Gender equality
A lead
over two lines.
";
    let ran = import_page(&newsroom, page, &[]).expect_success();
    assert!(ran.all().contains("4 created"), "{}", ran.all());
    let server = newsroom.serve().await;
    let query = "{ releases { nodes { title publishingDate lead type { name } offices { name closed } themes { name } locale body } }
                   offices { name closed } contentTypes { slug } closed: releases(filter: {offices: [\"special-mission-to-ukraine\"]}) { totalCount } }";
    let data = server.client().ask(query, json!({})).await;
    let (mission, secretariat) = (
        json!({"name": "Special Mission to Ukraine", "closed": true}),
        json!({"name": "OSCE Secretariat", "closed": false}),
    );
    let named = |name: &str| json!({"name": name});
    let item = |title: &str, day: u32, lead: &str, kind: Value, offices: Value, themes: Value| {
        json!({
            "title": title, "publishingDate": format!("2020-01-0{day}"), "lead": lead, "type": kind, "offices": offices, "themes": themes, "locale": "en", "body": null,
        })
    };
    assert_eq!(
        data["releases"]["nodes"],
        json!([
            item(
                "Latest from the Mission, based on information received: updated",
                3,
                "This report is for the media and the general public.",
                named("Daily report"),
                json!([mission, secretariat]),
                json!([named("Conflict prevention and resolution")])
            ),
            item("Only a title, with a comma", 2, "", Value::Null, json!([]), json!([])),
            item(
                "Spot Report 1/2020: Explosion near the line",
                2,
                "Spot Report 1/2020: Explosion near the line",
                named("Spot report"),
                json!([mission]),
                json!([])
            ),
            item(
                "No office",
                1,
                "A lead over two lines.",
                named("News"),
                json!([]),
                json!([named("Elections"), named("Gender equality")])
            ),
        ])
    );
    assert_eq!(data["offices"], json!([secretariat, mission]));
    assert_eq!(
        texts(&data["contentTypes"], "/slug"),
        ["daily-report", "news", "spot-report"]
    );
    assert_eq!(data["closed"]["totalCount"], 2);
    drop(server);
    let again = import_page(&newsroom, page, &[]).expect_success();
    assert!(
        again.all().contains("nothing changed: 4 unchanged, 0 refused"),
        "{}",
        again.all()
    );
}

async fn pages_given_at_once_are_one_listing(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let newest = newsroom.file("1.txt", &page_of(&["a", "b", "c", "d"]));
    let middle = newsroom.file("2.txt", &page_of(&["c", "d", "e"]));
    let oldest = newsroom.file("3.txt", &page_of(&["e", "f", "d"]));
    let ran = newsroom
        .run(&["import", "--format", "listing", &newest, &middle, &oldest])
        .expect_success();
    assert!(ran.all().contains("7 created"), "{}", ran.all());
    assert_eq!(listed(&newsroom).await, ["a", "b", "c", "d", "e", "f", "d"]);
    let ran = newsroom
        .run(&["import", "--format", "listing", &newest, &middle, &oldest])
        .expect_success();
    assert!(ran.all().contains("nothing changed: 7 unchanged"), "{}", ran.all());
}

async fn separate_runs_order_by_run_and_double_nothing(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    import_page(&newsroom, &page_of(&["b", "a"]), &[]).expect_success();
    // The next day, the page has moved on.
    import_page(&newsroom, &page_of(&["d", "c", "b"]), &[]).expect_success();
    assert_eq!(listed(&newsroom).await, ["d", "c", "b", "a"]);
}

async fn like_titles_of_a_day_count_from_the_bottom(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    import_page(&newsroom, &page_of(&["Daily report"]), &[]).expect_success();
    let ran = import_page(&newsroom, &page_of(&["DAILY  report", "Daily report"]), &[]).expect_success();
    assert!(ran.all().contains("1 created, 0 changed, 1 unchanged"), "{}", ran.all());
    assert_eq!(listed(&newsroom).await, ["DAILY  report", "Daily report"]);
}

async fn an_item_that_cannot_be_read_is_told_and_the_others_go_in(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let page = "Good\nPublishing date: 2 January 2020\n\nUndated\nPublishing date: soon\nLead.\n\nAlso good\nPublishing date: 1 January 2020\nLead.\n\nLoad more\n";
    let ran = import_page(&newsroom, page, &[]);
    assert_eq!(ran.code(), 1, "{}", ran.all());
    assert!(ran.all().contains("page.txt:4: publishingDate: "), "{}", ran.all());
    assert!(ran.all().contains("page.txt:12: passed over: "), "{}", ran.all());
    assert_eq!(listed(&newsroom).await, ["Good", "Also good"]);
}

async fn a_page_may_be_in_another_language(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    import_page(
        &newsroom,
        "Выборы\nPublishing date: 1 January 2020\nWhere we are: БДИПЧ\nТекст.\n",
        &["--locale", "ru"],
    )
    .expect_success();
    let server = newsroom.serve().await;
    let data = server
        .client()
        .ask(
            "{ releases { nodes { slug locale title lead offices { slug names { locale name } } } } }",
            json!({}),
        )
        .await;
    let office = json!({"slug": "bdipch", "names": [{"locale": "ru", "name": "БДИПЧ"}]});
    assert_eq!(
        data["releases"]["nodes"],
        json!([{"slug": "vybory", "locale": "ru", "title": "Выборы", "lead": "Текст.", "offices": [office]}])
    );
}

async fn strict_refuses_unknown_names(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let taxonomy = newsroom.file(
        "names.json",
        &json!({"types": [{"slug": "news", "names": {"en": "News"}}]}).to_string(),
    );
    let page = format!(
        "{}Unknown\nPublishing date: 21 November 2024\nWhere we are: Nowhere\n",
        page_of(&["Known"])
    );
    let ran = import_page(&newsroom, &page, &["--strict", "--taxonomy", &taxonomy]);
    assert!(
        ran.code() == 1
            && ran.all().contains("page.txt:7: offices.0: ")
            && ran.all().to_lowercase().contains("nowhere"),
        "{}",
        ran.all()
    );
    assert_eq!(listed(&newsroom).await, ["Known"]);
    let data = newsroom
        .serve()
        .await
        .client()
        .ask("{ offices { slug } }", json!({}))
        .await;
    assert_eq!(data["offices"], json!([]));
}

async fn known_names_with_commas_stay_whole(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let office = |slug: &str, name: &str| json!({"slug": slug, "names": {"en": name}});
    let taxonomy = json!({"offices": [office("economic", "Economic, Environmental and Related Activities"), office("economics", "Economic")]});
    let taxonomy = newsroom.file("names.json", &taxonomy.to_string());
    let page = "Title\nPublishing date: 1 January 2020\nWhere we are: Economic, Environmental and Related Activities, Economic, New Place\n";
    import_page(&newsroom, page, &["--taxonomy", &taxonomy]).expect_success();
    let data = newsroom
        .serve()
        .await
        .client()
        .ask("{ releases { nodes { offices { slug } } } }", json!({}))
        .await;
    assert_eq!(
        texts(&data["releases"]["nodes"][0]["offices"], "/slug"),
        ["economic", "economics", "new-place"]
    );
}
