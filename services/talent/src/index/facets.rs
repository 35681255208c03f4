//! Counting the values of those whom a search finds.
//!
//! Values are counted as numbers of the segment's dictionary in a plain array, and only afterwards become the numbers
//! that all segments share, and the few that are shown become text.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use tantivy::{
    DocId,
    columnar::{Column, RowId},
};

use super::{
    columns::{Columns, Counted},
    facts::name,
    names::Names,
    request::{Facet, FacetField},
    terms,
};
use crate::{
    domain::document::Intent,
    domain::matching::{holds, intent_at, intent_code},
    domain::query::Keyword,
};

/// The ranges of years.
pub const YEARS: [&str; 5] = ["0-2", "3-5", "6-9", "10-14", "15+"];
/// The ranges of the last activity.
pub const ACTIVITY: [&str; 5] = ["30d", "90d", "180d", "1y", "older"];
/// How old the last activity is at most in all ranges but the last.
pub const ACTIVITY_DAYS: [i64; 4] = [30, 90, 180, 365];

/// In which of [`YEARS`] somebody is.
pub fn years_range(years: u8) -> usize {
    match years {
        0..=2 => 0,
        3..=5 => 1,
        6..=9 => 2,
        10..=14 => 3,
        15.. => 4,
    }
}

/// In which of [`ACTIVITY`] somebody is.
pub fn activity_range(last_activity: i64, now: i64) -> usize {
    let within = |days: &i64| last_activity >= now.saturating_sub(days * 86_400);
    ACTIVITY_DAYS.iter().position(within).unwrap_or(ACTIVITY_DAYS.len())
}

/// The letter that the keywords of a kind begin with.
#[allow(clippy::unnecessary_wraps)]
pub fn letter_of(keyword: Keyword) -> Option<u8> {
    Some(terms::keyword_letter(keyword))
}

/// How many have each value.
#[derive(Debug, Default)]
pub struct Tally(FxHashMap<u32, u64>);

impl Tally {
    /// So many more have a value.
    pub fn add(&mut self, value: u32, count: u64) {
        if count > 0 {
            *self.0.entry(value).or_default() += count;
        }
    }

    /// One less has a value.
    pub fn remove(&mut self, value: u32) {
        if let Some(count) = self.0.get_mut(&value) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.0.remove(&value);
            }
        }
    }

    /// The most frequent values, of those that begin with the letter, without it.
    pub fn top(&self, limit: usize, letter: Option<u8>, names: &Names) -> Vec<(String, u64)> {
        let begins = |value: u32| letter.is_none_or(|letter| names.name(value).as_bytes().first() == Some(&letter));
        let mut values: Vec<(u32, u64)> = self.0.iter().map(|(value, count)| (*value, *count)).collect();
        if letter.is_some() {
            values.retain(|(value, _)| begins(*value));
        }
        values.sort_unstable_by_key(|(_, count)| std::cmp::Reverse(*count));
        // Only those that may be shown need their names; equals are in the order of their names.
        let least = limit.checked_sub(1).and_then(|last| values.get(last)).map_or(0, |(_, count)| *count);
        let shown = values.iter().take_while(|(_, count)| *count >= least);
        let named =
            |(value, count): &(u32, u64)| (names.name(*value)[usize::from(letter.is_some())..].to_owned(), *count);
        most_frequent(shown.map(named).collect(), limit)
    }
}

/// Orders values as they are shown.
pub fn most_frequent(mut values: Vec<(String, u64)>, limit: usize) -> Vec<(String, u64)> {
    values.retain(|(_, count)| *count > 0);
    values.sort_unstable_by(|(one, more), (other, less)| less.cmp(more).then_with(|| one.cmp(other)));
    values.truncate(limit);
    values
}

/// Ranges as they are shown.
pub fn ranges<const N: usize>(names: &[&str; N], counts: [u64; N], limit: usize) -> Vec<(String, u64)> {
    let named = names.iter().zip(counts).filter(|(_, count)| *count > 0);
    named.map(|(name, count)| ((*name).to_owned(), count)).take(limit).collect()
}

/// Counts one field over all segments.
pub struct Counting {
    field: FacetField,
    tally: Tally,
    ranges: [u64; 5],
}

/// Counts one field in a segment.
pub enum Counter {
    Values {
        column: Column<u64>,
        counts: Vec<u32>,
        of: Counted,
        bulk: Bulk,
    },
    Tags {
        column: Column<u64>,
        counts: Vec<u32>,
        columns: Arc<Columns>,
        now: i64,
    },
    Intent {
        columns: Arc<Columns>,
        now: i64,
        counts: [u64; 5],
    },
    Years {
        columns: Arc<Columns>,
        counts: [u64; 5],
    },
    Activity {
        columns: Arc<Columns>,
        now: i64,
        counts: [u64; 5],
    },
    /// Nobody in the segment has a value.
    Nothing,
}

impl Counting {
    /// Of a field.
    pub fn new(field: FacetField) -> Self {
        Self { field, tally: Tally::default(), ranges: [0; 5] }
    }

    /// For a segment.
    pub fn counter(&self, columns: &Arc<Columns>, now: i64) -> Counter {
        let columns = Arc::clone(columns);
        let of = match self.field {
            FacetField::Skill => Counted::Skills,
            FacetField::Tag(_) => Counted::Tags,
            FacetField::City => Counted::City,
            FacetField::Company => Counted::Company,
            FacetField::Language | FacetField::Source => Counted::Keywords,
            FacetField::Intent => return Counter::Intent { columns, now, counts: [0; 5] },
            FacetField::Years => return Counter::Years { columns, counts: [0; 5] },
            FacetField::LastActivity => return Counter::Activity { columns, now, counts: [0; 5] },
        };
        let words = columns.words(of);
        let Some(column) = words.column.as_ref().map(|column| column.ords().clone()) else { return Counter::Nothing };
        let counts = vec![0; words.names.len()];
        match of {
            Counted::Tags => Counter::Tags { column, counts, columns, now },
            _ => Counter::Values { column, counts, of, bulk: Bulk::default() },
        }
    }

    /// Adds what was counted in a segment.
    pub fn add(&mut self, counter: Counter, columns: &Columns) {
        match counter {
            Counter::Values { counts, of, .. } => self.add_values(&counts, &columns.words(of).names),
            Counter::Tags { counts, .. } => self.add_values(&counts, &columns.words(Counted::Tags).names),
            Counter::Intent { counts, .. } | Counter::Years { counts, .. } | Counter::Activity { counts, .. } => {
                for (total, count) in self.ranges.iter_mut().zip(counts) {
                    *total += count;
                }
            }
            Counter::Nothing => {}
        }
    }

    fn add_values(&mut self, counts: &[u32], names: &[u32]) {
        for (ord, count) in (0..).zip(counts) {
            self.tally.add(name(names, ord), u64::from(*count));
        }
    }

    /// What is shown.
    pub fn finish(self, limit: usize, names: &Names) -> Facet {
        let letter = match self.field {
            FacetField::Tag(dimension) => Some(terms::dimension_letter(dimension)),
            FacetField::Language => letter_of(Keyword::Language),
            FacetField::Source => letter_of(Keyword::Source),
            _ => None,
        };
        let values = match self.field {
            FacetField::Intent => {
                let intents = [Intent::Unknown, Intent::NotLooking, Intent::Open, Intent::Active];
                let counts = intents.into_iter().zip(self.ranges);
                most_frequent(counts.map(|(intent, count)| (intent_code(intent).to_owned(), count)).collect(), limit)
            }
            FacetField::Years => ranges(&YEARS, self.ranges, limit),
            FacetField::LastActivity => ranges(&ACTIVITY, self.ranges, limit),
            _ => self.tally.top(limit, letter, names),
        };
        Facet { field: self.field, values }
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
            Self::Intent { columns, now, counts } => {
                for person in docs.iter().map(|doc| columns.person(*doc)) {
                    counts[intent_at(person.intent, person.intent_until, *now) as usize] += 1;
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
            Self::Nothing => {}
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
