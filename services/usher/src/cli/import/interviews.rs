//! `usher import interviews FILE --mapping FILE`: a spreadsheet of past interviews, cleaned here and sent as facts.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use chrono::{DateTime, LocalResult, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use csv::StringRecord;
use datetext::{Order, Reading};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use usher_proto::{
    ats::v1::{
        Attendance, ExpectedAttendance, ImportInterviewsRequest, PastInterview,
        history_service_client::HistoryServiceClient,
    },
    talent::v1::RowError,
};

use super::{ending, rejected::write_reasons};
use crate::{
    client::{Target, explain},
    ui::{Step, say},
};

/// Interviews of one message, which is one transaction.
const BATCH: usize = 200;
/// How many refused rows are told one by one.
const TOLD: usize = 20;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A CSV file in UTF-8 with a header line.
    file: PathBuf,
    /// A TOML file that says which column holds what; see `docs/import.md`.
    #[arg(long)]
    mapping: PathBuf,
    /// Say what would happen and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Write line, field, reason and message of each refused row into this CSV file.
    #[arg(long)]
    errors: Option<PathBuf>,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mapping {
    #[serde(default)]
    date_order: super::mapping::Order,
    /// Where the interviews were.
    time_zone: Tz,
    /// When they began where the file says no time.
    #[serde(default = "nine")]
    time_of_day: NaiveTime,
    /// Dates before and after are refused.
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
    /// Under which stage reports count them.
    stage: String,
    /// Columns that tell a row from all others; by default all.
    #[serde(default)]
    key: Vec<String>,
    columns: Columns,
    /// What the words of the column mean; compared in lower case and without blanks around them.
    attendance: BTreeMap<String, Came>,
    #[serde(default)]
    expected: BTreeMap<String, Expected>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Columns {
    start: String,
    attendance: String,
    expected: Option<String>,
    position: Option<String>,
    reminder_channel: Option<String>,
    candidate_id: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Came {
    Attended,
    Late,
    CandidateNoShow,
    HostNoShow,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Expected {
    Yes,
    No,
    Uncertain,
}

fn nine() -> NaiveTime {
    NaiveTime::from_hms_opt(9, 0, 0).unwrap_or_default()
}

pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let text = std::fs::read_to_string(&args.mapping);
    let text = text.with_context(|| format!("{} can not be read", args.mapping.display()))?;
    let mapping: Mapping =
        toml::from_str(&text).with_context(|| format!("{} is no mapping", args.mapping.display()))?;
    let client = args.target.connect().await?;
    let Table { interviews, refused } = read(&args.file, &mapping)?;
    let step = Step::begin(format!("importing interviews from {}", args.file.display()));
    let batches: Vec<_> = interviews
        .chunks(BATCH)
        .map(|batch| ImportInterviewsRequest { interviews: batch.to_vec(), validate_only: args.dry_run })
        .collect();
    let answer = HistoryServiceClient::new(client.channel())
        .import_interviews(client.request(tokio_stream::iter(batches)))
        .await
        .map_err(|status| {
            explain(&status).context("the import broke off; do it again, rows that are in change nothing")
        })?
        .into_inner();
    let rows = interviews.len() + refused.len();
    step.done(format!(
        "{rows} rows: {} new, {} unchanged, {} rejected",
        answer.created,
        answer.unchanged,
        refused.len()
    ));
    for error in refused.iter().take(TOLD) {
        say(format!("  line {}: {} {}: {}", error.line, error.field, error.reason, error.message));
    }
    if refused.len() > TOLD {
        say(format!("  … and {} more", refused.len() - TOLD));
    }
    if let Some(path) = &args.errors {
        write_reasons(path, &refused)?;
    }
    Ok(ending(i64::try_from(refused.len())?))
}

/// What a file came to.
#[derive(Debug, Default)]
struct Table {
    interviews: Vec<PastInterview>,
    refused: Vec<RowError>,
}

/// Why a row is refused: field, reason, message.
type Fault = (&'static str, &'static str, &'static str);

fn read(path: &Path, mapping: &Mapping) -> anyhow::Result<Table> {
    let reader = csv::ReaderBuilder::new().flexible(true).from_path(path);
    parse(reader.with_context(|| format!("{} can not be read", path.display()))?, mapping)
}

fn parse(mut reader: csv::Reader<impl std::io::Read>, mapping: &Mapping) -> anyhow::Result<Table> {
    let header = reader.headers().context("the file is not UTF-8, or has no header line")?.clone();
    let places = Places::find(&header, mapping)?;
    let mut table = Table::default();
    for record in reader.records() {
        let record = record.context("the file is not UTF-8")?;
        // Rows of nothing but blanks, and of the marks that spreadsheets leave.
        if !record.iter().any(|field| field.chars().any(char::is_alphanumeric)) {
            continue;
        }
        match places.interview(&record, mapping) {
            Ok(interview) => table.interviews.push(interview),
            Err((field, reason, message)) => table.refused.push(RowError {
                line: i64::try_from(record.position().map_or(0, csv::Position::line))?,
                field: field.to_owned(),
                reason: reason.to_owned(),
                message: format!("{field} {message}"),
            }),
        }
    }
    Ok(table)
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

    fn interview(&self, record: &StringRecord, mapping: &Mapping) -> Result<PastInterview, Fault> {
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
        Ok(PastInterview {
            row_key: self.row_key(record),
            candidate_id: text(self.candidate_id).to_owned(),
            position: text(self.position).chars().take(200).collect(),
            stage: mapping.stage.clone(),
            start_time: Some(chassis::wire::timestamp(start(text(Some(self.start)), mapping)?)),
            time_zone: mapping.time_zone.name().to_owned(),
            attendance: attendance.into(),
            expected: expected.into(),
            reminder_channel: text(self.reminder_channel).chars().take(40).collect(),
        })
    }

    fn row_key(&self, record: &StringRecord) -> String {
        let mut hash = Sha256::new();
        for place in &self.key {
            hash.update(record.get(*place).unwrap_or_default().trim().as_bytes());
            hash.update([0x1f]);
        }
        super::hex(&hash.finalize())
    }
}

/// When an interview began.
fn start(text: &str, mapping: &Mapping) -> Result<DateTime<Utc>, Fault> {
    let order = match mapping.date_order {
        super::mapping::Order::Unknown => None,
        super::mapping::Order::DayFirst => Some(Order::DayFirst),
        super::mapping::Order::MonthFirst => Some(Order::MonthFirst),
        super::mapping::Order::YearFirst => Some(Order::YearFirst),
    };
    let date = match datetext::read(text, order) {
        Ok(Reading::Date(date)) if date.day.is_some() => date,
        Ok(_) | Err(datetext::Fault::Unreadable) => {
            return Err(("start", "DATE_INVALID", "must be a date such as 2015-03-05"));
        }
        Err(datetext::Fault::Ambiguous) => {
            return Err(("start", "DATE_AMBIGUOUS", "can be read in two ways; say date_order in the mapping"));
        }
        Err(datetext::Fault::Impossible) => return Err(("start", "DATE_INVALID", "is a day that there is not")),
    };
    let day = date.first_day();
    if mapping.from.is_some_and(|from| day < from) || mapping.until.is_some_and(|until| day > until) {
        return Err(("start", "DATE_OUT_OF_RANGE", "is outside of what the mapping says the file is about"));
    }
    let wall = day.and_time(date.time.unwrap_or(mapping.time_of_day));
    match mapping.time_zone.from_local_datetime(&wall) {
        LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => Ok(time.to_utc()),
        LocalResult::None => Err(("start", "DATE_INVALID", "is a time that the clocks there skipped")),
    }
}

#[cfg(test)]
mod tests {
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

    fn parsed(file: &str) -> Table {
        let reader = csv::ReaderBuilder::new().flexible(true).from_reader(file.as_bytes());
        parse(reader, &toml::from_str(MAPPING).unwrap()).unwrap()
    }

    #[test]
    fn a_messy_table_is_cleaned() {
        let table = parsed(
            "When,Came,Will,Who\n13.02.2015, YES ,Uncertain,1\n28.8.2016 & 04.00 PM,no,,2\n12.04.2022,Yes,,3\nsoon,Yes,,4\n1.2.16,perhaps,,5\n,\u{feff},,\n",
        );
        let starts: Vec<_> = table.interviews.iter().map(|one| one.start_time.unwrap().seconds).collect();
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap().timestamp();
        assert_eq!(starts, [at("2015-02-13T04:30:00Z"), at("2016-08-28T10:30:00Z")]);
        assert_eq!(table.interviews[0].attendance(), Attendance::Attended);
        assert_eq!(table.interviews[0].expected(), ExpectedAttendance::Uncertain);
        assert_eq!(table.interviews[1].attendance(), Attendance::CandidateNoShow);
        assert_ne!(table.interviews[0].row_key, table.interviews[1].row_key);
        let told: Vec<_> = table.refused.iter().map(|error| (error.line, error.reason.as_str())).collect();
        assert_eq!(told, [(4, "DATE_OUT_OF_RANGE"), (5, "DATE_INVALID"), (6, "ATTENDANCE_UNKNOWN")]);
    }
}
