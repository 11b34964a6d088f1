//! Commands that save a draft.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::super::{
    Changed, CommandContext, Draft, Edition, MOST_TRANSLATIONS, Release, Shared, Stage, Text, Translation,
};
use super::input::read_locale;
use super::{SharedFields, TextFields};
use crate::audit::Actor;
use crate::fault::{Faults, FieldFault};
use crate::refusal::Refusal;
use crate::{AccountId, EditionId, Locale, ReleaseId, TranslationId};

/// A new release, as somebody wants it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CreateRelease {
    /// The locale of its original, for ever. Its path is `originalLocale`.
    pub original_locale: String,
    /// What its translations will share.
    pub shared: SharedFields,
    /// The original's text.
    pub text: TextFields,
}

/// A change to a release's shared fields and to its original's text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct UpdateRelease {
    /// What is to become of the shared fields.
    pub shared: SharedFields,
    /// What is to become of the original's text.
    pub text: TextFields,
}

/// A new translation, as somebody wants it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AddTranslation {
    /// Its locale. Its path is `locale`.
    pub locale: String,
    /// Its text.
    pub text: TextFields,
}

impl Release {
    /// A new release, whose original is a draft at version 1.
    ///
    /// # Errors
    /// `Invalid`: a field cannot be read, or the title is missing.
    pub fn create(asked: &CreateRelease, by: Actor, context: &mut CommandContext<'_>) -> Result<Self, Refusal> {
        let mut faults = Faults::default();
        let locale = read_locale("originalLocale", &asked.original_locale, context, &mut faults);
        let shared = asked.shared.read(None, context, &mut faults);
        let text = asked.text.read(None, &mut faults);
        let (Some(original_locale), Some(text), true) = (locale, text, faults.is_empty()) else {
            return Err(Refusal::all(faults));
        };
        let shared = shared.with_slug_for(&text, context);
        let id = ReleaseId::from((context.new_id)());
        let original = Translation::begun(text, Some(shared), 0, by, context);
        Ok(Self {
            id,
            created_by: by.account(),
            translations: BTreeMap::from([(original_locale.clone(), original)]),
            original_locale,
            redirects: Vec::new(),
            withdrawal: None,
            removal: None,
        })
    }

    /// The release with other shared fields, another text of the original, or both, saved in one edition of the
    /// original's draft. Readers have none of it until the original is published.
    ///
    /// # Errors
    /// `Stale`: `seen` is not the original's version. `Invalid`: a field cannot be read, or what has been published
    /// would be left without a publishing date. `WrongState`: its draft is scheduled.
    pub fn update(
        &self,
        asked: &UpdateRelease,
        seen: i64,
        by: Actor,
        context: &mut CommandContext<'_>,
    ) -> Result<Self, Refusal> {
        let known = self.original_seen(seen)?;
        let edition = known.desk_edition();
        let mut faults = Faults::default();
        let known_shared = edition.and_then(|edition| edition.shared.as_ref());
        let shared = asked.shared.read(known_shared, context, &mut faults);
        if known.live.is_some() && asked.shared.clears_publishing_date() {
            faults.push(undated());
        }
        let text = asked.text.read(edition.map(|edition| &edition.text), &mut faults);
        let (Some(text), true) = (text, faults.is_empty()) else {
            self.editable(&self.original_locale, known)?;
            return Err(Refusal::all(faults));
        };
        let shared = shared.with_slug_for(&text, context);
        self.saved(&self.original_locale, known, (text, Some(shared)), by, context)
    }

    /// The release with a translation more, a draft at version 1. The original's version stays.
    ///
    /// # Errors
    /// `Stale`: `seen` is not the original's version. `WrongState`: there is a translation in that locale.
    /// `Invalid`: a field cannot be read, or the title is missing.
    pub fn add_translation(
        &self,
        asked: &AddTranslation,
        seen: i64,
        by: Actor,
        context: &mut CommandContext<'_>,
    ) -> Result<Self, Refusal> {
        self.original_seen(seen)?;
        let mut faults = Faults::default();
        let locale = read_locale("locale", &asked.locale, context, &mut faults);
        if let Some(locale) = locale.as_ref().filter(|locale| self.translations.contains_key(locale)) {
            let message = format!("this release has a translation in {locale} already: update that one");
            return Err(self.wrong_state(message));
        }
        if self.translations.len() >= MOST_TRANSLATIONS {
            let message = format!("a release has at most {MOST_TRANSLATIONS} translations, and this one has them");
            faults.push(FieldFault::new("locale", "TOO_MANY", message));
        }
        let text = asked.text.read(None, &mut faults);
        let (Some(locale), Some(text), true) = (locale, text, faults.is_empty()) else {
            return Err(Refusal::all(faults));
        };
        let translation = Translation::begun(text, None, self.original_texts(), by, context);
        let mut release = self.clone();
        release.translations.insert(locale, translation);
        Ok(release)
    }

    /// The release with another text in one locale, which may be the original's, saved as that translation's draft.
    ///
    /// # Errors
    /// `Stale`: `seen` is not that translation's version. `Invalid`: there is no such translation, or a field cannot be
    /// read. `WrongState`: its draft is scheduled.
    pub fn update_translation(
        &self,
        locale: &Locale,
        asked: &TextFields,
        seen: i64,
        by: Actor,
        context: &mut CommandContext<'_>,
    ) -> Result<Self, Refusal> {
        let known = self.seen_in(locale, seen)?;
        let edition = known.desk_edition();
        let mut faults = Faults::default();
        let Some(text) = asked.read(edition.map(|edition| &edition.text), &mut faults) else {
            self.editable(locale, known)?;
            return Err(Refusal::all(faults));
        };
        let shared = edition.and_then(|edition| edition.shared.clone());
        self.saved(locale, known, (text, shared), by, context)
    }

    /// The release with a new edition as a translation's draft; as it is, where the edition would say nothing new.
    ///
    /// # Errors
    /// `WrongState`: what is scheduled is not edited.
    fn saved(
        &self,
        locale: &Locale,
        known: &Translation,
        (text, shared): (Text, Option<Shared>),
        by: Actor,
        context: &mut CommandContext<'_>,
    ) -> Result<Self, Refusal> {
        let says_the_same = |edition: &Edition| edition.text == text && edition.shared == shared;
        if known.shown_edition().is_some_and(says_the_same) {
            return Ok(self.clone());
        }
        self.editable(locale, known)?;
        let based_on = match &known.draft {
            Some(draft) => draft.based_on,
            None => known.live.as_ref().map(|live| live.edition.id),
        };
        let went_on_from = known.discarded.as_ref().map(|discarded| discarded.saved_by);
        let release = self.with_draft(locale, known, (text, shared), based_on, by, context);
        Ok(release.with_writers(locale, went_on_from.and_then(Actor::account)))
    }

    /// Refuses what would change a draft that is scheduled.
    pub(super) fn editable(&self, locale: &Locale, known: &Translation) -> Result<(), Refusal> {
        let Some(plan) = known.planned() else { return Ok(()) };
        let what = if plan.bundle.is_some() { "its bundle" } else { "it" };
        let message = format!(
            "the draft in {locale} is scheduled for {}: unschedule {what} first",
            plan.schedule.at
        );
        Err(self.wrong_state(message))
    }

    /// The release with a new edition as a translation's draft, which is written anew.
    pub(super) fn with_draft(
        &self,
        locale: &Locale,
        known: &Translation,
        (text, shared): (Text, Option<Shared>),
        based_on: Option<EditionId>,
        by: Actor,
        context: &mut CommandContext<'_>,
    ) -> Self {
        let mut translation = known.clone();
        let edition = translation.append(text, shared, by, context);
        let mut writers = known
            .draft
            .as_ref()
            .map(|draft| draft.writers.clone())
            .unwrap_or_default();
        writers.extend(by.account());
        translation.draft = Some(Draft {
            edition,
            based_on,
            stage: Stage::default(),
            writers,
            follows: if *locale == self.original_locale {
                0
            } else {
                self.original_texts()
            },
        });
        translation.discarded = None;
        self.with_next(locale, translation, by, context.now)
    }

    /// The release with a draft that those have written, too, whose text it takes over.
    pub(super) fn with_writers(mut self, locale: &Locale, writers: impl IntoIterator<Item = AccountId>) -> Self {
        let translation = self.translations.get_mut(locale);
        if let Some(draft) = translation.and_then(|translation| translation.draft.as_mut()) {
            draft.writers.extend(writers);
        }
        self
    }
}

impl Translation {
    /// A new translation with its first draft.
    pub(super) fn begun(
        text: Text,
        shared: Option<Shared>,
        follows: usize,
        by: Actor,
        context: &mut CommandContext<'_>,
    ) -> Self {
        let mut translation = Self {
            id: TranslationId::from((context.new_id)()),
            version: 1,
            editions: 0,
            changed: Changed { by, at: context.now },
            live: None,
            draft: None,
            discarded: None,
        };
        let edition = translation.append(text, shared, by, context);
        translation.draft = Some(Draft {
            edition,
            based_on: None,
            stage: Stage::default(),
            writers: by.account().into_iter().collect::<BTreeSet<_>>(),
            follows,
        });
        translation
    }

    /// A further edition of it.
    pub(super) fn append(
        &mut self,
        text: Text,
        shared: Option<Shared>,
        by: Actor,
        context: &mut CommandContext<'_>,
    ) -> Edition {
        self.editions += 1;
        Edition {
            id: EditionId::from((context.new_id)()),
            number: self.editions,
            saved_at: context.now,
            saved_by: by,
            text,
            shared,
        }
    }
}

/// What is published has a publishing date.
pub(super) fn undated() -> FieldFault {
    FieldFault::new(
        "publishedAt",
        "REQUIRED",
        "what has been published has a publishing date: give publishedAt or publishingDate",
    )
}
