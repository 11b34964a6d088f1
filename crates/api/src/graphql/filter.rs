//! The arguments of a list of releases, and what they come to.

use async_graphql::{Enum, InputObject};
use newsroom_domain::{
    Reader, ReleaseId, Slug, filter,
    page::{End, ListOf, PageArguments, PageFault, PageRequest, Position, Rank, SearchSeal, relevance_page},
    search::{self, Search, SearchQuery},
};
use newsroom_persistence::ReadError;

use super::{
    Settings,
    loading::ListWants,
    neighbours::Side,
    scalars::{Date, LocaleTag},
};
use crate::{
    error::{ApiError, ErrorCode, FieldFault},
    store_failure::present,
};

/// Which releases a list has. Several values of one filter mean any of them, and `without…` is one more value of its kind;
/// different filters mean all of them. A filter that is left out, null, false or empty restricts nothing.
///
/// A slug that an office, theme or content type had goes on naming it. One that names nothing is refused with
/// `VALIDATION_FAILED`, whose `fields` name each: `filter.offices.0`.
#[derive(Debug, Default, InputObject)]
#[graphql(name = "ReleaseFilter")]
pub(crate) struct ReleaseFilterInput {
    /// Slugs of offices, at most 100: releases of any of them.
    offices: Option<Vec<String>>,
    /// Slugs of themes, at most 100: releases on any of them, or on a theme below one of them.
    themes: Option<Vec<String>>,
    /// Slugs of content types, at most 100: releases of any of them.
    types: Option<Vec<String>>,
    /// Releases of no office, beside those of `offices`.
    without_office: Option<bool>,
    /// Releases on no theme, beside those on `themes`.
    without_theme: Option<bool>,
    /// Releases of no content type, beside those of `types`.
    without_type: Option<bool>,
    /// Locales, at most 100: releases that can be read in any of them. `sr` is not `sr-Latn`: name each that will do.
    locales: Option<Vec<LocaleTag>>,
    /// The first publishing date, included: a day in the newsroom's time zone.
    published_from: Option<Date>,
    /// The last publishing date, included: a day in the newsroom's time zone. Not before `publishedFrom`.
    published_to: Option<Date>,
    /// What a reader looks for, in title, lead and body: words in any of their forms, `"phrases"`, `-exclusions`, and `begin*` for
    /// all words that begin so; at most 1,000 characters. Capitals and accents make no difference, and Serbian is found in both its
    /// alphabets. A release is found through the text that is shown for `locale`. Blank restricts nothing; a search without a
    /// letter or a digit, or one that only excludes, is `VALIDATION_FAILED`.
    search: Option<String>,
    /// How many of the search's words and phrases a release must have. Null means all.
    search_mode: Option<SearchMode>,
    /// Whether a release is found through any of its texts, instead of the one that is shown.
    any_locale: Option<bool>,
}

/// How many of its words and phrases a release must have for a search to find it. What the search excludes it never has.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Default)]
#[graphql(remote = "newsroom_domain::search::SearchMode")]
pub(crate) enum SearchMode {
    /// All of them, in one text.
    #[default]
    All,
    /// At least one. By relevance those with more of them come first.
    Any,
}

/// The order of a list of releases. All are total: of two releases with one publishing instant, the later created is newer.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ReleaseOrder {
    /// By publishing instant, the newest first.
    #[default]
    #[graphql(name = "NEWEST")]
    NewestFirst,
    /// By publishing instant, the oldest first.
    #[graphql(name = "OLDEST")]
    OldestFirst,
    /// By how well the text matches the search, the best first, and of equals the newest: what is in the title counts more than
    /// what is in the lead, and that more than what is in the body; the form that was typed counts more than another, and words
    /// that stand side by side more than scattered ones. A text in another locale than the reader asked for counts half. Other
    /// releases never change it. Without a search the same as NEWEST.
    Relevance,
}

impl ReleaseOrder {
    /// The order by publishing instant; none by relevance.
    const fn by_date(self) -> Option<filter::ReleaseOrder> {
        match self {
            Self::NewestFirst => Some(filter::ReleaseOrder::NewestFirst),
            Self::OldestFirst => Some(filter::ReleaseOrder::OldestFirst),
            Self::Relevance => None,
        }
    }
}

/// The part of a list that is asked for.
#[derive(Debug, Clone)]
pub(crate) enum ListPart {
    /// Of all that pass the filter.
    Listed(filter::ReleaseOrder, PageRequest),
    /// Of those among them that a search finds.
    Searched(Search, SearchedPart),
}

/// The part that is asked for of what a search finds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SearchedPart {
    /// A page by publishing instant.
    ByDate(filter::ReleaseOrder, PageRequest),
    /// A page by relevance.
    ByRelevance(SearchSeal, PageRequest<Rank>),
    /// What lies beside a release by relevance.
    Beside(SearchSeal, Side, ReleaseId),
}

impl ListPart {
    /// The page that a connection's arguments ask for.
    fn page(
        search: Option<Search>,
        order: ReleaseOrder,
        reader: &Reader,
        arguments: &PageArguments,
    ) -> Result<Self, ApiError> {
        let by_date = order.by_date();
        let Some(search) = search else {
            let order = by_date.unwrap_or_default();
            return Ok(Self::Listed(order, read_page(arguments, order)?));
        };
        let part = if let Some(order) = by_date {
            SearchedPart::ByDate(order, read_page(arguments, order)?)
        } else {
            let seal = SearchSeal::of(&search, reader);
            SearchedPart::ByRelevance(seal, relevance_page(arguments, seal).map_err(refuse_page)?)
        };
        Ok(Self::Searched(search, part))
    }

    /// What lies beside a release.
    fn beside(search: Option<Search>, order: ReleaseOrder, reader: &Reader, side: Side, release: Position) -> Self {
        let page = match side {
            Side::Next => PageRequest {
                after: Some(release),
                ..PageRequest::first(1)
            },
            Side::Previous => PageRequest {
                end: End::Finish,
                before: Some(release),
                ..PageRequest::first(1)
            },
        };
        match (search, order.by_date()) {
            (None, order) => Self::Listed(order.unwrap_or_default(), page),
            (Some(search), Some(order)) => Self::Searched(search, SearchedPart::ByDate(order, page)),
            (Some(search), None) => {
                let seal = SearchSeal::of(&search, reader);
                Self::Searched(search, SearchedPart::Beside(seal, side, release.id))
            }
        }
    }
}

/// Whose releases a list has.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope<'a> {
    /// The whole newsroom's.
    Newsroom,
    /// An office's.
    Office(&'a Slug),
    /// A theme's, and those of the themes below it.
    Theme(&'a Slug),
    /// A content type's.
    ContentType(&'a Slug),
}

/// A question for a page of releases.
#[derive(Debug, Clone)]
pub(crate) struct ListQuery {
    /// Which releases.
    pub(crate) filter: filter::ReleaseFilter,
    /// Which of them, in which order.
    pub(crate) part: ListPart,
    /// Who reads.
    pub(crate) reader: Reader,
    /// What of the list.
    pub(crate) wants: ListWants,
}

/// The arguments of a list, as a resolver takes them.
#[derive(Debug, Default)]
pub(crate) struct ListArguments {
    pub(crate) filter: Option<ReleaseFilterInput>,
    pub(crate) order_by: Option<ReleaseOrder>,
    pub(crate) first: Option<i32>,
    pub(crate) after: Option<String>,
    pub(crate) last: Option<i32>,
    pub(crate) before: Option<String>,
    pub(crate) locale: Option<LocaleTag>,
}

impl ListArguments {
    /// The question that these arguments put to the store, for the releases of `scope`; a reader who names no locale has `reader`.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` or `INVALID_CURSOR`.
    pub(crate) fn into_query(
        self,
        scope: Scope<'_>,
        reader: &Reader,
        settings: &Settings,
        wants: ListWants,
    ) -> Result<ListQuery, ApiError> {
        let reader = settings.reader(self.locale)?.or(reader);
        let (filter, search) = self.filter.unwrap_or_default().into_domain(scope)?;
        let page = PageArguments {
            first: self.first.map(i64::from),
            after: self.after,
            last: self.last.map(i64::from),
            before: self.before,
        };
        Ok(ListQuery {
            filter,
            part: ListPart::page(search, self.order_by.unwrap_or_default(), &reader, &page)?,
            reader,
            wants,
        })
    }
}

impl ListQuery {
    /// The question for what lies beside a release in a list of the whole newsroom.
    ///
    /// # Errors
    /// `VALIDATION_FAILED`.
    pub(crate) fn beside(
        release: Position,
        side: Side,
        filter: Option<ReleaseFilterInput>,
        order_by: Option<ReleaseOrder>,
        reader: &Reader,
        wants: ListWants,
    ) -> Result<Self, ApiError> {
        let (filter, search) = filter.unwrap_or_default().into_domain(Scope::Newsroom)?;
        Ok(Self {
            filter,
            part: ListPart::beside(search, order_by.unwrap_or_default(), reader, side, release),
            reader: reader.clone(),
            wants,
        })
    }
}

impl ReleaseFilterInput {
    /// The domain's filter for the releases of `scope`, and its search.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` where the filter is on what the scope has settled, or the search cannot be.
    fn into_domain(self, scope: Scope<'_>) -> Result<(filter::ReleaseFilter, Option<Search>), ApiError> {
        let mut faults = Vec::new();
        let search = self.search().unwrap_or_else(|fault| {
            faults.push(fault);
            None
        });
        let mut filter = filter::ReleaseFilter {
            offices: self.offices.unwrap_or_default(),
            themes: self.themes.unwrap_or_default(),
            types: self.types.unwrap_or_default(),
            without_office: self.without_office.unwrap_or_default(),
            without_theme: self.without_theme.unwrap_or_default(),
            without_type: self.without_type.unwrap_or_default(),
            locales: self.locales.unwrap_or_default().into_iter().map(|tag| tag.0).collect(),
            published_from: self.published_from.map(|day| day.0),
            published_to: self.published_to.map(|day| day.0),
        };
        let (slug, settled, values, (none, without)) = match scope {
            Scope::Newsroom => return refuse(faults).map(|()| (filter, search)),
            Scope::Office(slug) => (
                slug,
                "offices",
                &mut filter.offices,
                (filter.without_office, "withoutOffice"),
            ),
            Scope::Theme(slug) => (
                slug,
                "themes",
                &mut filter.themes,
                (filter.without_theme, "withoutTheme"),
            ),
            Scope::ContentType(slug) => (slug, "types", &mut filter.types, (filter.without_type, "withoutType")),
        };
        let given = [(!values.is_empty()).then_some(settled), none.then_some(without)];
        faults.extend(given.into_iter().flatten().map(|name| {
            let message =
                format!("this list has the releases of “{slug}” alone; leave {name} out, or ask `Query.releases`");
            FieldFault::new(format!("filter.{name}"), "ALREADY_SETTLED", message)
        }));
        refuse(faults)?;
        values.push(slug.to_string());
        Ok((filter, search))
    }

    /// What it looks for, if anything.
    fn search(&self) -> Result<Option<Search>, FieldFault> {
        let text = self.search.as_deref().filter(|text| !text.trim().is_empty());
        let mode: search::SearchMode = self.search_mode.unwrap_or_default().into();
        let query = text.map(|text| SearchQuery::parse(text, mode)).transpose();
        let query = query.map_err(|fault| FieldFault::from(fault.at("filter.search")))?;
        let any_locale = self.any_locale.unwrap_or_default();
        Ok(query.map(|query| Search { query, any_locale }))
    }
}

fn refuse(faults: Vec<FieldFault>) -> Result<(), ApiError> {
    if faults.is_empty() {
        Ok(())
    } else {
        Err(ApiError::validation(faults))
    }
}

pub(crate) fn read_page(page: &PageArguments, list: impl Into<ListOf>) -> Result<PageRequest, ApiError> {
    page.read(list).map_err(refuse_page)
}

/// The error that a caller gets for a page that cannot be.
pub(crate) fn refuse_page(fault: PageFault) -> ApiError {
    match fault {
        PageFault::Count(fault) => ApiError::validation(vec![fault.into()]),
        PageFault::Cursor(fault) => ApiError::new(ErrorCode::InvalidCursor, fault.to_string()),
    }
}

/// The error that a caller gets where a list could not be read.
pub(crate) fn refuse_list(error: ReadError) -> ApiError {
    match error {
        ReadError::Filter(faults) => refuse_filter(faults),
        ReadError::Store(error) => present(&error),
    }
}

/// The error that a caller gets for a filter that cannot be.
pub(crate) fn refuse_filter(faults: Vec<newsroom_domain::FieldFault>) -> ApiError {
    ApiError::validation(faults.into_iter().map(|fault| fault.within("filter").into()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(arguments: ListArguments, scope: Scope<'_>) -> Result<ListQuery, ApiError> {
        arguments.into_query(scope, &Reader::default(), &Settings::default(), ListWants::default())
    }

    fn filtered(filter: ReleaseFilterInput, scope: Scope<'_>) -> Result<filter::ReleaseFilter, ApiError> {
        let arguments = ListArguments {
            filter: Some(filter),
            ..ListArguments::default()
        };
        query(arguments, scope).map(|query| query.filter)
    }

    #[test]
    fn a_scope_is_a_value_of_its_own_filter_and_leaves_the_others() {
        let slug = "elections".parse().unwrap();
        let filter = || ReleaseFilterInput {
            offices: Some(vec!["odihr".to_owned()]),
            themes: Some(vec![]),
            without_theme: Some(false),
            published_from: Some(Date("2024-11-22".parse().unwrap())),
            ..ReleaseFilterInput::default()
        };
        let expected = filter::ReleaseFilter {
            offices: vec!["odihr".to_owned()],
            published_from: Some("2024-11-22".parse().unwrap()),
            ..filter::ReleaseFilter::default()
        };
        assert_eq!(filtered(filter(), Scope::Newsroom).unwrap(), expected);
        let themes = vec!["elections".to_owned()];
        assert_eq!(
            filtered(filter(), Scope::Theme(&slug)).unwrap(),
            filter::ReleaseFilter { themes, ..expected }
        );
    }

    #[test]
    fn a_filter_on_what_the_scope_has_settled_is_refused_by_name() {
        let slug = "odihr".parse().unwrap();
        let filter = ReleaseFilterInput {
            offices: Some(vec!["odihr".to_owned()]),
            without_office: Some(true),
            ..ReleaseFilterInput::default()
        };
        let refused = filtered(filter, Scope::Office(&slug)).unwrap_err();
        let paths: Vec<_> = refused.fields.iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(
            (refused.code, paths),
            (
                ErrorCode::ValidationFailed,
                vec!["filter.offices", "filter.withoutOffice"]
            )
        );
    }

    #[test]
    fn a_count_out_of_bounds_and_a_strange_cursor_have_codes_of_their_own() {
        let count = ListArguments {
            first: Some(-1),
            ..ListArguments::default()
        };
        assert_eq!(
            query(count, Scope::Newsroom).unwrap_err().fields[0].code,
            "OUT_OF_RANGE"
        );
        let cursor = ListArguments {
            after: Some("strange".to_owned()),
            ..ListArguments::default()
        };
        assert_eq!(
            query(cursor, Scope::Newsroom).unwrap_err().code,
            ErrorCode::InvalidCursor
        );
    }
}
