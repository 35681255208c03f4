//! Messages are asked for: of those who are due, and again where nobody has noted what outreach said.
//!
//! What is asked for is written down first, in a transaction that holds each person, and only then how they stand in the
//! campaign, and looks once more whether they may be written to; outreach is asked behind it. Whoever dies in between is
//! taken over after a while: the same message is asked for again, under the same business key, and outreach knows it.

use std::collections::{BTreeSet, HashMap};

use chassis::{Result, TenantTx};
use chrono::TimeDelta;
use usher_proto::{
    outreach::v1::MessageDraft,
    talent::v1::{CampaignMemberState, CampaignMessageRequested, Language},
};

use crate::{
    domain::{
        campaign::{BusinessKey, Campaign, gate, member::Member, window},
        candidate::CandidateId,
    },
    keys::TenantKey,
    queries::campaigns::Considered,
    store,
};

/// For how long whoever asks has for noting the answer; longer than all calls of a transaction can take.
pub const LEASE: TimeDelta = TimeDelta::minutes(3);
/// The span of the campaign's rate.
const HOUR: TimeDelta = TimeDelta::hours(1);

/// What outreach is to be asked.
#[derive(Debug)]
pub struct Asked {
    pub key: BusinessKey,
    pub draft: MessageDraft,
}

/// Writes down what is asked for now, at most so much. The campaign is locked and runs.
pub async fn run(tx: &mut TenantTx, key: &TenantKey, campaign: &Campaign, limit: i64) -> Result<Vec<Asked>> {
    let now = tx.now();
    let unanswered = store::campaign_members::unanswered(tx, campaign.id, limit).await?;
    let free = limit - i64::try_from(unanswered.len()).unwrap_or(limit);
    let room = campaign.rate() - store::campaign_messages::count_since(tx, campaign.id, now - HOUR).await?;
    let due = store::campaign_members::due(tx, campaign.id, free.min(room).max(0)).await?;
    let wanted: Vec<CandidateId> = unanswered.into_iter().chain(due).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let considered = hold(tx, key, campaign, &wanted).await?;
    // Who has become part of another person since they were looked for is left for the next time.
    let wanted: Vec<CandidateId> = wanted.into_iter().filter(|id| considered.person(*id).is_some()).collect();
    let members = store::campaign_members::take(tx, campaign.id, &wanted).await?;
    let (again, due) = members.into_iter().partition(|member| member.state == CampaignMemberState::Requested);

    let retried = retry(tx, campaign, &considered, again).await?;
    let fresh = begin(tx, campaign, &considered, due).await?;
    let language = |id: CandidateId| {
        considered.person(id).map_or(Language::Unspecified, |person| person.candidate.profile.language)
    };
    let asked = retried.into_iter().chain(fresh).filter_map(|member| {
        let key = BusinessKey { campaign: campaign.id, candidate: member.candidate, step: member.requested };
        let draft = campaign.draft(member.candidate, member.requested, language(member.candidate))?;
        Some(Asked { key, draft })
    });
    Ok(asked.collect())
}

/// The people whom members are, or are part of; nobody else changes them, or makes two people one, before this ends.
async fn hold(tx: &mut TenantTx, key: &TenantKey, campaign: &Campaign, members: &[CandidateId]) -> Result<Considered> {
    let parts: HashMap<CandidateId, CandidateId> = store::merges::roots(tx, members).await?.into_iter().collect();
    let roots: BTreeSet<CandidateId> = members.iter().map(|id| parts.get(id).copied().unwrap_or(*id)).collect();
    let roots: Vec<CandidateId> = roots.into_iter().collect();
    let candidates = store::candidates::lock_all(tx, key, &roots).await?;
    Considered::load(tx, campaign.id, candidates).await
}

fn refusal(tx: &TenantTx, campaign: &Campaign, considered: &Considered, id: CandidateId) -> Option<&'static str> {
    match considered.person(id) {
        None => Some(gate::GONE),
        Some(person) => gate::refusal(campaign, person, considered.standing(id), tx.now()),
    }
}

/// Those who are due: asked for, put off until their morning, or left out for a reason.
async fn begin(
    tx: &mut TenantTx,
    campaign: &Campaign,
    considered: &Considered,
    mut due: Vec<Member>,
) -> Result<Vec<Member>> {
    let now = tx.now();
    // Who was sent a message since they were looked for is not due yet.
    due.retain(|member| member.due_time.is_some_and(|due| due <= now));
    let mut fresh = Vec::new();
    for member in &mut due {
        if let Some(reason) = refusal(tx, campaign, considered, member.candidate) {
            member.skip(reason);
            continue;
        }
        let zone = considered.person(member.candidate).map_or("", |person| &person.candidate.profile.time_zone);
        let open = window::opening(campaign.spec.window.as_ref(), zone, now);
        if open > now {
            member.defer(open);
        } else if member.ask().is_some() {
            fresh.push(member.clone());
        }
    }
    store::campaign_members::update(tx, &due).await?;
    store::campaign_messages::insert(tx, &fresh, now + LEASE).await?;
    let told: Vec<_> = fresh.iter().map(|member| requested(campaign, member)).collect();
    let events: Vec<_> = told.iter().map(|event| (campaign.id, event)).collect();
    outbox::append_all(tx, &events).await?;
    Ok(fresh)
}

/// Those of whom nobody knows whether outreach has the message. Who may not be written to any more is left out, and the
/// message taken back if it is there.
async fn retry(
    tx: &mut TenantTx,
    campaign: &Campaign,
    considered: &Considered,
    mut again: Vec<Member>,
) -> Result<Vec<Member>> {
    let (mut retried, mut left_out) = (Vec::new(), Vec::new());
    for member in &mut again {
        match refusal(tx, campaign, considered, member.candidate) {
            None => retried.push(member.clone()),
            Some(reason) => {
                member.skip(reason);
                left_out.push(member.clone());
            }
        }
    }
    let until = tx.now() + LEASE;
    store::campaign_members::update(tx, &again).await?;
    store::campaign_messages::recall(tx, &left_out).await?;
    store::campaign_messages::retry(tx, &retried, until).await?;
    Ok(retried)
}

fn requested(campaign: &Campaign, member: &Member) -> CampaignMessageRequested {
    let key = BusinessKey { campaign: campaign.id, candidate: member.candidate, step: member.requested };
    CampaignMessageRequested {
        campaign_id: campaign.id.to_string(),
        candidate_id: member.candidate.to_string(),
        step: member.requested.into(),
        business_key: key.to_string(),
    }
}
