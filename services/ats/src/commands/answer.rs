//! The candidate answers, through the candidate centre.

use chassis::{Result, TenantTx, wire};
use chrono::{DateTime, Utc};
use usher_proto::{
    ats::v1::{AnswerReason, ApplicationState, CandidateAnswer, InterviewAnswered, TaskKind},
    outreach::v1::MessageKind,
};

use super::{end_application, history, interview_changes, say, turn};
use crate::{
    domain::{
        application::ApplicationId,
        cadence::{Cadence, Standing, standing::Phase},
        interview::{Change, Interview, InterviewId},
        moment::{Moment, What},
        settings::ReschedulePolicy,
    },
    store,
};

pub async fn confirm(tx: &mut TenantTx, cadence: &Cadence, id: InterviewId, revision: &str) -> Result<Interview> {
    let mut interview = store::interviews::lock(tx, id).await?;
    if interview.confirm(revision, tx.now())? == Change::None {
        return Ok(interview);
    }
    store::interviews::update(tx, &interview).await?;
    say::watch(tx, &interview).await?;
    answered(tx, cadence, &interview, CandidateAnswer::Confirmed).await?;
    say::settle(tx, &interview, &[TaskKind::OfferTimes]).await?;
    turn::settle(tx, interview.application_id).await?;
    Ok(interview)
}

pub async fn request_other_time(
    tx: &mut TenantTx,
    cadence: &Cadence,
    id: InterviewId,
    revision: &str,
    reason: AnswerReason,
    note: String,
) -> Result<Interview> {
    let policy = store::settings::get(tx).await?.reschedule_policy;
    let mut interview = store::interviews::lock(tx, id).await?;
    if other_time(tx, cadence, &policy, &mut interview, revision, reason, note).await? == Change::None {
        return Ok(interview);
    }
    if interview.free_times(tx.now()).is_empty() {
        say::offer_times(tx, &interview, "The candidate needs another time and none is offered.").await?;
    }
    turn::settle(tx, interview.application_id).await?;
    Ok(interview)
}

/// What asking for another time changes of a locked interview. What comes of it, a task or times to choose from, and whose
/// turn it is then, the caller brings.
pub async fn other_time(
    tx: &mut TenantTx,
    cadence: &Cadence,
    policy: &ReschedulePolicy,
    interview: &mut Interview,
    revision: &str,
    reason: AnswerReason,
    note: String,
) -> Result<Change> {
    let change = interview.request_other_time(revision, policy, reason, note, tx.now())?;
    if change != Change::None {
        store::interviews::update(tx, interview).await?;
        say::watch(tx, interview).await?;
        answered(tx, cadence, interview, CandidateAnswer::OtherTimeRequested).await?;
    }
    Ok(change)
}

pub async fn take(
    tx: &mut TenantTx,
    cadence: &Cadence,
    id: InterviewId,
    revision: &str,
    time: DateTime<Utc>,
) -> Result<Interview> {
    let policy = store::settings::get(tx).await?.reschedule_policy;
    let mut interview = store::interviews::lock(tx, id).await?;
    if interview.take(revision, &policy, time, tx.now())? == Change::None {
        return Ok(interview);
    }
    store::interviews::update(tx, &interview).await?;
    say::watch(tx, &interview).await?;
    answered(tx, cadence, &interview, CandidateAnswer::OtherTimeTaken).await?;
    say::settle(tx, &interview, &[TaskKind::OfferTimes]).await?;
    let number = interview.calendar_sequence.into();
    say::message(tx, MessageKind::InterviewRescheduled, "rescheduled", number, &interview).await?;
    turn::settle(tx, interview.application_id).await?;
    Ok(interview)
}

pub async fn decline(
    tx: &mut TenantTx,
    cadence: &Cadence,
    id: InterviewId,
    revision: &str,
    reason: AnswerReason,
    note: String,
) -> Result<Interview> {
    let policy = store::settings::get(tx).await?.reschedule_policy;
    let mut interview = store::interviews::lock(tx, id).await?;
    if interview.decline(revision, &policy, reason, note, tx.now())? == Change::None {
        return Ok(interview);
    }
    store::interviews::update(tx, &interview).await?;
    answered(tx, cadence, &interview, CandidateAnswer::Declined).await?;
    say::over(tx, &interview).await?;
    interview_changes::tell_called_off(tx, &interview, MessageKind::InterviewDeclined).await?;
    let why = "The candidate will not come to the interview and asked for no other time.".to_owned();
    let suggestion = "They were thanked. Ask what would suit; end the application only when they want no more of it.";
    let due = tx.now();
    say::task(tx, TaskKind::InterviewDeclined, &interview, due, why, suggestion).await?;
    turn::settle(tx, interview.application_id).await?;
    Ok(interview)
}

pub async fn withdraw(
    tx: &mut TenantTx,
    cadence: &Cadence,
    id: InterviewId,
    revision: &str,
    note: String,
) -> Result<Interview> {
    // The application first, as whoever ends it otherwise locks it, so that neither waits for the other.
    let seen = store::interviews::get(tx, id).await?;
    let application = store::applications::lock(tx, seen.application_id).await?;
    let interview = store::interviews::lock(tx, id).await?;
    if application.state == ApplicationState::Withdrawn {
        return Ok(interview);
    }
    interview.must_be_answerable(revision, tx.now())?;
    answered(tx, cadence, &interview, CandidateAnswer::Withdrew).await?;
    end_application::run(tx, application.id, "", ApplicationState::Withdrawn, note, end_application::By::Candidate)
        .await?;
    let interview = store::interviews::get(tx, id).await?;
    let why = "The candidate withdrew.".to_owned();
    let due = tx.now();
    let suggestion = "They were thanked where an interview was ahead. Note why, if they say so.";
    say::task(tx, TaskKind::CandidateWithdrew, &interview, due, why, suggestion).await?;
    Ok(interview)
}

/// The candidate withdraws where there is no interview to speak of. Who was rejected and not told is thanked all the same.
pub async fn withdraw_without_interview(tx: &mut TenantTx, id: ApplicationId, note: String) -> Result<()> {
    let application = store::applications::lock(tx, id).await?;
    if application.state != ApplicationState::Active {
        return Ok(());
    }
    let by = end_application::By::Candidate;
    let application = end_application::run(tx, id, "", ApplicationState::Withdrawn, note, by).await?;
    let why = "The candidate withdrew.".to_owned();
    let due = tx.now();
    let suggestion = "They were thanked where an interview was ahead. Note why, if they say so.";
    say::task(tx, TaskKind::CandidateWithdrew, &application, due, why, suggestion).await
}

/// The candidate looks at their page. The first time since they were asked is written down, and a rule may count from it.
pub async fn viewed(tx: &mut TenantTx, cadence: &Cadence, id: InterviewId) -> Result<bool> {
    let is_news = |moments: &[Moment]| {
        let standing = Standing::after(moments);
        standing.phase == Phase::Asking && standing.viewed.is_none()
    };
    if !is_news(&store::moments::of(tx, id).await?) {
        return Ok(false);
    }
    let interview = store::interviews::lock(tx, id).await?;
    if !is_news(&store::moments::of(tx, id).await?) {
        return Ok(false);
    }
    history::happened(tx, cadence, interview.id, vec![What::Viewed]).await?;
    Ok(true)
}

/// What every answer brings: the follow-up of the invitation ends, and others hear of it.
async fn answered(tx: &mut TenantTx, cadence: &Cadence, interview: &Interview, answer: CandidateAnswer) -> Result<()> {
    let what = match answer {
        CandidateAnswer::Confirmed => vec![What::Confirmed],
        CandidateAnswer::OtherTimeRequested => vec![What::OtherTimeRequested],
        CandidateAnswer::OtherTimeTaken => vec![What::TimeTaken { start: interview.start_time }],
        CandidateAnswer::Declined => vec![What::Declined],
        // What it brings to each interview is written down when that is called off.
        CandidateAnswer::Withdrew | CandidateAnswer::Unspecified => Vec::new(),
    };
    history::happened(tx, cadence, interview.id, what).await?;
    let asked = [TaskKind::InvitationUnanswered, TaskKind::MessageFailed, TaskKind::ReplyUnclear];
    say::settle(tx, interview, &asked).await?;
    let answered = InterviewAnswered {
        interview_id: interview.id.to_string(),
        application_id: interview.application_id.to_string(),
        job_id: interview.job_id.to_string(),
        candidate_id: interview.candidate_id.to_string(),
        stage: interview.stage.clone(),
        answer: answer.into(),
        start_time: Some(wire::timestamp(interview.start_time)),
        time_zone: interview.time_zone.clone(),
        reason: match answer {
            CandidateAnswer::OtherTimeRequested | CandidateAnswer::Declined => interview.answer_reason.into(),
            _ => AnswerReason::Unspecified.into(),
        },
    };
    outbox::append(tx, interview.id, &answered).await?;
    Ok(())
}
