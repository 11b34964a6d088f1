//! Freezes: schedules that are held, by one act and with a reason, until they are resumed.

use serde::{Deserialize, Serialize};

use crate::account::{OfficeScope, Role, Standing};
use crate::refusal::Denial;
use crate::release::{Changed, Release};
use crate::taxonomy::Taxonomy;
use crate::text::Note;
use crate::{FreezeId, OfficeId, ThemeId};

/// Whose schedules are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FreezeScope {
    /// Everybody's.
    All,
    /// Those of releases of an office.
    Office(OfficeId),
    /// Those of releases under a theme, or under one below it.
    Theme(ThemeId),
}

/// Schedules that are held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freeze {
    /// Its identity.
    pub id: FreezeId,
    /// Whose.
    pub scope: FreezeScope,
    /// Why.
    pub reason: Note,
    /// Who began it, and when.
    pub begun: Changed,
}

impl FreezeScope {
    /// Lets them pass who may hold those schedules, and resume them: administrators, and publishers of that office or of
    /// all.
    ///
    /// # Errors
    /// `Forbidden`, with the mend.
    pub fn allow(self, standing: &Standing) -> Result<(), Denial> {
        let may = match (standing.role, &standing.scope, self) {
            (Role::Administrator, _, _) | (Role::Publisher, OfficeScope::All, _) => true,
            (Role::Publisher, scope, Self::Office(office)) => scope.includes(office),
            (Role::Author | Role::Editor | Role::Publisher, _, _) => false,
        };
        if may {
            return Ok(());
        }
        Err(Denial::Forbidden(
            "you may not hold these schedules: ask a publisher of that office or of all, or an administrator",
        ))
    }

    /// Whether it holds the schedules of a release: by what readers find it under, and by what its draft has.
    #[must_use]
    pub fn holds(self, release: &Release, taxonomy: &Taxonomy) -> bool {
        let mut shared = [release.live_shared(), release.draft_shared()].into_iter().flatten();
        match self {
            Self::All => true,
            Self::Office(office) => shared.any(|shared| shared.offices.contains(&office)),
            Self::Theme(theme) => shared.any(|shared| taxonomy.themes().closure(&shared.themes).contains(&theme)),
        }
    }
}
