//! What is kept of a previewed release, and how it lies over what is live.

use newsroom_domain::release::{Attachment, BodyFormat, ChangeNote, LiveRelease, LiveTranslation, Withdrawal};
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_domain::{ContentTypeId, Day, Instant, Locale, OfficeId, Reader, ReleaseId, Slug, ThemeId, TranslationId};
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::live::shown::{ShownBody, ShownRelease, ShownText, Wants};

/// A release as it is shown under a preview's token. What it is filed under is kept by identity, and so looked up in the
/// taxonomy of the moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    id: ReleaseId,
    slug: Slug,
    published_at: Instant,
    publishing_date: Day,
    content_type: Option<ContentTypeId>,
    offices: Vec<OfficeId>,
    themes: Vec<ThemeId>,
    attachments: Vec<Attachment>,
    withdrawal: Option<Withdrawal>,
    original_locale: Locale,
    texts: Vec<Text>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Text {
    id: TranslationId,
    locale: Locale,
    title: String,
    lead: String,
    published_at: Instant,
    updated_at: Instant,
    change_notes: Vec<ChangeNote>,
    body: Option<TextBody>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct TextBody {
    format: BodyFormat,
    source: String,
    html: String,
    text: String,
}

impl From<LiveRelease> for Snapshot {
    fn from(live: LiveRelease) -> Self {
        // Taken apart, so that whatever readers are shown more of has to be kept here as well.
        let LiveRelease {
            id,
            slug,
            // All addresses that it has had are in the public tables.
            redirects: _,
            published_at,
            publishing_date,
            content_type,
            offices,
            themes,
            attachments,
            withdrawal,
            original_locale,
            translations,
        } = live;
        Self {
            id,
            slug,
            published_at,
            publishing_date,
            content_type,
            offices,
            themes,
            attachments,
            withdrawal,
            original_locale,
            texts: translations.into_iter().map(Text::from).collect(),
        }
    }
}

impl From<LiveTranslation> for Text {
    fn from(live: LiveTranslation) -> Self {
        let LiveTranslation {
            id,
            locale,
            title,
            lead,
            body,
            published_at,
            updated_at,
            change_notes,
        } = live;
        Self {
            id,
            locale,
            title: title.into(),
            lead: lead.into(),
            published_at,
            updated_at,
            change_notes,
            body: body.map(|body| TextBody {
                format: body.format(),
                source: body.source().to_owned(),
                html: body.html().to_owned(),
                text: body.text().to_owned(),
            }),
        }
    }
}

impl Snapshot {
    /// It, with what was merged since it was made replaced by what it was merged into.
    pub(super) fn brought_up(mut self, taxonomy: &Taxonomy) -> Self {
        taxonomy.bring_up(&mut self.offices, &mut self.themes, &mut self.content_type);
        self
    }

    /// The release that it is of.
    pub(crate) fn id(&self) -> ReleaseId {
        self.id
    }

    /// Whether the release is at this slug.
    pub(crate) fn is_at(&self, slug: &str) -> bool {
        self.slug.as_str() == slug
    }

    /// The release for that reader.
    ///
    /// # Errors
    /// Where it has no text.
    pub fn show(&self, reader: &Reader, wants: Wants) -> Result<ShownRelease, StoreError> {
        let available: Vec<Locale> = self.texts.iter().map(|text| text.locale.clone()).collect();
        let shown = reader.shown(&available, &self.original_locale);
        let text = self.texts.iter().find(|text| text.locale == *shown);
        let text = text.ok_or_else(|| StoreError::corrupt("preview", format!("{} has no text in {shown}", self.id)))?;
        let all = || self.texts.iter().map(|text| self.show_text(text, wants)).collect();
        Ok(ShownRelease {
            id: self.id,
            slug: self.slug.clone(),
            published_at: self.published_at,
            publishing_date: self.publishing_date,
            content_type: self.content_type,
            offices: self.offices.clone(),
            themes: self.themes.clone(),
            attachments: self.attachments.clone(),
            withdrawal: self.withdrawal.clone(),
            original_locale: self.original_locale.clone(),
            text: self.show_text(text, wants),
            translations: wants.translations.then(all),
            available_locales: available,
        })
    }

    /// Puts the release where it stands in the order of `ids` into what was found of the others, if it is among them.
    pub(crate) fn join(
        &self,
        found: &mut Vec<ShownRelease>,
        ids: &[ReleaseId],
        reader: &Reader,
        wants: Wants,
    ) -> Result<(), StoreError> {
        if let Some(at) = ids.iter().position(|id| *id == self.id) {
            let before = &ids[..at];
            let place = found.iter().take_while(|shown| before.contains(&shown.id)).count();
            found.insert(place, self.show(reader, wants)?);
        }
        Ok(())
    }

    /// Those of these texts that are the release's.
    pub(crate) fn texts(&self, ids: &[TranslationId], wants: Wants) -> impl Iterator<Item = ShownText> {
        let own = self.texts.iter().filter(|text| ids.contains(&text.id));
        own.map(move |text| self.show_text(text, wants))
    }

    fn show_text(&self, text: &Text, wants: Wants) -> ShownText {
        let body = || {
            text.body.as_ref().map(|body| ShownBody {
                format: body.format,
                source: body.source.clone(),
                html: body.html.clone(),
                text: body.text.clone(),
            })
        };
        ShownText {
            id: text.id,
            slug: self.slug.clone(),
            locale: text.locale.clone(),
            is_original: text.locale == self.original_locale,
            title: text.title.clone(),
            lead: text.lead.clone(),
            published_at: text.published_at,
            updated_at: text.updated_at,
            change_notes: text.change_notes.clone(),
            body: wants.bodies.then(body),
        }
    }
}
