//! What every list must be, worked out the slow way: by looking at each release of the archive.
//!
//! Nothing is shared with the program: themes are closed by walking up from each, days are read off the wall clock in
//! Vienna, and pages are cut out of whole lists.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use crate::generate::{Archive, OFFICES, Release, THEMES, TYPES, Text, TextState, vienna_day};
use crate::random::Random;

/// A filter of releases, as `ReleaseFilter` in the schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Slugs of offices.
    pub offices: Vec<&'static str>,
    /// Slugs of themes.
    pub themes: Vec<&'static str>,
    /// Slugs of content types.
    pub types: Vec<&'static str>,
    /// Whether those without an office will do.
    pub without_office: bool,
    /// Whether those without a theme will do.
    pub without_theme: bool,
    /// Whether those without a type will do.
    pub without_type: bool,
    /// Locales that readers can have.
    pub locales: Vec<&'static str>,
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The last day.
    pub to: Option<NaiveDate>,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The newest first.
    Newest,
    /// The oldest first.
    Oldest,
}

impl Order {
    /// Its name in the schema.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Newest => "NEWEST",
            Self::Oldest => "OLDEST",
        }
    }
}

impl Filter {
    /// A random one, which is fairly likely to let something through.
    #[must_use]
    pub fn random(random: &mut Random, archive: &Archive) -> Self {
        let mut filter = Self::default();
        let slugs = |random: &mut Random, all: &[&'static str]| {
            let count = if random.chance(60) { 1 } else { 1 + random.below(4) };
            (0..count).map(|_| *random.pick(all)).collect::<Vec<_>>()
        };
        if random.chance(45) {
            (filter.offices, filter.without_office) = (
                slugs(random, &OFFICES.iter().map(|o| o.slug).collect::<Vec<_>>()),
                random.chance(20),
            );
        } else if random.chance(15) {
            filter.without_office = true;
        }
        if random.chance(45) {
            (filter.themes, filter.without_theme) = (
                slugs(random, &THEMES.iter().map(|t| t.slug).collect::<Vec<_>>()),
                random.chance(20),
            );
        } else if random.chance(15) {
            filter.without_theme = true;
        }
        if random.chance(35) {
            (filter.types, filter.without_type) = (
                slugs(random, &TYPES.iter().map(|t| t.slug).collect::<Vec<_>>()),
                random.chance(20),
            );
        } else if random.chance(10) {
            filter.without_type = true;
        }
        // Days that releases lie on, so that the ends of a range matter.
        let mut days = Vec::new();
        while days.len() < 2 {
            days.extend(
                random
                    .pick(&archive.releases)
                    .published_at
                    .filter(|at| *at < 1_800_000_000_000_000)
                    .map(vienna_day),
            );
        }
        days.sort_unstable();
        match random.below(10) {
            0 | 1 => (filter.from, filter.to) = (Some(days[0]), Some(days[1])),
            2 => filter.from = Some(days[0]),
            3 => filter.to = Some(days[1]),
            4 => (filter.from, filter.to) = (Some(days[0]), Some(days[0])),
            _ => {}
        }
        if random.chance(20) {
            let there: Vec<&str> = random.pick(&archive.releases).public_locales().collect();
            filter.locales = there.into_iter().take(2).collect();
        }
        filter
    }

    /// The filter as a variable of the schema's type `ReleaseFilter`, without what it does not restrict.
    #[must_use]
    pub fn variable(&self) -> Value {
        let mut filter = Map::new();
        for (name, slugs) in [
            ("offices", &self.offices),
            ("themes", &self.themes),
            ("types", &self.types),
            ("locales", &self.locales),
        ] {
            if !slugs.is_empty() {
                filter.insert(name.to_owned(), json!(slugs));
            }
        }
        for (name, set) in [
            ("withoutOffice", self.without_office),
            ("withoutTheme", self.without_theme),
            ("withoutType", self.without_type),
        ] {
            if set {
                filter.insert(name.to_owned(), json!(true));
            }
        }
        for (name, day) in [("publishedFrom", self.from), ("publishedTo", self.to)] {
            if let Some(day) = day {
                filter.insert(name.to_owned(), json!(day.to_string()));
            }
        }
        Value::Object(filter)
    }

    /// Whether the filter lets a release through.
    #[must_use]
    pub fn lets_through(&self, release: &Release) -> bool {
        let Some(day) = release.published_at.map(vienna_day) else {
            return false;
        };
        let themes = with_ancestors(&release.themes);
        let own_type: Vec<_> = release.content_type.into_iter().collect();
        release.is_public()
            && any_of(&self.offices, self.without_office, &release.offices)
            && any_of(&self.themes, self.without_theme, &themes)
            && any_of(&self.types, self.without_type, &own_type)
            && any_of(&self.locales, false, &release.public_locales().collect::<Vec<_>>())
            && self.from.is_none_or(|from| from <= day)
            && self.to.is_none_or(|to| day <= to)
    }
}

fn any_of(wanted: &[&str], none: bool, has: &[&str]) -> bool {
    (wanted.is_empty() && !none) || wanted.iter().any(|slug| has.contains(slug)) || (none && has.is_empty())
}

/// Themes and all above them.
#[must_use]
pub fn with_ancestors(themes: &[&'static str]) -> Vec<&'static str> {
    let own = THEMES.iter().filter(|theme| themes.contains(&theme.slug));
    own.flat_map(|theme| std::iter::once(theme.slug).chain(theme.ancestors().map(|above| above.slug)))
        .collect()
}

/// The list of a filter, whole.
#[must_use]
pub fn list<'a>(archive: &'a Archive, filter: &Filter, order: Order) -> Vec<&'a Release> {
    let mut list: Vec<&Release> = archive
        .releases
        .iter()
        .filter(|release| filter.lets_through(release))
        .collect();
    list.sort_by_key(|release| (release.published_at, release.number));
    if order == Order::Newest {
        list.reverse();
    }
    list
}

/// The slugs of a list.
#[must_use]
pub fn slugs(list: &[&Release]) -> Vec<String> {
    list.iter().map(|release| release.slug.clone()).collect()
}

/// The text of a release that a reader of that locale gets, and its locale: the locale itself, else the nearest shorter one
/// (RFC 4647, section 3.4), else the original.
#[must_use]
pub fn shown<'a>(release: &'a Release, locale: Option<&str>) -> (&'static str, &'a Text) {
    let available: Vec<&str> = release.public_locales().collect();
    let mut range = locale.unwrap_or_default().to_owned();
    let mut found = release.original_locale;
    while !range.is_empty() {
        if let Some(there) = release
            .public_locales()
            .find(|there| there.eq_ignore_ascii_case(&range))
        {
            found = there;
            break;
        }
        range.truncate(range.rfind('-').unwrap_or(0));
        // A single letter introduces what followed it.
        if range.len() >= 2 && range.as_bytes()[range.len() - 2] == b'-' {
            range.truncate(range.len() - 2);
        }
    }
    assert!(available.contains(&found) && release.texts[found].state == TextState::Live);
    (found, &release.texts[found])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn themes_are_closed_over_those_above_them() {
        let mut closed = with_ancestors(&["election-observation", "gender-equality"]);
        closed.sort_unstable();
        assert_eq!(
            closed,
            [
                "election-observation",
                "elections",
                "gender-equality",
                "human-dimension"
            ]
        );
    }

    #[test]
    fn random_filters_let_nothing_something_and_much_through() {
        let archive = Archive::new(1, 1_500);
        let mut random = Random::new(2);
        let lengths: Vec<usize> = (0..150)
            .map(|_| list(&archive, &Filter::random(&mut random, &archive), Order::Newest).len())
            .collect();
        let between = |low, high| lengths.iter().filter(|length| (low..high).contains(*length)).count();
        assert!(
            between(0, 1) > 5 && between(1, 20) > 20 && between(20, 200) > 20 && between(200, 2_000) > 5,
            "{lengths:?}"
        );
    }
}
