//! Publishing: a draft goes live.

use serde::Serialize;

use super::super::{ChangeNote, CommandContext, Draft, Edition, Emergency, Live, Release, Translation};
use super::draft::undated;
use crate::audit::Actor;
use crate::check::{CheckName, blockers};
use crate::fault::{Faults, FieldFault};
use crate::refusal::Refusal;
use crate::text::Note;
use crate::{Instant, Locale};

/// What is to be said of publishing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PublishTranslation {
    /// How it corrects what is live; MINOR where nothing is said. Its path is `correction`.
    pub correction: Option<Correction>,
    /// Why it goes live though the rules of the house ask for another pair of eyes, where it is to: a text of 1 to 2,000
    /// characters. Its path is `emergency`.
    pub emergency: Option<String>,
    /// The findings of checks that do not stop it, each with the reason. Their paths are `waive.0.reason` and so on.
    pub waive: Vec<Waiver>,
}

/// That a check's findings do not stop a draft from going live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waiver {
    /// The check.
    pub check: CheckName,
    /// Why: a text of 1 to 2,000 characters.
    pub reason: String,
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

/// What is settled of how something goes live.
pub(super) struct Going {
    /// The public note of a MAJOR correction.
    pub(super) change_note: Option<Note>,
    /// What goes live without another pair of eyes.
    pub(super) emergency: Option<Emergency>,
    /// The publishing date of an original that goes live for the first time: the one that it is to have, whatever its
    /// draft has; or else its draft's, or now.
    pub(super) publishing_date: Option<Instant>,
}

impl Release {
    /// The release with one translation's draft live, whatever stage it was at. No other translation is touched.
    ///
    /// An original without a publishing date gets `now` as it goes live for the first time, in an edition of its own.
    /// Where the slug is another one than what is live has, the old one redirects from now on.
    ///
    /// # Errors
    /// - `Stale`: `seen` is not that translation's version.
    /// - `WrongState`: the release is removed; there is no draft, or it is scheduled in a bundle; the original is not live
    ///   yet; the translation is taken down; the draft is based on an older edition than the live one; the rules of the
    ///   house ask for more.
    /// - `Invalid`: there is no such translation; MAJOR lacks its note, MINOR has one, or there is nothing to correct;
    ///   the publishing date is in the future, or missing in a correction; the reason of an emergency cannot be read.
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
        if draft.stage.planned().is_some_and(|plan| plan.bundle.is_some()) {
            self.editable(locale, known)?;
        }
        self.original_is_live(locale)?;
        self.meets_house_rules(locale, draft, asked.emergency.is_some(), context.house)?;
        let mut faults = Faults::default();
        let change_note = asked.change_note(known.live.is_some(), &mut faults);
        let reason = asked.emergency_reason(&mut faults);
        check_publishing_date(draft, known, context.now, &mut faults);
        asked.pass_checks(draft, context, &mut faults);
        if !faults.is_empty() {
            return Err(Refusal::all(faults));
        }
        let going = Going {
            change_note,
            emergency: reason.and_then(|reason| self.emergency(draft, reason, by, context)),
            publishing_date: None,
        };
        Ok(self.with_live(locale, known, draft, going, by, context))
    }

    /// The draft of a translation, if what the translation is now lets it go live.
    pub(super) fn draft_to_publish<'a>(&self, locale: &Locale, known: &'a Translation) -> Result<&'a Draft, Refusal> {
        if self.removal.is_some() {
            return Err(self.wrong_state("nothing of a removed release goes live: reinstate it first"));
        }
        let Some(draft) = &known.draft else {
            let message = if known.live.is_some() {
                format!("{locale} has no draft: what is saved is live already, so change it first")
            } else {
                format!("{locale} has no draft: it was discarded, so restore an edition first, or save another")
            };
            return Err(self.wrong_state(message));
        };
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

    /// Refuses a translation that would go live before the original.
    pub(super) fn original_is_live(&self, locale: &Locale) -> Result<(), Refusal> {
        if *locale == self.original_locale || self.live_shared().is_some() {
            return Ok(());
        }
        let original = &self.original_locale;
        Err(self.wrong_state(format!(
            "no translation goes live before the original: publish {original} first"
        )))
    }

    /// The release with that draft live.
    pub(super) fn with_live(
        &self,
        locale: &Locale,
        known: &Translation,
        draft: &Draft,
        going: Going,
        by: Actor,
        context: &mut CommandContext<'_>,
    ) -> Self {
        let now = context.now;
        let mut translation = known.clone();
        let edition = match date_of_its_own(draft, known, going.publishing_date, now) {
            None => draft.edition.clone(),
            Some(date) => {
                let Edition { text, mut shared, .. } = draft.edition.clone();
                if let Some(shared) = &mut shared {
                    shared.published_at = Some(date);
                }
                translation.append(text, shared, by, context)
            }
        };
        let was = known.live.as_ref();
        let mut change_notes = was.map(|live| live.change_notes.clone()).unwrap_or_default();
        let updated_at = match was {
            Some(was) if going.change_note.is_none() => was.updated_at,
            _ => now,
        };
        change_notes.extend(going.change_note.map(|note| ChangeNote { at: now, note }));
        translation.live = Some(Live {
            published_at: was.map_or(now, |live| live.published_at),
            updated_at,
            change_notes,
            taken_down_at: None,
            texts: Live::texts_with(was, edition.id, &edition.text, now),
            follows: draft.follows,
            emergency: match (going.emergency, was.and_then(|live| live.emergency.clone())) {
                (Some(emergency), Some(earlier)) => Some(emergency.after(earlier)),
                (emergency, earlier) => emergency.or(earlier),
            },
            edition,
        });
        translation.draft = None;
        let mut release = self.with_next(locale, translation, by, now);
        let former = self.live_shared().map(|shared| &shared.slug);
        release.redirect_from(former);
        release
    }
}

/// The publishing date that an original gets as it goes live for the first time, where its draft has another or none.
fn date_of_its_own(draft: &Draft, known: &Translation, given: Option<Instant>, now: Instant) -> Option<Instant> {
    let has = draft.edition.shared.as_ref()?.published_at;
    let gets = if known.live.is_some() {
        has
    } else {
        given.or(has).or(Some(now))
    };
    gets.filter(|_| gets != has)
}

/// Notes what is wrong with the publishing date of a draft that goes live at that instant.
pub(super) fn check_publishing_date(draft: &Draft, known: &Translation, at: Instant, faults: &mut Faults) {
    let Some(shared) = &draft.edition.shared else { return };
    match shared.published_at {
        Some(date) if date > at => {
            let message =
                format!("its publishing date, {date}, is in the future: schedule it, or give it an earlier one");
            faults.push(FieldFault::new("publishedAt", "IN_FUTURE", message));
        }
        None if known.live.is_some() => faults.push(undated()),
        Some(_) | None => {}
    }
}

impl PublishTranslation {
    /// The public note of a MAJOR correction, and none of a MINOR one. What is wrong is noted.
    pub(super) fn change_note(&self, corrects: bool, faults: &mut Faults) -> Option<Note> {
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

    /// The reason of an emergency, where one is given. What is wrong is noted.
    pub(super) fn emergency_reason(&self, faults: &mut Faults) -> Option<Note> {
        let reason = self.emergency.as_ref()?;
        faults.read("emergency", Note::new(reason))
    }

    /// Notes what checks have found that stops publishing, and is not waived.
    pub(super) fn pass_checks(&self, draft: &Draft, context: &CommandContext<'_>, faults: &mut Faults) {
        let mut waived = Vec::with_capacity(self.waive.len());
        for (index, waiver) in self.waive.iter().enumerate() {
            let reason = faults.read(&format!("waive.{index}.reason"), Note::new(&waiver.reason));
            waived.extend(reason.map(|_| waiver.check));
        }
        let findings = context.findings.get(&draft.edition.id).map_or(&[][..], Vec::as_slice);
        for fault in blockers(findings, &waived) {
            faults.push(fault.within("text"));
        }
    }
}
