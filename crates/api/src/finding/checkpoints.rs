//! The read index's checkpoint: a file in the search index's folder, which the next process begins from.
//!
//! It holds nothing that is not in the database, and may be lost. It is put in its place whole or not at all, by one process
//! at a time; whoever reads it trusts neither.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use newsroom_index::{Checkpoint, State, search::IndexCursor};
use newsroom_persistence::{Moment, SCHEMA_VERSION, StoreError};

use super::blocking;

const FILE: &str = "read-index.checkpoint";

/// What is being written, until it is whole.
const UNFINISHED: &str = "read-index.checkpoint.new";

/// Whoever has this file locked writes the other two.
const LOCK: &str = "read-index.lock";

/// How long from one checkpoint to the next: so much is fed again after a crash.
const PERIOD: Duration = Duration::from_mins(10);

/// The checkpoint of this process, or of the one before it.
#[derive(Debug)]
pub(super) struct Checkpoints {
    folder: PathBuf,
    kept: Mutex<Kept>,
    /// The lock, once this process has it. Whoever writes holds this.
    lock: Arc<Mutex<Option<File>>>,
}

#[derive(Debug, Default)]
struct Kept {
    /// Whether that of the process before was looked for.
    is_read: bool,
    /// How far the index had come that is kept, where this process goes on from it.
    cursor: Option<IndexCursor>,
    /// When it was last read or written, or could not be.
    at: Option<Instant>,
}

impl Checkpoints {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            kept: Mutex::default(),
            lock: Arc::default(),
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the checkpoint of the process before has still to be looked for.
    pub(super) fn is_unread(&self) -> bool {
        !self.kept().is_read
    }

    /// The checkpoint that is there, if it can be read and is one of this moment's database, and how far it has come.
    ///
    /// # Errors
    /// Where the database fails.
    pub(super) async fn read(&self, moment: &Moment) -> Result<Option<(Checkpoint, IndexCursor)>, StoreError> {
        let path = self.folder.join(FILE);
        let read = blocking(move || match fs::read(&path) {
            Ok(bytes) => Checkpoint::read(&bytes).map(Some).map_err(io::Error::other),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        });
        let checkpoint = match read.await {
            Ok(Some(checkpoint)) => checkpoint,
            Ok(None) => return Ok(None),
            Err(error) => {
                tracing::warn!(%error, "the read index's checkpoint cannot be read and is not used");
                return Ok(None);
            }
        };
        let cursor = IndexCursor {
            sequence: checkpoint.sequence(),
            fingerprint: checkpoint.fingerprint().to_owned(),
        };
        if is_of(&cursor, moment).await? {
            Ok(Some((checkpoint, cursor)))
        } else {
            tracing::info!("the read index's checkpoint is of another state of the database and is not used");
            Ok(None)
        }
    }

    /// Notes that the index goes on from what is in the file, or from no file at all.
    pub(super) fn begun(&self, from: Option<IndexCursor>) {
        *self.kept() = Kept {
            is_read: true,
            at: from.as_ref().map(|_| Instant::now()),
            cursor: from,
        };
    }

    /// Whether a state as of that sequence is to be written now.
    pub(super) fn wants(&self, sequence: i64, is_ending: bool) -> bool {
        let kept = self.kept();
        let is_new = kept.cursor.as_ref().is_none_or(|cursor| cursor.sequence != sequence);
        is_new && (is_ending || kept.at.is_none_or(|at| at.elapsed() >= PERIOD))
    }

    /// What a state as of that sequence is to be written with; `None` where the database is no longer the one that it is of.
    ///
    /// # Errors
    /// Where the database fails.
    pub(super) async fn cursor(&self, sequence: i64, moment: &Moment) -> Result<Option<IndexCursor>, StoreError> {
        let last = self.kept().cursor.clone();
        let is_ours = match last {
            Some(last) => is_of(&last, moment).await?,
            None => true,
        };
        if !is_ours || sequence > moment.sequence() {
            return Ok(None);
        }
        cursor_at(sequence, moment).await.map(Some)
    }

    /// Writes a state. Where that fails, or another process writes, it is said and left at that for now.
    pub(super) async fn write(&self, state: Arc<State>, cursor: IndexCursor) {
        self.kept().at = Some(Instant::now());
        let (folder, lock) = (self.folder.clone(), Arc::clone(&self.lock));
        let fingerprint = cursor.fingerprint.clone();
        let written = blocking(move || {
            let mut lock = lock.lock().unwrap_or_else(PoisonError::into_inner);
            if lock.is_none() {
                *lock = take_lock(&folder)?;
            }
            if lock.is_none() {
                return Ok(None);
            }
            write(&folder, &state, &fingerprint).map(Some)
        });
        match written.await {
            Ok(Some(bytes)) => {
                tracing::info!(
                    sequence = cursor.sequence,
                    bytes,
                    "wrote a checkpoint of the read index"
                );
                self.kept().cursor = Some(cursor);
            }
            Ok(None) => tracing::info!("another process writes the read index's checkpoint in this folder"),
            Err(error) => tracing::warn!(%error, "no checkpoint of the read index could be written"),
        }
    }

    /// Notes that no checkpoint can be written for now.
    pub(super) fn put_off(&self) {
        self.kept().at = Some(Instant::now());
    }
}

/// Whether the log of this moment's database is that of a cursor, or goes on from it.
async fn is_of(cursor: &IndexCursor, moment: &Moment) -> Result<bool, StoreError> {
    Ok(cursor.sequence <= moment.sequence() && *cursor == cursor_at(cursor.sequence, moment).await?)
}

async fn cursor_at(sequence: i64, moment: &Moment) -> Result<IndexCursor, StoreError> {
    // A migration may change what lists go by, and the log has no word of it.
    let fingerprint = format!("schema {SCHEMA_VERSION} {}", moment.fingerprint(sequence).await?);
    Ok(IndexCursor { sequence, fingerprint })
}

/// The lock of a folder; `None` where another process has it. The system lets go of it when this one ends, however it ends.
fn take_lock(folder: &Path) -> io::Result<Option<File>> {
    fs::create_dir_all(folder)?;
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Puts a state into a folder's file, whole or not at all, and gives its length.
fn write(folder: &Path, state: &State, fingerprint: &str) -> io::Result<u64> {
    let unfinished = folder.join(UNFINISHED);
    let written = File::create(&unfinished).and_then(|file| {
        state.write_checkpoint(fingerprint, &file)?;
        file.sync_all()?;
        let bytes = file.metadata()?.len();
        fs::rename(&unfinished, folder.join(FILE))?;
        Ok(bytes)
    });
    if written.is_err() {
        // Where it cannot even be removed, what failed first says why.
        let _ = fs::remove_file(&unfinished);
    }
    let bytes = written?;
    sync_folder(folder)?;
    Ok(bytes)
}

/// Has a folder's entries on the disk, where the system has a way to ask for it.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}
