//! Something happened about an interview: it is written down, and what is followed up next is planned anew.

use chassis::{Result, TenantTx};

use crate::{
    domain::{
        cadence::{Cadence, Standing, next},
        interview::{Interview, InterviewId},
        moment::{Moment, What},
        timer::TimerKind,
    },
    store,
};

/// Writes down what happened with a locked interview, and plans what comes next.
pub async fn happened(tx: &mut TenantTx, cadence: &Cadence, interview: &Interview, what: Vec<What>) -> Result<()> {
    let moments = write(tx, interview.id, what).await?;
    plan(tx, cadence, interview.id, &moments).await
}

/// Writes down how it ended. Nothing comes next.
pub async fn ended(tx: &mut TenantTx, interview: &Interview, what: What) -> Result<()> {
    write(tx, interview.id, vec![what]).await?;
    store::timers::clear(tx, &[interview.id.0], &[TimerKind::FollowUp]).await
}

/// Sets the timer to the first rule that is due, or clears it when none is going to be.
pub async fn plan(tx: &mut TenantTx, cadence: &Cadence, id: InterviewId, moments: &[Moment]) -> Result<()> {
    let rules = cadence.rules(&store::settings::get(tx).await?);
    match next(&rules, &Standing::after(moments)) {
        Some((_, due)) => store::timers::set(tx, TimerKind::FollowUp, &[(id.0, due.at)]).await,
        None => store::timers::clear(tx, &[id.0], &[TimerKind::FollowUp]).await,
    }
}

/// The answer is all that happened.
async fn write(tx: &mut TenantTx, id: InterviewId, what: Vec<What>) -> Result<Vec<Moment>> {
    let now = tx.now();
    let mut moments = store::moments::of(tx, id).await?;
    let standing = moments.len();
    moments.extend(what.into_iter().map(|what| Moment { time: now, what }));
    store::moments::append(tx, id, standing, &moments[standing..]).await?;
    Ok(moments)
}
