//! A document to what the index stores.

use std::collections::BTreeMap;

use tantivy::{TantivyDocument, schema::Field};
use uuid::Uuid;

use super::{
    Error,
    card::{Body, Card},
    schema::{Fields, column, write_placed},
    terms::{Exact, exact, keyword_value, tag_value, text_prefix},
};
use crate::{
    domain::document::Document,
    domain::matching::fits,
    domain::query::{Dimension, Keyword},
    domain::texts::{self, Placed},
};

/// A document's exact values as the index keeps them: each once, and none that is too long.
pub struct Values<'a> {
    pub skills: BTreeMap<&'a str, u8>,
    /// Until when each tag stays at the longest.
    pub tags: BTreeMap<(Dimension, &'a str), i64>,
    pub keywords: Vec<(Keyword, &'a str)>,
    pub city: Option<&'a str>,
    pub company: Option<&'a str>,
}

impl<'a> Values<'a> {
    /// Of a document.
    pub fn of(document: &'a Document) -> Self {
        let mut skills = BTreeMap::new();
        for (key, years) in document.skill_keys.iter().filter(|(key, _)| fits(key)) {
            let most = skills.entry(key.as_str()).or_insert(*years);
            *most = (*most).max(*years);
        }
        let mut tags = BTreeMap::new();
        for (dimension, name, until) in document.tags.iter().filter(|(_, name, _)| fits(name)) {
            let longest = tags.entry((*dimension, name.as_str())).or_insert(*until);
            *longest = (*longest).max(*until);
        }
        let mut keywords: Vec<_> = document.keywords.iter().map(|(kind, code)| (*kind, code.as_str())).collect();
        keywords.retain(|(_, code)| fits(code));
        keywords.sort_unstable();
        keywords.dedup();
        let one = |text: &'a String| fits(text).then_some(text.as_str());
        Self { skills, tags, keywords, city: one(&document.city_key), company: one(&document.company) }
    }
}

/// Makes the index's document.
pub fn to_tantivy(fields: &Fields, document: &Document, placed: &Placed) -> Result<TantivyDocument, Error> {
    let mut entry = Entry { fields, tenant: document.tenant, made: TantivyDocument::new() };
    let values = Values::of(document);
    entry.exact(Exact::Tenant);
    entry.exact(Exact::Id(document.id));
    entry.values(&values)?;
    entry.numbers(document)?;
    let prefix = text_prefix(document.tenant);
    for (field, of) in fields.texts.into_iter().zip(texts::FIELDS) {
        entry.made.add_text(field, write_placed(&prefix, placed.terms(of)));
    }
    entry.made.add_bytes(fields.schema.get_field(column::CARD)?, &postcard::to_allocvec(&Card::of(document))?);
    entry.made.add_bytes(fields.body, &postcard::to_allocvec(&Body::of(document))?);
    Ok(entry.made)
}

struct Entry<'a> {
    fields: &'a Fields,
    tenant: Uuid,
    made: TantivyDocument,
}

impl Entry<'_> {
    fn exact(&mut self, what: Exact) {
        self.made.add_bytes(self.fields.exact, &exact(self.tenant, what));
    }

    fn column(&self, name: &str) -> Result<Field, Error> {
        Ok(self.fields.schema.get_field(name)?)
    }

    fn values(&mut self, values: &Values) -> Result<(), Error> {
        let skills = self.column(column::SKILLS)?;
        for (key, years) in &values.skills {
            self.exact(Exact::Skill(key));
            self.exact(Exact::SkillYears(key, *years));
            self.made.add_text(skills, key);
        }
        let (tags, until) = (self.column(column::TAGS)?, self.column(column::TAGS_UNTIL)?);
        for ((dimension, name), ends) in &values.tags {
            let stays = *ends == i64::MAX;
            self.exact(if stays { Exact::Tag(*dimension, name) } else { Exact::PassingTag(*dimension, name) });
            self.made.add_text(tags, tag_value(*dimension, name));
            self.made.add_i64(until, *ends);
        }
        if let Some(city) = values.city {
            self.exact(Exact::City(city));
        }
        let keywords = self.column(column::KEYWORDS)?;
        for (kind, code) in &values.keywords {
            self.exact(Exact::Keyword(*kind, code));
            self.made.add_text(keywords, keyword_value(*kind, code));
        }
        if let Some(city) = values.city.filter(|city| !city.is_empty()) {
            self.made.add_text(self.column(column::CITY)?, city);
        }
        if let Some(company) = values.company.filter(|company| !company.is_empty()) {
            self.made.add_text(self.column(column::COMPANY)?, company);
        }
        Ok(())
    }

    fn numbers(&mut self, document: &Document) -> Result<(), Error> {
        let tenant = self.column(column::TENANT)?;
        self.made.add_bytes(tenant, document.tenant.as_bytes());
        let (high, low) = document.id.as_u64_pair();
        for (name, value) in [
            (column::ID_HIGH, high),
            (column::ID_LOW, low),
            (column::YEARS, u64::from(document.years)),
            (column::ENGAGEMENT, u64::from(document.engagement)),
            (column::INTENT, document.intent as u64),
        ] {
            self.made.add_u64(self.column(name)?, value);
        }
        for (name, value) in [
            (column::INTENT_UNTIL, document.intent_until),
            (column::LAST_ACTIVITY, document.last_activity),
            (column::CREATED, document.created),
            (column::UPDATED, document.updated),
        ] {
            self.made.add_i64(self.column(name)?, value);
        }
        Ok(())
    }
}
