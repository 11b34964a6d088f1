//! Plain text that readers see: titles, leads, notes.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::fault::Malformed;

/// The longest title, in characters.
pub const TITLE: usize = 300;
/// The longest lead, in characters.
pub const LEAD: usize = 2_000;
/// The longest public note (of a withdrawal, a removal or a correction), in characters.
pub const NOTE: usize = 2_000;
/// The longest body, in characters.
pub const BODY: usize = 200_000;

macro_rules! plain_texts {
    ($($(#[$doc:meta])* $name:ident, $what:literal, $longest:expr, $shape:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads the text, which is put into Unicode normalisation form C and otherwise kept as it is.
            ///
            /// # Errors
            /// Where it is too long, has control characters, or is empty and must not be.
            pub fn new(text: &str) -> Result<Self, Malformed> {
                plain(text, $what, $longest, &$shape).map(Self)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Malformed;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

plain_texts! {
    /// A title: plain text of 1 to 300 characters.
    Title, "a title", TITLE, Shape { empty: false, lines: false };
    /// A lead, the opening paragraph: plain text of up to 2,000 characters. It may be empty, as it is in some of the archive.
    Lead, "a lead", LEAD, Shape { empty: true, lines: true };
    /// A public note on a withdrawal, a removal or a correction: plain text of 1 to 2,000 characters.
    Note, "a note", NOTE, Shape { empty: false, lines: true };
    /// The name of an office, a theme or a content type: plain text of 1 to 300 characters.
    Name, "a name", TITLE, Shape { empty: false, lines: false };
}

/// What sets one kind of plain text apart from another.
struct Shape {
    /// Whether it may be empty.
    empty: bool,
    /// Whether it may have several lines (and tabs).
    lines: bool,
}

fn plain(text: &str, what: &str, longest: usize, shape: &Shape) -> Result<String, Malformed> {
    // The line ends of Windows are not a fault of the caller's.
    let text = if shape.lines {
        text.replace("\r\n", "\n")
    } else {
        text.to_owned()
    };
    if let Some(control) = text
        .chars()
        .find(|c| c.is_control() && !(shape.lines && matches!(c, '\n' | '\t')))
    {
        return Err(Malformed::new(
            "CONTROL_CHARACTER",
            format!(
                "{what} is plain text; take out the control character U+{:04X}",
                u32::from(control)
            ),
        ));
    }
    let text = composed(&text);
    let length = text.chars().count();
    if length > longest {
        return Err(Malformed::new(
            "TOO_LONG",
            format!("{what} has at most {longest} characters, this one {length}"),
        ));
    }
    if !shape.empty && text.trim().is_empty() {
        return Err(Malformed::new("EMPTY", format!("{what} must not be empty")));
    }
    Ok(text)
}

/// A text in Unicode's normalisation form C (UAX #15), in which all plain text is kept.
#[must_use]
pub fn composed(text: &str) -> String {
    if is_nfc(text) {
        text.to_owned()
    } else {
        text.nfc().collect()
    }
}

/// The start of a text, short enough to stand in a message.
#[must_use]
pub fn excerpt(text: &str) -> String {
    const SHOWN: usize = 60;
    let mut excerpt: String = text
        .chars()
        .take(SHOWN)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(SHOWN).is_some() {
        excerpt.push('…');
    }
    excerpt
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_control_characters_is_kept_in_form_c() {
        for text in ["Ambasada e Shqipërisë", "\u{202e}عربي\u{202c}", "👩‍👩‍👧", "a\u{200b}b"] {
            assert_eq!(Title::new(text).unwrap().as_str(), text);
        }
        assert_eq!(Title::new("Kuke\u{308}s").unwrap().as_str(), "Kukës");
        assert_eq!(Lead::new("two\r\nlines ").unwrap().as_str(), "two\nlines ");
    }

    #[test]
    fn what_cannot_be_a_title_is_refused_with_the_mend() {
        assert_eq!(
            Title::new("a\0b").unwrap_err().to_string(),
            "a title is plain text; take out the control character U+0000"
        );
        assert_eq!(Title::new("two\nlines").unwrap_err().code, "CONTROL_CHARACTER");
        assert_eq!(Title::new("  ").unwrap_err().code, "EMPTY");
        assert_eq!(
            Title::new(&"ж".repeat(301)).unwrap_err().to_string(),
            "a title has at most 300 characters, this one 301"
        );
        assert!(Title::new(&"ж".repeat(300)).is_ok());
    }
}
