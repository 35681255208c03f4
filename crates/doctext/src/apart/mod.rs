//! Extraction in a process of its own.
//!
//! Why a process, and not a task or a thread with a timeout:
//!
//! - A parser in a loop can not be stopped from outside. A timeout in the service would give up waiting, while the
//!   thread goes on for good. A process can be killed, and the system ends it by itself once its processor time is used
//!   up.
//! - Memory that a file makes a parser ask for is the memory of the service. When there is none left, Rust aborts, and
//!   with it everything that the service was doing. A process has an address space with a bound of its own.
//! - A stack that overflows aborts too, whatever catches panics.
//! - What a stranger's file might make of a parser is confined: the process starts with an empty environment, opens no
//!   files, writes none, starts nothing, and leaves no dump of a document behind.
//!
//! [`Extractor`] is the service's side, [`child_main`] the other one, [`Confinement`] what the child may use. The two
//! are the same program; they speak in the form of `wire`.

mod child;
mod confinement;
mod ending;
mod wire;

use std::{io, path::PathBuf, process::Stdio, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    process::{Child, Command},
    sync::Semaphore,
    time::timeout,
};

pub use self::{child::child_main, confinement::Confinement};
use crate::{Extracted, Fault, LARGEST_FILE, MOST_CHARACTERS};

/// All characters at four bytes each, and what is around them. Characters that JSON writes longer have one byte.
const MOST_OUTPUT: u64 = 4 * MOST_CHARACTERS as u64 + 4_096;
/// What a dying process says is looked at so far.
const MOST_LAST_WORDS: u64 = 8_192;

/// What the service grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest file, in bytes; larger ones start no process.
    pub largest_file: usize,
    /// How long a process may live. Waiting for its turn does not count.
    pub wall_time: Duration,
    /// How many processes there are at once.
    pub at_once: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { largest_file: LARGEST_FILE, wall_time: Duration::from_secs(20), at_once: 2 }
    }
}

/// Runs extractions, a process for each file. Clones share the bound of processes.
#[derive(Debug, Clone)]
pub struct Extractor {
    program: PathBuf,
    arguments: Vec<String>,
    limits: Limits,
    turns: Arc<Semaphore>,
}

/// What a process left when it ended.
struct Remains {
    output: Vec<u8>,
    last_words: Vec<u8>,
    status: std::process::ExitStatus,
}

impl Extractor {
    /// With the program and the arguments that lead to [`child_main`].
    pub fn new(program: PathBuf, arguments: Vec<String>, limits: Limits) -> Self {
        let turns = Arc::new(Semaphore::new(limits.at_once.max(1)));
        Self { program, arguments, limits, turns }
    }

    /// Extracts the text of a file. The outer error is the machine's: the process could not be started or confined.
    /// What the file does to the process is a [`Fault`]. Dropping the future kills the process.
    pub async fn run(&self, bytes: &[u8], name: &str) -> io::Result<Result<Extracted, Fault>> {
        if bytes.len() > self.limits.largest_file {
            return Ok(Err(Fault::TOO_LARGE));
        }
        let _turn = self.turns.acquire().await.map_err(io::Error::other)?;
        let mut child = self.spawn()?;
        match timeout(self.limits.wall_time, talk(&mut child, bytes, name)).await {
            Ok(Ok(remains)) => ending::read(&remains),
            Ok(Err(OutputTooLong)) => {
                child.kill().await?;
                Ok(Err(Fault::BROKEN))
            }
            Err(_) => {
                child.kill().await?;
                Ok(Err(Fault::TIMEOUT))
            }
        }
    }

    fn spawn(&self) -> io::Result<Child> {
        Command::new(&self.program)
            .args(&self.arguments)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
    }
}

struct OutputTooLong;

/// Hands the file over and takes what comes back, at the same time, so that neither waits for the other.
async fn talk(child: &mut Child, bytes: &[u8], name: &str) -> Result<Remains, OutputTooLong> {
    let name = wire::short(name);
    let (input, output, last_words) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let hand_over = async {
        if let Some(mut input) = input {
            // A process that stops listening has a reason, which its end tells.
            let _ = input.write_all(&wire::header(bytes, name)).await;
            let _ = input.write_all(name.as_bytes()).await;
            let _ = input.write_all(bytes).await;
        }
        Ok(())
    };
    let answer = async {
        let output = read(output, MOST_OUTPUT + 1).await;
        if output.len() as u64 > MOST_OUTPUT { Err(OutputTooLong) } else { Ok(output) }
    };
    let words = async { Ok(read(last_words, MOST_LAST_WORDS).await) };
    let ((), output, last_words) = tokio::try_join!(hand_over, answer, words)?;
    // The pipes are closed by now; waiting can only fail for a process that somebody else reaped.
    let status = child.wait().await.unwrap_or_default();
    Ok(Remains { output, last_words, status })
}

/// What comes out of a pipe, up to a bound. A pipe that breaks has come to its end.
async fn read(pipe: Option<impl AsyncRead + Unpin>, most: u64) -> Vec<u8> {
    let mut content = Vec::new();
    if let Some(pipe) = pipe {
        let _ = pipe.take(most).read_to_end(&mut content).await;
    }
    content
}
