//! What several verbs say: a message that should go out, a task that stands or falls.

use chassis::{Actor, Result, TenantTx};
use chrono::{DateTime, Utc};
use usher_proto::{
    ats::v1::{MessageRequested, TaskCompleted, TaskCreated, TaskKind, TaskState},
    outreach::v1::MessageKind,
};

use crate::{
    domain::{
        cadence::Kind,
        draft::draft,
        interview::{Interview, Invitation},
        task::{Task, TaskId},
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
    let requested = MessageRequested { draft: Some(draft(kind, what, number, interview, &job)) };
    outbox::append(tx, interview.id, &requested).await?;
    Ok(())
}

/// Asks for the invitation, anew each time, and notes which state of the interview it was made from. The caller saves.
pub async fn invitation(tx: &mut TenantTx, interview: &mut Interview) -> Result<()> {
    interview.invitations += 1;
    interview.invitation_version = interview.version;
    interview.invitation = Invitation::Pending;
    message(tx, MessageKind::InterviewInvitation, "invitation", interview.invitations.into(), interview).await
}

/// Puts a task into the workbench, unless the same one stands there.
pub async fn task(
    tx: &mut TenantTx,
    kind: TaskKind,
    interview: &Interview,
    due: DateTime<Utc>,
    why: String,
    suggestion: &str,
) -> Result<()> {
    let task = Task {
        id: TaskId::new(),
        kind,
        state: TaskState::Open,
        candidate_id: interview.candidate_id,
        application_id: interview.application_id,
        interview_id: interview.id,
        why,
        suggestion: suggestion.to_owned(),
        create_time: tx.now(),
        due_time: due,
        claimed_by: None,
        claim_time: None,
    };
    if !store::tasks::insert(tx, &task).await? {
        return Ok(());
    }
    let created = TaskCreated {
        task_id: task.id.to_string(),
        kind: kind.into(),
        candidate_id: task.candidate_id.to_string(),
        application_id: task.application_id.to_string(),
        interview_id: task.interview_id.to_string(),
        why: task.why,
    };
    outbox::append(tx, task.id, &created).await?;
    Ok(())
}

/// Takes tasks out of the workbench whose cause went away.
pub async fn settle(tx: &mut TenantTx, interview: &Interview, kinds: &[TaskKind]) -> Result<()> {
    for task in store::tasks::lock_open(tx, interview.id, kinds).await? {
        complete(tx, Task { state: TaskState::Done, ..task }, &Actor::service("ats")).await?;
    }
    Ok(())
}

/// Writes down that a task is done, and says so.
pub async fn complete(tx: &mut TenantTx, task: Task, actor: &Actor) -> Result<Task> {
    store::tasks::update(tx, &task, Some(actor.as_str())).await?;
    let completed = TaskCompleted {
        task_id: task.id.to_string(),
        candidate_id: task.candidate_id.to_string(),
        actor: actor.to_string(),
    };
    outbox::append(tx, task.id, &completed).await?;
    Ok(task)
}

/// What an answer, whichever it is, puts an end to.
pub async fn answered(tx: &mut TenantTx, interview: &Interview) -> Result<()> {
    store::timers::clear(tx, interview.id, &[Kind::Remind, Kind::Escalate]).await?;
    settle(tx, interview, &[TaskKind::InvitationUnanswered]).await
}

/// What the end of an interview before its time puts an end to.
pub async fn called_off(tx: &mut TenantTx, interview: &Interview) -> Result<()> {
    store::timers::clear(tx, interview.id, &[Kind::Remind, Kind::Escalate, Kind::AskAttendance]).await?;
    settle(
        tx,
        interview,
        &[
            TaskKind::InvitationUnanswered,
            TaskKind::OfferTimes,
            TaskKind::MessageRefused,
            TaskKind::MessageFailed,
            TaskKind::RecordAttendance,
        ],
    )
    .await
}
