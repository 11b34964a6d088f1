//! A command as it reaches the store: what is asked, of which release, whether its caller may, and what comes of it.

use serde::Serialize;

use super::super::{CommandContext, Earlier, Release};
use super::{
    AddTranslation, CreateRelease, LocalNote, Patch, PublishTranslation, Resolution, ScheduleTranslation, TextFields,
    UpdateRelease,
};
use crate::account::{Action, Caller, Filing, Matter, PublishRule};
use crate::audit::Actor;
use crate::refusal::{Denial, Refusal};
use crate::{EditionId, Locale, ReleaseId, Slug};

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum ReleaseCommand {
    /// A new release.
    Create(CreateRelease),
    /// A new release with the texts of another one.
    Duplicate(ReleaseId),
    /// A step in the life of a release.
    Take {
        /// Which release.
        release: ReleaseId,
        /// The version that the caller has seen: of the translation that the step is about, or else of the original.
        seen: i64,
        /// Which step.
        step: Step,
    },
}

/// A step in the life of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Step {
    /// Other shared fields, another text of the original, or both.
    Update(UpdateRelease),
    /// A translation more.
    AddTranslation(AddTranslation),
    /// Another text in one locale.
    UpdateTranslation {
        /// Which locale. Its path is `locale`.
        locale: String,
        /// The text.
        text: TextFields,
    },
    /// A translation goes live.
    Publish {
        /// Which locale. Its path is `locale`.
        locale: String,
        /// What is said of it.
        asked: PublishTranslation,
    },
    /// A draft waits for review.
    Submit {
        /// Which locale. Its path is `locale`.
        locale: String,
    },
    /// Changes are requested of a draft.
    RequestChanges {
        /// Which locale. Its path is `locale`.
        locale: String,
        /// Which changes.
        comment: String,
    },
    /// A draft is approved.
    Approve {
        /// Which locale. Its path is `locale`.
        locale: String,
    },
    /// A draft is to go live at an instant.
    Schedule {
        /// Which locale. Its path is `locale`.
        locale: String,
        /// When, and what is said of it.
        asked: ScheduleTranslation,
    },
    /// A draft is not to go live by itself after all.
    Unschedule {
        /// Which locale. Its path is `locale`.
        locale: String,
    },
    /// What went live in an emergency has been seen by a second pair of eyes.
    Endorse {
        /// Which locale. Its path is `locale`.
        locale: String,
    },
    /// A draft is discarded.
    Discard {
        /// Which locale. Its path is `locale`.
        locale: String,
    },
    /// A draft is brought up to what is live.
    Rebase {
        /// Which locale. Its path is `locale`.
        locale: String,
        /// What becomes of what clashes.
        resolutions: Vec<Resolution>,
    },
    /// An earlier edition becomes the draft.
    Restore {
        /// Which locale. Its path is `locale`.
        locale: String,
        /// Which edition.
        edition: EditionId,
        /// The slug, in place of the one that the edition has. Its path is `slug`.
        slug: Option<String>,
    },
    /// A translation is up to the original as that is now.
    Confirm {
        /// Which locale. Its path is `locale`.
        locale: String,
    },
    /// A translation is taken down.
    TakeDown {
        /// Which locale. Its path is `locale`.
        locale: String,
    },
    /// A translation that was taken down is back.
    ReinstateTranslation {
        /// Which locale. Its path is `locale`.
        locale: String,
    },
    /// It is withdrawn.
    Withdraw {
        /// The public notice, per locale.
        notice: Vec<LocalNote>,
    },
    /// It is removed.
    Remove {
        /// The public reason.
        reason: String,
    },
    /// Its removal, or else its withdrawal, is undone.
    Reinstate,
}

/// The release as a command leaves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The release.
    pub release: Release,
    /// The locale of the translation whose version tells of the command.
    pub locale: Locale,
}

impl ReleaseCommand {
    /// The command's name in the audit trail.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Create(_) => "create-release",
            Self::Duplicate(_) => "duplicate-release",
            Self::Take { step, .. } => step.name(),
        }
    }

    /// The release that it is about, or begins from, if there is one yet.
    #[must_use]
    pub const fn release(&self) -> Option<ReleaseId> {
        match self {
            Self::Create(_) => None,
            Self::Duplicate(release) | Self::Take { release, .. } => Some(*release),
        }
    }

    /// The locale whose draft it publishes, now or at an instant, with what is said of that.
    #[must_use]
    pub fn publishes(&self) -> Option<(&str, &PublishTranslation)> {
        let Self::Take { step, .. } = self else { return None };
        match step {
            Step::Publish { locale, asked } => Some((locale, asked)),
            Step::Schedule { locale, asked } => Some((locale, &asked.publish)),
            _ => None,
        }
    }

    /// The edition of earlier days that it needs to see: of what a release is now.
    #[must_use]
    pub fn earlier(&self, known: &Release) -> Option<EditionId> {
        let Self::Take { step, .. } = self else { return None };
        match step {
            Step::Restore { edition, .. } => Some(*edition),
            Step::Rebase { locale, .. } => {
                let locale = locale.parse::<Locale>().ok()?;
                known.translations.get(&locale)?.draft.as_ref()?.based_on
            }
            _ => None,
        }
    }

    /// The slugs that it asks for by name, or may come to: what was discarded or of earlier days has one that is not the
    /// release's any more.
    #[must_use]
    pub fn asked_slugs(&self, known: Option<&Release>, earlier: Option<&Earlier>) -> Vec<Slug> {
        let given = match self {
            Self::Create(CreateRelease { shared, .. }) => match &shared.slug {
                Patch::Set(slug) => Some(slug),
                Patch::Keep => None,
            },
            Self::Take { step, .. } => match step {
                Step::Update(UpdateRelease { shared, .. }) => match &shared.slug {
                    Patch::Set(slug) => Some(slug),
                    Patch::Keep => None,
                },
                Step::Restore { slug, .. } => slug.as_ref(),
                _ => None,
            },
            Self::Duplicate(_) => None,
        };
        let given = given.and_then(|slug| slug.parse().ok());
        let of_desk = known.and_then(Release::desk_shared);
        let of_earlier = earlier.and_then(|earlier| earlier.edition.shared.as_ref());
        let kept = [of_desk, of_earlier]
            .into_iter()
            .flatten()
            .map(|shared| shared.slug.clone());
        given.into_iter().chain(kept.filter(|_| known.is_some())).collect()
    }

    /// The title that a slug is to be made of, where one is.
    #[must_use]
    pub fn title_for_slug<'a>(&'a self, known: Option<&'a Release>) -> Option<&'a str> {
        match self {
            Self::Create(CreateRelease { shared, text, .. }) => match (&shared.slug, &text.title) {
                (Patch::Keep, Patch::Set(title)) => Some(title),
                _ => None,
            },
            Self::Duplicate(_) => {
                let edition = known?.original()?.desk_edition()?;
                Some(edition.text.title.as_str())
            }
            Self::Take { .. } => None,
        }
    }

    /// What comes of it, if its caller may: of a release as it is, or of none.
    ///
    /// # Errors
    /// A [`Denial`]. Whether they may is looked at first, so that what one may not read says nothing of itself.
    pub fn decide(
        &self,
        known: Option<&Release>,
        caller: &Caller,
        rule: PublishRule,
        context: &mut CommandContext<'_>,
    ) -> Result<Decided, Denial> {
        let account = caller.standing.account;
        let may = |action: Action, filing: &Filing| caller.standing.allow(action, Matter::Release(filing), rule);
        let by = Actor::Account(account);
        match self {
            Self::Create(asked) => {
                let release = Release::create(asked, by, context)?;
                let offices = release
                    .draft_shared()
                    .map(|shared| shared.offices.clone())
                    .unwrap_or_default();
                may(Action::CreateRelease, &Filing::of_new(account, offices))?;
                let locale = release.original_locale.clone();
                Ok(Decided { release, locale })
            }
            Self::Duplicate(_) => {
                let known = known.ok_or(Denial::NotFound)?;
                may(Action::ReadRelease, &Filing::of(known))?;
                let shared = known
                    .original()
                    .and_then(|original| original.shown_edition()?.shared.as_ref());
                let Some(shared) = shared else {
                    return Err(known
                        .wrong_state("its draft was discarded: restore an edition first")
                        .into());
                };
                may(Action::CreateRelease, &Filing::of_new(account, shared.offices.clone()))?;
                let release = known.duplicate(by, context);
                let locale = release.original_locale.clone();
                Ok(Decided { release, locale })
            }
            Self::Take { seen, step, .. } => {
                let known = known.ok_or(Denial::NotFound)?;
                step.decide(known, *seen, caller, rule, context)
            }
        }
    }
}

impl Step {
    /// What comes of it, if its caller may.
    pub(super) fn decide(
        &self,
        known: &Release,
        seen: i64,
        caller: &Caller,
        rule: PublishRule,
        context: &mut CommandContext<'_>,
    ) -> Result<Decided, Denial> {
        let account = caller.standing.account;
        let may = |action: Action, filing: &Filing| caller.standing.allow(action, Matter::Release(filing), rule);
        let filing = Filing::of(known);
        // Before its input is read, so that what they may not do says nothing of what is wrong with it.
        let locale = self.locale(known);
        let filing_as_asked = match (self, &locale) {
            (Self::Publish { .. } | Self::Schedule { .. }, Ok(locale)) => filing.clone().publishing(known, locale),
            _ => filing.clone(),
        };
        may(self.action(), &filing_as_asked)?;
        let locale = locale?;
        self.eyes(known, &locale, caller, context)?;
        let release = self.take(known, &locale, seen, Actor::Account(account), context)?;
        let refiles = matches!(self, Self::Update(_) | Self::Restore { .. } | Self::Rebase { .. });
        if let Some(refiled) = filing.refiled_as(&release).filter(|_| refiles) {
            may(Action::ChangeOffices, &refiled)?;
        }
        Ok(Decided { release, locale })
    }

    /// Lets them pass whose eyes the rules of the house ask for.
    fn eyes(
        &self,
        known: &Release,
        locale: &Locale,
        caller: &Caller,
        context: &CommandContext<'_>,
    ) -> Result<(), Denial> {
        let account = caller.standing.account;
        let is_too_low = |role| caller.standing.role < role;
        let forbidden = match self {
            Self::Publish { asked, .. }
            | Self::Schedule {
                asked: ScheduleTranslation { publish: asked, .. },
                ..
            } if asked.emergency.is_none() && known.needs_other_eyes(locale, account, context.house) => {
                "you have written this draft, and the rules of the house ask for another pair of eyes: ask another publisher, or give a reason where it is an emergency"
            }
            Self::Approve { .. } if known.needs_other_eyes(locale, account, context.house) => {
                "you have written this draft, and the rules of the house ask for another pair of eyes: ask somebody else to approve it"
            }
            Self::Endorse { .. } if known.cannot_endorse(locale).contains(&account) => {
                "you have written or published this yourself: it waits for somebody else"
            }
            // What an emergency went without is made good by nobody lower.
            Self::Approve { .. } | Self::Endorse { .. }
                if known.house_rules(context.house).approval.is_some_and(is_too_low) =>
            {
                "the rules of the house leave approving this to a higher role: see publishingRules"
            }
            _ => return Ok(()),
        };
        Err(Denial::Forbidden(forbidden))
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Update(_) => "update-release",
            Self::AddTranslation(_) => "add-translation",
            Self::UpdateTranslation { .. } => "update-translation",
            Self::Publish { .. } => "publish-translation",
            Self::Submit { .. } => "submit-draft",
            Self::RequestChanges { .. } => "request-changes",
            Self::Approve { .. } => "approve-draft",
            Self::Schedule { .. } => "schedule-translation",
            Self::Unschedule { .. } => "unschedule-translation",
            Self::Endorse { .. } => "endorse-emergency",
            Self::Discard { .. } => "discard-draft",
            Self::Rebase { .. } => "rebase-draft",
            Self::Restore { .. } => "restore-edition",
            Self::Confirm { .. } => "confirm-translation",
            Self::TakeDown { .. } => "take-down-translation",
            Self::ReinstateTranslation { .. } => "reinstate-translation",
            Self::Withdraw { .. } => "withdraw-release",
            Self::Remove { .. } => "remove-release",
            Self::Reinstate => "reinstate-release",
        }
    }

    const fn action(&self) -> Action {
        match self {
            Self::Update(_)
            | Self::AddTranslation(_)
            | Self::UpdateTranslation { .. }
            | Self::Submit { .. }
            | Self::Discard { .. }
            | Self::Rebase { .. }
            | Self::Restore { .. }
            | Self::Confirm { .. } => Action::EditRelease,
            Self::RequestChanges { .. } | Self::Approve { .. } => Action::Review,
            Self::Publish { .. } | Self::Schedule { .. } | Self::Unschedule { .. } | Self::Endorse { .. } => {
                Action::Publish
            }
            Self::Withdraw { .. } | Self::TakeDown { .. } => Action::Withdraw,
            Self::Remove { .. } => Action::Remove,
            Self::Reinstate | Self::ReinstateTranslation { .. } => Action::Reinstate,
        }
    }

    /// The locale of the translation that it is about.
    fn locale(&self, known: &Release) -> Result<Locale, Refusal> {
        let given = match self {
            Self::AddTranslation(AddTranslation { locale, .. })
            | Self::UpdateTranslation { locale, .. }
            | Self::Publish { locale, .. }
            | Self::Submit { locale }
            | Self::RequestChanges { locale, .. }
            | Self::Approve { locale }
            | Self::Schedule { locale, .. }
            | Self::Unschedule { locale }
            | Self::Endorse { locale }
            | Self::Discard { locale }
            | Self::Rebase { locale, .. }
            | Self::Restore { locale, .. }
            | Self::Confirm { locale }
            | Self::TakeDown { locale }
            | Self::ReinstateTranslation { locale } => locale,
            Self::Update(_) | Self::Withdraw { .. } | Self::Remove { .. } | Self::Reinstate => {
                return Ok(known.original_locale.clone());
            }
        };
        match given.parse::<Locale>() {
            Ok(locale) => Ok(locale),
            // All that is wrong with a new translation is told at once, where it is read.
            Err(_) if matches!(self, Self::AddTranslation(_)) => Ok(known.original_locale.clone()),
            Err(fault) => Err(Refusal::Invalid(vec![fault.at("locale")])),
        }
    }

    fn take(
        &self,
        known: &Release,
        locale: &Locale,
        seen: i64,
        by: Actor,
        context: &mut CommandContext<'_>,
    ) -> Result<Release, Refusal> {
        match self {
            Self::Update(asked) => known.update(asked, seen, by, context),
            Self::AddTranslation(asked) => known.add_translation(asked, seen, by, context),
            Self::UpdateTranslation { text, .. } => known.update_translation(locale, text, seen, by, context),
            Self::Publish { asked, .. } => known.publish_translation(locale, asked, seen, by, context),
            Self::Submit { .. } => known.submit(locale, seen, by, context),
            Self::RequestChanges { comment, .. } => known.request_changes(locale, comment, seen, by, context),
            Self::Approve { .. } => known.approve(locale, seen, by, context),
            Self::Schedule { asked, .. } => known.schedule_translation(locale, asked, seen, by, context),
            Self::Unschedule { .. } => known.unschedule(locale, seen, by, context),
            Self::Endorse { .. } => known.endorse(locale, seen, by, context),
            Self::Discard { .. } => known.discard_draft(locale, seen, by, context),
            Self::Rebase { resolutions, .. } => known.rebase_draft(locale, resolutions, seen, by, context),
            Self::Restore { slug, .. } => known.restore_edition(locale, slug.as_deref(), seen, by, context),
            Self::Confirm { .. } => known.confirm_translation(locale, seen, by, context),
            Self::TakeDown { .. } => known.take_down(locale, seen, by, context),
            Self::ReinstateTranslation { .. } => known.reinstate_translation(locale, seen, by, context),
            Self::Withdraw { notice } => known.withdraw(notice, seen, by, context),
            Self::Remove { reason } => known.remove(reason, seen, by, context),
            Self::Reinstate => known.reinstate(seen, by, context),
        }
    }
}
