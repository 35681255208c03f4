//! `usher index`: the search indexes of all processes.

use std::process::ExitCode;

use usher_talent::Talent;

use crate::{settings::Settings, suite::door, ui::say};

#[derive(Debug, clap::Subcommand)]
pub enum What {
    /// Have every process build its index anew from PostgreSQL, one after the other; the old ones serve until then.
    Rebuild,
}

pub async fn run(what: What, settings: Settings) -> anyhow::Result<ExitCode> {
    match what {
        What::Rebuild => {
            let number = Talent::rebuild_index(&door(&settings, "talent")?).await?;
            say(format!(
                "request {number}: each process logs \"an index serves\" with rebuild={number} once it has one"
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}
