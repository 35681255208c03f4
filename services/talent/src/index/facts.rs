//! What counts are made of: the countable facts of one person, from a document or from the columns.

use tantivy::DocId;

use super::{
    columns::{Columns, Counted},
    convert::Values,
    names::Names,
    statistics,
    terms::{keyword_value, tag_value},
};
use crate::{
    domain::document::{Document, Intent},
    domain::texts::{self, Placed},
};

/// The countable facts of a person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    pub skills: Vec<u32>,
    pub cities: Vec<u32>,
    pub companies: Vec<u32>,
    pub keywords: Vec<u32>,
    /// Each with its expiry.
    pub tags: Vec<(u32, i64)>,
    pub intent: Intent,
    pub intent_until: i64,
    pub years: u8,
    pub last_activity: i64,
    pub created: i64,
    pub lengths: [u32; texts::FIELDS.len()],
}

impl Facts {
    /// Of a document that comes in.
    pub fn of(document: &Document, placed: &Placed, names: &Names) -> Self {
        let values = Values::of(document);
        let one = |value: Option<&str>| {
            value.filter(|value| !value.is_empty()).map(|value| names.number(value)).into_iter().collect()
        };
        Self {
            skills: values.skills.keys().map(|key| names.number(key)).collect(),
            cities: one(values.city),
            companies: one(values.company),
            keywords: values.keywords.iter().map(|(kind, code)| names.number(&keyword_value(*kind, code))).collect(),
            tags: values
                .tags
                .iter()
                .map(|((dimension, name), until)| (names.number(&tag_value(*dimension, name)), *until))
                .collect(),
            intent: document.intent,
            intent_until: document.intent_until,
            years: document.years,
            last_activity: document.last_activity,
            created: document.created,
            lengths: texts::FIELDS.map(|field| statistics::length(statistics::length_id(placed.length(field)))),
        }
    }

    /// Of a document that is in the index, into facts that are used again.
    pub fn read(&mut self, columns: &Columns, doc: DocId) {
        read_words(columns, Counted::Skills, doc, &mut self.skills);
        read_words(columns, Counted::City, doc, &mut self.cities);
        read_words(columns, Counted::Company, doc, &mut self.companies);
        read_words(columns, Counted::Keywords, doc, &mut self.keywords);
        self.tags.clear();
        let tags = columns.words(Counted::Tags);
        if let Some(column) = &tags.column {
            let numbers = column.ords().values_for_doc(doc).map(|ord| name(&tags.names, ord));
            self.tags.extend(numbers.zip(columns.tags_until.values_for_doc(doc)));
        }
        let person = columns.person(doc);
        (self.intent, self.intent_until) = (person.intent, person.intent_until);
        (self.years, self.last_activity) = (person.years, person.last_activity);
        self.created = columns.created.get_val(doc);
        for (length, reader) in self.lengths.iter_mut().zip(&columns.lengths) {
            *length = reader.fieldnorm(doc);
        }
    }
}

fn read_words(columns: &Columns, of: Counted, doc: DocId, numbers: &mut Vec<u32>) {
    numbers.clear();
    let words = columns.words(of);
    if let Some(column) = &words.column {
        numbers.extend(column.ords().values_for_doc(doc).map(|ord| name(&words.names, ord)));
    }
}

/// Every number of a column is in its dictionary, which is where the names come from.
pub fn name(names: &[u32], ord: u64) -> u32 {
    usize::try_from(ord).ok().and_then(|ord| names.get(ord)).copied().unwrap_or(u32::MAX)
}
