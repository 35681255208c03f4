//! The header line: which column is where.

use serde::{Deserialize, Serialize};

use super::{
    Broken,
    csv::{MOST_FIELDS, Record},
    field::Slot,
    mapping::{self, Mapping},
    raw::{Raw, Said},
};

/// The longest that is told of a column's name.
const TOLD: usize = 40;

/// A file's columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// How many columns a row has.
    pub width: usize,
    /// Places and what they fill, by name, so that it can be kept.
    columns: Vec<(usize, String)>,
}

/// What a header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub layout: Layout,
    /// Names that mean nothing here.
    pub ignored: Vec<String>,
}

impl Header {
    /// Reads the header; without a known column it is none.
    pub fn read(record: &Record, mapping: &Mapping) -> Result<Self, Broken> {
        let unknown =
            |message: String| Broken { reason: "IMPORT_HEADER_UNKNOWN", line: record.line, message: message.into() };
        if record.width > MOST_FIELDS {
            return Err(unknown("the header has more than 1,000 columns".to_owned()));
        }
        let mut header = Self { layout: Layout { width: record.width, columns: Vec::new() }, ignored: Vec::new() };
        for (place, name) in record.fields.iter().enumerate() {
            let slots = mapping.slots(name);
            if slots.is_empty() {
                header.ignored.push(name.trim().chars().take(TOLD).collect());
            }
            for slot in slots {
                let name = slot.name();
                if header.layout.columns.iter().any(|(_, known)| *known == name) {
                    return Err(unknown(format!("the header names a column twice, or two of them fill {name}")));
                }
                header.layout.columns.push((place, name));
            }
        }
        if header.layout.columns.is_empty() {
            return Err(unknown(format!(
                "the first line must name columns, or a mapping say what they mean: {}",
                mapping::fields()
            )));
        }
        if let Some(missing) = mapping.sources().find(|(slot, _)| !header.has(*slot)) {
            return Err(unknown(format!(
                "the mapping reads {} from a column that the header has not",
                missing.0.name()
            )));
        }
        Ok(header)
    }

    fn has(&self, slot: Slot) -> bool {
        let name = slot.name();
        self.layout.columns.iter().any(|(_, known)| *known == name)
    }
}

impl Layout {
    /// What a record says.
    pub fn raw(&self, mapping: &Mapping, record: &Record) -> Raw {
        let mut raw = Raw { line: record.line, ..Raw::default() };
        for (slot, default) in mapping.defaults() {
            raw.said.insert(slot, Said::Text(default.to_owned()));
        }
        for (place, name) in &self.columns {
            if let (Some(slot), Some(value)) = (Slot::named(name), record.fields.get(*place)) {
                raw.said.insert(slot, mapping.meant(slot, Said::Text(value.clone())));
            }
        }
        raw
    }
}

#[cfg(test)]
mod tests {
    use usher_proto::talent::v1 as pb;

    use super::*;
    use crate::domain::import::field::Field;

    fn record(fields: &[&str]) -> Record {
        Record { line: 1, fields: fields.iter().map(|field| (*field).to_owned()).collect(), width: fields.len() }
    }

    #[test]
    fn columns_stand_in_any_order() {
        let mapping = Mapping::default();
        let header = Header::read(&record(&["Time Zone", " ＥＭＡＩＬ ", "hobby"]), &mapping).unwrap();
        assert_eq!(header.ignored, ["hobby"]);
        let raw = header.layout.raw(&mapping, &record(&["Asia/Shanghai", "a@example.com", "chess"]));
        assert_eq!(raw.text(Field::TimeZone), "Asia/Shanghai");
        assert_eq!(raw.text(Field::Email), "a@example.com");
        assert_eq!(raw.text(Field::Name), "");
    }

    #[test]
    fn what_is_no_header_is_refused() {
        for fields in [&["hobby", "pet"][..], &["name", "Name"], &[""], &["school", "school_1"]] {
            let refused = Header::read(&record(fields), &Mapping::default()).unwrap_err();
            assert_eq!(refused.reason, "IMPORT_HEADER_UNKNOWN");
        }
    }

    #[test]
    fn a_mapping_needs_its_columns_and_may_use_one_twice() {
        let rule =
            |to: &str, from: &str| pb::ImportRule { to: to.to_owned(), from: from.to_owned(), ..Default::default() };
        let rules = vec![rule("title", "Job"), rule("position", "Job")];
        let mapping = Mapping::read(&pb::ImportMapping { rules, ..Default::default() }).unwrap();
        let header = Header::read(&record(&["name", "job"]), &mapping).unwrap();
        let raw = header.layout.raw(&mapping, &record(&["Ann", "Baker"]));
        assert_eq!((raw.text(Field::Title), raw.text(Field::Position)), ("Baker", "Baker"));
        assert!(Header::read(&record(&["name"]), &mapping).is_err());
    }
}
