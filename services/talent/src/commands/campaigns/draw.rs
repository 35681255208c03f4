//! The people of a campaign's segment are written down, each with the group that they are assigned to.
//!
//! Page after page of what the index finds, each in a transaction that also keeps where the next one begins: whoever
//! takes over after a crash goes on there, and somebody who is found again stays as they are. Somebody who does something
//! meanwhile moves within the order of what is found, and could be missed; so the whole segment is gone through again until
//! a pass has added nobody. Who came to the pool after the start is not meant.

use std::collections::HashSet;

use chassis::{Result, TenantTx};
use usher_proto::talent::v1::{CampaignArm, CampaignMemberAssigned, TagName};

use crate::{
    domain::{
        campaign::{Campaign, assignment, gate, member::Member},
        candidate::CandidateId,
        tag::Tag,
    },
    index::Place,
    keys::TenantKey,
    queries::campaigns::{Considered, Found},
    store,
};

/// Takes in what was found. The campaign is locked.
pub async fn run(tx: &mut TenantTx, key: &TenantKey, campaign: &mut Campaign, found: Found) -> Result<()> {
    // Held, so that two campaigns that begin at once do not both draw somebody.
    let candidates = store::candidates::lock_all(tx, key, &found.ids).await?;
    let considered = Considered::load(tx, campaign.id, candidates).await?;
    // Of whom a part was drawn before they became part of them.
    let drawn = store::campaign_members::among(tx, campaign.id, &considered.parts()).await?;
    let drawn: HashSet<CandidateId> = drawn.into_iter().map(|part| considered.root(part)).collect();
    let mut members = Vec::with_capacity(found.ids.len());
    for id in found.ids.into_iter().filter(|id| !drawn.contains(id)) {
        members.extend(member(tx, campaign, &considered, id)?);
    }
    let fresh = store::campaign_members::insert(tx, &members).await?;
    members.retain(|member| fresh.contains(&member.candidate));
    tell(tx, campaign, &considered, &members).await?;
    campaign.draw_added += i64::try_from(members.len()).unwrap_or(i64::MAX);
    match found.next {
        Some(next) => campaign.draw_place = Some(next.to_bytes()),
        None if campaign.draw_added > 0 => {
            campaign.draw_added = 0;
            campaign.draw_place = None;
        }
        None => campaign.assigned(tx.now())?,
    }
    store::campaigns::save(tx, campaign).await
}

/// Where the draw goes on.
pub fn place(campaign: &Campaign) -> Option<Place> {
    campaign.draw_place.as_deref().and_then(Place::from_bytes)
}

fn member(tx: &TenantTx, campaign: &Campaign, considered: &Considered, id: CandidateId) -> Result<Option<Member>> {
    let now = tx.now();
    // Who has just become part of somebody else is drawn as that one.
    let Some(person) = considered.person(id).filter(|person| person.candidate.id == id) else { return Ok(None) };
    if campaign.start_time.is_some_and(|start| person.candidate.create_time > start) {
        return Ok(None);
    }
    if let Some(reason) = gate::exclusion(campaign, person, considered.standing(id), now) {
        return Ok(Some(Member::excluded(campaign.id, id, reason, now)));
    }
    let arm = assignment::arm(&campaign.seed, id, campaign.spec.holdout_percent)?;
    Ok(Some(Member::assigned(campaign.id, id, arm, now)))
}

async fn tell(tx: &mut TenantTx, campaign: &Campaign, considered: &Considered, members: &[Member]) -> Result<()> {
    let now = tx.now();
    let assigned: Vec<_> = members
        .iter()
        .filter(|member| member.arm != CampaignArm::Unspecified)
        .map(|member| CampaignMemberAssigned {
            campaign_id: campaign.id.to_string(),
            candidate_id: member.candidate.to_string(),
            arm: member.arm.into(),
            tags: considered.person(member.candidate).map(|person| names(&person.tags(now))).unwrap_or_default(),
        })
        .collect();
    let events: Vec<_> = assigned.iter().map(|event| (campaign.id, event)).collect();
    outbox::append_all(tx, &events).await?;
    Ok(())
}

/// Each once, though several things may have given it.
fn names(tags: &[Tag]) -> Vec<TagName> {
    let mut names: Vec<TagName> =
        tags.iter().map(|tag| TagName { dimension: tag.dimension.into(), name: tag.name.clone() }).collect();
    names.dedup();
    names
}
