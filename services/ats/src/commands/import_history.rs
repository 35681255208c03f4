//! Past interviews come in: facts that reports count, and nothing that anybody has to do.

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::ats::v1::{AttendanceRecorded, ImportInterviewsRequest, PastInterview as Said};
use uuid::Uuid;

use crate::{
    domain::{CandidateId, history::PastInterview, interview::InterviewId, wall},
    store,
};

/// How many of them were new.
pub async fn run(tx: &mut TenantTx, request: &ImportInterviewsRequest) -> Result<usize> {
    let read = |(place, said): (usize, &Said)| read(tx, said, place);
    let said = request.interviews.iter().enumerate().map(read).collect::<Result<Vec<_>>>()?;
    refuse_forgotten(tx, &said).await?;
    let new = store::history::insert(tx, &said).await?;
    let events: Vec<_> = said.iter().filter(|one| new.contains(&one.id)).map(|one| (one.id, recorded(one))).collect();
    let lent: Vec<(InterviewId, &AttendanceRecorded)> = events.iter().map(|(id, event)| (*id, event)).collect();
    outbox::append_all(tx, &lent).await?;
    Ok(events.len())
}

async fn refuse_forgotten(tx: &mut TenantTx, said: &[PastInterview]) -> Result<()> {
    let people: Vec<Uuid> = said.iter().filter_map(|one| one.candidate_id).map(|id| id.0).collect();
    let Some(forgotten) = outbox::erasure::hold(tx, &people).await? else { return Ok(()) };
    let place = said.iter().position(|one| one.candidate_id == Some(CandidateId(forgotten))).unwrap_or_default();
    Err(Error::failed_precondition("CANDIDATE_ERASED", "somebody in it has asked to be forgotten")
        .and_field(format!("interviews[{place}].candidate_id"), "names a person who is forgotten; leave it empty"))
}

fn read(tx: &TenantTx, said: &Said, place: usize) -> Result<PastInterview> {
    let field = |name: &str| format!("interviews[{place}].{name}");
    let start_time = wire::required_instant(&field("start_time"), said.start_time.as_ref())?;
    if start_time > tx.now() {
        return Err(Error::invalid(field("start_time"), "HISTORY_IN_FUTURE", "must have begun already"));
    }
    wall::zone(&field("time_zone"), &said.time_zone)?;
    Ok(PastInterview {
        id: InterviewId::new(),
        row_key: said.row_key.clone(),
        candidate_id: wire::optional_id(&field("candidate_id"), &said.candidate_id)?,
        position: said.position.clone(),
        stage: said.stage.clone(),
        start_time,
        time_zone: said.time_zone.clone(),
        attendance: said.attendance(),
        expected: said.expected(),
        reminder_channel: said.reminder_channel.clone(),
    })
}

fn recorded(one: &PastInterview) -> AttendanceRecorded {
    AttendanceRecorded {
        interview_id: one.id.to_string(),
        candidate_id: one.candidate_id.map(|id| id.to_string()).unwrap_or_default(),
        stage: one.stage.clone(),
        attempt: 1,
        attendance: one.attendance.into(),
        start_time: Some(wire::timestamp(one.start_time)),
        historical: true,
        expected: one.expected.into(),
        ..AttendanceRecorded::default()
    }
}
