//! The list of feeds: every feed is in it, as a page and as OPML.

use std::collections::BTreeSet;

use newsroom_tests::{Kind, Newsroom, on_both};
use serde_json::json;

use crate::archive::newsroom_with_seed;
use crate::feed_rules::{Element, feed};

on_both!(
    opml_and_the_page_have_every_feed_and_each_is_there,
    where_no_languages_are_offered_there_are_feeds_in_those_that_there_are,
    who_names_opml_gets_it_and_all_others_the_page,
);

const LOCALES: (&str, &str) = ("NEWSROOM_LOCALES", "en, ru");

/// The addresses of an outline and of all below it.
fn addresses(outline: &Element, into: &mut BTreeSet<String>) {
    assert!(!outline.attribute("text").is_empty());
    if outline.attribute("type") == "rss" {
        assert!(!outline.attribute("title").is_empty() && outline.children.is_empty());
        assert!(
            into.insert(outline.attribute("xmlUrl").to_owned()),
            "twice: {outline:?}"
        );
    }
    outline.all("outline").for_each(|below| addresses(below, into));
}

async fn opml_and_the_page_have_every_feed_and_each_is_there(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve_with(&[], &[LOCALES]).await;
    let client = server.client();
    let answer = client.get("/feeds.opml").await;
    assert_eq!(answer.header("content-type"), "text/x-opml; charset=utf-8");
    let opml = Element::parse(&answer.text);
    assert_eq!((opml.name.as_str(), opml.attribute("version")), ("opml", "2.0"));
    assert!(!opml.one("head").one("title").text.is_empty());
    let mut listed = BTreeSet::new();
    opml.one("body")
        .all("outline")
        .for_each(|outline| addresses(outline, &mut listed));

    let slugs = client
        .ask("{ offices { slug } themes { slug } contentTypes { slug } }", json!({}))
        .await;
    let mut expected = BTreeSet::new();
    for locale in ["", "en/", "ru/"] {
        expected.insert(format!("{}/feeds/{locale}releases.atom", server.root()));
        for (field, segment) in [("offices", "offices"), ("themes", "themes"), ("contentTypes", "types")] {
            for entry in slugs[field].as_array().unwrap() {
                let slug = entry["slug"].as_str().unwrap();
                expected.insert(format!("{}/feeds/{locale}{segment}/{slug}.atom", server.root()));
            }
        }
    }
    assert_eq!(listed, expected);
    for address in &listed {
        feed(client, &address[server.root().len()..]).await;
    }

    let page = client.get("/feeds").await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let linked: BTreeSet<String> = page
        .text
        .split("<td><a href=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    let formats = ["rss", "atom", "json"];
    let in_each = |address: &String| formats.map(|format| address.replace(".atom", &format!(".{format}")));
    assert_eq!(linked, expected.iter().flat_map(in_each).collect());
    let russian = client.get("/feeds?locale=ru").await;
    assert!(russian.text.contains("/feeds/ru/releases.rss") && !russian.text.contains("/feeds/en/releases.rss"));
    for (path, status) in [
        ("/feeds?locale=de", 422),
        ("/feeds?local=ru", 422),
        ("/feeds.opml?locale=ru", 200),
    ] {
        assert_eq!(client.get(path).await.status, status, "{path}");
    }
}

async fn where_no_languages_are_offered_there_are_feeds_in_those_that_there_are(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let server = newsroom.serve().await;
    let client = server.client();
    let languages = async || {
        let page = client.get("/feeds").await.text;
        let linked = page.split("/feeds?locale=").skip(1);
        let linked: Vec<String> = linked.map(|rest| rest.split('"').next().unwrap().to_owned()).collect();
        let opml = client.get("/feeds.opml").await.text;
        for locale in &linked {
            assert!(opml.contains(&format!("/feeds/{locale}/releases.atom")), "{locale}");
        }
        linked
    };
    assert!(languages().await.is_empty());
    let line = json!({"sourceId": "1", "slug": "one", "state": "live", "publishingDate": "2024-11-22", "originalLocale": "en",
        "translations": {"en": {"title": "One"}, "ru": {"title": "Один"}, "sr-Latn": {"title": "Jedan"}}});
    let lines = newsroom.file("lines.jsonl", &format!("{line}\n"));
    newsroom.run(&["import", &lines]).expect_success();
    assert_eq!(languages().await, ["en", "ru", "sr-Latn"]);
}

async fn who_names_opml_gets_it_and_all_others_the_page(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let server = newsroom.serve().await;
    let client = server.client();
    for (accept, expected) in [
        ("text/x-opml", "text/x-opml; charset=utf-8"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
        ("*/*", "text/html; charset=utf-8"),
    ] {
        let answer = client
            .send(client.request("GET", "/feeds").header("accept", accept))
            .await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("content-type")),
            (200, expected),
            "{accept}"
        );
        let vary: Vec<_> = answer.headers.get_all("vary").iter().collect();
        assert!(vary.iter().any(|value| *value == "accept"), "{vary:?}");
    }
    let page = client.get("/feeds").await;
    // It loads nothing, from here or elsewhere.
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    for never in ["<script", "<img", "<style", " src=", "rel=\"stylesheet\"", "@import"] {
        assert!(!page.text.contains(never), "{never}");
    }
    for needed in [
        "<html lang=",
        "<title>",
        "<h1>",
        "<caption>",
        "scope=\"row\"",
        "scope=\"col\"",
    ] {
        assert!(page.text.contains(needed), "{needed}");
    }
}
