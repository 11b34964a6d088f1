//! Atom (RFC 4287), with archives (RFC 5005) and what was removed (RFC 6721).
//!
//! Written element by element: `atom_syndication` writes instants with `+00:00`, where the newsroom has `Z` throughout, and has no
//! base for the links within an entry's content.

use std::io;

use super::{
    entry::{Entry, Feed, Gone, Links, urn},
    xml::Xml,
};

const ATOM: &str = "http://www.w3.org/2005/Atom";
const HISTORY: &str = "http://purl.org/syndication/history/1.0";
const TOMBSTONES: &str = "http://purl.org/atompub/tombstones/1.0";

/// Writes a feed.
pub(super) fn write(feed: &Feed) -> io::Result<Vec<u8>> {
    let mut xml = Xml::new()?;
    let language = feed.language.as_ref().map(|locale| ("xml:lang", locale.as_str()));
    let mut attributes = vec![("xmlns", ATOM), ("xmlns:fh", HISTORY), ("xmlns:at", TOMBSTONES)];
    attributes.extend(language);
    xml.open("feed", &attributes)?;
    xml.text("id", &[], &urn(feed.id))?;
    xml.text("title", &[], &feed.title)?;
    xml.text("subtitle", &[], &feed.description)?;
    xml.text("updated", &[], &feed.updated.to_string())?;
    xml.open("author", &[])?;
    xml.text("name", &[], &feed.author)?;
    xml.close("author")?;
    xml.text("generator", &[], "Newsroom")?;
    write_links(&mut xml, &feed.links, &feed.home)?;
    for gone in &feed.gone {
        write_gone(&mut xml, gone)?;
    }
    for entry in &feed.entries {
        write_entry(&mut xml, entry)?;
    }
    xml.close("feed")?;
    Ok(xml.finish())
}

fn write_links(xml: &mut Xml, links: &Links, home: &str) -> io::Result<()> {
    xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", home)])?;
    for (relation, address) in links.named() {
        let media_type = ("type", "application/atom+xml");
        xml.empty("link", &[("rel", relation), media_type, ("href", address)])?;
    }
    if links.current.is_some() {
        xml.empty("fh:archive", &[])?;
    }
    Ok(())
}

fn write_gone(xml: &mut Xml, gone: &Gone) -> io::Result<()> {
    let (id, at) = (urn(gone.id), gone.at.to_string());
    let attributes = [("ref", &*id), ("when", &*at)];
    let Some(reason) = &gone.reason else {
        return xml.empty("at:deleted-entry", &attributes);
    };
    xml.open("at:deleted-entry", &attributes)?;
    xml.text("at:comment", &[], reason)?;
    xml.close("at:deleted-entry")
}

fn write_entry(xml: &mut Xml, entry: &Entry) -> io::Result<()> {
    xml.open("entry", &[("xml:lang", entry.language.as_str())])?;
    xml.text("id", &[], &urn(entry.id))?;
    xml.text("title", &[], &entry.title)?;
    xml.text("published", &[], &entry.published.to_string())?;
    xml.text("updated", &[], &entry.updated.to_string())?;
    for author in &entry.authors {
        xml.open("author", &[])?;
        xml.text("name", &[], author)?;
        xml.close("author")?;
    }
    xml.empty("link", &[("rel", "alternate"), ("href", &entry.link)])?;
    for enclosure in &entry.enclosures {
        let length = enclosure.length.map(|length| length.to_string());
        let mut attributes = vec![
            ("rel", "enclosure"),
            ("href", &*enclosure.url),
            ("title", &*enclosure.title),
        ];
        attributes.extend(enclosure.media_type.as_deref().map(|media_type| ("type", media_type)));
        attributes.extend(length.as_deref().map(|length| ("length", length)));
        xml.empty("link", &attributes)?;
    }
    for category in &entry.categories {
        let term = ("term", &*category.term);
        let (scheme, label) = (("scheme", &*category.scheme), ("label", &*category.label));
        xml.empty("category", &[term, scheme, label])?;
    }
    if !entry.summary.is_empty() {
        xml.text("summary", &[], &entry.summary)?;
    }
    if let Some(content) = &entry.content {
        xml.text("content", &[("type", "html"), ("xml:base", &entry.link)], content)?;
    }
    xml.close("entry")
}
