//! One trace from the work that says something to the work that hears it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chassis::{Result, TenantTx, telemetry};
use outbox::{Event, Handler, conformance::Rig};
use tracing::Instrument as _;

use crate::Ground;

/// Notes the trace that it works in.
#[derive(Default)]
struct Witness(Mutex<Vec<String>>);

#[async_trait]
impl Handler for Witness {
    fn consumer(&self) -> &'static str {
        "witness"
    }

    fn sources(&self) -> &'static [&'static str] {
        &["mouth"]
    }

    async fn apply(&self, _: &mut TenantTx, _: &Event) -> Result<()> {
        self.0.lock().unwrap().push(telemetry::traceparent());
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_handler_works_in_the_trace_of_the_writer() {
    let spans = testkit::recorded_telemetry();
    let ground = Ground::new().await;
    let witness = Arc::new(Witness::default());
    let stage = outbox::conformance::Stage::new(Rig { handler: witness.clone(), ..ground.rig() });
    let span = tracing::info_span!("write");
    let trace = telemetry::traceparent_of(&span)[3..35].to_owned();
    stage.say("a", &[1]).instrument(span).await;
    let (_producer, _follower) = (stage.produce(), stage.follow());
    stage.hears(&[("a", 1)]).await;
    let heard = witness.0.lock().unwrap().clone();
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
