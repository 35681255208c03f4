//! People of the pool whom a campaign assigned, and whether they came back.

use usher_proto::{analytics::v1::Dimension, outreach::v1::ReplyIntent};

use super::observed::Observed;
use crate::simulator::{
    checks::arms,
    drive::{
        office::HOLDOUT_PERCENT,
        town::{Place, everybody},
    },
    ledger::{Case, Ledger},
    mind,
    world::{Part, Standing},
};

/// Each of them, by group and with their tags as they were when they were assigned.
pub fn observed(place: &Place) -> Vec<Observed> {
    let Some(campaign) = &place.ledger.campaign else { return Vec::new() };
    let planted = &place.world.planted;
    let one = |(person, case): (&crate::simulator::world::Person, &Case)| {
        let Part::Pooled(standing) = person.part else { return None };
        let is_held_out = arms::is_held_out(&campaign.seed, &case.candidate, HOLDOUT_PERCENT);
        let chance = if is_held_out { planted.returns_alone } else { mind::return_rate(standing, planted) };
        let seen = Observed::new(has_come_back(case))
            .planted(chance)
            .with(Dimension::Campaign, campaign.id.as_str())
            .with(Dimension::Arm, if is_held_out { "holdout" } else { "treatment" });
        Some(tags(standing).iter().fold(seen, |seen, tag| {
            let dimension = tag.split('/').next().unwrap_or_default();
            let seen = seen.with(Dimension::Tag, *tag);
            if seen.is(Dimension::TagDimension, dimension) {
                seen
            } else {
                seen.with(Dimension::TagDimension, dimension)
            }
        }))
    };
    everybody(place).filter_map(one).collect()
}

/// Whether somebody said yes to the campaign's mail, or applied.
fn has_come_back(case: &Case) -> bool {
    case.application.is_some() || case.replies.iter().any(|reply| reply.intent == ReplyIntent::Confirm)
}

/// What is said of somebody of the pool after so long.
fn tags(standing: Standing) -> &'static [&'static str] {
    match standing {
        Standing::Recent => &["interaction/recently_updated", "status/consent_opportunities"],
        Standing::Other => &["status/consent_opportunities", "status/dormant_3_months"],
        Standing::Dormant => &[
            "status/consent_opportunities",
            "status/dormant_3_months",
            "status/dormant_6_months",
            "status/dormant_12_months",
        ],
    }
}

/// How many came back of those who were written to, and of those who were held out.
pub fn groups(ledger: &Ledger, all: &[Observed]) -> [super::interval::Share; 2] {
    let of = |arm: &str| {
        let mut share = super::interval::Share::default();
        all.iter().filter(|one| one.is(Dimension::Arm, arm)).for_each(|one| share.count(one.holds));
        share
    };
    assert!(ledger.campaign.is_some() || all.is_empty());
    [of("treatment"), of("holdout")]
}
