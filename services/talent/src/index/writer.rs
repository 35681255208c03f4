//! Changing the index.
//!
//! A commit makes its changes visible as one: the segments and the kept counts change hands under one lock, which
//! searches hold only to take both. For the counts, each change remembers what its person was before (from the columns
//! of the last commit) and what it is now.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, MutexGuard, PoisonError},
    time::Duration,
};

use tantivy::{IndexWriter, SegmentMeta, Term, index::SegmentId};
use uuid::Uuid;

use super::{
    Error, Index,
    convert::to_tantivy,
    facts::Facts,
    terms::{Exact, exact},
    view::View,
};
use crate::{domain::document::Document, domain::texts::Placed};

/// What the one writer works with.
pub struct Inner {
    pub tantivy: IndexWriter,
    pub marker: super::marker::Marker,
    pub batch: Batch,
    /// Set when a commit or a change failed: what is on the disk and what is in memory may differ then.
    pub has_failed: bool,
}

/// What has changed since the last commit.
#[derive(Default)]
pub struct Batch {
    forgotten: HashSet<Uuid>,
    people: HashMap<(Uuid, Uuid), Change>,
}

struct Change {
    before: Option<Facts>,
    after: Option<Facts>,
}

/// Changes the index; there is one at a time. What was put or removed and not committed when it is dropped belongs to
/// the next commit.
pub struct Writer<'a> {
    pub(super) index: &'a Index,
    pub(super) inner: MutexGuard<'a, Inner>,
}

impl Writer<'_> {
    /// Adds a document, in the place of the one of that tenant and id.
    pub fn put(&mut self, document: &Document) -> Result<(), Error> {
        let placed = Placed::of(document);
        let made = to_tantivy(&self.index.fields, document, &placed)?;
        let facts = Facts::of(document, &placed, &self.index.names);
        self.change(document.tenant, document.id, Some(facts))?;
        let added = self.inner.tantivy.add_document(made);
        // The change is noted already: without the document, the counts would be wrong.
        self.inner.has_failed |= added.is_err();
        added?;
        Ok(())
    }

    /// Removes the document of that tenant and id, if there is one.
    pub fn remove(&mut self, tenant: Uuid, id: Uuid) -> Result<(), Error> {
        self.change(tenant, id, None)
    }

    /// Removes all documents of a tenant.
    #[cfg(test)]
    pub fn forget_tenant(&mut self, tenant: Uuid) -> Result<(), Error> {
        self.check()?;
        let term = Term::from_field_bytes(self.index.fields.exact, &exact(tenant, Exact::Tenant));
        self.inner.tantivy.delete_term(term);
        self.inner.batch.people.retain(|(of, _), _| *of != tenant);
        self.inner.batch.forgotten.insert(tenant);
        Ok(())
    }

    /// Makes the changes visible to searches that begin afterwards. The payload is given back by [`Index::payload`].
    pub fn commit(&mut self, payload: &str) -> Result<(), Error> {
        self.check()?;
        self.inner.has_failed = true;
        let mut prepared = self.inner.tantivy.prepare_commit()?;
        prepared.set_payload(payload);
        prepared.commit()?;
        self.index.reader.reload()?;
        let view = Arc::new(View::of(self.index, Some(&self.index.view()))?);
        let batch = std::mem::take(&mut self.inner.batch);
        let mut state = self.index.state.write().unwrap_or_else(PoisonError::into_inner);
        batch.apply(&mut state.counts);
        state.view = view;
        payload.clone_into(&mut state.payload);
        drop(state);
        self.inner.has_failed = false;
        Ok(())
    }

    /// Writes every segment anew that holds somebody who was replaced or removed, and deletes the old files: nothing of
    /// theirs is left on the disk. Takes as long as writing those segments does; searches do not wait.
    pub fn purge(&mut self) -> Result<(), Error> {
        /// A merge of the background may be at the same segments; when it has ended, what it made is looked at.
        const TRIES: usize = 100;
        const PAUSE: Duration = Duration::from_millis(50);
        self.check()?;
        for _ in 0..TRIES {
            let worn = self.worn()?;
            if worn.is_empty() {
                self.show()?;
                self.inner.tantivy.garbage_collect_files().wait()?;
                return Ok(());
            }
            if self.inner.tantivy.merge(&worn).wait().is_err() {
                std::thread::sleep(PAUSE);
            }
        }
        Err(Error::Io(std::io::Error::other("segments could not be written anew")))
    }

    /// The segments of the last commit in which somebody was deleted.
    fn worn(&self) -> Result<Vec<SegmentId>, Error> {
        let segments = self.index.tantivy.searchable_segment_metas()?;
        Ok(segments.iter().filter(|segment| segment.has_deletes()).map(SegmentMeta::id).collect())
    }

    /// Lets searches see the segments as they are now, which hold the same people.
    fn show(&mut self) -> Result<(), Error> {
        self.index.reader.reload()?;
        let view = Arc::new(View::of(self.index, Some(&self.index.view()))?);
        self.index.state.write().unwrap_or_else(PoisonError::into_inner).view = view;
        Ok(())
    }

    /// Waits until the last commit is on the disk, so that the next opening need not read everything even if the power
    /// fails now. Takes as long as the disk needs; searches do not wait.
    pub fn sync(&mut self) -> Result<(), Error> {
        self.check()?;
        let index = self.index;
        self.inner.marker.sync(&index.path, || index.files())
    }

    fn check(&self) -> Result<(), Error> {
        if self.inner.has_failed { Err(Error::Failed) } else { Ok(()) }
    }

    /// Notes a change, and takes out what was there.
    fn change(&mut self, tenant: Uuid, id: Uuid, after: Option<Facts>) -> Result<(), Error> {
        self.check()?;
        let batch = &mut self.inner.batch;
        let is_there = match batch.people.get_mut(&(tenant, id)) {
            Some(change) => std::mem::replace(&mut change.after, after).is_some() || change.before.is_some(),
            None => {
                let before = if batch.forgotten.contains(&tenant) {
                    None
                } else {
                    self.index.view().facts(self.index, tenant, id)?
                };
                let is_there = before.is_some();
                batch.people.insert((tenant, id), Change { before, after });
                is_there
            }
        };
        // Most of a rebuild is new: it need not be looked for in all segments again.
        if is_there {
            let term = Term::from_field_bytes(self.index.fields.exact, &exact(tenant, Exact::Id(id)));
            self.inner.tantivy.delete_term(term);
        }
        Ok(())
    }
}

impl Batch {
    fn apply(self, counts: &mut HashMap<Uuid, super::kept::Counts>) {
        for tenant in self.forgotten {
            counts.remove(&tenant);
        }
        for ((tenant, _), Change { before, after }) in self.people {
            let of = counts.entry(tenant).or_default();
            if let Some(before) = before {
                of.remove(&before);
            }
            if let Some(after) = after {
                of.add(&after);
            }
        }
        counts.retain(|_, of| of.documents > 0);
    }
}
