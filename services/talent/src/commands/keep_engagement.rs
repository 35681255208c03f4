//! How people answer, as it becomes known.

use std::collections::{BTreeMap, BTreeSet};

use chassis::{Result, TenantTx, wire};
use usher_proto::talent::v1::EngagementChanged;

use crate::{
    domain::{
        candidate::CandidateId,
        engagement::{Engagement, Sign},
    },
    store::{engagements, merges},
};

/// Takes in what a service has told of people, in its order.
pub async fn run(tx: &mut TenantTx, source: &str, told: Vec<(CandidateId, Vec<Sign>)>) -> Result<()> {
    let people: BTreeSet<CandidateId> =
        told.iter().filter(|(_, signs)| !signs.is_empty()).map(|(candidate, _)| *candidate).collect();
    if people.is_empty() {
        return Ok(());
    }
    // Whoever follows this source holds its cursor, so nobody else writes these rows.
    let mut heard = engagements::of_source(tx, &people, source).await?;
    for (candidate, signs) in told.into_iter().filter(|(_, signs)| !signs.is_empty()) {
        let engagement = heard.entry(candidate).or_default();
        for sign in signs {
            engagement.hear(sign);
        }
    }
    engagements::save(tx, source, &heard).await?;
    say(tx, &people.into_iter().collect::<Vec<_>>()).await
}

/// Says how the people answer whom these are part of.
pub async fn say(tx: &mut TenantTx, candidates: &[CandidateId]) -> Result<()> {
    let wholes = merges::wholes(tx, candidates).await?;
    let roots: BTreeMap<CandidateId, &merges::Whole> = wholes.values().map(|whole| (whole.root, whole)).collect();
    let members: Vec<CandidateId> = roots.values().flat_map(|whole| &whole.members).copied().collect();
    let mut of_all: BTreeMap<CandidateId, Engagement> = BTreeMap::new();
    for (member, told) in engagements::of(tx, &members).await? {
        let engagement = of_all.entry(member).or_default();
        *engagement = std::mem::take(engagement).and(told);
    }
    let mut said = Vec::with_capacity(roots.len());
    for (root, whole) in roots {
        let of_members = whole.members.iter().filter_map(|member| of_all.remove(member));
        let engagement = of_members.fold(Engagement::default(), Engagement::and);
        let event = EngagementChanged {
            candidate_id: root.to_string(),
            last_activity_time: engagement.last_activity().map(wire::timestamp),
            engagement: engagement.percent().into(),
        };
        said.push((root, event));
    }
    let said: Vec<(CandidateId, &EngagementChanged)> = said.iter().map(|(root, event)| (*root, event)).collect();
    outbox::append_all(tx, &said).await?;
    Ok(())
}
