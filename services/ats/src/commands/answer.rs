//! The candidate answers, through the candidate centre.

use chassis::{Result, TenantTx, wire};
use chrono::{DateTime, Utc};
use usher_proto::{
    ats::v1::{ApplicationState, CandidateAnswer, InterviewAnswered, TaskKind},
    outreach::v1::MessageKind,
};

use super::{end_application, say, turn};
use crate::{
    domain::{
        cadence::Cadence,
        interview::{Change, Interview, InterviewId},
        timer::TimerKind,
    },
    store,
};

pub async fn confirm(tx: &mut TenantTx, cadence: &Cadence, id: InterviewId, revision: &str) -> Result<Interview> {
    let mut interview = store::interviews::lock(tx, id).await?;
    if interview.confirm(revision, tx.now())? == Change::None {
        return Ok(interview);
    }
    store::interviews::update(tx, &interview).await?;
    say::watch(tx, cadence, &interview).await?;
    answered(tx, &interview, CandidateAnswer::Confirmed).await?;
    say::settle(tx, &interview, &[TaskKind::OfferTimes]).await?;
    turn::settle(tx, interview.application_id).await?;
    Ok(interview)
}

pub async fn request_other_time(
    tx: &mut TenantTx,
    cadence: &Cadence,
    id: InterviewId,
    revision: &str,
    note: String,
) -> Result<Interview> {
    let mut interview = store::interviews::lock(tx, id).await?;
    if interview.request_other_time(revision, note, tx.now())? == Change::None {
        return Ok(interview);
    }
    store::interviews::update(tx, &interview).await?;
    say::watch(tx, cadence, &interview).await?;
    answered(tx, &interview, CandidateAnswer::OtherTimeRequested).await?;
    if interview.free_times(tx.now()).is_empty() {
        say::offer_times(tx, &interview, "The candidate needs another time and none is offered.").await?;
    }
    turn::settle(tx, interview.application_id).await?;
    Ok(interview)
}

pub async fn take(
    tx: &mut TenantTx,
    cadence: &Cadence,
    id: InterviewId,
    revision: &str,
    time: DateTime<Utc>,
) -> Result<Interview> {
    let mut interview = store::interviews::lock(tx, id).await?;
    if interview.take(revision, time, tx.now())? == Change::None {
        return Ok(interview);
    }
    store::interviews::update(tx, &interview).await?;
    say::watch(tx, cadence, &interview).await?;
    answered(tx, &interview, CandidateAnswer::OtherTimeTaken).await?;
    say::settle(tx, &interview, &[TaskKind::OfferTimes]).await?;
    let number = interview.calendar_sequence.into();
    say::message(tx, MessageKind::InterviewRescheduled, "rescheduled", number, &interview).await?;
    turn::settle(tx, interview.application_id).await?;
    Ok(interview)
}

pub async fn withdraw(tx: &mut TenantTx, id: InterviewId, revision: &str, note: String) -> Result<Interview> {
    // The application first, as whoever ends it otherwise locks it, so that neither waits for the other.
    let seen = store::interviews::get(tx, id).await?;
    let application = store::applications::lock(tx, seen.application_id).await?;
    let interview = store::interviews::lock(tx, id).await?;
    if application.state == ApplicationState::Withdrawn {
        return Ok(interview);
    }
    interview.must_be_answerable(revision, tx.now())?;
    answered(tx, &interview, CandidateAnswer::Withdrew).await?;
    end_application::run(tx, application.id, "", ApplicationState::Withdrawn, note, end_application::By::Candidate)
        .await?;
    let interview = store::interviews::get(tx, id).await?;
    let why = "The candidate withdrew.".to_owned();
    let due = tx.now();
    let suggestion = "Thank them, and note why if they say so.";
    say::task(tx, TaskKind::CandidateWithdrew, &interview, due, why, suggestion).await?;
    Ok(interview)
}

/// What every answer brings: the follow-up of the invitation ends, and others hear of it.
async fn answered(tx: &mut TenantTx, interview: &Interview, answer: CandidateAnswer) -> Result<()> {
    store::timers::clear(tx, &[interview.id.0], &[TimerKind::FollowUp]).await?;
    say::settle(tx, interview, &[TaskKind::InvitationUnanswered]).await?;
    let answered = InterviewAnswered {
        interview_id: interview.id.to_string(),
        application_id: interview.application_id.to_string(),
        job_id: interview.job_id.to_string(),
        candidate_id: interview.candidate_id.to_string(),
        stage: interview.stage.clone(),
        answer: answer.into(),
        start_time: Some(wire::timestamp(interview.start_time)),
        time_zone: interview.time_zone.clone(),
    };
    outbox::append(tx, interview.id, &answered).await?;
    Ok(())
}
