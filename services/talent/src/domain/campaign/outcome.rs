//! What a campaign did: the share that came back of those who were assigned to be written to, of those who were held out,
//! and what can be said of the difference. Everybody counts in the group that they were assigned to, whatever became of
//! their messages; any other way of counting would compare the willing with everybody.

use usher_proto::talent::v1::{CampaignOutcome, CampaignVerdict};

use crate::domain::rate::Rate;

/// How all this is reckoned.
pub const FORMULA: &str = "activation/1";
/// Below so many in a group, nothing is said of the difference.
pub const MINIMUM_N: i64 = 30;

/// What counts as coming back.
pub const RETURNS: [CampaignOutcome; 4] =
    [CampaignOutcome::Applied, CampaignOutcome::Answered, CampaignOutcome::Updated, CampaignOutcome::Confirmed];

/// Whether somebody who did this has come back.
pub fn is_return(outcome: CampaignOutcome) -> bool {
    RETURNS.contains(&outcome)
}

/// What can be said.
pub fn verdict(treatment: &Rate, holdout: &Rate) -> CampaignVerdict {
    let difference = treatment.less(holdout);
    if treatment.n == 0 || holdout.n == 0 {
        CampaignVerdict::NoComparison
    } else if treatment.n < MINIMUM_N || holdout.n < MINIMUM_N {
        CampaignVerdict::NotEnough
    } else if difference.lower > 0.0 {
        CampaignVerdict::More
    } else if difference.upper < 0.0 {
        CampaignVerdict::Fewer
    } else {
        CampaignVerdict::NotShown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_claimed_of_few_or_of_nobody() {
        let verdict = |a, m, b, n| super::verdict(&Rate::of(a, m), &Rate::of(b, n));
        assert_eq!(verdict(5, 100, 0, 0), CampaignVerdict::NoComparison);
        assert_eq!(verdict(20, 29, 0, 100), CampaignVerdict::NotEnough);
        assert_eq!(verdict(12, 100, 10, 100), CampaignVerdict::NotShown);
        assert_eq!(verdict(40, 100, 10, 100), CampaignVerdict::More);
        assert_eq!(verdict(10, 100, 40, 100), CampaignVerdict::Fewer);
    }
}
