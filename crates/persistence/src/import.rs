//! Importing: batches of lines, each one transaction with its changes and one audit entry, or nothing.
//!
//! What a line makes of a release is the domain's to say ([`newsroom_domain::release::Release::import`]); this room finds
//! the release that a line means, gives it a free slug, and stores what came out.

mod batch;
mod matching;
mod meant;
mod taxonomy;

use newsroom_domain::exchange::{ReleaseLine, TaxonomyFile};
use newsroom_domain::taxonomy::Taxonomy;
use newsroom_domain::{FieldFault, Instant, Locale, Zone};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, TransactionTrait};

use self::batch::Batch;
use crate::StoreError;
use crate::database::{Connections, Turn, now, take_turn, wait_for_turn};
use crate::desk::slug_book::Numbers;
use crate::head::Head;
use crate::ids::Ids;

/// How an import is done.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// Whether offices, themes and content types that are not known are refused, rather than created.
    pub strict: bool,
    /// Whether all is undone at the end.
    pub dry_run: bool,
    /// Whether releases are taken that the desk has edited since the last import.
    pub overwrite: bool,
    /// Whether webhooks and subscribers are told of the changes.
    pub announce: bool,
    /// The locales that texts may be in; empty for any.
    pub locales: Vec<Locale>,
    /// The locale in which what is created is named.
    pub locale_of_names: Locale,
}

/// A line and where it stands in its file.
#[derive(Debug, Clone)]
pub struct NumberedLine {
    number: u64,
    line: ReleaseLine,
    content_hash: String,
}

impl NumberedLine {
    /// A line with its number, from 1.
    ///
    /// # Errors
    /// None that a line which was read can have.
    pub fn new(number: u64, line: ReleaseLine) -> Result<Self, FieldFault> {
        let hash = line.content_hash();
        let content_hash = hash.map_err(|error| FieldFault::new("", "MALFORMED", error.to_string()))?;
        Ok(Self {
            number,
            line,
            content_hash,
        })
    }

    /// Its number, from 1.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }
}

/// A line that was refused, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedLine {
    /// Its number.
    pub number: u64,
    /// What is wrong with it.
    pub fault: FieldFault,
}

/// What became of a batch of lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// How many made a new release.
    pub created: u64,
    /// How many changed one.
    pub changed: u64,
    /// How many said what is there already.
    pub unchanged: u64,
    /// Those that were refused. The others were taken all the same.
    pub refused: Vec<RefusedLine>,
}

/// What became of a taxonomy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TaxonomyReport {
    /// How many offices, themes and content types are new.
    pub created: u64,
    /// How many were changed.
    pub changed: u64,
}

/// An import that goes on.
#[derive(Debug)]
pub struct Importer {
    connections: Connections,
    zone: Zone,
    options: ImportOptions,
    /// The one transaction of a dry run.
    held: Option<DatabaseTransaction>,
    session: Option<Session>,
}

/// What is kept from one batch to the next.
#[derive(Debug)]
pub(crate) struct Session {
    ids: Ids,
    taxonomy: Taxonomy,
    revision: i64,
    numbers: Numbers,
}

/// A number of our own, so that nobody else's advisory lock is ours: "importer" in ASCII.
const IMPORT_LOCK: i64 = 0x696d_706f_7274_6572;

/// How often a batch is tried again whose slugs another writer takes meanwhile.
const TRIES: u32 = 5;

impl Importer {
    pub(crate) fn new(connections: Connections, zone: Zone, options: ImportOptions) -> Self {
        Self {
            connections,
            zone,
            options,
            held: None,
            session: None,
        }
    }

    /// Takes in a taxonomy: what it names is created, or made as it says. A theme that moves takes its releases along.
    ///
    /// # Errors
    /// Where the taxonomy cannot be, or the database fails; nothing of it is then taken in.
    pub async fn taxonomy(&mut self, file: &TaxonomyFile) -> Result<TaxonomyReport, StoreError> {
        let (transaction, mut session, now) = self.begin().await?;
        let report = taxonomy::take_in(&transaction, &mut session, file, now, self.options.announce).await?;
        transaction.commit().await?;
        self.session = Some(session);
        Ok(report)
    }

    /// Takes in a batch of lines, in one transaction.
    ///
    /// # Errors
    /// Where the database fails; nothing of the batch is then taken in.
    pub async fn batch(&mut self, lines: &[NumberedLine]) -> Result<ImportReport, StoreError> {
        for _ in 0..TRIES {
            let (transaction, mut session, now) = self.begin().await?;
            match Batch::new(&transaction, &mut session, &self.options, self.zone, now)
                .run(lines)
                .await?
            {
                Some(report) => {
                    transaction.commit().await?;
                    self.session = Some(session);
                    return Ok(report);
                }
                None => transaction.rollback().await?,
            }
        }
        Err(StoreError::Contended)
    }

    /// Ends the import; a dry run is undone.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn finish(self) -> Result<(), StoreError> {
        if let Some(held) = self.held {
            return Ok(held.rollback().await?);
        }
        // The planner's figures are those of before the import.
        let analyze = match self.connections.writer().get_database_backend() {
            DbBackend::Postgres => "ANALYZE",
            _ => "PRAGMA optimize",
        };
        self.connections.writer().execute_unprepared(analyze).await?;
        Ok(())
    }

    /// Begins a transaction of this import, with what is kept from the last one where that is still true.
    async fn begin(&mut self) -> Result<(DatabaseTransaction, Session, Instant), StoreError> {
        if self.options.dry_run && self.held.is_none() {
            self.held = Some(self.connections.write().await?);
        }
        let transaction = match &self.held {
            Some(held) => held.begin().await?,
            None => self.connections.write().await?,
        };
        wait_for_turn(&transaction, IMPORT_LOCK).await?;
        // A dry run lasts long and changes nothing: the desk goes on beside it.
        let now = if self.options.dry_run {
            now(&transaction).await?
        } else {
            take_turn(&transaction, Turn::Alone).await?
        };
        let revision = Head::read(&transaction).await?.taxonomy_revision;
        // What is not put back after the transaction is read anew: it may have been undone.
        let session = match self.session.take() {
            Some(session) if session.revision == revision => session,
            Some(session) => Session {
                taxonomy: crate::taxonomy::read(&transaction).await?,
                revision,
                ..session
            },
            None => {
                let ids = Ids::open(&transaction).await?;
                Session {
                    ids,
                    taxonomy: crate::taxonomy::read(&transaction).await?,
                    revision,
                    numbers: Numbers::default(),
                }
            }
        };
        Ok((transaction, session, now))
    }
}
