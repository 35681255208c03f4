//! The suite on bare schemas.

use std::sync::Arc;

use chassis::Schema;
use outbox::conformance::Deaf;

use crate::Ground;

macro_rules! scenarios {
    ($($name:ident),* $(,)?) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let ground = Ground::new().await;
            outbox::conformance::$name(ground.rig()).await;
            ground.database.finish().await;
        })*

        #[test]
        fn none_is_left_out() {
            assert_eq!([$(stringify!($name)),*].len(), outbox::conformance::SCENARIOS.len());
        }
    };
}

scenarios!(
    overlapping_commits,
    duplicates_in_the_stream,
    crash_before_commit,
    crash_after_commit,
    redis_forgets,
    trimmed_stream,
    racing_followers,
    racing_sequencers,
    restored_producer,
    restored_producer_goes_on,
    poison,
    passing_trouble,
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_may_listen_to_itself() {
    let sets = vec![("outbox", &outbox::MIGRATIONS)];
    let schema = Schema { name: "choir", sets, system_tables: outbox::SYSTEM_TABLES.to_vec() };
    testkit::outbox_conformance(&schema, Arc::new(Deaf)).await;
}
