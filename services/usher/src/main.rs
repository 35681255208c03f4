//! `usher`: see [`usher::cli`].

use std::process::ExitCode;

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
    match usher::cli::read() {
        Ok(cli) => usher::cli::run(cli).await,
        Err(code) => code,
    }
}
