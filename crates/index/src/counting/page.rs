//! A page of a selection: a walk of its numbers from a cursor on, with the strays merged in.

use newsroom_domain::ReleaseId;
use newsroom_domain::filter::ReleaseOrder;
use newsroom_domain::page::{End, Page, PageRequest, Rank};

use super::columns::place_of;
use super::selection::Selection;
use super::span::Edge;
use crate::search::{Hits, SearchError};

impl Selection<'_> {
    /// A page of them. A cursor goes on working when its release is gone, or was never among them.
    #[must_use]
    pub fn page(&self, order: ReleaseOrder, page: &PageRequest) -> Page<ReleaseId> {
        let newest_first = order == ReleaseOrder::NewestFirst;
        // "After" is towards the older end where the newest comes first.
        let (newer, older) = if newest_first {
            (page.after, page.before)
        } else {
            (page.before, page.after)
        };
        let (newer, older) = (newer.map(place_of), older.map(place_of));
        let from_start = page.end == End::Start;
        let size = usize::try_from(page.size).unwrap_or(usize::MAX);
        let mut numbers = self.walk(
            older.map_or(Edge::Least, Edge::Behind),
            newer.map_or(Edge::Most, Edge::Before),
            newest_first == from_start,
            size.saturating_add(1),
        );
        let more = numbers.len() > size;
        numbers.truncate(size);
        if !from_start {
            numbers.reverse();
        }
        // What lies on the other side of a cursor, the cursor's own release included.
        let any = |start, end| !self.walk(start, end, true, 1).is_empty();
        let newer_side = newer.is_some_and(|cursor| any(Edge::Before(cursor), Edge::Most));
        let older_side = older.is_some_and(|cursor| any(Edge::Least, Edge::Behind(cursor)));
        let (before_side, after_side) = if newest_first {
            (newer_side, older_side)
        } else {
            (older_side, newer_side)
        };
        let ids = numbers.into_iter().map(|number| self.state.columns.id(number));
        Page {
            items: ids.collect(),
            has_next: (from_start && more) || after_side,
            has_previous: (!from_start && more) || before_side,
        }
    }

    /// A page of them by how well they match the search that found them, each with its score; of equals the newer comes first. A
    /// cursor goes on working when its release is gone.
    ///
    /// # Errors
    /// Where the search index cannot be read.
    pub fn page_by_relevance(
        &self,
        hits: &Hits,
        page: &PageRequest<Rank>,
    ) -> Result<Page<(ReleaseId, u32)>, SearchError> {
        let state = self.state;
        let place = |rank: Rank| (rank.score, place_of(rank.position));
        let page = PageRequest {
            size: page.size,
            end: page.end,
            after: page.after.map(place),
            before: page.before.map(place),
        };
        let numbers = |id| state.number(id);
        let found = hits.page(self.numbers(), &numbers, |number| state.columns.place(number), &page)?;
        Ok(found.map(|(number, score)| (state.columns.id(number), score)))
    }

    /// The numbers of the selection between two edges, from either end, and so many at most.
    fn walk(&self, start: Edge, end: Edge, newest_first: bool, most: usize) -> Vec<u32> {
        let selected = self.numbers();
        let (range, strays) = self.state.between(start, end);
        let in_order = selected
            .range(range)
            .filter(|number| self.state.ordered.contains(*number));
        let strays = strays.iter().copied().filter(|number| selected.contains(*number));
        let place = |number: u32| self.state.columns.place(number);
        if newest_first {
            merge(in_order.rev(), strays.rev(), |one, other| place(one) > place(other))
                .take(most)
                .collect()
        } else {
            merge(in_order, strays, |one, other| place(one) < place(other))
                .take(most)
                .collect()
        }
    }
}

/// Two sorted runs as one, by which of two numbers comes first.
fn merge(
    one: impl Iterator<Item = u32>,
    other: impl Iterator<Item = u32>,
    comes_first: impl Fn(u32, u32) -> bool,
) -> impl Iterator<Item = u32> {
    let (mut one, mut other) = (one.peekable(), other.peekable());
    std::iter::from_fn(move || match (one.peek(), other.peek()) {
        (Some(first), Some(second)) if comes_first(*first, *second) => one.next(),
        (_, Some(_)) => other.next(),
        (_, None) => one.next(),
    })
}
