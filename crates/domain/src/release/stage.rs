//! Where a draft is on its way to readers.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Changed, Release, Translation};
use crate::schedule::Schedule;
use crate::text::Note;
use crate::{AccountId, BundleId, Instant, Locale};

/// Where a draft is on its way to readers. Each stage holds what only that stage knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// It is being written. A save brings every draft back here.
    Written {
        /// Set where changes were requested of it and nothing has been saved since.
        returned: Option<Returned>,
    },
    /// It waits for somebody to approve it or to ask for changes.
    InReview {
        /// Who submitted it, and when.
        submitted: Changed,
    },
    /// It may go live.
    Approved {
        /// Who approved it, and when.
        approved: Changed,
    },
    /// It goes live at an instant. It is not edited meanwhile.
    Scheduled(Box<Planned>),
    /// It was to go live at an instant, and could not.
    Failed(Box<FailedPlan>),
}

/// What was said when changes were requested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// Who requested them, and when.
    pub requested: Changed,
    /// Which.
    pub comment: Note,
}

/// What is going to be published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// When.
    pub schedule: Schedule,
    /// Who scheduled it, and when.
    pub planned: Changed,
    /// Who approved it, where that was a step of its own.
    pub approved: Option<Changed>,
    /// The public note, where it is a MAJOR correction.
    pub change_note: Option<Note>,
    /// Why it goes live though another pair of eyes has not seen it, where it does.
    pub emergency: Option<Note>,
    /// The bundle that it goes live with, all of it or nothing.
    pub bundle: Option<BundleId>,
}

/// What could not be published when it was to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedPlan {
    /// What was planned.
    pub plan: Planned,
    /// When it was given up.
    pub at: Instant,
    /// Why, with the mend.
    pub reason: String,
}

/// The stages, without what they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StageName {
    /// [`Stage::Written`].
    Written,
    /// [`Stage::InReview`].
    InReview,
    /// [`Stage::Approved`].
    Approved,
    /// [`Stage::Scheduled`].
    Scheduled,
    /// [`Stage::Failed`].
    Failed,
}

impl StageName {
    /// All stages.
    pub const ALL: [Self; 5] = [
        Self::Written,
        Self::InReview,
        Self::Approved,
        Self::Scheduled,
        Self::Failed,
    ];

    /// The stage's name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::InReview => "in-review",
            Self::Approved => "approved",
            Self::Scheduled => "scheduled",
            Self::Failed => "failed",
        }
    }
}

/// What the desk finds a release by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// It has a draft at a stage.
    Draft(StageName),
    /// It has a translation that is behind the original.
    Behind,
    /// It has something that went live in an emergency, and waits for a second approval.
    Emergency,
}

impl Mark {
    /// The mark's name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft(stage) => stage.as_str(),
            Self::Behind => "behind",
            Self::Emergency => "emergency",
        }
    }
}

impl Translation {
    /// What is going to be published of it, where something is.
    #[must_use]
    pub fn planned(&self) -> Option<&Planned> {
        self.draft.as_ref()?.stage.planned()
    }
}

impl Release {
    /// What is going to be published in a locale, where something is.
    #[must_use]
    pub fn planned(&self, locale: &Locale) -> Option<&Planned> {
        self.translations.get(locale)?.planned()
    }

    /// What the desk finds it by.
    #[must_use]
    pub fn marks(&self) -> BTreeSet<Mark> {
        let drafts = self.translations.values().filter_map(|text| text.draft.as_ref());
        let mut marks: BTreeSet<Mark> = drafts.map(|draft| Mark::Draft(draft.stage.name())).collect();
        let mut texts = self.translations.values().filter_map(|text| text.live.as_ref());
        if texts.any(|live| live.emergency.is_some()) {
            marks.insert(Mark::Emergency);
        }
        if self.translations.keys().any(|locale| self.behind(locale).is_some()) {
            marks.insert(Mark::Behind);
        }
        marks
    }
}

impl Default for Stage {
    fn default() -> Self {
        Self::Written { returned: None }
    }
}

impl Stage {
    /// Which stage it is.
    #[must_use]
    pub const fn name(&self) -> StageName {
        match self {
            Self::Written { .. } => StageName::Written,
            Self::InReview { .. } => StageName::InReview,
            Self::Approved { .. } => StageName::Approved,
            Self::Scheduled(_) => StageName::Scheduled,
            Self::Failed(_) => StageName::Failed,
        }
    }

    /// Who approved the draft, where somebody did as a step of its own.
    #[must_use]
    pub fn approved(&self) -> Option<Changed> {
        match self {
            Self::Written { .. } | Self::InReview { .. } => None,
            Self::Approved { approved } => Some(*approved),
            Self::Scheduled(plan) => plan.approved,
            Self::Failed(failed) => failed.plan.approved,
        }
    }

    /// What is going to be published, where something is.
    #[must_use]
    pub fn planned(&self) -> Option<&Planned> {
        match self {
            Self::Scheduled(plan) => Some(plan),
            Self::Written { .. } | Self::InReview { .. } | Self::Approved { .. } | Self::Failed(_) => None,
        }
    }
}

/// What went live without another pair of eyes, until those have seen it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Emergency {
    /// Who published it, and when.
    pub published: Changed,
    /// Why.
    pub reason: Note,
    /// Who had written it: none of them can be the second to approve it.
    pub writers: BTreeSet<AccountId>,
}

impl Emergency {
    /// The same, where an earlier one has not been seen by anybody else yet: those behind that one cannot make this one good.
    pub(super) fn after(mut self, earlier: Self) -> Self {
        self.writers.extend(earlier.writers);
        self.writers.extend(earlier.published.by.account());
        self
    }
}
