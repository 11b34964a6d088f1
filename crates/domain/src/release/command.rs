//! The desk's commands: what editors may do to a release, and why not.
//!
//! A command is a function of the release as it is, of what was asked, of the version that the caller has seen, and
//! of a [`CommandContext`](super::CommandContext). It answers the release as it will be, or a [`Refusal`], and touches
//! nothing. Who may ask for it is decided before, in [`account`](crate::account).
//!
//! - An accepted command raises the version of the translation that it is about by one: of the original, where it is
//!   about the shared fields or the whole release. A new translation begins with version 1; adding one needs the
//!   original's version and leaves it, so that two colleagues can add two languages at once.
//! - An accepted save appends one edition, which is never changed again, and the draft points to it. A save that
//!   changes nothing appends none and answers the release as it is, its version too.
//! - A stale version is refused before anything else is looked at, since what else is wrong may come of it. After
//!   that comes the state, and after that all faults of the input at once.

mod draft;
mod input;
mod publish;
mod retract;
#[cfg(test)]
pub(super) mod tests;

use super::{Release, ReleaseState, Translation};
use crate::audit::Actor;
use crate::fault::{Faults, FieldFault};
use crate::{Instant, Locale, Slug};

pub use draft::{AddTranslation, CreateRelease, UpdateRelease};
pub use input::{AttachmentFields, BodyFields, Patch, SharedFields, TextFields};
pub use publish::{Correction, CorrectionLevel, PublishTranslation};
pub use retract::LocalNote;

/// Why a command is refused. The release stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// What was asked is faulty: all its faults, each with its path in the input.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<FieldFault>),
    /// The caller has seen another version than the one that there is.
    #[error("{locale} is at version {current}, and you have seen {seen}: read it again and repeat what you want of it")]
    Stale {
        /// The translation whose version it is.
        locale: Locale,
        /// The version that the caller named.
        seen: i64,
        /// The version that there is.
        current: i64,
        /// The newest save of it that is still there. A later command that saved nothing is in the audit trail alone.
        last_save: Option<LastSave>,
    },
    /// It cannot be done to a release in its state.
    #[error("{message}")]
    WrongState {
        /// The state that the release is in.
        state: ReleaseState,
        /// Why not, and the mend.
        message: String,
    },
    /// The slug that was asked for is another release's address, draft's address or redirect. No command answers this:
    /// whoever stores what one answers finds it out.
    #[error("the slug “{0}” is taken: ask for another, or for none to have one made from the title")]
    SlugTaken(Slug),
}

/// Who saved a text last, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastSave {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Instant,
}

impl Refusal {
    /// A refusal for one fault.
    fn of(path: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldFault::new(path, code, message)])
    }

    /// A refusal for these faults. There is at least one wherever this is called, since a value could not be read.
    fn all(faults: Faults) -> Self {
        Self::Invalid(faults.into_vec())
    }
}

impl Release {
    /// The translation in a locale, if its version is the one that the caller has seen.
    fn seen_in(&self, locale: &Locale, seen: i64) -> Result<&Translation, Refusal> {
        let Some(known) = self.translations.get(locale) else {
            return Err(Refusal::of(
                "locale",
                "NO_TRANSLATION",
                format!("this release has no translation in {locale}: add it first"),
            ));
        };
        if known.version == seen {
            return Ok(known);
        }
        let editions = [
            known.live.as_ref().map(|live| &live.edition),
            known.draft.as_ref().map(|draft| &draft.edition),
        ];
        let newest = editions.into_iter().flatten().max_by_key(|edition| edition.number);
        Err(Refusal::Stale {
            locale: locale.clone(),
            seen,
            current: known.version,
            last_save: newest.map(|edition| LastSave {
                by: edition.saved_by,
                at: edition.saved_at,
            }),
        })
    }

    /// Its original, if its version is the one that the caller has seen.
    fn original_seen(&self, seen: i64) -> Result<&Translation, Refusal> {
        self.seen_in(&self.original_locale, seen)
    }

    /// A refusal for the state that it is in.
    fn wrong_state(&self, message: impl Into<String>) -> Refusal {
        Refusal::WrongState {
            state: self.state(),
            message: message.into(),
        }
    }

    /// This release with another translation in a locale, its version raised.
    fn with_next(&self, locale: &Locale, mut translation: Translation) -> Self {
        translation.version += 1;
        let mut release = self.clone();
        release.translations.insert(locale.clone(), translation);
        release
    }
}
