//! RSS 2.0 (<https://www.rssboard.org/rss-specification>), with content, authors, archives (RFC 5005) and when an item was last
//! corrected, which RSS has no word for.
//!
//! Written element by element, since the crate `rss` writes titles as it likes: readers that know nothing of XML take them
//! for text only where they are spelt as the RSS Best Practices Profile asks for.

use std::io;

use newsroom_domain::Instant;

use super::{
    entry::{Enclosure, Entry, Feed, Links, paragraphs, urn},
    xml::Xml,
};

const NAMESPACES: [(&str, &str); 4] = [
    ("xmlns:atom", "http://www.w3.org/2005/Atom"),
    ("xmlns:content", "http://purl.org/rss/1.0/modules/content/"),
    ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
    ("xmlns:fh", "http://purl.org/syndication/history/1.0"),
];

/// Writes a feed.
pub(super) fn write(feed: &Feed) -> io::Result<Vec<u8>> {
    let mut xml = Xml::new()?;
    let mut attributes = vec![("version", "2.0")];
    attributes.extend(NAMESPACES);
    xml.open("rss", &attributes)?;
    xml.open("channel", &[])?;
    xml.plain("title", &feed.title)?;
    xml.text("link", &[], &feed.home)?;
    xml.plain("description", &feed.description)?;
    if let Some(locale) = &feed.language {
        xml.text("language", &[], locale.as_str())?;
    }
    xml.text("lastBuildDate", &[], &date(feed.updated))?;
    xml.text("generator", &[], "Newsroom")?;
    xml.text("docs", &[], "https://www.rssboard.org/rss-specification")?;
    write_links(&mut xml, &feed.links)?;
    for entry in &feed.entries {
        write_item(&mut xml, entry)?;
    }
    xml.close("channel")?;
    xml.close("rss")?;
    Ok(xml.finish())
}

fn write_links(xml: &mut Xml, links: &Links) -> io::Result<()> {
    for (relation, address) in links.named() {
        let media_type = ("type", "application/rss+xml");
        xml.empty("atom:link", &[("rel", relation), media_type, ("href", address)])?;
    }
    if links.current.is_some() {
        xml.empty("fh:archive", &[])?;
    }
    Ok(())
}

fn write_item(xml: &mut Xml, entry: &Entry) -> io::Result<()> {
    xml.open("item", &[])?;
    xml.plain("title", &entry.title)?;
    xml.text("link", &[], &entry.link)?;
    // The one text of RSS that is HTML.
    xml.text("description", &[], &paragraphs(&entry.summary))?;
    for author in &entry.authors {
        xml.plain("dc:creator", author)?;
    }
    for category in &entry.categories {
        xml.text("category", &[("domain", &category.scheme)], &category.label)?;
    }
    // RSS has one enclosure an item; the others are in the other formats.
    if let Some(enclosure) = entry.enclosures.first() {
        write_enclosure(xml, enclosure)?;
    }
    xml.text("guid", &[("isPermaLink", "false")], &urn(entry.id))?;
    xml.text("pubDate", &[], &date(entry.published))?;
    xml.text("atom:updated", &[], &entry.updated.to_string())?;
    xml.text("dc:language", &[], entry.language.as_str())?;
    if let Some(content) = &entry.content {
        xml.text("content:encoded", &[], content)?;
    }
    xml.close("item")
}

fn write_enclosure(xml: &mut Xml, enclosure: &Enclosure) -> io::Result<()> {
    // It must say something, and this is what publishers say who do not know.
    let length = enclosure.length.unwrap_or(0).to_string();
    let media_type = enclosure.media_type.as_deref().unwrap_or(UNKNOWN);
    let attributes = [("url", &*enclosure.url), ("length", &*length), ("type", media_type)];
    xml.empty("enclosure", &attributes)
}

/// What is said of a file of which nobody said of what type it is (RFC 2046, section 4.5.1).
pub(super) const UNKNOWN: &str = "application/octet-stream";

/// RFC 822, with the four digits of a year that RSS asks for.
fn date(at: Instant) -> String {
    at.to_datetime().format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
