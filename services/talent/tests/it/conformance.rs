//! The outbox's own suite, with talent's schema on both ends and its handler.

use usher_talent::Talent;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_of_the_outbox_holds_here() {
    testkit::outbox_conformance(&Talent::schema(), Talent::handler()).await;
}
