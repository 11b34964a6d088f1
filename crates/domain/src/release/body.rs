//! Bodies: what was written, and what readers get of it.
//!
//! A body is rendered once, when its edition is saved. Markdown is CommonMark with GitHub's tables, strikethrough
//! and bare links; whatever HTML comes out of it, or came in, passes one cleaner that lets no script, style,
//! form or event handler through. Ids stay, behind a prefix ([`anchor`]).

use std::borrow::Cow;
use std::sync::{LazyLock, OnceLock};

use ammonia::{Builder, UrlRelative};
use comrak::Options;
use unicode_normalization::UnicodeNormalization;

use super::anchor;
use crate::fault::Malformed;
use crate::text::BODY;
use serde::{Deserialize, Serialize};
use url::Url;

/// What a body was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BodyFormat {
    /// CommonMark.
    Markdown,
    /// HTML, which is cleaned on its way in.
    Html,
}

impl BodyFormat {
    /// The format's name in the database and the exchange format.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Markdown => "MARKDOWN",
            Self::Html => "HTML",
        }
    }
}

/// A body, rendered.
///
/// In the exchange format it is `{"format": "MARKDOWN", "text": "…"}`, as it was written; to read one is to render it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Body {
    format: BodyFormat,
    source: String,
    html: String,
    /// Follows from the HTML. It is made with a new body, and of a stored one where it is asked for.
    text: OnceLock<String>,
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        (self.format, &self.source, &self.html) == (other.format, &other.source, &other.html)
    }
}

impl Eq for Body {}

/// A body as it was written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: BodyFormat,
    text: String,
}

impl TryFrom<Written> for Body {
    type Error = Malformed;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        Self::new(written.format, &written.text)
    }
}

impl From<Body> for Written {
    fn from(body: Body) -> Self {
        Self {
            format: body.format,
            text: body.source,
        }
    }
}

impl Body {
    /// Reads and renders a body.
    ///
    /// # Errors
    /// Where it is too long or has the character NUL.
    pub fn new(format: BodyFormat, source: &str) -> Result<Self, Malformed> {
        if source.contains('\0') {
            return Err(Malformed::new(
                "CONTROL_CHARACTER",
                "a body must not have the character U+0000",
            ));
        }
        check_length(source)?;
        let source: String = source.nfc().collect();
        // What is stored is read back under the same limit, and composing can make it longer, as cleaning can.
        check_length(&source)?;
        let body = match format {
            BodyFormat::Markdown => {
                check_nesting(source.lines().map(leading_markers).max().unwrap_or(0))?;
                let rendered = comrak::markdown_to_html(&source, &MARKDOWN);
                check_nesting(open_tags(&rendered))?;
                let html = CLEANER.clean(&rendered).to_string();
                Self::stored(format, source, html)
            }
            BodyFormat::Html => {
                check_nesting(open_tags(&source))?;
                let html = cleaned(&source)?;
                Self::stored(format, html.clone(), html)
            }
        };
        let _made = body.text();
        Ok(body)
    }

    /// A body as it was stored, rendered then.
    #[must_use]
    pub fn stored(format: BodyFormat, source: String, html: String) -> Self {
        Self {
            format,
            source,
            html,
            text: OnceLock::new(),
        }
    }

    /// This body, or a known one where that was written the same: what was rendered when it was saved stays, even
    /// where it would be rendered otherwise today.
    #[must_use]
    pub fn or_known(&self, known: Option<&Self>) -> Self {
        known
            .filter(|known| known.format == self.format && known.source == self.source)
            .unwrap_or(self)
            .clone()
    }

    /// What it was written in.
    #[must_use]
    pub fn format(&self) -> BodyFormat {
        self.format
    }

    /// What was written; of HTML, what the cleaner left of it.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The body as clean HTML.
    #[must_use]
    pub fn html(&self) -> &str {
        &self.html
    }

    /// The body as plain text: a line per block, a blank line between paragraphs.
    #[must_use]
    pub fn text(&self) -> &str {
        self.text.get_or_init(|| plain_text(&self.html))
    }
}

fn check_length(source: &str) -> Result<(), Malformed> {
    let length = source.chars().count();
    if length > BODY {
        let message = format!("a body has at most {BODY} characters, this one {length}");
        return Err(Malformed::new("TOO_LONG", message));
    }
    Ok(())
}

/// How often HTML is cleaned at most: a parser drops one line end at the start of each `pre`, say.
const ROUNDS: usize = 40;

/// HTML cleaned until cleaning it again changes nothing, so that what is stored can be read back as it is.
fn cleaned(source: &str) -> Result<String, Malformed> {
    let mut html = CLEANER.clean(source).to_string();
    for _ in 0..ROUNDS {
        check_length(&html)?;
        let again = CLEANER.clean(&html.nfc().collect::<String>()).to_string();
        if again == html {
            return Ok(html);
        }
        html = again;
    }
    Err(Malformed::new(
        "NOT_STABLE",
        "this HTML reads otherwise each time that it is written: take out what is unusual in it, such as empty lines at the start of a pre",
    ))
}

static MARKDOWN: LazyLock<Options<'static>> = LazyLock::new(|| {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    // HTML within Markdown is passed on, since the cleaner decides about all HTML alike.
    options.render.r#unsafe = true;
    options
});

/// The clean HTML of a body with its links made absolute, for readers of it who do not know where it was: those to a page or
/// file beside that address, and those to a place within the body, which lead to that place on the page.
#[must_use]
pub fn with_absolute_links<'a>(html: &'a str, page: &Url) -> Cow<'a, str> {
    if !has_relative_links(html) {
        return html.into();
    }
    let mut cleaner = cleaner();
    cleaner.url_relative(UrlRelative::RewriteWithBase(page.clone()));
    cleaner.clean(html).to_string().into()
}

/// Whether clean HTML has an address that does not begin as those do that say where they lead.
fn has_relative_links(html: &str) -> bool {
    let absolute = ["http:", "https:", "mailto:", "tel:"];
    let attributes = [" href=\"", " src=\"", " cite=\""].into_iter();
    attributes
        .flat_map(|attribute| html.split(attribute).skip(1))
        .any(|value| !absolute.iter().any(|scheme| value.starts_with(scheme)))
}

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(cleaner);

fn cleaner() -> Builder<'static> {
    let mut cleaner = Builder::default();
    cleaner
        .url_schemes(["http", "https", "mailto", "tel"].into())
        .strip_comments(true)
        .add_generic_attributes(["id"])
        .add_tag_attributes("a", ["name"])
        .attribute_filter(|_, attribute, value| match attribute {
            "id" | "name" => anchor::clean_id(value),
            "href" => Some(anchor::clean_link(value)),
            _ => Some(value.into()),
        });
    cleaner
}

/// Parsers of both formats take time that grows with the square of the nesting; no text for readers is that deep.
const DEEPEST: usize = 200;

fn check_nesting(depth: usize) -> Result<(), Malformed> {
    if depth <= DEEPEST {
        return Ok(());
    }
    Err(Malformed::new(
        "TOO_DEEP",
        format!(
            "a body is nested at most {DEEPEST} levels deep, this one {depth}: close what is open, or quote less deeply"
        ),
    ))
}

/// How many quotes and list items one line of Markdown opens at most.
fn leading_markers(line: &str) -> usize {
    line.bytes()
        .take_while(|byte| {
            matches!(byte, b'>' | b'-' | b'+' | b'*' | b' ' | b'\t' | b'.' | b')') || byte.is_ascii_digit()
        })
        .filter(|byte| matches!(byte, b'>' | b'-' | b'+' | b'*' | b'.' | b')'))
        .count()
}

/// The most tags that are open at once at some place in HTML, at most; those that HTML closes by itself are counted too,
/// but for the ones that never have content.
fn open_tags(html: &str) -> usize {
    const EMPTY: [&str; 8] = ["br", "hr", "img", "col", "wbr", "input", "area", "p"];
    let (mut open, mut most) = (0_usize, 0);
    for (place, _) in html.match_indices('<') {
        let rest = &html[place + 1..];
        if let Some(closed) = rest.strip_prefix('/') {
            open = open.saturating_sub(usize::from(!EMPTY.contains(&tag_name(closed).as_str())));
        } else if rest.starts_with(|c: char| c.is_ascii_alphabetic()) && !EMPTY.contains(&tag_name(rest).as_str()) {
            open += 1;
            most = most.max(open);
        }
    }
    most
}

fn tag_name(tag: &str) -> String {
    tag.chars()
        .take_while(char::is_ascii_alphanumeric)
        .take(16)
        .collect::<String>()
        .to_ascii_lowercase()
}

/// The text of HTML that the cleaner made: well formed, its only entities those of the HTML serialisation algorithm.
fn plain_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        push_words(&mut text, &rest[..open]);
        let (tag, behind) = split_tag(&rest[open..]);
        match tag
            .trim_start_matches("</")
            .trim_start_matches('<')
            .split(|c: char| !c.is_ascii_alphanumeric())
            .next()
        {
            Some(
                "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "blockquote" | "pre" | "table" | "div"
                | "dl" | "figure" | "hr",
            ) => {
                break_line(&mut text, 2);
            }
            Some("br" | "li" | "tr" | "dt" | "dd" | "caption" | "figcaption") => break_line(&mut text, 1),
            Some("td" | "th") if !text.ends_with(['\n', '\t']) && !text.is_empty() && !tag.starts_with("</") => {
                text.push('\t');
            }
            _ => {}
        }
        rest = behind;
    }
    push_words(&mut text, rest);
    text.truncate(text.trim_end().len());
    text
}

/// The tag that a text begins with, and what is behind it. A `>` within a quoted value ends no tag.
fn split_tag(html: &str) -> (&str, &str) {
    let mut quoted = false;
    for (place, byte) in html.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return html.split_at(place + 1),
            _ => {}
        }
    }
    (html, "")
}

fn push_words(text: &mut String, encoded: &str) {
    let decoded = encoded
        .replace("&nbsp;", "\u{a0}")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&");
    for c in decoded.chars() {
        let space = matches!(c, ' ' | '\n' | '\t' | '\r');
        if !space {
            text.push(c);
        } else if !text.is_empty() && !text.ends_with([' ', '\n', '\t']) {
            text.push(' ');
        }
    }
}

fn break_line(text: &mut String, breaks: usize) {
    text.truncate(text.trim_end_matches([' ', '\t']).len());
    let there = text.len() - text.trim_end_matches('\n').len();
    if !text.is_empty() {
        text.extend(std::iter::repeat_n('\n', breaks.saturating_sub(there)));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Pieces of HTML that parsers, composing and cleaning read in more than one way.
    fn html() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "[a-z <>/&;\"'=\\n]{0,6}",
            Just("<pre>\n\n\nx</pre>".to_owned()),
            Just("e&#x308;".to_owned()),
            Just("a&#13;b".to_owned()),
            Just("<p>\u{338}".to_owned()),
            Just("<table><b><tr><td>x".to_owned()),
            Just("<a href='http://e.example'>x<a>".to_owned()),
            Just("&amp;lt;b&amp;gt;".to_owned()),
            Just("<p id=x title=y onclick=z>".to_owned()),
            Just("<p id=' x' lang=y title=z>".to_owned()),
            Just("<a name='user-content-x' href=' #x '>".to_owned()),
        ];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn what_is_stored_of_html_is_read_back_as_it_is(source in html()) {
            let body = Body::new(BodyFormat::Html, &source).unwrap();
            let again = Body::new(BodyFormat::Html, body.source()).unwrap();
            prop_assert_eq!(&again, &body);
        }
    }

    #[test]
    fn a_body_that_grows_beyond_its_limit_is_refused() {
        for (format, source) in [
            (BodyFormat::Html, "<a href=\"http://e.example\">x</a>".repeat(5_500)),
            (BodyFormat::Markdown, "a\u{958}".repeat(90_000)),
        ] {
            assert_eq!(Body::new(format, &source).unwrap_err().code, "TOO_LONG");
        }
    }

    fn markdown(source: &str) -> Body {
        Body::new(BodyFormat::Markdown, source).unwrap()
    }

    #[test]
    fn markdown_becomes_clean_html_and_plain_text() {
        let body = markdown(
            "# Forum\n\nIn *Astana*, see <https://osce.org>.\n\n- one\n- two & three\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
        );
        insta::assert_snapshot!(format!("{}\n---\n{}", body.html(), body.text()));
    }

    #[test]
    fn nothing_that_runs_comes_through() {
        let source = "<script>alert(1)</script><img src=x onerror=alert(1)>[a](javascript:alert(1)) <a href=\"java&#x73;cript:alert(1)\">b</a>\
                      <style>*{}</style><iframe src=//x></iframe><p style=\"x\" onclick=\"x\">ok</p><svg><script>x</script></svg>";
        for format in [BodyFormat::Markdown, BodyFormat::Html] {
            let html = Body::new(format, source).unwrap().html().to_lowercase();
            for bad in ["<script", "onerror", "onclick", "style", "iframe", "svg", "href=\"java"] {
                assert!(!html.contains(bad), "{format:?}: {bad} in {html}");
            }
        }
    }

    #[test]
    fn links_are_absolute_for_whoever_does_not_know_where_a_body_was() {
        let page = Url::parse("https://news.example/en/a-page").unwrap();
        let absolute = |html: &str| with_absolute_links(html, &page).into_owned();
        let relative = Body::new(
            BodyFormat::Html,
            "<h2 id=\"r\">R</h2><a href=\"/page?a=1&amp;b=2\">a</a><img src=\"img/a.png\" alt=\"\"><a href=\"//h.example/x\">b</a><a href=\"#r\">c</a>",
        );
        insta::assert_snapshot!(absolute(relative.unwrap().html()), @r##"<h2 id="user-content-r">R</h2><a href="https://news.example/page?a=1&amp;b=2" rel="noopener noreferrer">a</a><img src="https://news.example/en/img/a.png" alt=""><a href="https://h.example/x" rel="noopener noreferrer">b</a><a href="https://news.example/en/a-page#user-content-r" rel="noopener noreferrer">c</a>"##);
        let body = "<p>href= src=&lt; <a href=\"mailto:a@b.example\" rel=\"noopener noreferrer\">a</a></p>";
        assert!(matches!(with_absolute_links(body, &page), Cow::Borrowed(same) if same == body));
    }

    #[test]
    fn links_within_a_body_lead_to_ids_that_are_the_writer_s_alone() {
        let source = "<h2 id=\"results\">Results</h2><p><a name=\"n\" id=\"no id\">x</a> <a href=\"#results\">a</a> \
                      <a href=\"#user-content-n\">b</a> <a href=\"#top\">c</a> <a href=\"#\">d</a> <a href=\"/x#results\">e</a></p>";
        for format in [BodyFormat::Markdown, BodyFormat::Html] {
            insta::allow_duplicates! {
                insta::assert_snapshot!(Body::new(format, source).unwrap().html().trim(), @r##"<h2 id="user-content-results">Results</h2><p><a name="user-content-n" rel="noopener noreferrer">x</a> <a href="#user-content-results" rel="noopener noreferrer">a</a> <a href="#user-content-n" rel="noopener noreferrer">b</a> <a href="#top" rel="noopener noreferrer">c</a> <a href="#" rel="noopener noreferrer">d</a> <a href="/x#results" rel="noopener noreferrer">e</a></p>"##);
            }
        }
        let linked = markdown("[Выводы](#выводы)\n\n<h2 id=\"выводы\">Выводы</h2>\n");
        assert!(
            linked.html().contains("href=\"#user-content-%D0%B2"),
            "{}",
            linked.html()
        );
        assert!(
            linked.html().contains("id=\"user-content-выводы\""),
            "{}",
            linked.html()
        );
    }

    #[test]
    fn html_is_stored_as_the_cleaner_left_it() {
        let body = Body::new(BodyFormat::Html, "<p onclick=x>Title=\"a &gt; b\" <b>c</b></p>").unwrap();
        assert_eq!((body.source(), body.text()), (body.html(), "Title=\"a > b\" c"));
    }

    #[test]
    fn towers_of_markup_are_refused() {
        for tower in [
            ">".repeat(100_000),
            "> ".repeat(90_000),
            "- ".repeat(90_000),
            "1. ".repeat(60_000),
            "<div>".repeat(40_000),
            "<b>".repeat(60_000),
        ] {
            assert_eq!(
                Body::new(BodyFormat::Markdown, &tower).unwrap_err().code,
                "TOO_DEEP",
                "{}",
                &tower[..5]
            );
        }
        assert_eq!(
            Body::new(BodyFormat::Html, &"<div>".repeat(40_000)).unwrap_err().code,
            "TOO_DEEP"
        );
    }

    #[test]
    fn a_lot_of_markup_side_by_side_is_rendered() {
        for source in [
            "[".repeat(20_000),
            "*a ".repeat(20_000),
            "`".repeat(20_000),
            "- a\n".repeat(10_000),
            "<p>a".repeat(10_000),
            "---\n".repeat(10_000),
        ] {
            assert!(Body::new(BodyFormat::Markdown, &source).is_ok());
        }
    }

    #[test]
    fn what_is_too_long_or_has_a_nul_is_refused() {
        assert_eq!(
            Body::new(BodyFormat::Html, "a\0").unwrap_err().code,
            "CONTROL_CHARACTER"
        );
        assert_eq!(
            Body::new(BodyFormat::Markdown, &"a".repeat(200_001)).unwrap_err().code,
            "TOO_LONG"
        );
    }
}
