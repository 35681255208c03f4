//! `usher import candidates FILE`

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;
use usher_proto::talent::v1::{
    ImportCandidatesRequest, ImportCandidatesResponse, ImportFormat, ImportResume, ImportStart, ImportState,
    ListImportsRequest, RowError, SearchCandidatesRequest, import_candidates_request::Part,
    import_service_client::ImportServiceClient, search_service_client::SearchServiceClient,
};

use super::{
    MOST_ERRORS, Manner, ending,
    file::Source,
    imports, mapping,
    rejected::{self, write_rows},
};
use crate::{
    client::{Client, explain, reason},
    ui::{Rows, say},
};

/// How often the index is asked whether it has seen an import; each waits for some seconds.
const LOOKS: usize = 12;
/// How often an import is looked for again that somebody else still brings on.
const TRIES: usize = 5;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Csv,
    Jsonl,
}

#[derive(Debug, clap::Args)]
pub struct Args {
    /// UTF-8, or see --encoding; a CSV file has a header line. - reads standard input.
    file: PathBuf,
    /// By default what the file's name ends in: .jsonl and .ndjson are JSONL, all else is CSV.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// A TOML file that says which column holds which field, and how its values are written.
    #[arg(long)]
    mapping: Option<PathBuf>,
    #[command(flatten)]
    manner: Manner,
}

pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let source = args.manner.source(&args.file)?;
    let client = args.manner.target.connect().await?;
    let facts = source.facts().await?;
    let format = args.format.unwrap_or_else(|| format_of(&args.file));
    let mut start = ImportStart {
        file_name: args.file.display().to_string(),
        dry_run: args.manner.dry_run,
        format: if format == Format::Csv { ImportFormat::Csv } else { ImportFormat::Jsonl }.into(),
        mapping: None,
        fingerprint: facts.fingerprint,
        size: i64::try_from(facts.size).unwrap_or_default(),
        resume: None,
    };
    if let Some(path) = &args.mapping {
        start.mapping = Some(mapping::read(path).await?);
    }
    let report =
        if args.manner.resume { go_on(&client, &source, start).await? } else { send(&client, &source, start).await? };
    tell(&client, &args, format, report).await
}

/// Says what was refused, on the screen and in the files that were asked for.
async fn tell(
    client: &Client,
    args: &Args,
    format: Format,
    report: ImportCandidatesResponse,
) -> anyhow::Result<ExitCode> {
    let names = &report.ignored_columns;
    if !names.is_empty() {
        say(format!("  not taken, because nothing is known by that name: {}", names.join(", ")));
    }
    // Of an import that went on, those of before are with the server.
    let errors: Vec<RowError> = if report.import_id.is_empty() || report.rejected == 0 {
        report.errors
    } else {
        imports::errors(client, &report.import_id).await?
    };
    rejected::tell(report.rejected, &errors, args.manner.errors.as_deref())?;
    if let Some(path) = &args.manner.rejected {
        let text = args.manner.source(&args.file)?.open(0)?;
        write_rows(path, text, &errors, format == Format::Csv)?;
    }
    Ok(ending(report.rejected))
}

fn format_of(path: &Path) -> Format {
    let extension = path.extension().and_then(|text| text.to_str()).unwrap_or_default().to_lowercase();
    if matches!(extension.as_str(), "jsonl" | "ndjson") { Format::Jsonl } else { Format::Csv }
}

/// Streams in what is compiled in, and shows how far it is. The answer is the last one.
pub async fn candidates(
    client: &Client,
    name: &str,
    content: &'static [u8],
) -> anyhow::Result<ImportCandidatesResponse> {
    let start = ImportStart { file_name: name.to_owned(), ..ImportStart::default() };
    send(client, &Source::Bytes(content), start).await
}

/// Goes on with the latest import of the file that is not done; begins anew when there is none.
async fn go_on(client: &Client, source: &Source, mut start: ImportStart) -> anyhow::Result<ImportCandidatesResponse> {
    for _ in 0..TRIES {
        start.resume = unfinished(client, &start.fingerprint).await?;
        match &start.resume {
            Some(resume) => say(format!("  {} goes on behind {} bytes", resume.import_id, resume.position)),
            None => say("  no import of this file is unfinished; it begins anew"),
        }
        match stream(client, source, start.clone()).await? {
            Ended::Done(report) => return Ok(*report),
            // Whoever had it has saved some more rows since we asked.
            Ended::Moved => tokio::time::sleep(Duration::from_millis(500)).await,
        }
    }
    anyhow::bail!("somebody else is bringing this file in at this moment")
}

async fn unfinished(client: &Client, fingerprint: &str) -> anyhow::Result<Option<ImportResume>> {
    let request = ListImportsRequest { fingerprint: fingerprint.to_owned(), page_size: 100, ..Default::default() };
    let answer = ImportServiceClient::new(client.channel())
        .list_imports(client.request(request))
        .await
        .map_err(|status| explain(&status))?;
    let open = |state: ImportState| matches!(state, ImportState::Running | ImportState::Broken);
    let found = answer.into_inner().imports.into_iter().find(|import| open(import.state()));
    Ok(found.map(|import| ImportResume { import_id: import.import_id, position: import.position }))
}

async fn send(client: &Client, source: &Source, start: ImportStart) -> anyhow::Result<ImportCandidatesResponse> {
    match stream(client, source, start).await? {
        Ended::Done(report) => Ok(*report),
        Ended::Moved => anyhow::bail!("the import has moved on meanwhile"),
    }
}

/// How a stream ended that did not fail.
enum Ended {
    Done(Box<ImportCandidatesResponse>),
    /// The import stands at another place of the file.
    Moved,
}

/// Sends a file from where the import stands, and shows how far it is.
async fn stream(client: &Client, source: &Source, start: ImportStart) -> anyhow::Result<Ended> {
    let verb = if start.dry_run { "checking" } else { "importing" };
    let position = start.resume.as_ref().map_or(0, |resume| u64::try_from(resume.position).unwrap_or_default());
    let (name, size) = (start.file_name.clone(), u64::try_from(start.size).unwrap_or_default());
    let (parts, stream) = mpsc::channel(4);
    parts.send(ImportCandidatesRequest { part: Some(Part::Start(start)) }).await?;
    let source = source.clone();
    let sending = tokio::spawn(async move { source.send(position, parts).await });
    let bar = Rows::begin(format!("{verb} {name}"), size);
    let outcome = listen(client, ReceiverStream::new(stream), &bar).await;
    let report = match outcome {
        Ok(report) => report,
        Err(status) if reason(&status) == "IMPORT_POSITION_MOVED" => return Ok(Ended::Moved),
        Err(status) => {
            // What could not be read of the file says more than the server's "it ended too early".
            let _ = tokio::time::timeout(Duration::from_secs(1), sending)
                .await
                .map(|sent| sent.map(|sent| sent.map_err(|error| say(format!("  {error:#}")))));
            let hint = "; with --resume it goes on where it stands";
            let hint = if status.code() == Code::InvalidArgument { "" } else { hint };
            return Err(explain(&status).context(format!("the import broke off{hint}")));
        }
    };
    anyhow::ensure!(report.done, "the import broke off; with --resume it goes on where it stands");
    be_seen(client, &report.consistency_token).await?;
    let id = if report.import_id.is_empty() { String::new() } else { format!(" ({})", report.import_id) };
    bar.done(format!(
        "{} rows: {} new, {} updated, {} unchanged, {} rejected{id}",
        report.rows_read, report.created, report.updated, report.unchanged, report.rejected
    ));
    Ok(Ended::Done(Box::new(report)))
}

/// The last report, with the unknown columns of all of them; in a dry run also with their refused rows, and else with none.
async fn listen(
    client: &Client,
    parts: ReceiverStream<ImportCandidatesRequest>,
    bar: &Rows,
) -> Result<ImportCandidatesResponse, tonic::Status> {
    let mut answers =
        ImportServiceClient::new(client.channel()).import_candidates(client.request(parts)).await?.into_inner();
    let mut report = ImportCandidatesResponse::default();
    let (mut errors, mut ignored_columns) = (Vec::new(), Vec::new());
    while let Some(answer) = answers.message().await? {
        report = answer;
        // Those of a real import are with the server; only a dry run has to remember them.
        if report.import_id.is_empty() && errors.len() < MOST_ERRORS {
            errors.append(&mut report.errors);
        }
        ignored_columns.append(&mut report.ignored_columns);
        let number = |number: i64| u64::try_from(number).unwrap_or_default();
        bar.at(number(report.rows_read), number(report.position));
    }
    Ok(ImportCandidatesResponse { errors, ignored_columns, ..report })
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
