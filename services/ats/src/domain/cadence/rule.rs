//! Rules as data: when somebody is reminded, of what, and by whom.

use std::collections::BTreeSet;

use chassis::{Error, Result};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use usher_proto::{
    ats::v1::{CadenceMode, CadenceTrigger},
    outreach::v1::MessageKind,
};

/// One rule, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Unique among the tenant's.
    pub key: String,
    pub enabled: bool,
    trigger: i32,
    delay_seconds: i64,
    every_seconds: i64,
    pub at_most: i32,
    mode: i32,
    message_kind: i32,
    pub channels: Vec<String>,
}

/// What one says of a rule; see the contract for the meaning of each.
#[derive(Debug, Clone)]
pub struct Draft {
    pub key: String,
    pub enabled: bool,
    pub trigger: CadenceTrigger,
    pub delay: TimeDelta,
    pub every: TimeDelta,
    pub at_most: i32,
    pub mode: CadenceMode,
    pub message_kind: MessageKind,
    pub channels: Vec<String>,
}

/// The longest delay.
const LONGEST: TimeDelta = TimeDelta::days(90);
/// Repeats that are closer are noise.
const CLOSEST: TimeDelta = TimeDelta::hours(2);

impl Rule {
    /// From what one says; the message is the trigger's own where none is named.
    pub fn new(draft: Draft) -> Self {
        let kind = match draft.message_kind {
            MessageKind::Unspecified => messages(draft.trigger).first().copied().unwrap_or(MessageKind::Unspecified),
            kind => kind,
        };
        Self {
            key: draft.key,
            enabled: draft.enabled,
            trigger: draft.trigger.into(),
            delay_seconds: draft.delay.num_seconds(),
            every_seconds: draft.every.num_seconds(),
            at_most: draft.at_most,
            mode: draft.mode.into(),
            message_kind: kind.into(),
            channels: draft.channels,
        }
    }

    /// What sets it off; a trigger of a later version sets nothing off.
    pub fn trigger(&self) -> CadenceTrigger {
        CadenceTrigger::try_from(self.trigger).unwrap_or_default()
    }

    /// How long after, or before, its trigger.
    pub fn delay(&self) -> TimeDelta {
        TimeDelta::seconds(self.delay_seconds)
    }

    /// Between two of it.
    pub fn every(&self) -> TimeDelta {
        TimeDelta::seconds(self.every_seconds)
    }

    /// Whether it writes, or asks somebody to.
    pub fn mode(&self) -> CadenceMode {
        CadenceMode::try_from(self.mode).unwrap_or(CadenceMode::Suggest)
    }

    /// What it writes.
    pub fn message_kind(&self) -> MessageKind {
        MessageKind::try_from(self.message_kind).unwrap_or_default()
    }

    fn check(&self, field: &str) -> Result<()> {
        let wrong = |name: &str, rule: &str| Error::invalid(format!("{field}.{name}"), "CADENCE_INVALID", rule);
        if self.delay() < TimeDelta::zero() || self.delay() > LONGEST {
            return Err(wrong("delay", "must be at most 90 days"));
        }
        if self.at_most > 1 && self.every() < CLOSEST {
            return Err(wrong("every", "must be at least 2 hours where the rule repeats"));
        }
        let known = messages(self.trigger());
        if self.mode() == CadenceMode::Auto && !known.contains(&self.message_kind()) {
            let names: Vec<&str> = known.iter().map(MessageKind::as_str_name).collect();
            let rule = if names.is_empty() {
                "has nothing to send for this trigger; use the mode SUGGEST".to_owned()
            } else {
                format!("must be one of: {}", names.join(", "))
            };
            return Err(wrong("message_kind", &rule));
        }
        Ok(())
    }
}

/// What can be written at a trigger, the usual one first.
fn messages(trigger: CadenceTrigger) -> &'static [MessageKind] {
    match trigger {
        CadenceTrigger::Unanswered | CadenceTrigger::ViewedUnanswered | CadenceTrigger::UnconfirmedBeforeStart => {
            &[MessageKind::InterviewReminder]
        }
        CadenceTrigger::Upcoming => &[MessageKind::InterviewUpcoming],
        CadenceTrigger::NoShow => &[MessageKind::InterviewMissed],
        CadenceTrigger::OfferUnanswered => &[MessageKind::OfferReminder],
        CadenceTrigger::Undelivered | CadenceTrigger::Unspecified => &[],
    }
}

/// Refuses rules that can not be followed.
pub fn check(field: &str, rules: &[Rule]) -> Result<()> {
    let keys: BTreeSet<&str> = rules.iter().map(|rule| rule.key.as_str()).collect();
    if keys.len() < rules.len() {
        return Err(Error::invalid(field, "CADENCE_REPEATED", "must have keys that differ"));
    }
    rules.iter().enumerate().try_for_each(|(place, rule)| rule.check(&format!("{field}[{place}]")))
}

/// The rules of a tenant that has set none.
pub fn usual(remind_after: TimeDelta) -> Vec<Rule> {
    let rule = |key: &str, trigger, delay, mode| {
        Rule::new(Draft {
            key: key.to_owned(),
            enabled: true,
            trigger,
            delay,
            every: TimeDelta::zero(),
            at_most: 1,
            mode,
            message_kind: MessageKind::Unspecified,
            channels: Vec::new(),
        })
    };
    let (auto, suggest) = (CadenceMode::Auto, CadenceMode::Suggest);
    vec![
        rule("invitation_not_delivered", CadenceTrigger::Undelivered, TimeDelta::hours(4), suggest),
        rule("invitation_unanswered", CadenceTrigger::Unanswered, remind_after, auto),
        rule("invitation_viewed_unanswered", CadenceTrigger::ViewedUnanswered, TimeDelta::hours(8), suggest),
        rule("unconfirmed_day_before", CadenceTrigger::UnconfirmedBeforeStart, TimeDelta::hours(24), suggest),
        rule("upcoming_in_three_days", CadenceTrigger::Upcoming, TimeDelta::hours(72), auto),
        rule("upcoming_tomorrow", CadenceTrigger::Upcoming, TimeDelta::hours(24), auto),
        rule("after_no_show", CadenceTrigger::NoShow, TimeDelta::hours(1), suggest),
        rule("offer_unanswered", CadenceTrigger::OfferUnanswered, TimeDelta::hours(48), auto),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_rules_can_be_followed() {
        check("cadences", &usual(TimeDelta::hours(24))).unwrap();
    }

    #[test]
    fn what_can_not_be_followed_is_refused_by_its_field() {
        let usual = usual(TimeDelta::hours(24));
        let changed = |change: fn(&mut Rule)| {
            let mut rules = usual.clone();
            change(&mut rules[1]);
            check("cadences", &rules).unwrap_err().violations()[0].0.clone()
        };
        assert_eq!(changed(|rule| rule.key = "after_no_show".to_owned()), "cadences");
        assert_eq!(changed(|rule| rule.delay_seconds = -1), "cadences[1].delay");
        assert_eq!(changed(|rule| rule.at_most = 2), "cadences[1].every");
        assert_eq!(changed(|rule| rule.message_kind = MessageKind::Custom.into()), "cadences[1].message_kind");
        assert_eq!(changed(|rule| rule.trigger = CadenceTrigger::Undelivered.into()), "cadences[1].message_kind");
    }
}
