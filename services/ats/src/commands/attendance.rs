//! Somebody records who came.

use chassis::{Result, TenantTx, wire};
use usher_proto::ats::v1::{AttendanceRecorded, RecordAttendanceRequest, TaskKind};

use super::say;
use crate::{
    domain::{cadence::Kind, interview::Interview},
    store,
};

pub async fn run(tx: &mut TenantTx, request: RecordAttendanceRequest) -> Result<Interview> {
    let mut interview = store::interviews::lock(tx, wire::id("interview_id", &request.interview_id)?).await?;
    let before = interview.attend(request.attendance(), &request.correction_reason, tx.now())?;
    store::interviews::update(tx, &interview).await?;
    store::timers::clear(tx, interview.id, &[Kind::Remind, Kind::Escalate, Kind::AskAttendance]).await?;
    let settled = [TaskKind::RecordAttendance, TaskKind::InvitationUnanswered, TaskKind::OfferTimes];
    say::settle(tx, &interview, &settled).await?;
    if before == interview.attendance {
        return Ok(interview);
    }
    let recorded = AttendanceRecorded {
        interview_id: interview.id.to_string(),
        application_id: interview.application_id.to_string(),
        job_id: interview.job_id.to_string(),
        candidate_id: interview.candidate_id.to_string(),
        stage: interview.stage.clone(),
        attempt: interview.attempt,
        attendance: interview.attendance.into(),
        corrects: before.into(),
        start_time: Some(wire::timestamp(interview.start_time)),
    };
    outbox::append(tx, interview.id, &recorded).await?;
    Ok(interview)
}
