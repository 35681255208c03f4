//! Waiting for a condition, never for a time.

use std::time::{Duration, Instant};

const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Waits until the condition holds; fails the test with `what` when it does not within the deadline.
#[track_caller]
pub fn eventually(deadline: Duration, what: &str, mut holds: impl AsyncFnMut() -> bool) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    async move {
        let begun = Instant::now();
        while !holds().await {
            assert!(begun.elapsed() < deadline, "not within {deadline:?}: {what} (awaited at {caller})");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}
