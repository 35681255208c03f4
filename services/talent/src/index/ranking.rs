//! In which order people are found.
//!
//! ```text
//! score      = text x coverage x intent x engagement x recency
//! text       = 1 + the sum of BM25 (see [`super::statistics`]) over the texts of the query that are not negated;
//!              of the variants of a text the one with the highest counts
//! coverage   = (1 + the wished skills that the person has) / (1 + the wished skills);
//!              wished are the skills of the query that are not negated, each once
//! intent     = unknown 1, not looking 0.5, open 1.2, active 1.5; unknown once it has run out
//! engagement = 0.75 + 0.5 x per cent / 100
//! recency    = at least 0.1, otherwise 0.5 ^ (whole days since the last activity / 180)
//! ```
//!
//! Filters add nothing. Everything is computed in 64 bits and in the order of the query, so that the same person has the
//! same score to the last bit wherever it is computed.

use super::statistics::{Statistics, Weight};
use crate::domain::{
    query::{Clause, Condition, Phrase, Query, TextField},
    texts,
};

/// What a query ranks by.
pub struct Ranking<'q> {
    pub texts: Vec<Text<'q>>,
    pub skills: Vec<Skill<'q>>,
}

/// A text that is looked for.
pub struct Text<'q> {
    pub columns: (usize, usize),
    pub field: TextField,
    pub variants: &'q [Phrase],
}

/// A skill that is wished.
pub struct Skill<'q> {
    pub clause: &'q Clause,
    /// Whoever is found has it.
    pub is_certain: bool,
}

impl<'q> Ranking<'q> {
    /// Of a query.
    pub fn of(query: &'q Clause) -> Self {
        let mut ranking = Self { texts: Vec::new(), skills: Vec::new() };
        ranking.collect(query, true);
        ranking
    }

    fn collect(&mut self, clause: &'q Clause, is_certain: bool) {
        match &clause.query {
            Query::All(clauses) => clauses.iter().for_each(|clause| self.collect(clause, is_certain)),
            Query::Any(clauses) => clauses.iter().for_each(|clause| self.collect(clause, false)),
            Query::Is(Condition::Text(field, variants)) => {
                self.texts.push(Text { columns: clause.columns, field: *field, variants });
            }
            Query::Is(Condition::Skill { .. }) => {
                match self.skills.iter_mut().find(|skill| skill.clause.query == clause.query) {
                    Some(known) => known.is_certain |= is_certain,
                    None => self.skills.push(Skill { clause, is_certain }),
                }
            }
            Query::Everybody | Query::Not(_) | Query::Is(_) => {}
        }
    }

    /// Works out the weights with a search's statistics; `None` when they are of another query.
    pub fn weights(&self, statistics: &Statistics) -> Option<Vec<Vec<Weight>>> {
        let mut frequencies = statistics.frequencies.iter();
        let mut weights = Vec::with_capacity(self.texts.len());
        for text in &self.texts {
            let average = statistics.average_length(texts::number(text.field));
            let mut variants = Vec::with_capacity(text.variants.len());
            for words in text.variants {
                let mut idf = 0.0;
                for _ in words {
                    idf += statistics.idf(*frequencies.next()?);
                }
                variants.push(Weight::new(idf, average));
            }
            weights.push(variants);
        }
        frequencies.next().is_none().then_some(weights)
    }
}
