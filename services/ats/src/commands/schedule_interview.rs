//! An interview is put on the calendar and the candidate invited.

use chassis::{Result, TenantTx, wire};
use usher_proto::ats::v1::{Attendance, InterviewScheduled, InterviewState, ScheduleInterviewRequest};

use super::{say, turn};
use crate::{
    domain::{
        cadence::Cadence,
        interview::{
            Interview, InterviewId, Interviewer, Invitation, check_answer_by, check_duration, check_offered,
            check_start, check_time_zone, next_attempt,
        },
    },
    store,
};

pub async fn run(tx: &mut TenantTx, cadence: &Cadence, request: ScheduleInterviewRequest) -> Result<Interview> {
    let now = tx.now();
    let start_time = wire::required_instant("start_time", request.start_time.as_ref())?;
    check_start("start_time", start_time, now)?;
    check_time_zone(&request.time_zone)?;
    let duration = request.duration.as_ref().map(|duration| wire::span("duration", duration)).transpose()?;
    let answer_by = request.answer_by.as_ref().map(|time| wire::instant("answer_by", time)).transpose()?;
    let offered_times = check_offered("offered_times", times("offered_times", &request.offered_times)?, now)?;

    let application = store::applications::lock(tx, wire::id("application_id", &request.application_id)?).await?;
    application.must_be_live()?;
    let job = store::jobs::get(tx, application.job_id).await?;
    let before = store::interviews::lock_of_application(tx, application.id).await?;
    let mut interview = Interview {
        id: InterviewId::new(),
        application_id: application.id,
        job_id: job.id,
        candidate_id: application.candidate_id,
        attempt: next_attempt(&before, &application.stage),
        stage: application.stage,
        state: InterviewState::Scheduled,
        attendance: Attendance::Unspecified,
        start_time,
        duration: check_duration(duration)?,
        time_zone: request.time_zone,
        place: request.place,
        link: request.link,
        interviewers: request.interviewers.into_iter().map(interviewer).collect(),
        materials: request.materials,
        contact_name: request.contact_name,
        contact_channel: request.contact_channel,
        answer_by: check_answer_by(answer_by, start_time, now)?,
        offered_times,
        candidate_note: String::new(),
        team_introduction: request.team_introduction,
        calendar_sequence: 0,
        invitations: 0,
        invitation_version: 0,
        invitation: Invitation::Pending,
        update_owed: false,
        version: 1,
        create_time: now,
    };
    let scheduled = InterviewScheduled {
        interview_id: interview.id.to_string(),
        application_id: interview.application_id.to_string(),
        job_id: interview.job_id.to_string(),
        candidate_id: interview.candidate_id.to_string(),
        stage: interview.stage.clone(),
        attempt: interview.attempt,
        start_time: Some(wire::timestamp(interview.start_time)),
        time_zone: interview.time_zone.clone(),
        job_title: job.title,
    };
    outbox::append(tx, interview.id, &scheduled).await?;
    say::invitation(tx, &mut interview).await?;
    store::interviews::insert(tx, &interview).await?;
    say::watch(tx, cadence, &interview).await?;
    turn::settle(tx, interview.application_id).await?;
    Ok(interview)
}

/// Instants of a repeated field.
pub fn times(field: &str, values: &[prost_types::Timestamp]) -> Result<Vec<chrono::DateTime<chrono::Utc>>> {
    values.iter().enumerate().map(|(place, time)| wire::instant(&format!("{field}[{place}]"), time)).collect()
}

fn interviewer(interviewer: usher_proto::ats::v1::Interviewer) -> Interviewer {
    Interviewer { user_id: interviewer.user_id, display_name: interviewer.display_name, title: interviewer.title }
}
