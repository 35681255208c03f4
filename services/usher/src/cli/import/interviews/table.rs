//! What the rows of a table say: interviews of the past, or why a row can not be taken.

use std::io::Read;

use anyhow::Context as _;
use csv::StringRecord;
use sha2::{Digest as _, Sha256};
use usher_proto::ats::v1::{Attendance, ExpectedAttendance, ImportRows, PastInterview, RowError};

use super::{
    super::hex,
    mapping::{Came, Expected, Fault, Mapping},
    rows::{Place, Row, Rows},
};

/// Rows of one message, which is one transaction.
const BATCH: usize = 200;

/// A table that is read piece by piece.
pub struct Table<R> {
    rows: Rows<R>,
    mapping: Mapping,
    places: Places,
}

impl<R: Read> Table<R> {
    /// From the beginning of a file.
    pub fn begin(file: R, mapping: Mapping) -> anyhow::Result<Self> {
        let mut rows = Rows::new(file, Place::START);
        let places = Places::read(&mut rows, &mapping)?;
        Ok(Self { rows, mapping, places })
    }

    /// From a place of a file whose header is read once more from its beginning.
    pub fn go_on(file: R, rest: R, place: Place, mapping: Mapping) -> anyhow::Result<Self> {
        let begun = Self::begin(file, mapping)?;
        Ok(Self { rows: Rows::new(rest, place), ..begun })
    }

    /// The next rows; `None` at the end.
    pub fn batch(&mut self) -> anyhow::Result<Option<ImportRows>> {
        let mut batch = ImportRows::default();
        while batch.interviews.len() + batch.errors.len() < BATCH {
            let Some(row) = self.rows.next()? else { break };
            match self.read(&row)? {
                None => {}
                Some(Ok(interview)) => batch.interviews.push(interview),
                Some(Err(fault)) => batch.errors.push(refused(row.line, fault)?),
            }
        }
        let place = self.rows.place();
        batch.position = i64::try_from(place.position)?;
        batch.next_line = i64::try_from(place.line)?;
        Ok((!batch.interviews.is_empty() || !batch.errors.is_empty()).then_some(batch))
    }

    /// `None` of a row of nothing but blanks, and of the marks that spreadsheets leave.
    fn read(&self, row: &Row) -> anyhow::Result<Option<Result<PastInterview, Fault>>> {
        let Some(record) = row.fields()? else { return Ok(Some(Err(("", "ROW_NOT_UTF8", "must be text in UTF-8")))) };
        let says_something = record.iter().any(|field| field.chars().any(char::is_alphanumeric));
        let line = i64::try_from(row.line)?;
        Ok(says_something.then(|| self.places.interview(&record, line, &self.mapping)))
    }
}

fn refused(line: u64, (field, reason, message): Fault) -> anyhow::Result<RowError> {
    Ok(RowError {
        line: i64::try_from(line)?,
        field: field.to_owned(),
        reason: reason.to_owned(),
        message: format!("{} {message}", if field.is_empty() { "the row" } else { field }),
    })
}

/// Where columns are.
struct Places {
    start: usize,
    attendance: usize,
    expected: Option<usize>,
    position: Option<usize>,
    reminder_channel: Option<usize>,
    candidate_id: Option<usize>,
    key: Vec<usize>,
}

impl Places {
    fn read(rows: &mut Rows<impl Read>, mapping: &Mapping) -> anyhow::Result<Self> {
        let header = rows.next()?.context("the file is empty; it has no header line")?;
        Self::find(&header.fields()?.context("the file is not UTF-8")?, mapping)
    }

    fn find(header: &StringRecord, mapping: &Mapping) -> anyhow::Result<Self> {
        let place = |name: &String| {
            let found = header.iter().position(|column| column.trim().eq_ignore_ascii_case(name.trim()));
            found.with_context(|| format!("the file has no column {name:?}"))
        };
        let optional = |name: &Option<String>| name.as_ref().map(place).transpose();
        let columns = &mapping.columns;
        let key: Vec<usize> = mapping.key.iter().map(place).collect::<Result<_, _>>()?;
        Ok(Self {
            start: place(&columns.start)?,
            attendance: place(&columns.attendance)?,
            expected: optional(&columns.expected)?,
            position: optional(&columns.position)?,
            reminder_channel: optional(&columns.reminder_channel)?,
            candidate_id: optional(&columns.candidate_id)?,
            key: if key.is_empty() { (0..header.len()).collect() } else { key },
        })
    }

    fn interview(&self, record: &StringRecord, line: i64, mapping: &Mapping) -> Result<PastInterview, Fault> {
        let text = |place: Option<usize>| place.and_then(|place| record.get(place)).unwrap_or_default().trim();
        let word = |place| text(place).to_lowercase();
        let attendance = match mapping.attendance.get(&word(Some(self.attendance))) {
            Some(Came::Attended) => Attendance::Attended,
            Some(Came::Late) => Attendance::Late,
            Some(Came::CandidateNoShow) => Attendance::CandidateNoShow,
            Some(Came::HostNoShow) => Attendance::HostNoShow,
            None => return Err(("attendance", "ATTENDANCE_UNKNOWN", "is not one of the words that the mapping knows")),
        };
        let expected = match mapping.expected.get(&word(self.expected)) {
            Some(Expected::Yes) => ExpectedAttendance::Yes,
            Some(Expected::No) => ExpectedAttendance::No,
            Some(Expected::Uncertain) => ExpectedAttendance::Uncertain,
            None => ExpectedAttendance::Unspecified,
        };
        let start = mapping.start(text(Some(self.start)))?;
        Ok(PastInterview {
            row_key: self.row_key(record),
            // Whatever is too long to be an id is none.
            candidate_id: text(self.candidate_id).chars().take(200).collect(),
            position: text(self.position).chars().take(200).collect(),
            stage: mapping.stage.clone(),
            start_time: Some(chassis::wire::timestamp(start)),
            time_zone: mapping.time_zone.name().to_owned(),
            attendance: attendance.into(),
            expected: expected.into(),
            reminder_channel: text(self.reminder_channel).chars().take(40).collect(),
            line,
        })
    }

    fn row_key(&self, record: &StringRecord) -> String {
        let mut hash = Sha256::new();
        for place in &self.key {
            hash.update(record.get(*place).unwrap_or_default().trim().as_bytes());
            hash.update([0x1f]);
        }
        hex(&hash.finalize())
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;

    const MAPPING: &str = r#"
        date_order = "day_first"
        time_zone = "Asia/Kolkata"
        time_of_day = "10:00:00"
        until = "2016-12-31"
        stage = "interview"
        [columns]
        start = "When"
        attendance = "Came"
        expected = "Will"
        [attendance]
        yes = "attended"
        no = "candidate_no_show"
        [expected]
        uncertain = "uncertain"
    "#;

    fn parsed(file: &[u8]) -> ImportRows {
        Table::begin(file, Mapping::parse(MAPPING).unwrap()).unwrap().batch().unwrap().unwrap()
    }

    #[test]
    fn a_messy_table_is_cleaned() {
        let rows = parsed(
            "When,Came,Will,Who\n13.02.2015, YES ,Uncertain,1\n28.8.2016 & 04.00 PM,no,,2\n12.04.2022,Yes,,3\nsoon,Yes,,4\n1.2.16,perhaps,,5\n,\u{feff},,\n".as_bytes(),
        );
        let starts: Vec<_> = rows.interviews.iter().map(|one| one.start_time.unwrap().seconds).collect();
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap().timestamp();
        assert_eq!(starts, [at("2015-02-13T04:30:00Z"), at("2016-08-28T10:30:00Z")]);
        assert_eq!(rows.interviews[0].attendance(), Attendance::Attended);
        assert_eq!(rows.interviews[0].expected(), ExpectedAttendance::Uncertain);
        assert_eq!(rows.interviews[1].attendance(), Attendance::CandidateNoShow);
        assert_ne!(rows.interviews[0].row_key, rows.interviews[1].row_key);
        let told: Vec<_> = rows.errors.iter().map(|error| (error.line, error.reason.as_str())).collect();
        assert_eq!(told, [(4, "DATE_OUT_OF_RANGE"), (5, "DATE_INVALID"), (6, "ATTENDANCE_UNKNOWN")]);
    }

    #[test]
    fn a_row_that_is_no_text_is_refused_by_itself() {
        let rows = parsed(b"When,Came,Will\n13.02.2015,yes,\xff\n14.02.2015,yes,\n");
        assert_eq!((rows.interviews.len(), rows.errors[0].reason.as_str()), (1, "ROW_NOT_UTF8"));
        assert_eq!((rows.errors[0].line, rows.next_line), (2, 4));
    }
}
