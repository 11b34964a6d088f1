//! Scheduling: a draft goes live at an instant, or that is called off; and what comes of it when the hour has come.

use serde::Serialize;

use super::super::{Changed, CommandContext, Draft, FailedPlan, Planned, Release, Stage, Translation};
use super::PublishTranslation;
use super::publish::{Going, check_publishing_date};
use crate::account::{Action, Filing, Matter, PublishRule, Standing};
use crate::audit::Actor;
use crate::fault::{Faults, FieldFault};
use crate::refusal::{Denial, Refusal};
use crate::schedule::{Schedule, ScheduleFields};
use crate::{BundleId, Instant, Locale};

/// Scheduling, as somebody wants it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ScheduleTranslation {
    /// When.
    pub schedule: ScheduleFields,
    /// What is to be said of publishing.
    pub publish: PublishTranslation,
}

impl Release {
    /// The release with a draft that goes live at an instant.
    ///
    /// # Errors
    /// As [`Release::publish_translation`]; and `WrongState` for what is scheduled already, or for a translation whose
    /// original is neither live nor scheduled before it; and `Invalid` for a schedule that cannot be read or is not in the
    /// future.
    pub fn schedule_translation(
        &self,
        locale: &Locale,
        asked: &ScheduleTranslation,
        seen: i64,
        by: Actor,
        context: &CommandContext<'_>,
    ) -> Result<Self, Refusal> {
        let known = self.seen_in(locale, seen)?;
        let draft = self.draft_to_publish(locale, known)?;
        self.editable(locale, known)?;
        self.meets_house_rules(locale, draft, asked.publish.emergency.is_some(), context.house)?;
        let mut faults = Faults::default();
        let change_note = asked.publish.change_note(known.live.is_some(), &mut faults);
        let emergency = asked.publish.emergency_reason(&mut faults);
        let schedule = asked.schedule.read(context.zone, context.now, &mut faults);
        if let (Some(schedule), true) = (&schedule, known.live.is_some()) {
            check_publishing_date(draft, known, schedule.at, &mut faults);
        }
        asked.publish.pass_checks(draft, context, &mut faults);
        let (Some(schedule), true) = (schedule, faults.is_empty()) else {
            return Err(Refusal::all(faults));
        };
        self.original_is_live_by(locale, &schedule)?;
        let plan = Planned {
            schedule,
            planned: Changed { by, at: context.now },
            approved: draft.stage.approved(),
            change_note,
            emergency,
            bundle: None,
        };
        Ok(self.with_stage(locale, known, draft, Stage::Scheduled(Box::new(plan)), by, context))
    }

    /// The release with a draft that is no longer scheduled, and approved if it was, or if scheduling implied it.
    ///
    /// # Errors
    /// `Stale`: `seen` is not that translation's version. `WrongState`: its draft is not scheduled, or in a bundle; it is
    /// the original, and translations go live after it. `Invalid`: there is no such translation.
    pub fn unschedule(
        &self,
        locale: &Locale,
        seen: i64,
        by: Actor,
        context: &CommandContext<'_>,
    ) -> Result<Self, Refusal> {
        let known = self.seen_in(locale, seen)?;
        let draft = self.draft_in(locale, known)?;
        let Some(plan) = draft.stage.planned() else {
            return Err(self.wrong_state(format!("the draft in {locale} is not scheduled")));
        };
        if plan.bundle.is_some() {
            self.editable(locale, known)?;
        }
        self.nothing_waits_for(std::slice::from_ref(locale))?;
        Ok(self.unplanned(locale, known, draft, plan, by, context))
    }

    /// The release with what it has in a bundle no longer scheduled.
    ///
    /// # Errors
    /// `WrongState`: the original is in the bundle, and a translation that is not goes live after it.
    pub(super) fn unschedule_bundle(
        &self,
        bundle: BundleId,
        by: Actor,
        context: &CommandContext<'_>,
    ) -> Result<Self, Refusal> {
        self.nothing_waits_for(&self.in_bundle(bundle))?;
        let mut release = self.clone();
        for (locale, known) in &self.translations {
            let Some(draft) = &known.draft else { continue };
            if let Some(plan) = draft.stage.planned().filter(|plan| plan.bundle == Some(bundle)) {
                release = release.unplanned(locale, known, draft, plan, by, context);
            }
        }
        Ok(release)
    }

    /// Refuses to unschedule these, where the original is among them, is not live, and something else goes live after it.
    fn nothing_waits_for(&self, unscheduled: &[Locale]) -> Result<(), Refusal> {
        if !unscheduled.contains(&self.original_locale) {
            return Ok(());
        }
        let mut others = self.translations.keys().filter(|other| !unscheduled.contains(other));
        match others.find(|other| self.waits_for_original(other)) {
            None => Ok(()),
            Some(other) => Err(self.wrong_state(format!(
                "the draft in {other} is scheduled too, and goes live after the original: unschedule that first"
            ))),
        }
    }

    /// Whether what is scheduled in a locale goes live after the original, which is scheduled too and not live yet.
    #[must_use]
    pub fn waits_for_original(&self, locale: &Locale) -> bool {
        *locale != self.original_locale
            && self.live_shared().is_none()
            && self.planned(locale).is_some()
            && self.planned(&self.original_locale).is_some()
    }

    /// Scheduling implied approval, where the rules of the house do not ask for it apart, and it was no emergency.
    fn unplanned(
        &self,
        locale: &Locale,
        known: &Translation,
        draft: &Draft,
        plan: &Planned,
        by: Actor,
        context: &CommandContext<'_>,
    ) -> Self {
        let implies = plan.emergency.is_none() && self.house_rules(context.house).approval.is_none();
        let approved = plan.approved.or(implies.then_some(plan.planned));
        let stage = approved.map_or_else(Stage::default, |approved| Stage::Approved { approved });
        self.with_stage(locale, known, draft, stage, by, context)
    }

    /// Refuses a translation that would go live before its original.
    fn original_is_live_by(&self, locale: &Locale, schedule: &Schedule) -> Result<(), Refusal> {
        match self.planned(&self.original_locale) {
            Some(plan) if plan.schedule.at <= schedule.at => Ok(()),
            Some(plan) if *locale != self.original_locale && self.live_shared().is_none() => {
                let message = format!(
                    "no translation goes live before the original, which is scheduled for {}: give that instant or a later one",
                    plan.schedule.at
                );
                Err(Refusal::Invalid(vec![FieldFault::new(
                    "schedule.at",
                    "BEFORE_ORIGINAL",
                    message,
                )]))
            }
            Some(_) | None => self.original_is_live(locale),
        }
    }

    /// The locales of what is due of it by then, the original first.
    #[must_use]
    pub fn due(&self, bundle: Option<BundleId>, now: Instant) -> Vec<Locale> {
        let is_due = |text: &Translation| {
            let plan = text.planned()?;
            (plan.bundle == bundle && plan.schedule.at <= now).then_some(plan.schedule.at)
        };
        let due = self
            .translations
            .iter()
            .filter_map(|(locale, text)| Some((is_due(text)?, locale)));
        let mut due: Vec<(bool, Instant, &Locale)> = due
            .map(|(at, locale)| (*locale != self.original_locale, at, locale))
            .collect();
        due.sort();
        due.into_iter().map(|(_, _, locale)| locale.clone()).collect()
    }

    /// What is scheduled in a locale: the translation, its draft and the plan.
    fn scheduled(&self, locale: &Locale) -> Option<(&Translation, &Draft, &Planned)> {
        let known = self.translations.get(locale)?;
        let draft = known.draft.as_ref()?;
        Some((known, draft, draft.stage.planned()?))
    }

    /// The release with what was scheduled in a locale live, now that its hour has come. Whoever scheduled it must still be
    /// allowed to publish it: `planner` is what they may do, `None` where they may do nothing any more.
    ///
    /// # Errors
    /// Why it does not go live, with the mend.
    pub fn publish_scheduled(
        &self,
        locale: &Locale,
        planner: Option<&Standing>,
        rule: PublishRule,
        context: &mut CommandContext<'_>,
    ) -> Result<Self, String> {
        let Some((known, draft, plan)) = self.scheduled(locale) else {
            return Err(format!("nothing is scheduled in {locale}"));
        };
        let Some(planner) = planner else {
            return Err("whoever scheduled it is suspended: somebody else may schedule it again".to_owned());
        };
        let filing = Filing::of(self).publishing(self, locale);
        let allowed = planner.allow(Action::Publish, Matter::Release(&filing), rule);
        if let Err(Denial::Forbidden(_) | Denial::NotFound) = allowed {
            return Err(
                "whoever scheduled it may not publish it any more: somebody else may schedule it again".to_owned(),
            );
        }
        if self.needs_other_eyes(locale, planner.account, context.house) && plan.emergency.is_none() {
            return Err(
                "the rules of the house ask for another pair of eyes: somebody else may schedule it again".to_owned(),
            );
        }
        let mut faults = Faults::default();
        if known.live.is_some() {
            check_publishing_date(draft, known, context.now, &mut faults);
        }
        let checked = self
            .draft_to_publish(locale, known)
            .and_then(|_| self.original_is_live(locale))
            .and_then(|()| self.meets_house_rules(locale, draft, plan.emergency.is_some(), context.house));
        if let Err(refusal) = checked {
            return Err(refusal.to_string());
        }
        if !faults.is_empty() {
            return Err(Refusal::all(faults).to_string());
        }
        let emergency = plan.emergency.clone();
        let going = Going {
            change_note: plan.change_note.clone(),
            emergency: emergency.and_then(|reason| self.emergency(draft, reason, plan.planned.by, context)),
            publishing_date: Some(plan.schedule.at),
        };
        Ok(self.with_live(locale, known, draft, going, Actor::Scheduler, context))
    }

    /// The release with what was scheduled in a locale given up, for a reason that the desk is shown.
    #[must_use]
    pub fn fail_scheduled(&self, locale: &Locale, reason: &str, context: &CommandContext<'_>) -> Self {
        let Some((known, draft, plan)) = self.scheduled(locale) else {
            return self.clone();
        };
        let failed = FailedPlan {
            plan: plan.clone(),
            at: context.now,
            reason: reason.to_owned(),
        };
        self.with_stage(
            locale,
            known,
            draft,
            Stage::Failed(Box::new(failed)),
            Actor::Scheduler,
            context,
        )
    }
}
