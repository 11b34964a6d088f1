//! "What we do".

use async_graphql::{Context, ID, Object, Result};
use newsroom_domain::{
    Reader, Slug,
    taxonomy::{self, ThemeTree},
};

use super::{LocalizedName, all_names, name, version_of};
use crate::graphql::{
    connection::ReleaseConnection,
    filter::{ListArguments, ReleaseFilterInput, ReleaseOrder, Scope},
    global_id::GlobalId,
    lists::list_releases,
    request::release_counts,
    scalars::{LocaleTag, PlainUuid, count},
};

pub(crate) struct Theme<'a> {
    entry: &'a taxonomy::Theme,
    tree: &'a ThemeTree,
    reader: Reader,
}

impl<'a> Theme<'a> {
    /// A theme of this tree for that reader.
    pub(crate) fn new(entry: &'a taxonomy::Theme, tree: &'a ThemeTree, reader: &Reader) -> Self {
        let reader = reader.clone();
        Self { entry, tree, reader }
    }

    /// Another theme of the same tree, for the same reader.
    fn other(&self, theme: &'a taxonomy::Theme) -> Self {
        Self::new(theme, self.tree, &self.reader)
    }
}

/// A theme, "what we do". Themes are a tree: a filter by a theme takes those below it along.
#[Object]
impl<'a> Theme<'a> {
    /// Its global id, for `node` and for clients' caches. It never changes.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Theme(self.entry.id).into()
    }

    /// Its UUID, by which everything but GraphQL knows it.
    async fn uuid(&self) -> PlainUuid {
        PlainUuid(self.entry.id.uuid())
    }

    /// Its slug, unique among themes: what filters take and addresses of pages are made of.
    async fn slug(&self) -> &str {
        self.entry.slug.as_str()
    }

    /// The slugs that it had, in their order; empty where it never had another. Each goes on leading to it wherever a slug is
    /// taken, so that pages may redirect from them, and no other theme can have one.
    async fn former_slugs(&self) -> Vec<&str> {
        self.entry.former_slugs.iter().map(Slug::as_str).collect()
    }

    /// What it is called, as plain text of 1 to 300 characters: escape it for HTML. The name in the nearest locale that it
    /// has one in, or else the English one, or else any.
    async fn name(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "The reader's locale; by default the one in which the release was asked for that this was reached from, else English."
        )]
        locale: Option<LocaleTag>,
    ) -> Result<&str> {
        name(context, &self.entry.names, locale, &self.reader)
    }

    /// What it is called in each locale that it has a name in, in the order of the tags.
    async fn names(&self) -> Vec<LocalizedName<'_>> {
        all_names(&self.entry.names)
    }

    /// The theme right above it. Null for a root of the tree.
    async fn parent(&self) -> Option<Theme<'a>> {
        Some(self.other(self.tree.get(self.entry.parent?)?))
    }

    /// The themes right below it, by slug; empty for a leaf.
    async fn children(&self) -> Vec<Theme<'a>> {
        let children = self.tree.children(Some(self.entry.id));
        children.map(|theme| self.other(theme)).collect()
    }

    /// All themes above it, its parent first and the root last: turned round, a breadcrumb. Empty for a root.
    async fn ancestors(&self) -> Vec<Theme<'a>> {
        let ancestors = self.tree.ancestors(self.entry.id);
        ancestors.map(|theme| self.other(theme)).collect()
    }

    /// Its version. Raised by every change; a command that changes it names the one that was seen.
    async fn version(&self) -> i32 {
        version_of(self.entry.version)
    }

    /// How many published releases are on this theme or on one below it, each once: as many as its `releases` without a filter.
    /// Cheap, however many of these are asked for.
    async fn release_count(&self, context: &Context<'_>) -> Result<i32> {
        Ok(count(release_counts(context).await?.of_theme(self.entry.id)))
    }

    /// The releases on this theme or on one below it, a page at a time.
    async fn releases(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Which releases; null or left out for all of this theme's. `themes` and `withoutTheme` are settled here, and refused."
        )]
        filter: Option<ReleaseFilterInput>,
        #[graphql(
            desc = "In which order. Null means the newest first.",
            default_with = "Some(ReleaseOrder::NewestFirst)"
        )]
        order_by: Option<ReleaseOrder>,
        #[graphql(
            desc = "How many from the start of the list, or behind `after`: 0 to 100. Without `first` and `last`, 20."
        )]
        first: Option<i32>,
        #[graphql(desc = "A cursor of this list in this order: only what comes behind it. Another is INVALID_CURSOR.")]
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
            desc = "The reader's locale; by default the one in which the release was asked for that this was reached from, else each release's original."
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
        list_releases(context, Scope::Theme(&self.entry.slug), &self.reader, arguments).await
    }
}
