//! Editions: what was saved, as the desk reads it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use newsroom_domain::{Reader, TranslationId, release, taxonomy::Taxonomy};
use newsroom_persistence::Talk;

use super::{
    people::{Actor, People},
    talk::{self, EditionComment},
};
use crate::graphql::{
    desk_id,
    release::Attachment,
    scalars::{Date, DateTime, PlainUuid},
    taxonomy::{ContentType, Office, Theme},
};

/// What a body is written in.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "newsroom_domain::release::BodyFormat")]
pub(crate) enum BodySourceFormat {
    /// CommonMark with GitHub's tables, strikethrough and bare links.
    Markdown,
    /// HTML, which is cleaned as it is saved: scripts, styles, forms and event handlers go, and ids get
    /// `user-content-` in front of them.
    Html,
}

/// What an edition is shown with.
#[derive(Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    pub(crate) taxonomy: &'a Taxonomy,
    pub(crate) people: &'a People,
    pub(crate) zone: newsroom_domain::Zone,
}

/// The same, of editions that stand by themselves.
#[derive(Clone)]
pub(crate) struct OwnSurroundings {
    pub(crate) taxonomy: Arc<Taxonomy>,
    pub(crate) people: Arc<People>,
    pub(crate) zone: newsroom_domain::Zone,
}

impl OwnSurroundings {
    pub(crate) fn lent(&self) -> Surroundings<'_> {
        Surroundings {
            taxonomy: &self.taxonomy,
            people: &self.people,
            zone: self.zone,
        }
    }
}

/// An edition of a release that is at hand, or one that stands by itself.
pub(crate) enum DeskEdition<'a> {
    Lent(
        &'a release::Edition,
        Surroundings<'a>,
        Option<(TranslationId, &'a Talk)>,
    ),
    Own(Arc<release::Edition>, OwnSurroundings),
}

impl<'a> DeskEdition<'a> {
    pub(crate) fn new(edition: &'a release::Edition, with: Surroundings<'a>) -> Self {
        Self::Lent(edition, with, None)
    }

    /// The same, of a translation beside which everything that was said is at hand.
    pub(crate) fn beside(
        edition: &'a release::Edition,
        with: Surroundings<'a>,
        of: TranslationId,
        talk: &'a Talk,
    ) -> Self {
        Self::Lent(edition, with, Some((of, talk)))
    }

    pub(crate) fn owned(edition: Arc<release::Edition>, with: OwnSurroundings) -> Self {
        Self::Own(edition, with)
    }

    fn edition(&self) -> &release::Edition {
        match self {
            Self::Lent(edition, ..) => edition,
            Self::Own(edition, _) => edition,
        }
    }

    fn with(&self) -> Surroundings<'_> {
        match self {
            Self::Lent(_, with, _) => *with,
            Self::Own(_, with) => with.lent(),
        }
    }
}

/// A snapshot of a translation, as it was saved. It never changes: every save makes another.
#[Object]
impl DeskEdition<'_> {
    /// Its id, for `deskEdition` and for clients' caches. It never changes, and `node` does not find it.
    async fn id(&self) -> ID {
        desk_id::write(self.edition().id)
    }

    /// Its UUID.
    async fn uuid(&self) -> PlainUuid {
        PlainUuid(self.edition().id.uuid())
    }

    /// Which of its translation's editions it is, from 1.
    async fn number(&self) -> i32 {
        i32::try_from(self.edition().number).unwrap_or(i32::MAX)
    }

    /// When it was saved, in UTC.
    async fn saved_at(&self) -> DateTime {
        DateTime(self.edition().saved_at)
    }

    /// Who saved it.
    async fn saved_by(&self) -> Actor {
        Actor::new(self.edition().saved_by, self.with().people)
    }

    /// The title, as plain text of 1 to 300 characters: escape it for HTML.
    async fn title(&self) -> &str {
        self.edition().text.title.as_str()
    }

    /// The opening paragraph, as plain text of up to 2,000 characters, which may be empty: escape it for HTML.
    async fn lead(&self) -> &str {
        self.edition().text.lead.as_str()
    }

    /// The text below the lead. Null where there is none.
    async fn body(&self) -> Option<DeskBody<'_>> {
        self.edition().text.body.as_ref().map(DeskBody)
    }

    /// What was said of it, in order, at most 200: see `commentOnEdition`.
    async fn comments(&self, context: &Context<'_>) -> Result<Vec<EditionComment>> {
        if let Self::Lent(edition, with, Some((of, talk))) = self {
            return Ok(talk::comments(*of, Some(edition.id), talk, with.people)?);
        }
        talk::comments_on(context, self.edition().id).await
    }

    /// What all translations share, as this edition has it. Null for an edition of a translation that is not the original.
    async fn shared(&self) -> Option<SharedFields<'_>> {
        SharedFields::of(self.edition(), self.with())
    }
}

pub(crate) struct DeskBody<'a>(&'a release::Body);

/// The text below a lead, as it was written and as readers get it.
#[Object]
impl DeskBody<'_> {
    /// What it was written in.
    async fn format(&self) -> BodySourceFormat {
        self.0.format().into()
    }

    /// What was written. HTML has been cleaned on its way in.
    async fn source(&self) -> &str {
        self.0.source()
    }

    /// Clean HTML, as readers get it.
    async fn html(&self) -> &str {
        self.0.html()
    }

    /// Plain text, as readers get it.
    async fn text(&self) -> &str {
        self.0.text()
    }
}

pub(crate) struct SharedFields<'a> {
    shared: &'a release::Shared,
    with: Surroundings<'a>,
}

impl<'a> SharedFields<'a> {
    /// Those of an edition, if it has any.
    pub(crate) fn of(edition: &'a release::Edition, with: Surroundings<'a>) -> Option<Self> {
        let shared = edition.shared.as_ref()?;
        Some(Self { shared, with })
    }
}

/// What all translations of a release share.
#[Object]
impl SharedFields<'_> {
    /// The slug: the address where this is live, and what is reserved for it where it is a draft.
    async fn slug(&self) -> &str {
        self.shared.slug.as_str()
    }

    /// The publishing date, as an instant in UTC. Null where a draft has none yet: it gets the instant at which it goes live.
    async fn published_at(&self) -> Option<DateTime> {
        self.shared.published_at.map(DateTime)
    }

    /// The day of `publishedAt` in the newsroom's time zone.
    async fn publishing_date(&self) -> Option<Date> {
        self.shared.published_at.map(|at| Date(self.with.zone.day_of(at)))
    }

    /// The content type. Null where there is none.
    #[graphql(name = "type")]
    async fn content_type(&self) -> Option<ContentType<'_>> {
        let content_type = self.with.taxonomy.content_type(self.shared.content_type?)?;
        Some(ContentType::new(content_type, &Reader::default()))
    }

    /// The offices, in order.
    async fn offices(&self) -> Vec<Office<'_>> {
        let offices = self.shared.offices.iter();
        let offices = offices.filter_map(|id| self.with.taxonomy.office(*id));
        offices.map(|office| Office::new(office, &Reader::default())).collect()
    }

    /// The themes, in order.
    async fn themes(&self) -> Vec<Theme<'_>> {
        let tree = self.with.taxonomy.themes();
        let themes = self.shared.themes.iter().filter_map(|id| tree.get(*id));
        themes
            .map(|theme| Theme::new(theme, tree, &Reader::default()))
            .collect()
    }

    /// What is attached, in order.
    async fn attachments(&self) -> Vec<Attachment<'_>> {
        self.shared.attachments.iter().map(Attachment).collect()
    }
}
