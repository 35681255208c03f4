//! What people see in the terminal: a line per step, with the time it took when that was over a second.

use std::time::{Duration, Instant};

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
