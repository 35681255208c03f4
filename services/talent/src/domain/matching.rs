//! What a query means: [`matches()`] is its definition, and the index finds exactly those people.
//!
//! The definition itself is what tests hold the index against, and what somebody who changes is held against watched
//! searches by: [`Subject::of`] analyses a document once, [`Subject::matches`] then only looks terms up.

use std::collections::HashMap;

use super::{
    document::{Document, Intent},
    query::{Clause, Condition, Dimension, Keyword, Number, Query, TextField},
    texts,
};

/// Whether a query finds a document at a time (seconds since the epoch).
#[cfg(test)]
pub fn matches(clause: &Clause, document: &Document, now: i64) -> bool {
    Subject::of(document).matches(clause, now)
}

/// Whether something that ends at `until` is still there; `i64::MAX` never ends.
pub fn holds(until: i64, now: i64) -> bool {
    until == i64::MAX || now < until
}

/// Longer values are in no document and found by no query: an index has to bound its terms.
pub const LONGEST_VALUE: usize = 1024;

/// Whether a value is one that can be found.
pub fn fits(value: &str) -> bool {
    value.len() <= LONGEST_VALUE
}

/// The intent of a person at a time.
pub fn intent_at(intent: Intent, until: i64, now: i64) -> Intent {
    if holds(until, now) { intent } else { Intent::Unknown }
}

/// The code that queries and facets name an intent by.
pub fn intent_code(intent: Intent) -> &'static str {
    match intent {
        Intent::Unknown => "unknown",
        Intent::NotLooking => "not_looking",
        Intent::Open => "open",
        Intent::Active => "active",
    }
}

/// A number of a document.
pub fn number(document: &Document, number: Number) -> i64 {
    match number {
        Number::Years => i64::from(document.years),
        Number::Engagement => i64::from(document.engagement),
        Number::LastActivity => document.last_activity,
        Number::Created => document.created,
        Number::Updated => document.updated,
    }
}

/// A document that is ready to be compared with queries.
#[derive(Debug)]
pub struct Subject<'a> {
    document: &'a Document,
    /// Per field, the positions of each term.
    texts: [HashMap<String, Vec<u32>>; texts::FIELDS.len()],
}

impl<'a> Subject<'a> {
    /// Analyses a document.
    pub fn of(document: &'a Document) -> Self {
        let placed = texts::Placed::of(document);
        let texts = texts::FIELDS.map(|field| {
            let mut positions: HashMap<String, Vec<u32>> = HashMap::new();
            for (term, position) in placed.terms(field) {
                positions.entry(term.to_owned()).or_default().push(position);
            }
            positions
        });
        Self { document, texts }
    }

    /// Whether a query finds it.
    pub fn matches(&self, clause: &Clause, now: i64) -> bool {
        match &clause.query {
            Query::Everybody => true,
            Query::All(clauses) => clauses.iter().all(|clause| self.matches(clause, now)),
            Query::Any(clauses) => clauses.iter().any(|clause| self.matches(clause, now)),
            Query::Not(clause) => !self.matches(clause, now),
            Query::Is(condition) => self.is(condition, now),
        }
    }

    fn is(&self, condition: &Condition, now: i64) -> bool {
        let document = self.document;
        match condition {
            Condition::Text(field, variants) => variants.iter().any(|words| self.occurs(*field, words)),
            Condition::Skill { key, min_years } => {
                fits(key) && document.skill_keys.iter().any(|(has, years)| has == key && years >= min_years)
            }
            Condition::City(key) => fits(key) && document.city_key == *key,
            Condition::Tag(dimension, name) => fits(name) && self.has_tag(*dimension, name, now),
            Condition::Keyword(Keyword::Intent, code) => {
                intent_code(intent_at(document.intent, document.intent_until, now)) == code
            }
            Condition::Keyword(keyword, code) => {
                fits(code) && document.keywords.iter().any(|(kind, value)| kind == keyword && value == code)
            }
            Condition::Range(what, from, to) => (*from..=*to).contains(&number(document, *what)),
        }
    }

    fn has_tag(&self, dimension: Option<Dimension>, name: &str, now: i64) -> bool {
        self.document.tags.iter().any(|(of, tag, until)| {
            tag == name && dimension.is_none_or(|dimension| dimension == *of) && holds(*until, now)
        })
    }

    /// How often the words stand side by side in a field: at how many places they begin.
    #[cfg(test)]
    pub fn frequency(&self, field: TextField, words: &[(String, u32)]) -> usize {
        let Some(((first, _), rest)) = words.split_first() else { return 0 };
        let mut starts = self.positions(field, first).to_vec();
        if !rest.is_empty() {
            starts.dedup();
        }
        starts.retain(|start| rest.iter().all(|(word, offset)| self.stands(field, word, start + offset)));
        starts.len()
    }

    fn occurs(&self, field: TextField, words: &[(String, u32)]) -> bool {
        let Some(((first, _), rest)) = words.split_first() else { return false };
        let begins = |start: &u32| rest.iter().all(|(word, offset)| self.stands(field, word, start + offset));
        self.positions(field, first).iter().any(begins)
    }

    fn stands(&self, field: TextField, word: &str, position: u32) -> bool {
        self.positions(field, word).binary_search(&position).is_ok()
    }

    fn positions(&self, field: TextField, word: &str) -> &[u32] {
        self.texts[texts::number(field)].get(word).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::analysis::words;

    fn text(field: TextField, query: &str) -> Clause {
        Clause { query: Query::Is(Condition::Text(field, vec![words(query)])), columns: (1, 2) }
    }

    #[test]
    fn phrases_stay_within_their_text() {
        let document = Document {
            name: "Ann Java".to_owned(),
            title: "Engineer 微服务架构".to_owned(),
            skills: vec!["Spring Boot".to_owned(), "Go".to_owned()],
            ..Document::default()
        };
        assert!(matches(&text(TextField::Any, "spring boot"), &document, 0));
        assert!(matches(&text(TextField::Title, "服务架"), &document, 0));
        assert!(!matches(&text(TextField::Any, "java engineer"), &document, 0));
        assert!(!matches(&text(TextField::Any, "boot go"), &document, 0));
        assert!(!matches(&text(TextField::Name, "spring"), &document, 0));
        assert!(!matches(&text(TextField::Any, " "), &document, 0), "nothing to look for finds nobody");
        assert_eq!(Subject::of(&document).frequency(TextField::Any, &words("java")), 1);
    }

    #[test]
    fn what_has_expired_is_not_there() {
        let document = Document {
            tags: vec![(Dimension::Status, "dormant".to_owned(), 100), (Dimension::Skill, "star".to_owned(), i64::MAX)],
            intent: Intent::Active,
            intent_until: 100,
            ..Document::default()
        };
        let is = |condition| Clause { query: Query::Is(condition), columns: (0, 0) };
        let dormant = is(Condition::Tag(None, "dormant".to_owned()));
        assert!(matches(&dormant, &document, 99) && !matches(&dormant, &document, 100));
        assert!(matches(&is(Condition::Tag(Some(Dimension::Skill), "star".to_owned())), &document, i64::MAX));
        let active = is(Condition::Keyword(Keyword::Intent, "active".to_owned()));
        let unknown = is(Condition::Keyword(Keyword::Intent, "unknown".to_owned()));
        assert!(matches(&active, &document, 99) && matches(&unknown, &document, 100));
    }
}
