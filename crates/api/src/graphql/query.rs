//! The root: where every question begins.

use std::sync::Arc;

use async_graphql::{Context, ID, MergedObject, Object, Result};
use newsroom_domain::{Reader, Slug};
use newsroom_persistence::Store;

use super::{
    Settings,
    account::{Account, AccountConnection, Viewer, find_account, list_accounts, viewer},
    address::{Address, read_address},
    changes::ChangeQueries,
    connection::ReleaseConnection,
    desk::{AuditQueries, CalendarQueries, DeskQueries, FreezeQueries, RulesQueries},
    filter::{ListArguments, ReleaseFilterInput, ReleaseOrder, Scope},
    global_id::GlobalId,
    lists::list_releases,
    loading::Selected,
    newsroom::Newsroom,
    node::{Node, find_nodes},
    release::Release,
    request::{previewed, taxonomy},
    scalars::LocaleTag,
    suggest::{Suggestions, suggest},
    taxonomy::{ContentType, Office, OfficeGroup, OfficeKind, Theme},
    webhook::WebhookQueries,
};
use crate::{
    error::{ApiError, FieldFault},
    store_failure::present,
};

/// What can be asked: of what is published without credentials; of the desk with them.
#[derive(MergedObject, Default)]
pub(crate) struct Query(
    PublicQueries,
    ChangeQueries,
    DeskQueries,
    AuditQueries,
    CalendarQueries,
    FreezeQueries,
    RulesQueries,
    WebhookQueries,
);

#[derive(Debug, Default)]
pub(crate) struct PublicQueries;

#[Object]
impl PublicQueries {
    /// The newsroom itself: its time zone, and the locales that it publishes in.
    async fn newsroom(&self) -> Newsroom {
        Newsroom
    }

    /// The releases of the newsroom, filtered and ordered, a page at a time.
    async fn releases(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which releases; null or left out for all of them.")] filter: Option<ReleaseFilterInput>,
        #[graphql(
            desc = "In which order. Null means the newest first.",
            default_with = "Some(ReleaseOrder::NewestFirst)"
        )]
        order_by: Option<ReleaseOrder>,
        #[graphql(
            desc = "How many from the start of the list, or behind `after`: 0 to 100. Without `first` and `last`, 20."
        )]
        first: Option<i32>,
        #[graphql(
            desc = "A cursor of this list in this order, by relevance of this search: only what comes behind it. Another is INVALID_CURSOR."
        )]
        after: Option<String>,
        #[graphql(
            desc = "How many from the end of the list, or in front of `before`: 0 to 100. Not together with `first`."
        )]
        last: Option<i32>,
        #[graphql(
            desc = "A cursor of this list in this order: only what comes in front of it. Another is INVALID_CURSOR."
        )]
        before: Option<String>,
        #[graphql(
            desc = "The reader's locale; by default each release is given in its original. A release that lacks it is given in its original too."
        )]
        locale: Option<LocaleTag>,
    ) -> Result<ReleaseConnection> {
        let arguments = ListArguments {
            filter,
            order_by,
            first,
            after,
            last,
            before,
            locale,
        };
        list_releases(context, Scope::Newsroom, &Reader::default(), arguments).await
    }

    /// What somebody who is typing a search may be about to look for. To be asked at every key, or so; nothing is suggested before
    /// there is a letter or a digit.
    async fn suggest(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What has been typed so far: at most 1,000 characters.")] prefix: String,
        #[graphql(desc = "The most of each kind: 1 to 20. Null means 5.", default = 5)] first: Option<i32>,
        #[graphql(desc = "The reader's locale, in which titles are looked at; by default each release's original.")]
        locale: Option<LocaleTag>,
    ) -> Result<Suggestions> {
        suggest(context, &prefix, first.unwrap_or(5), locale).await
    }

    /// The release of that id or that slug; give exactly one of the two. Null where there is none that is published, and for
    /// a slug that the release had before: `address` says where it went. Under a `Preview-Token`, the release of the preview is
    /// as that has it (see `createPreview`).
    async fn release(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Its global id, or its UUID. Something that is neither is VALIDATION_FAILED; the id of another kind of thing finds nothing."
        )]
        id: Option<ID>,
        #[graphql(desc = "Its slug: the last part of its address.")] slug: Option<String>,
        #[graphql(
            desc = "The reader's locale; by default the original's. A release that lacks it is given in its original."
        )]
        locale: Option<LocaleTag>,
    ) -> Result<Option<Release>> {
        let reader = context.data::<Settings>()?.reader(locale)?;
        let store = context.data::<Store>()?;
        let wants = Selected::now(context).wants_of_releases();
        let under = previewed(context);
        let found = match (id, slug) {
            (Some(id), None) => match GlobalId::read_release("id", &id)? {
                Some(id) => store.releases(&[id], &reader, wants, under).await.map(first),
                None => return Ok(None),
            },
            (None, Some(slug)) => match slug.parse::<Slug>() {
                Ok(slug) => {
                    let slug = slug.as_str();
                    store.release_by_slug(slug, &reader, wants, under).await
                }
                Err(_) => return Ok(None),
            },
            (given, _) => {
                let (code, message) = match given {
                    None => ("REQUIRED", "give the release's id or its slug"),
                    Some(_) => ("CONFLICTING", "give the release's id or its slug, not both"),
                };
                return Err(ApiError::validation(vec![FieldFault::new("id", code, message)]).into());
            }
        };
        let found = found.map_err(|error| present(&error))?;
        Ok(found.map(|(taxonomy, shown)| Release::new(shown, &taxonomy, &reader)))
    }

    /// What is at the public address of that slug: a release, a redirect to where the release is now, or the tombstone of one
    /// that was removed. Null where nothing has ever been published there. A published address never goes back to null.
    /// Under a `Preview-Token`, the release of the preview is at the slug that it would have, and redirects there from its others.
    async fn address(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The last part of the address.")] slug: String,
        #[graphql(
            desc = "The reader's locale; by default the original's. A release that lacks it is given in its original."
        )]
        locale: Option<LocaleTag>,
    ) -> Result<Option<Address>> {
        read_address(context, &slug, locale).await
    }

    /// The offices, closed ones too, by slug: what the filter `offices` takes.
    async fn offices<'ctx>(
        &self,
        context: &Context<'ctx>,
        #[graphql(desc = "Of which kind; null or left out for all, and those whose kind is not known.")] kind: Option<
            OfficeKind,
        >,
        #[graphql(desc = "True for closed ones alone, false for open ones alone; null or left out for both.")]
        closed: Option<bool>,
    ) -> Result<Vec<Office<'ctx>>> {
        let kind = kind.map(Into::into);
        let offices = taxonomy(context).await?.offices().filter(|office| {
            (kind.is_none() || office.kind == kind) && closed.is_none_or(|closed| office.closed == closed)
        });
        Ok(offices.map(|office| Office::new(office, &Reader::default())).collect())
    }

    /// All offices in groups, as a page of them shows them: the open ones first, and in each half institutions, field
    /// operations, the departments of the secretariat, and offices whose kind is not known. A group without offices is left out.
    async fn office_groups<'ctx>(&self, context: &Context<'ctx>) -> Result<Vec<OfficeGroup<'ctx>>> {
        let groups = taxonomy(context).await?.office_groups();
        Ok(groups.into_iter().map(OfficeGroup).collect())
    }

    /// The office that has that slug, or had it: its `slug` is the one that it has. Null where there is none.
    async fn office<'ctx>(
        &self,
        context: &Context<'ctx>,
        #[graphql(desc = "Its slug, or one of its `formerSlugs`.")] slug: String,
    ) -> Result<Option<Office<'ctx>>> {
        let office = taxonomy(context).await?.office_by_slug(&slug);
        Ok(office.map(|office| Office::new(office, &Reader::default())))
    }

    /// All themes: what the filter `themes` takes. In the order of the tree, each before those below it, and by slug among
    /// those of one parent. The roots are those whose `parent` is null.
    async fn themes<'ctx>(&self, context: &Context<'ctx>) -> Result<Vec<Theme<'ctx>>> {
        let tree = taxonomy(context).await?.themes();
        let themes = tree.in_tree_order().into_iter();
        Ok(themes
            .map(|theme| Theme::new(theme, tree, &Reader::default()))
            .collect())
    }

    /// The theme that has that slug, or had it: its `slug` is the one that it has. Null where there is none.
    async fn theme<'ctx>(
        &self,
        context: &Context<'ctx>,
        #[graphql(desc = "Its slug, or one of its `formerSlugs`.")] slug: String,
    ) -> Result<Option<Theme<'ctx>>> {
        let tree = taxonomy(context).await?.themes();
        Ok(tree
            .by_slug(&slug)
            .map(|theme| Theme::new(theme, tree, &Reader::default())))
    }

    /// All content types, by slug: what the filter `types` takes.
    async fn content_types<'ctx>(&self, context: &Context<'ctx>) -> Result<Vec<ContentType<'ctx>>> {
        let types = taxonomy(context).await?.content_types();
        Ok(types
            .map(|content_type| ContentType::new(content_type, &Reader::default()))
            .collect())
    }

    /// The content type that has that slug, or had it: its `slug` is the one that it has. Null where there is none.
    async fn content_type<'ctx>(
        &self,
        context: &Context<'ctx>,
        #[graphql(desc = "Its slug, or one of its `formerSlugs`.")] slug: String,
    ) -> Result<Option<ContentType<'ctx>>> {
        let content_type = taxonomy(context).await?.content_type_by_slug(&slug);
        Ok(content_type.map(|content_type| ContentType::new(content_type, &Reader::default())))
    }

    /// The thing of that global id, whatever it is. Null where there is none that is published. A release is given in its
    /// original: `release` and `nodes` take a locale as well. Under a `Preview-Token`, the release of the preview and its
    /// translations are as that has them.
    // The schema shows no `locale` here, which goes on being taken: Relay's compiler makes queries only for a `node` that
    // takes an id and nothing else (https://relay.dev/graphql/objectidentification.htm, section 3).
    async fn node<'ctx>(
        &self,
        context: &Context<'ctx>,
        #[graphql(desc = "A global id, as the `id` fields have it. Something else is VALIDATION_FAILED.")] id: ID,
        #[graphql(visible = false)] locale: Option<LocaleTag>,
    ) -> Result<Option<Node<'ctx>>> {
        let ids = [("id".to_owned(), id)];
        let found = find_nodes(context, &ids, locale).await?;
        Ok(found.into_iter().next().flatten())
    }

    /// The things of those global ids, in their order, with null for each that there is none of: a list as long as `ids`.
    /// A `Preview-Token` is looked at as for `node`.
    async fn nodes<'ctx>(
        &self,
        context: &Context<'ctx>,
        #[graphql(desc = "At most 100 global ids, as the `id` fields have them. Something else is VALIDATION_FAILED.")]
        ids: Vec<ID>,
        #[graphql(desc = "The reader's locale for releases; by default each one's original.")] locale: Option<
            LocaleTag,
        >,
    ) -> Result<Vec<Option<Node<'ctx>>>> {
        let ids: Vec<_> = ids
            .into_iter()
            .enumerate()
            .map(|(index, id)| (format!("ids.{index}"), id))
            .collect();
        find_nodes(context, &ids, locale).await
    }

    /// Who asks, by the access token or the API key of this request, with the rights of this moment. Null without either.
    async fn viewer(&self, context: &Context<'_>) -> Result<Option<Viewer>> {
        viewer(context).await
    }

    /// The accounts of the desk, in the order of their email addresses, a page at a time. For administrators.
    async fn accounts(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many from the start of the list, or behind `after`: 0 to 100. By default 20.")]
        first: Option<i32>,
        #[graphql(desc = "A cursor of this list: only what comes behind it. Another is INVALID_CURSOR.")] after: Option<
            String,
        >,
    ) -> Result<AccountConnection> {
        list_accounts(context, first, after).await
    }

    /// The account of that id. Null where there is none. For administrators.
    async fn account(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id, or its UUID. Something that is neither is VALIDATION_FAILED.")] id: ID,
    ) -> Result<Option<Account>> {
        find_account(context, &id).await
    }
}

/// The only one of a list, with what it was read in.
fn first<T, U>((with, list): (Arc<T>, Vec<U>)) -> Option<(Arc<T>, U)> {
    list.into_iter().next().map(|only| (with, only))
}
