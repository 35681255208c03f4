//! The search index of all tenants, embedded: a directory of immutable segments (tantivy) and counts in memory.
//!
//! ```text
//! schema, terms, convert   what is in a segment          request, place     what is asked and answered
//! view, columns, person,   the segments, their columns   plan, sets         a query to sets of documents
//! names
//! writer, directory,       changes, commits, and         statistics,        in which order
//! marker, merging          what is on the disk           ranking, scores
//! facts, kept, times       counts of everything          search, top,       the loop over what was found
//! facets                   what is shown of counts       counting, nobody
//! vocabulary               suggestions, corrections      highlight, card    what a hit shows
//! ```
//!
//! A search takes a view, which no commit changes, and goes through the segments one after the other in one
//! thread: with a millisecond to spend, there is nothing to gain from more.

mod card;
mod columns;
mod convert;
mod counting;
mod directory;
mod facets;
mod facts;
mod highlight;
mod kept;
mod marker;
mod merging;
mod names;
mod nobody;
mod person;
mod place;
mod plan;
mod ranking;
mod request;
mod schema;
mod scores;
mod search;
mod sets;
mod statistics;
mod terms;
#[cfg(test)]
mod tests;
mod times;
mod top;
mod view;
mod vocabulary;
mod writer;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use tantivy::{IndexReader, ReloadPolicy, indexer::IndexWriterOptions};
use uuid::Uuid;

use self::{
    directory::Cached,
    kept::Counts,
    marker::Marker,
    merging::BySize,
    names::Names,
    schema::Fields,
    view::View,
    writer::{Batch, Inner},
};
pub use self::{
    place::Place,
    request::{Bm25, ClauseCount, Contribution, Explanation, FacetField, Highlight, Hit, Reason, Request, Shown, Sort},
    writer::Writer,
};

/// Why the index did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The directory was written by another version, or is no index. It has to be emptied and made anew.
    #[error("the directory is no index of this version: {0}")]
    Foreign(String),
    /// The directory is damaged. It has to be emptied and made anew.
    #[error("the index is broken: {0}")]
    Broken(String),
    /// Another process writes to the directory.
    #[error("another process has the index open")]
    Busy,
    /// The place does not belong to the request.
    #[error("the page token does not belong to this search")]
    Place,
    /// A change or a commit failed before: the index has to be opened again.
    #[error("writing failed; the index has to be opened again")]
    Failed,
    /// The disk.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The index.
    #[error(transparent)]
    Tantivy(#[from] tantivy::TantivyError),
    /// What is kept of a document can not be read or written.
    #[error("a document can not be read: {0}")]
    Encoding(#[from] postcard::Error),
}

/// How the index works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Bytes in which new documents are gathered before they become a segment.
    pub writer_memory: usize,
    /// Threads that merge segments: with two, small merges do not wait for a large one.
    pub merge_threads: usize,
}

impl Settings {
    /// For putting in a whole pool at once.
    pub fn for_building() -> Self {
        Self { writer_memory: 64 << 20, ..Self::default() }
    }
}

impl Default for Settings {
    /// For keeping up: each commit clears the table of terms first, which is as large as this memory would have it.
    fn default() -> Self {
        Self { writer_memory: 15 << 20, merge_threads: 2 }
    }
}

/// An open index. It can be shared between threads.
pub struct Index {
    path: PathBuf,
    tantivy: tantivy::Index,
    fields: Fields,
    names: Names,
    reader: IndexReader,
    state: RwLock<State>,
    writer: Mutex<Inner>,
}

/// What a commit changes.
struct State {
    view: Arc<View>,
    counts: HashMap<Uuid, Counts>,
    payload: String,
}

impl Index {
    /// Opens the index of a directory, or makes one in an empty or missing directory. A directory that is not an index
    /// of this version, or damaged, is an error that says so: [`Error::Foreign`], [`Error::Broken`].
    pub fn open(path: &Path, settings: &Settings) -> Result<Self, Error> {
        std::fs::create_dir_all(path)?;
        let fields = Fields::new();
        let known = Marker::read(path)?;
        let is_new = known.is_none();
        let tantivy = if is_new { make(path, &fields)? } else { open(path, &fields)? };
        schema::register(&tantivy);
        let mut marker = known.unwrap_or_else(Marker::new);
        let is_trusted = is_new || marker.is_trusted(path)?;
        if !is_trusted {
            check_files(path, &tantivy)?;
        }
        let writer = writer(&tantivy, fields.exact, settings)?;
        let reader = tantivy.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(broken)?;
        let payload = tantivy.load_metas()?.payload.unwrap_or_default();
        let names = Names::default();
        let view = Arc::new(View::open(&reader, &fields, &names, None).map_err(broken)?);
        let counts = view.counts().map_err(broken)?;
        let state = RwLock::new(State { view, counts, payload });
        if is_new || !is_trusted {
            marker.sync(path, || files(path, &tantivy))?;
        } else {
            marker.write(path)?;
        }
        let inner = Inner { tantivy: writer, marker, batch: Batch::default(), has_failed: false };
        Ok(Self { path: path.to_owned(), tantivy, fields, names, reader, state, writer: Mutex::new(inner) })
    }

    /// Waits until nobody else writes, and lets the caller.
    pub fn writer(&self) -> Writer<'_> {
        Writer { index: self, inner: self.writer.lock().unwrap_or_else(PoisonError::into_inner) }
    }

    /// Whether a change or a commit has failed: it serves what it has and takes no more.
    pub fn has_failed(&self) -> bool {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner).has_failed
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the last commit was given.
    pub fn payload(&self) -> String {
        self.read().payload.clone()
    }

    /// How many documents a tenant has.
    pub fn documents(&self, tenant: Uuid) -> u64 {
        self.read().counts.get(&tenant).map_or(0, |counts| counts.documents)
    }

    /// Waits for merges that are under way and closes the index. Dropping it closes it too, but merges may then go on for
    /// a while, without effect, until they notice.
    pub fn close(self) -> Result<(), Error> {
        let inner = self.writer.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(inner.tantivy.wait_merging_threads()?)
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, State> {
        // A commit changes the state in steps that do not fail.
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn view(&self) -> Arc<View> {
        Arc::clone(&self.read().view)
    }

    fn files(&self) -> Result<Vec<String>, Error> {
        files(&self.path, &self.tantivy)
    }
}

fn make(path: &Path, fields: &Fields) -> Result<tantivy::Index, Error> {
    let settings = tantivy::IndexSettings { docstore_compress_dedicated_thread: false, ..Default::default() };
    Ok(tantivy::Index::create(Cached::open(path)?, fields.schema.clone(), settings)?)
}

fn open(path: &Path, fields: &Fields) -> Result<tantivy::Index, Error> {
    let index = tantivy::Index::open(Cached::open(path)?).map_err(broken)?;
    if index.schema() != fields.schema {
        return Err(Error::Foreign("its fields are others".to_owned()));
    }
    Ok(index)
}

fn check_files(path: &Path, index: &tantivy::Index) -> Result<(), Error> {
    for file in files(path, index)? {
        if !index.directory().validate_checksum(Path::new(&file)).map_err(broken)? {
            return Err(Error::Broken(format!("{file} is damaged")));
        }
    }
    Ok(())
}

/// The files of the last commit's segments.
fn files(path: &Path, index: &tantivy::Index) -> Result<Vec<String>, Error> {
    let meta = index.load_metas().map_err(broken)?;
    // Some that could be there are not: a segment without deletions has no file for them. One that is missed fails
    // when the segment is opened.
    let names = meta.list_segment_files().into_iter().filter(|file| path.join(file).exists());
    Ok(names.map(|file| file.to_string_lossy().into_owned()).collect())
}

fn writer(
    index: &tantivy::Index,
    exact: tantivy::schema::Field,
    settings: &Settings,
) -> Result<tantivy::IndexWriter, Error> {
    let options = IndexWriterOptions::builder()
        .num_worker_threads(1)
        .memory_budget_per_thread(settings.writer_memory)
        .num_merge_threads(settings.merge_threads)
        .build();
    let writer = index.writer_with_options(options).map_err(|error| match error {
        tantivy::TantivyError::LockFailure(..) => Error::Busy,
        other => other.into(),
    })?;
    // tantivy 0.27 gives the first operation after opening the number of the last commit, and a merge may then take its
    // deletion for done: somebody who was replaced would be there twice. This one deletes nobody.
    writer.delete_term(tantivy::Term::from_field_bytes(exact, b"nobody"));
    writer.set_merge_policy(Box::new(BySize));
    Ok(writer)
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::Broken(error.to_string())
}
