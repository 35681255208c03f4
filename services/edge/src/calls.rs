//! Calls in the name of the edge itself, where a link says whose page it is.

use std::time::Duration;

use chassis::{Error, Result};
use tonic::{Code, Request};

use crate::{App, failure::Failure};

/// Somebody is waiting in front of a screen.
const PATIENCE: Duration = Duration::from_secs(10);

/// A call that is waited for no longer than somebody would.
pub fn request<M>(app: &App, message: M) -> Result<Request<M>> {
    let mut request = app.peers.request(None, message)?;
    request.set_timeout(PATIENCE);
    Ok(request)
}

/// What a refusal means where no notice fits. A link that is not accepted is a page that does not exist.
pub fn failure(error: impl Into<Error>) -> Failure {
    let error = error.into();
    match error.code() {
        Code::Unauthenticated if error.reason() == "LINK_INVALID" => Failure::NotFound,
        Code::InvalidArgument => Failure::Unreadable,
        _ => error.into(),
    }
}
