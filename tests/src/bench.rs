//! What benchmarks share: goals and how they are reported.

#![expect(clippy::print_stdout, reason = "a measurement is for reading")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use chassis::Service;
use testkit::{Site, Tuning};

/// The ATS alone, on the servers that `usher with-servers` has started; a test signs tokens for it.
pub async fn ats() -> Site {
    let services: Vec<Box<dyn Service>> =
        vec![Box::new(usher_ats::Ats::with_key([7; 32], 24, outbox::Settings::default()))];
    Site::start_with(Tuning { max_connections: 40, ..Tuning::default() }, services).await
}

/// Where a measurement keeps what it needs, on the disk that PostgreSQL is on too.
pub fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.usher/bench");
    fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

/// What a benchmark has to reach.
#[derive(Debug)]
pub struct Goals {
    name: &'static str,
    lines: Vec<String>,
    missed: usize,
}

impl Goals {
    /// Of that benchmark.
    pub fn of(name: &'static str) -> Self {
        Self { name, lines: Vec::new(), missed: 0 }
    }

    /// A figure that has to be at most so much.
    pub fn at_most(&mut self, what: &str, figure: f64, goal: f64, unit: &str) {
        self.note(what, figure, "<", goal, unit, figure < goal);
    }

    /// A figure that has to be at least so much.
    pub fn at_least(&mut self, what: &str, figure: f64, goal: f64, unit: &str) {
        self.note(what, figure, ">=", goal, unit, figure >= goal);
    }

    fn note(&mut self, what: &str, figure: f64, relation: &str, goal: f64, unit: &str, met: bool) {
        let verdict = if met { "met" } else { "missed" };
        self.missed += usize::from(!met);
        self.lines.push(format!("{} {what}: {figure:.2}{unit} (goal {relation} {goal}{unit}) {verdict}", self.name));
    }

    /// Says how it went.
    pub fn report(self) -> ExitCode {
        for line in &self.lines {
            println!("{line}");
        }
        if self.missed == 0 {
            println!("{}: all met", self.name);
            return ExitCode::SUCCESS;
        }
        println!("{}: {} missed", self.name, self.missed);
        ExitCode::FAILURE
    }
}

/// The value that so many percent are not above.
pub fn percentile(spans: &mut [Duration], percent: usize) -> Duration {
    spans.sort_unstable();
    spans.get(spans.len().saturating_sub(1) * percent / 100).copied().unwrap_or_default()
}

/// For reading.
pub fn milliseconds(span: Duration) -> f64 {
    span.as_secs_f64() * 1_000.0
}
