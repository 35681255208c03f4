//! Waiting until the suite has nothing left to do at this moment of its clock: a condition, never a time.
//!
//! Each step of what the suite does leaves its mark before the one before it is gone: a timer that goes off appends to the
//! outbox in its transaction, a consumer's effect and its cursor are one commit, a message leaves the queue as its fact is
//! appended. So if no timer is due, no message waits, and everything that was said has been heard, at the beginning and at the
//! end of a look in which nothing new was said, the suite rests.

use std::time::Duration;

use testkit::{Site, within};

/// Services that say something.
const SOURCES: [&str; 4] = ["ats", "talent", "outreach", "analytics"];
/// The longest that thousands of people keep it busy.
const PATIENCE: Duration = Duration::from_mins(10);

/// Waits for it.
pub async fn rest(site: &Site) {
    within(PATIENCE, "the suite rests", async || {
        let before = said(site).await;
        if is_busy(site).await {
            return false;
        }
        site.settle().await;
        !is_busy(site).await && said(site).await == before
    })
    .await;
}

/// How much was said so far.
async fn said(site: &Site) -> i64 {
    let mut sum = 0;
    for source in SOURCES {
        sum += count(site, source, "SELECT coalesce(sum(position), 0)::bigint FROM outbox_head").await;
        sum += count(site, source, "SELECT count(*) FROM outbox WHERE position IS NULL").await;
    }
    sum
}

/// Whether something is due that nobody has done yet.
async fn is_busy(site: &Site) -> bool {
    due(site, "ats", "SELECT count(*) FROM timers WHERE state = 1 AND due_time <= $1").await
        || due(site, "outreach", "SELECT count(*) FROM open_messages WHERE next_time <= $1").await
        // Being drawn, or being written for.
        || count(site, "talent", "SELECT count(*) FROM campaigns WHERE state IN (2, 3)").await > 0
        || count(site, "talent", "SELECT count(*) FROM campaign_messages WHERE recall").await > 0
}

async fn due(site: &Site, service: &'static str, query: &'static str) -> bool {
    let mut tx = site.db(service).begin_system().await.expect("the database answers");
    let now = site.clock().now();
    sqlx::query_scalar::<_, i64>(query).bind(now).fetch_one(tx.conn()).await.expect("a count") > 0
}

async fn count(site: &Site, service: &'static str, query: &'static str) -> i64 {
    let mut tx = site.db(service).begin_system().await.expect("the database answers");
    sqlx::query_scalar(query).fetch_one(tx.conn()).await.expect("a count")
}
