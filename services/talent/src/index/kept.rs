//! Counts of everything a tenant has, kept in memory, so that the facets of everybody ask nobody.
//!
//! They are made in one pass over the columns when the index is opened, and each commit takes out what its documents
//! were and adds what they are. What depends on the time (expiries, ages) is kept by time: see [`Times`].

use rustc_hash::FxHashMap;

use super::{
    facets::{self, ACTIVITY_DAYS, Tally},
    facts::Facts,
    names::Names,
    request::{Facet, FacetField},
    times::Times,
};
use crate::{domain::document::Intent, domain::matching::intent_code, domain::query::Keyword, domain::texts};

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
    intents: [Passing; 4],
    years: [u64; facets::YEARS.len()],
    activity: Times,
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
    }

    fn tallies<'a>(&'a mut self, facts: &'a Facts) -> [(&'a mut Tally, &'a [u32]); 4] {
        [
            (&mut self.skills, &facts.skills),
            (&mut self.cities, &facts.cities),
            (&mut self.companies, &facts.companies),
            (&mut self.keywords, &facts.keywords),
        ]
    }

    /// A facet of everybody.
    pub fn facet(&self, field: FacetField, limit: usize, now: i64, names: &Names) -> Facet {
        let values = match field {
            FacetField::Skill => self.skills.top(limit, None, names),
            FacetField::City => self.cities.top(limit, None, names),
            FacetField::Company => self.companies.top(limit, None, names),
            FacetField::Language => self.keywords.top(limit, facets::letter_of(Keyword::Language), names),
            FacetField::Source => self.keywords.top(limit, facets::letter_of(Keyword::Source), names),
            FacetField::Tag(dimension) => {
                let mut tally = Tally::default();
                for (tag, passing) in &self.tags {
                    tally.add(*tag, passing.at(now));
                }
                tally.top(limit, Some(super::terms::dimension_letter(dimension)), names)
            }
            FacetField::Intent => facets::most_frequent(self.intents_at(now), limit),
            FacetField::Years => facets::ranges(&facets::YEARS, self.years, limit),
            FacetField::LastActivity => facets::ranges(&facets::ACTIVITY, self.activity_at(now), limit),
        };
        Facet { field, values }
    }

    fn intents_at(&self, now: i64) -> Vec<(String, u64)> {
        let known = [Intent::NotLooking, Intent::Open, Intent::Active];
        let mut counts: Vec<_> = known.map(|intent| (intent, self.intents[intent as usize].at(now))).into();
        let unknown = self.documents.saturating_sub(counts.iter().map(|(_, count)| count).sum());
        counts.push((Intent::Unknown, unknown));
        counts.into_iter().map(|(intent, count)| (intent_code(intent).to_owned(), count)).collect()
    }

    fn activity_at(&self, now: i64) -> [u64; facets::ACTIVITY.len()] {
        let mut within = 0;
        let mut counts = [0; facets::ACTIVITY.len()];
        for (count, days) in counts.iter_mut().zip(ACTIVITY_DAYS) {
            let all = self.activity.from(now.saturating_sub(days * 86_400));
            *count = all - within;
            within = all;
        }
        counts[ACTIVITY_DAYS.len()] = self.documents.saturating_sub(within);
        counts
    }
}
