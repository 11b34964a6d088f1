//! A release in one locale.

use std::borrow::Cow;

use async_graphql::{Context, ID, Object, Result};
use newsroom_domain::release;
use newsroom_persistence::ShownText;

use super::{
    Settings,
    body::{BodyFormat, BodySource, body, body_source},
    global_id::GlobalId,
    scalars::{DateTime, LocaleTag, PlainUuid},
};

pub(crate) struct Translation<'a>(pub(crate) Cow<'a, ShownText>);

/// A release in one locale: its title, lead and body. What all locales share (slug, offices, themes, type, publishing date)
/// is on the release.
#[Object]
impl Translation<'_> {
    /// Its global id, for `node` and for clients' caches. It never changes.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Translation(self.0.id).into()
    }

    /// Its UUID, by which everything but GraphQL knows it.
    async fn uuid(&self) -> PlainUuid {
        PlainUuid(self.0.id.uuid())
    }

    /// The locale that it is in.
    async fn locale(&self) -> LocaleTag {
        LocaleTag(self.0.locale.clone())
    }

    /// Whether it is the release's original: the text that was written first, which readers get where nothing else will do. For
    /// search engines the natural `hreflang="x-default"`.
    async fn is_original(&self) -> bool {
        self.0.is_original
    }

    /// The page that it is read at. Null where the operator has not said where releases are read.
    async fn url(&self, context: &Context<'_>) -> Result<Option<String>> {
        url_of(context, &self.0)
    }

    /// The title, as plain text of 1 to 300 characters: escape it for HTML.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// The opening paragraph, as plain text of up to 2,000 characters, which may be empty: escape it for HTML.
    async fn lead(&self) -> &str {
        &self.0.lead
    }

    /// The text below the lead. Null where there is none, and as `MARKDOWN` where it came as HTML.
    async fn body(
        &self,
        #[graphql(
            desc = "The form to give it in. Null means HTML.",
            default_with = "Some(BodyFormat::Html)"
        )]
        format: Option<BodyFormat>,
    ) -> Option<&str> {
        body(&self.0, format.unwrap_or_default())
    }

    /// The text below the lead as it was written. Null where there is none.
    async fn body_source(&self) -> Option<BodySource<'_>> {
        body_source(&self.0)
    }

    /// When this translation first went live, in UTC.
    async fn published_at(&self) -> DateTime {
        DateTime(self.0.published_at)
    }

    /// When this translation was last corrected with a public note, in UTC; until then, when it first went live. Small
    /// changes that need no note leave it as it is.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }

    /// The public notes on this translation's corrections, the oldest first.
    async fn change_notes(&self) -> Vec<ChangeNote<'_>> {
        change_notes(&self.0)
    }
}

pub(crate) struct ChangeNote<'a>(pub(crate) &'a release::ChangeNote);

/// A public note on a correction.
#[Object]
impl ChangeNote<'_> {
    /// When the correction went live, in UTC.
    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// What was corrected, as plain text in the locale of the text that it is on: escape it for HTML.
    async fn note(&self) -> &str {
        self.0.note.as_str()
    }
}

/// The notes on a text's corrections, the oldest first.
pub(crate) fn change_notes(text: &ShownText) -> Vec<ChangeNote<'_>> {
    text.change_notes.iter().map(ChangeNote).collect()
}

/// The address of the page that shows a text, where the newsroom has set one.
pub(crate) fn url_of(context: &Context<'_>, text: &ShownText) -> Result<Option<String>> {
    let settings = context.data::<Settings>()?;
    Ok(settings
        .release_url
        .as_ref()
        .map(|url| url.fill(&text.locale, &text.slug)))
}
