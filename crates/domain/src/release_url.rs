//! Where releases are shown: the pages of somebody's site, by a template.
//!
//! No link is ever made from a request's Host header (design, rule 12), so that a site which is not configured has none.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::{Position, Url};

use crate::{Locale, Slug};

/// A template for the public address of a release, such as `https://news.example/{locale}/{slug}`.
///
/// `{slug}` must stand in it, `{locale}` may. Both are filled in as they are: a slug and a language tag have only letters,
/// digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReleaseUrl {
    template: String,
    /// What stands for where links that begin with a slash begin.
    base: Url,
    /// The host and the port.
    authority: Vec<Piece>,
    /// All that is behind them.
    rest: Vec<Piece>,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// What stands there as it is.
    Literal(String),
    /// Any locale.
    Locale,
    /// Any slug, and the same one wherever it stands.
    Slug,
}

/// Stands for the locale while a template is taken apart as a URL.
const LOCALE: &str = "zz0locale0zz";
/// Stands for the slug.
const SLUG: &str = "zz0slug0zz";
/// No locale in an address is longer.
const LONGEST_LOCALE: usize = 35;

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
        self.template
            .replace("{locale}", locale.as_str())
            .replace("{slug}", slug.as_str())
    }

    /// The slug of the release that a link leads to, if it leads to one: an absolute link, or one that begins with a slash
    /// and is read on the site of these addresses. With http or https, with a slash at its end or none, and with whatever
    /// query and fragment the template does not have itself. `other_origins` have the same pages.
    #[must_use]
    pub fn slug_in(&self, link: &str, other_origins: &[OwnOrigin]) -> Option<Slug> {
        let link = link.trim();
        let url = if link.starts_with('/') {
            self.base.join(link).ok()?
        } else {
            Url::parse(link).ok()?
        };
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        let at_home = capture(&self.authority, &url[Position::BeforeHost..Position::AfterPort], None).is_some();
        if !at_home && !other_origins.iter().any(|origin| origin.has(&url)) {
            return None;
        }
        let has = |mark| {
            self.rest
                .iter()
                .any(|piece| matches!(piece, Piece::Literal(text) if text.contains(mark)))
        };
        let end = match (has('#'), has('?')) {
            (true, _) => Position::AfterFragment,
            (false, true) => Position::AfterQuery,
            (false, false) => Position::AfterPath,
        };
        let rest = url[Position::BeforePath..end].trim_end_matches('/');
        capture(&self.rest, rest, None)??.parse().ok()
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
            Ok(_) => match Url::parse(&template.replace("{locale}", LOCALE).replace("{slug}", SLUG)) {
                Ok(base) => Ok(Self {
                    template: template.to_owned(),
                    authority: pieces(&base[Position::BeforeHost..Position::AfterPort]),
                    rest: pieces(base[Position::BeforePath..].trim_end_matches('/')),
                    base,
                }),
                Err(_) => refused("it is not an absolute URL"),
            },
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
        template.template
    }
}

impl fmt::Display for ReleaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.template)
    }
}

/// A part of an address, taken apart at what stands for the locale and the slug.
fn pieces(part: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (index, around) in part.split(SLUG).enumerate() {
        if index > 0 {
            pieces.push(Piece::Slug);
        }
        for (index, literal) in around.split(LOCALE).enumerate() {
            if index > 0 {
                pieces.push(Piece::Locale);
            }
            if !literal.is_empty() {
                pieces.push(Piece::Literal(literal.to_owned()));
            }
        }
    }
    pieces
}

/// Whether a text is made of these pieces, and the slug in it, if a slug is among them. What a locale or a slug may be as
/// long as bounds how often this calls itself.
#[expect(clippy::option_option, reason = "a host that fits has no slug in it")]
fn capture<'t>(pieces: &[Piece], text: &'t str, slug: Option<&'t str>) -> Option<Option<&'t str>> {
    let Some((first, others)) = pieces.split_first() else {
        return text.is_empty().then_some(slug);
    };
    let any_of = |longest: usize, fits: fn(u8) -> bool| {
        let run = text.bytes().take(longest).take_while(|byte| fits(*byte)).count();
        (1..=run).rev().map(|end| text.split_at(end))
    };
    match (first, slug) {
        (Piece::Literal(literal), _) => capture(others, text.strip_prefix(literal.as_str())?, slug),
        (Piece::Slug, Some(known)) => capture(others, text.strip_prefix(known)?, slug),
        (Piece::Slug, None) => any_of(crate::slug::LONGEST, |byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
        })
        .find_map(|(slug, rest)| capture(others, rest, Some(slug))),
        (Piece::Locale, _) => any_of(LONGEST_LOCALE, |byte| byte.is_ascii_alphanumeric() || byte == b'-')
            .find_map(|(_, rest)| capture(others, rest, slug)),
    }
}

/// Another origin at which the pages of the newsroom's site are, such as `https://example.org` beside
/// `https://www.example.org`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OwnOrigin(Url);

impl OwnOrigin {
    fn has(&self, url: &Url) -> bool {
        self.0.origin() == url.origin()
    }
}

impl FromStr for OwnOrigin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match Url::parse(text) {
            Ok(url)
                if matches!(url.scheme(), "http" | "https")
                    && url.origin().ascii_serialization() == text.trim_end_matches('/') =>
            {
                Ok(Self(url))
            }
            _ => Err(format!(
                "“{text}” is no origin: give one such as https://www.example.org, without a path"
            )),
        }
    }
}

impl TryFrom<String> for OwnOrigin {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<OwnOrigin> for String {
    fn from(origin: OwnOrigin) -> Self {
        origin.to_string()
    }
}

impl fmt::Display for OwnOrigin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.origin().ascii_serialization())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    fn found(template: &str, link: &str) -> Option<String> {
        let template: ReleaseUrl = template.parse().unwrap();
        let other = ["https://news.example".parse().unwrap()];
        template.slug_in(link, &other).map(|slug| slug.to_string())
    }

    #[test]
    fn a_link_to_a_release_is_told_from_others() {
        const SITE: &str = "https://www.example/{locale}/newsroom/{slug}";
        for link in [
            "https://www.example/en/newsroom/an-item",
            "http://WWW.example/sr-Latn/newsroom/an-item/?from=feed#part",
            " https://news.example:443/ru/newsroom/an-item",
            "/en/newsroom/an-item",
            "//www.example/en/newsroom/an-item",
        ] {
            assert_eq!(found(SITE, link).as_deref(), Some("an-item"), "{link}");
        }
        for link in [
            "https://elsewhere.example/en/newsroom/an-item",
            "http://news.example/en/newsroom/an-item",
            "https://www.example/en/newsroom/an-item/annex",
            "https://www.example/en/newsroom/",
            "https://www.example/en/newsroom/An_Item",
            "https://www.example/newsroom/an-item",
            "ftp://www.example/en/newsroom/an-item",
            "an-item",
            "#an-item",
            "mailto:a@www.example",
            "",
        ] {
            assert_eq!(found(SITE, link), None, "{link}");
        }
    }

    #[test]
    fn a_slug_may_stand_anywhere_behind_the_host() {
        let cases = [
            ("https://{locale}.example/{slug}", "https://ru.example/an-item"),
            (
                "https://a.example/?locale={locale}&item={slug}",
                "https://a.example/?locale=ru&item=an-item",
            ),
            ("https://a.example/#/{slug}-{locale}", "https://a.example/#/an-item-ru"),
            ("https://a.example/{slug}/{slug}", "https://a.example/an-item/an-item"),
            ("https://a.example:8080/{slug}/", "https://a.example:8080/an-item"),
        ];
        for (template, link) in cases {
            assert_eq!(found(template, link).as_deref(), Some("an-item"), "{template}");
        }
        assert_eq!(
            found("https://a.example/{slug}/{slug}", "https://a.example/an-item/another"),
            None
        );
    }

    #[test]
    fn an_origin_is_a_scheme_and_a_host() {
        let origin = |text: &str| text.parse::<OwnOrigin>().map(|origin| origin.to_string());
        assert_eq!(origin("https://a.example/").as_deref(), Ok("https://a.example"));
        for bad in ["", "*", "a.example", "https://a.example/path", "ftp://a.example"] {
            assert!(origin(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_address_that_is_made_leads_back_to_its_slug(slug in "[a-z0-9]{1,9}(-[a-z0-9]{1,9}){0,3}", locale in "[a-z]{2}(-[A-Z][a-z]{3})?") {
            let slug: Slug = slug.parse().unwrap();
            for template in ["https://a.example/{locale}/{slug}", "https://a.example/{slug}/?in={locale}", "https://{locale}.example/x-{slug}"] {
                let template: ReleaseUrl = template.parse().unwrap();
                let link = template.fill(&locale.parse().unwrap(), &slug);
                prop_assert_eq!(template.slug_in(&link, &[]), Some(slug.clone()));
            }
        }

        #[test]
        fn no_link_makes_it_panic(link in "(https://a.example)?\\PC{0,60}") {
            let template: ReleaseUrl = "https://a.example/{locale}/{slug}".parse().unwrap();
            let _ = template.slug_in(&link, &[]);
        }
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
