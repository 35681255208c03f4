//! `usher with-servers -- COMMAND`: how `script/test` gives every test a real PostgreSQL and Redis.

use std::{
    path::PathBuf,
    process::{Command, ExitCode},
};

use anyhow::Context as _;

use crate::{
    servers::{self, Data, Given, Servers},
    ui::Step,
};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where the servers keep their data.
    #[arg(long, default_value = ".usher/test")]
    dir: PathBuf,
    /// Have every commit reach the disk, for measurements; tests need not wait for that.
    #[arg(long)]
    durable: bool,
    /// The command and its arguments.
    #[arg(required = true, trailing_var_arg = true)]
    command: Vec<String>,
}

pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let _held = servers::claim(&args.dir)?;
    let step = Step::begin("starting a private PostgreSQL and Redis");
    let given = Given {
        database_url: std::env::var("USHER_TEST_DATABASE_URL").ok(),
        redis_url: std::env::var("USHER_TEST_REDIS_URL").ok(),
    };
    let worth = if args.durable { Data::Kept } else { Data::ThrownAway };
    let mut servers = Servers::start(&args.dir.canonicalize()?, given, worth).await?;
    step.done("both answer");
    let (program, arguments) = args.command.split_first().context("no command")?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("USHER_TEST_DATABASE_URL", &servers.database_url)
        .env("USHER_TEST_REDIS_URL", &servers.redis_url);
    let ended = tokio::task::spawn_blocking(move || command.status()).await?;
    servers.stop();
    let code = ended.with_context(|| format!("{program} can not be started"))?.code().unwrap_or(1);
    Ok(u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from))
}
