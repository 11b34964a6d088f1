//! What is asked of a feed: by its path, and by the parameters behind it.

use std::{collections::BTreeSet, fmt::Display};

use newsroom_domain::{Locale, Slug, filter::ReleaseFilter, taxonomy::Taxonomy};
use url::form_urlencoded;

use super::address::{FeedAddress, Kind};
use crate::{
    error::ApiError,
    parameters::{Parameters, parameters_of},
};

/// How many entries a feed has where nobody says.
const USUAL: u64 = 50;
/// The most entries of a feed.
const MOST: u64 = 100;

/// How much of each release a feed has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Lead and body.
    Full,
    /// The lead.
    Summary,
}

/// What is asked.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) address: FeedAddress,
    /// The filter, with what the path says.
    pub(super) filter: ReleaseFilter,
    /// The reader's.
    pub(super) locale: Option<Locale>,
    pub(super) content: Content,
    pub(super) limit: u64,
    /// The change up to which an archive goes; `None` for the feed itself.
    pub(super) archive: Option<i64>,
}

impl Question {
    /// What a path and a query string ask.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` with all that is wrong with the parameters.
    pub(super) fn read(address: FeedAddress, query: Option<&str>) -> Result<Self, ApiError> {
        let mut parameters = Parameters::parse(query)?;
        let mut filter = parameters.release_filter("availableIn");
        if let Some(topic) = &address.topic {
            let (slugs, without) = match topic.kind {
                Kind::Offices => (&mut filter.offices, filter.without_office),
                Kind::Themes => (&mut filter.themes, filter.without_theme),
                Kind::Types => (&mut filter.types, filter.without_type),
            };
            if !slugs.is_empty() || without {
                let name = topic.kind.parameter();
                let message = "the path says it already: leave this out, or ask /feeds/releases for any of several";
                parameters.fault(name, "CONFLICTING", message);
            }
            *slugs = vec![topic.slug.clone()];
        }
        let named = parameters.read::<Locale>("locale");
        if address.locale.is_some() && named.is_some() {
            parameters.fault("locale", "CONFLICTING", "the path says it already: leave this out");
        }
        let content = match parameters.one("content").as_deref() {
            None | Some("full") => Content::Full,
            Some("summary") => Content::Summary,
            Some(_) => {
                parameters.fault("content", "MALFORMED", "give full or summary");
                Content::Full
            }
        };
        let limit = parameters.limit(USUAL, MOST);
        let archive = parameters.read::<i64>("archive");
        if archive.is_some_and(|archive| archive < 1) {
            parameters.fault(
                "archive",
                "OUT_OF_RANGE",
                "follow the links of a feed to come to its archives",
            );
        }
        parameters.finish()?;
        Ok(Self {
            locale: address.locale.clone().or(named),
            address,
            filter,
            content,
            limit,
            archive,
        })
    }

    /// The same question by the slugs that are used now: former ones, and those of what was merged, lead to these.
    pub(super) fn by_current_slugs(&self, taxonomy: &Taxonomy) -> Self {
        let mut question = self.clone();
        let filter = &mut question.filter;
        bring_up(&mut filter.offices, |slug| Some(&taxonomy.office_by_slug(slug)?.slug));
        bring_up(&mut filter.themes, |slug| Some(&taxonomy.themes().by_slug(slug)?.slug));
        bring_up(&mut filter.types, |slug| {
            Some(&taxonomy.content_type_by_slug(slug)?.slug)
        });
        question
    }

    /// The address of what was asked for, as it is always written: the same question has one address.
    pub(super) fn own_address(&self) -> String {
        match self.archive {
            Some(archive) => self.archive_address(archive),
            None => self.current_address(),
        }
    }

    /// The address of the feed itself.
    pub(super) fn current_address(&self) -> String {
        self.addressed(|query| {
            if self.limit != USUAL {
                query.append_pair("limit", &self.limit.to_string());
            }
        })
    }

    /// The address of an archive of it.
    pub(super) fn archive_address(&self, archive: i64) -> String {
        self.addressed(|query| {
            query.append_pair("archive", &archive.to_string());
        })
    }

    fn addressed(&self, last: impl FnOnce(&mut form_urlencoded::Serializer<'_, String>)) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(parameters_of(&self.filter_beside_path(), "availableIn"));
        if self.address.locale.is_none() {
            write_all(&mut query, "locale", self.locale.iter());
        }
        if self.content == Content::Summary {
            query.append_pair("content", "summary");
        }
        last(&mut query);
        let (path, query) = (self.address.path(), query.finish());
        if query.is_empty() {
            path
        } else {
            format!("{path}?{query}")
        }
    }

    /// The filter, without what the path says of it.
    fn filter_beside_path(&self) -> ReleaseFilter {
        let mut filter = self.filter.clone();
        match self.address.topic.as_ref().map(|topic| topic.kind) {
            Some(Kind::Offices) => filter.offices.clear(),
            Some(Kind::Themes) => filter.themes.clear(),
            Some(Kind::Types) => filter.types.clear(),
            None => {}
        }
        filter
    }
}

/// Puts the current slug in the place of each, and names each once.
fn bring_up<'a>(slugs: &mut Vec<String>, current: impl Fn(&str) -> Option<&'a Slug>) {
    let mut named = BTreeSet::new();
    let all = std::mem::take(slugs).into_iter();
    let all = all.map(|slug| current(&slug).map_or(slug, ToString::to_string));
    slugs.extend(all.filter(|slug| named.insert(slug.clone())));
}

fn write_all(
    query: &mut form_urlencoded::Serializer<'_, String>,
    name: &str,
    values: impl IntoIterator<Item = impl Display>,
) {
    for value in values {
        query.append_pair(name, &value.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(path: &str, query: &str) -> Result<Question, ApiError> {
        Question::read(FeedAddress::parse(path).unwrap(), Some(query))
    }

    #[test]
    fn a_question_has_one_address_however_it_was_asked() {
        let asked = question(
            "releases.atom",
            "limit=7&content=summary&to=2024-12-31&theme=media&office=b&office=a&withoutOffice=1&availableIn=RU&locale=SR-latn",
        )
        .unwrap();
        let filter = "office=b&office=a&theme=media&withoutOffice=true&to=2024-12-31&availableIn=ru&locale=sr-Latn&content=summary";
        assert_eq!(asked.own_address(), format!("/feeds/releases.atom?{filter}&limit=7"));
        assert_eq!(
            asked.archive_address(300),
            format!("/feeds/releases.atom?{filter}&archive=300")
        );
        let again = question("releases.atom", &format!("{filter}&limit=7")).unwrap();
        assert_eq!(again.own_address(), asked.own_address());
        let plain = question("ru/offices/a.rss", "limit=50&content=full").unwrap();
        assert_eq!(plain.own_address(), "/feeds/ru/offices/a.rss");
    }

    #[test]
    fn what_the_path_says_is_not_said_again() {
        let error = question(
            "ru/offices/a.rss",
            "office=b&locale=en&archive=0&limit=101&content=none&q=x",
        )
        .unwrap_err();
        let faults: Vec<_> = error.fields.iter().map(|fault| (&*fault.path, &*fault.code)).collect();
        assert_eq!(
            faults,
            [
                ("office", "CONFLICTING"),
                ("locale", "CONFLICTING"),
                ("content", "MALFORMED"),
                ("limit", "OUT_OF_RANGE"),
                ("archive", "OUT_OF_RANGE"),
                ("q", "UNKNOWN_PARAMETER"),
            ]
        );
    }
}
