//! The arguments of a list of releases, and what they come to.

use async_graphql::{Enum, InputObject};
use newsroom_domain::{
    Reader, Slug, filter,
    page::{ListOf, PageArguments, PageFault, PageRequest},
};
use newsroom_persistence::ReadError;

use super::{
    Settings,
    loading::ListWants,
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
}

/// The order of a list of releases. Both are total: of two releases with one publishing instant, the later created is newer.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Default)]
#[graphql(remote = "newsroom_domain::filter::ReleaseOrder")]
pub(crate) enum ReleaseOrder {
    /// By publishing instant, the newest first.
    #[default]
    #[graphql(name = "NEWEST")]
    NewestFirst,
    /// By publishing instant, the oldest first.
    #[graphql(name = "OLDEST")]
    OldestFirst,
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
    /// In which order.
    pub(crate) order: filter::ReleaseOrder,
    /// Which page of them.
    pub(crate) page: PageRequest,
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
        let asked = settings.reader(self.locale)?;
        let order = self.order_by.unwrap_or_default().into();
        let page = PageArguments {
            first: self.first.map(i64::from),
            after: self.after,
            last: self.last.map(i64::from),
            before: self.before,
        };
        Ok(ListQuery {
            filter: self.filter.unwrap_or_default().into_domain(scope)?,
            order,
            page: read_page(&page, order)?,
            reader: asked.or(reader),
            wants,
        })
    }
}

impl ReleaseFilterInput {
    /// The domain's filter for the releases of `scope`.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` where the filter is on what the scope has settled.
    fn into_domain(self, scope: Scope<'_>) -> Result<filter::ReleaseFilter, ApiError> {
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
            Scope::Newsroom => return Ok(filter),
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
        let faults = given.into_iter().flatten().map(|name| {
            let message =
                format!("this list has the releases of “{slug}” alone; leave {name} out, or ask `Query.releases`");
            FieldFault::new(format!("filter.{name}"), "ALREADY_SETTLED", message)
        });
        let faults: Vec<_> = faults.collect();
        if !faults.is_empty() {
            return Err(ApiError::validation(faults));
        }
        values.push(slug.to_string());
        Ok(filter)
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
        ReadError::Filter(faults) => {
            ApiError::validation(faults.into_iter().map(|fault| fault.within("filter").into()).collect())
        }
        ReadError::Store(error) => present(&error),
    }
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
