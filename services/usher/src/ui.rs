//! What people see in the terminal: a line per step, with the time it took when that was over a second.

use std::{
    io::IsTerminal as _,
    sync::Mutex,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

/// A step that is under way. A terminal shows it spinning; a file gets one line when it is done.
#[derive(Debug)]
pub struct Step {
    bar: ProgressBar,
    what: String,
    start: Instant,
}

impl Step {
    /// Begins a step.
    pub fn begin(what: impl Into<String>) -> Self {
        let what = what.into();
        let bar = ProgressBar::new_spinner().with_message(what.clone());
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar, what, start: Instant::now() }
    }

    /// Begins a step of known length, in bytes.
    pub fn begin_bytes(what: impl Into<String>, length: u64) -> Self {
        let what = what.into();
        let bar = ProgressBar::new(length).with_message(what.clone());
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes} {eta}") {
            bar.set_style(style);
        }
        Self { bar, what, start: Instant::now() }
    }

    /// Moves the bar.
    pub fn at(&self, position: u64) {
        self.bar.set_position(position);
    }

    /// Ends it, with what came of it.
    pub fn done(self, result: impl std::fmt::Display) {
        self.bar.finish_and_clear();
        let took = self.start.elapsed();
        let time =
            if took > Duration::from_secs(1) { format!(" ({:.1} s)", took.as_secs_f64()) } else { String::new() };
        say(format!("✓ {}{time}: {result}", self.what));
    }
}

/// Between two lines that say how far rows have come, where there is no terminal to show a bar.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Rows that come in. A terminal shows a bar with rows a second and how long it takes still; a file gets a line now and then.
#[derive(Debug)]
pub struct Rows {
    step: Step,
    is_terminal: bool,
    told: Mutex<Instant>,
}

impl Rows {
    /// Begins, with the size of it all in bytes when that is known.
    pub fn begin(what: impl Into<String>, size: u64) -> Self {
        let what = what.into();
        let bar = if size > 0 { ProgressBar::new(size) } else { ProgressBar::new_spinner() };
        let template =
            if size > 0 { "{prefix} {wide_bar} {percent}% {msg} {eta} left" } else { "{spinner} {prefix} {msg}" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_prefix(what.clone());
        bar.enable_steady_tick(Duration::from_millis(120));
        let (start, is_terminal) = (Instant::now(), std::io::stderr().is_terminal());
        Self { step: Step { bar, what, start }, is_terminal, told: Mutex::new(start) }
    }

    /// So many rows were read, and so many bytes are in.
    pub fn at(&self, rows: u64, position: u64) {
        let seconds = self.step.start.elapsed().as_secs().max(1);
        self.step.bar.set_message(format!("{rows} rows, {}/s", rows / seconds));
        self.step.bar.set_position(position);
        let Ok(mut told) = self.told.lock() else { return };
        if !self.is_terminal && told.elapsed() >= LINE_EVERY {
            *told = Instant::now();
            complain(format!("  {}: {rows} rows, {}/s", self.step.what, rows / seconds));
        }
    }

    /// Ends it, with what came of it.
    pub fn done(self, result: impl std::fmt::Display) {
        self.step.done(result);
    }
}

/// A line for the person at the terminal.
#[expect(clippy::print_stdout, reason = "a command line program speaks to its standard output")]
pub fn say(line: impl std::fmt::Display) {
    println!("{line}");
}

/// A line for the person at the terminal when something failed.
#[expect(clippy::print_stderr, reason = "a command line program speaks to its standard error")]
pub fn complain(line: impl std::fmt::Display) {
    eprintln!("{line}");
}
