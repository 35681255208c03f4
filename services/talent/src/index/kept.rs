//! Counts of everything a tenant has, kept in memory, so that the facets of everybody ask nobody.
//!
//! They are made in one pass over the columns when the index is opened, and each commit takes out what its documents
//! were and adds what they are. What depends on the time (expiries, ages) is kept by time: see [`Times`].

use std::borrow::Cow;

use chrono::DateTime;
use rustc_hash::FxHashMap;

use super::{
    columns::Counted,
    facets::{self, ACTIVITY, ACTIVITY_DAYS, INTENTS, Tally, Totals, YEARS},
    facts::Facts,
    times::Times,
};
use crate::domain::{
    document::Intent,
    meaning::{self, Status},
    query::Number,
    texts,
};

/// The counts of one tenant.
#[derive(Debug, Default)]
pub struct Counts {
    pub documents: u64,
    /// Per field, the terms of all documents.
    pub lengths: [u64; texts::FIELDS.len()],
    skills: Tally,
    cities: Tally,
    companies: Tally,
    keywords: Tally,
    tags: FxHashMap<u32, Passing>,
    intents: [Passing; INTENTS.len()],
    years: [u64; YEARS.len()],
    activity: Times,
    created: Times,
}

/// How many have something that may end.
#[derive(Debug, Default)]
struct Passing {
    forever: u64,
    until: Times,
}

impl Passing {
    fn add(&mut self, until: i64) {
        if until == i64::MAX { self.forever += 1 } else { self.until.add(until) }
    }

    fn remove(&mut self, until: i64) {
        if until == i64::MAX { self.forever = self.forever.saturating_sub(1) } else { self.until.remove(until) }
    }

    fn at(&self, now: i64) -> u64 {
        self.forever + now.checked_add(1).map_or(0, |next| self.until.from(next))
    }
}

impl Counts {
    /// Adds a person.
    pub fn add(&mut self, facts: &Facts) {
        self.documents += 1;
        for (total, length) in self.lengths.iter_mut().zip(facts.lengths) {
            *total += u64::from(length);
        }
        for (tally, values) in self.tallies(facts) {
            for value in values {
                tally.add(*value, 1);
            }
        }
        for (tag, until) in &facts.tags {
            self.tags.entry(*tag).or_default().add(*until);
        }
        self.intents[facts.intent as usize].add(facts.intent_until);
        self.years[facets::years_range(facts.years)] += 1;
        self.activity.add(facts.last_activity);
        self.created.add(facts.created);
    }

    /// Takes a person out.
    pub fn remove(&mut self, facts: &Facts) {
        self.documents = self.documents.saturating_sub(1);
        for (total, length) in self.lengths.iter_mut().zip(facts.lengths) {
            *total = total.saturating_sub(u64::from(length));
        }
        for (tally, values) in self.tallies(facts) {
            for value in values {
                tally.remove(*value);
            }
        }
        for (tag, until) in &facts.tags {
            if let Some(passing) = self.tags.get_mut(tag) {
                passing.remove(*until);
            }
        }
        self.intents[facts.intent as usize].remove(facts.intent_until);
        let years = &mut self.years[facets::years_range(facts.years)];
        *years = years.saturating_sub(1);
        self.activity.remove(facts.last_activity);
        self.created.remove(facts.created);
    }

    fn tallies<'a>(&'a mut self, facts: &'a Facts) -> [(&'a mut Tally, &'a [u32]); 4] {
        [
            (&mut self.skills, &facts.skills),
            (&mut self.cities, &facts.cities),
            (&mut self.companies, &facts.companies),
            (&mut self.keywords, &facts.keywords),
        ]
    }
}

/// The counts of everybody at a moment.
pub struct Everybody<'a> {
    pub counts: &'a Counts,
    pub now: i64,
}

impl Totals for Everybody<'_> {
    fn values(&self, of: Counted) -> Cow<'_, Tally> {
        Cow::Borrowed(match of {
            Counted::Skills => &self.counts.skills,
            Counted::City => &self.counts.cities,
            Counted::Company => &self.counts.companies,
            Counted::Keywords => &self.counts.keywords,
            Counted::Tags => {
                let mut tally = Tally::default();
                for (tag, passing) in &self.counts.tags {
                    tally.add(*tag, passing.at(self.now));
                }
                return Cow::Owned(tally);
            }
        })
    }

    fn intents(&self) -> [u64; INTENTS.len()] {
        let mut counts = [0; INTENTS.len()];
        for intent in &INTENTS[1..] {
            counts[*intent as usize] = self.counts.intents[*intent as usize].at(self.now);
        }
        counts[Intent::Unknown as usize] = self.counts.documents.saturating_sub(counts.iter().sum());
        counts
    }

    fn statuses(&self) -> Vec<(&'static str, u64)> {
        // A moment that no calendar has is nobody's.
        let statuses = DateTime::from_timestamp(self.now, 0).into_iter().flat_map(meaning::statuses);
        let count = |status: &Status| match status.number {
            Number::LastActivity => self.counts.activity.within(&status.range),
            Number::Created => self.counts.created.within(&status.range),
            // No status follows from them.
            Number::Years | Number::Engagement | Number::Updated => 0,
        };
        statuses.map(|status| (status.name, count(&status))).collect()
    }

    fn years(&self) -> [u64; YEARS.len()] {
        self.counts.years
    }

    fn activity(&self) -> [u64; ACTIVITY.len()] {
        let mut within = 0;
        let mut counts = [0; ACTIVITY.len()];
        for (count, days) in counts.iter_mut().zip(ACTIVITY_DAYS) {
            let all = self.counts.activity.from(self.now.saturating_sub(days * 86_400));
            *count = all - within;
            within = all;
        }
        counts[ACTIVITY_DAYS.len()] = self.counts.documents.saturating_sub(within);
        counts
    }
}
