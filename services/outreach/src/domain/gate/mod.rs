//! Whether a message may go to its reader, and when.
//!
//! Each gate is a function of what is known to what it says. All of them are asked, so that whoever wants to know why a
//! message waits or was refused reads everything that stands in its way at once. `docs/contact.md` says which gate lets
//! what through.

pub mod consent;
pub mod explain;
pub mod frequency;
pub mod holidays;
pub mod lease;
pub mod nature;
pub mod person;
pub mod policy;
pub mod preference;
pub mod quiet;
pub mod suppression;
mod wall;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use usher_proto::talent::v1::ConsentPurpose;

use self::{
    frequency::Contacts, lease::Lease, nature::Nature, policy::Policy, preference::Wishes, suppression::Suppression,
};
use super::message::Verdict;

/// What one gate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// It may go. The text says why where that is not plain.
    Pass(String),
    /// It may go, but not before.
    Defer { until: DateTime<Utc>, reason: &'static str, detail: String },
    /// It may not go.
    Refuse { reason: &'static str, detail: String },
}

impl Ruling {
    /// It may go, and there is nothing to be said.
    pub fn pass() -> Self {
        Self::Pass(String::new())
    }

    fn refuse(reason: &'static str, detail: impl Into<String>) -> Self {
        Self::Refuse { reason, detail: detail.into() }
    }

    /// As it is kept.
    pub fn verdict(self, gate: &str, now: DateTime<Utc>) -> Verdict {
        let (passed, reason, detail, defer_until) = match self {
            Self::Pass(detail) => (true, "", detail, None),
            Self::Defer { until, reason, detail } => (true, reason, detail, Some(until)),
            Self::Refuse { reason, detail } => (false, reason, detail, None),
        };
        Verdict { gate: gate.to_owned(), passed, reason: reason.to_owned(), detail, time: now, defer_until }
    }
}

/// Who wants a message sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// A program: an event, a campaign, a cadence.
    Automated,
    /// Somebody by hand: `user_…` or `key_…`.
    Person(String),
}

impl Sender {
    /// From the actor of a request, or what is kept of it.
    pub fn of(actor: &str) -> Self {
        if actor.is_empty() || actor.starts_with("service:") { Self::Automated } else { Self::Person(actor.to_owned()) }
    }

    /// As it is kept.
    pub fn kept(&self) -> &str {
        match self {
            Self::Automated => "",
            Self::Person(actor) => actor,
        }
    }
}

/// What a person agrees to, as talent knows it now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agreed {
    /// What holds.
    pub consents: Vec<ConsentPurpose>,
    /// What was withdrawn or refused.
    pub refusals: Vec<ConsentPurpose>,
}

/// What is kept of a person, and of the address that a message goes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    pub suppressions: Vec<Suppression>,
    pub wishes: Wishes,
    /// The one that holds now.
    pub lease: Option<Lease>,
}

/// Everything that the gates go by, for one message.
#[derive(Debug)]
pub struct Case<'case> {
    pub nature: Nature,
    pub channel: &'case str,
    pub sender: &'case Sender,
    /// The reader's.
    pub zone: Tz,
    /// When it has lost its point; see [`quiet::Urgency`].
    pub urgency: quiet::Urgency,
    pub agreed: &'case Agreed,
    pub standing: &'case Standing,
    pub policy: &'case Policy,
    /// How often the person is written to; `None` where that was decided before.
    pub contacts: Option<&'case Contacts>,
}

impl Case<'_> {
    /// Whether it may not go by this channel, though it may by another one.
    pub fn is_closed(&self) -> bool {
        let standing = self.standing;
        let by_address = suppression::rule(self.nature, self.channel, &standing.suppressions);
        let by_wish = preference::rule(self.nature, self.channel, &standing.wishes);
        [by_address, by_wish].iter().any(|ruling| matches!(ruling, Ruling::Refuse { .. }))
    }

    /// Asks every gate, in the order in which they are kept. The hours are looked at last, for the moment to which the
    /// others let it wait.
    pub fn rulings(&self, now: DateTime<Utc>) -> Vec<(&'static str, Ruling)> {
        let mut rulings = vec![
            ("consent", consent::rule(self.nature, self.agreed)),
            ("suppression", suppression::rule(self.nature, self.channel, &self.standing.suppressions)),
            ("preference", preference::rule(self.nature, self.channel, &self.standing.wishes)),
            ("lease", lease::rule(self.nature, self.sender, self.standing.lease.as_ref(), self.policy, now)),
        ];
        if let Some(contacts) = self.contacts {
            rulings.push(("frequency", frequency::rule(self.nature, contacts, self.policy, now)));
        }
        let from = waits_until(&rulings).unwrap_or(now).max(now);
        rulings.push(("quiet_hours", quiet::rule(self.nature, self.zone, self.urgency, self.policy, from)));
        rulings
    }
}

/// Whether a gate speaks of the channel, so that another one may be open.
pub fn is_about_channel(gate: &str) -> bool {
    matches!(gate, "suppression" | "preference")
}

/// The latest moment that any gate wants to see.
pub fn waits_until(rulings: &[(&'static str, Ruling)]) -> Option<DateTime<Utc>> {
    let until = |(_, ruling): &(&'static str, Ruling)| match ruling {
        Ruling::Defer { until, .. } => Some(*until),
        _ => None,
    };
    rulings.iter().filter_map(until).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use usher_proto::outreach::v1::MessageKind;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn every_gate_speaks_in_the_same_order_and_the_hours_are_those_of_the_moment_it_waits_for() {
        let policy = Policy::default();
        // Held until three at night in Shanghai, which is quiet.
        let lease = Lease { expire_time: at("2026-11-30T19:00:00Z"), ..lease::tests::lease("user_1") };
        let standing = Standing { lease: Some(lease), ..Standing::default() };
        let agreed = Agreed { consents: vec![ConsentPurpose::Opportunities], refusals: Vec::new() };
        let case = Case {
            nature: nature::of(MessageKind::Reactivation, false),
            channel: "email",
            sender: &Sender::Automated,
            zone: Tz::Asia__Shanghai,
            urgency: quiet::Urgency::default(),
            agreed: &agreed,
            standing: &standing,
            policy: &policy,
            contacts: Some(&Contacts::default()),
        };
        let rulings = case.rulings(at("2026-11-30T05:00:00Z"));
        let gates: Vec<_> = rulings.iter().map(|(gate, _)| *gate).collect();
        assert_eq!(gates, ["consent", "suppression", "preference", "lease", "frequency", "quiet_hours"]);
        assert_eq!(waits_until(&rulings), Some(at("2026-12-01T00:00:00Z")), "eight in the morning");
        let without = Case { contacts: None, ..case };
        assert_eq!(without.rulings(at("2026-11-30T05:00:00Z")).len(), 5);
    }

    #[test]
    fn a_program_and_a_person_are_told_apart() {
        for (actor, sender) in [
            ("", Sender::Automated),
            ("service:talent", Sender::Automated),
            ("user_x", Sender::Person("user_x".to_owned())),
            ("key_x", Sender::Person("key_x".to_owned())),
        ] {
            assert_eq!(Sender::of(actor), sender);
            assert_eq!(Sender::of(sender.kept()), sender);
        }
    }
}
