//! What became of imports of past interviews, and taking one back.

use std::{process::ExitCode, time::Duration};

use usher_proto::{
    ats::v1::{
        self as ats, GetImportRequest, Import, ImportState, ListImportErrorsRequest, ListImportsRequest,
        UndoImportRequest, history_service_client::HistoryServiceClient,
    },
    talent::v1::RowError,
};

use crate::{
    client::{Client, explain},
    ui::Step,
};

/// What ids of these imports begin with.
pub const PREFIX: &str = "hist_";
/// Things of a page.
const PAGE: i32 = 1_000;

/// The newest ones, at most so many.
pub async fn list(client: &Client, most: i32) -> anyhow::Result<Vec<Import>> {
    let request = ListImportsRequest { page_size: most, ..ListImportsRequest::default() };
    let answer = HistoryServiceClient::new(client.channel()).list_imports(client.request(request)).await;
    Ok(answer.map_err(|status| explain(&status))?.into_inner().imports)
}

/// As people read what became of one.
pub fn told(import: &Import) -> (String, String) {
    let counts = format!(
        "{} interviews: {} new, {} unchanged, {} rejected",
        import.rows_read, import.created, import.unchanged, import.rejected
    );
    let state = match import.state() {
        ImportState::Unspecified => "unknown",
        ImportState::Running => "running",
        ImportState::Done => "done",
        ImportState::Broken => "broken",
        ImportState::Undoing => "being undone",
        ImportState::Undone => "undone",
    };
    let why = if import.broken_reason.is_empty() { String::new() } else { format!(" ({})", import.broken_reason) };
    (format!("{state}{why}"), counts)
}

/// The latest with a fingerprint that is not done.
pub async fn unfinished(client: &Client, fingerprint: &str) -> anyhow::Result<Option<Import>> {
    let request = ListImportsRequest { fingerprint: fingerprint.to_owned(), page_size: 100, ..Default::default() };
    let answer = HistoryServiceClient::new(client.channel()).list_imports(client.request(request)).await;
    let imports = answer.map_err(|status| explain(&status))?.into_inner().imports;
    Ok(imports.into_iter().find(|import| matches!(import.state(), ImportState::Running | ImportState::Broken)))
}

/// Takes one back, and waits until that is done.
pub async fn undo(client: &Client, id: String) -> anyhow::Result<ExitCode> {
    let mut history = HistoryServiceClient::new(client.channel());
    let step = Step::begin(format!("undoing {id}"));
    let request = UndoImportRequest { import_id: id.clone(), request_id: String::new() };
    let answer = history.undo_import(client.request(request)).await.map_err(|status| explain(&status))?;
    let mut import = answer.into_inner().import.unwrap_or_default();
    while import.state() == ImportState::Undoing {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let request = GetImportRequest { import_id: id.clone() };
        let answer = history.get_import(client.request(request)).await.map_err(|status| explain(&status))?;
        import = answer.into_inner().import.unwrap_or_default();
        step.at(u64::try_from(import.undone_created).unwrap_or_default());
    }
    step.done(format!("{} interviews removed", import.undone_created));
    Ok(ExitCode::SUCCESS)
}

/// Every refused row that the server has kept of an import.
pub async fn errors(client: &Client, import: &str) -> anyhow::Result<Vec<RowError>> {
    let mut history = HistoryServiceClient::new(client.channel());
    let (mut errors, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListImportErrorsRequest { import_id: import.to_owned(), page_size: PAGE, page_token };
        let answer = history.list_import_errors(client.request(request)).await.map_err(|status| explain(&status))?;
        let answer = answer.into_inner();
        errors.extend(answer.errors.into_iter().map(same));
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            return Ok(errors);
        }
    }
}

/// A refused row as that of an import of people.
pub fn same(ats::RowError { line, field, reason, message }: ats::RowError) -> RowError {
    RowError { line, field, reason, message }
}
