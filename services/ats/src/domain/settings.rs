//! How a tenant works, with the house's defaults where it has not said.

use std::ops::RangeInclusive;

use chassis::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{
    cadence::rule::{self, Rule},
    calendar::Calendar,
    job::{Stage, check_stages, default_stages},
    offer::check_approvers,
    onboarding::{Entry, check_checklist, default_checklist},
};

/// No transaction that began by older settings lasts for so long.
const LONGEST_WORK: TimeDelta = TimeDelta::minutes(1);
/// The longest that a tenant may let a candidate wait, in working days.
const LONGEST_SILENCE: u32 = 60;

/// How a tenant works. Kept as one document: what a later version adds has its default in documents that are older.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub default_stages: Vec<Stage>,
    pub reschedule_policy: ReschedulePolicy,
    /// `None` follows the house.
    pub cadences: Option<Vec<Rule>>,
    pub default_offer_approvers: Vec<String>,
    pub onboarding_checklist: Vec<Entry>,
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
            reschedule_policy: ReschedulePolicy::default(),
            cadences: None,
            default_offer_approvers: Vec::new(),
            onboarding_checklist: default_checklist(),
            calendar: Calendar::default(),
            employer_silence_days: 3,
            version: 0,
            update_time: None,
        }
    }
}

impl Settings {
    /// When what a change of settings reaches piece by piece is looked at next: at once after a piece with something in it,
    /// soon while somebody was busy, and a last time when nobody works by older settings any more, for what they wrote
    /// meanwhile.
    pub fn next_piece(&self, had_some: bool, leaves_some: bool, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match (had_some, leaves_some) {
            (true, _) => Some(now),
            (false, true) => Some(now + TimeDelta::seconds(1)),
            (false, false) => self.update_time.map(|time| time + LONGEST_WORK).filter(|last| now < *last),
        }
    }

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
        check_stages("settings.default_stages", &self.default_stages)?;
        rule::check("settings.cadences", self.cadences.as_deref().unwrap_or_default())?;
        check_approvers("settings.default_offer_approvers", &self.default_offer_approvers)?;
        check_checklist("settings.onboarding_checklist", &self.onboarding_checklist)?;
        self.reschedule_policy.check("settings.reschedule_policy")
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

/// How far a candidate may move an interview by themselves, as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReschedulePolicy {
    cutoff_seconds: i64,
    pub cap: i32,
    hold_seconds: i64,
}

impl Default for ReschedulePolicy {
    fn default() -> Self {
        Self::new(TimeDelta::hours(4), 2, TimeDelta::hours(48))
    }
}

impl ReschedulePolicy {
    /// How long times may be held.
    pub const HOLDS: RangeInclusive<TimeDelta> = TimeDelta::minutes(15)..=TimeDelta::days(14);
    const CUTOFFS: RangeInclusive<TimeDelta> = TimeDelta::zero()..=TimeDelta::days(14);

    /// With all that it says.
    pub fn new(cutoff: TimeDelta, cap: i32, hold: TimeDelta) -> Self {
        Self { cutoff_seconds: cutoff.num_seconds(), cap, hold_seconds: hold.num_seconds() }
    }

    /// So long before the start nothing is moved any more.
    pub fn cutoff(&self) -> TimeDelta {
        TimeDelta::seconds(self.cutoff_seconds)
    }

    /// For so long offered times are held.
    pub fn hold(&self) -> TimeDelta {
        TimeDelta::seconds(self.hold_seconds)
    }

    /// Whether a change of what starts then comes before the cut-off.
    pub fn is_in_time(&self, start: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        now <= start - self.cutoff()
    }

    fn check(&self, field: &str) -> Result<()> {
        if !Self::CUTOFFS.contains(&self.cutoff()) {
            let field = format!("{field}.cutoff");
            return Err(Error::invalid(field, "DURATION_OUT_OF_RANGE", "must be at most 14 days"));
        }
        if !Self::HOLDS.contains(&self.hold()) {
            let field = format!("{field}.hold");
            return Err(Error::invalid(field, "DURATION_OUT_OF_RANGE", "must be between 15 minutes and 14 days"));
        }
        Ok(())
    }
}
