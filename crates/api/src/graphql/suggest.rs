//! What somebody who is typing a search may be about to look for.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use newsroom_domain::{
    Reader, ReleaseId,
    filter::{ReleaseOrder, ResolvedFilter},
    page::PageRequest,
    search::SearchQuery,
    taxonomy::{Names, Taxonomy},
};
use newsroom_index::{
    State,
    search::{SearchError, SearchState, Shown, is_named},
};

use super::{
    Settings,
    loading::Selected,
    release::Release,
    scalars::LocaleTag,
    taxonomy::{Office, Theme},
};
use crate::{
    error::{ApiError, FieldFault},
    finding::{Finder, Found, Patience, blocking},
    store_failure::{present, refuse_search},
};

/// The most of each kind that are suggested.
const MOST: usize = 20;

/// What there is to suggest.
#[derive(Debug)]
pub(crate) struct Suggestions {
    releases: Vec<Release>,
    /// What is being typed; none where that is nothing yet.
    typed: Option<SearchQuery>,
    most: usize,
    taxonomy: Arc<Taxonomy>,
    reader: Reader,
}

/// What somebody may be about to look for: all that has each word that was typed, the last of which need not be whole yet.
#[Object]
impl Suggestions {
    /// Releases that have it in the title that is shown, the newest first.
    async fn releases(&self) -> &[Release] {
        &self.releases
    }

    /// Offices that have it in a name, in whatever locale, or in their slug; by slug.
    async fn offices(&self) -> Vec<Office<'_>> {
        let offices = self.taxonomy.offices();
        let named = offices.filter(|office| self.is_named(&office.names, office.slug.as_str()));
        let named = named.map(|office| Office::new(office, &self.reader));
        named.take(self.most).collect()
    }

    /// Themes that have it in a name, in whatever locale, or in their slug; in the order of the tree.
    async fn themes(&self) -> Vec<Theme<'_>> {
        let tree = self.taxonomy.themes();
        let themes = tree.in_tree_order().into_iter();
        let named = themes.filter(|theme| self.is_named(&theme.names, theme.slug.as_str()));
        let named = named.map(|theme| Theme::new(theme, tree, &self.reader));
        named.take(self.most).collect()
    }
}

impl Suggestions {
    fn is_named(&self, names: &Names, slug: &str) -> bool {
        self.typed.as_ref().is_some_and(|typed| {
            let mut names = names.iter();
            names.any(|(locale, name)| is_named(typed, name.as_str(), locale) || is_named(typed, slug, locale))
        })
    }
}

/// Suggests what goes on from what is being typed.
///
/// # Errors
/// `VALIDATION_FAILED`, `UNAVAILABLE` while an index is not there yet, or that of a store that fails.
pub(crate) async fn suggest(
    context: &Context<'_>,
    prefix: &str,
    first: i32,
    locale: Option<LocaleTag>,
) -> Result<Suggestions> {
    let reader = context.data::<Settings>()?.reader(locale)?;
    let most = usize::try_from(first).ok().filter(|most| (1..=MOST).contains(most));
    let most = most.ok_or_else(|| {
        let message = format!("give a number from 1 to {MOST}, not {first}");
        ApiError::validation(vec![FieldFault::new("first", "OUT_OF_RANGE", message)])
    })?;
    // Before there is a letter there is nothing to suggest, which is no fault of whoever types.
    let is_begun = prefix.chars().any(char::is_alphanumeric);
    let typed = is_begun.then(|| SearchQuery::parse_typing(prefix)).transpose();
    let typed = typed.map_err(|fault| ApiError::validation(vec![fault.at("prefix").into()]))?;
    let selected = Selected::now(context).below("releases");
    let titles = typed.clone().filter(|_| !selected.is_empty());
    let finder = context.data::<Arc<Finder>>()?;
    let patience = if titles.is_some() {
        Patience::Some
    } else {
        Patience::Little
    };
    let found = finder.moment(patience, titles.is_some()).await;
    let Found { moment, state, search } = found.map_err(|error| present(&error))?;
    let mut ids = Vec::new();
    if let Some(titles) = titles {
        let (state, search) = state.zip(search).ok_or_else(ApiError::index_is_loading)?;
        let reader = reader.clone();
        let found = blocking(move || newest(&state, &search, &titles, &reader, most)).await;
        ids = found.map_err(|error| refuse_search(&error))?;
    }
    let shown = moment.releases(&ids, &reader, selected.wants_of_releases()).await;
    let shown = shown.map_err(|error| present(&error))?;
    let taxonomy = Arc::clone(moment.taxonomy());
    moment.end().await.map_err(|error| present(&error))?;
    let releases = shown.into_iter().map(|shown| Release::new(shown, &taxonomy, &reader));
    Ok(Suggestions {
        releases: releases.collect(),
        typed,
        most,
        taxonomy,
        reader,
    })
}

/// The newest releases that have it in the title.
fn newest(
    state: &Arc<State>,
    search: &SearchState,
    typed: &SearchQuery,
    reader: &Reader,
    most: usize,
) -> Result<Vec<ReleaseId>, SearchError> {
    let shown = Shown {
        releases: &state.shown_in(reader),
        preferred: &[],
        numbers: &|id| state.number(id),
        generation: state.generation(),
    };
    let found = search.find_in_titles(typed, &shown)?;
    let selection = state.select(&ResolvedFilter::default(), Some(&found));
    let page = PageRequest::first(most as u64);
    Ok(selection.page(ReleaseOrder::NewestFirst, &page).items)
}
