//! Counting those whom a search finds.
//!
//! Values are counted as numbers of the segment's dictionary in a plain array, and only afterwards become the numbers
//! that all segments share. What several facets are made of is counted once, and nothing else is.

use std::{borrow::Cow, ops::RangeInclusive, sync::Arc};

use chrono::DateTime;
use tantivy::{
    DocId,
    columnar::{Column, RowId},
};

use super::{
    columns::{Columns, Counted},
    facets::{ACTIVITY, INTENTS, Tally, Totals, YEARS, activity_range, years_range},
    facts::name,
    request::FacetField,
};
use crate::domain::{
    matching::{holds, intent_at},
    meaning::{Status, statuses},
    query::Dimension,
};

/// What facets are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Values(Counted),
    Intents,
    Statuses,
    Years,
    Activity,
}

fn sources(field: FacetField) -> &'static [Source] {
    match field {
        FacetField::Skill => &[Source::Values(Counted::Skills)],
        FacetField::Tag(Dimension::Skill) => &[Source::Values(Counted::Tags), Source::Values(Counted::Skills)],
        FacetField::Tag(Dimension::Intent) => &[Source::Values(Counted::Tags), Source::Intents],
        FacetField::Tag(Dimension::Interaction) => &[Source::Values(Counted::Tags)],
        FacetField::Tag(Dimension::Status) => &[Source::Values(Counted::Tags), Source::Statuses],
        FacetField::City => &[Source::Values(Counted::City)],
        FacetField::Company => &[Source::Values(Counted::Company)],
        FacetField::Language | FacetField::Source => &[Source::Values(Counted::Keywords)],
        FacetField::Intent => &[Source::Intents],
        FacetField::Years => &[Source::Years],
        FacetField::LastActivity => &[Source::Activity],
    }
}

/// Counts over all segments.
pub struct Counting {
    now: i64,
    sources: Vec<Source>,
    values: [Tally; Counted::ALL.len()],
    intents: [u64; INTENTS.len()],
    statuses: Vec<(Status, u64)>,
    years: [u64; YEARS.len()],
    activity: [u64; ACTIVITY.len()],
}

/// Counts in a segment.
pub enum Counter {
    Values { column: Column<u64>, counts: Vec<u32>, of: Counted, bulk: Bulk },
    Tags { column: Column<u64>, counts: Vec<u32>, columns: Arc<Columns>, now: i64 },
    Intents { columns: Arc<Columns>, now: i64, counts: [u64; INTENTS.len()] },
    Statuses(Vec<Within>),
    Years { columns: Arc<Columns>, counts: [u64; YEARS.len()] },
    Activity { columns: Arc<Columns>, now: i64, counts: [u64; ACTIVITY.len()] },
}

/// Counts whose number is in a range.
pub struct Within {
    number: Box<dyn Fn(DocId) -> i64 + Send>,
    range: RangeInclusive<i64>,
    count: u64,
}

impl Counting {
    /// Of what these facets are made of.
    pub fn new(fields: &[FacetField], now: i64) -> Self {
        let mut asked = Vec::new();
        for source in fields.iter().flat_map(|field| sources(*field)) {
            if !asked.contains(source) {
                asked.push(*source);
            }
        }
        Self {
            now,
            sources: asked,
            values: std::array::from_fn(|_| Tally::default()),
            intents: [0; INTENTS.len()],
            // A moment that no calendar has is nobody's.
            statuses: DateTime::from_timestamp(now, 0).into_iter().flat_map(statuses).map(|one| (one, 0)).collect(),
            years: [0; YEARS.len()],
            activity: [0; ACTIVITY.len()],
        }
    }

    /// For a segment.
    pub fn counters(&self, columns: &Arc<Columns>) -> Vec<Counter> {
        self.sources.iter().filter_map(|source| self.counter(*source, Arc::clone(columns))).collect()
    }

    /// `None` when nobody in the segment has a value.
    fn counter(&self, source: Source, columns: Arc<Columns>) -> Option<Counter> {
        let now = self.now;
        Some(match source {
            Source::Values(of) => {
                let words = columns.words(of);
                let (column, counts) = (words.column.as_ref()?.ords().clone(), vec![0; words.names.len()]);
                match of {
                    Counted::Tags => Counter::Tags { column, counts, columns, now },
                    _ => Counter::Values { column, counts, of, bulk: Bulk::default() },
                }
            }
            Source::Intents => Counter::Intents { columns, now, counts: [0; INTENTS.len()] },
            Source::Statuses => {
                let number = |status: &Status| columns.number(status.number);
                let within = |(status, _): &(Status, u64)| Within {
                    number: number(status),
                    range: status.range.clone(),
                    count: 0,
                };
                Counter::Statuses(self.statuses.iter().map(within).collect())
            }
            Source::Years => Counter::Years { columns, counts: [0; YEARS.len()] },
            Source::Activity => Counter::Activity { columns, now, counts: [0; ACTIVITY.len()] },
        })
    }

    /// Adds what was counted in a segment.
    pub fn add(&mut self, counter: Counter, columns: &Columns) {
        match counter {
            Counter::Values { counts, of, .. } => self.add_values(of, &counts, columns),
            Counter::Tags { counts, .. } => self.add_values(Counted::Tags, &counts, columns),
            Counter::Intents { counts, .. } => add_all(&mut self.intents, counts),
            Counter::Years { counts, .. } => add_all(&mut self.years, counts),
            Counter::Activity { counts, .. } => add_all(&mut self.activity, counts),
            Counter::Statuses(counts) => {
                for ((_, total), within) in self.statuses.iter_mut().zip(counts) {
                    *total += within.count;
                }
            }
        }
    }

    fn add_values(&mut self, of: Counted, counts: &[u32], columns: &Columns) {
        let names = &columns.words(of).names;
        for (ord, count) in (0..).zip(counts) {
            self.values[of as usize].add(name(names, ord), u64::from(*count));
        }
    }
}

fn add_all<const N: usize>(totals: &mut [u64; N], counts: [u64; N]) {
    for (total, count) in totals.iter_mut().zip(counts) {
        *total += count;
    }
}

impl Totals for Counting {
    fn values(&self, of: Counted) -> Cow<'_, Tally> {
        Cow::Borrowed(&self.values[of as usize])
    }

    fn intents(&self) -> [u64; INTENTS.len()] {
        self.intents
    }

    fn statuses(&self) -> Vec<(&'static str, u64)> {
        self.statuses.iter().map(|(status, count)| (status.name, *count)).collect()
    }

    fn years(&self) -> [u64; YEARS.len()] {
        self.years
    }

    fn activity(&self) -> [u64; ACTIVITY.len()] {
        self.activity
    }
}

impl Counter {
    /// Counts documents.
    pub fn count(&mut self, docs: &[DocId]) {
        match self {
            Self::Values { column, counts, bulk, .. } => {
                bulk.values(column, docs).iter().for_each(|ord| one_more(counts, *ord));
            }
            Self::Tags { column, counts, columns, now } => {
                for doc in docs {
                    let expiries = columns.tags_until.values_for_doc(*doc);
                    for (tag, _) in column.values_for_doc(*doc).zip(expiries).filter(|(_, until)| holds(*until, *now)) {
                        one_more(counts, tag);
                    }
                }
            }
            Self::Intents { columns, now, counts } => {
                for person in docs.iter().map(|doc| columns.person(*doc)) {
                    counts[intent_at(person.intent, person.intent_until, *now) as usize] += 1;
                }
            }
            Self::Statuses(counts) => {
                for Within { number, range, count } in counts {
                    *count += docs.iter().filter(|doc| range.contains(&number(**doc))).count() as u64;
                }
            }
            Self::Years { columns, counts } => {
                for person in docs.iter().map(|doc| columns.person(*doc)) {
                    counts[years_range(person.years)] += 1;
                }
            }
            Self::Activity { columns, now, counts } => {
                for person in docs.iter().map(|doc| columns.person(*doc)) {
                    counts[activity_range(person.last_activity, *now)] += 1;
                }
            }
        }
    }
}

/// Reads a column's values of many documents at once, into space that is used again.
#[derive(Debug, Default)]
pub struct Bulk {
    docs: Vec<DocId>,
    rows: Vec<RowId>,
    values: Vec<u64>,
}

impl Bulk {
    /// All values of all of them.
    fn values(&mut self, column: &Column<u64>, docs: &[DocId]) -> &[u64] {
        self.docs.clear();
        self.rows.clear();
        column.index.docids_to_rowids(docs, &mut self.docs, &mut self.rows);
        self.values.resize(self.rows.len(), 0);
        column.values.get_vals(&self.rows, &mut self.values);
        &self.values
    }
}

fn one_more(counts: &mut [u32], ord: u64) {
    if let Some(count) = usize::try_from(ord).ok().and_then(|ord| counts.get_mut(ord)) {
        *count += 1;
    }
}
