//! What all translations share, as a line says it.

use super::{ImportContext, ImportRefusal};
use crate::exchange::{ReleaseLine, SharedLine};
use crate::fault::{Faults, FieldFault};
use crate::release::{Release, ReleaseState, Shared, filing};
use crate::taxonomy::Taxonomy;
use crate::{Locale, Slug};

/// What translations will share: what the line says, and what it leaves as it was.
pub(super) fn shared_of(
    existing: Option<&Release>,
    line: &ReleaseLine,
    state: ReleaseState,
    original: &Locale,
    context: &mut ImportContext<'_>,
) -> Result<Shared, ImportRefusal> {
    let known = existing.and_then(|release| release.live_shared().or_else(|| release.desk_shared()));
    let published_at = match (line.published_at, line.publishing_date) {
        (Some(Some(_)), Some(_)) => {
            return Err(FieldFault::new(
                "publishingDate",
                "CONFLICTING",
                "give publishedAt or publishingDate, not both",
            ));
        }
        (_, Some(day)) => {
            Some(filing::publishing_instant(day, context.zone).map_err(|fault| fault.at("publishingDate"))?)
        }
        (Some(instant), None) => instant,
        (None, None) => known.and_then(|shared| shared.published_at),
    };
    if state != ReleaseState::Draft {
        match published_at {
            None => {
                return Err(FieldFault::new(
                    "publishedAt",
                    "REQUIRED",
                    "what is published has a publishing date: give publishedAt or publishingDate",
                ));
            }
            Some(at) if at > context.now => {
                return Err(FieldFault::new(
                    "publishedAt",
                    "IN_FUTURE",
                    format!("{at} is in the future: import the release as a draft, or with the date that it has"),
                ));
            }
            Some(_) => {}
        }
    }
    let title = || {
        line.translations
            .as_ref()
            .and_then(|texts| texts.get(original)?.title.as_ref())
            .map_or("", |title| title.as_str())
    };
    let slug = line
        .slug
        .clone()
        .or_else(|| known.map(|shared| shared.slug.clone()))
        .unwrap_or_else(|| (context.free_slug)(title()));
    let given = SharedLine {
        slug,
        published_at,
        content_type: line.content_type.clone().unwrap_or_default(),
        offices: line.offices.clone().unwrap_or_default(),
        themes: line.themes.clone().unwrap_or_default(),
        attachments: line.attachments.clone().unwrap_or_default(),
    };
    let mut shared = resolve_shared(&given, context.taxonomy)?;
    if let Some(known) = known {
        if line.content_type.is_none() {
            shared.content_type = known.content_type;
        }
        if line.offices.is_none() {
            shared.offices.clone_from(&known.offices);
        }
        if line.themes.is_none() {
            shared.themes.clone_from(&known.themes);
        }
        if line.attachments.is_none() {
            shared.attachments.clone_from(&known.attachments);
        }
    }
    Ok(shared)
}

/// The same with identities for slugs.
pub(super) fn resolve_shared(line: &SharedLine, taxonomy: &Taxonomy) -> Result<Shared, ImportRefusal> {
    let mut faults = Faults::default();
    let content_type = line.content_type.as_ref().map(Slug::as_str);
    let shared = Shared {
        slug: line.slug.clone(),
        published_at: line.published_at,
        content_type: content_type.and_then(|slug| filing::content_type(slug, taxonomy, &mut faults)),
        offices: filing::offices(line.offices.iter().map(Slug::as_str), taxonomy, &mut faults),
        themes: filing::themes(line.themes.iter().map(Slug::as_str), taxonomy, &mut faults),
        attachments: line.attachments.clone(),
    };
    if filing::can_attach(line.attachments.len(), &mut faults) {
        for (index, attachment) in line.attachments.iter().enumerate() {
            filing::check_attachment(index, attachment.length, attachment.media_type.as_deref(), &mut faults);
        }
    }
    faults.first().map_or(Ok(shared), Err)
}
