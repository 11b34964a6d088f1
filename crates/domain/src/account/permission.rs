//! The one table of permissions.
//!
//! [`Action::grants`] says what each role is granted of each action; [`Standing::may`] answers for one caller and one
//! release. A role is granted what those before it are granted, too.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{OfficeScope, Role, Standing};
use crate::refusal::Denial;
use crate::release::Release;
use crate::{AccountId, Locale, OfficeId};

/// What somebody wants to do at the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Read a release with its drafts, and say something of them.
    ReadRelease,
    /// Create a release.
    CreateRelease,
    /// Save a draft of a release, in any locale, with its offices as they are; say whose work a translation is.
    EditRelease,
    /// Save a draft of a release that files it under other offices.
    ChangeOffices,
    /// Approve a draft, or request changes.
    Review,
    /// Publish a translation, now or at an instant.
    Publish,
    /// Withdraw a release.
    Withdraw,
    /// Remove a release.
    Remove,
    /// Undo a withdrawal or a removal.
    Reinstate,
    /// Create and change offices, themes and content types.
    KeepTaxonomy,
    /// Create, change and suspend accounts, and see them.
    KeepAccounts,
    /// Change the rules of the house.
    KeepRules,
    /// Read the whole audit trail.
    ReadAudit,
    /// Create and change webhooks, and see what became of their deliveries.
    KeepWebhooks,
}

/// What a role is granted of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// Nothing.
    Nothing,
    /// With releases that they created.
    Own,
    /// With releases that they created, until these are published.
    OwnDrafts,
    /// The same, if the offices before and after have one of theirs among them, or are none.
    OwnDraftsInScope,
    /// With releases of which one office is theirs; where offices change, before and after.
    OneOffice,
    /// With releases of which all offices are theirs (or one, by [`PublishRule`]).
    EveryOffice,
    /// With everything, whatever the offices.
    Everything,
}

/// How many of a release's offices one needs rights on to publish, withdraw, remove or reinstate it: a setting of the newsroom.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PublishRule {
    /// On all of them.
    #[default]
    EveryOffice,
    /// On one of them.
    OneOffice,
}

/// Whether somebody may do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// They may.
    Allowed,
    /// They may not, and may know of what: `FORBIDDEN`.
    Forbidden,
    /// They may not even read it at the desk, so that there is no such thing for them: `NOT_FOUND`.
    Hidden,
}

/// Which releases somebody may read at the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readable {
    /// All of them.
    Everything,
    /// Those that an account created, and those of these offices, whether readers find them there or their drafts are.
    Some {
        /// The account.
        created_by: AccountId,
        /// The offices.
        offices: BTreeSet<OfficeId>,
    },
}

impl Readable {
    /// Whether a release is among them.
    #[must_use]
    pub fn includes(&self, release: &Release) -> bool {
        match self {
            Self::Everything => true,
            Self::Some { created_by, offices } => {
                release.created_by == Some(*created_by) || !release.desk_offices().is_disjoint(offices)
            }
        }
    }
}

/// What something is to be done to.
#[derive(Debug, Clone, Copy)]
pub enum Matter<'a> {
    /// The newsroom: its taxonomy, its accounts.
    Newsroom,
    /// A release that is there, or would be.
    Release(&'a Filing),
}

/// What permissions go by in a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filing {
    created_by: Option<AccountId>,
    published: bool,
    /// The offices that readers find it under, if it has ever been published, or else those of its draft.
    public: Vec<OfficeId>,
    /// The offices that the desk sees it under.
    desk: Vec<OfficeId>,
    /// The offices that it would be under.
    next: Option<Vec<OfficeId>>,
}

impl Filing {
    /// A release as it is.
    #[must_use]
    pub fn of(release: &Release) -> Self {
        let live = release.live_shared();
        let desk = release.desk_shared();
        let offices = |shared: Option<&crate::release::Shared>| shared.map(|s| s.offices.clone()).unwrap_or_default();
        Self {
            created_by: release.created_by,
            published: live.is_some(),
            public: offices(live.or(desk)),
            desk: offices(desk),
            next: None,
        }
    }

    /// A release that somebody wants to create under these offices.
    #[must_use]
    pub fn of_new(created_by: AccountId, offices: Vec<OfficeId>) -> Self {
        Self {
            created_by: Some(created_by),
            published: false,
            public: offices.clone(),
            desk: offices,
            next: None,
        }
    }

    /// The same, to be filed under these offices from now on: for [`Action::ChangeOffices`].
    #[must_use]
    pub fn filed_under(mut self, offices: Vec<OfficeId>) -> Self {
        self.next = Some(offices);
        self
    }

    /// The same, for a command of which this came: for [`Action::ChangeOffices`] where it files the draft otherwise,
    /// `None` where the offices stay and [`Action::EditRelease`] is all that is asked.
    #[must_use]
    pub fn refiled_as(self, after: &Release) -> Option<Self> {
        let next = after.desk_shared()?.offices.clone();
        (next != self.desk).then(|| self.filed_under(next))
    }

    /// The same, for publishing the text in a locale: the original's draft takes the offices that it has live with it.
    #[must_use]
    pub fn publishing(self, release: &Release, locale: &Locale) -> Self {
        let draft = release.draft_shared().filter(|_| *locale == release.original_locale);
        match draft.map(|shared| shared.offices.clone()) {
            Some(offices) => self.filed_under(offices),
            None => self,
        }
    }

    /// The sets of offices that an action needs rights on, each of them.
    fn sets(&self, action: Action) -> impl Iterator<Item = &[OfficeId]> {
        let current = match action {
            Action::Publish | Action::Withdraw | Action::Remove | Action::Reinstate => &self.public,
            Action::ReadRelease
            | Action::CreateRelease
            | Action::EditRelease
            | Action::ChangeOffices
            | Action::Review
            | Action::KeepTaxonomy
            | Action::KeepAccounts
            | Action::KeepRules
            | Action::ReadAudit
            | Action::KeepWebhooks => &self.desk,
        };
        let next = match action {
            Action::ChangeOffices | Action::Publish => self.next.as_deref(),
            _ => None,
        };
        [current.as_slice()].into_iter().chain(next)
    }
}

impl Action {
    /// All actions.
    pub const ALL: [Self; 14] = [
        Self::ReadRelease,
        Self::CreateRelease,
        Self::EditRelease,
        Self::ChangeOffices,
        Self::Review,
        Self::Publish,
        Self::Withdraw,
        Self::Remove,
        Self::Reinstate,
        Self::KeepTaxonomy,
        Self::KeepAccounts,
        Self::KeepRules,
        Self::ReadAudit,
        Self::KeepWebhooks,
    ];

    /// What the roles are granted of it: author, editor, publisher, administrator.
    #[must_use]
    pub const fn grants(self) -> [Grant; 4] {
        use Grant::{EveryOffice, Everything, Nothing, OneOffice, Own, OwnDrafts, OwnDraftsInScope};
        match self {
            Self::ReadRelease => [Own, OneOffice, OneOffice, Everything],
            Self::CreateRelease | Self::ChangeOffices => [OwnDraftsInScope, OneOffice, OneOffice, Everything],
            Self::EditRelease => [OwnDrafts, OneOffice, OneOffice, Everything],
            Self::Review => [Nothing, OneOffice, OneOffice, Everything],
            Self::Publish | Self::Withdraw | Self::Remove | Self::Reinstate => {
                [Nothing, Nothing, EveryOffice, Everything]
            }
            Self::KeepTaxonomy | Self::KeepAccounts | Self::KeepRules | Self::ReadAudit | Self::KeepWebhooks => {
                [Nothing, Nothing, Nothing, Everything]
            }
        }
    }

    /// What somebody is told who may not.
    #[must_use]
    pub const fn forbidden(self) -> &'static str {
        match self {
            Self::ReadRelease => "you may not read this release at the desk",
            Self::CreateRelease => "you may not create a release under these offices: file it under one of yours",
            Self::EditRelease => {
                "you may neither save a draft of this release nor assign it: ask an editor of one of its offices"
            }
            Self::ChangeOffices => {
                "you may not file this release so: that needs rights on the offices before and after"
            }
            Self::Review => "you may not approve this draft or request changes: ask an editor of one of its offices",
            Self::Publish => "you may not publish this: ask a publisher of all its offices",
            Self::Withdraw => "you may not withdraw this release: ask a publisher of all its offices",
            Self::Remove => "you may not remove this release: ask a publisher of all its offices",
            Self::Reinstate => "you may not reinstate this release: ask a publisher of all its offices",
            Self::KeepTaxonomy => "you may not change offices, themes and content types: ask an administrator",
            Self::KeepAccounts => "you may not see or change accounts: ask an administrator",
            Self::KeepRules => "you may not change the rules of the house: ask an administrator",
            Self::ReadAudit => "you may not read the whole audit trail: ask an administrator",
            Self::KeepWebhooks => "you may not see or change webhooks: ask an administrator",
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::ReadRelease => "Read a release with its drafts, and comment on them",
            Self::CreateRelease => "Create a release",
            Self::EditRelease => "Save a draft, and assign a translation",
            Self::ChangeOffices => "File a draft under other offices",
            Self::Review => "Approve a draft, or request changes",
            Self::Publish => "Publish a translation, now or at an instant",
            Self::Withdraw => "Withdraw a release",
            Self::Remove => "Remove a release",
            Self::Reinstate => "Reinstate a release",
            Self::KeepTaxonomy => "Keep offices, themes and content types",
            Self::KeepAccounts => "Keep accounts",
            Self::KeepRules => "Keep the rules of the house",
            Self::ReadAudit => "Read the whole audit trail",
            Self::KeepWebhooks => "Keep webhooks",
        }
    }
}

impl Grant {
    const fn description(self) -> &'static str {
        match self {
            Self::Nothing => "no",
            Self::Own => "their own",
            Self::OwnDrafts => "their own drafts",
            Self::OwnDraftsInScope => "their own drafts, within their offices or none",
            Self::OneOffice => "where one office is theirs",
            Self::EveryOffice => "where all offices are theirs",
            Self::Everything => "yes",
        }
    }
}

impl Standing {
    /// Whether they may do that. Creating is never hidden, since there is nothing yet that could be.
    #[must_use]
    pub fn may(&self, action: Action, matter: Matter<'_>, rule: PublishRule) -> Verdict {
        let hidden = || match matter {
            Matter::Newsroom => false,
            Matter::Release(_) => !self.is_granted(Action::ReadRelease, matter, rule),
        };
        if self.is_granted(action, matter, rule) {
            Verdict::Allowed
        } else if action != Action::CreateRelease && hidden() {
            Verdict::Hidden
        } else {
            Verdict::Forbidden
        }
    }

    /// Lets them pass who may do that.
    ///
    /// # Errors
    /// What they are told who may not.
    pub fn allow(&self, action: Action, matter: Matter<'_>, rule: PublishRule) -> Result<(), Denial> {
        match self.may(action, matter, rule) {
            Verdict::Allowed => Ok(()),
            Verdict::Forbidden => Err(Denial::Forbidden(action.forbidden())),
            Verdict::Hidden => Err(Denial::NotFound),
        }
    }

    /// Which releases they may read at the desk: what [`Action::ReadRelease`] says of each, for a list of them.
    #[must_use]
    pub fn readable(&self) -> Readable {
        let all_offices = self.scope == OfficeScope::All && self.role >= Role::Editor;
        if all_offices || self.role == Role::Administrator {
            return Readable::Everything;
        }
        Readable::Some {
            created_by: self.account,
            offices: match &self.scope {
                OfficeScope::Only(offices) if self.role >= Role::Editor => offices.clone(),
                OfficeScope::Only(_) | OfficeScope::All => BTreeSet::new(),
            },
        }
    }

    fn is_granted(&self, action: Action, matter: Matter<'_>, rule: PublishRule) -> bool {
        let granted = Role::ALL.into_iter().zip(action.grants());
        granted
            .filter(|(role, _)| *role <= self.role)
            .any(|(_, grant)| match (grant, matter) {
                (Grant::Everything, _) => true,
                (Grant::Nothing, _) | (_, Matter::Newsroom) => false,
                (grant, Matter::Release(filing)) => self.reaches(grant, action, filing, rule),
            })
    }

    /// Whether what is granted reaches that release.
    fn reaches(&self, grant: Grant, action: Action, filing: &Filing, rule: PublishRule) -> bool {
        let own = filing.created_by == Some(self.account);
        let one = |offices: &[OfficeId]| offices.iter().any(|office| self.scope.includes(*office));
        let every = |offices: &[OfficeId]| offices.iter().all(|office| self.scope.includes(*office));
        let all_offices = self.scope == OfficeScope::All;
        let mut sets = filing.sets(action);
        match grant {
            Grant::Nothing => false,
            Grant::Everything => true,
            Grant::Own => own,
            Grant::OwnDrafts => own && !filing.published,
            Grant::OwnDraftsInScope => {
                own && !filing.published && sets.all(|offices| offices.is_empty() || one(offices))
            }
            // What readers have under an office of theirs they may read, even if a draft files it elsewhere.
            Grant::OneOffice if action == Action::ReadRelease => {
                all_offices || one(&filing.public) || one(&filing.desk)
            }
            Grant::OneOffice => all_offices || sets.all(one),
            Grant::EveryOffice => {
                all_offices
                    || sets.all(|offices| match rule {
                        PublishRule::EveryOffice => !offices.is_empty() && every(offices),
                        PublishRule::OneOffice => one(offices),
                    })
            }
        }
    }
}

/// The table as Markdown, with what has to be said beside it.
#[must_use]
pub fn permissions_as_markdown() -> String {
    let mut table = String::from("| |");
    for role in Role::ALL {
        let _infallible = write!(table, " {} |", role.as_str());
    }
    table.push_str("\n|---|---|---|---|---|\n");
    for action in Action::ALL {
        let _infallible = write!(table, "| {} |", action.description());
        for grant in action.grants() {
            let _infallible = write!(table, " {} |", grant.description());
        }
        table.push('\n');
    }
    table.push_str(
        "
Each role may also do what those before it may.

- *Their own* is what they created. It is a *draft* until its original is published.
- *Where one office is theirs*: one of the release's offices is in their scope. Where a command changes the offices,
  this holds for those before and those after.
- *Where all offices are theirs*: likewise for each of the release's offices, and for those that a draft brings along
  when it is published. The newsroom may be set to ask for one of them only.
- A release without an office is for those whose scope is all offices, and for the author of a draft.
- What somebody may not read is `NOT_FOUND` to them; what they may read but not do is `FORBIDDEN`.
",
    );
    table
}
