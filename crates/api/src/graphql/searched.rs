//! What a search has found, and where in the texts.

use std::sync::Arc;

use async_graphql::{Enum, SimpleObject};
use newsroom_domain::{
    Reader, ReleaseId,
    filter::ResolvedFilter,
    page::{Page, PageRequest},
    search::{Search, SearchQuery},
};
use newsroom_index::{
    Selection, State,
    search::{self, Hits, SearchError, SearchState, Shown},
};
use newsroom_persistence::ShownText;

use super::{connection::Place, filter::SearchedPart, loading::ListWants, neighbours::Side};

/// A search that has found something.
#[derive(Debug)]
pub(crate) struct Searched {
    state: SearchState,
    query: SearchQuery,
}

/// A part of what a search has found, and what was asked beside it.
pub(crate) struct FoundBySearch {
    pub(crate) searched: Arc<Searched>,
    pub(crate) selection: Selection,
    pub(crate) page: Option<Page<(ReleaseId, Place)>>,
    pub(crate) total: Option<u64>,
    pub(crate) did_you_mean: Option<String>,
}

/// Searches the texts that this reader is shown, or all, for the releases that pass a filter.
///
/// # Errors
/// Where the search index cannot be read.
pub(crate) fn search(
    (state, texts): (&Arc<State>, SearchState),
    filter: &ResolvedFilter,
    reader: &Reader,
    (sought, part): (Search, SearchedPart),
    wants: ListWants,
) -> Result<FoundBySearch, SearchError> {
    let Search { query, any_locale } = sought;
    let releases = if any_locale {
        state.readable_in()
    } else {
        state.shown_in(reader)
    };
    let shown = Shown {
        releases: &releases,
        preferred: if any_locale { &[] } else { reader.wanted() },
        numbers: &|id| state.number(id),
        generation: state.generation(),
    };
    let hits = texts.find(&query, &shown)?;
    let did_you_mean = if wants.did_you_mean && hits.numbers.is_empty() {
        texts.did_you_mean(&query, &shown)?
    } else {
        None
    };
    let selection = state.select(filter, Some(&hits.numbers));
    let page = if wants.items {
        Some(page(&selection, &hits, part)?)
    } else {
        None
    };
    let total = wants.total.then(|| selection.total());
    Ok(FoundBySearch {
        selection,
        page,
        total,
        did_you_mean,
        searched: Arc::new(Searched { state: texts, query }),
    })
}

fn page(selection: &Selection, hits: &Hits, part: SearchedPart) -> Result<Page<(ReleaseId, Place)>, SearchError> {
    match part {
        SearchedPart::ByDate(order, page) => Ok(selection.page(order, &page).map(|id| (id, Place::ByDate(order)))),
        SearchedPart::ByRelevance(seal, page) => {
            let found = selection.page_by_relevance(hits, &page)?;
            Ok(found.map(|(id, score)| (id, Place::ByRelevance(seal, score))))
        }
        SearchedPart::Beside(seal, side, release) => {
            // Where it stands is known only when all are ranked.
            let all = selection.page_by_relevance(hits, &PageRequest::first(u64::MAX))?.items;
            let at = all.iter().position(|(id, _)| *id == release);
            let beside = at.and_then(|at| match side {
                Side::Next => all.get(at + 1),
                Side::Previous => all.get(at.checked_sub(1)?),
            });
            let beside = beside.map(|(id, score)| (*id, Place::ByRelevance(seal, *score)));
            Ok(Page::whole(beside.into_iter().collect()))
        }
    }
}

impl Searched {
    /// Where a text has what was looked for.
    pub(crate) fn highlights(&self, text: &ShownText) -> Vec<SearchHighlight> {
        // The look-ahead loads the body wherever this is asked for.
        let body = text.body.as_ref().and_then(Option::as_ref);
        let body = body.map_or("", |body| body.text.as_str());
        let highlights = self
            .state
            .highlight(&self.query, &text.locale, &text.title, &text.lead, body);
        highlights.into_iter().map(SearchHighlight::from).collect()
    }
}

/// A part of a release's text.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "newsroom_index::search::TextPart")]
pub(crate) enum TextPart {
    /// The title.
    Title,
    /// The lead.
    Lead,
    /// The body.
    Body,
}

/// Where a part of a release's text has what was looked for.
#[derive(Debug, SimpleObject)]
pub(crate) struct SearchHighlight {
    /// The part.
    part: TextPart,
    /// The whole title or lead; of the body up to three passages of some 200 characters, in the text's order.
    fragments: Vec<SearchFragment>,
}

/// A passage that has what was looked for, marked.
#[derive(Debug, SimpleObject)]
pub(crate) struct SearchFragment {
    /// As safe HTML: all of it is escaped, and `<mark>` stands around what was looked for.
    html: String,
    /// As plain text, for those who mark it themselves. An ellipsis stands where the text goes on.
    text: String,
    /// What was looked for, in UTF-16 code units of `text`, as JavaScript counts.
    utf16_ranges: Vec<TextRange>,
    /// The same in Unicode code points, as Python counts.
    code_point_ranges: Vec<TextRange>,
}

/// A range of a text.
#[derive(Debug, SimpleObject)]
pub(crate) struct TextRange {
    /// The first that is in it, from 0.
    start: i32,
    /// The first that is after it.
    end: i32,
}

impl From<search::Highlight> for SearchHighlight {
    fn from(highlight: search::Highlight) -> Self {
        Self {
            part: highlight.part.into(),
            fragments: highlight.fragments.into_iter().map(SearchFragment::from).collect(),
        }
    }
}

impl From<search::Fragment> for SearchFragment {
    fn from(fragment: search::Fragment) -> Self {
        let ranges = |ranges: Vec<search::TextRange>| ranges.into_iter().map(TextRange::from).collect();
        Self {
            html: fragment.html,
            text: fragment.text,
            utf16_ranges: ranges(fragment.utf16_ranges),
            code_point_ranges: ranges(fragment.code_point_ranges),
        }
    }
}

impl From<search::TextRange> for TextRange {
    fn from(range: search::TextRange) -> Self {
        // No text is as long as that.
        let place = |place: usize| i32::try_from(place).unwrap_or(i32::MAX);
        Self {
            start: place(range.start),
            end: place(range.end),
        }
    }
}
