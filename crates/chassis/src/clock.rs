//! The one clock. Nothing else in the house asks the operating system for the time.
//!
//! Where the configuration allows it, the clock can be moved forward, so that "unanswered for 24 hours" is shown and
//! tested without waiting. The displacement may live in a file, so that it outlasts a restart and is shared by the
//! processes of one installation; time never runs backwards.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

use crate::error::Error;

/// Tells the time. Cheap to clone; clones move together.
#[derive(Debug, Clone)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    offset_ms: AtomicI64,
    movable: bool,
    file: Option<PathBuf>,
    moved: watch::Sender<()>,
}

impl Clock {
    /// The system's time.
    pub fn system() -> Self {
        Self::new(false, None, 0)
    }

    /// A clock that can be moved, starting at the system's time.
    pub fn movable() -> Self {
        Self::new(true, None, 0)
    }

    /// A clock that can be moved and keeps its displacement in a file.
    pub fn movable_with_file(file: PathBuf) -> std::io::Result<Self> {
        let offset = match std::fs::read_to_string(&file) {
            Ok(text) => text.trim().parse().map_err(|_| {
                std::io::Error::other(format!("{} does not hold a number of milliseconds; remove it", file.display()))
            })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        Ok(Self::new(true, Some(file), offset))
    }

    fn new(movable: bool, file: Option<PathBuf>, offset_ms: i64) -> Self {
        Self(Arc::new(Inner { offset_ms: AtomicI64::new(offset_ms), movable, file, moved: watch::Sender::new(()) }))
    }

    /// Now.
    pub fn now(&self) -> DateTime<Utc> {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that asks")]
        let system = Utc::now();
        // Microseconds, as PostgreSQL keeps them: what is written and what is read back are equal.
        let offset = TimeDelta::milliseconds(self.0.offset_ms.load(Ordering::Relaxed));
        let now = system + offset;
        now - TimeDelta::nanoseconds(i64::from(now.timestamp_subsec_nanos() % 1_000))
    }

    /// Whether it can be moved.
    pub fn is_movable(&self) -> bool {
        self.0.movable
    }

    /// Moves it forward and begins everybody's next round of [`Clock::rounds`].
    pub fn advance(&self, by: Duration) -> Result<DateTime<Utc>, Error> {
        if !self.0.movable {
            return Err(Error::failed_precondition("CLOCK_NOT_MOVABLE", "this installation's clock can not be moved")
                .hint("set clock.movable in a configuration that is for trying out"));
        }
        let by = i64::try_from(by.as_millis())
            .map_err(|_| Error::invalid("by", "DURATION_OUT_OF_RANGE", "is too far in the future"))?;
        let offset = self.0.offset_ms.fetch_add(by, Ordering::Relaxed) + by;
        if let Some(file) = &self.0.file {
            // Written aside and renamed, so that a crash leaves the old or the new number and never half of one.
            let aside = file.with_extension("new");
            std::fs::write(&aside, offset.to_string())
                .and_then(|()| std::fs::rename(&aside, file))
                .map_err(|error| Error::internal("the clock's file can not be written", &error))?;
        }
        self.0.moved.send_replace(());
        Ok(self.now())
    }

    /// Rounds of work that is to be looked at every so often, and at once when the clock is moved.
    pub fn rounds(&self, every: Duration) -> Rounds {
        Rounds { every, moved: self.0.moved.subscribe() }
    }
}

/// When to look again; made before the first look, so that no move of the clock falls between two.
#[derive(Debug)]
pub struct Rounds {
    every: Duration,
    moved: watch::Receiver<()>,
}

impl Rounds {
    /// Waits for the span of real time, or until the clock has been moved since this was waited for last.
    pub async fn next(&mut self) {
        tokio::select! {
            () = tokio::time::sleep(self.every) => {}
            // It errs when nobody can move the clock any more.
            Ok(()) = self.moved.changed() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_carries_the_displacement_over_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("clock");
        let before = Clock::movable_with_file(file.clone()).unwrap();
        before.advance(Duration::from_secs(86_400)).unwrap();
        let after = Clock::movable_with_file(file.clone()).unwrap();
        assert!((after.now() - before.now()).abs() < TimeDelta::seconds(5));
        std::fs::write(&file, "soon").unwrap();
        assert!(Clock::movable_with_file(file).is_err(), "a spoilt file stops the start");
    }

    #[tokio::test]
    async fn a_move_during_a_round_begins_the_next() {
        let clock = Clock::movable();
        let mut rounds = clock.rounds(Duration::from_secs(3_600));
        clock.advance(Duration::from_secs(60)).unwrap();
        tokio::time::timeout(Duration::from_secs(10), rounds.next()).await.expect("the move was not missed");
    }

    #[test]
    fn the_system_clock_refuses_to_move() {
        assert_eq!(Clock::system().advance(Duration::from_secs(1)).unwrap_err().reason(), "CLOCK_NOT_MOVABLE");
    }
}
