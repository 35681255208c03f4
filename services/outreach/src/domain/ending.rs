//! What comes of a try.

use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::outreach::v1::MessageState;

use super::backoff;

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// The channel took it.
    Taken,
    /// It did not, and another try may help; not before the pause that the other side asks for.
    NotNow { what: String, asked: Option<TimeDelta> },
    /// It did not, and never will.
    Never { what: String, reason: &'static str },
    /// Nobody knows: the worker was lost, or stopped in the middle of it.
    Unknown { what: &'static str },
}

impl Tried {
    /// What went wrong; nothing when nothing did.
    pub fn error(&self) -> Option<&str> {
        match self {
            Self::Taken => None,
            Self::NotNow { what, .. } | Self::Never { what, .. } => Some(what),
            Self::Unknown { what } => Some(what),
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
    /// It is given up.
    GivenUp(&'static str),
    /// What it is already: this try decides nothing.
    Unchanged,
}

/// Decides. `chance` is a random number from 0 up to 1.
pub fn decide(standing: Standing, number: i32, tried: &Tried, now: DateTime<Utc>, chance: f64) -> Ending {
    let is_ours = standing.trying == Some(number);
    match tried {
        // What is sent is sent, whoever has the message now; but it is said once.
        Tried::Taken if standing.state == MessageState::Sent => Ending::Unchanged,
        Tried::Taken => Ending::Sent,
        _ if !is_ours => Ending::Unchanged,
        Tried::Never { reason, .. } => Ending::GivenUp(reason),
        // A message that ends every worker that takes it up must end itself some time.
        _ if number >= standing.tries_allowed => Ending::GivenUp("TRIES_EXHAUSTED"),
        Tried::Unknown { .. } => Ending::Again(now),
        Tried::NotNow { asked, .. } => {
            let of_this_round = number - (standing.tries_allowed - backoff::TRIES);
            Ending::Again(now + backoff::pause_asked(of_this_round, chance, *asked))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(number: i32) -> Standing {
        Standing { state: MessageState::Sending, trying: Some(number), tries_allowed: backoff::TRIES }
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_796_000_000, 0).unwrap()
    }

    fn not_now(asked: Option<TimeDelta>) -> Tried {
        Tried::NotNow { what: "451".to_owned(), asked }
    }

    #[test]
    fn a_try_that_fails_for_now_is_followed_by_another_until_there_are_none() {
        assert_eq!(decide(at(1), 1, &not_now(None), now(), 1.0), Ending::Again(now() + TimeDelta::seconds(10)));
        let asked = not_now(Some(TimeDelta::hours(2)));
        assert_eq!(decide(at(1), 1, &asked, now(), 0.0), Ending::Again(now() + TimeDelta::seconds(7_201)));
        assert_eq!(decide(at(8), 8, &not_now(None), now(), 0.5), Ending::GivenUp("TRIES_EXHAUSTED"));
        assert_eq!(decide(at(8), 8, &Tried::Unknown { what: "lost" }, now(), 0.5), Ending::GivenUp("TRIES_EXHAUSTED"));
        let redriven = Standing { tries_allowed: 16, ..at(9) };
        assert_eq!(decide(redriven, 9, &not_now(None), now(), 1.0), Ending::Again(now() + TimeDelta::seconds(10)));
    }

    #[test]
    fn what_was_taken_is_sent_whoever_has_it_and_is_said_once() {
        let others = Standing { trying: Some(2), ..at(2) };
        assert_eq!(decide(others, 1, &Tried::Taken, now(), 0.5), Ending::Sent);
        let waits = Standing { state: MessageState::Queued, trying: None, ..at(1) };
        assert_eq!(decide(waits, 1, &Tried::Taken, now(), 0.5), Ending::Sent);
        let stopped = Standing { state: MessageState::Cancelled, trying: None, ..at(1) };
        assert_eq!(decide(stopped, 1, &Tried::Taken, now(), 0.5), Ending::Sent);
        let sent = Standing { state: MessageState::Sent, trying: None, ..at(1) };
        assert_eq!(decide(sent, 1, &Tried::Taken, now(), 0.5), Ending::Unchanged);
        for failed in [not_now(None), Tried::Never { what: String::new(), reason: "X" }, Tried::Unknown { what: "" }] {
            assert_eq!(decide(others, 1, &failed, now(), 0.5), Ending::Unchanged);
            assert_eq!(decide(waits, 1, &failed, now(), 0.5), Ending::Unchanged);
        }
    }

    #[test]
    fn what_is_refused_for_good_ends_at_once_and_what_nobody_knows_goes_on_at_once() {
        let never = Tried::Never { what: "550".to_owned(), reason: "CHANNEL_REJECTED" };
        assert_eq!(decide(at(1), 1, &never, now(), 0.5), Ending::GivenUp("CHANNEL_REJECTED"));
        assert_eq!(decide(at(1), 1, &Tried::Unknown { what: "lost" }, now(), 0.5), Ending::Again(now()));
    }
}
