//! RSS 2.0 (<https://www.rssboard.org/rss-specification>), with content, authors, archives (RFC 5005) and when an item was last
//! corrected, which RSS has no word for.

use std::{collections::BTreeMap, io};

use newsroom_domain::Instant;
use rss::{
    Category, Channel, Enclosure, Guid, Item,
    extension::{Extension, ExtensionMap, dublincore::DublinCoreExtension},
};

use super::entry::{Entry, Feed, Links, urn};

const NAMESPACES: [(&str, &str); 4] = [
    ("atom", "http://www.w3.org/2005/Atom"),
    ("content", "http://purl.org/rss/1.0/modules/content/"),
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("fh", "http://purl.org/syndication/history/1.0"),
];

/// Writes a feed.
pub(super) fn write(feed: &Feed) -> io::Result<Vec<u8>> {
    let namespaces = NAMESPACES.map(|(prefix, name)| (prefix.to_owned(), name.to_owned()));
    let channel = Channel {
        title: feed.title.clone(),
        link: feed.home.clone(),
        description: feed.description.clone(),
        language: feed.language.as_ref().map(ToString::to_string),
        last_build_date: Some(date(feed.updated)),
        generator: Some("Newsroom".to_owned()),
        docs: Some("https://www.rssboard.org/rss-specification".to_owned()),
        items: feed.entries.iter().map(item).collect(),
        extensions: history(&feed.links),
        namespaces: namespaces.into(),
        ..Channel::default()
    };
    channel.write_to(Vec::new()).map_err(io::Error::other)
}

fn item(entry: &Entry) -> Item {
    // RSS has one enclosure an item; the others are in the text of the other formats.
    let enclosure = entry.enclosures.first().map(|enclosure| Enclosure {
        url: enclosure.url.clone(),
        // It must say something, and this is what publishers say who do not know.
        length: enclosure.length.unwrap_or(0).to_string(),
        mime_type: enclosure.media_type.clone().unwrap_or_else(|| UNKNOWN.to_owned()),
    });
    let category = |category: &super::entry::Category| Category {
        name: category.label.clone(),
        domain: Some(category.scheme.clone()),
    };
    Item {
        title: Some(entry.title.clone()),
        link: Some(entry.link.clone()),
        description: Some(entry.summary.clone()),
        categories: entry.categories.iter().map(category).collect(),
        enclosure,
        guid: Some(Guid {
            value: urn(entry.id),
            permalink: false,
        }),
        pub_date: Some(date(entry.published)),
        content: entry.content.clone(),
        extensions: extensions([extension("atom", "updated", &[], Some(&entry.updated.to_string()))]),
        dublin_core_ext: Some(DublinCoreExtension {
            creators: entry.authors.clone(),
            languages: vec![entry.language.to_string()],
            ..DublinCoreExtension::default()
        }),
        ..Item::default()
    }
}

/// What is said of a file of which nobody said of what type it is (RFC 2046, section 4.5.1).
pub(super) const UNKNOWN: &str = "application/octet-stream";

/// RFC 822, with the four digits of a year that RSS asks for.
fn date(at: Instant) -> String {
    at.to_datetime().format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn history(links: &Links) -> ExtensionMap {
    let named = links.named().map(|(relation, address)| {
        let attributes = [("rel", relation), ("type", "application/rss+xml"), ("href", address)];
        extension("atom", "link", &attributes, None)
    });
    let archive = links.current.as_ref().map(|_| extension("fh", "archive", &[], None));
    extensions(named.chain(archive))
}

/// An element of another vocabulary, with its prefix and its name within that.
fn extension(
    prefix: &'static str,
    name: &'static str,
    attributes: &[(&str, &str)],
    value: Option<&str>,
) -> (&'static str, &'static str, Extension) {
    let attributes = attributes.iter();
    let element = Extension {
        name: format!("{prefix}:{name}"),
        value: value.map(str::to_owned),
        attrs: attributes
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        children: BTreeMap::new(),
    };
    (prefix, name, element)
}

fn extensions(elements: impl IntoIterator<Item = (&'static str, &'static str, Extension)>) -> ExtensionMap {
    let mut map = ExtensionMap::new();
    for (prefix, name, element) in elements {
        let of_prefix = map.entry(prefix.to_owned()).or_default();
        of_prefix.entry(name.to_owned()).or_default().push(element);
    }
    map
}
