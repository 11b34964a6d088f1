//! Reading lists of releases: all that a request asks for at one time from one moment, in a number of statements that does not
//! grow with how many lists they are.

use std::{
    collections::BTreeMap,
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::{Context, Result};
use newsroom_domain::{Reader, ReleaseId, filter::ResolvedFilter, page::Page};
use newsroom_index::State;
use newsroom_persistence::{Moment, ShownRelease, StoreError, Wants};
use tokio::{sync::oneshot, task::yield_now};

use super::{
    connection::ReleaseConnection,
    facets::Counted,
    filter::{ListArguments, ListQuery, Scope, refuse_list},
    loading::Selected,
    release::Release,
};
use crate::{
    error::ApiError,
    finding::{Finder, Patience},
    store_failure::present,
};

/// The lists that wait to be read, of one request.
#[derive(Debug, Default)]
pub(crate) struct Lists(Mutex<Vec<Waiting>>);

type Answer = Result<ReleaseConnection, ApiError>;

#[derive(Debug)]
struct Waiting {
    query: ListQuery,
    answer: oneshot::Sender<Answer>,
}

/// Reads the page that a field `releases` asks for.
///
/// # Errors
/// `VALIDATION_FAILED`, `INVALID_CURSOR`, `UNAVAILABLE` where the read index is wanted and not there yet, or that of a store that
/// fails.
pub(crate) async fn list_releases(
    context: &Context<'_>,
    scope: Scope<'_>,
    reader: &Reader,
    arguments: ListArguments,
) -> Result<ReleaseConnection> {
    let wants = Selected::now(context).wants_of_connection();
    let query = arguments.into_query(scope, reader, context.data()?, wants)?;
    Ok(read_list(context, query).await?)
}

/// Reads a list, together with those that the same request asks for at the same time.
///
/// # Errors
/// As [`list_releases`].
pub(crate) async fn read_list(context: &Context<'_>, query: ListQuery) -> Answer {
    let lists = context.data::<Lists>().map_err(|_| ApiError::internal())?;
    let finder = context.data::<Arc<Finder>>().map_err(|_| ApiError::internal())?;
    let (answer, answered) = oneshot::channel();
    let is_first = {
        let mut waiting = lists.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push(Waiting { query, answer });
        waiting.len() == 1
    };
    if is_first {
        // Fields beside one another are all begun before any goes on, so that the first goes on for all of them.
        yield_now().await;
        let waiting = mem::take(&mut *lists.0.lock().unwrap_or_else(PoisonError::into_inner));
        answer_all(finder, waiting).await;
    }
    answered.await.unwrap_or_else(|_| Err(ApiError::internal()))
}

async fn answer_all(finder: &Finder, waiting: Vec<Waiting>) {
    let (queries, answers): (Vec<_>, Vec<_>) = waiting
        .into_iter()
        .map(|waiting| (waiting.query, waiting.answer))
        .unzip();
    let read = read_all(finder, queries).await;
    let read = match read {
        Ok(read) => read,
        Err(error) => {
            let refused = present(&error);
            answers.iter().map(|_| Err(refused.clone())).collect()
        }
    };
    for (answer, read) in answers.into_iter().zip(read) {
        // Whoever asked may be gone.
        let _ = answer.send(read);
    }
}

/// A list that has been found, but for its releases.
struct FoundList {
    query: ListQuery,
    filter: ResolvedFilter,
    page: Page<ReleaseId>,
    total: Option<u64>,
}

async fn read_all(finder: &Finder, queries: Vec<ListQuery>) -> Result<Vec<Answer>, StoreError> {
    let needs_index = queries.iter().any(|query| query.wants.index);
    let patience = if needs_index { Patience::Some } else { Patience::Little };
    let (moment, state) = finder.moment(patience).await?;
    let mut found = Vec::with_capacity(queries.len());
    for query in queries {
        found.push(find(&moment, state.as_deref(), query).await?);
    }
    let mut shown = Shown::default();
    for list in found.iter().flatten() {
        shown.want(&list.query, &list.page.items);
    }
    shown.read(&moment).await?;
    let answers = found
        .into_iter()
        .map(|list| Ok(shown.connection(list?, &moment, state.as_ref())));
    let answers = answers.collect();
    moment.end().await?;
    Ok(answers)
}

async fn find(
    moment: &Moment,
    state: Option<&State>,
    query: ListQuery,
) -> Result<Result<FoundList, ApiError>, StoreError> {
    let filter = match moment.resolve(&query.filter) {
        Ok(filter) => filter,
        Err(faults) => return Ok(Err(refuse_list(faults))),
    };
    let page = query.wants.items.then_some(&query.page);
    let (page, total) = match state {
        Some(state) => {
            let selection = state.select(&filter, None);
            let page = page.map(|page| selection.page(query.order, page));
            (page, query.wants.total.then(|| selection.total()))
        }
        None => moment.find(&filter, query.order, page, query.wants.total).await?,
    };
    Ok(Ok(FoundList {
        page: page.unwrap_or_else(|| Page::whole(Vec::new())),
        query,
        filter,
        total,
    }))
}

/// The releases of several lists: those that are wanted alike are read together, each once.
#[derive(Default)]
struct Shown(BTreeMap<(Reader, Wants), BTreeMap<ReleaseId, Option<ShownRelease>>>);

impl Shown {
    fn want(&mut self, query: &ListQuery, ids: &[ReleaseId]) {
        let alike = self.0.entry((query.reader.clone(), query.wants.releases)).or_default();
        alike.extend(ids.iter().map(|id| (*id, None)));
    }

    async fn read(&mut self, moment: &Moment) -> Result<(), StoreError> {
        for ((reader, wants), releases) in &mut self.0 {
            let ids: Vec<ReleaseId> = releases.keys().copied().collect();
            for release in moment.releases(&ids, reader, *wants).await? {
                releases.insert(release.id, Some(release));
            }
        }
        Ok(())
    }

    fn connection(&self, list: FoundList, moment: &Moment, state: Option<&Arc<State>>) -> ReleaseConnection {
        let FoundList {
            query,
            filter,
            page,
            total,
        } = list;
        let taxonomy = moment.taxonomy();
        let alike = self.0.get(&(query.reader.clone(), query.wants.releases));
        let release = |id| {
            let shown = alike?.get(id)?.clone()?;
            Some(Release::new(shown, taxonomy, &query.reader))
        };
        ReleaseConnection {
            page: Page {
                items: page.items.iter().filter_map(release).collect(),
                has_next: page.has_next,
                has_previous: page.has_previous,
            },
            order: query.order,
            total,
            counted: state.map(|state| Counted {
                state: Arc::clone(state),
                filter,
                dates: (query.filter.published_from, query.filter.published_to),
                taxonomy: Arc::clone(taxonomy),
                reader: query.reader,
            }),
        }
    }
}
