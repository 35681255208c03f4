//! The outbox's own suite, with the schema of ats on both ends and its handler.

use usher_ats::Ats;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_of_the_outbox_holds_here() {
    testkit::outbox_conformance(&Ats::schema(), Ats::handler(24)).await;
}
