//! What comes of a try.

use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::outreach::v1::MessageState;

use super::{
    backoff,
    message::Message,
    step::{self, Failure, Step},
};

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// The channel took it.
    Taken,
    /// It did not; a pause that the other side asks for is kept.
    Failed { what: String, reason: &'static str, failure: Failure, asked: Option<TimeDelta> },
    /// Nobody knows: the worker was lost, or stopped in the middle of it.
    Unknown { what: &'static str },
}

impl Tried {
    /// What went wrong; nothing when nothing did.
    pub fn error(&self) -> Option<&str> {
        match self {
            Self::Taken => None,
            Self::Failed { what, .. } => Some(what),
            Self::Unknown { what } => Some(what),
        }
    }

    /// Whether the reader may have it although nobody says so.
    pub fn leaves_doubt(&self) -> bool {
        match self {
            Self::Taken => false,
            Self::Failed { failure, .. } => matches!(failure, Failure::Lost | Failure::Passing { in_doubt: true }),
            Self::Unknown { .. } => true,
        }
    }
}

/// A message as it stands when a try ends: it may be somebody else's by now, or stopped.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    pub state: MessageState,
    /// The number of the try that is under way, when one is.
    pub trying: Option<i32>,
    pub tries_allowed: i32,
}

/// What becomes of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It is sent.
    Sent,
    /// It is tried again at this time.
    Again(DateTime<Utc>),
    /// It is tried on its next channel, at once.
    NextChannel,
    /// It is given up.
    GivenUp(&'static str),
    /// What it is already: this try decides nothing.
    Unchanged,
}

/// Decides on a message as it was when it was claimed. `chance` is a random number from 0 up to 1.
pub fn decide(
    standing: Standing,
    message: &Message,
    number: i32,
    tried: &Tried,
    now: DateTime<Utc>,
    chance: f64,
) -> Ending {
    let is_spent = number >= standing.tries_allowed;
    let (failure, reason, asked) = match tried {
        // What is sent is sent, whoever has the message now; but it is said once.
        Tried::Taken if standing.state == MessageState::Sent => return Ending::Unchanged,
        Tried::Taken => return Ending::Sent,
        _ if standing.trying != Some(number) => return Ending::Unchanged,
        // A message that ends every worker that takes it up must end itself some time.
        Tried::Unknown { .. } if !message.would_be_known() => (Failure::Lost, "OUTCOME_UNKNOWN", None),
        Tried::Unknown { .. } if is_spent => return Ending::GivenUp("TRIES_EXHAUSTED"),
        Tried::Unknown { .. } => return Ending::Again(now),
        Tried::Failed { failure, reason, asked, .. } => (*failure, *reason, *asked),
    };
    let standing_with_us = step::Standing {
        kind: message.kind(),
        in_doubt: message.in_doubt,
        has_next_channel: !message.fallbacks.is_empty(),
        is_spent,
    };
    match step::after(failure, standing_with_us) {
        Step::Again => {
            let of_this_round = number - (standing.tries_allowed - backoff::TRIES);
            Ending::Again(now + backoff::pause_asked(of_this_round, chance, asked))
        }
        Step::NextChannel => Ending::NextChannel,
        Step::GiveUp => Ending::GivenUp(reason),
    }
}

#[cfg(test)]
mod tests {
    use usher_proto::outreach::v1::{MessageDraft, MessageKind};

    use super::*;
    use crate::{
        commands::accept::beginning,
        domain::{
            channel::Medium,
            message::{CandidateId, MessageId},
        },
    };

    fn at(number: i32) -> Standing {
        Standing { state: MessageState::Sending, trying: Some(number), tries_allowed: backoff::TRIES }
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_796_000_000, 0).unwrap()
    }

    fn ends(standing: Standing, number: i32, tried: &Tried, chance: f64) -> Ending {
        let draft = MessageDraft { candidate_id: CandidateId::new().to_string(), ..MessageDraft::default() };
        let message = beginning(MessageId::new(), draft, now()).unwrap();
        decide(standing, &message, number, tried, now(), chance)
    }

    fn failed(failure: Failure, asked: Option<TimeDelta>) -> Tried {
        Tried::Failed { what: "451".to_owned(), reason: "REASON", failure, asked }
    }

    fn not_now(asked: Option<TimeDelta>) -> Tried {
        failed(Failure::Passing { in_doubt: false }, asked)
    }

    #[test]
    fn a_try_that_fails_for_now_is_followed_by_another_until_there_are_none() {
        assert_eq!(ends(at(1), 1, &not_now(None), 1.0), Ending::Again(now() + TimeDelta::seconds(10)));
        let asked = not_now(Some(TimeDelta::hours(2)));
        assert_eq!(ends(at(1), 1, &asked, 0.0), Ending::Again(now() + TimeDelta::seconds(7_201)));
        assert_eq!(ends(at(8), 8, &not_now(None), 0.5), Ending::GivenUp("REASON"));
        assert_eq!(ends(at(8), 8, &Tried::Unknown { what: "lost" }, 0.5), Ending::GivenUp("TRIES_EXHAUSTED"));
        let redriven = Standing { tries_allowed: 16, ..at(9) };
        assert_eq!(ends(redriven, 9, &not_now(None), 1.0), Ending::Again(now() + TimeDelta::seconds(10)));
    }

    #[test]
    fn what_was_taken_is_sent_whoever_has_it_and_is_said_once() {
        let others = Standing { trying: Some(2), ..at(2) };
        assert_eq!(ends(others, 1, &Tried::Taken, 0.5), Ending::Sent);
        let waits = Standing { state: MessageState::Queued, trying: None, ..at(1) };
        assert_eq!(ends(waits, 1, &Tried::Taken, 0.5), Ending::Sent);
        let stopped = Standing { state: MessageState::Cancelled, trying: None, ..at(1) };
        assert_eq!(ends(stopped, 1, &Tried::Taken, 0.5), Ending::Sent);
        let sent = Standing { state: MessageState::Sent, trying: None, ..at(1) };
        assert_eq!(ends(sent, 1, &Tried::Taken, 0.5), Ending::Unchanged);
        for tried in [not_now(None), failed(Failure::Message, None), Tried::Unknown { what: "" }] {
            assert_eq!(ends(others, 1, &tried, 0.5), Ending::Unchanged);
            assert_eq!(ends(waits, 1, &tried, 0.5), Ending::Unchanged);
        }
    }

    #[test]
    fn what_is_refused_for_good_ends_at_once_and_what_nobody_knows_goes_on_at_once() {
        assert_eq!(ends(at(1), 1, &failed(Failure::Message, None), 0.5), Ending::GivenUp("REASON"));
        let unknown = Tried::Unknown { what: "lost" };
        assert_eq!(ends(at(1), 1, &unknown, 0.5), Ending::Again(now()));
        assert!(unknown.leaves_doubt() && !not_now(None).leaves_doubt());
    }

    #[test]
    fn what_the_other_side_would_not_know_again_is_not_handed_over_again_in_doubt() {
        let draft = MessageDraft { candidate_id: CandidateId::new().to_string(), ..MessageDraft::default() };
        let mut message = beginning(MessageId::new(), draft, now()).unwrap();
        message.channel = Medium::Sms.name().to_owned();
        let lost = Tried::Unknown { what: "lost" };
        let of = |message: &Message| decide(at(1), message, 1, &lost, now(), 0.5);
        assert_eq!(of(&message), Ending::GivenUp("OUTCOME_UNKNOWN"));
        message.draft.kind = MessageKind::InterviewCancelled.into();
        assert!(matches!(of(&message), Ending::Again(_)), "silence makes somebody come in vain");
    }
}
