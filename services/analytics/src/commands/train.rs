//! A tenant's model learns anew from who came and who did not.

use chassis::{Db, Error, Result, TenantCtx, TenantTx};
use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    domain::{
        generation::Generation,
        risk::{
            model::{Past, train},
            prior,
        },
        snapshot::{self, DISTANCE},
        story::Story,
    },
    queries::earlier::Others,
    store::{self, due::Task},
};

/// So long after it became known who came the model learns, so that a day of interviews is learned once.
pub const DELAY: TimeDelta = TimeDelta::hours(6);
/// What is longer ago than the last so many interviews says little of the next one.
const MOST: i64 = 50_000;
/// Roots that are looked at together.
const PAGE: usize = 500;
/// Into how many parts the later half of the history is cut, each forecast by what came before it.
const BLOCKS: usize = 5;

/// Learns from what has become known, and keeps what was learned. No transaction waits for the reckoning. Says the model's number;
/// `None` while no figures serve.
pub async fn run(db: &Db, ctx: &TenantCtx, lease: DateTime<Utc>) -> Result<Option<i32>> {
    let mut tx = db.begin(ctx).await?;
    let Some(serving) = store::generations::serving(&mut tx).await? else { return Ok(None) };
    let history = history(&mut tx, serving).await?;
    let version = store::risk::next_version(&mut tx).await?;
    drop(tx);
    let (numbered, time) = (number(version)?, db.clock().now().timestamp());
    // Some seconds of reckoning, which keep a core busy.
    let learned = tokio::task::spawn_blocking(move || train(&history, &prior::general(), BLOCKS, numbered, time)).await;
    let learned = learned.map_err(|error| Error::internal("a model could not be trained", &error))?;
    let model = learned.map_err(|error| Error::internal("a model could not be trained", &error))?;
    let mut tx = db.begin(ctx).await?;
    store::risk::insert(&mut tx, version, &model).await?;
    store::due::done(&mut tx, Task::Train, lease).await?;
    tx.commit().await?;
    Ok(Some(version))
}

/// Interviews that are over and depended on the candidate, as they were known a day before.
async fn history(tx: &mut TenantTx, serving: Generation) -> Result<Vec<Past>> {
    let roots = store::risk::attended_roots(tx, serving, MOST).await?;
    let mut history = Vec::new();
    for roots in roots.chunks(PAGE) {
        let facts = store::facts::of_roots(tx, serving, roots).await?;
        let others = Others::of(tx, serving, roots, &facts).await?;
        for (root, facts) in &facts {
            let story = Story::of(facts);
            for (id, interview) in &story.interviews {
                let (Some(missed), Some(attendance)) = (snapshot::missed(interview), interview.attendance) else {
                    continue;
                };
                let start = attendance.other_time.unwrap_or(attendance.time);
                let at = start - DISTANCE;
                // One that was arranged within the day is known as it was when it was arranged.
                let at = interview.scheduled.map_or(at, |scheduled| at.max(scheduled.time));
                let earlier = others.earlier(*root, *id, at);
                history.push(Past {
                    known: snapshot::known(&story, *id, at, earlier),
                    missed,
                    start: start.timestamp(),
                });
            }
        }
    }
    Ok(history)
}

/// A model's number, as the model itself counts.
fn number(version: i32) -> Result<u32> {
    u32::try_from(version).map_err(|error| Error::internal("a model's number is negative", &error))
}
