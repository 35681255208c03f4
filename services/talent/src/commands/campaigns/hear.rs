//! A person does something, or outreach says what became of a message: each campaign that has the person takes it in.

use std::collections::HashMap;

use chassis::{Result, TenantTx, wire};
use chrono::{DateTime, TimeDelta, Utc};
use usher_proto::talent::v1::{CampaignMemberState, CampaignOutcomeNoted};

use super::note;
use crate::{
    domain::{
        campaign::{
            BusinessKey, Campaign, CampaignId,
            member::{Member, Reaction, Word},
        },
        candidate::CandidateId,
    },
    store,
};

/// What people do counts for at most so long, see `CampaignSpec.outcome_days`.
const LONGEST_WINDOW: TimeDelta = TimeDelta::days(366);

/// What an event says to campaigns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    Reacted(Reaction, DateTime<Utc>),
    Told { key: BusinessKey, message_id: String, word: Word },
}

pub async fn run(tx: &mut TenantTx, candidate: CandidateId, heard: Option<Heard>) -> Result<()> {
    match heard {
        None => Ok(()),
        Some(Heard::Reacted(reaction, time)) => {
            // Whoever was drawn before people became one is answered for by either.
            let whole = store::merges::whole(tx, candidate).await?;
            reacted(tx, &whole.members, reaction, time).await
        }
        Some(Heard::Told { key, message_id, word }) => {
            note::told(tx, &key, &word).await?;
            match word {
                Word::Sent(time) => store::campaign_messages::sent(tx, &key, &message_id, time).await,
                Word::Refused(_) => store::campaign_messages::delete(tx, &key).await,
                Word::Failed => store::campaign_messages::taken(tx, &key, &message_id).await,
            }
        }
    }
}

async fn reacted(tx: &mut TenantTx, person: &[CandidateId], reaction: Reaction, time: DateTime<Utc>) -> Result<()> {
    let members = store::campaign_members::lock_of(tx, person, tx.now() - LONGEST_WINDOW).await?;
    if members.is_empty() {
        return Ok(());
    }
    let ids: Vec<CampaignId> = members.iter().map(|member| member.campaign).collect();
    let campaigns = store::campaigns::by_ids(tx, &ids).await?;
    let campaigns: HashMap<CampaignId, Campaign> = campaigns.into_iter().map(|one| (one.id, one)).collect();
    let (mut changed, mut stopped, mut noted) = (Vec::new(), Vec::new(), Vec::new());
    for before in members {
        let Some(campaign) = campaigns.get(&before.campaign) else { continue };
        let mut member = before.clone();
        member.hear(campaign, reaction, time);
        if member.state != before.state && before.state == CampaignMemberState::Requested {
            stopped.push(member.clone());
        }
        if member.outcome != before.outcome {
            noted.push((member.campaign, outcome_noted(&member)));
        }
        if member != before {
            changed.push(member);
        }
    }
    store::campaign_members::update(tx, &changed).await?;
    let noted: Vec<_> = noted.iter().map(|(campaign, said)| (*campaign, said)).collect();
    outbox::append_all(tx, &noted).await?;
    store::campaign_messages::recall(tx, &stopped).await
}

fn outcome_noted(member: &Member) -> CampaignOutcomeNoted {
    CampaignOutcomeNoted {
        campaign_id: member.campaign.to_string(),
        candidate_id: member.candidate.to_string(),
        arm: member.arm.into(),
        outcome: member.outcome.into(),
        time: member.outcome_time.map(wire::timestamp),
    }
}
