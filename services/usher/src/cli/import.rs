//! `usher import candidates FILE`

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use tokio::{io::AsyncReadExt as _, sync::mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;
use usher_proto::talent::v1::{
    ImportCandidatesRequest, ImportCandidatesResponse, ImportEnd, ImportStart, SearchCandidatesRequest,
    import_candidates_request::Part, import_service_client::ImportServiceClient,
    search_service_client::SearchServiceClient,
};

use crate::{
    client::{Client, Target, explain},
    ui::{Step, say},
};

/// Bytes per message.
const CHUNK: usize = 256 * 1024;
/// How often the index is asked whether it has seen an import; each waits for some seconds.
const LOOKS: usize = 12;
/// How many rejected rows are told one by one.
const TOLD: usize = 20;

#[derive(Debug, clap::Subcommand)]
pub enum What {
    /// Candidates from a CSV file.
    Candidates {
        /// UTF-8, with a header line; - reads standard input.
        file: PathBuf,
        /// Say what would happen and change nothing.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        target: Target,
    },
}

pub async fn run(what: What) -> anyhow::Result<ExitCode> {
    let What::Candidates { file, dry_run, target } = what;
    let client = target.connect().await?;
    let content = read(&file).await?;
    let report = candidates(&client, &file.display().to_string(), content, dry_run).await?;
    for error in report.errors.iter().take(TOLD) {
        say(format!("  line {}: {} {}: {}", error.line, error.field, error.reason, error.message));
    }
    if report.errors.len() > TOLD {
        say(format!("  … and {} more", report.errors.len() - TOLD));
    }
    // Rows that were refused are news and no failure: the good ones are in.
    Ok(ExitCode::SUCCESS)
}

async fn read(file: &PathBuf) -> anyhow::Result<Vec<u8>> {
    if file.as_os_str() == "-" {
        let mut content = Vec::new();
        tokio::io::stdin().read_to_end(&mut content).await?;
        return Ok(content);
    }
    tokio::fs::read(file).await.with_context(|| format!("{} can not be read", file.display()))
}

/// Streams a file in and shows how far it is. The answer is the last one, with every rejected row.
pub async fn candidates(
    client: &Client,
    name: &str,
    content: Vec<u8>,
    dry_run: bool,
) -> anyhow::Result<ImportCandidatesResponse> {
    let verb = if dry_run { "checking" } else { "importing" };
    let step = Step::begin(format!("{verb} {name}"));
    let (parts, stream) = mpsc::channel(4);
    let start = ImportStart { file_name: name.to_owned(), dry_run };
    tokio::spawn(async move {
        let chunks = content.chunks(CHUNK).map(|chunk| Part::Chunk(chunk.to_vec()));
        let end = Part::End(ImportEnd {});
        for part in std::iter::once(Part::Start(start)).chain(chunks).chain(std::iter::once(end)) {
            // Refused when the server has ended the stream; its answer says why.
            if parts.send(ImportCandidatesRequest { part: Some(part) }).await.is_err() {
                return;
            }
        }
    });
    let mut answers = ImportServiceClient::new(client.channel())
        .import_candidates(client.request(ReceiverStream::new(stream)))
        .await
        .map_err(|status| explain(&status))?
        .into_inner();
    let mut report = ImportCandidatesResponse::default();
    while let Some(answer) = answers.message().await.map_err(|status| explain(&status))? {
        let errors = std::mem::take(&mut report.errors);
        step.at(u64::try_from(answer.rows_read).unwrap_or_default());
        report = answer;
        report.errors.splice(..0, errors);
    }
    anyhow::ensure!(report.done, "the import broke off; send the file again, rows that are in change nothing");
    be_seen(client, &report.consistency_token).await?;
    step.done(format!(
        "{} rows: {} new, {} updated, {} unchanged, {} rejected",
        report.rows_read, report.created, report.updated, report.unchanged, report.rejected
    ));
    Ok(report)
}

/// Waits until searches find what was imported.
async fn be_seen(client: &Client, token: &str) -> anyhow::Result<()> {
    if token.is_empty() {
        return Ok(());
    }
    let mut search = SearchServiceClient::new(client.channel());
    for _ in 0..LOOKS {
        let look = SearchCandidatesRequest { at_least: token.to_owned(), page_size: 1, ..Default::default() };
        match search.search_candidates(client.request(look)).await {
            Err(status) if status.code() == Code::Unavailable => {}
            outcome => return outcome.map(drop).map_err(|status| explain(&status)),
        }
    }
    say("  the rows are in; the search index has not come so far yet");
    Ok(())
}
