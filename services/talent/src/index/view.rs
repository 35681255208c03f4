//! The index as one commit left it, for as long as a search needs it.

use std::{collections::HashMap, sync::Arc};

use tantivy::{DocId, DocSet as _, IndexReader, Searcher, SegmentReader, TERMINATED, index::SegmentId};
use uuid::Uuid;

use super::{
    Error, Index, columns::Columns, facts::Facts, kept::Counts, names::Names, plan::Planner, schema::Fields,
    terms::Exact,
};

/// The index as it was after a commit.
pub struct View {
    searcher: Searcher,
    /// As the searcher orders its segments.
    pub columns: Vec<Arc<Columns>>,
    by_segment: HashMap<SegmentId, Arc<Columns>>,
}

impl View {
    /// As the last commit left the index.
    pub fn of(index: &Index, before: Option<&Self>) -> Result<Self, Error> {
        Self::open(&index.reader, &index.fields, &index.names, before)
    }

    /// Opens the columns of the segments that were not there before.
    pub fn open(reader: &IndexReader, fields: &Fields, names: &Names, before: Option<&Self>) -> Result<Self, Error> {
        let searcher = reader.searcher();
        let mut columns = Vec::new();
        for segment in searcher.segment_readers() {
            let known = before.and_then(|before| before.by_segment.get(&segment.segment_id()));
            columns.push(match known {
                Some(known) => Arc::clone(known),
                None => Arc::new(Columns::open(segment, fields, names)?),
            });
        }
        let ids = searcher.segment_readers().iter().map(SegmentReader::segment_id);
        let by_segment = ids.zip(columns.iter().cloned()).collect();
        Ok(Self { searcher, columns, by_segment })
    }

    /// The segments and their columns.
    pub fn segments(&self) -> impl Iterator<Item = (&SegmentReader, &Arc<Columns>)> {
        self.searcher.segment_readers().iter().zip(&self.columns)
    }

    /// Counts everything.
    pub fn counts(&self) -> Result<HashMap<Uuid, Counts>, Error> {
        let mut all: HashMap<Uuid, Counts> = HashMap::new();
        let mut facts = Facts::default();
        for (segment, columns) in self.segments() {
            let tenants = columns.tenants()?;
            let mut counts: Vec<Counts> = tenants.iter().map(|tenant| all.remove(tenant).unwrap_or_default()).collect();
            for doc in segment.doc_ids_alive() {
                let of = columns.tenant(doc).and_then(|tenant| counts.get_mut(tenant));
                let of = of.ok_or_else(|| Error::Broken("a document has no tenant".to_owned()))?;
                facts.read(columns, doc);
                of.add(&facts);
            }
            all.extend(tenants.into_iter().zip(counts).filter(|(_, counts)| counts.documents > 0));
        }
        Ok(all)
    }

    /// Where a document is: the number of its segment, and its own.
    pub fn find(&self, index: &Index, tenant: Uuid, id: Uuid) -> Result<Option<(usize, DocId)>, Error> {
        for (number, (segment, columns)) in self.segments().enumerate() {
            let planner = Planner { tenant, now: 0, fields: &index.fields, segment, columns };
            let mut found = planner.exact(Exact::Id(id))?;
            let mut doc = found.doc();
            while doc != TERMINATED {
                if !segment.is_deleted(doc) {
                    return Ok(Some((number, doc)));
                }
                doc = found.advance();
            }
        }
        Ok(None)
    }

    /// What a document that is there counts for.
    pub fn facts(&self, index: &Index, tenant: Uuid, id: Uuid) -> Result<Option<Facts>, Error> {
        let Some((segment, doc)) = self.find(index, tenant, id)? else { return Ok(None) };
        let mut facts = Facts::default();
        if let Some(columns) = self.columns.get(segment) {
            facts.read(columns, doc);
        }
        Ok(Some(facts))
    }
}
