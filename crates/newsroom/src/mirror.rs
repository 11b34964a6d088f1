//! `newsroom mirror`: holds a copy of what another newsroom's readers have, and keeps it up.
//!
//! It is a partner like any other: it reads `/v1/export` and `/v1/changes`, checks each line by its digest, and keeps with what it
//! took in how far it has come. Whatever stops it, it goes on from there.

mod source;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use newsroom_domain::{Locale, ReleaseId};
use newsroom_persistence::{Database, Gone, Mirror, MirrorPage, MirrorPlace, Store, StoreError};
use tokio::time::sleep;
use url::{Url, form_urlencoded};

use self::source::{Change, Source, SourceError};
use crate::serve::signals;
use crate::settings::{DatabaseUrl, Settings, TimeZone};
use crate::{Outcome, serve, store};

/// How long from one look at the source to the next, where there was nothing new.
const PERIOD: Duration = Duration::from_secs(1);
/// How long until the source is asked again when it could not be: twice as long each time, up to the last.
const FIRST_RESPITE: Duration = Duration::from_secs(1);
const LAST_RESPITE: Duration = Duration::from_mins(1);
/// How often `--once` asks a source that does not answer.
const TRIES: u32 = 6;

/// What `mirror` takes.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The newsroom to mirror: the address of its API, such as <https://news.example.org>.
    #[arg(value_name = "URL")]
    source: Url,
    /// Where the mirror is: a data folder of its own, or the URL of a PostgreSQL database.
    #[arg(long, value_name = "DIR|DATABASE")]
    into: String,
    /// End when all is there, instead of following what is new.
    #[arg(long, conflicts_with = "serve")]
    once: bool,
    /// Serve what is there meanwhile, also while the source is away.
    #[arg(long)]
    serve: bool,
    #[command(flatten)]
    filter: Filter,
}

/// What of the source is mirrored. A flag may be given several times, for any of its values.
#[derive(Debug, Args)]
#[command(next_help_heading = "Filters: what of it, instead of all")]
struct Filter {
    /// Filed under this office.
    #[arg(long, value_name = "SLUG")]
    office: Vec<String>,
    /// Filed under this theme or one below it.
    #[arg(long, value_name = "SLUG")]
    theme: Vec<String>,
    /// Of this content type.
    #[arg(long = "type", value_name = "SLUG")]
    content_type: Vec<String>,
    /// Filed under no office.
    #[arg(long)]
    without_office: bool,
    /// Filed under no theme.
    #[arg(long)]
    without_theme: bool,
    /// Of no content type.
    #[arg(long)]
    without_type: bool,
    /// Which can be read in this locale.
    #[arg(long, value_name = "TAG")]
    locale: Vec<Locale>,
}

impl Filter {
    /// The filter as parameters of an address, the same for the same filter.
    fn parameters(mut self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, values) in [
            ("office", &mut self.office),
            ("theme", &mut self.theme),
            ("type", &mut self.content_type),
        ] {
            values.sort_unstable();
            query.extend_pairs(values.iter().map(|value| (name, value)));
        }
        for (name, is_set) in [
            ("withoutOffice", self.without_office),
            ("withoutTheme", self.without_theme),
            ("withoutType", self.without_type),
        ] {
            if is_set {
                query.append_pair(name, "true");
            }
        }
        self.locale.sort_unstable();
        query.extend_pairs(self.locale.iter().map(|locale| ("locale", locale.as_str())));
        query.finish()
    }
}

/// Mirrors until all is there, or until a signal says to end.
///
/// # Errors
/// Where the source is no newsroom, the mirror cannot be opened or holds something else, or what the source says cannot be.
pub(crate) async fn run(settings: &Settings, arguments: Arguments) -> Result<Outcome> {
    let Arguments {
        source,
        into,
        once,
        serve,
        filter,
    } = arguments;
    let filter = filter.parameters();
    let source = Source::new(&source, &filter)?;
    let mut settings = placed(settings, &into)?;
    let store = open(&mut settings, &source).await?;
    settle(&store, &source, &filter).await?;
    if serve {
        let mirroring = follow(&store, &source);
        return tokio::select! {
            served = serve::run(&settings, false) => served,
            failed = mirroring => failed,
        };
    }
    let ending = signals::ending()?;
    let outcome = if once {
        tokio::select! {
            biased;
            () = ending.cancelled() => Ok(Outcome::Good),
            done = catch_up(&store, &source) => done.map(|()| Outcome::Good),
        }
    } else {
        tokio::select! {
            biased;
            () = ending.cancelled() => Ok(Outcome::Good),
            failed = follow(&store, &source) => failed,
        }
    };
    store.close().await?;
    outcome
}

/// The settings of a newsroom that is there.
fn placed(settings: &Settings, into: &str) -> Result<Settings> {
    let mut settings = settings.clone();
    if into.contains("://") || into.starts_with("sqlite:") {
        let url: DatabaseUrl = into.parse().map_err(anyhow::Error::msg)?;
        settings.database_url = Some(url);
    } else {
        settings.data_dir = into.into();
        settings.database_url = None;
    }
    Ok(settings)
}

/// Opens the mirror's store, in the time zone that it has; where there is none yet, one in the time zone that its source has.
async fn open(settings: &mut Settings, source: &Source) -> Result<Store> {
    let is_new = matches!(settings.database(), Database::Sqlite(path) if !path.is_file());
    if !is_new {
        match Store::open(settings.store_options()).await {
            Ok(store) => return Ok(store),
            Err(StoreError::OtherTimeZone { recorded, .. }) => {
                settings.time_zone = TimeZone(recorded.parse().context("the mirror's time zone")?);
                return store::open(settings).await;
            }
            // A database without tables, or with those of an older program: what else there may be is said below.
            Err(_) => {}
        }
    }
    let first = source.export(None, 1, None).await?;
    settings.time_zone = TimeZone(first.time_zone.parse().context("the source's time zone")?);
    store::migrate(settings).await?;
    store::open(settings).await
}

/// Sees that the store is a mirror of that source with that filter; where there is nothing in it, it becomes one.
async fn settle(store: &Store, source: &Source, filter: &str) -> Result<()> {
    match store.mirror().await? {
        Some(mirror) if mirror.filter != filter => bail!(
            "this mirror holds {}: name another place for another part of the newsroom",
            if mirror.filter.is_empty() {
                "everything"
            } else {
                &mirror.filter
            }
        ),
        Some(_) => Ok(()),
        None => {
            let mirror = Mirror {
                source: source.name(),
                filter: filter.to_owned(),
                place: MirrorPlace::Snapshot(None),
                taxonomy_revision: 0,
            };
            Ok(store.become_mirror(&mirror).await?)
        }
    }
}

/// Mirrors for ever. What the source says that cannot be is tried again: whoever runs the source may mend it.
async fn follow(store: &Store, source: &Source) -> Result<Outcome> {
    let mut respite = FIRST_RESPITE;
    loop {
        match step(store, source).await {
            Ok(Step::More) => respite = FIRST_RESPITE,
            Ok(Step::Done) => {
                respite = FIRST_RESPITE;
                sleep(PERIOD).await;
            }
            Err(StepError::Store(error)) if !matches!(error, StoreError::Unmirrored { .. }) => return Err(error.into()),
            Err(error) => {
                tracing::warn!(%error, seconds = respite.as_secs(), "cannot mirror; it is tried again");
                sleep(respite).await;
                respite = (respite * 2).min(LAST_RESPITE);
            }
        }
    }
}

/// Mirrors until all is there.
async fn catch_up(store: &Store, source: &Source) -> Result<()> {
    let (mut tries, mut respite) = (0, FIRST_RESPITE);
    loop {
        match step(store, source).await {
            Ok(Step::More) => (tries, respite) = (0, FIRST_RESPITE),
            Ok(Step::Done) => return Ok(()),
            Err(StepError::Source(SourceError::Away(error))) if tries + 1 < TRIES => {
                tracing::warn!(error, "the source does not answer; it is asked again");
                tries += 1;
                sleep(respite).await;
                respite *= 2;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Whether there is more to do at once.
enum Step {
    More,
    Done,
}

/// Why a step was not made.
#[derive(Debug, thiserror::Error)]
enum StepError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes in the next page.
async fn step(store: &Store, source: &Source) -> Result<Step, StepError> {
    let mirror = store.mirror().await?.ok_or(StoreError::NotEmpty)?;
    let (page, step) = match mirror.place {
        MirrorPlace::Snapshot(after) => {
            let answer = source
                .export(after.as_ref(), source::PAGE, Some(mirror.taxonomy_revision))
                .await;
            let answer = match answer {
                Err(SourceError::OtherLog) => return begin_anew(store).await,
                answer => answer?,
            };
            let place = answer.cursor.map_or(MirrorPlace::Log(answer.head), |cursor| {
                MirrorPlace::Snapshot(Some(cursor))
            });
            let page = MirrorPage {
                taxonomy: answer.taxonomy.map(|taxonomy| (answer.taxonomy_revision, taxonomy)),
                gone: Gone::Others {
                    after: after.map(|after| after.last),
                    to_the_end: matches!(place, MirrorPlace::Log(_)),
                },
                releases: answer
                    .releases
                    .into_iter()
                    .map(source::Line::checked)
                    .collect::<Result<_, _>>()?,
                place,
            };
            (page, Step::More)
        }
        MirrorPlace::Log(after) => {
            let answer = match source.changes(&after, mirror.taxonomy_revision).await {
                Err(SourceError::OtherLog) => return begin_anew(store).await,
                answer => answer?,
            };
            if answer.cursor == after && answer.taxonomy.is_none() {
                return Ok(Step::Done);
            }
            let is_widened = answer.changes.iter().any(|change| change.filter_widened);
            let step = if answer.has_more || is_widened {
                Step::More
            } else {
                Step::Done
            };
            let place = if is_widened {
                MirrorPlace::Snapshot(None)
            } else {
                MirrorPlace::Log(answer.cursor)
            };
            let taxonomy = answer.taxonomy.map(|taxonomy| (answer.taxonomy_revision, taxonomy));
            (changed_page(answer.changes, place, taxonomy)?, step)
        }
    };
    let taken_in = store.take_in(page).await?;
    tracing::info!(changed = taken_in.changed, gone = taken_in.gone, "mirrored");
    Ok(step)
}

/// What a page of changes makes of the mirror. A release stands there as it is now, however often it changed.
fn changed_page(
    changes: Vec<Change>,
    place: MirrorPlace,
    taxonomy: Option<(i64, newsroom_domain::exchange::TaxonomySnapshot)>,
) -> Result<MirrorPage, SourceError> {
    let mut now: BTreeMap<ReleaseId, Option<source::Line>> = BTreeMap::new();
    for change in changes {
        if change.subject.kind == "release" {
            let (id, gone) = (change.subject.id.into(), change.gone);
            now.insert(id, change.line().filter(|_| !gone));
        }
    }
    let (mut releases, mut gone) = (Vec::new(), Vec::new());
    for (id, line) in now {
        match line {
            Some(line) => releases.push(line.checked()?),
            None => gone.push(id),
        }
    }
    Ok(MirrorPage {
        taxonomy,
        releases,
        gone: Gone::These(gone),
        place,
    })
}

/// Begins with a new snapshot: the source was set up anew, or set back to a backup. What it no longer has goes as that is read.
async fn begin_anew(store: &Store) -> Result<Step, StepError> {
    tracing::warn!("the source's change log is another than before; all is read anew");
    store.begin_anew().await?;
    Ok(Step::More)
}
