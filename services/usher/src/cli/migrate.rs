//! `usher migrate`

use std::process::ExitCode;

use crate::{settings::Settings, suite, ui::Step};

pub async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let step = Step::begin("bringing the database up to date");
    suite::migrate(&settings).await?;
    step.done("up to date");
    Ok(ExitCode::SUCCESS)
}
