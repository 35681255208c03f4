//! Processes that are talked to over their standard input and output, a line each: the sink, whoever asks for mails, and
//! the peers. Each is a process of its own, so that its processor time is nobody else's.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// Tells the program which part it plays.
const PART: &str = "USHER_BENCH_PART";

/// The part that this process plays; none is the one that measures.
pub fn part() -> Option<String> {
    std::env::var(PART).ok()
}

/// This program again, in another part.
pub fn as_part(name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env(PART, name);
    command
}

/// Says a line to whoever has started this process.
pub fn answer(line: &str) {
    let mut out = std::io::stdout();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}

/// A process that is talked to. It is asked to end when this is dropped.
pub struct Talk {
    name: String,
    child: Child,
    say: Option<ChildStdin>,
    hear: BufReader<ChildStdout>,
}

impl Talk {
    /// Starts it; what it complains of goes into a file of that folder.
    pub fn start(name: &str, folder: &Path, command: &mut Command) -> Self {
        let log = std::fs::File::create(folder.join(format!("{name}.log"))).unwrap();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{name} can not be started: {error}"));
        let (say, hear) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { name: name.to_owned(), child, say, hear }
    }

    /// What it says next.
    pub fn heard(&mut self) -> String {
        let mut line = String::new();
        self.hear.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "{} has ended; see its log", self.name);
        line.trim_end().to_owned()
    }

    /// Says a line and waits for the answer.
    pub fn ask(&mut self, line: &str) -> String {
        writeln!(self.say.as_mut().unwrap(), "{line}").unwrap();
        self.heard()
    }

    /// Its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        drop(self.say.take());
        let _ = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}
