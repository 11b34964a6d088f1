//! The addresses of feeds: `/feeds/releases.atom`, `/feeds/ru/offices/{slug}.rss`.

use newsroom_domain::Locale;

/// The formats that feeds have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Rss,
    Atom,
    Json,
}

impl Format {
    pub(super) const ALL: [Self; 3] = [Self::Rss, Self::Atom, Self::Json];

    /// How addresses of that format end.
    pub(super) const fn ending(self) -> &'static str {
        match self {
            Self::Rss => "rss",
            Self::Atom => "atom",
            Self::Json => "json",
        }
    }

    /// What it is called.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Rss => "RSS",
            Self::Atom => "Atom",
            Self::Json => "JSON Feed",
        }
    }

    /// Its media type: RFC 4287, section 7; JSON Feed 1.1, "Suggestions for Publishers"; the one in use for RSS, which nobody
    /// registered.
    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::Rss => "application/rss+xml; charset=utf-8",
            Self::Atom => "application/atom+xml; charset=utf-8",
            Self::Json => "application/feed+json; charset=utf-8",
        }
    }
}

/// The kinds of what a feed may be of, as addresses name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Offices,
    Themes,
    Types,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Offices, Self::Themes, Self::Types];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Offices => "offices",
            Self::Themes => "themes",
            Self::Types => "types",
        }
    }

    /// The parameter that names one of that kind.
    pub(super) const fn parameter(self) -> &'static str {
        match self {
            Self::Offices => "office",
            Self::Themes => "theme",
            Self::Types => "type",
        }
    }
}

/// An entry of the taxonomy, by its slug, that a feed is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Topic {
    pub(super) kind: Kind,
    pub(super) slug: String,
}

/// What the path of a feed says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FeedAddress {
    pub(super) locale: Option<Locale>,
    /// `None` for all releases.
    pub(super) topic: Option<Topic>,
    pub(super) format: Format,
}

/// The name of the feeds of all releases.
const ALL_RELEASES: &str = "releases";

impl FeedAddress {
    /// What stands behind `/feeds/`, if it is the address of a feed.
    pub(super) fn parse(path: &str) -> Option<Self> {
        let (path, ending) = path.rsplit_once('.')?;
        let format = Format::ALL.into_iter().find(|format| format.ending() == ending)?;
        let kind = |name: &str| Kind::ALL.into_iter().find(|kind| kind.name() == name);
        let segments: Vec<&str> = path.split('/').collect();
        let (locale, kind, name) = match segments.as_slice() {
            [name] => (None, None, *name),
            // `offices` would be a well-formed language tag.
            [first, name] => match kind(first) {
                Some(kind) => (None, Some(kind), *name),
                None => (Some(first.parse().ok()?), None, *name),
            },
            [locale, of, name] => (Some(locale.parse().ok()?), Some(kind(of)?), *name),
            _ => return None,
        };
        let topic = match kind {
            None if name == ALL_RELEASES => None,
            None => return None,
            Some(_) if name.is_empty() => return None,
            Some(kind) => Some(Topic {
                kind,
                slug: name.to_owned(),
            }),
        };
        Some(Self { locale, topic, format })
    }

    /// The path, from `/feeds` on.
    pub(super) fn path(&self) -> String {
        let mut path = String::from("/feeds/");
        if let Some(locale) = &self.locale {
            path.push_str(locale.as_str());
            path.push('/');
        }
        if let Some(topic) = &self.topic {
            path.push_str(topic.kind.name());
            path.push('/');
            path.push_str(&topic.slug);
        } else {
            path.push_str(ALL_RELEASES);
        }
        path.push('.');
        path.push_str(self.format.ending());
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_address_says_leads_back_to_it() {
        for path in [
            "releases.rss",
            "releases.atom",
            "releases.json",
            "ru/releases.atom",
            "offices/skopje.atom",
            "themes/elections.rss",
            "sr-Latn/types/press-release.json",
        ] {
            let address = FeedAddress::parse(path).unwrap();
            assert_eq!(address.path(), format!("/feeds/{path}"));
        }
        let address = FeedAddress::parse("SR-latn/types/news.rss").unwrap();
        assert_eq!(
            address.path(),
            "/feeds/sr-Latn/types/news.rss",
            "in the case of the tag"
        );
    }

    #[test]
    fn what_is_no_address_of_a_feed_is_none() {
        for path in [
            "",
            "releases",
            "releases.xml",
            "others.atom",
            "offices/.atom",
            "x!/releases.atom",
            "ru/others.atom",
            "ru/pages/skopje.atom",
            "offices/a/b.atom",
            "a/b/c/d.atom",
        ] {
            assert_eq!(FeedAddress::parse(path), None, "{path}");
        }
    }
}
