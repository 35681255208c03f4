//! What it does when time passes.

use std::time::Duration;

use chassis::{Db, Result, TenantCtx};
use tokio_util::sync::CancellationToken;

use crate::{
    commands::follow_up,
    domain::cadence::Kind,
    store::timers::{self, Due},
};

/// Timers per look.
const LOOK: i64 = 200;
/// Between two looks when nothing is due.
const EVERY: Duration = Duration::from_millis(500);

/// Lets due timers go off, in every tenant, until stopped. Any number of processes may do it at once.
pub async fn follow_up(db: Db, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match look(&db).await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => tracing::warn!(%error, "due timers could not be looked at; the next look will"),
        }
        tokio::select! {
            () = db.clock().tick(EVERY) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// One look. The answer is how many went off.
async fn look(db: &Db) -> Result<usize> {
    let mut system = db.begin_system().await?;
    let due = timers::due(&mut system, LOOK).await?;
    drop(system);
    let mut done = 0;
    for timer in due {
        // One that can not go off must not keep the others from it.
        match go_off(db, timer).await {
            Ok(()) => done += 1,
            Err(error) => {
                tracing::error!(interview = %timer.interview_id, kind = timer.kind, %error, "a timer could not go off");
            }
        }
    }
    Ok(done)
}

async fn go_off(db: &Db, timer: Due) -> Result<()> {
    let Some(kind) = Kind::of(timer.kind) else { return Ok(()) };
    let mut tx = db.begin(&TenantCtx::service(timer.tenant_id, "ats")).await?;
    follow_up::run(&mut tx, timer.interview_id, kind).await?;
    tx.commit().await?;
    Ok(())
}
