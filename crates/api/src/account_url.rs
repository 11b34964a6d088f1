//! Where people set their passwords: a page of the newsroom tool's own site, by a template.
//!
//! No link is ever made from a request's Host header (design, rule 12): where nothing is set, people get the token alone.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use url::Url;

/// A template for the page where somebody sets a password, such as `https://desk.example/password#{token}`.
///
/// `{token}` must stand in it, and is filled in as it is: a token has only letters, digits, hyphens and underscores. Behind a
/// `#` it goes to no server and into no log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountUrl(String);

/// Why a text is no template for that page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "“{template}” is no address of a page where people set their passwords: {fault}; give one such as https://desk.example/password#{{token}}"
)]
pub struct MalformedAccountUrl {
    template: String,
    fault: &'static str,
}

const TOKEN: &str = "{token}";

impl AccountUrl {
    /// The page's address, for that token.
    #[must_use]
    pub fn fill(&self, token: &str) -> String {
        self.0.replace(TOKEN, token)
    }
}

impl FromStr for AccountUrl {
    type Err = MalformedAccountUrl;

    fn from_str(template: &str) -> Result<Self, Self::Err> {
        let refused = |fault| {
            Err(MalformedAccountUrl {
                template: template.to_owned(),
                fault,
            })
        };
        if !template.contains(TOKEN) {
            return refused("{token} is missing, so that the page would not know whose password it is");
        }
        let filled = template.replace(TOKEN, "a-token");
        if filled.contains(['{', '}']) {
            return refused("it has braces other than {token}");
        }
        // It stands in a mail as it is, where white space would end it.
        if filled.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return refused("it has white space in it");
        }
        match Url::parse(&filled) {
            Ok(url) if !matches!(url.scheme(), "http" | "https") => refused("it is neither http nor https"),
            Ok(url) if url.host_str().is_some_and(|host| host.contains("a-token")) => {
                refused("{token} stands in the host")
            }
            Ok(_) => Ok(Self(template.to_owned())),
            Err(_) => refused("it is not an absolute URL"),
        }
    }
}

impl TryFrom<String> for AccountUrl {
    type Error = MalformedAccountUrl;

    fn try_from(template: String) -> Result<Self, Self::Error> {
        template.parse()
    }
}

impl From<AccountUrl> for String {
    fn from(template: AccountUrl) -> Self {
        template.0
    }
}

impl fmt::Display for AccountUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_with_the_token() {
        let filled = |template: &str| template.parse::<AccountUrl>().unwrap().fill("nrl_A-b_9");
        assert_eq!(
            filled("https://desk.example/password#{token}"),
            "https://desk.example/password#nrl_A-b_9"
        );
        assert_eq!(filled("http://[::1]:80/?t={token}"), "http://[::1]:80/?t=nrl_A-b_9");
    }

    #[test]
    fn what_is_no_template_is_refused_with_the_reason() {
        let cases = [
            (
                "https://desk.example/",
                "{token} is missing, so that the page would not know whose password it is",
            ),
            ("https://desk.example/{token}/{id}", "it has braces other than {token}"),
            ("https://desk.example/\n{token}", "it has white space in it"),
            ("/password#{token}", "it is not an absolute URL"),
            ("javascript:alert('{token}')", "it is neither http nor https"),
            ("https://{token}.example/", "{token} stands in the host"),
        ];
        for (template, fault) in cases {
            assert_eq!(template.parse::<AccountUrl>().unwrap_err().fault, fault, "{template}");
        }
    }
}
