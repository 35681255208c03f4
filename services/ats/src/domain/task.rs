//! What needs a person: why it is in the workbench, and what to do about it.

use chassis::{Actor, Error, Result, id};
use chrono::{DateTime, Utc};
use usher_proto::ats::v1::{TaskKind, TaskState};

use uuid::Uuid;

use super::{
    CandidateId,
    application::{Application, ApplicationId},
    interview::{Interview, InterviewId},
};

id!(
    /// A task of the workbench.
    TaskId,
    "task"
);

/// What a task is about.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// The interview or the application for which one task of a kind stands at a time.
    pub subject: Uuid,
    pub candidate_id: CandidateId,
    pub application_id: ApplicationId,
    pub interview_id: Option<InterviewId>,
}

impl From<&Interview> for About {
    fn from(interview: &Interview) -> Self {
        Self {
            subject: interview.id.0,
            candidate_id: interview.candidate_id,
            application_id: interview.application_id,
            interview_id: Some(interview.id),
        }
    }
}

impl From<&Application> for About {
    fn from(application: &Application) -> Self {
        Self {
            subject: application.id.0,
            candidate_id: application.candidate_id,
            application_id: application.id,
            interview_id: None,
        }
    }
}

/// Something that needs a person.
#[derive(Debug, Clone)]
pub struct Task {
    pub id: TaskId,
    pub kind: TaskKind,
    pub state: TaskState,
    pub about: About,
    pub why: String,
    pub suggestion: String,
    pub create_time: DateTime<Utc>,
    pub due_time: DateTime<Utc>,
    pub claimed_by: Option<String>,
    pub claim_time: Option<DateTime<Utc>>,
}

impl Task {
    /// One that nobody has taken yet.
    pub fn new(
        kind: TaskKind,
        about: impl Into<About>,
        due_time: DateTime<Utc>,
        why: String,
        suggestion: &str,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id: TaskId::new(),
            kind,
            state: TaskState::Open,
            about: about.into(),
            why,
            suggestion: suggestion.to_owned(),
            create_time: now,
            due_time,
            claimed_by: None,
            claim_time: None,
        }
    }

    /// Somebody takes it. The same person may take it twice.
    pub fn claim(&mut self, actor: &Actor, now: DateTime<Utc>) -> Result<()> {
        self.must_be_free_for(actor)?;
        self.state = TaskState::Claimed;
        self.claim_time = self.claim_time.or(Some(now));
        self.claimed_by = Some(actor.as_str().to_owned());
        Ok(())
    }

    /// Somebody did it.
    pub fn complete(&mut self, actor: &Actor) -> Result<()> {
        self.must_be_free_for(actor)?;
        self.state = TaskState::Done;
        Ok(())
    }

    fn must_be_free_for(&self, actor: &Actor) -> Result<()> {
        match (&self.claimed_by, self.claim_time) {
            _ if self.state == TaskState::Done => {
                Err(Error::failed_precondition("TASK_DONE", "this task is done already"))
            }
            (Some(owner), Some(since)) if owner != actor.as_str() => {
                Err(Error::failed_precondition("TASK_CLAIMED", "somebody else is at it")
                    .with("claimed_by", owner)
                    .with("claim_time", since.to_rfc3339()))
            }
            _ => Ok(()),
        }
    }
}
