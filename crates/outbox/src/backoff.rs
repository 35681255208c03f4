//! How long to wait after a failure: longer each time, never the same for two.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// After a success.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// Waits before the next try, or until stopped.
    pub(crate) async fn pause(&mut self, stop: &CancellationToken) {
        let span = SHORTEST.saturating_mul(1 << self.failures.min(10)).min(LONGEST);
        self.failures += 1;
        wait(span.mul_f64(0.5 + rand::random::<f64>() / 2.0), stop).await;
    }
}

/// Waits, or until stopped.
pub(crate) async fn wait(span: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = tokio::time::sleep(span) => {}
        () = stop.cancelled() => {}
    }
}
