//! When and how often a tenant writes to people.

use chassis::{Error, Result};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::{holidays::Calendar, lease, nature::Hours, quiet::Quiet};

/// The longest that an interview's messages go out before it, quiet hours or not.
const LONGEST_BEFORE: TimeDelta = TimeDelta::days(3);

/// How many messages a person gets at most; 0 means any number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Caps {
    pub marketing_per_7_days: u32,
    pub marketing_per_30_days: u32,
    pub total_per_day: u32,
    pub safety_per_day: u32,
}

impl Default for Caps {
    fn default() -> Self {
        Self { marketing_per_7_days: 2, marketing_per_30_days: 4, total_per_day: 3, safety_per_day: 50 }
    }
}

/// When and how often a tenant writes to people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Of readers of whom none is known.
    pub zone: Tz,
    pub marketing: Quiet,
    pub reminders: Quiet,
    pub others: Quiet,
    pub urgent_before_seconds: i64,
    pub caps: Caps,
    pub max_deferral_days: u32,
    pub calendars: Vec<Calendar>,
    pub lease_on_send_seconds: i64,
    #[serde(skip)]
    pub version: i64,
    #[serde(skip)]
    pub update_time: Option<DateTime<Utc>>,
}

impl Default for Policy {
    fn default() -> Self {
        let night = NaiveTime::from_hms_opt(21, 0, 0).zip(NaiveTime::from_hms_opt(8, 0, 0));
        Self {
            zone: Tz::Asia__Shanghai,
            marketing: Quiet { night, on_holidays: true, on_weekends: false },
            reminders: Quiet { night, ..Quiet::default() },
            others: Quiet::default(),
            urgent_before_seconds: TimeDelta::hours(3).num_seconds(),
            caps: Caps::default(),
            max_deferral_days: 7,
            calendars: Vec::new(),
            lease_on_send_seconds: 0,
            version: 0,
            update_time: None,
        }
    }
}

impl Policy {
    /// The quiet hours of such messages.
    pub fn quiet(&self, hours: Hours) -> &Quiet {
        match hours {
            Hours::Marketing => &self.marketing,
            Hours::Reminders => &self.reminders,
            Hours::Others => &self.others,
        }
    }

    /// A message that nobody asked for waits no longer.
    pub fn max_deferral(&self) -> TimeDelta {
        TimeDelta::days(self.max_deferral_days.into())
    }

    /// So long before an interview its messages go out, quiet hours or not.
    pub fn urgent_before(&self) -> TimeDelta {
        TimeDelta::seconds(self.urgent_before_seconds.clamp(0, LONGEST_BEFORE.num_seconds()))
    }

    /// For so long a recruiter has a person to whom they write; `None` where they have to claim them.
    pub fn lease_on_send(&self) -> Option<TimeDelta> {
        let longest = lease::LONGEST.num_seconds();
        (self.lease_on_send_seconds > 0).then(|| TimeDelta::seconds(self.lease_on_send_seconds.min(longest)))
    }

    /// The zone of a reader: their own, else the one in which the message tells its times, else the tenant's.
    pub fn zone_of(&self, reader: &str, message: &str) -> Tz {
        [reader, message].iter().find_map(|name| name.parse().ok()).unwrap_or(self.zone)
    }

    /// Refuses what can not be kept. Each error names its field.
    pub fn check(&self) -> Result<()> {
        for (field, quiet) in [("marketing", &self.marketing), ("reminders", &self.reminders), ("others", &self.others)]
        {
            if quiet.night.is_some_and(|(start, end)| start == end) {
                return Err(invalid(&format!("{field}.end"), "QUIET_HOURS_INVALID", "must differ from the start"));
            }
        }
        if self.urgent_before_seconds > LONGEST_BEFORE.num_seconds() {
            return Err(invalid("urgent_before", "DURATION_OUT_OF_RANGE", "must be at most 3 days"));
        }
        if self.lease_on_send_seconds > lease::LONGEST.num_seconds() {
            return Err(invalid("lease_on_send", "DURATION_OUT_OF_RANGE", "must be at most 30 days"));
        }
        self.check_calendars()
    }

    fn check_calendars(&self) -> Result<()> {
        for (place, calendar) in self.calendars.iter().enumerate() {
            let field = |name: &str| format!("holiday_calendars[{place}].{name}");
            let before = self.calendars.get(..place).unwrap_or_default();
            if before.iter().any(|other| other.region == calendar.region) {
                return Err(invalid(
                    &field("region"),
                    "REGION_REPEATED",
                    "must not name a region that another one names",
                ));
            }
            if before.iter().any(|other| other.zones.iter().any(|zone| calendar.zones.contains(zone))) {
                return Err(invalid(&field("time_zones"), "REGION_REPEATED", "must not name a zone of another region"));
            }
            if let Some(date) = calendar.holidays.intersection(&calendar.working_days).next() {
                let description = format!("must not name {date}, which is a holiday");
                return Err(invalid(&field("working_days"), "DATE_CONTRADICTORY", &description));
            }
        }
        Ok(())
    }
}

fn invalid(field: &str, reason: &'static str, description: &str) -> Error {
    Error::invalid(format!("policy.{field}"), reason, description)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_the_readers_then_the_messages_then_the_tenants() {
        let policy = Policy::default();
        assert_eq!(policy.zone_of("Europe/Berlin", "Asia/Tokyo"), Tz::Europe__Berlin);
        assert_eq!(policy.zone_of("", "Asia/Tokyo"), Tz::Asia__Tokyo);
        assert_eq!(policy.zone_of("Nowhere/Land", ""), Tz::Asia__Shanghai);
    }

    #[test]
    fn what_is_kept_is_read_back_and_what_is_new_has_its_default() {
        let kept = serde_json::to_value(Policy::default()).unwrap();
        assert_eq!(serde_json::from_value::<Policy>(kept).unwrap(), Policy::default());
        assert_eq!(serde_json::from_str::<Policy>("{}").unwrap(), Policy::default());
        assert!(Policy::default().check().is_ok());
    }

    #[test]
    fn what_can_not_be_kept_names_its_field() {
        let calendar = |region: &str, zones: &[Tz]| Calendar {
            region: region.to_owned(),
            zones: zones.to_vec(),
            holidays: ["2027-01-01".parse().unwrap()].into(),
            working_days: std::collections::BTreeSet::new(),
        };
        let hour = NaiveTime::from_hms_opt(9, 0, 0).unwrap();
        let mut worked = calendar("DE", &[Tz::Europe__Berlin]);
        worked.working_days = worked.holidays.clone();
        let policy = Policy::default;
        for (policy, field) in [
            (
                Policy { others: Quiet { night: Some((hour, hour)), ..Quiet::default() }, ..policy() },
                "policy.others.end",
            ),
            (Policy { urgent_before_seconds: 4 * 86_400, ..policy() }, "policy.urgent_before"),
            (Policy { lease_on_send_seconds: 31 * 86_400, ..policy() }, "policy.lease_on_send"),
            (Policy { calendars: vec![worked], ..policy() }, "policy.holiday_calendars[0].working_days"),
            (
                Policy { calendars: vec![calendar("DE", &[Tz::Europe__Berlin]), calendar("DE", &[])], ..policy() },
                "policy.holiday_calendars[1].region",
            ),
            (
                Policy {
                    calendars: vec![calendar("DE", &[Tz::Europe__Berlin]), calendar("AT", &[Tz::Europe__Berlin])],
                    ..policy()
                },
                "policy.holiday_calendars[1].time_zones",
            ),
        ] {
            assert_eq!(policy.check().unwrap_err().violations()[0].0, field);
        }
    }
}
