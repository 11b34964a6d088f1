//! A command as it reaches the store: what is asked, of which release, whether its caller may, and what comes of it.

use serde::Serialize;

use super::super::{CommandContext, Release};
use super::{AddTranslation, CreateRelease, LocalNote, Patch, PublishTranslation, TextFields, UpdateRelease};
use crate::account::{Action, Caller, Filing, Matter, PublishRule};
use crate::audit::Actor;
use crate::refusal::{Denial, Refusal};
use crate::{Locale, ReleaseId, Slug};

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum ReleaseCommand {
    /// A new release.
    Create(CreateRelease),
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
            Self::Take { step, .. } => step.name(),
        }
    }

    /// The release that it is about, if there is one yet.
    #[must_use]
    pub const fn release(&self) -> Option<ReleaseId> {
        match self {
            Self::Create(_) => None,
            Self::Take { release, .. } => Some(*release),
        }
    }

    /// The slug that it asks for by name, if it is one.
    #[must_use]
    pub fn asked_slug(&self) -> Option<Slug> {
        let shared = match self {
            Self::Create(asked) => &asked.shared,
            Self::Take {
                step: Step::Update(asked),
                ..
            } => &asked.shared,
            Self::Take { .. } => return None,
        };
        match &shared.slug {
            Patch::Set(slug) => slug.parse().ok(),
            Patch::Keep => None,
        }
    }

    /// The title that a slug is to be made of, where one is.
    #[must_use]
    pub fn title_for_slug(&self) -> Option<&str> {
        match self {
            Self::Create(CreateRelease { shared, text, .. }) => match (&shared.slug, &text.title) {
                (Patch::Keep, Patch::Set(title)) => Some(title),
                _ => None,
            },
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
            Self::Take { seen, step, .. } => {
                let known = known.ok_or(Denial::NotFound)?;
                let filing = Filing::of(known);
                // Before its input is read, so that what they may not do says nothing of what is wrong with it.
                let locale = step.locale(known);
                let filing_as_asked = match (step, &locale) {
                    (Step::Publish { .. }, Ok(locale)) => filing.clone().publishing(known, locale),
                    _ => filing.clone(),
                };
                may(step.action(), &filing_as_asked)?;
                let locale = locale?;
                let release = step.take(known, &locale, *seen, by, context)?;
                if let Some(refiled) = filing.refiled_as(&release).filter(|_| matches!(step, Step::Update(_))) {
                    may(Action::ChangeOffices, &refiled)?;
                }
                Ok(Decided { release, locale })
            }
        }
    }
}

impl Step {
    const fn name(&self) -> &'static str {
        match self {
            Self::Update(_) => "update-release",
            Self::AddTranslation(_) => "add-translation",
            Self::UpdateTranslation { .. } => "update-translation",
            Self::Publish { .. } => "publish-translation",
            Self::Withdraw { .. } => "withdraw-release",
            Self::Remove { .. } => "remove-release",
            Self::Reinstate => "reinstate-release",
        }
    }

    const fn action(&self) -> Action {
        match self {
            Self::Update(_) | Self::AddTranslation(_) | Self::UpdateTranslation { .. } => Action::EditRelease,
            Self::Publish { .. } => Action::Publish,
            Self::Withdraw { .. } => Action::Withdraw,
            Self::Remove { .. } => Action::Remove,
            Self::Reinstate => Action::Reinstate,
        }
    }

    /// The locale of the translation that it is about.
    fn locale(&self, known: &Release) -> Result<Locale, Refusal> {
        let given = match self {
            Self::AddTranslation(AddTranslation { locale, .. })
            | Self::UpdateTranslation { locale, .. }
            | Self::Publish { locale, .. } => locale,
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
            Self::Withdraw { notice } => known.withdraw(notice, seen, by, context),
            Self::Remove { reason } => known.remove(reason, seen, by, context),
            Self::Reinstate => known.reinstate(seen, by, context),
        }
    }
}
