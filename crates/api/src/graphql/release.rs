//! A release, as a reader is shown it.

use std::{borrow::Cow, sync::Arc};

use async_graphql::{Context, ID, Object, Result};
use newsroom_domain::{
    Reader,
    page::Position,
    release::{self},
    taxonomy::Taxonomy,
};
use newsroom_persistence::ShownRelease;

use super::{
    Settings,
    body::{BodyFormat, BodySource, body, body_source},
    filter::{ReleaseFilterInput, ReleaseOrder},
    global_id::GlobalId,
    neighbours::{Side, neighbour, related},
    scalars::{Date, DateTime, LocaleTag, Long, PlainUuid},
    searched::{SearchHighlight, Searched},
    taxonomy::{ContentType, Office, Theme},
    translation::{ChangeNote, Translation, change_notes, url_of},
};

#[derive(Debug, Clone)]
pub(crate) struct Release {
    pub(crate) shown: ShownRelease,
    /// What its offices, themes and type are looked up in, of the moment in which it was read.
    pub(crate) taxonomy: Arc<Taxonomy>,
    /// Who reads.
    pub(crate) reader: Reader,
    /// The search that found it, if one did.
    pub(crate) searched: Option<Arc<Searched>>,
}

impl Release {
    /// A release for that reader.
    pub(crate) fn new(shown: ShownRelease, taxonomy: &Arc<Taxonomy>, reader: &Reader) -> Self {
        Self {
            shown,
            taxonomy: Arc::clone(taxonomy),
            reader: reader.clone(),
            searched: None,
        }
    }

    /// Where it stands in lists by publishing instant.
    pub(crate) fn position(&self) -> Position {
        Position {
            at: self.shown.published_at,
            id: self.shown.id,
        }
    }
}

/// One item of the newsroom: a piece of news, a press release, a report. It has a permanent identity (`id`) and a permanent
/// address (`slug`).
///
/// A release is shown in one locale: the one that was asked for, or the nearest shorter one that there is (`sr` for
/// `sr-Latn`), or the first that there is of those that the newsroom has settled for such readers, or else that of the
/// original. `locale` says which it is, `translations` has all.
#[Object]
impl Release {
    /// Its global id, for `node` and for clients' caches. It never changes.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::Release(self.shown.id).into()
    }

    /// Its UUID, by which everything but GraphQL knows it. Of version 7: a release that was created later has a greater one.
    async fn uuid(&self) -> PlainUuid {
        PlainUuid(self.shown.id.uuid())
    }

    /// The last part of its address: small letters, digits and hyphens, at most 200. A published slug stays for ever: where a
    /// release is given another, the old one redirects to it (see `Query.address`).
    async fn slug(&self) -> &str {
        self.shown.slug.as_str()
    }

    /// The page that it is read at, in the locale that is shown. Null where the operator has not said where releases are read.
    async fn url(&self, context: &Context<'_>) -> Result<Option<String>> {
        url_of(context, &self.shown.text)
    }

    /// The title, as plain text of 1 to 300 characters: escape it for HTML.
    async fn title(&self) -> &str {
        &self.shown.text.title
    }

    /// The opening paragraph, as plain text of up to 2,000 characters, which may be empty: escape it for HTML.
    async fn lead(&self) -> &str {
        &self.shown.text.lead
    }

    /// The text below the lead. Null where there is none, as for items of the old archive's listings, and as `MARKDOWN` where
    /// it came as HTML.
    async fn body(
        &self,
        #[graphql(
            desc = "The form to give it in. Null means HTML.",
            default_with = "Some(BodyFormat::Html)"
        )]
        format: Option<BodyFormat>,
    ) -> Option<&str> {
        body(&self.shown.text, format.unwrap_or_default())
    }

    /// The text below the lead as it was written. Null where there is none.
    async fn body_source(&self) -> Option<BodySource<'_>> {
        body_source(&self.shown.text)
    }

    /// What kind of release it is: News, Press release, … Null where it has none.
    #[graphql(name = "type")]
    async fn content_type(&self) -> Option<ContentType<'_>> {
        let content_type = self.taxonomy.content_type(self.shown.content_type?)?;
        Some(ContentType::new(content_type, &self.reader))
    }

    /// The offices that publish it, in the order that its editors gave them. May be empty.
    async fn offices(&self) -> Vec<Office<'_>> {
        let offices = self.shown.offices.iter().filter_map(|id| self.taxonomy.office(*id));
        offices.map(|office| Office::new(office, &self.reader)).collect()
    }

    /// The themes that it is on, in the order that its editors gave them; those above them in the tree are not among them
    /// unless they were given too. May be empty.
    async fn themes(&self) -> Vec<Theme<'_>> {
        let tree = self.taxonomy.themes();
        let themes = self.shown.themes.iter().filter_map(|id| tree.get(*id));
        themes.map(|theme| Theme::new(theme, tree, &self.reader)).collect()
    }

    /// The instant at which it counts as published, in UTC. Lists are ordered by it.
    async fn published_at(&self) -> DateTime {
        DateTime(self.shown.published_at)
    }

    /// The day of `publishedAt` in the newsroom's time zone: the date to print on it. Lists are filtered by it.
    async fn publishing_date(&self) -> Date {
        Date(self.shown.publishing_date)
    }

    /// When the text that is shown was last corrected with a public note, in UTC; until then, when it first went live. Small
    /// changes that need no note leave it as it is.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.shown.text.updated_at)
    }

    /// The locale that is shown: the one asked for, a shorter one, one of its fallbacks, or that of the original.
    async fn locale(&self) -> LocaleTag {
        LocaleTag(self.shown.text.locale.clone())
    }

    /// The locale that it was written in first. Whoever asks for one that it lacks, with all fallbacks of that, gets this.
    async fn original_locale(&self) -> LocaleTag {
        LocaleTag(self.shown.original_locale.clone())
    }

    /// The locales that it can be read in, that of the original among them.
    async fn available_locales(&self) -> Vec<LocaleTag> {
        self.shown.available_locales.iter().cloned().map(LocaleTag).collect()
    }

    /// All its texts, one for each of the `availableLocales`, the original among them, in the order of the tags: what a language
    /// switcher offers, and what a page names as its alternatives (`hreflang`).
    async fn translations(&self) -> Vec<Translation<'_>> {
        // The look-ahead loads them wherever this field is selected.
        let texts = self.shown.translations.iter().flatten();
        texts.map(|text| Translation(Cow::Borrowed(text))).collect()
    }

    /// Set while it is withdrawn: it can still be read and is in lists, and whoever shows it should show the notice with it.
    async fn withdrawal(&self) -> Option<Withdrawal<'_>> {
        let withdrawal = self.shown.withdrawal.as_ref()?;
        Some(Withdrawal {
            withdrawal,
            release: self,
        })
    }

    /// The public notes on corrections of the text that is shown, the oldest first.
    async fn change_notes(&self) -> Vec<ChangeNote<'_>> {
        change_notes(&self.shown.text)
    }

    /// The documents that belong to it, in order; they are the same in all locales.
    async fn attachments(&self) -> Vec<Attachment<'_>> {
        self.shown.attachments.iter().map(Attachment).collect()
    }

    /// Where the text that is shown has what the list's search looks for: title, lead and body, those of them that have it. Empty
    /// where the release is not from a list with a search, and where `anyLocale` has found it through another of its texts.
    async fn search_highlights(&self) -> Vec<SearchHighlight> {
        match &self.searched {
            Some(searched) => searched.highlights(&self.shown.text),
            None => Vec::new(),
        }
    }

    /// The release right behind this one in the list of that filter and order: with the newest first, the next older one. Null
    /// where this is the last. It need not be in the list itself.
    async fn next(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which releases the list has; null or left out for all of them.")] filter: Option<
            ReleaseFilterInput,
        >,
        #[graphql(
            desc = "The list's order. Null means the newest first.",
            default_with = "Some(ReleaseOrder::NewestFirst)"
        )]
        order_by: Option<ReleaseOrder>,
    ) -> Result<Option<Release>> {
        neighbour(context, self, Side::Next, filter, order_by).await
    }

    /// The release right in front of this one in the list of that filter and order: with the newest first, the next newer one.
    /// Null where this is the first. It need not be in the list itself.
    async fn previous(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which releases the list has; null or left out for all of them.")] filter: Option<
            ReleaseFilterInput,
        >,
        #[graphql(
            desc = "The list's order. Null means the newest first.",
            default_with = "Some(ReleaseOrder::NewestFirst)"
        )]
        order_by: Option<ReleaseOrder>,
    ) -> Result<Option<Release>> {
        neighbour(context, self, Side::Previous, filter, order_by).await
    }

    /// Releases that share themes and offices with this one: those that share the most first, what few releases have counting
    /// for more, and of equals the newest. Never itself. Empty where it has neither themes nor offices.
    async fn related(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The most to give: 1 to 20. Null means 5.", default = 5)] first: Option<i32>,
    ) -> Result<Vec<Release>> {
        related(context, self, first).await
    }
}

pub(crate) struct Withdrawal<'a> {
    withdrawal: &'a release::Withdrawal,
    release: &'a Release,
}

/// A release's withdrawal: its publisher no longer stands by it, and says why.
#[Object]
impl Withdrawal<'_> {
    /// When it was withdrawn, in UTC.
    async fn at(&self) -> DateTime {
        DateTime(self.withdrawal.at)
    }

    /// The public notice, as plain text: escape it for HTML. Where there is none in the reader's locale, the one in the
    /// original's locale, or else any; null where there is none at all.
    async fn notice(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "The reader's locale; by default the one that the release was asked for in, or else the one shown."
        )]
        locale: Option<LocaleTag>,
    ) -> Result<Option<&str>> {
        let settings = context.data::<Settings>()?;
        let Release { shown, reader, .. } = self.release;
        let of_the_text = settings.fallbacks.reader(Some(&shown.text.locale));
        let reader = settings.reader(locale)?.or(reader).or(&of_the_text);
        let notice = self.withdrawal.notice_for(&reader, &shown.original_locale);
        Ok(notice.map(newsroom_domain::text::Note::as_str))
    }
}

pub(crate) struct Attachment<'a>(pub(crate) &'a release::Attachment);

/// A document that belongs to a release, on the web.
#[Object]
impl Attachment<'_> {
    /// Where it is: an absolute `http` or `https` address, not necessarily on this server.
    async fn url(&self) -> &str {
        self.0.url.as_str()
    }

    /// Its media type, such as `application/pdf` (RFC 6838). Null where that is not known.
    async fn media_type(&self) -> Option<&str> {
        self.0.media_type.as_deref()
    }

    /// Its length in bytes. Null where that is not known.
    async fn length(&self) -> Option<Long> {
        self.0.length.map(Long)
    }

    /// Its title, as plain text of 1 to 300 characters: escape it for HTML.
    async fn title(&self) -> &str {
        self.0.title.as_str()
    }
}
