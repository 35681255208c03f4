//! `usher lint`: whether a message is clear, before anybody gets it. `docs/clarity.md` tells the whole.

mod show;

use std::{
    io::Read as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use clarity::{Kind, Language, Linter, Severity, Tuning};

use crate::ui::{complain, say};

/// The text has an error; it must not go out like this.
const ERROR: u8 = 1;
/// The text has warnings and no error.
const WARNING: u8 = 2;
/// The file can not be read, or is no text: `EX_NOINPUT` of sysexits.h.
const NO_INPUT: u8 = 66;
/// No message is longer, in bytes.
const LONGEST: u64 = 16 << 20;

/// Ends with 0 when the text is clean, with 2 when there are warnings only, with 1 when there is an error; with 64 when
/// the command is misused, and with 66 when the file can not be read.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What the message is for, such as interview_invitation; `--rules` says which there are.
    #[arg(long, required_unless_present = "rules")]
    kind: Option<Kind>,
    /// The language that it is written in: zh-CN (in either script) or en.
    #[arg(long, required_unless_present = "rules")]
    lang: Option<Language>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// List the rules instead, those of the kind when one is given.
    #[arg(long)]
    rules: bool,
    /// The body of the message, UTF-8, without its subject; `-` is the standard input.
    #[arg(required_unless_present = "rules", conflicts_with = "rules")]
    file: Option<PathBuf>,
}

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let language = args.lang.unwrap_or(Language::English);
    let (Some(kind), Some(file)) = (args.kind, &args.file) else {
        say(show::rules(args.kind, language, args.json)?);
        return Ok(ExitCode::SUCCESS);
    };
    let text = match read(file) {
        Ok(text) => text,
        Err(error) => {
            complain(format!("usher: {error:#}"));
            return Ok(ExitCode::from(NO_INPUT));
        }
    };
    let report = Linter::lint(kind, language, &text, &Tuning::default());
    let name = file.display().to_string();
    say(if args.json { show::json(kind, language, &text, &report)? } else { show::report(&name, &text, &report) });
    Ok(match report.worst() {
        None => ExitCode::SUCCESS,
        Some(Severity::Warning) => ExitCode::from(WARNING),
        Some(Severity::Error) => ExitCode::from(ERROR),
    })
}

fn read(file: &Path) -> anyhow::Result<String> {
    let named = || format!("{}", file.display());
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().lock().take(LONGEST + 1).read_to_end(&mut bytes).with_context(named)?;
    } else {
        std::fs::File::open(file).with_context(named)?.take(LONGEST + 1).read_to_end(&mut bytes).with_context(named)?;
    }
    anyhow::ensure!(bytes.len() as u64 <= LONGEST, "{}: no message is longer than {LONGEST} bytes", file.display());
    String::from_utf8(bytes).with_context(named)
}
