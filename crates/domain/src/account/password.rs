//! What a password may be, by NIST SP 800-63B, section 5.1.1: long, whatever it is made of, and not one's address.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use super::Email;
use crate::fault::Malformed;

/// The fewest characters of a password.
pub const SHORTEST_PASSWORD: usize = 12;
/// The most characters of a password.
pub const LONGEST_PASSWORD: usize = 256;

/// A password, in Unicode normalisation form KC, so that it is the same from every keyboard. It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Reads a password that somebody is to have from now on.
    ///
    /// # Errors
    /// Where it is too short, too long, or the account's address.
    pub fn new(text: &str, email: &Email) -> Result<Self, Malformed> {
        let password = Self::tried(text);
        let length = password.0.chars().count();
        let fault = |code, message| Err(Malformed::new(code, message));
        if length < SHORTEST_PASSWORD {
            let message =
                format!("a password has at least {SHORTEST_PASSWORD} characters: take a longer one, a few words, say");
            return fault("TOO_SHORT", message);
        }
        if length > LONGEST_PASSWORD {
            return fault(
                "TOO_LONG",
                format!("a password has at most {LONGEST_PASSWORD} characters, this one {length}"),
            );
        }
        if Email::folded(&password.0) == email.as_str() {
            return fault(
                "EQUALS_EMAIL",
                "a password must not be the email address: take another".to_owned(),
            );
        }
        Ok(password)
    }

    /// A password that somebody says they have. Whether it is one, its hash tells.
    ///
    /// Of what is far longer than any password only the beginning is kept, which is no password either.
    #[must_use]
    pub fn tried(text: &str) -> Self {
        let kept = text.chars().take(4 * LONGEST_PASSWORD).nfkc();
        Self(kept.collect())
    }

    /// The password, to be hashed.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Password, &'static str> {
        Password::new(text, &"anna.editor@example.org".parse().unwrap()).map_err(|fault| fault.code)
    }

    #[test]
    fn a_password_is_long_and_made_of_anything() {
        for text in [
            "            ",
            "correct horse battery",
            "пароль из слов",
            &"x".repeat(256),
        ] {
            assert!(read(text).is_ok(), "{text}");
        }
        assert_eq!(read("eleven char"), Err("TOO_SHORT"));
        assert_eq!(read(&"x".repeat(257)), Err("TOO_LONG"));
        assert_eq!(read(&"x".repeat(100_000)), Err("TOO_LONG"));
        assert_eq!(read("Anna.Editor@example.org"), Err("EQUALS_EMAIL"));
    }

    #[test]
    fn a_password_is_the_same_from_every_keyboard_and_never_shown() {
        let composed = read("Zürich am See im Mai").unwrap();
        assert_eq!(composed, Password::tried("Zu\u{308}rich am See im Mai"));
        assert_eq!(format!("{composed:?}"), "Password(…)");
    }
}
