//! An interview is put on the calendar and the candidate invited.

use chassis::{Error, Result, TenantTx, wire};
use chrono::{DateTime, Utc};
use prost_types::Timestamp;
use usher_proto::ats::v1::{
    AnswerReason, Attendance, InterviewScheduled, InterviewState, ScheduleInterviewRequest, TaskKind, WallTimeChoice,
};

use super::{history, say, turn};
use crate::{
    domain::{
        cadence::Cadence,
        interview::{
            Interview, InterviewId, Interviewer, Invitation, check_answer_by, check_duration, check_hold,
            check_offered, check_start, next_attempt,
        },
        moment::What,
        wall,
    },
    store,
};

pub async fn run(tx: &mut TenantTx, cadence: &Cadence, request: ScheduleInterviewRequest) -> Result<Interview> {
    let now = tx.now();
    let choice = request.wall_time_choice();
    let start_time = start(request.start_time.as_ref(), &request.start_wall_time, choice, &request.time_zone)?;
    check_start("start_time", start_time, now)?;
    let duration = request.duration.as_ref().map(|duration| wire::span("duration", duration)).transpose()?;
    let answer_by = request.answer_by.as_ref().map(|time| wire::instant("answer_by", time)).transpose()?;
    let offered_times = check_offered("offered_times", times("offered_times", &request.offered_times)?, now)?;
    let hold = request.hold_for.as_ref().map(|span| wire::span("hold_for", span)).transpose()?;
    let hold_until = check_hold(hold, &store::settings::get(tx).await?.reschedule_policy, now)?;

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
        hold_until: (!offered_times.is_empty()).then_some(hold_until),
        offered_times,
        candidate_reschedules: 0,
        candidate_note: String::new(),
        answer_reason: AnswerReason::Unspecified,
        cancel_time: None,
        cancel_reason: String::new(),
        cancelled_in_time: false,
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
    say::watch(tx, &interview).await?;
    let mut what = vec![What::Scheduled { start: interview.start_time }];
    what.extend(interview.offers_end(now).map(|until| What::TimesOffered { until }));
    history::happened(tx, cadence, interview.id, what).await?;
    // Whoever missed this stage before is not followed up for that any more.
    for missed in before.iter().filter(|earlier| earlier.was_missed() && earlier.stage == interview.stage) {
        history::ended(tx, missed.id, What::Retried).await?;
        say::settle(tx, missed, &[TaskKind::FollowUpNoShow]).await?;
    }
    turn::settle(tx, interview.application_id).await?;
    Ok(interview)
}

/// The start that was asked for: as an instant, or as what clocks in a zone show.
pub fn start(time: Option<&Timestamp>, wall_time: &str, choice: WallTimeChoice, zone: &str) -> Result<DateTime<Utc>> {
    let zone = wall::zone("time_zone", zone)?;
    match (time, wall_time) {
        (None, "") => Err(Error::invalid("start_time", "FIELD_REQUIRED", "or start_wall_time is required")),
        (Some(time), "") => wire::instant("start_time", time),
        (None, wall_time) => wall::instant("start_wall_time", wall_time, zone, choice),
        (Some(_), _) => {
            let rule = "and start_wall_time say the same thing; leave one out";
            Err(Error::invalid("start_time", "FIELDS_EXCLUSIVE", rule).and_field("start_wall_time", "leave one out"))
        }
    }
}

/// Instants of a repeated field.
pub fn times(field: &str, values: &[Timestamp]) -> Result<Vec<DateTime<Utc>>> {
    values.iter().enumerate().map(|(place, time)| wire::instant(&format!("{field}[{place}]"), time)).collect()
}

/// Somebody the candidate will meet, as the wire has them.
pub fn interviewer(interviewer: usher_proto::ats::v1::Interviewer) -> Interviewer {
    Interviewer { user_id: interviewer.user_id, display_name: interviewer.display_name, title: interviewer.title }
}
