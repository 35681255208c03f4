//! Work on the index, which takes time that no search should wait for.

use std::{fmt::Display, thread};

use chassis::{Error, Result};
use tokio::sync::oneshot;

/// How much the system prefers others (`nice`): while many people change, a processor that was shared evenly would be the
/// index's most of the time. Not so much that the index falls behind where there is always something else to do.
const YIELDS: i32 = 5;

/// Works on a thread of its own, to which, and to whatever threads it starts, the system prefers those that search.
pub async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let (done, outcome) = oneshot::channel();
    let work = move || {
        if let Err(error) = rustix::process::nice(YIELDS) {
            tracing::debug!(%error, "the index has the priority of searches");
        }
        // Nobody is left to hear of it when the process ends.
        let _ = done.send(work());
    };
    thread::Builder::new().name("index".to_owned()).spawn(work).map_err(|error| broken_off(&error))?;
    outcome.await.map_err(|error| broken_off(&error))?
}

fn broken_off(error: &dyn Display) -> Error {
    Error::internal("work on the index broke off", error)
}
