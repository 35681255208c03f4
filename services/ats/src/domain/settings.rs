//! How a tenant works, with the house's defaults where it has not said.

use chassis::{Error, Result};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    calendar::Calendar,
    job::{Stage, check_stages, default_stages},
};

/// The longest that a tenant may let a candidate wait, in working days.
const LONGEST_SILENCE: u32 = 60;

/// How a tenant works. Kept as one document: what a later version adds has its default in documents that are older.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub default_stages: Vec<Stage>,
    pub calendar: Calendar,
    /// For how many working days a candidate may wait for a word of ours.
    pub employer_silence_days: u32,
    #[serde(skip)]
    pub version: i64,
    #[serde(skip)]
    pub update_time: Option<DateTime<Utc>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            default_stages: default_stages(),
            calendar: Calendar::default(),
            employer_silence_days: 3,
            version: 0,
            update_time: None,
        }
    }
}

impl Settings {
    /// Refuses what can not be worked by.
    pub fn check(&self) -> Result<()> {
        if self.default_stages.is_empty() {
            return Err(Error::invalid("settings.default_stages", "STAGES_EMPTY", "must have at least one stage"));
        }
        if !(1..=LONGEST_SILENCE).contains(&self.employer_silence_days) {
            return Err(Error::invalid(
                "settings.employer_silence_days",
                "SILENCE_DAYS_INVALID",
                format!("must be from 1 to {LONGEST_SILENCE}"),
            ));
        }
        self.calendar.check()?;
        check_stages("settings.default_stages", &self.default_stages)
    }

    /// For how many working days a candidate may wait; never none, whatever a document says.
    pub fn silence_days(&self) -> u32 {
        self.employer_silence_days.clamp(1, LONGEST_SILENCE)
    }

    /// How often a wait has outlasted what is allowed.
    pub fn breaches(&self, since: DateTime<Utc>, now: DateTime<Utc>) -> u32 {
        self.calendar.working_days_between(since, now) / self.silence_days()
    }

    /// When a wait outlasts it for the nth time.
    pub fn breach(&self, since: DateTime<Utc>, nth: u32) -> DateTime<Utc> {
        self.calendar.add_working_days(since, self.silence_days().saturating_mul(nth))
    }
}
