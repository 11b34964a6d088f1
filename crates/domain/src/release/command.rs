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

mod bundle;
mod draft;
mod input;
mod plan;
mod publish;
mod release_command;
mod restore;
mod retract;
mod review;
#[cfg(test)]
pub(super) mod tests;

use super::{Changed, Release, Translation};
use crate::audit::Actor;
use crate::refusal::Refusal;
use crate::{Instant, Locale};

pub use bundle::{BundleCommand, BundleItem, BundleStep, DecidedBundle, due_failed, due_published};
pub use draft::{AddTranslation, CreateRelease, UpdateRelease};
pub use input::{AttachmentFields, BodyFields, Patch, SharedFields, TextFields};
pub use plan::ScheduleTranslation;
pub use publish::{Correction, CorrectionLevel, PublishTranslation, Waiver};
pub use release_command::{Decided, ReleaseCommand, Step};
pub use restore::{DraftField, Resolution, Side};
pub use retract::LocalNote;

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
        Err(Refusal::Stale {
            locale: Some(locale.clone()),
            seen,
            current: known.version,
            changed: Some(known.changed),
        })
    }

    /// Its original, if its version is the one that the caller has seen.
    fn original_seen(&self, seen: i64) -> Result<&Translation, Refusal> {
        self.seen_in(&self.original_locale, seen)
    }

    /// A refusal for the state that it is in.
    fn wrong_state(&self, message: impl Into<String>) -> Refusal {
        Refusal::WrongState {
            state: Some(self.state()),
            message: message.into(),
        }
    }

    /// This release with another translation in a locale, its version raised.
    fn with_next(&self, locale: &Locale, mut translation: Translation, by: Actor, now: Instant) -> Self {
        translation.version += 1;
        translation.changed = Changed { by, at: now };
        let mut release = self.clone();
        release.translations.insert(locale.clone(), translation);
        release
    }
}
