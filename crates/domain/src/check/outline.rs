//! What a body has of links, headings, images and anchors, read out of its clean HTML.

use std::cell::RefCell;
use std::collections::HashSet;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, CharacterTokens, EndTag, StartTag, Tag, TagToken, Token, TokenSink, TokenSinkResult, Tokenizer,
    TokenizerOpts,
};

/// How much of the text of a link or a heading is kept, in characters: more than is ever shown or compared.
const KEPT: usize = 200;

/// What a body has of links, headings, images and anchors, in their order.
#[derive(Debug, Default)]
pub(super) struct Outline {
    pub(super) links: Vec<Link>,
    pub(super) headings: Vec<Heading>,
    /// Where the images are that have no alternative text at all.
    pub(super) images_without_alt: Vec<String>,
    anchors: HashSet<String>,
}

/// A link.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) href: String,
    /// The start of what it says, the alternative texts of its images included.
    pub(super) text: String,
}

/// A heading.
#[derive(Debug)]
pub(super) struct Heading {
    /// From 1 to 6.
    pub(super) level: u8,
    /// The start of what it says.
    pub(super) text: String,
}

impl Outline {
    pub(super) fn of(html: &str) -> Self {
        let input = BufferQueue::default();
        input.push_back(StrTendril::from_slice(html));
        let tokenizer = Tokenizer::new(Reader::default(), TokenizerOpts::default());
        let _all = tokenizer.feed(&input);
        tokenizer.end();
        tokenizer.sink.0.into_inner().outline
    }

    /// Whether something has that id, or is an anchor of that name.
    pub(super) fn has_anchor(&self, name: &str) -> bool {
        self.anchors.contains(name)
    }
}

#[derive(Default)]
struct Reader(RefCell<State>);

#[derive(Default)]
struct State {
    outline: Outline,
    in_link: bool,
    in_heading: bool,
}

impl TokenSink for Reader {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut state = self.0.borrow_mut();
        match token {
            CharacterTokens(text) => state.say(&text),
            TagToken(tag) if tag.kind == StartTag => state.open(&tag),
            TagToken(tag) if tag.kind == EndTag => state.close(&tag),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl State {
    fn open(&mut self, tag: &Tag) {
        let value = |name: &str| {
            let found = tag.attrs.iter().find(|attribute| &*attribute.name.local == name);
            found.map(|attribute| attribute.value.to_string())
        };
        self.outline.anchors.extend(value("id"));
        match &*tag.name {
            "a" => {
                self.outline.anchors.extend(value("name"));
                let href = value("href");
                self.in_link = href.is_some();
                self.outline.links.extend(href.map(|href| Link {
                    href,
                    text: String::new(),
                }));
            }
            "img" => match value("alt") {
                Some(alt) => self.say(&alt),
                None => self.outline.images_without_alt.push(value("src").unwrap_or_default()),
            },
            "br" => self.say(" "),
            name => {
                if let Some(level) = level(name) {
                    self.in_heading = true;
                    self.outline.headings.push(Heading {
                        level,
                        text: String::new(),
                    });
                }
            }
        }
    }

    fn close(&mut self, tag: &Tag) {
        match &*tag.name {
            "a" => self.in_link = false,
            name if level(name).is_some() => self.in_heading = false,
            _ => {}
        }
    }

    fn say(&mut self, text: &str) {
        if self.in_link
            && let Some(link) = self.outline.links.last_mut()
        {
            keep(&mut link.text, text);
        }
        if self.in_heading
            && let Some(heading) = self.outline.headings.last_mut()
        {
            keep(&mut heading.text, text);
        }
    }
}

/// The level of a heading's element; nothing of another element.
fn level(name: &str) -> Option<u8> {
    match name.as_bytes() {
        [b'h', digit @ b'1'..=b'6'] => Some(digit - b'0'),
        _ => None,
    }
}

/// Goes on with text where there is room; line breaks and runs of spaces are one space.
fn keep(kept: &mut String, text: &str) {
    if kept.len() >= 4 * KEPT {
        return;
    }
    for c in text.chars().take(KEPT) {
        if !c.is_whitespace() {
            kept.push(c);
        } else if !kept.is_empty() && !kept.ends_with(' ') {
            kept.push(' ');
        }
    }
}
