//! `usher import …`: people from a file, what became of imports, and taking one back. `docs/import.md` tells the whole.

mod candidates;
mod encoding;
mod field;
mod file;
mod imports;
mod interviews;
mod mapping;
mod rejected;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use encoding_rs::Encoding;

pub use self::candidates::candidates;
use self::file::Source;
use crate::client::Target;

/// What of a file was refused is news and no failure: the rest is in.
const SOME_REJECTED: u8 = 2;

#[derive(Debug, clap::Subcommand)]
pub enum What {
    /// Candidates from a CSV or JSONL file.
    ///
    /// Ends with 0 when every row is in, with 2 when some were refused, and with 1 when it failed.
    Candidates(candidates::Args),
    /// A history of past interviews, with who came, from a CSV file.
    ///
    /// Ends as `usher import candidates` does.
    Interviews(interviews::Args),
    /// What was imported, newest first.
    List(imports::List),
    /// Take an import back.
    ///
    /// Of people: who came with it is removed, and who was changed by it gets the earlier values again, where nobody has
    /// changed or used them since. Of past interviews: they are removed, and nobody counts them any more.
    ///
    /// Ends with 0 when everything is undone, with 2 when something had to stay, and with 1 when it failed.
    Undo(imports::Undo),
}

/// How a file is imported, whatever it tells of.
#[derive(Debug, clap::Args)]
struct Manner {
    /// How the file is written, when that is not UTF-8: gb18030 (as Excel in Chinese saves CSV), big5, shift_jis,
    /// windows-1252 … A file that begins with the mark of UTF-16 is read as that.
    #[arg(long, value_parser = encoding::named)]
    encoding: Option<&'static Encoding>,
    /// Say what would happen and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Write line, field, reason and message of each refused row into this CSV file.
    #[arg(long)]
    errors: Option<PathBuf>,
    /// Write the refused rows themselves, with the header, into this file: to be mended and imported.
    #[arg(long)]
    rejected: Option<PathBuf>,
    /// Go on with an import of this very file, by the same mapping, that broke.
    #[arg(long, conflicts_with = "dry_run")]
    resume: bool,
    #[command(flatten)]
    target: Target,
}

impl Manner {
    /// The file, or standard input where nothing is asked for that needs a file.
    fn source(&self, file: &Path) -> anyhow::Result<Source> {
        let source = Source::named(file, self.encoding);
        let needs_file = self.resume || self.rejected.is_some() || self.encoding.is_some();
        anyhow::ensure!(!needs_file || !matches!(source, Source::Stdin), "that needs a file, not standard input");
        Ok(source)
    }
}

/// Once as many refused rows of an import are known, no more are remembered; the server does the same.
const MOST_ERRORS: usize = 100_000;

/// A SHA-256 as the contract has it.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

pub async fn run(what: What) -> anyhow::Result<ExitCode> {
    match what {
        What::Candidates(args) => candidates::run(args).await,
        What::Interviews(args) => interviews::run(args).await,
        What::List(args) => imports::list(args).await,
        What::Undo(args) => imports::undo(args).await,
    }
}

/// How a command ends of which so much was refused.
fn ending(refused: i64) -> ExitCode {
    if refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(SOME_REJECTED) }
}
