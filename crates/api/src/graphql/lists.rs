//! Reading lists of releases: all that a request asks for at one time from one moment, in a number of statements that does not
//! grow with how many lists they are.

use std::{
    collections::BTreeMap,
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::{Context, Result};
use newsroom_domain::{Day, Reader, ReleaseId, filter::ResolvedFilter, page::Page};
use newsroom_index::State;
use newsroom_persistence::{Moment, ShownRelease, StoreError, Wants};
use tokio::{sync::oneshot, task::yield_now};

use super::{
    connection::{Place, ReleaseConnection, ReleaseEdge},
    facets::Counted,
    filter::{ListArguments, ListPart, ListQuery, Scope, refuse_list},
    loading::Selected,
    release::Release,
    searched::{Searched, search},
};
use crate::{
    error::ApiError,
    finding::{Finder, Found, Patience, blocking},
    store_failure::{present, refuse_search},
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
    query: AskedList,
    filter: ResolvedFilter,
    page: Page<(ReleaseId, Place)>,
    total: Option<u64>,
    searched: Option<Arc<Searched>>,
    did_you_mean: Option<String>,
}

/// What of a question still counts when its list has been found.
struct AskedList {
    reader: Reader,
    wants: Wants,
    dates: (Option<Day>, Option<Day>),
}

async fn read_all(finder: &Finder, queries: Vec<ListQuery>) -> Result<Vec<Answer>, StoreError> {
    let searches = |query: &ListQuery| matches!(query.part, ListPart::Searched(..));
    let needs_index = queries.iter().any(|query| query.wants.index || searches(query));
    let patience = if needs_index { Patience::Some } else { Patience::Little };
    let source = finder.moment(patience, queries.iter().any(searches)).await?;
    let mut found = Vec::with_capacity(queries.len());
    for query in queries {
        found.push(find(&source, query).await?);
    }
    let Found { moment, state, .. } = source;
    let mut shown = Shown::default();
    for list in found.iter().flatten() {
        shown.want(list);
    }
    shown.read(&moment).await?;
    let answers = found
        .into_iter()
        .map(|list| Ok(shown.connection(list?, &moment, state.as_ref())));
    let answers = answers.collect();
    moment.end().await?;
    Ok(answers)
}

async fn find(source: &Found, query: ListQuery) -> Result<Result<FoundList, ApiError>, StoreError> {
    let ListQuery {
        filter: asked,
        part,
        reader,
        wants,
    } = query;
    let filter = match source.moment.resolve(&asked) {
        Ok(filter) => filter,
        Err(faults) => return Ok(Err(refuse_list(faults))),
    };
    let query = AskedList {
        reader,
        wants: wants.releases,
        dates: (asked.published_from, asked.published_to),
    };
    match part {
        ListPart::Listed(order, page) => {
            let page = wants.items.then_some(&page);
            let (page, total) = match &source.state {
                Some(state) => {
                    let selection = state.select(&filter, None);
                    let page = page.map(|page| selection.page(order, page));
                    (page, wants.total.then(|| selection.total()))
                }
                None => source.moment.find(&filter, order, page, wants.total).await?,
            };
            let page = page.unwrap_or_else(|| Page::whole(Vec::new()));
            Ok(Ok(FoundList {
                page: page.map(|id| (id, Place::ByDate(order))),
                query,
                filter,
                total,
                searched: None,
                did_you_mean: None,
            }))
        }
        ListPart::Searched(sought, part) => {
            let (Some(state), Some(texts)) = (source.state.clone(), source.search.clone()) else {
                return Ok(Err(ApiError::index_is_loading()));
            };
            let (filter, found) = {
                let reader = query.reader.clone();
                blocking(move || {
                    let found = search((&state, texts), &filter, &reader, (sought, part), wants);
                    (filter, found)
                })
                .await
            };
            Ok(found.map_err(|error| refuse_search(&error)).map(|found| FoundList {
                page: found.page.unwrap_or_else(|| Page::whole(Vec::new())),
                query,
                filter,
                total: found.total,
                searched: Some(found.searched),
                did_you_mean: found.did_you_mean,
            }))
        }
    }
}

/// The releases of several lists: those that are wanted alike are read together, each once.
#[derive(Default)]
struct Shown(BTreeMap<(Reader, Wants), BTreeMap<ReleaseId, Option<ShownRelease>>>);

impl Shown {
    fn want(&mut self, list: &FoundList) {
        let alike = self.0.entry((list.query.reader.clone(), list.query.wants)).or_default();
        alike.extend(list.page.items.iter().map(|(id, _)| (*id, None)));
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
            query: AskedList { reader, wants, dates },
            filter,
            page,
            total,
            searched,
            did_you_mean,
        } = list;
        let taxonomy = moment.taxonomy();
        let alike = self.0.get(&(reader.clone(), wants));
        let edge = |(id, place)| {
            let shown = alike?.get(&id)?.clone()?;
            let release = Release {
                searched: searched.clone(),
                ..Release::new(shown, taxonomy, &reader)
            };
            Some(ReleaseEdge { release, place })
        };
        ReleaseConnection {
            page: Page {
                items: page.items.into_iter().filter_map(edge).collect(),
                has_next: page.has_next,
                has_previous: page.has_previous,
            },
            total,
            did_you_mean,
            counted: state.map(|state| Counted {
                state: Arc::clone(state),
                filter,
                dates,
                taxonomy: Arc::clone(taxonomy),
                searched: searched.clone(),
                reader: reader.clone(),
            }),
        }
    }
}
