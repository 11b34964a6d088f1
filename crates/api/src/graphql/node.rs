//! Anything that has a global id, found by it.
//!
//! Source: Global Object Identification (<https://relay.dev/graphql/objectidentification.htm>).

use std::{borrow::Cow, collections::HashMap};

use async_graphql::{Context, ID, Interface, Result};
use newsroom_domain::Reader;
use newsroom_persistence::Store;

use super::{
    Settings,
    global_id::GlobalId,
    loading::Selected,
    release::Release,
    request::{previewed, taxonomy},
    scalars::LocaleTag,
    taxonomy::{ContentType, Office, Theme},
    translation::Translation,
};
use crate::{
    error::{ApiError, FieldFault},
    store_failure::present,
};

/// The most ids that are looked up at once.
const MOST_IDS: usize = 100;

/// Anything that has a global id, by which `node` finds it again.
#[derive(Interface)]
#[graphql(field(
    name = "id",
    ty = "ID",
    desc = "Its global id, for `node` and for clients' caches. It never changes."
))]
pub(crate) enum Node<'a> {
    Release(Box<Release>),
    Translation(Box<Translation<'a>>),
    Office(Office<'a>),
    Theme(Theme<'a>),
    ContentType(ContentType<'a>),
}

/// Finds things by their global ids, each given with its path in the arguments: one question to the store for all releases and
/// one for all translations.
///
/// # Errors
/// `VALIDATION_FAILED` for too many ids, for what is none, and for a locale that the newsroom does not offer; that of a store
/// that fails.
pub(crate) async fn find_nodes<'ctx>(
    context: &Context<'ctx>,
    ids: &[(String, ID)],
    locale: Option<LocaleTag>,
) -> Result<Vec<Option<Node<'ctx>>>> {
    let reader = context.data::<Settings>()?.reader(locale)?;
    let ids = read_ids(ids)?;
    let store = context.data::<Store>()?;
    let wants = Selected::now(context).wants_of_releases();
    let under = previewed(context);

    let mut releases = HashMap::new();
    let wanted = unique(&ids, |id| if let GlobalId::Release(id) = id { Some(id) } else { None });
    if !wanted.is_empty() {
        let read = store.releases(&wanted, &reader, wants, under).await;
        let (taxonomy, shown) = read.map_err(|error| present(&error))?;
        let shown = shown
            .into_iter()
            .map(|shown| (shown.id, Release::new(shown, &taxonomy, &reader)));
        releases.extend(shown);
    }
    let mut translations = HashMap::new();
    let wanted = unique(&ids, |id| {
        if let GlobalId::Translation(id) = id {
            Some(id)
        } else {
            None
        }
    });
    if !wanted.is_empty() {
        let read = store.translations(&wanted, wants, under).await;
        let texts = read.map_err(|error| present(&error))?;
        translations.extend(texts.into_iter().map(|text| (text.id, text)));
    }

    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.push(match id {
            GlobalId::Release(id) => releases
                .get(&id)
                .map(|release| Node::Release(Box::new(release.clone()))),
            GlobalId::Translation(id) => {
                let text = translations.get(&id).cloned();
                text.map(|text| Node::Translation(Box::new(Translation(Cow::Owned(text)))))
            }
            GlobalId::Office(id) => {
                let office = taxonomy(context).await?.office(id);
                office.map(|office| Node::Office(Office::new(office, &Reader::default())))
            }
            GlobalId::Theme(id) => {
                let tree = taxonomy(context).await?.themes();
                tree.get(id)
                    .map(|theme| Node::Theme(Theme::new(theme, tree, &Reader::default())))
            }
            GlobalId::ContentType(id) => {
                let content_type = taxonomy(context).await?.content_type(id);
                content_type.map(|content_type| Node::ContentType(ContentType::new(content_type, &Reader::default())))
            }
        });
    }
    Ok(found)
}

fn read_ids(ids: &[(String, ID)]) -> Result<Vec<GlobalId>, ApiError> {
    if ids.len() > MOST_IDS {
        let message = format!("at most {MOST_IDS} ids at once, these are {}", ids.len());
        return Err(ApiError::validation(vec![FieldFault::new("ids", "TOO_MANY", message)]));
    }
    let read = ids
        .iter()
        .map(|(path, id)| GlobalId::read(id).ok_or_else(|| GlobalId::malformed(path, id)));
    read.collect()
}

/// The ids of one kind, each once.
fn unique<T: Ord>(ids: &[GlobalId], of_kind: impl Fn(GlobalId) -> Option<T>) -> Vec<T> {
    let mut unique: Vec<T> = ids.iter().copied().filter_map(of_kind).collect();
    unique.sort_unstable();
    unique.dedup();
    unique
}
