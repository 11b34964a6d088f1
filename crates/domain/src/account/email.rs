//! Addresses of accounts: what one signs in with.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::fault::Malformed;
use crate::text::excerpt;

/// The longest address, in bytes (RFC 5321, section 4.5.3.1.3, without the angle brackets).
pub const LONGEST_EMAIL: usize = 254;
/// The longest part before the `@`, in bytes (RFC 5321, section 4.5.3.1.1).
const LONGEST_LOCAL_PART: usize = 64;

/// An email address, in lower case, so that there is one account for it however it is typed.
///
/// Its shape is looked at, and no more: whether mail arrives there only mail can tell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

impl Email {
    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An address that stands in where there is none: no mail reaches it (RFC 2606, section 2). The name is of letters and
    /// digits, 64 at the most.
    pub(super) fn stand_in(name: &str) -> Self {
        Self(format!("{name}@sign-on.invalid"))
    }

    /// What a text comes to before it is looked at: without the spaces around it, in lower case and form C.
    ///
    /// What is counted against somebody who tries addresses is counted by this, whether or not it is one.
    #[must_use]
    pub fn folded(text: &str) -> String {
        text.trim().to_lowercase().nfc().collect()
    }
}

impl FromStr for Email {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let address = Self::folded(text);
        let has_shape = address.rsplit_once('@').is_some_and(|(local, domain)| {
            (1..=LONGEST_LOCAL_PART).contains(&local.len()) && !local.contains('@') && is_domain(domain)
        });
        let has_other = address
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"".contains(c));
        if has_shape && !has_other && address.len() <= LONGEST_EMAIL {
            return Ok(Self(address));
        }
        let message = format!(
            "“{}” is no email address: give one such as editor@example.org, of at most {LONGEST_EMAIL} bytes",
            excerpt(text)
        );
        Err(Malformed::new("INVALID_EMAIL", message))
    }
}

fn is_domain(domain: &str) -> bool {
    domain
        .split('.')
        .all(|label| !label.is_empty() && label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-'))
}

impl TryFrom<String> for Email {
    type Error = Malformed;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_is_the_same_however_it_is_typed() {
        for typed in ["Anna@Example.org", " anna@example.ORG\n", "anna@example.org"] {
            assert_eq!(typed.parse::<Email>().unwrap().as_str(), "anna@example.org");
        }
        assert!("анна@пример.example".parse::<Email>().is_ok());
        assert!("first.last+desk@press.example.org".parse::<Email>().is_ok());
    }

    #[test]
    fn what_has_not_the_shape_of_an_address_is_refused() {
        let long = format!("{}@example.org", "a".repeat(65));
        let longer = format!("a@{}.org", ["b".repeat(60).as_str(); 5].join("."));
        for text in [
            "",
            "anna",
            "@example.org",
            "anna@",
            "a@b@c.org",
            "anna@.org",
            "anna@ex ample.org",
            "a\0@b.org",
            "<anna@example.org>",
            "anna@-example.org",
            &long,
            &longer,
        ] {
            assert_eq!(text.parse::<Email>().unwrap_err().code, "INVALID_EMAIL", "{text}");
        }
    }

    proptest! {
        #[test]
        fn an_address_is_read_back_as_itself(text in "\\PC{1,20}@[a-zA-Z]{1,9}\\.[a-z]{2,3}") {
            if let Ok(email) = text.parse::<Email>() {
                prop_assert_eq!(email.as_str().parse::<Email>().unwrap(), email);
            }
        }
    }
}
