//! Lists of the desk's releases, a page at a time.

use async_graphql::{Enum, ID, InputObject, Object, Result, SimpleObject};
use newsroom_domain::{
    AccountId,
    filter::{DeskFilter, ReleaseOrder},
    page::{ListOf, Page, Position},
    release,
};

use super::{
    release::{DeskRelease, ReleaseState},
    stage::DraftStage,
};
use crate::{
    error::ApiError,
    graphql::{
        connection::PageInfo,
        desk_id,
        global_id::GlobalId,
        scalars::{DateTime, LocaleTag, count},
    },
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
    /// The stages that a draft of theirs is at: `[IN_REVIEW]` is what waits for review.
    stages: Option<Vec<DraftStage>>,
    /// Slugs of themes, at most 100, each with all themes under it, that they are filed under as the desk has them.
    themes: Option<Vec<String>>,
    /// Slugs of content types, at most 100, that they have at the desk.
    types: Option<Vec<String>>,
    /// Those that these accounts created, by id or UUID; at most 100.
    authors: Option<Vec<ID>>,
    /// What the title of a draft of theirs, or of what readers have, has in it: at most 200 characters, which may be
    /// capital or small.
    text: Option<String>,
    /// Those that have something scheduled from this instant on.
    scheduled_from: Option<DateTime>,
    /// Those that have something scheduled up to this instant.
    scheduled_to: Option<DateTime>,
    /// True for those that have a translation that is behind the original.
    behind: Option<bool>,
    /// True for those that have something that went live in an emergency and waits for a second approval.
    in_emergency: Option<bool>,
    /// Those that the caller created, and no others.
    mine: Option<bool>,
    /// Those of which a translation is assigned to the caller, and no others.
    assigned_to_me: Option<bool>,
}

impl DeskReleaseFilterInput {
    /// The same in the words of the domain.
    ///
    /// # Errors
    /// `VALIDATION_FAILED` for an author that is no account's id.
    pub(super) fn read(self) -> Result<DeskFilter, ApiError> {
        let mut authors = Vec::new();
        for (index, id) in self.authors.unwrap_or_default().iter().enumerate() {
            let path = format!("filter.authors.{index}");
            authors.push(desk_id::read::<AccountId>(&path, id)?.ok_or_else(|| GlobalId::malformed(&path, id))?);
        }
        Ok(DeskFilter {
            states: self.states.unwrap_or_default().into_iter().map(Into::into).collect(),
            offices: self.offices.unwrap_or_default(),
            without_office: self.without_office.unwrap_or_default(),
            locales: self
                .locales
                .unwrap_or_default()
                .into_iter()
                .map(|locale| locale.0)
                .collect(),
            has_draft: self.has_draft,
            stages: self.stages.unwrap_or_default().into_iter().map(Into::into).collect(),
            themes: self.themes.unwrap_or_default(),
            types: self.types.unwrap_or_default(),
            authors,
            text: self.text,
            scheduled_from: self.scheduled_from.map(|at| at.0),
            scheduled_to: self.scheduled_to.map(|at| at.0),
            behind: self.behind.unwrap_or_default(),
            in_emergency: self.in_emergency.unwrap_or_default(),
            mine: self.mine.unwrap_or_default(),
            assigned_to_me: self.assigned_to_me.unwrap_or_default(),
        })
    }
}

/// The order of a list of the desk's, by when its releases were edited last.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeskReleaseOrder {
    /// Those that were edited last come first.
    EditedLast,
    /// Those that have been left alone longest come first.
    EditedFirst,
}

impl From<DeskReleaseOrder> for ReleaseOrder {
    fn from(order: DeskReleaseOrder) -> Self {
        match order {
            DeskReleaseOrder::EditedLast => Self::NewestFirst,
            DeskReleaseOrder::EditedFirst => Self::OldestFirst,
        }
    }
}

/// How many releases are in a state.
#[derive(SimpleObject)]
pub(crate) struct StateCount {
    /// The state.
    state: ReleaseState,
    /// How many releases.
    count: i32,
}

/// How many releases have a draft at a stage.
#[derive(SimpleObject)]
pub(crate) struct StageCount {
    /// The stage.
    stage: DraftStage,
    /// How many releases.
    count: i32,
}

pub(crate) struct DeskReleaseConnection {
    pub(crate) page: Page<DeskRelease>,
    pub(crate) total: Option<u64>,
    pub(crate) order: ReleaseOrder,
    pub(crate) states: Vec<(release::ReleaseState, u64)>,
    pub(crate) stages: Vec<(release::StageName, u64)>,
}

/// A page of the releases that the caller may read at the desk.
///
/// A release that is edited while you page moves to the front of the list: you may meet it again there.
#[Object]
impl DeskReleaseConnection {
    /// The releases of this page, each with its cursor.
    async fn edges(&self) -> Vec<DeskReleaseEdge<'_>> {
        let edge = |release| DeskReleaseEdge {
            release,
            order: self.order,
        };
        self.page.items.iter().map(edge).collect()
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
            start_cursor: self.page.items.first().map(|release| cursor(release, self.order)),
            end_cursor: self.page.items.last().map(|release| cursor(release, self.order)),
        }
    }

    /// How many releases the whole list has. Counted only where it is selected.
    async fn total_count(&self) -> Result<i32> {
        let total = self.total.ok_or_else(ApiError::internal)?;
        Ok(count(total))
    }

    /// How many of its releases are in each state, whatever states the filter names. Counted only where it is selected.
    async fn state_counts(&self) -> Vec<StateCount> {
        let counts = self.states.iter().map(|(state, releases)| StateCount {
            state: (*state).into(),
            count: count(*releases),
        });
        counts.collect()
    }

    /// How many of its releases have a draft at each stage, whatever stages the filter names; one with drafts at several counts
    /// in each. Counted only where it is selected.
    async fn stage_counts(&self) -> Vec<StageCount> {
        let counts = self.stages.iter().map(|(stage, releases)| StageCount {
            stage: (*stage).into(),
            count: count(*releases),
        });
        counts.collect()
    }
}

pub(crate) struct DeskReleaseEdge<'a> {
    release: &'a DeskRelease,
    order: ReleaseOrder,
}

/// A release in a list of the desk.
#[Object]
impl DeskReleaseEdge<'_> {
    /// Where the release stands in the list, for `after` and `before`. Opaque: do not take it apart.
    async fn cursor(&self) -> String {
        cursor(self.release, self.order)
    }

    /// The release.
    async fn node(&self) -> &DeskRelease {
        self.release
    }
}

fn cursor(release: &DeskRelease, order: ReleaseOrder) -> String {
    let release = &release.release;
    // Every release has an original, and that was saved by somebody once.
    let edited_at = release.changed().map(|changed| changed.at);
    let position = edited_at.map(|at| Position { at, id: release.id });
    position.map_or_else(String::new, |position| position.to_cursor(ListOf::DeskReleases(order)))
}
