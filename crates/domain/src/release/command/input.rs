//! What commands are asked with: text as it came, which is read here, all its faults at once.

use serde::Serialize;
use url::Url;

use super::super::{Attachment, Body, BodyFormat, Shared, Text, filing};
use crate::fault::{Faults, FieldFault};
use crate::release::CommandContext;
use crate::text::{Lead, Title, excerpt};
use crate::{ContentTypeId, Day, Instant, Locale, OfficeId, Slug, ThemeId};

/// What is to become of a field. A field that can be cleared is a `Patch<Option<T>>`, cleared by `Set(None)`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub enum Patch<T> {
    /// It stays as it is; of something new, as if it had not been given.
    #[default]
    Keep,
    /// It becomes this.
    Set(T),
}

/// What all translations share, as somebody wants it. The fields' paths are `slug`, `publishedAt`, `publishingDate`,
/// `type`, `offices.0`, `themes.0`, `attachments.0.url` and so on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SharedFields {
    /// The slug. A new release without one gets one made from its title.
    pub slug: Patch<String>,
    /// The publishing date as an instant (RFC 3339). Not together with `publishing_date`.
    pub published_at: Patch<Option<String>>,
    /// The publishing date as a day, `YYYY-MM-DD`: that day's first instant in the newsroom's time zone.
    pub publishing_date: Patch<Option<String>>,
    /// The slug of the content type.
    pub content_type: Patch<Option<String>>,
    /// The slugs of the offices, in order, at most [`MOST_FILED`](crate::release::MOST_FILED).
    pub offices: Patch<Vec<String>>,
    /// The slugs of the themes, in order, at most [`MOST_FILED`](crate::release::MOST_FILED).
    pub themes: Patch<Vec<String>>,
    /// What is attached, at most [`MOST_ATTACHMENTS`](crate::release::MOST_ATTACHMENTS).
    pub attachments: Patch<Vec<AttachmentFields>>,
}

/// An attachment, as somebody wants it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AttachmentFields {
    /// Where it is: an absolute http or https address.
    pub url: String,
    /// Its media type (RFC 6838), where known.
    pub media_type: Option<String>,
    /// Its length in bytes, where known.
    pub length: Option<i64>,
    /// What it is called.
    pub title: String,
}

/// A text, as somebody wants it. The fields' paths are `text.title`, `text.lead` and `text.body.text`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TextFields {
    /// The title. A new text needs one.
    pub title: Patch<String>,
    /// The lead. A new text without one has an empty one.
    pub lead: Patch<String>,
    /// The body.
    pub body: Patch<Option<BodyFields>>,
}

/// A body, as somebody wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BodyFields {
    /// What it is written in.
    pub format: BodyFormat,
    /// What was written.
    pub text: String,
}

/// Shared fields that have been read. There is no slug where a new release has yet to be given one.
pub(super) struct SharedRead {
    slug: Option<Slug>,
    published_at: Option<Instant>,
    content_type: Option<ContentTypeId>,
    offices: Vec<OfficeId>,
    themes: Vec<ThemeId>,
    attachments: Vec<Attachment>,
}

impl SharedRead {
    /// The shared fields, with a slug made for the text's title where there is none.
    pub(super) fn with_slug_for(self, text: &Text, context: &mut CommandContext<'_>) -> Shared {
        Shared {
            slug: self.slug.unwrap_or_else(|| (context.free_slug)(text.title.as_str())),
            published_at: self.published_at,
            content_type: self.content_type,
            offices: self.offices,
            themes: self.themes,
            attachments: self.attachments,
        }
    }
}

impl SharedFields {
    /// Reads the fields; what is kept is taken from `known`. What cannot be read is noted, and what stands for it then
    /// is not to be used.
    pub(super) fn read(&self, known: Option<&Shared>, context: &CommandContext<'_>, faults: &mut Faults) -> SharedRead {
        let taxonomy = context.taxonomy;
        SharedRead {
            slug: match &self.slug {
                Patch::Set(slug) => faults.read("slug", slug.parse()),
                Patch::Keep => known.map(|known| known.slug.clone()),
            },
            published_at: self.publishing_date(known.and_then(|known| known.published_at), context, faults),
            content_type: match &self.content_type {
                Patch::Set(slug) => slug
                    .as_ref()
                    .and_then(|slug| filing::content_type(slug, taxonomy, faults)),
                Patch::Keep => known.and_then(|known| known.content_type),
            },
            offices: match &self.offices {
                Patch::Set(slugs) => filing::offices(slugs.iter().map(String::as_str), taxonomy, faults),
                Patch::Keep => known.map(|known| known.offices.clone()).unwrap_or_default(),
            },
            themes: match &self.themes {
                Patch::Set(slugs) => filing::themes(slugs.iter().map(String::as_str), taxonomy, faults),
                Patch::Keep => known.map(|known| known.themes.clone()).unwrap_or_default(),
            },
            attachments: match &self.attachments {
                Patch::Set(given) => attachments(given, faults),
                Patch::Keep => known.map(|known| known.attachments.clone()).unwrap_or_default(),
            },
        }
    }

    /// Whether there would be no publishing date any more.
    pub(super) fn clears_publishing_date(&self) -> bool {
        matches!(
            (&self.published_at, &self.publishing_date),
            (Patch::Set(None), Patch::Keep | Patch::Set(None)) | (Patch::Keep, Patch::Set(None))
        )
    }

    fn publishing_date(
        &self,
        known: Option<Instant>,
        context: &CommandContext<'_>,
        faults: &mut Faults,
    ) -> Option<Instant> {
        match (&self.published_at, &self.publishing_date) {
            (Patch::Keep, Patch::Keep) => known,
            _ if self.clears_publishing_date() => None,
            (Patch::Set(Some(instant)), Patch::Keep) => faults.read("publishedAt", instant.parse()),
            (Patch::Keep, Patch::Set(Some(day))) => {
                let instant = day
                    .parse()
                    .and_then(|day: Day| filing::publishing_instant(day, context.zone));
                faults.read("publishingDate", instant)
            }
            _ => {
                let message = "give publishedAt or publishingDate, not both";
                faults.push(FieldFault::new("publishingDate", "CONFLICTING", message));
                None
            }
        }
    }
}

fn attachments(given: &[AttachmentFields], faults: &mut Faults) -> Vec<Attachment> {
    if !filing::can_attach(given.len(), faults) {
        return Vec::new();
    }
    let mut read = Vec::with_capacity(given.len());
    for (index, attachment) in given.iter().enumerate() {
        let url = Url::parse(&attachment.url)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"));
        if url.is_none() {
            let message = format!(
                "“{}” is not an absolute http or https address: give one such as https://example.org/report.pdf",
                excerpt(&attachment.url)
            );
            faults.push(FieldFault::new(
                format!("attachments.{index}.url"),
                "INVALID_URL",
                message,
            ));
        }
        filing::check_attachment(index, attachment.length, attachment.media_type.as_deref(), faults);
        let title = faults.read(&format!("attachments.{index}.title"), Title::new(&attachment.title));
        read.extend(url.zip(title).map(|(url, title)| Attachment {
            url,
            media_type: attachment.media_type.clone(),
            length: attachment.length,
            title,
        }));
    }
    read
}

impl TextFields {
    /// Reads the fields; what is kept is taken from `known`. `None` where something could not be read, which is noted.
    pub(super) fn read(&self, known: Option<&Text>, faults: &mut Faults) -> Option<Text> {
        let title = match (&self.title, known) {
            (Patch::Set(title), _) => faults.read("text.title", Title::new(title)),
            (Patch::Keep, Some(known)) => Some(known.title.clone()),
            (Patch::Keep, None) => {
                faults.push(FieldFault::new(
                    "text.title",
                    "REQUIRED",
                    "a text has a title: give one",
                ));
                None
            }
        };
        let lead = match (&self.lead, known) {
            (Patch::Set(lead), _) => faults.read("text.lead", Lead::new(lead)),
            (Patch::Keep, Some(known)) => Some(known.lead.clone()),
            (Patch::Keep, None) => faults.read("text.lead", Lead::new("")),
        };
        let known_body = known.and_then(|known| known.body.as_ref());
        let body = match &self.body {
            Patch::Keep => Some(known_body.cloned()),
            Patch::Set(None) => Some(None),
            Patch::Set(Some(body)) => faults
                .read("text.body.text", Body::new(body.format, &body.text))
                .map(|body| Some(body.or_known(known_body))),
        };
        Some(Text {
            title: title?,
            lead: lead?,
            body: body?,
        })
    }
}

/// Reads the locale of a text that there may be; `None` where it cannot be one, which is noted at the path.
pub(super) fn read_locale(
    path: &str,
    given: &str,
    context: &CommandContext<'_>,
    faults: &mut Faults,
) -> Option<Locale> {
    let locale: Locale = faults.read(path, given.parse())?;
    if context.publishes_in(&locale) {
        return Some(locale);
    }
    let message = format!("this newsroom does not publish in {locale}");
    faults.push(FieldFault::new(path, "UNKNOWN_LOCALE", message));
    None
}
