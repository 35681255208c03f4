//! Something happened about an interview or an offer: it is written down, and what is followed up next is planned anew.

use std::collections::BTreeMap;

use chassis::{Result, TenantTx};
use uuid::Uuid;

use crate::{
    domain::{
        cadence::{Cadence, Standing, next},
        moment::{Moment, Subject, What},
        settings::Settings,
        timer::TimerKind,
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
    happened_all(tx, cadence, BTreeMap::from([(subject.into(), what)])).await
}

/// As [`happened`], of many at once.
pub async fn happened_all(tx: &mut TenantTx, cadence: &Cadence, what: BTreeMap<Subject, Vec<What>>) -> Result<()> {
    if what.is_empty() {
        return Ok(());
    }
    let histories = write(tx, what).await?;
    let settings = store::settings::get(tx).await?;
    plan_all(tx, cadence, &settings, &histories).await
}

/// Writes down how it ended, unless it had ended before. Nothing comes next.
pub async fn ended(tx: &mut TenantTx, subject: impl Into<Subject>, what: What) -> Result<()> {
    let subject = subject.into();
    let moments = store::moments::of(tx, subject).await?;
    if !Standing::after(&moments).is_over() {
        let end = Moment { time: tx.now(), what };
        store::moments::append(tx, &[(subject, moments.len(), end)]).await?;
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
    moments: Vec<Moment>,
) -> Result<()> {
    plan_all(tx, cadence, settings, &BTreeMap::from([(subject, moments)])).await
}

async fn plan_all(
    tx: &mut TenantTx,
    cadence: &Cadence,
    settings: &Settings,
    histories: &BTreeMap<Subject, Vec<Moment>>,
) -> Result<()> {
    let rules = cadence.rules(settings);
    let (mut over, mut planned) = (Vec::new(), Vec::with_capacity(histories.len()));
    for (subject, moments) in histories {
        let standing = Standing::after(moments);
        if standing.is_over() {
            over.push(subject.uuid());
        } else {
            planned.push((*subject, next(&rules, &standing).map(|(_, due)| due.at)));
        }
    }
    store::timers::clear(tx, &over, &[TimerKind::FollowUp, TimerKind::OfferFollowUp]).await?;
    store::timers::plan(tx, &planned, settings.version).await
}

/// The answer is all that happened.
async fn write(tx: &mut TenantTx, what: BTreeMap<Subject, Vec<What>>) -> Result<BTreeMap<Subject, Vec<Moment>>> {
    let now = tx.now();
    let subjects: Vec<Uuid> = what.keys().map(|subject| subject.uuid()).collect();
    let mut standing = store::moments::of_all(tx, &subjects).await?;
    let (mut histories, mut fresh) = (BTreeMap::new(), Vec::new());
    for (subject, what) in what {
        let mut moments = standing.remove(&subject.uuid()).unwrap_or_default();
        for what in what {
            let moment = Moment { time: now, what };
            fresh.push((subject, moments.len(), moment.clone()));
            moments.push(moment);
        }
        histories.insert(subject, moments);
    }
    store::moments::append(tx, &fresh).await?;
    Ok(histories)
}
