//! The header line: which column is where.

use super::{
    Broken,
    csv::{MOST_FIELDS, Record},
};
use crate::domain::clean::text;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Name,
    Email,
    Phone,
    City,
    Title,
    Company,
    Years,
    Skills,
    Summary,
    Language,
    TimeZone,
    Source,
    Wechat,
}

impl Column {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 13] = [
        Self::Name,
        Self::Email,
        Self::Phone,
        Self::City,
        Self::Title,
        Self::Company,
        Self::Years,
        Self::Skills,
        Self::Summary,
        Self::Language,
        Self::TimeZone,
        Self::Source,
        Self::Wechat,
    ];

    /// Its name in a header and in a report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::City => "city",
            Self::Title => "title",
            Self::Company => "company",
            Self::Years => "years",
            Self::Skills => "skills",
            Self::Summary => "summary",
            Self::Language => "language",
            Self::TimeZone => "time_zone",
            Self::Source => "source",
            Self::Wechat => "wechat",
        }
    }
}

/// A file's columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// How many columns a row has.
    pub width: usize,
    /// Names that mean nothing here.
    pub ignored: Vec<String>,
    places: [Option<usize>; Column::ALL.len()],
}

impl Header {
    /// Reads the header; without a known column it is none.
    pub fn read(record: &Record) -> Result<Self, Broken> {
        let unknown = |message| Broken { reason: "IMPORT_HEADER_UNKNOWN", line: record.line, message };
        if record.width > MOST_FIELDS {
            return Err(unknown("the header has more than 1,000 columns"));
        }
        let mut header = Self { width: record.width, ignored: Vec::new(), places: [None; Column::ALL.len()] };
        for (place, name) in record.fields.iter().enumerate() {
            let Some(column) = known(name) else {
                header.ignored.push(name.trim().chars().take(40).collect());
                continue;
            };
            if header.places[column as usize].replace(place).is_some() {
                return Err(unknown("the header names a column twice"));
            }
        }
        if header.places.iter().all(Option::is_none) {
            return Err(unknown(
                "the first line must name columns: name, email, phone, city, title, company, years, skills, summary, language, time_zone, source, wechat",
            ));
        }
        Ok(header)
    }

    /// A row's value in a column, "" where the file has no such column.
    pub fn value<'a>(&self, record: &'a Record, column: Column) -> &'a str {
        self.places[column as usize].and_then(|place| record.fields.get(place)).map_or("", String::as_str)
    }
}

fn known(name: &str) -> Option<Column> {
    let name = text::clean("header", name, 40).ok()?.to_lowercase().replace([' ', '-'], "_");
    Column::ALL.into_iter().find(|column| column.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(fields: &[&str]) -> Record {
        Record { line: 1, fields: fields.iter().map(|field| (*field).to_owned()).collect(), width: fields.len() }
    }

    #[test]
    fn columns_stand_in_any_order() {
        let header = Header::read(&record(&["Time Zone", " ＥＭＡＩＬ ", "hobby"])).unwrap();
        assert_eq!(header.ignored, ["hobby"]);
        let row = record(&["Asia/Shanghai", "a@example.com", "chess"]);
        assert_eq!(header.value(&row, Column::TimeZone), "Asia/Shanghai");
        assert_eq!(header.value(&row, Column::Email), "a@example.com");
        assert_eq!(header.value(&row, Column::Name), "");
    }

    #[test]
    fn what_is_no_header_is_refused() {
        for fields in [&["hobby", "pet"][..], &["name", "Name"], &[""]] {
            assert_eq!(Header::read(&record(fields)).unwrap_err().reason, "IMPORT_HEADER_UNKNOWN");
        }
    }

    #[test]
    fn the_numbers_of_columns_are_their_places() {
        assert!(Column::ALL.into_iter().enumerate().all(|(place, column)| column as usize == place));
    }
}
