//! A new index in the place of one that serves, when an operator asks for it.
//!
//! The old one serves and is kept up until the new one has come as far. Processes take turns, so that they do not all read
//! everybody at once.

use std::{pin::pin, sync::Arc, time::Duration};

use chassis::Result;
use tokio_util::sync::CancellationToken;

use super::{Replica, Serving, build, follow::follow_on};
use crate::store::index_rebuild;

/// Between two looks at whether somebody has asked, and whose turn it is.
const EVERY: Duration = Duration::from_secs(2);

/// Keeps an index up until a new one can take its place, which is the answer; `None` when stopped.
pub async fn follow_until_succeeded(
    replica: &Replica,
    serving: &Serving,
    stop: &CancellationToken,
) -> Result<Option<Arc<Serving>>> {
    let enough = stop.child_token();
    let mut following = pin!(follow_on(replica, serving, &enough));
    let next = tokio::select! {
        outcome = &mut following => return outcome.map(|()| None),
        next = successor(replica, serving, stop) => next,
    };
    enough.cancel();
    // How the last commit of the old one went is of no interest any more.
    drop(following.await);
    // The old one stands still from here on: whatever it has shown, the new one shows as well.
    catch_up(replica, serving, &next, stop).await?;
    // Stopped, it may not have arrived.
    Ok(if stop.is_cancelled() { None } else { Some(next) })
}

/// Waits until another index is asked for than the one that serves; the answer is one that has caught up with it.
async fn successor(replica: &Replica, serving: &Serving, stop: &CancellationToken) -> Arc<Serving> {
    let mut rounds = replica.0.db.clock().rounds(EVERY);
    loop {
        match renew(replica, serving, stop).await {
            Ok(Some(next)) => return next,
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the index could not be built anew; the next round will"),
        }
        rounds.next().await;
    }
}

async fn renew(replica: &Replica, serving: &Serving, stop: &CancellationToken) -> Result<Option<Arc<Serving>>> {
    let asked = index_rebuild::asked(&mut replica.0.db.begin_system().await?).await?;
    // A database that was restored counts from an earlier number on.
    if asked == serving.reached.borrow().rebuild() {
        return Ok(None);
    }
    // An attempt that was given up may have left one, with people in the clear. They wait for no turn.
    build::remove_others(&replica.0.folder, &serving.index).await?;
    let Some(_turn) = index_rebuild::turn(&replica.0.db).await? else { return Ok(None) };
    tracing::info!(request = asked, "an index is built anew, as somebody has asked for it");
    let next = Serving::of(build::build(replica, stop).await?);
    catch_up(replica, serving, &next, stop).await?;
    Ok(Some(next))
}

/// Follows with the new index until it has come as far as the one that serves, which may go on meanwhile.
async fn catch_up(replica: &Replica, serving: &Serving, next: &Serving, stop: &CancellationToken) -> Result<()> {
    let enough = stop.child_token();
    let arrive = async {
        let mut reached = next.reached.subscribe();
        tokio::select! {
            _ = reached.wait_for(|place| place.is_behind_none_of(&serving.reached.borrow())) => {}
            () = stop.cancelled() => {}
        }
        enough.cancel();
        Ok(())
    };
    // Following ends between two commits and not within one, so that whoever goes on with it finds nothing half done.
    tokio::try_join!(follow_on(replica, next, &enough), arrive)?;
    Ok(())
}
