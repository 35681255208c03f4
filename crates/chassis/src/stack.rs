//! What every RPC passes on its way in, outermost first. This list is the whole of it:
//!
//! 1. **trace**: a span that joins the caller's trace, one log line and one histogram entry per call
//! 2. **deadline**: the caller's `grpc-timeout`, never longer than ours; work past it is dropped
//! 3. **shed**: more than so many at once are told to come back, before anything is spent on them
//! 4. **authenticate**: a bearer becomes a [`Caller`](crate::caller::Caller)
//! 5. **authorize**: the authorization table of the contract, held against the caller's role
//!
//! Then the codec checks the message against its `.proto` rules, and the handler opens its transaction, which is where
//! idempotency lives, because only there can the answer and the effect become durable together.
//!
//! Health and reflection pass 1–3 only.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use http::HeaderMap;
use opentelemetry::{KeyValue, global, metrics::Histogram};
use tokio::sync::Semaphore;
use tonic::{Code, Status};
use tracing::Instrument as _;
use usher_proto::{Method, accounts::v1::Role};

use crate::{
    auth::Authenticator,
    config::Grpc,
    error::{Error, Result},
    telemetry,
};

/// What the layers share.
#[derive(Debug)]
pub struct Stack {
    authenticator: Authenticator,
    places: Semaphore,
    longest: Duration,
    durations: Histogram<f64>,
}

impl Stack {
    /// With the listener's limits.
    pub fn new(settings: &Grpc, authenticator: Authenticator) -> Arc<Self> {
        let durations = global::meter("usher").f64_histogram("rpc.server.duration").with_unit("s").build();
        Arc::new(Self {
            authenticator,
            places: Semaphore::new(settings.max_concurrent_requests),
            longest: Duration::from_secs(settings.deadline_seconds),
            durations,
        })
    }

    /// Puts the stack around the services. A layer added later lies further out.
    pub fn wrap(self: &Arc<Self>, services: axum::Router) -> axum::Router {
        services
            .layer(from_fn_with_state(self.clone(), authenticate_and_authorize))
            .layer(from_fn_with_state(self.clone(), shed))
            .layer(from_fn_with_state(self.clone(), deadline))
            .layer(from_fn_with_state(self.clone(), trace))
    }
}

async fn trace(State(stack): State<Arc<Stack>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let (service, method) = path.trim_start_matches('/').split_once('/').unwrap_or((path.as_str(), ""));
    let span = tracing::info_span!(
        "rpc",
        otel.name = path.trim_start_matches('/'),
        otel.kind = "server",
        rpc.system = "grpc",
        rpc.service = service,
        rpc.method = method,
        rpc.grpc.status_code = tracing::field::Empty,
    );
    telemetry::continue_from(&span, header(request.headers(), "traceparent"));
    let start = tokio::time::Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    let code = code_of(&response);
    let seconds = start.elapsed().as_secs_f64();
    span.record("rpc.grpc.status_code", code as i32);
    // Unknown paths are somebody's guesses; as labels they would grow without end.
    let known = if usher_proto::method(&path).is_some() { path.clone() } else { "other".to_owned() };
    stack.durations.record(
        seconds,
        &[KeyValue::new("rpc.method", known), KeyValue::new("rpc.grpc.status_code", i64::from(code as i32))],
    );
    span.in_scope(|| match code {
        Code::Internal | Code::Unknown | Code::DataLoss => tracing::error!(path, ?code, seconds, "call failed"),
        Code::Unavailable | Code::DeadlineExceeded => tracing::warn!(path, ?code, seconds, "call not served"),
        _ => tracing::debug!(path, ?code, seconds, "call"),
    });
    response
}

async fn deadline(State(stack): State<Arc<Stack>>, request: Request, next: Next) -> Response {
    let asked = parse_timeout(header(request.headers(), "grpc-timeout")).unwrap_or(stack.longest);
    match tokio::time::timeout(asked.min(stack.longest), next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            refuse(Error::new(Code::DeadlineExceeded, "DEADLINE_EXCEEDED", "the deadline passed before the answer"))
        }
    }
}

async fn shed(State(stack): State<Arc<Stack>>, request: Request, next: Next) -> Response {
    // Probes must get through when everything else is full, else a busy process is killed for being busy.
    if is_open(request.uri().path()) {
        return next.run(request).await;
    }
    match stack.places.try_acquire() {
        Ok(_place) => next.run(request).await,
        Err(_) => refuse(Error::unavailable("OVERLOADED", "too many requests at once")),
    }
}

async fn authenticate_and_authorize(State(stack): State<Arc<Stack>>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if is_open(path) {
        return next.run(request).await;
    }
    let Some(method) = usher_proto::method(path) else {
        return refuse(Error::new(Code::Unimplemented, "METHOD_UNKNOWN", "there is no such method"));
    };
    let authorization = header(request.headers(), "authorization").to_owned();
    match admit(&stack.authenticator, method, &authorization).await {
        Ok(caller) => {
            if let Some(caller) = caller {
                request.extensions_mut().insert(caller);
            }
            name_oversize(next.run(request).await)
        }
        Err(error) => refuse(error),
    }
}

async fn admit(
    authenticator: &Authenticator,
    method: &Method,
    authorization: &str,
) -> Result<Option<crate::caller::Caller>> {
    if method.public {
        return Ok(None);
    }
    if authorization.is_empty() {
        return Err(Error::unauthenticated("TOKEN_MISSING", "this method needs an `authorization: Bearer` header"));
    }
    let caller = authenticator.authenticate(authorization).await?;
    if method.roles.contains(&(caller.role as i32)) {
        return Ok(Some(caller));
    }
    let allowed: Vec<_> =
        method.roles.iter().filter_map(|role| Role::try_from(*role).ok()).map(crate::auth::role_name).collect();
    Err(Error::permission_denied("ROLE_INSUFFICIENT", "your role may not do this").with("allowed", allowed.join(",")))
}

/// tonic refuses a message over its limit (4 MiB) before any codec sees it, with a text and no reason; this gives the
/// refusal its canonical code and reason.
fn name_oversize(response: Response) -> Response {
    let oversize = response
        .headers()
        .get("grpc-message")
        .is_some_and(|text| text.to_str().is_ok_and(|text| text.contains("decoded%20message%20length%20too%20large")));
    if !oversize {
        return response;
    }
    refuse(Error::new(
        Code::ResourceExhausted,
        "MESSAGE_TOO_LARGE",
        "the message is over 4 MiB; send less at once, or in pieces where the method takes a stream",
    ))
}

/// Health and reflection say nothing about anybody.
fn is_open(path: &str) -> bool {
    path.starts_with("/grpc.health.v1.Health/") || path.starts_with("/grpc.reflection.")
}

fn refuse(error: Error) -> Response {
    Status::from(error).into_http()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The status of an answer that has its status in its headers; others succeeded so far as is known here.
fn code_of(response: &Response) -> Code {
    response.headers().get("grpc-status").map_or(Code::Ok, |value| Code::from_bytes(value.as_bytes()))
}

/// `grpc-timeout`: up to eight digits and a unit (gRPC over HTTP/2, "Timeout").
fn parse_timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.len() > 8 {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(amount * 3600)),
        "M" => Some(Duration::from_secs(amount * 60)),
        "S" => Some(Duration::from_secs(amount)),
        "m" => Some(Duration::from_millis(amount)),
        "u" => Some(Duration::from_micros(amount)),
        "n" => Some(Duration::from_nanos(amount)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_timeouts_and_survives_others() {
        assert_eq!(parse_timeout("250m"), Some(Duration::from_millis(250)));
        assert_eq!(parse_timeout("99999999H"), Some(Duration::from_secs(99_999_999 * 3600)));
        for text in ["", "m", "1", "1x", "-1S", "999999999S", "1\u{e9}"] {
            assert_eq!(parse_timeout(text), None, "{text}");
        }
    }
}
