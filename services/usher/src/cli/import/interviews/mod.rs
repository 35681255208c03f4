//! `usher import interviews FILE --mapping FILE`: a spreadsheet of past interviews, cleaned here and sent as facts. It goes
//! through piece by piece: [`rows`] of a file, what they say ([`table`], by its [`mapping`]), and on their way ([`sending`]).

pub mod imports;
mod mapping;
mod rows;
mod sending;
mod table;

use std::{
    collections::BTreeSet,
    fs::File,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};
use usher_proto::{ats::v1::ImportStart, talent::v1::RowError};

use self::{mapping::Mapping, sending::Sheet};
use super::{Manner, ending, file::Source, hex, rejected};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A CSV file with a header line, in UTF-8, or see --encoding. - reads standard input.
    file: PathBuf,
    /// A TOML file that says which column holds what; see `docs/import.md`.
    #[arg(long)]
    mapping: PathBuf,
    #[command(flatten)]
    manner: Manner,
}

pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let source = args.manner.source(&args.file)?;
    let text = tokio::fs::read_to_string(&args.mapping).await;
    let text = text.with_context(|| format!("{} can not be read", args.mapping.display()))?;
    let mapping = Mapping::parse(&text).with_context(|| args.mapping.display().to_string())?;
    let client = args.manner.target.connect().await?;
    let facts = source.facts().await?;
    let start = ImportStart {
        dry_run: args.manner.dry_run,
        fingerprint: fingerprint(&facts.fingerprint, &text),
        size: i64::try_from(facts.size).unwrap_or_default(),
        resume: None,
    };
    let sheet = Sheet { name: args.file.display().to_string(), source, mapping };
    let report = if args.manner.resume {
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
    tell(&args, &sheet.source, report.rejected, &errors)
}

/// What one and the same import is known by: with another mapping, rows of a file are others.
fn fingerprint(file: &str, mapping: &str) -> String {
    if file.is_empty() { String::new() } else { hex(&Sha256::digest(format!("{file}\n{mapping}"))) }
}

/// Says what was refused, on the screen and in the files that were asked for.
fn tell(args: &Args, source: &Source, refused: i64, errors: &[RowError]) -> anyhow::Result<ExitCode> {
    rejected::tell(refused, errors, args.manner.errors.as_deref())?;
    if let Some(path) = &args.manner.rejected {
        write_rows(path, source, errors)?;
    }
    Ok(ending(refused))
}

/// Writes the header, and the refused rows as they stand in the file.
fn write_rows(path: &Path, source: &Source, errors: &[RowError]) -> anyhow::Result<()> {
    let lines: BTreeSet<u64> = errors.iter().map(|error| u64::try_from(error.line)).collect::<Result<_, _>>()?;
    let file = File::create(path).with_context(|| format!("{} can not be written", path.display()))?;
    let mut writer = BufWriter::new(file);
    rows::copy(source.open(0)?, &mut writer, &lines)?;
    Ok(writer.flush()?)
}
