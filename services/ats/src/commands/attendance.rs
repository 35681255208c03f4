//! Somebody records who came, or corrects it.

use chassis::{Result, TenantTx, wire};
use usher_proto::ats::v1::{AttendanceRecorded, NoShowExplained, RecordAttendanceRequest};

use super::{feedback, history, say, turn};
use crate::{
    domain::{
        cadence::Cadence,
        interview::{Change, Interview},
        ledger,
        moment::What,
    },
    store::{self, interviews::Entry},
};

pub async fn run(tx: &mut TenantTx, cadence: &Cadence, request: RecordAttendanceRequest) -> Result<Interview> {
    let mut interview = store::interviews::lock(tx, wire::id("interview_id", &request.interview_id)?).await?;
    let corrects = interview.attendance;
    if interview.attend(request.attendance(), &request.correction_reason, tx.now())? == Change::None {
        return Ok(interview);
    }
    store::interviews::update(tx, &interview).await?;
    let entry = Entry {
        attendance: interview.attendance,
        corrects,
        reason: request.correction_reason,
        actor: tx.ctx().actor.to_string(),
        time: tx.now(),
    };
    store::interviews::insert_entry(tx, &interview, &entry).await?;
    say::over(tx, &interview).await?;
    feedback::ask_for_the_rest(tx, &interview).await?;
    history::happened(tx, cadence, interview.id, vec![What::attendance(interview.attendance)]).await?;
    let recorded = AttendanceRecorded {
        interview_id: interview.id.to_string(),
        application_id: interview.application_id.to_string(),
        job_id: interview.job_id.to_string(),
        candidate_id: interview.candidate_id.to_string(),
        stage: interview.stage.clone(),
        attempt: interview.attempt,
        attendance: interview.attendance.into(),
        corrects: corrects.into(),
        start_time: Some(wire::timestamp(interview.start_time)),
        ..AttendanceRecorded::default()
    };
    outbox::append(tx, interview.id, &recorded).await?;
    explain(tx, &interview).await?;
    turn::settle(tx, interview.application_id).await?;
    Ok(interview)
}

/// Says what the record tells of why somebody did not come.
async fn explain(tx: &mut TenantTx, interview: &Interview) -> Result<()> {
    let moments = store::moments::of(tx, interview.id).await?;
    let Some(ledger) = ledger::of(interview.attendance, interview.start_time, &moments) else { return Ok(()) };
    let explained = NoShowExplained {
        interview_id: interview.id.to_string(),
        application_id: interview.application_id.to_string(),
        job_id: interview.job_id.to_string(),
        candidate_id: interview.candidate_id.to_string(),
        stage: interview.stage.clone(),
        failure: ledger.failure.into(),
        cause: ledger.cause.into(),
        facts_complete: ledger.facts_complete,
        delivered: ledger.delivered.is_some(),
        reminded: !ledger.reminded.is_empty(),
        confirmed: ledger.answered.is_some_and(|(_, yes)| yes),
        asked_other_time: ledger.asked_other_time,
        reschedule_offered: ledger.reschedule_offered,
    };
    outbox::append(tx, interview.id, &explained).await?;
    Ok(())
}
