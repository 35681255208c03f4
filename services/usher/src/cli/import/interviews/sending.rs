//! A table on its way to the server, and how far it is.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;
use usher_proto::ats::v1::{
    ImportEnd, ImportInterviewsRequest, ImportInterviewsResponse, ImportResume, ImportStart,
    history_service_client::HistoryServiceClient,
};

use super::{
    super::{MOST_ERRORS, file::Source},
    imports,
    mapping::Mapping,
    rows::Place,
    table::Table,
};
use crate::{
    client::{Client, explain, reason},
    ui::{Rows, say},
};

/// How often an import is looked for again that somebody else still brings on.
const TRIES: usize = 5;

/// A table that is to be sent.
#[derive(Debug)]
pub struct Sheet {
    /// As people call it.
    pub name: String,
    pub source: Source,
    pub mapping: Mapping,
}

/// Sends all of it.
pub async fn send(client: &Client, sheet: &Sheet, start: ImportStart) -> anyhow::Result<ImportInterviewsResponse> {
    match stream(client, sheet, start, Place::START).await? {
        Ended::Done(report) => Ok(*report),
        Ended::Moved => anyhow::bail!("the import has moved on meanwhile"),
    }
}

/// Goes on with the latest import of the table that is not done; begins anew when there is none.
pub async fn go_on(client: &Client, sheet: &Sheet, mut start: ImportStart) -> anyhow::Result<ImportInterviewsResponse> {
    for _ in 0..TRIES {
        let mut place = Place::START;
        start.resume = None;
        match imports::unfinished(client, &start.fingerprint).await? {
            Some(import) => {
                say(format!("  {} goes on behind {} bytes", import.import_id, import.position));
                place.position = u64::try_from(import.position)?;
                place.line = u64::try_from(import.next_line)?;
                start.resume = Some(ImportResume { import_id: import.import_id, position: import.position });
            }
            None => say("  no import of this file with this mapping is unfinished; it begins anew"),
        }
        match stream(client, sheet, start.clone(), place).await? {
            Ended::Done(report) => return Ok(*report),
            // Whoever had it has saved some more rows since we asked.
            Ended::Moved => tokio::time::sleep(Duration::from_millis(500)).await,
        }
    }
    anyhow::bail!("somebody else is bringing this file in at this moment")
}

/// How a stream ended that did not fail.
enum Ended {
    Done(Box<ImportInterviewsResponse>),
    /// The import stands at another place of the file.
    Moved,
}

/// Sends the table from where the import stands, and shows how far it is.
async fn stream(client: &Client, sheet: &Sheet, start: ImportStart, place: Place) -> anyhow::Result<Ended> {
    let verb = if start.dry_run { "checking interviews from" } else { "importing interviews from" };
    let bar = Rows::begin(format!("{verb} {}", sheet.name), u64::try_from(start.size).unwrap_or_default());
    let (parts, stream) = mpsc::channel(4);
    let (source, mapping) = (sheet.source.clone(), sheet.mapping.clone());
    let sending = tokio::task::spawn_blocking(move || put(&source, mapping, start, place, &parts));
    let outcome = listen(client, ReceiverStream::new(stream), &bar).await;
    let report = match outcome {
        Ok(report) => report,
        Err(status) if reason(&status) == "IMPORT_POSITION_MOVED" => return Ok(Ended::Moved),
        Err(status) => {
            // What could not be read of the file says more than the server's "it ended too early".
            if let Ok(Ok(Err(error))) = tokio::time::timeout(Duration::from_secs(1), sending).await {
                say(format!("  {error:#}"));
            }
            let is_ours = status.code() == Code::InvalidArgument;
            let hint = if is_ours { "" } else { "; with --resume it goes on where it stands" };
            return Err(explain(&status).context(format!("the import broke off{hint}")));
        }
    };
    anyhow::ensure!(report.done, "the import broke off; with --resume it goes on where it stands");
    let id = if report.import_id.is_empty() { String::new() } else { format!(" ({})", report.import_id) };
    bar.done(format!(
        "{} rows: {} new, {} unchanged, {} rejected{id}",
        report.rows_read, report.created, report.unchanged, report.rejected
    ));
    Ok(Ended::Done(Box::new(report)))
}

/// Reads the table from a place and sends it, no faster than it is taken.
fn put(
    source: &Source,
    mapping: Mapping,
    start: ImportStart,
    place: Place,
    parts: &mpsc::Sender<ImportInterviewsRequest>,
) -> anyhow::Result<()> {
    let mut table = if place == Place::START {
        Table::begin(source.open(0)?, mapping)?
    } else {
        Table::go_on(source.open(0)?, source.open(place.position)?, place, mapping)?
    };
    let start = ImportInterviewsRequest { start: Some(start), ..ImportInterviewsRequest::default() };
    // Refused when the server has ended the stream; its answer says why.
    let mut is_taken = parts.blocking_send(start).is_ok();
    while is_taken && let Some(rows) = table.batch()? {
        let rows = ImportInterviewsRequest { rows: Some(rows), ..ImportInterviewsRequest::default() };
        is_taken = parts.blocking_send(rows).is_ok();
    }
    let end = ImportInterviewsRequest { end: Some(ImportEnd {}), ..ImportInterviewsRequest::default() };
    // As above.
    let _ = parts.blocking_send(end);
    Ok(())
}

/// The last report; in a dry run with the refused rows of all of them, and else with none.
async fn listen(
    client: &Client,
    parts: ReceiverStream<ImportInterviewsRequest>,
    bar: &Rows,
) -> Result<ImportInterviewsResponse, tonic::Status> {
    let mut answers =
        HistoryServiceClient::new(client.channel()).import_interviews(client.request(parts)).await?.into_inner();
    let (mut report, mut errors) = (ImportInterviewsResponse::default(), Vec::new());
    while let Some(answer) = answers.message().await? {
        report = answer;
        // Those of a real import are with the server; only a dry run has to remember them.
        if report.import_id.is_empty() && errors.len() < MOST_ERRORS {
            errors.append(&mut report.errors);
        }
        let number = |number: i64| u64::try_from(number).unwrap_or_default();
        bar.at(number(report.rows_read), number(report.position));
    }
    Ok(ImportInterviewsResponse { errors, ..report })
}
