//! How a tenant works, with the house's defaults where it has not said.

use chassis::{Error, Result};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    job::{Stage, check_stages, default_stages},
    offer::check_approvers,
    onboarding::{Entry, check_checklist, default_checklist},
};

/// How a tenant works. Kept as one document: what a later version adds has its default in documents that are older.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub default_stages: Vec<Stage>,
    pub default_offer_approvers: Vec<String>,
    pub onboarding_checklist: Vec<Entry>,
    #[serde(skip)]
    pub version: i64,
    #[serde(skip)]
    pub update_time: Option<DateTime<Utc>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            default_stages: default_stages(),
            default_offer_approvers: Vec::new(),
            onboarding_checklist: default_checklist(),
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
        check_stages("settings.default_stages", &self.default_stages)?;
        check_approvers("settings.default_offer_approvers", &self.default_offer_approvers)?;
        check_checklist("settings.onboarding_checklist", &self.onboarding_checklist)
    }
}
