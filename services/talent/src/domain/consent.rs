//! What people agree to.

use chrono::{DateTime, Utc};
use usher_proto::talent::v1::ConsentPurpose;
use uuid::Uuid;

/// What a person said about one purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    pub id: Uuid,
    pub purpose: ConsentPurpose,
    pub granted: bool,
    /// When they said it.
    pub time: DateTime<Utc>,
    /// From when on it holds no longer.
    pub expire_time: Option<DateTime<Utc>>,
    pub evidence: String,
    pub actor: String,
}

impl Consent {
    /// Which of two words on one purpose counts: the later one, and of two of one moment the refusal.
    pub fn rank(&self) -> (DateTime<Utc>, bool, Uuid) {
        (self.time, !self.granted, self.id)
    }

    /// Whether the person agrees at that moment.
    pub fn holds(&self, now: DateTime<Utc>) -> bool {
        self.granted && self.expire_time.is_none_or(|end| now < end)
    }
}

/// The name of a purpose in queries and tags.
pub fn name(purpose: ConsentPurpose) -> &'static str {
    match purpose {
        ConsentPurpose::Unspecified => "",
        ConsentPurpose::Application => "application",
        ConsentPurpose::TalentPool => "talent_pool",
        ConsentPurpose::Opportunities => "opportunities",
        ConsentPurpose::Tracking => "tracking",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consent_ends_at_its_end_and_a_refusal_is_none() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let consent = Consent {
            id: Uuid::nil(),
            purpose: ConsentPurpose::TalentPool,
            granted: true,
            time: at(0),
            expire_time: Some(at(10)),
            evidence: String::new(),
            actor: String::new(),
        };
        assert!(consent.holds(at(9)) && !consent.holds(at(10)));
        assert!(Consent { expire_time: None, ..consent.clone() }.holds(at(1_000_000)));
        assert!(!Consent { granted: false, ..consent }.holds(at(1)));
    }
}
