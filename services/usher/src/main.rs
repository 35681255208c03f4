//! `usher`: see [`usher::cli`].

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    // Before a thread starts: what reads a stranger's document confines the whole process.
    if std::env::args_os().nth(1).is_some_and(|argument| argument == usher_talent::READ_DOCUMENT) {
        return usher_talent::read_document();
    }
    serve()
}

#[tokio::main]
async fn serve() -> ExitCode {
    // The commands run on this thread, which lives as long as the process: private servers are tied to it.
    usher::cli::run(usher::cli::Cli::parse()).await
}
