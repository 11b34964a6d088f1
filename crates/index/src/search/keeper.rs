//! The index in its folder: opened where it left off, kept up with what changes, built anew.

use std::path::Path;
use std::sync::Arc;
use std::{fmt, fs};

use newsroom_domain::ReleaseId;
use newsroom_domain::findable::FindableText;
use serde::{Deserialize, Serialize};
use tantivy::directory::error::LockError;
use tantivy::directory::{INDEX_WRITER_LOCK, MmapDirectory};
use tantivy::merge_policy::LogMergePolicy;
use tantivy::{Directory, Index, IndexReader, IndexWriter, ReloadPolicy, TantivyError};

use super::schema::{Fields, SCHEMA_VERSION, tokenizers};
use super::state::SearchState;
use super::synonyms::Synonyms;

/// Why the index cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The folder is in use by another process, or by another index of this one.
    #[error("the search index is in use by another process: give each its own folder")]
    Busy,
    /// The folder or a file in it cannot be read or written.
    #[error("the search index cannot be read or written: {0}")]
    Io(#[from] std::io::Error),
    /// The index itself failed.
    #[error("the search index failed: {0}")]
    Index(#[from] TantivyError),
}

/// How far an index has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexCursor {
    /// The sequence of the last change that it has taken in.
    pub sequence: i64,
    /// What tells the database that it was built from, and how, from any other. Whoever feeds the index decides.
    pub fingerprint: String,
}

/// What is kept with each commit.
#[derive(Serialize, Deserialize)]
struct Payload {
    version: u32,
    #[serde(flatten)]
    cursor: IndexCursor,
}

/// Room for texts that wait to be written, in bytes for each writing thread.
const WRITING_BUDGET: usize = 64 << 20;
/// The share of deleted texts from which a segment is written anew.
const MOST_DELETED: f32 = 0.3;

/// The index of all live texts. One at a time has a folder.
pub struct SearchIndex {
    fields: Fields,
    writer: IndexWriter,
    reader: IndexReader,
    cursor: Option<IndexCursor>,
    state: SearchState,
}

impl fmt::Debug for SearchIndex {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SearchIndex")
            .field("cursor", &self.cursor)
            .finish_non_exhaustive()
    }
}

impl SearchIndex {
    /// Opens the index in a folder where it left off. It starts empty where there is none yet, and where what is there cannot
    /// be read or was written by another version; [`SearchIndex::cursor`] is none then. Files of others stay.
    ///
    /// That takes no longer for a large index. Whether each byte is as it was written, [`SearchIndex::check`] says.
    ///
    /// # Errors
    /// Where the folder cannot be written, or is in use. What a killed process has left is in nobody's way.
    pub fn open(folder: &Path, synonyms: Synonyms) -> Result<Self, SearchError> {
        fs::create_dir_all(folder)?;
        free(folder)?;
        let (fields, _) = Fields::new();
        let (index, reader, cursor) = match reopen(folder) {
            Ok(Some((index, reader, cursor))) => (index, reader, Some(cursor)),
            not_ours => {
                if let Err(error) = not_ours {
                    tracing::warn!(%error, "the search index cannot be read and starts empty");
                }
                let index = create(folder)?;
                let reader = read(&index)?;
                (index, reader, None)
            }
        };
        let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get().min(4));
        let writer: IndexWriter = index
            .writer_with_num_threads(threads, WRITING_BUDGET * threads)
            .map_err(busy)?;
        merge_often(&writer);
        let state = SearchState::new(reader.searcher(), fields.clone(), Arc::new(synonyms));
        Ok(Self {
            fields,
            writer,
            reader,
            cursor,
            state,
        })
    }

    /// What looks whether its files are as they were written, for which it reads all of them: beside those that search.
    #[must_use]
    pub fn check(&self) -> Check {
        Check(self.writer.index().clone())
    }

    /// Takes the index out of its folder, so that the next one starts empty.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn discard(self, folder: &Path) -> Result<(), SearchError> {
        drop(self);
        free(folder)?;
        Ok(wipe(folder)?)
    }

    /// How far it has come; none where it has to be built anew.
    #[must_use]
    pub fn cursor(&self) -> Option<&IndexCursor> {
        self.cursor.as_ref()
    }

    /// What answers, as of the last commit. It goes on answering so, whatever is committed later.
    #[must_use]
    pub fn searcher(&self) -> SearchState {
        self.state.clone()
    }

    /// Takes in releases with all texts that they have now; one without any is gone. All is there when this is done, and
    /// nothing where it fails.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn apply(
        &mut self,
        changed: &[(ReleaseId, Vec<FindableText>)],
        cursor: IndexCursor,
    ) -> Result<(), SearchError> {
        let written = self.write(changed).and_then(|()| self.commit(cursor));
        if written.is_err() {
            self.take_back()?;
        }
        written
    }

    /// Begins to build it anew, from nothing. Until that is finished the old index answers, and a process that starts
    /// meanwhile goes on with that.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn begin_rebuild(&mut self) -> Result<Rebuild<'_>, SearchError> {
        self.writer.delete_all_documents()?;
        Ok(Rebuild {
            index: self,
            finished: false,
        })
    }

    /// Forgets what was not committed.
    fn take_back(&mut self) -> Result<(), SearchError> {
        self.writer.rollback()?;
        // That has made a new writer.
        merge_often(&self.writer);
        Ok(())
    }

    fn write(&self, changed: &[(ReleaseId, Vec<FindableText>)]) -> Result<(), SearchError> {
        for (release, texts) in changed {
            self.writer.delete_term(self.fields.of_release(*release));
            for text in texts {
                self.writer.add_document(self.fields.document(text))?;
            }
        }
        Ok(())
    }

    fn commit(&mut self, cursor: IndexCursor) -> Result<(), SearchError> {
        let payload = Payload {
            version: SCHEMA_VERSION,
            cursor,
        };
        let text = serde_json::to_string(&payload).map_err(std::io::Error::from)?;
        let mut prepared = self.writer.prepare_commit()?;
        prepared.set_payload(&text);
        prepared.commit()?;
        self.reader.reload()?;
        self.state = self.state.with(self.reader.searcher());
        self.cursor = Some(payload.cursor);
        Ok(())
    }
}

/// Looks at the files of an index.
#[derive(Debug)]
pub struct Check(Index);

impl Check {
    /// How many files are damaged.
    ///
    /// # Errors
    /// Where files cannot be read; also where they were merged into others meanwhile.
    pub fn damaged(&self) -> Result<usize, SearchError> {
        Ok(self.0.validate_checksum()?.len())
    }
}

/// An index that is being built anew. Dropped before it is finished, it leaves the old one as it was.
pub struct Rebuild<'a> {
    index: &'a mut SearchIndex,
    finished: bool,
}

impl Rebuild<'_> {
    /// Takes in some texts. Each is given once.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn add(&mut self, texts: &[FindableText]) -> Result<(), SearchError> {
        for text in texts {
            self.index.writer.add_document(self.index.fields.document(text))?;
        }
        Ok(())
    }

    /// Puts what was taken in into the place of the old index.
    ///
    /// # Errors
    /// Where it cannot be written; the old one stays.
    pub fn finish(mut self, cursor: IndexCursor) -> Result<(), SearchError> {
        self.index.commit(cursor)?;
        self.finished = true;
        Ok(())
    }
}

impl Drop for Rebuild<'_> {
    fn drop(&mut self) {
        if !self.finished
            && let Err(error) = self.index.take_back()
        {
            tracing::error!(%error, "a search index that was not built to its end cannot be taken back");
        }
    }
}

/// Has segments written anew before most of them is deleted.
fn merge_often(writer: &IndexWriter) {
    let mut merging = LogMergePolicy::default();
    merging.set_del_docs_ratio_before_merge(MOST_DELETED);
    writer.set_merge_policy(Box::new(merging));
}

/// Fails where another has the folder. What a killed process had is free: the system has let go of it.
fn free(folder: &Path) -> Result<(), SearchError> {
    let directory = MmapDirectory::open(folder).map_err(TantivyError::from)?;
    match directory.acquire_lock(&INDEX_WRITER_LOCK) {
        Ok(_) => Ok(()),
        Err(LockError::LockBusy) => Err(SearchError::Busy),
        Err(LockError::IoError(error)) => Err(std::io::Error::new(error.kind(), error).into()),
    }
}

fn busy(error: TantivyError) -> SearchError {
    match error {
        TantivyError::LockFailure(LockError::LockBusy, _) => SearchError::Busy,
        other => other.into(),
    }
}

/// The index that is there, if it is one of this version.
fn reopen(folder: &Path) -> Result<Option<(Index, IndexReader, IndexCursor)>, SearchError> {
    let directory = MmapDirectory::open(folder).map_err(TantivyError::from)?;
    if !Index::exists(&directory).map_err(TantivyError::from)? {
        return Ok(None);
    }
    let mut index = Index::open(directory)?;
    let payload = index.load_metas()?.payload;
    let Some(payload) = payload.and_then(|text| serde_json::from_str::<Payload>(&text).ok()) else {
        return Ok(None);
    };
    if payload.version != SCHEMA_VERSION || index.schema() != Fields::new().1 {
        return Ok(None);
    }
    index.set_tokenizers(tokenizers());
    let reader = read(&index)?;
    Ok(Some((index, reader, payload.cursor)))
}

fn read(index: &Index) -> Result<IndexReader, SearchError> {
    Ok(index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?)
}

/// An empty index in place of whatever index is there.
fn create(folder: &Path) -> Result<Index, SearchError> {
    wipe(folder)?;
    let directory = MmapDirectory::open(folder).map_err(TantivyError::from)?;
    let index = Index::builder()
        .schema(Fields::new().1)
        .tokenizers(tokenizers())
        .open_or_create(directory)?;
    Ok(index)
}

/// Removes whatever index is there.
fn wipe(folder: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(is_of_an_index) && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Whether a file is one that an index has.
fn is_of_an_index(name: &str) -> bool {
    let of_a_segment = |name: &str| {
        name.split_once('.')
            .is_some_and(|(id, _)| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    matches!(name, "meta.json" | ".managed.json") || of_a_segment(name)
}
