//! Handlers that misbehave.

use async_trait::async_trait;
use chassis::{Result, TenantTx};
use outbox::{Event, Follower, Handler, conformance::Said};
use tokio_util::sync::CancellationToken;

use crate::Ground;

/// Fails at 2 in the database and says that all is well.
struct Liar;

#[async_trait]
impl Handler for Liar {
    fn consumer(&self) -> &'static str {
        "liar"
    }

    fn sources(&self) -> &'static [&'static str] {
        &["mouth"]
    }

    async fn apply(&self, tx: &mut TenantTx, event: &Event) -> Result<()> {
        let Some(said) = outbox::read::<Said>(event)? else { return Ok(()) };
        let tenant = tx.tenant();
        let insert = "INSERT INTO conformance_effect (tenant_id, subject, number) VALUES ($1, $2, $3)";
        // A number that is no number breaks the transaction; the answer is thrown away.
        let number = if said.number == 2 { None } else { i32::try_from(said.number).ok() };
        let _ = sqlx::query(insert).bind(tenant).bind(&event.subject).bind(number).execute(tx.conn()).await;
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failure_that_a_handler_hides_is_found() {
    let ground = Ground::new().await;
    let stage = ground.stage();
    let _producer = stage.produce();
    stage.say("a", &[1]).await;
    stage.say("b", &[2]).await;
    stage.say("c", &[3]).await;
    stage.relayed(3).await;
    let log = outbox::LocalLog::new(vec![ground.database.db("mouth")]);
    let (db, redis) = (ground.database.db("ear"), ground.redis.access());
    let follower = Follower::new(db, redis, log, Liar, stage.settings.clone());
    let stop = CancellationToken::new();
    let following = tokio::spawn(follower.run(stop.clone()));
    stage.hears(&[("a", 1), ("c", 3)]).await;
    assert_eq!(stage.parked().await, [("b".to_owned(), 1)]);
    stop.cancel();
    following.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_can_not_resume_what_nobody_follows() {
    let ground = Ground::new().await;
    let error = outbox::resume(&ground.database.db("ear"), "nobody", "mouth", 0, None).await.unwrap_err();
    assert_eq!(error.reason(), "CURSOR_UNKNOWN");
    ground.database.finish().await;
}
