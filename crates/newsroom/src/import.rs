//! `newsroom import`: reads releases from files and hands them to the store, batch by batch.
//!
//! JSON Lines go through in the memory of a few batches, however many they are; listing pages are read whole, since they
//! are read as one.

mod json_lines;
mod lines;
mod listing_pages;

mod report;
mod source;
pub(crate) mod taxonomy_file;

use std::io;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use newsroom_domain::Locale;
use newsroom_persistence::{ImportOptions, Importer, Store};

use crate::progress::Progress;
use crate::settings::Settings;
use crate::{Outcome, print, store};
use report::Tally;
use source::Source;

/// The most lines of a batch, which is one transaction.
const BATCH: usize = 500;

/// What `import` takes.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 all lines were good, 1 some were bad (the good ones are in), 2 the import could not run."
)]
pub(crate) struct Arguments {
    /// The files, - for standard input. Listing pages are given newest first.
    #[arg(value_name = "FILE", required_unless_present = "taxonomy")]
    files: Vec<PathBuf>,
    /// What is in the files; without, .txt is a listing, and all else JSON Lines.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The file that says what slugs mean; without, taxonomy.json beside each file of JSON Lines, if it is there.
    #[arg(long, value_name = "FILE")]
    taxonomy: Option<PathBuf>,
    /// The locale that listing pages are in, and in which what is created is named.
    #[arg(long, default_value = "en")]
    locale: Locale,
    /// Refuse offices, themes and content types that are not known, rather than create them.
    #[arg(long)]
    strict: bool,
    /// Say what would happen, and keep nothing.
    #[arg(long)]
    dry_run: bool,
    /// Take releases, too, that have been edited here since they were last imported.
    #[arg(long)]
    overwrite: bool,
    /// Tell webhooks, subscribers and hubs of the changes.
    #[arg(long)]
    announce: bool,
}

/// What a file has in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A release a line, in the exchange format.
    Jsonl,
    /// The plain text of a newsroom's listing page.
    Listing,
}

impl Format {
    /// The format of all the files: the one that was said, or the one that their names say.
    fn of(arguments: &Arguments) -> Result<Self> {
        if let Some(format) = arguments.format {
            return Ok(format);
        }
        let by_name = |path: &PathBuf| match path.extension().and_then(|extension| extension.to_str()) {
            Some(extension) if extension.eq_ignore_ascii_case("txt") => Self::Listing,
            _ => Self::Jsonl,
        };
        let mut formats = arguments.files.iter().map(by_name);
        let first = formats.next().unwrap_or(Self::Jsonl);
        if formats.any(|format| format != first) {
            bail!("the files are of two formats by their names: import them one format at a time, or say --format");
        }
        Ok(first)
    }
}

/// Imports what the command line names, and tells what came of it.
///
/// # Errors
/// Where it cannot run, or cannot go on; the batches before are in.
pub(crate) async fn run(settings: &Settings, arguments: Arguments) -> Result<Outcome> {
    let format = Format::of(&arguments)?;
    // Before anything is imported, so that a slip in the last name leaves nothing half done.
    let sources = arguments
        .files
        .iter()
        .map(|path| Source::open(path))
        .collect::<Result<Vec<_>>>()?;
    let taxonomies = match (&arguments.taxonomy, format) {
        (Some(path), _) => vec![taxonomy_file::read(path)?],
        (None, Format::Jsonl) => taxonomy_file::read_beside(&arguments.files)?,
        (None, Format::Listing) => Vec::new(),
    };
    let store = store::open(settings).await?;
    if let Some(mirror) = store.mirror().await? {
        bail!("this newsroom is a mirror of {}: import into another", mirror.source);
    }
    let mut import = Import {
        tally: Tally::of(sources.iter().map(Source::name).collect()),
        importer: store.importer(options(settings, &arguments)),
        progress: Progress::over(sources.iter().map(Source::length)),
    };
    let ran = async {
        for taxonomy in &taxonomies {
            import.tally.add_taxonomy(&import.importer.taxonomy(taxonomy).await?);
        }
        match format {
            Format::Jsonl => json_lines::import(sources, &mut import).await,
            Format::Listing => {
                let known = taxonomy_file::known(&store, &taxonomies).await?;
                listing_pages::import(sources, &known, (&arguments.locale, arguments.strict), &mut import).await
            }
        }
    }
    .await;
    let Import {
        mut tally,
        importer,
        progress,
    } = import;
    progress.end();
    if ran.is_ok() {
        importer.finish().await?;
    } else {
        drop(importer);
    }
    // What was done before it failed is told as well.
    if ran.is_ok() || tally.has_begun() {
        print(&tally.summary(arguments.dry_run))?;
        tally
            .write_details(&mut io::stderr().lock())
            .context("cannot write to standard error")?;
    }
    store.close().await?;
    ran.map(|()| tally.outcome())
}

/// An import that goes on.
struct Import {
    importer: Importer,
    tally: Tally,
    progress: Progress,
}

fn options(settings: &Settings, arguments: &Arguments) -> ImportOptions {
    ImportOptions {
        strict: arguments.strict,
        dry_run: arguments.dry_run,
        overwrite: arguments.overwrite,
        announce: arguments.announce,
        locales: settings.locales.clone(),
        locale_of_names: arguments.locale.clone(),
    }
}

/// Imports the seed newsroom, which is built in, and says how many of its releases were created, changed and neither.
///
/// # Errors
/// Where the store fails, or a line is refused.
pub(crate) async fn demo(settings: &Settings, store: &Store) -> Result<Tally> {
    const RELEASES: &str = include_str!("../../../data/newsroom.jsonl");
    const TAXONOMY: &str = include_str!("../../../data/taxonomy.json");
    let options = ImportOptions {
        strict: true,
        dry_run: false,
        overwrite: false,
        announce: false,
        locales: settings.locales.clone(),
        locale_of_names: "en"
            .parse()
            .map_err(|fault: newsroom_domain::fault::Malformed| anyhow::anyhow!(fault.message))?,
    };
    let sources = vec![Source::built_in("data/newsroom.jsonl", RELEASES)];
    let mut import = Import {
        tally: Tally::of(sources.iter().map(Source::name).collect()),
        importer: store.importer(options),
        progress: Progress::none(),
    };
    let taxonomy = taxonomy_file::parse(TAXONOMY, "data/taxonomy.json")?;
    import.tally.add_taxonomy(&import.importer.taxonomy(&taxonomy).await?);
    json_lines::import(sources, &mut import).await?;
    import.importer.finish().await?;
    if let Some(said) = import.tally.first_refusal() {
        // A release of the seed that has been edited here stays as it is.
        tracing::warn!(
            refused = import.tally.refused(),
            first = said,
            "not all of the seed newsroom was imported"
        );
    }
    Ok(import.tally)
}

#[cfg(test)]
mod tests;
