//! Who has a person for a while, and what that means for others.

use chassis::{Error, Result, id};
use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::outreach::v1::{ContactPurpose, LeaseEnd};

use super::{Ruling, Sender, nature::Nature, policy::Policy};
use crate::domain::message::CandidateId;

id!(
    /// A lease.
    LeaseId,
    "lease"
);

/// Somebody else has the person.
pub const HELD: &str = "LEASE_HELD";

const SHORTEST: TimeDelta = TimeDelta::minutes(5);
/// The longest that somebody has a person without another word.
pub const LONGEST: TimeDelta = TimeDelta::days(30);

/// Somebody has a person for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub id: LeaseId,
    pub candidate_id: CandidateId,
    pub holder: String,
    pub purpose: ContactPurpose,
    pub note: String,
    pub start_time: DateTime<Utc>,
    pub expire_time: DateTime<Utc>,
    pub end: LeaseEnd,
    pub end_time: Option<DateTime<Utc>>,
    pub ended_by: String,
    pub end_reason: String,
    /// The one that it ended.
    pub overridden: Option<LeaseId>,
}

impl Lease {
    /// Whether it holds.
    pub fn holds(&self, now: DateTime<Utc>) -> bool {
        self.end_time.is_none() && self.expire_time > now
    }

    /// Ends it.
    pub fn finish(&mut self, end: LeaseEnd, by: &str, reason: &str, now: DateTime<Utc>) {
        self.end = end;
        self.end_time = Some(now);
        by.clone_into(&mut self.ended_by);
        reason.clone_into(&mut self.end_reason);
    }

    /// Refuses whoever does not hold it. Errors: `PERMISSION_DENIED` (`LEASE_NOT_YOURS`).
    pub fn check_holder(&self, actor: &str) -> Result<()> {
        if self.holder == actor {
            return Ok(());
        }
        let refused = Error::permission_denied("LEASE_NOT_YOURS", "somebody else has this person");
        Err(refused.hint("override the lease and say why").with("holder", &self.holder))
    }

    /// Refuses one that is over. Errors: `FAILED_PRECONDITION` (`LEASE_OVER`).
    pub fn check_holds(&self, now: DateTime<Utc>) -> Result<()> {
        if self.holds(now) {
            return Ok(());
        }
        Err(Error::failed_precondition("LEASE_OVER", "the lease is over").hint("claim the person"))
    }

    /// As whoever is in the way is told: who has the person, since when, until when and why.
    pub fn tell(&self, error: Error) -> Error {
        error
            .with("lease_id", self.id)
            .with("holder", &self.holder)
            .with("start_time", self.start_time.to_rfc3339())
            .with("expire_time", self.expire_time.to_rfc3339())
            .with("purpose", self.purpose.as_str_name())
            .with("note", &self.note)
    }

    /// In one line.
    pub fn words(&self) -> String {
        let purpose = self.purpose.as_str_name().trim_start_matches("CONTACT_PURPOSE_").to_lowercase();
        let minute = "%Y-%m-%d %H:%M UTC";
        let (since, until) = (self.start_time.format(minute), self.expire_time.format(minute));
        format!("{} has this person since {since} until {until}, for: {purpose}", self.holder)
    }
}

/// How long a lease may be. Errors: `INVALID_ARGUMENT` (`LEASE_DURATION`).
pub fn check_duration(duration: TimeDelta) -> Result<TimeDelta> {
    if (SHORTEST..=LONGEST).contains(&duration) {
        return Ok(duration);
    }
    Err(Error::invalid("duration", "LEASE_DURATION", "must be from 5 minutes to 30 days"))
}

/// Whether a message goes while somebody has its reader. What is said of an application goes on by itself: its reader waits
/// for it, and it is not a second voice but the same one.
pub fn rule(nature: Nature, sender: &Sender, lease: Option<&Lease>, policy: &Policy, now: DateTime<Utc>) -> Ruling {
    let Some(lease) = lease.filter(|lease| lease.holds(now)) else { return Ruling::pass() };
    match sender {
        Sender::Person(actor) if *actor == lease.holder => Ruling::Pass("whoever writes has this person".to_owned()),
        Sender::Person(_) => Ruling::refuse(HELD, lease.words()),
        Sender::Automated if !nature.is_marketing => {
            Ruling::Pass(format!("{}; a message about an ongoing matter goes all the same", lease.words()))
        }
        Sender::Automated if lease.expire_time - now > policy.max_deferral() => Ruling::refuse(HELD, lease.words()),
        Sender::Automated => Ruling::Defer { until: lease.expire_time, reason: HELD, detail: lease.words() },
    }
}

#[cfg(test)]
pub mod tests {
    use usher_proto::outreach::v1::MessageKind;

    use super::*;
    use crate::domain::gate::nature::of;

    pub fn lease(holder: &str) -> Lease {
        Lease {
            id: LeaseId::new(),
            candidate_id: CandidateId::new(),
            holder: holder.to_owned(),
            purpose: ContactPurpose::Opportunities,
            note: "first call on Monday".to_owned(),
            start_time: DateTime::UNIX_EPOCH,
            expire_time: DateTime::UNIX_EPOCH + TimeDelta::days(2),
            end: LeaseEnd::Unspecified,
            end_time: None,
            ended_by: String::new(),
            end_reason: String::new(),
            overridden: None,
        }
    }

    #[test]
    fn a_lease_stops_other_people_holds_up_campaigns_and_lets_an_application_go_on() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::hours(1);
        let held = lease("user_1");
        let policy = Policy::default();
        let said = |kind, sender: &str| rule(of(kind, true), &Sender::of(sender), Some(&held), &policy, now);
        let invitation = MessageKind::InterviewInvitation;
        assert!(matches!(said(invitation, "user_1"), Ruling::Pass(_)));
        assert!(matches!(said(invitation, "user_2"), Ruling::Refuse { reason: HELD, .. }));
        assert!(matches!(said(invitation, ""), Ruling::Pass(words) if words.contains("user_1")), "and says of whom");
        match said(MessageKind::Reactivation, "") {
            Ruling::Defer { until, reason: HELD, detail } => {
                assert_eq!(until, held.expire_time);
                assert!(detail.contains("user_1") && !detail.contains(&held.note), "{detail}");
            }
            other => panic!("{other:?}"),
        }
        let long = Lease { expire_time: now + TimeDelta::days(8), ..held.clone() };
        let said = rule(of(MessageKind::Care, true), &Sender::Automated, Some(&long), &policy, now);
        assert!(matches!(said, Ruling::Refuse { reason: HELD, .. }), "that is too long to wait");
    }

    #[test]
    fn one_that_is_over_stops_nobody() {
        let held = lease("user_1");
        let mut released = held.clone();
        released.finish(LeaseEnd::Released, "user_1", "", DateTime::UNIX_EPOCH);
        for (one, now) in [(&held, held.expire_time), (&released, DateTime::UNIX_EPOCH)] {
            let sender = Sender::of("user_2");
            let said = rule(of(MessageKind::Custom, false), &sender, Some(one), &Policy::default(), now);
            assert_eq!(said, Ruling::pass());
            assert_eq!(one.check_holds(now).unwrap_err().reason(), "LEASE_OVER");
        }
    }

    #[test]
    fn a_lease_is_neither_a_moment_nor_for_ever() {
        for (minutes, fits) in [(0, false), (4, false), (5, true), (30 * 24 * 60, true), (30 * 24 * 60 + 1, false)] {
            assert_eq!(check_duration(TimeDelta::minutes(minutes)).is_ok(), fits, "{minutes}");
        }
    }
}
