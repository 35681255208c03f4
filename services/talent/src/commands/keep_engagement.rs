//! How a person answers, as it becomes known.

use chassis::{Result, TenantTx, wire};
use usher_proto::talent::v1::EngagementChanged;

use crate::{
    domain::{
        candidate::CandidateId,
        engagement::{Engagement, Sign},
    },
    store::{engagements, merges},
};

pub async fn run(tx: &mut TenantTx, candidate: CandidateId, source: &str, signs: Vec<Sign>) -> Result<()> {
    if signs.is_empty() {
        return Ok(());
    }
    // Whoever follows this source holds its cursor, so nobody else writes this row.
    let mut told = engagements::of_source(tx, candidate, source).await?;
    for sign in signs {
        told.hear(sign);
    }
    engagements::save(tx, candidate, source, &told).await?;
    say(tx, candidate).await
}

/// Says how the person answers whom somebody is part of.
pub async fn say(tx: &mut TenantTx, candidate: CandidateId) -> Result<()> {
    let whole = merges::whole(tx, candidate).await?;
    let of_all = engagements::of(tx, &whole.members).await?;
    let engagement = of_all.into_iter().fold(Engagement::default(), |all, (_, told)| all.and(told));
    let event = EngagementChanged {
        candidate_id: whole.root.to_string(),
        last_activity_time: engagement.last_activity().map(wire::timestamp),
        engagement: engagement.percent().into(),
    };
    outbox::append(tx, whole.root, &event).await?;
    Ok(())
}
