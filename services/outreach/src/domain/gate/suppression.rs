//! Where nothing may go any more, each kind with its own reach.

use chassis::id;
use chrono::{DateTime, Utc};
use usher_proto::outreach::v1::{ContactPurpose, SuppressionKind};

use super::{Ruling, nature::Nature};

id!(
    /// A suppression.
    SuppressionId,
    "supp"
);

/// One of a person, or of the address that a message goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    pub kind: SuppressionKind,
    /// Empty: all of them.
    pub channel: String,
    pub purpose: ContactPurpose,
    pub since: DateTime<Utc>,
}

impl Suppression {
    fn reaches(&self, nature: Nature, channel: &str) -> bool {
        let on_channel = self.channel.is_empty() || self.channel == channel;
        on_channel
            && match self.kind {
                SuppressionKind::HardBounce => true,
                SuppressionKind::Complaint => nature.is_marketing,
                SuppressionKind::OptOut => self.purpose == nature.purpose,
                SuppressionKind::Unspecified => false,
            }
    }

    fn reason(&self) -> (&'static str, &'static str) {
        match self.kind {
            SuppressionKind::HardBounce => ("HARD_BOUNCE", "nobody is reached at that address"),
            SuppressionKind::Complaint => ("COMPLAINT", "the person has called messages on this channel unwanted"),
            SuppressionKind::OptOut | SuppressionKind::Unspecified => {
                ("OPTED_OUT", "the person has told us that they want no more of it")
            }
        }
    }
}

/// The first that reaches the message.
pub fn rule(nature: Nature, channel: &str, suppressions: &[Suppression]) -> Ruling {
    match suppressions.iter().find(|one| one.reaches(nature, channel)) {
        None => Ruling::pass(),
        Some(one) => {
            let (reason, words) = one.reason();
            Ruling::refuse(reason, format!("{words}, since {}", one.since.format("%Y-%m-%d")))
        }
    }
}

#[cfg(test)]
mod tests {
    use usher_proto::outreach::v1::MessageKind;

    use super::*;
    use crate::domain::gate::nature::of;

    fn suppression(kind: SuppressionKind, channel: &str, purpose: ContactPurpose) -> Suppression {
        Suppression { kind, channel: channel.to_owned(), purpose, since: DateTime::UNIX_EPOCH }
    }

    fn said(kind: MessageKind, channel: &str, one: Suppression) -> Option<&'static str> {
        match rule(of(kind, true), channel, &[one]) {
            Ruling::Refuse { reason, .. } => Some(reason),
            _ => None,
        }
    }

    #[test]
    fn each_kind_has_its_own_reach() {
        use ContactPurpose::{Application, Care as Caring, Opportunities, Unspecified};
        use MessageKind::{Care, InterviewInvitation, Reactivation};
        use SuppressionKind::{Complaint, HardBounce, OptOut};
        for (suppression, kind, channel, expected) in [
            (suppression(HardBounce, "email", Unspecified), InterviewInvitation, "email", Some("HARD_BOUNCE")),
            (suppression(HardBounce, "email", Unspecified), Reactivation, "email", Some("HARD_BOUNCE")),
            (suppression(HardBounce, "email", Unspecified), InterviewInvitation, "sms", None),
            (suppression(Complaint, "email", Unspecified), Reactivation, "email", Some("COMPLAINT")),
            (suppression(Complaint, "email", Unspecified), Care, "email", Some("COMPLAINT")),
            (suppression(Complaint, "email", Unspecified), Care, "sms", None),
            (suppression(Complaint, "email", Unspecified), InterviewInvitation, "email", None),
            (suppression(OptOut, "", Opportunities), Reactivation, "sms", Some("OPTED_OUT")),
            (suppression(OptOut, "", Opportunities), Care, "sms", None),
            (suppression(OptOut, "email", Caring), Care, "sms", None),
            (suppression(OptOut, "", Opportunities), InterviewInvitation, "email", None),
            (suppression(OptOut, "sms", Application), InterviewInvitation, "sms", Some("OPTED_OUT")),
        ] {
            assert_eq!(said(kind, channel, suppression.clone()), expected, "{suppression:?} {kind:?} {channel}");
        }
    }
}
