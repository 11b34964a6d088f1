//! Publishing: a draft goes live.

use serde::Serialize;

use super::super::{ChangeNote, CommandContext, Draft, Edition, Live, Release, Translation};
use super::draft::undated;
use crate::audit::Actor;
use crate::fault::{Faults, FieldFault};
use crate::refusal::Refusal;
use crate::text::Note;
use crate::{Instant, Locale};

/// What is to be said of publishing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PublishTranslation {
    /// How it corrects what is live; MINOR where nothing is said. Its path is `correction`.
    pub correction: Option<Correction>,
}

/// How a new edition corrects what is live.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Correction {
    /// How much it matters to readers.
    pub level: CorrectionLevel,
    /// The public note on it: with MAJOR, and only then. Its path is `correction.changeNote`.
    pub change_note: Option<String>,
}

/// How much a correction matters to readers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub enum CorrectionLevel {
    /// It says nothing new. No note, and `updatedAt` stays.
    #[default]
    Minor,
    /// Readers are told, by a note, and `updatedAt` is now.
    Major,
}

impl Release {
    /// The release with one translation's draft live. No other translation is touched.
    ///
    /// An original without a publishing date gets `now` as it goes live for the first time, in an edition of its own.
    /// Where the slug is another one than what is live has, the old one redirects from now on.
    ///
    /// # Errors
    /// - `Stale`: `seen` is not that translation's version.
    /// - `WrongState`: the release is removed; there is no draft; the original is not live yet; the translation is
    ///   taken down; the draft is based on an older edition than the live one.
    /// - `Invalid`: there is no such translation; MAJOR lacks its note, MINOR has one, or there is nothing to correct;
    ///   the publishing date is in the future, or missing in a correction.
    pub fn publish_translation(
        &self,
        locale: &Locale,
        asked: &PublishTranslation,
        seen: i64,
        by: Actor,
        context: &mut CommandContext<'_>,
    ) -> Result<Self, Refusal> {
        let known = self.seen_in(locale, seen)?;
        let draft = self.draft_to_publish(locale, known)?;
        let mut faults = Faults::default();
        let note = asked.correction_note(known.live.is_some(), &mut faults);
        let dates_itself = check_publishing_date(draft, known, context.now, &mut faults);
        if !faults.is_empty() {
            return Err(Refusal::all(faults));
        }
        let mut translation = known.clone();
        let edition = if dates_itself {
            let Edition { text, mut shared, .. } = draft.edition.clone();
            if let Some(shared) = &mut shared {
                shared.published_at = Some(context.now);
            }
            translation.append(text, shared, by, context)
        } else {
            draft.edition.clone()
        };
        translation.draft = None;
        translation.live = Some(went_live(edition, known.live.as_ref(), note, context.now));
        let mut release = self.with_next(locale, translation, by, context.now);
        let former = self.live_shared().map(|shared| &shared.slug);
        release.redirect_from(former);
        Ok(release)
    }

    fn draft_to_publish<'a>(&self, locale: &Locale, known: &'a Translation) -> Result<&'a Draft, Refusal> {
        if self.removal.is_some() {
            return Err(self.wrong_state("nothing of a removed release goes live: reinstate it first"));
        }
        let Some(draft) = &known.draft else {
            let message = format!("{locale} has no draft: what is saved is live already, so change it first");
            return Err(self.wrong_state(message));
        };
        if *locale != self.original_locale && self.live_shared().is_none() {
            let message = format!(
                "no translation goes live before the original: publish {} first",
                self.original_locale
            );
            return Err(self.wrong_state(message));
        }
        if let Some(live) = &known.live {
            if live.taken_down_at.is_some() {
                let message = format!("{locale} is taken down: reinstate that translation first");
                return Err(self.wrong_state(message));
            }
            if draft.based_on != Some(live.edition.id) {
                let message = format!(
                    "the draft in {locale} is based on an older edition than the live one, number {}: rebase it first",
                    live.edition.number
                );
                return Err(self.wrong_state(message));
            }
        }
        Ok(draft)
    }
}

/// Whether the draft is an original's that gets `now` as its publishing date. What else is wrong with that is noted.
fn check_publishing_date(draft: &Draft, known: &Translation, now: Instant, faults: &mut Faults) -> bool {
    let Some(shared) = &draft.edition.shared else {
        return false;
    };
    match shared.published_at {
        Some(at) if at > now => {
            let message =
                format!("its publishing date, {at}, is in the future: schedule it, or give it an earlier one");
            faults.push(FieldFault::new("publishedAt", "IN_FUTURE", message));
            false
        }
        Some(_) => false,
        None if known.live.is_some() => {
            faults.push(undated());
            false
        }
        None => true,
    }
}

fn went_live(edition: Edition, known: Option<&Live>, note: Option<Note>, now: Instant) -> Live {
    let mut change_notes = known.map(|live| live.change_notes.clone()).unwrap_or_default();
    let updated_at = match (known, &note) {
        (Some(known), None) => known.updated_at,
        (_, Some(_)) | (None, None) => now,
    };
    change_notes.extend(note.map(|note| ChangeNote { at: now, note }));
    Live {
        edition,
        published_at: known.map_or(now, |live| live.published_at),
        updated_at,
        change_notes,
        taken_down_at: None,
    }
}

impl PublishTranslation {
    /// The public note of a MAJOR correction, and none of a MINOR one. What is wrong is noted.
    fn correction_note(&self, corrects: bool, faults: &mut Faults) -> Option<Note> {
        const PATH: &str = "correction.changeNote";
        let correction = self.correction.as_ref()?;
        match (correction.level, &correction.change_note) {
            (CorrectionLevel::Minor, None) => None,
            (CorrectionLevel::Minor, Some(_)) => {
                let message = "a MINOR correction has no public note: leave it out, or make the correction MAJOR";
                faults.push(FieldFault::new(PATH, "CONTRADICTION", message));
                None
            }
            (CorrectionLevel::Major, _) if !corrects => {
                let message = "nothing is live yet that could be corrected: leave the correction out";
                faults.push(FieldFault::new("correction", "CONTRADICTION", message));
                None
            }
            (CorrectionLevel::Major, None) => {
                let message = "a MAJOR correction tells readers what was corrected: give a change note";
                faults.push(FieldFault::new(PATH, "REQUIRED", message));
                None
            }
            (CorrectionLevel::Major, Some(note)) => faults.read(PATH, Note::new(note)),
        }
    }
}
