//! Importing: what a line of the exchange format makes of a release.
//!
//! Like every command it decides alone: it takes the release as it is, if there is one, and answers the release
//! as it will be, or why not. What the line does not say stays as it was.

mod shared;
mod text;

use std::collections::BTreeMap;

use self::shared::shared_of;
use self::text::TextImport;
use super::{ImportContext, MOST_TRANSLATIONS, Release, ReleaseState};
use crate::exchange::{ReleaseLine, TranslationLine};
use crate::fault::FieldFault;
use crate::{Instant, Locale, ReleaseId};

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
        check_instants(line, context.now)?;
        let original_locale = original_locale(existing, line)?;
        let mut translations = existing.map(|release| release.translations.clone()).unwrap_or_default();
        let shared = shared_of(existing, line, state, &original_locale, context)?;
        let first_published =
            state != ReleaseState::Draft && existing.is_none_or(|release| release.state() == ReleaseState::Draft);
        // The original takes in the shared fields even where the line leaves its text alone.
        let nothing_said = TranslationLine::default();
        let mut texts: BTreeMap<&Locale, &TranslationLine> = line.translations.iter().flatten().collect();
        let of_original = texts.remove(&original_locale).unwrap_or(&nothing_said);
        // The original first: what translations follow is known then.
        let mut original_texts = existing.map_or(0, Release::original_texts);
        for (locale, text) in [(&original_locale, of_original)].into_iter().chain(texts) {
            if !context.locales.is_empty() && !context.locales.contains(locale) {
                return Err(FieldFault::new(
                    format!("translations.{locale}"),
                    "UNKNOWN_LOCALE",
                    format!("this newsroom does not publish in {locale}"),
                ));
            }
            let importing = TextImport {
                text,
                state,
                first_published: shared.published_at.filter(|_| first_published),
                shared: (*locale == original_locale).then_some(&shared),
                known: translations.get(locale),
                original_texts,
                context,
            };
            let translation = importing
                .run()
                .map_err(|fault| fault.within(&format!("translations.{locale}")))?;
            if *locale == original_locale {
                original_texts = translation.live.as_ref().map_or(0, |live| live.texts.len());
            }
            translations.insert(locale.clone(), translation);
        }
        if translations.len() > MOST_TRANSLATIONS {
            let message = format!(
                "a release has at most {MOST_TRANSLATIONS} translations, this one {}",
                translations.len()
            );
            return Err(FieldFault::new("translations", "TOO_MANY", message));
        }
        let mut release = Release {
            id: existing
                .map(|release| release.id)
                .or(line.id)
                .unwrap_or_else(|| ReleaseId::from((context.new_id)())),
            created_by: existing.and_then(|release| release.created_by),
            original_locale,
            redirects: line
                .redirects
                .clone()
                .or_else(|| existing.map(|release| release.redirects.clone()))
                .unwrap_or_default(),
            withdrawal: match &line.withdrawal {
                Some(said) => said.clone(),
                None => existing.and_then(|release| release.withdrawal.clone()),
            },
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
                line.withdrawal.as_ref().is_some_and(Option::is_some),
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
        let former = existing.and_then(Release::live_shared).map(|shared| &shared.slug);
        let kept = existing.into_iter().flat_map(|release| &release.redirects);
        self.redirect_from(former.into_iter().chain(kept));
        Ok(())
    }
}

/// What has happened has a date that is not in the future.
fn check_instants(line: &ReleaseLine, now: Instant) -> Result<(), ImportRefusal> {
    let withdrawn = line
        .withdrawal
        .as_ref()
        .and_then(Option::as_ref)
        .map(|withdrawal| withdrawal.at);
    let removed = line.removal.as_ref().map(|removal| removal.at);
    match [("withdrawal.at", withdrawn), ("removal.at", removed)]
        .into_iter()
        .find(|(_, at)| at.is_some_and(|at| at > now))
    {
        Some((key, _)) => Err(FieldFault::new(
            key,
            "IN_FUTURE",
            "what has happened has a date that is not in the future",
        )),
        None => Ok(()),
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
