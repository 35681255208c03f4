//! The outbox's own suite, with the schema of accounts, which listens to nobody, on both ends.

use std::sync::Arc;

use usher_accounts::Accounts;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_of_the_outbox_holds_here() {
    testkit::outbox_conformance(&Accounts::schema(), Arc::new(testkit::conformance::Deaf)).await;
}
