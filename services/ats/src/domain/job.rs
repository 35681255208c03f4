//! Requisitions and which of their states follow which.

use std::collections::BTreeSet;

use chassis::{Error, Result, id};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use usher_proto::ats::v1::JobState;

id!(
    /// A requisition.
    JobId,
    "job"
);

/// A step of a pipeline, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    pub key: String,
    pub display_name: String,
    pub service_level_hours: i32,
}

/// A requisition.
#[derive(Debug, Clone)]
pub struct Job {
    pub id: JobId,
    pub title: String,
    pub company_name: String,
    pub location: String,
    pub description: String,
    pub required_skills: Vec<String>,
    pub openings: i32,
    pub state: JobState,
    pub stages: Vec<Stage>,
    pub version: i64,
    pub create_time: DateTime<Utc>,
    pub update_time: DateTime<Utc>,
}

/// Which state may follow which.
pub const MOVES: &[(JobState, JobState)] = &[
    (JobState::Draft, JobState::Open),
    (JobState::Draft, JobState::Closed),
    (JobState::Open, JobState::OnHold),
    (JobState::Open, JobState::Closed),
    (JobState::OnHold, JobState::Open),
    (JobState::OnHold, JobState::Closed),
];

impl Job {
    /// Goes to another state, if that may follow.
    pub fn go(&mut self, to: JobState, now: DateTime<Utc>) -> Result<()> {
        if !MOVES.contains(&(self.state, to)) {
            let (from, to) = (name(self.state), name(to));
            return Err(Error::failed_precondition("JOB_STATE", format!("a job that is {from} can not become {to}"))
                .with("state", from));
        }
        self.state = to;
        self.version += 1;
        self.update_time = now;
        Ok(())
    }

    /// Refuses work that only an open job takes.
    pub fn must_be_open(&self) -> Result<()> {
        if self.state == JobState::Open {
            return Ok(());
        }
        Err(Error::failed_precondition("JOB_STATE", format!("the job is {}; open it first", name(self.state)))
            .with("state", name(self.state)))
    }

    /// Refuses a stage that the pipeline does not have.
    pub fn must_have(&self, stage: &str) -> Result<()> {
        if self.stages.iter().any(|known| known.key == stage) {
            return Ok(());
        }
        let known: Vec<&str> = self.stages.iter().map(|stage| stage.key.as_str()).collect();
        Err(Error::invalid("to_stage", "STAGE_UNKNOWN", format!("must be one of the job's: {}", known.join(", "))))
    }
}

/// The pipeline of a job that names none.
pub fn default_stages() -> Vec<Stage> {
    [
        ("applied", "Applied", 48),
        ("phone_screen", "Phone screen", 72),
        ("interview", "Interview", 120),
        ("offer", "Offer", 72),
    ]
    .into_iter()
    .map(|(key, display_name, service_level_hours)| Stage {
        key: key.to_owned(),
        display_name: display_name.to_owned(),
        service_level_hours,
    })
    .collect()
}

/// Refuses two stages of the same key.
pub fn check_stages(stages: &[Stage]) -> Result<()> {
    let keys: BTreeSet<&str> = stages.iter().map(|stage| stage.key.as_str()).collect();
    if keys.len() == stages.len() {
        return Ok(());
    }
    Err(Error::invalid("stages", "STAGE_REPEATED", "must have keys that differ"))
}

fn name(state: JobState) -> String {
    state.as_str_name().trim_start_matches("JOB_STATE_").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_job_stays_closed() {
        for to in [JobState::Draft, JobState::Open, JobState::OnHold, JobState::Closed] {
            assert!(!MOVES.contains(&(JobState::Closed, to)));
        }
    }
}
