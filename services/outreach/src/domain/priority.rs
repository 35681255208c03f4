//! Which of the messages that wait goes first: the nearer what it is about, the sooner it is of no use.

use chassis::wire;
use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::outreach::v1::{MessageDraft, MessageKind};

/// What is about something within this span is urgent.
const NEAR: TimeDelta = TimeDelta::hours(24);

/// A message's place among others. It is given once, when the message is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    Urgent = 1,
    Normal = 2,
    Bulk = 3,
}

impl Priority {
    /// All, the first first.
    pub const ALL: [Self; 3] = [Self::Urgent, Self::Normal, Self::Bulk];

    /// Of ten places that a worker has, so many are for each priority while all have messages that wait; what one does
    /// not use goes to the others. So a campaign does not hold up a reminder, nor do reminders stop a campaign.
    pub const fn places_of_ten(self) -> usize {
        match self {
            Self::Urgent => 6,
            Self::Normal => 3,
            Self::Bulk => 1,
        }
    }

    /// Of what a limit lets go at once after a pause, so many percent are for it and whatever comes after it: there is always
    /// room left for what is urgent.
    pub const fn share_of_burst(self) -> u32 {
        match self {
            Self::Urgent => 100,
            Self::Normal => 80,
            Self::Bulk => 60,
        }
    }

    /// From its number in a row; of a number that nobody knows, the middle.
    pub fn known(number: i16) -> Self {
        match number {
            1 => Self::Urgent,
            3 => Self::Bulk,
            _ => Self::Normal,
        }
    }

    /// Its number in a row.
    pub const fn number(self) -> i16 {
        self as i16
    }
}

/// The priority of a message that is written down now.
pub fn of(draft: &MessageDraft, now: DateTime<Utc>) -> Priority {
    match draft.kind() {
        MessageKind::Reactivation | MessageKind::ReactivationFollowUp | MessageKind::Care => Priority::Bulk,
        MessageKind::InterviewCancelled | MessageKind::OfferRescinded => Priority::Urgent,
        _ if is_near(draft, now) => Priority::Urgent,
        _ => Priority::Normal,
    }
}

fn is_near(draft: &MessageDraft, now: DateTime<Utc>) -> bool {
    let start = draft.facts.as_ref().and_then(|facts| facts.start_time.as_ref());
    let start = start.and_then(|start| wire::instant("facts.start_time", start).ok());
    start.is_some_and(|start| start >= now && start - now <= NEAR)
}

#[cfg(test)]
mod tests {
    use usher_proto::outreach::v1::MessageFacts;

    use super::*;

    fn about(kind: MessageKind, start: Option<DateTime<Utc>>) -> MessageDraft {
        let facts = MessageFacts { start_time: start.map(wire::timestamp), ..MessageFacts::default() };
        MessageDraft { kind: kind.into(), facts: Some(facts), ..MessageDraft::default() }
    }

    #[test]
    fn the_nearer_the_sooner_and_a_campaign_last() {
        let now = DateTime::from_timestamp(1_796_000_000, 0).unwrap();
        let today = Some(now + TimeDelta::hours(5));
        let next_week = Some(now + TimeDelta::days(7));
        assert_eq!(of(&about(MessageKind::InterviewUpcoming, today), now), Priority::Urgent);
        assert_eq!(of(&about(MessageKind::InterviewUpcoming, next_week), now), Priority::Normal);
        assert_eq!(of(&about(MessageKind::InterviewInvitation, next_week), now), Priority::Normal);
        assert_eq!(of(&about(MessageKind::InterviewCancelled, next_week), now), Priority::Urgent);
        assert_eq!(of(&about(MessageKind::Offer, None), now), Priority::Normal);
        assert_eq!(of(&about(MessageKind::Reactivation, today), now), Priority::Bulk);
        assert_eq!(of(&about(MessageKind::InterviewMissed, Some(now - TimeDelta::hours(1))), now), Priority::Normal);
        let hostile = prost_types::Timestamp { seconds: i64::MAX, nanos: -1 };
        let mut draft = about(MessageKind::Custom, None);
        draft.facts.as_mut().unwrap().start_time = Some(hostile);
        assert_eq!(of(&draft, now), Priority::Normal);
    }

    #[test]
    fn every_priority_has_places_and_a_number() {
        assert_eq!(Priority::ALL.iter().map(|priority| priority.places_of_ten()).sum::<usize>(), 10);
        assert!(Priority::ALL.iter().all(|priority| priority.places_of_ten() > 0));
        assert!(Priority::ALL.iter().all(|priority| Priority::known(priority.number()) == *priority));
    }
}
