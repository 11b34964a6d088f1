//! A text's body, in the forms that readers ask for.

use async_graphql::{Enum, Object};
use newsroom_domain::release;
use newsroom_persistence::{ShownBody, ShownText};

/// The forms that a body is read in.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum BodyFormat {
    /// Clean HTML, fit to be put into a page as it is: it has no scripts, styles, forms or event handlers. Its ids
    /// begin with `user-content-`, as do links within it to them.
    #[default]
    Html,
    /// CommonMark with GitHub's tables, strikethrough and bare links, as it was written. Null for a body that came as HTML.
    Markdown,
    /// Plain text: a line for each block, a blank line between paragraphs. For previews and search results.
    Text,
}

pub(crate) struct BodySource<'a>(&'a ShownBody);

/// A body as it was written, before it became what readers get. For tools that mirror the newsroom; to show a body, take `body`.
#[Object]
impl BodySource<'_> {
    /// What it was written in: `HTML` or `MARKDOWN`, never `TEXT`.
    async fn format(&self) -> BodyFormat {
        match self.0.format {
            release::BodyFormat::Html => BodyFormat::Html,
            release::BodyFormat::Markdown => BodyFormat::Markdown,
        }
    }

    /// What was written. HTML has passed the newsroom's cleaner on its way in; Markdown may have HTML in it that has not.
    async fn text(&self) -> &str {
        &self.0.source
    }
}

/// The body of a text in a format; `None` where it has none, or not in that format.
pub(crate) fn body(text: &ShownText, format: BodyFormat) -> Option<&str> {
    let body = loaded(text)?;
    match format {
        BodyFormat::Html => Some(&body.html),
        BodyFormat::Text => Some(&body.text),
        BodyFormat::Markdown => match body.format {
            release::BodyFormat::Markdown => Some(&body.source),
            release::BodyFormat::Html => None,
        },
    }
}

/// The body of a text as it was written, if it has one.
pub(crate) fn body_source(text: &ShownText) -> Option<BodySource<'_>> {
    loaded(text).map(BodySource)
}

/// The look-ahead loads bodies wherever one of the fields above is selected, so that one which is not loaded is not there.
fn loaded(text: &ShownText) -> Option<&ShownBody> {
    text.body.as_ref()?.as_ref()
}
