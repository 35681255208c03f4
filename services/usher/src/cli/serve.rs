//! `usher serve`

use std::process::ExitCode;

use chassis::{service::Process, telemetry};

use crate::{settings::Settings, suite};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A service to serve; can be given several times. Without it, all are served.
    #[arg(long = "only", value_name = "SERVICE")]
    only: Vec<String>,
}

pub async fn run(args: Args, settings: Settings) -> anyhow::Result<ExitCode> {
    let guard = telemetry::init(&settings.telemetry, telemetry::LogWriter::new(std::io::stderr))?;
    let process = Process::start(suite::plan(&settings, guard.registry().clone(), &args.only)?).await?;
    let ended = process.run(stop_asked()).await;
    guard.shutdown();
    ended?;
    Ok(ExitCode::SUCCESS)
}

/// Ends when somebody asks the process to stop: Ctrl-C or SIGTERM.
pub async fn stop_asked() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminated) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated.recv() => {}
    }
}
