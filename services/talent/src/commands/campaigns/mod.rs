//! A campaign is written down, begins, is held, goes on, and ends.

pub mod ask;
pub mod draw;
pub mod end;
pub mod hear;
pub mod note;
pub mod unite;

use chassis::{Error, Result, TenantTx, wire};
use usher_proto::talent::v1::{
    CampaignEndReason, CampaignSpec, CampaignStarted, CampaignState, CreateCampaignRequest, StartCampaignRequest,
    UpdateCampaignRequest,
};

use crate::{
    domain::{
        campaign::{Campaign, spec},
        synonyms::Synonyms,
    },
    queries, store,
};

/// Writes a draft down.
pub async fn create(tx: &mut TenantTx, request: CreateCampaignRequest) -> Result<Campaign> {
    let spec = checked(tx, request.spec.unwrap_or_default())?;
    let campaign = Campaign::new(spec, tx.ctx().actor.to_string(), tx.now());
    store::campaigns::save(tx, &campaign).await?;
    Ok(campaign)
}

/// Changes a draft.
pub async fn update(tx: &mut TenantTx, request: UpdateCampaignRequest) -> Result<Campaign> {
    let mask = wire::check_mask(request.update_mask.as_ref(), &spec::FIELDS)?;
    let mut campaign = store::campaigns::lock(tx, wire::id("campaign_id", &request.campaign_id)?).await?;
    wire::check_etag(&request.etag, campaign.version)?;
    campaign.must_be_draft()?;
    let said = spec::said(campaign.spec.clone(), &mask, &request.spec.unwrap_or_default());
    let spec = checked(tx, said)?;
    if spec != campaign.spec {
        campaign.spec = spec;
        campaign.version += 1;
        store::campaigns::save(tx, &campaign).await?;
    }
    Ok(campaign)
}

fn checked(tx: &TenantTx, spec: CampaignSpec) -> Result<CampaignSpec> {
    let spec = spec::clean(spec)?;
    let segment = spec.segment.clone().unwrap_or_default();
    queries::campaigns::read(&segment, &Synonyms::default(), tx.now())?;
    Ok(spec)
}

/// A draft begins. Its people are drawn in the background, from an index that has seen the event.
pub async fn start(tx: &mut TenantTx, request: StartCampaignRequest) -> Result<Campaign> {
    let mut campaign = store::campaigns::lock(tx, wire::id("campaign_id", &request.campaign_id)?).await?;
    wire::check_etag(&request.etag, campaign.version)?;
    campaign.start(rand::random::<[u8; 32]>().to_vec(), tx.now())?;
    let started = CampaignStarted {
        campaign_id: campaign.id.to_string(),
        kind: campaign.spec.kind,
        holdout_percent: campaign.spec.holdout_percent,
        steps: i32::try_from(campaign.spec.steps.len()).unwrap_or(i32::MAX),
        outcome_days: campaign.outcome_days(),
    };
    campaign.start_event = Some(outbox::append(tx, campaign.id, &started).await?);
    store::campaigns::save(tx, &campaign).await?;
    Ok(campaign)
}

/// Somebody holds it.
pub async fn pause(tx: &mut TenantTx, id: &str) -> Result<Campaign> {
    steer(tx, id, Campaign::pause).await
}

/// Somebody lets it go on.
pub async fn resume(tx: &mut TenantTx, id: &str) -> Result<Campaign> {
    steer(tx, id, Campaign::resume).await
}

async fn steer(tx: &mut TenantTx, id: &str, act: fn(&mut Campaign) -> Result<bool>) -> Result<Campaign> {
    let mut campaign = store::campaigns::lock(tx, wire::id("campaign_id", id)?).await?;
    if act(&mut campaign)? {
        store::campaigns::save(tx, &campaign).await?;
    }
    Ok(campaign)
}

/// Somebody ends it for good.
pub async fn cancel(tx: &mut TenantTx, id: &str) -> Result<Campaign> {
    let mut campaign = store::campaigns::lock(tx, wire::id("campaign_id", id)?).await?;
    if matches!(campaign.state, CampaignState::Ended | CampaignState::Cancelled) {
        return Err(Error::failed_precondition("CAMPAIGN_STATE", "the campaign has ended"));
    }
    end::run(tx, &mut campaign, CampaignEndReason::Cancelled).await?;
    Ok(campaign)
}
