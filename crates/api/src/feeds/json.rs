//! JSON Feed 1.1 (<https://www.jsonfeed.org/version/1.1/>). What it has no word for is under `_newsroom`.

use std::io;

use newsroom_domain::Locale;
use serde::Serialize;

use super::{
    entry::{Category, Enclosure, Entry, Feed, urn},
    rss::UNKNOWN,
};

#[derive(Serialize)]
struct Document<'a> {
    version: &'static str,
    title: &'a str,
    description: &'a str,
    home_page_url: &'a str,
    feed_url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    authors: Vec<Author<'a>>,
    items: Vec<Item<'a>>,
    #[serde(rename = "_newsroom")]
    newsroom: AboutFeed<'a>,
}

#[derive(Serialize)]
struct Author<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Item<'a> {
    id: String,
    url: &'a str,
    title: &'a str,
    // One of the two must be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    content_html: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_text: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    summary: &'a str,
    date_published: String,
    date_modified: String,
    language: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<Author<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment<'a>>,
    #[serde(rename = "_newsroom")]
    newsroom: AboutItem<'a>,
}

#[derive(Serialize)]
struct Attachment<'a> {
    url: &'a str,
    mime_type: &'a str,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_in_bytes: Option<i64>,
}

/// What the newsroom says of a document. An extension has an `about` that leads to its description.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AboutFeed<'a> {
    about: &'static str,
    id: String,
    is_archive: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_archive: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_archive: Option<&'a str>,
    removed: Vec<Removed<'a>>,
}

#[derive(Serialize)]
struct Removed<'a> {
    id: String,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AboutItem<'a> {
    release: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    withdrawal: Option<Withdrawal<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    corrections: Vec<Correction<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    categories: Vec<Filed<'a>>,
}

#[derive(Serialize)]
struct Withdrawal<'a> {
    at: String,
    notice: Option<&'a str>,
}

#[derive(Serialize)]
struct Correction<'a> {
    at: String,
    note: &'a str,
}

#[derive(Serialize)]
struct Filed<'a> {
    scheme: &'a str,
    term: &'a str,
    label: &'a str,
}

/// What `_newsroom` is: a name, since the description is a page of the operator's own.
const ABOUT: &str = "urn:newsroom:feeds";

/// Writes a feed.
pub(super) fn write(feed: &Feed) -> io::Result<Vec<u8>> {
    let removed = feed.gone.iter().map(|gone| Removed {
        id: urn(gone.id),
        at: gone.at.to_string(),
        reason: gone.reason.as_deref(),
    });
    let links = &feed.links;
    let document = Document {
        version: "https://jsonfeed.org/version/1.1",
        title: &feed.title,
        description: &feed.description,
        home_page_url: &feed.home,
        feed_url: &links.own,
        next_url: links.previous_archive.as_deref(),
        language: feed.language.as_ref().map(Locale::as_str),
        authors: vec![Author { name: &feed.author }],
        items: feed.entries.iter().map(item).collect(),
        newsroom: AboutFeed {
            about: ABOUT,
            id: urn(feed.id),
            is_archive: links.current.is_some(),
            current: links.current.as_deref(),
            previous_archive: links.previous_archive.as_deref(),
            next_archive: links.next_archive.as_deref(),
            removed: removed.collect(),
        },
    };
    serde_json::to_vec(&document).map_err(io::Error::other)
}

fn item(entry: &Entry) -> Item<'_> {
    Item {
        id: urn(entry.id),
        url: &entry.link,
        title: &entry.title,
        content_html: entry.content.as_deref(),
        content_text: entry.content.is_none().then_some(&*entry.summary),
        summary: &entry.summary,
        date_published: entry.published.to_string(),
        date_modified: entry.updated.to_string(),
        language: entry.language.as_str(),
        authors: entry.authors.iter().map(|name| Author { name }).collect(),
        tags: entry.categories.iter().map(|category| &*category.label).collect(),
        attachments: entry.enclosures.iter().map(attachment).collect(),
        newsroom: AboutItem {
            release: entry.release.to_string(),
            withdrawal: entry.withdrawal.as_ref().map(|withdrawal| Withdrawal {
                at: withdrawal.at.to_string(),
                notice: withdrawal.notice.as_deref(),
            }),
            corrections: entry
                .corrections
                .iter()
                .map(|(at, note)| Correction {
                    at: at.to_string(),
                    note,
                })
                .collect(),
            categories: entry.categories.iter().map(filed).collect(),
        },
    }
}

fn attachment(enclosure: &Enclosure) -> Attachment<'_> {
    Attachment {
        url: &enclosure.url,
        mime_type: enclosure.media_type.as_deref().unwrap_or(UNKNOWN),
        title: &enclosure.title,
        size_in_bytes: enclosure.length,
    }
}

fn filed(category: &Category) -> Filed<'_> {
    Filed {
        scheme: &category.scheme,
        term: &category.term,
        label: &category.label,
    }
}
