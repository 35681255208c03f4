//! Writing to many people of the pool, and finding out what it did.
//!
//! | module | what it decides |
//! |---|---|
//! | here | which state of a campaign follows which, and what a message of it says |
//! | [`spec`] | whether what somebody said of a campaign can be done |
//! | [`assignment`] | who is written to and who is not: at random, and the same again for whoever knows the seed |
//! | [`gate`] | whether somebody may be written to at this moment |
//! | [`window`] | when a message may go out |
//! | [`member`] | how somebody stands in a campaign |
//! | [`same`] | which of several members speaks who turn out to be one person |
//! | [`outcome`] | rates, their intervals, and what can be said of the difference |

pub mod assignment;
pub mod gate;
pub mod member;
pub mod outcome;
pub mod same;
pub mod spec;
pub mod window;

use chassis::{Error, Result, id, wire};
use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::{
    outreach::v1::{MessageDraft, MessageKind},
    talent::v1::{CampaignEndReason, CampaignKind, CampaignSpec, CampaignState, CampaignStep, Language},
};
use uuid::Uuid;

use super::candidate::CandidateId;

id!(
    /// A campaign.
    CampaignId,
    "camp"
);

/// Messages within an hour when nobody says.
const RATE: i32 = 200;
/// For how many days after the assignment it counts who comes back, when nobody says.
const OUTCOME_DAYS: i32 = 30;

/// A campaign.
#[derive(Debug, Clone)]
pub struct Campaign {
    pub id: CampaignId,
    pub spec: CampaignSpec,
    pub state: CampaignState,
    pub end_reason: CampaignEndReason,
    pub actor: String,
    /// Empty before the start.
    pub seed: Vec<u8>,
    /// The event that said that it began.
    pub start_event: Option<Uuid>,
    /// Where the draw goes on.
    pub draw_place: Option<Vec<u8>>,
    /// How many people this pass over the segment has added.
    pub draw_added: i64,
    pub version: i64,
    pub create_time: DateTime<Utc>,
    pub start_time: Option<DateTime<Utc>>,
    /// When everybody was assigned.
    pub assign_time: Option<DateTime<Utc>>,
    pub stop_time: Option<DateTime<Utc>>,
}

/// Which state may follow which.
pub const MOVES: &[(CampaignState, CampaignState)] = &[
    (CampaignState::Draft, CampaignState::Drawing),
    (CampaignState::Draft, CampaignState::Cancelled),
    (CampaignState::Drawing, CampaignState::Running),
    (CampaignState::Drawing, CampaignState::Paused),
    (CampaignState::Drawing, CampaignState::Ended),
    (CampaignState::Drawing, CampaignState::Cancelled),
    (CampaignState::Running, CampaignState::Paused),
    (CampaignState::Running, CampaignState::Ended),
    (CampaignState::Running, CampaignState::Cancelled),
    (CampaignState::Paused, CampaignState::Drawing),
    (CampaignState::Paused, CampaignState::Running),
    (CampaignState::Paused, CampaignState::Ended),
    (CampaignState::Paused, CampaignState::Cancelled),
];

impl Campaign {
    /// A draft.
    pub fn new(spec: CampaignSpec, actor: String, now: DateTime<Utc>) -> Self {
        Self {
            id: CampaignId::new(),
            spec,
            state: CampaignState::Draft,
            end_reason: CampaignEndReason::Unspecified,
            actor,
            seed: Vec::new(),
            start_event: None,
            draw_place: None,
            draw_added: 0,
            version: 1,
            create_time: now,
            start_time: None,
            assign_time: None,
            stop_time: None,
        }
    }

    /// Refuses to change what has begun.
    pub fn must_be_draft(&self) -> Result<()> {
        if self.state == CampaignState::Draft { Ok(()) } else { Err(self.refusal()) }
    }

    /// It begins: its people are drawn next.
    pub fn start(&mut self, seed: Vec<u8>, now: DateTime<Utc>) -> Result<()> {
        self.must_be_draft()?;
        if self.end_time()? <= now {
            let message = "lies in the past; nothing could be sent";
            return Err(Error::invalid("spec.end_time", "CAMPAIGN_END_PASSED", message));
        }
        self.go(CampaignState::Drawing)?;
        self.seed = seed;
        self.start_time = Some(now);
        Ok(())
    }

    /// Everybody is assigned.
    pub fn assigned(&mut self, now: DateTime<Utc>) -> Result<()> {
        self.go(CampaignState::Running)?;
        self.assign_time = Some(now);
        self.draw_place = None;
        Ok(())
    }

    /// Somebody holds it. False when it is held already.
    pub fn pause(&mut self) -> Result<bool> {
        if self.state == CampaignState::Paused {
            return Ok(false);
        }
        self.go(CampaignState::Paused).map(|()| true)
    }

    /// It goes on where it was. False when it does already.
    pub fn resume(&mut self) -> Result<bool> {
        match (self.state, self.assign_time) {
            (CampaignState::Drawing | CampaignState::Running, _) => Ok(false),
            (CampaignState::Paused, None) => self.go(CampaignState::Drawing).map(|()| true),
            (CampaignState::Paused, Some(_)) => self.go(CampaignState::Running).map(|()| true),
            _ => Err(self.refusal()),
        }
    }

    /// It is over.
    pub fn end(&mut self, reason: CampaignEndReason, now: DateTime<Utc>) -> Result<()> {
        let is_cancelled = reason == CampaignEndReason::Cancelled;
        self.go(if is_cancelled { CampaignState::Cancelled } else { CampaignState::Ended })?;
        self.end_reason = reason;
        self.stop_time = Some(now);
        Ok(())
    }

    fn go(&mut self, to: CampaignState) -> Result<()> {
        if !MOVES.contains(&(self.state, to)) {
            return Err(self.refusal());
        }
        self.state = to;
        self.version += 1;
        Ok(())
    }

    fn refusal(&self) -> Error {
        let state = self.state.as_str_name().trim_start_matches("CAMPAIGN_STATE_").to_lowercase();
        Error::failed_precondition("CAMPAIGN_STATE", format!("the campaign is {state}")).with("state", state)
    }

    /// From when on nothing is sent.
    pub fn end_time(&self) -> Result<DateTime<Utc>> {
        wire::required_instant("spec.end_time", self.spec.end_time.as_ref())
    }

    /// Messages within any hour.
    pub fn rate(&self) -> i64 {
        if self.spec.rate_per_hour > 0 { self.spec.rate_per_hour.into() } else { RATE.into() }
    }

    /// For how many days it counts who comes back.
    pub fn outcome_days(&self) -> i32 {
        if self.spec.outcome_days > 0 { self.spec.outcome_days } else { OUTCOME_DAYS }
    }

    /// From when up to before when what people do counts; `None` before everybody is assigned.
    pub fn outcome_window(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        self.assign_time.map(|from| (from, from + TimeDelta::days(self.outcome_days().into())))
    }

    /// The message of that number, from 1.
    pub fn step(&self, number: i16) -> Option<&CampaignStep> {
        usize::try_from(number).ok()?.checked_sub(1).and_then(|place| self.spec.steps.get(place))
    }

    /// What is asked of outreach for somebody. The same each time that it is made, so that it is one message.
    pub fn draft(&self, candidate: CandidateId, number: i16, language: Language) -> Option<MessageDraft> {
        let step = self.step(number)?;
        let in_chinese = step.facts_zh.as_ref().filter(|_| language != Language::En);
        let kind = match (self.spec.kind(), number) {
            (CampaignKind::Care, _) => MessageKind::Care,
            (_, ..=1) => MessageKind::Reactivation,
            _ => MessageKind::ReactivationFollowUp,
        };
        Some(MessageDraft {
            business_key: BusinessKey { campaign: self.id, candidate, step: number }.to_string(),
            kind: kind.into(),
            candidate_id: candidate.to_string(),
            facts: in_chinese.or(step.facts.as_ref()).cloned(),
            ..MessageDraft::default()
        })
    }
}

/// What names one message of a campaign to one person: `campaign/camp_…/cand_…/1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BusinessKey {
    pub campaign: CampaignId,
    pub candidate: CandidateId,
    pub step: i16,
}

impl std::fmt::Display for BusinessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "campaign/{}/{}/{}", self.campaign, self.candidate, self.step)
    }
}

impl BusinessKey {
    /// Of a message that may be none of a campaign's.
    pub fn read(key: &str) -> Option<Self> {
        let mut parts = key.strip_prefix("campaign/")?.split('/');
        let (campaign, candidate, step) = (parts.next()?, parts.next()?, parts.next()?);
        let key =
            Self { campaign: campaign.parse().ok()?, candidate: candidate.parse().ok()?, step: step.parse().ok()? };
        parts.next().is_none().then_some(key)
    }
}

#[cfg(test)]
pub mod tests {
    use proptest::prelude::*;
    use usher_proto::outreach::v1::MessageFacts;

    use super::*;

    /// With two messages, the second three days after the first.
    pub fn campaign() -> Campaign {
        let facts = MessageFacts { company: "Northlight".to_owned(), ..MessageFacts::default() };
        let step = |wait_days| CampaignStep { wait_days, facts: Some(facts.clone()), facts_zh: None };
        let spec = CampaignSpec {
            kind: CampaignKind::Activation.into(),
            steps: vec![step(0), step(3)],
            holdout_percent: 20,
            end_time: Some(wire::timestamp(DateTime::UNIX_EPOCH + TimeDelta::days(30))),
            ..CampaignSpec::default()
        };
        Campaign::new(spec, "user_x".to_owned(), DateTime::UNIX_EPOCH)
    }

    #[derive(Debug, Clone)]
    enum Act {
        Start,
        Assigned,
        Pause,
        Resume,
        End,
        Cancel,
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn whatever_is_done_what_is_over_stays_over_and_nobody_is_sent_to_before_the_assignment(
            acts in proptest::collection::vec(
                prop_oneof![
                    Just(Act::Start), Just(Act::Assigned), Just(Act::Pause), Just(Act::Resume), Just(Act::End),
                    Just(Act::Cancel)
                ],
                0..20,
            )
        ) {
            let mut campaign = campaign();
            for act in acts {
                let before = campaign.clone();
                let now = DateTime::UNIX_EPOCH;
                let outcome = match act {
                    Act::Start => campaign.start(vec![1], now),
                    Act::Assigned => campaign.assigned(now),
                    Act::Pause => campaign.pause().map(drop),
                    Act::Resume => campaign.resume().map(drop),
                    Act::End => campaign.end(CampaignEndReason::Completed, now),
                    Act::Cancel => campaign.end(CampaignEndReason::Cancelled, now),
                };
                if let Err(error) = outcome {
                    prop_assert_eq!(error.reason(), "CAMPAIGN_STATE");
                    prop_assert_eq!(campaign.state, before.state);
                }
                if campaign.state != before.state {
                    prop_assert!(MOVES.contains(&(before.state, campaign.state)));
                    prop_assert_eq!(campaign.version, before.version + 1);
                }
                if matches!(before.state, CampaignState::Ended | CampaignState::Cancelled) {
                    prop_assert_eq!(campaign.state, before.state);
                }
                if campaign.state == CampaignState::Running {
                    prop_assert!(campaign.assign_time.is_some() && !campaign.seed.is_empty());
                }
            }
        }

        #[test]
        fn a_business_key_from_outside_never_panics(key in "(campaign/)?\\PC{0,60}") {
            let _ = BusinessKey::read(&key);
        }
    }

    #[test]
    fn a_business_key_names_one_message() {
        let key = BusinessKey { campaign: CampaignId::new(), candidate: CandidateId::new(), step: 2 };
        assert_eq!(BusinessKey::read(&key.to_string()), Some(key));
        assert_eq!(BusinessKey::read(&format!("{key}/1")), None);
        assert_eq!(BusinessKey::read("intv_x/invitation/1"), None);
    }

    #[test]
    fn a_message_is_the_same_each_time_and_in_the_readers_words() {
        let mut campaign = campaign();
        let chinese = MessageFacts { company: "北光".to_owned(), ..MessageFacts::default() };
        campaign.spec.steps[0].facts_zh = Some(chinese);
        let ann = CandidateId::new();
        let company = |draft: Option<MessageDraft>| draft.unwrap().facts.unwrap().company;
        assert_eq!(company(campaign.draft(ann, 1, Language::ZhCn)), "北光");
        assert_eq!(company(campaign.draft(ann, 1, Language::En)), "Northlight");
        assert_eq!(company(campaign.draft(ann, 2, Language::ZhCn)), "Northlight", "there are no other words");
        assert_eq!(campaign.draft(ann, 2, Language::En).unwrap().kind(), MessageKind::ReactivationFollowUp);
        assert_eq!(campaign.draft(ann, 1, Language::En), campaign.draft(ann, 1, Language::En));
        assert_eq!(campaign.draft(ann, 3, Language::En), None);
        assert_eq!(campaign.draft(ann, 0, Language::En), None);
    }
}
