//! Where releases are shown: the pages of somebody's site, by a template.
//!
//! No link is ever made from a request's Host header (design, rule 12), so that a site which is not configured has none.

use std::{fmt, str::FromStr};

use newsroom_domain::{Locale, Slug};
use serde::{Deserialize, Serialize};
use url::Url;

/// A template for the public address of a release, such as `https://news.example/{locale}/{slug}`.
///
/// `{slug}` must stand in it, `{locale}` may. Both are filled in as they are: a slug and a language tag have only letters,
/// digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReleaseUrl(String);

/// Why a text is no template for the addresses of releases.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{template}” is no address of releases: {fault}; give one such as https://news.example/{{locale}}/{{slug}}")]
pub struct MalformedReleaseUrl {
    template: String,
    fault: &'static str,
}

impl ReleaseUrl {
    /// The address of the release of that slug, in that locale.
    #[must_use]
    pub fn fill(&self, locale: &Locale, slug: &Slug) -> String {
        self.0
            .replace("{locale}", locale.as_str())
            .replace("{slug}", slug.as_str())
    }
}

impl FromStr for ReleaseUrl {
    type Err = MalformedReleaseUrl;

    fn from_str(template: &str) -> Result<Self, Self::Err> {
        let refused = |fault| {
            Err(MalformedReleaseUrl {
                template: template.to_owned(),
                fault,
            })
        };
        if !template.contains("{slug}") {
            return refused("{slug} is missing, so that all releases would have one address");
        }
        let filled = template.replace("{locale}", "en").replace("{slug}", "a-slug");
        if filled.contains(['{', '}']) {
            return refused("it has braces other than {locale} and {slug}");
        }
        match Url::parse(&filled) {
            Ok(url) if !matches!(url.scheme(), "http" | "https") => refused("it is neither http nor https"),
            // Filled into the host, a slug would make every release a site of its own.
            Ok(url) if url.host_str().is_some_and(|host| host.contains("a-slug")) => {
                refused("{slug} stands in the host")
            }
            Ok(_) => Ok(Self(template.to_owned())),
            Err(_) => refused("it is not an absolute URL"),
        }
    }
}

impl TryFrom<String> for ReleaseUrl {
    type Error = MalformedReleaseUrl;

    fn try_from(template: String) -> Result<Self, Self::Error> {
        template.parse()
    }
}

impl From<ReleaseUrl> for String {
    fn from(template: ReleaseUrl) -> Self {
        template.0
    }
}

impl fmt::Display for ReleaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str) -> String {
        let template: ReleaseUrl = template.parse().unwrap();
        template.fill(&"sr-Latn".parse().unwrap(), &"an-item".parse().unwrap())
    }

    #[test]
    fn a_template_is_filled_with_the_locale_and_the_slug() {
        assert_eq!(
            filled("https://news.example/{locale}/{slug}"),
            "https://news.example/sr-Latn/an-item"
        );
        assert_eq!(filled("http://[::1]:80/?at={slug}"), "http://[::1]:80/?at=an-item");
        assert_eq!(
            filled("https://{locale}.news.example/{slug}"),
            "https://sr-Latn.news.example/an-item"
        );
    }

    #[test]
    fn what_is_no_template_is_refused_with_the_reason() {
        let cases = [
            (
                "https://news.example/",
                "{slug} is missing, so that all releases would have one address",
            ),
            (
                "https://news.example/{slug}/{id}",
                "it has braces other than {locale} and {slug}",
            ),
            ("/news/{slug}", "it is not an absolute URL"),
            ("ftp://news.example/{slug}", "it is neither http nor https"),
            ("https://{slug}.example/", "{slug} stands in the host"),
        ];
        for (template, fault) in cases {
            assert_eq!(template.parse::<ReleaseUrl>().unwrap_err().fault, fault, "{template}");
        }
    }
}
