//! What several verbs bring with them: a message that should go out, a task that stands or falls, a timer.

use chassis::{Result, TenantTx};
use chrono::{DateTime, Utc};
use usher_proto::{
    ats::v1::{InterviewCancelled, MessageRequested, TaskKind},
    outreach::v1::{MessageDraft, MessageKind},
};
use uuid::Uuid;

use super::task_told;
use crate::{
    domain::{
        application::Application,
        cadence::{self, Due, Rule},
        draft::draft,
        interview::{Interview, Invitation, Tell},
        job::Job,
        link,
        task::{About, Task},
        timer::TimerKind,
    },
    store,
};

/// Asks outreach for a message about an interview.
pub async fn message(
    tx: &mut TenantTx,
    kind: MessageKind,
    what: &str,
    number: i64,
    interview: &Interview,
) -> Result<()> {
    let job = store::jobs::get(tx, interview.job_id).await?;
    let requested = MessageRequested { draft: Some(draft(kind, what, number, interview, &job, tx.now())) };
    outbox::append(tx, interview.id, &requested).await?;
    Ok(())
}

/// Asks outreach for the message of a rule that is due. Its name is the rule's turn, so that it goes out once.
pub async fn by_rule(tx: &mut TenantTx, rule: &Rule, due: &Due, interview: &Interview) -> Result<()> {
    let job = store::jobs::get(tx, interview.job_id).await?;
    let what = format!("{}/{}", due.rule, due.episode);
    let draft = draft(rule.message_kind(), &what, due.nth.into(), interview, &job, tx.now());
    let requested = MessageRequested { draft: Some(MessageDraft { channels: rule.channels.clone(), ..draft }) };
    outbox::append(tx, interview.id, &requested).await?;
    Ok(())
}

/// Tells the candidate what a change calls for. The caller saves.
pub async fn tell(tx: &mut TenantTx, interview: &mut Interview, tell: Tell) -> Result<()> {
    match tell {
        Tell::Nothing => Ok(()),
        Tell::Invitation => invitation(tx, interview).await,
        Tell::Update => {
            interview.calendar_sequence += 1;
            let number = interview.calendar_sequence.into();
            message(tx, MessageKind::InterviewRescheduled, "update", number, interview).await
        }
    }
}

/// Asks for the invitation, anew each time, and notes which state of the interview it was made from. The caller saves.
pub async fn invitation(tx: &mut TenantTx, interview: &mut Interview) -> Result<()> {
    interview.invitations += 1;
    interview.invitation_version = interview.version;
    interview.invitation = Invitation::Pending;
    interview.update_owed = false;
    message(tx, MessageKind::InterviewInvitation, "invitation", interview.invitations.into(), interview).await
}

/// Asks for other times.
pub async fn offer_times(tx: &mut TenantTx, interview: &Interview, why: &str) -> Result<()> {
    let due = tx.now();
    task(tx, TaskKind::OfferTimes, interview, due, why.to_owned(), "Offer two or three other times.").await
}

/// Puts a task into the workbench. Where the same one stands already, it says the newer why.
pub async fn task(
    tx: &mut TenantTx,
    kind: TaskKind,
    about: impl Into<About>,
    due: DateTime<Utc>,
    why: String,
    suggestion: &str,
) -> Result<()> {
    let task = Task::new(kind, about, due, why, suggestion, tx.now());
    tasks(tx, vec![task]).await
}

/// As [`task`], for many at once.
pub async fn tasks(tx: &mut TenantTx, tasks: Vec<Task>) -> Result<()> {
    let (fresh, renewed) = store::tasks::insert(tx, &tasks).await?;
    task_told::put(tx, &fresh, &renewed).await
}

/// What an application's coming to a stage, or a change of the stage's service level, brings: somebody is told when it
/// has stood there for too long.
pub async fn watch_stage(tx: &mut TenantTx, job: &Job, applications: &[Application]) -> Result<()> {
    let mut timed = Vec::new();
    let mut untimed = Vec::new();
    for application in applications {
        match job.overdue(&application.stage, application.stage_time) {
            Some(due) => timed.push((application.id.0, due)),
            None => untimed.push(application.id.0),
        }
    }
    store::timers::set(tx, TimerKind::StageOverdue, &timed).await?;
    store::timers::clear(tx, &untimed, &[TimerKind::StageOverdue]).await
}

/// Takes tasks out of the workbench whose cause went away.
pub async fn settle(tx: &mut TenantTx, about: impl Into<About>, kinds: &[TaskKind]) -> Result<()> {
    settle_all(tx, &[about.into().subject], kinds).await
}

/// As [`settle`], about many at once.
pub async fn settle_all(tx: &mut TenantTx, subjects: &[Uuid], kinds: &[TaskKind]) -> Result<()> {
    if subjects.is_empty() {
        return Ok(());
    }
    for before in store::tasks::lock_open(tx, subjects, kinds).await? {
        let mut task = before.clone();
        task.settle(tx.now())?;
        task_told::completed(tx, &before, &task).await?;
    }
    Ok(())
}

/// What the end of an interview, or of the hope for it, puts an end to.
pub async fn over(tx: &mut TenantTx, interview: &Interview) -> Result<()> {
    let kinds = [TimerKind::FollowUp, TimerKind::Conclude, TimerKind::ReleaseOffers];
    store::timers::clear(tx, &[interview.id.0], &kinds).await?;
    store::bookings::settle(tx, interview).await?;
    settle(
        tx,
        interview,
        &[
            TaskKind::InvitationUnanswered,
            TaskKind::OfferTimes,
            TaskKind::MessageRefused,
            TaskKind::MessageFailed,
            TaskKind::RecordAttendance,
            TaskKind::RemindUpcoming,
            TaskKind::FollowUpNoShow,
            TaskKind::ReplyUnclear,
        ],
    )
    .await
}

/// What a change of an interview's times brings: it takes its places in the calendars of its interviewers, somebody looks
/// after it in time, and the candidate's links last.
pub async fn watch(tx: &mut TenantTx, interview: &Interview) -> Result<()> {
    store::bookings::settle(tx, interview).await?;
    match interview.offers_end(tx.now()) {
        Some(end) => store::timers::set(tx, TimerKind::ReleaseOffers, &[(interview.id.0, end)]).await?,
        None => store::timers::clear(tx, &[interview.id.0], &[TimerKind::ReleaseOffers]).await?,
    }
    store::timers::set(tx, TimerKind::Conclude, &[(interview.id.0, cadence::conclude(interview))]).await?;
    store::links::prolong(tx, interview.id, link::expiry(interview)).await
}

/// Says that an interview was called off.
pub async fn cancelled(tx: &mut TenantTx, interview: &Interview) -> Result<()> {
    let cancelled = InterviewCancelled {
        interview_id: interview.id.to_string(),
        application_id: interview.application_id.to_string(),
        job_id: interview.job_id.to_string(),
        candidate_id: interview.candidate_id.to_string(),
        stage: interview.stage.clone(),
        reason: interview.cancel_reason.clone(),
        in_time: interview.cancelled_in_time,
    };
    outbox::append(tx, interview.id, &cancelled).await?;
    Ok(())
}
