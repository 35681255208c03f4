//! The command line: one file per command, one enum to dispatch.

mod config;
mod demo;
mod doctor;
mod figures;
mod import;
mod index;
mod insights;
mod lint;
mod migrate;
mod privacy;
mod replay;
mod report;
mod serve;
mod timeline;
mod up;
mod with_servers;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{settings::Settings, ui};

/// Recruiting that candidates show up for.
#[derive(Debug, Parser)]
#[command(version, about, propagate_version = true)]
pub struct Cli {
    /// A file of settings; `usher config` prints what can be set.
    #[arg(long, global = true, env = "USHER_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything on this machine, with a PostgreSQL and a Redis of its own, for trying it out.
    Up(up::Args),
    /// Serve some of the services, or all; this is what a pod runs.
    Serve(serve::Args),
    /// Bring the database up to date and exit.
    Migrate,
    /// Bring people in from a file.
    #[command(subcommand)]
    Import(import::What),
    /// Export what is kept about a person, or forget them.
    #[command(subcommand)]
    Privacy(privacy::What),
    /// Print what happened to a person, from all services.
    Timeline(timeline::Args),
    /// Play the whole story against a running suite, and tell it.
    Demo(demo::Args),
    /// Show a report: what was counted, with how much is known.
    Report(Box<report::Args>),
    /// Show what the figures say to do, each finding with its evidence.
    Insights(insights::Args),
    /// Look at parked events, put them back, or let a halted consumer go on.
    #[command(subcommand)]
    Replay(replay::What),
    /// Look whether a message is clear: complete, with one ask, courteous and fair.
    Lint(lint::Args),
    /// Have the search indexes built anew.
    #[command(subcommand)]
    Index(index::What),
    /// Have what reports are made of counted anew.
    #[command(subcommand)]
    Figures(figures::What),
    /// Check settings, PostgreSQL, Redis and what waits in them.
    Doctor,
    /// Print every setting with its default.
    Config,
    /// Run a command with a private PostgreSQL and Redis, whose addresses it finds in the environment.
    #[command(hide = true)]
    WithServers(with_servers::Args),
}

/// A command that is misused: `EX_USAGE` of sysexits.h. No command means anything else by it.
const MISUSED: u8 = 64;

/// Reads the command line, or says how it is written and with which code to end.
pub fn read() -> Result<Cli, ExitCode> {
    Cli::try_parse().map_err(|error| {
        // Where nobody reads what is printed, there is nobody to tell either.
        let _ = error.print();
        if error.use_stderr() { ExitCode::from(MISUSED) } else { ExitCode::SUCCESS }
    })
}

/// Runs one command. The answer is the process's exit code.
pub async fn run(cli: Cli) -> ExitCode {
    // Whoever opens a TLS connection uses ring; it can only be said once.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match dispatch(cli).await {
        Ok(code) => code,
        Err(error) => {
            ui::complain(format!("usher: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    let settings = || Ok::<_, anyhow::Error>(Settings::load(cli.config.as_deref(), std::env::vars())?);
    match cli.command {
        Command::Up(args) => up::run(args, cli.config.as_deref()).await,
        Command::Serve(args) => serve::run(args, settings()?).await,
        Command::Migrate => migrate::run(settings()?).await,
        Command::Import(what) => import::run(what).await,
        Command::Privacy(what) => privacy::run(what).await,
        Command::Timeline(args) => timeline::run(args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::Report(args) => report::run(*args).await,
        Command::Insights(args) => insights::run(args).await,
        Command::Replay(what) => replay::run(what, settings()?).await,
        Command::Lint(args) => lint::run(&args),
        Command::Index(what) => index::run(what, settings()?).await,
        Command::Figures(what) => figures::run(what, settings()?).await,
        Command::Doctor => doctor::run(settings()?).await,
        Command::Config => config::run(),
        Command::WithServers(args) => with_servers::run(args).await,
    }
}
