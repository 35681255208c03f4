//! `usher`: see [`usher::cli`].

use clap::Parser as _;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    // The commands run on this thread, which lives as long as the process: private servers are tied to it.
    usher::cli::run(usher::cli::Cli::parse()).await
}
