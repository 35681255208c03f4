//! A tenant's own words: what begins like this, and what was probably meant.
//!
//! Both read the dictionary of the field that holds all texts, behind the tenant's prefix, and count living documents
//! only: a word of somebody who was removed is neither suggested nor an answer to a typing error.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap, HashMap},
    sync::LazyLock,
};

use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder, SINK_STATE};
use tantivy::postings::TermInfo;
use tantivy_fst::Automaton;
use uuid::Uuid;

use super::{
    Error, Index,
    terms::{TEXT_PREFIX, text_prefix},
    view::View,
};
use crate::domain::{query::TextField, texts};

/// From so many characters on two errors are forgiven.
const LONG: usize = 9;
/// Shorter terms are too often meant as they are.
const SHORTEST: usize = 5;
/// Nobody means to write longer ones, and the automaton grows with the term.
const LONGEST: usize = 32;

/// By how many errors are forgiven; a transposition is one.
static AUTOMATA: LazyLock<[LevenshteinAutomatonBuilder; 2]> =
    LazyLock::new(|| [1, 2].map(|errors| LevenshteinAutomatonBuilder::new(errors, true)));

impl Index {
    /// The tenant's terms that begin like this, with how many people have each, the most frequent first.
    pub fn suggest(&self, tenant: Uuid, beginning: &str, limit: usize) -> Result<Vec<(String, u64)>, Error> {
        if beginning.is_empty() || beginning.len() > texts::LONGEST_TERM {
            return Ok(Vec::new());
        }
        let from = format!("{}{beginning}", text_prefix(tenant)).into_bytes();
        // Behind everything that begins so, since no byte of UTF-8 is 0xff.
        let to = [from.as_slice(), &[0xff]].concat();
        let view = self.view();
        let candidates = view.terms(self, |dictionary, found| {
            let mut terms = dictionary.range().ge(&from).lt(&to).into_stream()?;
            while terms.advance() {
                found(terms.key(), terms.value());
            }
            Ok(())
        })?;
        let mut best = view.most_frequent(self, tenant, candidates, limit)?;
        best.sort_by(|(one, more), (other, less)| less.cmp(more).then_with(|| one.cmp(other)));
        Ok(best)
    }

    /// The tenant's most frequent term that differs from this one by a typing error: one, or two in long terms, and
    /// never in the first letter. `None` when the term itself occurs, or is not a longer word of Latin letters.
    pub fn correct(&self, tenant: Uuid, term: &str) -> Result<Option<String>, Error> {
        let length = term.chars().count();
        if !(SHORTEST..=LONGEST).contains(&length) || !term.chars().all(is_latin) {
            return Ok(None);
        }
        let view = self.view();
        let prefix = text_prefix(tenant);
        if view.living(self, &format!("{prefix}{term}"))? > 0 {
            return Ok(None);
        }
        let first: String = term.chars().take(1).collect();
        let begins = format!("{prefix}{first}").into_bytes();
        let dfa = AUTOMATA[usize::from(length >= LONG)].build_dfa(term);
        let candidates = view.terms(self, |dictionary, found| {
            let like = Like { prefix: prefix.as_bytes(), dfa: &dfa };
            let mut terms = dictionary.search(like).into_stream()?;
            while terms.advance() {
                let word = terms.key().get(TEXT_PREFIX..).and_then(|word| std::str::from_utf8(word).ok());
                // A digit more is no typing error: java11 is not what was meant by javaa.
                if terms.key().starts_with(&begins) && word.is_some_and(|word| word.chars().all(is_latin)) {
                    found(terms.key(), terms.value());
                }
            }
            Ok(())
        })?;
        Ok(view.most_frequent(self, tenant, candidates, 1)?.pop().map(|(term, _)| term))
    }
}

fn is_latin(character: char) -> bool {
    character.is_alphabetic() && matches!(u32::from(character), 0x41..=0x24f | 0x1e00..=0x1eff)
}

type Dictionary = tantivy::termdict::TermDictionary;

impl View {
    /// Collects terms of all segments, each with how many documents have it at most.
    fn terms(
        &self,
        index: &Index,
        collect: impl Fn(&Dictionary, &mut dyn FnMut(&[u8], &TermInfo)) -> Result<(), Error>,
    ) -> Result<HashMap<Vec<u8>, u64>, Error> {
        let mut terms: HashMap<Vec<u8>, u64> = HashMap::new();
        for (segment, _) in self.segments() {
            let inverted = segment.inverted_index(index.fields.texts[texts::number(TextField::Any)])?;
            collect(inverted.terms(), &mut |term, info| {
                *terms.entry(term.to_vec()).or_default() += u64::from(info.doc_freq);
            })?;
        }
        Ok(terms)
    }

    /// Those that most living documents have. The exact number is looked up only where the upper bound could win.
    fn most_frequent(
        &self,
        index: &Index,
        tenant: Uuid,
        candidates: HashMap<Vec<u8>, u64>,
        limit: usize,
    ) -> Result<Vec<(String, u64)>, Error> {
        let skipped = text_prefix(tenant).len();
        let mut open: BinaryHeap<(u64, Reverse<String>)> = candidates
            .into_iter()
            .filter_map(|(term, most)| Some((most, Reverse(String::from_utf8(term).ok()?))))
            .collect();
        // By count, then the first in the alphabet; the last is the next to be dropped.
        let mut best: BTreeSet<(Reverse<u64>, String)> = BTreeSet::new();
        while let Some((most, Reverse(term))) = open.pop() {
            let least = best.last().map_or(0, |(Reverse(count), _)| *count);
            if best.len() >= limit && most < least.max(1) {
                break;
            }
            let count = self.living(index, &term)?;
            if count > 0 {
                best.insert((Reverse(count), term));
            }
            if best.len() > limit {
                best.pop_last();
            }
        }
        Ok(best.into_iter().map(|(Reverse(count), term)| (term[skipped..].to_owned(), count)).collect())
    }

    /// How many living documents have a term.
    fn living(&self, index: &Index, term: &str) -> Result<u64, Error> {
        let term = tantivy::Term::from_field_text(index.fields.texts[texts::number(TextField::Any)], term);
        let mut living = 0;
        for (segment, _) in self.segments() {
            let list = segment.inverted_index(term.field())?;
            let list = list.read_postings(&term, tantivy::schema::IndexRecordOption::Basic)?;
            living += list.map_or(0, |list| match segment.alive_bitset() {
                Some(alive) => u64::from(list.doc_freq_given_deletes(alive)),
                None => u64::from(list.doc_freq()),
            });
        }
        Ok(living)
    }
}

/// Terms of a tenant that are like a word.
struct Like<'a> {
    prefix: &'a [u8],
    dfa: &'a DFA,
}

/// In the prefix, or behind it.
#[derive(Clone, Copy)]
enum At {
    Prefix(usize),
    Word(u32),
    Nowhere,
}

impl Automaton for Like<'_> {
    type State = At;

    fn start(&self) -> At {
        At::Prefix(0)
    }

    fn is_match(&self, at: &At) -> bool {
        matches!(at, At::Word(state) if matches!(self.dfa.distance(*state), Distance::Exact(_)))
    }

    fn can_match(&self, at: &At) -> bool {
        match at {
            At::Prefix(_) => true,
            At::Word(state) => *state != SINK_STATE,
            At::Nowhere => false,
        }
    }

    fn accept(&self, at: &At, byte: u8) -> At {
        match at {
            At::Prefix(read) if self.prefix.get(*read) != Some(&byte) => At::Nowhere,
            At::Prefix(read) if read + 1 == self.prefix.len() => At::Word(self.dfa.initial_state()),
            At::Prefix(read) => At::Prefix(read + 1),
            At::Word(state) => At::Word(self.dfa.transition(*state, byte)),
            At::Nowhere => At::Nowhere,
        }
    }
}
