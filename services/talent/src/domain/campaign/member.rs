//! How somebody stands in a campaign.

use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::talent::v1::{CampaignArm, CampaignMemberState as State, CampaignOutcome as Outcome};

use super::{Campaign, CampaignId, outcome};
use crate::domain::candidate::CandidateId;

/// A message of theirs could not be delivered.
pub const MESSAGE_FAILED: &str = "MESSAGE_FAILED";
/// The campaign ended before.
pub const CAMPAIGN_OVER: &str = "CAMPAIGN_OVER";

/// Somebody of a campaign's segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub campaign: CampaignId,
    pub candidate: CandidateId,
    pub arm: CampaignArm,
    pub state: State,
    /// Why, where the state does not say it.
    pub reason: String,
    /// How many messages were asked for.
    pub requested: i16,
    /// How many went out.
    pub sent: i16,
    pub due_time: Option<DateTime<Utc>>,
    pub last_send_time: Option<DateTime<Utc>>,
    pub outcome: Outcome,
    pub outcome_time: Option<DateTime<Utc>>,
    pub draw_time: DateTime<Utc>,
    /// Waits, and another member who is the same person speaks for both, see [`super::same`].
    pub is_silent: bool,
}

/// Which state may follow which. Those that are left out and those that are held out stay so.
pub const MOVES: &[(State, State)] = &[
    (State::Due, State::Requested),
    (State::Due, State::Stopped),
    (State::Due, State::Skipped),
    (State::Requested, State::Due),
    (State::Requested, State::Finished),
    (State::Requested, State::Stopped),
    (State::Requested, State::Skipped),
];

/// Something that a person did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaction {
    Applied,
    Answered,
    /// Showed news of themselves. It answers no message, so it stops none.
    Updated,
    Confirmed,
    Declined,
    /// Asked for no more messages.
    OptedOut,
    /// Withdrew their consent.
    Withdrew,
}

impl Reaction {
    fn outcome(self) -> Outcome {
        match self {
            Self::Applied => Outcome::Applied,
            Self::Answered => Outcome::Answered,
            Self::Updated => Outcome::Updated,
            Self::Confirmed => Outcome::Confirmed,
            Self::Declined => Outcome::Declined,
            Self::OptedOut | Self::Withdrew => Outcome::OptedOut,
        }
    }

    /// Why nothing more is sent; `None` when it goes on.
    fn stop(self) -> Option<&'static str> {
        match self {
            Self::Applied => Some("APPLIED"),
            Self::Answered => Some("ANSWERED"),
            Self::Updated => None,
            Self::Confirmed => Some("CONFIRMED"),
            Self::Declined => Some("DECLINED"),
            Self::OptedOut => Some("OPTED_OUT"),
            Self::Withdrew => Some(super::gate::CONSENT_WITHDRAWN),
        }
    }
}

/// What outreach says of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    Sent(DateTime<Utc>),
    /// It was held back, for that reason.
    Refused(String),
    /// It was given up.
    Failed,
}

impl Member {
    /// Who may be written to, with the group that they were assigned to.
    pub fn assigned(campaign: CampaignId, candidate: CandidateId, arm: CampaignArm, now: DateTime<Utc>) -> Self {
        let is_held_out = arm == CampaignArm::Holdout;
        let state = if is_held_out { State::HeldOut } else { State::Due };
        Self { arm, state, due_time: (!is_held_out).then_some(now), ..Self::excluded(campaign, candidate, "", now) }
    }

    /// Who may not.
    pub fn excluded(campaign: CampaignId, candidate: CandidateId, reason: &str, now: DateTime<Utc>) -> Self {
        Self {
            campaign,
            candidate,
            arm: CampaignArm::Unspecified,
            state: State::Excluded,
            reason: reason.to_owned(),
            requested: 0,
            sent: 0,
            due_time: None,
            last_send_time: None,
            outcome: Outcome::Unspecified,
            outcome_time: None,
            draw_time: now,
            is_silent: false,
        }
    }

    /// The next message is asked for. The answer is its number.
    pub fn ask(&mut self) -> Option<i16> {
        if !self.go(State::Requested, "") {
            return None;
        }
        self.requested += 1;
        Some(self.requested)
    }

    /// Not before then.
    pub fn defer(&mut self, until: DateTime<Utc>) {
        self.due_time = Some(until);
    }

    /// Something speaks against it now.
    pub fn skip(&mut self, reason: &str) -> bool {
        self.go(State::Skipped, reason)
    }

    /// Nothing more is sent. What was asked for and has not gone out is to be taken back.
    pub fn stop(&mut self, reason: &str) -> bool {
        self.go(State::Stopped, reason)
    }

    /// Takes in what the person did. Only what they did after the assignment says something.
    pub fn hear(&mut self, campaign: &Campaign, reaction: Reaction, time: DateTime<Utc>) {
        let Some((from, until)) = campaign.outcome_window().filter(|(from, _)| *from <= time) else { return };
        if self.arm != CampaignArm::Unspecified && (from..until).contains(&time) {
            self.note(reaction.outcome(), time);
        }
        if let Some(reason) = reaction.stop() {
            self.stop(reason);
        }
    }

    /// The first thing that somebody did is kept; but who said no first and came back nevertheless has come back.
    fn note(&mut self, outcome: Outcome, time: DateTime<Utc>) {
        let is_better = outcome::is_return(outcome) && !outcome::is_return(self.outcome);
        if self.outcome == Outcome::Unspecified || is_better {
            self.outcome = outcome;
            self.outcome_time = Some(time);
        }
    }

    /// Takes in what became of the message of that number.
    pub fn told(&mut self, campaign: &Campaign, step: i16, word: &Word) {
        let is_current = self.state == State::Requested && self.requested == step;
        match word {
            Word::Sent(time) => {
                self.sent = self.sent.max(step);
                self.last_send_time = self.last_send_time.max(Some(*time));
                if is_current {
                    match campaign.step(step + 1) {
                        Some(next) => {
                            self.go(State::Due, "");
                            self.due_time = Some(*time + TimeDelta::days(next.wait_days.into()));
                        }
                        None => {
                            self.go(State::Finished, "");
                        }
                    }
                }
            }
            Word::Refused(reason) if is_current => {
                self.skip(reason);
            }
            Word::Failed if is_current => {
                self.stop(MESSAGE_FAILED);
            }
            Word::Refused(_) | Word::Failed => {}
        }
    }

    fn go(&mut self, to: State, reason: &str) -> bool {
        if !MOVES.contains(&(self.state, to)) {
            return false;
        }
        self.state = to;
        reason.clone_into(&mut self.reason);
        self.due_time = None;
        self.is_silent = false;
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::campaign::tests::campaign;

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
    }

    fn running() -> Campaign {
        let mut campaign = campaign();
        campaign.start(vec![7; 32], at(0)).unwrap();
        campaign.assigned(at(1)).unwrap();
        campaign
    }

    fn member(campaign: &Campaign, arm: CampaignArm) -> Member {
        Member::assigned(campaign.id, CandidateId::new(), arm, at(1))
    }

    #[test]
    fn an_answer_between_two_messages_stops_the_second_and_counts() {
        let campaign = running();
        let mut ann = member(&campaign, CampaignArm::Treatment);
        assert_eq!(ann.ask(), Some(1));
        ann.told(&campaign, 1, &Word::Sent(at(2)));
        assert_eq!((ann.state, ann.due_time, ann.sent), (State::Due, Some(at(2 + 72)), 1));
        ann.hear(&campaign, Reaction::Answered, at(5));
        assert_eq!((ann.state, ann.reason.as_str(), ann.outcome), (State::Stopped, "ANSWERED", Outcome::Answered));
        assert_eq!(ann.ask(), None);
    }

    #[test]
    fn what_was_done_before_the_assignment_or_after_the_window_says_nothing() {
        let campaign = running();
        let mut ann = member(&campaign, CampaignArm::Holdout);
        ann.hear(&campaign, Reaction::Applied, at(0));
        assert_eq!(ann.outcome, Outcome::Unspecified);
        ann.hear(&campaign, Reaction::Applied, at(1 + 24 * 30));
        assert_eq!(ann.outcome, Outcome::Unspecified);
        ann.hear(&campaign, Reaction::Declined, at(2));
        ann.hear(&campaign, Reaction::Applied, at(24 * 30));
        assert_eq!((ann.outcome, ann.outcome_time), (Outcome::Applied, Some(at(24 * 30))), "the no is overtaken");
        ann.hear(&campaign, Reaction::Answered, at(3));
        assert_eq!(ann.outcome, Outcome::Applied, "the first stays");
        assert_eq!(ann.state, State::HeldOut, "nobody who is held out is ever anything else");
        let mut left_out = Member::excluded(campaign.id, CandidateId::new(), "NO_CONSENT", at(1));
        left_out.hear(&campaign, Reaction::Applied, at(2));
        assert_eq!(left_out.outcome, Outcome::Unspecified);
    }

    #[test]
    fn news_counts_and_stops_nothing() {
        let campaign = running();
        let mut ann = member(&campaign, CampaignArm::Treatment);
        ann.hear(&campaign, Reaction::Updated, at(2));
        assert_eq!((ann.state, ann.outcome), (State::Due, Outcome::Updated));
    }

    #[derive(Debug, Clone)]
    enum Act {
        Ask,
        Skip,
        Hear(Reaction),
        Told(i16, Word),
        Stop,
    }

    fn acts() -> impl Strategy<Value = Vec<Act>> {
        let reaction = prop_oneof![
            Just(Reaction::Applied),
            Just(Reaction::Answered),
            Just(Reaction::Updated),
            Just(Reaction::Confirmed),
            Just(Reaction::Declined),
            Just(Reaction::OptedOut),
            Just(Reaction::Withdrew),
        ];
        let word = prop_oneof![
            3 => (0..900_i64).prop_map(|hours| Word::Sent(at(hours))),
            1 => Just(Word::Refused("NO_ADDRESS".to_owned())),
            1 => Just(Word::Failed),
        ];
        let act = prop_oneof![
            4 => Just(Act::Ask),
            1 => Just(Act::Skip),
            2 => reaction.prop_map(Act::Hear),
            4 => (1..4_i16, word).prop_map(|(step, word)| Act::Told(step, word)),
            1 => Just(Act::Stop),
        ];
        proptest::collection::vec(act, 0..30)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn whatever_happens_no_message_follows_an_answer_and_none_is_asked_for_twice(acts in acts(), held_out: bool) {
            let campaign = running();
            let arm = if held_out { CampaignArm::Holdout } else { CampaignArm::Treatment };
            let mut ann = member(&campaign, arm);
            let mut answered = false;
            for (hour, act) in (2..).zip(acts) {
                let before = ann.clone();
                match act {
                    Act::Ask => {
                        let asked = ann.ask();
                        if let Some(step) = asked {
                            prop_assert!(!answered && !held_out);
                            prop_assert_eq!(step, before.requested + 1);
                            prop_assert!(campaign.step(step).is_some(), "there is such a message");
                        }
                    }
                    Act::Skip => {
                        ann.skip("NO_CONSENT");
                    }
                    Act::Hear(reaction) => {
                        ann.hear(&campaign, reaction, at(hour));
                        answered |= reaction != Reaction::Updated;
                    }
                    Act::Told(step, word) => ann.told(&campaign, step, &word),
                    Act::Stop => {
                        ann.stop(CAMPAIGN_OVER);
                    }
                }
                if ann.state != before.state {
                    prop_assert!(MOVES.contains(&(before.state, ann.state)), "{:?} to {:?}", before.state, ann.state);
                }
                prop_assert!(!(answered && matches!(ann.state, State::Due | State::Requested)));
                prop_assert_eq!(ann.due_time.is_some(), ann.state == State::Due);
                prop_assert_eq!(held_out, ann.state == State::HeldOut);
                prop_assert!(ann.requested >= before.requested && ann.sent >= before.sent);
            }
        }
    }
}
