//! Sets of documents of one segment, in ascending order.
//!
//! They are made of the index's lists of documents, which can jump ahead. A set holds deleted documents too; who reads
//! it leaves them out.

use tantivy::{
    DocId, DocSet, TERMINATED,
    postings::{Postings as _, SegmentPostings},
};

/// A set of documents.
pub type Set = Box<dyn DocSet>;

/// Nobody.
pub fn nobody() -> Set {
    Box::new(SegmentPostings::empty())
}

/// Moves a set to a document and says whether it holds it. Asked for ascending documents.
pub fn holds<S: DocSet + ?Sized>(set: &mut S, doc: DocId) -> bool {
    let at = set.doc();
    at == doc || (at < doc && set.seek(doc) == doc)
}

/// Moves the documents that are wanted to the front: how many they are.
pub fn keep(docs: &mut [DocId], is_wanted: impl Fn(DocId) -> bool) -> usize {
    let mut kept = 0;
    for at in 0..docs.len() {
        // Without a jump, which would be foretold wrongly half of the time.
        docs[kept] = docs[at];
        kept += usize::from(is_wanted(docs[at]));
    }
    kept
}

/// Who is in one of the sets.
pub fn union(mut sets: Vec<Set>, documents: u32) -> Set {
    // Up to so many, looking at each is cheaper than collecting them first.
    const FEW: usize = 8;
    sets.retain(|set| set.doc() != TERMINATED);
    match sets.len() {
        0 => nobody(),
        1 => sets.pop().unwrap_or_else(nobody),
        2..=FEW => {
            let mut union = Union { sets, doc: 0 };
            union.settle();
            Box::new(union)
        }
        _ => collected(sets, documents),
    }
}

fn collected(sets: Vec<Set>, documents: u32) -> Set {
    let mut bits = tantivy::BitSet::with_max_value(documents);
    for mut set in sets {
        let mut doc = set.doc();
        while doc != TERMINATED {
            bits.insert(doc);
            doc = set.advance();
        }
    }
    Box::new(tantivy::query::BitSetDocSet::from(bits))
}

struct Union {
    sets: Vec<Set>,
    doc: DocId,
}

impl Union {
    fn settle(&mut self) -> DocId {
        self.doc = self.sets.iter().map(DocSet::doc).min().unwrap_or(TERMINATED);
        self.doc
    }
}

impl DocSet for Union {
    fn advance(&mut self) -> DocId {
        for set in self.sets.iter_mut().filter(|set| set.doc() == self.doc) {
            set.advance();
        }
        self.settle()
    }

    fn seek(&mut self, target: DocId) -> DocId {
        for set in self.sets.iter_mut().filter(|set| set.doc() < target) {
            set.seek(target);
        }
        self.settle()
    }

    fn doc(&self) -> DocId {
        self.doc
    }

    fn size_hint(&self) -> u32 {
        self.sets.iter().map(DocSet::size_hint).fold(0, u32::saturating_add)
    }
}

/// Says of a document whether it is wanted. Asked for ascending documents.
pub trait Check: Send {
    /// Whether it is.
    fn passes(&mut self, doc: DocId) -> bool;
}

/// Who is not in a set.
pub struct Outside(pub Set);

impl Check for Outside {
    fn passes(&mut self, doc: DocId) -> bool {
        !holds(&mut self.0, doc)
    }
}

impl<F: FnMut(DocId) -> bool + Send> Check for F {
    fn passes(&mut self, doc: DocId) -> bool {
        self(doc)
    }
}

/// Who is in all sets and passes all checks. There is at least one set.
pub fn intersection(mut sets: Vec<Set>, checks: Vec<Box<dyn Check>>) -> Set {
    if sets.iter().any(|set| set.doc() == TERMINATED) {
        return nobody();
    }
    sets.sort_by_key(DocSet::size_hint);
    let mut sets = sets.into_iter();
    let Some(first) = sets.next() else { return nobody() };
    let others: Vec<Set> = sets.collect();
    if others.is_empty() && checks.is_empty() {
        return first;
    }
    let mut intersection = Intersection { first, others, checks };
    let from = intersection.first.doc();
    intersection.settle(from);
    Box::new(intersection)
}

struct Intersection {
    /// The smallest.
    first: Set,
    others: Vec<Set>,
    checks: Vec<Box<dyn Check>>,
}

impl Intersection {
    /// Goes on from a document of the first set to one that is wanted.
    fn settle(&mut self, mut doc: DocId) -> DocId {
        'next: while doc != TERMINATED {
            for other in &mut self.others {
                if !holds(other.as_mut(), doc) {
                    let ahead = other.doc();
                    doc = if ahead == TERMINATED { self.end() } else { self.first.seek(ahead) };
                    continue 'next;
                }
            }
            if self.checks.iter_mut().all(|check| check.passes(doc)) {
                return doc;
            }
            doc = self.first.advance();
        }
        TERMINATED
    }

    /// Nothing follows.
    fn end(&mut self) -> DocId {
        self.first = nobody();
        TERMINATED
    }
}

impl DocSet for Intersection {
    fn advance(&mut self) -> DocId {
        let doc = self.first.advance();
        self.settle(doc)
    }

    fn seek(&mut self, target: DocId) -> DocId {
        if self.first.doc() >= target {
            return self.first.doc();
        }
        let doc = self.first.seek(target);
        self.settle(doc)
    }

    fn doc(&self) -> DocId {
        self.first.doc()
    }

    fn size_hint(&self) -> u32 {
        self.first.size_hint()
    }
}

/// Who has terms side by side in a text.
pub struct Phrase {
    /// Each with its place in the phrase; the rarest first.
    terms: Vec<(u32, SegmentPostings)>,
    starts: Vec<u32>,
    positions: Vec<u32>,
}

impl Phrase {
    /// Of at least one term's list, each with its place in the phrase.
    pub fn new(mut terms: Vec<(u32, SegmentPostings)>) -> Self {
        terms.sort_by_key(|(_, postings)| postings.doc_freq());
        let mut phrase = Self { terms, starts: Vec::new(), positions: Vec::new() };
        let from = phrase.doc();
        phrase.settle(from);
        phrase
    }

    /// At how many places it begins in the document.
    pub fn frequency(&self) -> u32 {
        u32::try_from(self.starts.len()).unwrap_or(u32::MAX)
    }

    fn settle(&mut self, mut doc: DocId) -> DocId {
        while doc != TERMINATED {
            match self.missing(doc) {
                Some(TERMINATED) => break,
                Some(ahead) => doc = self.first_seek(ahead),
                None if self.find_starts() => return doc,
                None => doc = self.first_seek(doc + 1),
            }
        }
        self.terms.clear();
        TERMINATED
    }

    fn first_seek(&mut self, target: DocId) -> DocId {
        self.terms.first_mut().map_or(TERMINATED, |(_, postings)| postings.seek(target))
    }

    /// The next document of a term that is not in this one.
    fn missing(&mut self, doc: DocId) -> Option<DocId> {
        let (_, others) = self.terms.split_first_mut()?;
        others.iter_mut().find_map(|(_, postings)| (!holds(postings, doc)).then(|| postings.doc()))
    }

    /// All terms are in the document: finds where the phrase begins.
    fn find_starts(&mut self) -> bool {
        self.starts.clear();
        let Some(((place, first), others)) = self.terms.split_first_mut() else { return false };
        first.positions(&mut self.positions);
        self.starts.extend(self.positions.iter().filter_map(|position| position.checked_sub(*place)));
        self.starts.dedup();
        for (place, postings) in others {
            if self.starts.is_empty() {
                return false;
            }
            postings.positions(&mut self.positions);
            self.starts.retain(|start| self.positions.binary_search(&(start + *place)).is_ok());
        }
        !self.starts.is_empty()
    }
}

impl DocSet for Phrase {
    fn advance(&mut self) -> DocId {
        let doc = self.doc();
        if doc == TERMINATED { TERMINATED } else { self.seek(doc + 1) }
    }

    fn seek(&mut self, target: DocId) -> DocId {
        let doc = self.doc();
        if doc >= target {
            return doc;
        }
        let doc = self.first_seek(target);
        self.settle(doc)
    }

    fn doc(&self) -> DocId {
        self.terms.first().map_or(TERMINATED, |(_, postings)| postings.doc())
    }

    fn size_hint(&self) -> u32 {
        // Few of those who have all words have them side by side.
        self.terms.first().map_or(0, |(_, postings)| postings.doc_freq() / 4)
    }
}
