//! Review: a draft is submitted, comes back with a comment, or is approved; and what the rules of the house ask for.

use std::collections::BTreeSet;

use super::super::{Changed, CommandContext, Draft, Emergency, Release, Returned, Stage, StageName, Translation};
use crate::audit::Actor;
use crate::house::{HouseBook, HouseRules};
use crate::refusal::Refusal;
use crate::text::Note;
use crate::{AccountId, Locale, OfficeId};

impl Release {
    /// The release with a draft that waits for review.
    ///
    /// # Errors
    /// `Stale`: `seen` is not that translation's version. `WrongState`: there is no draft; it is in review, approved or
    /// scheduled already. `Invalid`: there is no such translation.
    pub fn submit(&self, locale: &Locale, seen: i64, by: Actor, context: &CommandContext<'_>) -> Result<Self, Refusal> {
        let known = self.seen_in(locale, seen)?;
        let draft = self.draft_in(locale, known)?;
        match draft.stage.name() {
            StageName::Written | StageName::Failed => {}
            StageName::InReview => return Err(self.wrong_state(format!("the draft in {locale} is in review already"))),
            StageName::Approved => {
                return Err(self.wrong_state(format!(
                    "the draft in {locale} is approved already: publish it, or schedule it"
                )));
            }
            StageName::Scheduled => self.editable(locale, known)?,
        }
        let submitted = Changed { by, at: context.now };
        Ok(self.with_stage(locale, known, draft, Stage::InReview { submitted }, by, context))
    }

    /// The release with a draft that somebody is asked to change. A fault has the path `comment`.
    ///
    /// # Errors
    /// `Stale`: `seen` is not that translation's version. `WrongState`: the draft is neither in review nor approved.
    /// `Invalid`: there is no such translation, or the comment cannot be read.
    pub fn request_changes(
        &self,
        locale: &Locale,
        comment: &str,
        seen: i64,
        by: Actor,
        context: &CommandContext<'_>,
    ) -> Result<Self, Refusal> {
        let known = self.seen_in(locale, seen)?;
        let draft = self.draft_in(locale, known)?;
        match draft.stage.name() {
            StageName::InReview | StageName::Approved => {}
            StageName::Written | StageName::Failed => {
                return Err(self.wrong_state(format!(
                    "the draft in {locale} is not in review: whoever writes it submits it first"
                )));
            }
            StageName::Scheduled => self.editable(locale, known)?,
        }
        let comment = Note::new(comment).map_err(|fault| Refusal::Invalid(vec![fault.at("comment")]))?;
        let requested = Changed { by, at: context.now };
        let stage = Stage::Written {
            returned: Some(Returned { requested, comment }),
        };
        Ok(self.with_stage(locale, known, draft, stage, by, context))
    }

    /// The release with a draft that may go live.
    ///
    /// # Errors
    /// `Stale`: `seen` is not that translation's version. `WrongState`: there is no draft; it is approved or scheduled
    /// already. `Invalid`: there is no such translation.
    pub fn approve(
        &self,
        locale: &Locale,
        seen: i64,
        by: Actor,
        context: &CommandContext<'_>,
    ) -> Result<Self, Refusal> {
        let known = self.seen_in(locale, seen)?;
        let draft = self.draft_in(locale, known)?;
        match draft.stage.name() {
            StageName::Written | StageName::InReview | StageName::Failed => {}
            StageName::Approved => return Err(self.wrong_state(format!("the draft in {locale} is approved already"))),
            StageName::Scheduled => self.editable(locale, known)?,
        }
        let approved = Changed { by, at: context.now };
        Ok(self.with_stage(locale, known, draft, Stage::Approved { approved }, by, context))
    }

    /// The release with what went live in an emergency seen by a second pair of eyes.
    ///
    /// # Errors
    /// `Stale`: `seen` is not that translation's version. `WrongState`: nothing of it waits for that. `Invalid`: there is
    /// no such translation.
    pub fn endorse(
        &self,
        locale: &Locale,
        seen: i64,
        by: Actor,
        context: &CommandContext<'_>,
    ) -> Result<Self, Refusal> {
        let known = self.seen_in(locale, seen)?;
        let mut translation = known.clone();
        let emergency = translation.live.as_mut().and_then(|live| live.emergency.take());
        if emergency.is_none() {
            let message = format!("what readers have in {locale} does not wait for a second approval");
            return Err(self.wrong_state(message));
        }
        Ok(self.with_next(locale, translation, by, context.now))
    }

    /// The draft of a translation.
    pub(super) fn draft_in<'a>(&self, locale: &Locale, known: &'a Translation) -> Result<&'a Draft, Refusal> {
        let draft = known.draft.as_ref();
        draft.ok_or_else(|| self.wrong_state(format!("{locale} has no draft: save one first")))
    }

    /// The release with a draft at another stage.
    pub(super) fn with_stage(
        &self,
        locale: &Locale,
        known: &Translation,
        draft: &Draft,
        stage: Stage,
        by: Actor,
        context: &CommandContext<'_>,
    ) -> Self {
        let mut translation = known.clone();
        translation.draft = Some(Draft { stage, ..draft.clone() });
        self.with_next(locale, translation, by, context.now)
    }

    /// The rules that hold for it: those of all offices that readers or the desk have it under.
    #[must_use]
    pub fn house_rules(&self, house: &HouseBook) -> HouseRules {
        house.rules_for(&self.desk_offices().into_iter().collect::<Vec<OfficeId>>())
    }

    /// Refuses a draft that lacks what the rules of the house ask for before it goes live.
    pub(super) fn meets_house_rules(
        &self,
        locale: &Locale,
        draft: &Draft,
        is_emergency: bool,
        house: &HouseBook,
    ) -> Result<(), Refusal> {
        let rules = self.house_rules(house);
        if rules.approval.is_some() && draft.stage.approved().is_none() && !is_emergency {
            let message = format!(
                "the rules of the house ask that the draft in {locale} be approved before: submit it for review; in an emergency, give a reason"
            );
            return Err(self.wrong_state(message));
        }
        if *locale != self.original_locale || self.live_shared().is_some() {
            return Ok(());
        }
        let content_type = draft.edition.shared.as_ref().and_then(|shared| shared.content_type);
        let is_there = |locale: &Locale| {
            self.translations
                .get(locale)
                .is_some_and(|text| text.shown_edition().is_some())
        };
        let languages = rules.languages_of(content_type).into_iter();
        let missing: Vec<&str> = languages
            .filter(|(locale, hours)| *hours == 0 && !is_there(locale))
            .map(|(locale, _)| locale.as_str())
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(self.wrong_state(format!(
            "the rules of the house ask for {} before a release of this type is published: add the translation first",
            missing.join(", ")
        )))
    }

    /// What is kept of an emergency: nothing, where the rules of the house did not ask for another pair of eyes.
    pub(super) fn emergency(
        &self,
        draft: &Draft,
        reason: Note,
        by: Actor,
        context: &CommandContext<'_>,
    ) -> Option<Emergency> {
        let rules = self.house_rules(context.house);
        let alone = rules.four_eyes && by.account().is_some_and(|account| draft.writers.contains(&account));
        let unapproved = rules.approval.is_some() && draft.stage.approved().is_none();
        (alone || unapproved).then(|| Emergency {
            published: Changed { by, at: context.now },
            reason,
            writers: draft.writers.clone(),
        })
    }

    /// Whether four eyes are asked for, and somebody's are those that have seen the draft.
    pub(super) fn needs_other_eyes(&self, locale: &Locale, account: AccountId, house: &HouseBook) -> bool {
        let draft = self.translations.get(locale).and_then(|text| text.draft.as_ref());
        self.house_rules(house).four_eyes && draft.is_some_and(|draft| draft.writers.contains(&account))
    }

    /// Those who cannot be the second to approve what went live in an emergency: who wrote it and who published it.
    pub(super) fn cannot_endorse(&self, locale: &Locale) -> BTreeSet<AccountId> {
        let live = self.translations.get(locale).and_then(|text| text.live.as_ref());
        let Some(emergency) = live.and_then(|live| live.emergency.as_ref()) else {
            return BTreeSet::new();
        };
        let mut those = emergency.writers.clone();
        those.extend(emergency.published.by.account());
        those
    }
}
