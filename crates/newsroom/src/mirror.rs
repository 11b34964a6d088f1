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
use newsroom_persistence::{Database, Gone, Mirror, MirrorPage, MirrorPlace, Store, StoreError, StoreErrorKind};
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
/// The longest that a source is waited for because it says so.
const LONGEST_RESPITE: Duration = Duration::from_mins(10);
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
    /// The source is the same newsroom as before, though it is at another address and has none of the releases that it had first.
    #[arg(long)]
    moved: bool,
    #[command(flatten)]
    filter: Filter,
}

impl Arguments {
    const fn how(&self) -> How {
        match (self.once, self.serve) {
            (true, _) => How::Once,
            (false, true) => How::Serving,
            (false, false) => How::Following,
        }
    }
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
/// Where the source is no newsroom, the mirror cannot be opened or holds something else, what the source says cannot be, or a signal
/// comes before all is there that was to be.
pub(crate) async fn run(settings: &Settings, arguments: Arguments) -> Result<Outcome> {
    let how = arguments.how();
    let mut settings = placed(settings, &arguments.into)?;
    let asked = Asked::of(arguments)?;
    let ending = signals::ending()?;
    let store = tokio::select! {
        biased;
        () = ending.cancelled() => return how.interrupted(),
        store = opened(&mut settings, &asked, how) => store?,
    };
    if how == How::Serving {
        return tokio::select! {
            served = serve::run_until(&settings, false, ending) => served,
            failed = mirror(&store, &asked.source, how) => failed,
        };
    }
    let outcome = tokio::select! {
        biased;
        () = ending.cancelled() => how.interrupted(),
        done = mirror(&store, &asked.source, how) => done,
    };
    store.close().await?;
    outcome
}

/// What is asked to be mirrored.
struct Asked {
    source: Source,
    filter: String,
    is_moved: bool,
}

impl Asked {
    fn of(arguments: Arguments) -> Result<Self> {
        let filter = arguments.filter.parameters();
        Ok(Self {
            source: Source::new(&arguments.source, &filter)?,
            filter,
            is_moved: arguments.moved,
        })
    }
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

/// Opens the mirror, which becomes one where there is nothing yet: of that source, with that filter, in the source's time zone.
async fn opened(settings: &mut Settings, asked: &Asked, how: How) -> Result<Store> {
    let (store, mut known) = (open_existing(settings).await?, None);
    let store = if let Some(store) = store {
        store
    } else {
        settings.time_zone = zone_of(&asked.source, how).await?;
        known = Some(settings.time_zone);
        store::migrate(settings).await?;
        store::open(settings).await?
    };
    if let Some(mirror) = store.mirror().await? {
        settle(&store, &mirror, asked, how).await?;
        return Ok(store);
    }
    if !store.is_empty().await? {
        return Err(StoreError::NotEmpty.into());
    }
    let zone = match known {
        Some(zone) => zone,
        None => zone_of(&asked.source, how).await?,
    };
    let mirror = Mirror {
        source: asked.source.name(),
        filter: asked.filter.clone(),
        place: MirrorPlace::Snapshot(None),
        taxonomy_revision: 0,
    };
    store.become_mirror(&mirror, zone.0).await?;
    if store.time_zone() == zone.0 {
        return Ok(store);
    }
    store.close().await?;
    settings.time_zone = zone;
    store::open(settings).await
}

/// Opens a store that is there, in the time zone that it has; none where there is no database, or one without tables.
async fn open_existing(settings: &mut Settings) -> Result<Option<Store>> {
    if matches!(settings.database(), Database::Sqlite(path) if !path.is_file()) {
        return Ok(None);
    }
    match Store::open(settings.store_options()).await {
        Ok(store) => Ok(Some(store)),
        Err(StoreError::OtherTimeZone { recorded, .. }) => {
            settings.time_zone = TimeZone(recorded.parse().context("the mirror's time zone")?);
            store::open(settings).await.map(Some)
        }
        // It has no tables, or those of an older program: what else there may be is said when it is migrated.
        Err(_) => Ok(None),
    }
}

/// The time zone that a source has; waits for one that is away.
async fn zone_of(source: &Source, how: How) -> Result<TimeZone> {
    let first = first_page(source, 1, how).await?;
    Ok(TimeZone(first.time_zone.parse().context("the source's time zone")?))
}

/// The first page of all that a source has; waits for one that is away.
async fn first_page(source: &Source, limit: u64, how: How) -> Result<source::Export> {
    let mut respite = Respite::new(how);
    loop {
        match source.export(None, limit, None).await {
            Ok(first) => return Ok(first),
            Err(error @ SourceError::Away { .. }) => respite.after(error.into()).await?,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Sees that a mirror is one of that source, with that filter. Whatever else is read into it would take the place of what it has.
async fn settle(store: &Store, mirror: &Mirror, asked: &Asked, how: How) -> Result<()> {
    if mirror.filter != asked.filter {
        bail!(
            "this mirror holds {}: name another place for another part of the newsroom",
            if mirror.filter.is_empty() {
                "everything"
            } else {
                &mirror.filter
            }
        );
    }
    let source = asked.source.name();
    if mirror.source.trim_end_matches('/') == source.trim_end_matches('/') {
        return Ok(());
    }
    if !asked.is_moved && !store.may_mirror(&first_of(&asked.source, how).await?).await? {
        bail!(
            "this mirror is one of {}, and {source} has none of its first releases: name another place for a mirror of that, or give \
             --moved where it is the same newsroom at another address",
            mirror.source
        );
    }
    Ok(store.source_moved(source).await?)
}

/// The first releases that a source has; waits for one that is away.
async fn first_of(source: &Source, how: How) -> Result<Vec<ReleaseId>> {
    let mut ids = Vec::new();
    for line in first_page(source, source::PAGE, how).await?.releases {
        ids.extend(line.checked()?.id);
    }
    Ok(ids)
}

/// How long it is mirrored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// Until all is there.
    Once,
    /// For ever.
    Following,
    /// For ever, with readers of what is there meanwhile: whatever fails, they are served.
    Serving,
}

impl How {
    /// What comes of a signal to end.
    fn interrupted(self) -> Result<Outcome> {
        match self {
            Self::Once => bail!("interrupted before all was there: run it again, and it goes on where it was"),
            Self::Following | Self::Serving => Ok(Outcome::Good),
        }
    }

    /// Whether it is worth while to try again what failed so.
    fn goes_on_after(self, error: &StepError) -> bool {
        match error {
            StepError::Source(SourceError::Away { .. }) => true,
            // Whoever runs the source may mend it.
            StepError::Source(_) | StepError::Store(StoreError::Unmirrored { .. }) => self != Self::Once,
            StepError::Store(error) => error.kind() != StoreErrorKind::Internal || self == Self::Serving,
        }
    }
}

/// How long to wait until something is tried again: the longer, the more often it was.
struct Respite {
    how: How,
    tries: u32,
    next: Duration,
}

impl Respite {
    const fn new(how: How) -> Self {
        Self {
            how,
            tries: 0,
            next: FIRST_RESPITE,
        }
    }

    /// Waits after that, at least as long as the source says.
    ///
    /// # Errors
    /// That itself, where it has been tried often enough.
    async fn after(&mut self, error: StepError) -> Result<()> {
        self.tries += 1;
        if self.how == How::Once && self.tries == TRIES {
            return Err(error.into());
        }
        let asked = match &error {
            StepError::Source(SourceError::Away { again_in, .. }) => again_in.unwrap_or_default().min(LONGEST_RESPITE),
            StepError::Source(_) | StepError::Store(_) => Duration::ZERO,
        };
        let wait = self.next.max(asked);
        tracing::warn!(%error, seconds = wait.as_secs(), "cannot mirror; it is tried again");
        sleep(wait).await;
        self.next = (self.next * 2).min(LAST_RESPITE);
        Ok(())
    }
}

/// Mirrors, until all is there or for ever.
async fn mirror(store: &Store, source: &Source, how: How) -> Result<Outcome> {
    let mut respite = Respite::new(how);
    loop {
        match step(store, source).await {
            Ok(step) => {
                respite = Respite::new(how);
                match step {
                    Step::More => {}
                    Step::Done if how == How::Once => return Ok(Outcome::Good),
                    Step::Done => sleep(PERIOD).await,
                }
            }
            Err(error) if how.goes_on_after(&error) => respite.after(error).await?,
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
            let ours = store.time_zone().name();
            if answer.time_zone != ours {
                let theirs = answer.time_zone;
                return Err(SourceError::OtherTimeZone { theirs, ours }.into());
            }
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
