//! Somebody records who came, or corrects it.

use chassis::{Result, TenantTx, wire};
use usher_proto::ats::v1::{AttendanceRecorded, RecordAttendanceRequest};

use super::{say, turn};
use crate::{
    domain::interview::{Change, Interview},
    store::{self, interviews::Entry},
};

pub async fn run(tx: &mut TenantTx, request: RecordAttendanceRequest) -> Result<Interview> {
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
    };
    outbox::append(tx, interview.id, &recorded).await?;
    turn::settle(tx, interview.application_id).await?;
    Ok(interview)
}
