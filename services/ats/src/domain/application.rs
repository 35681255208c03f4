//! One person's way through one job.

use chassis::{Actor, Error, Result, id};
use chrono::{DateTime, Utc};
use usher_proto::ats::v1::ApplicationState;

use super::{CandidateId, job::JobId};

id!(
    /// An application.
    ApplicationId,
    "app"
);

/// A person's way through one job.
#[derive(Debug, Clone)]
pub struct Application {
    pub id: ApplicationId,
    pub job_id: JobId,
    pub candidate_id: CandidateId,
    pub stage: String,
    pub state: ApplicationState,
    pub source: String,
    pub version: i64,
    pub create_time: DateTime<Utc>,
    pub update_time: DateTime<Utc>,
}

/// A step that was taken; never changed.
#[derive(Debug, Clone)]
pub struct Transition {
    pub version: i64,
    pub from_stage: String,
    pub to_stage: String,
    pub to_state: ApplicationState,
    pub actor: Actor,
    pub reason: String,
    pub time: DateTime<Utc>,
}

impl Application {
    /// Takes a step, which only a live application does.
    pub fn go(
        &mut self,
        stage: &str,
        state: ApplicationState,
        actor: Actor,
        reason: String,
        now: DateTime<Utc>,
    ) -> Result<Transition> {
        self.must_be_live()?;
        let from_stage = std::mem::replace(&mut self.stage, stage.to_owned());
        self.state = state;
        self.version += 1;
        self.update_time = now;
        Ok(Transition {
            version: self.version,
            from_stage,
            to_stage: stage.to_owned(),
            to_state: state,
            actor,
            reason,
            time: now,
        })
    }

    /// Refuses work on an application that has ended.
    pub fn must_be_live(&self) -> Result<()> {
        if self.state == ApplicationState::Active {
            return Ok(());
        }
        let state = self.state.as_str_name().trim_start_matches("APPLICATION_STATE_").to_lowercase();
        Err(Error::failed_precondition("APPLICATION_STATE", format!("the application is {state}")).with("state", state))
    }
}
