//! Asking for the same thing twice, on purpose: the key by which a caller says that it is the same.

use std::fmt;
use std::str::FromStr;

use crate::fault::Malformed;

/// How long an outcome is kept under its key, in hours.
pub const KEPT_HOURS: i64 = 24;
/// The longest key, in characters.
pub const LONGEST: usize = 255;

/// A caller's name for one thing that they want done once: 1 to 255 visible ASCII characters, such as a UUID.
///
/// Two requests of one account under one key are one: the second is answered as the first was, and does nothing.
/// Source: The Idempotency-Key HTTP Header Field (draft-ietf-httpapi-idempotency-key-header).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IdempotencyKey {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            let message = format!("a key has 1 to {LONGEST} visible ASCII characters: give a new UUID, say");
            Err(Malformed::new("INVALID_KEY", message))
        }
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_visible_ascii_of_some_length() {
        for key in ["1", "2f0c…".trim_end_matches('…'), &"k".repeat(255)] {
            assert!(key.parse::<IdempotencyKey>().is_ok(), "{key}");
        }
        for key in ["", "a b", "ключ", "a\u{7f}", &"k".repeat(256)] {
            assert_eq!(key.parse::<IdempotencyKey>().unwrap_err().code, "INVALID_KEY", "{key}");
        }
    }
}
