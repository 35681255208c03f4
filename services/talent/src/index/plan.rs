//! A query to the set of a segment's documents that it finds.
//!
//! What has a list of documents (terms, words side by side) becomes a set; what has none (ranges, expiries, "not")
//! becomes a check on the documents of the sets beside it. Only where nothing beside it has a list are the tenant's
//! documents gone through one by one.

use std::{ops::RangeInclusive, sync::Arc};

use tantivy::{
    SegmentReader, Term,
    postings::SegmentPostings,
    schema::{Field, IndexRecordOption},
};
use uuid::Uuid;

use super::{
    Error,
    columns::{Columns, Counted},
    schema::Fields,
    sets::{Check, Outside, Phrase, Set, intersection, nobody, union},
    terms::{DIMENSIONS, Exact, exact, tag_value, text_prefix},
};
use crate::{
    domain::matching::{fits, holds, intent_at, intent_code},
    domain::query::{Clause, Condition, Dimension, Keyword, Query, TextField},
    domain::texts,
};

/// What a plan is made for.
#[derive(Clone, Copy)]
pub struct Planner<'a> {
    pub tenant: Uuid,
    pub now: i64,
    pub fields: &'a Fields,
    pub segment: &'a SegmentReader,
    pub columns: &'a Arc<Columns>,
}

/// Who is in all sets and passes all checks; without sets, of the tenant's people.
#[derive(Default)]
struct Plan {
    sets: Vec<Set>,
    checks: Vec<Box<dyn Check>>,
}

impl Plan {
    fn set(set: Set) -> Self {
        Self { sets: vec![set], checks: Vec::new() }
    }

    fn check(check: impl Check + 'static) -> Self {
        Self { sets: Vec::new(), checks: vec![Box::new(check)] }
    }
}

impl Planner<'_> {
    /// Who is found by all of them.
    pub fn found<'c>(&self, clauses: impl IntoIterator<Item = &'c Clause>) -> Result<Set, Error> {
        let plan = self.all(clauses)?;
        self.set(plan)
    }

    fn set(&self, mut plan: Plan) -> Result<Set, Error> {
        if plan.sets.is_empty() {
            plan.sets.push(self.exact(Exact::Tenant)?);
        }
        Ok(intersection(plan.sets, plan.checks))
    }

    fn all<'c>(&self, clauses: impl IntoIterator<Item = &'c Clause>) -> Result<Plan, Error> {
        let mut all = Plan::default();
        for clause in clauses {
            let mut plan = self.plan(clause)?;
            all.sets.append(&mut plan.sets);
            all.checks.append(&mut plan.checks);
        }
        Ok(all)
    }

    fn plan(&self, clause: &Clause) -> Result<Plan, Error> {
        match &clause.query {
            Query::Everybody => Ok(Plan::default()),
            Query::All(clauses) => self.all(clauses),
            Query::Any(clauses) => {
                let sets: Result<Vec<Set>, Error> = clauses.iter().map(|clause| self.found([clause])).collect();
                Ok(Plan::set(self.union(sets?)))
            }
            Query::Not(clause) => Ok(Plan::check(Outside(self.found([clause.as_ref()])?))),
            Query::Is(condition) => self.condition(condition),
        }
    }

    fn union(&self, sets: Vec<Set>) -> Set {
        union(sets, self.segment.max_doc())
    }

    fn condition(&self, condition: &Condition) -> Result<Plan, Error> {
        match condition {
            Condition::Skill { key: value, .. }
            | Condition::City(value)
            | Condition::Tag(_, value)
            | Condition::Keyword(_, value)
                if !fits(value) =>
            {
                Ok(Plan::set(nobody()))
            }
            Condition::Text(field, variants) => {
                let sets: Result<Vec<Set>, Error> = variants.iter().map(|words| self.text(*field, words)).collect();
                Ok(Plan::set(self.union(sets?)))
            }
            Condition::Skill { key, min_years: 0 } => self.exact(Exact::Skill(key)).map(Plan::set),
            Condition::Skill { key, min_years } => self.skill_years(key, *min_years..=u8::MAX).map(Plan::set),
            Condition::City(key) => self.exact(Exact::City(key)).map(Plan::set),
            Condition::Tag(dimension, name) => self.tag(*dimension, name).map(Plan::set),
            Condition::Keyword(Keyword::Intent, code) => Ok(self.intent(code)),
            Condition::Keyword(keyword, code) => self.exact(Exact::Keyword(*keyword, code)).map(Plan::set),
            Condition::Range(number, from, to) => {
                let (value, within) = (self.columns.number(*number), *from..=*to);
                Ok(Plan::check(move |doc| within.contains(&value(doc))))
            }
        }
    }

    /// Who has the words side by side in the field.
    fn text(&self, field: TextField, words: &[(String, u32)]) -> Result<Set, Error> {
        let how = if words.len() > 1 { IndexRecordOption::WithFreqsAndPositions } else { IndexRecordOption::Basic };
        let Some(mut lists) = self.text_lists(field, words, how)? else { return Ok(nobody()) };
        match lists.len() {
            1 => Ok(lists.pop().map_or_else(nobody, |(_, list)| Box::new(list))),
            _ => Ok(Box::new(Phrase::new(lists))),
        }
    }

    /// The lists of all words, each with its place in the phrase; none when a word is in nobody's field, or there are no words.
    pub fn text_lists(
        &self,
        field: TextField,
        words: &[(String, u32)],
        how: IndexRecordOption,
    ) -> Result<Option<Vec<(u32, SegmentPostings)>>, Error> {
        let prefix = text_prefix(self.tenant);
        let field = self.fields.texts[texts::number(field)];
        let mut lists = Vec::with_capacity(words.len());
        for (word, place) in words {
            let Some(list) = self.list(&text_term(field, &prefix, word), how)? else { return Ok(None) };
            lists.push((*place, list));
        }
        Ok((!lists.is_empty()).then_some(lists))
    }

    /// The list of a term.
    pub fn list(&self, term: &Term, how: IndexRecordOption) -> Result<Option<SegmentPostings>, Error> {
        Ok(self.segment.inverted_index(term.field())?.read_postings(term, how)?)
    }

    /// Who has an exact thing.
    pub fn exact(&self, what: Exact) -> Result<Set, Error> {
        let term = Term::from_field_bytes(self.fields.exact, &exact(self.tenant, what));
        let list = self.list(&term, IndexRecordOption::Basic)?;
        Ok(list.map_or_else(nobody, |list| Box::new(list)))
    }

    fn skill_years(&self, key: &str, years: RangeInclusive<u8>) -> Result<Set, Error> {
        let [from, to] = [*years.start(), *years.end()].map(|years| exact(self.tenant, Exact::SkillYears(key, years)));
        let index = self.segment.inverted_index(self.fields.exact)?;
        let mut terms = index.terms().range().ge(from).le(to).into_stream()?;
        let mut sets: Vec<Set> = Vec::new();
        while terms.advance() {
            sets.push(Box::new(index.read_postings_from_terminfo(terms.value(), IndexRecordOption::Basic)?));
        }
        Ok(self.union(sets))
    }

    fn tag(&self, dimension: Option<Dimension>, name: &str) -> Result<Set, Error> {
        let mut sets = Vec::new();
        for dimension in DIMENSIONS.into_iter().filter(|each| dimension.is_none_or(|only| only == *each)) {
            sets.push(self.exact(Exact::Tag(dimension, name))?);
            let passing = self.exact(Exact::PassingTag(dimension, name))?;
            if let Some(check) = self.has_not_expired(&tag_value(dimension, name))? {
                sets.push(intersection(vec![passing], vec![check]));
            }
        }
        Ok(self.union(sets))
    }

    /// Reads a tag's expiry, which stands beside the tag in a column of its own.
    fn has_not_expired(&self, tag: &str) -> Result<Option<Box<dyn Check>>, Error> {
        let Some(column) = &self.columns.words(Counted::Tags).column else { return Ok(None) };
        let Some(wanted) = column.dictionary().term_ord(tag)? else { return Ok(None) };
        let (columns, now, tags) = (Arc::clone(self.columns), self.now, column.ords().clone());
        Ok(Some(Box::new(move |doc| {
            let expiries = columns.tags_until.values_for_doc(doc);
            tags.values_for_doc(doc).zip(expiries).any(|(tag, until)| tag == wanted && holds(until, now))
        })))
    }

    fn intent(&self, code: &str) -> Plan {
        let (columns, now, code) = (Arc::clone(self.columns), self.now, code.to_owned());
        Plan::check(move |doc| {
            let person = columns.person(doc);
            intent_code(intent_at(person.intent, person.intent_until, now)) == code
        })
    }
}

/// The term of a word of a text.
pub fn text_term(field: Field, prefix: &str, word: &str) -> Term {
    Term::from_field_text(field, &format!("{prefix}{word}"))
}
