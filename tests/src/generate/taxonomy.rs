//! What generated releases are filed under. The last office, theme and type have no release.

use serde_json::{Value, json};

/// An office.
#[derive(Debug, Clone, Copy)]
pub struct Office {
    /// Its slug.
    pub slug: &'static str,
    /// Its English name.
    pub name: &'static str,
    /// What kind of office it is.
    pub kind: Option<&'static str>,
    /// Whether it is closed.
    pub closed: bool,
}

/// A theme.
#[derive(Debug, Clone, Copy)]
pub struct Theme {
    /// Its slug.
    pub slug: &'static str,
    /// Its English name.
    pub name: &'static str,
    /// The slug of the theme above it.
    pub parent: Option<&'static str>,
}

/// A content type.
#[derive(Debug, Clone, Copy)]
pub struct Type {
    /// Its slug.
    pub slug: &'static str,
    /// Its English name.
    pub name: &'static str,
}

const fn office(slug: &'static str, name: &'static str, kind: Option<&'static str>, closed: bool) -> Office {
    Office {
        slug,
        name,
        kind,
        closed,
    }
}

const fn theme(slug: &'static str, name: &'static str, parent: Option<&'static str>) -> Theme {
    Theme { slug, name, parent }
}

/// All offices, the busiest first.
pub const OFFICES: &[Office] = &[
    office(
        "odihr",
        "Office for Democratic Institutions and Human Rights",
        Some("institution"),
        false,
    ),
    office("secretariat", "Secretariat", Some("secretariat"), false),
    office(
        "presence-in-albania",
        "Presence in Albania",
        Some("field-operation"),
        false,
    ),
    office("chairpersonship", "Chairpersonship", None, false),
    office(
        "media-freedom",
        "Representative on Freedom of the Media",
        Some("institution"),
        false,
    ),
    office(
        "mission-to-moldova",
        "Mission to Moldova",
        Some("field-operation"),
        false,
    ),
    office(
        "centre-in-ashgabat",
        "Centre in Ashgabat",
        Some("field-operation"),
        false,
    ),
    office(
        "mission-to-georgia",
        "Mission to Georgia",
        Some("field-operation"),
        true,
    ),
    office(
        "threats-department",
        "Transnational Threats Department",
        Some("secretariat"),
        false,
    ),
    office(
        "economic-office",
        "Economic, Environmental and Related Activities",
        Some("secretariat"),
        false,
    ),
    office("mission-to-serbia", "Mission to Serbia", Some("field-operation"), false),
    office("office-in-yerevan", "Office in Yerevan", Some("field-operation"), true),
    office(
        "court-of-conciliation",
        "Court of Conciliation and Arbitration",
        Some("institution"),
        false,
    ),
    office("office-without-releases", "Office without releases", None, true),
];

/// All themes, three levels deep; children come anywhere, also before their parents.
pub const THEMES: &[Theme] = &[
    theme("elections", "Elections", Some("human-dimension")),
    theme("policing", "Policing", Some("security")),
    theme("human-dimension", "Human dimension", None),
    theme("election-observation", "Election observation", Some("elections")),
    theme("environment", "Environmental activities", Some("economy")),
    theme("economy", "Economic and environmental dimension", None),
    theme("border-management", "Border management", Some("security")),
    theme("security", "Politico-military dimension", None),
    theme("good-governance", "Environmental good governance", Some("environment")),
    theme("gender-equality", "Gender equality", None),
    theme("community-policing", "Community policing", Some("policing")),
    theme("media", "Media freedom and development", Some("human-dimension")),
    theme("electoral-law", "Electoral law", Some("elections")),
    theme("water", "Water", Some("environment")),
    theme(
        "theme-without-releases",
        "Theme without releases",
        Some("gender-equality"),
    ),
];

/// All content types, the commonest first.
pub const TYPES: &[Type] = &[
    Type {
        slug: "news",
        name: "News",
    },
    Type {
        slug: "press-release",
        name: "Press release",
    },
    Type {
        slug: "daily-report",
        name: "Daily report",
    },
    Type {
        slug: "statement",
        name: "Statement",
    },
    Type {
        slug: "spot-report",
        name: "Spot report",
    },
    Type {
        slug: "type-without-releases",
        name: "Type without releases",
    },
];

/// The Russian names that some have.
const RUSSIAN: [(&str, &str); 4] = [
    ("odihr", "БДИПЧ"),
    ("secretariat", "Секретариат"),
    ("elections", "Выборы"),
    ("news", "Новости"),
];

fn names(slug: &str, english: &str) -> Value {
    match RUSSIAN.iter().find(|(named, _)| *named == slug) {
        Some((_, russian)) => json!({"en": english, "ru": russian}),
        None => json!({"en": english}),
    }
}

impl Theme {
    /// The themes above one, the nearest first.
    pub fn ancestors(self) -> impl Iterator<Item = Self> {
        let above = |theme: &Self| {
            theme
                .parent
                .and_then(|slug| THEMES.iter().copied().find(|other| other.slug == slug))
        };
        std::iter::successors(above(&self), above)
    }
}

/// The taxonomy in the exchange format.
#[must_use]
pub fn taxonomy_json() -> String {
    let offices = OFFICES
        .iter()
        .map(|o| json!({"slug": o.slug, "names": names(o.slug, o.name), "closed": o.closed, "kind": o.kind}));
    let themes = THEMES
        .iter()
        .map(|t| json!({"slug": t.slug, "names": names(t.slug, t.name), "parent": t.parent}));
    let types = TYPES
        .iter()
        .map(|t| json!({"slug": t.slug, "names": names(t.slug, t.name)}));
    let taxonomy = json!({"offices": offices.collect::<Value>(), "themes": themes.collect::<Value>(), "types": types.collect::<Value>()});
    format!("{taxonomy:#}\n")
}
