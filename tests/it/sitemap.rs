//! The sitemap: every page once, in parts that stay what they are.

use std::collections::{BTreeMap, BTreeSet};

use newsroom_tests::{Client, Kind, on_both};
use serde_json::{Value, json};

use crate::archive::{ARCHIVE, newsroom_with_archive, newsroom_with_seed};
use crate::feed_rules::Element;
use crate::press::published;

on_both!(
    every_page_is_in_one_part_with_those_in_other_languages,
    parts_stay_what_they_are_when_more_goes_live,
    pages_without_a_language_in_their_address_are_one,
    the_list_says_when_a_part_changed_whatever_changed_in_it,
    a_part_in_very_many_languages_goes_on_in_another_file,
    without_pages_there_is_no_sitemap,
);

const SITE: (&str, &str) = ("NEWSROOM_RELEASE_URL", "https://news.example/{locale}/{slug}");
const NAMESPACE: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// The paths of the parts.
async fn parts(client: &Client, root: &str) -> Vec<String> {
    let answer = client.get("/sitemap.xml").await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, "application/xml; charset=utf-8")
    );
    let index = Element::parse(&answer.text);
    assert_eq!(
        (index.name.as_str(), index.attribute("xmlns")),
        ("sitemapindex", NAMESPACE)
    );
    let parts = index.all("sitemap").map(|part| {
        part.one("lastmod")
            .text
            .parse::<chrono::DateTime<chrono::Utc>>()
            .unwrap();
        part.one("loc").text.strip_prefix(root).unwrap().to_owned()
    });
    parts.collect()
}

/// The pages of a part, each with its pages in all languages.
async fn pages(client: &Client, part: &str) -> BTreeMap<String, BTreeMap<String, String>> {
    let answer = client.get(part).await;
    assert_eq!(answer.status, 200, "{part}");
    assert!(answer.text.len() < 50_000_000);
    let part = Element::parse(&answer.text);
    assert_eq!((part.name.as_str(), part.attribute("xmlns")), ("urlset", NAMESPACE));
    assert_eq!(part.attribute("xmlns:xhtml"), "http://www.w3.org/1999/xhtml");
    let mut pages = BTreeMap::new();
    for url in part.all("url") {
        url.one("lastmod")
            .text
            .parse::<chrono::DateTime<chrono::Utc>>()
            .unwrap();
        let links = url.all("xhtml:link").map(|link| {
            assert_eq!(link.attribute("rel"), "alternate");
            (link.attribute("hreflang").to_owned(), link.attribute("href").to_owned())
        });
        let before = pages.insert(url.one("loc").text.clone(), links.collect());
        assert!(before.is_none(), "twice");
    }
    assert!((1..=50_000).contains(&pages.len()));
    pages
}

async fn every_page_is_in_one_part_with_those_in_other_languages(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let server = newsroom.serve_with(&[], &[SITE]).await;
    let parts = parts(server.client(), server.root()).await;
    assert!(parts.len() > 2, "{parts:?}");
    let mut found = BTreeMap::new();
    for part in &parts {
        for (page, others) in pages(server.client(), part).await {
            assert!(found.insert(page, others).is_none(), "in two parts");
        }
    }
    let mut expected = BTreeMap::new();
    for release in ARCHIVE.public() {
        let page = |locale: &str| format!("https://news.example/{locale}/{}", release.slug);
        let locales: Vec<&str> = release.public_locales().collect();
        let others: BTreeMap<String, String> = locales
            .iter()
            .map(|locale| ((*locale).to_owned(), page(locale)))
            .collect();
        for locale in &locales {
            let others = if locales.len() > 1 {
                others.clone()
            } else {
                BTreeMap::new()
            };
            expected.insert(page(locale), others);
        }
    }
    assert_eq!(found, expected);
    for none in [
        "/sitemaps/0.xml",
        "/sitemaps/01.xml",
        "/sitemaps/-1.xml",
        "/sitemaps/1",
        "/sitemaps/999999.xml",
        "/sitemaps/99999999999999999999.xml",
    ] {
        assert_eq!(server.client().get(none).await.status, 404, "{none}");
    }
}

async fn parts_stay_what_they_are_when_more_goes_live(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve_with(&[], &[SITE]).await;
    let client = server.client();
    let desk = client.signed_in("press@example.org").await;
    let paths = parts(client, server.root()).await;
    let mut before = Vec::new();
    for path in &paths {
        before.push(pages(client, path).await);
    }
    let made = json!({"originalLocale": "en", "text": {"title": "Observers arrive"}});
    let draft = crate::press::done(&desk, "createRelease", made).await;
    crate::press::publish(&desk, &draft, "en").await;
    let mut new = BTreeSet::new();
    let after = parts(client, server.root()).await;
    assert_eq!(after[..paths.len() - 1], paths[..paths.len() - 1]);
    for (number, path) in after.iter().enumerate() {
        let is = pages(client, path).await;
        let was = before.get(number).cloned().unwrap_or_default();
        assert!(was.keys().all(|page| is.contains_key(page)));
        new.extend(is.into_keys().filter(|page| !was.contains_key(page)));
    }
    assert_eq!(
        new.into_iter().collect::<Vec<_>>(),
        ["https://news.example/en/observers-arrive"]
    );
}

async fn pages_without_a_language_in_their_address_are_one(kind: Kind) {
    let newsroom = newsroom_with_archive(kind);
    let site = ("NEWSROOM_RELEASE_URL", "https://news.example/{slug}");
    let server = newsroom.serve_with(&[], &[site]).await;
    let mut found = BTreeSet::new();
    for part in parts(server.client(), server.root()).await {
        for (page, others) in pages(server.client(), &part).await {
            assert!(others.is_empty());
            found.insert(page);
        }
    }
    let expected = ARCHIVE
        .public()
        .map(|release| format!("https://news.example/{}", release.slug));
    assert_eq!(found, expected.collect());
}

async fn the_list_says_when_a_part_changed_whatever_changed_in_it(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve_with(&[], &[SITE]).await;
    let client = server.client();
    let desk = client.signed_in("press@example.org").await;
    let changed = async || -> chrono::DateTime<chrono::Utc> {
        let index = Element::parse(&client.get("/sitemap.xml").await.text);
        index.one("sitemap").one("lastmod").text.parse().unwrap()
    };
    let first = changed().await;
    let release = published(&desk, "Observers arrive").await;
    let published_at = changed().await;
    assert!(published_at > first);
    let whole = |release: &Value| json!({"id": release["id"], "version": crate::press::version(release, "en")});
    let mut moved = whole(&release);
    moved["slug"] = json!("elsewhere");
    let draft = crate::press::done(&desk, "updateRelease", moved).await;
    let release = crate::press::publish(&desk, &draft, "en").await;
    let moved_at = changed().await;
    assert!(moved_at > published_at, "its page has another address");
    let mut removed = whole(&release);
    removed["reason"] = json!("By mistake.");
    crate::press::done(&desk, "removeRelease", removed).await;
    assert!(
        changed().await > moved_at,
        "it is gone, and the part is not older than it was"
    );
}

async fn a_part_in_very_many_languages_goes_on_in_another_file(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    let locales: Vec<String> = ('a'..='c')
        .flat_map(|a| ('a'..='z').map(move |b| format!("x{a}{b}")))
        .collect();
    // Published in one language first and in all others later, so that they are in one part.
    for languages in [1, locales.len()] {
        let line = |number: usize| {
            let texts = locales[..languages].iter();
            let texts: Value = texts.map(|locale| (locale.clone(), json!({"title": "T"}))).collect();
            let line = json!({"sourceId": format!("many-{number}"), "slug": format!("many-{number}"), "state": "live",
                "publishingDate": "2024-11-22", "originalLocale": locales[0], "translations": texts});
            format!("{line}\n")
        };
        let lines: String = (0..20).map(line).collect();
        let lines = newsroom.file("lines.jsonl", &lines);
        newsroom.run(&["import", &lines]).expect_success();
    }
    let server = newsroom.serve_with(&[], &[SITE]).await;
    let paths = parts(server.client(), server.root()).await;
    assert!(
        paths.starts_with(&["/sitemaps/1.xml".to_owned(), "/sitemaps/1-2.xml".to_owned()]),
        "{paths:?}"
    );
    let mut found = BTreeSet::new();
    for path in &paths {
        for (page, others) in pages(server.client(), path).await {
            assert!(!page.contains("/many-") || others.len() == locales.len());
            assert!(found.insert(page), "in two files");
        }
    }
    let many = found.iter().filter(|page| page.contains("/many-"));
    assert_eq!(many.count(), 20 * locales.len());
    for none in ["/sitemaps/1-1.xml", "/sitemaps/1-3.xml", "/sitemaps/1-0.xml"] {
        assert_eq!(server.client().get(none).await.status, 404, "{none}");
    }
}

async fn without_pages_there_is_no_sitemap(kind: Kind) {
    let newsroom = newsroom_with_seed(kind);
    newsroom.account("press@example.org", "publisher", &[]);
    let server = newsroom.serve().await;
    let desk = server.client().signed_in("press@example.org").await;
    published(&desk, "Observers arrive").await;
    for path in ["/sitemap.xml", "/sitemaps/1.xml"] {
        let answer = server.client().get(path).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.body["code"]),
            (404, &Value::from("NOT_FOUND"))
        );
        assert!(
            answer.text.contains("release_url"),
            "it says which setting: {}",
            answer.text
        );
    }
}
