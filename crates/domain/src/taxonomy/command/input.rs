//! What commands on the taxonomy are asked with: text as it came, which is read here, all its faults at once.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use uuid::Uuid;

use super::super::{ContentType, Names, Office, OfficeKind, Taxonomy, Theme};
use super::entry::Kept;
use crate::fault::{Faults, FieldFault};
use crate::refusal::Refusal;
use crate::release::Patch;
use crate::text::{Name, excerpt};
use crate::{Locale, Reader, Slug, ThemeId};

/// The most locales that something has a name in.
pub const MOST_NAMES: usize = 100;

/// A name in one locale, as somebody wants it. Any locale will do: a reader's finds the name in a shorter form of it, which
/// need not be one that texts are in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NameFields {
    /// The locale. Its path is `names.0.locale`.
    pub locale: String,
    /// The name. Its path is `names.0.name`.
    pub name: String,
}

/// An office, as somebody wants it. The fields' paths are `slug` and those of its names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OfficeFields {
    /// The slug. A new office without one gets one made from its name.
    pub slug: Patch<String>,
    /// All its names, each locale once, at most [`MOST_NAMES`]. A new office needs one.
    pub names: Patch<Vec<NameFields>>,
    /// What kind of office it is.
    pub kind: Patch<Option<OfficeKind>>,
    /// Whether it is closed. A new one is open.
    pub closed: Patch<bool>,
}

/// A theme, as somebody wants it. The fields' paths are `slug`, `parent` and those of its names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ThemeFields {
    /// The slug. A new theme without one gets one made from its name.
    pub slug: Patch<String>,
    /// All its names, each locale once, at most [`MOST_NAMES`]. A new theme needs one.
    pub names: Patch<Vec<NameFields>>,
    /// The slug or the UUID of the theme above it; none for a root.
    pub parent: Patch<Option<String>>,
}

/// A content type, as somebody wants it. The fields' paths are `slug` and those of its names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ContentTypeFields {
    /// The slug. A new content type without one gets one made from its name.
    pub slug: Patch<String>,
    /// All its names, each locale once, at most [`MOST_NAMES`]. A new content type needs one.
    pub names: Patch<Vec<NameFields>>,
}

/// The fields of a kind of entry.
pub(super) trait Fields {
    type Entry: Kept;

    /// Reads the fields; what is kept is taken from `before`.
    fn read(
        &self,
        before: Option<&Self::Entry>,
        taxonomy: &Taxonomy,
        new_id: impl FnOnce() -> Uuid,
    ) -> Result<Self::Entry, Refusal>;
}

impl Fields for OfficeFields {
    type Entry = Office;

    fn read(
        &self,
        before: Option<&Office>,
        taxonomy: &Taxonomy,
        new_id: impl FnOnce() -> Uuid,
    ) -> Result<Office, Refusal> {
        let mut faults = Faults::default();
        let slug = read_slug(&self.slug, before.map(|before| &before.slug), &mut faults);
        let names = read_names(&self.names, before.map(|before| &before.names), &mut faults);
        let (Some(names), true) = (names, faults.is_empty()) else {
            return Err(Refusal::all(faults));
        };
        let office = Office {
            id: before.map_or_else(|| new_id().into(), |before| before.id),
            slug: settled_slug::<Office>(slug, before.map(|before| before.id), &names, taxonomy)?,
            former_slugs: BTreeSet::new(),
            names,
            closed: set_or(&self.closed, before.is_some_and(|before| before.closed)),
            kind: set_or(&self.kind, before.and_then(|before| before.kind)),
            version: 1,
        };
        Ok(office.after(before))
    }
}

impl Fields for ThemeFields {
    type Entry = Theme;

    fn read(
        &self,
        before: Option<&Theme>,
        taxonomy: &Taxonomy,
        new_id: impl FnOnce() -> Uuid,
    ) -> Result<Theme, Refusal> {
        let mut faults = Faults::default();
        let slug = read_slug(&self.slug, before.map(|before| &before.slug), &mut faults);
        let names = read_names(&self.names, before.map(|before| &before.names), &mut faults);
        let parent = match &self.parent {
            Patch::Keep => before.and_then(|before| before.parent),
            Patch::Set(None) => None,
            Patch::Set(Some(given)) => read_parent(given, before, taxonomy, &mut faults),
        };
        let (Some(names), true) = (names, faults.is_empty()) else {
            return Err(Refusal::all(faults));
        };
        let theme = Theme {
            id: before.map_or_else(|| new_id().into(), |before| before.id),
            slug: settled_slug::<Theme>(slug, before.map(|before| before.id), &names, taxonomy)?,
            former_slugs: BTreeSet::new(),
            names,
            parent,
            version: 1,
        };
        Ok(theme.after(before))
    }
}

impl Fields for ContentTypeFields {
    type Entry = ContentType;

    fn read(
        &self,
        before: Option<&ContentType>,
        taxonomy: &Taxonomy,
        new_id: impl FnOnce() -> Uuid,
    ) -> Result<ContentType, Refusal> {
        let mut faults = Faults::default();
        let slug = read_slug(&self.slug, before.map(|before| &before.slug), &mut faults);
        let names = read_names(&self.names, before.map(|before| &before.names), &mut faults);
        let (Some(names), true) = (names, faults.is_empty()) else {
            return Err(Refusal::all(faults));
        };
        let content_type = ContentType {
            id: before.map_or_else(|| new_id().into(), |before| before.id),
            slug: settled_slug::<ContentType>(slug, before.map(|before| before.id), &names, taxonomy)?,
            former_slugs: BTreeSet::new(),
            names,
            version: 1,
        };
        Ok(content_type.after(before))
    }
}

fn set_or<T: Copy>(patch: &Patch<T>, kept: T) -> T {
    match patch {
        Patch::Set(value) => *value,
        Patch::Keep => kept,
    }
}

/// The slug that is asked for or kept; `None` where a new entry has yet to be given one, and where it could not be read.
fn read_slug(asked: &Patch<String>, before: Option<&Slug>, faults: &mut Faults) -> Option<Slug> {
    match asked {
        Patch::Set(slug) => faults.read("slug", slug.parse()),
        Patch::Keep => before.cloned(),
    }
}

/// The slug, if no other of its kind has or had it; where there is none, one made from the English name, or else the first, with a
/// number behind it where it is taken.
fn settled_slug<E: Kept>(
    slug: Option<Slug>,
    own: Option<E::Id>,
    names: &Names,
    taxonomy: &Taxonomy,
) -> Result<Slug, Refusal> {
    let is_free = |slug: &Slug| E::owner(taxonomy, slug).is_none_or(|owner| Some(owner) == own);
    match slug {
        Some(slug) if is_free(&slug) => Ok(slug),
        Some(taken) => Err(Refusal::SlugTaken(taken)),
        None => {
            let base = Slug::from_title(names.for_reader(&Reader::default()), E::FALLBACK);
            let mut slug = base.clone();
            let mut number = 1;
            while !is_free(&slug) {
                number += 1;
                slug = base.numbered(number);
            }
            Ok(slug)
        }
    }
}

/// The names that are asked for or kept. `None` where they could not be read, which is noted.
fn read_names(asked: &Patch<Vec<NameFields>>, before: Option<&Names>, faults: &mut Faults) -> Option<Names> {
    let given = match (asked, before) {
        (Patch::Set(given), _) => given.as_slice(),
        (Patch::Keep, Some(before)) => return Some(before.clone()),
        (Patch::Keep, None) => &[],
    };
    if given.len() > MOST_NAMES {
        let message = format!("it has at most {MOST_NAMES} names, this has {}", given.len());
        faults.push(FieldFault::new("names", "TOO_MANY", message));
        return None;
    }
    let mut seen = BTreeSet::new();
    let mut names = BTreeMap::new();
    for (index, NameFields { locale, name }) in given.iter().enumerate() {
        let path = format!("names.{index}.locale");
        let locale: Option<Locale> = faults.read(&path, locale.parse());
        let name = faults.read(&format!("names.{index}.name"), Name::new(name));
        if let Some(twice) = locale.as_ref().filter(|locale| !seen.insert((*locale).clone())) {
            let message = format!("{twice} is there twice: give it once");
            faults.push(FieldFault::new(path, "DUPLICATE", message));
        }
        names.extend(locale.zip(name));
    }
    if given.is_empty() {
        let message = "it must be called something: give a name in at least one locale";
        faults.push(FieldFault::new("names", "REQUIRED", message));
    }
    Names::of(names)
}

/// The theme that another is to be under. `None` where it cannot, which is noted.
fn read_parent(given: &str, theme: Option<&Theme>, taxonomy: &Taxonomy, faults: &mut Faults) -> Option<ThemeId> {
    let themes = taxonomy.themes();
    // No slug reads as a UUID.
    let found = match given.parse::<ThemeId>() {
        Ok(id) => themes.get(id),
        Err(_) => themes.by_slug(given),
    };
    let Some(parent) = found else {
        let message = format!(
            "there is no theme “{}”: name one that there is, or none for a root",
            excerpt(given)
        );
        faults.push(FieldFault::new("parent", "UNKNOWN_SLUG", message));
        return None;
    };
    let would_be_above = |theme: &&Theme| {
        let mut above = themes.ancestors(parent.id);
        parent.id == theme.id || above.any(|above| above.id == theme.id)
    };
    if let Some(theme) = theme.filter(would_be_above) {
        let message = if parent.id == theme.id {
            "a theme is not under itself: name another, or none for a root".to_owned()
        } else {
            format!(
                "“{}” is under “{}” itself: move it out first, or name another",
                parent.slug, theme.slug
            )
        };
        faults.push(FieldFault::new("parent", "CYCLE", message));
        return None;
    }
    Some(parent.id)
}
