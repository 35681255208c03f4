//! `usher import …`: people from a file, what became of imports, and taking one back. `docs/import.md` tells the whole.

mod candidates;
mod encoding;
mod file;
mod imports;
mod interviews;
mod mapping;
mod rejected;

use std::process::ExitCode;

pub use self::candidates::candidates;

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
