//! Listing pages: all of them are one listing, newest first, and go in bottom-up.

use std::collections::BTreeMap;

use anyhow::Result;
use newsroom_domain::exchange::{OfficeEntry, ReleaseLine, TaxonomyFile};
use newsroom_domain::listing::{self, Listing};
use newsroom_domain::taxonomy::Names;
use newsroom_domain::{FieldFault, Locale, Slug};
use newsroom_persistence::NumberedLine;

use super::report::Place;
use super::source::Source;
use super::{BATCH, Import};

/// What every item of a page has, by which one is known.
const MARK: &str = "Publishing date:";

/// Imports the releases of some pages, which are in `locale`. What they name and nobody knows is created; where that is
/// `strict`, a release that names it is a bad line instead.
///
/// # Errors
/// Where a page cannot be read, or the store fails.
pub(super) async fn import(
    sources: Vec<Source>,
    known: &TaxonomyFile,
    (locale, strict): (&Locale, bool),
    import: &mut Import,
) -> Result<()> {
    let pages = sources.into_iter().map(Source::text).collect::<Result<Vec<_>>>()?;
    let texts: Vec<&str> = pages.iter().map(String::as_str).collect();
    let listing = listing::read(&texts, known, locale);
    import.tally.repeated += listing.repeated;
    tell_of_what_is_no_release(&texts, &listing, import);

    let unknown = Unknown::of(&listing.unknown);
    let mut taxonomy = if strict {
        TaxonomyFile::default()
    } else {
        listing.unknown
    };
    taxonomy.offices.extend::<Vec<OfficeEntry>>(listing.closed);
    if taxonomy != TaxonomyFile::default() {
        import.tally.add_taxonomy(&import.importer.taxonomy(&taxonomy).await?);
    }

    let mut places = Vec::new();
    let mut lines = Vec::new();
    for listing::ListedRelease { place, line } in listing.releases {
        let place = of_listing(place);
        if let Some(fault) = unknown.named_in(&line).filter(|_| strict) {
            import.tally.refuse(place, &fault);
            continue;
        }
        // Its number among the releases: two pages have lines of the same number.
        match NumberedLine::new(places.len() as u64 + 1, line) {
            Ok(line) => {
                places.push(place);
                lines.push(line);
            }
            Err(fault) => import.tally.refuse(place, &fault),
        }
    }
    let place_of = |number: u64| places[usize::try_from(number - 1).unwrap_or_default()];
    let bytes = pages.iter().map(|page| page.len() as u64).sum::<u64>();
    let mut done = 0;
    for batch in lines.chunks(BATCH) {
        let report = import.importer.batch(batch).await?;
        import.tally.add(&report, place_of);
        let share = bytes * batch.len() as u64 / lines.len() as u64;
        done += share;
        let tally = &import.tally;
        import.progress.go_on(share, || tally.in_short());
    }
    let tally = &import.tally;
    import.progress.go_on(bytes.saturating_sub(done), || tally.in_short());
    Ok(())
}

fn tell_of_what_is_no_release(pages: &[&str], listing: &Listing, import: &mut Import) {
    for (file, text) in pages.iter().enumerate() {
        if !text.contains(MARK) && !text.trim().is_empty() {
            let message = format!("there is no item on this page: each has a line that begins with “{MARK}”");
            import
                .tally
                .refuse(Place { file, line: 1 }, &FieldFault::new("", "NO_ITEM", message));
        }
    }
    for found in &listing.faults {
        import.tally.refuse(of_listing(found.place), &found.fault);
    }
    for block in &listing.passed_over {
        let lines = if block.lines == 1 {
            "a line".to_owned()
        } else {
            format!("{} lines", block.lines)
        };
        import.tally.pass_over(of_listing(block.place), || {
            format!("{lines} of no release, “{}”", block.excerpt)
        });
    }
}

fn of_listing(place: listing::Place) -> Place {
    Place {
        file: place.page,
        line: place.line,
    }
}

/// What pages name and nobody knows, by slug.
struct Unknown {
    offices: BTreeMap<Slug, String>,
    themes: BTreeMap<Slug, String>,
    types: BTreeMap<Slug, String>,
}

impl Unknown {
    fn of(file: &TaxonomyFile) -> Self {
        let first = |names: &Names| {
            names
                .iter()
                .next()
                .map_or_else(String::new, |(_, name)| name.to_string())
        };
        Self {
            offices: file
                .offices
                .iter()
                .map(|entry| (entry.slug.clone(), first(&entry.names)))
                .collect(),
            themes: file
                .themes
                .iter()
                .map(|entry| (entry.slug.clone(), first(&entry.names)))
                .collect(),
            types: file
                .types
                .iter()
                .map(|entry| (entry.slug.clone(), first(&entry.names)))
                .collect(),
        }
    }

    /// The fault of a release that names any of it.
    fn named_in(&self, line: &ReleaseLine) -> Option<FieldFault> {
        let fault = |path: String, what: &str, name: &str| {
            FieldFault::new(
                path,
                "UNKNOWN_SLUG",
                format!("there is no {what} “{name}”: add it to the taxonomy, or leave out --strict"),
            )
        };
        let content_type = line
            .type_slugs()
            .find_map(|slug| Some(fault("type".to_owned(), "content type", self.types.get(slug)?)));
        let office = || {
            line.office_slugs()
                .enumerate()
                .find_map(|(at, slug)| Some(fault(format!("offices.{at}"), "office", self.offices.get(slug)?)))
        };
        let theme = || {
            line.theme_slugs()
                .enumerate()
                .find_map(|(at, slug)| Some(fault(format!("themes.{at}"), "theme", self.themes.get(slug)?)))
        };
        content_type.or_else(office).or_else(theme)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &str = include_str!("../../../domain/src/listing/fixtures/seed.txt");
    const RELEASES: &str = include_str!("../../../../data/newsroom.jsonl");
    const TAXONOMY: &str = include_str!("../../../../data/taxonomy.json");

    fn seed() -> TaxonomyFile {
        super::super::taxonomy_file::parse(TAXONOMY, "data/taxonomy.json").unwrap()
    }

    #[test]
    fn the_seed_newsroom_is_what_the_reader_makes_of_the_seed_page() {
        let listing = listing::read(&[SEED], &seed(), &"en".parse().unwrap());
        assert_eq!(listing.unknown, TaxonomyFile::default());
        let listed: Vec<ReleaseLine> = listing.releases.into_iter().map(|release| release.line).collect();
        let kept = RELEASES.lines().map(|line| {
            let mut line = ReleaseLine::parse(line).unwrap();
            // The one key that a page does not show.
            assert!(line.slug.take().is_some());
            line
        });
        assert_eq!(kept.collect::<Vec<_>>(), listed);
    }

    #[test]
    fn the_seed_taxonomy_names_no_more_than_the_seed_page() {
        let mut unknown = listing::read(&[SEED], &TaxonomyFile::default(), &"en".parse().unwrap()).unknown;
        let mut kept = seed();
        for office in &mut kept.offices {
            // What kind an office is, a page does not show.
            office.kind = None;
        }
        unknown.offices.sort_by(|one, other| one.slug.cmp(&other.slug));
        unknown.themes.sort_by(|one, other| one.slug.cmp(&other.slug));
        unknown.types.sort_by(|one, other| one.slug.cmp(&other.slug));
        assert_eq!(kept, unknown);
    }

    #[test]
    fn a_name_that_nobody_knows_is_told_as_the_page_has_it() {
        let listing = listing::read(&[SEED], &TaxonomyFile::default(), &"en".parse().unwrap());
        let unknown = Unknown::of(&listing.unknown);
        let faults: Vec<String> = listing
            .releases
            .iter()
            .filter_map(|release| unknown.named_in(&release.line))
            .map(|fault| fault.to_string())
            .collect();
        assert_eq!(faults.len(), 7);
        assert_eq!(
            faults[0],
            "type: there is no content type “News”: add it to the taxonomy, or leave out --strict"
        );
    }
}
