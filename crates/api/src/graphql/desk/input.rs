//! What commands are asked with: one input object each, read by the domain, all its faults at once.

use async_graphql::{Enum, ID, InputObject, MaybeUndefined};
use newsroom_domain::release::{self, Step};

use super::{checks::CheckName, edition::BodySourceFormat};
use crate::graphql::{
    command::{cleared, kept},
    scalars::{Date, DateTime, LocaleTag, Long, Unread},
};

/// A text in one locale. What is left out stays as it is.
#[derive(Debug, InputObject)]
pub(crate) struct TextInput {
    /// The title: plain text of 1 to 300 characters, without line breaks. A new text needs one. Null means left out.
    title: Option<String>,
    /// The lead, the opening paragraph: plain text of up to 2,000 characters, which may be empty. A new text without one
    /// has an empty one. Null means left out.
    lead: Option<String>,
    /// The body. Null takes it away.
    body: MaybeUndefined<BodyInput>,
}

/// The text below a lead.
#[derive(Debug, InputObject)]
pub(crate) struct BodyInput {
    /// What it is written in.
    format: BodySourceFormat,
    /// What is written: at most 200,000 characters.
    text: String,
}

/// A document on the web that belongs to a release.
#[derive(Debug, InputObject)]
pub(crate) struct AttachmentInput {
    /// Where it is: an absolute `http` or `https` address.
    url: String,
    /// Its media type, such as `application/pdf` (RFC 6838), where that is known.
    media_type: Option<String>,
    /// Its length in bytes, where that is known.
    length: Option<Long>,
    /// Its title: plain text of 1 to 300 characters.
    title: String,
}

/// A new release. Its original is saved as a draft, which readers have nothing of until it is published.
#[derive(Debug, InputObject)]
pub(crate) struct CreateReleaseInput {
    /// The locale of its original, which never changes.
    original_locale: Unread<LocaleTag>,
    /// The slug that it is to have: small letters, digits and single hyphens, at most 200. One that is taken is `CONFLICT`. Left out or
    /// null, one is made from the title, with a number behind it where it is taken.
    slug: Option<String>,
    /// The publishing date, as an instant. Left out or null, it is the instant at which the release is published. Not
    /// together with `publishingDate`.
    published_at: Option<Unread<DateTime>>,
    /// The publishing date, as a day: that day's first instant in the newsroom's time zone.
    publishing_date: Option<Unread<Date>>,
    /// The slug of its content type.
    #[graphql(name = "type")]
    content_type: Option<String>,
    /// The slugs of its offices, in order, each once, at most 50.
    offices: Option<Vec<String>>,
    /// The slugs of its themes, in order, each once, at most 50.
    themes: Option<Vec<String>>,
    /// What is attached, in order, at most 100.
    attachments: Option<Vec<AttachmentInput>>,
    /// The original's text.
    text: TextInput,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    pub(crate) idempotency_key: Option<String>,
}

/// Other shared fields of a release, another text of its original, or both, saved in one edition of the original's draft.
/// What is left out stays as it is. Readers have none of it until the original is published.
#[derive(Debug, InputObject)]
pub(crate) struct UpdateReleaseInput {
    /// The release: its global id, or its UUID.
    id: ID,
    /// The version of the original that you have seen.
    version: i32,
    /// The slug that it is to have: small letters, digits and single hyphens, at most 200. It becomes the address when the draft is
    /// published; the old address redirects from then on. One that is taken is `CONFLICT`. Null means left out.
    slug: Option<String>,
    /// The publishing date, as an instant. Null takes it away, which what has been published cannot do without. Not together
    /// with `publishingDate`.
    published_at: MaybeUndefined<Unread<DateTime>>,
    /// The publishing date, as a day: that day's first instant in the newsroom's time zone. Null takes it away.
    publishing_date: MaybeUndefined<Unread<Date>>,
    /// The slug of its content type. Null takes it away.
    #[graphql(name = "type")]
    content_type: MaybeUndefined<String>,
    /// The slugs of its offices, in order, each once, at most 50. An empty list takes them away; null means left out.
    offices: Option<Vec<String>>,
    /// The slugs of its themes, in order, each once, at most 50. An empty list takes them away; null means left out.
    themes: Option<Vec<String>>,
    /// What is attached, in order, at most 100. An empty list takes it away; null means left out.
    attachments: Option<Vec<AttachmentInput>>,
    /// The original's text.
    text: Option<TextInput>,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

/// A translation more of a release, saved as a draft.
#[derive(Debug, InputObject)]
pub(crate) struct AddTranslationInput {
    /// The release: its global id, or its UUID.
    id: ID,
    /// The version of the original that you have seen. Adding a translation does not raise it.
    version: i32,
    /// The locale of the translation.
    locale: Unread<LocaleTag>,
    /// Its text.
    text: TextInput,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

/// Another text in one locale, which may be the original's, saved as that translation's draft.
#[derive(Debug, InputObject)]
pub(crate) struct UpdateTranslationInput {
    /// The release: its global id, or its UUID.
    id: ID,
    /// The locale of the translation.
    locale: Unread<LocaleTag>,
    /// The version of that translation that you have seen.
    version: i32,
    /// What its text is to be. What is left out of it stays as it is.
    text: TextInput,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

/// One translation of a release goes live, and no other.
#[derive(Debug, InputObject)]
pub(crate) struct PublishTranslationInput {
    /// The release: its global id, or its UUID.
    id: ID,
    /// The locale of the translation. The original goes live before any other.
    locale: Unread<LocaleTag>,
    /// The version of that translation that you have seen.
    version: i32,
    /// How it corrects what is live. Left out or null, the correction is `MINOR`.
    correction: Option<CorrectionInput>,
    /// Why it is to go live though the rules of the house ask for another pair of eyes: 1 to 2,000 characters. It waits for a
    /// second approval then, on a list.
    emergency: Option<String>,
    /// The findings of checks that are not to stop it, where the newsroom lets them be waived; each is recorded with its reason.
    waive: Option<Vec<WaiverInput>>,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

/// How much a correction matters to readers.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq, Default)]
#[graphql(remote = "newsroom_domain::release::CorrectionLevel")]
pub(crate) enum CorrectionLevel {
    /// It says nothing new: a typing mistake, a link. It has no note, and `updatedAt` stays.
    #[default]
    Minor,
    /// Readers are told: it has a public note, and `updatedAt` is now.
    Major,
}

/// How a new edition corrects what is live.
#[derive(Debug, InputObject)]
pub(crate) struct CorrectionInput {
    /// How much it matters to readers.
    #[graphql(default)]
    level: CorrectionLevel,
    /// What was corrected, for readers, in the translation's locale: plain text of 1 to 2,000 characters. With `MAJOR`, and
    /// only then.
    change_note: Option<String>,
}

/// That a check's findings are not to stop a draft from going live.
#[derive(Debug, InputObject)]
pub(crate) struct WaiverInput {
    /// The check.
    check: CheckName,
    /// Why: 1 to 2,000 characters, for the audit trail.
    reason: String,
}

/// A public notice in one locale.
#[derive(Debug, InputObject)]
pub(crate) struct LocalNoteInput {
    /// Its locale.
    locale: Unread<LocaleTag>,
    /// What it says: plain text of 1 to 2,000 characters.
    text: String,
}

/// A release is withdrawn: readers keep it, marked, with a notice.
#[derive(Debug, InputObject)]
pub(crate) struct WithdrawReleaseInput {
    /// The release: its global id, or its UUID.
    id: ID,
    /// The version of the original that you have seen.
    version: i32,
    /// Why, for readers, in one locale or several, each once.
    notice: Vec<LocalNoteInput>,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

/// A release is removed: it is gone from every list, and its addresses answer with a tombstone.
#[derive(Debug, InputObject)]
pub(crate) struct RemoveReleaseInput {
    /// The release: its global id, or its UUID.
    id: ID,
    /// The version of the original that you have seen.
    version: i32,
    /// Why, for readers: plain text of 1 to 2,000 characters.
    reason: String,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

/// A release's removal is undone, or else its withdrawal.
#[derive(Debug, InputObject)]
pub(crate) struct ReinstateReleaseInput {
    /// The release: its global id, or its UUID.
    id: ID,
    /// The version of the original that you have seen.
    version: i32,
    /// Your name for this request, to send it again safely: see `docs/publishing.md`. 1 to 255 visible ASCII characters.
    idempotency_key: Option<String>,
}

/// A step that somebody asks for, of a release that they name with the version that they have seen.
pub(crate) struct Asked {
    pub(crate) id: ID,
    pub(crate) version: i32,
    pub(crate) step: Step,
    /// The idempotency key, as it came.
    pub(crate) key: Option<String>,
}

/// What is said of publishing.
pub(super) fn publishing(
    correction: Option<CorrectionInput>,
    emergency: Option<String>,
    waive: Option<Vec<WaiverInput>>,
) -> release::PublishTranslation {
    release::PublishTranslation {
        correction: correction.map(|correction| release::Correction {
            level: correction.level.into(),
            change_note: correction.change_note,
        }),
        emergency,
        waive: (waive.unwrap_or_default().into_iter())
            .map(|waiver| release::Waiver {
                check: waiver.check.into(),
                reason: waiver.reason,
            })
            .collect(),
    }
}

/// A public notice, as it was given.
pub(super) fn notice(given: Vec<LocalNoteInput>) -> Vec<release::LocalNote> {
    let notes = given.into_iter().map(|note| release::LocalNote {
        locale: note.locale.text,
        text: note.text,
    });
    notes.collect()
}

fn text_of<S>(unread: Unread<S>) -> String {
    unread.text
}

impl From<TextInput> for release::TextFields {
    fn from(input: TextInput) -> Self {
        Self {
            title: kept(input.title, |title| title),
            lead: kept(input.lead, |lead| lead),
            body: cleared(input.body, |body| release::BodyFields {
                format: body.format.into(),
                text: body.text,
            }),
        }
    }
}

impl From<AttachmentInput> for release::AttachmentFields {
    fn from(input: AttachmentInput) -> Self {
        Self {
            url: input.url,
            media_type: input.media_type,
            length: input.length.map(|length| length.0),
            title: input.title,
        }
    }
}

fn attachments(given: Vec<AttachmentInput>) -> Vec<release::AttachmentFields> {
    given.into_iter().map(Into::into).collect()
}

impl From<CreateReleaseInput> for release::CreateRelease {
    fn from(input: CreateReleaseInput) -> Self {
        Self {
            original_locale: input.original_locale.text,
            shared: release::SharedFields {
                slug: kept(input.slug, |slug| slug),
                published_at: kept(input.published_at, |at| Some(at.text)),
                publishing_date: kept(input.publishing_date, |day| Some(day.text)),
                content_type: kept(input.content_type, Some),
                offices: kept(input.offices, |slugs| slugs),
                themes: kept(input.themes, |slugs| slugs),
                attachments: kept(input.attachments, attachments),
            },
            text: input.text.into(),
        }
    }
}

impl From<UpdateReleaseInput> for Asked {
    fn from(input: UpdateReleaseInput) -> Self {
        let (id, version, key) = (input.id, input.version, input.idempotency_key);
        let step = Step::Update(release::UpdateRelease {
            shared: release::SharedFields {
                slug: kept(input.slug, |slug| slug),
                published_at: cleared(input.published_at, text_of),
                publishing_date: cleared(input.publishing_date, text_of),
                content_type: cleared(input.content_type, |slug| slug),
                offices: kept(input.offices, |slugs| slugs),
                themes: kept(input.themes, |slugs| slugs),
                attachments: kept(input.attachments, attachments),
            },
            text: input.text.map(Into::into).unwrap_or_default(),
        });
        Self { id, version, step, key }
    }
}

impl From<AddTranslationInput> for Asked {
    fn from(input: AddTranslationInput) -> Self {
        let (id, version, key) = (input.id, input.version, input.idempotency_key);
        let step = Step::AddTranslation(release::AddTranslation {
            locale: input.locale.text,
            text: input.text.into(),
        });
        Self { id, version, step, key }
    }
}

impl From<UpdateTranslationInput> for Asked {
    fn from(input: UpdateTranslationInput) -> Self {
        let (id, version, key) = (input.id, input.version, input.idempotency_key);
        let step = Step::UpdateTranslation {
            locale: input.locale.text,
            text: input.text.into(),
        };
        Self { id, version, step, key }
    }
}

impl From<PublishTranslationInput> for Asked {
    fn from(input: PublishTranslationInput) -> Self {
        let (id, version, key) = (input.id, input.version, input.idempotency_key);
        let step = Step::Publish {
            locale: input.locale.text,
            asked: publishing(input.correction, input.emergency, input.waive),
        };
        Self { id, version, step, key }
    }
}

impl From<WithdrawReleaseInput> for Asked {
    fn from(input: WithdrawReleaseInput) -> Self {
        let (id, version, key) = (input.id, input.version, input.idempotency_key);
        let step = Step::Withdraw {
            notice: notice(input.notice),
        };
        Self { id, version, step, key }
    }
}

impl From<RemoveReleaseInput> for Asked {
    fn from(input: RemoveReleaseInput) -> Self {
        let (id, version, key) = (input.id, input.version, input.idempotency_key);
        let step = Step::Remove { reason: input.reason };
        Self { id, version, step, key }
    }
}

impl From<ReinstateReleaseInput> for Asked {
    fn from(input: ReinstateReleaseInput) -> Self {
        Self {
            id: input.id,
            version: input.version,
            step: Step::Reinstate,
            key: input.idempotency_key,
        }
    }
}
