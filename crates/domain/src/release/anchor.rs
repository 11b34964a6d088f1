//! Anchors within a body: what a link such as `#results` leads to.
//!
//! Ids are kept as a body is cleaned, behind a prefix that keeps them out of the way of the page's own, of which the
//! writer knows nothing: scripts find elements by id, and so would find these (“DOM clobbering”). Links within the body get
//! the prefix too, so that they lead where their writer meant. It is the prefix that GitHub gives to such ids.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

const PREFIX: &str = "user-content-";

/// The id, or the name of an anchor, that stands for this one in a clean body; nothing for what cannot be one (HTML, section 3.2.6).
pub(super) fn clean_id(id: &str) -> Option<Cow<'_, str>> {
    if id.is_empty() || id.contains(|c: char| c.is_ascii_whitespace()) {
        return None;
    }
    Some(prefixed(id))
}

/// The link that stands for this one in a clean body.
pub(super) fn clean_link(href: &str) -> Cow<'_, str> {
    match of_link(href) {
        Some(name) if !name.starts_with(PREFIX) => format!("#{PREFIX}{name}").into(),
        _ => href.into(),
    }
}

/// What a link within the body leads to, percent-encoded as it may be; nothing for a link that leads elsewhere. `#` and
/// `#top` lead to the top of whatever page it is (HTML, section 7.4.6.4), `#:~:` to a text.
pub(crate) fn of_link(href: &str) -> Option<&str> {
    let name = href.trim_ascii().strip_prefix('#')?;
    (!name.is_empty() && !name.eq_ignore_ascii_case("top") && !name.starts_with(":~:")).then_some(name)
}

/// A name that a link leads to, decoded: how it stands in an id.
pub(crate) fn decoded(name: &str) -> Cow<'_, str> {
    percent_decode_str(name).decode_utf8_lossy()
}

/// A name as its writer has it.
pub(crate) fn as_written(name: &str) -> &str {
    name.strip_prefix(PREFIX).unwrap_or(name)
}

fn prefixed(name: &str) -> Cow<'_, str> {
    if name.starts_with(PREFIX) {
        name.into()
    } else {
        format!("{PREFIX}{name}").into()
    }
}
