//! What facets show of how many have what.
//!
//! The counts are those of whom a search finds ([`super::counting`]) or are kept of everybody ([`super::kept`]); what is
//! shown of them is the same. Values are counted as the numbers that all segments share, and the few that are shown become
//! text. A dimension of tags shows those that people have and those that are worked out (see [`crate::domain::meaning`]).

use std::{borrow::Cow, collections::HashSet};

use rustc_hash::FxHashMap;

use super::{
    columns::Counted,
    names::Names,
    request::{Facet, FacetField},
    terms::{dimension_letter, keyword_letter},
};
use crate::domain::{
    document::Intent,
    matching::intent_code,
    query::{Dimension, Keyword},
    skills, tag,
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

/// How many have what.
pub trait Totals {
    /// Values of one kind.
    fn values(&self, of: Counted) -> Cow<'_, Tally>;
    /// Intents as they hold now, in the order of their numbers.
    fn intents(&self) -> [u64; INTENTS.len()];
    /// Statuses that follow from the time.
    fn statuses(&self) -> Vec<(&'static str, u64)>;
    /// In each of [`YEARS`].
    fn years(&self) -> [u64; YEARS.len()];
    /// In each of [`ACTIVITY`].
    fn activity(&self) -> [u64; ACTIVITY.len()];
}

/// By their numbers.
pub const INTENTS: [Intent; 4] = [Intent::Unknown, Intent::NotLooking, Intent::Open, Intent::Active];

/// What is shown of a field.
pub fn facet(field: FacetField, limit: usize, totals: &impl Totals, names: &Names) -> Facet {
    let top = |of: Counted, letter: Option<u8>| totals.values(of).top(limit, letter, names);
    let values = match field {
        FacetField::Skill => top(Counted::Skills, None),
        FacetField::City => top(Counted::City, None),
        FacetField::Company => top(Counted::Company, None),
        FacetField::Language => top(Counted::Keywords, Some(keyword_letter(Keyword::Language))),
        FacetField::Source => top(Counted::Keywords, Some(keyword_letter(Keyword::Source))),
        FacetField::Tag(Dimension::Skill) => skill_tags(limit, totals, names),
        FacetField::Tag(dimension) => {
            let mut values = top(Counted::Tags, Some(dimension_letter(dimension)));
            values.extend(worked_out(dimension, totals));
            most_frequent(values, limit)
        }
        FacetField::Intent => most_frequent(intents(totals, &INTENTS), limit),
        FacetField::Years => ranges(&YEARS, totals.years(), limit),
        FacetField::LastActivity => ranges(&ACTIVITY, totals.activity(), limit),
    };
    Facet { field, values }
}

/// The tags of a dimension other than skills that nobody has given; nobody can give one of their names.
fn worked_out(dimension: Dimension, totals: &impl Totals) -> Vec<(String, u64)> {
    match dimension {
        Dimension::Intent => intents(totals, &INTENTS[1..]),
        Dimension::Status => totals.statuses().into_iter().map(|(name, count)| (name.to_owned(), count)).collect(),
        Dimension::Skill | Dimension::Interaction => Vec::new(),
    }
}

fn intents(totals: &impl Totals, of: &[Intent]) -> Vec<(String, u64)> {
    let counts = totals.intents();
    of.iter().map(|intent| (intent_code(*intent).to_owned(), counts[*intent as usize])).collect()
}

/// A skill is a tag too. Whoever has both is counted once: the tag is not kept of them.
fn skill_tags(limit: usize, totals: &impl Totals, names: &Names) -> Vec<(String, u64)> {
    let (tags, skills) = (totals.values(Counted::Tags), totals.values(Counted::Skills));
    let mut values = tags.top(usize::MAX, Some(dimension_letter(Dimension::Skill)), names);
    for (name, count) in &mut values {
        *count += names.find(&skills::key(name)).map_or(0, |skill| skills.of(skill));
    }
    let given: HashSet<String> = values.iter().map(|(name, _)| name.clone()).collect();
    let leading = skills.leading(limit, None, names).into_iter();
    let others = leading.map(|(skill, count)| (tag::of_skill(&names.name(skill)), count));
    values.extend(others.filter(|(name, _)| !given.contains(name)));
    most_frequent(values, limit)
}

/// How many have each value.
#[derive(Debug, Clone, Default)]
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

    /// How many have a value.
    pub fn of(&self, value: u32) -> u64 {
        self.0.get(&value).copied().unwrap_or(0)
    }

    /// The most frequent values, of those that begin with the letter, without it.
    pub fn top(&self, limit: usize, letter: Option<u8>, names: &Names) -> Vec<(String, u64)> {
        let named = |(value, count)| (names.name(value)[usize::from(letter.is_some())..].to_owned(), count);
        most_frequent(self.leading(limit, letter, names).into_iter().map(named).collect(), limit)
    }

    /// As many of the most frequent values, and those that are as frequent as the last of them: who is shown needs their
    /// names, because equals are in the order of these.
    fn leading(&self, limit: usize, letter: Option<u8>, names: &Names) -> Vec<(u32, u64)> {
        let begins = |value: u32| letter.is_none_or(|letter| names.name(value).as_bytes().first() == Some(&letter));
        let mut values: Vec<(u32, u64)> = self.0.iter().map(|(value, count)| (*value, *count)).collect();
        if letter.is_some() {
            values.retain(|(value, _)| begins(*value));
        }
        values.sort_unstable_by_key(|(_, count)| std::cmp::Reverse(*count));
        let least = limit.checked_sub(1).and_then(|last| values.get(last)).map_or(0, |(_, count)| *count);
        values.truncate(values.partition_point(|(_, count)| *count >= least));
        values
    }
}

/// Orders values as they are shown.
fn most_frequent(mut values: Vec<(String, u64)>, limit: usize) -> Vec<(String, u64)> {
    values.retain(|(_, count)| *count > 0);
    values.sort_unstable_by(|(one, more), (other, less)| less.cmp(more).then_with(|| one.cmp(other)));
    values.truncate(limit);
    values
}

/// Ranges as they are shown.
fn ranges<const N: usize>(names: &[&str; N], counts: [u64; N], limit: usize) -> Vec<(String, u64)> {
    let named = names.iter().zip(counts).filter(|(_, count)| *count > 0);
    named.map(|(name, count)| ((*name).to_owned(), count)).take(limit).collect()
}
