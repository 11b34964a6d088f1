//! What stands in feeds: texts of every sort, links in them, and what is attached.

use newsroom_tests::{Kind, Newsroom, on_both};
use serde_json::json;

use crate::feed_rules::feed;
use crate::feeds::{FORMATS, SITE, with_press};
use crate::press::published;

on_both!(
    hostile_texts_come_through_whole_or_not_at_all,
    links_in_bodies_lead_where_they_do_on_the_page,
    a_summary_without_a_lead_is_the_title,
    attachments_are_enclosures,
);

async fn hostile_texts_come_through_whole_or_not_at_all(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let title = "]]> <b>&amp; \"quotes\" 'and' </title> \u{202e}rtl\u{202c} عربي 📰 \u{fffe}";
    let lead = "a]]>b <![CDATA[ c &lt; \u{ffff}d, a<b and <img src=x onerror=alert(1)> &amp; AT&T\n\nA second paragraph\nof two lines";
    let line = json!({"sourceId": "1", "slug": "hostile", "state": "live", "publishingDate": "1994-02-01",
        "translations": {"en": {"title": title, "lead": lead, "body": {"format": "MARKDOWN", "text": "]]> <https://a.example/?a=1&b=2> `</content>` \u{fffe}"}}}});
    let lines = newsroom.file("lines.jsonl", &format!("{line}\n"));
    newsroom.run(&["import", &lines]).expect_success();
    let server = newsroom.serve_with(&[], &[SITE]).await;
    for format in FORMATS {
        let document = feed(server.client(), &format!("/feeds/releases.{format}")).await;
        let entry = &document.entries[0];
        let said = |text: &str| text.replace(['\u{fffe}', '\u{ffff}'], "");
        assert_eq!(entry.title.trim(), said(title).trim(), "{format}");
        assert_eq!(entry.summary, said(lead), "{format}");
        let content = entry.content.as_deref().unwrap();
        assert!(content.contains("a]]&gt;b &lt;![CDATA[ c &amp;lt; d"), "{content}");
        assert!(content.contains("&lt;/content&gt;"), "{content}");
        assert_eq!(entry.published.to_rfc3339(), "1994-01-31T23:00:00+00:00");
        assert!(
            content.contains("<p>A second paragraph<br>\nof two lines</p>"),
            "{content}"
        );
    }
    // What RSS has in a description is HTML, and a title is text that many take for it.
    let rss = server.client().get("/feeds/releases.rss").await.text;
    assert!(rss.contains("&lt;p&gt;a]]&amp;gt;b &amp;lt;![CDATA["), "{rss}");
    assert!(rss.contains("<title>]]&#x3E; &#x3C;b&#x3E;&#x26;amp; "), "{rss}");
}

async fn links_in_bodies_lead_where_they_do_on_the_page(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let body = "<h2 id=\"r\">R</h2><p><a href=\"/page\">a</a> <img src=\"img/a.png\"> <a href=\"//h.example/x\">b</a> <a href=\"#r\">c</a></p>";
    let line = json!({"sourceId": "1", "slug": "linked", "state": "live", "publishingDate": "2024-11-22",
        "translations": {"en": {"title": "Linked", "body": {"format": "HTML", "text": body}}}});
    let lines = newsroom.file("lines.jsonl", &format!("{line}\n"));
    newsroom.run(&["import", &lines]).expect_success();
    let server = newsroom.serve_with(&[], &[SITE]).await;
    for format in FORMATS {
        let document = feed(server.client(), &format!("/feeds/releases.{format}")).await;
        let content = document.entries[0].content.clone().unwrap();
        for expected in [
            "href=\"https://news.example/page\"",
            "src=\"https://news.example/en/img/a.png\"",
            "href=\"https://h.example/x\"",
            "href=\"https://news.example/en/linked#user-content-r\"",
            "id=\"user-content-r\"",
        ] {
            assert!(content.contains(expected), "{format}: {expected} is not in {content}");
        }
    }
}

async fn a_summary_without_a_lead_is_the_title(kind: Kind) {
    let (_newsroom, server, desk) = with_press(kind).await;
    published(&desk, "Observers arrive").await;
    for format in FORMATS {
        let document = feed(server.client(), &format!("/feeds/releases.{format}?content=summary")).await;
        assert_eq!(document.entry("arrive").summary, "Observers arrive", "{format}");
    }
}

async fn attachments_are_enclosures(kind: Kind) {
    let newsroom = Newsroom::empty(kind);
    let line = json!({"sourceId": "1", "slug": "with-files", "state": "live", "publishingDate": "2024-11-22",
        "attachments": [{"url": "https://files.example/a.pdf?x=1&y=2", "mediaType": "application/pdf", "length": 12345, "title": "The report"},
                        {"url": "https://files.example/b", "title": "Another"}],
        "translations": {"en": {"title": "With files"}}});
    let lines = newsroom.file("lines.jsonl", &format!("{line}\n"));
    newsroom.run(&["import", &lines]).expect_success();
    let server = newsroom.serve().await;
    let pdf = |length: &str| {
        (
            "https://files.example/a.pdf?x=1&y=2".to_owned(),
            "application/pdf".to_owned(),
            length.to_owned(),
        )
    };
    let other = |of_type: &str| ("https://files.example/b".to_owned(), of_type.to_owned(), String::new());
    let enclosures = async |format: &str| {
        let document = feed(server.client(), &format!("/feeds/releases.{format}")).await;
        document.entries[0].enclosures.clone()
    };
    assert_eq!(enclosures("atom").await, [pdf("12345"), other("")]);
    assert_eq!(enclosures("rss").await, [pdf("12345")]);
    assert_eq!(
        enclosures("json").await,
        [pdf("12345"), other("application/octet-stream")]
    );
    // Where nobody says where releases are read, they are read here.
    let document = feed(server.client(), "/feeds/releases.atom").await;
    assert!(
        document.entries[0]
            .link
            .starts_with(&format!("{}/v1/releases/", server.root()))
    );
}
