//! What talent says, as facts: who was assigned to which group of a campaign, and who came back.

use chassis::{Error, Result};
use sha2::{Digest as _, Sha256};
use usher_proto::{
    eventlog::v1::Event,
    talent::v1::{CampaignMemberAssigned, CampaignOutcomeNoted, TagDimension},
};
use uuid::Uuid;

use super::reading::{code, id, instant};
use crate::domain::{fact::Kind, told::Told};

pub fn facts(event: &Event) -> Result<Option<Told>> {
    if event.source != "talent" {
        return Ok(None);
    }
    outbox::match_event!(event,
        CampaignMemberAssigned(said) => assigned(event, said).map(Some),
        CampaignOutcomeNoted(said) => outcome(event, &said).map(Some),
    )
}

fn assigned(event: &Event, said: CampaignMemberAssigned) -> Result<Told> {
    let mut tags: Vec<String> =
        said.tags.iter().map(|tag| format!("{}/{}", dimension(tag.dimension()), tag.name)).collect();
    tags.sort_unstable();
    tags.dedup();
    let root = member(&said.campaign_id, &said.candidate_id)?;
    let told = Told::new(event, Kind::Assigned, root)?.of(&said.candidate_id)?;
    Ok(told.with(|fact| (fact.code, fact.experiment, fact.words) = (code(said.arm), said.campaign_id, tags)))
}

fn outcome(event: &Event, said: &CampaignOutcomeNoted) -> Result<Told> {
    let time = instant("time", said.time.as_ref())?;
    let root = member(&said.campaign_id, &said.candidate_id)?;
    let told = Told::new(event, Kind::Outcome, root)?.of(&said.candidate_id)?;
    Ok(told.with(|fact| (fact.code, fact.time) = (code(said.outcome), time.unwrap_or(fact.time))))
}

/// Somebody's part in a campaign: an id of the campaign's time, so that a campaign's parts lie together.
fn member(campaign: &str, candidate: &str) -> Result<Uuid> {
    let (campaign, candidate) = (id("camp", campaign)?, id("cand", candidate)?);
    let digest = Sha256::new().chain_update(campaign.as_bytes()).chain_update(candidate.as_bytes()).finalize();
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&campaign.as_bytes()[..6]);
    let rest = digest.get(..10).ok_or_else(|| Error::internal("a digest is too short", &digest.len()))?;
    bytes[6..].copy_from_slice(rest);
    Ok(uuid::Builder::from_bytes(bytes).with_version(uuid::Version::SortRand).into_uuid())
}

fn dimension(dimension: TagDimension) -> &'static str {
    match dimension {
        TagDimension::Unspecified => "unknown",
        TagDimension::Skill => "skill",
        TagDimension::Intent => "intent",
        TagDimension::Interaction => "interaction",
        TagDimension::Status => "status",
    }
}
