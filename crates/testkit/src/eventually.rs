//! Waiting for a condition, never for a time.

use std::time::{Duration, Instant};

/// How long anything may take, on the busiest machine. Nobody waits so long but for a failure.
pub const PATIENCE: Duration = Duration::from_mins(1);
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Waits until the condition holds; fails the test with `what` when it does not within [`PATIENCE`].
#[track_caller]
pub fn eventually(what: &str, holds: impl AsyncFnMut() -> bool) -> impl Future<Output = ()> {
    within(PATIENCE, what, holds)
}

/// Waits as [`eventually`] does, for what takes longer or shorter.
#[track_caller]
pub fn within(patience: Duration, what: &str, mut holds: impl AsyncFnMut() -> bool) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    async move {
        let begun = Instant::now();
        while !holds().await {
            assert!(begun.elapsed() < patience, "not within {patience:?}: {what} (awaited at {caller})");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}
