//! A pass over all comparisons: proposes what shows, and withdraws what does not show any more.

use chassis::{Result, TenantTx};
use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    domain::insight::finding::{Finding, Pass},
    queries::comparisons,
    store::{self, due::Task},
};

/// Three in the night in China, nine in the evening in Europe: passes are in nobody's way.
const NIGHT: TimeDelta = TimeDelta::hours(19);

/// As far back as anything is looked at, with time to spare.
const REACH: TimeDelta = TimeDelta::days(270);

/// Looks now. Says how many comparisons there was enough data for.
pub async fn run(tx: &mut TenantTx) -> Result<usize> {
    store::insights::hold(tx).await?;
    let now = tx.now();
    let pass = Pass::of(&comparisons::all(tx, now).await?);
    let known = store::insights::topics(tx).await?;
    let proposed: Vec<String> = pass.proposed.iter().map(Finding::topic).collect();
    let gone: Vec<_> = known
        .into_iter()
        .filter(|topic| !proposed.contains(topic))
        .map(|topic| (topic.clone(), pass.withdrawal(&topic)))
        .collect();
    store::insights::withdraw(tx, &gone).await?;
    store::insights::confirm(tx, &pass.proposed).await?;
    store::insights::note_look(tx).await?;
    // What settled or holds today may be otherwise tomorrow, also where nothing more is heard.
    if store::cells::any_since(tx, (now - REACH).date_naive()).await? {
        store::due::note(tx, Task::Look, next_night(now)).await?;
    }
    Ok(pass.comparisons())
}

/// When the next nightly pass is.
pub fn next_night(now: DateTime<Utc>) -> DateTime<Utc> {
    let night = now.date_naive().and_time(chrono::NaiveTime::MIN).and_utc() + NIGHT;
    if night > now { night } else { night + TimeDelta::days(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_is_always_ahead() {
        let time = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(next_night(time("2026-11-30T18:59:59Z")), time("2026-11-30T19:00:00Z"));
        assert_eq!(next_night(time("2026-11-30T19:00:00Z")), time("2026-12-01T19:00:00Z"));
    }
}
