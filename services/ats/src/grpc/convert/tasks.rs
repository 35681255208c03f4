//! Tasks of the workbench.

use chassis::wire::timestamp;
use usher_proto::ats::v1 as pb;

use crate::domain::task::Task;

pub fn task(task: Task) -> pb::Task {
    pb::Task {
        task_id: task.id.to_string(),
        kind: task.kind.into(),
        state: task.state.into(),
        candidate_id: task.about.candidate_id.to_string(),
        application_id: task.about.application_id.to_string(),
        interview_id: task.about.interview_id.map(|id| id.to_string()).unwrap_or_default(),
        why: task.why,
        suggestion: task.suggestion,
        create_time: Some(timestamp(task.create_time)),
        due_time: Some(timestamp(task.due_time)),
        claimed_by: task.claimed_by.unwrap_or_default(),
        claim_time: task.claim_time.map(timestamp),
    }
}
