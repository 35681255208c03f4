//! Every change of a task is saved, kept in its history, and said: whoever watches the workbench lives on these events.

use chassis::{Result, TenantTx, wire};
use usher_proto::ats::v1::{self as pb, TaskChanged, TaskCompleted, TaskCreated, TaskState};

use crate::{
    domain::{
        task::{Step, Task},
        timer::TimerKind,
    },
    store,
};

/// A change that somebody made, or time did.
pub async fn changed(tx: &mut TenantTx, before: &Task, task: &Task) -> Result<()> {
    save(tx, before, task).await?;
    outbox::append(tx, task.id, &change(before, task)).await?;
    Ok(())
}

/// It is done.
pub async fn completed(tx: &mut TenantTx, before: &Task, task: &Task) -> Result<()> {
    save(tx, before, task).await?;
    let completed = TaskCompleted {
        task_id: task.id.to_string(),
        candidate_id: task.about.candidate_id.to_string(),
        actor: task.last.actor.clone(),
        task: Some(shown(task)),
        from_state: before.state.into(),
        from_holder: before.holder().unwrap_or_default().to_owned(),
    };
    outbox::append(tx, task.id, &completed).await?;
    Ok(())
}

/// Tasks that have come into the workbench, and some that stood there and say a newer why.
pub async fn put(tx: &mut TenantTx, fresh: &[Task], renewed: &[Task]) -> Result<()> {
    let steps: Vec<_> = fresh.iter().chain(renewed).map(|task| (task.id, task.last_step())).collect();
    store::tasks::insert_steps(tx, &steps).await?;
    let created: Vec<_> = fresh.iter().map(|task| (task.id, created(task))).collect();
    outbox::append_all(tx, &created.iter().map(|(id, event)| (id, event)).collect::<Vec<_>>()).await?;
    let changes: Vec<_> = renewed.iter().map(|task| (task.id, change(task, task))).collect();
    outbox::append_all(tx, &changes.iter().map(|(id, event)| (id, event)).collect::<Vec<_>>()).await?;
    Ok(())
}

async fn save(tx: &mut TenantTx, before: &Task, task: &Task) -> Result<()> {
    store::tasks::update(tx, task).await?;
    store::tasks::insert_steps(tx, &[(task.id, task.last_step())]).await?;
    match &task.snooze {
        Some(snooze) => store::timers::set(tx, TimerKind::Wake, &[(task.id.0, snooze.until)]).await,
        None if before.state == TaskState::Snoozed => store::timers::clear(tx, &[task.id.0], &[TimerKind::Wake]).await,
        None => Ok(()),
    }
}

fn created(task: &Task) -> TaskCreated {
    TaskCreated {
        task_id: task.id.to_string(),
        kind: task.kind.into(),
        candidate_id: task.about.candidate_id.to_string(),
        application_id: task.about.application_id.map(|id| id.to_string()).unwrap_or_default(),
        interview_id: task.about.interview_id.map(|id| id.to_string()).unwrap_or_default(),
        why: task.why.clone(),
        task: Some(shown(task)),
    }
}

fn change(before: &Task, task: &Task) -> TaskChanged {
    let (was_of, is_of) = (before.about.candidate_id, task.about.candidate_id);
    TaskChanged {
        task_id: task.id.to_string(),
        candidate_id: task.about.candidate_id.to_string(),
        step: task.last.kind.into(),
        actor: task.last.actor.clone(),
        task: Some(shown(task)),
        from_state: before.state.into(),
        from_holder: before.holder().unwrap_or_default().to_owned(),
        from_candidate_id: if was_of == is_of { String::new() } else { was_of.to_string() },
    }
}

/// A task as the contract shows it, without brief and history.
pub fn shown(task: &Task) -> pb::Task {
    let about = &task.about;
    let candidate_id = about.candidate_id.to_string();
    let application_id = about.application_id.map(|id| id.to_string()).unwrap_or_default();
    let interview_id = about.interview_id.map(|id| id.to_string()).unwrap_or_default();
    pb::Task {
        task_id: task.id.to_string(),
        kind: task.kind.into(),
        state: task.state.into(),
        candidate_id: candidate_id.clone(),
        application_id: application_id.clone(),
        interview_id: interview_id.clone(),
        why: task.why.clone(),
        suggestion: task.suggestion.clone(),
        create_time: Some(wire::timestamp(task.create_time)),
        due_time: Some(wire::timestamp(task.due_time)),
        claimed_by: task.claimed_by.clone().unwrap_or_default(),
        claim_time: task.claim_time.map(wire::timestamp),
        assignment: task.assignment.as_ref().map(|assignment| pb::TaskAssignment {
            assignee: assignment.assignee.clone(),
            assigned_by: assignment.by.clone(),
            assign_time: Some(wire::timestamp(assignment.time)),
        }),
        snooze: task.snooze.as_ref().map(|snooze| pb::TaskSnooze {
            until_time: Some(wire::timestamp(snooze.until)),
            snoozed_by: snooze.by.clone(),
            snooze_time: Some(wire::timestamp(snooze.time)),
        }),
        cause_time: Some(wire::timestamp(task.cause_time)),
        action: Some(pb::TaskAction { kind: task.action().into(), candidate_id, application_id, interview_id }),
        job_id: task.job_id.map(|id| id.to_string()).unwrap_or_default(),
        revision: Some(pb::TaskRevision {
            version: task.version,
            etag: wire::etag(task.version),
            actor: task.last.actor.clone(),
            step: task.last.kind.into(),
            time: Some(wire::timestamp(task.last.time)),
        }),
        detail: None,
    }
}

/// A line of a task's history as the contract shows it.
pub fn step(step: Step) -> pb::TaskStep {
    pb::TaskStep {
        version: step.version,
        kind: step.kind.into(),
        actor: step.actor,
        time: Some(wire::timestamp(step.time)),
        assignee: step.assignee.unwrap_or_default(),
        until_time: step.until.map(wire::timestamp),
    }
}
