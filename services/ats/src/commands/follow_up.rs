//! A timer goes off.

use chassis::{Result, TenantTx};
use usher_proto::{
    ats::v1::{Attendance, InterviewState, TaskKind},
    outreach::v1::MessageKind,
};

use super::say;
use crate::{
    domain::{
        cadence::Kind,
        interview::{Interview, InterviewId},
    },
    store,
};

/// Does what is due, once: the timer is taken in this transaction.
pub async fn run(tx: &mut TenantTx, id: InterviewId, kind: Kind) -> Result<()> {
    // The interview first, as everybody else locks it, so that an answer and a timer can not cross.
    let interview = store::interviews::lock(tx, id).await?;
    if !store::timers::take(tx, id, kind).await? {
        return Ok(());
    }
    match kind {
        Kind::Remind => remind(tx, &interview).await,
        Kind::Escalate => escalate(tx, &interview).await,
        Kind::AskAttendance => ask_attendance(tx, &interview).await,
    }
}

async fn remind(tx: &mut TenantTx, interview: &Interview) -> Result<()> {
    if !waits(tx, interview) {
        return Ok(());
    }
    say::message(tx, MessageKind::InterviewReminder, "reminder", 1, interview).await?;
    let why = "The invitation is unanswered; one reminder has gone out.".to_owned();
    unanswered(tx, interview, why).await
}

async fn escalate(tx: &mut TenantTx, interview: &Interview) -> Result<()> {
    if !waits(tx, interview) {
        return Ok(());
    }
    let why = "The invitation is unanswered and the interview is too soon for a reminder by mail.".to_owned();
    unanswered(tx, interview, why).await
}

async fn unanswered(tx: &mut TenantTx, interview: &Interview, why: String) -> Result<()> {
    let due = interview.answer_by;
    let suggestion = "Call and ask whether the time suits, or offer another one.";
    say::task(tx, TaskKind::InvitationUnanswered, interview, due, why, suggestion).await
}

/// Whether it is still the candidate's turn to answer. After a jump of the clock it may be too late to.
fn waits(tx: &TenantTx, interview: &Interview) -> bool {
    interview.state == InterviewState::Scheduled && interview.is_open(tx.now())
}

async fn ask_attendance(tx: &mut TenantTx, interview: &Interview) -> Result<()> {
    let open = interview.attendance == Attendance::Unspecified && interview.state != InterviewState::Cancelled;
    if !open {
        return Ok(());
    }
    let why = "The interview is over and nobody has recorded who came.".to_owned();
    let due = interview.end();
    say::task(tx, TaskKind::RecordAttendance, interview, due, why, "Record attended, late or no-show.").await
}
