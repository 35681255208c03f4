//! `usher import list` and `usher import undo ID`

use std::{process::ExitCode, time::Duration};

use chrono::DateTime;
use usher_proto::talent::v1::{
    GetImportRequest, Import, ImportState, ListImportErrorsRequest, ListImportsRequest, ListUndoProblemsRequest,
    RowError, UndoImportRequest, import_service_client::ImportServiceClient,
};

use super::ending;
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
    /// The import, `imp_…`.
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
    for import in answer.into_inner().imports {
        say(line(&import));
    }
    Ok(ExitCode::SUCCESS)
}

fn line(import: &Import) -> String {
    let time = import.create_time.as_ref().and_then(|time| DateTime::from_timestamp(time.seconds, 0));
    let time = time.map(|time| time.format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default();
    let state = state(import.state());
    let why = if import.broken_reason.is_empty() { String::new() } else { format!(" ({})", import.broken_reason) };
    format!(
        "{}  {time}  {state}{why}  {} rows: {} new, {} updated, {} unchanged, {} rejected",
        import.import_id, import.rows_read, import.created, import.updated, import.unchanged, import.rejected
    )
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
