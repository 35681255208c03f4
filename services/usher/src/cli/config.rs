//! `usher config`

use std::process::ExitCode;

use crate::{settings::DEFAULTS, ui};

#[expect(clippy::unnecessary_wraps, reason = "a command like the others")]
pub fn run() -> anyhow::Result<ExitCode> {
    ui::say(DEFAULTS.trim_end());
    Ok(ExitCode::SUCCESS)
}
