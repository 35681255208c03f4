//! The outbox's own suite, with talent's schema on both ends and talent's handler.

use chassis::Schema;
use outbox::conformance::{MIGRATIONS, Rig, SCENARIOS};
use testkit::{TestDatabase, TestRedis};
use usher_talent::Talent;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_of_the_outbox_holds_here() {
    let schema = Talent::schema();
    let schema = Schema { sets: [schema.sets, vec![("conformance", &MIGRATIONS)]].concat(), ..schema };
    for (_, scenario) in SCENARIOS {
        let (database, redis) = (TestDatabase::new(std::slice::from_ref(&schema)).await, TestRedis::new().await);
        let (producer, consumer) = (database.db("talent"), database.another_db("talent"));
        scenario(Rig { producer, consumer, redis: redis.access(), handler: Talent::handler() }).await;
        database.finish().await;
    }
}
