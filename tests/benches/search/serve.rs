//! The service in a process of its own, so that its processor time and its memory are nobody else's: this program starts
//! itself again, and the two talk over standard input and output, a line each.
//!
//! | said | answered |
//! |---|---|
//! | (at the start) | the database's address |
//! | `token TENANT` | a recruiter's token |
//! | `restart FOLDER` | the gRPC address, and the seconds until the service was ready |
//! | `finish` | the seconds until every event was heard; then the process ends |
//!
//! When nobody is left to say anything, because the measurement has failed, the process ends at once.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use chassis::{Service, TenantId};
use testkit::{Site, Tuning, Voice};
use usher_proto::accounts::v1::Role;
use usher_talent::{MasterKeys, Talent};
use uuid::Uuid;

/// Tells the program which part it plays.
const PART: &str = "USHER_BENCH_PART";
/// Building an index of a million people takes minutes, and in a debug build many.
const PATIENCE: Duration = Duration::from_mins(60);

/// Whether this process is the service.
pub fn is_it() -> bool {
    std::env::var_os(PART).is_some()
}

/// Serves until it is told to end, or nobody is left.
pub async fn serve() -> ExitCode {
    let tuning = Tuning { max_connections: 20, patience: PATIENCE, ..Tuning::default() };
    let mut site = Site::start_with(tuning, services(Path::new(""))).await;
    answer(site.database().url());
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let (what, rest) = line.split_once(' ').unwrap_or((&line, ""));
        match what {
            "token" => answer(&site.token(&TenantId(rest.parse::<Uuid>().unwrap()), Role::Recruiter)),
            "restart" => {
                let begun = Instant::now();
                site = site.restart(services(Path::new(rest))).await;
                answer(&format!("{} {}", site.grpc(), begun.elapsed().as_secs_f64()));
            }
            "finish" => {
                let begun = Instant::now();
                site.settle().await;
                answer(&begun.elapsed().as_secs_f64().to_string());
                site.finish().await;
                return ExitCode::SUCCESS;
            }
            _ => panic!("nobody says {what}"),
        }
    }
    ExitCode::FAILURE
}

fn services(folder: &Path) -> Vec<Box<dyn Service>> {
    let talent = Talent::with_master_keys(MasterKeys::from(&[7; 32]), outbox::Settings::default());
    vec![
        Box::new(talent.with_index_folder(folder.to_owned())),
        Box::new(Voice::new("ats")),
        Box::new(Voice::new("outreach")),
    ]
}

fn answer(line: &str) {
    let mut out = std::io::stdout();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}

/// That process, as this one sees it.
pub struct Server {
    child: Child,
    say: ChildStdin,
    hear: BufReader<ChildStdout>,
    /// The address of its database.
    pub database: String,
}

impl Server {
    /// Starts it.
    pub fn start() -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .env(PART, "serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (say, hear) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut server = Self { child, say, hear, database: String::new() };
        server.database = server.heard();
        server
    }

    /// A recruiter's token.
    pub fn token(&mut self, tenant: &Uuid) -> String {
        self.ask(&format!("token {tenant}"))
    }

    /// Ends the service as a crash would and starts it on the index of that folder: its address, and how long it took.
    pub fn restart(&mut self, folder: &Path) -> (String, f64) {
        let answer = self.ask(&format!("restart {}", folder.display()));
        let (address, seconds) = answer.split_once(' ').unwrap();
        (address.to_owned(), seconds.parse().unwrap())
    }

    /// Its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Lets it end: how many seconds it took until every event was heard.
    pub fn finish(mut self) -> f64 {
        let seconds = self.ask("finish").parse().unwrap();
        assert!(self.child.wait().unwrap().success(), "the service did not end well");
        seconds
    }

    fn ask(&mut self, line: &str) -> String {
        self.say(line);
        self.heard()
    }

    fn say(&mut self, line: &str) {
        writeln!(self.say, "{line}").unwrap();
    }

    fn heard(&mut self) -> String {
        let mut line = String::new();
        self.hear.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "the service has ended");
        line.trim_end().to_owned()
    }
}
