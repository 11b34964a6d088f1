//! Where a draft is on its way to readers, and how far a translation is behind.

use async_graphql::{Enum, Object, SimpleObject};
use newsroom_domain::release;

use super::{
    edition::Surroundings,
    people::{Actor, Changed},
};
use crate::graphql::scalars::{DateTime, PlainUuid};

/// Where a draft is on its way to readers.
#[derive(Debug, Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "newsroom_domain::release::StageName")]
pub(crate) enum DraftStage {
    /// It is being written. Every save brings a draft back here.
    Written,
    /// It waits for somebody to approve it or to request changes.
    InReview,
    /// It may go live.
    Approved,
    /// It goes live at an instant. It is not edited meanwhile.
    Scheduled,
    /// It was to go live at an instant, and could not: see `scheduleFailure`.
    Failed,
}

/// Changes that were requested of a draft.
#[derive(SimpleObject)]
pub(crate) struct RequestedChanges {
    /// Who requested them.
    by: Actor,
    /// When, in UTC.
    at: DateTime,
    /// Which changes, as plain text: escape it for HTML.
    comment: String,
}

impl RequestedChanges {
    pub(super) fn of(stage: &release::Stage, with: Surroundings<'_>) -> Option<Self> {
        let release::Stage::Written {
            returned: Some(returned),
        } = stage
        else {
            return None;
        };
        Some(Self {
            by: Actor::new(returned.requested.by, with.people),
            at: DateTime(returned.requested.at),
            comment: returned.comment.to_string(),
        })
    }
}

pub(crate) struct Schedule<'a> {
    pub(super) plan: &'a release::Planned,
    pub(super) with: Surroundings<'a>,
}

/// When a draft goes live, by itself.
#[Object]
impl Schedule<'_> {
    /// The instant, in UTC.
    async fn at(&self) -> DateTime {
        DateTime(self.plan.schedule.at)
    }

    /// The local date and time that it was given as, `YYYY-MM-DDTHH:MM:SS`. Null where it was given as an instant.
    async fn local_time(&self) -> Option<&str> {
        self.plan.schedule.local.as_ref().map(|local| local.time.as_str())
    }

    /// The zone of `localTime`, by its name in the IANA time zone database.
    async fn time_zone(&self) -> Option<&str> {
        self.plan.schedule.local.as_ref().map(|local| local.zone.as_str())
    }

    /// Who scheduled it, and when. They must still be allowed to publish it when its time has come.
    async fn scheduled(&self) -> Changed {
        Changed::new(self.plan.planned, self.with.people)
    }

    /// The bundle that it goes live with, all of it or nothing: its UUID. Null where it goes live alone.
    async fn bundle(&self) -> Option<PlainUuid> {
        self.plan.bundle.map(|bundle| PlainUuid(bundle.uuid()))
    }

    /// The public note that it goes live with. Null where it is no `MAJOR` correction.
    async fn change_note(&self) -> Option<String> {
        self.plan.change_note.as_ref().map(ToString::to_string)
    }
}

pub(crate) struct ScheduleFailure<'a> {
    pub(super) failed: &'a release::FailedPlan,
    pub(super) with: Surroundings<'a>,
}

/// Why a draft did not go live when it was to.
#[Object]
impl ScheduleFailure<'_> {
    /// When it was given up, in UTC. It is not tried again by itself.
    async fn at(&self) -> DateTime {
        DateTime(self.failed.at)
    }

    /// Why, with the mend.
    async fn reason(&self) -> &str {
        &self.failed.reason
    }

    /// The schedule that was not kept.
    async fn schedule(&self) -> Schedule<'_> {
        Schedule {
            plan: &self.failed.plan,
            with: self.with,
        }
    }
}

/// How far a translation is behind its original.
#[derive(SimpleObject)]
pub(crate) struct Behind {
    /// How many texts of the original have gone live since the one that it follows.
    texts: i32,
    /// When the first of these went live, in UTC.
    since: DateTime,
}

impl From<release::Behind> for Behind {
    fn from(behind: release::Behind) -> Self {
        Self {
            texts: i32::try_from(behind.texts).unwrap_or(i32::MAX),
            since: DateTime(behind.since),
        }
    }
}

/// What went live in an emergency, until a second pair of eyes has approved it.
#[derive(SimpleObject)]
pub(crate) struct Emergency {
    /// Who published it, and when.
    published: Changed,
    /// Why it went live without another pair of eyes.
    reason: String,
}

impl Emergency {
    pub(super) fn new(emergency: &release::Emergency, with: Surroundings<'_>) -> Self {
        Self {
            published: Changed::new(emergency.published, with.people),
            reason: emergency.reason.to_string(),
        }
    }
}
