//! Freezes: schedules that are held, by one act and with a reason, until they are resumed.

use serde::{Deserialize, Serialize};

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
