//! "Where we are".

use async_graphql::{Context, Enum, ID, Object, Result};
use newsroom_domain::{
    Reader, Slug,
    taxonomy::{self},
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

pub(crate) struct Office<'a> {
    entry: &'a taxonomy::Office,
    reader: Reader,
}

impl<'a> Office<'a> {
    /// An office for that reader.
    pub(crate) fn new(entry: &'a taxonomy::Office, reader: &Reader) -> Self {
        let reader = reader.clone();
        Self { entry, reader }
    }
}

/// An office of the organisation, "where we are": an institution, a field operation or a department of the secretariat.
#[Object]
impl Office<'_> {
    /// Its global id, for `node` and for clients' caches. It never changes.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Office(self.entry.id).into()
    }

    /// Its UUID, by which everything but GraphQL knows it.
    async fn uuid(&self) -> PlainUuid {
        PlainUuid(self.entry.id.uuid())
    }

    /// Its slug, unique among offices: what filters take and addresses of pages are made of.
    async fn slug(&self) -> &str {
        self.entry.slug.as_str()
    }

    /// The slugs that it had, in their order; empty where it never had another. Each goes on leading to it wherever a slug is
    /// taken, so that pages may redirect from them, and no other office can have one.
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

    /// Whether it is closed. A closed office keeps its releases, and can be filtered by.
    async fn closed(&self) -> bool {
        self.entry.closed
    }

    /// What kind of office it is. Null where that is not known.
    async fn kind(&self) -> Option<OfficeKind> {
        self.entry.kind.map(Into::into)
    }

    /// Its version. Raised by every change; a command that changes it names the one that was seen.
    async fn version(&self) -> i32 {
        version_of(self.entry.version)
    }

    /// How many published releases are this office's, alone or together with others: as many as its `releases` without a filter.
    /// Cheap, however many of these are asked for.
    async fn release_count(&self, context: &Context<'_>) -> Result<i32> {
        Ok(count(release_counts(context).await?.of_office(self.entry.id)))
    }

    /// The releases of this office, alone or together with others, a page at a time.
    async fn releases(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Which releases; null or left out for all of this office's. `offices` and `withoutOffice` are settled here, and refused."
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
        list_releases(context, Scope::Office(&self.entry.slug), &self.reader, arguments).await
    }
}

pub(crate) struct OfficeGroup<'a>(pub(crate) taxonomy::OfficeGroup<'a>);

/// The offices of one kind, either open or closed: a heading of a page of offices, and what stands under it.
#[Object]
impl<'a> OfficeGroup<'a> {
    /// The kind of these offices. Null where it is not known.
    async fn kind(&self) -> Option<OfficeKind> {
        self.0.kind.map(Into::into)
    }

    /// Whether these offices are closed.
    async fn closed(&self) -> bool {
        self.0.closed
    }

    /// The offices, by slug; at least one.
    async fn offices(&self) -> Vec<Office<'a>> {
        let nobody = Reader::default();
        self.0
            .offices
            .iter()
            .map(|office| Office::new(office, &nobody))
            .collect()
    }
}

/// The kinds of offices.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "newsroom_domain::taxonomy::OfficeKind")]
pub(crate) enum OfficeKind {
    /// An institution of the organisation, with a mandate of its own.
    Institution,
    /// A field operation: the organisation's presence in a country.
    FieldOperation,
    /// A department of the secretariat.
    Secretariat,
}
