//! Whose turn it is in a live application, since when, and why.
//!
//! # What changes it
//! Only a word to the candidate, something that the candidate did, or a time that came. A step to another stage is
//! neither: the candidate hears nothing of it, so that moving somebody who has waited for two weeks must not hide that
//! they have. Nor is it a word when somebody writes feedback, records who came, or completes an interview.
//!
//! A message that speaks of no interview (an update, a word that it takes longer) is a word: the candidate has heard from
//! us, so that their wait begins anew when it is sent. It does not make it their turn, because nobody knows whether it
//! asks for anything; and while it is their turn, or nobody's, it changes nothing. What is said about an interview is in
//! the interview's own state already.
//!
//! # How it is decided
//! Each interview, and the last offer that was sent, makes a [`Claim`]; [`decide`] weighs them:
//! 1. What the candidate asked for and is [owed](Claim::Owed): ours, since they asked, whatever else there is.
//! 2. What they were [asked](Claim::Asked) for: theirs.
//! 3. What both [await](Claim::Ahead): nobody's.
//! 4. Otherwise ours, since the last thing that was [left with us](Claim::Left): the application itself, the end of an
//!    interview, one that was called off.
//!
//! An invitation that did not reach the candidate is no word: whose turn it was before it, it still is, since then.
//!
//! The answer holds until a claim ends by itself (an interview begins or is over, an offered time passes); then a timer
//! has it decided again.

use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::ats::v1::{InterviewState, OfferState, Turn as Whose, TurnReason};

use super::{interview::Invitation, offer::Offer};

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    pub whose: Whose,
    pub since: DateTime<Utc>,
    pub reason: TurnReason,
    /// When it has to be decided again though nobody does anything.
    pub until: Option<DateTime<Utc>>,
}

/// What one thing says about whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// The candidate asked for something, and waits for it.
    Owed { since: DateTime<Utc>, reason: TurnReason },
    /// The candidate was asked for something, and may answer until then.
    Asked { since: DateTime<Utc>, until: DateTime<Utc>, reason: TurnReason },
    /// Both know what is next, until it is over.
    Ahead { since: DateTime<Utc>, until: DateTime<Utc>, reason: TurnReason },
    /// Nothing more is agreed: the next word is ours.
    Left { since: DateTime<Utc>, reason: TurnReason },
    /// A word that did not reach the candidate. Changes nothing but the reason.
    Unheard { reason: TurnReason },
}

/// What of an interview decides whose turn it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    pub state: InterviewState,
    pub invitation: Invitation,
    pub start_time: DateTime<Utc>,
    pub duration: TimeDelta,
    pub offered_times: Vec<DateTime<Utc>>,
    /// Until when those are held.
    pub hold_until: Option<DateTime<Utc>>,
    /// The last time that its state or its start changed, or that times were offered which can be taken.
    pub turn_time: DateTime<Utc>,
}

impl Meeting {
    /// What it says now; nothing when the candidate never heard of it and nobody will tell them.
    pub fn claim(&self, now: DateTime<Utc>) -> Option<Claim> {
        use TurnReason as Reason;
        let end = self.start_time + self.duration;
        let is_unheard = matches!(self.invitation, Invitation::Refused | Invitation::Failed);
        let underway = |since| {
            if now < end {
                Claim::Ahead { since, until: end, reason: Reason::InterviewAhead }
            } else {
                Claim::Left { since: end, reason: Reason::InterviewOver }
            }
        };
        match self.state {
            InterviewState::Scheduled if is_unheard => Some(Claim::Unheard { reason: Reason::InvitationUndelivered }),
            InterviewState::Scheduled if now < self.start_time => {
                Some(Claim::Asked { since: self.turn_time, until: self.start_time, reason: Reason::Invited })
            }
            InterviewState::Scheduled => Some(underway(self.start_time)),
            InterviewState::Confirmed => Some(underway(self.turn_time)),
            InterviewState::OtherTimeRequested => Some(self.other_time(now)),
            // Called off before the candidate heard of it: for them there never was one.
            InterviewState::Cancelled if is_unheard => None,
            InterviewState::Cancelled | InterviewState::Declined => {
                Some(Claim::Left { since: self.turn_time, reason: Reason::InterviewCancelled })
            }
            // Who came can be recorded before the planned end: then it was over by then.
            InterviewState::Concluded => {
                Some(Claim::Left { since: end.min(self.turn_time), reason: Reason::InterviewOver })
            }
            InterviewState::Unspecified => None,
        }
    }

    fn other_time(&self, now: DateTime<Utc>) -> Claim {
        let free = self.offered_times.iter().filter(|time| **time != self.start_time && **time > self.turn_time);
        let last = free.max().map(|last| self.hold_until.map_or(*last, |until| until.min(*last)));
        match last {
            None => Claim::Owed { since: self.turn_time, reason: TurnReason::OtherTimeRequested },
            Some(last) if now < last => {
                Claim::Asked { since: self.turn_time, until: last, reason: TurnReason::TimesOffered }
            }
            Some(last) => Claim::Owed { since: last, reason: TurnReason::OfferedTimesPassed },
        }
    }
}

/// What an offer says now; nothing before it was sent.
pub fn offered(offer: &Offer, now: DateTime<Utc>) -> Option<Claim> {
    let sent = offer.send_time?;
    match offer.state_at(now) {
        OfferState::Sent => {
            Some(Claim::Asked { since: sent, until: offer.terms.expire_time, reason: TurnReason::OfferSent })
        }
        OfferState::Expired => Some(Claim::Left { since: offer.terms.expire_time, reason: TurnReason::OfferNotTaken }),
        OfferState::Declined | OfferState::Rescinded => {
            Some(Claim::Left { since: offer.update_time, reason: TurnReason::OfferNotTaken })
        }
        OfferState::Draft
        | OfferState::PendingApproval
        | OfferState::Approved
        | OfferState::Accepted
        | OfferState::Unspecified => None,
    }
}

/// Whose turn it is in an application that is live since `live`, with the last word to the candidate that speaks of no
/// interview, and what everything else claims.
pub fn decide(live: DateTime<Utc>, word: Option<DateTime<Utc>>, claims: impl IntoIterator<Item = Claim>) -> Turn {
    let (mut owed, mut asked, mut ahead, mut unheard) = (None, None, None, None);
    let mut left = (live, TurnReason::Applied);
    for claim in claims {
        match claim {
            Claim::Owed { since, reason } => owed = Some(sooner(owed, (since, reason))),
            Claim::Asked { since, until, reason } => asked = Some(both(asked, (since, until, reason))),
            Claim::Ahead { since, until, reason } => ahead = Some(both(ahead, (since, until, reason))),
            // What was left before it became live again is over.
            Claim::Left { since, reason } if since >= left.0 => left = (since, reason),
            Claim::Left { .. } => {}
            Claim::Unheard { reason } => unheard = Some(reason),
        }
    }
    let ours = |(since, reason): (DateTime<Utc>, TurnReason)| Turn {
        whose: Whose::Host,
        since: word.map_or(since, |word| since.max(word)),
        reason,
        until: None,
    };
    let not_ours = |whose, (since, until, reason)| Turn { whose, since, reason, until: Some(until) };
    match (owed, asked, ahead) {
        (Some(owed), _, _) => ours(owed),
        (None, Some(asked), _) => not_ours(Whose::Candidate, asked),
        (None, None, Some(ahead)) => not_ours(Whose::Nobody, ahead),
        (None, None, None) => ours((left.0, unheard.unwrap_or(left.1))),
    }
}

type Timed = (DateTime<Utc>, DateTime<Utc>, TurnReason);

fn sooner(held: Option<(DateTime<Utc>, TurnReason)>, next: (DateTime<Utc>, TurnReason)) -> (DateTime<Utc>, TurnReason) {
    held.filter(|held| held.0 <= next.0).unwrap_or(next)
}

/// The one that began first, decided again when the first of them ends.
fn both(held: Option<Timed>, next: Timed) -> Timed {
    let Some(held) = held else { return next };
    let (since, _, reason) = if held.0 <= next.0 { held } else { next };
    (since, held.1.min(next.1), reason)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + hours * 3_600, 0).unwrap()
    }

    /// Applied at 0; invited at 10 to an hour from 100 on.
    fn meeting(state: InterviewState, turn_time: i64) -> Meeting {
        Meeting {
            state,
            invitation: Invitation::Sent,
            start_time: at(100),
            duration: TimeDelta::hours(1),
            offered_times: Vec::new(),
            hold_until: None,
            turn_time: at(turn_time),
        }
    }

    fn of(meetings: &[Meeting], now: i64) -> (Whose, DateTime<Utc>, TurnReason) {
        let turn = decide(at(0), None, meetings.iter().filter_map(|meeting| meeting.claim(at(now))));
        (turn.whose, turn.since, turn.reason)
    }

    #[test]
    fn an_interviews_way() {
        use InterviewState::{Cancelled, Concluded, Confirmed, OtherTimeRequested, Scheduled};
        let offered = Meeting { offered_times: vec![at(60), at(100)], ..meeting(OtherTimeRequested, 20) };
        let unheard = Meeting { invitation: Invitation::Failed, ..meeting(Scheduled, 10) };
        for (meetings, now, whose, since, reason) in [
            (vec![], 5, Whose::Host, 0, TurnReason::Applied),
            (vec![meeting(Scheduled, 10)], 20, Whose::Candidate, 10, TurnReason::Invited),
            (vec![meeting(Scheduled, 10)], 100, Whose::Nobody, 100, TurnReason::InterviewAhead),
            (vec![meeting(Scheduled, 10)], 101, Whose::Host, 101, TurnReason::InterviewOver),
            (vec![meeting(Confirmed, 20)], 30, Whose::Nobody, 20, TurnReason::InterviewAhead),
            (vec![meeting(Confirmed, 20)], 200, Whose::Host, 101, TurnReason::InterviewOver),
            (vec![meeting(OtherTimeRequested, 20)], 30, Whose::Host, 20, TurnReason::OtherTimeRequested),
            (vec![offered.clone()], 59, Whose::Candidate, 20, TurnReason::TimesOffered),
            (vec![offered], 60, Whose::Host, 60, TurnReason::OfferedTimesPassed),
            (vec![meeting(Cancelled, 30)], 40, Whose::Host, 30, TurnReason::InterviewCancelled),
            (vec![meeting(Concluded, 150)], 160, Whose::Host, 101, TurnReason::InterviewOver),
            (vec![meeting(Concluded, 100)], 160, Whose::Host, 100, TurnReason::InterviewOver),
            (vec![unheard.clone()], 20, Whose::Host, 0, TurnReason::InvitationUndelivered),
            (vec![unheard.clone()], 300, Whose::Host, 0, TurnReason::InvitationUndelivered),
            (vec![Meeting { state: Cancelled, ..unheard }], 20, Whose::Host, 0, TurnReason::Applied),
        ] {
            assert_eq!(of(&meetings, now), (whose, at(since), reason), "{meetings:?} at {now}");
        }
    }

    #[test]
    fn an_offers_way() {
        use chassis::Actor;
        use usher_proto::ats::v1::OfferAnswer;

        use crate::domain::offer::tests::sample;
        let told = |offer: &Offer, now: DateTime<Utc>| {
            let turn = decide(at(0), None, offered(offer, now));
            (turn.whose, turn.since, turn.reason)
        };
        let mut offer = sample(at(1), &[]);
        let actor = Actor::service("test");
        offer.submit(actor.clone(), at(2)).unwrap();
        assert_eq!(told(&offer, at(3)), (Whose::Host, at(0), TurnReason::Applied), "nobody has told them yet");
        offer.send(actor.clone(), at(4)).unwrap();
        let expiry = offer.terms.expire_time;
        assert_eq!(told(&offer, at(5)), (Whose::Candidate, at(4), TurnReason::OfferSent));
        assert_eq!(told(&offer, expiry), (Whose::Host, expiry, TurnReason::OfferNotTaken), "whatever the timer does");
        offer.answer(OfferAnswer::Declined, None, String::new(), actor, at(6)).unwrap();
        assert_eq!(told(&offer, at(7)), (Whose::Host, at(6), TurnReason::OfferNotTaken));
    }

    #[test]
    fn of_several_interviews_the_debt_weighs_most_and_an_open_question_more_than_what_is_over() {
        use InterviewState::{Cancelled, Concluded, Confirmed, OtherTimeRequested, Scheduled};
        let over = meeting(Concluded, 150);
        let next = |state, turn_time| Meeting { start_time: at(300), ..meeting(state, turn_time) };
        assert_eq!(of(&[over.clone(), next(Scheduled, 160)], 170).0, Whose::Candidate);
        assert_eq!(of(&[over.clone(), next(Confirmed, 90)], 170).0, Whose::Nobody, "both know when they meet");
        let owed = of(&[next(Confirmed, 170), next(OtherTimeRequested, 160), over.clone()], 180);
        assert_eq!((owed.0, owed.1), (Whose::Host, at(160)));
        assert_eq!(of(&[over, next(Cancelled, 180)], 190).1, at(180), "the latest word counts");
    }

    #[test]
    fn a_word_begins_our_turn_anew_and_nobody_elses() {
        let turn = |state, word| decide(at(0), Some(at(word)), meeting(state, 20).claim(at(40)));
        let owed = turn(InterviewState::OtherTimeRequested, 30);
        assert_eq!((owed.whose, owed.since), (Whose::Host, at(30)));
        assert_eq!(turn(InterviewState::OtherTimeRequested, 10).since, at(20), "what was said before they asked");
        let theirs = turn(InterviewState::Scheduled, 30);
        assert_eq!((theirs.whose, theirs.since), (Whose::Candidate, at(20)));
    }

    #[test]
    fn what_was_left_before_a_rejection_was_taken_back_does_not_count() {
        let turn = decide(at(50), None, meeting(InterviewState::Cancelled, 30).claim(at(60)));
        assert_eq!((turn.since, turn.reason), (at(50), TurnReason::Applied));
    }

    fn meetings() -> impl Strategy<Value = Meeting> {
        let invitations = [Invitation::Pending, Invitation::Sent, Invitation::Refused, Invitation::Failed];
        (
            1_i32..=5,
            prop::sample::select(invitations.to_vec()),
            1_i64..200,
            prop::collection::vec(0_i64..200, 0..3),
            0_i64..100,
        )
            .prop_map(|(state, invitation, start, offered, turn_time)| Meeting {
                state: InterviewState::try_from(state).unwrap_or(InterviewState::Scheduled),
                invitation,
                start_time: at(start),
                duration: TimeDelta::hours(1),
                offered_times: offered.into_iter().map(at).collect(),
                hold_until: None,
                turn_time: at(turn_time),
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]
        #[test]
        fn it_holds_until_it_says_and_never_begins_in_the_future(
            meetings in prop::collection::vec(meetings(), 0..4), word in prop::option::of(0_i64..100), now in 100_i64..400,
        ) {
            let at_time = |now| decide(at(0), word.map(at), meetings.iter().filter_map(|meeting| meeting.claim(now)));
            let turn = at_time(at(now));
            prop_assert!(turn.since <= at(now), "{:?}", turn);
            prop_assert_eq!(turn.until.is_none(), turn.whose == Whose::Host, "only our turn has no end of its own");
            if let Some(until) = turn.until {
                prop_assert!(until > at(now));
                let mut last = at_time(until - TimeDelta::microseconds(1));
                // A later end of another claim may come nearer; the answer itself stands.
                last.until = turn.until;
                prop_assert_eq!(last, turn);
            } else {
                prop_assert_eq!(at_time(at(now + 10_000)), turn, "our turn ends by nothing but deeds");
            }
        }
    }
}
