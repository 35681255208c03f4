//! The best of what is found, in the order that was asked for.
//!
//! Every order is an order of numbers (see [`Keys`]), equals by id; of the documents of a page, and no others, the id is
//! read.

use std::{cmp::Reverse, collections::BinaryHeap};

use tantivy::DocId;
use uuid::Uuid;

use super::{columns::Columns, place::Place, scores::Scores, sets};

/// Makes a document's sort key: greater comes first.
pub enum Keys<'s> {
    None,
    Score(Box<Scores<'s>>),
    Recency(&'s Columns),
    Engagement(&'s Columns),
}

impl Keys<'_> {
    /// Moves those documents to the front that may have a key of at least so much: how many they are.
    pub fn promising(&mut self, docs: &mut [DocId], least: u64) -> usize {
        match self {
            Self::None => 0,
            Self::Score(scores) => scores.promising(docs, f64::from_bits(least)),
            Self::Recency(columns) => sets::keep(docs, |doc| recency(columns, doc) >= least),
            Self::Engagement(_) => docs.len(),
        }
    }

    /// The key, unless it is certain to be less than the least that is wanted.
    pub fn key(&mut self, doc: DocId, least: u64) -> Option<u64> {
        match self {
            Self::None => None,
            // Numbers that are not negative are ordered as their bits are.
            Self::Score(scores) => scores.score(doc, f64::from_bits(least)).map(f64::to_bits),
            Self::Recency(columns) => Some(recency(columns, doc)),
            Self::Engagement(columns) => Some(columns.person(doc).engagement.into()),
        }
    }
}

fn recency(columns: &Columns, doc: DocId) -> u64 {
    (columns.person(doc).last_activity ^ i64::MIN).cast_unsigned()
}

/// A document that may be on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    pub key: u64,
    pub id: Uuid,
    pub segment: usize,
    pub doc: DocId,
}

impl Ord for Found {
    /// The better one is greater.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key).then_with(|| other.id.cmp(&self.id))
    }
}

impl PartialOrd for Found {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Keeps the best.
pub struct Top<'r> {
    size: usize,
    after: Option<&'r Place>,
    /// The worst on top.
    heap: BinaryHeap<Reverse<Found>>,
}

impl<'r> Top<'r> {
    /// For a page, and one more to know whether another follows.
    pub fn new(page_size: usize, after: Option<&'r Place>) -> Self {
        Self { size: page_size + 1, after, heap: BinaryHeap::with_capacity(page_size + 2) }
    }

    /// What is less than this is not kept.
    pub fn least(&self) -> u64 {
        if self.heap.len() < self.size { 0 } else { self.heap.peek().map_or(0, |Reverse(worst)| worst.key) }
    }

    /// Keeps a document if it belongs to the page.
    pub fn offer(&mut self, key: u64, segment: usize, doc: DocId, columns: &Columns) {
        if key < self.least() || self.after.is_some_and(|place| key > place.key) {
            return;
        }
        let id = columns.id(doc);
        if self.after.is_some_and(|place| key == place.key && id <= place.id) {
            return;
        }
        self.heap.push(Reverse(Found { key, id, segment, doc }));
        if self.heap.len() > self.size {
            self.heap.pop();
        }
    }

    /// The best first.
    pub fn finish(self) -> Vec<Found> {
        self.heap.into_sorted_vec().into_iter().map(|Reverse(found)| found).collect()
    }
}
