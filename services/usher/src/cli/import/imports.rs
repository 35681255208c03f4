//! `usher import list` and `usher import undo ID`

use std::{process::ExitCode, time::Duration};

use chrono::DateTime;
use prost_types::Timestamp;
use usher_proto::talent::v1::{
    GetImportRequest, Import, ImportState, ListImportErrorsRequest, ListImportsRequest, ListUndoProblemsRequest,
    RowError, UndoImportRequest, import_service_client::ImportServiceClient,
};

use super::{ending, interviews};
use crate::{
    client::{Client, Target, explain},
    ui::{Step, say},
};

/// Things of a page.
const PAGE: i32 = 1_000;
/// How many people are told one by one of whom something stays.
const TOLD: i32 = 20;

#[derive(Debug, clap::Args)]
pub struct List {
    /// At most so many.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(i32).range(1..=1000))]
    most: i32,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, clap::Args)]
pub struct Undo {
    /// The import: of people `imp_…`, of past interviews `hist_…`.
    id: String,
    #[command(flatten)]
    target: Target,
}

pub async fn list(args: List) -> anyhow::Result<ExitCode> {
    let client = args.target.connect().await?;
    let request = ListImportsRequest { page_size: args.most, ..ListImportsRequest::default() };
    let answer = ImportServiceClient::new(client.channel())
        .list_imports(client.request(request))
        .await
        .map_err(|status| explain(&status))?;
    let people = answer.into_inner().imports;
    let history = interviews::imports::list(&client, args.most).await?;
    let people = people.iter().map(|import| (import.create_time, &import.import_id, told(import)));
    let history =
        history.iter().map(|import| (import.create_time, &import.import_id, interviews::imports::told(import)));
    let mut all: Vec<_> = people.chain(history).map(|(time, id, told)| (seconds(time), id, told)).collect();
    all.sort_by_key(|(time, _, _)| std::cmp::Reverse(*time));
    for (time, id, (state, counts)) in all.into_iter().take(usize::try_from(args.most)?) {
        let time = DateTime::from_timestamp(time, 0).unwrap_or_default().format("%Y-%m-%d %H:%M");
        say(format!("{id}  {time}  {state}  {counts}"));
    }
    Ok(ExitCode::SUCCESS)
}

fn seconds(time: Option<Timestamp>) -> i64 {
    time.map(|time| time.seconds).unwrap_or_default()
}

/// As people read what became of one.
fn told(import: &Import) -> (String, String) {
    let state = state(import.state());
    let why = if import.broken_reason.is_empty() { String::new() } else { format!(" ({})", import.broken_reason) };
    let counts = format!(
        "{} rows: {} new, {} updated, {} unchanged, {} rejected",
        import.rows_read, import.created, import.updated, import.unchanged, import.rejected
    );
    (format!("{state}{why}"), counts)
}

fn state(state: ImportState) -> &'static str {
    match state {
        ImportState::Unspecified => "unknown",
        ImportState::Running => "running",
        ImportState::Done => "done",
        ImportState::Broken => "broken",
        ImportState::Undoing => "being undone",
        ImportState::Undone => "undone",
    }
}

pub async fn undo(args: Undo) -> anyhow::Result<ExitCode> {
    let client = args.target.connect().await?;
    if args.id.starts_with(interviews::imports::PREFIX) {
        return interviews::imports::undo(&client, args.id).await;
    }
    let mut imports = ImportServiceClient::new(client.channel());
    let step = Step::begin(format!("undoing {}", args.id));
    let request = UndoImportRequest { import_id: args.id.clone(), request_id: String::new() };
    let answer = imports.undo_import(client.request(request)).await.map_err(|status| explain(&status))?;
    let mut import = answer.into_inner().import.unwrap_or_default();
    while import.state() == ImportState::Undoing {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let request = GetImportRequest { import_id: args.id.clone() };
        let answer = imports.get_import(client.request(request)).await.map_err(|status| explain(&status))?;
        import = answer.into_inner().import.unwrap_or_default();
        step.at(u64::try_from(import.undone_created + import.undone_updated).unwrap_or_default());
    }
    step.done(format!(
        "{} people removed, {} got earlier values again, {} of whom something stays",
        import.undone_created, import.undone_updated, import.undo_problems
    ));
    let request = ListUndoProblemsRequest { import_id: args.id, page_size: TOLD, page_token: String::new() };
    let answer = imports.list_undo_problems(client.request(request)).await.map_err(|status| explain(&status))?;
    let answer = answer.into_inner();
    for problem in &answer.problems {
        say(format!("  {} {} {}", problem.candidate_id, problem.reason, problem.fields.join(", ")));
    }
    if !answer.next_page_token.is_empty() {
        say("  … and more");
    }
    Ok(ending(import.undo_problems))
}

/// Every refused row that the server has kept of an import.
pub async fn errors(client: &Client, import: &str) -> anyhow::Result<Vec<RowError>> {
    let mut imports = ImportServiceClient::new(client.channel());
    let (mut errors, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListImportErrorsRequest { import_id: import.to_owned(), page_size: PAGE, page_token };
        let answer = imports.list_import_errors(client.request(request)).await.map_err(|status| explain(&status))?;
        let answer = answer.into_inner();
        errors.extend(answer.errors);
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            return Ok(errors);
        }
    }
}
