//! Logs, traces and metrics.
//!
//! A trace is one thread through gRPC, the outbox, Redis and the consumers: [`traceparent`] writes the W3C context of
//! the work at hand wherever work is handed on, and [`continue_from`] ties a span to what was read back. Personal data
//! never goes into a span or a log line; ids do.

use opentelemetry::{
    global,
    propagation::{Extractor, Injector, TextMapPropagator as _},
    trace::{TraceContextExt as _, TracerProvider as _},
};
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::{
    Resource, metrics::SdkMeterProvider, propagation::TraceContextPropagator, trace::SdkTracerProvider,
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, Registry, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::config::{LogFormat, Telemetry};

/// Links of a span at most: work that is done at once for many is linked to each of them.
const LINKS: u32 = 200;

/// Keeps telemetry alive; flushes what is left when it is shut down.
#[derive(Debug)]
pub struct Guard {
    traces: Option<SdkTracerProvider>,
    metrics: SdkMeterProvider,
    registry: prometheus::Registry,
}

/// Where log lines go.
pub type LogWriter = tracing_subscriber::fmt::writer::BoxMakeWriter;

/// Starts telemetry for the process. Once per process; a second call fails.
pub fn init(settings: &Telemetry, writer: LogWriter) -> anyhow::Result<Guard> {
    let traces = if settings.otlp_endpoint.is_empty() {
        None
    } else {
        let exporter =
            opentelemetry_otlp::SpanExporter::builder().with_tonic().with_endpoint(&settings.otlp_endpoint).build()?;
        let traces = SdkTracerProvider::builder().with_resource(resource()).with_max_links_per_span(LINKS);
        Some(traces.with_batch_exporter(exporter).build())
    };
    init_with(settings, writer, traces)
}

/// Starts telemetry with a given destination for traces; for tests that read them back.
pub fn init_with(settings: &Telemetry, writer: LogWriter, traces: Option<SdkTracerProvider>) -> anyhow::Result<Guard> {
    let filter = EnvFilter::try_new(&settings.log)?;
    let lines: Box<dyn tracing_subscriber::Layer<Registry> + Send + Sync> = match settings.log_format {
        LogFormat::Text => {
            tracing_subscriber::fmt::layer().with_ansi(false).with_writer(writer).with_filter(filter).boxed()
        }
        LogFormat::Json => tracing_subscriber::fmt::layer().json().with_writer(writer).with_filter(filter).boxed(),
    };
    let spans = traces.as_ref().map(|provider| {
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("usher"))
            .with_filter(tracing_subscriber::filter::LevelFilter::INFO)
    });
    tracing_subscriber::registry().with(lines).with(spans).try_init()?;

    let registry = prometheus::Registry::new();
    let reader = opentelemetry_prometheus::exporter().with_registry(registry.clone()).build()?;
    let metrics = SdkMeterProvider::builder().with_resource(resource()).with_reader(reader).build();
    global::set_meter_provider(metrics.clone());
    Ok(Guard { traces, metrics, registry })
}

fn resource() -> Resource {
    Resource::builder().with_service_name("usher").build()
}

impl Guard {
    /// What `/metrics` shows.
    pub fn registry(&self) -> &prometheus::Registry {
        &self.registry
    }

    /// Sends what has not been sent yet.
    pub fn shutdown(self) {
        if let Some(traces) = self.traces {
            let _ = traces.shutdown();
        }
        let _ = self.metrics.shutdown();
    }
}

/// The W3C trace context of the current span; empty when there is none.
pub fn traceparent() -> String {
    traceparent_of(&Span::current())
}

/// The W3C trace context of a span; empty when there is none.
pub fn traceparent_of(span: &Span) -> String {
    let mut carrier = Carrier(String::new());
    TraceContextPropagator::new().inject_context(&span.context(), &mut carrier);
    carrier.0
}

/// Makes a span part of the trace that a `traceparent` names. Empty or malformed text changes nothing.
pub fn continue_from(span: &Span, traceparent: &str) {
    if !traceparent.is_empty() {
        let context = TraceContextPropagator::new().extract(&Carrier(traceparent.to_owned()));
        // Refused only where tracing is off, which is no error.
        let _ = span.set_parent(context);
    }
}

/// Links a span to the one that a `traceparent` names, of which it is no part. Empty or malformed text changes nothing.
pub fn link(span: &Span, traceparent: &str) {
    if !traceparent.is_empty() {
        let context = TraceContextPropagator::new().extract(&Carrier(traceparent.to_owned()));
        span.add_link(context.span().span_context().clone());
    }
}

struct Carrier(String);

impl Injector for Carrier {
    fn set(&mut self, key: &str, value: String) {
        if key == "traceparent" {
            self.0 = value;
        }
    }
}

impl Extractor for Carrier {
    fn get(&self, key: &str) -> Option<&str> {
        (key == "traceparent").then_some(self.0.as_str())
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent"]
    }
}
