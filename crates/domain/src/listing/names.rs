//! The names on a page: which entries of the taxonomy they mean, and which they make.

use std::collections::{BTreeSet, HashMap, HashSet};

use unicode_normalization::UnicodeNormalization;

use crate::exchange::{OfficeEntry, TaxonomyFile, ThemeEntry, TypeEntry};
use crate::fault::Malformed;
use crate::taxonomy::Names;
use crate::text::Name;
use crate::{Locale, Slug};

/// What a page adds to the name of an office that is closed.
const CLOSED: &str = "(closed)";

/// A name in a list, and whether it is marked as closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mention {
    name: Name,
    closed: bool,
}

/// All names: those known before, and those that the pages add.
pub(super) struct Directory {
    locale: Locale,
    offices: Shelf,
    themes: Shelf,
    types: Shelf,
    unknown: TaxonomyFile,
    closed: BTreeSet<Slug>,
}

impl Directory {
    /// The names of a known taxonomy. New ones will be in `locale`.
    pub(super) fn new(known: &TaxonomyFile, locale: &Locale) -> Self {
        Self {
            locale: locale.clone(),
            offices: Shelf::new(
                "office",
                known.offices.iter().map(|e| (&e.slug, &e.former_slugs, &e.names)),
            ),
            themes: Shelf::new(
                "theme",
                known.themes.iter().map(|e| (&e.slug, &e.former_slugs, &e.names)),
            ),
            types: Shelf::new("type", known.types.iter().map(|e| (&e.slug, &e.former_slugs, &e.names))),
            unknown: TaxonomyFile::default(),
            closed: BTreeSet::new(),
        }
    }

    /// The offices in a list, each once.
    ///
    /// # Errors
    /// Where a name is not one that an office can have.
    pub(super) fn offices_in(&self, list: &str) -> Result<Vec<Mention>, Malformed> {
        self.offices.mentions_in(list, true)
    }

    /// The themes in a list, each once.
    ///
    /// # Errors
    /// Where a name is not one that a theme can have.
    pub(super) fn themes_in(&self, list: &str) -> Result<Vec<Mention>, Malformed> {
        self.themes.mentions_in(list, false)
    }

    /// The slugs of some offices, which are made where they are not known.
    pub(super) fn offices(&mut self, mentions: &[Mention]) -> Vec<Slug> {
        let mut slugs = Vec::with_capacity(mentions.len());
        for Mention { name, closed } in mentions {
            let (slug, is_new) = self.offices.slug_of(name);
            if is_new {
                let names = Names::one(self.locale.clone(), name.clone());
                self.unknown.offices.push(OfficeEntry {
                    slug: slug.clone(),
                    former_slugs: BTreeSet::new(),
                    names,
                    closed: false,
                    kind: None,
                });
            }
            if *closed {
                self.closed.insert(slug.clone());
            }
            push_once(&mut slugs, slug);
        }
        slugs
    }

    /// The slugs of some themes, which are made where they are not known: as roots, since a page shows no tree.
    pub(super) fn themes(&mut self, mentions: &[Mention]) -> Vec<Slug> {
        let mut slugs = Vec::with_capacity(mentions.len());
        for Mention { name, .. } in mentions {
            let (slug, is_new) = self.themes.slug_of(name);
            if is_new {
                self.unknown.themes.push(ThemeEntry {
                    slug: slug.clone(),
                    former_slugs: BTreeSet::new(),
                    parent: None,
                    names: Names::one(self.locale.clone(), name.clone()),
                });
            }
            push_once(&mut slugs, slug);
        }
        slugs
    }

    /// The slug of a content type, which is made where it is not known.
    pub(super) fn content_type(&mut self, name: &Name) -> Slug {
        let (slug, is_new) = self.types.slug_of(name);
        if is_new {
            self.unknown.types.push(TypeEntry {
                slug: slug.clone(),
                former_slugs: BTreeSet::new(),
                names: Names::one(self.locale.clone(), name.clone()),
            });
        }
        slug
    }

    /// The entries that are new, and the known offices that turned out to be closed.
    pub(super) fn into_findings(self, known: &TaxonomyFile) -> (TaxonomyFile, Vec<OfficeEntry>) {
        let mut unknown = self.unknown;
        for office in &mut unknown.offices {
            office.closed = self.closed.contains(&office.slug);
        }
        let newly_closed = known
            .offices
            .iter()
            .filter(|office| !office.closed && self.closed.contains(&office.slug));
        (
            unknown,
            newly_closed
                .map(|office| OfficeEntry {
                    closed: true,
                    ..office.clone()
                })
                .collect(),
        )
    }
}

/// Two names may mean one entry (its names in two locales).
fn push_once(slugs: &mut Vec<Slug>, slug: Slug) {
    if !slugs.contains(&slug) {
        slugs.push(slug);
    }
}

/// The name that a label has, if any.
///
/// # Errors
/// Where it is not one that a content type can have.
pub(super) fn single(text: &str) -> Result<Option<Name>, Malformed> {
    let name = tidied(text);
    if name.is_empty() {
        Ok(None)
    } else {
        Name::new(&name).map(Some)
    }
}

/// The names of one kind of entry.
struct Shelf {
    /// What a slug is made of where nothing of a name can be written in one.
    fallback: &'static str,
    by_name: HashMap<String, Slug>,
    taken: HashSet<Slug>,
    /// The last number behind a slug that several names make.
    numbers: HashMap<Slug, u64>,
    /// The most parts that a known name has, were it split as a list is.
    most_parts: usize,
    /// The bytes of the longest known name.
    longest: usize,
}

impl Shelf {
    fn new<'a>(fallback: &'static str, known: impl Iterator<Item = (&'a Slug, &'a BTreeSet<Slug>, &'a Names)>) -> Self {
        let mut shelf = Self {
            fallback,
            by_name: HashMap::new(),
            taken: HashSet::new(),
            numbers: HashMap::new(),
            most_parts: 1,
            longest: 0,
        };
        for (slug, former_slugs, names) in known {
            shelf.taken.insert(slug.clone());
            shelf.taken.extend(former_slugs.iter().cloned());
            for (_, name) in names.iter() {
                let name = tidied(name.as_str());
                shelf.most_parts = shelf.most_parts.max(name.split(", ").count());
                shelf.longest = shelf.longest.max(name.len());
                // Of two entries with one name, the first is meant.
                shelf.by_name.entry(compared(&name)).or_insert_with(|| slug.clone());
            }
        }
        shelf
    }

    /// The names in a list: at each place the longest known name that `, ` or the end follows, else what there is up to
    /// the next `, `. Names that the pages themselves would teach are of no help here: one is only sure to be a single
    /// name where it has no comma.
    fn mentions_in(&self, list: &str, may_be_closed: bool) -> Result<Vec<Mention>, Malformed> {
        let list = tidied(list);
        let parts = parts_of(&list);
        let mut mentions: Vec<Mention> = Vec::new();
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut at = 0;
        while at < parts.len() {
            let most = parts.len().min(at + self.most_parts);
            let known = (at + 1..most)
                .rev()
                .find(|&last| self.knows(&list[parts[at].0..parts[last].1], may_be_closed));
            let last = known.unwrap_or(at);
            let text = &list[parts[at].0..parts[last].1];
            at = last + 1;
            let text = if known.is_some() {
                text
            } else {
                text.trim_matches(|c: char| c == ',' || c.is_whitespace())
            };
            let (name, closed) = if may_be_closed {
                without_mark(text)
            } else {
                (text, false)
            };
            if name.is_empty() {
                continue;
            }
            let index = *seen.entry(compared(name)).or_insert(mentions.len());
            match mentions.get_mut(index) {
                Some(mention) => mention.closed |= closed,
                None => mentions.push(Mention {
                    name: Name::new(name)?,
                    closed,
                }),
            }
        }
        Ok(mentions)
    }

    fn knows(&self, text: &str, may_be_closed: bool) -> bool {
        let (name, _) = if may_be_closed {
            without_mark(text)
        } else {
            (text, false)
        };
        // Small letters may have another length than capitals, but never four times as long a one.
        name.len() <= 4 * self.longest && self.by_name.contains_key(&compared(name))
    }

    /// The slug for a name, and whether it is a new one.
    fn slug_of(&mut self, name: &Name) -> (Slug, bool) {
        let key = compared(&tidied(name.as_str()));
        if let Some(slug) = self.by_name.get(&key) {
            return (slug.clone(), false);
        }
        let base = Slug::from_title(name.as_str(), self.fallback);
        let mut slug = base.clone();
        while self.taken.contains(&slug) {
            let number = self.numbers.entry(base.clone()).or_insert(1);
            *number += 1;
            slug = base.numbered(*number);
        }
        self.taken.insert(slug.clone());
        self.by_name.insert(key, slug.clone());
        (slug, true)
    }
}

/// Where the parts of a list begin and end.
fn parts_of(list: &str) -> Vec<(usize, usize)> {
    let mut begin = 0;
    let mut parts: Vec<(usize, usize)> = Vec::new();
    for (end, separator) in list.match_indices(", ") {
        parts.push((begin, end));
        begin = end + separator.len();
    }
    parts.push((begin, list.len()));
    parts
}

/// A name without the mark of a closed office, and whether it had one.
fn without_mark(text: &str) -> (&str, bool) {
    let split = text
        .len()
        .checked_sub(CLOSED.len())
        .and_then(|at| text.split_at_checked(at));
    match split {
        Some((name, mark)) if mark.eq_ignore_ascii_case(CLOSED) => (name.trim_end(), true),
        _ => (text, false),
    }
}

/// A name as it is kept: in Unicode normalisation form C, every run of white space a single space, none around it.
fn tidied(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").nfc().collect()
}

/// A tidied name as it is looked up.
fn compared(name: &str) -> String {
    name.to_lowercase().nfc().collect()
}
