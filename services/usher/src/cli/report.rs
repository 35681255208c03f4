//! `usher report NAME`: what was counted, in the terminal or as a file.

use std::{
    io::{IsTerminal as _, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use unicode_width::UnicodeWidthStr as _;
use usher_proto::{
    analytics::v1::{
        Basis, ColumnKind, Dimension, ExportReportRequest, FileFormat, Filter, Interval, ListReportsRequest, Period,
        ReportDescription, ReportQuery, ShowReportRequest, ShowReportResponse,
        report_output_service_client::ReportOutputServiceClient,
    },
    word,
};

use crate::{
    client::{Client, Target, explain},
    ui::say,
};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which report, such as `no_show_rate`; without it, which there are.
    name: Option<String>,
    /// The first day of the period: `2026-01-01`.
    #[arg(long, default_value = "")]
    start: String,
    /// The first day that is not meant any more.
    #[arg(long, default_value = "")]
    end: String,
    /// The IANA zone in which days begin.
    #[arg(long, default_value = "UTC")]
    zone: String,
    /// What rows are told apart by, such as `stage`; up to four.
    #[arg(long, value_delimiter = ',')]
    by: Vec<String>,
    /// Only what has this value: `source=referral`; several of one dimension are alternatives.
    #[arg(long = "where", value_name = "DIMENSION=VALUE")]
    filters: Vec<String>,
    /// Into what the period is cut: day, week, month, quarter, year.
    #[arg(long, default_value = "")]
    interval: String,
    /// `cohort`: what began in the period, whatever became of it; `activity`: what happened in it.
    #[arg(long, default_value = "")]
    basis: String,
    /// Only what belongs to this job: `job_…`.
    #[arg(long, default_value = "")]
    job: String,
    /// How it is written: a table, or a file.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Where a file goes; by default to the standard output.
    #[arg(long)]
    output: Option<PathBuf>,
    /// `zh-CN` or `en`.
    #[arg(long, default_value = "en")]
    lang: String,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Table,
    Csv,
    Parquet,
    Svg,
}

pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let client = args.target.connect().await?;
    let Some(name) = args.name.clone() else { return list(&client, &args.lang).await };
    let format = match args.format {
        Format::Table => {
            let request = ShowReportRequest { name, query: Some(query(&args)?), language: args.lang.clone() };
            let shown = ReportOutputServiceClient::new(client.channel()).show_report(client.request(request)).await;
            print(&shown.map_err(|status| explain(&status))?.into_inner(), &args.lang);
            return Ok(ExitCode::SUCCESS);
        }
        Format::Csv => FileFormat::Csv,
        Format::Parquet => FileFormat::Parquet,
        Format::Svg => FileFormat::Svg,
    };
    let request =
        ExportReportRequest { name, query: Some(query(&args)?), format: format.into(), language: args.lang.clone() };
    export(&client, request, args.output.as_deref()).await
}

async fn list(client: &Client, lang: &str) -> anyhow::Result<ExitCode> {
    let mut service = ReportOutputServiceClient::new(client.channel());
    let answer = service.list_reports(client.request(ListReportsRequest {})).await;
    for report in answer.map_err(|status| explain(&status))?.into_inner().reports {
        let by: Vec<String> = report.dimensions().map(|one| word(one.as_str_name(), "DIMENSION_")).collect();
        say(format!("{:<22} {}; by {}", report.name, title(&report, lang), by.join(", ")));
    }
    Ok(ExitCode::SUCCESS)
}

fn title<'report>(report: &'report ReportDescription, lang: &str) -> &'report str {
    if lang == "zh-CN" { &report.title_zh } else { &report.title }
}

fn query(args: &Args) -> anyhow::Result<ReportQuery> {
    let mut filters: Vec<Filter> = Vec::new();
    for filter in &args.filters {
        let (name, value) = filter.split_once('=').with_context(|| format!("`{filter}` is no dimension=value"))?;
        let dimension = dimension(name)?.into();
        match filters.iter_mut().find(|known| known.dimension == dimension) {
            Some(known) => known.values.push(value.to_owned()),
            None => filters.push(Filter { dimension, values: vec![value.to_owned()] }),
        }
    }
    let group_by = args.by.iter().map(|name| dimension(name).map(i32::from)).collect::<anyhow::Result<_>>()?;
    let (interval, basis) = (args.interval.to_ascii_uppercase(), args.basis.to_ascii_uppercase());
    let Some(interval) = Interval::from_str_name(&format!("INTERVAL_{}", or_none(&interval))) else {
        bail!("`{}` is none of day, week, month, quarter, year", args.interval);
    };
    let Some(basis) = Basis::from_str_name(&format!("BASIS_{}", or_none(&basis))) else {
        bail!("`{}` is neither cohort nor activity", args.basis);
    };
    Ok(ReportQuery {
        period: Some(Period {
            start_date: args.start.clone(),
            end_date: args.end.clone(),
            time_zone: args.zone.clone(),
            ..Period::default()
        }),
        group_by,
        filters,
        basis: basis.into(),
        interval: interval.into(),
        job_id: args.job.clone(),
        ..ReportQuery::default()
    })
}

fn or_none(name: &str) -> &str {
    if name.is_empty() { "UNSPECIFIED" } else { name }
}

fn dimension(name: &str) -> anyhow::Result<Dimension> {
    Dimension::from_str_name(&format!("DIMENSION_{}", name.to_ascii_uppercase()))
        .with_context(|| format!("`{name}` is no dimension; `usher report` lists them"))
}

async fn export(
    client: &Client,
    request: ExportReportRequest,
    output: Option<&std::path::Path>,
) -> anyhow::Result<ExitCode> {
    let is_text = request.format() != FileFormat::Parquet;
    if output.is_none() && !is_text && std::io::stdout().is_terminal() {
        bail!("a Parquet file is nothing for a terminal; say --output FILE");
    }
    let mut pieces = ReportOutputServiceClient::new(client.channel())
        .export_report(client.request(request))
        .await
        .map_err(|status| explain(&status))?
        .into_inner();
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.message().await.map_err(|status| explain(&status))? {
        bytes.extend(piece.chunk);
    }
    match output {
        Some(path) => std::fs::write(path, bytes).with_context(|| format!("{} can not be written", path.display()))?,
        // Whoever closes the pipe early has read enough.
        None => drop(std::io::stdout().lock().write_all(&bytes)),
    }
    Ok(ExitCode::SUCCESS)
}

fn print(shown: &ShowReportResponse, lang: &str) {
    let head = shown.head.clone().unwrap_or_default();
    let period = head.period.unwrap_or_default();
    let end = |date: &str| if date.is_empty() { "…".to_owned() } else { date.to_owned() };
    let title = shown.description.as_ref().map(|report| title(report, lang)).unwrap_or_default();
    say(format!("{title}  {} – {}  {}", end(&period.start_date), end(&period.end_date), period.time_zone));
    say(format!("{} [{}]", head.definition, head.formula));
    say("");
    let widths: Vec<usize> = shown
        .columns
        .iter()
        .enumerate()
        .map(|(number, column)| {
            let cells = shown.rows.iter().filter_map(|row| row.cells.get(number)).map(|cell| cell.width());
            cells.chain([column.heading.width()]).max().unwrap_or_default()
        })
        .collect();
    let line = |cells: Vec<&str>| {
        let padded = cells.iter().zip(&widths).zip(&shown.columns).map(|((cell, width), column)| {
            let blanks = " ".repeat(width.saturating_sub(cell.width()));
            if column.kind() == ColumnKind::Text { format!("{cell}{blanks}") } else { format!("{blanks}{cell}") }
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    if shown.rows.is_empty() {
        say("Nothing was counted in this period.");
    } else {
        say(line(shown.columns.iter().map(|column| column.heading.as_str()).collect()));
        for row in &shown.rows {
            say(line(row.cells.iter().map(String::as_str).collect()));
        }
    }
    for note in &shown.notes {
        say(format!("\n{note}"));
    }
}
