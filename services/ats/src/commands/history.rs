//! Something happened about an interview or an offer: it is written down, and what is followed up next is planned anew.

use chassis::{Result, TenantTx};

use crate::{
    domain::{
        cadence::{Cadence, Standing, next},
        moment::{Moment, Subject, What},
        settings::Settings,
    },
    store,
};

/// Writes down what happened with what the caller has locked, and plans what comes next.
pub async fn happened(
    tx: &mut TenantTx,
    cadence: &Cadence,
    subject: impl Into<Subject>,
    what: Vec<What>,
) -> Result<()> {
    let subject = subject.into();
    let moments = write(tx, subject, what).await?;
    let settings = store::settings::get(tx).await?;
    plan(tx, cadence, &settings, subject, &moments).await
}

/// Writes down how it ended, unless it had ended before. Nothing comes next.
pub async fn ended(tx: &mut TenantTx, subject: impl Into<Subject>, what: What) -> Result<()> {
    let subject = subject.into();
    let moments = store::moments::of(tx, subject).await?;
    if !Standing::after(&moments).is_over() {
        let end = Moment { time: tx.now(), what };
        store::moments::append(tx, subject, moments.len(), &[end]).await?;
    }
    store::timers::clear(tx, &[subject.uuid()], &[subject.timer()]).await
}

/// Sets the timer to the first rule that is due. It waits though none is going to be, for as long as other rules could
/// make it.
pub async fn plan(
    tx: &mut TenantTx,
    cadence: &Cadence,
    settings: &Settings,
    subject: Subject,
    moments: &[Moment],
) -> Result<()> {
    let standing = Standing::after(moments);
    if standing.is_over() {
        return store::timers::clear(tx, &[subject.uuid()], &[subject.timer()]).await;
    }
    let due = next(&cadence.rules(settings), &standing).map(|(_, due)| due.at);
    store::timers::plan(tx, subject, due, settings.version).await
}

/// The answer is all that happened.
async fn write(tx: &mut TenantTx, subject: Subject, what: Vec<What>) -> Result<Vec<Moment>> {
    let now = tx.now();
    let mut moments = store::moments::of(tx, subject).await?;
    let standing = moments.len();
    moments.extend(what.into_iter().map(|what| Moment { time: now, what }));
    store::moments::append(tx, subject, standing, &moments[standing..]).await?;
    Ok(moments)
}
