//! Commands that keep the taxonomy: what administrators may do to offices, themes and content types, and why not.
//!
//! A command is a function of the taxonomy as it is, of who asks and of the version that they have seen. It answers what
//! becomes of one entry, or a [`Denial`], and touches nothing.
//!
//! - Rights are looked at first, then whether there is such an entry, then its version, since what else is wrong may come
//!   of a stale one; then all faults of the input at once, and last whether the slug is another one's.
//! - Every change raises the entry's version by one. A command that changes nothing leaves it.
//! - What is in use is not deleted, but can be merged into another. Themes below one are seen here; what else has an entry in
//!   use is found out by whoever stores the command, and refused by [`Entry::in_use`].

mod entry;
mod input;
mod merge;
#[cfg(test)]
mod tests;

use serde::Serialize;
use uuid::Uuid;

pub use entry::{Entry, UsedBy};
pub use input::{ContentTypeFields, MOST_NAMES, NameFields, OfficeFields, ThemeFields};
pub use merge::Merging;

use self::entry::Kept;
use self::input::Fields;
use super::Taxonomy;
use crate::account::{Action, Matter, PublishRule, Standing};
use crate::change::ChangeKind;
use crate::refusal::{Denial, Refusal};
use crate::{ContentTypeId, OfficeId, ThemeId};

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum TaxonomyCommand {
    /// Of an office.
    Office(EntryCommand<OfficeId, OfficeFields>),
    /// Of a theme.
    Theme(EntryCommand<ThemeId, ThemeFields>),
    /// Of a content type.
    ContentType(EntryCommand<ContentTypeId, ContentTypeFields>),
}

/// What is to be done to one entry, or to make one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum EntryCommand<Id, Fields> {
    /// A new one.
    Create(Fields),
    /// Other fields.
    Update {
        /// Of which one.
        id: Id,
        /// The version that the caller has seen.
        seen: i64,
        /// The fields.
        fields: Fields,
    },
    /// It is deleted.
    Delete {
        /// Which one.
        id: Id,
        /// The version that the caller has seen.
        seen: i64,
    },
    /// It is merged into another.
    Merge {
        /// Which one, which is gone then.
        id: Id,
        /// The version of it that the caller has seen.
        seen: i64,
        /// Into which. The path is `into`.
        into: Id,
    },
}

/// What becomes of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// It is new.
    Created(Entry),
    /// It is another.
    Updated {
        /// What it was.
        before: Entry,
        /// What it is.
        after: Entry,
    },
    /// It is as it was.
    Unchanged(Entry),
    /// It is no more, if nothing has it in use.
    Deleted(Entry),
    /// It is no more, and another is there in its stead.
    Merged(Box<Merging>),
}

impl TaxonomyCommand {
    /// The command's name in the audit trail.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        use EntryCommand::{Create, Delete, Merge, Update};
        match self {
            Self::Office(Create(_)) => "create-office",
            Self::Office(Update { .. }) => "update-office",
            Self::Office(Delete { .. }) => "delete-office",
            Self::Office(Merge { .. }) => "merge-office",
            Self::Theme(Create(_)) => "create-theme",
            Self::Theme(Update { .. }) => "update-theme",
            Self::Theme(Delete { .. }) => "delete-theme",
            Self::Theme(Merge { .. }) => "merge-theme",
            Self::ContentType(Create(_)) => "create-type",
            Self::ContentType(Update { .. }) => "update-type",
            Self::ContentType(Delete { .. }) => "delete-type",
            Self::ContentType(Merge { .. }) => "merge-type",
        }
    }

    /// What comes of it, if its caller may.
    ///
    /// # Errors
    /// `Forbidden`: only administrators keep the taxonomy. `NotFound`: there is no such entry. `Stale`: it has another
    /// version. `WrongState`: a theme to delete has others under it. `Invalid`: fields cannot be read, names are missing, a theme
    /// would be under itself, or what something is to be merged into is not there, is itself or is under it. `SlugTaken`:
    /// another of its kind has the slug that was asked for, or had it.
    pub fn decide(
        &self,
        taxonomy: &Taxonomy,
        caller: &Standing,
        new_id: impl FnOnce() -> Uuid,
    ) -> Result<Decided, Denial> {
        // The rule is about releases.
        caller.allow(Action::KeepTaxonomy, Matter::Newsroom, PublishRule::default())?;
        match self {
            Self::Office(command) => decide_on(command, taxonomy, new_id),
            Self::Theme(command) => decide_on(command, taxonomy, new_id),
            Self::ContentType(command) => decide_on(command, taxonomy, new_id),
        }
    }
}

/// What comes of a command on one kind of entry.
fn decide_on<F: Fields>(
    command: &EntryCommand<<F::Entry as Kept>::Id, F>,
    taxonomy: &Taxonomy,
    new_id: impl FnOnce() -> Uuid,
) -> Result<Decided, Denial> {
    match command {
        EntryCommand::Create(fields) => {
            let created = fields.read(None, taxonomy, new_id)?;
            Ok(Decided::Created(created.into()))
        }
        EntryCommand::Update { id, seen, fields } => {
            let before = known::<F::Entry>(taxonomy, *id, *seen)?;
            let after = fields.read(Some(before), taxonomy, new_id)?;
            if after == *before {
                return Ok(Decided::Unchanged(after.into()));
            }
            Ok(Decided::Updated {
                before: before.clone().into(),
                after: after.into(),
            })
        }
        EntryCommand::Delete { id, seen } => {
            let before = known::<F::Entry>(taxonomy, *id, *seen)?;
            before.check_alone(taxonomy)?;
            Ok(Decided::Deleted(before.clone().into()))
        }
        EntryCommand::Merge { id, seen, into } => {
            let gone = known::<F::Entry>(taxonomy, *id, *seen)?;
            Ok(Decided::Merged(Box::new(merge::merge(gone, *into, taxonomy)?)))
        }
    }
}

/// The entry of that identity, if its version is the one that the caller has seen.
fn known<E: Kept>(taxonomy: &Taxonomy, id: E::Id, seen: i64) -> Result<&E, Denial> {
    let known = E::find(taxonomy, id).ok_or(Denial::NotFound)?;
    if known.version() == seen {
        return Ok(known);
    }
    let stale = Refusal::Stale {
        locale: None,
        seen,
        current: known.version(),
        changed: None,
    };
    Err(stale.into())
}

impl Decided {
    /// The entry that was named: as it is now, or was when it was deleted or merged.
    #[must_use]
    pub fn entry(&self) -> &Entry {
        match self {
            Self::Created(entry)
            | Self::Updated { after: entry, .. }
            | Self::Unchanged(entry)
            | Self::Deleted(entry) => entry,
            Self::Merged(merging) => &merging.gone,
        }
    }

    /// The entry as it was; none, where it is new.
    #[must_use]
    pub fn before(&self) -> Option<&Entry> {
        match self {
            Self::Created(_) => None,
            Self::Updated { before: entry, .. } | Self::Unchanged(entry) | Self::Deleted(entry) => Some(entry),
            Self::Merged(merging) => Some(&merging.gone),
        }
    }

    /// The entry as it is, or the one that is there in its stead; none, where it is deleted.
    #[must_use]
    pub fn after(&self) -> Option<&Entry> {
        match self {
            Self::Created(entry) | Self::Updated { after: entry, .. } | Self::Unchanged(entry) => Some(entry),
            Self::Deleted(_) => None,
            Self::Merged(merging) => Some(&merging.into),
        }
    }

    /// The version that it makes: of the entry, or of the one that is there in its stead; the last one of what it deletes.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.after().unwrap_or_else(|| self.entry()).version()
    }

    /// What those who follow the newsroom are told of it, if anything.
    #[must_use]
    pub fn change(&self) -> Option<ChangeKind> {
        match self {
            Self::Created(_) => Some(ChangeKind::Created),
            Self::Updated { .. } => Some(ChangeKind::Updated),
            Self::Unchanged(_) => None,
            Self::Deleted(_) => Some(ChangeKind::Deleted),
            Self::Merged(merging) => Some(ChangeKind::Merged {
                into: merging.into.subject(),
            }),
        }
    }
}
