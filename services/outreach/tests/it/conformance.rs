//! The outbox's own suite, with the schema of outreach on both ends and its handler.

use usher_outreach::Outreach;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_of_the_outbox_holds_here() {
    testkit::outbox_conformance(&Outreach::schema(), Outreach::handler()).await;
}
