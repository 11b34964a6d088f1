//! The history of a translation: all its editions, and one of them by its id.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use newsroom_domain::{
    EditionId, TranslationId,
    page::{Page, PageArguments, edition_cursor},
    release::Edition,
};
use newsroom_persistence::{DeskEditions, Store};

use super::edition::{DeskEdition, OwnSurroundings, Surroundings};
use crate::{
    graphql::{connection::PageInfo, desk_id, filter::refuse_page, request::caller},
    store_failure::present,
};

pub(crate) struct DeskEditionConnection {
    of: TranslationId,
    page: Page<Edition>,
    with: OwnSurroundings,
}

/// A page of the editions of a translation, the newest first.
#[Object]
impl DeskEditionConnection {
    /// The editions of this page, each with its cursor.
    async fn edges(&self) -> Vec<DeskEditionEdge<'_>> {
        let edge = |edition| DeskEditionEdge {
            of: self.of,
            edition,
            with: self.with.lent(),
        };
        self.page.items.iter().map(edge).collect()
    }

    /// The editions of this page: the same as `edges { node }`, for clients that need no cursor of each.
    async fn nodes(&self) -> Vec<DeskEdition<'_>> {
        let node = |edition| DeskEdition::new(edition, self.with.lent());
        self.page.items.iter().map(node).collect()
    }

    /// Where this page lies in the list.
    async fn page_info(&self) -> PageInfo {
        let cursor = |edition: Option<&Edition>| edition.map(|edition| edition_cursor(self.of, edition.number));
        PageInfo {
            has_next_page: self.page.has_next,
            has_previous_page: self.page.has_previous,
            start_cursor: cursor(self.page.items.first()),
            end_cursor: cursor(self.page.items.last()),
        }
    }
}

pub(crate) struct DeskEditionEdge<'a> {
    of: TranslationId,
    edition: &'a Edition,
    with: Surroundings<'a>,
}

/// An edition in the list of a translation's editions.
#[Object]
impl DeskEditionEdge<'_> {
    /// Where the edition stands in the list, for `after` and `before`. Opaque: do not take it apart.
    async fn cursor(&self) -> String {
        edition_cursor(self.of, self.edition.number)
    }

    /// The edition.
    async fn node(&self) -> DeskEdition<'_> {
        DeskEdition::new(self.edition, self.with)
    }
}

/// Reads a page of the editions of a translation whose release the caller may read.
///
/// # Errors
/// `VALIDATION_FAILED`, `INVALID_CURSOR`, or that of a store that fails.
pub(crate) async fn list_editions(
    context: &Context<'_>,
    of: TranslationId,
    page: &PageArguments,
) -> Result<DeskEditionConnection> {
    let page = page.read_editions(of).map_err(refuse_page)?;
    let store = context.data::<Store>()?;
    let read = store.editions(of, &page).await.map_err(|error| present(&error))?;
    let (page, with) = taken_apart(read, store);
    Ok(DeskEditionConnection { of, page, with })
}

/// Reads the edition that `deskEdition` asks for.
///
/// # Errors
/// `UNAUTHENTICATED`, `VALIDATION_FAILED`, or that of a store that fails.
pub(crate) async fn find_edition(context: &Context<'_>, id: &str) -> Result<Option<DeskEdition<'static>>> {
    let standing = &caller(context)?.standing;
    let Some(id) = desk_id::read::<EditionId>("id", id)? else {
        return Ok(None);
    };
    let store = context.data::<Store>()?;
    let read = store.editions_by_id(standing, &[id]).await;
    let (read, _) = read.map_err(|error| present(&error))?;
    let (page, with) = taken_apart(read, store);
    let found = page.items.into_iter().next();
    Ok(found.map(|edition| DeskEdition::owned(Arc::new(edition), with)))
}

/// Editions, and what they are shown with.
pub(super) fn taken_apart(read: DeskEditions, store: &Store) -> (Page<Edition>, OwnSurroundings) {
    let DeskEditions {
        taxonomy, people, page, ..
    } = read;
    let with = OwnSurroundings {
        taxonomy,
        people,
        zone: store.time_zone(),
    };
    (page, with)
}
