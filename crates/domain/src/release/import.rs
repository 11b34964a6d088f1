//! Importing: what a line of the exchange format makes of a release.
//!
//! Like every command it decides alone: it takes the release as it is, if there is one, and answers the release
//! as it will be, or why not. What the line does not say stays as it was.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{
    Attachment, Body, Draft, Edition, Live, MOST_ATTACHMENTS, MOST_FILED, Release, ReleaseState, Shared, Text,
    Translation,
};
use crate::audit::Actor;
use crate::exchange::{DraftLine, ReleaseLine, SharedLine, TranslationLine, TranslationState};
use crate::fault::{FieldFault, Malformed};
use crate::taxonomy::Taxonomy;
use crate::text::Lead;
use crate::{EditionId, Instant, Locale, ReleaseId, Slug, TranslationId, Zone};

/// What importing a line needs to know beside the line.
pub struct ImportContext<'a> {
    /// The instant of the import.
    pub now: Instant,
    /// The newsroom's time zone.
    pub zone: Zone,
    /// The taxonomy, in which every slug of the line has its entry.
    pub taxonomy: &'a Taxonomy,
    /// The locales that texts may be in; empty for any.
    pub locales: &'a [Locale],
    /// Makes identities that rise.
    pub new_id: &'a mut dyn FnMut() -> Uuid,
    /// Finds a free slug for a title.
    pub free_slug: &'a mut dyn FnMut(&str) -> Slug,
}

/// Why a line is refused: its fault, with the path in the line.
pub type ImportRefusal = FieldFault;

impl Release {
    /// The release that a line makes: a new one, or an existing one with what the line says.
    ///
    /// # Errors
    /// Where the line contradicts itself or the release, or a new release lacks what it needs.
    pub fn import(
        existing: Option<&Release>,
        line: &ReleaseLine,
        context: &mut ImportContext<'_>,
    ) -> Result<Release, ImportRefusal> {
        let state = target_state(existing, line)?;
        let original_locale = original_locale(existing, line)?;
        let mut translations = existing.map(|release| release.translations.clone()).unwrap_or_default();
        let shared = shared_of(existing, line, state, &original_locale, context)?;
        // The original takes in the shared fields even where the line leaves its text alone.
        let nothing_said = TranslationLine::default();
        let mut texts: BTreeMap<&Locale, &TranslationLine> = line.translations.iter().flatten().collect();
        texts.entry(&original_locale).or_insert(&nothing_said);
        for (locale, text) in texts {
            if !context.locales.is_empty() && !context.locales.contains(locale) {
                return Err(FieldFault::new(
                    format!("translations.{locale}"),
                    "UNKNOWN_LOCALE",
                    format!("this newsroom does not publish in {locale}"),
                ));
            }
            let shared = (*locale == original_locale).then_some(&shared);
            let importing = TextImport {
                text,
                state,
                shared,
                known: translations.get(locale),
                context,
            };
            let translation = importing
                .run()
                .map_err(|fault| fault.within(&format!("translations.{locale}")))?;
            translations.insert(locale.clone(), translation);
        }
        let mut release = Release {
            id: existing
                .map(|release| release.id)
                .or(line.id)
                .unwrap_or_else(|| ReleaseId::from((context.new_id)())),
            original_locale,
            redirects: line
                .redirects
                .clone()
                .or_else(|| existing.map(|release| release.redirects.clone()))
                .unwrap_or_default(),
            withdrawal: line.withdrawal.clone().or_else(|| existing?.withdrawal.clone()),
            removal: line.removal.clone().or_else(|| existing?.removal.clone()),
            translations,
        };
        release.settle(existing, line, state)?;
        Ok(release)
    }

    /// Makes withdrawal, removal and redirects fit the state.
    fn settle(
        &mut self,
        existing: Option<&Release>,
        line: &ReleaseLine,
        state: ReleaseState,
    ) -> Result<(), ImportRefusal> {
        if state != ReleaseState::Removed {
            self.removal = None;
        } else if self.removal.is_none() {
            return Err(FieldFault::new(
                "removal",
                "REQUIRED",
                "a removed release needs its removal: {\"at\": …, \"reason\": …}",
            ));
        }
        match state {
            ReleaseState::Draft | ReleaseState::Live => self.withdrawal = None,
            ReleaseState::Withdrawn if self.withdrawal.is_none() => {
                return Err(FieldFault::new(
                    "withdrawal",
                    "REQUIRED",
                    "a withdrawn release needs its withdrawal: {\"at\": …, \"notice\": {…}}",
                ));
            }
            ReleaseState::Withdrawn | ReleaseState::Removed => {}
        }
        for (key, given, fits) in [
            (
                "withdrawal",
                line.withdrawal.is_some(),
                matches!(state, ReleaseState::Withdrawn | ReleaseState::Removed),
            ),
            ("removal", line.removal.is_some(), state == ReleaseState::Removed),
        ] {
            if given && !fits {
                return Err(FieldFault::new(
                    key,
                    "CONTRADICTION",
                    format!("a release that is {} has no {key}", state.as_str()),
                ));
            }
        }
        // A published slug is for ever: the one that it had redirects to the one that it has.
        let slug = self.live_shared().map(|shared| shared.slug.clone());
        if let Some(former) = existing
            .and_then(Release::live_shared)
            .map(|shared| shared.slug.clone())
        {
            self.redirects.push(former);
        }
        for kept in existing.iter().flat_map(|release| &release.redirects) {
            self.redirects.push(kept.clone());
        }
        let mut seen = Vec::new();
        self.redirects.retain(|redirect| {
            Some(redirect) != slug.as_ref() && !seen.contains(redirect) && {
                seen.push(redirect.clone());
                true
            }
        });
        Ok(())
    }
}

fn target_state(existing: Option<&Release>, line: &ReleaseLine) -> Result<ReleaseState, ImportRefusal> {
    let state = match (line.state, existing) {
        (Some(state), _) => state,
        (None, Some(release)) => release.state(),
        (None, None) => {
            return Err(FieldFault::new(
                "state",
                "REQUIRED",
                "say where the release is in its life: draft, live, withdrawn or removed",
            ));
        }
    };
    if state == ReleaseState::Draft && existing.is_some_and(|release| release.state() != ReleaseState::Draft) {
        return Err(FieldFault::new(
            "state",
            "CONFLICT",
            "what has been published cannot become a draft again: withdraw or remove it",
        ));
    }
    Ok(state)
}

fn original_locale(existing: Option<&Release>, line: &ReleaseLine) -> Result<Locale, ImportRefusal> {
    match (existing, &line.original_locale) {
        (Some(release), Some(given)) if release.original_locale != *given => Err(FieldFault::new(
            "originalLocale",
            "CONFLICT",
            format!(
                "the original of this release is in {}, which cannot change",
                release.original_locale
            ),
        )),
        (Some(release), _) => Ok(release.original_locale.clone()),
        (None, Some(given)) => Ok(given.clone()),
        (None, None) => match line.translations.iter().flatten().collect::<Vec<_>>()[..] {
            [(only, _)] => Ok(only.clone()),
            _ => Err(FieldFault::new(
                "originalLocale",
                "REQUIRED",
                "say which of the translations is the original",
            )),
        },
    }
}

fn shared_of(
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
        (_, Some(day)) => Some(context.zone.first_instant(day)),
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
        let keep = |said: bool| !said;
        if keep(line.content_type.is_some()) {
            shared.content_type = known.content_type;
        }
        if keep(line.offices.is_some()) {
            shared.offices.clone_from(&known.offices);
        }
        if keep(line.themes.is_some()) {
            shared.themes.clone_from(&known.themes);
        }
        if keep(line.attachments.is_some()) {
            shared.attachments.clone_from(&known.attachments);
        }
    }
    Ok(shared)
}

fn resolve_shared(line: &SharedLine, taxonomy: &Taxonomy) -> Result<Shared, ImportRefusal> {
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
    match attachments
        .iter()
        .position(|attachment| attachment.length.is_some_and(|length| length < 0))
    {
        Some(index) => Err(FieldFault::new(
            format!("attachments.{index}.length"),
            "OUT_OF_RANGE",
            "a length is in bytes, 0 or more",
        )),
        None => Ok(()),
    }
}

/// Importing one text of a release.
struct TextImport<'a, 'c> {
    text: &'a TranslationLine,
    state: ReleaseState,
    /// What translations share, where this is the original.
    shared: Option<&'a Shared>,
    known: Option<&'a Translation>,
    context: &'a mut ImportContext<'c>,
}

impl TextImport<'_, '_> {
    fn run(self) -> Result<Translation, ImportRefusal> {
        let state = self.text_state()?;
        if let (Some(known), Some(given)) = (self.known, self.text.id)
            && known.id != given
        {
            return Err(FieldFault::new(
                "id",
                "CONFLICT",
                "this translation has another id: leave the id out, or give the one that it has",
            ));
        }
        let known_live = self.known.and_then(|known| known.live.as_ref());
        let known_draft = self.known.and_then(|known| known.draft.as_ref());
        let mut translation = Translation {
            id: self
                .known
                .map(|known| known.id)
                .or(self.text.id)
                .unwrap_or_else(|| TranslationId::from((self.context.new_id)())),
            version: self.known.map_or(0, |known| known.version),
            editions: self.known.map_or(0, |known| known.editions),
            live: known_live.cloned(),
            draft: known_draft.cloned(),
        };
        let context = self.context;
        let mut edition = |text: Text, shared: Option<Shared>| {
            translation.editions += 1;
            Edition {
                id: EditionId::from((context.new_id)()),
                number: translation.editions,
                saved_at: context.now,
                saved_by: Actor::Import,
                text,
                shared,
            }
        };
        let before = known_live
            .map(|live| &live.edition)
            .or_else(|| known_draft.map(|draft| &draft.edition));
        let text = read_text(self.text, before.map(|edition| &edition.text))?;
        let unchanged = |edition: &Edition| edition.text == text && edition.shared.as_ref() == self.shared;
        if state == TranslationState::Draft {
            if known_draft.is_none_or(|draft| !unchanged(&draft.edition)) {
                translation.draft = Some(Draft {
                    edition: edition(text, self.shared.cloned()),
                    based_on: None,
                });
            }
        } else {
            let edition_now = match known_live {
                Some(live) if unchanged(&live.edition) => live.edition.clone(),
                _ => edition(text, self.shared.cloned()),
            };
            let live = live_side(self.text, state, edition_now, known_live, self.shared, context.now)?;
            // What was a draft alone is live now; a draft beside what is live stays, unless the line says otherwise.
            let mut draft = known_live.and(known_draft.cloned());
            if let Some(said) = &self.text.draft {
                draft = match said {
                    None => None,
                    Some(line) => {
                        let (text, shared) = read_draft(line, self.shared.is_some(), context.taxonomy)
                            .map_err(|fault| fault.within("draft"))?;
                        match draft {
                            Some(known) if known.edition.text == text && known.edition.shared == shared => Some(known),
                            _ => Some(Draft {
                                edition: edition(text, shared),
                                based_on: Some(live.edition.id),
                            }),
                        }
                    }
                };
            }
            (translation.live, translation.draft) = (Some(live), draft);
        }
        if self.known.is_none_or(|known| *known != translation) {
            translation.version += 1;
        }
        Ok(translation)
    }

    fn text_state(&self) -> Result<TranslationState, ImportRefusal> {
        let contradiction = |message: &str| FieldFault::new("state", "CONTRADICTION", message);
        let known = self.known.map(|known| match &known.live {
            None => TranslationState::Draft,
            Some(live) if live.taken_down_at.is_some() => TranslationState::TakenDown,
            Some(_) => TranslationState::Live,
        });
        let published = self.state != ReleaseState::Draft;
        let by_release = if published {
            TranslationState::Live
        } else {
            TranslationState::Draft
        };
        let state = match (self.text.state, known) {
            (Some(said), _) => said,
            (None, Some(TranslationState::Draft)) if self.shared.is_some() => by_release,
            (None, Some(known)) => known,
            (None, None) => by_release,
        };
        match state {
            TranslationState::Draft if known.is_some_and(|known| known != TranslationState::Draft) => Err(
                contradiction("what has been published cannot become a draft again: say taken-down"),
            ),
            TranslationState::Draft if published && self.shared.is_some() => {
                Err(contradiction("the original of a published release is live"))
            }
            TranslationState::TakenDown if self.shared.is_some() => Err(contradiction(
                "an original is never taken down: withdraw or remove the release",
            )),
            TranslationState::Live | TranslationState::TakenDown if !published => {
                Err(contradiction("no text of a draft release is live"))
            }
            TranslationState::Draft if self.text.draft.as_ref().is_some_and(Option::is_some) => Err(FieldFault::new(
                "draft",
                "CONTRADICTION",
                "this text is a draft itself: “draft” stands beside what is live",
            )),
            state => Ok(state),
        }
    }
}

fn live_side(
    line: &TranslationLine,
    state: TranslationState,
    edition: Edition,
    known: Option<&Live>,
    shared: Option<&Shared>,
    now: Instant,
) -> Result<Live, ImportRefusal> {
    // An original went live when its release counts as published; of another text the line says when.
    let by_release = shared.and_then(|shared| shared.published_at);
    let published_at = line
        .published_at
        .or_else(|| known.map(|live| live.published_at))
        .or(by_release)
        .unwrap_or(now);
    let updated_at = line
        .updated_at
        .or_else(|| known.map(|live| live.updated_at))
        .unwrap_or(published_at);
    for (key, at) in [
        ("publishedAt", Some(published_at)),
        ("updatedAt", Some(updated_at)),
        ("takenDownAt", line.taken_down_at),
    ] {
        if at.is_some_and(|at| at > now) {
            return Err(FieldFault::new(
                key,
                "IN_FUTURE",
                "what has happened has a date that is not in the future",
            ));
        }
    }
    let taken_down_at = match state {
        TranslationState::TakenDown => line.taken_down_at.or_else(|| known?.taken_down_at).or(Some(now)),
        TranslationState::Live | TranslationState::Draft => None,
    };
    let change_notes = line
        .change_notes
        .clone()
        .or_else(|| known.map(|live| live.change_notes.clone()))
        .unwrap_or_default();
    Ok(Live {
        edition,
        published_at,
        updated_at,
        change_notes,
        taken_down_at,
    })
}

fn read_text(line: &TranslationLine, known: Option<&Text>) -> Result<Text, ImportRefusal> {
    let title = line.title.clone().or_else(|| known.map(|text| text.title.clone()));
    Ok(Text {
        title: title.ok_or_else(|| FieldFault::new("title", "REQUIRED", "a text has a title"))?,
        lead: match (&line.lead, known) {
            (Some(lead), _) => lead.clone(),
            (None, Some(text)) => text.lead.clone(),
            (None, None) => Lead::new("").map_err(|fault: Malformed| fault.at("lead"))?,
        },
        body: match &line.body {
            Some(said) => said
                .as_ref()
                .map(|body| known_or_new(body, known.and_then(|text| text.body.as_ref()))),
            None => known.and_then(|text| text.body.clone()),
        },
    })
}

/// What was rendered when it was saved stays, even where it would be rendered otherwise today.
fn known_or_new(body: &Body, known: Option<&Body>) -> Body {
    known
        .filter(|known| known.format() == body.format() && known.source() == body.source())
        .unwrap_or(body)
        .clone()
}

fn read_draft(
    line: &DraftLine,
    is_original: bool,
    taxonomy: &Taxonomy,
) -> Result<(Text, Option<Shared>), ImportRefusal> {
    let text = Text {
        title: line.title.clone(),
        lead: line.lead.clone(),
        body: line.body.clone(),
    };
    match (&line.shared, is_original) {
        (Some(shared), true) => Ok((
            text,
            Some(resolve_shared(shared, taxonomy).map_err(|fault| fault.within("shared"))?),
        )),
        (None, false) => Ok((text, None)),
        (Some(_), false) => Err(FieldFault::new(
            "shared",
            "CONTRADICTION",
            "only the original's draft has what translations share",
        )),
        (None, true) => Err(FieldFault::new(
            "shared",
            "REQUIRED",
            "the original's draft has what translations share",
        )),
    }
}
