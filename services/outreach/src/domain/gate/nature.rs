//! What a message is, as the gates see it: what it is about, whether anybody asked for it, and which hours are its.

use usher_proto::outreach::v1::{ContactPurpose, MessageDraft, MessageKind};

/// Which of a policy's quiet hours a message keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hours {
    Marketing,
    Reminders,
    Others,
}

/// What a message is, as the gates see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nature {
    pub purpose: ContactPurpose,
    /// Sent to many, of its own accord: needs consent, is counted and limited, can be unsubscribed from.
    pub is_marketing: bool,
    pub hours: Hours,
}

/// Of a kind; `of_application` where the message names an application or an interview.
pub fn of(kind: MessageKind, of_application: bool) -> Nature {
    match kind {
        MessageKind::Reactivation | MessageKind::ReactivationFollowUp => {
            Nature { purpose: ContactPurpose::Opportunities, is_marketing: true, hours: Hours::Marketing }
        }
        MessageKind::Care => Nature { purpose: ContactPurpose::Care, is_marketing: true, hours: Hours::Marketing },
        // A word from one person to another, about what might suit them.
        MessageKind::Custom if !of_application => {
            Nature { purpose: ContactPurpose::Opportunities, is_marketing: false, hours: Hours::Others }
        }
        MessageKind::InterviewReminder
        | MessageKind::InterviewUpcoming
        | MessageKind::OfferReminder
        | MessageKind::OnboardingReminder => {
            Nature { purpose: ContactPurpose::Application, is_marketing: false, hours: Hours::Reminders }
        }
        _ => Nature { purpose: ContactPurpose::Application, is_marketing: false, hours: Hours::Others },
    }
}

/// Of a draft.
pub fn of_draft(draft: &MessageDraft) -> Nature {
    of(draft.kind(), !draft.application_id.is_empty() || !draft.interview_id.is_empty())
}

/// The kinds that are marketing whatever they name.
pub const MARKETING: [MessageKind; 3] =
    [MessageKind::Reactivation, MessageKind::ReactivationFollowUp, MessageKind::Care];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kinds_that_are_counted_are_those_that_are_marketing() {
        for number in 0..100 {
            let Ok(kind) = MessageKind::try_from(number) else { continue };
            for of_application in [true, false] {
                assert_eq!(of(kind, of_application).is_marketing, MARKETING.contains(&kind), "{kind:?}");
            }
            assert_eq!(of(kind, true).purpose == ContactPurpose::Application, !MARKETING.contains(&kind), "{kind:?}");
        }
    }

    #[test]
    fn what_is_written_by_hand_is_about_the_application_that_it_names() {
        assert_eq!(of(MessageKind::Custom, true).purpose, ContactPurpose::Application);
        assert_eq!(of(MessageKind::Custom, false).purpose, ContactPurpose::Opportunities);
    }
}
