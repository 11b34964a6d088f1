//! A reader of feeds that is strict: the rules of the W3C's feed validator that apply (RFC 4287, RFC 5005, RFC 6721, the RSS
//! specification, JSON Feed 1.1), and beside it `feed-rs`, which has to find the same.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use newsroom_tests::{Answer, Client};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;

/// An element of an XML document.
#[derive(Debug, Default, Clone)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    /// Reads a document, which must be well-formed and have no character that XML 1.0 forbids.
    pub(crate) fn parse(document: &str) -> Self {
        assert!(document.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>"));
        let is_allowed =
            |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
        assert!(document.chars().all(is_allowed), "a forbidden character");
        let mut reader = Reader::from_str(document);
        reader.config_mut().check_end_names = true;
        let mut open = vec![Self::default()];
        loop {
            match reader
                .read_event()
                .unwrap_or_else(|error| panic!("{error}\n{document}"))
            {
                Event::Start(start) => open.push(Self::begun(&start)),
                Event::Empty(start) => open.last_mut().unwrap().children.push(Self::begun(&start)),
                Event::End(_) => {
                    let closed = open.pop().unwrap();
                    open.last_mut().unwrap().children.push(closed);
                }
                Event::Text(text) => open.last_mut().unwrap().text += &text.decode().unwrap(),
                Event::CData(text) => open.last_mut().unwrap().text += &text.decode().unwrap(),
                Event::GeneralRef(name) => {
                    let character = name.resolve_char_ref().unwrap();
                    let character = character.unwrap_or_else(|| match &*name.decode().unwrap() {
                        "lt" => '<',
                        "gt" => '>',
                        "amp" => '&',
                        "quot" => '"',
                        "apos" => '\'',
                        other => panic!("&{other}; is not declared"),
                    });
                    open.last_mut().unwrap().text.push(character);
                }
                Event::Eof => break,
                _ => {}
            }
        }
        let mut document = open.pop().unwrap();
        assert!(
            open.is_empty() && document.children.len() == 1,
            "one root, which is closed"
        );
        document.children.pop().unwrap()
    }

    fn begun(start: &BytesStart<'_>) -> Self {
        let text = |bytes: &[u8]| std::str::from_utf8(bytes).unwrap().to_owned();
        let mut attributes = BTreeMap::new();
        for attribute in start.attributes() {
            let attribute = attribute.unwrap();
            let value = attribute.normalized_value(quick_xml::XmlVersion::Explicit1_0).unwrap();
            attributes.insert(text(attribute.key.as_ref()), value.into_owned());
        }
        Self {
            name: text(start.name().as_ref()),
            attributes,
            ..Self::default()
        }
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The only child of that name.
    pub(crate) fn one<'a>(&'a self, name: &'a str) -> &'a Self {
        self.at_most_one(name)
            .unwrap_or_else(|| panic!("no {name} in {}", self.name))
    }

    pub(crate) fn at_most_one<'a>(&'a self, name: &'a str) -> Option<&'a Self> {
        let mut found = self.all(name);
        let first = found.next();
        assert!(found.next().is_none(), "more than one {name} in {}", self.name);
        first
    }

    pub(crate) fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    fn texts(&self, name: &str) -> Vec<String> {
        self.all(name).map(|child| child.text.clone()).collect()
    }
}

/// What a document of a feed says, whatever its format.
#[derive(Debug, Clone, Default)]
pub(crate) struct Document {
    pub(crate) title: String,
    pub(crate) language: String,
    pub(crate) entries: Vec<Entry>,
    /// Addresses by their link relations.
    pub(crate) links: BTreeMap<String, String>,
    pub(crate) is_archive: bool,
    /// The ids of what is gone, each with the reason, where one is given.
    pub(crate) gone: BTreeMap<String, String>,
    pub(crate) updated: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) link: String,
    pub(crate) language: String,
    pub(crate) summary: String,
    pub(crate) content: Option<String>,
    pub(crate) published: DateTime<Utc>,
    pub(crate) updated: Option<DateTime<Utc>>,
    pub(crate) authors: Vec<String>,
    /// Labels, each with its scheme.
    pub(crate) categories: Vec<(String, String)>,
    /// Addresses of what is attached, each with the media type and the length.
    pub(crate) enclosures: Vec<(String, String, String)>,
}

impl Document {
    pub(crate) fn ids(&self) -> Vec<String> {
        self.entries.iter().map(|entry| entry.id.clone()).collect()
    }

    pub(crate) fn titles(&self) -> Vec<&str> {
        self.entries.iter().map(|entry| &*entry.title).collect()
    }

    /// The entry of that title, marked or not.
    pub(crate) fn entry(&self, title: &str) -> &Entry {
        let found = self.entries.iter().find(|entry| entry.title.ends_with(title));
        found.unwrap_or_else(|| panic!("{title} is not in {:?}", self.titles()))
    }

    /// The path of a link.
    pub(crate) fn link(&self, relation: &str) -> Option<&str> {
        let address = self.links.get(relation)?;
        let at = address.match_indices('/').nth(2).map_or(0, |(at, _)| at);
        Some(&address[at..])
    }
}

/// Gets a document of a feed, which must keep all rules.
pub(crate) async fn feed(client: &Client, path: &str) -> Document {
    let answer = client.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    let document = checked(&answer);
    assert_eq!(document.link("self"), Some(path), "a feed says where it is");
    document
}

/// Reads a document of a feed, which must keep all rules.
pub(crate) fn checked(answer: &Answer) -> Document {
    let document = match answer.header("content-type") {
        "application/atom+xml; charset=utf-8" => atom(&Element::parse(&answer.text)),
        "application/rss+xml; charset=utf-8" => rss(&Element::parse(&answer.text)),
        "application/feed+json; charset=utf-8" => json(&answer.body),
        other => panic!("{other} is the media type of no feed"),
    };
    let ids: BTreeSet<_> = document.ids().into_iter().collect();
    assert_eq!(ids.len(), document.entries.len(), "each entry has an id of its own");
    for entry in &document.entries {
        urn(&entry.id);
        absolute(&entry.link);
        assert!(!entry.title.trim().is_empty());
        assert!(!document.gone.contains_key(&entry.id), "there and gone: {entry:?}");
        for (_, scheme) in &entry.categories {
            absolute(scheme);
        }
        for (address, ..) in &entry.enclosures {
            absolute(address);
        }
    }
    document.gone.keys().for_each(|id| urn(id));
    document.links.values().for_each(|address| absolute(address));
    assert!(document.links.contains_key("self"));
    as_feed_rs_has_it(answer, &document);
    document
}

/// `feed-rs` finds the same entries.
fn as_feed_rs_has_it(answer: &Answer, document: &Document) {
    let feed = feed_rs::parser::parse(answer.text.as_bytes()).unwrap_or_else(|error| panic!("{error:?}"));
    let titled = feed.title.map(|title| title.content);
    assert_eq!(titled.as_deref().map(str::trim), Some(document.title.trim()));
    let found: Vec<_> = feed
        .entries
        .iter()
        .map(|entry| (entry.id.clone(), entry.published))
        .collect();
    let entries = document.entries.iter();
    let expected: Vec<_> = entries.map(|entry| (entry.id.clone(), Some(entry.published))).collect();
    assert_eq!(found, expected);
    for (found, entry) in feed.entries.iter().zip(&document.entries) {
        assert!(found.links.iter().any(|link| link.href == entry.link), "{found:?}");
        let has_content = found.content.as_ref().is_some_and(|content| content.body.is_some());
        let has_text = entry.content.as_ref().is_some_and(|content| !content.is_empty());
        assert!(has_content || !has_text, "{found:?}");
    }
}

fn urn(id: &str) {
    let uuid = id.strip_prefix("urn:uuid:").unwrap_or_else(|| panic!("{id}"));
    let is_uuid = uuid.len() == 36
        && uuid
            .bytes()
            .all(|byte| matches!(byte, b'-' | b'0'..=b'9' | b'a'..=b'f'));
    assert!(is_uuid, "{id}");
}

fn absolute(address: &str) {
    assert!(
        reqwest::Url::parse(address).is_ok_and(|url| url.has_host()),
        "{address}"
    );
}

/// RFC 3339 in UTC, as the newsroom writes it.
fn instant(text: &str) -> DateTime<Utc> {
    assert!(text.ends_with('Z'), "{text}");
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

/// RFC 822 with a year of four digits.
fn date(text: &str) -> DateTime<Utc> {
    assert!(text.ends_with(" GMT"), "{text}");
    DateTime::parse_from_rfc2822(text)
        .unwrap_or_else(|error| panic!("{text}: {error}"))
        .to_utc()
}

fn links<'a>(links: impl Iterator<Item = &'a Element>) -> BTreeMap<String, String> {
    let mut by_relation = BTreeMap::new();
    for link in links {
        let relation = link.attribute("rel").to_owned();
        let before = by_relation.insert(relation, link.attribute("href").to_owned());
        assert_eq!(before, None, "two links of one relation: {link:?}");
    }
    by_relation
}

fn atom(root: &Element) -> Document {
    assert_eq!(
        (root.name.as_str(), root.attribute("xmlns")),
        ("feed", "http://www.w3.org/2005/Atom")
    );
    let known = [
        "id",
        "title",
        "subtitle",
        "updated",
        "author",
        "generator",
        "link",
        "fh:archive",
        "at:deleted-entry",
        "entry",
    ];
    assert!(root.children.iter().all(|child| known.contains(&&*child.name)));
    urn(&root.one("id").text);
    assert!(!root.one("author").one("name").text.is_empty());
    let mut gone = BTreeMap::new();
    for deleted in root.all("at:deleted-entry") {
        instant(deleted.attribute("when"));
        let comment = deleted.at_most_one("at:comment");
        let why = comment.map(|comment| comment.text.clone()).unwrap_or_default();
        gone.insert(deleted.attribute("ref").to_owned(), why);
    }
    Document {
        title: root.one("title").text.clone(),
        language: root.attribute("xml:lang").to_owned(),
        entries: root.all("entry").map(atom_entry).collect(),
        links: links(root.all("link")),
        is_archive: root.at_most_one("fh:archive").is_some(),
        gone,
        updated: Some(instant(&root.one("updated").text)),
    }
}

fn atom_entry(entry: &Element) -> Entry {
    let of_relation = |relation: &'static str| entry.all("link").filter(move |link| link.attribute("rel") == relation);
    let enclosures = of_relation("enclosure").map(|link| {
        let attribute = |name: &str| link.attribute(name).to_owned();
        (attribute("href"), attribute("type"), attribute("length"))
    });
    let categories = entry.all("category").map(|category| {
        assert!(!category.attribute("term").is_empty());
        (
            category.attribute("label").to_owned(),
            category.attribute("scheme").to_owned(),
        )
    });
    let content = entry.at_most_one("content");
    assert!(content.is_none_or(|content| content.attribute("type") == "html" && content.children.is_empty()));
    let alternate: Vec<_> = of_relation("alternate").collect();
    assert_eq!(alternate.len(), 1, "of one type and language there is one");
    Entry {
        id: entry.one("id").text.clone(),
        title: entry.one("title").text.clone(),
        link: alternate[0].attribute("href").to_owned(),
        language: entry.attribute("xml:lang").to_owned(),
        summary: entry
            .at_most_one("summary")
            .map(|summary| summary.text.clone())
            .unwrap_or_default(),
        content: content.map(|content| content.text.clone()),
        published: instant(&entry.one("published").text),
        updated: Some(instant(&entry.one("updated").text)),
        authors: entry
            .all("author")
            .map(|author| author.one("name").text.clone())
            .collect(),
        categories: categories.collect(),
        enclosures: enclosures.collect(),
    }
}

fn rss(root: &Element) -> Document {
    assert_eq!((root.name.as_str(), root.attribute("version")), ("rss", "2.0"));
    for (prefix, name) in [
        ("atom", "http://www.w3.org/2005/Atom"),
        ("dc", "http://purl.org/dc/elements/1.1/"),
        ("content", "http://purl.org/rss/1.0/modules/content/"),
        ("fh", "http://purl.org/syndication/history/1.0"),
    ] {
        assert_eq!(root.attribute(&format!("xmlns:{prefix}")), name);
    }
    let channel = root.one("channel");
    absolute(&channel.one("link").text);
    assert!(!channel.one("description").text.is_empty());
    Document {
        title: channel.one("title").text.clone(),
        language: channel
            .at_most_one("language")
            .map(|language| language.text.clone())
            .unwrap_or_default(),
        entries: channel.all("item").map(rss_item).collect(),
        links: links(channel.all("atom:link")),
        is_archive: channel.at_most_one("fh:archive").is_some(),
        gone: BTreeMap::new(),
        updated: Some(date(&channel.one("lastBuildDate").text)),
    }
}

/// The text of paragraphs in HTML, which have no other markup.
fn plain(html: &str) -> String {
    if html.is_empty() {
        return String::new();
    }
    let inner = html.strip_prefix("<p>").and_then(|html| html.strip_suffix("</p>"));
    let inner = inner.unwrap_or_else(|| panic!("no paragraphs: {html}"));
    let text = inner.replace("</p>\n<p>", "\n\n").replace("<br>\n", "\n");
    assert!(!text.contains(['<', '>']), "markup: {html}");
    quick_xml::escape::unescape(&text).unwrap().into_owned()
}

fn rss_item(item: &Element) -> Entry {
    let guid = item.one("guid");
    assert_eq!(guid.attribute("isPermaLink"), "false");
    let categories = item
        .all("category")
        .map(|category| (category.text.clone(), category.attribute("domain").to_owned()));
    let enclosure = item.at_most_one("enclosure").map(|enclosure| {
        let attribute = |name: &str| enclosure.attribute(name).to_owned();
        assert!(
            attribute("length").parse::<u64>().is_ok() && attribute("type").contains('/'),
            "{enclosure:?}"
        );
        (attribute("url"), attribute("type"), attribute("length"))
    });
    Entry {
        id: guid.text.clone(),
        title: item.one("title").text.clone(),
        link: item.one("link").text.clone(),
        language: item.one("dc:language").text.clone(),
        summary: plain(&item.one("description").text),
        content: item.at_most_one("content:encoded").map(|content| content.text.clone()),
        published: date(&item.one("pubDate").text),
        updated: Some(instant(&item.one("atom:updated").text)),
        authors: item.texts("dc:creator"),
        categories: categories.collect(),
        enclosures: enclosure.into_iter().collect(),
    }
}

fn json(root: &Value) -> Document {
    assert_eq!(root["version"], "https://jsonfeed.org/version/1.1");
    let text = |of: &Value| of.as_str().map(str::to_owned);
    absolute(root["home_page_url"].as_str().unwrap());
    assert_ne!(root["next_url"], root["feed_url"]);
    let about = &root["_newsroom"];
    let pairs = [
        ("self", &root["feed_url"]),
        ("current", &about["current"]),
        ("prev-archive", &about["previousArchive"]),
        ("next-archive", &about["nextArchive"]),
    ];
    assert_eq!(root["next_url"], about["previousArchive"]);
    let removed = about["removed"].as_array().unwrap().iter();
    Document {
        title: text(&root["title"]).unwrap(),
        language: text(&root["language"]).unwrap_or_default(),
        entries: root["items"].as_array().unwrap().iter().map(json_item).collect(),
        links: pairs
            .into_iter()
            .filter_map(|(relation, address)| Some((relation.to_owned(), text(address)?)))
            .collect(),
        is_archive: about["isArchive"].as_bool().unwrap(),
        gone: removed
            .map(|removed| {
                instant(removed["at"].as_str().unwrap());
                (
                    text(&removed["id"]).unwrap(),
                    text(&removed["reason"]).unwrap_or_default(),
                )
            })
            .collect(),
        updated: None,
    }
}

fn json_item(item: &Value) -> Entry {
    let text = |of: &Value| of.as_str().map(str::to_owned);
    assert!(
        item["content_html"].is_string() != item["content_text"].is_string(),
        "{item}"
    );
    let list = |name: &str| item[name].as_array().cloned().unwrap_or_default();
    let categories = item["_newsroom"]["categories"].as_array().cloned().unwrap_or_default();
    let labels: Vec<_> = categories.iter().map(|category| category["label"].clone()).collect();
    assert_eq!(labels, list("tags"));
    let enclosures = list("attachments").into_iter().map(|attached| {
        let size = &attached["size_in_bytes"];
        let size = if size.is_null() {
            String::new()
        } else {
            size.as_u64().unwrap().to_string()
        };
        (
            text(&attached["url"]).unwrap(),
            text(&attached["mime_type"]).unwrap(),
            size,
        )
    });
    Entry {
        id: text(&item["id"]).unwrap(),
        title: text(&item["title"]).unwrap(),
        link: text(&item["url"]).unwrap(),
        language: text(&item["language"]).unwrap(),
        summary: text(&item["summary"]).unwrap_or_default(),
        content: text(&item["content_html"]),
        published: instant(item["date_published"].as_str().unwrap()),
        updated: Some(instant(item["date_modified"].as_str().unwrap())),
        authors: list("authors")
            .iter()
            .map(|author| text(&author["name"]).unwrap())
            .collect(),
        categories: categories
            .iter()
            .map(|category| (text(&category["label"]).unwrap(), text(&category["scheme"]).unwrap()))
            .collect(),
        enclosures: enclosures.collect(),
    }
}
