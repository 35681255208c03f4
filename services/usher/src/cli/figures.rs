//! `usher figures`: what reports are made of.

use std::process::ExitCode;

use usher_analytics::Analytics;

use crate::{settings::Settings, suite::door, ui::say};

#[derive(Debug, clap::Subcommand)]
pub enum What {
    /// Have everything counted anew from the services' logs; what was counted before serves until then.
    Rebuild,
}

pub async fn run(what: What, settings: Settings) -> anyhow::Result<ExitCode> {
    match what {
        What::Rebuild => {
            let is_at_work = Analytics::rebuild(&door(&settings, "analytics")?).await?;
            say(if is_at_work {
                "figures are being counted anew already"
            } else {
                "figures are counted anew; analytics logs \"figures that were counted anew serve from now on\" when they serve"
            });
        }
    }
    Ok(ExitCode::SUCCESS)
}
