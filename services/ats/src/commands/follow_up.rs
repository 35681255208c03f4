//! A timer of an interview or an offer goes off.

use chassis::{Result, TenantTx};
use usher_proto::{
    ats::v1::{CadenceTrigger, TaskKind},
    outreach::v1::MessageKind,
};

use super::{history, offer_say, say};
use crate::{
    domain::{
        cadence::{self, Act, Cadence, Due, Rule, follow},
        interview::{Interview, InterviewId},
        moment::{How, Subject},
        offer::OfferId,
        timer::TimerKind,
    },
    store,
};

/// Timers that are planned anew in one transaction.
const PIECE: i64 = 1_000;

/// Follows every rule that is due about an interview, once. False when there was nothing to do, or somebody else is at it
/// just now.
pub async fn interview(tx: &mut TenantTx, cadence: &Cadence, id: InterviewId) -> Result<bool> {
    // The interview first, as everybody else locks it, so that an answer and a timer can not cross.
    let Some(mut interview) = store::interviews::lock_unless_busy(tx, id).await? else { return Ok(false) };
    let Some(followed) = followed(tx, cadence, id.into()).await? else { return Ok(false) };
    for (rule, due, how) in followed {
        act(tx, &mut interview, &rule, &due, how).await?;
    }
    Ok(true)
}

/// As [`interview`], about an offer.
pub async fn offer(tx: &mut TenantTx, cadence: &Cadence, id: OfferId) -> Result<bool> {
    let Some(offer) = store::offers::lock_unless_busy(tx, id).await? else { return Ok(false) };
    // The row knows best: while an upgrade is under way, somebody may answer through a version that writes no history.
    if !offer.awaits_answer(tx.now()) {
        return store::timers::spend(tx, id.0, TimerKind::OfferFollowUp).await;
    }
    let Some(followed) = followed(tx, cadence, id.into()).await? else { return Ok(false) };
    for (rule, due, how) in followed {
        match how {
            How::Skipped => {}
            How::Sent => offer_say::by_rule(tx, &rule, &due, &offer).await?,
            How::Suggested => offer_say::unanswered(tx, &offer).await?,
        }
    }
    Ok(true)
}

/// Spends the timer of something that is locked, and writes down what is followed, in the transaction that does it. `None`
/// when the timer was spent, moved or cleared meanwhile.
async fn followed(tx: &mut TenantTx, cadence: &Cadence, subject: Subject) -> Result<Option<Vec<(Rule, Due, How)>>> {
    if !store::timers::spend(tx, subject.uuid(), subject.timer()).await? {
        return Ok(None);
    }
    let settings = store::settings::get(tx).await?;
    let rules = cadence.rules(&settings);
    let mut moments = store::moments::of(tx, subject).await?;
    let before = moments.len();
    let followed = follow(&rules, &mut moments, tx.now());
    let followed = followed.into_iter().map(|(rule, due, how)| (rule.clone(), due, how)).collect();
    let fresh = moments.iter().cloned().enumerate().skip(before).map(|(place, moment)| (subject, place, moment));
    store::moments::append(tx, &fresh.collect::<Vec<_>>()).await?;
    history::plan(tx, cadence, &settings, subject, moments).await?;
    Ok(Some(followed))
}

/// The tenant's rules have changed: what is followed up is planned anew, in pieces, each a transaction of its own. A timer
/// about the tenant itself keeps that there is more to do.
pub async fn rules_changed(tx: &mut TenantTx) -> Result<()> {
    let (tenant, now) = (tx.tenant().0, tx.now());
    store::timers::set(tx, TimerKind::FollowUp, &[(tenant, now)]).await
}

/// One piece. False when somebody else is at it.
pub async fn look_again(tx: &mut TenantTx) -> Result<bool> {
    let (tenant, now) = (tx.tenant().0, tx.now());
    if !store::timers::spend(tx, tenant, TimerKind::FollowUp).await? {
        return Ok(false);
    }
    let settings = store::settings::get(tx).await?;
    let looked = store::timers::look_again(tx, settings.version, PIECE).await?;
    let had_some = looked > 0;
    let leaves_some = !had_some && store::timers::is_any_older(tx, settings.version).await?;
    if let Some(next) = settings.next_piece(had_some, leaves_some, now) {
        store::timers::set(tx, TimerKind::FollowUp, &[(tenant, next)]).await?;
    }
    Ok(true)
}

/// Nobody has concluded the interview.
pub async fn conclude(tx: &mut TenantTx, id: InterviewId) -> Result<bool> {
    let Some(interview) = store::interviews::lock_unless_busy(tx, id).await? else { return Ok(false) };
    if !store::timers::spend(tx, id.0, TimerKind::Conclude).await? {
        return Ok(false);
    }
    match cadence::on_end(&interview) {
        Act::Nothing => {}
        Act::OfferTimes => {
            let why = "The candidate needs another time and has taken none of those offered.";
            say::offer_times(tx, &interview, why).await?;
        }
        Act::AskAttendance => {
            let why = "The interview is over and nobody has recorded who came.".to_owned();
            let suggestion = "Record attended, late or no-show.";
            say::task(tx, TaskKind::RecordAttendance, &interview, interview.end(), why, suggestion).await?;
        }
    }
    Ok(true)
}

async fn act(tx: &mut TenantTx, interview: &mut Interview, rule: &Rule, due: &Due, how: How) -> Result<()> {
    match how {
        How::Skipped => Ok(()),
        How::Sent => {
            if rule.message_kind() == MessageKind::InterviewReminder {
                interview.remind(tx.now());
                store::interviews::update(tx, interview).await?;
                tell_team(tx, interview, rule, "The invitation is unanswered; a reminder has gone out.").await?;
            }
            say::by_rule(tx, rule, due, interview).await
        }
        How::Suggested => tell_team(tx, interview, rule, reason(rule.trigger())).await,
    }
}

fn reason(trigger: CadenceTrigger) -> &'static str {
    match trigger {
        CadenceTrigger::Undelivered => "The invitation did not get to the candidate, and the start comes nearer.",
        CadenceTrigger::Unanswered => "The invitation is unanswered.",
        CadenceTrigger::ViewedUnanswered => "The candidate has looked at the invitation and not answered.",
        CadenceTrigger::UnconfirmedBeforeStart => "The start comes near and the candidate has not confirmed.",
        CadenceTrigger::Upcoming => "The interview is coming up.",
        CadenceTrigger::NoShow => "The candidate did not come, and nobody has made another attempt.",
        CadenceTrigger::OfferUnanswered | CadenceTrigger::Unspecified => "A rule of the cadence is due.",
    }
}

/// Puts into the workbench what a person can do about it.
async fn tell_team(tx: &mut TenantTx, interview: &Interview, rule: &Rule, why: &str) -> Result<()> {
    let (kind, due, suggestion) = match rule.trigger() {
        CadenceTrigger::Undelivered => {
            (TaskKind::MessageFailed, interview.start_time, "Reach them on another channel, and mend their address.")
        }
        CadenceTrigger::Upcoming => {
            (TaskKind::RemindUpcoming, interview.start_time, "Remind them in a sentence, with time and place.")
        }
        CadenceTrigger::NoShow => (
            TaskKind::FollowUpNoShow,
            tx.now(),
            "Ask kindly what came up, and schedule another attempt if they still want to.",
        ),
        _ => (
            TaskKind::InvitationUnanswered,
            interview.answer_by,
            "Call and ask whether the time suits, or offer another one.",
        ),
    };
    say::task(tx, kind, interview, due, why.to_owned(), suggestion).await
}
