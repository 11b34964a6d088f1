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

    /// It, with what was merged replaced by what it was merged into.
    #[must_use]
    pub fn brought_up(self, taxonomy: &Taxonomy) -> Self {
        match self {
            Self::All => Self::All,
            Self::Office(office) => Self::Office(taxonomy.current_office(office)),
            Self::Theme(theme) => Self::Theme(taxonomy.current_theme(theme)),
        }
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::release::test_desk::{Desk, set, titled};
    use crate::release::{CreateRelease, SharedFields};

    #[test]
    fn a_freeze_holds_what_readers_or_the_desk_find_under_it() {
        let mut desk = Desk::default();
        let under = |offices: &[&str], themes: &[&str]| SharedFields {
            offices: set(offices.iter().map(|slug| (*slug).to_owned()).collect()),
            themes: set(themes.iter().map(|slug| (*slug).to_owned()).collect()),
            ..SharedFields::default()
        };
        let draft = desk.create(CreateRelease {
            shared: under(&["odihr"], &[]),
            ..titled("Observers arrive")
        });
        let live = desk.publish(&draft, "en").unwrap();
        let moved = desk.refile(&live, under(&["vienna"], &["elections"])).unwrap();
        let [odihr, vienna] = [0xa1, 0xa2].map(|n| FreezeScope::Office(Uuid::from_u128(n).into()));
        let elections = FreezeScope::Theme(Uuid::from_u128(0xa3).into());
        let scopes = [FreezeScope::All, odihr, vienna, elections];
        let mut holds = |release| scopes.map(|scope| scope.holds(release, desk.context().taxonomy));
        assert_eq!(holds(&draft), [true, true, false, false]);
        assert_eq!(holds(&live), [true, true, false, false]);
        assert_eq!(holds(&moved), [true, true, true, true]);
    }
}
