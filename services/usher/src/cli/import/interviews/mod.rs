//! `usher import interviews FILE --mapping FILE`: a spreadsheet of past interviews, cleaned here and sent as facts. It goes
//! through piece by piece: [`rows`] of a file, what they say ([`table`], by its [`mapping`]), and on their way ([`sending`]).

pub mod imports;
mod mapping;
mod rows;
mod sending;
mod table;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};
use usher_proto::{ats::v1::ImportStart, talent::v1::RowError};

use self::{mapping::Mapping, sending::Sheet};
use super::{
    ending,
    file::Source,
    hex,
    rejected::{write_reasons, write_rows},
};
use crate::{client::Target, ui::say};

/// How many refused rows are told one by one.
const TOLD: usize = 20;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A CSV file in UTF-8 with a header line. - reads standard input.
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
    /// Write the refused rows themselves, with the header, into this file: to be mended and imported.
    #[arg(long)]
    rejected: Option<PathBuf>,
    /// Go on with an import of this very file and mapping that broke.
    #[arg(long, conflicts_with = "dry_run")]
    resume: bool,
    #[command(flatten)]
    target: Target,
}

pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let source = Source::named(&args.file);
    let is_stdin = matches!(source, Source::Stdin);
    anyhow::ensure!(!is_stdin || (!args.resume && args.rejected.is_none()), "that needs a file, not standard input");
    let text = tokio::fs::read_to_string(&args.mapping).await;
    let text = text.with_context(|| format!("{} can not be read", args.mapping.display()))?;
    let mapping = Mapping::parse(&text).with_context(|| args.mapping.display().to_string())?;
    let client = args.target.connect().await?;
    let facts = source.facts().await?;
    let start = ImportStart {
        dry_run: args.dry_run,
        fingerprint: fingerprint(&facts.fingerprint, &text),
        size: i64::try_from(facts.size).unwrap_or_default(),
        resume: None,
    };
    let sheet = Sheet { name: args.file.display().to_string(), source, mapping };
    let report = if args.resume {
        sending::go_on(&client, &sheet, start).await?
    } else {
        sending::send(&client, &sheet, start).await?
    };
    // Of an import that went on, those of before are with the server.
    let errors: Vec<RowError> = if report.import_id.is_empty() || report.rejected == 0 {
        report.errors.into_iter().map(imports::same).collect()
    } else {
        imports::errors(&client, &report.import_id).await?
    };
    tell(&args, report.rejected, &errors)
}

/// What one and the same import is known by: with another mapping, rows of a file are others.
fn fingerprint(file: &str, mapping: &str) -> String {
    if file.is_empty() { String::new() } else { hex(&Sha256::digest(format!("{file}\n{mapping}"))) }
}

/// Says what was refused, on the screen and in the files that were asked for.
fn tell(args: &Args, rejected: i64, errors: &[RowError]) -> anyhow::Result<ExitCode> {
    for error in errors.iter().take(TOLD) {
        say(format!("  line {}: {} {}: {}", error.line, error.field, error.reason, error.message));
    }
    if rejected > i64::try_from(TOLD)? {
        say(format!("  … and {} more", rejected - i64::try_from(TOLD)?));
    }
    if let Some(path) = &args.errors {
        write_reasons(path, errors)?;
    }
    if let Some(path) = &args.rejected {
        write_rows(path, &args.file, errors, true)?;
    }
    Ok(ending(rejected))
}
