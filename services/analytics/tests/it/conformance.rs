//! The outbox's own suite, with the schema of analytics on both ends and its handler.

use usher_analytics::Analytics;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_of_the_outbox_holds_here() {
    testkit::outbox_conformance(&Analytics::schema(), Analytics::handler()).await;
}
