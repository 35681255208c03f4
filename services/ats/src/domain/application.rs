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
    /// Since when it is, or was to its end, live in its stage.
    pub stage_time: DateTime<Utc>,
    /// The older live application of the same person for the same job, after two were merged.
    pub clash_with: Option<ApplicationId>,
}

/// Which state may follow which. A live application that stays live goes to another stage.
pub const MOVES: &[(ApplicationState, ApplicationState)] = &[
    (ApplicationState::Active, ApplicationState::Active),
    (ApplicationState::Active, ApplicationState::Hired),
    (ApplicationState::Active, ApplicationState::Rejected),
    (ApplicationState::Active, ApplicationState::Withdrawn),
    (ApplicationState::Rejected, ApplicationState::Active),
];

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
    /// Takes a step, if it may follow.
    pub fn go(
        &mut self,
        stage: &str,
        state: ApplicationState,
        actor: Actor,
        reason: String,
        now: DateTime<Utc>,
    ) -> Result<Transition> {
        if !MOVES.contains(&(self.state, state)) {
            return Err(self.wrong_state());
        }
        let from_stage = std::mem::replace(&mut self.stage, stage.to_owned());
        if state == ApplicationState::Active {
            self.stage_time = now;
        }
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

    /// As it was after its steps up to some instant; `None` when it did not exist by then.
    pub fn at(self, steps: &[Transition]) -> Option<Self> {
        let last = steps.last()?;
        let entered = |step: &&Transition| step.to_state == ApplicationState::Active;
        let since = steps.iter().rev().find(entered).map_or(self.create_time, |step| step.time);
        Some(Self {
            stage: last.to_stage.clone(),
            state: last.to_state,
            version: last.version,
            update_time: last.time,
            stage_time: since,
            ..self
        })
    }

    /// Refuses work on an application that has ended.
    pub fn must_be_live(&self) -> Result<()> {
        if self.state == ApplicationState::Active {
            return Ok(());
        }
        Err(self.wrong_state())
    }

    /// Refuses to take back what was not a rejection.
    pub fn must_be_rejected(&self) -> Result<()> {
        if self.state == ApplicationState::Rejected {
            return Ok(());
        }
        Err(self.wrong_state())
    }

    fn wrong_state(&self) -> Error {
        let state = self.state.as_str_name().trim_start_matches("APPLICATION_STATE_").to_lowercase();
        Error::failed_precondition("APPLICATION_STATE", format!("the application is {state}")).with("state", state)
    }
}
