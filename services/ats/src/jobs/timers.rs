//! Lets timers go off.

use std::time::Duration;

use chassis::{Db, Result, TenantCtx};
use futures::StreamExt as _;
use tokio_util::sync::CancellationToken;

use crate::{
    commands::{follow_up, interview_changes, offer_changes, onboarding, stage_overdue, turn, wake_task},
    domain::{
        application::ApplicationId, cadence::Cadence, interview::InterviewId, offer::OfferId, onboarding::OnboardingId,
        task::TaskId, timer::TimerKind,
    },
    store::timers::{self, DueTimer},
};

/// Timers per look.
const LOOK: i64 = 200;
/// Timers at once. Each takes a connection, which requests need as well.
const AT_ONCE: usize = 3;
/// Between two rounds.
const EVERY: Duration = Duration::from_millis(500);

/// Lets due timers go off, in every tenant, until stopped. Any number of processes may do it at once: whoever locks the
/// interview spends the timer, and the others pass it by.
pub async fn follow_up(db: Db, cadence: Cadence, stop: CancellationToken) {
    let mut rounds = db.clock().rounds(EVERY);
    while !stop.is_cancelled() {
        if let Err(error) = round(&db, &cadence, &stop).await {
            tracing::warn!(%error, "due timers could not be looked at; the next round will");
        }
        tokio::select! {
            () = rounds.next() => {}
            () = stop.cancelled() => {}
        }
    }
}

/// Every timer that is due, once. One that can not go off is left for the next round and keeps no other from it.
async fn round(db: &Db, cadence: &Cadence, stop: &CancellationToken) -> Result<()> {
    let mut after = None;
    while !stop.is_cancelled() {
        let mut system = db.begin_system().await?;
        let due = timers::due(&mut system, after, LOOK).await?;
        drop(system);
        let Some(last) = due.last().copied() else { return Ok(()) };
        after = Some(last);
        futures::stream::iter(due)
            .for_each_concurrent(AT_ONCE, async |timer| {
                if let Err(error) = go_off(db, cadence, timer).await {
                    let DueTimer { subject_id, kind, .. } = timer;
                    tracing::error!(subject = %subject_id, kind, %error, "a timer could not go off");
                }
            })
            .await;
    }
    Ok(())
}

async fn go_off(db: &Db, cadence: &Cadence, timer: DueTimer) -> Result<()> {
    // A kind that a newer version set is left to it.
    let Some(kind) = TimerKind::of(timer.kind) else { return Ok(()) };
    let mut tx = db.begin(&TenantCtx::service(timer.tenant_id, "ats")).await?;
    let subject = timer.subject_id;
    let done = match kind {
        TimerKind::FollowUp if subject == timer.tenant_id.0 => follow_up::look_again(&mut tx).await?,
        TimerKind::FollowUp => follow_up::interview(&mut tx, cadence, InterviewId(subject)).await?,
        TimerKind::OfferFollowUp => follow_up::offer(&mut tx, cadence, OfferId(subject)).await?,
        TimerKind::Conclude => follow_up::conclude(&mut tx, InterviewId(subject)).await?,
        TimerKind::ReleaseOffers => interview_changes::release_offers(&mut tx, InterviewId(subject)).await?,
        TimerKind::StageOverdue => stage_overdue::run(&mut tx, ApplicationId(subject)).await?,
        TimerKind::OfferExpiry => offer_changes::expire(&mut tx, OfferId(subject)).await?,
        TimerKind::OnboardingReminder => onboarding::remind(&mut tx, OnboardingId(subject)).await?,
        TimerKind::OnboardingLook => onboarding::look(&mut tx, OnboardingId(subject)).await?,
        TimerKind::EmployerSilence if subject == timer.tenant_id.0 => turn::retime(&mut tx).await?,
        TimerKind::EmployerSilence => turn::due(&mut tx, ApplicationId(subject)).await?,
        TimerKind::Wake => wake_task::run(&mut tx, TaskId(subject)).await?,
    };
    if done {
        tx.commit().await?;
    }
    Ok(())
}
