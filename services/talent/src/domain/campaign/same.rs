//! Several members of one campaign who turn out to be one person.
//!
//! To the person they are one from then on: one of them at most speaks, the others are silent. That is the one who is
//! furthest, so that nobody reads twice what one of them has had. None does when one of them was stopped, by an answer of
//! the person's, or when the person belongs to those who are held out: by whoever was assigned first. Who is silent stays
//! as they are besides, so that nothing is lost when they are two again.

use std::cmp::Reverse;

use usher_proto::talent::v1::{CampaignArm, CampaignMemberState as State};

use super::member::Member;
use crate::domain::candidate::CandidateId;

/// Another member of the campaign is the same person.
pub const SAME_PERSON: &str = "SAME_PERSON";

/// Settles who of a campaign's members that are one person speaks. What one had asked for who does not is to be taken back:
/// they leave the state [`State::Requested`]. One alone speaks for themselves.
pub fn settle(members: &mut [Member]) {
    members.sort_by_key(|member| (member.draw_time, member.candidate));
    let speaker = match members {
        [one] => Some(one.candidate),
        _ => speaker(members),
    };
    for member in members {
        let is_silent = speaker != Some(member.candidate);
        if is_silent && member.state == State::Requested {
            member.skip(SAME_PERSON);
        }
        member.is_silent = is_silent && member.state == State::Due;
    }
}

/// Of members in the order in which they were drawn.
fn speaker(members: &[Member]) -> Option<CandidateId> {
    let is_held_out = members.first().is_some_and(|first| first.arm == CampaignArm::Holdout);
    let is_stopped = members.iter().any(|member| member.state == State::Stopped);
    if is_held_out || is_stopped {
        return None;
    }
    let furthest = members.iter().min_by_key(|member| (Reverse(member.requested), !is_live(member)))?;
    is_live(furthest).then_some(furthest.candidate)
}

fn is_live(member: &Member) -> bool {
    matches!(member.state, State::Due | State::Requested)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use proptest::prelude::*;

    use super::*;
    use crate::domain::campaign::CampaignId;

    fn member(arm: CampaignArm, state: State, requested: i16, hour: i64) -> Member {
        let drawn = DateTime::UNIX_EPOCH + TimeDelta::hours(hour);
        let due_time = (state == State::Due).then_some(drawn);
        Member { state, requested, due_time, ..Member::assigned(CampaignId::new(), CandidateId::new(), arm, drawn) }
    }

    fn treated(state: State, requested: i16, hour: i64) -> Member {
        member(CampaignArm::Treatment, state, requested, hour)
    }

    /// Which of them speak.
    fn settled(mut members: Vec<Member>) -> Vec<bool> {
        settle(&mut members);
        members.iter().map(|member| is_live(member) && !member.is_silent).collect()
    }

    #[test]
    fn the_furthest_speaks_and_of_equals_the_first() {
        assert_eq!(settled(vec![treated(State::Due, 0, 1), treated(State::Due, 1, 2)]), [false, true]);
        assert_eq!(settled(vec![treated(State::Requested, 1, 2), treated(State::Due, 1, 1)]), [true, false]);
        assert_eq!(settled(vec![treated(State::Due, 0, 1), treated(State::Finished, 1, 2)]), [false, false]);
        assert_eq!(settled(vec![treated(State::Due, 0, 1), treated(State::Skipped, 0, 0)]), [false, true]);
    }

    #[test]
    fn who_is_held_out_first_or_has_answered_hears_no_more() {
        let held = |hour| member(CampaignArm::Holdout, State::HeldOut, 0, hour);
        assert_eq!(settled(vec![held(1), treated(State::Requested, 1, 2)]), [false, false]);
        assert_eq!(settled(vec![held(2), treated(State::Due, 0, 1)]), [true, false]);
        assert_eq!(settled(vec![treated(State::Stopped, 1, 1), treated(State::Due, 2, 2)]), [false, false]);
    }

    fn members() -> impl Strategy<Value = Vec<Member>> {
        let state = prop_oneof![
            Just(State::HeldOut),
            Just(State::Due),
            Just(State::Requested),
            Just(State::Finished),
            Just(State::Stopped),
            Just(State::Skipped),
        ];
        let one = (state, 0..3_i16, 0..4_i64).prop_map(|(state, requested, hour)| match state {
            State::HeldOut => member(CampaignArm::Holdout, state, 0, hour),
            state => treated(state, requested, hour),
        });
        proptest::collection::vec(one, 1..5)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn at_most_one_speaks_and_parted_again_all_are_as_they_were_but_for_what_is_taken_back(before in members()) {
            let mut members = before;
            members.sort_by_key(|member| (member.draw_time, member.candidate));
            let before = members.clone();
            settle(&mut members);
            prop_assert!(members.iter().filter(|member| is_live(member) && !member.is_silent).count() <= 1);
            let furthest = before.iter().map(|member| member.requested).max();
            for (member, before) in members.iter().zip(&before) {
                let speaks = is_live(member) && !member.is_silent;
                prop_assert!(!speaks || Some(member.requested) == furthest || before.state == State::HeldOut);
                let mut alone = member.clone();
                settle(std::slice::from_mut(&mut alone));
                prop_assert!(alone == *before || alone.reason == SAME_PERSON && before.state == State::Requested);
            }
        }
    }
}
