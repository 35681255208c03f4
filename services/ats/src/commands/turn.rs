//! Whose turn it is, kept; and what happens when it has been ours for too long.
//!
//! Whatever may change it ends with [`settle`] (or with [`begin`], which ends with it). The row of the turn is
//! locked after everything else, so that two who change different things of one application wait for each other there,
//! and the second sees what the first did.
//!
//! Every live application has one timer ([`TimerKind::EmployerSilence`]): while the turn is ours, it goes off when the
//! candidate has waited for as long as the tenant allows, and for each further time that is as long; otherwise when the
//! turn ends by itself. So nobody is forgotten though nobody does anything.
//!
//! # When it has been ours for too long
//! A task stands, and [`EmployerSilenceBreached`] is said: once for each full time, and once for several that went by
//! while nobody was there. Completing the task stops no clock: when the candidate still waits after another such time,
//! it stands again. The turn's passing on takes it away.

use chassis::{Result, TenantTx, wire};
use chrono::{DateTime, Utc};
use usher_proto::ats::v1::{ApplicationState, EmployerSilenceBreached, TaskKind, Turn as Whose, TurnReason};

use super::say;
use crate::{
    domain::{
        application::ApplicationId,
        settings::Settings,
        task::About,
        timer::TimerKind,
        turn::{Turn, decide, offered},
    },
    store::{self, turns::Held},
};

/// Turns that are reckoned anew in one transaction.
const PIECE: i64 = 500;

/// An application is live from now on.
pub async fn begin(tx: &mut TenantTx, id: ApplicationId) -> Result<()> {
    store::turns::begin(tx, id).await?;
    settle(tx, id).await
}

/// Candidates got words that speak of no interview. The caller settles.
pub async fn note_words(tx: &mut TenantTx, words: &[(ApplicationId, DateTime<Utc>)]) -> Result<()> {
    let now = tx.now();
    let words: Vec<_> = words.iter().map(|(id, time)| (*id, now.min(*time))).collect();
    store::turns::words(tx, &words).await
}

/// Decides anew whose turn it is, and keeps it. Comes after everything that a transaction changes of an application and its
/// interviews.
pub async fn settle(tx: &mut TenantTx, id: ApplicationId) -> Result<()> {
    settle_all(tx, &[id]).await
}

/// As [`settle`], of many at once.
pub async fn settle_all(tx: &mut TenantTx, ids: &[ApplicationId]) -> Result<()> {
    let held = store::turns::lock_all(tx, ids).await?;
    let turns = decided(tx, &held).await?;
    let changed = held.into_iter().zip(turns).filter(|(held, turn)| *turn != held.turn).collect();
    pass(tx, changed).await
}

/// The turn's timer went off. False when there was nothing to do, or somebody else is at it just now.
pub async fn due(tx: &mut TenantTx, id: ApplicationId) -> Result<bool> {
    let Some(held) = store::turns::lock_unless_busy(tx, id).await? else { return Ok(false) };
    if !store::timers::spend(tx, id.0, TimerKind::EmployerSilence).await? {
        return Ok(false);
    }
    let turn = decided(tx, std::slice::from_ref(&held)).await?.pop().flatten();
    match turn {
        Some(ours) if turn == held.turn && ours.whose == Whose::Host => reckon(tx, held, ours).await?,
        _ => pass(tx, vec![(held, turn)]).await?,
    }
    Ok(true)
}

/// Whose turn it is by now in each of these, in their order.
async fn decided(tx: &mut TenantTx, held: &[Held]) -> Result<Vec<Option<Turn>>> {
    if held.is_empty() {
        return Ok(Vec::new());
    }
    let (now, ids) = (tx.now(), held.iter().map(|held| held.application_id).collect::<Vec<_>>());
    let states = store::applications::states(tx, &ids).await?;
    let meetings = store::turns::meetings(tx, &ids).await?;
    let offers = store::offers::all_last_sent(tx, &ids).await?;
    let turn = |held: &Held| {
        let id = held.application_id;
        if states.get(&id) != Some(&ApplicationState::Active) {
            return None;
        }
        let offer = offers.get(&id).and_then(|offer| offered(offer, now));
        let claims = meetings.get(&id).into_iter().flatten().filter_map(|meeting| meeting.claim(now)).chain(offer);
        Some(decide(held.live_time, held.word_time, claims))
    };
    Ok(held.iter().map(turn).collect())
}

/// Writes whose turn it is from now on. What an earlier wait had come to is over.
async fn pass(tx: &mut TenantTx, changed: Vec<(Held, Option<Turn>)>) -> Result<()> {
    let wait = |turn: Option<Turn>| turn.map(|turn| (turn.whose, turn.since));
    let (mut passed, mut timed, mut untimed) = (Vec::with_capacity(changed.len()), Vec::new(), Vec::new());
    for (mut held, turn) in changed {
        let id = held.application_id;
        if held.breaches > 0 && wait(turn) != wait(held.turn) {
            settle_task(tx, id).await?;
            held.breaches = 0;
        }
        held.turn = turn;
        match turn {
            Some(ours) if ours.whose == Whose::Host => {
                reckon(tx, held, ours).await?;
                continue;
            }
            Some(Turn { until: Some(until), .. }) => timed.push((id.0, until)),
            _ => untimed.push(id.0),
        }
        passed.push(held);
    }
    store::timers::set(tx, TimerKind::EmployerSilence, &timed).await?;
    store::timers::clear(tx, &untimed, &[TimerKind::EmployerSilence]).await?;
    store::turns::update(tx, &passed).await
}

/// Reckons how long the candidate has waited for us, says so when it is longer than allowed, and sets the timer for the next
/// time that it will be.
async fn reckon(tx: &mut TenantTx, mut held: Held, ours: Turn) -> Result<()> {
    let (id, now) = (held.application_id, tx.now());
    let settings = store::settings::get(tx).await?;
    let before = std::mem::replace(&mut held.breaches, settings.breaches(ours.since, now));
    held.settings_version = settings.version;
    if held.breaches > before {
        breach(tx, id, &settings, ours).await?;
    } else if held.breaches == 0 && before > 0 {
        settle_task(tx, id).await?;
    }
    let due = settings.breach(ours.since, held.breaches + 1);
    store::timers::set(tx, TimerKind::EmployerSilence, &[(id.0, due)]).await?;
    store::turns::update(tx, &[held]).await
}

async fn breach(tx: &mut TenantTx, id: ApplicationId, settings: &Settings, ours: Turn) -> Result<()> {
    let now = tx.now();
    let application = store::applications::get(tx, id).await?;
    let gone = settings.calendar.working_days_between(ours.since, now);
    let since = ours.since.with_timezone(&settings.calendar.time_zone).format("%Y-%m-%d %H:%M %Z");
    let (because, suggestion) = words(ours.reason);
    let days = if gone == 1 { "day" } else { "days" };
    let why =
        format!("The candidate has waited for a word of ours for {gone} working {days}, since {since}: {because}.");
    let due = settings.breach(ours.since, 1);
    say::task(tx, TaskKind::EmployerSilence, &application, due, why, suggestion).await?;
    let breached = EmployerSilenceBreached {
        application_id: id.to_string(),
        job_id: application.job_id.to_string(),
        candidate_id: application.candidate_id.to_string(),
        stage: application.stage,
        waiting_since: Some(wire::timestamp(ours.since)),
        working_days: i32::try_from(gone).unwrap_or(i32::MAX),
        allowed_days: i32::try_from(settings.silence_days()).unwrap_or(i32::MAX),
        reason: ours.reason.into(),
    };
    outbox::append(tx, id, &breached).await?;
    Ok(())
}

/// Why the candidate waits, and what to do about it.
fn words(reason: TurnReason) -> (&'static str, &'static str) {
    match reason {
        TurnReason::OtherTimeRequested => {
            ("they asked for another time and none is offered", "Offer two or three other times.")
        }
        TurnReason::OfferedTimesPassed => {
            ("they asked for another time, and those that were offered have passed", "Offer two or three other times.")
        }
        TurnReason::InterviewOver => {
            ("the interview is over", "Tell them how it went and what is next, or why it takes longer.")
        }
        TurnReason::InterviewCancelled => {
            ("the interview was called off", "Invite them to another one, or tell them how it goes on.")
        }
        TurnReason::InvitationUndelivered => (
            "the invitation has not reached them",
            "Call them, or correct the interview or the address; then the invitation goes out again.",
        ),
        TurnReason::OfferNotTaken => (
            "the offer was not taken, or was taken back",
            "Ask what would have to be otherwise, and make another offer or end the application.",
        ),
        TurnReason::Applied
        | TurnReason::OfferSent
        | TurnReason::Invited
        | TurnReason::TimesOffered
        | TurnReason::InterviewAhead
        | TurnReason::Unspecified => {
            ("nobody has answered their application", "Invite them, reject them, or tell them why it takes longer.")
        }
    }
}

async fn settle_task(tx: &mut TenantTx, id: ApplicationId) -> Result<()> {
    let application = store::applications::get(tx, id).await?;
    say::settle(tx, About::from(&application), &[TaskKind::EmployerSilence]).await
}

/// The tenant's calendar, or what it allows, has changed: the clocks of those who wait are set anew, in pieces, each a
/// transaction of its own. A timer about the tenant itself keeps that there is more to do.
pub async fn changed(tx: &mut TenantTx) -> Result<()> {
    let (tenant, now) = (tx.tenant().0, tx.now());
    store::timers::set(tx, TimerKind::EmployerSilence, &[(tenant, now)]).await
}

/// One piece. False when somebody else is at it.
pub async fn retime(tx: &mut TenantTx) -> Result<bool> {
    let (tenant, now) = (tx.tenant().0, tx.now());
    if !store::timers::spend(tx, tenant, TimerKind::EmployerSilence).await? {
        return Ok(false);
    }
    let settings = store::settings::get(tx).await?;
    let held = store::turns::lock_older(tx, settings.version, PIECE).await?;
    let mut timers = Vec::with_capacity(held.len());
    let mut reckoned = Vec::with_capacity(held.len());
    for held in &held {
        let Some(ours) = held.turn else { continue };
        let id = held.application_id;
        // Who has waited for too long by the new settings alone is told of when the timer goes off, at once.
        let breaches = held.breaches.min(settings.breaches(ours.since, now));
        if breaches == 0 && held.breaches > 0 {
            settle_task(tx, id).await?;
        }
        timers.push((id.0, settings.breach(ours.since, breaches + 1)));
        reckoned.push((id.0, i32::try_from(breaches).unwrap_or(i32::MAX)));
    }
    store::timers::set(tx, TimerKind::EmployerSilence, &timers).await?;
    store::turns::reckoned(tx, &reckoned, settings.version).await?;
    let had_some = !held.is_empty();
    let leaves_some = !had_some && store::turns::is_any_older(tx, settings.version).await?;
    if let Some(next) = settings.next_piece(had_some, leaves_some, now) {
        store::timers::set(tx, TimerKind::EmployerSilence, &[(tenant, next)]).await?;
    }
    Ok(true)
}

#[cfg(test)]
mod tests;
