//! What a decision needs to know beside the release and what was asked.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::Edition;
use crate::check::Finding;
use crate::house::HouseBook;
use crate::taxonomy::Taxonomy;
use crate::{EditionId, Instant, Locale, Slug, TranslationId, Zone};

/// An edition of earlier days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// Whose edition it is.
    pub translation: TranslationId,
    /// The edition.
    pub edition: Edition,
}

/// What a command, or importing a line, needs to know beside what was asked. Who acts is handed in beside it.
pub struct CommandContext<'a> {
    /// The instant of the command.
    pub now: Instant,
    /// The newsroom's time zone.
    pub zone: Zone,
    /// The taxonomy. For an import every slug of the line has its entry in it.
    pub taxonomy: &'a Taxonomy,
    /// The locales that texts may be in; empty for any.
    pub locales: &'a [Locale],
    /// The rules of the house.
    pub house: &'a HouseBook,
    /// What the checks before publishing have found in the drafts that the command publishes; nothing where no check stops
    /// publishing.
    pub findings: &'a BTreeMap<EditionId, Vec<Finding>>,
    /// The edition that the command names, or that a draft is based on: see
    /// [`ReleaseCommand::earlier`](super::ReleaseCommand::earlier).
    pub earlier: Option<&'a Earlier>,
    /// Makes identities that rise.
    pub new_id: &'a mut dyn FnMut() -> Uuid,
    /// Finds a free slug for a title.
    pub free_slug: &'a mut dyn FnMut(&str) -> Slug,
}

/// The context of an import, whose actor is always [`Actor::Import`](crate::audit::Actor::Import).
pub type ImportContext<'a> = CommandContext<'a>;

impl CommandContext<'_> {
    /// Whether texts may be in that locale.
    pub(super) fn publishes_in(&self, locale: &Locale) -> bool {
        self.locales.is_empty() || self.locales.contains(locale)
    }
}
