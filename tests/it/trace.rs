//! One trace from the RPC through outbox, Redis and consumers to the mail.

use std::collections::BTreeMap;

use opentelemetry_sdk::trace::InMemorySpanExporter;
use testkit::eventually;
use usher_tests::{application, candidate, interview, scheduled, suite};

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_runs_from_the_call_to_the_mail() {
    let spans = testkit::recorded_telemetry();
    let mail = tempfile::tempdir().unwrap();
    let site = suite(mail.path()).await;
    let tenant = site.tenant();
    let person = candidate(&site, &tenant, "lin.xiao@example.com").await;
    let (_, application) = application(&site, &tenant, &person).await;
    scheduled(&site, &tenant, interview(&site, &application, 3)).await;

    let wanted = [
        "usher.ats.v1.InterviewService/ScheduleInterview",
        "consume usher.ats.v1.MessageRequested",
        "prepare message",
        "usher.talent.v1.CandidateService/BatchGetRecipients",
        "usher.ats.v1.CandidateCentreService/BatchCreateCentreLinks",
        "send message",
        "consume usher.outreach.v1.MessageSent",
    ];
    eventually("one trace holds all of it", async || {
        by_trace(&spans).values().any(|names| wanted.iter().all(|wanted| names.iter().any(|name| name == wanted)))
    })
    .await;
    assert_eq!(std::fs::read_dir(mail.path()).unwrap().count(), 1);
}

fn by_trace(spans: &InMemorySpanExporter) -> BTreeMap<String, Vec<String>> {
    let mut traces: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for span in spans.get_finished_spans().unwrap() {
        traces.entry(span.span_context.trace_id().to_string()).or_default().push(span.name.to_string());
    }
    traces
}
