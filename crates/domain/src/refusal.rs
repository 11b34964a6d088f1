//! Why somebody at the desk does not get what they ask for.

use serde::{Deserialize, Serialize};

use crate::fault::{Faults, FieldFault};
use crate::release::{Changed, ReleaseState};
use crate::{Locale, Slug};

/// Why a command is refused. What it is about stays as it is.
///
/// A refusal is an outcome: it is kept under the caller's idempotency key as what was done would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    /// What was asked is faulty: all its faults, each with its path in the input.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<FieldFault>),
    /// The caller has seen another version than the one that there is.
    #[error("{}it is at version {current}, and you have seen {seen}: read it again and repeat what you want of it", .locale.as_ref().map(|locale| format!("{locale}: ")).unwrap_or_default())]
    Stale {
        /// The translation whose version it is, where it is one's.
        locale: Option<Locale>,
        /// The version that the caller named.
        seen: i64,
        /// The version that there is.
        current: i64,
        /// Who made that version, and when, where that is known.
        changed: Option<Changed>,
    },
    /// It cannot be done to what it is about as that is now.
    #[error("{message}")]
    WrongState {
        /// The state of the release that it is about, where it is about one.
        state: Option<ReleaseState>,
        /// Why not, and the mend.
        message: String,
    },
    /// The slug that was asked for is another one's: another office's, theme's or content type's, or another release's
    /// address, draft's address or redirect. Of a release's, whoever stores what was decided finds it out.
    #[error("the slug “{0}” is taken: ask for another, or for none to have one made")]
    SlugTaken(Slug),
}

impl Refusal {
    /// A refusal for one fault.
    #[must_use]
    pub fn of(path: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldFault::new(path, code, message)])
    }

    /// A refusal for these faults. There is at least one wherever this is called, since a value could not be read.
    pub(crate) fn all(faults: Faults) -> Self {
        Self::Invalid(faults.into_vec())
    }
}

/// Why somebody does not get what they ask for: for want of rights, or because it cannot be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denial {
    /// There is no such thing, or none for them.
    NotFound,
    /// They may know of it, but not do that. Says what they may not, and the mend.
    Forbidden(&'static str),
    /// It cannot be done.
    Refused(Refusal),
}

impl From<Refusal> for Denial {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
