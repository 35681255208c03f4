//! One span, one log line and one histogram entry per request, all by the route's pattern. The address itself is never
//! written anywhere: a candidate's address is a credential.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    http::Method,
    middleware::Next,
    response::Response,
};
use chassis::telemetry;
use opentelemetry::{KeyValue, global, metrics::Histogram};
use tracing::Instrument as _;

/// How long requests take.
#[derive(Debug, Clone)]
pub struct Durations(Histogram<f64>);

impl Durations {
    /// In the process's metrics.
    pub fn new() -> Self {
        Self(global::meter("usher").f64_histogram("http.server.request.duration").with_unit("s").build())
    }
}

/// Follows a request through.
pub async fn follow(State(durations): State<Durations>, request: Request, next: Next) -> Response {
    let method = name_of(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or("unknown", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!(
        "http",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        http.request.method = method,
        http.route = route,
        http.response.status_code = tracing::field::Empty,
    );
    let parent = request.headers().get("traceparent").and_then(|value| value.to_str().ok()).unwrap_or_default();
    telemetry::continue_from(&span, parent);

    let start = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    let seconds = start.elapsed().as_secs_f64();
    span.record("http.response.status_code", status);
    durations.0.record(
        seconds,
        &[
            KeyValue::new("http.request.method", method),
            KeyValue::new("http.route", route.clone()),
            KeyValue::new("http.response.status_code", i64::from(status)),
        ],
    );
    span.in_scope(|| match status {
        500 => tracing::error!(method, route, status, seconds, "page failed"),
        501.. => tracing::warn!(method, route, status, seconds, "page not served"),
        _ => tracing::info!(method, route, status, seconds, "page"),
    });
    response
}

/// A method can be any word somebody sends; as labels they would grow without end.
fn name_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        _ => "_OTHER",
    }
}
