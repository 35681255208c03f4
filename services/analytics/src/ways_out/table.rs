//! Of any report, one table.

use usher_proto::analytics::v1::{
    ColumnKind, Count, Dimension, Duration, FunnelStage, LiftRow, LoadRow, Rate, RateRow, ReportHead, SourceRow,
};
use usher_proto::word;

use crate::{
    domain::report::Report,
    queries::{Answer, rates},
};

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Text(String),
    Integer(i64),
    Number(f64),
    /// Nobody can say.
    Nothing,
}

/// A column: its name in files, and what its cells are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub kind: ColumnKind,
}

impl Column {
    /// A column of that name.
    pub fn new(name: impl Into<String>, kind: ColumnKind) -> Self {
        Self { name: name.into(), kind }
    }
}

/// Rows of cells, each with as many as there are columns.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
}

/// A row before its columns are known: cells with their names, in order.
type Named = Vec<(String, ColumnKind, Cell)>;

impl Table {
    /// Of what a report answered.
    pub fn of(answer: &Answer) -> Self {
        let rows: Vec<Named> = match answer {
            Answer::Rates(report) => report.rows.iter().map(|row| of_rate(head(report.head.as_ref()), row)).collect(),
            Answer::Durations(report) => {
                let head = head(report.head.as_ref());
                let of = |values: &[String], start: &str, known: Option<&Duration>| {
                    let mut row = begin(head, values, start);
                    row.extend(of_duration(known));
                    row
                };
                report.rows.iter().map(|row| of(&row.values, &row.interval_start, row.duration.as_ref())).collect()
            }
            Answer::Funnel(report) => {
                let head = head(report.head.as_ref());
                let stages = report.rows.iter().flat_map(|row| row.stages.iter().map(move |stage| (row, stage)));
                stages.map(|(row, stage)| of_stage(begin(head, &row.values, &row.interval_start), stage)).collect()
            }
            Answer::Sources(report) => {
                report.rows.iter().map(|row| of_source(head(report.head.as_ref()), row)).collect()
            }
            Answer::Load(report) => report.rows.iter().map(|row| of_load(head(report.head.as_ref()), row)).collect(),
            Answer::Lift(report) => report.rows.iter().map(|row| of_lift(head(report.head.as_ref()), row)).collect(),
        };
        // Also a table of nothing has its columns.
        let named = rows.first().cloned().unwrap_or_else(|| of_nobody(answer));
        let columns = named.into_iter().map(|(name, kind, _)| Column { name, kind }).collect();
        let cells = |row: Named| row.into_iter().map(|(_, _, cell)| cell).collect();
        Self { columns, rows: rows.into_iter().map(cells).collect() }
    }
}

/// What a row would be if there were one.
fn of_nobody(answer: &Answer) -> Named {
    let head = head(answer.head());
    let values = vec![String::new(); head.group_by.len()];
    match answer {
        Answer::Rates(_) => {
            let cube = Report::named(&head.report).and_then(|report| report.cube(head.basis()));
            let count = |name: &str| Count { name: name.to_owned(), value: 0 };
            let counts = cube.into_iter().flat_map(rates::measured).map(count).collect();
            of_rate(head, &RateRow { values, counts, ..RateRow::default() })
        }
        Answer::Durations(_) => begin(head, &values, "").into_iter().chain(of_duration(None)).collect(),
        Answer::Funnel(_) => of_stage(begin(head, &values, ""), &FunnelStage::default()),
        Answer::Sources(_) => of_source(head, &SourceRow { values, ..SourceRow::default() }),
        Answer::Load(_) => of_load(head, &LoadRow { values, ..LoadRow::default() }),
        Answer::Lift(_) => of_lift(head, &LiftRow { values, ..LiftRow::default() }),
    }
}

fn head(head: Option<&ReportHead>) -> &ReportHead {
    static NONE: std::sync::LazyLock<ReportHead> = std::sync::LazyLock::new(ReportHead::default);
    head.unwrap_or(&NONE)
}

/// What a row is about: the part of the period, and a cell for each dimension.
fn begin(head: &ReportHead, values: &[String], start: &str) -> Named {
    let mut row = Named::new();
    if head.interval != 0 {
        row.push(("interval_start".to_owned(), ColumnKind::Text, Cell::Text(start.to_owned())));
    }
    for (dimension, value) in head.group_by().zip(values) {
        row.push((name(dimension), ColumnKind::Text, Cell::Text(value.clone())));
    }
    row
}

/// A dimension's name in files: `follow_up`.
pub fn name(dimension: Dimension) -> String {
    word(dimension.as_str_name(), "DIMENSION_")
}

fn integer(name: &str, value: i64) -> (String, ColumnKind, Cell) {
    (name.to_owned(), ColumnKind::Integer, Cell::Integer(value))
}

fn number(name: &str, value: Option<f64>) -> (String, ColumnKind, Cell) {
    (name.to_owned(), ColumnKind::Number, value.map_or(Cell::Nothing, Cell::Number))
}

fn share(name: &str, value: f64) -> (String, ColumnKind, Cell) {
    (name.to_owned(), ColumnKind::Share, Cell::Number(value))
}

fn text(name: &str, value: &str) -> (String, ColumnKind, Cell) {
    (name.to_owned(), ColumnKind::Text, Cell::Text(value.to_owned()))
}

/// A rate under a name: how many of how many, the share and its interval.
fn rate(prefix: &str, rate: Option<&Rate>) -> Named {
    let rate = rate.copied().unwrap_or_default();
    // Of nobody, nothing is known.
    let known = |name: &str, value: f64| match rate.denominator {
        0 => (name.to_owned(), ColumnKind::Share, Cell::Nothing),
        _ => share(name, value),
    };
    let of = |part: &str| if prefix.is_empty() { part.to_owned() } else { format!("{prefix}_{part}") };
    vec![
        integer(&of("numerator"), rate.numerator),
        integer(&of("n"), rate.denominator),
        known(&of("rate"), rate.value),
        known(&of("lower"), rate.lower),
        known(&of("upper"), rate.upper),
        text(&of("too_few"), if rate.below_minimum_n { "yes" } else { "" }),
    ]
}

fn counts(counts: &[Count]) -> impl Iterator<Item = (String, ColumnKind, Cell)> {
    counts.iter().map(|count| integer(&format!("count_{}", count.name), count.value))
}

fn rank(rank: i32) -> (String, ColumnKind, Cell) {
    let cell = if rank == 0 { Cell::Nothing } else { Cell::Integer(rank.into()) };
    ("rank".to_owned(), ColumnKind::Integer, cell)
}

fn of_rate(head: &ReportHead, row: &RateRow) -> Named {
    let mut named = begin(head, &row.values, &row.interval_start);
    named.extend(rate("", row.rate.as_ref()));
    named.push(rank(row.rank));
    named.extend(counts(&row.counts));
    named
}

fn of_duration(known: Option<&Duration>) -> Named {
    let known = known.cloned().unwrap_or_default();
    vec![
        integer("n", known.n),
        integer("censored", known.censored),
        number("median_days", known.median_days),
        number("p90_days", known.p90_days),
        number("estimated_median_days", known.estimated_median_days),
        number("estimated_median_lower", known.estimated_median_lower),
        number("estimated_median_upper", known.estimated_median_upper),
        number("estimated_p90_days", known.estimated_p90_days),
    ]
}

fn of_stage(mut named: Named, stage: &FunnelStage) -> Named {
    named.push(text("stage", &stage.stage));
    for (name, value) in [
        ("entered", stage.entered),
        ("advanced", stage.advanced),
        ("hired", stage.hired),
        ("rejected", stage.rejected),
        ("withdrawn", stage.withdrawn),
        ("in_process", stage.in_process),
    ] {
        named.push(integer(name, value));
    }
    named.extend(rate("advance", stage.advance.as_ref()));
    named.extend(rate("reach", stage.reach.as_ref()));
    named
}

fn of_source(head: &ReportHead, row: &SourceRow) -> Named {
    let mut named = begin(head, &row.values, &row.interval_start);
    named.push(integer("applied", row.applied));
    for (name, of) in
        [("interviewed", &row.interviewed), ("no_show", &row.no_show), ("offered", &row.offered), ("hired", &row.hired)]
    {
        named.extend(rate(name, of.as_ref()));
    }
    named.push(integer("in_process", row.in_process));
    named.push(rank(row.rank));
    named
}

fn of_load(head: &ReportHead, row: &LoadRow) -> Named {
    let mut named = begin(head, &row.values, &row.interval_start);
    named.extend([
        integer("created", row.created),
        integer("open", row.open),
        integer("completed", row.completed),
        number("median_hours", row.median_hours),
        number("p90_hours", row.p90_hours),
    ]);
    named.extend(rate("on_time", row.on_time.as_ref()));
    named
}

fn of_lift(head: &ReportHead, row: &LiftRow) -> Named {
    let mut named = begin(head, &row.values, "");
    named.extend(rate("treatment", row.treatment.as_ref()));
    named.extend(rate("holdout", row.holdout.as_ref()));
    let verdict = word(row.verdict().as_str_name(), "VERDICT_");
    named.extend([
        share("difference", row.difference),
        share("difference_lower", row.difference_lower),
        share("difference_upper", row.difference_upper),
        text("verdict", &verdict),
        text("design", if row.is_randomized { "randomised" } else { "observed" }),
    ]);
    named
}
