//! One trace from the work that says something to the work that hears it.

use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock, Mutex},
};

use async_trait::async_trait;
use chassis::{Result, TenantTx, telemetry};
use opentelemetry::trace::Link;
use opentelemetry_sdk::trace::InMemorySpanExporter;
use outbox::{Event, Handler, conformance::Rig};
use tracing::Instrument as _;

use crate::Ground;

/// What all tests of this process have exported.
static SPANS: LazyLock<InMemorySpanExporter> = LazyLock::new(testkit::recorded_telemetry);

/// Notes the trace that it works in.
#[derive(Default)]
struct Witness {
    traces: Mutex<Vec<String>>,
    takes_many: bool,
}

#[async_trait]
impl Handler for Witness {
    fn consumer(&self) -> &'static str {
        "witness"
    }

    fn sources(&self) -> &'static [&'static str] {
        &["mouth"]
    }

    async fn apply(&self, _: &mut TenantTx, _: &Event) -> Result<()> {
        self.traces.lock().unwrap().push(telemetry::traceparent());
        Ok(())
    }

    fn is_bulk(&self, _: &Event) -> bool {
        self.takes_many
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_handler_works_in_the_trace_of_the_writer() {
    let spans = &*SPANS;
    let ground = Ground::new().await;
    let witness = Arc::new(Witness::default());
    let stage = outbox::conformance::Stage::new(Rig { handler: witness.clone(), ..ground.rig() });
    let span = tracing::info_span!("write");
    let trace = telemetry::traceparent_of(&span)[3..35].to_owned();
    stage.say("a", &[1]).instrument(span).await;
    let (_producer, _follower) = (stage.produce(), stage.follow());
    stage.hears(&[("a", 1)]).await;
    let heard = witness.traces.lock().unwrap().clone();
    assert_eq!(heard.len(), 1);
    assert_eq!(&heard[0][3..35], trace, "the same trace");
    // Other tests of this process are recorded too.
    let consumed = || {
        let spans = spans.get_finished_spans().unwrap();
        let consumed = spans.iter().filter(|span| span.name == "consume usher.conformance.v1.Said");
        consumed.filter(|span| span.span_context.trace_id().to_string() == trace).count()
    };
    stage.eventually("the span is exported", async || consumed() == 1).await;
    ground.database.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_applied_together_is_linked_to_the_trace_of_each_writer() {
    let spans = &*SPANS;
    let ground = Ground::new().await;
    let witness = Arc::new(Witness { takes_many: true, ..Witness::default() });
    let stage = outbox::conformance::Stage::new(Rig { handler: witness.clone(), ..ground.rig() });
    let _producer = stage.produce();
    let mut traces = BTreeSet::new();
    for number in [1, 2] {
        let span = tracing::info_span!("write");
        traces.insert(telemetry::traceparent_of(&span)[3..35].to_owned());
        stage.say("a", &[number]).instrument(span).await;
    }
    stage.relayed(2).await;
    let _follower = stage.follow();
    stage.hears(&[("a", 1), ("a", 2)]).await;
    let heard = witness.traces.lock().unwrap().clone();
    assert_eq!(heard[0][3..35], heard[1][3..35], "both in one span");
    assert!(!traces.iter().any(|trace| *trace == heard[0][3..35]), "which is of a trace of its own");
    let linked = || {
        let spans = spans.get_finished_spans().unwrap();
        let consumed = spans.iter().find(|span| span.span_context.trace_id().to_string() == heard[0][3..35]);
        let trace = |link: &Link| link.span_context.trace_id().to_string();
        consumed.map(|span| span.links.iter().map(trace).collect::<BTreeSet<_>>())
    };
    stage.eventually("the span is exported with its links", async || linked().as_ref() == Some(&traces)).await;
    ground.database.finish().await;
}
