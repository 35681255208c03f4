//! A file on its way in: the messages of a stream, for none of which is waited without end, and the reports that go back.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, Streaming};

use crate::error::{Error, Result};

/// Reports that wait for a reader; when there are more, the file waits.
const REPORTS: usize = 4;
/// The longest that the next message, or the reading of a report, is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// What an RPC answers that takes a file in.
pub type Reports<R> = ReceiverStream<Result<R, Status>>;

/// A file that is being sent as messages `M`, and where its reports `R` go.
#[derive(Debug)]
pub struct Incoming<M, R> {
    messages: Streaming<M>,
    reports: mpsc::Sender<Result<R, Status>>,
    stop: CancellationToken,
}

impl<M, R> Incoming<M, R> {
    /// From a stream until the process stops, and the reports as whoever sends it reads them.
    pub fn new(messages: Streaming<M>, stop: CancellationToken) -> (Self, Reports<R>) {
        let (reports, answers) = mpsc::channel(REPORTS);
        (Self { messages, reports, stop }, ReceiverStream::new(answers))
    }

    /// The next message; `None` behind the last. Errors: `DEADLINE_EXCEEDED` (`IMPORT_STALLED`) when nothing comes,
    /// `UNAVAILABLE` (`STOPPING`) when the process stops.
    pub async fn next(&mut self) -> Result<Option<M>> {
        let next = tokio::select! {
            next = tokio::time::timeout(PATIENCE, self.messages.message()) => next,
            () = self.stop.cancelled() => {
                let message = "this process is stopping; go on with the import, or send the file again";
                return Err(Error::unavailable("STOPPING", message));
            }
        };
        Ok(next.map_err(|_| stalled())??)
    }

    /// Says how far it is. Errors: `CANCELLED` (`CALLER_GONE`) and `DEADLINE_EXCEEDED` (`IMPORT_STALLED`) when nobody reads
    /// it.
    pub async fn tell(&self, report: R) -> Result<()> {
        match tokio::time::timeout(PATIENCE, self.reports.send(Ok(report))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Error::new(Code::Cancelled, "CALLER_GONE", "nobody reads the reports")),
            Err(_) => Err(stalled()),
        }
    }

    /// Ends with an error.
    pub async fn fail(self, error: Error) {
        // Nobody listens any more when this fails.
        let _ = self.reports.send(Err(error.into())).await;
    }
}

/// The refusal of a message that does not belong where it came: `INVALID_ARGUMENT` (`IMPORT_OUT_OF_ORDER`).
pub fn out_of_order(message: &'static str) -> Error {
    Error::new(Code::InvalidArgument, "IMPORT_OUT_OF_ORDER", message)
}

fn stalled() -> Error {
    let message = "nothing came for a minute; go on with the import, or send the file again";
    Error::new(Code::DeadlineExceeded, "IMPORT_STALLED", message)
}
