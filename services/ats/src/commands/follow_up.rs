//! A timer of an interview goes off.

use chassis::{Result, TenantTx};
use usher_proto::{
    ats::v1::{CadenceTrigger, TaskKind},
    outreach::v1::MessageKind,
};

use super::{history, say};
use crate::{
    domain::{
        cadence::{self, Act, Cadence, Due, Rule, Standing, next},
        interview::{Interview, InterviewId},
        moment::{How, Moment},
        timer::TimerKind,
    },
    store,
};

/// Follows every rule that is due, once: what was done is written down in the transaction that does it. False when there
/// was nothing to do, or somebody else is at the interview just now.
pub async fn run(tx: &mut TenantTx, cadence: &Cadence, id: InterviewId) -> Result<bool> {
    // The interview first, as everybody else locks it, so that an answer and a timer can not cross.
    let Some(mut interview) = store::interviews::lock_unless_busy(tx, id).await? else { return Ok(false) };
    if !store::timers::spend(tx, id.0, TimerKind::FollowUp).await? {
        return Ok(false);
    }
    let now = tx.now();
    let rules = cadence.rules(&store::settings::get(tx).await?);
    let mut moments = store::moments::of(tx, id).await?;
    let before = moments.len();
    let mut standing = Standing::after(&moments);
    while let Some((rule, due)) = next(&rules, &standing).filter(|(_, due)| due.at <= now) {
        let how = due.how(rule.mode(), now);
        act(tx, &mut interview, rule, &due, how).await?;
        let moment = Moment { time: now, what: due.followed(how) };
        standing.apply(&moment);
        moments.push(moment);
    }
    store::moments::append(tx, id, before, &moments[before..]).await?;
    history::plan(tx, cadence, id, &moments).await?;
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
        CadenceTrigger::Unspecified => "A rule of the cadence is due.",
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
