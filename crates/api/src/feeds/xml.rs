//! Writing XML 1.0: what it may hold, and elements one by one.

use std::io;

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
};

/// A text without the characters that XML 1.0 forbids, however they are escaped (section 2.2, `Char`).
pub(super) fn clean(text: &str) -> String {
    let is_allowed = |character: &char| matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().filter(is_allowed).collect()
}

/// A document in the making.
pub(super) struct Xml(Writer<Vec<u8>>);

type Attributes<'a> = &'a [(&'a str, &'a str)];

impl Xml {
    pub(super) fn new() -> io::Result<Self> {
        let mut writer = Writer::new(Vec::new());
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
        Ok(Self(writer))
    }

    /// Begins an element.
    pub(super) fn open(&mut self, name: &str, attributes: Attributes<'_>) -> io::Result<()> {
        self.0.write_event(Event::Start(start(name, attributes)))
    }

    /// Ends it.
    pub(super) fn close(&mut self, name: &str) -> io::Result<()> {
        self.0.write_event(Event::End(BytesEnd::new(name)))
    }

    /// An element without content.
    pub(super) fn empty(&mut self, name: &str, attributes: Attributes<'_>) -> io::Result<()> {
        self.0.write_event(Event::Empty(start(name, attributes)))
    }

    /// An element that has a text.
    pub(super) fn text(&mut self, name: &str, attributes: Attributes<'_>, text: &str) -> io::Result<()> {
        self.open(name, attributes)?;
        self.0.write_event(Event::Text(BytesText::new(text)))?;
        self.close(name)
    }

    /// An element whose text many take for HTML, although it is none: spelt so that they read it right
    /// (<https://www.rssboard.org/rss-profile#data-types-characterdata>).
    pub(super) fn plain(&mut self, name: &str, text: &str) -> io::Result<()> {
        let mut spelt = String::with_capacity(text.len());
        for character in text.chars() {
            match character {
                '&' => spelt.push_str("&#x26;"),
                '<' => spelt.push_str("&#x3C;"),
                '>' => spelt.push_str("&#x3E;"),
                other => spelt.push(other),
            }
        }
        self.open(name, &[])?;
        self.0.write_event(Event::Text(BytesText::from_escaped(spelt)))?;
        self.close(name)
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0.into_inner()
    }
}

fn start<'a>(name: &'a str, attributes: Attributes<'a>) -> BytesStart<'a> {
    BytesStart::new(name).with_attributes(attributes.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_forbids_is_left_out_and_nothing_else() {
        let hostile =
            "a\u{0}\u{8}\t\n\u{b}\r\u{1f}b\u{7f}\u{85}\u{202e}\u{d7ff}\u{e000}\u{fffd}\u{fffe}\u{ffff}\u{1f4f0}]]>";
        assert_eq!(
            clean(hostile),
            "a\t\n\rb\u{7f}\u{85}\u{202e}\u{d7ff}\u{e000}\u{fffd}\u{1f4f0}]]>"
        );
    }

    #[test]
    fn texts_and_attributes_are_escaped() {
        let mut xml = Xml::new().unwrap();
        xml.open("a", &[("b", "<\"&")]).unwrap();
        xml.text("c", &[], "]]> & <script>").unwrap();
        xml.empty("d", &[]).unwrap();
        xml.plain("e", "]]> & <script>").unwrap();
        xml.close("a").unwrap();
        assert_eq!(
            String::from_utf8(xml.finish()).unwrap(),
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><a b=\"&lt;&quot;&amp;\"><c>]]&gt; &amp; &lt;script&gt;</c><d/>\
             <e>]]&#x3E; &#x26; &#x3C;script&#x3E;</e></a>"
        );
    }
}
