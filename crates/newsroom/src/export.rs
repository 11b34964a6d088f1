//! `newsroom export`: writes releases as JSON Lines, and what they are filed under beside them.

mod whole_file;

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use newsroom_domain::exchange::{ExportScope, ReleaseLine, TaxonomyFile};
use newsroom_domain::filter::ReleaseFilter;
use newsroom_domain::{Day, Locale};
use newsroom_persistence::{Store, StoreError};

use crate::import::taxonomy_file;
use crate::progress::Progress;
use crate::settings::Settings;
use crate::{Outcome, store};
use whole_file::WholeFile;

/// How much is written at once.
const PORTION: usize = 256 * 1024;

/// What `export` takes.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The file to write, with taxonomy.json beside it; without, or with -, releases go to standard output.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Where what the slugs mean is written, instead of beside the file.
    #[arg(long, value_name = "FILE")]
    taxonomy: Option<PathBuf>,
    /// Only what readers can see: no drafts, nothing removed, no sourceId.
    #[arg(long)]
    public: bool,
    /// What is left of removed releases as well, which `import` cannot take back: their addresses, and why they were removed. Not where
    /// something is filtered: nothing is filed under anything any more of what was removed.
    #[arg(long, requires = "public")]
    tombstones: bool,
    #[command(flatten)]
    filter: Filter,
}

#[cfg(test)]
impl Arguments {
    /// What exports everything to a file.
    pub(crate) fn everything_to(path: &Path) -> Self {
        let filter = Filter {
            office: Vec::new(),
            theme: Vec::new(),
            content_type: Vec::new(),
            without_office: false,
            without_theme: false,
            without_type: false,
            locale: Vec::new(),
            from: None,
            to: None,
        };
        Self {
            file: Some(path.to_owned()),
            taxonomy: None,
            public: false,
            tombstones: false,
            filter,
        }
    }
}

/// The filters of a list of releases. A flag may be given several times, for any of its values.
#[derive(Debug, Args)]
#[command(next_help_heading = "Filters, with --public")]
struct Filter {
    /// Filed under this office.
    #[arg(long, value_name = "SLUG", requires = "public")]
    office: Vec<String>,
    /// Filed under this theme or one below it.
    #[arg(long, value_name = "SLUG", requires = "public")]
    theme: Vec<String>,
    /// Of this content type.
    #[arg(long = "type", value_name = "SLUG", requires = "public")]
    content_type: Vec<String>,
    /// Filed under no office.
    #[arg(long, requires = "public")]
    without_office: bool,
    /// Filed under no theme.
    #[arg(long, requires = "public")]
    without_theme: bool,
    /// Of no content type.
    #[arg(long, requires = "public")]
    without_type: bool,
    /// Which can be read in this locale.
    #[arg(long, value_name = "TAG", requires = "public")]
    locale: Vec<Locale>,
    /// Published on this day or later.
    #[arg(long, value_name = "DAY", requires = "public")]
    from: Option<Day>,
    /// Published on this day or earlier.
    #[arg(long, value_name = "DAY", requires = "public")]
    to: Option<Day>,
}

impl From<Filter> for ReleaseFilter {
    fn from(filter: Filter) -> Self {
        Self {
            offices: filter.office,
            themes: filter.theme,
            types: filter.content_type,
            without_office: filter.without_office,
            without_theme: filter.without_theme,
            without_type: filter.without_type,
            locales: filter.locale,
            published_from: filter.from,
            published_to: filter.to,
        }
    }
}

/// Exports to where the command line says.
///
/// # Errors
/// Where there is no newsroom, or it cannot be written; a file is then as it was.
pub(crate) async fn run(settings: &Settings, arguments: Arguments) -> Result<Outcome> {
    let Arguments {
        file,
        taxonomy,
        public,
        tombstones,
        filter,
    } = arguments;
    let file = file.filter(|path| path != Path::new("-"));
    let beside = file
        .as_ref()
        .filter(|path| whole_file::is_ordinary(path))
        .map(|path| path.with_file_name(taxonomy_file::NAME));
    let taxonomy_path = taxonomy.or(beside);
    if file.is_some() && file == taxonomy_path {
        bail!(
            "the releases would be written over what their slugs mean: name the file other than {}",
            taxonomy_file::NAME
        );
    }
    let store = store::open_existing(settings).await?;
    if !public && store.mirror().await?.is_some() {
        bail!("this is a mirror, which has what readers have and no desk: give --public");
    }
    let scope = if public {
        ExportScope::Public { tombstones }
    } else {
        ExportScope::Everything
    };
    let exported = match &file {
        None => to_standard_output(&store, scope, &filter.into()).await?,
        Some(path) => Some(to_file(&store, scope, &filter.into(), path).await?),
    };
    // A reader that has gone away has had all that it wants.
    if let Some(Exported {
        taxonomy,
        releases,
        file,
    }) = exported
    {
        if let Some(path) = &taxonomy_path {
            write_taxonomy(path, &taxonomy)?;
        }
        if let Some(file) = file {
            let name = file.name();
            file.finish()?;
            let _ = writeln!(
                io::stderr(),
                "exported {releases} {} to {name}",
                if releases == 1 { "release" } else { "releases" }
            );
        }
    }
    store.close().await?;
    Ok(Outcome::Good)
}

/// What was exported, the file not yet under its name.
struct Exported {
    taxonomy: TaxonomyFile,
    releases: u64,
    file: Option<WholeFile>,
}

async fn to_standard_output(store: &Store, scope: ExportScope, filter: &ReleaseFilter) -> Result<Option<Exported>> {
    let mut out = BufWriter::with_capacity(PORTION, io::stdout());
    let exported = store.export(scope, filter, |line| write_line(&mut out, line)).await;
    let (taxonomy, releases) = match exported {
        Err(StoreError::Sink(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            // Else the rest would be tried again when it is dropped.
            let _ = out.into_parts();
            return Ok(None);
        }
        exported => exported?,
    };
    match out.flush() {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(None),
        flushed => {
            flushed.context("cannot write to standard output")?;
            Ok(Some(Exported {
                taxonomy: TaxonomyFile::of(&taxonomy),
                releases,
                file: None,
            }))
        }
    }
}

async fn to_file(store: &Store, scope: ExportScope, filter: &ReleaseFilter, path: &Path) -> Result<Exported> {
    let mut file = WholeFile::begin(path)?;
    let progress = Progress::counting();
    let mut out = BufWriter::with_capacity(PORTION, file.writer());
    let exported = store.export(scope, filter, |line| {
        progress.go_on(1, || "releases".to_owned());
        write_line(&mut out, line)
    });
    let exported = exported.await;
    progress.end();
    let (taxonomy, releases) = exported?;
    out.flush()
        .with_context(|| format!("cannot write {}", path.display()))?;
    drop(out);
    Ok(Exported {
        taxonomy: TaxonomyFile::of(&taxonomy),
        releases,
        file: Some(file),
    })
}

fn write_line(to: &mut impl Write, line: &ReleaseLine) -> io::Result<()> {
    to.write_all(line.to_json()?.as_bytes())?;
    to.write_all(b"\n")
}

fn write_taxonomy(path: &Path, taxonomy: &TaxonomyFile) -> Result<()> {
    let mut file = WholeFile::begin(path)?;
    let mut text = serde_json::to_string_pretty(taxonomy).context("cannot write the taxonomy")?;
    text.push('\n');
    file.writer()
        .write_all(text.as_bytes())
        .with_context(|| format!("cannot write {}", path.display()))?;
    file.finish()
}
