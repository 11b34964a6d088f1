//! What all translations share, as a line says it.

use super::{ImportContext, ImportRefusal};
use crate::exchange::{ReleaseLine, SharedLine};
use crate::fault::FieldFault;
use crate::release::{Attachment, LONGEST_ATTACHMENT, MOST_ATTACHMENTS, MOST_FILED, Release, ReleaseState, Shared};
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
    let known = existing.and_then(|release| release.live_shared().or_else(|| release.draft_shared()));
    let published_at = match (line.published_at, line.publishing_date) {
        (Some(Some(_)), Some(_)) => {
            return Err(FieldFault::new(
                "publishingDate",
                "CONFLICTING",
                "give publishedAt or publishingDate, not both",
            ));
        }
        (_, Some(day)) => Some(context.zone.first_instant(day).ok_or_else(|| {
            FieldFault::new(
                "publishingDate",
                "OUT_OF_RANGE",
                format!("{day} begins before the year 1 in UTC: give a later day"),
            )
        })?),
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
    let unknown = |path: String, what: &str, slug: &Slug| {
        FieldFault::new(path, "UNKNOWN_SLUG", format!("there is no {what} “{slug}”"))
    };
    let content_type = match &line.content_type {
        None => None,
        Some(slug) => Some(
            taxonomy
                .content_type_by_slug(slug.as_str())
                .ok_or_else(|| unknown("type".to_owned(), "content type", slug))?
                .id,
        ),
    };
    let offices = each_once("offices", &line.offices, |path, slug| {
        taxonomy
            .office_by_slug(slug.as_str())
            .map(|o| o.id)
            .ok_or_else(|| unknown(path, "office", slug))
    })?;
    let themes = each_once("themes", &line.themes, |path, slug| {
        taxonomy
            .themes()
            .by_slug(slug.as_str())
            .map(|t| t.id)
            .ok_or_else(|| unknown(path, "theme", slug))
    })?;
    check_attachments(&line.attachments)?;
    Ok(Shared {
        slug: line.slug.clone(),
        published_at: line.published_at,
        content_type,
        offices,
        themes,
        attachments: line.attachments.clone(),
    })
}

fn each_once<T: PartialEq>(
    field: &str,
    slugs: &[Slug],
    find: impl Fn(String, &Slug) -> Result<T, ImportRefusal>,
) -> Result<Vec<T>, ImportRefusal> {
    if slugs.len() > MOST_FILED {
        return Err(FieldFault::new(
            field,
            "TOO_MANY",
            format!("a release has at most {MOST_FILED} {field}, this one {}", slugs.len()),
        ));
    }
    let mut found = Vec::with_capacity(slugs.len());
    for (index, slug) in slugs.iter().enumerate() {
        let value = find(format!("{field}.{index}"), slug)?;
        if found.contains(&value) {
            return Err(FieldFault::new(
                format!("{field}.{index}"),
                "DUPLICATE",
                format!("“{slug}” is there twice: name it once"),
            ));
        }
        found.push(value);
    }
    Ok(found)
}

fn check_attachments(attachments: &[Attachment]) -> Result<(), ImportRefusal> {
    if attachments.len() > MOST_ATTACHMENTS {
        return Err(FieldFault::new(
            "attachments",
            "TOO_MANY",
            format!(
                "a release has at most {MOST_ATTACHMENTS} attachments, this one {}",
                attachments.len()
            ),
        ));
    }
    for (index, attachment) in attachments.iter().enumerate() {
        if attachment
            .length
            .is_some_and(|length| !(0..=LONGEST_ATTACHMENT).contains(&length))
        {
            let message = format!("a length is in bytes, from 0 to {LONGEST_ATTACHMENT}");
            return Err(FieldFault::new(
                format!("attachments.{index}.length"),
                "OUT_OF_RANGE",
                message,
            ));
        }
        if attachment
            .media_type
            .as_deref()
            .is_some_and(|given| !is_media_type(given))
        {
            let message = "this is not a media type: give one such as application/pdf (RFC 6838)";
            return Err(FieldFault::new(
                format!("attachments.{index}.mediaType"),
                "MALFORMED",
                message,
            ));
        }
    }
    Ok(())
}

/// Whether a text is a type and a subtype (RFC 6838, section 4.2), perhaps with parameters behind it.
fn is_media_type(text: &str) -> bool {
    let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
    let is_name = |name: &str| {
        (1..=127).contains(&name.len())
            && name.starts_with(|first: char| first.is_ascii_alphanumeric())
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    let has_two_names = essence
        .split_once('/')
        .is_some_and(|(kind, subtype)| is_name(kind) && is_name(subtype));
    has_two_names && text.len() <= 255 && parameters.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}
