//! Withdrawing and removing a release, and undoing either.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::{CommandContext, Release, ReleaseState, Removal, Withdrawal};
use super::input::read_locale;
use crate::Locale;
use crate::audit::Actor;
use crate::fault::{Faults, FieldFault};
use crate::refusal::Refusal;
use crate::text::Note;

/// A public notice in one locale, as somebody wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LocalNote {
    /// Its locale.
    pub locale: String,
    /// What it says: plain text of 1 to 2,000 characters.
    pub text: String,
}

impl Release {
    /// The release withdrawn: readers keep it, marked, with the notice. Faults have paths such as `notice.0.text`.
    ///
    /// # Errors
    /// `Stale`: `seen` is not the original's version. `WrongState`: it is not live. `Invalid`: there is no notice in any
    /// locale, two in one, or one that cannot be read.
    pub fn withdraw(
        &self,
        notice: &[LocalNote],
        seen: i64,
        by: Actor,
        context: &CommandContext<'_>,
    ) -> Result<Self, Refusal> {
        let original = self.original_seen(seen)?;
        match self.state() {
            ReleaseState::Live => {}
            ReleaseState::Draft => {
                return Err(self.wrong_state("it has never been published: there is nothing to withdraw"));
            }
            ReleaseState::Withdrawn => {
                return Err(self.wrong_state("it is withdrawn already: reinstate it first to give another notice"));
            }
            ReleaseState::Removed => return Err(self.wrong_state("it is removed: reinstate it first")),
        }
        let mut faults = Faults::default();
        let notice = read_notice(notice, context, &mut faults);
        if !faults.is_empty() {
            return Err(Refusal::all(faults));
        }
        let mut release = self.with_next(&self.original_locale, original.clone(), by, context.now);
        release.withdrawal = Some(Withdrawal {
            at: context.now,
            notice,
        });
        Ok(release)
    }

    /// The release removed: its addresses answer with a tombstone that has the reason. A fault has the path `reason`.
    ///
    /// # Errors
    /// `Stale`: `seen` is not the original's version. `WrongState`: it has never been published, or is removed already.
    /// `Invalid`: the reason cannot be read.
    pub fn remove(&self, reason: &str, seen: i64, by: Actor, context: &CommandContext<'_>) -> Result<Self, Refusal> {
        let original = self.original_seen(seen)?;
        match self.state() {
            ReleaseState::Live | ReleaseState::Withdrawn => {}
            ReleaseState::Draft => {
                return Err(self.wrong_state("it has never been published: there is nothing to remove"));
            }
            ReleaseState::Removed => {
                return Err(self.wrong_state("it is removed already: reinstate it first to give another reason"));
            }
        }
        let reason = Note::new(reason).map_err(|fault| Refusal::Invalid(vec![fault.at("reason")]))?;
        let mut release = self.with_next(&self.original_locale, original.clone(), by, context.now);
        release.removal = Some(Removal {
            at: context.now,
            reason,
        });
        Ok(release)
    }

    /// The release with its removal undone, or its withdrawal where it is not removed. One that was withdrawn when it
    /// was removed is withdrawn again.
    ///
    /// # Errors
    /// `Stale`: `seen` is not the original's version. `WrongState`: it is neither withdrawn nor removed.
    pub fn reinstate(&self, seen: i64, by: Actor, context: &CommandContext<'_>) -> Result<Self, Refusal> {
        let original = self.original_seen(seen)?;
        let mut release = self.with_next(&self.original_locale, original.clone(), by, context.now);
        match self.state() {
            ReleaseState::Removed => release.removal = None,
            ReleaseState::Withdrawn => release.withdrawal = None,
            ReleaseState::Draft | ReleaseState::Live => {
                return Err(self.wrong_state("it is neither withdrawn nor removed: there is nothing to reinstate"));
            }
        }
        Ok(release)
    }
}

fn read_notice(given: &[LocalNote], context: &CommandContext<'_>, faults: &mut Faults) -> BTreeMap<Locale, Note> {
    if given.is_empty() {
        let message = "readers are told why: give a notice in at least one locale";
        faults.push(FieldFault::new("notice", "REQUIRED", message));
    }
    let mut notice = BTreeMap::new();
    for (index, LocalNote { locale, text }) in given.iter().enumerate() {
        let path = format!("notice.{index}.locale");
        let locale = read_locale(&path, locale, context, faults);
        let note = faults.read(&format!("notice.{index}.text"), Note::new(text));
        if let Some(locale) = locale.as_ref().filter(|locale| notice.contains_key(*locale)) {
            let message = format!("{locale} is there twice: give it once");
            faults.push(FieldFault::new(path, "DUPLICATE", message));
        }
        if let Some((locale, note)) = locale.zip(note) {
            notice.insert(locale, note);
        }
    }
    notice
}

impl Release {
    /// The release with a translation taken down: readers get the original in its place.
    ///
    /// # Errors
    /// `Stale`: `seen` is not that translation's version. `WrongState`: it is the original; it is not live; it is taken down
    /// already. `Invalid`: there is no such translation.
    pub fn take_down(
        &self,
        locale: &Locale,
        seen: i64,
        by: Actor,
        context: &CommandContext<'_>,
    ) -> Result<Self, Refusal> {
        let mut translation = self.seen_in(locale, seen)?.clone();
        if *locale == self.original_locale {
            return Err(self.wrong_state("an original is never taken down: withdraw or remove the release"));
        }
        match &mut translation.live {
            None => {
                return Err(self.wrong_state(format!("{locale} has never been live: there is nothing to take down")));
            }
            Some(live) if live.taken_down_at.is_some() => {
                return Err(self.wrong_state(format!("{locale} is taken down already")));
            }
            Some(live) => live.taken_down_at = Some(context.now),
        }
        Ok(self.with_next(locale, translation, by, context.now))
    }

    /// The release with a translation back that was taken down.
    ///
    /// # Errors
    /// `Stale`: `seen` is not that translation's version. `WrongState`: it is not taken down. `Invalid`: there is no such
    /// translation.
    pub fn reinstate_translation(
        &self,
        locale: &Locale,
        seen: i64,
        by: Actor,
        context: &CommandContext<'_>,
    ) -> Result<Self, Refusal> {
        let mut translation = self.seen_in(locale, seen)?.clone();
        let taken_down = translation.live.as_mut().and_then(|live| live.taken_down_at.take());
        if taken_down.is_none() {
            return Err(self.wrong_state(format!("{locale} is not taken down: there is nothing to reinstate")));
        }
        Ok(self.with_next(locale, translation, by, context.now))
    }
}
