//! Lists of the desk's releases, a page at a time.

use async_graphql::{InputObject, Object, Result};
use newsroom_domain::{
    filter::DeskFilter,
    page::{ListOf, Page, Position},
};

use super::release::{DeskRelease, ReleaseState};
use crate::{
    error::ApiError,
    graphql::{connection::PageInfo, scalars::LocaleTag},
};

/// Which releases a list of the desk has. Several values of one filter mean any of them; different filters mean all of
/// them. A filter that is left out, null or empty restricts nothing.
#[derive(Debug, Default, InputObject)]
#[graphql(name = "DeskReleaseFilter")]
pub(crate) struct DeskReleaseFilterInput {
    /// The states that they are in.
    states: Option<Vec<ReleaseState>>,
    /// Slugs of offices, at most 100, that readers find them under or that their drafts have.
    offices: Option<Vec<String>>,
    /// Releases of no office, beside those of `offices`.
    without_office: Option<bool>,
    /// Locales of which they have a translation, in whatever state; at most 100.
    locales: Option<Vec<LocaleTag>>,
    /// Those that have a draft in any locale, or those that have none.
    has_draft: Option<bool>,
    /// Those that the caller created, and no others.
    mine: Option<bool>,
    /// Those of which a translation is assigned to the caller, and no others.
    assigned_to_me: Option<bool>,
}

impl From<DeskReleaseFilterInput> for DeskFilter {
    fn from(input: DeskReleaseFilterInput) -> Self {
        Self {
            states: input.states.unwrap_or_default().into_iter().map(Into::into).collect(),
            offices: input.offices.unwrap_or_default(),
            without_office: input.without_office.unwrap_or_default(),
            locales: input
                .locales
                .unwrap_or_default()
                .into_iter()
                .map(|locale| locale.0)
                .collect(),
            has_draft: input.has_draft,
            mine: input.mine.unwrap_or_default(),
            assigned_to_me: input.assigned_to_me.unwrap_or_default(),
        }
    }
}

pub(crate) struct DeskReleaseConnection {
    pub(crate) page: Page<DeskRelease>,
    pub(crate) total: Option<u64>,
}

/// A page of the releases that the caller may read at the desk, those that were edited last first.
///
/// A release that is edited while you page moves to the front of the list: you may meet it again there.
#[Object]
impl DeskReleaseConnection {
    /// The releases of this page, each with its cursor.
    async fn edges(&self) -> Vec<DeskReleaseEdge<'_>> {
        self.page.items.iter().map(DeskReleaseEdge).collect()
    }

    /// The releases of this page.
    async fn nodes(&self) -> &[DeskRelease] {
        &self.page.items
    }

    /// Where this page lies in the list.
    async fn page_info(&self) -> PageInfo {
        PageInfo {
            has_next_page: self.page.has_next,
            has_previous_page: self.page.has_previous,
            start_cursor: self.page.items.first().map(cursor),
            end_cursor: self.page.items.last().map(cursor),
        }
    }

    /// How many releases the whole list has. Counted only where it is selected.
    async fn total_count(&self) -> Result<i32> {
        let total = self.total.ok_or_else(ApiError::internal)?;
        Ok(i32::try_from(total).unwrap_or(i32::MAX))
    }
}

pub(crate) struct DeskReleaseEdge<'a>(&'a DeskRelease);

/// A release in a list of the desk.
#[Object]
impl DeskReleaseEdge<'_> {
    /// Where the release stands in the list, for `after` and `before`. Opaque: do not take it apart.
    async fn cursor(&self) -> String {
        cursor(self.0)
    }

    /// The release.
    async fn node(&self) -> &DeskRelease {
        self.0
    }
}

fn cursor(release: &DeskRelease) -> String {
    let release = &release.release;
    // Every release has an original, and that was saved by somebody once.
    let edited_at = release.changed().map(|changed| changed.at);
    let position = edited_at.map(|at| Position { at, id: release.id });
    position.map_or_else(String::new, |position| position.to_cursor(ListOf::DeskReleases))
}
