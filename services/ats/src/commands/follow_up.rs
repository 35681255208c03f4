//! A timer goes off.

use chassis::{Result, TenantTx};
use usher_proto::{ats::v1::TaskKind, outreach::v1::MessageKind};

use super::say;
use crate::{
    domain::{
        cadence::{Act, Cadence},
        interview::{Interview, InterviewId},
        timer::TimerKind,
    },
    store,
};

/// Does what is due, once: the timer is spent in this transaction. False when there was nothing to do, or somebody else
/// is at the interview just now.
pub async fn run(tx: &mut TenantTx, cadence: &Cadence, id: InterviewId, kind: TimerKind) -> Result<bool> {
    // The interview first, as everybody else locks it, so that an answer and a timer can not cross.
    let Some(mut interview) = store::interviews::lock_unless_busy(tx, id).await? else { return Ok(false) };
    if !store::timers::spend(tx, id.0, kind).await? {
        return Ok(false);
    }
    let act = if kind == TimerKind::FollowUp {
        cadence.on_silence(&interview, tx.now())
    } else {
        Cadence::on_end(&interview)
    };
    match act {
        Act::Nothing => {}
        Act::Remind => remind(tx, &mut interview).await?,
        Act::Call => {
            let why = "The invitation is unanswered and it is too late for a reminder by mail.";
            unanswered(tx, &interview, why).await?;
        }
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

async fn remind(tx: &mut TenantTx, interview: &mut Interview) -> Result<()> {
    interview.remind(tx.now());
    store::interviews::update(tx, interview).await?;
    say::message(tx, MessageKind::InterviewReminder, "reminder", 1, interview).await?;
    unanswered(tx, interview, "The invitation is unanswered; one reminder has gone out.").await
}

async fn unanswered(tx: &mut TenantTx, interview: &Interview, why: &str) -> Result<()> {
    let suggestion = "Call and ask whether the time suits, or offer another one.";
    say::task(tx, TaskKind::InvitationUnanswered, interview, interview.answer_by, why.to_owned(), suggestion).await
}
