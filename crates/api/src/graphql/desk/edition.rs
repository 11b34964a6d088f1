//! Editions: what was saved, as the desk reads it.

use async_graphql::{Enum, Object, Result};
use newsroom_domain::{TranslationId, release, taxonomy::Taxonomy};
use newsroom_persistence::Talk;

use super::{
    people::{Actor, People},
    talk::{self, EditionComment},
};
use crate::graphql::{
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
    /// HTML, which is cleaned as it is saved: scripts, styles, forms and event handlers go.
    Html,
}

/// What an edition is shown with.
#[derive(Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    pub(crate) taxonomy: &'a Taxonomy,
    pub(crate) people: &'a People,
    pub(crate) talk: &'a Talk,
    pub(crate) zone: newsroom_domain::Zone,
}

pub(crate) struct DeskEdition<'a> {
    pub(crate) edition: &'a release::Edition,
    pub(crate) of: TranslationId,
    pub(crate) with: Surroundings<'a>,
}

/// A snapshot of a translation, as it was saved. It never changes: every save makes another.
#[Object]
impl DeskEdition<'_> {
    /// Its UUID.
    async fn uuid(&self) -> PlainUuid {
        PlainUuid(self.edition.id.uuid())
    }

    /// Which of its translation's editions it is, from 1.
    async fn number(&self) -> i32 {
        i32::try_from(self.edition.number).unwrap_or(i32::MAX)
    }

    /// When it was saved, in UTC.
    async fn saved_at(&self) -> DateTime {
        DateTime(self.edition.saved_at)
    }

    /// Who saved it.
    async fn saved_by(&self) -> Actor {
        Actor::new(self.edition.saved_by, self.with.people)
    }

    /// The title, as plain text of 1 to 300 characters: escape it for HTML.
    async fn title(&self) -> &str {
        self.edition.text.title.as_str()
    }

    /// The opening paragraph, as plain text of up to 2,000 characters, which may be empty: escape it for HTML.
    async fn lead(&self) -> &str {
        self.edition.text.lead.as_str()
    }

    /// The text below the lead. Null where there is none.
    async fn body(&self) -> Option<DeskBody<'_>> {
        self.edition.text.body.as_ref().map(DeskBody)
    }

    /// What was said of it, in order, at most 200: see `commentOnEdition`.
    async fn comments(&self) -> Result<Vec<EditionComment>> {
        Ok(talk::comments(
            self.of,
            Some(self.edition.id),
            self.with.talk,
            self.with.people,
        )?)
    }

    /// What all translations share, as this edition has it. Null for an edition of a translation that is not the original.
    async fn shared(&self) -> Option<SharedFields<'_>> {
        let shared = self.edition.shared.as_ref()?;
        Some(SharedFields {
            shared,
            with: self.with,
        })
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
        Some(ContentType::new(content_type, None))
    }

    /// The offices, in order.
    async fn offices(&self) -> Vec<Office<'_>> {
        let offices = self.shared.offices.iter();
        let offices = offices.filter_map(|id| self.with.taxonomy.office(*id));
        offices.map(|office| Office::new(office, None)).collect()
    }

    /// The themes, in order.
    async fn themes(&self) -> Vec<Theme<'_>> {
        let tree = self.with.taxonomy.themes();
        let themes = self.shared.themes.iter().filter_map(|id| tree.get(*id));
        themes.map(|theme| Theme::new(theme, tree, None)).collect()
    }

    /// What is attached, in order.
    async fn attachments(&self) -> Vec<Attachment<'_>> {
        self.shared.attachments.iter().map(Attachment).collect()
    }
}
