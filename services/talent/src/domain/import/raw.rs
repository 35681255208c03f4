//! What a row says before anything of it is read: texts and lists by slot, and what an object nests deeper than a cell can.

use std::collections::BTreeMap;

use super::field::{Field, Slot};
use crate::domain::candidate::Skill;

/// A row as it was written.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Raw {
    /// Where it begins, from 1.
    pub line: u64,
    pub said: BTreeMap<Slot, Said>,
    /// Skills of which more is said than the name.
    pub skills: Vec<Skill>,
    pub tags: Vec<RawTag>,
    pub consents: Vec<RawConsent>,
}

/// One value.
#[derive(Clone, PartialEq, Eq)]
pub enum Said {
    /// A list, where a list belongs, is still to be cut out of it.
    Text(String),
    List(Vec<String>),
}

/// A tag as it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawTag {
    /// `dimension/name`, or only the name.
    pub name: String,
    pub evidence: String,
    pub expire_time: String,
}

/// A word on a purpose as it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawConsent {
    pub purpose: String,
    pub granted: String,
    pub time: String,
    pub expire_time: String,
    pub evidence: String,
}

/// Rows hold personal data.
impl std::fmt::Debug for Raw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Raw({})", self.line)
    }
}

impl std::fmt::Debug for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Said(…)")
    }
}

impl Said {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.trim().is_empty(),
            Self::List(list) => list.iter().all(|text| text.trim().is_empty()),
        }
    }
}

impl Raw {
    /// A text, "" where nothing is said. Of a list the first value.
    pub fn text(&self, field: Field) -> &str {
        self.text_at(Slot::of(field))
    }

    /// As [`Self::text`], of one of several.
    pub fn text_at(&self, slot: Slot) -> &str {
        match self.said.get(&slot) {
            Some(Said::Text(text)) => text,
            Some(Said::List(list)) => list.first().map_or("", String::as_str),
            None => "",
        }
    }

    /// A list; a text is cut at each of these characters.
    pub fn list(&self, field: Field, separators: &[char]) -> Vec<&str> {
        match self.said.get(&Slot::of(field)) {
            Some(Said::Text(text)) => text.split(separators).collect(),
            Some(Said::List(list)) => list.iter().map(String::as_str).collect(),
            None => Vec::new(),
        }
    }

    /// Which places of a field's family anything is said of, in order.
    pub fn places(&self, fields: &[Field]) -> Vec<u8> {
        let said = self.said.iter().filter(|(slot, said)| fields.contains(&slot.field) && !said.is_empty());
        let mut places: Vec<u8> = said.map(|(slot, _)| slot.place).collect();
        places.sort_unstable();
        places.dedup();
        places
    }
}
