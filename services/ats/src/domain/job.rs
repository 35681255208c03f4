//! Requisitions and which of their states follow which.

use std::collections::BTreeSet;

use chassis::{Actor, Error, Result, id};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use usher_proto::ats::v1::{EmploymentType, JobState};

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

/// Somebody who hires, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub user_id: String,
    pub role: i32,
}

/// Something that interviewers look for, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Competency {
    pub key: String,
    pub display_name: String,
    pub description: String,
}

/// A step that was taken; never changed.
#[derive(Debug, Clone)]
pub struct Transition {
    pub version: i64,
    pub from_state: JobState,
    pub to_state: JobState,
    pub actor: Actor,
    pub reason: String,
    pub time: DateTime<Utc>,
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
    pub wished_skills: Vec<String>,
    pub employment_type: EmploymentType,
    /// Who answers for it.
    pub owner: String,
    pub hiring_team: Vec<Member>,
    pub competencies: Vec<Competency>,
    pub openings: i32,
    /// Openings that somebody was hired for.
    pub filled: i32,
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
    pub fn go(&mut self, to: JobState, actor: Actor, reason: String, now: DateTime<Utc>) -> Result<Transition> {
        if !MOVES.contains(&(self.state, to)) {
            let (from, to) = (name(self.state), name(to));
            return Err(Error::failed_precondition("JOB_STATE", format!("a job that is {from} can not become {to}"))
                .with("state", from));
        }
        let from_state = std::mem::replace(&mut self.state, to);
        self.version += 1;
        self.update_time = now;
        Ok(Transition { version: self.version, from_state, to_state: to, actor, reason, time: now })
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
        if self.stage(stage).is_some() {
            return Ok(());
        }
        let known: Vec<&str> = self.stages.iter().map(|stage| stage.key.as_str()).collect();
        Err(Error::invalid("to_stage", "STAGE_UNKNOWN", format!("must be one of the job's: {}", known.join(", "))))
    }

    /// The stage of that key.
    pub fn stage(&self, key: &str) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.key == key)
    }

    /// The first stage: there is always one.
    pub fn first_stage(&self) -> Result<&Stage> {
        self.stages.first().ok_or_else(|| Error::internal("a job has no stages", &self.id))
    }

    /// When an application that came to a stage then is overdue there; `None` where the stage has no service level.
    pub fn overdue(&self, stage: &str, since: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let level = self.stage(stage)?.service_level_hours;
        (level > 0).then(|| since + TimeDelta::hours(level.into()))
    }

    /// Refuses a requisition that contradicts itself.
    pub fn check(&self) -> Result<()> {
        check_stages("stages", &self.stages)?;
        let keys: Vec<&str> = self.competencies.iter().map(|competency| competency.key.as_str()).collect();
        check_distinct("competencies", "COMPETENCY_REPEATED", "must have keys that differ", &keys)?;
        let users: Vec<&str> = self.hiring_team.iter().map(|member| member.user_id.as_str()).collect();
        check_distinct("hiring_team", "TEAM_MEMBER_REPEATED", "must name each person once", &users)?;
        if self.openings < self.filled {
            return Err(Error::failed_precondition(
                "OPENINGS_BELOW_FILLED",
                "fewer openings than people who were hired for them",
            )
            .with("filled", self.filled));
        }
        Ok(())
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
pub fn check_stages(field: &str, stages: &[Stage]) -> Result<()> {
    let keys: Vec<&str> = stages.iter().map(|stage| stage.key.as_str()).collect();
    check_distinct(field, "STAGE_REPEATED", "must have keys that differ", &keys)
}

fn check_distinct(field: &str, reason: &'static str, rule: &str, keys: &[&str]) -> Result<()> {
    if keys.iter().collect::<BTreeSet<_>>().len() == keys.len() {
        return Ok(());
    }
    Err(Error::invalid(field, reason, rule))
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
