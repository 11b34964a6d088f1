//! Reading a newsroom from the plain text of its listing pages.
//!
//! Nothing here opens a file: whoever calls hands in the text of the pages and what is known of the taxonomy, and
//! imports what comes back. The form that a page has, as it is on the pages of the real newsroom:
//!
//! ```text
//! ODIHR hosts election observers                      the title, always right before the date
//! Publishing date: 22 November 2024
//! Content type: News                                  these three in any order, each of them optional
//! Where we are: OSCE Presence in Albania, OSCE Secretariat
//! What we do: Elections
//! Representatives of more than 30 …                   the opening paragraph, up to a blank line or the next title
//! ```
//!
//! A page is newest first, so what comes back is in the opposite order: the order of creation.

mod date;
mod identity;
mod names;
mod overlap;
mod page;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use crate::exchange::{OfficeEntry, ReleaseLine, TaxonomyFile, TranslationLine};
use crate::fault::{FieldFault, Malformed};
use crate::release::{MOST_FILED, ReleaseState};
use crate::text::{Lead, Title};
use crate::{Day, Locale};
use names::{Directory, Mention};
use page::{Item, NoTitle};

/// What some pages of a listing say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The releases in the order of creation: the last of the last page is the first.
    pub releases: Vec<ListedRelease>,
    /// The offices, themes and content types that the releases name and that were not known.
    pub unknown: TaxonomyFile,
    /// The offices that were known to be open and that a page marks as closed: as they were, but closed.
    pub closed: Vec<OfficeEntry>,
    /// What could not be read, in the order of the pages; at most one fault per item, which is then not among the releases.
    pub faults: Vec<ListingFault>,
    /// The text that belongs to no release, in the order of the pages. A page's own header is not among it.
    pub passed_over: Vec<PassedOver>,
    /// How many items were counted once because one page ends with what the next begins with.
    pub repeated: u64,
}

/// Where in the pages something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Which of the pages, from 0.
    pub page: usize,
    /// Which line of it, from 1.
    pub line: u64,
}

/// A release and where its item begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRelease {
    /// Where its title is.
    pub place: Place,
    /// The release.
    pub line: ReleaseLine,
}

/// An item that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingFault {
    /// Where the item begins.
    pub place: Place,
    /// What is wrong with it. The path is the key that the value would have in a [`ReleaseLine`].
    pub fault: FieldFault,
}

/// A block of text that was passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    /// Where it begins.
    pub place: Place,
    /// How many lines it has.
    pub lines: u64,
    /// How it begins.
    pub excerpt: String,
}

/// Reads pages that are given newest first, as one listing. Takes time in proportion to their length.
///
/// `known` is what names are looked up in: a name that is there, in any locale, means that entry, whatever its case
/// and spacing. `locale` is the one that the pages are written in.
#[must_use]
pub fn read(pages: &[&str], known: &TaxonomyFile, locale: &Locale) -> Listing {
    let mut listing = Listing::default();
    // Newest first, as on the pages.
    let mut items: Vec<(Place, Item)> = Vec::new();
    for (number, text) in pages.iter().enumerate() {
        for section in page::read(text) {
            let repeated = overlap::length(&items, &section);
            for (index, mut item) in section.into_iter().enumerate() {
                listing
                    .passed_over
                    .extend(item.passed_over.drain(..).map(|block| PassedOver {
                        place: Place {
                            page: number,
                            line: block.line,
                        },
                        lines: block.lines,
                        excerpt: block.excerpt,
                    }));
                if index < repeated {
                    listing.repeated += 1;
                } else {
                    items.push((
                        Place {
                            page: number,
                            line: item.line,
                        },
                        item,
                    ));
                }
            }
        }
    }
    let mut reader = Reader {
        directory: Directory::new(known, locale),
        locale,
        like: HashMap::new(),
    };
    for (place, item) in items.iter().rev() {
        match reader.release(item) {
            Ok(line) => listing.releases.push(ListedRelease { place: *place, line }),
            Err(fault) => listing.faults.push(ListingFault { place: *place, fault }),
        }
    }
    listing.faults.reverse();
    (listing.unknown, listing.closed) = reader.directory.into_findings(known);
    listing
}

/// Makes releases of items, which come in the order of creation.
struct Reader<'a> {
    directory: Directory,
    locale: &'a Locale,
    /// How many there have been of a day and a normalised title.
    like: HashMap<(Day, String), u64>,
}

impl Reader<'_> {
    /// Nothing of an item gets into the taxonomy unless all of it is good.
    fn release(&mut self, item: &Item) -> Result<ReleaseLine, FieldFault> {
        let title = item.title.as_deref().map_err(|reason| no_title(*reason))?;
        let title = Title::new(title).map_err(|fault| fault.at("title"))?;
        let day = date::read(&item.date).map_err(|fault| fault.at("publishingDate"))?;
        // Counted before all else is looked at, so that a mend further down does not renumber its like.
        let normalised = identity::normalised(title.as_str());
        let nth = self.like.entry((day, normalised.clone())).or_default();
        *nth += 1;
        let source_id = identity::source_id(day, *nth, &normalised);
        let lead = Lead::new(&item.lead).map_err(|fault| fault.at("lead"))?;
        let content_type = names::single(&item.content_type).map_err(|fault| fault.at("type"))?;
        let offices = at_most(self.directory.offices_in(&item.offices), "offices")?;
        let themes = at_most(self.directory.themes_in(&item.themes), "themes")?;

        let text = TranslationLine {
            title: Some(title),
            lead: Some(lead),
            body: Some(None),
            ..TranslationLine::default()
        };
        Ok(ReleaseLine {
            source_id: Some(source_id),
            state: Some(ReleaseState::Live),
            publishing_date: Some(day),
            content_type: Some(content_type.map(|name| self.directory.content_type(&name))),
            offices: Some(self.directory.offices(&offices)),
            themes: Some(self.directory.themes(&themes)),
            original_locale: Some(self.locale.clone()),
            translations: Some(BTreeMap::from([(self.locale.clone(), text)])),
            ..ReleaseLine::default()
        })
    }
}

fn at_most(mentions: Result<Vec<Mention>, Malformed>, field: &str) -> Result<Vec<Mention>, FieldFault> {
    let mentions = mentions.map_err(|fault| fault.at(field))?;
    if mentions.len() > MOST_FILED {
        return Err(FieldFault::new(
            field,
            "TOO_MANY",
            format!(
                "a release has at most {MOST_FILED} {field}, this one {}",
                mentions.len()
            ),
        ));
    }
    Ok(mentions)
}

fn no_title(reason: NoTitle) -> FieldFault {
    let message = match reason {
        NoTitle::Missing => "there is no line before “Publishing date:” that could be the title: put the title there",
        NoTitle::Label => {
            "the line before “Publishing date:” is not a title but another label: put the title right before “Publishing date:”"
        }
    };
    FieldFault::new("title", "REQUIRED", message)
}
