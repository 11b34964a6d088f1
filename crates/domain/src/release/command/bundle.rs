//! Bundles: translations of one or several releases that go live together, all of them or none.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::{CommandContext, Release};
use super::{PublishTranslation, ScheduleTranslation, Step};
use crate::account::{Action, Caller, Filing, Matter, PublishRule, Standing};
use crate::audit::Actor;
use crate::refusal::{Denial, Refusal};
use crate::{AccountId, BundleId, Locale, ReleaseId};

/// The most translations that a bundle has.
const MOST_ITEMS: usize = 100;

/// What somebody asks for of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum BundleCommand {
    /// A step that all its translations take.
    Take {
        /// The translations. Their paths are `items.0.locale` and so on.
        items: Vec<BundleItem>,
        /// The step.
        step: BundleStep,
    },
    /// What is scheduled together is not to go live by itself after all.
    Unschedule(BundleId),
}

/// A translation of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BundleItem {
    /// Its release.
    pub release: ReleaseId,
    /// Its locale.
    pub locale: String,
    /// The version of it that the caller has seen.
    pub seen: i64,
}

/// A step that all translations of a bundle take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum BundleStep {
    /// They go live now.
    Publish(PublishTranslation),
    /// They go live at an instant.
    Schedule(ScheduleTranslation),
}

/// The releases as a command on a bundle leaves them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedBundle {
    /// The releases that it has changed.
    pub releases: BTreeMap<ReleaseId, Release>,
    /// The bundle, where there is one from now on, or was.
    pub bundle: Option<BundleId>,
    /// The translations that it is about, in the order in which they were asked for.
    pub translations: Vec<(ReleaseId, Locale)>,
}

impl BundleCommand {
    /// The command's name in the audit trail.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Take {
                step: BundleStep::Publish(_),
                ..
            } => "publish-bundle",
            Self::Take {
                step: BundleStep::Schedule(_),
                ..
            } => "schedule-bundle",
            Self::Unschedule(_) => "unschedule-bundle",
        }
    }

    /// What is said of publishing, where it publishes something, now or at an instant.
    #[must_use]
    pub const fn publishes(&self) -> Option<&PublishTranslation> {
        match self {
            Self::Take {
                step: BundleStep::Publish(asked),
                ..
            } => Some(asked),
            Self::Take {
                step: BundleStep::Schedule(asked),
                ..
            } => Some(&asked.publish),
            Self::Unschedule(_) => None,
        }
    }

    /// What comes of it, if its caller may: of the releases that its items name, or that have something in the bundle.
    ///
    /// # Errors
    /// A [`Denial`] of the first item that stands in the way, its faults under `items.N`: nothing is done then.
    pub fn decide(
        &self,
        known: &BTreeMap<ReleaseId, Release>,
        caller: &Caller,
        rule: PublishRule,
        context: &mut CommandContext<'_>,
    ) -> Result<DecidedBundle, Denial> {
        match self {
            Self::Take { items, step } => take(items, step, known, caller, rule, context),
            Self::Unschedule(bundle) => unschedule(*bundle, known, caller, rule, context),
        }
    }
}

fn take(
    items: &[BundleItem],
    step: &BundleStep,
    known: &BTreeMap<ReleaseId, Release>,
    caller: &Caller,
    rule: PublishRule,
    context: &mut CommandContext<'_>,
) -> Result<DecidedBundle, Denial> {
    if items.is_empty() || items.len() > MOST_ITEMS {
        let message = format!("a bundle has 1 to {MOST_ITEMS} translations, this one {}", items.len());
        return Err(Refusal::of("items", "OUT_OF_RANGE", message).into());
    }
    for (index, item) in items.iter().enumerate() {
        if items[..index]
            .iter()
            .any(|other| (other.release, &other.locale) == (item.release, &item.locale))
        {
            let message = "this translation is there twice: name it once";
            return Err(Refusal::of(&format!("items.{index}"), "DUPLICATE", message).into());
        }
    }
    let bundle = matches!(step, BundleStep::Schedule(_)).then(|| BundleId::from((context.new_id)()));
    // The originals first, since no translation goes before them.
    let is_translation = |item: &BundleItem| {
        known
            .get(&item.release)
            .is_none_or(|release| item.locale.parse() != Ok(release.original_locale.clone()))
    };
    let mut order: Vec<(usize, &BundleItem)> = items.iter().enumerate().collect();
    order.sort_by_key(|(_, item)| is_translation(item));
    let mut releases = BTreeMap::new();
    let mut translations = vec![None; items.len()];
    for (index, item) in order {
        let release = releases.get(&item.release).or_else(|| known.get(&item.release));
        let decided = item.take(step, bundle, release, caller, rule, context);
        let (release, locale) = decided.map_err(|denial| denial.at_item(index))?;
        translations[index] = Some((item.release, locale));
        releases.insert(item.release, release);
    }
    Ok(DecidedBundle {
        releases,
        bundle,
        translations: translations.into_iter().flatten().collect(),
    })
}

impl BundleItem {
    fn take(
        &self,
        step: &BundleStep,
        bundle: Option<BundleId>,
        known: Option<&Release>,
        caller: &Caller,
        rule: PublishRule,
        context: &mut CommandContext<'_>,
    ) -> Result<(Release, Locale), Denial> {
        let known = known.ok_or(Denial::NotFound)?;
        let locale = self.locale.clone();
        let step = match step {
            BundleStep::Publish(asked) => Step::Publish {
                locale,
                asked: asked.clone(),
            },
            BundleStep::Schedule(asked) => Step::Schedule {
                locale,
                asked: asked.clone(),
            },
        };
        let decided = step.decide(known, self.seen, caller, rule, context)?;
        let mut release = decided.release;
        if let Some(bundle) = bundle {
            release.put_in_bundle(&decided.locale, bundle);
        }
        Ok((release, decided.locale))
    }
}

fn unschedule(
    bundle: BundleId,
    known: &BTreeMap<ReleaseId, Release>,
    caller: &Caller,
    rule: PublishRule,
    context: &CommandContext<'_>,
) -> Result<DecidedBundle, Denial> {
    let mut releases = BTreeMap::new();
    let mut translations = Vec::new();
    for (id, release) in known {
        let locales: Vec<Locale> = release.in_bundle(bundle);
        if locales.is_empty() {
            continue;
        }
        for locale in &locales {
            let filing = Filing::of(release).publishing(release, locale);
            caller.standing.allow(Action::Publish, Matter::Release(&filing), rule)?;
        }
        translations.extend(locales.into_iter().map(|locale| (*id, locale)));
        let by = Actor::Account(caller.standing.account);
        releases.insert(*id, release.unschedule_bundle(bundle, by, context)?);
    }
    if translations.is_empty() {
        return Err(Denial::NotFound);
    }
    Ok(DecidedBundle {
        releases,
        bundle: Some(bundle),
        translations,
    })
}

impl Release {
    fn put_in_bundle(&mut self, locale: &Locale, bundle: BundleId) {
        use super::super::Stage;
        let draft = self.translations.get_mut(locale).and_then(|text| text.draft.as_mut());
        if let Some(Stage::Scheduled(plan)) = draft.map(|draft| &mut draft.stage) {
            plan.bundle = Some(bundle);
        }
    }

    /// The bundles that it has something in.
    pub fn bundles(&self) -> impl Iterator<Item = BundleId> {
        self.translations.values().filter_map(|text| text.planned()?.bundle)
    }

    /// The locales in which it has something scheduled in a bundle.
    #[must_use]
    pub fn in_bundle(&self, bundle: BundleId) -> Vec<Locale> {
        let texts = self.translations.iter();
        let there = texts.filter(|(_, text)| text.planned().is_some_and(|plan| plan.bundle == Some(bundle)));
        there.map(|(locale, _)| locale.clone()).collect()
    }
}

/// What has come of a bundle, or of what one release has scheduled by itself, now that its hour has come.
///
/// # Errors
/// The translation that does not go live, and why.
pub fn due_published(
    known: &BTreeMap<ReleaseId, Release>,
    due: &[(ReleaseId, Locale)],
    planners: &BTreeMap<AccountId, Standing>,
    rule: PublishRule,
    context: &mut CommandContext<'_>,
) -> Result<BTreeMap<ReleaseId, Release>, ((ReleaseId, Locale), String)> {
    let mut releases = known.clone();
    for (id, locale) in due {
        let Some(release) = releases.get(id) else { continue };
        let planner = release.planned(locale).and_then(|plan| plan.planned.by.account());
        let planner = planner.and_then(|account| planners.get(&account));
        let published = release.publish_scheduled(locale, planner, rule, context);
        let published = published.map_err(|reason| ((*id, locale.clone()), reason))?;
        releases.insert(*id, published);
    }
    Ok(releases)
}

/// The same releases with all of that given up.
#[must_use]
pub fn due_failed(
    known: &BTreeMap<ReleaseId, Release>,
    due: &[(ReleaseId, Locale)],
    reason: &str,
    context: &CommandContext<'_>,
) -> BTreeMap<ReleaseId, Release> {
    let mut releases = known.clone();
    for (id, locale) in due {
        if let Some(release) = releases.get(id) {
            let failed = release.fail_scheduled(locale, reason, context);
            releases.insert(*id, failed);
        }
    }
    releases
}

impl Denial {
    /// The same, of an item of a list: its faults are that item's.
    fn at_item(self, index: usize) -> Self {
        match self {
            Self::Refused(Refusal::Invalid(faults)) => {
                let within = format!("items.{index}");
                let of_all = |path: &str| {
                    path.starts_with("schedule")
                        || path.starts_with("correction")
                        || path.starts_with("waive")
                        || path == "emergency"
                };
                let faults = faults.into_iter().map(|fault| {
                    if of_all(&fault.path) {
                        fault
                    } else {
                        fault.within(&within)
                    }
                });
                Self::Refused(Refusal::Invalid(faults.collect()))
            }
            Self::Refused(Refusal::WrongState { state, message }) => Self::Refused(Refusal::WrongState {
                state,
                message: format!("items.{index}: {message}"),
            }),
            other => other,
        }
    }
}
